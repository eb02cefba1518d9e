//! The agents' WebSocket, `GET /agent/v1`: one task a link, which drives the protocol's pure machine and nothing else.
//!
//! Owns the socket of one workstation: proof, events in, letters out. Never reads a frame itself (the machine does), and never
//! acknowledges what its room has not called durable. Next: [`handshake`] and [`socket`] for the WebSocket, [`admit`] for who
//! may come in, [`lists`] for the list files, `vigie_protocol::link` for the machine.
//!
//! Long because one task drives a link from its first frame to its last.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use std::future::poll_fn;
use vigie_protocol::frame::Leaving;
use vigie_protocol::link::{Door, Limits, ServerEnd, ServerInput, ServerOutput};
use vigie_protocol::{CloseCode, Event, Private, Seq, ServerFrame, SessionId, Span, WorkstationId};
use vigie_room::Who;
use vigie_room::fact::LinkEnd;

use crate::audit::Audit;
use crate::clock::Clock;
use crate::door::Stream;
use crate::driver::mail::{Join, Mail, Seen};
use crate::ids;
use crate::links::{Letterbox, LinkNo, OnSession, Probe, Rare};
use crate::rooms::{RoomHandle, Rooms};
use crate::texts::Lang;
use crate::wire::Identity;

mod admit;
mod handshake;
mod lists;
mod socket;

pub(crate) use admit::digest;
pub(crate) use lists::list;

use socket::{Heard, Socket, Unsent};

/// How long one frame may wait for an agent that does not read; then it is hung up.
const SEND_MAX: Span = Span::seconds(10);
/// How long a link that is hung up may take to read why.
const LEAVE_MAX: Span = Span::seconds(1);
/// How long the request for a link may take to come whole.
const HANDSHAKE_MAX: Span = Span::seconds(5);
/// Most other sessions whose room a link remembers; the machine takes no more at a time.
const LATE_MAX: usize = 4;

/// What every link shares of the server.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) limits: Limits,
    /// Whom the server proves itself to be.
    pub(crate) identity: Arc<Identity>,
    /// Where copies of keys are written down.
    pub(crate) audit: Audit,
}

/// Begins a link and drives it to its end. An agent is no browser: whoever says where it comes from is refused, and so is
/// another subprotocol.
pub(crate) async fn welcome(stream: Stream, rooms: &Rooms, gate: &Gate) {
    match handshake::greet(stream, gate.limits.frame_max).await {
        Some((socket, exporter)) => {
            Link::new(rooms.clone(), gate.clone(), exporter, socket)
                .run()
                .await;
        }
        None => {
            rooms.engine().gauges.links_refused.inc();
        }
    }
}

/// A link and what it knows.
struct Link {
    rooms: Rooms,
    clock: Clock,
    machine: ServerEnd,
    socket: Socket,
    letterbox: Arc<Letterbox>,
    gate: Gate,
    /// Whoever waits to hear whether the agent still answers, and with what it would.
    probed: Option<Box<([u8; 8], Probe)>>,
    /// Set once the proof held.
    proved: Option<Box<Proved>>,
    /// The session whose lease was taken last.
    session: Option<SessionId>,
    ahead: Span,
    /// In which language its panel is read, where the agent said so.
    lang: Option<Lang>,
    end: LinkEnd,
    /// What the socket is closed with, when it is we who hang up.
    last: Option<(CloseCode, String)>,
}

/// A workstation that proved who it is.
struct Proved {
    workstation: WorkstationId,
    number: LinkNo,
    can: vigie_protocol::frame::Capabilities,
    /// The room of its seat; none while it waits for one.
    room: Option<RoomHandle>,
    /// What its panel shows while it waits for a seat.
    code: Option<String>,
    /// Rooms of other sessions whose events it brings.
    late: VecDeque<(SessionId, RoomHandle)>,
}

/// What came of what was heard.
enum Said {
    Outputs(Vec<ServerOutput>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Over,
}

/// Whether the link goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    On,
    Over,
}

impl Link {
    fn new(rooms: Rooms, gate: Gate, exporter: Option<String>, socket: Socket) -> Self {
        let clock = rooms.engine().clock.clone();
        let door = Door {
            nonce: ids::token(),
            server: gate.identity.public(),
            exporter,
        };
        Self {
            machine: ServerEnd::new(gate.limits, door, clock.now()),
            letterbox: Arc::default(),
            rooms,
            clock,
            socket,
            gate,
            probed: None,
            proved: None,
            session: None,
            ahead: Span(0),
            lang: None,
            end: LinkEnd::Lost,
            last: None,
        }
    }

    async fn run(mut self) {
        let clock = self.clock.clone();
        let letterbox = Arc::clone(&self.letterbox);
        let mut armed = self.machine.next_tick();
        let mut alarm = pin!(clock.until(armed.unwrap_or_default()));
        loop {
            let goes = tokio::select! {
                biased;
                letters = poll_fn(|context| letterbox.poll_take(context)) => {
                    self.letters(letters).await
                }
                said = poll_fn(|context| self.poll_said(context)) => match said {
                    Said::Outputs(outputs) => self.carry_out(outputs).await,
                    // Boxed, as all that is rare: an idle link is as large as the largest thing it can wait for.
                    Said::Ping(bytes) => Box::pin(self.pong(bytes)).await,
                    Said::Pong(bytes) => self.answered(&bytes),
                    Said::Over => Goes::Over,
                },
                () = alarm.as_mut(), if armed.is_some() => {
                    armed = None;
                    self.step(ServerInput::Tick).await
                }
            };
            if goes == Goes::Over {
                break;
            }
            // A later tick than the one that is armed needs no new alarm: when it rings, the machine says so.
            let next = self.machine.next_tick();
            if armed.is_none() || next < armed {
                armed = next;
                if let Some(next) = next {
                    alarm.set(clock.until(next));
                }
            }
        }
        self.leave().await;
    }

    /// What the machine makes of the next frame: it reads it where it lies.
    fn poll_said(&mut self, context: &mut Context<'_>) -> Poll<Said> {
        let Self {
            socket,
            machine,
            clock,
            ..
        } = self;
        socket.poll_hear(context, |heard| {
            let input = match heard {
                Heard::Text(text) => ServerInput::Text(text),
                Heard::NotText => ServerInput::NotText,
                Heard::TooLarge => ServerInput::TooLarge,
                Heard::Ping(bytes) => return Said::Ping(bytes.to_vec()),
                Heard::Pong(bytes) => return Said::Pong(bytes.to_vec()),
                Heard::Over => return Said::Over,
            };
            Said::Outputs(machine.step(clock.now(), input))
        })
    }

    /// The agent answered a ping: with the word that was asked for, it lives.
    fn answered(&mut self, bytes: &[u8]) -> Goes {
        if self.probed.as_ref().is_some_and(|probed| probed.0 == bytes)
            && let Some(probed) = self.probed.take()
        {
            // Whoever asked may have stopped waiting.
            let _ = probed.1.send(());
        }
        Goes::On
    }

    async fn pong(&mut self, bytes: Vec<u8>) -> Goes {
        let sent = self.socket.pong(&bytes).await;
        Self::sent(sent)
    }

    /// What the room left for this link.
    async fn letters(&mut self, (committed, rare): (Option<Seq>, Option<Box<Rare>>)) -> Goes {
        // An ack is of the session whose lease was taken before it was left; on a new link, of the one that comes with it.
        let known = self.session.is_some();
        if known && self.committed(committed).await == Goes::Over {
            return Goes::Over;
        }
        if let Some(rare) = rare
            && Box::pin(self.rare(*rare)).await == Goes::Over
        {
            return Goes::Over;
        }
        if known {
            Goes::On
        } else {
            self.committed(committed).await
        }
    }

    async fn committed(&mut self, through: Option<Seq>) -> Goes {
        match (through, &self.session) {
            (Some(through), Some(session)) => {
                let session = session.clone();
                self.step(ServerInput::Committed { session, through }).await
            }
            _ => Goes::On,
        }
    }

    async fn rare(&mut self, rare: Rare) -> Goes {
        let Rare {
            lease,
            resumes,
            late_committed,
            commands,
            withdrawn,
            panel,
            placed,
            close,
            probe,
        } = rare;
        if let Some(probe) = probe
            && self.ask_alive(probe).await == Goes::Over
        {
            return Goes::Over;
        }
        let mut inputs = VecDeque::new();
        match lease {
            Some(OnSession::Lease(lease)) => {
                self.session = Some(lease.session.clone());
                inputs.push_back(ServerInput::Session(lease));
            }
            Some(OnSession::None(why)) => {
                self.session = None;
                inputs.push_back(ServerInput::NoSession {
                    why: why.to_owned(),
                    code: self.code_while(why),
                });
            }
            None => {}
        }
        inputs.extend(
            resumes
                .into_iter()
                .map(|(session, through)| ServerInput::Resume { session, through }),
        );
        inputs.extend(
            late_committed
                .into_iter()
                .map(|(session, through)| ServerInput::Committed { session, through }),
        );
        inputs.extend(commands.into_values().map(ServerInput::Command));
        inputs.extend(
            withdrawn
                .into_iter()
                .map(|command| ServerInput::Withdrawn { command }),
        );
        inputs.extend(panel.map(ServerInput::Panel));
        inputs.extend(close.map(|(code, reason)| ServerInput::Close { code, reason }));
        for input in inputs {
            if self.step(input).await == Goes::Over {
                return Goes::Over;
            }
        }
        if placed {
            self.move_over().await
        } else {
            Goes::On
        }
    }

    async fn step(&mut self, input: ServerInput<'_>) -> Goes {
        let outputs = self.machine.step(self.clock.now(), input);
        self.carry_out(outputs).await
    }

    /// Does what the machine says, in order; what that brings is given to it in turn.
    async fn carry_out(&mut self, outputs: Vec<ServerOutput>) -> Goes {
        let mut outputs = VecDeque::from(outputs);
        while let Some(output) = outputs.pop_front() {
            let answer = match output {
                ServerOutput::Send(frame) => {
                    if self.send(&frame).await == Goes::Over {
                        return Goes::Over;
                    }
                    None
                }
                ServerOutput::New { session, events } => {
                    if self.saw(session, events).await == Goes::Over {
                        return Goes::Over;
                    }
                    None
                }
                ServerOutput::Offset { ahead } => {
                    self.ahead = ahead;
                    None
                }
                ServerOutput::Goodbye { why } => {
                    self.end = match why {
                        Leaving::Off => LinkEnd::Off,
                        Leaving::Stopped | Leaving::Unknown => LinkEnd::Stopped,
                    };
                    None
                }
                ServerOutput::Close { code, reason } => {
                    self.refused(code, &reason);
                    self.last = Some((code, reason));
                    return Goes::Over;
                }
                rare => Box::pin(self.rarely(rare)).await,
            };
            if let Some(answer) = answer {
                outputs.extend(self.machine.step(self.clock.now(), answer));
            }
        }
        Goes::On
    }

    /// What happens a few times in a link's life.
    async fn rarely(&mut self, output: ServerOutput) -> Option<ServerInput<'static>> {
        match output {
            ServerOutput::Sign { text } => {
                let signature = self.gate.identity.sign(&text);
                Some(ServerInput::Signed { signature })
            }
            ServerOutput::Verify {
                hello,
                text,
                signature,
                enrol,
            } => Some(self.admit(hello, (&text, &signature), enrol).await),
            ServerOutput::Late { session } => self.late(session).await,
            ServerOutput::Seated { session, account } => {
                self.seated(session, account).await;
                None
            }
            ServerOutput::Speaks { lang } => {
                self.speaks(&lang).await;
                None
            }
            ServerOutput::Fetch { charter } => {
                match self.rooms.engine().rules.text(&charter).await {
                    Ok(Some(text)) => Some(ServerInput::Charter {
                        digest: charter,
                        text: text.to_string(),
                    }),
                    Ok(None) => {
                        tracing::warn!(%charter, "an agent asks for a charter that nobody adopted");
                        None
                    }
                    Err(error) => {
                        tracing::error!(%charter, error = crate::problem::cause(&error), "an agent's charter cannot be read");
                        None
                    }
                }
            }
            _ => None,
        }
    }

    async fn send(&mut self, frame: &ServerFrame) -> Goes {
        let sent = self.socket.send(frame).await;
        Self::sent(sent)
    }

    fn sent(sent: Result<(), Unsent>) -> Goes {
        match sent {
            Ok(()) => Goes::On,
            Err(Unsent::Gone) => Goes::Over,
            Err(Unsent::Slow) => {
                tracing::info!("an agent did not read for {} ms: hung up", SEND_MAX.0);
                Goes::Over
            }
        }
    }

    fn refused(&self, code: CloseCode, reason: &str) {
        self.rooms.engine().gauges.links_refused.inc();
        let workstation = self
            .proved
            .as_ref()
            .map(|proved| proved.workstation.as_str());
        tracing::info!(workstation, code = code.number(), %reason, "a link is hung up");
    }

    async fn saw(&mut self, session: SessionId, events: Vec<Event>) -> Goes {
        let Some(proved) = &self.proved else {
            return Goes::On;
        };
        let home = self.session.as_ref() == Some(&session);
        let room = if home {
            proved.room.as_ref()
        } else {
            proved
                .late
                .iter()
                .find(|(of, _)| *of == session)
                .map(|(_, room)| room)
        };
        let Some(room) = room else {
            // Its place was taken by a newer one; the agent brings it again on its next link.
            return Goes::On;
        };
        let seen = Seen {
            workstation: proved.workstation.clone(),
            session,
            ahead: self.ahead,
            events,
            letterbox: Arc::clone(&self.letterbox),
        };
        match room.saw(seen).await {
            Ok(()) => Goes::On,
            Err(_) => Goes::Over,
        }
    }

    /// A language that the server has no words in leaves the panel in its own.
    async fn speaks(&mut self, lang: &str) {
        self.lang = Lang::of(lang);
        let Some(proved) = &self.proved else { return };
        let Some(room) = &proved.room else { return };
        let mail = Mail::Speaks {
            link: proved.number,
            workstation: proved.workstation.clone(),
            lang: self.lang,
        };
        // A room that is stopping has hung up this link as well.
        let _ = room.send(mail).await;
    }

    async fn seated(&mut self, session: SessionId, account: Option<Private<String>>) {
        let Some(proved) = &self.proved else { return };
        let Some(room) = &proved.room else { return };
        let who = match account {
            None => Who::Nobody,
            Some(account) => self
                .rooms
                .engine()
                .store
                .pupil_of_account(room.establishment(), &account)
                .map_or(Who::Unknown, Who::Pupil),
        };
        let mail = Mail::Seated {
            session,
            workstation: proved.workstation.clone(),
            who,
        };
        // A room that is stopping has hung up this link as well.
        let _ = room.send(mail).await;
    }

    /// Asks the room of another session where it resumes.
    async fn late(&mut self, session: SessionId) -> Option<ServerInput<'static>> {
        let proved = self.proved.as_mut()?;
        let room = match self.rooms.room_of(&session).await {
            Ok(Some(room)) => room,
            Ok(None) => {
                self.rooms.engine().gauges.too_late.inc();
                return Some(ServerInput::Resume {
                    session,
                    through: None,
                });
            }
            Err(error) => {
                tracing::error!(%session, error = crate::problem::cause(&error), "late events wait");
                return None;
            }
        };
        proved.late.retain(|(of, _)| *of != session);
        if proved.late.len() >= LATE_MAX {
            proved.late.pop_front();
        }
        proved.late.push_back((session.clone(), room.clone()));
        let mail = Mail::Late {
            session,
            workstation: proved.workstation.clone(),
            letterbox: Arc::clone(&self.letterbox),
        };
        // A room that is stopping has hung up this link as well.
        let _ = room.send(mail).await;
        None
    }

    async fn leave(mut self) {
        if let Some(proved) = self.proved.take() {
            let engine = self.rooms.engine();
            engine.gauges.links.dec();
            engine.links.leave(&proved.workstation, proved.number);
            self.leave_room(&proved).await;
        }
        if let Some((code, reason)) = self.last {
            Box::pin(self.socket.close(code, &reason)).await;
        }
    }

    async fn leave_room(&self, proved: &Proved) {
        if let Some(room) = &proved.room {
            let left = Mail::Left {
                link: proved.number,
                workstation: proved.workstation.clone(),
                why: self.end,
            };
            // A room that is stopping needs no news.
            let _ = room.send(left).await;
        }
    }

    /// The workstation's place changed: it leaves its room and joins the one it has now.
    async fn move_over(&mut self) -> Goes {
        let Some(mut proved) = self.proved.take() else {
            return Goes::On;
        };
        let known = self
            .rooms
            .engine()
            .store
            .workstation(&proved.workstation)
            .await;
        let place = match known {
            Ok(Some(known)) if !known.revoked => {
                proved.code = known.code;
                known.place
            }
            Ok(_) => {
                self.proved = Some(proved);
                let reason = "the workstation is revoked".to_owned();
                let code = CloseCode::NotEnrolled;
                return self.step_boxed(ServerInput::Close { code, reason }).await;
            }
            Err(error) => {
                tracing::error!(workstation = %proved.workstation, error = crate::problem::cause(&error), "a workstation stays where it was");
                self.proved = Some(proved);
                return Goes::On;
            }
        };
        self.leave_room(&proved).await;
        proved.room = None;
        let joined = self.join(&mut proved, place.map(|(room, _)| room)).await;
        self.proved = Some(proved);
        if joined {
            Goes::On
        } else {
            let why = "waiting";
            let code = self.code_while(why);
            let why = why.to_owned();
            self.step_boxed(ServerInput::NoSession { why, code }).await
        }
    }

    /// What the panel shows meanwhile, if the workstation waits for a seat.
    fn code_while(&self, why: &str) -> Option<String> {
        let proved = self.proved.as_ref().filter(|_| why == "waiting");
        proved.and_then(|proved| proved.code.clone())
    }

    /// Asks the agent for a sign of life of this very moment: what it wrote before proves nothing.
    async fn ask_alive(&mut self, probe: Probe) -> Goes {
        let word: [u8; 8] = ids::bytes();
        self.probed = Some(Box::new((word, probe)));
        let sent = Box::pin(self.socket.ping(&word)).await;
        Self::sent(sent)
    }

    async fn step_boxed(&mut self, input: ServerInput<'_>) -> Goes {
        Box::pin(self.step(input)).await
    }

    /// Joins a room. Says whether there is one.
    async fn join(&self, proved: &mut Proved, room: Option<vigie_protocol::RoomId>) -> bool {
        let Some(room) = room else { return false };
        let handle = match self.rooms.room(&room).await {
            Ok(Some(handle)) => handle,
            Ok(None) => return false,
            Err(error) => {
                tracing::error!(%room, error = crate::problem::cause(&error), "a workstation's room cannot be had");
                return false;
            }
        };
        let join = Join {
            link: proved.number,
            workstation: proved.workstation.clone(),
            can: proved.can.clone(),
            letterbox: Arc::clone(&self.letterbox),
            lang: self.lang,
        };
        // A room that is stopping hangs up every link.
        let _ = handle.join(join).await;
        proved.room = Some(handle);
        true
    }
}

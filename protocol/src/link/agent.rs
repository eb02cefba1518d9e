//! The agent's end.
//!
//! The driver gives an event its number with [`AgentEnd::number`], writes it to the spool, and only then says
//! [`AgentInput::Spooled`]: what was never durable here is never sent. It forgets what [`AgentOutput::Forget`] names and
//! nothing else, unless the spool is full: then it replaces the oldest events by one `dropped` event that takes the last of
//! their numbers, and says `Spooled` with that one. After a `Close` output, or when the socket is gone, it says `Closed`, waits
//! (one second at first, twice as long each time up to thirty, with some randomness), opens a new socket and says `Opened`.
//!
//! `now` may jump: a clock that is set back only makes what was measured begin anew.
//! Long because one machine answers every input in one place.

mod outgoing;

use std::collections::{BTreeMap, BTreeSet};

use self::outgoing::{Outgoing, Terms};
use super::{Pulse, is_base64_32, short};
use crate::command::Lease;
use crate::event::{Event, EventKind};
use crate::frame::{
    AgentFrame, Capabilities, CloseCode, Hello, Leaving, SeatFrame, ServerFrame, SessionLease,
    Transcript, Welcome,
};
use crate::id::{CommandId, Digest, Seq, SessionId, WorkstationId};
use crate::private::Private;
use crate::time::{Span, Stamp};

/// How long an event that nobody waits for may wait to share a frame with others.
pub const LINGER: Span = Span(250);
/// Time allowed from the socket's opening to `welcome`.
const WELCOME_WITHIN: Span = Span::seconds(15);
/// Sessions whose next number is remembered although the server has all of their events; then the oldest day is forgotten.
const SETTLED_MAX: usize = 64;

/// Who the agent says it is.
#[derive(Clone, Debug)]
pub struct Identity {
    pub workstation: WorkstationId,
    /// Ed25519 public key, base64 without padding (URL alphabet).
    pub key: String,
    pub can: Capabilities,
    pub enrol: Option<Private<String>>,
    /// Digest of the computer's own id, when it is known.
    pub machine: Option<Digest>,
    /// The computer's name.
    pub host: Option<String>,
}

/// What happens to the agent's end.
#[derive(Clone, Debug)]
pub enum AgentInput {
    /// A socket opened; `nonce` is fresh randomness for `hello` (32 bytes, base64 without padding, URL alphabet), `exporter` what
    /// only the two ends of its TLS connection know, same encoding; none without TLS.
    Opened {
        nonce: String,
        exporter: Option<String>,
    },
    /// A frame arrived.
    Received(ServerFrame),
    /// The text that `Sign` asked for, signed.
    Signed { signature: String },
    /// The server of `Sign` is not the one that this agent knows, or did not prove it.
    Impostor { reason: String },
    /// The spool holds this event durably: it may be sent.
    Spooled { session: SessionId, event: Event },
    /// Another account sits here.
    Seated {
        session: SessionId,
        account: Option<Private<String>>,
    },
    /// The panel of this seat is read in this language from now on.
    Speaks { lang: String },
    /// The agent wants a charter's text; asked again on a new link until it came.
    Want { charter: Digest },
    /// The agent stops, or the machine is being switched off: says so and hangs up.
    Leave { why: Leaving },
    /// The socket closed or failed.
    Closed,
    /// Time passed.
    Tick,
}

/// What the driver must do.
#[derive(Clone, Debug, PartialEq)]
pub enum AgentOutput {
    Send(AgentFrame),
    /// First check that `server` is the key of the server that this agent knows, and that `signature` over `said` holds under
    /// it; if not, answer `Impostor`. Then sign `text` with the workstation's key and answer with `Signed`.
    Sign {
        server: String,
        said: Vec<u8>,
        signature: String,
        text: Vec<u8>,
    },
    /// The spool may forget everything of this session up to `through`.
    Forget {
        session: SessionId,
        through: Seq,
    },
    Up(Welcome),
    Session(SessionLease),
    NoSession {
        why: String,
        code: Option<String>,
    },
    Charter {
        digest: Digest,
        text: String,
    },
    Command(Lease),
    Withdrawn {
        command: CommandId,
    },
    Panel(SeatFrame),
    /// Hang up, with this code.
    Close {
        code: CloseCode,
        reason: String,
    },
    /// The server refused: say why in the log and the panel.
    Refused {
        code: u16,
        reason: String,
    },
}

#[derive(Debug)]
enum State {
    /// No socket.
    Down,
    /// `hello` was sent.
    Greeted {
        nonce: String,
        exporter: Option<String>,
        since: Stamp,
    },
    /// The driver signs, or `proof` was sent.
    Proving { since: Stamp },
    /// Welcome.
    Up { terms: Terms, beat: Span },
}

/// The machine.
#[derive(Debug)]
pub struct AgentEnd {
    identity: Identity,
    state: State,
    pulse: Pulse,
    sessions: BTreeMap<SessionId, Outgoing>,
    /// The session of which the server said on this link that it is on here.
    current: Option<SessionId>,
    /// Whether it said on this link which session is on, or that none is: before that nothing is sent, since it is with the
    /// lease that the server says where to resume.
    told: bool,
    seated: Option<(SessionId, Option<Private<String>>)>,
    /// Whether `seated` was said on this link.
    seated_said: bool,
    /// The panel's language, and whether it was said on this link.
    speaks: Option<String>,
    speaks_said: bool,
    wanted: BTreeSet<Digest>,
}

impl AgentEnd {
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            state: State::Down,
            pulse: Pulse::new(Stamp(0)),
            sessions: BTreeMap::new(),
            current: None,
            told: false,
            seated: None,
            seated_said: false,
            speaks: None,
            speaks_said: false,
            wanted: BTreeSet::new(),
        }
    }

    /// Takes back what the spool held at start: the next number and the events that were never acknowledged, in order.
    pub fn restore(&mut self, session: SessionId, next: Seq, unacked: Vec<Event>) {
        self.sessions
            .insert(session, Outgoing::restored(next, unacked));
    }

    /// Gives the next event its number. The driver spools it, then says `Spooled`.
    pub fn number(&mut self, session: &SessionId, at: Stamp, kind: EventKind) -> Event {
        Event {
            seq: self.outgoing(session).number(),
            at,
            kind,
        }
    }

    /// Whether the handshake is over and events can be sent.
    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    pub fn step(&mut self, now: Stamp, input: AgentInput) -> Vec<AgentOutput> {
        let mut out = Vec::new();
        self.look(now);
        match input {
            AgentInput::Opened { nonce, exporter } => self.open(nonce, exporter, &mut out),
            AgentInput::Received(frame) => self.receive(frame, &mut out),
            AgentInput::Signed { signature } => {
                if matches!(self.state, State::Proving { .. }) {
                    let enrol = self.identity.enrol.clone();
                    self.send(AgentFrame::Proof { signature, enrol }, &mut out);
                }
            }
            AgentInput::Impostor { reason } => {
                if matches!(self.state, State::Proving { .. }) {
                    self.close(CloseCode::Impostor, &reason, &mut out);
                }
            }
            AgentInput::Spooled { session, event } => self.outgoing(&session).spooled(now, event),
            AgentInput::Seated { session, account } => {
                self.seated = Some((session, account));
                self.seated_said = false;
            }
            AgentInput::Speaks { lang } => {
                self.speaks = Some(lang);
                self.speaks_said = false;
            }
            AgentInput::Want { charter } => {
                if self.wanted.insert(charter.clone()) && self.is_up() {
                    self.send(AgentFrame::Fetch { charter }, &mut out);
                }
            }
            AgentInput::Leave { why } => {
                if self.is_up() {
                    self.linger_over(&mut out);
                    self.send(AgentFrame::Goodbye { why }, &mut out);
                }
                self.close(CloseCode::GoingAway, "the agent stops", &mut out);
            }
            AgentInput::Closed => self.down(),
            AgentInput::Tick => self.tick(&mut out),
        }
        self.flush(&mut out);
        out
    }

    /// When `Tick` is wanted next.
    pub fn next_tick(&self) -> Option<Stamp> {
        match &self.state {
            State::Down => None,
            State::Greeted { since, .. } | State::Proving { since } => {
                Some(*since + WELCOME_WITHIN)
            }
            State::Up { terms, beat } => {
                let due = self.sending().filter_map(|(_, out)| out.due(*terms)).min();
                [
                    Some(self.pulse.hang_up_at(*beat)),
                    Some(self.pulse.beat_at(*beat)),
                    due,
                ]
                .into_iter()
                .flatten()
                .min()
            }
        }
    }

    fn look(&mut self, now: Stamp) {
        let back = self.pulse.look(now);
        if back > Span(0) {
            if let State::Greeted { since, .. } | State::Proving { since } = &mut self.state {
                *since = *since - back;
            }
            for outgoing in self.sessions.values_mut() {
                outgoing.set_back(back);
            }
        }
    }

    fn outgoing(&mut self, session: &SessionId) -> &mut Outgoing {
        self.sessions.entry(session.clone()).or_default()
    }

    fn open(&mut self, nonce: String, exporter: Option<String>, out: &mut Vec<AgentOutput>) {
        self.down();
        let now = self.pulse.now;
        self.pulse = Pulse::new(now);
        let hello = Hello {
            v: crate::WIRE_VERSION,
            workstation: self.identity.workstation.clone(),
            key: self.identity.key.clone(),
            nonce: nonce.clone(),
            at_ms: now,
            can: self.identity.can.clone(),
            machine: self.identity.machine.clone(),
            host: self.identity.host.clone(),
        };
        self.state = State::Greeted {
            nonce,
            exporter,
            since: now,
        };
        self.send(AgentFrame::Hello(hello), out);
    }

    fn receive(&mut self, frame: ServerFrame, out: &mut Vec<AgentOutput>) {
        self.pulse.heard = self.pulse.now;
        match frame {
            ServerFrame::Refused { code, reason } => {
                out.push(AgentOutput::Refused { code, reason });
            }
            ServerFrame::Challenge {
                nonce,
                server,
                signature,
            } => self.challenged(&nonce, server, signature, out),
            ServerFrame::Welcome(welcome) => {
                if matches!(self.state, State::Proving { .. }) {
                    self.welcome(welcome, out);
                }
            }
            frame if self.is_up() => self.receive_up(frame, out),
            // A server that speaks before it welcomed us has nothing to say to us yet.
            _ => {}
        }
    }

    fn challenged(
        &mut self,
        server_nonce: &str,
        server: String,
        signature: String,
        out: &mut Vec<AgentOutput>,
    ) {
        let State::Greeted {
            nonce,
            exporter,
            since,
        } = &self.state
        else {
            return;
        };
        // It also keeps line ends out of the signed text.
        if !is_base64_32(server_nonce) || !is_base64_32(&server) {
            return self.close(
                CloseCode::Malformed,
                "challenge: the nonce or the key is not 32 bytes in base64",
                out,
            );
        }
        let transcript = Transcript {
            workstation: &self.identity.workstation,
            server_nonce,
            agent_nonce: nonce,
            server: &server,
            exporter: exporter.as_deref(),
        };
        let (said, text) = (transcript.server_text(), transcript.agent_text());
        self.state = State::Proving { since: *since };
        out.push(AgentOutput::Sign {
            server,
            said,
            signature,
            text,
        });
    }

    fn welcome(&mut self, welcome: Welcome, out: &mut Vec<AgentOutput>) {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        self.state = State::Up {
            terms: Terms {
                batch_max: size(welcome.batch_max).max(1),
                frame_max: size(welcome.frame_max),
                linger: LINGER,
            },
            // A beat of nothing would be a frame at every tick.
            beat: welcome.beat_ms.max(Span::seconds(1)),
        };
        // The token was for the first link; the key is known from now on.
        self.identity.enrol = None;
        out.push(AgentOutput::Up(welcome));
        for charter in self.wanted.clone() {
            self.send(AgentFrame::Fetch { charter }, out);
        }
    }

    fn receive_up(&mut self, frame: ServerFrame, out: &mut Vec<AgentOutput>) {
        let now = self.pulse.now;
        match frame {
            ServerFrame::Session(lease) => {
                let session = lease.session.clone();
                let outgoing = self.outgoing(&session);
                outgoing.resume(now, lease.through, lease.credit);
                let through = outgoing.acked();
                self.current = Some(session.clone());
                self.told = true;
                out.push(AgentOutput::Session(lease));
                out.push(AgentOutput::Forget { session, through });
                self.forget_settled();
            }
            ServerFrame::NoSession { why, code } => {
                self.current = None;
                self.told = true;
                out.push(AgentOutput::NoSession { why, code });
            }
            ServerFrame::Ack {
                session,
                through,
                credit,
            } => {
                if let Some(outgoing) = self.sessions.get_mut(&session) {
                    outgoing.ack(through, credit);
                    let through = outgoing.acked();
                    out.push(AgentOutput::Forget { session, through });
                }
            }
            ServerFrame::Charter { digest, text } => {
                self.wanted.remove(&digest);
                out.push(AgentOutput::Charter { digest, text });
            }
            ServerFrame::Command(lease) => out.push(AgentOutput::Command(lease)),
            ServerFrame::Withdrawn { command } => out.push(AgentOutput::Withdrawn { command }),
            ServerFrame::Seat(part) => out.push(AgentOutput::Panel(part)),
            ServerFrame::Beat { .. }
            | ServerFrame::Unknown(_)
            | ServerFrame::Challenge { .. }
            | ServerFrame::Welcome(_)
            | ServerFrame::Refused { .. } => {}
        }
    }

    fn tick(&mut self, out: &mut Vec<AgentOutput>) {
        let now = self.pulse.now;
        match &self.state {
            State::Down => {}
            State::Greeted { since, .. } | State::Proving { since } => {
                if now >= *since + WELCOME_WITHIN {
                    self.close(CloseCode::Silent, "no welcome in time", out);
                }
            }
            State::Up { beat, .. } => {
                if now >= self.pulse.hang_up_at(*beat) {
                    self.close(
                        CloseCode::Silent,
                        "the server was silent for three beats",
                        out,
                    );
                } else if now >= self.pulse.beat_at(*beat) {
                    self.send(AgentFrame::Beat { at_ms: now }, out);
                }
            }
        }
    }

    fn flush(&mut self, out: &mut Vec<AgentOutput>) {
        let State::Up { terms, .. } = self.state else {
            return;
        };
        if !self.speaks_said
            && let Some(lang) = self.speaks.clone()
        {
            self.speaks_said = true;
            self.send(AgentFrame::Speaks { lang }, out);
        }
        if !self.seated_said
            && let Some((session, account)) = self.seated.clone()
            && self.current.as_ref() == Some(&session)
        {
            self.seated_said = true;
            self.send(AgentFrame::Seated { session, account }, out);
        }
        let sending: Vec<SessionId> = self.sending().map(|(session, _)| session.clone()).collect();
        for session in sending {
            while let Some(outgoing) = self.sessions.get_mut(&session)
                && let Some(batch) = outgoing.take_batch(self.pulse.now, terms)
            {
                let session = session.clone();
                self.send(AgentFrame::Events { session, batch }, out);
            }
        }
    }

    /// Sends what waits for company: no more will come.
    fn linger_over(&mut self, out: &mut Vec<AgentOutput>) {
        if let State::Up { terms, .. } = &mut self.state {
            terms.linger = Span(0);
        }
        self.flush(out);
    }

    /// The sessions that may send now: the one that is on, and of the others one at a time.
    fn sending(&self) -> impl Iterator<Item = (&SessionId, &Outgoing)> {
        let is_current = |session: &SessionId| self.current.as_ref() == Some(session);
        let older = self.sessions.iter().find(|(session, outgoing)| {
            self.told && !is_current(session) && !outgoing.is_settled()
        });
        let current = self
            .current
            .as_ref()
            .and_then(|session| self.sessions.get_key_value(session));
        current.into_iter().chain(older)
    }

    /// Forgets the next number of sessions that are long over.
    fn forget_settled(&mut self) {
        while self.sessions.len() > SETTLED_MAX {
            let settled = self.sessions.iter().find(|(session, outgoing)| {
                outgoing.is_settled() && self.current.as_ref() != Some(*session)
            });
            let Some(session) = settled.map(|(session, _)| session.clone()) else {
                return;
            };
            self.sessions.remove(&session);
        }
    }

    fn send(&mut self, frame: AgentFrame, out: &mut Vec<AgentOutput>) {
        self.pulse.spoke = self.pulse.now;
        out.push(AgentOutput::Send(frame));
    }

    fn close(&mut self, code: CloseCode, reason: &str, out: &mut Vec<AgentOutput>) {
        if !matches!(self.state, State::Down) {
            let reason = short(reason);
            out.push(AgentOutput::Close { code, reason });
            self.down();
        }
    }

    fn down(&mut self) {
        self.state = State::Down;
        self.current = None;
        self.told = false;
        self.seated_said = false;
        self.speaks_said = false;
        for outgoing in self.sessions.values_mut() {
            outgoing.reset();
        }
    }
}

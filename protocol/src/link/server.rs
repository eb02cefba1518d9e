//! The server's end.
//!
//! The driver owes it three things. `through` in [`ServerInput::Session`] and [`ServerInput::Resume`] counts everything that the
//! room took from an earlier link of the same workstation, committed by then: or events would come twice. At most one link
//! of a workstation is fed at a time: the older one is closed with [`CloseCode::Replaced`]. And after
//! [`ServerOutput::Close`] it sends what stands before it, then the WebSocket's close frame, and drops this end.
//!
//! An idle end is small: it holds no buffer, and of a session only its cursor.
//!
//! Long because one machine answers every input in one place.

mod bucket;
mod handshake;
mod limits;
mod refusal;
mod window;

use self::bucket::Bucket;
pub use self::limits::Limits;
use self::window::Window;
use super::Pulse;

use crate::command::Lease;
use crate::event::Event;
use crate::frame::{
    AgentFrame, CloseCode, Hello, Leaving, SeatFrame, ServerFrame, SessionLease, Welcome,
};
use crate::id::{CommandId, Digest, Seq, SessionId};
use crate::private::Private;
use crate::time::{Span, Stamp};

/// What happens to the server's end.
#[derive(Clone, Debug)]
pub enum ServerInput<'a> {
    /// A text message arrived.
    Text(&'a str),
    /// Something that is not a text message in UTF-8 within the frame limit arrived.
    NotText,
    TooLarge,
    /// The proof holds and the workstation may come in.
    Admitted(Welcome),
    /// The text that `Sign` asked for, signed.
    Signed {
        signature: String,
    },
    /// It may not.
    Denied {
        code: CloseCode,
        reason: String,
    },
    /// A session is on at this workstation's seat, or its lease is renewed. `lease.through` seeds the window: it must count
    /// everything that the room took from an earlier link of this workstation. The machine fills in `lease.credit`.
    Session(SessionLease),
    NoSession {
        why: String,
        /// While it waits for a seat: the code that its panel shows.
        code: Option<String>,
    },
    /// Everything of this session up to `through` is durable.
    Committed {
        session: SessionId,
        through: Seq,
    },
    /// Where to resume an older session whose late events arrive (`through` as stored, once whatever the room took from an
    /// earlier link is committed; none: the partition is erased).
    Resume {
        session: SessionId,
        through: Option<Seq>,
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
    /// Hang up for a reason of the server's.
    Close {
        code: CloseCode,
        reason: String,
    },
    Tick,
}

/// What the driver must do.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerOutput {
    Send(ServerFrame),
    /// Sign this with the server's own key and answer with `Signed`.
    Sign {
        text: Vec<u8>,
    },
    /// Check the signature over `text` with `hello.key`, and whether this workstation may come in; answer `Admitted` or `Denied`.
    Verify {
        hello: Hello,
        text: Vec<u8>,
        signature: String,
        enrol: Option<Private<String>>,
    },
    /// New events, in order, each once. Acknowledged only after `Committed`.
    New {
        session: SessionId,
        events: Vec<Event>,
    },
    /// Events of a session other than the one at this seat: look up its cursor and answer `Resume`.
    Late {
        session: SessionId,
    },
    Seated {
        session: SessionId,
        account: Option<Private<String>>,
    },
    /// The panel of this workstation's seat is read in this language.
    Speaks {
        lang: String,
    },
    Fetch {
        charter: Digest,
    },
    /// The agent said why it leaves; the socket's end follows.
    Goodbye {
        why: Leaving,
    },
    /// How far the agent's clock is ahead of the server's, measured again.
    Offset {
        ahead: Span,
    },
    /// Hang up with this code; `Refused` was sent before.
    Close {
        code: CloseCode,
        reason: String,
    },
}

/// What the server's end is told when a socket opens; all of it is base64 without padding (URL alphabet).
#[derive(Clone, Debug)]
pub struct Door {
    /// 32 random bytes, fresh for each link.
    pub nonce: String,
    /// The server's Ed25519 public key.
    pub server: String,
    /// What only the two ends of this TLS connection know; none without TLS.
    pub exporter: Option<String>,
}

/// Largest frame before the proof.
const UNPROVED_MAX: usize = 8_192;
/// Sessions whose cursors a link holds: the one that is on, and older ones; the idle ones are looked up again when needed.
const WINDOWS_MAX: usize = 4;
/// A change of the agent's clock against ours that is worth telling.
const OFFSET_STEP: Span = Span(100);
/// Longest id that a workstation may send back to us.
const ID_MAX: usize = 128;
/// Longest language tag (RFC 5646 §4.4.1).
const LANG_MAX: usize = 35;

#[derive(Debug)]
enum State {
    /// Waits for `hello`.
    New {
        door: Box<Door>,
    },
    /// The driver signs the challenge.
    Signing {
        door: Box<Door>,
        hello: Box<Hello>,
    },
    /// Waits for `proof`.
    Challenged {
        door: Box<Door>,
        hello: Box<Hello>,
    },
    /// The driver checks the proof.
    Checking,
    Up,
    Over,
}

/// The machine.
#[derive(Debug)]
pub struct ServerEnd {
    limits: Limits,
    state: State,
    pulse: Pulse,
    opened: Stamp,
    windows: Vec<Window>,
    /// The session that is on here, as last said.
    current: Option<SessionId>,
    events: Bucket,
    frames: Bucket,
    /// How far the agent's clock was last seen ahead, and whether that was told.
    ahead: Span,
    ahead_told: Option<Span>,
}

impl ServerEnd {
    pub fn new(mut limits: Limits, door: Door, now: Stamp) -> Self {
        // Less than a batch would refuse the frame with which an agent opens an older session.
        limits.credit = limits.credit.max(limits.batch_max);
        let rate = limits.events_per_second_max;
        Self {
            limits,
            state: State::New {
                door: Box::new(door),
            },
            pulse: Pulse::new(now),
            opened: now,
            windows: Vec::new(),
            current: None,
            events: Bucket::new(limits.credit, rate, now),
            frames: Bucket::new(limits.credit.saturating_mul(2).max(64), rate, now),
            ahead: Span(0),
            ahead_told: None,
        }
    }

    pub fn step(&mut self, now: Stamp, input: ServerInput<'_>) -> Vec<ServerOutput> {
        if matches!(self.state, State::Over) {
            return Vec::new();
        }
        // Nearly always one output; a vector that grows by itself begins with four, and an output is large.
        let mut out = Vec::with_capacity(1);
        let back = self.pulse.look(now);
        self.opened = self.opened - back;
        self.events.fill(now);
        self.frames.fill(now);
        match input {
            ServerInput::Text(text) => self.text(text, &mut out),
            ServerInput::NotText => self.refuse(
                CloseCode::Malformed,
                "frame: not a text message in UTF-8".to_owned(),
                &mut out,
            ),
            ServerInput::TooLarge => {
                let reason = format!("frame: more than {} bytes", self.limits.frame_max);
                self.refuse(CloseCode::TooLarge, reason, &mut out);
            }
            ServerInput::Admitted(welcome) => {
                if matches!(self.state, State::Checking) {
                    self.state = State::Up;
                    self.send(ServerFrame::Welcome(welcome), &mut out);
                    self.tell_offset(&mut out);
                }
            }
            ServerInput::Signed { signature } => self.signed(signature, &mut out),
            ServerInput::Denied { code, reason } | ServerInput::Close { code, reason } => {
                self.refuse(code, reason, &mut out);
            }
            ServerInput::Tick => self.tick(&mut out),
            input if matches!(self.state, State::Up) => self.say(input, &mut out),
            // Nothing is said to a workstation before it has proved who it is.
            _ => {}
        }
        out
    }

    /// When `Tick` is wanted next.
    pub fn next_tick(&self) -> Option<Stamp> {
        let beat = self.limits.beat;
        match self.state {
            State::Over => None,
            State::Up => {
                let quiet = self.pulse.hang_up_at(beat).min(self.pulse.beat_at(beat));
                let starved = self.is_starved().then(|| self.credit_at());
                Some(starved.map_or(quiet, |at| at.min(quiet)))
            }
            State::New { .. }
            | State::Signing { .. }
            | State::Challenged { .. }
            | State::Checking => Some(self.opened + self.limits.proof_within),
        }
    }

    fn text(&mut self, text: &str, out: &mut Vec<ServerOutput>) {
        self.pulse.heard = self.pulse.now;
        self.frames.take(1);
        if self.frames.debt() > 0 {
            let reason = format!(
                "frame: more than {} a second",
                self.limits.events_per_second_max
            );
            return self.refuse(CloseCode::TooFast, reason, out);
        }
        let frame_max = usize::try_from(self.limits.frame_max).unwrap_or(usize::MAX);
        let most = match self.state {
            State::Up => frame_max,
            _ => frame_max.min(UNPROVED_MAX),
        };
        if text.len() > most {
            let reason = format!("frame: {} bytes where {most} are allowed", text.len());
            return self.refuse(CloseCode::TooLarge, reason, out);
        }
        let frame = match AgentFrame::decode(text) {
            Ok(frame) => frame,
            Err(malformed) => {
                return match self.other_version(text) {
                    Some(version) => self.refuse_version(version, out),
                    None => self.refuse(CloseCode::Malformed, malformed.to_string(), out),
                };
            }
        };
        match std::mem::replace(&mut self.state, State::Over) {
            State::New { door } => self.greeted(door, frame, out),
            State::Challenged { door, hello } => self.proof(&door, *hello, frame, out),
            State::Signing { .. } | State::Checking => {
                self.refuse_unproved("proof: not asked for now", out);
            }
            State::Up => {
                self.state = State::Up;
                self.receive(frame, out);
            }
            State::Over => {}
        }
    }

    fn receive(&mut self, frame: AgentFrame, out: &mut Vec<ServerOutput>) {
        match frame {
            AgentFrame::Events { session, batch } => self.take(session, batch, out),
            AgentFrame::Seated { session, account } => {
                out.push(ServerOutput::Seated { session, account });
            }
            AgentFrame::Speaks { lang } => {
                if lang.len() > LANG_MAX {
                    let reason = "speaks: `lang` is not a language tag".to_owned();
                    return self.refuse(CloseCode::Malformed, reason, out);
                }
                out.push(ServerOutput::Speaks { lang });
            }
            AgentFrame::Fetch { charter } => {
                if charter.as_str().len() > ID_MAX {
                    let reason = "fetch: `charter` is not a digest".to_owned();
                    return self.refuse(CloseCode::Malformed, reason, out);
                }
                out.push(ServerOutput::Fetch { charter });
            }
            AgentFrame::Beat { at_ms } => {
                self.ahead = at_ms - self.pulse.now;
                self.tell_offset(out);
            }
            AgentFrame::Goodbye { why } => out.push(ServerOutput::Goodbye { why }),
            AgentFrame::Hello(_) | AgentFrame::Proof { .. } => {
                let reason = "hello: the link is up already".to_owned();
                self.refuse(CloseCode::Malformed, reason, out);
            }
            // The versions agree, so this is an addition that may be ignored.
            AgentFrame::Unknown(_) => {}
        }
    }

    fn take(&mut self, session: SessionId, mut batch: Vec<Event>, out: &mut Vec<ServerOutput>) {
        let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        if count == 0 {
            let reason = "events batch: empty".to_owned();
            return self.refuse(CloseCode::Malformed, reason, out);
        }
        if count > self.limits.batch_max {
            let most = self.limits.batch_max;
            let reason = format!("events batch: {count} events where {most} are allowed");
            return self.refuse(CloseCode::TooLarge, reason, out);
        }
        let Some(mut window) = self.window_of(&session, out) else {
            let reason =
                format!("events: {WINDOWS_MAX} sessions at a time, one older than the current");
            return self.refuse(CloseCode::OutOfOrder, reason, out);
        };
        match window.receive(&mut batch) {
            Err(fault) => self.refuse_fault(fault, out),
            Ok(new) => {
                self.events.take(new);
                if self.events.debt() > self.debt_max() {
                    let rate = self.limits.events_per_second_max;
                    let reason = format!("events: more than {rate} a second");
                    self.refuse(CloseCode::TooFast, reason, out);
                    return;
                }
                if batch.is_empty() && !window.is_asked() {
                    self.ack(&mut window, out);
                } else if !batch.is_empty() {
                    let events = batch;
                    out.push(ServerOutput::New { session, events });
                }
            }
        }
        self.windows.push(window);
    }

    /// Takes the window out of the list, or makes one for an older session when there is room.
    fn window_of(&mut self, session: &SessionId, out: &mut Vec<ServerOutput>) -> Option<Window> {
        if let Some(at) = self.windows.iter().position(|w| w.session == *session) {
            return Some(self.windows.swap_remove(at));
        }
        while self.windows.len() >= WINDOWS_MAX {
            let is_current = |window: &Window| self.current.as_ref() == Some(&window.session);
            let idle = self
                .windows
                .iter()
                .position(|window| window.is_idle() && !is_current(window))?;
            self.windows.swap_remove(idle);
        }
        let session = session.clone();
        out.push(ServerOutput::Late {
            session: session.clone(),
        });
        Some(Window::asked(session, self.limits.credit))
    }

    /// What the server has to say to a link that is up.
    fn say(&mut self, input: ServerInput<'_>, out: &mut Vec<ServerOutput>) {
        match input {
            ServerInput::Session(lease) => self.session(lease, out),
            ServerInput::NoSession { why, code } => {
                self.current = None;
                self.send(ServerFrame::NoSession { why, code }, out);
            }
            ServerInput::Committed { session, through } => {
                if let Some(at) = self.windows.iter().position(|w| w.session == session) {
                    let mut window = self.windows.swap_remove(at);
                    window.commit(through);
                    self.ack(&mut window, out);
                    self.windows.push(window);
                }
            }
            ServerInput::Resume { session, through } => self.resume(session, through, out),
            ServerInput::Charter { digest, text } => {
                self.send(ServerFrame::Charter { digest, text }, out);
            }
            ServerInput::Command(lease) => self.send(ServerFrame::Command(lease), out),
            ServerInput::Withdrawn { command } => {
                self.send(ServerFrame::Withdrawn { command }, out);
            }
            ServerInput::Panel(part) => self.send(ServerFrame::Seat(part), out),
            ServerInput::Text(_)
            | ServerInput::NotText
            | ServerInput::TooLarge
            | ServerInput::Admitted(_)
            | ServerInput::Signed { .. }
            | ServerInput::Denied { .. }
            | ServerInput::Close { .. }
            | ServerInput::Tick => {}
        }
    }

    fn session(&mut self, mut lease: SessionLease, out: &mut Vec<ServerOutput>) {
        let session = lease.session.clone();
        let known = self.windows.iter().position(|w| w.session == session);
        let mut window = match known {
            Some(at) => self.windows.swap_remove(at),
            None => Window::known(session.clone(), lease.through, self.limits.batch_max),
        };
        let events = window.resume(lease.through);
        lease.through = window.acked();
        lease.credit = window.grant(self.limits.credit, self.events.left());
        self.windows.push(window);
        self.current = Some(session.clone());
        self.send(ServerFrame::Session(lease), out);
        if !events.is_empty() {
            out.push(ServerOutput::New { session, events });
        }
    }

    fn resume(&mut self, session: SessionId, through: Option<Seq>, out: &mut Vec<ServerOutput>) {
        let Some(at) = self
            .windows
            .iter()
            .position(|window| window.session == session && window.is_asked())
        else {
            return;
        };
        let mut window = self.windows.swap_remove(at);
        let events = if let Some(through) = through {
            window.resume(through)
        } else {
            window.erase();
            Vec::new()
        };
        self.ack(&mut window, out);
        self.windows.push(window);
        if !events.is_empty() {
            out.push(ServerOutput::New { session, events });
        }
    }

    fn ack(&mut self, window: &mut Window, out: &mut Vec<ServerOutput>) {
        let credit = window.grant(self.limits.credit, self.events.left());
        let frame = ServerFrame::Ack {
            session: window.session.clone(),
            through: window.acked(),
            credit,
        };
        self.send(frame, out);
    }

    fn tick(&mut self, out: &mut Vec<ServerOutput>) {
        let (now, beat) = (self.pulse.now, self.limits.beat);
        if !matches!(self.state, State::Up) {
            if now >= self.opened + self.limits.proof_within {
                self.refuse_unproved("no proof in time", out);
            }
            return;
        }
        if now >= self.pulse.hang_up_at(beat) {
            let reason = "the agent was silent for three beats".to_owned();
            return self.refuse(CloseCode::Silent, reason, out);
        }
        if self.is_starved() && now >= self.credit_at() {
            let mut windows = std::mem::take(&mut self.windows);
            for window in &mut windows {
                if window.is_starved(self.limits.credit, self.limits.batch_max) {
                    self.ack(window, out);
                }
            }
            self.windows = windows;
        }
        if now >= self.pulse.beat_at(beat) {
            self.send(ServerFrame::Beat { at_ms: now }, out);
        }
    }

    fn is_starved(&self) -> bool {
        let limits = &self.limits;
        self.windows
            .iter()
            .any(|window| window.is_starved(limits.credit, limits.batch_max))
    }

    /// When there is credit for another whole batch.
    fn credit_at(&self) -> Stamp {
        self.events.when(self.limits.batch_max)
    }

    /// What honest agents may owe: each session's window begins with some credit whatever the bucket holds.
    fn debt_max(&self) -> u32 {
        let windows = u32::try_from(WINDOWS_MAX).unwrap_or(u32::MAX);
        self.limits.credit.saturating_mul(windows)
    }

    fn tell_offset(&mut self, out: &mut Vec<ServerOutput>) {
        let moved = self
            .ahead_told
            .is_none_or(|told| self.ahead.0.abs_diff(told.0) >= OFFSET_STEP.0.unsigned_abs());
        if moved {
            self.ahead_told = Some(self.ahead);
            out.push(ServerOutput::Offset { ahead: self.ahead });
        }
    }

    fn send(&mut self, frame: ServerFrame, out: &mut Vec<ServerOutput>) {
        self.pulse.spoke = self.pulse.now;
        out.push(ServerOutput::Send(frame));
    }
}

//! The agent's end.

use crate::Lease;
use crate::event::{Event, EventKind};
use crate::frame::{
    AgentFrame, Capabilities, CloseCode, Leaving, SeatFrame, ServerFrame, SessionLease, Welcome,
};
use crate::id::{CommandId, Digest, Seq, SessionId, WorkstationId};
use crate::private::Private;
use crate::time::Stamp;

/// Who the agent says it is.
#[derive(Clone, Debug)]
pub struct Identity {
    pub workstation: WorkstationId,
    /// Ed25519 public key, base64 without padding (URL alphabet).
    pub key: String,
    pub can: Capabilities,
    pub enrol: Option<Private<String>>,
}

/// What happens to the agent's end.
#[derive(Clone, Debug)]
pub enum AgentInput {
    /// A socket opened; `nonce` is fresh randomness for `hello`.
    Opened { nonce: String },
    /// A frame arrived.
    Received(ServerFrame),
    /// The text that `Sign` asked for, signed.
    Signed { signature: String },
    /// The spool holds this event durably: it may be sent.
    Spooled { session: SessionId, event: Event },
    /// Another account sits here.
    Seated {
        session: SessionId,
        account: Option<Private<String>>,
    },
    /// The agent wants a charter's text.
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
    /// Sign this with the workstation's key and answer with `Signed`.
    Sign {
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

/// The machine.
#[derive(Debug)]
pub struct AgentEnd {}

impl AgentEnd {
    pub fn new(_identity: Identity) -> Self {
        Self {}
    }
    /// Takes back what the spool held at start: the next number and the events that were never acknowledged.
    pub fn restore(&mut self, _session: SessionId, _next: Seq, _unacked: Vec<Event>) {}
    /// Gives the next event its number. The driver spools it, then says `Spooled`.
    pub fn number(&mut self, _session: &SessionId, _at: Stamp, _kind: EventKind) -> Event {
        todo!()
    }
    pub fn step(&mut self, _now: Stamp, _input: AgentInput) -> Vec<AgentOutput> {
        todo!()
    }
    /// When `Tick` is wanted next.
    pub fn next_tick(&self) -> Option<Stamp> {
        todo!()
    }
}

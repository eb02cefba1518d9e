//! The server's end.

use crate::Lease;
use crate::event::Event;
use crate::frame::{CloseCode, Hello, Leaving, SeatFrame, ServerFrame, SessionLease, Welcome};
use crate::id::{CommandId, Digest, Seq, SessionId};
use crate::private::Private;
use crate::time::{Span, Stamp};

/// The named limits of a link and what happens there: hang up, with the close code of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most events unacknowledged.
    pub credit: u32,
    /// Most events in one frame.
    pub batch_max: u32,
    /// Largest frame, bytes.
    pub frame_max: u32,
    /// Silence after which each end sends a beat; three of them hang up.
    pub beat: Span,
    /// Most events a second, sustained (a bucket of `credit` on top).
    pub events_per_second_max: u32,
    /// Time allowed from the socket's opening to a proof that holds.
    pub proof_within: Span,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            credit: 256,
            batch_max: 32,
            frame_max: 65_536,
            beat: Span::seconds(15),
            events_per_second_max: 200,
            proof_within: Span::seconds(10),
        }
    }
}

impl Limits {
    /// The `welcome` that says these limits. `ticket` is what the link may download lists with.
    pub fn welcome(&self, now: Stamp, ticket: Private<String>) -> Welcome {
        Welcome {
            at_ms: now,
            beat_ms: self.beat,
            batch_max: self.batch_max,
            frame_max: self.frame_max,
            ticket,
        }
    }
}

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
    /// Check the signature over `text` with `hello.key`, and whether this workstation may come in; answer `Admitted` or `Denied`.
    Verify {
        hello: Hello,
        text: Vec<u8>,
        signature: String,
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

/// The machine.
#[derive(Debug)]
pub struct ServerEnd {}

impl ServerEnd {
    /// `nonce`: 32 random bytes for the challenge.
    pub fn new(_limits: Limits, _nonce: String, _now: Stamp) -> Self {
        Self {}
    }
    pub fn step(&mut self, _now: Stamp, _input: ServerInput<'_>) -> Vec<ServerOutput> {
        todo!()
    }
    /// When `Tick` is wanted next.
    pub fn next_tick(&self) -> Option<Stamp> {
        todo!()
    }
}

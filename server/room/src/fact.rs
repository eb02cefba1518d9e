//! What a journal holds: facts, with the moment the server recorded them. Append-only: golden files hold one of each for ever.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_filters::Verdict;
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    Action, AlertId, Block, ChannelId, CommandId, Digest, EstablishmentId, Event, HelpId,
    Pseudonym, ReceiptState, RoomId, SeatNo, Seq, Span, StaffId, Stamp, WorkstationId,
};

/// One line of a session's journal. Its rev is its position: the driver numbers, the row is keyed by its first rev.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When the server recorded it.
    #[serde(rename = "at_ms")]
    pub at: Stamp,
    #[serde(flatten)]
    pub fact: Fact,
}

/// Facts, past participles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    Opened(Opening),
    Extended {
        ends: Stamp,
        by: StaffId,
    },
    Closed {
        by: Option<StaffId>,
    },
    /// A workstation came to (or was moved to) a seat while the session ran.
    Placed {
        seat: SeatNo,
        workstation: WorkstationId,
    },
    LinkUp {
        seat: SeatNo,
        can: Capabilities,
    },
    LinkDown {
        seat: SeatNo,
        why: LinkEnd,
    },
    /// Who the login says sits here, already a pseudonym.
    Seated {
        seat: SeatNo,
        who: Who,
    },
    /// An adult said who sits here.
    Confirmed {
        seat: SeatNo,
        pupil: Pseudonym,
        by: StaffId,
    },
    /// One event, with the agent's time clamped by the measured offset.
    Saw {
        seat: SeatNo,
        event: Event,
    },
    /// Numbers that will never come.
    Missing {
        seat: SeatNo,
        from: Seq,
        through: Seq,
    },
    /// The charter's verdict on an event.
    Judged {
        seat: SeatNo,
        seq: Seq,
        verdict: Verdict,
    },
    /// The agent blocked by another charter or list than the session's, or by a rule that does not match here.
    Disagreed {
        seat: SeatNo,
        seq: Seq,
        block: Block,
    },
    Acknowledged {
        alert: AlertId,
        by: StaffId,
    },
    /// A false positive.
    Dismissed {
        alert: AlertId,
        by: StaffId,
    },
    HelpTaken {
        help: HelpId,
        by: StaffId,
    },
    /// `how`: a key of the catalogue (`helped`, `answered`, `withdrawn`, `session-ended`).
    HelpEnded {
        help: HelpId,
        by: Option<StaffId>,
        how: String,
    },
    Issued {
        command: CommandId,
        seats: Vec<SeatNo>,
        action: Action,
        deadline: Stamp,
        by: StaffId,
    },
    /// What became of a command at a seat, from its receipt or from the server's own clock.
    Settled {
        command: CommandId,
        seat: SeatNo,
        state: ReceiptState,
    },
    ChatOpened {
        channel: ChannelId,
        by: StaffId,
    },
    ChatClosed {
        channel: ChannelId,
        by: StaffId,
    },
    /// A fact that this build does not know, kept as it came; applying it changes nothing but the rev.
    #[serde(untagged)]
    Unknown(Value),
}

/// How a session begins: everything that must not change under it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub establishment: EstablishmentId,
    pub room: RoomId,
    pub by: StaffId,
    /// Adults of the session, its owner first.
    pub adults: Vec<StaffId>,
    /// The task in the adult's words: no pupil's name belongs here.
    pub task: String,
    pub ends: Stamp,
    pub charter: Digest,
    pub list: Option<Digest>,
    /// Every seat of the plan with the workstation enrolled on it, in plan order.
    pub seats: Vec<(SeatNo, Option<WorkstationId>)>,
    pub chat_open: bool,
}

/// Who sits at a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A pupil whose login is known here.
    Pupil(Pseudonym),
    /// Somebody whom no login names.
    Unknown,
    /// Nobody is logged in.
    Nobody,
}

/// How a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkEnd {
    /// The machine said goodbye as it was switched off.
    Off,
    /// The agent said goodbye and the machine runs on.
    Stopped,
    /// Silence.
    Lost,
}

// Kept here so that a reader finds every measured quantity of a fact in one place.
/// Most that an agent's clock may be ahead or behind before its time is replaced by the server's.
pub const OFFSET_MAX: Span = Span::minutes(10);

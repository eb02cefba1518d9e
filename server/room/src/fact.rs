//! What a journal holds: facts, with the moment the server recorded them. Append-only: golden files hold one of each for ever.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_filters::Verdict;
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    Action, AlertId, Block, ChannelId, CommandId, Digest, EstablishmentId, Event, HelpId,
    Pseudonym, ReceiptState, RoomId, SeatNo, Seq, Setting, StaffId, Stamp, WorkstationId,
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
    /// Opened as an incident: the case itself lives in the server's tables.
    Raised {
        alert: AlertId,
        by: StaffId,
    },
    HelpTaken {
        help: HelpId,
        by: StaffId,
    },
    /// `how`: a key of the catalogue (`helped`, `answered`, `later`, `neighbour`, `mistaken`, `refused`; `granted` by its own fact). A hand that the pupil lowered (`withdrawn`), that was up when the
    /// pupil left (`left`) or when the session ended (`session-ended`) ends by that fact, without a record of its own.
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
    /// `seats` may write and read in it; empty for the channels that every seat has (`room`, and `adults`, where a pupil reads
    /// only their own lines).
    ChatOpened {
        channel: ChannelId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seats: Vec<SeatNo>,
        by: StaffId,
    },
    ChatClosed {
        channel: ChannelId,
        by: StaffId,
    },
    /// An adult joined the session.
    Joined {
        staff: StaffId,
        by: StaffId,
    },
    /// The session has another owner; whoever owned it stays one of its adults.
    HandedOver {
        to: StaffId,
        by: StaffId,
    },
    /// The pupil was asked to wait: an adult has seen the hand.
    HelpTold {
        help: HelpId,
        by: StaffId,
    },
    /// Whoever took it gives it back.
    HelpLeft {
        help: HelpId,
        by: StaffId,
    },
    AlertTaken {
        alert: AlertId,
        by: StaffId,
    },
    /// What an adult made of it was a slip: it waits again.
    Reopened {
        alert: AlertId,
        by: StaffId,
    },
    /// This site passes for the rest of the session, with what lies under it. `help`: the request that it answers.
    Granted {
        site: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        help: Option<HelpId>,
        by: StaffId,
    },
    /// It passes no longer.
    Ungranted {
        site: String,
        by: StaffId,
    },
    /// An adult opened the sheet of whoever sits there.
    Looked {
        seat: SeatNo,
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
    /// Where and in what the session is, in labels: what limits of rules look at.
    #[serde(default, skip_serializing_if = "Setting::is_unsaid")]
    pub setting: Setting,
    /// Hosts that pass whatever the charter's rules say, each with what lies under it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// Whether no other site passes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sites_only: bool,
    /// Who is expected, when that is not a whole class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pupils: Vec<Pseudonym>,
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

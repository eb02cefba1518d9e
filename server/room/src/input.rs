//! What can happen to a room.

use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    Action, AlertId, ChannelId, CommandId, Event, HelpId, Pseudonym, SeatNo, Span, StaffId,
    WorkstationId,
};

use crate::fact::{LinkEnd, Opening, Who};

/// One input. The driver decides and applies one at a time.
#[derive(Clone, Debug)]
pub enum Input {
    Open(Opening),
    LinkUp {
        workstation: WorkstationId,
        can: Capabilities,
    },
    LinkDown {
        workstation: WorkstationId,
        why: LinkEnd,
    },
    Placed {
        seat: SeatNo,
        workstation: WorkstationId,
    },
    Seated {
        workstation: WorkstationId,
        who: Who,
    },
    /// One event of the link's batch; `ahead` is how far the agent's clock is ahead of the server's.
    Event {
        workstation: WorkstationId,
        ahead: Span,
        event: Event,
    },
    /// An adult asks for something. Whether they may was decided by the policy table; whether it still makes sense, by [`crate::admit`].
    Adult {
        by: StaffId,
        ask: Ask,
    },
    /// Time passed: expire what is due, end the session at its end.
    Tick,
}

/// What an adult asks of a room.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    Extend {
        by_span: Span,
    },
    Close,
    TakeHelp {
        help: HelpId,
    },
    EndHelp {
        help: HelpId,
        how: String,
    },
    Acknowledge {
        alert: AlertId,
    },
    Dismiss {
        alert: AlertId,
    },
    /// Open it as an incident.
    Raise {
        alert: AlertId,
    },
    /// An adult comes into the session.
    Join {
        staff: StaffId,
    },
    /// The session gets another owner.
    HandOver {
        to: StaffId,
    },
    /// Ask the pupil to wait.
    TellHelp {
        help: HelpId,
    },
    /// Give a hand back that one has taken.
    LeaveHelp {
        help: HelpId,
    },
    TakeAlert {
        alert: AlertId,
    },
    /// Undo what became of an alert.
    Reopen {
        alert: AlertId,
    },
    /// `help`: the request that it answers.
    Grant {
        site: String,
        help: Option<HelpId>,
    },
    Ungrant {
        site: String,
    },
    /// An adult opens the sheet of a seat.
    Look {
        seat: SeatNo,
    },
    Confirm {
        seat: SeatNo,
        pupil: Pseudonym,
    },
    /// A retry with the same id changes nothing.
    Command {
        command: CommandId,
        seats: Vec<SeatNo>,
        action: Action,
        holds: Span,
    },
    /// `seats` is empty for `room` and `adults`, which every seat has.
    OpenChat {
        channel: ChannelId,
        seats: Vec<SeatNo>,
    },
    CloseChat {
        channel: ChannelId,
    },
}

/// Why an ask no longer makes sense; the server turns it into words and 409 or 404.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoSession,
    /// A session is on already, or was: a new one has a journal of its own.
    AlreadyOpen,
    NoSuchSeat(SeatNo),
    /// Nobody can be confirmed at a seat whose link is down.
    Offline(SeatNo),
    NoSuchItem,
    /// Another adult has it.
    TakenBy(StaffId),
    AlreadyEnded,
    /// Another adult was faster.
    DealtBy(StaffId),
    /// A limit, by its name ([`crate::limit`]).
    Limit(&'static str),
}

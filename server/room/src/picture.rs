//! The picture of a room: typed, without names or sentences. The server's rendering joins names and words to it.
//!
//! Never decides who may read: it offers what each [`Audience`] may see, and the server knows which one a reader is.
//! Next: `room/draw.rs` makes it.

use vigie_filters::{Severity, Verdict};
use vigie_protocol::event::Sensor;
use vigie_protocol::view::SeatState;
use vigie_protocol::{
    Action, AlertId, ChannelId, CommandId, HelpId, Private, Pseudonym, ReceiptState, RuleId,
    SeatNo, StaffId, Stamp,
};

use crate::fact::{LinkEnd, Who};

/// For whom a part of the picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Whom the charter names for distress, or the session's owner when nobody named is online.
    Named,
    /// Everybody else: the picture is the same as if no message had been judged distress.
    Others,
}

/// The session bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub open: bool,
    pub task: String,
    pub started: Option<Stamp>,
    pub ends: Option<Stamp>,
    /// Seats whose link is up and where somebody is logged in.
    pub present: u32,
    /// Open help requests.
    pub hands: u32,
    /// Sites that are asked for.
    pub asks: u32,
    /// Alerts of medium or high severity to be dealt with; distress is never among them.
    pub alerts: u32,
    /// Alerts of low severity to be dealt with.
    pub looks: u32,
    /// Always 0 for [`Audience::Others`].
    pub distress: u32,
    /// Whether the channel of the whole room is open.
    pub chat_open: bool,
    /// The session's owner first.
    pub adults: Vec<StaffId>,
    /// Sites that pass whatever the rules say.
    pub sites: Vec<String>,
    /// Whether no other site passes.
    pub sites_only: bool,
}

/// One tile.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub seat: SeatNo,
    /// What the tile shows first: see `room/draw.rs` for the order.
    pub state: SeatState,
    /// What the login says; a pupil whom an adult confirmed is in `pupil`.
    pub who: Who,
    /// A pupil only when three facts agree or an adult confirmed. With the link lost: the last one known.
    pub pupil: Option<Pseudonym>,
    /// Whether `pupil` is there because an adult said so.
    pub confirmed: bool,
    pub app: Option<String>,
    /// Host of the last page that passed, while a browser is in front.
    pub site: Option<String>,
    /// The open alert that decides the state, or the gravest one.
    pub alert: Option<AlertId>,
    pub hand: Option<HelpId>,
    /// Since when `state` holds, where that is known.
    pub since: Option<Stamp>,
    /// When it ends by itself.
    pub until: Option<Stamp>,
    pub link: Link,
    /// Whether somebody is at the seat, where that sensor runs.
    pub present: Option<bool>,
    /// Sensors that the charter needs and that cannot run here, with the agent's reason.
    pub missing: Vec<(Sensor, String)>,
    /// The desktop, named only when sensors are missing.
    pub desktop: Option<String>,
    /// Commands that cannot be carried out there, while its link is up.
    pub cannot: Vec<&'static str>,
}

impl Tile {
    /// Outside a session nothing is watched, and nothing of a person is shown.
    pub(crate) fn unwatched(seat: SeatNo, link: Link, since: Stamp) -> Self {
        Self {
            seat,
            state: SeatState::NoSession,
            who: Who::Nobody,
            pupil: None,
            confirmed: false,
            app: None,
            site: None,
            alert: None,
            hand: None,
            since: Some(since),
            until: None,
            link,
            present: None,
            missing: Vec::new(),
            desktop: None,
            cannot: Vec::new(),
        }
    }
}

/// The truths of "offline", and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// No workstation was ever enrolled on this seat.
    Never,
    /// Enrolled, and not heard from since the session opened: what it was before, the workstation's table knows.
    Waiting,
    Up,
    Down {
        why: LinkEnd,
        since: Stamp,
    },
}

/// One queue entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Help(Help),
    /// May be distress ([`Alert::is_distress`]): strip it for [`Audience::Others`].
    Alert(Alert),
}

impl Item {
    /// Whether only [`Audience::Named`] may see it.
    pub fn is_distress(&self) -> bool {
        matches!(self, Self::Alert(alert) if alert.is_distress())
    }
}

/// A raised hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    pub help: HelpId,
    pub seat: SeatNo,
    /// Who raised it: fixed when it was raised.
    pub pupil: Option<Pseudonym>,
    pub asked: Stamp,
    /// The latest words; asking again changes them and keeps the place in the queue.
    pub text: Private<String>,
    pub taken: Option<StaffId>,
    pub ended: bool,
    /// Who ended it, where an adult did.
    pub by: Option<StaffId>,
    /// How it ended, a key of the catalogue.
    pub how: Option<String>,
    /// When the pupil was asked to wait, and by whom.
    pub told: Option<(Stamp, StaffId)>,
    /// The site that is asked for: then no hand is up for it.
    pub site: Option<String>,
}

impl Help {
    /// A hand that has just gone up.
    pub(crate) fn new(
        help: HelpId,
        seat: SeatNo,
        pupil: Option<Pseudonym>,
        asked: Stamp,
        text: Private<String>,
    ) -> Self {
        Self {
            help,
            seat,
            pupil,
            asked,
            text,
            taken: None,
            ended: false,
            by: None,
            how: None,
            told: None,
            site: None,
        }
    }
}

/// An alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub alert: AlertId,
    pub seat: SeatNo,
    /// Under whom it is filed: fixed when it opened, never filled in later.
    pub pupil: Option<Pseudonym>,
    pub opened: Stamp,
    /// When it last happened.
    pub last: Stamp,
    /// The verdict that opened it.
    pub verdict: Verdict,
    /// How often it happened while open, the first included.
    pub times: u32,
    /// Whether the agent stopped it; a verdict that says `block` on something that passed was not blocked.
    pub blocked: bool,
    pub state: AlertState,
    /// Who goes and sees, while it waits.
    pub taken: Option<StaffId>,
    /// Who dealt with it.
    pub by: Option<StaffId>,
    /// The pupil's words, once contested.
    pub contested: Option<Private<String>>,
}

impl Alert {
    /// Whether only [`Audience::Named`] may know that it exists.
    pub fn is_distress(&self) -> bool {
        self.verdict.severity == Severity::Distress
    }
    /// Whether it is only something to look at.
    pub fn is_look(&self) -> bool {
        self.verdict.severity <= Severity::Low
    }
    /// Whether it waits for an adult: contesting brings one back that was dealt with.
    pub fn is_open(&self) -> bool {
        matches!(self.state, AlertState::Open | AlertState::Contested)
    }
}

/// What became of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    Open,
    Acknowledged,
    /// A false positive.
    Dismissed,
    Contested,
    /// Opened as an incident.
    Raised,
}

/// One line of a seat's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    pub at: Stamp,
    pub what: What,
}

/// What happened at a seat.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Front {
        app: String,
        title: Option<Private<String>>,
    },
    Site {
        host: String,
        blocked: bool,
        times: u32,
    },
    Said {
        text: Private<String>,
        channel: ChannelId,
    },
    /// A message that no channel took: closed, or not for this seat. Its words were not kept.
    Unsent {
        channel: ChannelId,
    },
    Judged {
        verdict: Verdict,
    },
    /// The agent blocked by another charter or list than the session's, or by a rule that does not say so.
    Disagreed {
        rule: RuleId,
    },
    HelpAsked {
        text: Private<String>,
    },
    /// `how`: `helped`, `answered`, `withdrawn`, `left`, `session-ended`, and the other keys of its fact.
    HelpEnded {
        how: String,
    },
    SiteAsked {
        site: String,
    },
    Contested {
        alert: AlertId,
    },
    Accepted,
    Present(bool),
    LinkUp,
    LinkDown(LinkEnd),
    Seated(Who),
    Confirmed(Pseudonym),
    /// Numbers that will never come.
    Missing {
        count: u64,
    },
    Command {
        command: CommandId,
        /// None when it was issued.
        state: Option<ReceiptState>,
    },
    /// Older lines that are no longer kept here ([`crate::limit::MOMENTS_MAX`]).
    Older {
        count: u64,
    },
}

/// One command at one seat.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub command: CommandId,
    pub action: Action,
    pub at: Stamp,
    pub by: StaffId,
    pub deadline: Stamp,
    /// None while pending.
    pub state: Option<ReceiptState>,
    /// Whether a release makes sense: not over, and none was asked for.
    pub releasable: bool,
}

/// One command with what became of it at each of its seats.
#[derive(Clone, Debug, PartialEq)]
pub struct Issued {
    pub command: CommandId,
    pub action: Action,
    pub at: Stamp,
    pub by: StaffId,
    pub deadline: Stamp,
    /// Each seat with its receipt (none while pending) and whether a release makes sense there.
    pub receipts: Vec<(SeatNo, Option<ReceiptState>, bool)>,
}

/// The student panel, typed. Everything personal in it belongs to whoever sits there now: who sat there before left nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub open: bool,
    pub task: String,
    pub adults: Vec<StaffId>,
    pub ends: Option<Stamp>,
    /// Whether the pupil who sits here accepted the charter in force.
    pub accepted: bool,
    /// Sites that pass whatever the rules say, at this seat.
    pub sites: Vec<String>,
    /// Whether no other site passes here now.
    pub sites_only: bool,
    /// Requests for sites, newest first.
    pub asked: Vec<Help>,
    /// Adults who opened this seat's sheet, newest first.
    pub looks: Vec<(Stamp, StaffId)>,
    pub help: Option<Help>,
    /// Channels in which this seat may write now.
    pub channels: Vec<ChannelId>,
    /// Oldest first.
    pub chat: Vec<Line>,
    /// Messages from adults, oldest first.
    pub messages: Vec<(Stamp, StaffId, Private<String>)>,
    /// Their own alerts, oldest first; never one of distress.
    pub alerts: Vec<Alert>,
    /// Newest first.
    pub blocks: Vec<Blocked>,
    /// Locks and limits that hold now.
    pub in_force: Vec<Order>,
}

/// A connection that the agent blocked.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocked {
    /// The last time.
    pub at: Stamp,
    pub host: String,
    pub times: u32,
    /// The rule that the agent named.
    pub rule: Option<RuleId>,
    /// The charter's verdict, where it agrees.
    pub verdict: Option<Verdict>,
}

/// One line of chat.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub at: Stamp,
    pub seat: SeatNo,
    pub pupil: Option<Pseudonym>,
    pub channel: ChannelId,
    pub text: Private<String>,
}

//! The picture of a room: typed, without names or sentences. The server's rendering joins names and words to it.

use vigie_filters::Verdict;
use vigie_protocol::event::Sensor;
use vigie_protocol::view::SeatState;
use vigie_protocol::{
    AlertId, ChannelId, CommandId, HelpId, Private, Pseudonym, ReceiptState, SeatNo, StaffId, Stamp,
};

use crate::fact::{LinkEnd, Who};

/// The session bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub open: bool,
    pub task: String,
    pub started: Option<Stamp>,
    pub ends: Option<Stamp>,
    pub present: u32,
    pub hands: u32,
    pub alerts: u32,
    pub looks: u32,
    pub distress: u32,
    pub chat_open: bool,
    pub adults: Vec<StaffId>,
}

/// One tile.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub seat: SeatNo,
    pub state: SeatState,
    pub who: Who,
    /// A pupil only when three facts agree or an adult confirmed.
    pub pupil: Option<Pseudonym>,
    pub app: Option<String>,
    /// Host of the last page that passed while a browser was in front.
    pub site: Option<String>,
    /// The open alert that decides the state.
    pub alert: Option<AlertId>,
    pub hand: Option<HelpId>,
    pub since: Option<Stamp>,
    pub until: Option<Stamp>,
    pub link: Link,
    pub present: Option<bool>,
    pub missing: Vec<(Sensor, String)>,
    pub desktop: Option<String>,
}

/// The five truths of "offline", and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Never,
    Waiting,
    Up,
    Down { why: LinkEnd, since: Stamp },
}

/// One queue entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Help(Help),
    Alert(Alert),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    pub help: HelpId,
    pub seat: SeatNo,
    pub pupil: Option<Pseudonym>,
    pub asked: Stamp,
    pub text: Private<String>,
    pub taken: Option<StaffId>,
    pub ended: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub alert: AlertId,
    pub seat: SeatNo,
    /// Under whom it is filed: fixed when it opened, never filled in later.
    pub pupil: Option<Pseudonym>,
    pub opened: Stamp,
    pub last: Stamp,
    pub verdict: Verdict,
    pub times: u32,
    pub state: AlertState,
    pub by: Option<StaffId>,
    pub contested: Option<Private<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    Open,
    Acknowledged,
    Dismissed,
    Contested,
    Raised,
}

/// One line of a seat's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    pub at: Stamp,
    pub what: What,
}

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
    Judged {
        verdict: Verdict,
    },
    HelpAsked {
        text: Private<String>,
    },
    HelpEnded {
        how: String,
    },
    Present(bool),
    LinkUp,
    LinkDown(LinkEnd),
    Seated(Who),
    Missing {
        count: u64,
    },
    Command {
        command: CommandId,
        state: ReceiptState,
    },
}

/// One command at one seat.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub command: CommandId,
    pub action: vigie_protocol::Action,
    pub at: Stamp,
    pub by: StaffId,
    pub deadline: Stamp,
    /// None while pending.
    pub state: Option<ReceiptState>,
}

/// The student panel, typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub open: bool,
    pub task: String,
    pub adults: Vec<StaffId>,
    pub ends: Option<Stamp>,
    pub accepted: bool,
    pub help: Option<Help>,
    pub channels: Vec<ChannelId>,
    pub chat: Vec<Line>,
    /// Messages from adults.
    pub messages: Vec<(Stamp, StaffId, Private<String>)>,
    pub alerts: Vec<Alert>,
    pub blocks: Vec<(Stamp, String, Verdict)>,
    pub in_force: Vec<Order>,
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

//! Views: what a tablet and the student panel show, with every word already resolved in the reader's language.
//!
//! A view is a set of cards by key; a delta replaces cards by key and knows nothing else. Who may read what was decided
//! before a card is made: nothing here hides anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AlertId, ChannelId, CommandId, Digest, HelpId, Rev, RoomId, SeatNo, SessionId};
use crate::private::Private;
use crate::time::Stamp;

/// What `GET /api/v1/rooms/{room}/live` sends, one JSON text message each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum LiveFrame {
    /// The whole picture: first frame of a socket, and of every new session.
    Snapshot {
        /// The room.
        room: RoomId,
        /// The session, or none between sessions.
        session: Option<SessionId>,
        /// The rev of the picture.
        rev: Rev,
        /// The server's clock, so that the page can count minutes.
        now_ms: Stamp,
        /// Every card, by key: `bar`, `seat/4`, `item/help/17`, `item/alert/31`.
        cards: BTreeMap<String, Card>,
    },
    /// Cards that changed since the last frame of this socket. When `after` is not the page's rev, it fetches the snapshot again.
    Delta {
        /// The session.
        session: Option<SessionId>,
        /// The rev of the previous frame of this socket.
        after: Rev,
        /// The rev of the picture now.
        rev: Rev,
        /// The server's clock.
        now_ms: Stamp,
        /// The new card of each key; null takes the card away.
        cards: BTreeMap<String, Option<Card>>,
    },
    /// Sent every few seconds when nothing else is.
    Beat {
        /// The server's clock.
        now_ms: Stamp,
    },
}

/// One card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "card", rename_all = "snake_case")]
pub enum Card {
    /// The session bar.
    Bar(BarCard),
    /// One tile of the plan.
    Seat(SeatCard),
    /// One entry of the queue.
    Item(ItemCard),
    /// A command, while it is new or holds, with its receipts.
    Order(OrderCard),
}

/// The session bar.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BarCard {
    /// The room's name.
    pub room: String,
    /// Whether a session is on.
    pub open: bool,
    /// The task, in the adult's words.
    pub task: String,
    /// A line under the room's name: task, class, head count.
    pub line: String,
    /// When the session began.
    pub started_ms: Option<Stamp>,
    /// When it ends by itself.
    pub ends_ms: Option<Stamp>,
    /// People present.
    pub present: u32,
    /// Open help requests.
    pub hands: u32,
    /// Alerts to be dealt with.
    pub alerts: u32,
    /// Things to look at.
    pub looks: u32,
    /// Counts as pills, in words: `2 mains`, `1 alerte`.
    pub pills: Vec<Pill>,
    /// Whether the room's chat channel is open.
    pub chat_open: bool,
    /// The class that the session is for, as the roster writes it; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// `exam` and the like, in words; empty when nothing is to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Sites that pass whatever the rules say, those granted since among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// Whether no other site passes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sites_only: bool,
    /// Adults of the session, its owner first, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adults: Vec<AdultWords>,
}

/// An adult of the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdultWords {
    /// As the API names them.
    pub staff: String,
    /// As pupils and colleagues read it.
    pub name: Private<String>,
    /// Whether it is the reader.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub me: bool,
}

/// A count in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pill {
    /// `hand`, `alert`, `look` or `distress`: shape and colour.
    pub shape: String,
    /// The words.
    pub words: String,
}

/// State of a seat, in order of what the tile shows first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// Nothing to say.
    #[default]
    Work,
    /// Something to look at (triangle).
    Look,
    /// An alert (octagon).
    Alert,
    /// A raised hand.
    Hand,
    /// Locked (padlock, with its deadline).
    Lock,
    /// Unknown person (question mark).
    Ask,
    /// No session here.
    NoSession,
    /// No workstation was ever enrolled on this seat.
    NotEnrolled,
    /// Switched off: the agent said goodbye with the machine.
    Off,
    /// The agent stopped while the machine runs.
    Stopped,
    /// The link was lost (dashed, since hh:mm).
    Link,
    /// Only some sites pass, until its deadline (padlock); said where there is nothing else to say.
    Focus,
}

/// One tile of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeatCard {
    /// The seat.
    pub seat: SeatNo,
    /// Column and row on the plan, from 0; none lays the tiles out in order.
    pub at: Option<(u16, u16)>,
    /// Who sits here when three facts agree; else none and `state` or `who` says so.
    pub name: Option<Private<String>>,
    /// What stands for the name on the tile: the name, or the words for unknown, free, off.
    pub who: Private<String>,
    /// The state: shape and colour.
    pub state: SeatState,
    /// The state in words, for those who see no colour.
    pub state_words: String,
    /// What is in front: application and site.
    pub front: String,
    /// The tag beside the shape: `3 min`, `Art. 4.2`, `14:25`.
    pub tag: String,
    /// A second line when something is not as it should be (a sensor that cannot run here, and why).
    pub note: String,
    /// Since when the state holds.
    pub since_ms: Option<Stamp>,
    /// When it ends by itself.
    pub until_ms: Option<Stamp>,
    /// Whether commands can reach the seat now.
    pub reachable: bool,
    /// Commands that cannot be carried out there, by name (`lock`, `focus`, `open`, `close`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cannot: Vec<String>,
}

/// One command as everybody in the room sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderCard {
    /// Which.
    pub command: CommandId,
    /// `message`, `lock`, `focus`, `open`, `close`.
    pub kind: String,
    /// What, in words.
    pub words: Private<String>,
    /// Who asked, in words.
    pub by: Private<String>,
    /// When.
    pub at_ms: Stamp,
    /// Until when it holds or waits, while any seat does.
    pub until_ms: Option<Stamp>,
    /// Whether it holds something now at any seat.
    pub holds: bool,
    /// Its seats by what became of it: what waits first, then refusals.
    pub receipts: Vec<ReceiptGroup>,
    /// Seats where it can be released.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releasable: Vec<SeatNo>,
}

/// Seats where the same became of a command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReceiptGroup {
    /// `pending`, `done`, `refused`, `expired` or `ended`.
    pub state: String,
    /// In words, with the reason of a refusal.
    pub words: String,
    /// Where.
    pub seats: Vec<SeatNo>,
}

/// One entry of the queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemCard {
    /// `distress`, `hand`, `site`, `alert` or `look`.
    pub shape: String,
    /// Which alert, for the alert routes.
    pub alert: Option<AlertId>,
    /// Which help request, for the help routes.
    pub help: Option<HelpId>,
    /// The seats it concerns.
    pub seats: Vec<SeatNo>,
    /// Who, in words: `Inès B.`
    pub who: Private<String>,
    /// Where, in words: `poste 4`.
    pub place: String,
    /// Since when; the page counts the minutes.
    pub since_ms: Stamp,
    /// The words: the pupil's request, or what happened, in runs; a run that matched is marked.
    pub words: Vec<Run>,
    /// Why: article, its title, how many times.
    pub why: String,
    /// Who took it, in words; empty while nobody did.
    pub taken: String,
    /// Whether the reader is the one who took it.
    pub mine: bool,
    /// Whether it was contested by the pupil, in words; empty when not.
    pub contested: String,
    /// Order in the queue: smaller first. Distress, then longest wait, then severity.
    pub order: (u8, i64),
    /// The site that a pupil asks for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// That the pupil was asked to wait, and when, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub told: String,
    /// The last time, where it happened more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<Stamp>,
}

/// A run of text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The text.
    pub text: Private<String>,
    /// Whether it is the evidence that matched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mark: bool,
}

/// `GET /api/v1/rooms/{room}/seats/{seat}`: the seat sheet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SheetView {
    /// The tile.
    pub seat: SeatCard,
    /// The facts that make the name, in words, each with whether it agrees.
    pub facts: Vec<(String, bool)>,
    /// The session so far at this seat, newest first.
    pub timeline: Vec<SheetLine>,
    /// Commands and what became of them, newest first.
    pub commands: Vec<CommandLine>,
    /// Queue entries of this seat that are open.
    pub items: Vec<ItemCard>,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SheetLine {
    /// When.
    pub at_ms: Stamp,
    /// Shape: `work`, `look`, `alert`, `hand`, `lock`, `link`, `chat`, `gap`.
    pub shape: String,
    /// What, in runs.
    pub words: Vec<Run>,
    /// Why, for an alert: article and rule.
    pub why: String,
}

/// One command at one seat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandLine {
    /// The command.
    pub command: CommandId,
    /// When it was asked.
    pub at_ms: Stamp,
    /// What, in words.
    pub words: Private<String>,
    /// `pending`, `done`, `refused`, `expired` or `ended`.
    pub state: String,
    /// The state in words, with the reason of a refusal.
    pub state_words: String,
    /// Until when it holds, while it holds.
    pub until_ms: Option<Stamp>,
    /// Whether it can be released now.
    pub releasable: bool,
}

/// The student panel. Sent part by part, a field each ([`crate::frame::SeatFrame`]); the panel adds nothing to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeatView {
    /// What is on and what is seen, in words.
    pub supervision: Vec<String>,
    /// The task.
    pub task: String,
    /// The room and the adults who supervise, in words.
    pub adults: String,
    /// When the session ends, by the server's clock; the lease carries the remaining time.
    pub ends_ms: Option<Stamp>,
    /// The charter's rules in plain words.
    pub rules: Vec<RuleWords>,
    /// The charter in force, for its acceptance.
    pub charter: Option<Digest>,
    /// Whether this pupil accepted this version.
    pub accepted: bool,
    /// My help request, in words (`Main levée à 14:03`, `M. Renaud arrive`); empty when no hand is raised.
    pub help: String,
    /// Whether a hand is raised.
    pub help_open: bool,
    /// Channels in which this seat may write now; empty means that the chat is closed.
    pub channels: Vec<ChannelId>,
    /// The chat, oldest first, bounded.
    pub chat: Vec<ChatLine>,
    /// Messages from adults, oldest first.
    pub messages: Vec<ChatLine>,
    /// My alerts.
    pub alerts: Vec<SeatAlert>,
    /// Connections that were blocked, newest first.
    pub blocks: Vec<SeatBlock>,
    /// A command in force, in words (`Écran verrouillé jusqu'à 14:25`); empty when none.
    pub in_force: String,
    /// When what was collected is erased, in words.
    pub erased: String,
    /// The language of all these words, as a tag; empty from a server that does not say.
    #[serde(default)]
    pub lang: String,
    /// Sites that pass whatever the rules say.
    pub sites: Vec<String>,
    /// Whether no other site passes now, by the session or by a command.
    pub sites_only: bool,
    /// Sites that I asked for, newest first.
    pub asked: Vec<SeatAsked>,
    /// Which adult looked at my sheet and when, newest first.
    pub looks: Vec<SeatLook>,
}

/// A site that the pupil asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatAsked {
    /// When.
    pub at_ms: Stamp,
    /// Its host.
    pub host: String,
    /// `open`, `granted` or `refused`.
    pub state: String,
    /// In words.
    pub state_words: String,
}

/// An adult who looked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatLook {
    /// When.
    pub at_ms: Stamp,
    /// Who, in words.
    pub who: Private<String>,
}

/// A rule as the pupil reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleWords {
    /// Article, as cited: `Art. 4.2`.
    pub article: String,
    /// Plain words.
    pub words: String,
}

/// A line of the chat, or a message from an adult.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatLine {
    /// When.
    pub at_ms: Stamp,
    /// From whom, in words.
    pub from: Private<String>,
    /// What.
    pub text: Private<String>,
    /// Whether the reader wrote it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mine: bool,
}

/// One of the pupil's own alerts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatAlert {
    /// Which, for contesting.
    pub alert: AlertId,
    /// When.
    pub at_ms: Stamp,
    /// The rule's words to the pupil.
    pub words: String,
    /// The words or the host that matched.
    pub evidence: Private<String>,
    /// `Art. 4.2`.
    pub article: String,
    /// `open`, `acknowledged`, `dismissed`, `contested`, `raised`.
    pub state: String,
    /// The state in words.
    pub state_words: String,
}

/// One blocked connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatBlock {
    /// When.
    pub at_ms: Stamp,
    /// The host.
    pub host: String,
    /// The rule's words to the pupil.
    pub words: String,
    /// `Art. 4.2`.
    pub article: String,
}

/// `GET /api/v1/rooms`: one room that the reader may see.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RoomLine {
    /// The room's id, for the address.
    pub room: String,
    /// Its name.
    pub name: String,
    /// The school's name.
    pub school: String,
    /// Seats on its plan.
    pub seats: u32,
    /// The session bar, when a session is on.
    pub bar: Option<BarCard>,
    /// Whether the reader may open a session here.
    pub may_open: bool,
}

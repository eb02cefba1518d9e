//! What the student panel is told: what the server sent, and what only this machine knows.

use std::collections::BTreeSet;

use crate::text::Lang;
use vigie_filters::Words;
use vigie_protocol::view::SeatView;
use vigie_protocol::{CommandId, Private, Sensor, SessionId, Span, Stamp};

/// The link, in one word each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Never up since the agent started.
    #[default]
    Dialling,
    /// Up.
    Up,
    /// Lost since then, by this machine's clock.
    Lost {
        /// When.
        since: Stamp,
    },
    /// The server refused this workstation: its words.
    Refused {
        /// The close code.
        code: u16,
        /// Why.
        reason: String,
    },
}

/// The panel's whole state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PanelState {
    /// The language of the whole panel: the server's words decide, since they are there already.
    pub lang: Lang,
    /// The link.
    pub link: Link,
    /// The session under a lease, or none: then nothing is collected.
    pub session: Option<SessionId>,
    /// Why there is none: `none`, `ended`, `waiting`, `revoked`; empty when a lease lapsed or nothing was ever heard.
    pub no_session: String,
    /// While it waits for a seat: the code to show to the adult who looks for this computer.
    pub code: String,
    /// Sensors that run now.
    pub sensors: BTreeSet<Sensor>,
    /// What the server says, after commit.
    pub view: SeatView,
    /// What the panel showed last of the session that is over.
    pub last: Option<SeatView>,
    /// Whether the hand is up by the pupil's own word, while `view` does not say so yet.
    pub hand: Option<bool>,
    /// How far this machine's clock is ahead of the server's.
    pub ahead: Span,
    /// When the session ends, by this machine's clock.
    pub ends: Option<Stamp>,
    /// Messages from adults as they came, oldest first.
    pub messages: Vec<ShownMessage>,
    /// Blocks of this session as they happened here, newest first.
    pub blocks: Vec<BlockHere>,
    /// Until when the screen is locked, by this machine's clock.
    pub locked_until: Option<Stamp>,
    /// How many events this machine could not keep since its disk last took one.
    pub lost: usize,
}

/// A message that a command brought.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownMessage {
    /// The command, to say that it was shown.
    pub command: CommandId,
    /// When it came.
    pub at: Stamp,
    /// The words.
    pub text: Private<String>,
}

/// A connection that the agent stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockHere {
    /// When.
    pub at: Stamp,
    /// The host.
    pub host: Private<String>,
    /// The rule's words to the pupil.
    pub words: Words,
    /// The article's number.
    pub article: String,
}

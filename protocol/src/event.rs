//! What an agent can say: one [`Event`] is one thing it saw or one thing the pupil did in the panel.
//!
//! Append-only: a variant that was ever written stays readable for ever, and an unknown one is kept verbatim.
//! Never a verdict: the agent may say which compiled rule made it block, the server judges.
//! Next: `event/read.rs` reads them without buffering.

mod read;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AlertId, ChannelId, CommandId, Digest, RuleId, Seq};
use crate::private::Private;
use crate::time::Stamp;

/// One numbered thing. On the wire it is one flat object: `{"n":12,"at_ms":1764000000000,"kind":"chat",…}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The agent's number, contiguous from 1 in each (workstation, session).
    #[serde(rename = "n")]
    pub seq: Seq,
    /// When the agent saw it, by the agent's clock.
    #[serde(rename = "at_ms")]
    pub at: Stamp,
    /// What it is.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// The kinds of event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// One attempt to connect, seen by the local proxy or the browser extension.
    Connection(Connection),
    /// A message that was *sent* in a channel of the session (never a draft, never a keystroke).
    Chat {
        /// The channel it was sent to.
        channel: ChannelId,
        /// The message as written.
        text: Private<String>,
    },
    /// The window in front changed.
    Front {
        /// Application, as the desktop names it (`firefox`, `libreoffice-writer`).
        app: String,
        /// The title, only when a rule of the charter in force reads titles.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Private<String>>,
    },
    /// Somebody came to, or left, the seat. Never a duration or a score.
    Presence {
        /// Whether somebody is at the seat.
        present: bool,
    },
    /// The pupil raised a hand.
    HelpAsked {
        /// What for, in the pupil's words; may be empty.
        text: Private<String>,
    },
    /// The pupil lowered the hand.
    HelpWithdrawn {},
    /// The pupil contests one of their own alerts.
    Contested {
        /// The alert.
        alert: AlertId,
        /// Why, in the pupil's words; may be empty.
        text: Private<String>,
    },
    /// The pupil asks that a site that was blocked be opened for this session.
    SiteAsked {
        /// Its host.
        host: String,
        /// What for, in the pupil's words; may be empty.
        text: Private<String>,
    },
    /// The pupil accepted this version of the charter.
    CharterAccepted {
        /// The version.
        charter: Digest,
    },
    /// What became of a command at this seat.
    Receipt {
        /// The command.
        command: CommandId,
        /// What became of it.
        state: ReceiptState,
    },
    /// The spool was full and dropped the oldest events. This event takes the last dropped number as its own and stands for
    /// all of `from..=n`: the numbering stays contiguous and the loss is said.
    Dropped {
        /// First number dropped.
        from: Seq,
    },
    /// Which sensors run now, and which cannot and why: a word on the tile, not a silence.
    Sensors {
        /// Those that run.
        running: Vec<Sensor>,
        /// Those that the charter needs and that cannot run here, each with the reason in the agent's words.
        missing: Vec<(Sensor, String)>,
    },
    /// A kind that this build does not know, kept as it came.
    #[serde(untagged)]
    Unknown(Value),
}

impl EventKind {
    /// Whether somebody waits for it: the pupil who did it, or the adult whom it may alert. Such events are sent at once;
    /// the others may wait to share a frame.
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Connection(connection) => {
                connection.block.is_some() || connection.outcome == Outcome::Blocked
            }
            Self::Chat { .. }
            | Self::HelpAsked { .. }
            | Self::HelpWithdrawn {}
            | Self::Contested { .. }
            | Self::SiteAsked { .. }
            | Self::CharterAccepted { .. }
            | Self::Receipt { .. } => true,
            Self::Front { .. }
            | Self::Presence { .. }
            | Self::Dropped { .. }
            | Self::Sensors { .. }
            | Self::Unknown(_) => false,
        }
    }
}

/// One attempt to connect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Host as the client wrote it: a name in any case, or a bare address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How it was asked for.
    pub scheme: Scheme,
    /// The whole URL, only where it was seen (http, or https with the extension) *and* a rule reads URLs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Private<String>>,
    /// What happened.
    pub outcome: Outcome,
    /// Set when the agent blocked it: the rule, and by which charter and list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
    /// How many same attempts this one stands for, itself included; at least 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub times: u32,
}

fn one() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_one(times: &u32) -> bool {
    *times == 1
}

/// Scheme of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// A plain request through the proxy.
    Http,
    /// A CONNECT tunnel, or an https URL from the extension.
    Https,
    /// Anything else that went by.
    Other,
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was let through and answered.
    Passed,
    /// The agent blocked it at once.
    Blocked,
    /// It was let through and the far end failed.
    Failed,
}

/// Why the agent blocked a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The rule that said `block`.
    pub rule: RuleId,
    /// The charter that the agent had compiled.
    pub charter: Digest,
    /// The list file that the agent had opened, when the rule reads one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Digest>,
}

/// What became of a command at one seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ReceiptState {
    /// In force: shown, or mapped and holding the input.
    Done {},
    /// The agent could not or would not, in its words.
    Refused {
        /// Why.
        reason: String,
    },
    /// Its deadline passed before it could be done.
    Expired {},
    /// It was done and has ended, by its deadline or by a release.
    Ended {},
    /// A state that this build does not know, kept as it came.
    #[serde(untagged)]
    Unknown(Value),
}

/// The sensors that a charter may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensor {
    /// The local proxy: host, port, scheme, outcome of every attempt.
    Connections,
    /// Whole URLs, where they can be seen.
    Urls,
    /// The application in front.
    Front,
    /// The title of the window in front.
    Titles,
    /// Whether somebody is at the seat.
    Presence,
    /// Messages sent in the session's chat.
    Chat,
    /// A sensor that this build does not know.
    #[serde(other)]
    Unknown,
}

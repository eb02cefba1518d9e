//! What an adult asks of a seat, and the lease under which the agent holds it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::CommandId;
use crate::private::Private;
use crate::tagged::read_tagged;
use crate::time::Span;

/// The closed list of what an agent obeys. An unknown action is refused by the agent, in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Show a message in the student panel.
    Message {
        /// The words.
        text: Private<String>,
    },
    /// Cover the screen and hold the input until the deadline.
    Lock {
        /// What the pupil reads meanwhile.
        text: Private<String>,
    },
    /// End a command that is in force before its deadline.
    Release {
        /// The command to end.
        command: CommandId,
    },
    /// An action that this build does not know, kept as it came.
    #[serde(untagged)]
    Unknown(Value),
}

/// Mirror of the known actions, for the reader: what is missing here is read as unknown.
#[derive(Deserialize)]
#[serde(remote = "Action", rename_all = "snake_case")]
enum KnownAction {
    Message { text: Private<String> },
    Lock { text: Private<String> },
    Release { command: CommandId },
}
read_tagged!(Action by KnownAction, "do", "an action");

/// A command as it travels: it ends when `remaining` has run out on the agent's monotonic clock, whoever is alive then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Which command; a repeat of one that is held already only renews the remaining time.
    pub id: CommandId,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
    /// How long it still holds.
    #[serde(rename = "remaining_ms")]
    pub remaining: Span,
}

//! Where and in what a session is, in the school's own labels: what a rule's limits look at, on the server and in the agent alike.
//!
//! Never a person: a class is a label (`4B`), a room is what its door says.

use serde::{Deserialize, Serialize};

/// The setting of a session. It never changes while the session lasts; what nobody said is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The room's label (`CDI`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub room: String,
    /// The class's label (`4B`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// The kind of session: `lesson`, `study`, `library`, `exam`, `club`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// What the school's clock is ahead of UTC while the session lasts, in minutes (60 in a French winter).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub utc_offset_min: i16,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(minutes: &i16) -> bool {
    *minutes == 0
}

impl Setting {
    /// Whether nothing is said of it.
    pub fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }
}

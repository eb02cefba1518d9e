//! Who may do what: one table of roles and permissions, granted per establishment, that denies by default.
//!
//! Owns the roles and what each may. Never registers a route itself; a route says in [`crate::routes::TABLE`] which
//! permission it asks for, and cannot be registered in any other way.

use std::fmt;
use std::str::FromStr;

pub(crate) mod gate;

pub(crate) use gate::{Access, InRoom, InSchool, ReaderLang, Signed};

/// What an adult is in one school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Assistant,
    Teacher,
    Documentalist,
    Referent,
    Head,
    Dpo,
    Admin,
}

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// The list of rooms, with counts and without names.
    SeeRooms,
    /// The live room, its queue, the seat sheets: pupils' data.
    SeeLive,
    /// Message, lock, take, dismiss, extend, confirm a person.
    Act,
    /// Open a session.
    OpenSession,
    /// The audit log.
    ReadAudit,
    /// Rooms, seats, workstations, people: what a school is made of.
    SetUp,
}

use Permission::{Act, OpenSession, ReadAudit, SeeLive, SeeRooms, SetUp};

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Assistant,
        Self::Teacher,
        Self::Documentalist,
        Self::Referent,
        Self::Head,
        Self::Dpo,
        Self::Admin,
    ];

    /// The whole policy. Those who are not in the room see no live data, however high they stand (proportionality: a
    /// school that wants otherwise grants the person one of the roles of the room); the DPO reads the log and nothing
    /// else; the admin sets up and looks at nobody.
    pub const fn may(self) -> &'static [Permission] {
        match self {
            Self::Assistant | Self::Teacher | Self::Documentalist => {
                &[SeeRooms, SeeLive, Act, OpenSession]
            }
            Self::Referent | Self::Head => &[SeeRooms],
            Self::Admin => &[SeeRooms, SetUp],
            Self::Dpo => &[ReadAudit],
        }
    }

    /// The code word, as in the tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Assistant => "assistant",
            Self::Teacher => "teacher",
            Self::Documentalist => "documentalist",
            Self::Referent => "referent",
            Self::Head => "head",
            Self::Dpo => "dpo",
            Self::Admin => "admin",
        }
    }
}

/// Why a word is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a role: {0:?} (roles are assistant, teacher, documentalist, referent, head, dpo, admin)"
)]
pub struct NotARole(pub String);

impl FromStr for Role {
    type Err = NotARole;
    fn from_str(word: &str) -> Result<Self, NotARole> {
        Self::ALL
            .into_iter()
            .find(|role| role.word() == word)
            .ok_or_else(|| NotARole(word.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

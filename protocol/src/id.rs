//! Identities, each a type of its own so that one cannot be passed for another.
//!
//! Never mints one: random ids are made where randomness lives (one file in the server, one in the agent) and arrive here as text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::time::Day;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);
        impl $name {
            /// Takes the text as it is; whoever receives ids from outside checks them against what it knows.
            pub fn new(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }
            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }
    )*};
}

text_id! {
    /// A school: its UAI code, seven digits and a letter (`0310001A`).
    EstablishmentId,
    /// A room, unique on the server (`0310001A-cdi`); set by whoever created the room.
    RoomId,
    /// An enrolled computer. Its proof of identity is its Ed25519 key, never its address.
    WorkstationId,
    /// A staff member; people live in the server's tables, records only carry this.
    StaffId,
    /// A pupil as the core knows one: random, joined to a name only at the edge of a view.
    Pseudonym,
    /// A rule of a charter (`contournement-proxy`), chosen by the charter's author.
    RuleId,
    /// A command, minted by the tap that asked for it (UUID v7): a retry reuses it.
    CommandId,
    /// A chat channel of a session: `room`, `adults`, or one the adult opened for some seats.
    ChannelId,
    /// SHA-256 in lower-case hexadecimal, 64 characters: of a charter's text or of a list file.
    Digest,
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            for half in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
        Self::new(hex)
    }
}

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident($int:ty)),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $int);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

number_id! {
    /// A position on the plan of a room, from 1.
    SeatNo(u16),
    /// The agent's number for an event, from 1 in each (workstation, session); 0 means none yet.
    Seq(u64),
    /// The number of a record in its session, from 1; 0 means an empty journal.
    Rev(u64),
    /// An alert: the rev of the record that opened it.
    AlertId(u64),
    /// A help request: the rev of the record that opened it.
    HelpId(u64),
}

impl Seq {
    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Rev {
    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One supervised period. The local day on which it started is part of the id, since a session's whole journal lives in
/// that day's partition. Text form: `2026-11-24.k3v9q2m7xa`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    /// The local day on which the session started.
    pub day: Day,
    tail: Box<str>,
}

impl SessionId {
    /// `tail` is random text of letters and digits, minted by the server.
    pub fn new(day: Day, tail: impl Into<Box<str>>) -> Self {
        Self {
            day,
            tail: tail.into(),
        }
    }
}

/// Why a text is not a session id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a session id: {0:?} (expected a day, a dot, and letters or digits)")]
pub struct NotASessionId(pub String);

impl FromStr for SessionId {
    type Err = NotASessionId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotASessionId(text.chars().take(80).collect());
        let (day, tail) = text.split_once('.').ok_or_else(wrong)?;
        let day = day.parse().map_err(|_| wrong())?;
        let fine =
            !tail.is_empty() && tail.len() <= 32 && tail.bytes().all(|b| b.is_ascii_alphanumeric());
        if fine {
            Ok(Self {
                day,
                tail: tail.into(),
            })
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.day, self.tail)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for SessionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::tagged::Text::deserialize(deserializer)?;
        text.0.parse().map_err(serde::de::Error::custom)
    }
}

//! Reads events and receipts strictly and without buffering; see `tagged.rs`. A kind that is missing from the mirror
//! here is read as unknown, which its golden file notices.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::fmt;

use super::{Connection, Event, EventKind, ReceiptState, Sensor};
use crate::id::{AlertId, ChannelId, CommandId, Digest, Seq};
use crate::private::Private;
use crate::tagged::{self, read_tagged};
use crate::time::Stamp;

/// Mirror of the known kinds.
#[derive(Deserialize)]
#[serde(remote = "EventKind", rename_all = "snake_case")]
enum KnownKind {
    Connection(Connection),
    Chat {
        channel: ChannelId,
        text: Private<String>,
    },
    Front {
        app: String,
        #[serde(default)]
        title: Option<Private<String>>,
    },
    Presence {
        present: bool,
    },
    HelpAsked {
        text: Private<String>,
    },
    HelpWithdrawn {},
    Contested {
        alert: AlertId,
        text: Private<String>,
    },
    SiteAsked {
        host: String,
        text: Private<String>,
    },
    CharterAccepted {
        charter: Digest,
    },
    Receipt {
        command: CommandId,
        state: ReceiptState,
    },
    Dropped {
        from: Seq,
    },
    Sensors {
        running: Vec<Sensor>,
        missing: Vec<(Sensor, String)>,
    },
}
read_tagged!(EventKind by KnownKind, "kind", "an event's kind and its fields");

/// Mirror of the known states.
#[derive(Deserialize)]
#[serde(remote = "ReceiptState", rename_all = "snake_case")]
enum KnownState {
    Done {},
    Refused { reason: String },
    Expired {},
    Ended {},
}
read_tagged!(ReceiptState by KnownState, "is", "the state of a command");

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Flat)
    }
}

/// `n` and `at_ms` are the event's own wherever they stand; the other fields are the kind's.
struct Flat;

impl<'de> Visitor<'de> for Flat {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Event, A::Error> {
        let (mut seq, mut at): (Option<Seq>, Option<Stamp>) = (None, None);
        let kind = tagged::read(
            map,
            "kind",
            |key, map: &mut A| {
                match key {
                    "n" if seq.is_none() => seq = Some(map.next_value()?),
                    "at_ms" if at.is_none() => at = Some(map.next_value()?),
                    "n" => return Err(Error::duplicate_field("n")),
                    "at_ms" => return Err(Error::duplicate_field("at_ms")),
                    _ => return Ok(false),
                }
                Ok(true)
            },
            |variant| KnownKind::deserialize(variant),
            EventKind::Unknown,
        )?;
        Ok(Event {
            seq: seq.ok_or_else(|| A::Error::missing_field("n"))?,
            at: at.ok_or_else(|| A::Error::missing_field("at_ms"))?,
            kind,
        })
    }
}

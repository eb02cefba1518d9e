//! Text to frame and back. A text that is not a frame is answered with the place of its fault; what the fault quotes of
//! the text is left out, since reasons go to logs and a frame holds what pupils write.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{AgentFrame, Hello, Leaving, SeatFrame, ServerFrame, SessionLease, Welcome};
use crate::command::Lease;
use crate::event::Event;
use crate::id::{CommandId, Digest, Seq, SessionId};
use crate::private::Private;
use crate::tagged::read_tagged;
use crate::time::Stamp;

/// Mirror of the known frames of agents.
#[derive(Deserialize)]
#[serde(remote = "AgentFrame", rename_all = "snake_case")]
enum KnownAgentFrame {
    Hello(Hello),
    Proof {
        signature: String,
        #[serde(default)]
        enrol: Option<Private<String>>,
    },
    Events {
        session: SessionId,
        batch: Vec<Event>,
    },
    Seated {
        session: SessionId,
        account: Option<Private<String>>,
    },
    Speaks {
        lang: String,
    },
    Fetch {
        charter: Digest,
    },
    Beat {
        at_ms: Stamp,
    },
    Goodbye {
        why: Leaving,
    },
}
read_tagged!(AgentFrame by KnownAgentFrame, "t", "a frame");

/// Mirror of the known frames of servers.
#[derive(Deserialize)]
#[serde(remote = "ServerFrame", rename_all = "snake_case")]
enum KnownServerFrame {
    Challenge {
        nonce: String,
        server: String,
        signature: String,
    },
    Welcome(Welcome),
    Session(SessionLease),
    NoSession {
        why: String,
        #[serde(default)]
        code: Option<String>,
    },
    Ack {
        session: SessionId,
        through: Seq,
        credit: u32,
    },
    Charter {
        digest: Digest,
        text: String,
    },
    Command(Lease),
    Withdrawn {
        command: CommandId,
    },
    Seat(SeatFrame),
    Beat {
        at_ms: Stamp,
    },
    Refused {
        code: u16,
        reason: String,
    },
}
read_tagged!(ServerFrame by KnownServerFrame, "t", "a frame");

/// Why a text is not a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {byte}: {what}")]
pub struct Malformed {
    /// Where the reader stopped, in bytes from 1; 0 when the text was read to its end.
    pub byte: usize,
    /// What was wrong there, without anything that the frame said.
    pub what: String,
}

impl AgentFrame {
    /// Reads one frame.
    pub fn decode(text: &str) -> Result<Self, Malformed> {
        decode(text)
    }
    /// The frame as one JSON text.
    pub fn encode(&self) -> String {
        // Cannot fail: every map here has text keys and nothing refuses to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl ServerFrame {
    /// Reads one frame.
    pub fn decode(text: &str) -> Result<Self, Malformed> {
        decode(text)
    }
    /// Adds the frame as one JSON text to what is there already.
    pub fn encode_into(&self, into: &mut Vec<u8>) {
        // Cannot fail, as below.
        let _ = serde_json::to_writer(into, self);
    }
    /// The frame as one JSON text.
    pub fn encode(&self) -> String {
        // Cannot fail: every map here has text keys and nothing refuses to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    serde_json::from_str(text).map_err(|error| {
        let lines_before = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum::<usize>();
        Malformed {
            byte: lines_before.saturating_add(error.column()),
            what: without_quotes(&error.to_string()),
        }
    })
}

/// serde quotes the values it did not expect (`invalid type: string "…", expected u16`): cuts what stands between the first
/// and the last quotation mark, the name of an unknown variant, and the place, which we say in bytes.
fn without_quotes(message: &str) -> String {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(what, _)| what);
    if message.starts_with("unknown variant") {
        let (_, expected) = message.rsplit_once("`, expected").unwrap_or_default();
        return format!("unknown variant, expected{expected}");
    }
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) => {
            let (before, after) = (message.get(..first), message.get(last.saturating_add(1)..));
            format!(
                "{}{}",
                before.unwrap_or_default().trim_end(),
                after.unwrap_or_default()
            )
        }
        _ => message.to_owned(),
    }
}

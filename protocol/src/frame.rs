//! The frames of the agent's link, one JSON text message each, and the codes with which a link is closed.
//!
//! Append-only like events: golden files in `protocol/golden/` hold one of each for ever. `protocol/README.md` is the document.

mod read;

use std::collections::BTreeMap;

pub use read::Malformed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::Lease;
use crate::event::{Event, Sensor};
use crate::id::{CommandId, Digest, Rev, RoomId, SeatNo, Seq, SessionId, WorkstationId};
use crate::private::Private;
use crate::setting::Setting;
use crate::time::{Span, Stamp};

/// What an agent sends.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum AgentFrame {
    /// First frame of every link.
    Hello(Hello),
    /// Answer to `challenge`.
    Proof {
        /// Ed25519 signature over [`Transcript::agent_text`], base64 without padding (URL alphabet).
        signature: String,
        /// An enrolment token, on the first link only: said after the server has proved itself, never before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        enrol: Option<Private<String>>,
    },
    /// A batch of events with contiguous numbers.
    Events {
        /// The session in which they happened; it may be over by now.
        session: SessionId,
        /// At least one, at most `batch_max` of `welcome`.
        batch: Vec<Event>,
    },
    /// Which account sits here now: the server turns it into a pseudonym at once and forgets it.
    Seated {
        /// The session.
        session: SessionId,
        /// The system account, or none when nobody is logged in.
        account: Option<Private<String>>,
    },
    /// In which language the panel of this seat is read; said on each link, and when the pupil chooses another.
    Speaks {
        /// A language tag: `fr`, `en-GB`.
        lang: String,
    },
    /// Asks for the text of a charter, answered by `charter`.
    Fetch {
        /// Which version.
        charter: Digest,
    },
    /// Sent when nothing else was for `beat_ms`; also lets the server measure the clock's offset.
    Beat {
        /// The agent's clock.
        at_ms: Stamp,
    },
    /// The last frame of a link that ends on purpose, so that the tile can say which kind of silence follows.
    Goodbye {
        /// Why.
        why: Leaving,
    },
    /// A frame that this build does not know, kept as it came; the server ignores it when the versions agree.
    #[serde(untagged)]
    Unknown(Value),
}

/// Why an agent ends its link on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// The machine is being switched off or restarted.
    Off,
    /// The agent stops and the machine runs on.
    Stopped,
    /// A reason that this build does not know; read as `stopped`.
    #[serde(other)]
    Unknown,
}

/// The first frame of a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The wire's version, [`crate::WIRE_VERSION`].
    pub v: u16,
    /// The workstation; chosen by the agent at enrolment (UUID), bound to the key for ever after.
    pub workstation: WorkstationId,
    /// Ed25519 public key, base64 without padding (URL alphabet).
    pub key: String,
    /// 32 random bytes, same encoding, fresh for each link.
    pub nonce: String,
    /// The agent's clock.
    pub at_ms: Stamp,
    /// What this agent and desktop can do.
    pub can: Capabilities,
    /// Digest of the computer's own id, so that a copied disk is found out. A hint for an adult, never an identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Digest>,
    /// The name that the computer's owner gave it, for the adult who looks for it in the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// What an agent can do on its desktop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The agent's own version (`0.1.0`).
    pub agent: String,
    /// `x11`, `wayland`, `windows`, `none`, or another word: shown on the tile when sensors are missing because of it.
    pub desktop: String,
    /// Sensors that can run here.
    pub sensors: Vec<Sensor>,
    /// Names of the actions it can carry out (`message`, `lock`, `release`).
    pub actions: Vec<String>,
    /// What the proxy does when the agent is dead: `open` or `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_dead: Option<String>,
}

/// What the server sends to an agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answer to `hello`.
    Challenge {
        /// 32 random bytes, base64 without padding (URL alphabet).
        nonce: String,
        /// The server's Ed25519 public key, same encoding: its identity, whatever its address and its certificate.
        server: String,
        /// Its signature over [`Transcript::server_text`], same encoding.
        signature: String,
    },
    /// The proof held: the link is up.
    Welcome(Welcome),
    /// A session is on at this seat: the lease under which sensors may run. Sent again to renew it.
    Session(SessionLease),
    /// No session: nothing is collected.
    NoSession {
        /// A word for the panel: `none`, `ended`, `waiting` (enrolled, no seat yet), `revoked`.
        why: String,
        /// While it waits: what the panel shows, so that an adult finds this computer in the list.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// Everything up to `through` is durable; the agent may forget it.
    Ack {
        /// The session.
        session: SessionId,
        /// Last durable number.
        through: Seq,
        /// How many further events the agent may have unacknowledged.
        credit: u32,
    },
    /// Answer to `fetch`.
    Charter {
        /// Its version: SHA-256 of `text`.
        digest: Digest,
        /// The charter, TOML.
        text: String,
    },
    /// A command owed to this seat; sent again after a reconnection while it is owed.
    Command(Lease),
    /// A command is no longer owed (released, or its session ended).
    Withdrawn {
        /// Which.
        command: CommandId,
    },
    /// The student panel's content, after commit.
    Seat(SeatFrame),
    /// Sent when nothing else was for `beat_ms`.
    Beat {
        /// The server's clock.
        at_ms: Stamp,
    },
    /// Why the link is about to be closed; the close code follows.
    Refused {
        /// The code, one of [`CloseCode`].
        code: u16,
        /// Where and why, for a log.
        reason: String,
    },
    /// A frame that this build does not know, kept as it came and ignored.
    #[serde(untagged)]
    Unknown(Value),
}

/// What a link is told once its proof held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// The server's clock.
    pub at_ms: Stamp,
    /// Each end sends a `beat` when it sent nothing for this long, and hangs up after three such silences.
    pub beat_ms: Span,
    /// Most events in one frame.
    pub batch_max: u32,
    /// Largest frame in bytes.
    pub frame_max: u32,
    /// Bearer token for `GET /agent/v1/lists/{digest}`; as long as the link lives.
    pub ticket: Private<String>,
}

/// A session as the agent holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionLease {
    /// The session.
    pub session: SessionId,
    /// The room.
    pub room: RoomId,
    /// The seat of this workstation in it.
    pub seat: SeatNo,
    /// How long the lease holds without renewal; on the agent's monotonic clock.
    pub remaining_ms: Span,
    /// The charter in force.
    pub charter: Digest,
    /// The list file in force, when the charter reads one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Digest>,
    /// Where and in what the session is: rules that block may be limited to it.
    #[serde(default, skip_serializing_if = "Setting::is_unsaid")]
    pub setting: Setting,
    /// Sites that pass whatever the charter's rules say, each with what lies under it ([`crate::site_admits`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// Whether no other site passes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sites_only: bool,
    /// Last number of this session that is durable here, so that the agent resumes after it.
    pub through: Seq,
    /// As in `ack`.
    pub credit: u32,
}

/// Parts of the student panel: a snapshot when `after` is absent, else a change to be laid over the rev named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatFrame {
    /// The session whose panel this is.
    pub session: SessionId,
    /// The rev on which this change lies; none means a snapshot. A panel at another rev asks again by hanging up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Rev>,
    /// The rev after it.
    pub rev: Rev,
    /// Parts of [`crate::view::SeatView`] by field name, each replacing the one of that name.
    pub parts: BTreeMap<String, Value>,
}

/// Why a WebSocket of ours is closed. The numbers are part of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u16)]
pub enum CloseCode {
    /// The server stops; come back later.
    GoingAway = 1001,
    /// A frame was not JSON, not UTF-8, or not of its shape.
    Malformed = 4400,
    /// No proof, or a wrong one.
    NotProved = 4401,
    /// The workstation is unknown or revoked.
    NotEnrolled = 4403,
    /// The peer was silent for three beats.
    Silent = 4408,
    /// Numbers out of order, or more than the credit.
    OutOfOrder = 4409,
    /// Another link of the same workstation took over.
    Replaced = 4410,
    /// The key is a copy: it came from two computers.
    Cloned = 4411,
    /// A frame was larger than `frame_max`, or a batch than `batch_max`.
    TooLarge = 4413,
    /// Said by an agent: the server did not prove that it is the one that this agent knows.
    Impostor = 4421,
    /// A version of the wire that this server does not speak.
    UnknownVersion = 4426,
    /// More frames than allowed.
    TooFast = 4429,
    /// The room could not be committed; come back and resume.
    CommitFailed = 4500,
}

impl CloseCode {
    /// The number on the wire.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminants are the wire's numbers"
    )]
    pub const fn number(self) -> u16 {
        self as u16
    }
}

/// What both ends of a link sign: the same facts, under a context of each end's own, so that neither signature is ever good
/// for the other's.
#[derive(Clone, Copy, Debug)]
pub struct Transcript<'a> {
    pub workstation: &'a WorkstationId,
    /// Of `challenge`.
    pub server_nonce: &'a str,
    /// Of `hello`.
    pub agent_nonce: &'a str,
    /// The server's public key, as in `challenge`.
    pub server: &'a str,
    /// What only the two ends of this very TLS connection know (RFC 9266, `tls-exporter`), base64 without padding (URL
    /// alphabet); none on a socket without TLS, which is a loopback's.
    pub exporter: Option<&'a str>,
}

impl Transcript<'_> {
    /// What the agent signs.
    pub fn agent_text(&self) -> Vec<u8> {
        self.text("vigie agent proof")
    }

    /// What the server signs.
    pub fn server_text(&self) -> Vec<u8> {
        self.text("vigie server proof")
    }

    fn text(&self, context: &str) -> Vec<u8> {
        format!(
            "{context}\n{}\n{}\n{}\n{}\n{}\n{}\n",
            crate::WIRE_VERSION,
            self.workstation,
            self.server_nonce,
            self.agent_nonce,
            self.server,
            self.exporter.unwrap_or(NO_EXPORTER)
        )
        .into_bytes()
    }
}

/// Stands where the exporter would, on a socket without TLS.
pub const NO_EXPORTER: &str = "none";
/// The label with which the exporter is drawn, with an empty context, 32 bytes: RFC 9266, section 2.
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
/// Bytes of the exporter.
pub const EXPORTER_BYTES: usize = 32;

//! The words both ends share, and both ends of the link as pure machines.
//!
//! Owns ids, time, events, commands, frames, and views as the tablet and the student panel see them.
//! Never owns a clock, a socket or randomness: whoever needs one passes it in.
//! Next: [`link`] for the two machines, `protocol/README.md` for the wire document.

pub mod command;
pub mod event;
pub mod frame;
pub mod id;
pub mod link;
pub mod private;
mod setting;
mod tagged;
pub mod time;
pub mod view;

pub use command::{Action, Lease, site_admits};
pub use event::{Block, Connection, Event, EventKind, Outcome, ReceiptState, Scheme, Sensor};
pub use frame::{AgentFrame, CloseCode, Leaving, Malformed, ServerFrame};
pub use id::{
    AlertId, ChannelId, CommandId, Digest, EstablishmentId, HelpId, Pseudonym, Rev, RoomId, RuleId,
    SeatNo, Seq, SessionId, StaffId, WorkstationId,
};
pub use private::Private;
pub use setting::Setting;
pub use time::{Day, Span, Stamp};

/// The version of the wire that this crate speaks; `hello` carries it and the server refuses others by name.
pub const WIRE_VERSION: u16 = 1;
/// The WebSocket subprotocol of agents.
pub const AGENT_SUBPROTOCOL: &str = "vigie.agent.v1";

//! The server: what a room's pure core decides, done for real. HTTP and WebSocket at the edge, the journal and its one writer
//! below, one driver a room between them.
//!
//! Never a second reducer, never a rule. Next: [`driver`] for a room's loop, [`writer`] for what durable means.

pub mod clock;
pub mod ids;

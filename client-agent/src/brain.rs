//! What the agent makes of what it sees. Pure: input and time in, outputs out.
//!
//! Never touches a clock, a socket, a disk or the screen. Next: [`seen`] for what goes in.

pub mod seen;

pub use seen::Seen;

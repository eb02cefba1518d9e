//! The two ends of the agent's link as pure machines: input and time in, outputs out. They never touch a socket, a clock,
//! a key or randomness; whoever drives them does what the outputs say.
//!
//! [`agent`] numbers events, sends them in batches within the credit, resumes after a cut. [`server`] admits a proven
//! workstation, returns what is new exactly once and in order, and acknowledges only what it is told is committed.

pub mod agent;
pub mod server;

pub use agent::{AgentEnd, AgentInput, AgentOutput, Identity};
pub use server::{Limits, ServerEnd, ServerInput, ServerOutput};

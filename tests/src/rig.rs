//! The load rig: what a server costs, what its acks and alerts take, what an idle link holds. It prints figures and asserts none.
//!
//! Both servers get the same bytes, at the same rate, from the same client code, over WebSocket; only the server's own CPU
//! time is counted, since the client shares the machine with it. Never part of the tests: figures need a quiet machine.
//! Next: [`load`] for the traffic, [`school`] for ours, [`broker`] for mosquitto, [`measure`] for what is counted.

pub mod agents;
pub mod bare;
pub mod broker;
pub mod load;
pub mod measure;
pub mod mqtt;
pub mod payload;
pub mod pure;
pub mod school;
pub mod tablet;
pub mod websocket;

//! The server: what a room's pure core decides, done for real. HTTP and WebSocket at the edge, the journal and its one writer
//! below, one driver a room between them.
//!
//! Never a second reducer, never a rule. Next: [`driver`] for a room's loop, [`writer`] for what durable means.

pub(crate) mod agents;
pub(crate) mod alerts;
pub mod app;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod backup;
pub(crate) mod bus;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub(crate) mod door;
pub(crate) mod driver;
pub(crate) mod gauges;
pub mod ids;
pub(crate) mod journal;
pub(crate) mod links;
pub(crate) mod live;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub mod policy;
pub(crate) mod problem;
pub(crate) mod rehearse;
pub(crate) mod render;
pub(crate) mod retention;
pub(crate) mod rooms;
pub(crate) mod roster;
pub(crate) mod routes;
pub(crate) mod rules;
pub(crate) mod setup;
pub(crate) mod spreadsheet;
pub mod stage;
pub(crate) mod store;
pub mod texts;
#[cfg(test)]
mod trial;
pub mod wire;
pub(crate) mod writer;

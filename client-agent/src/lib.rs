//! The agent on the workstation: it sees, remembers until the server has, and obeys for as long as a lease lasts.
//!
//! Owns the brain (pure), the spool on disk, the link's driver, the workstation's key, and, under the feature `desktop`,
//! sensors, actuators, the local filtering proxy and the student panel. Never collects anything outside a session.
//!
//! The way of one event: [`desk`] (a sensor, or a script) → [`brain`] (drops repeats, keeps leases) → spool → link.
//! Next: [`desk`] is the seam between the agent and whatever plays the desktop.

pub mod agent;
mod board;
pub mod brain;
#[cfg(feature = "desktop")]
pub mod cli;
pub mod clock;
pub mod closed;
pub mod computer;
pub mod config;
pub mod desk;
#[cfg(feature = "desktop")]
pub mod desktop;
mod disk;
#[cfg(feature = "desktop")]
pub mod doctor;
mod ids;
pub mod keys;
mod known;
mod law;
mod line;
#[cfg(feature = "desktop")]
pub mod panel;
#[cfg(feature = "desktop")]
pub mod seat;
pub mod spool;
pub mod text;

pub use agent::{Agent, PanelState, StartError};
pub use brain::{Asked, Refusal, Seen};
pub use config::{BackOff, Config};
pub use desk::{Able, Desk, InForce, LockOrder, Messages, Rules, Sight, Watching};
pub use law::Compiled;

/// An error and what caused it, in one line for a log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

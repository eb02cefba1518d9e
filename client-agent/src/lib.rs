//! The agent on the workstation: it sees, remembers until the server has, and obeys for as long as a lease lasts.
//!
//! Owns the brain (pure), the spool on disk, the link's driver, the workstation's key, and, under the feature `desktop`,
//! sensors, actuators, the local filtering proxy and the student panel. Never collects anything outside a session.
//!
//! The way of one event: [`desk`] (a sensor, or a script) → [`brain`] (drops repeats, keeps leases) → spool → link.
//! Next: [`desk`] is the seam between the agent and whatever plays the desktop.

pub mod brain;
pub mod clock;
pub mod desk;
#[cfg(feature = "desktop")]
pub mod desktop;
pub mod spool;
pub mod text;

pub use brain::Seen;
pub use desk::{Able, Desk, InForce, LockOrder, Rules, Sight, Watching};

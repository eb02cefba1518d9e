//! The engine as a whole, in one process: real sockets on a free port, real files in a folder of the test's own, the real
//! machine of the agent's end, and a clock that only the test moves.
//!
//! Every scenario ends by folding the journal again and finding an equal room. Nothing sleeps: a wait ends with what it
//! waits for, or fails after [`PATIENCE`].

mod agent;
mod hostile;
mod house;
mod kept;
mod newcomers;
mod thread;
mod trouble;

use std::future::Future;
use std::time::Duration;

pub(crate) use agent::Agent;
pub(crate) use house::{House, STAFF};

/// How long a wait may last before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that must happen.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let value = tokio::time::timeout(PATIENCE, future).await;
    value.unwrap_or_else(|_| panic!("it never happened: {what}"))
}

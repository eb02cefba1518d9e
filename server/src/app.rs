//! What every request and every task shares, and the start and stop of the whole.
//!
//! Owns the order in which things start and end. Never serves a request itself: that is [`crate::routes`].

use crate::clock::Clock;
use crate::config::Config;
use crate::store::Store;

/// The server's state: handlers take it as `web::Data<App>`.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
}

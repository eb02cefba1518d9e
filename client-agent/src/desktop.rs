//! The real desktop: the filtering proxy, what is in front, whether somebody is there, the lock.
//!
//! Never decides *whether* to run: the brain says which sensors a session needs, and each part here stops when told.
//! Next: [`crate::desk`] for the seam, [`proxy`] for connections.

pub mod proxy;

use std::net::SocketAddr;

use tokio_util::sync::{CancellationToken, DropGuard};

use crate::desk::{Able, Desk};
pub use crate::text::Lang;
use proxy::{Proxy, Resolve, Setup};

/// What `vigie-agent run` was told about the desktop.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Loopback port of the proxy; 0 lets the system choose.
    pub proxy_port: u16,
    /// The X display; none takes `DISPLAY` from the environment.
    pub display: Option<String>,
    /// Where the student panel answers, for the blocked page.
    pub panel: Option<SocketAddr>,
    /// Language of the blocked page and the lock window when nothing better is known: `fr` or `en`.
    pub lang: String,
    /// `name=address:port`: names that do not go to the system's resolver.
    pub resolve: Vec<String>,
}

/// A desktop that runs; dropping it stops every sensor and lets go of every lock.
#[derive(Debug)]
pub struct Desktop {
    /// Where the proxy listens.
    pub proxy: SocketAddr,
    _desk: Desk,
    _running: DropGuard,
}

/// Finds out what can run here.
pub fn probe(_options: &Options) -> Able {
    Able {
        desktop: "none".into(),
        ..Able::default()
    }
}

/// Starts the proxy at once and the sensors as [`Desk::watching`] asks.
///
/// # Errors
/// The proxy's port is in use, or a fixed name cannot be read.
pub async fn start(desk: Desk, options: Options) -> anyhow::Result<Desktop> {
    let stop = CancellationToken::new();
    let proxy = Proxy::bind(Setup {
        port: options.proxy_port,
        panel: options.panel,
        lang: Lang::of(&options.lang),
        resolve: Resolve::new(options.resolve.iter().map(String::as_str))?,
        rules: desk.rules.clone(),
        sight: desk.sight.clone(),
    })
    .await?;
    let address = proxy.address();
    tokio::spawn(proxy.run(stop.clone()));
    Ok(Desktop {
        proxy: address,
        _desk: desk,
        _running: stop.drop_guard(),
    })
}

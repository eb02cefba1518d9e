//! The real desktop: proxy, X11 sensors, lock window.
//!
//! Owns nothing yet but its two entry points; never decides anything. Next: [`crate::desk`].

use std::net::SocketAddr;

use crate::desk::{Able, Desk};

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
}

/// A desktop that runs; dropping it stops every sensor and lets go of every lock.
#[derive(Debug)]
pub struct Desktop {
    /// Where the proxy listens.
    pub proxy: SocketAddr,
    _desk: Desk,
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
/// The proxy's port is in use, or its listener cannot be made.
pub async fn start(desk: Desk, options: Options) -> anyhow::Result<Desktop> {
    let listener =
        tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, options.proxy_port)).await?;
    Ok(Desktop {
        proxy: listener.local_addr()?,
        _desk: desk,
    })
}

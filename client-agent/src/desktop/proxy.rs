//! The local filtering forward proxy: the browser of the pupil goes through it, HTTP and CONNECT.
//!
//! During a session every attempt is reported with host, port, scheme and outcome, and what a rule of the charter blocks is
//! stopped at once, offline too. Outside a session everything passes, unfiltered and unrecorded. It never looks at a body, never
//! opens a tunnel's content, and never judges: it asks the compiled rules one question. It serves the account that sits here and
//! nobody else, and goes to no address of this machine or of the local network that the site does not allow.
//! Next: `answer` for one request, `attempt` for what is reported of it, `upstream` for the far end, `reach` for where it may go, `stall` for its time-outs, `tunnel` for CONNECT, `page` for what
//! a pupil reads.

mod answer;
mod attempt;
mod headers;
mod page;
mod reach;
mod stall;
mod target;
mod tunnel;
mod upstream;

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::desk::{Rules, Sight};
use crate::seat::{Passes, Seat};
use crate::text::{Lang, say};
pub use reach::{NotARange, Reach};
use stall::Paced;
use upstream::Upstream;
pub use upstream::{NotAFixedName, Resolve};

/// Client connections at once, tunnels included. The next one is answered 503 and closed.
pub const CONNECTIONS_MAX: usize = 512;
/// Bytes of one request's head; a larger one is answered 431 and closed.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long a client may take to send a head, and may keep an idle connection open; then it is hung up.
pub const HEAD_WAIT: Duration = Duration::from_mins(1);
/// How long a client may leave an answer unread; then it is hung up.
pub const UNREAD_WAIT: Duration = Duration::from_mins(5);
/// How long to wait before accepting again when the system has no file descriptor left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// What a proxy is started with.
#[derive(Debug)]
pub struct Setup {
    /// Loopback port; 0 lets the system choose.
    pub port: u16,
    /// The student panel's address: linked from pages, and refused as a destination.
    pub panel: Option<SocketAddr>,
    /// Names that do not go to the system's resolver.
    pub resolve: Resolve,
    /// Addresses of the local network that the site allows.
    pub reach: Reach,
    /// The one account that is served.
    pub seat: Seat,
    /// Passes to the panel, for the link on a blocked page.
    pub passes: Arc<Passes>,
    /// How long the far end and the client may be silent.
    pub waits: Waits,
    /// The language for those who ask for none.
    pub lang: Lang,
    /// The rules in force, asked at each request.
    pub rules: Rules,
    /// Where attempts are reported.
    pub sight: Sight,
}

/// How long each side may be silent in the middle of an answer; tests shorten them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The far end, within the body of its answer: then the answer is cut, so that a browser sees that it is not whole.
    pub body: Duration,
    /// The client, with bytes waiting for it: then it is hung up.
    pub unread: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            body: upstream::BODY_WAIT,
            unread: UNREAD_WAIT,
        }
    }
}

/// Why a proxy did not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for the local proxy on 127.0.0.1:{port}")]
pub struct ListenError {
    port: u16,
    source: io::Error,
}

/// A proxy that listens.
#[derive(Debug)]
pub struct Proxy {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What every connection needs.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rules: Rules,
    pub(crate) sight: Sight,
    pub(crate) lang: Lang,
    pub(crate) upstream: Upstream,
    pub(crate) panel: Option<SocketAddr>,
    pub(crate) seat: Seat,
    pub(crate) passes: Arc<Passes>,
    pub(crate) waits: Waits,
    pub(crate) stop: CancellationToken,
}

impl Proxy {
    /// Listens on loopback. Fails when the port is taken.
    pub async fn bind(setup: Setup) -> Result<Self, ListenError> {
        let port = setup.port;
        let listening = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = listening
            .await
            .map_err(|source| ListenError { port, source })?;
        let own_ports = std::iter::once(address.port())
            .chain(setup.panel.map(|panel| panel.port()))
            .collect();
        let shared = Arc::new(Shared {
            rules: setup.rules,
            sight: setup.sight,
            lang: setup.lang,
            upstream: Upstream::new(setup.resolve, setup.reach, own_ports),
            panel: setup.panel,
            seat: setup.seat,
            passes: setup.passes,
            waits: setup.waits,
            stop: CancellationToken::new(),
        });
        Ok(Self {
            listener,
            address,
            shared,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until told to stop; connections and tunnels that are open then are cut.
    pub async fn run(self, stop: CancellationToken) {
        let _cut_with_us = self.shared.stop.clone().drop_guard();
        let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => match permits.clone().try_acquire_owned() {
                    Ok(permit) => {
                        tokio::spawn(serve(stream, permit, self.shared.clone()));
                    }
                    Err(_) => {
                        let words = say(self.shared.lang, "full-words");
                        tokio::spawn(refuse(stream, "503 Service Unavailable", words));
                    }
                },
                Err(error) => {
                    tracing::warn!(%error, "the local proxy could not accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }
}

async fn serve(stream: TcpStream, permit: OwnedSemaphorePermit, shared: Arc<Shared>) {
    // Small answers and tunnelled handshakes should not wait for Nagle; a socket that refuses the option still works.
    let _ = stream.set_nodelay(true);
    let Some(stream) = of_the_seat(stream, &shared).await else {
        return;
    };
    let stream = Paced::new(stream, shared.waits.unread);
    let permit = Arc::new(permit);
    let stop = shared.stop.clone();
    let service = service_fn(move |request| {
        let (shared, permit) = (shared.clone(), permit.clone());
        async move { Ok::<_, Infallible>(answer::answer(shared, permit, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(2 * HEAD_BYTES_MAX)
        .preserve_header_case(true)
        // A client that has said everything and waits for the answer is not gone.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        () = stop.cancelled() => {}
        ended = connection => if let Err(error) = ended {
            tracing::debug!(%error, "a connection to the local proxy ended badly");
        },
    }
}

/// The connection, if the account that sits here made it. Others are told so and hung up; nothing is reported of them.
async fn of_the_seat(stream: TcpStream, shared: &Arc<Shared>) -> Option<TcpStream> {
    let (peer, here) = (stream.peer_addr().ok()?, stream.local_addr().ok()?);
    let asked = Arc::clone(shared);
    let ours = tokio::task::spawn_blocking(move || asked.seat.is_peer(peer, here)).await;
    if ours.is_ok_and(|ours| ours) {
        return Some(stream);
    }
    tracing::warn!("another account of this machine was refused at the local proxy");
    let words = say(shared.lang, "proxy-refused-account");
    refuse(stream, "403 Forbidden", words).await;
    None
}

/// Says why before hanging up: above [`CONNECTIONS_MAX`], and to another account.
async fn refuse(mut stream: TcpStream, status: &str, words: String) {
    let answer = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\nretry-after: 5\r\n\
         content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{words}",
        words.len()
    );
    let written = stream.write_all(answer.as_bytes());
    let _ = tokio::time::timeout(Duration::from_secs(2), written).await;
}

#[cfg(test)]
mod tests;

//! The door: takes every connection of the listener, reads the first line of what it asks, and gives it the path that suits it.
//!
//! Owns the listener, the count of connections and their end. A page's connection goes to actix as it is; an agent's link goes
//! to [`crate::agents`] on the bare stream, because a link is a thousand small frames and what an HTTP stack keeps and passes on
//! for each of them was measured to cost more than reading, judging and storing it. Never looks at what either says.
//!
//! Everything behind the door runs on the one thread that calls [`Door::serve`], rooms included: what passes between a link and
//! its room wakes nobody, and it is the disk, not a lock, that somebody waits for. Next: [`stream`], `agents/handshake.rs`.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, Protocol, Request, Response};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::AppConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::agents::{self, Gate};
use crate::rooms::Rooms;

mod stream;

pub(crate) use stream::{Stream, Wire};

/// Connections at a time; beyond, the next wait in the listener's backlog.
const CONNECTIONS_MAX: u32 = 16_384;
/// How long somebody may take to say what they want, TLS included; then the connection is dropped.
const KNOCK_MAX: Duration = Duration::from_secs(5);
/// How long a connection that ends may take to.
const LEAVE_MAX: Duration = Duration::from_secs(1);
/// How long open connections may take to end once the server stops; sockets of links and pages are closed before.
const STOP_MAX: Duration = Duration::from_secs(10);
/// Pause after a connection could not be taken, so that a machine without free files is not kept busy by it.
const BREATH: Duration = Duration::from_millis(100);
/// What an agent's link asks for, up to the end of the path.
const LINK: &[u8] = b"GET /agent/v1";
const HTTP2: &[u8] = b"PRI * HTTP/2";

/// What is behind the door and how it is reached.
pub(crate) struct Door {
    pub(crate) listener: std::net::TcpListener,
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    pub(crate) rooms: Rooms,
    /// What the agents' links share.
    pub(crate) gate: Gate,
}

/// Closes a door.
#[derive(Clone, Debug)]
pub(crate) struct Closer(Arc<watch::Sender<bool>>);

impl Default for Closer {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Closer {
    /// Lets nobody in any more; [`Door::serve`] ends once open requests have.
    pub(crate) fn close(&self) {
        self.0.send_replace(true);
    }

    async fn closed(&self) {
        let mut closed = self.0.subscribe();
        // Its sender lives as long as we do.
        let _ = closed.wait_for(|closed| *closed).await;
    }
}

/// Who knocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visitor {
    Agent,
    Browser(Protocol),
}

impl Door {
    /// Serves `app` and the agents until it is closed. Must run where tasks can be spawned that stay on their thread.
    pub(crate) async fn serve<I, S, B>(self, app: I, closer: Closer) -> std::io::Result<()>
    where
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<actix_web::Error> + 'static,
        S::InitError: Debug,
        S::Response: Into<Response<B>> + 'static,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let address = self.listener.local_addr()?;
        self.listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(self.listener)?;
        let draining = Rc::new(Notify::new());
        let drained = Rc::clone(&draining);
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let drained = Rc::clone(&drained);
                async move { drained.notified().await }
            })
            .client_request_timeout(KNOCK_MAX)
            .client_disconnect_timeout(LEAVE_MAX)
            .local_addr(address)
            .finish(map_config(
                app.into_factory()
                    .map_err(|error| error.into().error_response()),
                // Nothing of ours asks actix how it is reached: the settings say it.
                |()| AppConfig::default(),
            ))
            .new_service(())
            .await
            .map_err(|()| std::io::Error::other("the pages cannot be served"))?;
        let inside = Rc::new(Inside {
            http,
            tls: self.tls.map(TlsAcceptor::from),
            rooms: self.rooms,
            gate: self.gate,
        });
        let places = Arc::new(Semaphore::new(
            usize::try_from(CONNECTIONS_MAX).unwrap_or(1),
        ));
        loop {
            let taken = tokio::select! {
                biased;
                () = closer.closed() => break,
                taken = async {
                    // The semaphore is never closed.
                    let place = Arc::clone(&places).acquire_owned().await.ok();
                    (place, listener.accept().await)
                } => taken,
            };
            match taken {
                (place, Ok((stream, peer))) => {
                    let inside = Rc::clone(&inside);
                    tokio::task::spawn_local(async move {
                        inside.knock(stream, peer).await;
                        drop(place);
                    });
                }
                (_, Err(error)) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        drop(listener);
        draining.notify_waiters();
        if timeout(STOP_MAX, places.acquire_many(CONNECTIONS_MAX))
            .await
            .is_err()
        {
            tracing::warn!("connections that did not end in {STOP_MAX:?} are dropped");
        }
        Ok(())
    }
}

/// What every connection shares.
struct Inside<H> {
    http: H,
    tls: Option<TlsAcceptor>,
    rooms: Rooms,
    gate: Gate,
}

impl<H> Inside<H>
where
    H: Service<(Stream, Protocol, Option<SocketAddr>), Response = ()>,
    H::Error: Debug,
{
    async fn knock(&self, stream: TcpStream, peer: SocketAddr) {
        // A frame is whole when it is written: nothing is gained by waiting for more.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection may answer late");
        }
        // Boxed, as all that is over soon: a connection is as large as the largest thing it ever waits for.
        let told = Box::pin(timeout(KNOCK_MAX, self.listen(stream))).await;
        match told {
            Ok(Ok((stream, Visitor::Agent))) => {
                Box::pin(agents::welcome(stream, &self.rooms, &self.gate)).await;
            }
            Ok(Ok((stream, Visitor::Browser(protocol)))) => {
                let served = Box::pin(self.http.call((stream, protocol, Some(peer)))).await;
                if let Err(error) = served {
                    tracing::debug!(?error, "a connection ended badly");
                }
            }
            Ok(Err(error)) => tracing::debug!(%error, "a connection said nothing that we speak"),
            Err(_) => tracing::debug!("a connection said nothing in time"),
        }
    }

    /// Waits until it is known who knocks.
    async fn listen(&self, stream: TcpStream) -> std::io::Result<(Stream, Visitor)> {
        let mut stream = Stream::new(match &self.tls {
            Some(tls) => {
                let mut stream = stream;
                if !begins_tls(&stream).await? {
                    refuse_plain(&mut stream).await?;
                    return Err(std::io::Error::other("plain HTTP where TLS is spoken"));
                }
                Wire::Tls(Box::new(tls.accept(stream).await?))
            }
            None => Wire::Plain(stream),
        });
        loop {
            if let Some(visitor) = tell(stream.first()) {
                let visitor = match visitor {
                    Visitor::Browser(_) if stream.speaks_http2() => {
                        Visitor::Browser(Protocol::Http2)
                    }
                    visitor => visitor,
                };
                return Ok((stream, visitor));
            }
            if stream.read_first().await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Whether a connection begins as TLS does (RFC 8446, 5.1: a record of the kind handshake); it is not read for that.
async fn begins_tls(stream: &TcpStream) -> std::io::Result<bool> {
    const HANDSHAKE: u8 = 22;
    let mut first = [0];
    let count = stream.peek(&mut first).await?;
    Ok(count == 0 || first == [HANDSHAKE])
}

/// Tells whoever speaks plain HTTP where they are, and hangs up: nothing of what they said is looked at.
async fn refuse_plain(stream: &mut TcpStream) -> std::io::Result<()> {
    const WORDS: &str = "https is spoken here: begin the address with https://\n";
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Length: {}\r\n\r\n{WORDS}",
        WORDS.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    // What is dropped with bytes unread takes back what it said last.
    let mut unread = [0; 512];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

/// Who speaks so; none while it can still be several.
fn tell(first: &[u8]) -> Option<Visitor> {
    match first.strip_prefix(LINK) {
        Some([]) => None,
        Some([b' ' | b'?', ..]) => Some(Visitor::Agent),
        Some(_) => Some(Visitor::Browser(Protocol::Http1)),
        None if first.starts_with(HTTP2) => Some(Visitor::Browser(Protocol::Http2)),
        None if LINK.starts_with(first) || HTTP2.starts_with(first) => None,
        None => Some(Visitor::Browser(Protocol::Http1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_told_by_its_first_line() {
        let http1 = Some(Visitor::Browser(Protocol::Http1));
        assert_eq!(tell(b""), None);
        assert_eq!(tell(b"GET /agent"), None);
        assert_eq!(tell(b"GET /agent/v1"), None);
        assert_eq!(tell(b"GET /agent/v1 HTTP/1.1\r\n"), Some(Visitor::Agent));
        assert_eq!(tell(b"GET /agent/v1?x=1 HTTP"), Some(Visitor::Agent));
        assert_eq!(tell(b"GET /agent/v1/lists/0"), http1);
        assert_eq!(tell(b"GET / HTTP/1.1"), http1);
        assert_eq!(tell(b"POST /agent/v1 HTTP/1.1"), http1);
        assert_eq!(tell(b"PRI * HT"), None);
        assert_eq!(
            tell(b"PRI * HTTP/2.0\r\n"),
            Some(Visitor::Browser(Protocol::Http2))
        );
    }
}

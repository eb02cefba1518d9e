//! A small school's server made of the protocol's own end: it can be killed, come back, renew its leases and hand out lists,
//! good and bad. It remembers what it took whatever happens to it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use url::Url;
use vigie_filters::lists::build_directory;
use vigie_protocol::frame::{Leaving, SessionLease, Welcome};
use vigie_protocol::link::{Door, Limits, ServerEnd, ServerInput, ServerOutput};
use vigie_protocol::{
    AGENT_SUBPROTOCOL, Digest, Event, EventKind, RoomId, SeatNo, Sensor, Seq, SessionId, Span,
    Stamp,
};

use crate::agent::Agent;
use crate::clock::Clock;
use crate::config::{BackOff, Config};
use crate::desk::{Able, Desk, Messages};

const CHARTER: &str = r#"
title = { fr = "Essai" }
[[article]]
number = "1"
title = { fr = "Essai" }
words = { fr = "Essai" }
[[rule]]
id = "essai"
article = "1"
title = { fr = "Essai" }
severity = "medium"
act = "block"
to_pupil = { fr = "Essai" }
connection = { hosts = ["bad.example"], categories = ["proxy"] }
"#;

/// What the school remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    pub(super) events: Vec<Event>,
    pub(super) links: usize,
    /// Goodbyes, in order.
    pub(super) left: Vec<Leaving>,
    /// How many downloads of a list were answered.
    pub(super) lists: usize,
}

impl Book {
    /// The hosts of connections, in order; other events are passed over.
    pub(super) fn hosts(&self) -> Vec<&str> {
        let hosts = self.events.iter().filter_map(|event| match &event.kind {
            EventKind::Connection(connection) => Some(connection.host.as_str()),
            _ => None,
        });
        hosts.collect()
    }
}

/// What the leases say, and what a download gives.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) lease_ms: i64,
    pub(super) list: Option<Digest>,
    pub(super) list_bytes: Vec<u8>,
    /// Changed to have the lease said again.
    pub(super) renewed: u32,
}

/// The school.
#[derive(Debug)]
pub(super) struct School {
    pub(super) address: SocketAddr,
    pub(super) book: watch::Sender<Book>,
    pub(super) terms: watch::Sender<Terms>,
}

/// A list of the category `proxy`: its digest and its bytes.
pub(super) fn list_of(hosts: &str) -> (Digest, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("proxy")).unwrap();
    std::fs::write(dir.path().join("proxy/domains"), hosts).unwrap();
    let bytes = build_directory(dir.path()).unwrap().into_bytes();
    let lists = vigie_filters::Lists::from_bytes(bytes.clone()).unwrap();
    (lists.digest().clone(), bytes)
}

pub(super) fn session() -> SessionId {
    "2026-11-24.s1".parse().unwrap()
}

impl School {
    /// A school whose leases last that long, and the server that has them said.
    pub(super) async fn open(lease_ms: i64) -> (Arc<Self>, JoinSet<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let school = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            book: watch::channel(Book::default()).0,
            terms: watch::channel(Terms {
                lease_ms,
                list: None,
                list_bytes: Vec::new(),
                renewed: 0,
            })
            .0,
        });
        let running = school.serve(listener);
        (school, running)
    }

    /// Serves until the set is dropped: links die with it, as with a kill.
    fn serve(self: &Arc<Self>, listener: TcpListener) -> JoinSet<()> {
        let school = Arc::clone(self);
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut links = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                links.spawn(Arc::clone(&school).answer(stream));
            }
        });
        running
    }

    pub(super) async fn serve_again(self: &Arc<Self>) -> JoinSet<()> {
        loop {
            // The port is free once the killed server's task is gone.
            if let Ok(listener) = TcpListener::bind(self.address).await {
                return self.serve(listener);
            }
            tokio::task::yield_now().await;
        }
    }

    /// The lease is said again, with this list if it changed.
    pub(super) fn renew(&self, list: &Digest, bytes: &[u8]) {
        self.terms.send_modify(|terms| {
            terms.list = Some(list.clone());
            terms.list_bytes = bytes.to_vec();
            terms.renewed += 1;
        });
    }

    fn lease(&self) -> SessionLease {
        let terms = self.terms.borrow().clone();
        let through = self
            .book
            .borrow()
            .events
            .last()
            .map_or(0, |last| last.seq.0);
        SessionLease {
            session: session(),
            room: RoomId::new("cdi"),
            seat: SeatNo(4),
            remaining_ms: Span(terms.lease_ms),
            charter: Digest::of(CHARTER.as_bytes()),
            sites: Vec::new(),
            sites_only: false,
            list: terms.list,
            setting: vigie_protocol::Setting::default(),
            through: Seq(through),
            credit: 0,
        }
    }

    async fn answer(self: Arc<Self>, stream: TcpStream) {
        let mut head = [0; 2_048];
        loop {
            let Ok(read) = stream.peek(&mut head).await else {
                return;
            };
            let text = String::from_utf8_lossy(&head[..read]);
            if text.contains("\r\n\r\n") {
                if text.starts_with("GET /agent/v1/lists/") {
                    return self.hand_out(stream).await;
                }
                return self.link(stream).await;
            }
            if read == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn hand_out(self: Arc<Self>, mut stream: TcpStream) {
        let bytes = self.terms.borrow().list_bytes.clone();
        let head = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            bytes.len()
        );
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        self.book.send_modify(|book| book.lists += 1);
    }

    async fn link(self: Arc<Self>, stream: TcpStream) {
        let socket = tokio_tungstenite::accept_hdr_async(stream, confirm).await;
        let Ok(mut socket) = socket else { return };
        let clock = Clock::start();
        let now = || clock.now().at;
        let limits = Limits {
            credit: 64,
            batch_max: 8,
            frame_max: 65_536,
            beat: Span::seconds(10),
            events_per_second_max: 10_000,
            proof_within: Span::seconds(10),
        };
        let door = Door {
            nonce: crate::ids::nonce().unwrap(),
            server: base64(key().verifying_key().as_bytes()),
            exporter: None,
        };
        let mut end = ServerEnd::new(limits, door, now());
        let mut terms = self.terms.subscribe();
        loop {
            let mut todo = tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => end.step(now(), ServerInput::Text(&text)),
                    Some(Ok(_)) => continue,
                    _ => return,
                },
                _ = terms.changed() => end.step(now(), ServerInput::Session(self.lease())),
            };
            while !todo.is_empty() {
                for output in std::mem::take(&mut todo) {
                    match output {
                        ServerOutput::Send(frame) => {
                            let sent = socket.send(Message::text(frame.encode())).await;
                            if sent.is_err() {
                                return;
                            }
                        }
                        other => todo.extend(self.follow(&mut end, now(), other)),
                    }
                }
            }
        }
    }

    fn follow(&self, end: &mut ServerEnd, now: Stamp, output: ServerOutput) -> Vec<ServerOutput> {
        match output {
            ServerOutput::Sign { text } => {
                let signature = base64(&key().sign(&text).to_bytes());
                end.step(now, ServerInput::Signed { signature })
            }
            ServerOutput::Verify { .. } => {
                self.book.send_modify(|book| book.links += 1);
                let mut out = end.step(now, ServerInput::Admitted(welcome(now)));
                out.extend(end.step(now, ServerInput::Session(self.lease())));
                out
            }
            ServerOutput::New { session, events } => {
                let through = events.last().unwrap().seq;
                self.book.send_modify(|book| book.events.extend(events));
                end.step(now, ServerInput::Committed { session, through })
            }
            ServerOutput::Fetch { charter } => {
                let text = CHARTER.to_owned();
                let digest = charter;
                end.step(now, ServerInput::Charter { digest, text })
            }
            ServerOutput::Goodbye { why } => {
                self.book.send_modify(|book| book.left.push(why));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

/// The school's own key.
fn key() -> SigningKey {
    SigningKey::from_bytes(&[42; 32])
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Confirms the subprotocol, as the agent insists.
#[expect(
    clippy::result_large_err,
    clippy::unnecessary_wraps,
    reason = "the signature is tungstenite's"
)]
fn confirm(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let protocol = HeaderValue::from_static(AGENT_SUBPROTOCOL);
    response
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    Ok(response)
}

fn welcome(at_ms: Stamp) -> Welcome {
    Welcome {
        at_ms,
        beat_ms: Span::seconds(10),
        batch_max: 8,
        frame_max: 65_536,
        ticket: "ticket".to_owned().into(),
    }
}

/// The settings of an agent of this school.
pub(super) fn config(school: &School, data: &Path) -> Config {
    let server = Url::parse(&format!("ws://{}/agent/v1", school.address)).unwrap();
    let mut config = Config::new(server, data.to_owned());
    // The session of these stories is as old as they are.
    config.spool.kept_days = 1_000_000;
    config.back_off = BackOff {
        first: Span(10),
        most: Span(50),
    };
    config
}

pub(super) fn able() -> Able {
    Able {
        desktop: "script".into(),
        sensors: [Sensor::Connections].into(),
        messages: Messages::AtOnce,
        ..Able::default()
    }
}

/// An agent of this school.
pub(super) async fn agent(school: &School, data: &Path) -> (Agent, Desk) {
    Agent::start(config(school, data), able()).await.unwrap()
}

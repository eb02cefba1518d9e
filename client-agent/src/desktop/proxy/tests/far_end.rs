//! The far end of the tests: a web server and an echo, and a proxy that reaches them under made-up names.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::SOON;
use crate::desk::Bench;
use crate::desktop::proxy::{Proxy, Reach, Resolve, Setup, Waits};
use crate::seat::{Passes, Seat};
use crate::text::Lang;

/// Bytes of a big body: more than every buffer on the way.
pub(super) const BIG: usize = 24 * 1024 * 1024;

/// A server that says what it was asked.
#[derive(Debug)]
pub(super) struct FarEnd {
    pub(super) web: SocketAddr,
    echo: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// Lets `/drip` say its second half.
    pub(super) drip: Arc<Notify>,
}

impl FarEnd {
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    async fn start() -> Self {
        let (web_listener, web) = listen().await;
        let (echo_listener, echo) = listen().await;
        let (connections, drip) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counted, dripping) = (Arc::clone(&connections), Arc::clone(&drip));
        tokio::spawn(async move {
            while let Ok((stream, _)) = web_listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let dripping = Arc::clone(&dripping);
                let service = service_fn(move |request| {
                    let answered = answer(request, Arc::clone(&dripping));
                    async move { Ok::<_, Infallible>(answered) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = echo_listener.accept().await {
                tokio::spawn(echo_all(stream));
            }
        });
        Self {
            web,
            echo,
            connections,
            drip,
        }
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Sends back what comes, and says goodbye once the other side has nothing more to say.
async fn echo_all(stream: TcpStream) {
    let (mut read, mut write) = stream.into_split();
    let _ = tokio::io::copy(&mut read, &mut write).await;
    let _ = write.write_all(b"bye").await;
}

type Body = UnsyncBoxBody<Bytes, hyper::Error>;

fn answer(request: Request<Incoming>, drip: Arc<Notify>) -> Response<Body> {
    let host = request.headers().get("host").unwrap().to_str().unwrap();
    let (path, host) = (request.uri().path().to_owned(), host.to_owned());
    let body: Body = match path.as_str() {
        "/echo" => request.into_body().boxed_unsync(),
        "/drip" => {
            let parts = futures_util::stream::unfold(0, move |step| {
                let drip = Arc::clone(&drip);
                async move {
                    let text = match step {
                        0 => "first",
                        1 => {
                            drip.notified().await;
                            "second"
                        }
                        _ => return None,
                    };
                    Some((Ok(Frame::data(Bytes::from(text))), step + 1))
                }
            });
            StreamBody::new(parts).boxed_unsync()
        }
        "/flood" => {
            let parts = futures_util::stream::repeat_with(|| {
                Ok(Frame::data(Bytes::from(vec![b'x'; 64 * 1024])))
            });
            StreamBody::new(parts).boxed_unsync()
        }
        "/heads" => {
            let mut text = format!("{} {}\n", request.method(), request.uri());
            for (name, value) in request.headers() {
                writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
            }
            full(text)
        }
        _ => full(format!("{host}{path}")),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert("connection", "x-hop-back".parse().unwrap());
    headers.insert("x-hop-back", "1".parse().unwrap());
    response
}

fn full(text: String) -> Body {
    Full::new(Bytes::from(text))
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A proxy, what it reaches, and the agent's side of it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) proxy: SocketAddr,
    pub(super) panel: SocketAddr,
    pub(super) far_end: FarEnd,
    pub(super) bench: Bench,
    pub(super) passes: Arc<Passes>,
    _running: DropGuard,
    _panel: TcpListener,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(Seat::of(None).unwrap(), Waits::default()).await
    }

    pub(super) async fn with(seat: Seat, waits: Waits) -> Self {
        let passes = Arc::new(Passes::new().unwrap());
        let far_end = FarEnd::start().await;
        let (panel_listener, panel) = listen().await;
        let down = listen().await.1;
        let (bench, desk) = Bench::new();
        let names = [
            format!("site.test={}", far_end.web),
            format!("other.test={}", far_end.web),
            format!("croxy.test={}", far_end.web),
            format!("echo.test={}", far_end.echo),
            format!("down.test={down}"),
            format!("own.test={panel}"),
        ];
        let proxy = Proxy::bind(Setup {
            port: 0,
            panel: Some(panel),
            lang: Lang::Fr,
            resolve: Resolve::new(names.iter().map(String::as_str)).unwrap(),
            reach: Reach::default(),
            seat,
            passes: Arc::clone(&passes),
            waits,
            rules: desk.rules,
            sight: desk.sight,
        })
        .await
        .unwrap();
        let (stop, address) = (CancellationToken::new(), proxy.address());
        tokio::spawn(proxy.run(stop.clone()));
        Self {
            proxy: address,
            panel,
            far_end,
            bench,
            passes,
            _running: stop.drop_guard(),
            _panel: panel_listener,
        }
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.proxy).await.unwrap()
    }

    /// One request on a connection of its own, and everything that comes back.
    pub(super) async fn say(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let reading = async {
            let mut buffer = [0; 4096];
            loop {
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => answer.extend_from_slice(&buffer[..count]),
                }
                // A refusal need not close: its body has its length.
                if whole(&answer) {
                    break;
                }
            }
        };
        timeout(SOON, reading).await.expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Whether an answer with a length is all there.
fn whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .to_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| answer.len() >= head.len() + 4 + length)
}

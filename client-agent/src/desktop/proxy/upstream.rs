//! The far end: names to addresses, addresses to sockets, requests to answers.
//!
//! Owns the pool of kept connections and every time-out towards the far end. Refuses to dial the agent's own proxy and panel, and
//! what `reach` does not allow: the addresses themselves are looked at, once resolved, and those are dialled.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::reach::Reach;
use super::target::canonical;
use super::tunnel::Pulse;

/// How long a name may take to resolve, and all its addresses together to answer.
pub(crate) const CONNECT_WAIT: Duration = Duration::from_secs(20);
/// How long one address may take before the next is tried.
pub(crate) const ADDRESS_WAIT: Duration = Duration::from_secs(6);
/// How long the far end may take to begin its answer, counted from the last byte of the request.
pub(crate) const ANSWER_WAIT: Duration = Duration::from_mins(2);
/// How long the far end may be silent within the body of its answer; then the answer is cut.
pub(crate) const BODY_WAIT: Duration = Duration::from_mins(5);
/// How long a kept connection to a far end may idle; then it is closed.
const KEPT_WAIT: Duration = Duration::from_secs(30);
/// Kept connections to one far end; more are closed after use.
const KEPT_MAX: usize = 8;
/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;

/// Names that go to a fixed address instead of the system's resolver, whatever port was asked for.
#[derive(Clone, Debug, Default)]
pub struct Resolve {
    fixed: BTreeMap<String, SocketAddr>,
}

/// Why a text is not a fixed name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a fixed name: {0:?} (expected name=address:port)")]
pub struct NotAFixedName(pub String);

impl Resolve {
    /// Reads `name=address:port` texts.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NotAFixedName> {
        let read = |text: &str| {
            let (name, address) = text.split_once('=')?;
            let address = SocketAddr::from_str(address.trim()).ok()?;
            Some((canonical(name.trim())?, address))
        };
        let fixed = texts
            .into_iter()
            .map(|text| read(text).ok_or_else(|| NotAFixedName(text.chars().take(200).collect())))
            .collect::<Result<_, _>>()?;
        Ok(Self { fixed })
    }

    /// Where whoever wrote the settings says that a name is.
    fn fixed(&self, host: &str) -> Option<SocketAddr> {
        let name = host.strip_suffix('.').unwrap_or(host);
        self.fixed.get(name).copied()
    }
}

/// Why the far end gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the address is the agent's own")]
    Own,
    #[error("the address is of the local network and not allowed")]
    Local,
    #[error("the far end took too long")]
    Late,
    #[error("the far end cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The far end of every request.
#[derive(Debug)]
pub(crate) struct Upstream {
    dialler: Dialler,
    kept: Client<Dialler, Watched>,
}

/// Opens sockets; cheap to clone, as the pool wants.
#[derive(Clone, Debug)]
struct Dialler {
    resolve: Arc<Resolve>,
    reach: Arc<Reach>,
    own_ports: Arc<[u16]>,
}

impl Upstream {
    pub(crate) fn new(resolve: Resolve, reach: Reach, own_ports: Vec<u16>) -> Self {
        let dialler = Dialler {
            resolve: Arc::new(resolve),
            reach: Arc::new(reach),
            own_ports: own_ports.into(),
        };
        let kept = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(KEPT_WAIT)
            .pool_max_idle_per_host(KEPT_MAX)
            .http1_max_buf_size(super::HEAD_BYTES_MAX)
            .http1_preserve_header_case(true)
            .set_host(false)
            .build(dialler.clone());
        Self { dialler, kept }
    }

    /// A socket for a tunnel.
    pub(crate) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Failure> {
        self.dialler.dial(host, port).await
    }

    /// Sends a request whose URI is absolute and whose headers are ready to travel.
    pub(crate) async fn send(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Incoming>, Failure> {
        let pulse = Pulse::default();
        let request = request.map(|body| Watched {
            body,
            pulse: pulse.clone(),
        });
        let answered = self.kept.request(request);
        tokio::select! {
            answered = answered => answered.map_err(Failure::from_client),
            () = pulse.silent_for(ANSWER_WAIT) => Err(Failure::Late),
        }
    }
}

impl Failure {
    fn from_client(error: hyper_util::client::legacy::Error) -> Self {
        // The pool wraps what the dialler said; the page should still tell "late" from "down".
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            match inner.downcast_ref() {
                Some(Self::Own) => return Self::Own,
                Some(Self::Local) => return Self::Local,
                Some(Self::Late) => return Self::Late,
                _ => source = inner.source(),
            }
        }
        Self::Unreachable(error.into())
    }
}

impl Dialler {
    async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, Failure> {
        let dialled = async {
            let addresses = self.addresses(host, port).await?;
            let mut last = Failure::Unreachable("the name has no address".into());
            for address in addresses {
                match timeout(ADDRESS_WAIT, TcpStream::connect(address)).await {
                    Ok(Ok(stream)) => {
                        let _ = stream.set_nodelay(true);
                        return Ok(stream);
                    }
                    Ok(Err(error)) => last = Failure::Unreachable(error.into()),
                    Err(_) => last = Failure::Late,
                }
            }
            Err(last)
        };
        timeout(CONNECT_WAIT, dialled)
            .await
            .unwrap_or(Err(Failure::Late))
    }

    /// The addresses that may be dialled: a name that leads to one that may not is refused, unless it leads elsewhere as well.
    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let (found, is_fixed) = match self.resolve.fixed(host) {
            Some(address) => (vec![address], true),
            None => {
                let found = tokio::net::lookup_host((host, port)).await;
                let found = found.map_err(|error| Failure::Unreachable(error.into()))?;
                (found.take(ADDRESSES_MAX).collect(), false)
            }
        };
        if found.iter().any(|address| self.is_own(*address)) {
            return Err(Failure::Own);
        }
        let may = |address: &SocketAddr| is_fixed || self.reach.allows(address.ip());
        let (may, not): (Vec<_>, Vec<_>) = found.into_iter().partition(may);
        if may.is_empty() && !not.is_empty() {
            return Err(Failure::Local);
        }
        Ok(may)
    }

    /// Whether an address is the proxy or the panel: they listen on loopback, which 0.0.0.0 reaches as well.
    fn is_own(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        (ip.is_loopback() || ip.is_unspecified()) && self.own_ports.contains(&address.port())
    }
}

impl tower_service::Service<Uri> for Dialler {
    type Response = TokioIo<TcpStream>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialler = self.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default();
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let stream = dialler.dial(host, uri.port_u16().unwrap_or(80)).await?;
            Ok(TokioIo::new(stream))
        })
    }
}

/// A request's body on its way, which says when it last moved: a slow upload is not a silent far end.
#[derive(Debug)]
struct Watched {
    body: Incoming,
    pulse: Pulse,
}

impl Body for Watched {
    type Data = hyper::body::Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.pulse.beat();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

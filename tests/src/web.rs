//! The sites that a pupil visits: one local server that answers under every made-up name.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server for any host name. Dropped, it answers no more.
#[derive(Debug)]
pub struct Web {
    /// Where it listens; names are led here by the agent's `--resolve`.
    pub address: SocketAddr,
    visits: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Drop for Web {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Web {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let visits = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&visits);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                let service = service_fn(move |request| {
                    let answer = page(&request, &seen);
                    async move { Ok::<_, Infallible>(answer) }
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Ok(Self {
            address,
            visits,
            serving,
        })
    }

    /// Every request that reached it, as `host/path`.
    pub fn visits(&self) -> Vec<String> {
        self.visits
            .lock()
            .map(|visits| visits.clone())
            .unwrap_or_default()
    }
}

fn page(request: &Request<Incoming>, visits: &Mutex<Vec<String>>) -> Response<Full<Bytes>> {
    let host = request
        .headers()
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let visit = format!("{host}{}", request.uri().path());
    if let Ok(mut visits) = visits.lock() {
        visits.push(visit.clone());
    }
    let html = format!(
        "<!doctype html><html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{host}</title></head>\
         <body><main><h1>{visit}</h1><p>Une page du test.</p></main></body></html>"
    );
    let mut response = Response::new(Full::new(Bytes::from(html)));
    let html = hyper::header::HeaderValue::from_static("text/html; charset=utf-8");
    response
        .headers_mut()
        .insert(hyper::header::CONTENT_TYPE, html);
    response
}

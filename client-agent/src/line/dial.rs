//! TCP, TLS where the address asks for it, then a WebSocket or a plain HTTP/1.1 request.
//!
//! Never sends anything in clear beyond loopback: an address that would is refused before it is dialled.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_with_config};
use url::{Host, Url};
use vigie_protocol::AGENT_SUBPROTOCOL;

/// Largest message taken from the server: a charter's text, and the panel of one seat, fit many times.
const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// An open WebSocket.
pub(crate) type Dialled = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Neither `ws` nor `wss`, or no host.
    #[error("{0}: expected ws://… or wss://…")]
    NotWebSocket(Url),
    /// It would go over the network in clear.
    #[error(
        "{0}: ws:// is for this machine only; beyond it the server must be reached with wss://"
    )]
    InClear(Url),
    /// The certificates to trust cannot be read.
    #[error("certificates {}: cannot be read", path.display())]
    Authority {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// The cryptography is not usable.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// Why a socket could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// The network.
    #[error("cannot reach the server")]
    Network(#[source] io::Error),
    /// The server's answer.
    #[error("the server does not speak as expected")]
    WebSocket(#[source] Box<tokio_tungstenite::tungstenite::Error>),
}

/// How to reach the server.
#[derive(Debug)]
pub(crate) struct Dialler {
    server: Url,
    host: Host<String>,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
}

impl Dialler {
    pub(crate) fn new(server: &Url, authority: Option<&Path>) -> Result<Self, AddressError> {
        let wrong = || AddressError::NotWebSocket(server.clone());
        let host = server.host().ok_or_else(wrong)?.to_owned();
        let tls = match server.scheme() {
            "wss" => Some(Arc::new(tls(authority)?)),
            "ws" if is_loopback(&host) => None,
            "ws" => return Err(AddressError::InClear(server.clone())),
            _ => return Err(wrong()),
        };
        Ok(Self {
            server: server.clone(),
            port: server.port_or_known_default().ok_or_else(wrong)?,
            host,
            tls,
        })
    }

    /// The path of the server's address, without a slash at its end.
    pub(crate) fn path(&self) -> &str {
        self.server.path().trim_end_matches('/')
    }

    /// Host and port, for a `Host` header.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// A socket to the server, with TLS if its address asks for it.
    pub(crate) async fn stream(&self) -> Result<MaybeTlsStream<TcpStream>, DialError> {
        let (name, server_name) = match &self.host {
            Host::Domain(name) => (name.clone(), ServerName::try_from(name.clone()).ok()),
            Host::Ipv4(ip) => (ip.to_string(), Some(ServerName::from(IpAddr::from(*ip)))),
            Host::Ipv6(ip) => (ip.to_string(), Some(ServerName::from(IpAddr::from(*ip)))),
        };
        let tcp = TcpStream::connect((name.as_str(), self.port))
            .await
            .map_err(DialError::Network)?;
        tcp.set_nodelay(true).map_err(DialError::Network)?;
        let Some(tls) = &self.tls else {
            return Ok(MaybeTlsStream::Plain(tcp));
        };
        let server_name = server_name
            .ok_or_else(|| DialError::Network(io::Error::other("not a name for a certificate")))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(tls));
        let stream = connector.connect(server_name, tcp).await;
        stream
            .map(MaybeTlsStream::Rustls)
            .map_err(DialError::Network)
    }

    /// An open WebSocket of agents.
    pub(crate) async fn websocket(&self) -> Result<Dialled, DialError> {
        let fail = |error| DialError::WebSocket(Box::new(error));
        let mut request = self.server.as_str().into_client_request().map_err(fail)?;
        request.headers_mut().insert(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(AGENT_SUBPROTOCOL),
        );
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX))
            .read_buffer_size(16 << 10)
            .write_buffer_size(0);
        let stream = self.stream().await?;
        let (socket, _) = client_async_with_config(request, stream, Some(config))
            .await
            .map_err(fail)?;
        Ok(socket)
    }
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

fn tls(authority: Option<&Path>) -> Result<ClientConfig, AddressError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = authority {
        let fail = |source| AddressError::Authority {
            path: path.to_owned(),
            source,
        };
        for certificate in CertificateDer::pem_file_iter(path).map_err(fail)? {
            let added = roots.add(certificate.map_err(fail)?);
            added.map_err(AddressError::Tls)?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(AddressError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_machine_in_clear() {
        let dialler = |address: &str| Dialler::new(&Url::parse(address).unwrap(), None);
        for fine in [
            "ws://127.0.0.1:9/agent/v1",
            "ws://[::1]:9/agent/v1/",
            "ws://localhost/agent/v1",
            "wss://vigie.example/agent/v1",
        ] {
            assert_eq!(dialler(fine).unwrap().path(), "/agent/v1", "{fine}");
        }
        for refused in ["ws://vigie.example/agent/v1", "ws://192.168.1.10/agent/v1"] {
            assert!(
                matches!(dialler(refused), Err(AddressError::InClear(_))),
                "{refused}"
            );
        }
        for wrong in ["http://127.0.0.1/", "data:text"] {
            assert!(
                matches!(dialler(wrong), Err(AddressError::NotWebSocket(_))),
                "{wrong}"
            );
        }
    }
}

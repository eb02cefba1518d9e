//! TCP, TLS 1.3 where the address asks for it, then a WebSocket or a plain HTTP/1.1 request.
//!
//! Never sends anything in clear beyond loopback: an address that would is refused before it is dialled. Where the server's key
//! is known, its certificate is not looked at: the key is proven over the very connection, bound to it by [`Channel::exporter`],
//! before anything but a hello is said. So a school may exchange its certificate without touching a workstation.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_with_config};
use url::{Host, Url};
use vigie_protocol::AGENT_SUBPROTOCOL;
use vigie_protocol::frame::{EXPORTER_BYTES, EXPORTER_LABEL};

use crate::known::Known;

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

/// How the server is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// By its certificate: the usual authorities, and those that an adult gave.
    Authorities,
    /// By its key, which it proves over each link; its certificate may be any.
    Key,
}

impl Trust {
    /// Where the server's key is known, it is what is proven; else, or where an adult gave authorities, its certificate must hold.
    pub(crate) fn of(known: &Known, authority: Option<&Path>) -> Self {
        if known.is_known() && authority.is_none() {
            Self::Key
        } else {
            Self::Authorities
        }
    }
}

/// What a connection shares with its other end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Channel {
    /// RFC 9266, `tls-exporter`, base64 without padding (URL alphabet); none without TLS.
    pub(crate) exporter: Option<String>,
    /// The certificate that the server showed; none without TLS.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

/// How to reach the server.
#[derive(Debug)]
pub(crate) struct Dialler {
    trust: Trust,
    /// The certificate of the last link over which the server proved its key.
    proven: Mutex<Option<CertificateDer<'static>>>,
    server: Url,
    host: Host<String>,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
}

impl Dialler {
    pub(crate) fn new(
        server: &Url,
        authority: Option<&Path>,
        trust: Trust,
    ) -> Result<Self, AddressError> {
        let wrong = || AddressError::NotWebSocket(server.clone());
        let host = server.host().ok_or_else(wrong)?.to_owned();
        let tls = match server.scheme() {
            "wss" => Some(Arc::new(tls(authority, trust)?)),
            "ws" if is_loopback(&host) => None,
            "ws" => return Err(AddressError::InClear(server.clone())),
            _ => return Err(wrong()),
        };
        Ok(Self {
            trust,
            proven: Mutex::default(),
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

    /// The server proved its key over a link with this certificate: what else is asked of it is asked there.
    pub(crate) fn prove(&self, channel: Channel) {
        *self.proven.lock().unwrap_or_else(PoisonError::into_inner) = channel.certificate;
    }

    /// A socket for a request beside the link. Where the server is known by its key, it must show the certificate of the link
    /// over which it proved it.
    pub(crate) async fn beside(&self) -> Result<MaybeTlsStream<TcpStream>, DialError> {
        let stream = self.stream().await?;
        let shown = channel(&stream)?.certificate;
        let proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        if self.trust == Trust::Key && shown.is_some() && shown != *proven {
            let why = "the certificate is not that of the link";
            return Err(DialError::Network(io::Error::other(why)));
        }
        drop(proven);
        Ok(stream)
    }

    /// A socket to the server, with TLS if its address asks for it.
    async fn stream(&self) -> Result<MaybeTlsStream<TcpStream>, DialError> {
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

    /// An open WebSocket of agents, and what its connection shares with its other end.
    pub(crate) async fn websocket(&self) -> Result<(Dialled, Channel), DialError> {
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
        let channel = channel(&stream)?;
        let (socket, _) = client_async_with_config(request, stream, Some(config))
            .await
            .map_err(fail)?;
        Ok((socket, channel))
    }
}

fn channel(stream: &MaybeTlsStream<TcpStream>) -> Result<Channel, DialError> {
    let MaybeTlsStream::Rustls(stream) = stream else {
        return Ok(Channel::default());
    };
    let (_, tls) = stream.get_ref();
    let exporter = tls
        .export_keying_material([0; EXPORTER_BYTES], EXPORTER_LABEL, Some(&[]))
        .map_err(|error| DialError::Network(io::Error::other(error)))?;
    let shown = tls.peer_certificates().and_then(|chain| chain.first());
    Ok(Channel {
        exporter: Some(URL_SAFE_NO_PAD.encode(exporter)),
        certificate: shown.cloned().map(CertificateDer::into_owned),
    })
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

fn tls(authority: Option<&Path>, trust: Trust) -> Result<ClientConfig, AddressError> {
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
    // The exporter of older kinds may be shared with a third (RFC 9266, section 3).
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(AddressError::Tls)?;
    let config = match trust {
        Trust::Authorities => builder.with_root_certificates(roots),
        Trust::Key => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
    };
    Ok(config.with_no_client_auth())
}

/// Takes every certificate whose owner is at the other end, and asks nothing of who signed it: who the owner is, the link's own
/// handshake proves ([`crate::known`]).
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_machine_in_clear() {
        let dialler =
            |address: &str| Dialler::new(&Url::parse(address).unwrap(), None, Trust::Authorities);
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

//! The wire under everything: the server's own identity, its certificate, and what each TLS connection shares with its other end.
//!
//! Owns `keys/identity.key`, `keys/authority*` and `keys/server*`. Never speaks HTTP, never decides who may come in. Next:
//! [`identity`] for what agents pin, [`certificates`] for what browsers see, [`authority`] for a school without a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::ProtocolVersion;
use vigie_protocol::frame::{EXPORTER_BYTES, EXPORTER_LABEL};

mod authority;
pub(crate) mod certificates;
mod files;
mod identity;
mod names;

pub use authority::AuthorityError;
pub use certificates::CertificateError;
pub(crate) use certificates::{Certificates, Facts, Looked, Source};
pub use files::FileError;
pub(crate) use identity::Identity;
pub(crate) use names::names;

/// What a TLS connection shares with its other end alone; a connection without one is plain.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    /// RFC 9266, `tls-exporter`, base64 without padding (URL alphabet). None before TLS 1.3, whose older kinds may share it
    /// with a third.
    pub(crate) exporter: Option<String>,
}

impl Channel {
    /// Of a connection whose handshake is over.
    pub(crate) fn of(tls: &rustls::ServerConnection) -> Self {
        let modern = tls.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        let shared = || tls.export_keying_material([0; EXPORTER_BYTES], EXPORTER_LABEL, Some(&[]));
        Self {
            exporter: modern
                .then(|| shared().ok())
                .flatten()
                .map(|bytes| URL_SAFE_NO_PAD.encode(bytes)),
        }
    }
}

/// A digest as people compare it: capital hexadecimal in pairs.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

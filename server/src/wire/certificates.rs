//! The certificate that browsers see: one that the school was given, or one of the server's own authority.
//!
//! Owns which certificate is shown, and looks again whether its files changed or its time is running out: a new one is taken up
//! without a restart, and connections that are open keep theirs. A new pair that is no pair is said in the log, and the old one
//! stays. Never trusts anybody.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use vigie_protocol::{Span, Stamp};

use super::authority::{Authority, AuthorityError};
use super::files::{self, FileError, Kept};

/// A leaf of our own is made anew this long before it ends.
const RENEW: Span = Span::minutes(30 * 24 * 60);
/// A certificate that was given is complained about this long before it ends, once a day.
const COMPLAIN: Span = Span::minutes(21 * 24 * 60);

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Files that the school was given: the chain, the key.
    Given { certificate: PathBuf, key: PathBuf },
    /// The server's own authority, under this folder.
    Own { keys: PathBuf, names: Vec<String> },
}

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error("{}: no such file; it is named by the setting {setting}", file.display())]
    Missing {
        file: PathBuf,
        setting: &'static str,
    },
    #[error("{}: no certificate in PEM", file.display())]
    NoCertificate { file: PathBuf },
    #[error("{}: no private key in PEM that can be used", file.display())]
    NoKey { file: PathBuf },
    #[error("{}: the certificate is not of the key {}", file.display(), key.display())]
    NotAPair { file: PathBuf, key: PathBuf },
    #[error("{}: not a certificate that can be read", file.display())]
    Unreadable { file: PathBuf },
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// What there is to say about the certificate that is shown.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// The authority that a tablet must be told to trust: its certificate, DER and PEM. None for a certificate that was given.
    pub(crate) authority: Option<(Vec<u8>, String)>,
    /// Who signed it.
    pub(crate) issuer: String,
    pub(crate) ends: Stamp,
}

/// A certificate in use.
#[derive(Debug)]
struct Shown {
    key: Arc<CertifiedKey>,
    facts: Facts,
    seen: Seen,
}

/// What the files looked like: a change of either is a change.
type Seen = Vec<Option<(SystemTime, u64)>>;

/// The certificate in use, and where the next one comes from.
#[derive(Debug)]
pub(crate) struct Certificates {
    source: Source,
    shown: Arc<ArcSwap<Shown>>,
}

/// Whether a look at the files changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    Same,
    Taken,
}

impl Certificates {
    /// Reads the certificate, or makes one of our own.
    pub(crate) fn open(source: Source, now: Stamp) -> Result<Self, CertificateError> {
        let shown = load(&source, now)?;
        Ok(Self {
            source,
            shown: Arc::new(ArcSwap::from_pointee(shown)),
        })
    }

    /// How to speak TLS with what is shown, now and after every change.
    pub(crate) fn server_config(&self) -> Result<ServerConfig, CertificateError> {
        let resolver = Resolver(Arc::clone(&self.shown));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(CertificateError::Tls)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Early data could be sent twice by somebody else.
        config.max_early_data_size = 0;
        Ok(config)
    }

    /// What there is to say about the certificate that is shown.
    pub(crate) fn facts(&self) -> Facts {
        self.shown.load().facts.clone()
    }

    /// Looks at the files and at the time. What is wrong with a new certificate is the caller's to say; the old one stays.
    pub(crate) fn look(&self, now: Stamp) -> Result<Looked, CertificateError> {
        let shown = self.shown.load();
        let old = matches!(self.source, Source::Own { .. }) && shown.facts.ends - now < RENEW;
        if !old && look_at(&self.source) == shown.seen {
            return Ok(Looked::Same);
        }
        self.shown.store(Arc::new(load(&self.source, now)?));
        Ok(Looked::Taken)
    }

    /// Names of ours that a device which trusts our authority refuses all the same, at this moment: it was made for other ones.
    pub(crate) fn unvouched(&self, now: Stamp) -> Vec<String> {
        let (Source::Own { names, .. }, shown) = (&self.source, self.shown.load()) else {
            return Vec::new();
        };
        names
            .iter()
            .filter(|name| vouched(&shown, name, now).is_none())
            .cloned()
            .collect()
    }

    /// Until when, if that is soon and nobody but a person can do anything about it.
    pub(crate) fn ends_soon(&self, now: Stamp) -> Option<Stamp> {
        let ends = self.shown.load().facts.ends;
        (matches!(self.source, Source::Given { .. }) && ends - now < COMPLAIN).then_some(ends)
    }
}

/// Answers every name with the one certificate there is.
#[derive(Debug)]
struct Resolver(Arc<ArcSwap<Shown>>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.load().key))
    }
}

fn files_of(source: &Source) -> (PathBuf, PathBuf) {
    match source {
        Source::Given { certificate, key } => (certificate.clone(), key.clone()),
        Source::Own { keys, .. } => (keys.join("server.pem"), keys.join("server-key.pem")),
    }
}

fn look_at(source: &Source) -> Seen {
    let (certificate, key) = files_of(source);
    [certificate, key]
        .iter()
        .map(|file| {
            let about = std::fs::metadata(file).ok()?;
            Some((about.modified().ok()?, about.len()))
        })
        .collect()
}

fn load(source: &Source, now: Stamp) -> Result<Shown, CertificateError> {
    let (file, key_file) = files_of(source);
    match source {
        Source::Given { .. } => {
            let seen = look_at(source);
            let missing = |file: &Path, setting| CertificateError::Missing {
                file: file.to_owned(),
                setting,
            };
            let chain =
                files::read(&file, Kept::Open)?.ok_or_else(|| missing(&file, "tls.certificate"))?;
            // Whoever gave it decides who reads it: a certificate's tool may keep the key for a group.
            let key =
                files::read(&key_file, Kept::Open)?.ok_or_else(|| missing(&key_file, "tls.key"))?;
            pair((&file, &chain), (&key_file, &key), None, seen)
        }
        Source::Own { keys, names } => {
            let authority = Authority::open(keys, names, now)?;
            let anchor =
                CertificateDer::from_pem_slice(authority.pem.as_bytes()).map_err(|_| {
                    CertificateError::NoCertificate {
                        file: keys.join("authority.pem"),
                    }
                })?;
            let root = (anchor.to_vec(), authority.pem.clone());
            let kept = (
                files::read(&file, Kept::Open)?,
                files::read(&key_file, Kept::Secret)?,
            );
            if let (Some(leaf), Some(key)) = kept
                && let Ok(shown) = pair(
                    (&file, &leaf),
                    (&key_file, &key),
                    Some(root.clone()),
                    look_at(source),
                )
                && shown.facts.ends - now >= RENEW
                && is_for(&shown.key, names)
                && signed_by(&shown.key, &anchor)
            {
                return Ok(shown);
            }
            let (leaf, key) = authority.leaf(names, now)?;
            files::write(&key_file, key.as_bytes(), Kept::Secret)?;
            files::write(&file, leaf.as_bytes(), Kept::Open)?;
            pair(
                (&file, leaf.as_bytes()),
                (&key_file, key.as_bytes()),
                Some(root),
                look_at(source),
            )
        }
    }
}

/// A chain and its key, if they are a pair.
fn pair(
    (file, chain): (&Path, &[u8]),
    (key_file, key): (&Path, &[u8]),
    authority: Option<(Vec<u8>, String)>,
    seen: Seen,
) -> Result<Shown, CertificateError> {
    let no_certificate = || CertificateError::NoCertificate {
        file: file.to_owned(),
    };
    let no_key = || CertificateError::NoKey {
        file: key_file.to_owned(),
    };
    let mut chain = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| no_certificate())?;
    let leaf = chain.first().cloned().ok_or_else(no_certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| no_key())?;
    let key = ring::sign::any_supported_type(&key).map_err(|_| no_key())?;
    if let Some((der, _)) = &authority {
        chain.push(CertificateDer::from(der.clone()));
    }
    let pair = CertifiedKey::new(chain, key);
    if pair.keys_match().is_err() {
        return Err(CertificateError::NotAPair {
            file: file.to_owned(),
            key: key_file.to_owned(),
        });
    }
    let (_, read) =
        x509_parser::parse_x509_certificate(&leaf).map_err(|_| CertificateError::Unreadable {
            file: file.to_owned(),
        })?;
    Ok(Shown {
        facts: Facts {
            authority,
            issuer: read.issuer().to_string(),
            ends: Stamp(read.validity().not_after.timestamp().saturating_mul(1_000)),
        },
        key: Arc::new(pair),
        seen,
    })
}

/// Whether whoever trusts our authority, and nobody else, takes what is shown for this name.
fn vouched(shown: &Shown, name: &str, now: Stamp) -> Option<()> {
    let (authority, _) = shown.facts.authority.clone()?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority)).ok()?;
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .ok()?;
    let seconds = u64::try_from(now.0.div_euclid(1_000)).ok()?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let (leaf, rest) = shown.key.cert.split_first()?;
    let name = ServerName::try_from(name).ok()?;
    verifier
        .verify_server_cert(leaf, rest, &name, &[], at)
        .ok()
        .map(|_| ())
}

/// Whether a leaf of our own names everything that it should.
fn is_for(shown: &CertifiedKey, names: &[String]) -> bool {
    let Some(leaf) = shown.cert.first() else {
        return false;
    };
    let Ok(leaf) = rustls::server::ParsedCertificate::try_from(leaf) else {
        return false;
    };
    names.iter().all(|name| {
        ServerName::try_from(name.as_str())
            .is_ok_and(|name| rustls::client::verify_server_name(&leaf, &name).is_ok())
    })
}

/// Whether the authority is still the one that signed it: somebody may have made a new one.
fn signed_by(shown: &CertifiedKey, anchor: &CertificateDer<'_>) -> bool {
    let read = |der: &[u8]| {
        let (_, read) = x509_parser::parse_x509_certificate(der).ok()?;
        Some((
            read.issuer().as_raw().to_vec(),
            read.subject().as_raw().to_vec(),
            key_ids(&read),
        ))
    };
    let Some(leaf) = shown.cert.first().and_then(|leaf| read(leaf)) else {
        return false;
    };
    let Some(anchor) = read(anchor) else {
        return false;
    };
    leaf.0 == anchor.1 && leaf.2.0 == anchor.2.1
}

/// The ids of the key that signed a certificate, and of its own key.
fn key_ids(
    read: &x509_parser::certificate::X509Certificate<'_>,
) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    use x509_parser::extensions::ParsedExtension as Parsed;
    let mut ids = (None, None);
    for extension in read.extensions() {
        match extension.parsed_extension() {
            Parsed::AuthorityKeyIdentifier(id) => {
                ids.0 = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            Parsed::SubjectKeyIdentifier(id) => ids.1 = Some(id.0.to_vec()),
            _ => {}
        }
    }
    ids
}

#[cfg(test)]
mod tests;

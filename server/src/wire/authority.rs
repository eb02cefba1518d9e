//! A certificate authority of the server's own, for a school that has no certificate: made at the first run, trusted by hand on
//! each tablet, and good for nothing but this school's own names.
//!
//! Owns `keys/authority.pem` and its key. The leaf is short-lived and made anew by the server itself; the authority lasts, since
//! trusting it is work. Its name constraints (RFC 5280, 4.2.1.10) hold even if its key is stolen: it cannot speak for a bank.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, SerialNumber,
};
use time::OffsetDateTime;
use vigie_protocol::{Span, Stamp};

use super::files::{self, FileError, Kept};
use crate::ids;

/// How long the authority lasts.
const AUTHORITY: Span = Span::minutes(10 * 365 * 24 * 60);
/// How long a leaf lasts; browsers refuse more than 825 days of any authority that a person added.
const LEAF: Span = Span::minutes(90 * 24 * 60);
/// Clocks of tablets go wrong by minutes, and once by a day.
const EARLY: Span = Span::minutes(24 * 60);
/// Names that are a school's own whatever it is called: nobody else can have them (RFC 6762, RFC 8375, ICANN's `internal`).
const LOCAL: [&str; 5] = ["localhost", "local", "lan", "internal", "home.arpa"];
/// Addresses that are a network's own: RFC 1918, RFC 4193, RFC 3927, RFC 4291, loopback.
const PRIVATE: [&str; 8] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// Why there is no certificate of our own.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: not a certificate and key of an authority; delete both to make new ones, and every tablet must trust it again", file.display())]
    Damaged {
        file: PathBuf,
        #[source]
        source: rcgen::Error,
    },
    #[error("cannot make a certificate")]
    Make(#[source] rcgen::Error),
}

/// The authority.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, PEM.
    pub(super) pem: String,
}

impl Authority {
    /// Reads the authority under `keys`, or makes it when there is none.
    pub(super) fn open(keys: &Path, names: &[String], now: Stamp) -> Result<Self, AuthorityError> {
        let (file, key_file) = (keys.join("authority.pem"), keys.join("authority-key.pem"));
        let kept = (
            files::read(&file, Kept::Open)?,
            files::read(&key_file, Kept::Secret)?,
        );
        let (pem, key) = if let (Some(pem), Some(key)) = kept {
            (text(pem), text(key))
        } else {
            let key = KeyPair::generate().map_err(AuthorityError::Make)?;
            let certificate = authority(names, now)
                .self_signed(&key)
                .map_err(AuthorityError::Make)?;
            let (pem, key) = (certificate.pem(), key.serialize_pem());
            files::write(&key_file, key.as_bytes(), Kept::Secret)?;
            files::write(&file, pem.as_bytes(), Kept::Open)?;
            (pem, key)
        };
        let damaged = |source| AuthorityError::Damaged {
            file: file.clone(),
            source,
        };
        let key = KeyPair::from_pem(&key).map_err(damaged)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(damaged)?;
        Ok(Self { issuer, pem })
    }

    /// A fresh certificate for these names, and its key; both PEM.
    pub(super) fn leaf(
        &self,
        names: &[String],
        now: Stamp,
    ) -> Result<(String, String), AuthorityError> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names.iter().filter_map(|name| name_of(name)).collect();
        params.not_before = at(now - EARLY);
        params.not_after = at(now + LEAF);
        params.serial_number = Some(serial());
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(
            DnType::CommonName,
            names.first().map_or("Vigie", String::as_str),
        );
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(AuthorityError::Make)?;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .map_err(AuthorityError::Make)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }
}

fn authority(names: &[String], now: Stamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    let called = names.first().map_or("", String::as_str);
    params.not_before = at(now - EARLY);
    params.not_after = at(now + AUTHORITY);
    params.serial_number = Some(serial());
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("Vigie ({called})"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted(names),
        excluded_subtrees: Vec::new(),
    });
    params
}

/// What the authority may speak for: this school's names as they are set now, and what can be nobody else's.
fn permitted(names: &[String]) -> Vec<GeneralSubtree> {
    let own = names
        .iter()
        .filter_map(|name| match name.parse::<IpAddr>() {
            Ok(ip) if ip.is_loopback() => None,
            Err(_) if LOCAL.contains(&name.as_str()) => None,
            Ok(ip) => {
                let whole = if ip.is_ipv4() { 32 } else { 128 };
                Some(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
                    ip, whole,
                )))
            }
            Err(_) => Some(GeneralSubtree::DnsName(name.clone())),
        });
    let local = LOCAL.map(|name| GeneralSubtree::DnsName(name.to_owned()));
    let private = PRIVATE
        .iter()
        .filter_map(|net| net.parse().ok())
        .map(GeneralSubtree::IpAddress);
    own.chain(local).chain(private).collect()
}

fn name_of(name: &str) -> Option<SanType> {
    match name.parse::<IpAddr>() {
        Ok(ip) => Some(SanType::IpAddress(ip)),
        Err(_) => name.to_owned().try_into().ok().map(SanType::DnsName),
    }
}

fn serial() -> SerialNumber {
    let mut bytes: [u8; 16] = ids::bytes();
    if let Some(first) = bytes.first_mut() {
        // Positive, as RFC 5280, 4.1.2.2 has it.
        *first &= 0x7F;
    }
    SerialNumber::from_slice(&bytes)
}

fn at(stamp: Stamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(stamp.0.div_euclid(1_000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

//! The two tokens, as JWTs: a login's (15 minutes, one audience) and a device's (half a year, another): neither passes for the
//! other. HS256 only, under the key that the header names among ours.
//!
//! Never decides whether a login is alive: that is the row's. Never reads the clock.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vigie_protocol::Stamp;

use super::key::Secrets;

const ISSUER: &str = "vigie";

/// What a token is for: the header's type and the audience say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Login,
    Device,
}

impl Purpose {
    const fn kind(self) -> &'static str {
        match self {
            Self::Login => "vigie-login+jwt",
            Self::Device => "vigie-device+jwt",
        }
    }

    const fn audience(self) -> &'static str {
        match self {
            Self::Login => "vigie-pages",
            Self::Device => "vigie-sign-in",
        }
    }
}

/// What a login's token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LoginClaims {
    iss: String,
    aud: String,
    /// The adult.
    pub(super) sub: String,
    /// The login row.
    pub(super) sid: String,
    /// Which token of the login this is, from 1.
    pub(super) n: i64,
    /// Seconds since 1970.
    iat: i64,
    exp: i64,
}

/// What a device's token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeviceClaims {
    iss: String,
    aud: String,
    /// The adult who signed in with it.
    pub(super) sub: String,
    /// The device's id.
    pub(super) jti: String,
    iat: i64,
    exp: i64,
}

impl LoginClaims {
    pub(super) fn new((sub, sid, n): (&str, &str, i64), iat: Stamp, exp: Stamp) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: Purpose::Login.audience().to_owned(),
            sub: sub.to_owned(),
            sid: sid.to_owned(),
            n,
            iat: seconds(iat),
            exp: seconds(exp),
        }
    }
    pub(super) fn issued(&self) -> Stamp {
        Stamp(self.iat.saturating_mul(1_000))
    }
    pub(super) fn ends(&self) -> Stamp {
        Stamp(self.exp.saturating_mul(1_000))
    }
}

impl DeviceClaims {
    pub(super) fn new((sub, jti): (&str, &str), iat: Stamp, exp: Stamp) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: Purpose::Device.audience().to_owned(),
            sub: sub.to_owned(),
            jti: jti.to_owned(),
            iat: seconds(iat),
            exp: seconds(exp),
        }
    }
    pub(super) fn ends(&self) -> Stamp {
        Stamp(self.exp.saturating_mul(1_000))
    }
}

fn seconds(at: Stamp) -> i64 {
    at.0.div_euclid(1_000)
}

/// A key and its name.
struct Key {
    name: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Key {
    fn new(secret: &[u8; 32]) -> Self {
        let name = Sha256::digest([b"vigie key ".as_slice(), secret].concat())
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            name,
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
        }
    }
}

/// What signs, and what is believed.
pub(super) struct Keys {
    current: Key,
    old: Option<Key>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.current.name)
    }
}

impl Keys {
    pub(super) fn new(secrets: &Secrets) -> Self {
        Self {
            current: Key::new(&secrets.current),
            old: secrets.old.as_ref().map(Key::new),
        }
    }

    /// Signs; none when the claims have no JSON form, which ours have.
    pub(super) fn sign<T: Serialize>(&self, purpose: Purpose, claims: &T) -> Option<String> {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(purpose.kind().to_owned());
        header.kid = Some(self.current.name.clone());
        jsonwebtoken::encode(&header, claims, &self.current.encoding).ok()
    }

    /// The claims of a token that we signed for this purpose; whether it is still good is the caller's to say, by the one clock.
    pub(super) fn read<T: DeserializeOwned + Clone>(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Option<T> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some(purpose.kind()) {
            return None;
        }
        let name = header.kid?;
        let key = [Some(&self.current), self.old.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.name == name)?;
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_exp = false;
        rules.set_required_spec_claims(&["exp", "sub", "aud", "iss"]);
        rules.set_audience(&[purpose.audience()]);
        rules.set_issuer(&[ISSUER]);
        let read = jsonwebtoken::decode::<T>(token, &key.decoding, &rules).ok()?;
        Some(read.claims)
    }
}

//! Which server this workstation belongs to: its Ed25519 key, learned at the enrolment and never taken from anybody later.
//!
//! Owns the file `server`. Whoever cannot prove that key over the very connection is an impostor: it gets no proof, no token, and
//! can lock no screen. Never dials.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};

/// Why the server of a link is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Impostor {
    /// Another key than the one that is known.
    #[error("this is not the server that this workstation was enrolled with")]
    Other,
    /// The right key, and no proof of it: the connection ends at somebody in between.
    #[error("the server does not prove itself over this connection: something opens it on its way")]
    NotProved,
}

/// The server as it is known.
#[derive(Debug)]
pub(crate) struct Known {
    file: PathBuf,
    /// Its public key, base64 without padding (URL alphabet); none before the first link.
    key: Option<String>,
    kept: bool,
}

impl Known {
    /// Reads what is known under `data`. `told` is what an enrolment token says, which stands over what was known: an adult
    /// enrols the workstation elsewhere.
    pub(crate) fn open(data: &Path, told: Option<&str>) -> io::Result<Self> {
        let file = data.join("server");
        let kept = match fs::read_to_string(&file) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let key = told.map(ToOwned::to_owned).or_else(|| kept.clone());
        Ok(Self {
            file,
            kept: key.is_some() && key == kept,
            key,
        })
    }

    /// Whether there is a key to hold a server against.
    pub(crate) fn is_known(&self) -> bool {
        self.key.is_some()
    }

    /// Checks that `server` is the one that is known (or that none is yet), and that it signed `said`.
    pub(crate) fn check(&self, server: &str, said: &[u8], signature: &str) -> Result<(), Impostor> {
        if self.key.as_deref().is_some_and(|known| known != server) {
            return Err(Impostor::Other);
        }
        if holds(server, said, signature) {
            Ok(())
        } else {
            Err(Impostor::NotProved)
        }
    }

    /// The server welcomed us: from now on it is this one for ever.
    pub(crate) fn keep(&mut self, server: &str) -> io::Result<()> {
        if self.kept {
            return Ok(());
        }
        let new = self.file.with_extension("new");
        fs::write(&new, server)?;
        fs::File::open(&new)?.sync_all()?;
        fs::rename(&new, &self.file)?;
        self.key = Some(server.to_owned());
        self.kept = true;
        Ok(())
    }
}

/// A token as it is given out, in its two parts: the secret, and the server's key behind a dot.
pub(crate) fn parts(token: &str) -> (&str, Option<&str>) {
    match token.trim().split_once('.') {
        Some((secret, server)) => (secret, Some(server)),
        None => (token.trim(), None),
    }
}

fn holds(key: &str, text: &[u8], signature: &str) -> bool {
    let verified = || {
        let key: [u8; 32] = URL_SAFE_NO_PAD.decode(key).ok()?.try_into().ok()?;
        let signature: [u8; 64] = URL_SAFE_NO_PAD.decode(signature).ok()?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&key).ok()?;
        key.verify_strict(text, &Signature::from_bytes(&signature))
            .ok()
    };
    verified().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    fn public(key: &SigningKey) -> String {
        URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes())
    }

    fn sign(key: &SigningKey, text: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(key.sign(text).to_bytes())
    }

    #[test]
    fn the_first_server_that_proves_itself_is_the_one_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let (ours, other) = (
            SigningKey::from_bytes(&[1; 32]),
            SigningKey::from_bytes(&[2; 32]),
        );
        let mut known = Known::open(dir.path(), None).unwrap();
        assert!(!known.is_known());
        let proof = sign(&ours, b"said");
        assert_eq!(known.check(&public(&ours), b"said", &proof), Ok(()));
        assert_eq!(
            known.check(&public(&ours), b"said elsewhere", &proof),
            Err(Impostor::NotProved)
        );
        known.keep(&public(&ours)).unwrap();
        let known = Known::open(dir.path(), None).unwrap();
        assert!(known.is_known());
        assert_eq!(known.check(&public(&ours), b"said", &proof), Ok(()));
        assert_eq!(
            known.check(&public(&other), b"said", &sign(&other, b"said")),
            Err(Impostor::Other)
        );
        // An adult enrols the workstation with another server.
        let known = Known::open(dir.path(), Some(&public(&other))).unwrap();
        assert_eq!(
            known.check(&public(&ours), b"said", &proof),
            Err(Impostor::Other)
        );
    }

    #[test]
    fn a_token_says_whom_to_trust_or_says_nothing_of_it() {
        assert_eq!(parts("secret.server\n"), ("secret", Some("server")));
        assert_eq!(parts("secret"), ("secret", None));
    }
}

//! The server's own Ed25519 key: what a workstation knows it by, whatever its address and its certificate.
//!
//! Made at the first run, kept under `keys/`, in every backup. Losing it means enrolling every workstation again. Never signs
//! anything but the text of a link's own handshake.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};

use super::files::{self, FileError, Kept};
use crate::ids;

/// The key.
pub(crate) struct Identity(SigningKey);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Identity").field(&self.public()).finish()
    }
}

impl Identity {
    /// Reads the key under `data`, or makes it when there is none.
    pub(crate) fn open(data: &Path) -> Result<Self, FileError> {
        let file = data.join("keys").join("identity.key");
        let seed = if let Some(bytes) = files::read(&file, Kept::Secret)? {
            <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| FileError::File {
                file,
                doing: "understand",
                source: std::io::Error::other("it does not hold 32 bytes"),
            })?
        } else {
            let seed: [u8; 32] = ids::bytes();
            files::write(&file, &seed, Kept::Secret)?;
            seed
        };
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The public half: base64 without padding, URL alphabet.
    pub(crate) fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes())
    }

    /// Signs a handshake's text; the signature in the same encoding.
    pub(crate) fn sign(&self, text: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.0.sign(text).to_bytes())
    }

    /// An enrolment token as it is given out: the secret, and whom the workstation is to know by it.
    pub(crate) fn token(&self, secret: &str) -> String {
        format!("{secret}.{}", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_made_once_and_shows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let made = Identity::open(folder.path()).unwrap();
        let again = Identity::open(folder.path()).unwrap();
        assert_eq!(made.public(), again.public());
        assert_eq!(made.public().len(), 43);
        assert_eq!(
            format!("{made:?}"),
            format!("Identity({:?})", made.public())
        );
        std::fs::write(folder.path().join("keys/identity.key"), b"short").unwrap();
        assert!(Identity::open(folder.path()).is_err());
    }
}

//! The workstation's own Ed25519 key: made here, kept here (PKCS#8 PEM, readable by the agent alone), never sent.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signer, SigningKey};

use crate::ids::{self, NoRandomness};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file could not be read or written.
    #[error("key {}: cannot be read or written", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others can read it.
    #[error("key {}: others can read it (mode {mode:o}, expected 600)", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not an Ed25519 key in PKCS#8 PEM.
    #[error("key {}: not an Ed25519 private key", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// No new one can be made.
    #[error("key: none can be made")]
    Random(#[from] NoRandomness),
}

/// The key.
pub struct Key(SigningKey);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Key").field(&self.public()).finish()
    }
}

impl Key {
    /// Reads the key, or makes one when there is none. A key that others can read is refused.
    ///
    /// # Errors
    /// The file cannot be read, written or understood, or others can read it.
    pub fn open_or_make(path: &Path) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io {
            path: path.to_owned(),
            source,
        };
        match fs::read_to_string(path) {
            Ok(pem) => {
                let mode = fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(KeyError::Open {
                        path: path.to_owned(),
                        mode,
                    });
                }
                Self::read(&pem).ok_or_else(|| KeyError::Malformed {
                    path: path.to_owned(),
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(path),
            Err(error) => Err(io(error)),
        }
    }

    /// The public half: base64 without padding, URL alphabet.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes())
    }

    /// Signs a text; the signature in the same encoding.
    pub fn sign(&self, text: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.0.sign(text).to_bytes())
    }

    fn read(pem: &str) -> Option<Self> {
        SigningKey::from_pkcs8_pem(pem).ok().map(Self)
    }

    /// Written under another name first: a kill leaves a whole key or none.
    fn make(path: &Path) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io {
            path: path.to_owned(),
            source,
        };
        let key = SigningKey::from_bytes(&ids::seed()?);
        let pem = key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| KeyError::Malformed {
                path: path.to_owned(),
            })?;
        let new = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&new).map_err(io)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))
            .and_then(|()| file.write_all(pem.as_bytes()))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&new, path))
            .map_err(io)?;
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signature, VerifyingKey};

    #[test]
    fn a_key_is_made_once_kept_private_and_signs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let key = Key::open_or_make(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(Key::open_or_make(&path).unwrap().public(), key.public());
        let public: [u8; 32] = URL_SAFE_NO_PAD
            .decode(key.public())
            .unwrap()
            .try_into()
            .unwrap();
        let signature: [u8; 64] = URL_SAFE_NO_PAD
            .decode(key.sign(b"text"))
            .unwrap()
            .try_into()
            .unwrap();
        VerifyingKey::from_bytes(&public)
            .unwrap()
            .verify_strict(b"text", &Signature::from_bytes(&signature))
            .unwrap();
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_no_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        Key::open_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            Key::open_or_make(&path),
            Err(KeyError::Open { mode: 0o640, .. })
        ));
        fs::write(&path, "nonsense").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(
            Key::open_or_make(&path),
            Err(KeyError::Malformed { .. })
        ));
    }
}

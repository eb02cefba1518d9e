//! The signing key on disk: 32 random bytes that only the server's user may read.
//!
//! Never prints it, never takes one that others may read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::ids;

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot {doing} the signing key {}", file.display())]
    File {
        file: PathBuf,
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "the signing key {} can be read by others (mode {mode:o}); it must be 600: if others may have read it, delete it and start again, and everybody signs in anew",
        file.display()
    )]
    Exposed { file: PathBuf, mode: u32 },
    #[error("the signing key {} has {bytes} bytes instead of 32; delete it and start again, and everybody signs in anew", file.display())]
    Damaged { file: PathBuf, bytes: usize },
}

/// Reads the key, or makes it when there is none.
pub(super) fn read_or_make(file: &Path) -> Result<[u8; 32], KeyError> {
    let failed = |doing| {
        move |source| KeyError::File {
            file: file.to_owned(),
            doing,
            source,
        }
    };
    if !file.try_exists().map_err(failed("look for"))? {
        if let Some(folder) = file.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(failed("make the folder of"))?;
        }
        let secret: [u8; 32] = ids::bytes();
        // Written aside and renamed: a crash leaves no half of a key.
        let draft = file.with_extension("new");
        let mut opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .map_err(failed("write"))?;
        opened.write_all(&secret).map_err(failed("write"))?;
        opened.sync_all().map_err(failed("write"))?;
        fs::rename(&draft, file).map_err(failed("write"))?;
        return Ok(secret);
    }
    let mode = fs::metadata(file)
        .map_err(failed("look at"))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed {
            file: file.to_owned(),
            mode: mode & 0o777,
        });
    }
    let bytes = fs::read(file).map_err(failed("read"))?;
    <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| KeyError::Damaged {
        file: file.to_owned(),
        bytes: bytes.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys").join("login.key");
        let made = read_or_make(&file).unwrap();
        assert_eq!(made, read_or_make(&file).unwrap());
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read_or_make(&file).unwrap_err().to_string();
        assert!(error.contains("644"), "{error}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, b"short").unwrap();
        assert!(
            read_or_make(&file)
                .unwrap_err()
                .to_string()
                .contains("5 bytes")
        );
    }
}

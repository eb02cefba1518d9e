//! The files of `keys/`: read and written whole, a secret for the server's user alone.
//!
//! Never takes a secret that others may read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Why a file of `keys/` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot {doing} {}", file.display())]
    File {
        file: PathBuf,
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("{} can be read by others (mode {mode:o}); it must be 600, and be made anew if others may have read it", file.display())]
    Exposed { file: PathBuf, mode: u32 },
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The server's user alone.
    Secret,
    Open,
}

/// The file's bytes; none when there is no such file.
pub(super) fn read(file: &Path, kept: Kept) -> Result<Option<Vec<u8>>, FileError> {
    let failed = |source| FileError::File {
        file: file.to_owned(),
        doing: "read",
        source,
    };
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = fs::metadata(file).map_err(failed)?.permissions().mode();
    if kept == Kept::Secret && mode & 0o077 != 0 {
        return Err(FileError::Exposed {
            file: file.to_owned(),
            mode: mode & 0o777,
        });
    }
    Ok(Some(bytes))
}

/// Writes the file aside and renames it: a crash leaves the old one or the new one, whole.
pub(super) fn write(file: &Path, bytes: &[u8], kept: Kept) -> Result<(), FileError> {
    let failed = |source| FileError::File {
        file: file.to_owned(),
        doing: "write",
        source,
    };
    if let Some(folder) = file.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
    }
    let mode = match kept {
        Kept::Secret => 0o600,
        Kept::Open => 0o644,
    };
    let draft = file.with_extension("new");
    let mut opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&draft)
        .map_err(failed)?;
    // A draft that a crash left keeps the mode it had.
    opened
        .set_permissions(fs::Permissions::from_mode(mode))
        .and_then(|()| opened.write_all(bytes))
        .and_then(|()| opened.sync_all())
        .and_then(|()| fs::rename(&draft, file))
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_kept_from_others_and_refused_when_it_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys").join("some.key");
        assert!(read(&file, Kept::Secret).unwrap().is_none());
        write(&file, b"secret", Kept::Secret).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        assert_eq!(read(&file, Kept::Secret).unwrap().unwrap(), b"secret");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let error = read(&file, Kept::Secret).unwrap_err().to_string();
        assert!(error.contains("640"), "{error}");
        assert!(read(&file, Kept::Open).is_ok());
    }
}

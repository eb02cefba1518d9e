//! The data directory: made when missing, tried before anything is started, and held by one server at a time.
//!
//! Owns `vigie.lock`. Never looks into what the other files hold.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("cannot make the data directory {}", path.display())]
    Make {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot write into the data directory {}: is the disk full, or whose is the directory?", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("another server uses the data directory {}; stop it, or set another with `data` or VIGIE_DATA", path.display())]
    Taken { path: PathBuf },
}

/// A data directory that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _lock: File,
}

impl Place {
    /// Takes the directory. The kernel lets go of it when the process ends, however it ends.
    pub(crate) fn take(data: &Path) -> Result<Self, PlaceError> {
        make(data)?;
        probe(data).map_err(|source| PlaceError::Write {
            path: data.to_owned(),
            source,
        })?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(data.join("vigie.lock"))
            .map_err(|source| PlaceError::Write {
                path: data.to_owned(),
                source,
            })?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| PlaceError::Taken {
            path: data.to_owned(),
        })?;
        Ok(Self { _lock: lock })
    }
}

/// Makes the directory for its owner alone.
pub(crate) fn make(data: &Path) -> Result<(), PlaceError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|source| PlaceError::Make {
            path: data.to_owned(),
            source,
        })
}

/// Writes a page, makes it durable and takes it away again.
pub(crate) fn probe(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(".probe");
    let written = (|| {
        let mut file = File::create(&path)?;
        file.write_all(&[0; 4_096])?;
        file.sync_data()
    })();
    let gone = fs::remove_file(&path);
    written.and(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let held = Place::take(&data).unwrap();
        let second = Place::take(&data).unwrap_err();
        assert!(matches!(second, PlaceError::Taken { .. }), "{second}");
        drop(held);
        Place::take(&data).unwrap();
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::write(&data, b"not a directory").unwrap();
        let error = Place::take(&data).unwrap_err().to_string();
        assert!(error.contains(data.to_str().unwrap()), "{error}");
    }
}

//! Category lists compiled to one file that is mapped into memory.

use std::path::{Path, PathBuf};

use vigie_protocol::Digest;

/// A compiled list file, mapped.
#[derive(Debug)]
pub struct Lists {
    digest: Digest,
}

/// Why a list file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ListsError {
    /// The file could not be read or written.
    #[error("{}: {doing}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// It is not a list file, it is damaged, or it is of another version.
    #[error("{}: {fault}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
}

impl Lists {
    /// Maps a file that was adopted. Checks its shape, not its digest: that was done once, on adoption.
    pub fn open(_path: &Path) -> Result<Self, ListsError> {
        todo!()
    }

    /// Copies a list file into a directory of ours as `<digest>.vgl`, checks it in full, and opens the copy. A damaged file
    /// leaves nothing behind.
    pub fn adopt(_path: &Path, _into_dir: &Path) -> Result<Self, ListsError> {
        todo!()
    }

    /// SHA-256 of the file's content, as its header carries it.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

//! Bringing a list file into our own directory: copied, checked in full, synced, renamed. And mapping one that is there.
//!
//! The only unsafe of the crate is the mapping, and it maps only what was adopted. Never leaves a damaged copy behind.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::ListsError;
use super::format::{self, Layout};

/// Largest list file that is adopted, in bytes.
const FILE_MAX: u64 = 2 * 1024 * 1024 * 1024;

pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> ListsError {
    let path = path.to_owned();
    move |source| ListsError::Io {
        path,
        doing,
        source,
    }
}

#[expect(
    unsafe_code,
    reason = "a map is unsound if the file changes under it: ours are written once, made read-only and replaced by rename"
)]
pub(crate) fn map(path: &Path) -> Result<Mmap, ListsError> {
    let file = File::open(path).map_err(io(path, "opening the list file"))?;
    // SAFETY: the file is a private copy that nobody writes to after the rename; see the module's words.
    unsafe { Mmap::map(&file) }.map_err(io(path, "mapping the list file"))
}

/// Gives the path of the adopted copy.
pub(crate) fn adopt(path: &Path, into_dir: &Path) -> Result<PathBuf, ListsError> {
    let damaged = |fault: &str| ListsError::Damaged {
        path: path.to_owned(),
        fault: fault.to_owned(),
    };
    let file = File::open(path).map_err(io(path, "opening the list file"))?;
    let mut bytes = Vec::new();
    file.take(FILE_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(io(path, "reading the list file"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_MAX {
        return Err(damaged("larger than any list file"));
    }
    let layout = Layout::read(&bytes).map_err(damaged)?;
    if !format::is_whole(&bytes) {
        return Err(damaged("the content is not what its digest says"));
    }
    let kept = into_dir.join(format!("{}.vgl", layout.digest));
    write_private(&kept, &bytes)?;
    Ok(kept)
}

/// Writes a file beside its place, syncs it, makes it read-only, and renames it into place.
pub(crate) fn write_private(kept: &Path, bytes: &[u8]) -> Result<(), ListsError> {
    let dir = match kept.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let name = kept.file_name().unwrap_or_default().to_string_lossy();
    let fresh = dir.join(format!(".{name}.{}.part", std::process::id()));
    let written = write_synced(&fresh, bytes)
        .and_then(|()| fs::rename(&fresh, kept))
        .and_then(|()| File::open(dir)?.sync_all());
    written.map_err(|source| {
        let _ = fs::remove_file(&fresh);
        ListsError::Io {
            path: kept.to_owned(),
            doing: "writing the list file",
            source,
        }
    })
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)?;
    file.sync_all()
}

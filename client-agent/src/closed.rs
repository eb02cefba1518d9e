//! The data folder, closed to everybody else: keys, spool, charters and lists are for the agent's account alone.
//!
//! Looked at when the agent starts. What others could read is closed again, and said aloud; what is not ours is refused, for
//! nobody knows what its owner did with it. A key that others could read is not repaired: [`crate::keys`] refuses it.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Of a folder.
const FOLDER: u32 = 0o700;
/// Of a file.
const FILE: u32 = 0o600;
/// Folders within folders that are looked into; the agent makes one level.
const DEPTH_MAX: usize = 4;

/// Why the folder cannot be closed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be made, read or changed.
    #[error("{}: cannot be closed to other accounts", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another account owns it.
    #[error("{}: belongs to account {owner} and not to the agent's own {own}", path.display())]
    Foreign {
        /// Which file or folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
        /// The agent's.
        own: u32,
    },
    /// It is a link to somewhere else.
    #[error("{}: a symbolic link, which could lead anywhere", path.display())]
    Link {
        /// Which.
        path: PathBuf,
    },
}

/// What was open to others: a file or folder and the mode that it had.
pub type Found = (PathBuf, u32);

/// Makes the folder when it is not there, and closes it and all it holds. Says what had been open.
///
/// # Errors
/// Something in it is not ours, leads elsewhere, or cannot be changed.
pub fn close(data: &Path) -> Result<Vec<Found>, OpenError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(FOLDER);
    builder.create(data).map_err(|source| OpenError::Io {
        path: data.to_owned(),
        source,
    })?;
    let mut found = Vec::new();
    let own = rustix::process::geteuid().as_raw();
    walk(data, own, 0, &mut |path, mode, wanted| {
        found.push((path.to_owned(), mode));
        fs::set_permissions(path, Permissions::from_mode(wanted))
    })?;
    Ok(found)
}

/// What is open to others than its owner, without touching it.
///
/// # Errors
/// As [`close`].
pub fn look(data: &Path, owner: u32) -> Result<Vec<Found>, OpenError> {
    let mut found = Vec::new();
    walk(data, owner, 0, &mut |path, mode, _| {
        found.push((path.to_owned(), mode));
        Ok(())
    })?;
    Ok(found)
}

fn walk(
    path: &Path,
    own: u32,
    depth: usize,
    open: &mut impl FnMut(&Path, u32, u32) -> io::Result<()>,
) -> Result<(), OpenError> {
    let io = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    let about = fs::symlink_metadata(path).map_err(io)?;
    if about.is_symlink() {
        let path = path.to_owned();
        return Err(OpenError::Link { path });
    }
    if about.uid() != own {
        return Err(OpenError::Foreign {
            path: path.to_owned(),
            owner: about.uid(),
            own,
        });
    }
    let mode = about.permissions().mode() & 0o7777;
    let wanted = if about.is_dir() { FOLDER } else { FILE };
    let is_key = path.extension().is_some_and(|end| end == "pem");
    // The door is a socket, made for others to knock at; the folder around it keeps them out.
    let plain = about.is_dir() || about.is_file();
    if mode & 0o077 != 0 && plain && !is_key {
        open(path, mode, wanted).map_err(io)?;
    }
    if about.is_dir() && depth < DEPTH_MAX {
        for entry in fs::read_dir(path).map_err(io)? {
            let path = entry.map_err(io)?.path();
            walk(&path, own, depth.saturating_add(1), open)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn what_others_could_read_is_closed_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("agent");
        assert!(close(&data).unwrap().is_empty());
        assert_eq!(mode(&data), FOLDER);
        fs::create_dir(data.join("spool")).unwrap();
        for (name, open) in [
            ("spool", 0o755),
            ("spool/a.spool", 0o644),
            ("lease.json", 0o600),
        ] {
            let path = data.join(name);
            if !path.exists() {
                fs::write(&path, "x").unwrap();
            }
            fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
        }
        fs::set_permissions(&data, Permissions::from_mode(0o711)).unwrap();
        let looked = look(&data, rustix::process::geteuid().as_raw()).unwrap();
        let found = close(&data).unwrap();
        assert_eq!(looked, found);
        let mut found: Vec<_> = found
            .iter()
            .map(|(path, mode)| (path.strip_prefix(&data).unwrap().to_str().unwrap(), *mode))
            .collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [("", 0o711), ("spool", 0o755), ("spool/a.spool", 0o644)]
        );
        assert!(close(&data).unwrap().is_empty());
        assert_eq!(mode(&data.join("spool/a.spool")), FILE);
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("agent");
        close(&data).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", data.join("workstation")).unwrap();
        assert!(matches!(close(&data), Err(OpenError::Link { .. })));
    }

    #[test]
    fn what_another_account_owns_is_refused() {
        // Root can give a file away; anybody else looks at what is root's.
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("agent");
        close(&data).unwrap();
        let file = data.join("key.new");
        fs::write(&file, "x").unwrap();
        if std::os::unix::fs::chown(&file, Some(65_534), None).is_ok() {
            assert!(matches!(
                close(&data),
                Err(OpenError::Foreign { owner: 65_534, .. })
            ));
        } else {
            assert!(matches!(
                look(Path::new("/proc/1"), rustix::process::geteuid().as_raw()),
                Err(OpenError::Foreign { owner: 0, .. })
            ));
        }
    }
}

//! The signing keys on disk: 32 random bytes each, that only the server's user may read. `login.key` signs; `login.old.key`,
//! left by a rotation, is only believed.
//!
//! Never prints one, never takes one that others may read. Next: [`rotate`], for `vigie key rotate`.

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

/// The secrets under `keys/`: what signs, and what the last rotation left to believe.
#[derive(PartialEq, Eq)]
pub(super) struct Secrets {
    pub(super) current: [u8; 32],
    pub(super) old: Option<[u8; 32]>,
}

/// Reads the keys of a data directory; makes the first.
pub(super) fn read_or_make(data: &Path) -> Result<Secrets, KeyError> {
    let file = current(data);
    let failed = failed(&file);
    if !file.try_exists().map_err(failed("look for"))? {
        make(&file)?;
    }
    let old = old(data);
    let old = match old.try_exists() {
        Ok(true) => Some(read(&old)?),
        _ => None,
    };
    Ok(Secrets {
        current: read(&file)?,
        old,
    })
}

/// Signs with a new key from now on. What the one before signed is believed until the next rotation, or, when `at_once`, no
/// more: everybody signs in anew. A running server notices within seconds.
pub(crate) fn rotate(data: &Path, at_once: bool) -> Result<(), KeyError> {
    let (file, old) = (current(data), old(data));
    let failed = failed(&file);
    if at_once {
        match fs::remove_file(&old) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed("forget")(source));
            }
            _ => {}
        }
    } else if file.try_exists().map_err(failed("look for"))? {
        // Copied, not renamed: a server that starts meanwhile finds a key.
        fs::copy(&file, &old).map_err(failed("keep"))?;
        fs::set_permissions(&old, fs::Permissions::from_mode(0o600)).map_err(failed("keep"))?;
    }
    make(&file)
}

fn current(data: &Path) -> PathBuf {
    data.join("keys").join("login.key")
}

fn old(data: &Path) -> PathBuf {
    data.join("keys").join("login.old.key")
}

fn failed(file: &Path) -> impl Fn(&'static str) -> Box<dyn Fn(std::io::Error) -> KeyError> + use<> {
    let file = file.to_owned();
    move |doing| {
        let file = file.clone();
        Box::new(move |source| KeyError::File {
            file: file.clone(),
            doing,
            source,
        })
    }
}

fn make(file: &Path) -> Result<(), KeyError> {
    let failed = failed(file);
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
    fs::rename(&draft, file).map_err(failed("write"))
}

fn read(file: &Path) -> Result<[u8; 32], KeyError> {
    let failed = failed(file);
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
        let data = folder.path();
        let file = current(data);
        let made = read_or_make(data).unwrap();
        assert!(made == read_or_make(data).unwrap());
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let fault = || read_or_make(data).err().unwrap().to_string();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(fault().contains("644"), "{}", fault());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, b"short").unwrap();
        assert!(fault().contains("5 bytes"), "{}", fault());
    }

    #[test]
    fn a_rotation_keeps_the_key_before_it_and_a_sudden_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let first = read_or_make(data).unwrap();
        rotate(data, false).unwrap();
        let second = read_or_make(data).unwrap();
        assert!(second.old == Some(first.current) && second.current != first.current);
        rotate(data, true).unwrap();
        let third = read_or_make(data).unwrap();
        assert!(third.old.is_none() && third.current != second.current);
    }
}

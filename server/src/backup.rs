//! A copy of the data directory that is consistent while the server runs, and the way back.
//!
//! Owns the layout of a backup: the files as they stand in the data directory, and `manifest.json` with the digest of each.
//! Each database is copied by SQLite itself (`VACUUM INTO`: one read transaction, without free pages), the main tables first
//! and the audit log last, so that every witness and every projection is at most behind what it speaks of, which the server
//! heals by itself. Never overwrites: a backup is a new folder, and what is restored goes into an empty one. A backup holds what
//! retention will erase, so it has a day by which it must be gone: [`KEPT_DAYS`].

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vigie_protocol::{Span, Stamp};

use crate::clock::Clock;
use crate::retention;
use crate::store::open_sqlite;

/// Days that a backup is kept: then `vigie backup` erases it, and `vigie restore` refuses it. Short, since erasure is only as
/// good as the oldest backup: at its end nothing is older than the events' own retention plus this.
pub(crate) const KEPT_DAYS: i64 = 7;
/// The file that says what a backup holds.
const MANIFEST: &str = "manifest.json";
/// What a backup's folder begins with.
const PREFIX: &str = "vigie-";
/// Largest manifest read, bytes: a hundred bytes a file, and a school has some hundred files.
const MANIFEST_MAX: u64 = 4 << 20;

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Of the program that took it.
    version: String,
    pub(crate) taken_ms: i64,
    /// The moment by which it must be gone.
    pub(crate) destroy_by_ms: i64,
    pub(crate) files: Vec<Copied>,
}

/// One file of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Copied {
    /// Below the data directory, with slashes.
    path: String,
    bytes: u64,
    /// In hexadecimal.
    sha256: String,
}

/// Why there is no backup, or no way back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    #[error("cannot {doing} {}", path.display())]
    File {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot copy the database {}", path.display())]
    Database {
        path: PathBuf,
        #[source]
        source: DbErr,
    },
    #[error("{} holds no database: is it a data directory of Vigie?", path.display())]
    NoData { path: PathBuf },
    #[error("{} lies inside the data directory: a backup belongs elsewhere, best on another machine", path.display())]
    Inside { path: PathBuf },
    #[error("the manifest of {} cannot be read: {why}", path.display())]
    Manifest { path: PathBuf, why: String },
    #[error("{} is not what was backed up: {what}", path.display())]
    Damaged { path: PathBuf, what: &'static str },
    #[error("this backup had to be destroyed by now: what retention erased since would come back")]
    TooOld,
    #[error("{} is not empty: what is there would be lost; restore into a new directory", path.display())]
    NotEmpty { path: PathBuf },
}

fn failed(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::File {
        path,
        doing,
        source,
    }
}

/// Copies `data` into a new folder below `parent`; gives it.
pub(crate) async fn take(
    data: &Path,
    parent: &Path,
    clock: &Clock,
) -> Result<(PathBuf, Manifest), BackupError> {
    if !data.join("vigie.sqlite").is_file() {
        return Err(BackupError::NoData {
            path: data.to_owned(),
        });
    }
    make_folder(parent)?;
    let (real_data, real_parent) = (canonical(data)?, canonical(parent)?);
    if real_parent.starts_with(&real_data) {
        return Err(BackupError::Inside {
            path: parent.to_owned(),
        });
    }
    let now = clock.now();
    let name = format!("{PREFIX}{}-{}", clock.day(now), now.0);
    // Named as a backup only once it is whole.
    let draft = parent.join(format!(".{name}.part"));
    make_folder(&draft)?;
    let mut files = Vec::new();
    for path in listed(data)? {
        let (from, to) = (data.join(&path), draft.join(&path));
        if let Some(folder) = to.parent() {
            make_folder(folder)?;
        }
        let copied = if path.extension().is_some_and(|it| it == "sqlite") {
            copy_database(&from, &to).await?
        } else {
            copy_file(&from, &to)?
        };
        // Retention may have erased it since it was listed.
        if copied {
            let (bytes, sha256) = digest(&to)?;
            files.push(Copied {
                path: path.to_string_lossy().into_owned(),
                bytes,
                sha256,
            });
        }
    }
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_ms: now.0,
        destroy_by_ms: (now + Span::minutes(KEPT_DAYS * 24 * 60)).0,
        files,
    };
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    let file = draft.join(MANIFEST);
    write_file(&file, text.as_bytes()).map_err(failed(&file, "write"))?;
    let folder = parent.join(name);
    fs::rename(&draft, &folder).map_err(failed(&folder, "name"))?;
    Ok((folder, manifest))
}

/// Erases the backups below `parent` whose time is over; gives those that went.
pub(crate) fn erase_old(parent: &Path, now: Stamp) -> Result<Vec<PathBuf>, BackupError> {
    let mut gone = Vec::new();
    for entry in fs::read_dir(parent).map_err(failed(parent, "list"))? {
        let path = entry.map_err(failed(parent, "list"))?.path();
        let named = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with(PREFIX));
        // Only what is a backup of ours is touched.
        if !named || !path.join(MANIFEST).is_file() {
            continue;
        }
        let manifest = read_manifest(&path)?;
        if now.0 >= manifest.destroy_by_ms {
            for copied in &manifest.files {
                let file = path.join(safe(&path, &copied.path)?);
                retention::unlink(&file).map_err(failed(&file, "erase"))?;
            }
            fs::remove_dir_all(&path).map_err(failed(&path, "erase"))?;
            gone.push(path);
        }
    }
    gone.sort();
    Ok(gone)
}

/// Puts a backup back into `data`, which must be empty or missing. Every digest is checked before anything is written, and what
/// is written is checked again.
pub(crate) fn restore(from: &Path, data: &Path, now: Stamp) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(from)?;
    if now.0 >= manifest.destroy_by_ms {
        return Err(BackupError::TooOld);
    }
    let mut paths = Vec::new();
    for copied in &manifest.files {
        let path = safe(from, &copied.path)?;
        check(&from.join(&path), copied)?;
        paths.push(path);
    }
    make_folder(data)?;
    // The lock file is the one thing that a start leaves in an empty directory.
    let held = fs::read_dir(data)
        .map_err(failed(data, "list"))?
        .filter_map(Result::ok)
        .any(|entry| entry.file_name() != "vigie.lock");
    if held {
        return Err(BackupError::NotEmpty {
            path: data.to_owned(),
        });
    }
    for (copied, path) in manifest.files.iter().zip(paths) {
        let (source, target) = (from.join(&path), data.join(&path));
        if let Some(folder) = target.parent() {
            make_folder(folder)?;
        }
        copy_file(&source, &target)?;
        check(&target, copied)?;
    }
    Ok(manifest)
}

/// The files worth copying, in the order in which they must be: the main tables, what hangs on them, the audit log last.
fn listed(data: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let place = data.join(&folder);
        for entry in fs::read_dir(&place).map_err(failed(&place, "list"))? {
            let entry = entry.map_err(failed(&place, "list"))?;
            let kind = entry.file_type().map_err(failed(&place, "list"))?;
            let path = folder.join(entry.file_name());
            let name = entry.file_name().to_string_lossy().into_owned();
            // Logs and indexes are SQLite's own; locks, probes and drafts are a moment's; a damaged day is no data.
            let passing = name.ends_with("-wal")
                || name.ends_with("-shm")
                || matches!(
                    path.extension().and_then(|end| end.to_str()),
                    Some("lock" | "new")
                )
                || name.starts_with('.')
                || name.contains(".unreadable-");
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && !passing {
                found.push(path);
            }
        }
    }
    found.sort_by_key(|path| {
        let rank = match path.iter().next().and_then(|first| first.to_str()) {
            Some("vigie.sqlite") => 0,
            Some("alerts") => 1,
            Some("days") => 2,
            Some("audit") => 4,
            _ => 3,
        };
        (rank, path.clone())
    });
    Ok(found)
}

/// Lets SQLite write a copy of a database; false when it is gone.
async fn copy_database(from: &Path, to: &Path) -> Result<bool, BackupError> {
    if !from.is_file() {
        return Ok(false);
    }
    let database = |source| BackupError::Database {
        path: from.to_owned(),
        source,
    };
    let db = open_sqlite(from, 1).await.map_err(database)?;
    let copy = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "VACUUM INTO $1",
        [to.to_string_lossy().into_owned().into()],
    );
    let copied = db.execute_raw(copy).await;
    let closed = db.close().await;
    copied.map_err(database)?;
    closed.map_err(database)?;
    let file = File::open(to).map_err(failed(to, "open"))?;
    fs::set_permissions(to, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .map_err(failed(to, "guard"))?;
    file.sync_all().map_err(failed(to, "write"))?;
    Ok(true)
}

/// Copies a file that is written once and renamed into its place; false when it is gone.
fn copy_file(from: &Path, to: &Path) -> Result<bool, BackupError> {
    let bytes = match fs::read(from) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(from, "read")(error)),
    };
    write_file(to, &bytes).map_err(failed(to, "write"))?;
    Ok(true)
}

fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

fn make_folder(path: &Path) -> Result<(), BackupError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed(path, "make"))
}

fn canonical(path: &Path) -> Result<PathBuf, BackupError> {
    path.canonicalize().map_err(failed(path, "find"))
}

fn digest(path: &Path) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(failed(path, "read"))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1_024];
    let mut bytes = 0_u64;
    loop {
        let read = file.read(&mut buffer).map_err(failed(path, "read"))?;
        let Some(some) = buffer.get(..read).filter(|some| !some.is_empty()) else {
            break;
        };
        hasher.update(some);
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    let digest = hasher.finalize();
    let text = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((bytes, text))
}

fn check(path: &Path, copied: &Copied) -> Result<(), BackupError> {
    let damaged = |what| BackupError::Damaged {
        path: path.to_owned(),
        what,
    };
    if !path.is_file() {
        return Err(damaged("it is missing"));
    }
    let (bytes, sha256) = digest(path)?;
    if bytes != copied.bytes {
        return Err(damaged("its size differs"));
    }
    if sha256 != copied.sha256 {
        return Err(damaged("its digest differs"));
    }
    Ok(())
}

fn read_manifest(folder: &Path) -> Result<Manifest, BackupError> {
    let path = folder.join(MANIFEST);
    let unread = |why: String| BackupError::Manifest {
        path: folder.to_owned(),
        why,
    };
    let size = fs::metadata(&path).map_err(failed(&path, "read"))?.len();
    if size > MANIFEST_MAX {
        return Err(unread(format!("it has {size} bytes")));
    }
    let text = fs::read_to_string(&path).map_err(failed(&path, "read"))?;
    serde_json::from_str(&text).map_err(|error| unread(error.to_string()))
}

/// A path that stays below the folder that it is joined to.
fn safe(backup: &Path, text: &str) -> Result<PathBuf, BackupError> {
    let path = Path::new(text);
    let plain = !text.is_empty()
        && path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
    if plain {
        Ok(path.to_owned())
    } else {
        Err(BackupError::Manifest {
            path: backup.to_owned(),
            why: format!("{text:?} leads out of the data directory"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use jiff::tz::TimeZone;

    const NOW: Stamp = Stamp(1_764_000_000_000);

    async fn backed_up() -> (tempfile::TempDir, PathBuf, Clock) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir_all(data.join("keys")).unwrap();
        fs::write(data.join("keys/login.key"), [7; 32]).unwrap();
        fs::write(data.join("vigie.lock"), "").unwrap();
        Store::open(&data).await.unwrap().close().await.unwrap();
        let (clock, _hand) = Clock::by_hand(NOW, TimeZone::UTC);
        let (backup, _) = take(&data, &folder.path().join("kept"), &clock)
            .await
            .unwrap();
        (folder, backup, clock)
    }

    #[tokio::test]
    async fn a_byte_that_changed_a_file_that_is_gone_and_a_path_that_climbs_are_refused() {
        let (folder, backup, _) = backed_up().await;
        let target = folder.path().join("back");
        let refused = || restore(&backup, &target, NOW).unwrap_err().to_string();
        let key = backup.join("keys/login.key");
        fs::write(&key, [8; 32]).unwrap();
        assert!(refused().contains("digest"), "{}", refused());
        fs::write(&key, [7; 31]).unwrap();
        assert!(refused().contains("size"), "{}", refused());
        fs::remove_file(&key).unwrap();
        assert!(refused().contains("missing"), "{}", refused());
        fs::write(&key, [7; 32]).unwrap();
        let manifest = backup.join(MANIFEST);
        let text = fs::read_to_string(&manifest).unwrap();
        for climbing in ["../../etc/cron.d/x", "/etc/passwd", "keys/../../x"] {
            fs::write(&manifest, text.replace("keys/login.key", climbing)).unwrap();
            assert!(refused().contains("leads out"), "{}", refused());
        }
        fs::write(&manifest, &text).unwrap();
        assert!(!target.exists(), "nothing was written");
        restore(&backup, &target, NOW).unwrap();
        assert_eq!(fs::read(target.join("keys/login.key")).unwrap(), [7; 32]);
        assert!(refused().contains("not empty"), "{}", refused());
    }

    #[tokio::test]
    async fn a_backup_is_erased_and_refused_when_its_time_is_over() {
        let (folder, backup, _) = backed_up().await;
        let parent = folder.path().join("kept");
        fs::create_dir(parent.join("vigie-not-a-backup")).unwrap();
        let end = NOW + Span::minutes(KEPT_DAYS * 24 * 60);
        assert!(erase_old(&parent, Stamp(end.0 - 1)).unwrap().is_empty());
        let old = restore(&backup, &folder.path().join("back"), end);
        assert!(matches!(old, Err(BackupError::TooOld)), "{old:?}");
        assert_eq!(
            erase_old(&parent, end).unwrap(),
            std::slice::from_ref(&backup)
        );
        assert!(!backup.exists() && parent.join("vigie-not-a-backup").exists());
    }

    #[tokio::test]
    async fn a_backup_does_not_go_into_what_it_copies() {
        let (folder, _, clock) = backed_up().await;
        let data = folder.path().join("data");
        let inside = take(&data, &data.join("backups"), &clock).await;
        assert!(
            matches!(inside, Err(BackupError::Inside { .. })),
            "{inside:?}"
        );
        let nothing = take(folder.path(), &folder.path().join("x"), &clock).await;
        assert!(
            matches!(nothing, Err(BackupError::NoData { .. })),
            "{nothing:?}"
        );
    }
}

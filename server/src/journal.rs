//! The journal on disk: one SQLite file a day, holding everything of the sessions that started on it.
//!
//! Owns the files under `days/`: opening, reading back in order, erasing. Never appends: the one [`crate::writer`] does.
//! A day's file is only ever made by the run that opens a session, so a file that is missing is a day that was erased.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ColumnTrait, ConnectOptions, Database, DatabaseConnection, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use vigie_migrations::{Days, MigratorTrait};
use vigie_protocol::{Day, EstablishmentId, Rev, RoomId, SessionId, Stamp};
use vigie_room::{Record, Room};

pub(crate) mod entities;

use entities::{head, run};

/// How long a connection waits for a lock of another before it fails; only the checkpoint and a reader ever hold one.
const BUSY_MAX: Duration = Duration::from_secs(2);

/// The days, and which of them exist.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    /// Most pages that a day's file may hold; 0 is no limit but the disk's. Beyond it appends fail as on a full disk.
    pages_max: AtomicU32,
    /// Days that were erased while the server ran: no run may make their file again.
    erased: Mutex<BTreeSet<Day>>,
}

/// Why a part of the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error("cannot {doing} the journal of {day}")]
    Database {
        day: Day,
        doing: &'static str,
        #[source]
        source: DbErr,
    },
    #[error("cannot {doing} {}", file.display())]
    File {
        file: PathBuf,
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
    /// The rows are there and do not make a journal.
    #[error("the journal of session {session} is damaged at rev {rev}: {what}")]
    Damaged {
        session: SessionId,
        rev: Rev,
        what: String,
    },
}

/// A session that a day holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) session: SessionId,
    pub(crate) establishment: EstablishmentId,
    pub(crate) room: RoomId,
    pub(crate) opened: Stamp,
    pub(crate) closed: Option<Stamp>,
}

impl Journal {
    /// Takes `folder` (made when missing) as the place of the day files.
    pub(crate) fn open(folder: &Path) -> Result<Self, JournalError> {
        std::fs::create_dir_all(folder).map_err(|source| JournalError::File {
            file: folder.to_owned(),
            doing: "make the folder",
            source,
        })?;
        Ok(Self {
            shared: Arc::new(Shared {
                folder: folder.to_owned(),
                pages_max: AtomicU32::new(0),
                erased: Mutex::default(),
            }),
        })
    }

    #[cfg(test)]
    /// Limits each day's file to so many pages of 4 KiB (0: none), from the next append on.
    pub(crate) fn limit_pages(&self, pages_max: u32) {
        self.shared.pages_max.store(pages_max, Ordering::Relaxed);
    }

    /// The limit in force.
    pub(crate) fn pages_max(&self) -> u32 {
        self.shared.pages_max.load(Ordering::Relaxed)
    }

    /// The days of which retention has something to erase: those with a file, and those whose damaged file was set aside.
    pub(crate) fn days_kept(&self) -> Result<Vec<Day>, JournalError> {
        let mut days = self.named(|name| name.split(".unreadable-").next())?;
        days.extend(self.days()?);
        days.sort_unstable();
        days.dedup();
        Ok(days)
    }

    /// The days that have a file, oldest first.
    pub(crate) fn days(&self) -> Result<Vec<Day>, JournalError> {
        self.named(|name| name.strip_suffix(".sqlite"))
    }

    /// The days that the folder's names give, oldest first.
    fn named(&self, day_of: impl Fn(&str) -> Option<&str>) -> Result<Vec<Day>, JournalError> {
        let failed = |source| JournalError::File {
            file: self.shared.folder.clone(),
            doing: "list",
            source,
        };
        let mut days = Vec::new();
        for entry in std::fs::read_dir(&self.shared.folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let day = name.to_str().and_then(&day_of);
            days.extend(day.and_then(|day| day.parse::<Day>().ok()));
        }
        days.sort_unstable();
        Ok(days)
    }

    /// The sessions of a day; none when the day is erased.
    pub(crate) async fn heads(&self, day: Day) -> Result<Vec<Head>, JournalError> {
        let Some(db) = self.connect(day, Making::Never).await? else {
            return Ok(Vec::new());
        };
        let rows = head::Entity::find()
            .order_by_asc(head::Column::OpenedMs)
            .all(&db)
            .await;
        close(db).await;
        let rows = rows.map_err(|source| JournalError::Database {
            day,
            doing: "read the sessions of",
            source,
        })?;
        Ok(rows.into_iter().filter_map(from_row).collect())
    }

    /// What a day says of one session; none when the day is erased or never knew it.
    pub(crate) async fn head(&self, session: &SessionId) -> Result<Option<Head>, JournalError> {
        let heads = self.heads(session.day).await?;
        Ok(heads.into_iter().find(|head| head.session == *session))
    }

    /// A session's records in order; none when the day is erased or never knew the session.
    pub(crate) async fn read(
        &self,
        session: &SessionId,
    ) -> Result<Option<Vec<Record>>, JournalError> {
        let day = session.day;
        let Some(db) = self.connect(day, Making::Never).await? else {
            return Ok(None);
        };
        let rows = run::Entity::find()
            .filter(run::Column::Day.eq(day.to_string()))
            .filter(run::Column::Session.eq(session.to_string()))
            .order_by_asc(run::Column::FirstRev)
            .all(&db)
            .await;
        close(db).await;
        let rows = rows.map_err(|source| JournalError::Database {
            day,
            doing: "read",
            source,
        })?;
        if rows.is_empty() {
            return Ok(None);
        }
        records(session, rows).map(Some)
    }

    /// The closed sessions of a day, each with the last rev that is recorded; none when the day is erased.
    pub(crate) async fn closed_through(
        &self,
        day: Day,
    ) -> Result<Vec<(SessionId, Rev)>, JournalError> {
        let closed: BTreeSet<SessionId> = self
            .heads(day)
            .await?
            .into_iter()
            .filter(|head| head.closed.is_some())
            .map(|head| head.session)
            .collect();
        let Some(db) = self.connect(day, Making::Never).await? else {
            return Ok(Vec::new());
        };
        let rows: Result<Vec<(String, Option<i64>)>, DbErr> = run::Entity::find()
            .select_only()
            .column(run::Column::Session)
            .column_as(run::Column::LastRev.max(), "through")
            .group_by(run::Column::Session)
            .into_tuple()
            .all(&db)
            .await;
        close(db).await;
        let rows = rows.map_err(|source| JournalError::Database {
            day,
            doing: "read",
            source,
        })?;
        Ok(rows
            .into_iter()
            .filter_map(|(session, through)| {
                let session = session.parse().ok().filter(|id| closed.contains(id))?;
                Some((session, Rev(u64::try_from(through?).ok()?)))
            })
            .collect())
    }

    /// Folds a session's records back into its room; none when the day is erased or never knew the session.
    pub(crate) async fn fold(&self, session: &SessionId) -> Result<Option<Room>, JournalError> {
        let Some(records) = self.read(session).await? else {
            return Ok(None);
        };
        let mut room = Room::new(session.clone());
        for record in &records {
            vigie_room::apply(&mut room, record);
        }
        Ok(Some(room))
    }

    /// Whether a day's file exists.
    pub(crate) fn holds(&self, day: Day) -> bool {
        !self.is_erased(day) && self.file(day).exists()
    }

    /// Erases a day: its files are overwritten and unlinked, and late events of its sessions find nothing from now on. Says whether there was any.
    pub(crate) fn erase(&self, day: Day) -> Result<bool, JournalError> {
        self.shared
            .erased
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(day);
        let failed = |file: PathBuf, doing| {
            move |source| JournalError::File {
                file,
                doing,
                source,
            }
        };
        let file = self.file(day);
        let mut any = file.exists();
        crate::retention::unlink(&file).map_err(failed(file.clone(), "erase"))?;
        // What was set aside as damaged holds the same words.
        let aside = format!("{day}.unreadable-");
        let folder = &self.shared.folder;
        for entry in std::fs::read_dir(folder).map_err(failed(folder.clone(), "list"))? {
            let entry = entry.map_err(failed(folder.clone(), "list"))?;
            if entry.file_name().to_string_lossy().starts_with(&aside) {
                let file = entry.path();
                crate::retention::unlink(&file).map_err(failed(file.clone(), "erase"))?;
                any = true;
            }
        }
        Ok(any)
    }

    /// Renames a day's file that cannot be read, so that today's sessions can be opened; it is kept as long as the day would be.
    pub(crate) fn set_aside(&self, day: Day, now: Stamp) -> Result<PathBuf, JournalError> {
        let aside = self
            .shared
            .folder
            .join(format!("{day}.unreadable-{}", now.0));
        for suffix in ["", "-wal", "-shm"] {
            let mut from = self.file(day).into_os_string();
            from.push(suffix);
            let mut to = aside.clone().into_os_string();
            to.push(suffix);
            match std::fs::rename(&from, &to) {
                Ok(()) => {}
                Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => {
                    return Err(JournalError::File {
                        file: from.into(),
                        doing: "set aside",
                        source,
                    });
                }
            }
        }
        Ok(aside)
    }

    /// One connection to a day, its tables up to date; none when the day is erased (or, unless it may be made, not there).
    pub(crate) async fn connect(
        &self,
        day: Day,
        making: Making,
    ) -> Result<Option<DatabaseConnection>, JournalError> {
        let file = self.file(day);
        if self.is_erased(day) || (making == Making::Never && !file.exists()) {
            return Ok(None);
        }
        let failed = |source| JournalError::Database {
            day,
            doing: "open",
            source,
        };
        let pages_max = self.pages_max();
        let mut options = ConnectOptions::new("sqlite://");
        options
            .max_connections(1)
            .min_connections(0)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |sqlite| {
                let sqlite = sqlite
                    .filename(&file)
                    .create_if_missing(making == Making::IfMissing)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(BUSY_MAX)
                    // The checkpoint has a connection and a task of its own: run inline it is the ack's tail.
                    .pragma("wal_autocheckpoint", "0");
                if pages_max == 0 {
                    sqlite
                } else {
                    sqlite.pragma("max_page_count", pages_max.to_string())
                }
            });
        let db = Database::connect(options).await.map_err(failed)?;
        if making == Making::IfMissing {
            Days::up(&db, None).await.map_err(failed)?;
        }
        Ok(Some(db))
    }

    fn is_erased(&self, day: Day) -> bool {
        self.shared
            .erased
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&day)
    }

    fn file(&self, day: Day) -> PathBuf {
        self.shared.folder.join(format!("{day}.sqlite"))
    }
}

/// Whether a connection may make its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Making {
    Never,
    IfMissing,
}

/// Closes a connection and waits for it: the last one to close folds the WAL into the file.
pub(crate) async fn close(db: DatabaseConnection) {
    if let Err(error) = db.close().await {
        tracing::debug!(%error, "a connection to the journal did not close cleanly");
    }
}

/// Whether an error says that the file itself is damaged or no database at all.
pub(crate) fn is_unreadable(error: &JournalError) -> bool {
    let JournalError::Database { source, .. } = error else {
        return matches!(error, JournalError::Damaged { .. });
    };
    matches!(
        code(source).as_deref(),
        Some("11" | "26" | "267" | "523" | "779")
    )
}

/// SQLite's extended result code of an error, when it has one.
pub(crate) fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Conn(inner) | DbErr::Exec(inner) | DbErr::Query(inner)) = error else {
        return None;
    };
    let sea_orm::RuntimeErr::SqlxError(inner) = inner else {
        return None;
    };
    inner
        .as_database_error()
        .and_then(|inner| inner.code().map(std::borrow::Cow::into_owned))
}

fn from_row(row: head::Model) -> Option<Head> {
    Some(Head {
        session: row.session.parse().ok()?,
        establishment: EstablishmentId::new(row.establishment),
        room: RoomId::new(row.room),
        opened: Stamp(row.opened_ms),
        closed: row.closed_ms.map(Stamp),
    })
}

/// The rows' records, checked to follow one another from rev 1.
fn records(session: &SessionId, rows: Vec<run::Model>) -> Result<Vec<Record>, JournalError> {
    let mut all: Vec<Record> = Vec::new();
    for row in rows {
        let rev = Rev(u64::try_from(row.first_rev).unwrap_or(0));
        let damaged = |what: String| JournalError::Damaged {
            session: session.clone(),
            rev,
            what,
        };
        let next = i64::try_from(all.len())
            .unwrap_or(i64::MAX)
            .saturating_add(1);
        if row.first_rev != next {
            return Err(damaged(format!("the run before it ends at {}", next - 1)));
        }
        let some: Vec<Record> =
            serde_json::from_str(&row.body).map_err(|error| damaged(error.to_string()))?;
        all.extend(some);
        if i64::try_from(all.len()).ok() != Some(row.last_rev) {
            return Err(damaged(format!("its run should end at {}", row.last_rev)));
        }
    }
    Ok(all)
}

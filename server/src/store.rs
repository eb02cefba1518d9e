//! The main tables, in the words of the glossary: schools, rooms, people, logins, charters, sessions.
//!
//! Owns the connection to the main database and the cache of names. Never holds an event: those are the journal's.
//! Every query that serves an adult takes an establishment. Next: [`places`], [`people`], [`logins`], [`rules`].

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr};
use tokio::sync::Notify;
use vigie_migrations::{MigratorTrait, Tables};
use vigie_protocol::EstablishmentId;

pub(crate) mod enrolment;
pub(crate) mod entities;
pub(crate) mod logins;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod planned;
pub(crate) mod rules;
pub(crate) mod setup;
mod witness;

pub(crate) use people::Names;

/// Connections to the main database: it is small, and SQLite has one writer anyhow.
const CONNECTIONS_MAX: u32 = 8;
/// How long a query waits for SQLite's one writer before it fails.
const BUSY_MAX: Duration = Duration::from_secs(5);

/// What the database refused, and while doing what.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing}")]
pub(crate) struct StoreError {
    pub(crate) doing: &'static str,
    #[source]
    pub(crate) source: DbErr,
}

/// Names a query for its error.
pub(crate) trait Doing<T> {
    /// `doing` completes the sentence "cannot …".
    fn doing(self, doing: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError { doing, source })
    }
}

/// The main tables. Cloning shares the connections and the names.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: DatabaseConnection,
    names: Arc<ArcSwap<BTreeMap<EstablishmentId, Arc<Names>>>>,
    /// Told when this process changed somebody's rights.
    rights: Arc<Notify>,
}

impl Store {
    /// Opens `vigie.sqlite` under `data`, brings its tables up to date and reads the names.
    pub(crate) async fn open(data: &Path) -> Result<Self, StoreError> {
        let db = open_sqlite(&data.join("vigie.sqlite"), CONNECTIONS_MAX)
            .await
            .doing("open the main database")?;
        Self::over(db).await
    }

    /// Takes a connection that is open already.
    pub(crate) async fn over(db: DatabaseConnection) -> Result<Self, StoreError> {
        Tables::up(&db, None)
            .await
            .doing("bring the main tables up to date")?;
        let store = Self {
            db,
            names: Arc::default(),
            rights: Arc::default(),
        };
        store.refresh_names().await?;
        Ok(store)
    }

    /// The connection, for a file of `store` only.
    pub(crate) fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// The names of a school, as of the last refresh; never waits.
    pub(crate) fn names(&self, establishment: &EstablishmentId) -> Arc<Names> {
        self.names
            .load()
            .get(establishment)
            .cloned()
            .unwrap_or_default()
    }

    /// Closes the connections, so that the file needs no recovery.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.db.close_by_ref().await
    }

    /// Folds the write-ahead log into the file and empties it, so that nothing deleted is left in it. Readers who are in the way
    /// leave it for the next time.
    pub(crate) async fn fold_log(&self) -> Result<(), StoreError> {
        if self.db.get_database_backend() == DbBackend::Sqlite {
            self.db
                .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
                .await
                .doing("fold the log of the main database")?;
        }
        Ok(())
    }

    /// Whether the database answers: a real query, for the health check.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        self.db
            .execute_unprepared("SELECT 1")
            .await
            .doing("reach the main database")?;
        Ok(())
    }
}

/// Opens a SQLite file as every database of Vigie is opened: created when missing, WAL, `synchronous=FULL`.
pub(crate) async fn open_sqlite(
    file: &Path,
    connections: u32,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite://");
    let file = file.to_owned();
    options
        .max_connections(connections)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&file)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(BUSY_MAX)
                // What is deleted is overwritten with zeros: erased words must not stay in free pages.
                .pragma("secure_delete", "ON")
        });
    Database::connect(options).await
}

#[cfg(test)]
mod tests;

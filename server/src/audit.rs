//! The audit log: every adult act on a pupil's data, in files of its own, one a month, for the DPO alone.
//!
//! Owns the files under `audit/`. Never holds what was seen, only who saw or did, when and where. One task owns the open
//! file; an act that cannot be written down does not happen. Lines are chained by digests, and the main tables witness the
//! chain's end. Next: [`chain`] for what that proves, [`keeper`] for the task, [`crate::retention`], which erases months.

use std::path::{Path, PathBuf};

use sea_orm::DbErr;
use tokio::sync::{mpsc, oneshot};
use vigie_protocol::{EstablishmentId, Stamp};

use crate::clock::Clock;
use crate::store::{Store, StoreError};

mod act;
pub(crate) mod chain;
mod keeper;
mod month;
#[cfg(test)]
mod tests;

pub(crate) use act::{Act, Entry};
use chain::Fault;
use keeper::Keeper;

/// Acts waiting to be written; further ones wait for a place.
const INBOX_MAX: usize = 256;
/// Most lines of one page of the log.
pub(crate) const PAGE_MAX: u64 = 500;

/// Why the log could not be written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditError {
    #[error("cannot {doing} the audit log {}", file.display())]
    Database {
        file: PathBuf,
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
    #[error("cannot reach the witness of the audit log")]
    Witness(#[source] StoreError),
    #[error("the audit log is closed")]
    Closed,
}

/// What a reading of the whole log found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) lines: usize,
    /// The digest of the last line: worth noting outside of this machine.
    pub(crate) end: String,
    pub(crate) faults: Vec<Fault>,
}

type Reply<T> = oneshot::Sender<Result<T, AuditError>>;

enum Mail {
    Write(Box<Entry>, Reply<()>),
    Read(Vec<EstablishmentId>, Stamp, Reply<Vec<Entry>>),
    /// Against the witness, and against a digest that was noted elsewhere.
    Verify(Option<String>, Reply<Verified>),
    /// Erases months before this one (`2026-01`).
    Erase(String, Reply<Vec<String>>),
    Stop(Reply<()>),
}

/// The log's inbox. The task ends when the last of them is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    inbox: mpsc::Sender<Mail>,
}

impl Audit {
    /// Takes `folder` (made when missing) as the place of the months; `store` keeps the witness.
    pub(crate) fn start(folder: &Path, clock: Clock, store: Store) -> Result<Self, AuditError> {
        std::fs::create_dir_all(folder).map_err(|source| AuditError::File {
            file: folder.to_owned(),
            doing: "make the folder",
            source,
        })?;
        let (inbox, letters) = mpsc::channel(INBOX_MAX);
        tokio::spawn(Keeper::new(folder.to_owned(), clock, store).run(letters));
        Ok(Self { inbox })
    }

    /// Writes an act down; durable when this returns.
    pub(crate) async fn write(&self, entry: Entry) -> Result<(), AuditError> {
        self.ask(|reply| Mail::Write(Box::new(entry), reply)).await
    }

    /// The newest acts before `before` in these schools, newest first, at most [`PAGE_MAX`].
    pub(crate) async fn read(
        &self,
        establishments: Vec<EstablishmentId>,
        before: Stamp,
    ) -> Result<Vec<Entry>, AuditError> {
        self.ask(|reply| Mail::Read(establishments, before, reply))
            .await
    }

    /// Reads every line against the chain, the witness and, when given, a digest that was noted elsewhere.
    pub(crate) async fn verify(&self, noted: Option<String>) -> Result<Verified, AuditError> {
        self.ask(|reply| Mail::Verify(noted, reply)).await
    }

    /// Unlinks the months before `month` (`2026-01`); gives those that went.
    pub(crate) async fn erase_before(&self, month: String) -> Result<Vec<String>, AuditError> {
        self.ask(|reply| Mail::Erase(month, reply)).await
    }

    /// Ends once all that was left is written.
    pub(crate) async fn stop(&self) {
        // One that is gone already has stopped.
        let _ = self.ask(Mail::Stop).await;
    }

    async fn ask<T>(&self, letter: impl FnOnce(Reply<T>) -> Mail) -> Result<T, AuditError> {
        let (reply, answer) = oneshot::channel();
        self.inbox
            .send(letter(reply))
            .await
            .map_err(|_| AuditError::Closed)?;
        answer.await.map_err(|_| AuditError::Closed)?
    }
}

/// The local month of a moment: `2026-11`.
pub(crate) fn month_of(clock: &Clock, at: Stamp) -> String {
    let day = clock.day(at);
    format!("{:04}-{:02}", day.year, day.month)
}

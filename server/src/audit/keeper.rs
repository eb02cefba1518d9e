//! The task that owns the open month: it appends, witnesses in the main tables how the month ends, reads, verifies and erases.
//!
//! Never answers before what it says is durable. Next: [`super::month`] for a file, [`super::chain`] for what is proved.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sea_orm::{DatabaseConnection, DbErr};
use tokio::sync::mpsc;
use vigie_migrations::{Audit as Tables, MigratorTrait};
use vigie_protocol::{EstablishmentId, Pseudonym, RoomId, SeatNo, SessionId, Span, StaffId, Stamp};

use super::act::{Act, Entry};
use super::chain::{Fault, Head, Wrong, faults};
use super::{AuditError, Mail, PAGE_MAX, Verified, month, month_of};
use crate::clock::Clock;
use crate::store::{Store, open_sqlite};

/// Looking at the same thing again within this long is the same look: a page refreshes by itself.
const SAME_LOOK: Span = Span::minutes(5);
/// Looks remembered for that; beyond it all are forgotten, and at worst a look is written twice.
const LOOKS_MAX: usize = 4_096;

/// What makes two looks the same.
type Look = (
    StaffId,
    Option<RoomId>,
    Option<SessionId>,
    Option<SeatNo>,
    Option<Pseudonym>,
    String,
);

/// The task's state.
pub(super) struct Keeper {
    folder: PathBuf,
    clock: Clock,
    /// The main tables, where the witness is kept.
    store: Store,
    open: Option<(String, DatabaseConnection)>,
    looks: BTreeMap<Look, Stamp>,
}

impl Keeper {
    pub(super) fn new(folder: PathBuf, clock: Clock, store: Store) -> Self {
        Self {
            folder,
            clock,
            store,
            open: None,
            looks: BTreeMap::new(),
        }
    }

    pub(super) async fn run(mut self, mut letters: mpsc::Receiver<Mail>) {
        while let Some(letter) = letters.recv().await {
            // Whoever asked may have gone meanwhile; what was asked is done all the same.
            match letter {
                Mail::Write(entry, reply) => {
                    let _ = reply.send(self.write(*entry).await);
                }
                Mail::Read(establishments, before, reply) => {
                    let _ = reply.send(self.read(&establishments, before).await);
                }
                Mail::Verify(noted, reply) => {
                    let _ = reply.send(self.verify(noted).await);
                }
                Mail::Erase(month, reply) => {
                    let _ = reply.send(self.erase(&month).await);
                }
                Mail::Stop(reply) => {
                    self.close().await;
                    let _ = reply.send(Ok(()));
                    return;
                }
            }
        }
        self.close().await;
    }

    async fn close(&mut self) {
        if let Some((month, db)) = self.open.take()
            && let Err(error) = db.close().await
        {
            tracing::warn!(month, %error, "the audit log was not closed in order");
        }
    }

    async fn write(&mut self, entry: Entry) -> Result<(), AuditError> {
        let look = Act::is_look(&entry.act).then(|| {
            (
                entry.staff.clone(),
                entry.room.clone(),
                entry.session.clone(),
                entry.seat,
                entry.pupil.clone(),
                entry.act.clone(),
            )
        });
        if let Some(look) = &look
            && self
                .looks
                .get(look)
                .is_some_and(|last| entry.at - *last < SAME_LOOK)
        {
            return Ok(());
        }
        let month = month_of(&self.clock, entry.at);
        let before = self.end_before(&month).await?;
        let db = self.month(&month).await?;
        let head = month::append(&db, &month, &entry, &before)
            .await
            .map_err(self.failed(&month, "write"))?;
        self.witness(&head).await?;
        if let Some(look) = look {
            if self.looks.len() >= LOOKS_MAX {
                self.looks.clear();
            }
            self.looks.insert(look, entry.at);
        }
        Ok(())
    }

    /// The last digest before a month; empty when the log begins with it.
    async fn end_before(&self, month: &str) -> Result<String, AuditError> {
        // Only a month's first line needs it.
        if self.open.as_ref().is_some_and(|(open, _)| open == month) {
            return Ok(String::new());
        }
        let heads = self.heads().await?;
        let before = heads
            .into_iter()
            .rev()
            .find(|head| head.month.as_str() < month);
        Ok(before.map(|head| head.digest).unwrap_or_default())
    }

    async fn heads(&self) -> Result<Vec<Head>, AuditError> {
        self.store.audit_heads().await.map_err(AuditError::Witness)
    }

    async fn witness(&self, head: &Head) -> Result<(), AuditError> {
        self.store
            .put_audit_head(head)
            .await
            .map_err(AuditError::Witness)
    }

    async fn read(
        &mut self,
        establishments: &[EstablishmentId],
        before: Stamp,
    ) -> Result<Vec<Entry>, AuditError> {
        let last = month_of(&self.clock, before);
        let mut found = Vec::new();
        for month in self.months()?.into_iter().rev() {
            let left = PAGE_MAX.saturating_sub(found.len().try_into().unwrap_or(PAGE_MAX));
            if month > last || left == 0 {
                continue;
            }
            let db = self.month(&month).await?;
            let some = month::newest(&db, establishments, before, left)
                .await
                .map_err(self.failed(&month, "read"))?;
            found.extend(some);
        }
        Ok(found)
    }

    /// Reads the whole log against its witness.
    async fn verify(&mut self, noted: Option<String>) -> Result<Verified, AuditError> {
        // First: what is appended meanwhile is chained, and more than was witnessed.
        let heads = self.heads().await?;
        let months = self.months()?;
        let mut verified = Verified::default();
        let mut noted_found = noted.is_none();
        let mut before: Option<String> = None;
        for head in &heads {
            if !head.erased && !months.contains(&head.month) {
                verified.faults.push(Fault {
                    month: head.month.clone(),
                    line: 0,
                    what: Wrong::MonthMissing,
                });
            }
        }
        for month in months {
            let head = heads.iter().find(|head| head.month == month);
            if let Some(last) = heads.iter().rev().find(|head| head.month < month) {
                before = Some(last.digest.clone());
            }
            let db = self.month(&month).await?;
            let rows = month::rows(&db)
                .await
                .map_err(self.failed(&month, "read"))?;
            // The first month that there is began after one that nobody knows any more, or at the log's beginning.
            let start = before.clone().unwrap_or_default();
            verified
                .faults
                .extend(faults(&month, &rows, Some(&start), head));
            verified.lines = verified.lines.saturating_add(rows.len());
            noted_found |= rows.iter().any(|row| Some(&row.digest) == noted.as_ref());
            if let Some(last) = rows.last() {
                verified.end.clone_from(&last.digest);
                before = Some(last.digest.clone());
            }
        }
        noted_found |= heads
            .iter()
            .any(|head| Some(&head.digest) == noted.as_ref());
        if !noted_found {
            verified.faults.push(Fault {
                month: String::new(),
                line: 0,
                what: Wrong::NotedMissing,
            });
        }
        Ok(verified)
    }

    async fn erase(&mut self, before: &str) -> Result<Vec<String>, AuditError> {
        let mut gone = Vec::new();
        for month in self.months()? {
            if month.as_str() >= before {
                break;
            }
            // So that the next month still begins where this one ended, and its absence is no fault.
            let db = self.month(&month).await?;
            let end = month::end(&db, &month)
                .await
                .map_err(self.failed(&month, "read"))?;
            if let Some(mut head) = end {
                head.erased = true;
                self.witness(&head).await?;
            }
            drop(db);
            self.close().await;
            let file = self.file(&month);
            crate::retention::unlink(&file).map_err(|source| AuditError::File {
                file,
                doing: "erase",
                source,
            })?;
            gone.push(month);
        }
        Ok(gone)
    }

    /// The connection to a month; the one before it is closed.
    async fn month(&mut self, month: &str) -> Result<DatabaseConnection, AuditError> {
        if let Some((open, db)) = &self.open
            && open == month
        {
            return Ok(db.clone());
        }
        self.close().await;
        let db = open_sqlite(&self.file(month), 1)
            .await
            .map_err(self.failed(month, "open"))?;
        Tables::up(&db, None)
            .await
            .map_err(self.failed(month, "open"))?;
        self.open = Some((month.to_owned(), db.clone()));
        Ok(db)
    }

    fn failed(&self, month: &str, doing: &'static str) -> impl Fn(DbErr) -> AuditError + use<> {
        let file = self.file(month);
        move |source| AuditError::Database {
            file: file.clone(),
            doing,
            source,
        }
    }

    fn file(&self, month: &str) -> PathBuf {
        self.folder.join(format!("{month}.sqlite"))
    }

    /// The months that have a file, oldest first.
    fn months(&self) -> Result<Vec<String>, AuditError> {
        let failed = |source| AuditError::File {
            file: self.folder.clone(),
            doing: "list",
            source,
        };
        let mut months = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if let Some(month) = name.to_str().and_then(|name| name.strip_suffix(".sqlite")) {
                months.push(month.to_owned());
            }
        }
        months.sort_unstable();
        Ok(months)
    }
}

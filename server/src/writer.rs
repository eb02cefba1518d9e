//! The one group-commit writer of all rooms: what it has answered with `Ok` survives a power cut.
//!
//! Owns every append to the journal. Runs that arrive while a commit runs, or within [`GATHER`] of the last, share the next
//! transaction; a driver that waits for [`Writer::tide`] decides right before it, for all that came meanwhile. Never runs a checkpoint inline, and never reads. The fence is the primary key: an append that collides fails
//! alone, and its driver stands down. Next: [`crate::journal`] for the files, [`checkpoint`] for the WAL.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, EntityTrait, QueryFilter, SqlErr, Statement, TransactionTrait, Value,
};
use tokio::sync::{Notify, mpsc, oneshot};
use vigie_protocol::{Day, EstablishmentId, Rev, RoomId, SessionId, Stamp};

use crate::clock::Stopwatch;
use crate::gauges::Gauges;
use crate::journal::entities::head;
use crate::journal::{Journal, Making, close, code};

mod checkpoint;
#[cfg(test)]
mod tests;

use checkpoint::Checkpoints;

/// Least time between the starts of two commits under load; an idle writer commits at once. An ack waits for at most this and
/// a commit.
const GATHER: Duration = Duration::from_millis(8);
/// Most runs waiting for the writer; a driver whose run does not fit waits, and its room's inbox with it.
const WAITING_MAX: usize = 1_024;
/// Most runs in one transaction: five binds each, well under SQLite's 32,766.
const RUNS_MAX: usize = 1_024;
/// Most rows in one statement. Few sizes, so that the statements stay prepared.
const ROWS_MAX: usize = 64;
/// Most days whose connection is kept open; the one that was not written for longest is closed.
const DAYS_OPEN_MAX: usize = 4;

/// A run of records of one session, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) session: SessionId,
    pub(crate) first: Rev,
    pub(crate) last: Rev,
    /// The records as a JSON array.
    pub(crate) body: String,
    pub(crate) head: HeadChange,
}

/// What a run changes of its session's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeadChange {
    Nothing,
    /// The session opens: only this may make the day's file.
    Opened {
        establishment: EstablishmentId,
        room: RoomId,
        at: Stamp,
    },
    Closed {
        at: Stamp,
    },
}

/// Why a run is not durable.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum AppendError {
    /// Another writer holds this place of the session's journal: whoever asked is not its owner any more.
    #[error("another writer owns this session's journal")]
    Fenced,
    /// The disk, or the limit on a day's file.
    #[error("no space left for the journal")]
    Full,
    /// The session's day was erased.
    #[error("the session's day is erased")]
    Erased,
    #[error("the journal could not be written")]
    Database(#[source] Arc<dyn std::error::Error + Send + Sync>),
    #[error("a record has no written form")]
    Spoiled,
    #[error("the server is stopping")]
    Stopped,
}

enum Job {
    Append(Append),
    Stop(oneshot::Sender<()>),
}

struct Append {
    run: Run,
    done: oneshot::Sender<Result<(), AppendError>>,
}

/// Where drivers leave their runs.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    inbox: mpsc::Sender<Job>,
    tide: Arc<Tide>,
}

/// Whether runs are better left for later.
#[derive(Debug, Default)]
struct Tide {
    /// A commit runs, or the next one still gathers.
    out: AtomicBool,
    turned: Notify,
}

impl Tide {
    fn turn(&self) {
        self.out.store(false, Ordering::Release);
        self.turned.notify_waiters();
    }
}

impl Writer {
    /// Starts the writer's task.
    pub(crate) fn start(journal: Journal, gauges: Gauges) -> Self {
        let (inbox, jobs) = mpsc::channel(WAITING_MAX);
        let tide = Arc::<Tide>::default();
        let desk = Desk {
            checkpoints: Checkpoints::start(journal.clone()),
            journal,
            gauges,
            open: BTreeMap::new(),
            commits: 0,
            tide: Tided(Arc::clone(&tide)),
        };
        tokio::spawn(desk.work(jobs));
        Self { inbox, tide }
    }

    /// Waits until the writer is about to take runs; at once when it is idle.
    pub(crate) async fn tide(&self) {
        let mut turned = pin!(self.tide.turned.notified());
        // Before the look, so that a turn between the two is not missed.
        turned.as_mut().enable();
        if self.tide.out.load(Ordering::Acquire) {
            turned.await;
        }
    }

    /// Ends the task once all that came before is durable, with its files folded and closed.
    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.inbox.send(Job::Stop(done)).await.is_ok() {
            // One that is gone already has stopped.
            let _ = stopped.await;
        }
    }

    /// Makes a run durable.
    pub(crate) async fn append(&self, run: Run) -> Result<(), AppendError> {
        if run.body.is_empty() {
            return Err(AppendError::Spoiled);
        }
        let (done, outcome) = oneshot::channel();
        self.inbox
            .send(Job::Append(Append { run, done }))
            .await
            .map_err(|_| AppendError::Stopped)?;
        outcome.await.map_err(|_| AppendError::Stopped)?
    }
}

/// The writer's own state.
struct Desk {
    journal: Journal,
    gauges: Gauges,
    checkpoints: Checkpoints,
    open: BTreeMap<Day, OpenDay>,
    commits: u64,
    tide: Tided,
}

/// The writer's hold on the tide: nobody waits for one that is gone.
struct Tided(Arc<Tide>);

impl Drop for Tided {
    fn drop(&mut self) {
        self.0.turn();
    }
}

struct OpenDay {
    db: DatabaseConnection,
    /// The commit that used it last.
    used: u64,
    /// The limit with which it was opened.
    pages_max: u32,
}

impl Desk {
    async fn work(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut some = Vec::new();
        while jobs.recv_many(&mut some, RUNS_MAX).await > 0 {
            self.tide.0.out.store(true, Ordering::Release);
            let begun = Stopwatch::start();
            let mut by_day: BTreeMap<Day, Vec<Append>> = BTreeMap::new();
            let mut stop = None;
            for job in some.drain(..) {
                match job {
                    Job::Append(append) => by_day
                        .entry(append.run.session.day)
                        .or_default()
                        .push(append),
                    Job::Stop(done) => stop = Some(done),
                }
            }
            for (day, appends) in by_day {
                self.commit_day(day, appends).await;
            }
            if let Some(done) = stop {
                self.end().await;
                // Whoever stopped us may not wait for the answer.
                let _ = done.send(());
                return;
            }
            if let Some(left) = GATHER.checked_sub(begun.elapsed()) {
                tokio::time::sleep(left).await;
            }
            self.tide.0.turn();
            // Whoever waited for it decides now, and shares the next commit.
            tokio::task::yield_now().await;
        }
        self.end().await;
    }

    async fn end(mut self) {
        for (_, day) in std::mem::take(&mut self.open) {
            close(day.db).await;
        }
        self.checkpoints.stop().await;
    }

    /// All of a day's runs in one transaction; if that fails, each in its own, so that one cannot fail another.
    async fn commit_day(&mut self, day: Day, appends: Vec<Append>) {
        let started = Stopwatch::start();
        let (runs, replies): (Vec<Run>, Vec<_>) =
            appends.into_iter().map(|one| (one.run, one.done)).unzip();
        let together = self.commit(day, &runs).await;
        self.gauges.committed(runs.len(), started.elapsed());
        match together {
            Ok(()) => {
                for reply in replies {
                    // A driver that is gone folds its journal again when it comes back.
                    let _ = reply.send(Ok(()));
                }
            }
            Err(error) if runs.len() == 1 => {
                self.gauges.commit_failed();
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
            Err(_) => {
                for (run, reply) in runs.into_iter().zip(replies) {
                    let alone = self.commit(day, std::slice::from_ref(&run)).await;
                    if alone.is_err() {
                        self.gauges.commit_failed();
                    }
                    let _ = reply.send(alone);
                }
            }
        }
    }

    async fn commit(&mut self, day: Day, runs: &[Run]) -> Result<(), AppendError> {
        let opening = runs
            .iter()
            .any(|run| matches!(run.head, HeadChange::Opened { .. }));
        let making = if opening {
            Making::IfMissing
        } else {
            Making::Never
        };
        let db = self.day(day, making).await?;
        let outcome = write(&db, day, runs).await;
        match outcome {
            Ok(()) => {
                let bytes = runs.iter().map(|run| run.body.len()).sum();
                self.checkpoints.written(day, bytes);
                Ok(())
            }
            Err(error) => {
                if !is_fence(&error) {
                    // Whatever state the connection is in, the next append begins with a fresh one.
                    self.drop_day(day).await;
                }
                Err(told(day, error))
            }
        }
    }

    async fn day(&mut self, day: Day, making: Making) -> Result<DatabaseConnection, AppendError> {
        self.commits = self.commits.wrapping_add(1);
        if !self.journal.holds(day) && making == Making::Never {
            self.drop_day(day).await;
            return Err(AppendError::Erased);
        }
        let pages_max = self.journal.pages_max();
        if self
            .open
            .get(&day)
            .is_some_and(|open| open.pages_max != pages_max)
        {
            self.drop_day(day).await;
        }
        if self.open.len() >= DAYS_OPEN_MAX && !self.open.contains_key(&day) {
            let oldest = self.open.iter().min_by_key(|(_, day)| day.used);
            if let Some(oldest) = oldest.map(|(day, _)| *day) {
                self.drop_day(oldest).await;
            }
        }
        let commits = self.commits;
        match self.open.entry(day) {
            Entry::Occupied(mut open) => {
                open.get_mut().used = commits;
                Ok(open.get().db.clone())
            }
            Entry::Vacant(free) => {
                let db = self
                    .journal
                    .connect(day, making)
                    .await
                    .map_err(|error| {
                        tracing::error!(%day, error = crate::problem::cause(&error), "the journal cannot be opened for writing");
                        AppendError::Database(Arc::new(error))
                    })?
                    .ok_or(AppendError::Erased)?;
                Ok(free
                    .insert(OpenDay {
                        db,
                        used: commits,
                        pages_max,
                    })
                    .db
                    .clone())
            }
        }
    }

    async fn drop_day(&mut self, day: Day) {
        if let Some(open) = self.open.remove(&day) {
            close(open.db).await;
        }
    }
}

async fn write(db: &DatabaseConnection, day: Day, runs: &[Run]) -> Result<(), DbErr> {
    let day = day.to_string();
    if runs.len() <= ROWS_MAX && runs.iter().all(|run| run.head == HeadChange::Nothing) {
        // One statement is a transaction by itself, and one way to the database's thread and back instead of four.
        return insert(db, &day, runs).await;
    }
    let all = db.begin().await?;
    for some in runs.chunks(ROWS_MAX) {
        insert(&all, &day, some).await?;
    }
    for run in runs {
        write_head(&all, &day, run).await?;
    }
    all.commit().await
}

/// In plain SQL, as every commit under load runs it: building the statement anew from an entity for each row was measured to
/// cost as much as SQLite's own work on it.
async fn insert(db: &impl ConnectionTrait, day: &str, runs: &[Run]) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let mut sql =
        String::from("INSERT INTO runs (day, session, first_rev, last_rev, body) VALUES ");
    let mut values: Vec<Value> = Vec::with_capacity(runs.len() * 5);
    for run in runs {
        sql.push_str(if values.is_empty() { "(" } else { ", (" });
        let row: [Value; 5] = [
            day.into(),
            run.session.to_string().into(),
            signed(run.first).into(),
            signed(run.last).into(),
            run.body.as_str().into(),
        ];
        for (column, value) in row.into_iter().enumerate() {
            sql.push_str(if column == 0 { "" } else { ", " });
            values.push(value);
            match backend {
                DbBackend::Postgres => {
                    // Writing to a text cannot fail.
                    let _ = write!(sql, "${}", values.len());
                }
                _ => sql.push('?'),
            }
        }
        sql.push(')');
    }
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await
        .map(|_| ())
}

async fn write_head(all: &DatabaseTransaction, day: &str, run: &Run) -> Result<(), DbErr> {
    match &run.head {
        HeadChange::Nothing => {}
        HeadChange::Opened {
            establishment,
            room,
            at,
        } => {
            head::Entity::insert(head::ActiveModel {
                day: Set(day.to_owned()),
                session: Set(run.session.to_string()),
                establishment: Set(establishment.to_string()),
                room: Set(room.to_string()),
                opened_ms: Set(at.0),
                closed_ms: Set(None),
            })
            .exec_without_returning(all)
            .await?;
        }
        HeadChange::Closed { at } => {
            head::Entity::update_many()
                .set(head::ActiveModel {
                    closed_ms: Set(Some(at.0)),
                    ..Default::default()
                })
                .filter(head::Column::Day.eq(day))
                .filter(head::Column::Session.eq(run.session.to_string()))
                .exec(all)
                .await?;
        }
    }
    Ok(())
}

fn signed(rev: Rev) -> i64 {
    i64::try_from(rev.0).unwrap_or(i64::MAX)
}

fn is_fence(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

fn told(day: Day, error: DbErr) -> AppendError {
    if is_fence(&error) {
        tracing::warn!(%day, "an append met another writer's record: its driver stands down");
        return AppendError::Fenced;
    }
    tracing::error!(%day, error = crate::problem::cause(&error), "the journal cannot be written");
    // 13 is SQLITE_FULL; a full disk may also answer with an IO error on the WAL.
    if code(&error).as_deref() == Some("13") {
        AppendError::Full
    } else {
        AppendError::Database(Arc::new(error))
    }
}

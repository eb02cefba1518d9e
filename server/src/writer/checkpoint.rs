//! Folds the WAL back into a day's file, on a task and a connection of its own.
//!
//! Never blocks the writer: a passive checkpoint takes what no reader needs and leaves the rest for the next time. A WAL
//! that is wholly folded is written again from its start, so the files stay small.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vigie_protocol::Day;

use crate::journal::{Journal, Making, close};

/// Written bytes after which a day's WAL is folded.
const BYTES_MAX: usize = 4 << 20;

/// The writer's side: counts what it wrote.
pub(super) struct Checkpoints {
    wanted: mpsc::Sender<Day>,
    task: JoinHandle<()>,
    since: BTreeMap<Day, usize>,
}

impl Checkpoints {
    pub(super) fn start(journal: Journal) -> Self {
        let (wanted, days) = mpsc::channel(1);
        Self {
            wanted,
            task: tokio::spawn(fold(journal, days)),
            since: BTreeMap::new(),
        }
    }

    /// Remembers what was written and asks for a checkpoint when it is time; one that is busy is asked again later.
    pub(super) fn written(&mut self, day: Day, bytes: usize) {
        let since = self.since.entry(day).or_default();
        *since = since.saturating_add(bytes);
        if *since >= BYTES_MAX && self.wanted.try_send(day).is_ok() {
            self.since.remove(&day);
        }
    }

    /// Ends the task once what it does is done.
    pub(super) async fn stop(self) {
        drop(self.wanted);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the checkpoint's task failed");
        }
    }
}

async fn fold(journal: Journal, mut days: mpsc::Receiver<Day>) {
    let mut open: Option<(Day, DatabaseConnection)> = None;
    while let Some(day) = days.recv().await {
        if let Some((_, db)) = open.take_if(|(kept, _)| *kept != day || !journal.holds(*kept)) {
            close(db).await;
        }
        if open.is_none() {
            match journal.connect(day, Making::Never).await {
                Ok(db) => open = db.map(|db| (day, db)),
                Err(error) => {
                    tracing::error!(%day, error = crate::problem::cause(&error), "no checkpoint");
                }
            }
        }
        let Some((_, db)) = &open else { continue };
        if let Err(error) = db
            .execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)")
            .await
        {
            tracing::error!(%day, %error, "the checkpoint failed; the WAL grows until one succeeds");
        }
    }
    if let Some((_, db)) = open {
        close(db).await;
    }
}

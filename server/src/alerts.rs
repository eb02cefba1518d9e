//! The projection of alerts, and the counts of a session: what outlives the events, with as little as will do.
//!
//! Owns the files under `alerts/`, one a day, kept longer than the events: an alert with the words that matched and no more of
//! the message. Never holds distress: it is no discipline, and goes with its events. Never judges: it copies what a committed
//! room says. Idempotent, so that drawing it again after a crash changes nothing. Next: [`crate::retention`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sea_orm::DbErr;
use tokio::sync::{mpsc, oneshot};
use vigie_protocol::{Day, EstablishmentId, Rev, RoomId, SessionId};
use vigie_room::picture::{Alert, Link};
use vigie_room::{Delta, ItemKey, Room};

use crate::journal::{Journal, JournalError};
use crate::store::Store;

mod table;

/// Drawings waiting to be written. Beyond it a drawing is left out: the session's end draws everything again.
const WAITING_MAX: usize = 1_024;
/// Drawings written in one transaction.
const TOGETHER_MAX: usize = 64;

/// Why the projection is behind.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AlertsError {
    #[error("cannot {doing} the alerts of {day}")]
    Database {
        day: Day,
        doing: &'static str,
        #[source]
        source: DbErr,
    },
    #[error("cannot {doing} {}", path.display())]
    File {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot read the journal")]
    Journal(#[from] JournalError),
    #[error("the projection is closed")]
    Closed,
}

/// Alerts of one session to be written.
struct Drawing {
    session: SessionId,
    establishment: EstablishmentId,
    room: RoomId,
    alerts: Vec<Alert>,
    /// Set when this is everything up to here, for a session that is over.
    whole: Option<Whole>,
}

struct Whole {
    rev: Rev,
    counts: BTreeMap<String, i64>,
}

enum Mail {
    Draw(Drawing),
    Swept(
        Day,
        oneshot::Sender<Result<BTreeMap<SessionId, Rev>, AlertsError>>,
    ),
    Erase(Day, oneshot::Sender<Result<usize, AlertsError>>),
    Stop(oneshot::Sender<()>),
}

/// The projection's inbox. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Alerts {
    inbox: mpsc::Sender<Mail>,
}

impl Alerts {
    /// Takes `folder` (made when missing) as the place of the day files.
    pub(crate) fn start(folder: &Path, store: Store) -> Result<Self, AlertsError> {
        std::fs::create_dir_all(folder).map_err(|source| AlertsError::File {
            path: folder.to_owned(),
            doing: "make the folder",
            source,
        })?;
        let (inbox, letters) = mpsc::channel(WAITING_MAX);
        let desk = Desk {
            folder: folder.to_owned(),
            store,
            open: None,
        };
        tokio::spawn(desk.work(letters));
        Ok(Self { inbox })
    }

    /// Draws what a commit changed. Never waits: a room must not.
    pub(crate) fn changed(&self, room: &Room, delta: &Delta) {
        let alerts: Vec<Alert> = delta
            .items
            .iter()
            .filter_map(|key| match key {
                ItemKey::Alert(alert) => room.alert(*alert),
                ItemKey::Help(_) => None,
            })
            .filter(|alert| !alert.is_distress())
            .collect();
        if !alerts.is_empty() {
            self.leave(drawing(room, alerts, None));
        }
    }

    /// Draws everything of a room; of one that is over, its counts too. Never waits.
    pub(crate) fn whole(&self, room: &Room) {
        self.leave(whole(room));
    }

    fn leave(&self, drawing: Option<Drawing>) {
        let Some(drawing) = drawing else {
            return;
        };
        if let Err(mpsc::error::TrySendError::Full(_)) = self.inbox.try_send(Mail::Draw(drawing)) {
            tracing::warn!("the projection of alerts is behind; a later drawing makes it whole");
        }
    }

    /// Finds closed sessions of which a crash left something out, and draws them again from the journal.
    pub(crate) async fn sweep(&self, journal: &Journal) -> Result<(), AlertsError> {
        for day in journal.days()? {
            let drawn = self.ask(|reply| Mail::Swept(day, reply)).await?;
            for (session, last) in journal.closed_through(day).await? {
                if drawn.get(&session).is_some_and(|rev| *rev >= last) {
                    continue;
                }
                let folded = match journal.fold(&session).await {
                    Ok(folded) => folded,
                    // A damaged session must not keep the others from being drawn.
                    Err(error) => {
                        tracing::error!(%session, error = crate::problem::cause(&error), "its alerts cannot be drawn");
                        continue;
                    }
                };
                if let Some(drawing) = folded.as_ref().and_then(whole) {
                    self.inbox
                        .send(Mail::Draw(drawing))
                        .await
                        .map_err(|_| AlertsError::Closed)?;
                }
            }
        }
        Ok(())
    }

    /// Erases the days before `first`; says how many went.
    pub(crate) async fn erase_before(&self, first: Day) -> Result<usize, AlertsError> {
        self.ask(|reply| Mail::Erase(first, reply)).await
    }

    /// Ends once all that was left is written.
    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.inbox.send(Mail::Stop(done)).await.is_ok() {
            // One that is gone already has stopped.
            let _ = stopped.await;
        }
    }

    async fn ask<T>(
        &self,
        letter: impl FnOnce(oneshot::Sender<Result<T, AlertsError>>) -> Mail,
    ) -> Result<T, AlertsError> {
        let (reply, answer) = oneshot::channel();
        self.inbox
            .send(letter(reply))
            .await
            .map_err(|_| AlertsError::Closed)?;
        answer.await.map_err(|_| AlertsError::Closed)?
    }
}

fn drawing(room: &Room, alerts: Vec<Alert>, whole: Option<Whole>) -> Option<Drawing> {
    let opening = room.opening()?;
    Some(Drawing {
        session: room.session().clone(),
        establishment: opening.establishment.clone(),
        room: opening.room.clone(),
        alerts,
        whole,
    })
}

fn whole(room: &Room) -> Option<Drawing> {
    let alerts = room
        .alerts()
        .filter(|alert| !alert.is_distress())
        .cloned()
        .collect();
    let over = room.ended().map(|_| Whole {
        rev: room.rev(),
        counts: counts(room),
    });
    drawing(room, alerts, over)
}

/// What the activity report counts: no seat, no person, no word; distress not at all.
fn counts(room: &Room) -> BTreeMap<String, i64> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let mut add = |what: String, times: i64| {
        let count = counts.entry(what).or_default();
        *count = count.saturating_add(times);
    };
    let others = vigie_room::Audience::Others;
    let bar = room.bar(others);
    if let (Some(started), Some(ended)) = (bar.started, room.ended()) {
        add("minutes".to_owned(), (ended - started).0.div_euclid(60_000));
    }
    let present = room
        .seats()
        .into_iter()
        .filter_map(|seat| room.tile(seat, vigie_protocol::Stamp(0), others))
        .filter(|tile| !matches!(tile.link, Link::Never | Link::Waiting))
        .count();
    add("seats".to_owned(), i64::try_from(present).unwrap_or(0));
    add(
        "help".to_owned(),
        i64::try_from(room.helps().count()).unwrap_or(0),
    );
    for alert in room.alerts().filter(|alert| !alert.is_distress()) {
        add(
            format!("alert/{}", alert.verdict.rule),
            i64::from(alert.times),
        );
    }
    for (rule, times) in room.noted() {
        add(
            format!("note/{rule}"),
            i64::try_from(*times).unwrap_or(i64::MAX),
        );
    }
    counts
}

/// The task that owns the open day.
struct Desk {
    folder: PathBuf,
    store: Store,
    open: Option<(Day, table::Open)>,
}

impl Desk {
    async fn work(mut self, mut letters: mpsc::Receiver<Mail>) {
        let mut some = Vec::new();
        while letters.recv_many(&mut some, TOGETHER_MAX).await > 0 {
            let mut drawings: BTreeMap<Day, Vec<Drawing>> = BTreeMap::new();
            let mut asked = Vec::new();
            for letter in some.drain(..) {
                match letter {
                    Mail::Draw(drawing) => drawings
                        .entry(drawing.session.day)
                        .or_default()
                        .push(drawing),
                    other => asked.push(other),
                }
            }
            for (day, drawings) in drawings {
                if let Err(error) = self.draw(day, &drawings).await {
                    tracing::error!(%day, error = crate::problem::cause(&error), "alerts could not be projected; a later drawing makes them whole");
                }
            }
            for letter in asked {
                // Whoever asked may have gone meanwhile.
                match letter {
                    Mail::Draw(_) => {}
                    Mail::Swept(day, reply) => {
                        let _ = reply.send(self.swept(day).await);
                    }
                    Mail::Erase(first, reply) => {
                        let _ = reply.send(self.erase(first).await);
                    }
                    Mail::Stop(done) => {
                        self.close().await;
                        let _ = done.send(());
                        return;
                    }
                }
            }
        }
        self.close().await;
    }

    async fn draw(&mut self, day: Day, drawings: &[Drawing]) -> Result<(), AlertsError> {
        for drawing in drawings {
            if let Some(whole) = &drawing.whole
                && let Err(error) = self
                    .store
                    .put_counts(
                        &drawing.session,
                        (&drawing.establishment, &drawing.room),
                        &whole.counts,
                    )
                    .await
            {
                // Not called whole then: the next sweep counts again.
                tracing::error!(error = %error, cause = %error.source, "a session's counts are behind");
                return Ok(());
            }
        }
        self.day(day).await?.write(day, drawings).await
    }

    async fn swept(&mut self, day: Day) -> Result<BTreeMap<SessionId, Rev>, AlertsError> {
        if !self.file(day).exists() {
            return Ok(BTreeMap::new());
        }
        self.day(day).await?.swept(day).await
    }

    async fn erase(&mut self, first: Day) -> Result<usize, AlertsError> {
        if self.open.as_ref().is_some_and(|(day, _)| *day < first) {
            self.close().await;
        }
        let failed = |path: &Path, doing| {
            let path = path.to_owned();
            move |source| AlertsError::File {
                path,
                doing,
                source,
            }
        };
        let mut gone = 0;
        for entry in std::fs::read_dir(&self.folder).map_err(failed(&self.folder, "list"))? {
            let name = entry.map_err(failed(&self.folder, "list"))?.file_name();
            let day = name
                .to_str()
                .and_then(|name| name.strip_suffix(".sqlite"))
                .and_then(|day| day.parse::<Day>().ok());
            if let Some(day) = day
                && day < first
            {
                let file = self.file(day);
                crate::retention::unlink(&file).map_err(failed(&file, "erase"))?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    async fn day(&mut self, day: Day) -> Result<&table::Open, AlertsError> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != day) {
            self.close().await;
            let opened = table::Open::open(&self.file(day), day).await?;
            self.open = Some((day, opened));
        }
        match &self.open {
            Some((_, open)) => Ok(open),
            None => Err(AlertsError::Closed),
        }
    }

    async fn close(&mut self) {
        if let Some((_, open)) = self.open.take() {
            open.close().await;
        }
    }

    fn file(&self, day: Day) -> PathBuf {
        self.folder.join(format!("{day}.sqlite"))
    }
}

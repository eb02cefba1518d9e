//! What the server does not have yet, on disk: a file a session, written before anything is sent.
//!
//! A record carries its length and a checksum, so that whatever a crash leaves behind is read up to the tear and no further;
//! what was cut off had never been sent. An event is durable once [`Spool::sync`] has returned, and only then is it handed to
//! the link. The spool is bounded in events and bytes: beyond either, the oldest events give way to one event that says so.
//! It forgets what is acknowledged, and a session as old as the server's own retention, acknowledged or not.
//!
//! Never numbers an event, never talks to the link. A number that is missing in a file was given to an event that could not be
//! kept: the link says that it is lost. Next: [`record`] for the bytes, [`shelf`] for one file.

mod record;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use vigie_protocol::{Day, Event, EventKind, Seq, SessionId, Stamp};

use shelf::Shelf;

/// The extension of a session's file.
const EXTENSION: &str = "spool";

/// The named limits of a spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most events kept, over all sessions. Beyond it the oldest are dropped, and the loss is said.
    pub events_max: usize,
    /// Most bytes kept, over all sessions. As above.
    pub bytes_max: u64,
    /// Days after its first day on which a session's events are forgotten, acknowledged or not: the server erases them then.
    pub kept_days: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            events_max: 20_000,
            bytes_max: 16 << 20,
            kept_days: 15,
        }
    }
}

/// Why the spool could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("spool {}: {doing}", path.display())]
pub struct SpoolError {
    /// Which file or folder.
    pub path: PathBuf,
    /// What was being done.
    pub doing: &'static str,
    /// Why it failed.
    pub source: io::Error,
}

/// What a session's file held when the spool was opened.
#[derive(Debug, PartialEq)]
pub struct Kept {
    /// The session.
    pub session: SessionId,
    /// The number that its next event gets, as far as the file knows.
    pub next: Seq,
    /// Events that were never acknowledged, in order.
    pub unacked: Vec<Event>,
}

/// The spool.
#[derive(Debug)]
pub struct Spool {
    dir: PathBuf,
    limits: Limits,
    shelves: BTreeMap<SessionId, Shelf>,
}

impl Spool {
    /// Opens the folder, makes it when it is not there, and reads what it holds. Torn tails are cut; files of sessions past
    /// their retention are removed; a file that is not ours is left alone.
    ///
    /// # Errors
    /// The folder or a file of it cannot be read or written.
    pub fn open(dir: &Path, limits: Limits, now: Stamp) -> Result<(Self, Vec<Kept>), SpoolError> {
        let fail = |doing| {
            move |source| SpoolError {
                path: dir.to_owned(),
                doing,
                source,
            }
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder
            .create(dir)
            .map_err(fail("cannot make the folder"))?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
            .map_err(fail("cannot close the folder to others"))?;
        let mut spool = Self {
            dir: dir.to_owned(),
            limits,
            shelves: BTreeMap::new(),
        };
        let mut kept = Vec::new();
        let entries = fs::read_dir(dir).map_err(fail("cannot list the folder"))?;
        for entry in entries {
            let path = entry.map_err(fail("cannot list the folder"))?.path();
            let Some(session) = session_of(&path) else {
                remove_leftover(&path);
                continue;
            };
            let (shelf, unacked) = Shelf::open(path)?;
            kept.push(Kept {
                session: session.clone(),
                next: shelf.next(),
                unacked,
            });
            spool.shelves.insert(session, shelf);
        }
        let gone = spool.sweep(None, now)?;
        kept.retain(|kept| !gone.contains(&kept.session));
        kept.sort_by(|a, b| a.session.cmp(&b.session));
        Ok((spool, kept))
    }

    /// Writes events of a session, without waiting for the disk. When that makes the spool too large, the oldest events of all
    /// give way, and what says so is given back: it is as good as appended, and durable.
    ///
    /// # Errors
    /// The file cannot be written, for instance because the disk is full: none of these events is kept then.
    pub fn append(
        &mut self,
        session: &SessionId,
        events: &[Event],
    ) -> Result<Vec<(SessionId, Event)>, SpoolError> {
        let shelf = if let Some(shelf) = self.shelves.get_mut(session) {
            shelf
        } else {
            let path = self.dir.join(format!("{session}.{EXTENSION}"));
            let shelf = Shelf::create(path, &self.dir)?;
            self.shelves.entry(session.clone()).or_insert(shelf)
        };
        shelf.append(events)?;
        self.bound()
    }

    /// Waits until everything appended is on the disk.
    ///
    /// # Errors
    /// The disk refuses; what was appended since the last sync is not durable then.
    pub fn sync(&mut self) -> Result<(), SpoolError> {
        self.shelves.values_mut().try_for_each(Shelf::sync)
    }

    /// Forgets what the server has. Not waited for: a forgotten forgetting only sends again.
    ///
    /// # Errors
    /// The file cannot be written; the events stay.
    pub fn forget(&mut self, session: &SessionId, through: Seq) -> Result<(), SpoolError> {
        match self.shelves.get_mut(session) {
            Some(shelf) => shelf.forget(through),
            None => Ok(()),
        }
    }

    /// Removes files of sessions that are over and fully acknowledged, and of sessions past their retention. Says which went.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn sweep(
        &mut self,
        current: Option<&SessionId>,
        now: Stamp,
    ) -> Result<Vec<SessionId>, SpoolError> {
        let today = now.0.div_euclid(86_400_000);
        let kept_days = self.limits.kept_days;
        let gone: Vec<SessionId> = self
            .shelves
            .iter()
            .filter(|(session, shelf)| {
                let old = today - day_number(session.day) > kept_days;
                old || (shelf.is_settled() && current.is_some_and(|current| current != *session))
            })
            .map(|(session, _)| session.clone())
            .collect();
        for session in &gone {
            if let Some(shelf) = self.shelves.remove(session) {
                shelf.remove()?;
            }
        }
        Ok(gone)
    }

    /// How many events and bytes are kept.
    pub fn size(&self) -> (usize, u64) {
        self.shelves
            .values()
            .fold((0, 0), |(events, bytes), shelf| {
                let (more_events, more_bytes) = shelf.size();
                (
                    events.saturating_add(more_events),
                    bytes.saturating_add(more_bytes),
                )
            })
    }

    /// While a limit is passed, drops the oldest eighth of the oldest session that has anything to drop.
    fn bound(&mut self) -> Result<Vec<(SessionId, Event)>, SpoolError> {
        let mut said = Vec::new();
        loop {
            let (events, bytes) = self.size();
            let fits = events <= self.limits.events_max && bytes <= self.limits.bytes_max;
            let mut shelves = self.shelves.iter_mut();
            let oldest = shelves.find(|(_, shelf)| shelf.droppable() > 0);
            let Some((session, shelf)) = oldest.filter(|_| !fits) else {
                return Ok(said);
            };
            let count = (shelf.droppable() / 8).max(2);
            said.push((session.clone(), shelf.drop_oldest(count)?));
        }
    }
}

/// The first number that an event stands for.
fn first_number(event: &Event) -> Seq {
    match event.kind {
        EventKind::Dropped { from } => from,
        _ => event.seq,
    }
}

fn session_of(path: &Path) -> Option<SessionId> {
    if path.extension()? != EXTENSION {
        return None;
    }
    path.file_stem()?.to_str()?.parse().ok()
}

/// A rewriting that was cut short leaves its new file behind; the old one is still whole.
fn remove_leftover(path: &Path) {
    if path.extension().is_some_and(|end| end == shelf::NEW) {
        let _already_gone = fs::remove_file(path);
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn day_number(day: Day) -> i64 {
    let (month, day_of_month) = (i64::from(day.month), i64::from(day.day));
    let year = i64::from(day.year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day_of_month - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

//! The audit log: every adult act on a pupil's data, in files of its own, one a month, for the DPO alone.
//!
//! Owns the files under `audit/`. Never holds what was seen, only who saw or did, when and where. One task owns the open
//! file; an act that cannot be written down does not happen. Next: [`crate::retention`], which erases months.
//!
//! Long because the file, its chain and its reader keep one format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tokio::sync::{mpsc, oneshot};
use vigie_migrations::{Audit as Tables, MigratorTrait};
use vigie_protocol::{EstablishmentId, Pseudonym, RoomId, SeatNo, SessionId, Span, StaffId, Stamp};

use crate::clock::Clock;
use crate::store::open_sqlite;

/// Acts waiting to be written; further ones wait for a place.
const INBOX_MAX: usize = 256;
/// Looking at the same thing again within this long is the same look: a page refreshes by itself.
const SAME_LOOK: Span = Span::minutes(5);
/// Looks remembered for that; beyond it all are forgotten, and at worst a look is written twice.
const LOOKS_MAX: usize = 4_096;
/// Most lines of one page of the log.
pub(crate) const PAGE_MAX: u64 = 500;

/// What an adult did. The code word is what the log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    LookRoom,
    LookSheet,
    LookPupils,
    Open,
    Extend,
    Close,
    Command,
    TakeHelp,
    EndHelp,
    Acknowledge,
    Dismiss,
    Confirm,
    OpenChat,
    CloseChat,
    ReadAudit,
    MakeToken,
    RevokeToken,
    SeatMachine,
    RefuseMachine,
    SettleCopy,
    /// The server's own: a copy of a key was refused.
    RefuseCopy,
}

impl Act {
    /// Every act, for the test of the catalogues.
    pub(crate) const ALL: [Self; 21] = [
        Self::LookRoom,
        Self::LookSheet,
        Self::LookPupils,
        Self::Open,
        Self::Extend,
        Self::Close,
        Self::Command,
        Self::TakeHelp,
        Self::EndHelp,
        Self::Acknowledge,
        Self::Dismiss,
        Self::Confirm,
        Self::OpenChat,
        Self::CloseChat,
        Self::ReadAudit,
        Self::MakeToken,
        Self::RevokeToken,
        Self::SeatMachine,
        Self::RefuseMachine,
        Self::SettleCopy,
        Self::RefuseCopy,
    ];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::LookRoom => "look-room",
            Self::LookSheet => "look-sheet",
            Self::LookPupils => "look-pupils",
            Self::Open => "open",
            Self::Extend => "extend",
            Self::Close => "close",
            Self::Command => "command",
            Self::TakeHelp => "take-help",
            Self::EndHelp => "end-help",
            Self::Acknowledge => "acknowledge",
            Self::Dismiss => "dismiss",
            Self::Confirm => "confirm",
            Self::OpenChat => "open-chat",
            Self::CloseChat => "close-chat",
            Self::ReadAudit => "read-audit",
            Self::MakeToken => "make-token",
            Self::RevokeToken => "revoke-token",
            Self::SeatMachine => "seat-machine",
            Self::RefuseMachine => "refuse-machine",
            Self::SettleCopy => "settle-copy",
            Self::RefuseCopy => "refuse-copy",
        }
    }

    fn is_look(self) -> bool {
        matches!(self, Self::LookRoom | Self::LookSheet | Self::LookPupils)
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Stamp,
    pub(crate) establishment: EstablishmentId,
    pub(crate) staff: StaffId,
    /// [`Act::word`].
    pub(crate) act: String,
    pub(crate) room: Option<RoomId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) seat: Option<SeatNo>,
    pub(crate) pupil: Option<Pseudonym>,
    /// Which alert, help request or command: an id, never words.
    pub(crate) subject: Option<String>,
}

impl Entry {
    /// An act in a school; what it was on is filled in by the caller.
    pub(crate) fn new(
        at: Stamp,
        establishment: &EstablishmentId,
        staff: &StaffId,
        act: Act,
    ) -> Self {
        Self {
            at,
            establishment: establishment.clone(),
            staff: staff.clone(),
            act: act.word().to_owned(),
            room: None,
            session: None,
            seat: None,
            pupil: None,
            subject: None,
        }
    }
}

mod entity {
    #![allow(
        unreachable_pub,
        reason = "what the derive makes is public inside this private module"
    )]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub at_ms: i64,
        pub establishment: String,
        pub staff: String,
        pub act: String,
        pub room: Option<String>,
        pub session: Option<String>,
        pub seat: Option<i16>,
        pub pupil: Option<String>,
        pub subject: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

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
    #[error("the audit log is closed")]
    Closed,
}

type Reply<T> = oneshot::Sender<Result<T, AuditError>>;

enum Mail {
    Write(Box<Entry>, Reply<()>),
    Read(Vec<EstablishmentId>, Stamp, Reply<Vec<Entry>>),
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
    /// Takes `folder` (made when missing) as the place of the months.
    pub(crate) fn start(folder: &Path, clock: Clock) -> Result<Self, AuditError> {
        std::fs::create_dir_all(folder).map_err(|source| AuditError::File {
            file: folder.to_owned(),
            doing: "make the folder",
            source,
        })?;
        let (inbox, letters) = mpsc::channel(INBOX_MAX);
        let keeper = Keeper {
            folder: folder.to_owned(),
            clock,
            open: None,
            looks: BTreeMap::new(),
        };
        tokio::spawn(keeper.run(letters));
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

type Look = (
    StaffId,
    Option<RoomId>,
    Option<SeatNo>,
    Option<Pseudonym>,
    String,
);

/// The task that owns the open month.
struct Keeper {
    folder: PathBuf,
    clock: Clock,
    open: Option<(String, DatabaseConnection)>,
    looks: BTreeMap<Look, Stamp>,
}

impl Keeper {
    async fn run(mut self, mut letters: mpsc::Receiver<Mail>) {
        while let Some(letter) = letters.recv().await {
            // Whoever asked may have gone meanwhile; what was asked is done all the same.
            match letter {
                Mail::Write(entry, reply) => {
                    let _ = reply.send(self.write(*entry).await);
                }
                Mail::Read(establishments, before, reply) => {
                    let _ = reply.send(self.read(&establishments, before).await);
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
        let look = Act::ALL
            .into_iter()
            .any(|act| act.is_look() && act.word() == entry.act)
            .then(|| {
                (
                    entry.staff.clone(),
                    entry.room.clone(),
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
        let at = entry.at;
        let month = month_of(&self.clock, at);
        let file = self.file(&month);
        let db = self.month(&month).await?;
        entity::Entity::insert(entity::ActiveModel {
            id: NotSet,
            at_ms: Set(entry.at.0),
            establishment: Set(entry.establishment.to_string()),
            staff: Set(entry.staff.to_string()),
            act: Set(entry.act),
            room: Set(entry.room.map(|id| id.to_string())),
            session: Set(entry.session.map(|id| id.to_string())),
            seat: Set(entry.seat.and_then(|seat| i16::try_from(seat.0).ok())),
            pupil: Set(entry.pupil.map(|id| id.to_string())),
            subject: Set(entry.subject),
        })
        .exec_without_returning(&db)
        .await
        .map_err(|source| AuditError::Database {
            file,
            doing: "write",
            source,
        })?;
        if let Some(look) = look {
            if self.looks.len() >= LOOKS_MAX {
                self.looks.clear();
            }
            self.looks.insert(look, at);
        }
        Ok(())
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
            let file = self.file(&month);
            let db = self.month(&month).await?;
            let rows = entity::Entity::find()
                .filter(
                    entity::Column::Establishment
                        .is_in(establishments.iter().map(EstablishmentId::as_str)),
                )
                .filter(entity::Column::AtMs.lt(before.0))
                .order_by_desc(entity::Column::AtMs)
                .order_by_desc(entity::Column::Id)
                .limit(left)
                .all(&db)
                .await
                .map_err(|source| AuditError::Database {
                    file,
                    doing: "read",
                    source,
                })?;
            found.extend(rows.into_iter().map(from_row));
        }
        Ok(found)
    }

    async fn erase(&mut self, before: &str) -> Result<Vec<String>, AuditError> {
        let mut gone = Vec::new();
        for month in self.months()? {
            if month.as_str() >= before {
                break;
            }
            if self.open.as_ref().is_some_and(|(open, _)| *open == month) {
                self.close().await;
            }
            crate::retention::unlink(&self.file(&month)).map_err(|source| AuditError::File {
                file: self.file(&month),
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
        let file = self.file(month);
        let failed = |source| AuditError::Database {
            file: file.clone(),
            doing: "open",
            source,
        };
        let db = open_sqlite(&file, 1).await.map_err(failed)?;
        Tables::up(&db, None).await.map_err(failed)?;
        self.open = Some((month.to_owned(), db.clone()));
        Ok(db)
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

/// The local month of a moment: `2026-11`.
pub(crate) fn month_of(clock: &Clock, at: Stamp) -> String {
    let day = clock.day(at);
    format!("{:04}-{:02}", day.year, day.month)
}

fn from_row(row: entity::Model) -> Entry {
    Entry {
        at: Stamp(row.at_ms),
        establishment: EstablishmentId::new(row.establishment),
        staff: StaffId::new(row.staff),
        act: row.act,
        room: row.room.map(RoomId::new),
        session: row.session.and_then(|id| id.parse().ok()),
        seat: row
            .seat
            .and_then(|seat| u16::try_from(seat).ok())
            .map(SeatNo),
        pupil: row.pupil.map(Pseudonym::new),
        subject: row.subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    #[tokio::test]
    async fn acts_go_into_their_month_and_months_are_erased() {
        let folder = tempfile::tempdir().unwrap();
        let november = Stamp(1_764_000_000_000);
        let (clock, _hand) = Clock::by_hand(november, TimeZone::UTC);
        let audit = Audit::start(folder.path(), clock).unwrap();
        let school = EstablishmentId::new("0310001A");
        let other = EstablishmentId::new("0310002B");
        let entry = |at, school: &EstablishmentId, act| {
            let mut entry = Entry::new(at, school, &StaffId::new("s1"), act);
            entry.seat = Some(SeatNo(4));
            entry.subject = Some("needle-in-the-log".to_owned());
            entry
        };
        let earlier = november - Span::minutes(60 * 24 * 40);
        audit
            .write(entry(earlier, &school, Act::Command))
            .await
            .unwrap();
        audit
            .write(entry(november, &school, Act::LookSheet))
            .await
            .unwrap();
        // The page refreshed by itself: the same look.
        audit
            .write(entry(november + Span::seconds(9), &school, Act::LookSheet))
            .await
            .unwrap();
        audit
            .write(entry(november, &other, Act::Dismiss))
            .await
            .unwrap();
        let read = audit
            .read(vec![school.clone()], november + Span::minutes(1))
            .await
            .unwrap();
        let acts: Vec<&str> = read.iter().map(|entry| entry.act.as_str()).collect();
        assert_eq!(acts, ["look-sheet", "command"]);
        let gone = audit.erase_before("2025-11".to_owned()).await.unwrap();
        assert_eq!(gone, ["2025-10"]);
        let read = audit
            .read(vec![school], november + Span::minutes(1))
            .await
            .unwrap();
        assert_eq!(read.len(), 1);
    }
}

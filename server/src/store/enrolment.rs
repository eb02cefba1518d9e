//! Which computers may come in: enrolment tokens, machines that wait for a seat, copies of a key that were refused.
//!
//! A key is bound to a workstation for ever, and a computer is a seat's only by an adult's word: what a machine says of itself
//! (its own id, its name) is a hint for that adult and never an identity. Never speaks to a link: [`crate::agents`].
//! Long because a token, who comes in by it and who is refused are one transaction after another on the same rows.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use vigie_protocol::{Digest, RoomId, SeatNo, Span, StaffId, Stamp, WorkstationId};

use super::entities::{enrolment_token, room, seat, workstation};
use super::places::{Workstation, from_row, small, unsigned};
use super::{Doing, Store, StoreError};
use crate::ids;

/// Letters and digits of a token's digest that name it: enough to tell a school's tokens apart, and no secret.
const NAME: usize = 16;
/// Codes tried before two waiting machines may show the same one: there are a million, and a school has hundreds of machines.
const CODES_TRIED_MAX: usize = 16;

/// A copy that comes again within this long is the same news.
const CLONE_NEWS: Span = Span::minutes(60);

/// A token to be kept.
#[derive(Clone, Debug)]
pub(crate) struct NewToken<'a> {
    /// SHA-256 of its text, which is kept nowhere.
    pub(crate) digest: &'a Digest,
    pub(crate) room: &'a RoomId,
    /// The one seat that it is for; none for a room's token.
    pub(crate) seat: Option<SeatNo>,
    /// How many computers may come in by it.
    pub(crate) uses: u16,
    pub(crate) made: Stamp,
    /// Who made it; none for the command line.
    pub(crate) by: Option<&'a StaffId>,
    pub(crate) ends: Stamp,
    /// What a newcomer by a room's token gets.
    pub(crate) newcomers: Newcomers,
}

/// What a newcomer by a room's token gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Newcomers {
    /// It waits, shows a code, and an adult matches it to a seat.
    Wait,
    /// The first free seat, in the order in which they come.
    InOrder,
}

/// A token as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Names it; no secret.
    pub(crate) id: String,
    pub(crate) seat: Option<SeatNo>,
    pub(crate) uses: u16,
    pub(crate) uses_left: u16,
    pub(crate) made: Stamp,
    pub(crate) by: Option<StaffId>,
    pub(crate) ends: Stamp,
    pub(crate) revoked: bool,
}

impl Token {
    /// In one word: `open`, `used_up`, `expired`, `revoked`.
    pub(crate) fn state(&self, now: Stamp) -> &'static str {
        if self.revoked {
            "revoked"
        } else if self.uses_left == 0 {
            "used_up"
        } else if self.ends <= now {
            "expired"
        } else {
            "open"
        }
    }
}

/// A computer that wants to be enrolled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newcomer<'a> {
    pub(crate) id: &'a WorkstationId,
    /// Ed25519 public key, proven.
    pub(crate) key: &'a str,
    /// Digest of the computer's own id, if it says one.
    pub(crate) machine: Option<&'a Digest>,
    /// The name that its owner gave it.
    pub(crate) host: Option<&'a str>,
}

/// Why a workstation was not enrolled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolError {
    #[error("the enrolment token is unknown, used up, revoked or out of date")]
    Token,
    #[error("the seat that the token names already has a workstation")]
    SeatTaken,
    #[error("this workstation is enrolled with another key")]
    OtherKey,
    #[error("this key is enrolled as another workstation")]
    OtherWorkstation(WorkstationId),
    #[error("the workstation is revoked; enrol it afresh, with a new key")]
    Revoked,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a workstation was not put on a seat.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SeatError {
    #[error("no such workstation in this room")]
    NoSuchWorkstation,
    #[error("no such seat in this room")]
    NoSuchSeat,
    #[error("another workstation is on the seat")]
    Taken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A workstation of a room, as an adult who sets it up sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: WorkstationId,
    pub(crate) seat: Option<SeatNo>,
    pub(crate) host: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) enrolled: Stamp,
    /// Where the same computer sat before it was installed anew.
    pub(crate) was_seat: Option<SeatNo>,
    pub(crate) cloned: Option<Cloned>,
}

/// A copy of a workstation's key that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cloned {
    pub(crate) at: Stamp,
    pub(crate) how: How,
    /// The name that the copy gave.
    pub(crate) host: Option<String>,
}

/// How a copy was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The key came from a computer with another id of its own.
    Machine,
    /// Two links were alive at the same time.
    Link,
    /// The key came under another workstation's id.
    Key,
}

impl How {
    pub(crate) const ALL: [Self; 3] = [Self::Machine, Self::Link, Self::Key];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Link => "link",
            Self::Key => "key",
        }
    }
}

impl Store {
    /// Keeps an enrolment token by the digest of its text; `uses` computers may come in by it until `ends`. Gives the name
    /// under which it is listed.
    pub(crate) async fn put_enrolment_token(
        &self,
        new: NewToken<'_>,
    ) -> Result<String, StoreError> {
        enrolment_token::Entity::insert(enrolment_token::ActiveModel {
            digest: Set(new.digest.to_string()),
            room: Set(new.room.to_string()),
            seat: Set(new.seat.map(|seat| small(seat.0))),
            uses_left: Set(i32::from(new.uses)),
            ends_ms: Set(new.ends.0),
            uses: Set(i32::from(new.uses)),
            made_ms: Set(new.made.0),
            made_by: Set(new.by.map(ToString::to_string)),
            revoked_ms: Set(None),
            in_order: Set(new.newcomers == Newcomers::InOrder),
        })
        .exec_without_returning(self.db())
        .await
        .doing("write an enrolment token")?;
        Ok(name(new.digest.as_str()))
    }

    /// The tokens of a room, newest first.
    pub(crate) async fn enrolment_tokens(&self, room: &RoomId) -> Result<Vec<Token>, StoreError> {
        let rows = enrolment_token::Entity::find()
            .filter(enrolment_token::Column::Room.eq(room.as_str()))
            .order_by_desc(enrolment_token::Column::MadeMs)
            .order_by_asc(enrolment_token::Column::Digest)
            .all(self.db())
            .await
            .doing("read the enrolment tokens")?;
        Ok(rows
            .into_iter()
            .map(|row| Token {
                id: name(&row.digest),
                seat: row.seat.map(|seat| SeatNo(unsigned(seat))),
                uses: u16::try_from(row.uses).unwrap_or_default(),
                uses_left: u16::try_from(row.uses_left).unwrap_or_default(),
                made: Stamp(row.made_ms),
                by: row.made_by.map(StaffId::new),
                ends: Stamp(row.ends_ms),
                revoked: row.revoked_ms.is_some(),
            })
            .collect())
    }

    /// Takes a token back: nobody comes in by it any more. False when the room has none of this name.
    pub(crate) async fn revoke_enrolment_token(
        &self,
        room: &RoomId,
        id: &str,
        now: Stamp,
    ) -> Result<bool, StoreError> {
        let doing = "revoke an enrolment token";
        let rows = enrolment_token::Entity::find()
            .filter(enrolment_token::Column::Room.eq(room.as_str()))
            .all(self.db())
            .await
            .doing(doing)?;
        let Some(row) = rows.into_iter().find(|row| name(&row.digest) == id) else {
            return Ok(false);
        };
        if row.revoked_ms.is_none() {
            let mut row = row.into_active_model();
            row.revoked_ms = Set(Some(now.0));
            enrolment_token::Entity::update(row)
                .exec(self.db())
                .await
                .doing(doing)?;
        }
        Ok(true)
    }

    /// The workstations of a room that are not revoked, those that wait first.
    pub(crate) async fn known_in(&self, room: &RoomId) -> Result<Vec<Known>, StoreError> {
        let rows = workstation::Entity::find()
            .filter(workstation::Column::Room.eq(room.as_str()))
            .order_by_asc(workstation::Column::EnrolledMs)
            .order_by_asc(workstation::Column::Id)
            .all(self.db())
            .await
            .doing("read the workstations of a room")?;
        // The newest wins: a computer that was moved and installed anew sat last where it sat last.
        let sat: BTreeMap<&str, i16> = rows
            .iter()
            .filter_map(|row| row.machine.as_deref().zip(row.seat))
            .collect();
        let known = rows
            .iter()
            .filter(|row| row.revoked_ms.is_none())
            .map(|row| Known {
                id: WorkstationId::new(row.id.as_str()),
                seat: row.seat.map(|seat| SeatNo(unsigned(seat))),
                host: row.host.clone(),
                code: row.code.clone(),
                enrolled: Stamp(row.enrolled_ms),
                was_seat: match (row.seat, &row.machine) {
                    (None, Some(machine)) => sat
                        .get(machine.as_str())
                        .map(|seat| SeatNo(unsigned(*seat))),
                    _ => None,
                },
                cloned: cloned(row),
            });
        let mut known: Vec<Known> = known.collect();
        known.sort_by_key(|one| one.seat);
        Ok(known)
    }

    /// The workstation that this key is bound to.
    pub(crate) async fn workstation_of_key(
        &self,
        key: &str,
    ) -> Result<Option<Workstation>, StoreError> {
        let row = workstation::Entity::find()
            .filter(workstation::Column::Key.eq(key))
            .one(self.db())
            .await
            .doing("read a workstation by its key")?;
        Ok(row.map(from_row))
    }

    /// Enrols a workstation by a token: its key is bound for ever, and it gets the token's seat, or waits for one in the
    /// token's room. Whoever comes again with the same key keeps what it has.
    pub(crate) async fn enrol(
        &self,
        token: &Digest,
        new: Newcomer<'_>,
        now: Stamp,
    ) -> Result<Workstation, EnrolError> {
        let doing = "enrol a workstation";
        let all = self.first_writer(doing).await?;
        let known = workstation::Entity::find()
            .filter(
                workstation::Column::Id
                    .eq(new.id.as_str())
                    .or(workstation::Column::Key.eq(new.key)),
            )
            .all(&all)
            .await
            .doing(doing)?;
        let other = known
            .iter()
            .find(|row| row.key == new.key && row.id != new.id.as_str());
        if let Some(other) = other {
            return Err(EnrolError::OtherWorkstation(WorkstationId::new(
                other.id.as_str(),
            )));
        }
        if let Some(known) = known.into_iter().next() {
            if known.key != new.key {
                return Err(EnrolError::OtherKey);
            }
            if known.revoked_ms.is_some() {
                return Err(EnrolError::Revoked);
            }
            return again(all, token, known, new, now).await;
        }
        let granted = take_use(&all, token, now).await?;
        let Some(place) = room::Entity::find_by_id(granted.room.clone())
            .one(&all)
            .await
            .doing(doing)?
        else {
            return Err(EnrolError::Token);
        };
        let seat = seat_of(&all, &granted).await?;
        let code = match seat {
            Some(_) => None,
            None => Some(fresh_code(&all, &place.establishment).await?),
        };
        let row = workstation::Model {
            id: new.id.to_string(),
            establishment: place.establishment,
            key: new.key.to_owned(),
            room: Some(granted.room),
            seat,
            enrolled_ms: now.0,
            revoked_ms: None,
            machine: new.machine.map(ToString::to_string),
            host: new.host.map(ToOwned::to_owned),
            code,
            cloned_ms: None,
            cloned_how: None,
            cloned_host: None,
        };
        workstation::Entity::insert(workstation::ActiveModel::from(row.clone()))
            .exec_without_returning(&all)
            .await
            .doing(doing)?;
        all.commit().await.doing(doing)?;
        Ok(from_row(row))
    }

    /// An adult puts a workstation of the room on a seat. Gives the one that was there, now revoked: a seat has one. `instead`
    /// says that the adult knows of it; it is not asked for when both are the same computer, installed anew.
    pub(crate) async fn put_on_seat(
        &self,
        (room, id): (&RoomId, &WorkstationId),
        wanted: SeatNo,
        instead: Instead,
        now: Stamp,
    ) -> Result<Option<WorkstationId>, SeatError> {
        let doing = "put a workstation on a seat";
        let all = self.first_writer(doing).await?;
        let row = of_room(&all, room, id, doing).await?;
        let Some(row) = row else {
            return Err(SeatError::NoSuchWorkstation);
        };
        let exists = seat::Entity::find_by_id((room.to_string(), small(wanted.0)))
            .one(&all)
            .await
            .doing(doing)?;
        if exists.is_none() {
            return Err(SeatError::NoSuchSeat);
        }
        let there = workstation::Entity::find()
            .filter(workstation::Column::Room.eq(room.as_str()))
            .filter(workstation::Column::Seat.eq(small(wanted.0)))
            .filter(workstation::Column::RevokedMs.is_null())
            .filter(workstation::Column::Id.ne(id.as_str()))
            .one(&all)
            .await
            .doing(doing)?;
        let mut gone = None;
        if let Some(there) = there {
            let same = there.machine.is_some() && there.machine == row.machine;
            if instead == Instead::No && !same {
                return Err(SeatError::Taken);
            }
            gone = Some(WorkstationId::new(there.id.as_str()));
            let mut there = there.into_active_model();
            there.revoked_ms = Set(Some(now.0));
            workstation::Entity::update(there)
                .exec(&all)
                .await
                .doing(doing)?;
        }
        let mut row = row.into_active_model();
        row.seat = Set(Some(small(wanted.0)));
        row.code = Set(None);
        workstation::Entity::update(row)
            .exec(&all)
            .await
            .doing(doing)?;
        all.commit().await.doing(doing)?;
        Ok(gone)
    }

    /// An adult refuses a workstation of the room, for ever. False when the room has none of this id.
    pub(crate) async fn revoke_workstation(
        &self,
        room: &RoomId,
        id: &WorkstationId,
        now: Stamp,
    ) -> Result<bool, StoreError> {
        let doing = "revoke a workstation";
        let all = self.first_writer(doing).await?;
        let Some(row) = of_room(&all, room, id, doing).await? else {
            return Ok(false);
        };
        let mut row = row.into_active_model();
        row.revoked_ms = Set(Some(now.0));
        row.code = Set(None);
        workstation::Entity::update(row)
            .exec(&all)
            .await
            .doing(doing)?;
        all.commit().await.doing(doing)?;
        Ok(true)
    }

    /// Remembers that a copy of this workstation's key was refused. Says whether that is news: a copy comes again and again.
    pub(crate) async fn note_clone(
        &self,
        id: &WorkstationId,
        found: &Cloned,
    ) -> Result<bool, StoreError> {
        let known = workstation::Entity::find_by_id(id.to_string())
            .one(self.db())
            .await
            .doing("read a workstation")?
            .and_then(|row| cloned(&row));
        self.put_clone(id, Some(found)).await?;
        Ok(known.is_none_or(|known| {
            known.how != found.how || known.host != found.host || found.at - known.at > CLONE_NEWS
        }))
    }

    /// An adult has seen to it.
    pub(crate) async fn settle_clone(&self, id: &WorkstationId) -> Result<(), StoreError> {
        self.put_clone(id, None).await
    }

    async fn put_clone(
        &self,
        id: &WorkstationId,
        found: Option<&Cloned>,
    ) -> Result<(), StoreError> {
        let how = found.map(|found| found.how.word());
        let host = found.and_then(|found| found.host.clone());
        workstation::Entity::update_many()
            .col_expr(
                workstation::Column::ClonedMs,
                Expr::value(found.map(|found| found.at.0)),
            )
            .col_expr(workstation::Column::ClonedHow, Expr::value(how))
            .col_expr(workstation::Column::ClonedHost, Expr::value(host))
            .filter(workstation::Column::Id.eq(id.as_str()))
            .exec(self.db())
            .await
            .doing("write down a copy of a key")?;
        Ok(())
    }

    /// It reads before it writes: on SQLite the lock must be taken first, or a write of another connection in between fails
    /// this one at once.
    async fn first_writer(&self, doing: &'static str) -> Result<DatabaseTransaction, StoreError> {
        let first = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.db().begin_with_options(first).await.doing(doing)
    }
}

/// Whether an adult knows that another workstation is on the seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    Yes,
    No,
}

/// A key that is known comes again with a token. Its answer may have been lost: then nothing changes. From another computer it
/// takes a use, since an adult vouches for it by the token, and keeps its seat.
async fn again(
    all: DatabaseTransaction,
    token: &Digest,
    known: workstation::Model,
    new: Newcomer<'_>,
    now: Stamp,
) -> Result<Workstation, EnrolError> {
    let doing = "enrol a workstation again";
    let machine = new.machine.map(ToString::to_string);
    let moved = known.machine.is_some() && machine.is_some() && known.machine != machine;
    if moved {
        take_use(&all, token, now).await?;
    }
    let mut row = known.clone().into_active_model();
    row.machine = Set(machine.or(known.machine));
    row.host = Set(new.host.map(ToOwned::to_owned).or(known.host));
    let row = workstation::Entity::update(row)
        .exec(&all)
        .await
        .doing(doing)?;
    all.commit().await.doing(doing)?;
    Ok(from_row(row))
}

/// One statement takes a use, so that two computers cannot share the last one.
async fn take_use(
    all: &DatabaseTransaction,
    token: &Digest,
    now: Stamp,
) -> Result<enrolment_token::Model, EnrolError> {
    let doing = "take a use of an enrolment token";
    let taken = enrolment_token::Entity::update_many()
        .col_expr(
            enrolment_token::Column::UsesLeft,
            Expr::col(enrolment_token::Column::UsesLeft).sub(1),
        )
        .filter(enrolment_token::Column::Digest.eq(token.as_str()))
        .filter(enrolment_token::Column::UsesLeft.gt(0))
        .filter(enrolment_token::Column::EndsMs.gt(now.0))
        .filter(enrolment_token::Column::RevokedMs.is_null())
        .exec(all)
        .await
        .doing(doing)?;
    if taken.rows_affected != 1 {
        return Err(EnrolError::Token);
    }
    enrolment_token::Entity::find_by_id(token.to_string())
        .one(all)
        .await
        .doing(doing)?
        .ok_or(EnrolError::Token)
}

/// The seat of a newcomer, if the token gives one.
async fn seat_of(
    all: &DatabaseTransaction,
    granted: &enrolment_token::Model,
) -> Result<Option<i16>, EnrolError> {
    let doing = "find a seat for a workstation";
    let taken: Vec<i16> = workstation::Entity::find()
        .filter(workstation::Column::Room.eq(granted.room.as_str()))
        .filter(workstation::Column::RevokedMs.is_null())
        .all(all)
        .await
        .doing(doing)?
        .into_iter()
        .filter_map(|one| one.seat)
        .collect();
    match granted.seat {
        Some(seat) if taken.contains(&seat) => Err(EnrolError::SeatTaken),
        Some(seat) => Ok(Some(seat)),
        None if granted.in_order => Ok(seat::Entity::find()
            .filter(seat::Column::Room.eq(granted.room.as_str()))
            .order_by_asc(seat::Column::Seat)
            .all(all)
            .await
            .doing(doing)?
            .into_iter()
            .map(|one| one.seat)
            .find(|one| !taken.contains(one))),
        None => Ok(None),
    }
}

/// A code that no other waiting machine of the school shows.
async fn fresh_code(all: &DatabaseTransaction, school: &str) -> Result<String, StoreError> {
    let shown: Vec<String> = workstation::Entity::find()
        .filter(workstation::Column::Establishment.eq(school))
        .filter(workstation::Column::Code.is_not_null())
        .all(all)
        .await
        .doing("read the codes of waiting machines")?
        .into_iter()
        .filter_map(|row| row.code)
        .collect();
    let fresh = (0..CODES_TRIED_MAX)
        .map(|_| ids::code())
        .find(|code| !shown.contains(code));
    Ok(fresh.unwrap_or_else(ids::code))
}

async fn of_room(
    all: &DatabaseTransaction,
    room: &RoomId,
    id: &WorkstationId,
    doing: &'static str,
) -> Result<Option<workstation::Model>, StoreError> {
    workstation::Entity::find_by_id(id.to_string())
        .filter(workstation::Column::Room.eq(room.as_str()))
        .filter(workstation::Column::RevokedMs.is_null())
        .one(all)
        .await
        .doing(doing)
}

fn cloned(row: &workstation::Model) -> Option<Cloned> {
    let how = row.cloned_how.as_deref()?;
    Some(Cloned {
        at: Stamp(row.cloned_ms?),
        how: How::ALL.into_iter().find(|known| known.word() == how)?,
        host: row.cloned_host.clone(),
    })
}

fn name(digest: &str) -> String {
    digest.chars().take(NAME).collect()
}

//! Schools, rooms, seats and the workstations on them.
//!
//! Owns where things are and which computers may come in. Never knows who sits where: that is the room's.

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{Digest, EstablishmentId, RoomId, SeatNo, Stamp, WorkstationId};
use vigie_room::fact::LinkEnd;

use super::entities::{enrolment_token, establishment, link, room, seat, workstation};
use super::{Doing, Store, StoreError};

/// A school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Establishment {
    pub(crate) id: EstablishmentId,
    pub(crate) name: String,
}

/// A room with its plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomRow {
    pub(crate) id: RoomId,
    pub(crate) establishment: EstablishmentId,
    pub(crate) name: String,
    /// Every seat in plan order.
    pub(crate) seats: Vec<Seat>,
}

/// A position on the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) seat: SeatNo,
    /// Column and row from 0; none lays the tiles out in order.
    pub(crate) at: Option<(u16, u16)>,
    /// The workstation enrolled on it, never a revoked one.
    pub(crate) workstation: Option<WorkstationId>,
}

/// An enrolled computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Workstation {
    pub(crate) id: WorkstationId,
    pub(crate) establishment: EstablishmentId,
    /// Ed25519 public key, base64 without padding (URL alphabet), bound at enrolment.
    pub(crate) key: String,
    /// Room and seat; none while it waits for a seat.
    pub(crate) place: Option<(RoomId, SeatNo)>,
    pub(crate) revoked: bool,
}

/// Why a workstation was not enrolled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolError {
    #[error("the enrolment token is unknown, used up or out of date")]
    Token,
    #[error("the seat that the token names already has a workstation")]
    SeatTaken,
    #[error("this workstation is enrolled with another key")]
    OtherKey,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was last known of a workstation's link.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkRow {
    /// None while it is up.
    pub(crate) down: Option<LinkEnd>,
    pub(crate) since: Stamp,
    pub(crate) can: Capabilities,
}

impl Store {
    /// Adds a school, or renames it.
    pub(crate) async fn put_establishment(&self, new: &Establishment) -> Result<(), StoreError> {
        establishment::Entity::insert(establishment::ActiveModel {
            id: Set(new.id.to_string()),
            name: Set(new.name.clone()),
        })
        .on_conflict(
            OnConflict::column(establishment::Column::Id)
                .update_column(establishment::Column::Name)
                .to_owned(),
        )
        .exec_without_returning(self.db())
        .await
        .doing("write a school")?;
        Ok(())
    }

    /// Every school, by its code.
    pub(crate) async fn establishments(&self) -> Result<Vec<Establishment>, StoreError> {
        let rows = establishment::Entity::find()
            .order_by_asc(establishment::Column::Id)
            .all(self.db())
            .await
            .doing("read the schools")?;
        Ok(rows
            .into_iter()
            .map(|row| Establishment {
                id: EstablishmentId::new(row.id),
                name: row.name,
            })
            .collect())
    }

    /// Adds a room with its seats, or gives it a new name and plan.
    pub(crate) async fn put_room(&self, new: &RoomRow) -> Result<(), StoreError> {
        let doing = "write a room";
        let all = self.db().begin().await.doing(doing)?;
        room::Entity::insert(room::ActiveModel {
            id: Set(new.id.to_string()),
            establishment: Set(new.establishment.to_string()),
            name: Set(new.name.clone()),
        })
        .on_conflict(
            OnConflict::column(room::Column::Id)
                .update_column(room::Column::Name)
                .to_owned(),
        )
        .exec_without_returning(&all)
        .await
        .doing(doing)?;
        seat::Entity::delete_many()
            .filter(seat::Column::Room.eq(new.id.as_str()))
            .exec(&all)
            .await
            .doing(doing)?;
        let rows = new.seats.iter().map(|one| seat::ActiveModel {
            room: Set(new.id.to_string()),
            seat: Set(small(one.seat.0)),
            plan_column: Set(one.at.map(|at| small(at.0))),
            plan_row: Set(one.at.map(|at| small(at.1))),
        });
        seat::Entity::insert_many(rows)
            .exec_without_returning(&all)
            .await
            .doing(doing)?;
        all.commit().await.doing(doing)
    }

    /// A room with its plan and who is enrolled on it.
    pub(crate) async fn room(&self, id: &RoomId) -> Result<Option<RoomRow>, StoreError> {
        let Some(row) = room::Entity::find_by_id(id.to_string())
            .one(self.db())
            .await
            .doing("read a room")?
        else {
            return Ok(None);
        };
        self.with_seats(row).await.map(Some)
    }

    /// Every room of a school, by name.
    pub(crate) async fn rooms_of(
        &self,
        establishment: &EstablishmentId,
    ) -> Result<Vec<RoomRow>, StoreError> {
        let rows = room::Entity::find()
            .filter(room::Column::Establishment.eq(establishment.as_str()))
            .order_by_asc(room::Column::Name)
            .all(self.db())
            .await
            .doing("read the rooms")?;
        let mut rooms = Vec::with_capacity(rows.len());
        for row in rows {
            rooms.push(self.with_seats(row).await?);
        }
        Ok(rooms)
    }

    async fn with_seats(&self, row: room::Model) -> Result<RoomRow, StoreError> {
        let enrolled: BTreeMap<i16, String> = workstation::Entity::find()
            .filter(workstation::Column::Room.eq(row.id.as_str()))
            .filter(workstation::Column::RevokedMs.is_null())
            .all(self.db())
            .await
            .doing("read the workstations of a room")?
            .into_iter()
            .filter_map(|one| Some((one.seat?, one.id)))
            .collect();
        let seats = seat::Entity::find()
            .filter(seat::Column::Room.eq(row.id.as_str()))
            .order_by_asc(seat::Column::Seat)
            .all(self.db())
            .await
            .doing("read the seats of a room")?
            .into_iter()
            .map(|one| Seat {
                seat: SeatNo(unsigned(one.seat)),
                at: one
                    .plan_column
                    .map(unsigned)
                    .zip(one.plan_row.map(unsigned)),
                workstation: enrolled
                    .get(&one.seat)
                    .map(|id| WorkstationId::new(id.as_str())),
            })
            .collect();
        Ok(RoomRow {
            id: RoomId::new(row.id),
            establishment: EstablishmentId::new(row.establishment),
            name: row.name,
            seats,
        })
    }

    /// An enrolled computer, revoked or not.
    pub(crate) async fn workstation(
        &self,
        id: &WorkstationId,
    ) -> Result<Option<Workstation>, StoreError> {
        let row = workstation::Entity::find_by_id(id.to_string())
            .one(self.db())
            .await
            .doing("read a workstation")?;
        Ok(row.map(from_row))
    }

    /// Keeps an enrolment token by the digest of its text; `uses` computers may come in by it until `ends`.
    pub(crate) async fn put_enrolment_token(
        &self,
        token: &Digest,
        place: (&RoomId, Option<SeatNo>),
        uses: u16,
        ends: Stamp,
    ) -> Result<(), StoreError> {
        enrolment_token::Entity::insert(enrolment_token::ActiveModel {
            digest: Set(token.to_string()),
            room: Set(place.0.to_string()),
            seat: Set(place.1.map(|seat| small(seat.0))),
            uses_left: Set(i32::from(uses)),
            ends_ms: Set(ends.0),
        })
        .exec_without_returning(self.db())
        .await
        .doing("write an enrolment token")?;
        Ok(())
    }

    /// Enrols a workstation by a token: its key is bound for ever, and it gets the token's seat, or the room's first free
    /// one, or none when all are taken. The same workstation with the same key may come again (its answer may have been lost).
    pub(crate) async fn enrol(
        &self,
        token: &Digest,
        (id, key): (&WorkstationId, &str),
        now: Stamp,
    ) -> Result<Workstation, EnrolError> {
        let doing = "enrol a workstation";
        // It reads before it writes: on SQLite the lock must be taken first, or a write of another connection in between
        // fails this one at once.
        let first = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let all = self.db().begin_with_options(first).await.doing(doing)?;
        let known = workstation::Entity::find_by_id(id.to_string())
            .one(&all)
            .await
            .doing(doing)?;
        if let Some(known) = known {
            return if known.key == key && known.revoked_ms.is_none() {
                Ok(from_row(known))
            } else {
                Err(EnrolError::OtherKey)
            };
        }
        // One statement takes a use, so that two computers cannot share the last one.
        let taken = enrolment_token::Entity::update_many()
            .col_expr(
                enrolment_token::Column::UsesLeft,
                sea_orm::sea_query::Expr::col(enrolment_token::Column::UsesLeft).sub(1),
            )
            .filter(enrolment_token::Column::Digest.eq(token.as_str()))
            .filter(enrolment_token::Column::UsesLeft.gt(0))
            .filter(enrolment_token::Column::EndsMs.gt(now.0))
            .exec(&all)
            .await
            .doing(doing)?;
        if taken.rows_affected != 1 {
            return Err(EnrolError::Token);
        }
        let Some(granted) = enrolment_token::Entity::find_by_id(token.to_string())
            .one(&all)
            .await
            .doing(doing)?
        else {
            return Err(EnrolError::Token);
        };
        let Some(place) = room::Entity::find_by_id(granted.room.clone())
            .one(&all)
            .await
            .doing(doing)?
        else {
            return Err(EnrolError::Token);
        };
        let taken_seats: Vec<i16> = workstation::Entity::find()
            .filter(workstation::Column::Room.eq(granted.room.as_str()))
            .filter(workstation::Column::RevokedMs.is_null())
            .all(&all)
            .await
            .doing(doing)?
            .into_iter()
            .filter_map(|one| one.seat)
            .collect();
        let seat = match granted.seat {
            Some(seat) if taken_seats.contains(&seat) => return Err(EnrolError::SeatTaken),
            Some(seat) => Some(seat),
            None => seat::Entity::find()
                .filter(seat::Column::Room.eq(granted.room.as_str()))
                .order_by_asc(seat::Column::Seat)
                .all(&all)
                .await
                .doing(doing)?
                .into_iter()
                .map(|one| one.seat)
                .find(|one| !taken_seats.contains(one)),
        };
        let row = workstation::Model {
            id: id.to_string(),
            establishment: place.establishment,
            key: key.to_owned(),
            room: Some(granted.room),
            seat,
            enrolled_ms: now.0,
            revoked_ms: None,
        };
        workstation::Entity::insert(workstation::ActiveModel::from(row.clone()))
            .exec_without_returning(&all)
            .await
            .doing(doing)?;
        all.commit().await.doing(doing)?;
        Ok(from_row(row))
    }

    /// Remembers a link's state for the page between sessions.
    pub(crate) async fn put_link(
        &self,
        id: &WorkstationId,
        new: &LinkRow,
    ) -> Result<(), StoreError> {
        link::Entity::insert(link::ActiveModel {
            workstation: Set(id.to_string()),
            state: Set(link_state(new.down).to_owned()),
            since_ms: Set(new.since.0),
            can: Set(serde_json::to_string(&new.can).unwrap_or_default()),
        })
        .on_conflict(
            OnConflict::column(link::Column::Workstation)
                .update_columns([
                    link::Column::State,
                    link::Column::SinceMs,
                    link::Column::Can,
                ])
                .to_owned(),
        )
        .exec_without_returning(self.db())
        .await
        .doing("write a link")?;
        Ok(())
    }

    /// The last known link of each workstation of a room that ever had one.
    pub(crate) async fn links_of(
        &self,
        room: &RoomRow,
    ) -> Result<BTreeMap<WorkstationId, LinkRow>, StoreError> {
        let ids = room
            .seats
            .iter()
            .filter_map(|seat| seat.workstation.as_ref().map(ToString::to_string));
        let rows = link::Entity::find()
            .filter(link::Column::Workstation.is_in(ids))
            .all(self.db())
            .await
            .doing("read the links of a room")?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let known = LinkRow {
                    down: link_end(&row.state),
                    since: Stamp(row.since_ms),
                    can: serde_json::from_str(&row.can).unwrap_or_default(),
                };
                (WorkstationId::new(row.workstation), known)
            })
            .collect())
    }
}

fn from_row(row: workstation::Model) -> Workstation {
    Workstation {
        id: WorkstationId::new(row.id),
        establishment: EstablishmentId::new(row.establishment),
        key: row.key,
        place: row
            .room
            .map(RoomId::new)
            .zip(row.seat.map(|seat| SeatNo(unsigned(seat)))),
        revoked: row.revoked_ms.is_some(),
    }
}

fn link_state(down: Option<LinkEnd>) -> &'static str {
    match down {
        None => "up",
        Some(LinkEnd::Off) => "off",
        Some(LinkEnd::Stopped) => "stopped",
        Some(LinkEnd::Lost) => "lost",
    }
}

fn link_end(state: &str) -> Option<LinkEnd> {
    match state {
        "up" => None,
        "off" => Some(LinkEnd::Off),
        "stopped" => Some(LinkEnd::Stopped),
        _ => Some(LinkEnd::Lost),
    }
}

/// Seats and plan positions are at most [`i16::MAX`]: the set-up refuses larger ones by name.
fn small(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

fn unsigned(number: i16) -> u16 {
    u16::try_from(number).unwrap_or(0)
}

//! Schools, rooms, seats and the workstations on them.
//!
//! Owns where things are. Never knows who sits where: that is the room's. Next: [`super::enrolment`] for which computers may
//! come in.

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, TransactionTrait,
};
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{Digest, EstablishmentId, RoomId, SeatNo, Stamp, WorkstationId};
use vigie_room::fact::LinkEnd;

use super::entities::{establishment, link, room, seat, workstation};
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
    /// Digest of the computer's own id, as it said it at its enrolment.
    pub(crate) machine: Option<Digest>,
    /// What its panel shows while it waits for a seat.
    pub(crate) code: Option<String>,
    /// The room that it is enrolled in, with or without a seat.
    pub(crate) room: Option<RoomId>,
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
            zone: NotSet,
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

    /// Remembers the state of a room's links for the page between sessions, all of them in one transaction: a school's agents
    /// come back all at once.
    pub(crate) async fn put_links(
        &self,
        rows: &BTreeMap<WorkstationId, LinkRow>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        link::Entity::insert_many(rows.iter().map(|(id, new)| link::ActiveModel {
            workstation: Set(id.to_string()),
            state: Set(link_state(new.down).to_owned()),
            since_ms: Set(new.since.0),
            can: Set(serde_json::to_string(&new.can).unwrap_or_default()),
        }))
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
        .doing("write links")?;
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

pub(super) fn from_row(row: workstation::Model) -> Workstation {
    let room = row.room.map(RoomId::new);
    Workstation {
        id: WorkstationId::new(row.id),
        establishment: EstablishmentId::new(row.establishment),
        key: row.key,
        place: room
            .clone()
            .zip(row.seat.map(|seat| SeatNo(unsigned(seat)))),
        revoked: row.revoked_ms.is_some(),
        machine: row.machine.map(Digest::new),
        code: row.code,
        room,
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
pub(super) fn small(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

pub(super) fn unsigned(number: i16) -> u16 {
    u16::try_from(number).unwrap_or(0)
}

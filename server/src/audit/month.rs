//! One month of the log on disk: a SQLite file of its own.
//!
//! Owns the rows. A line's number is its primary key, so two processes that append at once cannot write the same one: the
//! second tries again after the first. Never erases a line. Next: [`super::chain`] for what a digest is made of.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use vigie_protocol::{EstablishmentId, Pseudonym, RoomId, SeatNo, StaffId, Stamp};

use super::act::Entry;
use super::chain::{Head, Row, digest};

/// Times that an append is tried when another process took the number.
const APPEND_TRIES_MAX: u32 = 8;

pub(super) mod entity {
    #![allow(
        unreachable_pub,
        reason = "what the derive makes is public inside this private module"
    )]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
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
        pub before: String,
        pub digest: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Appends a line; `before` is the last digest of the month before, for the first one. Gives how the month ends now.
pub(super) async fn append(
    db: &DatabaseConnection,
    month: &str,
    entry: &Entry,
    before: &str,
) -> Result<Head, DbErr> {
    let mut tried = 0;
    loop {
        tried += 1;
        let last = last(db).await?;
        let number = last.as_ref().map_or(1, |last| last.id.saturating_add(1));
        let mut row = row_of(entry);
        row.id = number;
        row.before = last.map_or_else(|| before.to_owned(), |last| last.digest);
        row.digest = digest(month, number, row.at_ms, &parts(&row), &row.before);
        let head = Head {
            month: month.to_owned(),
            lines: number,
            digest: row.digest.clone(),
            erased: false,
        };
        let written = entity::Entity::insert(active(row))
            .exec_without_returning(db)
            .await;
        match written {
            Ok(_) => return Ok(head),
            Err(error) => {
                let taken = matches!(
                    error.sql_err(),
                    Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
                );
                if !taken || tried >= APPEND_TRIES_MAX {
                    return Err(error);
                }
            }
        }
    }
}

/// How the month ends; none when it has no line.
pub(super) async fn end(db: &DatabaseConnection, month: &str) -> Result<Option<Head>, DbErr> {
    Ok(last(db).await?.map(|last| Head {
        month: month.to_owned(),
        lines: last.id,
        digest: last.digest,
        erased: false,
    }))
}

async fn last(db: &DatabaseConnection) -> Result<Option<entity::Model>, DbErr> {
    entity::Entity::find()
        .order_by_desc(entity::Column::Id)
        .one(db)
        .await
}

/// Every line, as the chain wants it.
pub(super) async fn rows(db: &DatabaseConnection) -> Result<Vec<Row>, DbErr> {
    let rows = entity::Entity::find()
        .order_by_asc(entity::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Row {
            number: row.id,
            at_ms: row.at_ms,
            parts: parts(&row),
            before: row.before,
            digest: row.digest,
        })
        .collect())
}

/// The newest lines of these schools before a moment, newest first.
pub(super) async fn newest(
    db: &DatabaseConnection,
    establishments: &[EstablishmentId],
    before: Stamp,
    most: u64,
) -> Result<Vec<Entry>, DbErr> {
    let schools = establishments.iter().map(EstablishmentId::as_str);
    let rows = entity::Entity::find()
        .filter(entity::Column::Establishment.is_in(schools))
        .filter(entity::Column::AtMs.lt(before.0))
        .order_by_desc(entity::Column::AtMs)
        .order_by_desc(entity::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(entry_of).collect())
}

fn parts(row: &entity::Model) -> [Option<String>; 8] {
    [
        Some(row.establishment.clone()),
        Some(row.staff.clone()),
        Some(row.act.clone()),
        row.room.clone(),
        row.session.clone(),
        row.seat.map(|seat| seat.to_string()),
        row.pupil.clone(),
        row.subject.clone(),
    ]
}

fn row_of(entry: &Entry) -> entity::Model {
    entity::Model {
        id: 0,
        at_ms: entry.at.0,
        establishment: entry.establishment.to_string(),
        staff: entry.staff.to_string(),
        act: entry.act.clone(),
        room: entry.room.as_ref().map(RoomId::to_string),
        session: entry.session.as_ref().map(ToString::to_string),
        seat: entry.seat.and_then(|seat| i16::try_from(seat.0).ok()),
        pupil: entry.pupil.as_ref().map(Pseudonym::to_string),
        subject: entry.subject.clone(),
        before: String::new(),
        digest: String::new(),
    }
}

fn active(row: entity::Model) -> entity::ActiveModel {
    entity::ActiveModel {
        id: Set(row.id),
        at_ms: Set(row.at_ms),
        establishment: Set(row.establishment),
        staff: Set(row.staff),
        act: Set(row.act),
        room: Set(row.room),
        session: Set(row.session),
        seat: Set(row.seat),
        pupil: Set(row.pupil),
        subject: Set(row.subject),
        before: Set(row.before),
        digest: Set(row.digest),
    }
}

fn entry_of(row: entity::Model) -> Entry {
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

//! What is in force: charters and lists by adoption, and the sessions that cite them.
//!
//! Owns which version counts when. Never reads a charter's meaning: that is `filters`.

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use vigie_protocol::{Digest, EstablishmentId, RoomId, SessionId, StaffId, Stamp};

use super::entities::{charter, count, list, session};
use super::{Doing, Store, StoreError};

/// A session as the tables know it; the journal has the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionRow {
    pub(crate) id: SessionId,
    pub(crate) establishment: EstablishmentId,
    pub(crate) room: RoomId,
    pub(crate) owner: StaffId,
    pub(crate) started: Stamp,
    pub(crate) ends: Stamp,
    pub(crate) ended: Option<Stamp>,
}

impl Store {
    /// Puts a charter in force in a school from a moment on; sessions that are open then keep theirs.
    pub(crate) async fn adopt_charter(
        &self,
        establishment: &EstablishmentId,
        (digest, text): (&Digest, &str),
        from: Stamp,
    ) -> Result<(), StoreError> {
        charter::Entity::insert(charter::ActiveModel {
            establishment: Set(establishment.to_string()),
            adopted_ms: Set(from.0),
            digest: Set(digest.to_string()),
            text: Set(text.to_owned()),
        })
        .exec_without_returning(self.db())
        .await
        .doing("adopt a charter")?;
        Ok(())
    }

    /// The charter in force in a school at a moment: its digest and text. None means that nobody adopted one by then.
    pub(crate) async fn charter_in_force(
        &self,
        establishment: &EstablishmentId,
        now: Stamp,
    ) -> Result<Option<(Digest, String)>, StoreError> {
        let row = charter::Entity::find()
            .filter(charter::Column::Establishment.eq(establishment.as_str()))
            .filter(charter::Column::AdoptedMs.lte(now.0))
            .order_by_desc(charter::Column::AdoptedMs)
            .one(self.db())
            .await
            .doing("read the charter in force")?;
        Ok(row.map(|row| (Digest::new(row.digest), row.text)))
    }

    /// Every version that a school adopted, the oldest first: from when it is in force, its digest and its text.
    pub(crate) async fn charter_versions(
        &self,
        establishment: &EstablishmentId,
    ) -> Result<Vec<(Stamp, Digest, String)>, StoreError> {
        let rows = charter::Entity::find()
            .filter(charter::Column::Establishment.eq(establishment.as_str()))
            .order_by_asc(charter::Column::AdoptedMs)
            .all(self.db())
            .await
            .doing("read the charters of a school")?;
        let version =
            |row: charter::Model| (Stamp(row.adopted_ms), Digest::new(row.digest), row.text);
        Ok(rows.into_iter().map(version).collect())
    }

    /// The text of a charter that some school adopted once.
    pub(crate) async fn charter_text(&self, digest: &Digest) -> Result<Option<String>, StoreError> {
        let row = charter::Entity::find()
            .filter(charter::Column::Digest.eq(digest.as_str()))
            .one(self.db())
            .await
            .doing("read a charter")?;
        Ok(row.map(|row| row.text))
    }

    /// Puts a list file (already copied into `lists/<digest>.vgl` and checked) in force in a school.
    pub(crate) async fn adopt_list(
        &self,
        establishment: &EstablishmentId,
        digest: &Digest,
        now: Stamp,
    ) -> Result<(), StoreError> {
        list::Entity::insert(list::ActiveModel {
            establishment: Set(establishment.to_string()),
            adopted_ms: Set(now.0),
            digest: Set(digest.to_string()),
        })
        .exec_without_returning(self.db())
        .await
        .doing("adopt a list")?;
        Ok(())
    }

    /// The list file in force in a school.
    pub(crate) async fn list_in_force(
        &self,
        establishment: &EstablishmentId,
    ) -> Result<Option<Digest>, StoreError> {
        let row = list::Entity::find()
            .filter(list::Column::Establishment.eq(establishment.as_str()))
            .order_by_desc(list::Column::AdoptedMs)
            .one(self.db())
            .await
            .doing("read the list in force")?;
        Ok(row.map(|row| Digest::new(row.digest)))
    }

    /// Writes that a session opened, was extended or ended. The journal is the truth: this row may be behind it and is
    /// put right when the room is folded.
    pub(crate) async fn put_session(&self, new: &SessionRow) -> Result<(), StoreError> {
        session::Entity::insert(session::ActiveModel {
            id: Set(new.id.to_string()),
            establishment: Set(new.establishment.to_string()),
            room: Set(new.room.to_string()),
            owner: Set(new.owner.to_string()),
            started_ms: Set(new.started.0),
            ends_ms: Set(new.ends.0),
            ended_ms: Set(new.ended.map(|at| at.0)),
        })
        .on_conflict(
            OnConflict::column(session::Column::Id)
                .update_columns([
                    session::Column::Owner,
                    session::Column::EndsMs,
                    session::Column::EndedMs,
                ])
                .to_owned(),
        )
        .exec_without_returning(self.db())
        .await
        .doing("write a session")?;
        Ok(())
    }

    /// Writes the counts of a session for the activity report; writing them again changes nothing. Each is a word of ours or a
    /// rule's id, never a person's.
    pub(crate) async fn put_counts(
        &self,
        session: &SessionId,
        (establishment, room): (&EstablishmentId, &RoomId),
        counts: &BTreeMap<String, i64>,
    ) -> Result<(), StoreError> {
        if counts.is_empty() {
            return Ok(());
        }
        let rows = counts.iter().map(|(what, times)| count::ActiveModel {
            session: Set(session.to_string()),
            what: Set(what.clone()),
            establishment: Set(establishment.to_string()),
            room: Set(room.to_string()),
            day: Set(session.day.to_string()),
            times: Set(*times),
        });
        count::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([count::Column::Session, count::Column::What])
                    .update_column(count::Column::Times)
                    .to_owned(),
            )
            .exec_without_returning(self.db())
            .await
            .doing("write the counts of a session")?;
        Ok(())
    }
}

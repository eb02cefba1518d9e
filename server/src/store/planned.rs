//! What is prepared before a session: templates, plans, guests, ready phrases.
//!
//! Owns when a planned session is due and that it opens once. Never opens one itself: `app/housekeeping.rs` does.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use vigie_protocol::{EstablishmentId, Private, Pseudonym, RoomId, SessionId, StaffId, Stamp};

use super::entities::{grant, guest, phrases, plan, session, template};
use super::rules::SessionRow;
use super::{Doing, Store, StoreError};
use crate::policy::{Permission, Role};

/// What is asked for when a session opens, under a name.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) id: String,
    pub(crate) owner: StaffId,
    pub(crate) name: String,
    /// JSON.
    pub(crate) body: String,
}

/// A session that opens by itself.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) id: String,
    /// Shared by the weeks that were planned together.
    pub(crate) series: String,
    pub(crate) establishment: EstablishmentId,
    pub(crate) room: RoomId,
    pub(crate) owner: StaffId,
    pub(crate) starts: Stamp,
    pub(crate) ends: Stamp,
    /// JSON.
    pub(crate) body: String,
}

/// What becomes of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Started(SessionId),
    Missed,
    Cancelled,
}

impl Store {
    /// Keeps a template.
    pub(crate) async fn put_template(
        &self,
        school: &EstablishmentId,
        new: &Template,
        now: Stamp,
    ) -> Result<(), StoreError> {
        template::Entity::insert(template::ActiveModel {
            id: Set(new.id.clone()),
            establishment: Set(school.to_string()),
            owner: Set(new.owner.to_string()),
            name: Set(new.name.clone()),
            body: Set(new.body.clone()),
            changed_ms: Set(now.0),
        })
        .exec_without_returning(self.db())
        .await
        .doing("keep a template")?;
        Ok(())
    }

    /// The templates of a school, by name.
    pub(crate) async fn templates_of(
        &self,
        school: &EstablishmentId,
    ) -> Result<Vec<Template>, StoreError> {
        let rows = template::Entity::find()
            .filter(template::Column::Establishment.eq(school.as_str()))
            .order_by_asc(template::Column::Name)
            .all(self.db())
            .await
            .doing("read the templates")?;
        Ok(rows
            .into_iter()
            .map(|row| Template {
                id: row.id,
                owner: StaffId::new(row.owner),
                name: row.name,
                body: row.body,
            })
            .collect())
    }

    /// Forgets a template; false when there is none of that id in the school.
    pub(crate) async fn remove_template(
        &self,
        school: &EstablishmentId,
        id: &str,
    ) -> Result<bool, StoreError> {
        let gone = template::Entity::delete_many()
            .filter(template::Column::Establishment.eq(school.as_str()))
            .filter(template::Column::Id.eq(id))
            .exec(self.db())
            .await
            .doing("forget a template")?;
        Ok(gone.rows_affected > 0)
    }

    /// Plans sessions.
    pub(crate) async fn add_plans(&self, new: &[Plan]) -> Result<(), StoreError> {
        let rows = new.iter().map(|one| plan::ActiveModel {
            id: Set(one.id.clone()),
            series: Set(one.series.clone()),
            establishment: Set(one.establishment.to_string()),
            room: Set(one.room.to_string()),
            owner: Set(one.owner.to_string()),
            starts_ms: Set(one.starts.0),
            ends_ms: Set(one.ends.0),
            body: Set(one.body.clone()),
            state: Set("waiting".to_owned()),
            session: Set(None),
        });
        plan::Entity::insert_many(rows)
            .exec_without_returning(self.db())
            .await
            .doing("plan a session")?;
        Ok(())
    }

    /// Sessions planned in a room that end after a moment, the next first.
    pub(crate) async fn plans_of(
        &self,
        room: &RoomId,
        after: Stamp,
    ) -> Result<Vec<Plan>, StoreError> {
        let rows = plan::Entity::find()
            .filter(plan::Column::Room.eq(room.as_str()))
            .filter(plan::Column::State.eq("waiting"))
            .filter(plan::Column::EndsMs.gt(after.0))
            .order_by_asc(plan::Column::StartsMs)
            .all(self.db())
            .await
            .doing("read the plans of a room")?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// Plans whose time has come, the earliest first.
    pub(crate) async fn plans_due(&self, now: Stamp) -> Result<Vec<Plan>, StoreError> {
        let rows = plan::Entity::find()
            .filter(plan::Column::State.eq("waiting"))
            .filter(plan::Column::StartsMs.lte(now.0))
            .order_by_asc(plan::Column::StartsMs)
            .all(self.db())
            .await
            .doing("read the plans that are due")?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// Says what becomes of a plan that waits; false when it waits no longer.
    pub(crate) async fn settle_plan(&self, id: &str, fate: &Fate) -> Result<bool, StoreError> {
        let (state, session) = match fate {
            Fate::Started(session) => ("started", Some(session.to_string())),
            Fate::Missed => ("missed", None),
            Fate::Cancelled => ("cancelled", None),
        };
        let changed = plan::Entity::update_many()
            .col_expr(plan::Column::State, Expr::value(state))
            .col_expr(plan::Column::Session, Expr::value(session))
            .filter(plan::Column::Id.eq(id))
            .filter(plan::Column::State.eq("waiting"))
            .exec(self.db())
            .await
            .doing("settle a plan")?;
        Ok(changed.rows_affected > 0)
    }

    /// Names a guest.
    pub(crate) async fn add_guest(
        &self,
        school: &EstablishmentId,
        (pseudonym, name): (&Pseudonym, &Private<String>),
        now: Stamp,
    ) -> Result<(), StoreError> {
        guest::Entity::insert(guest::ActiveModel {
            pseudonym: Set(pseudonym.to_string()),
            establishment: Set(school.to_string()),
            name: Set(name.reveal().clone()),
            since_ms: Set(now.0),
        })
        .exec_without_returning(self.db())
        .await
        .doing("name a guest")?;
        self.refresh_names().await.map(|_| ())
    }

    /// Every guest, with their school and name.
    pub(super) async fn guests(
        &self,
    ) -> Result<Vec<(EstablishmentId, Pseudonym, Private<String>)>, StoreError> {
        let rows = guest::Entity::find()
            .all(self.db())
            .await
            .doing("read the guests")?;
        Ok(rows
            .into_iter()
            .map(|row| {
                (
                    EstablishmentId::new(row.establishment),
                    Pseudonym::new(row.pseudonym),
                    Private::new(row.name),
                )
            })
            .collect())
    }

    /// Forgets guests who were named before a moment: what was filed under them is erased by then.
    pub(crate) async fn forget_guests(&self, before: Stamp) -> Result<u64, StoreError> {
        let gone = guest::Entity::delete_many()
            .filter(guest::Column::SinceMs.lt(before.0))
            .exec(self.db())
            .await
            .doing("forget guests")?;
        Ok(gone.rows_affected)
    }

    /// A school's own ready phrases; none when it uses ours.
    pub(crate) async fn phrases_of(
        &self,
        school: &EstablishmentId,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let row = phrases::Entity::find_by_id(school.to_string())
            .one(self.db())
            .await
            .doing("read the ready phrases")?;
        Ok(row.and_then(|row| serde_json::from_str(&row.texts).ok()))
    }

    /// Writes a school's ready phrases; none brings ours back.
    pub(crate) async fn put_phrases(
        &self,
        school: &EstablishmentId,
        texts: &[String],
    ) -> Result<(), StoreError> {
        let doing = "write the ready phrases";
        if texts.is_empty() {
            phrases::Entity::delete_by_id(school.to_string())
                .exec(self.db())
                .await
                .doing(doing)?;
            return Ok(());
        }
        phrases::Entity::insert(phrases::ActiveModel {
            establishment: Set(school.to_string()),
            texts: Set(serde_json::to_string(texts).unwrap_or_default()),
        })
        .on_conflict(
            OnConflict::column(phrases::Column::Establishment)
                .update_column(phrases::Column::Texts)
                .to_owned(),
        )
        .exec_without_returning(self.db())
        .await
        .doing(doing)?;
        Ok(())
    }

    /// Adults who have a permission in a school.
    pub(crate) async fn staff_who(
        &self,
        school: &EstablishmentId,
        wanted: Permission,
    ) -> Result<BTreeSet<StaffId>, StoreError> {
        let rows = grant::Entity::find()
            .filter(grant::Column::Establishment.eq(school.as_str()))
            .all(self.db())
            .await
            .doing("read the grants of a school")?;
        Ok(rows
            .into_iter()
            .filter(|row| {
                let role: Result<Role, _> = row.role.parse();
                role.is_ok_and(|role| role.may().contains(&wanted))
            })
            .map(|row| StaffId::new(row.staff))
            .collect())
    }

    /// Sessions of a room that ended after a moment, the latest first.
    pub(crate) async fn sessions_over(
        &self,
        room: &RoomId,
        after: Stamp,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let rows = session::Entity::find()
            .filter(session::Column::Room.eq(room.as_str()))
            .filter(session::Column::EndedMs.gt(after.0))
            .order_by_desc(session::Column::StartedMs)
            .all(self.db())
            .await
            .doing("read the sessions of a room")?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                Some(SessionRow {
                    id: row.id.parse().ok()?,
                    establishment: EstablishmentId::new(row.establishment),
                    room: RoomId::new(row.room),
                    owner: StaffId::new(row.owner),
                    started: Stamp(row.started_ms),
                    ends: Stamp(row.ends_ms),
                    ended: row.ended_ms.map(Stamp),
                })
            })
            .collect())
    }
}

fn from_row(row: plan::Model) -> Plan {
    Plan {
        id: row.id,
        series: row.series,
        establishment: EstablishmentId::new(row.establishment),
        room: RoomId::new(row.room),
        owner: StaffId::new(row.owner),
        starts: Stamp(row.starts_ms),
        ends: Stamp(row.ends_ms),
        body: row.body,
    }
}

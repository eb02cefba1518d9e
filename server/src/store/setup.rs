//! What the set-up writes: the code of the first run, the first administrator, a school's zone, its adults and its roster.
//!
//! Owns that each of these is one transaction: a school is never half there. Never decides whether it may be: that is
//! [`crate::setup`] and the routes.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    TransactionTrait,
};
use vigie_protocol::{EstablishmentId, Private, Pseudonym, RoomId, StaffId, Stamp};

use super::entities::{
    distress_receiver, enrolment_token, establishment, first_code, grant, pupil, room, seat,
    session, staff, workstation,
};
use super::people::{Pupil, Staff};
use super::{Doing, Store, StoreError};
use crate::policy::Role;
use crate::roster::Known;

/// The one row of its table.
const FIRST: i16 = 1;

/// The code of the first run, as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct FirstCode {
    pub(crate) hash: Private<String>,
    /// After the try that was just taken.
    pub(crate) tries_left: u16,
}

/// A school with its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct School {
    pub(crate) id: EstablishmentId,
    pub(crate) name: String,
    /// None: the server's setting.
    pub(crate) zone: Option<String>,
}

/// An adult as their school lists them.
#[derive(Clone, Debug)]
pub(crate) struct Colleague {
    pub(crate) staff: Staff,
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) distress: bool,
    /// Whether they have a role in another school too.
    pub(crate) elsewhere: bool,
}

/// A pupil as the set-up lists them.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) pupil: Pupil,
    pub(crate) left: Option<Stamp>,
}

impl Store {
    /// Whether any adult can sign in; while nobody can, the server waits for its first administrator.
    pub(crate) async fn somebody_can_sign_in(&self) -> Result<bool, StoreError> {
        let adults = staff::Entity::find()
            .filter(staff::Column::DisabledMs.is_null())
            .count(self.db())
            .await
            .doing("count the adults")?;
        Ok(adults > 0)
    }

    /// Keeps the code of the first run in place of the one before.
    pub(crate) async fn put_first_code(
        &self,
        hash: &Private<String>,
        ends: Stamp,
        tries: u16,
    ) -> Result<(), StoreError> {
        first_code::Entity::insert(first_code::ActiveModel {
            id: Set(FIRST),
            hash: Set(hash.reveal().clone()),
            ends_ms: Set(ends.0),
            tries_left: Set(i16::try_from(tries).unwrap_or(i16::MAX)),
        })
        .on_conflict(
            OnConflict::column(first_code::Column::Id)
                .update_columns([
                    first_code::Column::Hash,
                    first_code::Column::EndsMs,
                    first_code::Column::TriesLeft,
                ])
                .to_owned(),
        )
        .exec_without_returning(self.db())
        .await
        .doing("keep the code of the first run")?;
        Ok(())
    }

    /// Takes one try off the code of the first run before it is compared, so that no two share one. None: no code counts.
    pub(crate) async fn try_first_code(&self, now: Stamp) -> Result<Option<FirstCode>, StoreError> {
        let doing = "take a try of the code of the first run";
        let taken = first_code::Entity::update_many()
            .col_expr(
                first_code::Column::TriesLeft,
                Expr::col(first_code::Column::TriesLeft).sub(1),
            )
            .filter(first_code::Column::TriesLeft.gt(0))
            .filter(first_code::Column::EndsMs.gt(now.0))
            .exec(self.db())
            .await
            .doing(doing)?;
        if taken.rows_affected == 0 {
            return Ok(None);
        }
        let row = first_code::Entity::find_by_id(FIRST)
            .one(self.db())
            .await
            .doing(doing)?;
        Ok(row.map(|row| FirstCode {
            hash: Private::new(row.hash),
            tries_left: u16::try_from(row.tries_left).unwrap_or(0),
        }))
    }

    /// Makes the first school and its administrator, and spends the code of this hash. False when somebody was faster.
    pub(crate) async fn put_first(
        &self,
        code: &Private<String>,
        school: &School,
        admin: &Staff,
    ) -> Result<bool, StoreError> {
        let doing = "make the first administrator";
        let all = self.db().begin().await.doing(doing)?;
        let spent = first_code::Entity::delete_many()
            .filter(first_code::Column::Hash.eq(code.reveal().as_str()))
            .exec(&all)
            .await
            .doing(doing)?;
        let adults = staff::Entity::find()
            .filter(staff::Column::DisabledMs.is_null())
            .count(&all)
            .await
            .doing(doing)?;
        if spent.rows_affected != 1 || adults > 0 {
            return Ok(false);
        }
        put_school(&all, school).await.doing(doing)?;
        staff::Entity::insert(admin.to_row())
            .exec_without_returning(&all)
            .await
            .doing(doing)?;
        grant::Entity::insert(grant::ActiveModel {
            staff: Set(admin.id.to_string()),
            establishment: Set(school.id.to_string()),
            role: Set(Role::Admin.word().to_owned()),
        })
        .exec_without_returning(&all)
        .await
        .doing(doing)?;
        all.commit().await.doing(doing)?;
        self.refresh_names().await.map(|_| true)
    }

    /// Adds a school, or gives it another name and zone.
    pub(crate) async fn put_school(&self, school: &School) -> Result<(), StoreError> {
        put_school(self.db(), school).await.doing("write a school")
    }

    /// Every school with its zone, by its code.
    pub(crate) async fn schools(&self) -> Result<Vec<School>, StoreError> {
        let rows = establishment::Entity::find()
            .order_by_asc(establishment::Column::Id)
            .all(self.db())
            .await
            .doing("read the schools")?;
        Ok(rows
            .into_iter()
            .map(|row| School {
                id: EstablishmentId::new(row.id),
                name: row.name,
                zone: row.zone,
            })
            .collect())
    }

    /// Takes a room away with its plan, its tokens and its machines that were refused. False, and nothing is done, when a machine
    /// is enrolled in it or a session was ever opened there: what is filed under it must keep its place.
    pub(crate) async fn remove_room(&self, id: &RoomId) -> Result<bool, StoreError> {
        let doing = "take a room away";
        let all = self.db().begin().await.doing(doing)?;
        let machines = workstation::Entity::find()
            .filter(workstation::Column::Room.eq(id.as_str()))
            .filter(workstation::Column::RevokedMs.is_null())
            .count(&all)
            .await
            .doing(doing)?;
        let sessions = session::Entity::find()
            .filter(session::Column::Room.eq(id.as_str()))
            .count(&all)
            .await
            .doing(doing)?;
        if machines > 0 || sessions > 0 {
            return Ok(false);
        }
        seat::Entity::delete_many()
            .filter(seat::Column::Room.eq(id.as_str()))
            .exec(&all)
            .await
            .doing(doing)?;
        enrolment_token::Entity::delete_many()
            .filter(enrolment_token::Column::Room.eq(id.as_str()))
            .exec(&all)
            .await
            .doing(doing)?;
        room::Entity::delete_by_id(id.to_string())
            .exec(&all)
            .await
            .doing(doing)?;
        all.commit().await.doing(doing)?;
        Ok(true)
    }

    /// The adults who have a role in a school, by name.
    pub(crate) async fn colleagues(
        &self,
        school: &EstablishmentId,
    ) -> Result<Vec<Colleague>, StoreError> {
        let doing = "read the adults of a school";
        let mut here: BTreeMap<String, BTreeSet<Role>> = BTreeMap::new();
        let mut elsewhere = BTreeSet::new();
        for row in grant::Entity::find().all(self.db()).await.doing(doing)? {
            if row.establishment != school.as_str() {
                elsewhere.insert(row.staff);
            } else if let Ok(role) = row.role.parse() {
                here.entry(row.staff).or_default().insert(role);
            }
        }
        let distress: BTreeSet<String> = distress_receiver::Entity::find()
            .filter(distress_receiver::Column::Establishment.eq(school.as_str()))
            .all(self.db())
            .await
            .doing(doing)?
            .into_iter()
            .map(|row| row.staff)
            .collect();
        let rows = staff::Entity::find()
            .filter(staff::Column::Id.is_in(here.keys()))
            .order_by_asc(staff::Column::Name)
            .all(self.db())
            .await
            .doing(doing)?;
        Ok(rows
            .into_iter()
            .map(|row| Colleague {
                roles: here.get(&row.id).cloned().unwrap_or_default(),
                distress: distress.contains(&row.id),
                elsewhere: elsewhere.contains(&row.id),
                staff: super::people::from_staff(row),
            })
            .collect())
    }

    /// Gives an adult another name.
    pub(crate) async fn rename_staff(
        &self,
        id: &StaffId,
        name: &Private<String>,
    ) -> Result<(), StoreError> {
        staff::Entity::update_many()
            .col_expr(staff::Column::Name, Expr::value(name.reveal().as_str()))
            .filter(staff::Column::Id.eq(id.as_str()))
            .exec(self.db())
            .await
            .doing("rename an adult")?;
        self.refresh_names().await.map(|_| ())
    }

    /// Names an adult as one who receives distress in a school no more.
    pub(crate) async fn spare_distress_receiver(
        &self,
        school: &EstablishmentId,
        id: &StaffId,
    ) -> Result<(), StoreError> {
        distress_receiver::Entity::delete_many()
            .filter(distress_receiver::Column::Establishment.eq(school.as_str()))
            .filter(distress_receiver::Column::Staff.eq(id.as_str()))
            .exec(self.db())
            .await
            .doing("name who receives distress")?;
        self.refresh_names().await.map(|_| ())
    }

    /// Every pupil of a school, those who left too, by class and name.
    pub(crate) async fn pupils_of(
        &self,
        school: &EstablishmentId,
    ) -> Result<Vec<Listed>, StoreError> {
        let rows = pupil::Entity::find()
            .filter(pupil::Column::Establishment.eq(school.as_str()))
            .order_by_asc(pupil::Column::Class)
            .order_by_asc(pupil::Column::Family)
            .order_by_asc(pupil::Column::Given)
            .all(self.db())
            .await
            .doing("read the pupils")?;
        Ok(rows
            .into_iter()
            .map(|row| Listed {
                left: row.left_ms.map(Stamp),
                pupil: Pupil {
                    pseudonym: Pseudonym::new(row.pseudonym),
                    establishment: EstablishmentId::new(row.establishment),
                    account: row.account.map(Private::new),
                    given: Private::new(row.given),
                    family: Private::new(row.family),
                    class: row.class,
                },
            })
            .collect())
    }

    /// The pupils of a school as a roster is compared with them.
    pub(crate) async fn known_pupils(
        &self,
        school: &EstablishmentId,
    ) -> Result<Vec<Known>, StoreError> {
        let listed = self.pupils_of(school).await?;
        Ok(listed
            .into_iter()
            .map(|one| Known {
                left: one.left.is_some(),
                pupil: one.pupil,
            })
            .collect())
    }

    /// Writes a roster, all of it or nothing: pupils are added or get new names and classes; those who left are marked, and their
    /// accounts are free.
    pub(crate) async fn apply_roster(
        &self,
        put: &[Pupil],
        left: &[Pupil],
        now: Stamp,
    ) -> Result<(), StoreError> {
        let doing = "write a roster";
        let all = self.db().begin().await.doing(doing)?;
        let ids = |pupils: &[Pupil]| -> Vec<String> {
            pupils.iter().map(|one| one.pseudonym.to_string()).collect()
        };
        // First every account is let go, since two pupils may have exchanged theirs.
        for some in ids(put).chunks(1_000).chain(ids(left).chunks(1_000)) {
            pupil::Entity::update_many()
                .col_expr(pupil::Column::Account, Expr::value(None::<String>))
                .filter(pupil::Column::Pseudonym.is_in(some))
                .exec(&all)
                .await
                .doing(doing)?;
        }
        for some in ids(left).chunks(1_000) {
            pupil::Entity::update_many()
                .col_expr(pupil::Column::LeftMs, Expr::value(now.0))
                .filter(pupil::Column::Pseudonym.is_in(some))
                .exec(&all)
                .await
                .doing(doing)?;
        }
        super::people::write_pupils(&all, put).await.doing(doing)?;
        all.commit().await.doing(doing)?;
        self.refresh_names().await.map(|_| ())
    }

    /// Erases the pupils who left before this moment: from then on their pseudonyms are nobody's.
    pub(crate) async fn forget_pupils(&self, left_before: Stamp) -> Result<u64, StoreError> {
        let gone = pupil::Entity::delete_many()
            .filter(pupil::Column::LeftMs.lt(left_before.0))
            .exec(self.db())
            .await
            .doing("erase the pupils who left")?;
        if gone.rows_affected > 0 {
            self.refresh_names().await?;
        }
        Ok(gone.rows_affected)
    }
}

async fn put_school(
    db: &impl sea_orm::ConnectionTrait,
    school: &School,
) -> Result<(), sea_orm::DbErr> {
    establishment::Entity::insert(establishment::ActiveModel {
        id: Set(school.id.to_string()),
        name: Set(school.name.clone()),
        zone: Set(school.zone.clone()),
    })
    .on_conflict(
        OnConflict::column(establishment::Column::Id)
            .update_columns([establishment::Column::Name, establishment::Column::Zone])
            .to_owned(),
    )
    .exec_without_returning(db)
    .await
    .map(|_| ())
}

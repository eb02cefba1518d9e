//! Adults and their grants; pupils and their pseudonyms; and the names joined to a view at its edge.
//!
//! Owns the only place where a pseudonym meets a name. Never hands a name to a log: names are [`Private`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use vigie_protocol::{EstablishmentId, Private, Pseudonym, StaffId, Stamp};

use super::entities::{distress_receiver, grant, pupil, staff};
use super::{Doing, Store, StoreError};
use crate::policy::Role;

/// An adult who may sign in.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    pub(crate) id: StaffId,
    /// The name to sign in with.
    pub(crate) login: String,
    /// As pupils and colleagues read it: `M. Renaud`.
    pub(crate) name: Private<String>,
    /// Argon2id, PHC text.
    pub(crate) password: Private<String>,
    pub(crate) disabled: bool,
    /// Set while the password is a one-time one, which must be changed: until when it opens.
    pub(crate) once: Option<Stamp>,
}

/// A pupil.
#[derive(Clone, Debug)]
pub(crate) struct Pupil {
    pub(crate) pseudonym: Pseudonym,
    pub(crate) establishment: EstablishmentId,
    /// The system account; none when the pupil has none of their own.
    pub(crate) account: Option<Private<String>>,
    pub(crate) given: Private<String>,
    pub(crate) family: Private<String>,
    /// `4e B`.
    pub(crate) class: String,
}

/// The names of one school, as views join them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Names {
    pub(crate) staff: BTreeMap<StaffId, Private<String>>,
    pub(crate) pupils: BTreeMap<Pseudonym, PupilName>,
    /// System account, in lower case, to pseudonym.
    pub(crate) accounts: BTreeMap<Private<String>, Pseudonym>,
    /// Those of the pupils who are guests.
    pub(crate) guests: BTreeSet<Pseudonym>,
    /// Who receives distress; empty when the school named nobody.
    pub(crate) distress: BTreeSet<StaffId>,
}

/// A pupil as a view shows one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PupilName {
    /// `Inès B.`: unambiguous in the school.
    pub(crate) short: Private<String>,
    /// `Inès Bertrand`.
    pub(crate) full: Private<String>,
    pub(crate) class: String,
    /// A roster names them no more: they stay beside what is filed under them until retention erases them, and can be
    /// confirmed at no seat.
    pub(crate) left: bool,
}

impl Store {
    /// Adds an adult. Fails when the sign-in name is taken.
    pub(crate) async fn add_staff(&self, new: &Staff) -> Result<(), StoreError> {
        staff::Entity::insert(new.to_row())
            .exec_without_returning(self.db())
            .await
            .doing("write an adult (is the sign-in name taken?)")?;
        self.refresh_names().await.map(|_| ())
    }

    /// The adult who signs in by this name.
    pub(crate) async fn staff_by_login(&self, login: &str) -> Result<Option<Staff>, StoreError> {
        let row = staff::Entity::find()
            .filter(staff::Column::Login.eq(login))
            .one(self.db())
            .await
            .doing("read an adult")?;
        Ok(row.map(from_staff))
    }

    /// An adult.
    pub(crate) async fn staff(&self, id: &StaffId) -> Result<Option<Staff>, StoreError> {
        let row = staff::Entity::find_by_id(id.to_string())
            .one(self.db())
            .await
            .doing("read an adult")?;
        Ok(row.map(from_staff))
    }

    /// Grants a role in a school; granting twice changes nothing.
    pub(crate) async fn grant(
        &self,
        staff: &StaffId,
        establishment: &EstablishmentId,
        role: Role,
    ) -> Result<(), StoreError> {
        grant::Entity::insert(grant::ActiveModel {
            staff: Set(staff.to_string()),
            establishment: Set(establishment.to_string()),
            role: Set(role.word().to_owned()),
        })
        .on_conflict_do_nothing()
        .exec_without_returning(self.db())
        .await
        .doing("write a grant")?;
        self.rights_change().await?;
        self.refresh_names().await.map(|_| ())
    }

    /// The roles of an adult, by school. A role that this build does not know grants nothing.
    pub(crate) async fn grants_of(
        &self,
        staff: &StaffId,
    ) -> Result<BTreeMap<EstablishmentId, BTreeSet<Role>>, StoreError> {
        let rows = grant::Entity::find()
            .filter(grant::Column::Staff.eq(staff.as_str()))
            .all(self.db())
            .await
            .doing("read the grants of an adult")?;
        let mut grants: BTreeMap<EstablishmentId, BTreeSet<Role>> = BTreeMap::new();
        for row in rows {
            if let Ok(role) = row.role.parse() {
                grants
                    .entry(EstablishmentId::new(row.establishment))
                    .or_default()
                    .insert(role);
            }
        }
        Ok(grants)
    }

    /// Names an adult as one who receives distress in a school.
    pub(crate) async fn name_distress_receiver(
        &self,
        establishment: &EstablishmentId,
        staff: &StaffId,
    ) -> Result<(), StoreError> {
        distress_receiver::Entity::insert(distress_receiver::ActiveModel {
            establishment: Set(establishment.to_string()),
            staff: Set(staff.to_string()),
        })
        .on_conflict_do_nothing()
        .exec_without_returning(self.db())
        .await
        .doing("name who receives distress")?;
        self.refresh_names().await.map(|_| ())
    }

    /// Takes a role away in a school; says whether it was there.
    pub(crate) async fn ungrant(
        &self,
        staff: &StaffId,
        establishment: &EstablishmentId,
        role: Role,
    ) -> Result<bool, StoreError> {
        let gone = grant::Entity::delete_many()
            .filter(grant::Column::Staff.eq(staff.as_str()))
            .filter(grant::Column::Establishment.eq(establishment.as_str()))
            .filter(grant::Column::Role.eq(role.word()))
            .exec(self.db())
            .await
            .doing("take a role away")?;
        self.refresh_names().await?;
        self.rights_change().await?;
        Ok(gone.rows_affected > 0)
    }

    /// Adds pupils, or gives those with a known pseudonym their new names and class.
    pub(crate) async fn put_pupils(&self, new: &[Pupil]) -> Result<(), StoreError> {
        write_pupils(self.db(), new)
            .await
            .doing("write pupils (is an account given twice?)")?;
        self.refresh_names().await.map(|_| ())
    }

    /// Erases pupils: their names, class and account. What their pseudonyms did stays until its own day, under nobody's name.
    /// Gives how many went.
    pub(crate) async fn erase_pupils(&self, gone: &[Pseudonym]) -> Result<u64, StoreError> {
        let mut count = 0;
        // Well under SQLite's 32,766 binds.
        for some in gone.chunks(1_000) {
            let done = pupil::Entity::delete_many()
                .filter(pupil::Column::Pseudonym.is_in(some.iter().map(Pseudonym::as_str)))
                .exec(self.db())
                .await
                .doing("erase pupils")?;
            count += done.rows_affected;
        }
        self.fold_log().await?;
        self.refresh_names().await?;
        Ok(count)
    }

    /// The pupil whose system account this is, if the school knows it. Read from the cache: never waits.
    pub(crate) fn pupil_of_account(
        &self,
        establishment: &EstablishmentId,
        account: &Private<String>,
    ) -> Option<Pseudonym> {
        self.names(establishment)
            .accounts
            .get(&Private::new(account.reveal().to_lowercase()))
            .cloned()
    }

    /// Reads the names again, so that what another process or the last write changed is seen. Gives the schools whose names
    /// are not what they were.
    pub(crate) async fn refresh_names(&self) -> Result<Vec<EstablishmentId>, StoreError> {
        let doing = "read the names";
        let mut all: BTreeMap<EstablishmentId, Names> = BTreeMap::new();
        let adults: BTreeMap<String, String> = staff::Entity::find()
            .all(self.db())
            .await
            .doing(doing)?
            .into_iter()
            .map(|row| (row.id, row.name))
            .collect();
        for row in grant::Entity::find().all(self.db()).await.doing(doing)? {
            if let Some(name) = adults.get(&row.staff) {
                all.entry(EstablishmentId::new(row.establishment))
                    .or_default()
                    .staff
                    .insert(StaffId::new(row.staff), Private::new(name.clone()));
            }
        }
        for row in distress_receiver::Entity::find()
            .all(self.db())
            .await
            .doing(doing)?
        {
            all.entry(EstablishmentId::new(row.establishment))
                .or_default()
                .distress
                .insert(StaffId::new(row.staff));
        }
        let mut pupils: BTreeMap<EstablishmentId, Vec<pupil::Model>> = BTreeMap::new();
        for row in pupil::Entity::find()
            .order_by_asc(pupil::Column::Family)
            .all(self.db())
            .await
            .doing(doing)?
        {
            pupils
                .entry(EstablishmentId::new(row.establishment.clone()))
                .or_default()
                .push(row);
        }
        for (establishment, rows) in pupils {
            let names = all.entry(establishment).or_default();
            for row in &rows {
                let pseudonym = Pseudonym::new(row.pseudonym.as_str());
                if let Some(account) = &row.account {
                    names
                        .accounts
                        .insert(Private::new(account.clone()), pseudonym.clone());
                }
                names.pupils.insert(
                    pseudonym,
                    PupilName {
                        short: Private::new(short_name(row, &rows)),
                        full: Private::new(format!("{} {}", row.given, row.family)),
                        class: row.class.clone(),
                        left: row.left_ms.is_some(),
                    },
                );
            }
        }
        for (establishment, pseudonym, name) in self.guests().await? {
            let guest = PupilName {
                short: name.clone(),
                full: name,
                class: String::new(),
                left: false,
            };
            let names = all.entry(establishment).or_default();
            names.pupils.insert(pseudonym.clone(), guest);
            names.guests.insert(pseudonym);
        }
        let before = self.names.load();
        let mut changed = Vec::new();
        let mut now = BTreeMap::new();
        for (establishment, names) in all {
            let same = before.get(&establishment).filter(|old| ***old == names);
            let names = same.cloned().unwrap_or_else(|| {
                changed.push(establishment.clone());
                Arc::new(names)
            });
            now.insert(establishment, names);
        }
        changed.extend(before.keys().filter(|id| !now.contains_key(*id)).cloned());
        self.names.store(Arc::new(now));
        Ok(changed)
    }
}

/// Adds pupils, or gives those with a known pseudonym their new names and class; one who had left is back.
pub(super) async fn write_pupils(
    db: &impl sea_orm::ConnectionTrait,
    new: &[Pupil],
) -> Result<(), sea_orm::DbErr> {
    // Well under SQLite's 32,766 binds.
    for some in new.chunks(1_000) {
        let rows = some.iter().map(|one| pupil::ActiveModel {
            pseudonym: Set(one.pseudonym.to_string()),
            establishment: Set(one.establishment.to_string()),
            account: Set(one
                .account
                .as_ref()
                .map(|name| name.reveal().to_lowercase())),
            given: Set(one.given.reveal().clone()),
            family: Set(one.family.reveal().clone()),
            class: Set(one.class.clone()),
            left_ms: Set(None),
        });
        pupil::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(pupil::Column::Pseudonym)
                    .update_columns([
                        pupil::Column::Account,
                        pupil::Column::Given,
                        pupil::Column::Family,
                        pupil::Column::Class,
                        pupil::Column::LeftMs,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

pub(super) fn from_staff(row: staff::Model) -> Staff {
    Staff {
        id: StaffId::new(row.id),
        login: row.login,
        name: Private::new(row.name),
        password: Private::new(row.password),
        disabled: row.disabled_ms.is_some(),
        once: row.once_ms.map(Stamp),
    }
}

impl Staff {
    /// As the table has it.
    pub(super) fn to_row(&self) -> staff::ActiveModel {
        staff::ActiveModel {
            id: Set(self.id.to_string()),
            login: Set(self.login.clone()),
            name: Set(self.name.reveal().clone()),
            password: Set(self.password.reveal().clone()),
            disabled_ms: Set(None),
            once_ms: Set(self.once.map(|ends| ends.0)),
        }
    }
}

/// `Inès B.`, with as many letters of the family name as tell two of the same class apart.
fn short_name(of: &pupil::Model, all: &[pupil::Model]) -> String {
    let starts_alike = |letters: usize| {
        all.iter().any(|other| {
            other.pseudonym != of.pseudonym
                && other.class == of.class
                && other.given == of.given
                && other
                    .family
                    .chars()
                    .take(letters)
                    .eq(of.family.chars().take(letters))
        })
    };
    let longest = of.family.chars().count();
    let letters = (1..longest)
        .find(|&letters| !starts_alike(letters))
        .unwrap_or(longest);
    let start: String = of.family.chars().take(letters).collect();
    match letters {
        0 => of.given.clone(),
        _ if letters == longest => format!("{} {start}", of.given),
        _ => format!("{} {start}.", of.given),
    }
}

//! Logins: the row that a token leans on, so that it can be revoked; and one-time passwords.
//!
//! Owns what a change of rights leaves for others to see: [`Store::rights_changed`] wakes this process at once, and a counter
//! in the tables wakes every other. Next: [`super::people`] for the adults.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use vigie_protocol::{Private, StaffId, Stamp};

use super::entities::{change, login, staff};
use super::people::Staff;
use super::{Doing, Store, StoreError};

/// The counter of changes of rights.
const RIGHTS: &str = "rights";

/// One signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoginRow {
    pub(crate) id: String,
    pub(crate) staff: StaffId,
    pub(crate) started: Stamp,
    /// Signing in again is asked for after this, whatever was renewed.
    pub(crate) ends: Stamp,
    pub(crate) revoked: bool,
    /// Which of its tokens is the newest.
    pub(crate) serial: i64,
    /// When a token of it was last issued.
    pub(crate) seen: Stamp,
    /// The browser in words.
    pub(crate) device: String,
}

impl LoginRow {
    /// Neither revoked nor over.
    pub(crate) fn is_alive(&self, now: Stamp) -> bool {
        !self.revoked && now < self.ends
    }
}

impl Store {
    /// Writes that somebody signed in.
    pub(crate) async fn add_login(&self, new: &LoginRow) -> Result<(), StoreError> {
        login::Entity::insert(login::ActiveModel {
            id: Set(new.id.clone()),
            staff: Set(new.staff.to_string()),
            started_ms: Set(new.started.0),
            ends_ms: Set(new.ends.0),
            revoked_ms: Set(None),
            serial: Set(new.serial),
            seen_ms: Set(new.seen.0),
            device: Set(new.device.clone()),
        })
        .exec_without_returning(self.db())
        .await
        .doing("write a login")?;
        Ok(())
    }

    /// The row that a token names.
    pub(crate) async fn login(&self, id: &str) -> Result<Option<LoginRow>, StoreError> {
        let row = login::Entity::find_by_id(id.to_owned())
            .one(self.db())
            .await
            .doing("read a login")?;
        Ok(row.map(from_row))
    }

    /// The logins of an adult that are alive, the newest first.
    pub(crate) async fn logins_of(
        &self,
        staff: &StaffId,
        now: Stamp,
    ) -> Result<Vec<LoginRow>, StoreError> {
        let rows = login::Entity::find()
            .filter(login::Column::Staff.eq(staff.as_str()))
            .filter(login::Column::RevokedMs.is_null())
            .filter(login::Column::EndsMs.gt(now.0))
            .order_by_desc(login::Column::StartedMs)
            .order_by_desc(login::Column::Id)
            .all(self.db())
            .await
            .doing("read the logins of an adult")?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// Says that token number `n` of a login is the newest. Asked twice, or late, it changes nothing.
    pub(crate) async fn renew_login(&self, id: &str, n: i64, now: Stamp) -> Result<(), StoreError> {
        login::Entity::update_many()
            .col_expr(login::Column::Serial, Expr::value(n))
            .col_expr(login::Column::SeenMs, Expr::value(now.0))
            .filter(login::Column::Id.eq(id))
            .filter(login::Column::Serial.lt(n))
            .exec(self.db())
            .await
            .doing("renew a login")?;
        Ok(())
    }

    /// Ends a login: every token that leans on it is worth nothing from now on.
    pub(crate) async fn revoke_login(&self, id: &str, now: Stamp) -> Result<(), StoreError> {
        login::Entity::update_many()
            .col_expr(login::Column::RevokedMs, Expr::value(now.0))
            .filter(login::Column::Id.eq(id))
            .exec(self.db())
            .await
            .doing("revoke a login")?;
        self.rights_change().await
    }

    /// Ends the logins of an adult, but for one; gives their ids.
    pub(crate) async fn revoke_logins_of(
        &self,
        staff: &StaffId,
        but: Option<&str>,
        now: Stamp,
    ) -> Result<Vec<String>, StoreError> {
        let mut ended = Vec::new();
        for row in self.logins_of(staff, now).await? {
            if Some(row.id.as_str()) != but {
                self.revoke_login(&row.id, now).await?;
                ended.push(row.id);
            }
        }
        Ok(ended)
    }

    /// Ends the oldest logins of an adult beyond `most`; gives their ids.
    pub(crate) async fn end_oldest_logins(
        &self,
        staff: &StaffId,
        most: usize,
        now: Stamp,
    ) -> Result<Vec<String>, StoreError> {
        let mut ended = Vec::new();
        for row in self.logins_of(staff, now).await?.into_iter().skip(most) {
            self.revoke_login(&row.id, now).await?;
            ended.push(row.id);
        }
        Ok(ended)
    }

    /// Forgets logins that ended before `now`.
    pub(crate) async fn forget_logins(&self, now: Stamp) -> Result<u64, StoreError> {
        let gone = login::Entity::delete_many()
            .filter(login::Column::EndsMs.lt(now.0))
            .exec(self.db())
            .await
            .doing("forget old logins")?;
        Ok(gone.rows_affected)
    }

    /// Gives an adult a password; with `once`, one that opens until then, once, and must be changed.
    pub(crate) async fn set_password(
        &self,
        of: &StaffId,
        hash: &Private<String>,
        once: Option<Stamp>,
    ) -> Result<(), StoreError> {
        staff::Entity::update_many()
            .col_expr(staff::Column::Password, Expr::value(hash.reveal().clone()))
            .col_expr(staff::Column::OnceMs, Expr::value(once.map(|ends| ends.0)))
            .filter(staff::Column::Id.eq(of.as_str()))
            .exec(self.db())
            .await
            .doing("write a password")?;
        Ok(())
    }

    /// Takes a one-time password away as it is used; whether it was still there.
    pub(crate) async fn spend_once(&self, of: &Staff) -> Result<bool, StoreError> {
        let done = staff::Entity::update_many()
            .col_expr(staff::Column::Password, Expr::value(String::new()))
            .filter(staff::Column::Id.eq(of.id.as_str()))
            .filter(staff::Column::Password.eq(of.password.reveal().as_str()))
            .exec(self.db())
            .await
            .doing("spend a one-time password")?;
        Ok(done.rows_affected == 1)
    }

    /// Lets an adult in no more, or again.
    pub(crate) async fn disable_staff(
        &self,
        of: &StaffId,
        since: Option<Stamp>,
    ) -> Result<(), StoreError> {
        staff::Entity::update_many()
            .col_expr(staff::Column::DisabledMs, Expr::value(since.map(|at| at.0)))
            .filter(staff::Column::Id.eq(of.as_str()))
            .exec(self.db())
            .await
            .doing("disable an adult")?;
        self.rights_change().await
    }

    /// Says that somebody's rights changed: here at once, in other processes when they look at [`Store::rights_changes`].
    pub(crate) async fn rights_change(&self) -> Result<(), StoreError> {
        change::Entity::insert(change::ActiveModel {
            what: Set(RIGHTS.to_owned()),
            times: Set(1),
        })
        .on_conflict(
            OnConflict::column(change::Column::What)
                .value(
                    change::Column::Times,
                    Expr::col((change::Entity, change::Column::Times)).add(1),
                )
                .to_owned(),
        )
        .exec_without_returning(self.db())
        .await
        .doing("say that rights changed")?;
        self.rights.notify_one();
        Ok(())
    }

    /// How often rights changed, in this process and in others.
    pub(crate) async fn rights_changes(&self) -> Result<i64, StoreError> {
        let row = change::Entity::find_by_id(RIGHTS.to_owned())
            .one(self.db())
            .await
            .doing("look whether rights changed")?;
        Ok(row.map_or(0, |row| row.times))
    }

    /// Waits until this process has changed somebody's rights.
    pub(crate) async fn rights_changed(&self) {
        self.rights.notified().await;
    }
}

fn from_row(row: login::Model) -> LoginRow {
    LoginRow {
        id: row.id,
        staff: StaffId::new(row.staff),
        started: Stamp(row.started_ms),
        ends: Stamp(row.ends_ms),
        revoked: row.revoked_ms.is_some(),
        serial: row.serial,
        seen: Stamp(row.seen_ms),
        device: row.device,
    }
}

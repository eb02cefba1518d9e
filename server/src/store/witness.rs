//! The witness of the audit log: how each month ends, kept apart from the log itself.
//!
//! Owns one row a month. Never forgets a month that retention erased: the next one begins where it ended.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder};

use super::entities::audit_head;
use super::{Doing, Store, StoreError};
use crate::audit::chain::Head;

impl Store {
    /// How each month of the log ends, oldest first.
    pub(crate) async fn audit_heads(&self) -> Result<Vec<Head>, StoreError> {
        let rows = audit_head::Entity::find()
            .order_by_asc(audit_head::Column::Month)
            .all(self.db())
            .await
            .doing("read the witness of the audit log")?;
        Ok(rows
            .into_iter()
            .map(|row| Head {
                month: row.month,
                lines: row.lines,
                digest: row.digest,
                erased: row.erased,
            })
            .collect())
    }

    /// Witnesses how a month ends now. One that another process has witnessed further stays: lines are only ever added.
    pub(crate) async fn put_audit_head(&self, head: &Head) -> Result<(), StoreError> {
        let further = Expr::col((audit_head::Entity, audit_head::Column::Lines)).lte(head.lines);
        audit_head::Entity::insert(audit_head::ActiveModel {
            month: Set(head.month.clone()),
            lines: Set(head.lines),
            digest: Set(head.digest.clone()),
            erased: Set(head.erased),
        })
        .on_conflict(
            OnConflict::column(audit_head::Column::Month)
                .update_columns([
                    audit_head::Column::Lines,
                    audit_head::Column::Digest,
                    audit_head::Column::Erased,
                ])
                .action_and_where(further)
                .to_owned(),
        )
        .exec_without_returning(self.db())
        .await
        .doing("witness the audit log")?;
        Ok(())
    }

    /// What somebody who owns the machine could do.
    #[cfg(test)]
    pub(crate) async fn forget_audit_heads(&self) -> Result<(), StoreError> {
        audit_head::Entity::delete_many()
            .exec(self.db())
            .await
            .doing("forget the witness")?;
        Ok(())
    }
}

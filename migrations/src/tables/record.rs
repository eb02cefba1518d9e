//! What proving and ending need: the witness of the audit log, more about a login, one-time passwords, and a count of changes
//! of rights, so that another process's change is seen at once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string};

/// The second main tables.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit_heads")
                    .col(string("month").primary_key())
                    .col(big_integer("lines"))
                    .col(string("digest"))
                    // Retention erased the month's file; its digest stays.
                    .col(boolean("erased"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("changes")
                    .col(string("what").primary_key())
                    .col(big_integer("times"))
                    .take(),
            )
            .await?;
        for (table, column) in [
            // Which token of the login is the newest.
            ("logins", big_integer("serial").default(1).take()),
            ("logins", big_integer("seen_ms").default(0).take()),
            // The browser in words: `Firefox · Android`.
            ("logins", string("device").default("").take()),
            // Set while the password is a one-time one: until when it opens.
            ("staff", big_integer_null("once_ms")),
        ] {
            manager
                .alter_table(Table::alter().table(table).add_column(column).take())
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["audit_heads", "changes"] {
            manager
                .drop_table(Table::drop().table(table).if_exists().take())
                .await?;
        }
        for (table, column) in [
            ("logins", "serial"),
            ("logins", "seen_ms"),
            ("logins", "device"),
            ("staff", "once_ms"),
        ] {
            manager
                .alter_table(Table::alter().table(table).drop_column(column).take())
                .await?;
        }
        Ok(())
    }
}

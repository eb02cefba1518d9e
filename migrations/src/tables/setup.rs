//! What the set-up screens need: a school's time zone, the code of the first run, and when a pupil left.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, small_integer, string, string_null,
};

/// What the set-up screens need.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // At most one row: the code that makes the first administrator, by its hash.
        manager
            .create_table(
                Table::create()
                    .table("first_codes")
                    .col(small_integer("id"))
                    .col(string("hash"))
                    .col(big_integer("ends_ms"))
                    .col(small_integer("tries_left"))
                    .primary_key(Index::create().col("id"))
                    .take(),
            )
            .await?;
        for (table, column) in [
            // `Europe/Paris`; none: the server's setting.
            ("establishments", string_null("zone")),
            // Set when a roster no longer names the pupil; the row is erased some days later.
            ("pupils", big_integer_null("left_ms")),
        ] {
            manager
                .alter_table(Table::alter().table(table).add_column(column).take())
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [("establishments", "zone"), ("pupils", "left_ms")] {
            manager
                .alter_table(Table::alter().table(table).drop_column(column).take())
                .await?;
        }
        manager
            .drop_table(Table::drop().table("first_codes").if_exists().take())
            .await
    }
}

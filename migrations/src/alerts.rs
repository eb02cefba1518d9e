//! The projection of alerts: what an adult looked at, with its evidence span only, one database a day, kept 30 days.
//!
//! Never holds an event: those are erased after 15 days with their own partition.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, small_integer, string, string_null, text,
};

/// Migrations of a day of alerts.
#[derive(Debug)]
pub struct Alerts;

#[async_trait::async_trait]
impl MigratorTrait for Alerts {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(AlertsFirst)]
    }

    fn migration_table_name() -> DynIden {
        "vigie_alerts_migrations".into_iden()
    }
}

/// The first shape of a day of alerts.
#[derive(DeriveMigrationName)]
struct AlertsFirst;

#[async_trait::async_trait]
impl MigrationTrait for AlertsFirst {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The key makes the projection idempotent: the same record projected twice is one row.
        manager
            .create_table(
                Table::create()
                    .table("alerts")
                    .col(string("session"))
                    .col(big_integer("rev"))
                    .col(string("establishment"))
                    .col(string("room"))
                    .col(small_integer("seat"))
                    .col(string_null("pupil"))
                    .col(big_integer("opened_ms"))
                    .col(big_integer("last_ms"))
                    .col(integer("times"))
                    .col(boolean("blocked"))
                    .col(string("state"))
                    .col(string("rule"))
                    .col(string("article"))
                    .col(string("severity"))
                    .col(text("evidence"))
                    .primary_key(Index::create().col("session").col("rev"))
                    .take(),
            )
            .await?;
        // Up to which rev everything of a closed session is projected: what a crash left out is found by it.
        manager
            .create_table(
                Table::create()
                    .table("projected")
                    .col(string("session"))
                    .col(big_integer("rev"))
                    .primary_key(Index::create().col("session"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["alerts", "projected"] {
            manager
                .drop_table(Table::drop().table(table).if_exists().take())
                .await?;
        }
        Ok(())
    }
}

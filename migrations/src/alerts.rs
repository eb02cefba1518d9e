//! The projection of alerts: what an adult looked at, with its evidence span only, one database a day, kept 30 days.
//!
//! Never holds an event: those are erased after 15 days with their own partition.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, small_integer, string, string_null, text};

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
                    .col(big_integer("at_ms"))
                    .col(string("rule"))
                    .col(string("article"))
                    .col(string("severity"))
                    .col(text("evidence"))
                    .primary_key(Index::create().col("session").col("rev"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("alerts").if_exists().take())
            .await
    }
}

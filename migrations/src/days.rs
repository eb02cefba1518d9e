//! The journal: what happened in a session, one database a day on SQLite, one partition a day on PostgreSQL.
//!
//! Erasing a day is unlinking its file, or dropping its partition. Never a unique index beside the keys: the key
//! (day, session, first rev) is the fence that a deposed writer collides with. Next: `server/src/journal.rs`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, text};
use sea_orm_migration::sea_orm::DbBackend;

/// Migrations of the journal.
#[derive(Debug)]
pub struct Days;

/// Its tables, each with the columns of its key after `day`.
const TABLES: [&str; 2] = ["runs", "heads"];

#[async_trait::async_trait]
impl MigratorTrait for Days {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(DaysFirst)]
    }

    fn migration_table_name() -> DynIden {
        "vigie_days_migrations".into_iden()
    }
}

/// The first shape of the journal.
#[derive(DeriveMigrationName)]
struct DaysFirst;

#[async_trait::async_trait]
impl MigrationTrait for DaysFirst {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let partitioned = manager.get_database_backend() == DbBackend::Postgres;
        for mut table in [runs(), heads()] {
            if partitioned {
                table.extra("PARTITION BY LIST (day)");
            }
            manager.create_table(table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager
                .drop_table(Table::drop().table(table).if_exists().take())
                .await?;
        }
        Ok(())
    }
}

/// One row holds a run of records of one session, as a JSON array.
fn runs() -> TableCreateStatement {
    Table::create()
        .table("runs")
        .if_not_exists()
        .col(string("day"))
        .col(string("session"))
        .col(big_integer("first_rev"))
        .col(big_integer("last_rev"))
        .col(text("body"))
        .primary_key(Index::create().col("day").col("session").col("first_rev"))
        .take()
}

/// Which sessions a day holds, written with the run that opened or closed each: what a restart must take up again.
fn heads() -> TableCreateStatement {
    Table::create()
        .table("heads")
        .if_not_exists()
        .col(string("day"))
        .col(string("session"))
        .col(string("establishment"))
        .col(string("room"))
        .col(big_integer("opened_ms"))
        .col(big_integer_null("closed_ms"))
        .primary_key(Index::create().col("day").col("session"))
        .take()
}

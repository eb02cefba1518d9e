//! The audit log: who looked at or did what on a pupil's data. One database a month, kept apart, 12 months.
//!
//! Never holds what was seen: only who saw, when, and where.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, small_integer_null, string, string_null};

/// Migrations of a month of audit.
#[derive(Debug)]
pub struct Audit;

#[async_trait::async_trait]
impl MigratorTrait for Audit {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(AuditFirst)]
    }

    fn migration_table_name() -> DynIden {
        "vigie_audit_migrations".into_iden()
    }
}

/// The first shape of a month of audit.
#[derive(DeriveMigrationName)]
struct AuditFirst;

#[async_trait::async_trait]
impl MigrationTrait for AuditFirst {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit")
                    // The line's number, from 1; two writers cannot take the same one.
                    .col(big_integer("id").primary_key())
                    .col(big_integer("at_ms"))
                    .col(string("establishment"))
                    .col(string("staff"))
                    .col(string("act"))
                    .col(string_null("room"))
                    .col(string_null("session"))
                    .col(small_integer_null("seat"))
                    .col(string_null("pupil"))
                    .col(string_null("subject"))
                    // The chain: the digest of the line before, and of this one.
                    .col(string("before"))
                    .col(string("digest"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("audit").if_exists().take())
            .await
    }
}

//! The main tables: schools, rooms, people, logins, charters. Small, and never erased by the day.
//!
//! Owns what must outlive a day. Never holds what a pupil did: that lives in the day partitions. Next: `tables/first.rs`.

use sea_orm_migration::prelude::*;

mod first;

/// Migrations of the main database.
#[derive(Debug)]
pub struct Tables;

#[async_trait::async_trait]
impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(first::Migration)]
    }

    fn migration_table_name() -> DynIden {
        "vigie_migrations".into_iden()
    }
}

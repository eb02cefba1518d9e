//! The main tables: schools, rooms, people, logins, charters. Small, and never erased by the day.
//!
//! Owns what must outlive a day. Never holds what a pupil did: that lives in the day partitions. Next: `tables/first.rs`, then the
//! others in the order of the list below.

use sea_orm_migration::prelude::*;

mod enrolment;
mod first;
mod planned;
mod record;
mod setup;

/// Migrations of the main database.
#[derive(Debug)]
pub struct Tables;

#[async_trait::async_trait]
impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(first::Migration),
            Box::new(enrolment::Migration),
            Box::new(record::Migration),
            Box::new(setup::Migration),
            Box::new(planned::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "vigie_migrations".into_iden()
    }
}

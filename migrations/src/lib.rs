//! Every table, for SQLite and PostgreSQL: one migrator for each kind of database that Vigie keeps.
//!
//! Owns the shape of the tables. Never imports an entity of the server: a migration says what was true when it was written.
//! Expand, move, contract: a released migration is never edited. Next: [`Tables`], [`Days`], [`Alerts`], [`Audit`].

mod alerts;
mod audit;
mod days;
mod tables;

pub use alerts::Alerts;
pub use audit::Audit;
pub use days::Days;
pub use tables::Tables;

pub use sea_orm_migration::MigratorTrait;

//! Every table, for SQLite and PostgreSQL: one migrator for each kind of database that Vigie keeps.
//!
//! Owns the shape of the tables. Never imports an entity of the server: a migration says what was true when it was written.
//! Expand, move, contract: a released migration is never edited. Next: [`Days`].

mod days;

pub use days::Days;

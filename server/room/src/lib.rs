//! A room in session is the fold of its journal.
//!
//! Three pure functions carry the product: [`decide`] judges and mutates nothing, [`apply`] remembers and never judges or
//! fails, [`due`] says what is owed to seats and when to look again. Live: decide → apply → commit → speak. Replay, crash
//! recovery and report: read → apply. This crate never does IO, never reads a clock and never learns a name.

pub mod fact;
pub mod input;
pub mod picture;
mod room;

pub use fact::{Fact, Opening, Record, Who};
pub use input::{Ask, Input, Refusal};
pub use room::{Command, Delta, ItemKey, Room, admit, apply, decide, due};

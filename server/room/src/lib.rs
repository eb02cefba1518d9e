//! A room in session is the fold of its journal.
//!
//! Three pure functions carry the product: [`decide`] judges and mutates nothing, [`apply`] remembers and never judges or
//! fails, [`due`] says what is owed to seats and when to look again. Live: decide → apply → commit → speak. Replay, crash
//! recovery and report: read → apply. This crate never does IO, never reads a clock and never learns a name.
//!
//! Next: [`fact`] for what a journal holds, `room/decide.rs` and `room/apply.rs` for the two halves of the fold, [`picture`] for
//! what is drawn from it, [`limit`] for every bound and what happens there.

pub mod fact;
pub mod input;
pub mod limit;
pub mod picture;
mod room;

pub use fact::{Fact, Opening, Record, Who};
pub use input::{Ask, Input, Refusal};
pub use picture::Audience;
pub use room::{Command, Delta, ItemKey, Room, admit, apply, apply_into, decide, due};

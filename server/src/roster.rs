//! A school's pupils from a file, as Pronote, Siècle and spreadsheets export it.
//!
//! Owns the way from bytes to differences: [`read`] makes lines or faults of a file, [`compare`] says what would change. Never
//! writes, and never puts a name into a fault: a fault may end in a log.

pub(crate) mod compare;
pub(crate) mod read;

pub(crate) use compare::{Change, Differences, Known, Scope, compare};
pub(crate) use read::{FILE_MAX, Fault, Sheet, read};

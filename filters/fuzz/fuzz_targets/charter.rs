//! Any bytes: see `checks/charter.rs`, which a test on stable replays over `corpus/charter`.
#![no_main]

#[path = "../checks/charter.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));

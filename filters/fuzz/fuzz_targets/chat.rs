//! Any bytes: see `checks/chat.rs`, which a test on stable replays over `corpus/chat`.
#![no_main]

#[path = "../checks/chat.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));

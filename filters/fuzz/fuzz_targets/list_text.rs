//! Any bytes: see `checks/lists.rs`, which a test on stable replays over `corpus/list_text`.
#![no_main]

#[path = "../checks/lists.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::list_text(bytes));

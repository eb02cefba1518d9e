//! How pupils shorten words: what is written, and what it may stand for. Read beside the plain word, never instead of it, so an
//! entry can be generous. Keys and readings are folded (lower case, no accents).
//!
//! The table is `sms.txt`, one entry a line: `jvais je vais` or, with several readings, `t t es | tu`.

/// What is written and one way of reading it.
pub(crate) fn readings() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("sms.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(key, readings)| readings.split('|').map(move |one| (key, one.trim())))
}

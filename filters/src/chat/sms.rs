//! How pupils shorten words: what is written, and what it may stand for. Read beside the plain word, never instead of it, so an
//! entry can be generous. Keys and readings are folded (lower case, no accents).
//!
//! The table is `sms.txt`, one entry a line: `jvais je vais` or, with several readings, `t t es | tu`.

use std::sync::OnceLock;

use super::vocabulary::FastMap;

/// What is written and one way of reading it.
pub(crate) fn readings() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("sms.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(key, readings)| readings.split('|').map(move |one| (key, one.trim())))
}

/// The words of the first reading of what is written, when it is a shortening.
pub(crate) fn first_reading(written: &[u8]) -> &'static [&'static [u8]] {
    type Table = FastMap<&'static [u8], Vec<&'static [u8]>>;
    static TABLE: OnceLock<Table> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = Table::default();
        for (key, reading) in readings() {
            let words = || reading.split(' ').map(str::as_bytes).collect();
            table.entry(key.as_bytes()).or_insert_with(words);
        }
        table
    });
    table.get(written).map_or(&[], Vec::as_slice)
}

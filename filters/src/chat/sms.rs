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

/// A bit for the few letters by which a shortening is told from most other words.
type Marks = [u64; 256];

fn mark(written: &[u8]) -> (usize, u64) {
    let byte = |at: Option<&u8>| at.copied().unwrap_or(0);
    let length = u8::try_from(written.len()).unwrap_or(u8::MAX);
    let told = [
        byte(written.first()),
        byte(written.get(1)),
        byte(written.last()),
        length,
    ];
    let mixed = u32::from_le_bytes(told).wrapping_mul(0x9E37_79B1) >> 18;
    (usize::try_from(mixed >> 6).unwrap_or(0), 1 << (mixed & 63))
}

/// The words of the first reading of what is written, when it is a shortening.
pub(crate) fn first_reading(written: &[u8]) -> &'static [&'static [u8]] {
    type Table = FastMap<&'static [u8], Vec<&'static [u8]>>;
    static TABLE: OnceLock<(Marks, Table)> = OnceLock::new();
    let (marks, table) = TABLE.get_or_init(|| {
        let mut table = Table::default();
        for (key, reading) in readings() {
            let words = || reading.split(' ').map(str::as_bytes).collect();
            table.entry(key.as_bytes()).or_insert_with(words);
        }
        let mut marks = [0; 256];
        for key in table.keys() {
            let (place, bit) = mark(key);
            if let Some(slot) = marks.get_mut(place) {
                *slot |= bit;
            }
        }
        (marks, table)
    });
    // Most words are no shortening, and three letters and the length tell.
    let (place, bit) = mark(written);
    if marks.get(place).is_none_or(|slot| slot & bit == 0) {
        return &[];
    }
    table.get(written).map_or(&[], Vec::as_slice)
}

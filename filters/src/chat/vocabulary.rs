//! The words that some phrase knows, and how to find them whatever the spelling: stretched letters, doubled or single
//! consonants, digits for letters, a plural that nobody listed, SMS, stars for letters.
//!
//! A word that no phrase knows is [`UNKNOWN`]. Never knows where a word stands: [`super::phrase`] does.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::message::{Kind, Message, digit_as_letter};
use super::sms;

/// The id of every word that no phrase knows.
pub(crate) const UNKNOWN: u32 = 0;
/// Longest word that is looked up, in bytes; what is longer is unknown.
const WORD_MAX: usize = 40;
/// Most words that one mask (`c*****d`) may stand for.
const MASKED_MAX: usize = 8;

/// A multiplicative hasher: the keys were chosen by the charter's author, so nobody aims at a bucket.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fast(u64);

impl Hasher for Fast {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.write_u64(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        }
        let mut last = [0; 8];
        for (slot, byte) in last.iter_mut().zip(words.remainder()) {
            *slot = *byte;
        }
        self.write_u64(u64::from_le_bytes(last));
    }
    fn write_u8(&mut self, _: u8) {}
    fn write_usize(&mut self, length: usize) {
        self.0 ^= u64::try_from(length).unwrap_or(0);
    }
    fn write_u64(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 29);
    }
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(26)
    }
}

pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<Fast>>;

/// Every word by its key, with its other readings.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    entries: FastMap<Box<[u8]>, Entry>,
    /// Keys by id, for masks.
    keys: Vec<Box<[u8]>>,
    readings: Vec<Box<[u32]>>,
}

#[derive(Debug, Default)]
struct Entry {
    id: u32,
    /// Range of `readings`.
    from: u32,
    to: u32,
}

/// One way of reading the message from a position on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// One word.
    Word(u32),
    /// Several words, by the index of the reading.
    Words(u32),
}

impl Vocabulary {
    /// The id of a word of a phrase.
    pub(crate) fn intern(&mut self, word: &[u8]) -> u32 {
        let mut buffer = [0; WORD_MAX];
        let key = key(word, &mut buffer).unwrap_or_default();
        if self.keys.is_empty() {
            self.keys.push(Box::default());
        }
        let next = u32::try_from(self.keys.len()).unwrap_or(UNKNOWN);
        let entry = self.entries.entry(key.into()).or_default();
        if entry.id == UNKNOWN {
            entry.id = next;
            self.keys.push(key.into());
        }
        entry.id
    }

    /// Adds the SMS readings, once every phrase was interned: a reading with a word that no phrase knows could never match.
    pub(crate) fn finish(&mut self) {
        let mut by_key: FastMap<&str, Vec<&str>> = FastMap::default();
        let mut order = Vec::new();
        for (written, reading) in sms::readings() {
            let readings = by_key.entry(written).or_default();
            if readings.is_empty() {
                order.push(written);
            }
            readings.push(reading);
        }
        for written in order {
            let from = u32::try_from(self.readings.len()).unwrap_or(0);
            for reading in by_key.get(written).into_iter().flatten() {
                let ids: Vec<u32> = reading
                    .split_whitespace()
                    .map(|word| self.id(word.as_bytes()))
                    .collect();
                let known = ids.iter().any(|id| *id != UNKNOWN);
                if known && *reading != written {
                    self.readings.push(ids.into_boxed_slice());
                }
            }
            let to = u32::try_from(self.readings.len()).unwrap_or(0);
            if to > from {
                let mut buffer = [0; WORD_MAX];
                let key = key(written.as_bytes(), &mut buffer).unwrap_or_default();
                let entry = self.entries.entry(key.into()).or_default();
                entry.from = from;
                entry.to = to;
            }
        }
    }

    fn id(&self, word: &[u8]) -> u32 {
        let mut buffer = [0; WORD_MAX];
        key(word, &mut buffer)
            .and_then(|key| self.entries.get(key))
            .map_or(UNKNOWN, |entry| entry.id)
    }

    /// The words of a reading.
    pub(crate) fn words(&self, reading: u32) -> &[u32] {
        usize::try_from(reading)
            .ok()
            .and_then(|reading| self.readings.get(reading))
            .map_or(&[], |ids| ids)
    }

    /// Every reading of one written word; nothing for a word that no phrase knows.
    pub(crate) fn read(&self, word: &[u8], kind: Kind, found: &mut impl FnMut(Reading)) {
        let mut known = self.read_as(word, found);
        if kind == Kind::Mixed {
            let mut letters = [0; WORD_MAX];
            for one in [b'i', b'l'] {
                let Some(spelled) = deleeted(word, one, &mut letters) else {
                    return;
                };
                known |= self.read_as(spelled, found);
                if !word.contains(&b'1') {
                    break;
                }
            }
            if !known {
                let bare = word
                    .iter()
                    .rposition(|byte| !byte.is_ascii_digit())
                    .map_or(0, |last| last + 1);
                known = bare >= 3 && self.read_as(word.get(..bare).unwrap_or_default(), found);
            }
        }
        if !known
            && word.len() >= 4
            && let [bare @ .., b's' | b'x' | b'z'] = word
        {
            self.read_as(bare, found);
        }
    }

    fn read_as(&self, word: &[u8], found: &mut impl FnMut(Reading)) -> bool {
        let mut buffer = [0; WORD_MAX];
        let Some(key) = key(word, &mut buffer) else {
            return false;
        };
        if self.report(key, found) {
            return true;
        }
        // A short word with a stretched letter: `coooon`.
        let mut squeezed = [0; WORD_MAX];
        let stretched = word
            .windows(3)
            .any(|three| matches!(three, [a, b, c] if a == b && b == c));
        if stretched && let Some(key) = squeeze(word, 1, &mut squeezed) {
            return self.report(key, found);
        }
        false
    }

    fn report(&self, key: &[u8], found: &mut impl FnMut(Reading)) -> bool {
        let Some(entry) = self.entries.get(key) else {
            return false;
        };
        if entry.id != UNKNOWN {
            found(Reading::Word(entry.id));
        }
        for reading in entry.from..entry.to {
            found(Reading::Words(reading));
        }
        true
    }

    /// Words that a mask may stand for: same first letter, same length, the same letters where it shows some.
    pub(crate) fn read_masked(&self, mask: &[u8], found: &mut impl FnMut(Reading)) {
        let mut bare = [0; WORD_MAX];
        let mut length = 0;
        for (slot, byte) in bare
            .iter_mut()
            .zip(mask.iter().filter(|byte| **byte != b'*'))
        {
            *slot = *byte;
            length += 1;
        }
        if length < 2 || mask.len() < 3 {
            return;
        }
        self.read_as(bare.get(..length).unwrap_or_default(), found);
        self.read_fitting(mask, found);
        // A key has single letters where the word may have double ones (`conard`): the same mask squeezed, and one star less.
        let mut squeezed = [0; WORD_MAX];
        let single = squeeze(mask, 1, &mut squeezed).unwrap_or_default();
        let stars = mask.len() - length;
        if stars == 1 && single.len() != mask.len() {
            self.read_fitting(single, found);
        } else if stars > 2 {
            let mut shorter = [0; WORD_MAX];
            let mut length = 0;
            let at = mask.iter().position(|byte| *byte == b'*');
            let others = mask
                .iter()
                .enumerate()
                .filter(|(place, _)| Some(*place) != at);
            for (slot, (_, byte)) in shorter.iter_mut().zip(others) {
                *slot = *byte;
                length += 1;
            }
            self.read_fitting(shorter.get(..length).unwrap_or_default(), found);
        }
    }

    fn read_fitting(&self, mask: &[u8], found: &mut impl FnMut(Reading)) {
        let fits = |key: &[u8]| {
            key.len() == mask.len()
                && key
                    .iter()
                    .zip(mask)
                    .all(|(letter, shown)| letter == shown || *shown == b'*')
        };
        for key in self.keys.iter().filter(|key| fits(key)).take(MASKED_MAX) {
            self.report(key, found);
        }
    }

    /// Every reading of every position of a message, into `paths`.
    pub(crate) fn read_message(&self, message: &Message, paths: &mut Paths) {
        paths.clear();
        let mut joins = message.joins().iter().peekable();
        for (at, word) in message.words().iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            paths.begin();
            self.read(message.text(word.text), word.kind, &mut |reading| {
                paths.add(reading, at + 1);
            });
            while let Some(join) = joins.next_if(|join| join.first == at) {
                let text = message.text(join.text);
                if join.masked {
                    self.read_masked(text, &mut |reading| paths.add(reading, join.end));
                } else {
                    let kind = if text.iter().any(u8::is_ascii_digit) {
                        Kind::Mixed
                    } else {
                        Kind::Letters
                    };
                    self.read(text, kind, &mut |reading| paths.add(reading, join.end));
                }
            }
        }
        paths.begin();
    }
}

/// For each position of a message, the readings that begin there and where each ends.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    steps: Vec<(Reading, u32)>,
    starts: Vec<u32>,
}

impl Paths {
    fn clear(&mut self) {
        self.steps.clear();
        self.starts.clear();
    }

    fn begin(&mut self) {
        self.starts
            .push(u32::try_from(self.steps.len()).unwrap_or(u32::MAX));
    }

    fn add(&mut self, reading: Reading, end: u32) {
        self.steps.push((reading, end));
    }

    /// The readings at a position, each with the position after it.
    pub(crate) fn at(&self, position: usize) -> &[(Reading, u32)] {
        let (Some(from), Some(to)) = (self.starts.get(position), self.starts.get(position + 1))
        else {
            return &[];
        };
        let range = usize::try_from(*from).unwrap_or(0)..usize::try_from(*to).unwrap_or(0);
        self.steps.get(range).unwrap_or_default()
    }
}

/// How a word is filed: single letters once it is long enough to be told apart, else at most doubled ones.
fn key<'a>(word: &[u8], buffer: &'a mut [u8; WORD_MAX]) -> Option<&'a [u8]> {
    let mut single = 0;
    let mut before = 0;
    for byte in word {
        single += usize::from(*byte != before);
        before = *byte;
    }
    squeeze(word, if single >= 5 { 1 } else { 2 }, buffer)
}

/// The word with every run of a letter cut to at most `run_max`.
fn squeeze<'a>(word: &[u8], run_max: usize, buffer: &'a mut [u8; WORD_MAX]) -> Option<&'a [u8]> {
    let mut length = 0;
    let (mut before, mut run) = (0, 0);
    for byte in word {
        run = if *byte == before && !byte.is_ascii_digit() {
            run + 1
        } else {
            1
        };
        before = *byte;
        if run <= run_max {
            *buffer.get_mut(length)? = *byte;
            length += 1;
        }
    }
    buffer.get(..length)
}

fn deleeted<'a>(word: &[u8], one: u8, buffer: &'a mut [u8; WORD_MAX]) -> Option<&'a [u8]> {
    let target = buffer.get_mut(..word.len())?;
    for (slot, byte) in target.iter_mut().zip(word) {
        *slot = if *byte == b'1' {
            one
        } else {
            digit_as_letter(*byte)
        };
    }
    Some(target)
}

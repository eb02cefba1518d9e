//! Where a name lies: its bucket and its print, such that the two and the end of the name give back its beginning.
//!
//! A name is cut into its *head*, its first letters, and its *rest*. The head is a number in base 43; a
//! keyed hash of the rest turns that number round the circle, and the place where it comes to lie is the bucket (the high part) and
//! the print (the next byte). For a given rest the turn can be undone, so equal rests with equal places have equal heads: the file
//! stores the rest only, and still nothing is guessed ("quotienting", Knuth, TAOCP 3, 6.4, exercise 13). The print, which a hash
//! table needs anyway to pass over strangers, costs nothing: it is the name's own letters.
//!
//! Rests are hashed sixteen bytes at a time, so that nearly every suffix of a host costs one multiplication. The seed is the file's
//! own, so that nobody can aim names at one bucket. Never reads a file.

#![allow(
    clippy::inline_always,
    reason = "each is a handful of instructions on the path of every connection"
)]

use super::name::{AnyName, LETTERS, Name, letters_of_head};

/// Longest head, in letters. Shorter heads are whole multiples on the same circle.
const HEAD_MAX: usize = 5;
const CIRCLE: u64 = LETTERS.pow(5);
/// What stretches the circle to 64 bits.
const STRETCH: u64 = u64::MAX / CIRCLE;

/// How the names of one file are spread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    keys: [u64; 2],
    head: usize,
    /// The bytes of eight that a head takes.
    kept: u64,
    /// Heads there are.
    heads: u64,
    /// From one head to the next on the circle.
    unit: u64,
    buckets: u64,
    /// The bits of a print that come from the head; the others are the hash's, to tell strangers apart.
    own: u8,
}

/// Where a name lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bucket: u64,
    pub(crate) print: u8,
}

impl Spread {
    /// For so many buckets: the longest head that bucket and print can hold.
    pub(crate) fn new(seed: u64, buckets: u64) -> Option<Self> {
        let mut best = None;
        let (mut heads, mut unit) = (1, CIRCLE);
        for head in 1..=HEAD_MAX {
            heads *= LETTERS;
            unit /= LETTERS;
            // The distance of two heads on the circle, as the print sees it.
            let step = (STRETCH * unit).checked_mul(buckets);
            let bits = step.map_or(0, |step| step.leading_zeros() + 1);
            if bits > 8 {
                break;
            }
            let own = u8::try_from(0xFF00_u32 >> bits & 0xFF).unwrap_or(0);
            best = Some(Self {
                keys: [
                    fold(seed ^ 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB),
                    fold(seed ^ 0x8EBC_6AF0_9C88_C6E3, 0x5895_65D4_4F3A_8F15),
                ],
                head,
                kept: u64::MAX >> (64 - 8 * head),
                heads,
                unit,
                buckets,
                own,
            });
        }
        best.filter(|_| buckets > 0)
    }

    /// Where the rest of the suffix that begins at `from` begins.
    #[inline(always)]
    pub(crate) fn rest<const R: usize>(&self, name: &Name<R>, from: usize) -> usize {
        (from + self.head).min(name.end())
    }

    pub(crate) fn rest_of<'a>(&self, name: &'a [u8]) -> &'a [u8] {
        name.get(self.head..).unwrap_or_default()
    }

    pub(crate) fn buckets(&self) -> u64 {
        self.buckets
    }

    /// The place of the suffix that begins at `from`.
    #[inline(always)]
    pub(crate) fn place<const R: usize>(&self, name: &Name<R>, from: usize) -> Place {
        let hash = self.hash(name, self.rest(name, from));
        self.turned(name.head(from, self.kept), hash)
    }

    /// The head's place once the hash of the rest has turned it.
    #[inline(always)]
    fn turned(&self, head: u64, hash: u64) -> Place {
        let mut turned = head + high(hash, self.heads) * self.unit;
        if turned >= CIRCLE {
            turned -= CIRCLE;
        }
        let on_circle = u128::from(turned * STRETCH) * u128::from(self.buckets);
        let [_, _, _, _, _, _, _, print] = low(on_circle).to_le_bytes();
        let [noise, ..] = hash.to_le_bytes();
        Place {
            bucket: low(on_circle >> 64),
            print: (print & self.own) | (noise & !self.own),
        }
    }

    /// What entries are sorted by: the order of the places, and equal for equal names only, but for an accident.
    pub(crate) fn order(&self, name: &AnyName) -> u64 {
        let from = AnyName::start();
        let hash = self.hash(name, self.rest(name, from));
        let turned = (name.head(from, self.kept) + high(hash, self.heads) * self.unit) % CIRCLE;
        turned << 36 | hash >> 28
    }

    /// The head of a name of which the rest is known, undone from its place.
    pub(crate) fn head_of(&self, place: Place, rest: &AnyName) -> Option<Vec<u8>> {
        let hash = self.hash(rest, AnyName::start());
        let turn = high(hash, self.heads) * self.unit;
        // The lowest head that lies in the bucket, then print by print.
        let span = u128::from(STRETCH) * u128::from(self.buckets);
        let first = low((u128::from(place.bucket) << 64).div_ceil(span));
        // Heads lie at the same distance from the turn, whole units.
        let mut turned = first.next_multiple_of(self.unit);
        while turned < CIRCLE {
            let head = (turned + CIRCLE - turn) % CIRCLE;
            let here = self.turned(head, hash);
            if here == place {
                return Some(letters_of_head(head));
            }
            if here.bucket != place.bucket {
                return None;
            }
            turned += self.unit;
        }
        None
    }

    /// The hash of a rest (the construction of wyhash: Wang Yi, "A fast, high quality hash").
    #[inline(always)]
    fn hash<const R: usize>(&self, name: &Name<R>, rest: usize) -> u64 {
        let [first_key, second_key] = self.keys;
        let end = name.end();
        let length = end - rest;
        let second_key = second_key ^ u64::try_from(length).unwrap_or(0);
        if length < 8 {
            let all = name.word(rest) & !(u64::MAX << (length * 8));
            return fold(all ^ first_key, second_key);
        }
        let (mut hash, mut at) = (first_key, rest);
        while end - at > 16 {
            hash = fold(hash ^ name.word(at), name.word(at + 8) ^ second_key);
            at += 16;
        }
        // The last sixteen bytes, or the first and the last eight.
        let before = rest.max(end - 16);
        fold(hash ^ name.word(before), name.word(end - 8) ^ second_key)
    }
}

/// The product of both, its halves folded.
#[inline(always)]
fn fold(one: u64, other: u64) -> u64 {
    let wide = u128::from(one) * u128::from(other);
    low(wide) ^ low(wide >> 64)
}

/// A fraction of `below`, monotone in `of`.
#[inline(always)]
fn high(of: u64, below: u64) -> u64 {
    low((u128::from(of) * u128::from(below)) >> 64)
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the low half is what is wanted"
)]
#[inline(always)]
fn low(wide: u128) -> u64 {
    wide as u64
}

/// A hash that depends on nothing but its input: from it the seed is made.
pub(crate) fn unkeyed(bytes: &[u8]) -> u64 {
    let mut hash = u64::try_from(bytes.len()).unwrap_or(0);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        hash = fold(
            hash ^ u64::from_le_bytes(word) ^ 0x9FB2_1C65_1E98_DF25,
            0xE703_7ED1_A0B4_28DB,
        );
    }
    fold(hash ^ 0xA076_1D64_78BD_642F, 0x8EBC_6AF0_9C88_C6E3)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_place_and_a_rest_give_back_the_name_whatever_the_number_of_buckets() {
        for buckets in [1, 2, 40, 700, 45_000, 511_111, 5_000_000] {
            let spread = Spread::new(7, buckets).unwrap();
            let mut seen = BTreeMap::new();
            for number in 0..2_000_u32 {
                let text = format!("{:x}.example", number.wrapping_mul(2_654_435_761) >> 12);
                let name = AnyName::read(text.as_bytes()).unwrap();
                let place = spread.place(&name, AnyName::start());
                assert!(place.bucket < buckets);
                let rest = spread.rest(&name, AnyName::start()) - AnyName::start();
                let rest = &text.as_bytes()[rest..];
                let before = seen.insert((place.bucket, place.print, rest.to_vec()), text.clone());
                assert!(before.is_none_or(|before| before == text), "{text}");
                let mut whole = spread
                    .head_of(place, &AnyName::read(rest).unwrap())
                    .unwrap();
                whole.extend_from_slice(rest);
                assert_eq!(whole, text.as_bytes());
            }
        }
        assert!(Spread::new(7, 0).is_none());
    }

    #[test]
    fn a_suffix_lies_where_it_would_alone() {
        let spread = Spread::new(9, 100_000).unwrap();
        let name = AnyName::read(b"a.very-long-label-indeed.sub.example.org").unwrap();
        for dot in [26, 24, 2, 0] {
            let alone = AnyName::read(&b"a.very-long-label-indeed.sub.example.org"[dot..]).unwrap();
            let expect = spread.place(&alone, AnyName::start());
            assert_eq!(spread.place(&name, AnyName::start() + dot), expect);
        }
    }
}

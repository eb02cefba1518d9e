//! A plain name in a buffer with room on both sides, so that eight bytes can be read wherever a name has one.
//!
//! Owns the alphabet of names: the forty letters that an entry may have. A text with any other is no name and is never an entry.
//! Never allocates.

#![allow(
    clippy::inline_always,
    reason = "each is a handful of instructions on the path of every connection"
)]

/// Letters of the alphabet as heads count them: each has a number below this, no two the same.
pub(crate) const LETTERS: u64 = 43;
/// The alphabet.
const ALPHABET: &[u8; 40] = b"abcdefghijklmnopqrstuvwxyz0123456789-_:.";
/// What stands after a name. Its number is 0, which no letter has.
const PAD: u8 = b'`';
/// Room before a name: the longest end piece.
const BEFORE: usize = 16;
/// Room after a name: the longest that is read at once.
const AFTER: usize = 8;
/// Longest name that takes the short way.
const SHORT_MAX: usize = 47;
/// The same byte eight times.
const ONES: u64 = 0x0101_0101_0101_0101;

/// A name; `ROOM` is a power of two and what is read after it, so that a place is brought inside by a mask.
#[derive(Clone, Debug)]
pub(crate) struct Name<const ROOM: usize> {
    bytes: [u8; ROOM],
    end: usize,
}

/// Any name.
pub(crate) type AnyName = Name<{ 512 + AFTER }>;
/// A name that is as short as nearly all are: its dots fit a number.
pub(crate) type ShortName = Name<{ BEFORE + SHORT_MAX + 1 + AFTER }>;

/// What a name is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letters {
    /// A bit for each place that has a dot.
    pub(crate) dots: u64,
    /// Whether every byte is a lower-case letter, a digit, a hyphen or a dot.
    pub(crate) are_plain: bool,
}

impl<const ROOM: usize> Name<ROOM> {
    /// An empty name.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self {
            bytes: [PAD; ROOM],
            end: BEFORE,
        }
    }

    /// None for what is longer than there is room for.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let mut name = Self::new();
        name.fill(text).then_some(name)
    }

    /// Puts a text into an empty name; says no to what is longer than there is room for.
    #[inline(always)]
    pub(crate) fn fill(&mut self, text: &[u8]) -> bool {
        let end = BEFORE + text.len();
        if end + AFTER >= ROOM {
            return false;
        }
        self.end = end;
        // Most names are copied in two halves that may overlap.
        if let (Some(first), Some(last)) = (text.first_chunk::<16>(), text.last_chunk::<16>())
            && text.len() <= 32
        {
            if let Some(place) = self.bytes.get_mut(BEFORE..BEFORE + 16) {
                place.copy_from_slice(first);
            }
            if let Some(place) = self.bytes.get_mut(text.len()..end) {
                place.copy_from_slice(last);
            }
        } else if let Some(place) = self.bytes.get_mut(BEFORE..end) {
            place.copy_from_slice(text);
        }
        true
    }

    /// Where every name begins.
    #[inline]
    pub(crate) const fn start() -> usize {
        BEFORE
    }

    #[inline]
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Eight bytes from here, the first the lowest. A place outside reads anything.
    #[inline(always)]
    pub(crate) fn word(&self, at: usize) -> u64 {
        const { assert!((ROOM - AFTER).is_power_of_two()) };
        let at = at & (ROOM - AFTER - 1);
        match self
            .bytes
            .get(at..at + 8)
            .and_then(|rest| rest.first_chunk())
        {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => 0,
        }
    }

    /// The numbers of the first letters from here on, as one number in base [`LETTERS`]: five digits, of which the last ones are
    /// left out that `kept` does not cover.
    #[inline(always)]
    pub(crate) fn head(&self, at: usize, kept: u64) -> u64 {
        let word = self.word(at);
        // The low five bits and the seventh tell the letters of the alphabet apart.
        let above = !(word >> 6) & ONES;
        let numbers = ((word & (0x1F * ONES)) + (above << 4)) & kept;
        let even = numbers & 0xFF_00FF_00FF;
        let pairs = even * LETTERS + (numbers >> 8 & 0xFF_00FF);
        let (first, second) = (pairs & 0xFFFF, pairs >> 16 & 0xFFFF);
        (first * LETTERS * LETTERS + second) * LETTERS + (even >> 32)
    }
}

impl ShortName {
    /// Looks at every byte once.
    #[inline]
    pub(crate) fn letters(&self) -> Letters {
        let (mut dots, mut plain, mut place) = (0, 0, 0);
        while BEFORE + place < self.end {
            let at = BEFORE + place;
            let (of_plain, of_dots) = sixteen(self.word(at), self.word(at + 8));
            plain |= of_plain << place;
            dots |= of_dots << place;
            place += 16;
        }
        let present = !(u64::MAX << (self.end - BEFORE));
        Letters {
            dots,
            are_plain: plain & present == present,
        }
    }
}

/// A bit for each of sixteen bytes that is plain, and for each that is a dot.
#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(
    unsafe_code,
    reason = "sixteen bytes at a time are a quarter of the instructions of one at a time"
)]
fn sixteen(first: u64, second: u64) -> (u64, u64) {
    // SAFETY: SSE2, which is all that it asks of the processor, is part of x86-64.
    unsafe { sse2::sixteen(first, second) }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8, _mm_sub_epi8,
    };

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn sixteen(first: u64, second: u64) -> (u64, u64) {
        let bytes = _mm_set_epi64x(second.cast_signed(), first.cast_signed());
        let dots = _mm_cmpeq_epi8(bytes, all(b'.'));
        let strokes = _mm_or_si128(dots, _mm_cmpeq_epi8(bytes, all(b'-')));
        let letters = _mm_or_si128(between(bytes, b'a', b'z'), between(bytes, b'0', b'9'));
        (bits(_mm_or_si128(strokes, letters)), bits(dots))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn all(byte: u8) -> __m128i {
        _mm_set1_epi8(byte.cast_signed())
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn between(bytes: __m128i, low: u8, high: u8) -> __m128i {
        let above = _mm_sub_epi8(bytes, all(low));
        _mm_cmpeq_epi8(_mm_min_epu8(above, all(high - low)), above)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn bits(bytes: __m128i) -> u64 {
        u64::from(_mm_movemask_epi8(bytes).cast_unsigned())
    }
}

/// A bit for each of sixteen bytes that is plain, and for each that is a dot.
#[cfg(not(target_arch = "x86_64"))]
fn sixteen(first: u64, second: u64) -> (u64, u64) {
    let bytes = (u128::from(second) << 64 | u128::from(first)).to_le_bytes();
    let bits = |is: fn(u8) -> bool| {
        let each = bytes.iter().enumerate();
        each.fold(0, |bits, (at, byte)| bits | u64::from(is(*byte)) << at)
    };
    let is_plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    (bits(is_plain), bits(|byte| byte == b'.'))
}

/// The letters of a head, without the pads after them.
pub(crate) fn letters_of_head(mut head: u64) -> Vec<u8> {
    let mut letters = Vec::with_capacity(5);
    for _ in 0..5 {
        let number = head % LETTERS;
        letters.push(alphabet().find(|byte| number_of(*byte) == number));
        head /= LETTERS;
    }
    letters
        .into_iter()
        .rev()
        .map_while(|letter| letter)
        .collect()
}

/// The number of a letter in a head; 0 is no letter's.
fn number_of(byte: u8) -> u64 {
    u64::from(byte & 0x1F) + u64::from(!(byte >> 6) & 1) * 16
}

/// The place of a letter in the alphabet, from 1; 0 for what is none.
#[inline]
pub(crate) fn letter(byte: u8) -> u8 {
    const PLACES: [u8; 256] = places();
    PLACES.get(usize::from(byte)).copied().unwrap_or(0)
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "at build time"
)]
const fn places() -> [u8; 256] {
    let mut places = [0; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        places[ALPHABET[at] as usize] = at as u8 + 1;
        at += 1;
    }
    places
}

/// Every letter.
pub(crate) fn alphabet() -> impl Iterator<Item = u8> {
    ALPHABET.iter().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn heads_tell_letters_apart_and_give_them_back() {
        let numbers: BTreeSet<u64> = ALPHABET.iter().map(|byte| number_of(*byte)).collect();
        assert_eq!(numbers.len(), ALPHABET.len());
        assert!(numbers.iter().all(|number| (1..LETTERS).contains(number)));
        assert_eq!(number_of(PAD), 0);
        for text in ["", "a", "t.co", "4chan.org", "a_b-c:9", "zzzzz", "9.9.9.9"] {
            let name = ShortName::read(text.as_bytes()).unwrap();
            let head = &text.as_bytes()[..text.len().min(5)];
            assert_eq!(letters_of_head(name.head(BEFORE, u64::MAX)), head, "{text}");
        }
        let three = ShortName::read(b"abcdefg").unwrap().head(BEFORE, 0xFF_FFFF);
        assert_eq!(letters_of_head(three), b"abc");
    }

    #[test]
    fn every_byte_is_seen() {
        for length in 0..=SHORT_MAX {
            for at in 0..length {
                for byte in 0..=255 {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    let is_plain = matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
                    let expect = Letters {
                        dots: u64::from(byte == b'.') << at,
                        are_plain: is_plain,
                    };
                    let letters = ShortName::read(&text).unwrap().letters();
                    assert_eq!(
                        letters.are_plain, expect.are_plain,
                        "{byte} at {at} of {length}"
                    );
                    if is_plain {
                        assert_eq!(letters.dots, expect.dots, "{byte} at {at} of {length}");
                    }
                }
            }
        }
        assert!(ShortName::read(&[b'x'; SHORT_MAX + 1]).is_none());
    }
}

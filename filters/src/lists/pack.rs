//! How the rests of names are packed: a byte a piece, from two tables that are learned from the names themselves.
//!
//! *Pieces* have one to eight bytes (after FSST: Boncz, Neumann, Leis, "Fast Random Access String Compression", VLDB 2020); the
//! last code of a rest is an *end*, one to sixteen bytes long, from a table of its own, since names end alike. A rest is cut so
//! that it has as few codes as can be. Packed rests are compared where they lie, never unpacked for a look-up. Always the same
//! from the same names. Never trusts a packed byte: an unknown code matches nothing.
//! Long because what learns, what packs and what compares must agree on one table.

use std::collections::BTreeMap;

use super::name::{Name, alphabet, letter};

const CODES: usize = 256;
const PIECE_MAX: usize = 8;
const END_MAX: usize = 16;
const ROUNDS: usize = 8;
/// An end that fewer of the names than one in so many have is not considered.
const END_RARE: usize = 4_096;
/// Longest rest.
const REST_MAX: usize = 256;
/// No node and no code.
const NONE: u16 = u16::MAX;

/// Packs rests.
#[derive(Debug)]
pub(crate) struct Packer {
    pieces: Vec<Vec<u8>>,
    ends: Vec<Vec<u8>>,
    piece_trie: Trie,
    end_trie: Trie,
}

/// Compares and unpacks.
#[derive(Debug)]
pub(crate) struct Unpacker {
    pieces: Box<[Piece; CODES]>,
    ends: Box<[End; CODES]>,
}

/// A piece as a number, its mask and its length.
#[derive(Clone, Copy, Debug)]
struct Piece {
    bytes: u64,
    mask: u64,
    length: usize,
}

/// What no name has: the piece of a code that does not exist.
const NO_PIECE: Piece = Piece {
    bytes: u64::MAX,
    mask: u64::MAX,
    length: 0,
};

/// An end as two numbers, the right one its last eight bytes.
#[derive(Clone, Copy, Debug)]
struct End {
    left: u64,
    left_mask: u64,
    right: u64,
    right_mask: u64,
    length: usize,
}

const NO_END: End = End {
    left: u64::MAX,
    left_mask: u64::MAX,
    right: u64::MAX,
    right_mask: u64::MAX,
    length: 0,
};

/// Finds every piece that a text begins with.
#[derive(Debug)]
struct Trie {
    next: Vec<[u16; 64]>,
    codes: Vec<u16>,
}

impl Trie {
    fn new<'a>(texts: impl Iterator<Item = impl Iterator<Item = &'a u8>>) -> Self {
        let mut trie = Self {
            next: vec![[0; 64]],
            codes: vec![NONE],
        };
        for (code, text) in texts.enumerate() {
            let mut node = 0;
            for byte in text {
                let fresh = trie.next.len();
                let Some(slot) = trie
                    .next
                    .get_mut(node)
                    .and_then(|next| next.get_mut(usize::from(letter(*byte))))
                else {
                    break;
                };
                if *slot == 0 {
                    *slot = u16::try_from(fresh).unwrap_or(0);
                    trie.next.push([0; 64]);
                    trie.codes.push(NONE);
                    node = fresh;
                } else {
                    node = usize::from(*slot);
                }
            }
            if let Some(slot) = trie.codes.get_mut(node) {
                *slot = u16::try_from(code).unwrap_or(NONE);
            }
        }
        trie
    }

    /// The node after this one, and its code; none where nothing goes on.
    #[inline]
    fn step(&self, node: usize, byte: u8) -> Option<(usize, u16)> {
        let next = usize::from(*self.next.get(node)?.get(usize::from(letter(byte)))?);
        if next == 0 {
            return None;
        }
        Some((next, *self.codes.get(next)?))
    }
}

/// The cheapest way to cut the beginning of a rest, up to each of its bytes.
struct Cuts {
    costs: [u16; REST_MAX + 1],
    codes: [(u8, u8); REST_MAX + 1],
}

impl Cuts {
    fn new() -> Self {
        Self {
            costs: [0; REST_MAX + 1],
            codes: [(0, 0); REST_MAX + 1],
        }
    }

    fn of(&mut self, trie: &Trie, rest: &[u8]) {
        if let Some(costs) = self.costs.get_mut(1..=rest.len()) {
            costs.fill(u16::MAX);
        }
        for from in 0..rest.len() {
            let cost = self.costs.get(from).copied().unwrap_or(0).saturating_add(1);
            let mut node = 0;
            for (at, byte) in rest.iter().enumerate().skip(from) {
                let Some((next, code)) = trie.step(node, *byte) else {
                    break;
                };
                node = next;
                if code == NONE {
                    continue;
                }
                if let (Some(best), Some(slot)) =
                    (self.costs.get_mut(at + 1), self.codes.get_mut(at + 1))
                    && cost < *best
                {
                    *best = cost;
                    *slot = (
                        u8::try_from(code).unwrap_or(0),
                        u8::try_from(at + 1 - from).unwrap_or(1),
                    );
                }
            }
        }
    }

    /// Appends the codes up to a byte.
    fn write(&self, to: usize, packed: &mut Vec<u8>) {
        let begin = packed.len();
        let mut at = to;
        while at > 0 {
            let Some((code, length)) = self.codes.get(at) else {
                return;
            };
            packed.push(*code);
            at = at.saturating_sub(usize::from(*length).max(1));
        }
        if let Some(written) = packed.get_mut(begin..) {
            written.reverse();
        }
    }
}

impl Packer {
    /// Learns from a sample of rests.
    pub(crate) fn learn(sample: &[&[u8]]) -> Self {
        let ends = learn_ends(sample);
        let end_trie = Trie::new(ends.iter().map(|end| end.iter().rev()));
        let before_ends: Vec<&[u8]> = sample
            .iter()
            .map(|rest| {
                rest.get(..rest.len() - longest_end(&end_trie, rest))
                    .unwrap_or_default()
            })
            .collect();
        let pieces = learn_pieces(&before_ends);
        let piece_trie = Trie::new(pieces.iter().map(|piece| piece.iter()));
        Self {
            pieces,
            ends,
            piece_trie,
            end_trie,
        }
    }

    /// What packs many rests, one after the other.
    pub(crate) fn packing(&self) -> Packing<'_> {
        Packing {
            packer: self,
            cuts: Cuts::new(),
        }
    }

    /// The tables as stored: how many pieces, each with its length and eight bytes, then the ends with sixteen.
    pub(crate) fn symbols(&self) -> Vec<u8> {
        let mut stored = Vec::new();
        stored.extend_from_slice(&u16::try_from(self.pieces.len()).unwrap_or(0).to_le_bytes());
        let mut store = |text: &[u8], room: usize| {
            stored.push(u8::try_from(text.len()).unwrap_or(0));
            stored.extend_from_slice(text);
            stored.resize(stored.len() + room - text.len(), 0);
        };
        for piece in &self.pieces {
            store(piece, PIECE_MAX);
        }
        for end in &self.ends {
            store(end, END_MAX);
        }
        stored
    }
}

/// Packs one rest after the other, in memory of its own.
pub(crate) struct Packing<'a> {
    packer: &'a Packer,
    cuts: Cuts,
}

impl Packing<'_> {
    /// Appends the codes of a rest, as few as can be.
    pub(crate) fn pack(&mut self, rest: &[u8], packed: &mut Vec<u8>) {
        if rest.is_empty() || rest.len() > REST_MAX {
            return;
        }
        self.cuts.of(&self.packer.piece_trie, rest);
        let mut best = (u16::MAX, 0, 0);
        let mut node = 0;
        for (length, byte) in rest.iter().rev().enumerate() {
            let Some((next, code)) = self.packer.end_trie.step(node, *byte) else {
                break;
            };
            node = next;
            let before = rest.len() - length - 1;
            let cost = self.cuts.costs.get(before).copied().unwrap_or(u16::MAX);
            if code != NONE && cost <= best.0 {
                best = (cost, before, code);
            }
        }
        let (_, before, end) = best;
        self.cuts.write(before, packed);
        packed.push(u8::try_from(end).unwrap_or(0));
    }
}

fn longest_end(trie: &Trie, rest: &[u8]) -> usize {
    let (mut node, mut longest) = (0, 0);
    for (length, byte) in rest.iter().rev().enumerate() {
        let Some((next, code)) = trie.step(node, *byte) else {
            break;
        };
        node = next;
        if code != NONE {
            longest = length + 1;
        }
    }
    longest
}

/// Ends, each time the one that saves most beyond those taken before. Every letter is one.
fn learn_ends(sample: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut ends: Vec<Vec<u8>> = alphabet().map(|byte| vec![byte]).collect();
    let mut by_end: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (number, rest) in sample.iter().enumerate() {
        for length in 2..=rest.len().min(END_MAX) {
            let end = rest.get(rest.len() - length..).unwrap_or_default();
            by_end.entry(end).or_default().push(number);
        }
    }
    let mut candidates: Vec<(&[u8], Vec<usize>)> = by_end
        .into_iter()
        .filter(|(_, who)| who.len() > 1 + sample.len() / END_RARE)
        .collect();
    let mut covered = vec![1; sample.len()];
    while ends.len() < CODES {
        let saves = |(end, who): &(&[u8], Vec<usize>)| -> usize {
            who.iter()
                .filter_map(|one| covered.get(*one))
                .map(|covered| end.len().saturating_sub(*covered))
                .sum()
        };
        let best = candidates
            .iter()
            .enumerate()
            .map(|(place, one)| (saves(one), std::cmp::Reverse(place)))
            .max();
        let Some((saved, std::cmp::Reverse(place))) = best.filter(|(saved, _)| *saved > 0) else {
            break;
        };
        // An end costs its own place in the file.
        if saved <= END_MAX + 1 {
            break;
        }
        let (end, who) = candidates.swap_remove(place);
        for one in who {
            if let Some(covered) = covered.get_mut(one) {
                *covered = end.len().max(*covered);
            }
        }
        ends.push(end.to_vec());
    }
    ends
}

/// Pieces, by rounds: those and the joins of neighbours that save most in the sample as cut by the pieces of the round before.
fn learn_pieces(sample: &[&[u8]]) -> Vec<Vec<u8>> {
    let letters: Vec<Vec<u8>> = alphabet().map(|byte| vec![byte]).collect();
    let mut pieces = letters.clone();
    let (mut cuts, mut codes) = (Cuts::new(), Vec::new());
    for _ in 0..ROUNDS {
        let trie = Trie::new(pieces.iter().map(|piece| piece.iter()));
        let mut alone = vec![0_u64; CODES];
        let mut joined = vec![0_u64; CODES * CODES];
        for rest in sample {
            codes.clear();
            cuts.of(&trie, rest);
            cuts.write(rest.len(), &mut codes);
            for code in &codes {
                if let Some(count) = alone.get_mut(usize::from(*code)) {
                    *count += 1;
                }
            }
            for pair in codes.windows(2) {
                if let [one, other] = pair
                    && let Some(count) =
                        joined.get_mut(usize::from(*one) * CODES + usize::from(*other))
                {
                    *count += 1;
                }
            }
        }
        let mut gains: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        let mut gain = |piece: Vec<u8>, count: u64| {
            let length = u64::try_from(piece.len()).unwrap_or(0);
            *gains.entry(piece).or_default() += count * length;
        };
        for (piece, count) in pieces
            .iter()
            .zip(&alone)
            .filter(|(piece, count)| piece.len() > 1 && **count > 0)
        {
            gain(piece.clone(), *count);
        }
        for (one, counts) in pieces.iter().zip(joined.chunks(CODES)) {
            for (other, count) in pieces.iter().zip(counts).filter(|(_, count)| **count > 1) {
                if one.len() + other.len() <= PIECE_MAX {
                    gain([one.as_slice(), other].concat(), *count);
                }
            }
        }
        let mut ranked: Vec<(Vec<u8>, u64)> = gains.into_iter().collect();
        ranked.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        // A piece costs its own place in the file.
        ranked.retain(|(_, gain)| *gain > 16);
        ranked.truncate(CODES - letters.len());
        pieces.clone_from(&letters);
        pieces.extend(ranked.into_iter().map(|(piece, _)| piece));
    }
    pieces
}

impl Unpacker {
    pub(crate) fn read(stored: &[u8]) -> Option<Self> {
        let (count, rest) = stored.split_first_chunk()?;
        let count = usize::from(u16::from_le_bytes(*count));
        let (pieces_stored, ends_stored) =
            rest.split_at_checked(count.checked_mul(1 + PIECE_MAX)?)?;
        if count > CODES
            || !ends_stored.len().is_multiple_of(1 + END_MAX)
            || ends_stored.len() > CODES * (1 + END_MAX)
        {
            return None;
        }
        let mut pieces = Box::new([NO_PIECE; CODES]);
        for (slot, stored) in pieces
            .iter_mut()
            .zip(pieces_stored.chunks_exact(1 + PIECE_MAX))
        {
            let (length, bytes) = stored.split_first()?;
            let length = usize::from(*length);
            if length == 0 || length > PIECE_MAX {
                return None;
            }
            let mask = u64::MAX >> (64 - 8 * length);
            *slot = Piece {
                bytes: u64::from_le_bytes(*bytes.first_chunk()?) & mask,
                mask,
                length,
            };
        }
        let mut ends = Box::new([NO_END; CODES]);
        for (slot, stored) in ends.iter_mut().zip(ends_stored.chunks_exact(1 + END_MAX)) {
            let (length, bytes) = stored.split_first()?;
            let length = usize::from(*length);
            if length == 0 || length > END_MAX {
                return None;
            }
            // Moved to the right, as it is compared.
            let bytes = u128::from_le_bytes(*bytes.first_chunk()?) << (8 * (END_MAX - length));
            let mask = u128::MAX << (8 * (END_MAX - length));
            let [left, right] = halves(bytes);
            let [left_mask, right_mask] = halves(mask);
            *slot = End {
                left,
                left_mask,
                right,
                right_mask,
                length,
            };
        }
        Some(Self { pieces, ends })
    }

    /// Whether packed codes are the rest of a name from here on.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call costs as much as comparing two codes"
    )]
    pub(crate) fn is<const R: usize>(&self, packed: &[u8], name: &Name<R>, rest: usize) -> bool {
        let Some((last, codes)) = packed.split_last() else {
            return rest == name.end();
        };
        let end = self.ends.get(usize::from(*last)).unwrap_or(&NO_END);
        if (name.word(name.end() - 8) ^ end.right) & end.right_mask != 0
            || (name.word(name.end() - 16) ^ end.left) & end.left_mask != 0
        {
            return false;
        }
        let mut at = rest;
        for code in codes {
            let piece = self.pieces.get(usize::from(*code)).unwrap_or(&NO_PIECE);
            if (name.word(at) ^ piece.bytes) & piece.mask != 0 {
                return false;
            }
            at += piece.length;
        }
        at + end.length == name.end()
    }

    /// Unpacks a rest; none for a code that does not exist.
    pub(crate) fn unpack(&self, packed: &[u8], rest: &mut Vec<u8>) -> Option<()> {
        let Some((last, codes)) = packed.split_last() else {
            return Some(());
        };
        for code in codes {
            let piece = self
                .pieces
                .get(usize::from(*code))
                .filter(|piece| piece.length > 0)?;
            rest.extend_from_slice(piece.bytes.to_le_bytes().get(..piece.length)?);
        }
        let end = self
            .ends
            .get(usize::from(*last))
            .filter(|end| end.length > 0)?;
        let mut bytes = [0; END_MAX];
        bytes.get_mut(..8)?.copy_from_slice(&end.left.to_le_bytes());
        bytes
            .get_mut(8..)?
            .copy_from_slice(&end.right.to_le_bytes());
        rest.extend_from_slice(bytes.get(END_MAX - end.length..)?);
        Some(())
    }
}

/// The low and the high half.
fn halves(wide: u128) -> [u64; 2] {
    let half = |wide: u128| u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(0);
    [half(wide), half(wide >> 64)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::name::AnyName;

    #[test]
    fn a_rest_comes_back_as_it_was_and_is_only_itself() {
        let names: Vec<String> = (0..500)
            .map(|number| format!("www.exemple-{number}.blogspot.com"))
            .collect();
        let sample: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let packer = Packer::learn(&sample);
        let unpacker = Unpacker::read(&packer.symbols()).unwrap();
        for text in [
            "www.exemple-7.blogspot.com",
            "x",
            "",
            "2001:db8::1",
            "zz.blogspot.com",
            "com",
            "t.com",
        ] {
            let mut packed = Vec::new();
            packer.packing().pack(text.as_bytes(), &mut packed);
            let is = |text: &str| {
                let name = AnyName::read(text.as_bytes()).unwrap();
                unpacker.is(&packed, &name, AnyName::start())
            };
            assert!(is(text), "{text}");
            assert!(!is("other"));
            assert!(!is(&format!("{text}a")));
            assert!(!is(&format!("a{text}")));
            let mut back = Vec::new();
            unpacker.unpack(&packed, &mut back).unwrap();
            assert_eq!(back, text.as_bytes());
        }
        let mut packed = Vec::new();
        packer.packing().pack(names[7].as_bytes(), &mut packed);
        assert!(packed.len() * 3 < names[7].len(), "{}", packed.len());
    }
}

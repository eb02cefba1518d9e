//! How names are packed: a table of up to 255 pieces of one to eight bytes, one byte each (after FSST, Boncz, Neumann and Leis,
//! "FSST: Fast Random Access String Compression", VLDB 2020). Learned from the names themselves, always the same from the same
//! names.
//!
//! Packed names are compared without being unpacked into memory of their own. Never trusts a packed byte: an unknown code
//! matches nothing.

use std::collections::BTreeMap;

/// What a code that stands for the next byte as it is looks like.
const ESCAPE: u8 = u8::MAX;
const PIECES_MAX: usize = 255;
const PIECE_MAX: usize = 8;
const ROUNDS: usize = 8;
/// Bytes that always have a code of their own, so that no name grows.
const SINGLES: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-._:";
/// Longest name that is compared: a name of the DNS, and room to read eight bytes past its end.
const NAME_MAX: usize = 256;

type Piece = ([u8; PIECE_MAX], usize);

/// Packs names.
#[derive(Debug)]
pub(crate) struct Packer {
    pieces: Vec<Piece>,
    /// For each first two bytes, the codes of longer pieces, the longest first.
    by_two: BTreeMap<[u8; 2], Vec<u8>>,
    singles: [Option<u8>; 256],
}

/// Compares and unpacks.
#[derive(Debug)]
pub(crate) struct Unpacker {
    /// The piece of each code as a number, its mask, and its length; length 0 for no such code.
    pieces: Box<[(u64, u64, usize); 256]>,
}

impl Packer {
    /// Learns pieces from a sample of names.
    pub(crate) fn learn(sample: &[&[u8]]) -> Self {
        let mut packer = Self::of(SINGLES.iter().map(|byte| single(*byte)).collect());
        for _ in 0..ROUNDS {
            let mut gains: BTreeMap<Piece, u64> = BTreeMap::new();
            for name in sample {
                packer.count(name, &mut gains);
            }
            let mut ranked: Vec<(u64, Piece)> = gains
                .into_iter()
                .filter(|(piece, _)| piece.1 > 1)
                .map(|(piece, gain)| (gain, piece))
                .collect();
            ranked.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
            let kept = ranked
                .into_iter()
                .take(PIECES_MAX - SINGLES.len())
                .map(|(_, piece)| piece);
            packer = Self::of(
                SINGLES
                    .iter()
                    .map(|byte| single(*byte))
                    .chain(kept)
                    .collect(),
            );
        }
        packer
    }

    fn of(pieces: Vec<Piece>) -> Self {
        let mut by_two: BTreeMap<[u8; 2], Vec<u8>> = BTreeMap::new();
        let mut singles = [None; 256];
        for (code, (bytes, length)) in pieces.iter().enumerate() {
            let code = u8::try_from(code).unwrap_or(ESCAPE);
            let [first, second, ..] = *bytes;
            if *length == 1 {
                if let Some(slot) = singles.get_mut(usize::from(first)) {
                    *slot = Some(code);
                }
            } else {
                by_two.entry([first, second]).or_default().push(code);
            }
        }
        for codes in by_two.values_mut() {
            codes.sort_by_key(|code| {
                let length = pieces.get(usize::from(*code)).map_or(0, |piece| piece.1);
                (std::cmp::Reverse(length), *code)
            });
        }
        Self {
            pieces,
            by_two,
            singles,
        }
    }

    /// The longest piece that a text begins with.
    fn longest(&self, text: &[u8]) -> Option<u8> {
        let first = text.first()?;
        if let Some(two) = text.first_chunk::<2>() {
            for code in self.by_two.get(two).into_iter().flatten() {
                let (bytes, length) = self.pieces.get(usize::from(*code))?;
                if text.starts_with(bytes.get(..*length)?) {
                    return Some(*code);
                }
            }
        }
        self.singles.get(usize::from(*first)).copied().flatten()
    }

    fn count(&self, name: &[u8], gains: &mut BTreeMap<Piece, u64>) {
        let mut rest = name;
        let mut before: Option<Piece> = None;
        while let Some(code) = self.longest(rest) {
            let Some(piece) = self.pieces.get(usize::from(code)).copied() else {
                return;
            };
            // What a piece saves is all its bytes but its code.
            let saves = |piece: &Piece| u64::try_from(piece.1).unwrap_or(1);
            *gains.entry(piece).or_default() += saves(&piece);
            if let Some(joined) = before.and_then(|before| joined(&before, &piece)) {
                *gains.entry(joined).or_default() += saves(&joined);
            }
            before = Some(piece);
            rest = rest.get(piece.1..).unwrap_or_default();
        }
    }

    /// Packs a name.
    pub(crate) fn pack(&self, name: &[u8], packed: &mut Vec<u8>) {
        let mut rest = name;
        while let Some((first, tail)) = rest.split_first() {
            if let Some(code) = self.longest(rest) {
                packed.push(code);
                let length = self
                    .pieces
                    .get(usize::from(code))
                    .map_or(1, |piece| piece.1);
                rest = rest.get(length..).unwrap_or_default();
            } else {
                packed.extend([ESCAPE, *first]);
                rest = tail;
            }
        }
    }

    /// The table as stored: for each piece its length and its eight bytes.
    pub(crate) fn symbols(&self) -> Vec<u8> {
        let mut stored = Vec::with_capacity(self.pieces.len() * 9);
        for (bytes, length) in &self.pieces {
            stored.push(u8::try_from(*length).unwrap_or(0));
            stored.extend_from_slice(bytes);
        }
        stored
    }
}

fn single(byte: u8) -> Piece {
    ([byte, 0, 0, 0, 0, 0, 0, 0], 1)
}

fn joined(one: &Piece, other: &Piece) -> Option<Piece> {
    let length = one.1 + other.1;
    let mut bytes = one.0;
    bytes
        .get_mut(one.1..length)?
        .copy_from_slice(other.0.get(..other.1)?);
    Some((bytes, length))
}

impl Unpacker {
    pub(crate) fn read(stored: &[u8]) -> Option<Self> {
        let mut pieces = Box::new([(0, 0, 0); 256]);
        if !stored.len().is_multiple_of(9) || stored.len() / 9 > PIECES_MAX {
            return None;
        }
        for (slot, piece) in pieces.iter_mut().zip(stored.chunks_exact(9)) {
            let (length, bytes) = piece.split_first()?;
            let length = usize::from(*length);
            if length == 0 || length > PIECE_MAX {
                return None;
            }
            let mask = u64::MAX >> (64 - 8 * length);
            let number = u64::from_le_bytes(*bytes.first_chunk()?);
            *slot = (number & mask, mask, length);
        }
        Some(Self { pieces })
    }

    /// Whether the packed name is this one.
    pub(crate) fn is(&self, packed: &[u8], name: &[u8]) -> bool {
        let mut padded = [0; NAME_MAX + PIECE_MAX];
        if name.len() > NAME_MAX {
            return false;
        }
        let Some(place) = padded.get_mut(..name.len()) else {
            return false;
        };
        place.copy_from_slice(name);
        let mut at = 0;
        let mut codes = packed.iter();
        while let Some(code) = codes.next() {
            let (piece, mask, mut length) = self
                .pieces
                .get(usize::from(*code))
                .copied()
                .unwrap_or_default();
            let Some(here) = padded.get(at..).and_then(|rest| rest.first_chunk()) else {
                return false;
            };
            let here = u64::from_le_bytes(*here);
            if length == 0 {
                match codes.next() {
                    Some(byte) if *code == ESCAPE && padded.get(at) == Some(byte) => length = 1,
                    _ => return false,
                }
            } else if here & mask != piece {
                return false;
            }
            at += length;
        }
        at == name.len()
    }

    /// Unpacks a name.
    #[cfg(test)]
    fn unpack(&self, packed: &[u8], name: &mut Vec<u8>) {
        let mut codes = packed.iter();
        while let Some(code) = codes.next() {
            if *code == ESCAPE {
                name.extend(codes.next());
                continue;
            }
            let (piece, _, length) = self
                .pieces
                .get(usize::from(*code))
                .copied()
                .unwrap_or_default();
            let bytes = piece.to_le_bytes();
            name.extend_from_slice(bytes.get(..length).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_as_it_was_and_is_only_itself() {
        let names: Vec<String> = (0..500)
            .map(|number| format!("www.exemple-{number}.blogspot.com"))
            .collect();
        let sample: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let packer = Packer::learn(&sample);
        let unpacker = Unpacker::read(&packer.symbols()).unwrap();
        for name in [
            "www.exemple-7.blogspot.com",
            "x",
            "",
            "é$odd name",
            "zz.blogspot.com",
        ] {
            let mut packed = Vec::new();
            packer.pack(name.as_bytes(), &mut packed);
            assert!(unpacker.is(&packed, name.as_bytes()), "{name}");
            assert!(!unpacker.is(&packed, b"other"));
            assert!(!unpacker.is(&packed, format!("{name}a").as_bytes()));
            let mut back = Vec::new();
            unpacker.unpack(&packed, &mut back);
            assert_eq!(back, name.as_bytes());
        }
        let mut packed = Vec::new();
        packer.pack(names[7].as_bytes(), &mut packed);
        assert!(packed.len() * 3 < names[7].len(), "{}", packed.len());
    }
}

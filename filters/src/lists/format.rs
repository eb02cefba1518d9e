//! The layout of a list file: a header with the digest, then eight sections.
//!
//! All numbers are little-endian. `VIGIELST`, version, padding, SHA-256 of everything after it, length of the file, seed of the
//! hash, then offset and length of each section:
//!
//! | section | holds |
//! |---|---|
//! | texts | lines: `category NAME ENTRIES USAGE`, `alias NAME OF`, `set URLS CATEGORY…`, `expression SET REGEX` |
//! | symbols | the table by which names are packed |
//! | starts | u32 for each bucket, and one more: where its bytes begin in `buckets` |
//! | buckets | count, fingerprints, sets, lengths, packed names |
//! | url starts | u32 for each URL entry, and one more |
//! | urls | host, 0, path, set as u16; sorted by host and path |
//!
//! Owns every offset. Never trusts one: a section that does not lie within the file refuses the file, and every read is checked.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};
use vigie_protocol::Digest;

pub(crate) const MAGIC: &[u8; 8] = b"VIGIELST";
pub(crate) const VERSION: u32 = 1;
/// Where the digested part begins.
pub(crate) const DIGESTED_FROM: usize = 48;
const SECTIONS: usize = 6;
/// Length of the header.
pub(crate) const HEADER: usize = DIGESTED_FROM + 16 + SECTIONS * 16;
/// The set of an entry whose set does not fit a byte and stands before its packed name.
pub(crate) const WIDE_SET: u8 = u8::MAX;

/// Everything of a file that is small, read once, and where the rest lies.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) digest: Digest,
    pub(crate) seed: u64,
    pub(crate) categories: Vec<Category>,
    pub(crate) aliases: Vec<(String, String)>,
    pub(crate) sets: Vec<Set>,
    pub(crate) expressions: Vec<(u16, String)>,
    pub(crate) sections: Sections,
}

#[derive(Debug)]
pub(crate) struct Category {
    pub(crate) name: String,
    pub(crate) entries: u64,
    /// `black`, `white`, `both` or `unsaid`, as the directory said.
    pub(crate) usage: String,
}

/// Categories that some entry is in together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Set {
    pub(crate) categories: Vec<u16>,
    /// Whether URLs of this host are listed too.
    pub(crate) has_urls: bool,
}

/// Where each section lies.
#[derive(Debug)]
pub(crate) struct Sections {
    texts: (usize, usize),
    symbols: (usize, usize),
    starts: (usize, usize),
    contents: (usize, usize),
    url_starts: (usize, usize),
    urls: (usize, usize),
    pub(crate) buckets: u64,
    url_count: usize,
}

impl Layout {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let header = bytes.get(..HEADER).ok_or("too short to be a list file")?;
        if header.get(..8) != Some(MAGIC) {
            return Err("not a list file");
        }
        if u32_at(header, 8) != Some(VERSION) {
            return Err("a list file of another version");
        }
        let wide = |at: usize| u64_at(header, at).ok_or("too short to be a list file");
        if wide(DIGESTED_FROM)? != u64::try_from(bytes.len()).unwrap_or(0) {
            return Err("cut off or longer than it was");
        }
        let seed = wide(DIGESTED_FROM + 8)?;
        let mut places = [(0, 0); SECTIONS];
        for (number, place) in places.iter_mut().enumerate() {
            let at = DIGESTED_FROM + 16 + number * 16;
            let from = super::place(wide(at)?);
            let to = from.checked_add(super::place(wide(at + 8)?));
            match to {
                Some(to) if from >= HEADER && to <= bytes.len() => *place = (from, to),
                _ => return Err("a section lies outside the file"),
            }
        }
        let [texts, symbols, starts, contents, url_starts, urls] = places;
        let count = |place: (usize, usize)| ((place.1 - place.0) / 4).saturating_sub(1);
        let sections = Sections {
            texts,
            symbols,
            starts,
            contents,
            url_starts,
            urls,
            buckets: u64::try_from(count(starts)).unwrap_or(0),
            url_count: count(url_starts),
        };
        let texts =
            std::str::from_utf8(bytes.get(sections.texts.0..sections.texts.1).unwrap_or(&[]))
                .map_err(|_| "the texts are damaged")?;
        let mut layout = Self {
            digest: Digest::new(hex(header.get(16..48).unwrap_or_default())),
            seed,
            categories: Vec::new(),
            aliases: Vec::new(),
            sets: Vec::new(),
            expressions: Vec::new(),
            sections,
        };
        for line in texts.lines() {
            layout.read_line(line).ok_or("the texts are damaged")?;
        }
        Ok(layout)
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_once(' ')?;
        match kind {
            "category" => {
                let mut words = rest.split(' ');
                self.categories.push(Category {
                    name: words.next()?.to_owned(),
                    entries: words.next()?.parse().ok()?,
                    usage: words.next()?.to_owned(),
                });
            }
            "alias" => {
                let (alias, of) = rest.split_once(' ')?;
                self.aliases.push((alias.to_owned(), of.to_owned()));
            }
            "set" => {
                let mut words = rest.split(' ');
                let has_urls = words.next()? == "1";
                let mut categories = Vec::new();
                for word in words.filter(|word| !word.is_empty()) {
                    let number: u16 = word.parse().ok()?;
                    self.categories.get(usize::from(number))?;
                    categories.push(number);
                }
                self.sets.push(Set {
                    categories,
                    has_urls,
                });
            }
            "expression" => {
                let (set, text) = rest.split_once(' ')?;
                let set: u16 = set.parse().ok()?;
                self.sets.get(usize::from(set))?;
                self.expressions.push((set, text.to_owned()));
            }
            _ => return None,
        }
        Some(())
    }
}

impl Sections {
    pub(crate) fn symbols<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.symbols.0..self.symbols.1).unwrap_or(&[])
    }

    /// The bucket of a hash.
    pub(crate) fn bucket<'a>(&self, bytes: &'a [u8], hash: u64) -> Option<&'a [u8]> {
        self.bucket_at(bytes, high_product(hash, self.buckets))
    }

    pub(crate) fn bucket_at<'a>(&self, bytes: &'a [u8], number: u64) -> Option<&'a [u8]> {
        let at = self.starts.0 + super::place(number) * 4;
        let starts = bytes.get(at..self.starts.1)?;
        let from = self.contents.0 + place32(u32_at(starts, 0)?);
        let to = self.contents.0 + place32(u32_at(starts, 4)?);
        bytes.get(from..to.min(self.contents.1))
    }

    /// Host, path and set of a URL entry.
    pub(crate) fn url<'a>(
        &self,
        bytes: &'a [u8],
        number: usize,
    ) -> Option<(&'a [u8], &'a [u8], u16)> {
        let starts = bytes.get(self.url_starts.0..self.url_starts.1)?;
        let from = place32(u32_at(starts, number.checked_mul(4)?)?);
        let to = place32(u32_at(starts, number.checked_mul(4)?.checked_add(4)?)?);
        let entry = bytes.get(self.urls.0..self.urls.1)?.get(from..to)?;
        let (text, set) = entry.split_last_chunk::<2>()?;
        let cut = text.iter().position(|byte| *byte == 0)?;
        let (host, path) = text.split_at_checked(cut)?;
        Some((host, path.get(1..)?, u16::from_le_bytes(*set)))
    }

    /// The range of URL entries of a host.
    pub(crate) fn urls_of(&self, bytes: &[u8], host: &[u8]) -> Option<(usize, usize)> {
        let before = |after_equal: bool| {
            let (mut low, mut high) = (0, self.url_count);
            while low < high {
                let middle = low + (high - low) / 2;
                let (one, _, _) = self.url(bytes, middle)?;
                let is_before = if after_equal { one <= host } else { one < host };
                if is_before {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            Some(low)
        };
        Some((before(false)?, before(true)?))
    }
}

/// Writes a file from its parts.
pub(crate) fn write(seed: u64, parts: [&[u8]; SECTIONS]) -> Vec<u8> {
    let length = HEADER + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.resize(DIGESTED_FROM, 0);
    let wide = |number: usize| u64::try_from(number).unwrap_or(0).to_le_bytes();
    bytes.extend_from_slice(&wide(length));
    bytes.extend_from_slice(&seed.to_le_bytes());
    let mut from = HEADER;
    for part in parts {
        bytes.extend_from_slice(&wide(from));
        bytes.extend_from_slice(&wide(part.len()));
        from += part.len();
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    let digest = Sha256::digest(bytes.get(DIGESTED_FROM..).unwrap_or_default());
    if let Some(place) = bytes.get_mut(16..DIGESTED_FROM) {
        place.copy_from_slice(&digest);
    }
    bytes
}

/// Whether the content is what the header says.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    match (bytes.get(16..DIGESTED_FROM), bytes.get(DIGESTED_FROM..)) {
        (Some(digest), Some(content)) => Sha256::digest(content).as_slice() == digest,
        _ => false,
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// One more byte of a name, from right to left.
pub(crate) fn hash_byte(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x9FB2_1C65_1E98_DF25)
}

/// Spreads the hash over all bits.
pub(crate) fn hash_end(hash: u64) -> u64 {
    let wide = u128::from(hash ^ 0xA076_1D64_78BD_642F) * 0xE703_7ED1_A0B4_28DB;
    low_half(wide) ^ low_half(wide >> 64)
}

pub(crate) fn hash(seed: u64, name: &[u8]) -> u64 {
    hash_end(
        name.iter()
            .rev()
            .fold(seed, |hash, byte| hash_byte(hash, *byte)),
    )
}

fn low_half(wide: u128) -> u64 {
    u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(0)
}

/// The bucket of a hash among so many: monotone in the hash.
pub(crate) fn high_product(hash: u64, buckets: u64) -> u64 {
    low_half((u128::from(hash) * u128::from(buckets)) >> 64)
}

pub(crate) fn fingerprint(hash: u64) -> u8 {
    let [low, ..] = hash.to_le_bytes();
    low
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn place32(narrow: u32) -> usize {
    usize::try_from(narrow).unwrap_or(usize::MAX)
}

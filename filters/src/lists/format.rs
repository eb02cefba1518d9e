//! The layout of a list file: a header with the digest, then six sections.
//!
//! All numbers are little-endian. `VIGIELST`, version, padding, SHA-256 of everything after it, length of the file, seed of the
//! hash, then offset and length of each section:
//!
//! | section | holds |
//! |---|---|
//! | texts | lines: `category NAME ENTRIES USAGE`, `alias NAME OF`, `set URLS CATEGORY…`, `expression SET REGEX` |
//! | symbols | the tables by which rests of names are packed ([`super::pack`]) |
//! | starts | u32 for each bucket: where its bytes begin in `buckets` |
//! | buckets | for each the count, the prints, the controls, the bodies; eight zeros after the last |
//! | url starts | u32 for each URL entry, and one more |
//! | urls | host, 0, path, set as u16; sorted by host and path |
//!
//! A control is a byte: its high half says how long the body is (15: the body begins with a byte that says how much follows), its
//! low half which set (15: two bytes before the packed rest say which). Where a name lies and what its rest is: [`super::spread`].
//!
//! Owns every offset. Never trusts one: a section that does not lie within the file refuses the file, and every read is checked.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};
use vigie_protocol::Digest;

use super::spread::Spread;

pub(crate) const MAGIC: &[u8; 8] = b"VIGIELST";
pub(crate) const VERSION: u32 = 2;
/// Where the digested part begins.
pub(crate) const DIGESTED_FROM: usize = 48;
const SECTIONS: usize = 6;
/// Length of the header.
pub(crate) const HEADER: usize = DIGESTED_FROM + 16 + SECTIONS * 16;
/// What half a control says when the number does not fit it.
pub(crate) const WIDE: u8 = 15;
/// Zeros after the last bucket, so that prints are read eight at a time.
pub(crate) const PADDING: usize = 8;

/// Everything of a file that is small, read once, and where the rest lies.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) digest: Digest,
    pub(crate) spread: Spread,
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
    url_count: usize,
}

/// The buckets of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buckets<'a> {
    starts: &'a [[u8; 4]],
    contents: &'a [u8],
}

impl<'a> Buckets<'a> {
    /// The bytes from a bucket on.
    #[inline]
    pub(crate) fn from(&self, number: u64) -> Option<&'a [u8]> {
        let start = u32::from_le_bytes(*self.starts.get(super::place(number))?);
        self.contents.get(super::place32(start)..)
    }
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
        let count = |place: (usize, usize)| (place.1 - place.0) / 4;
        let spread = Spread::new(seed, u64::try_from(count(starts)).unwrap_or(0))
            .ok_or("a list file without buckets")?;
        let sections = Sections {
            texts,
            symbols,
            starts,
            contents,
            url_starts,
            urls,
            url_count: count(url_starts).saturating_sub(1),
        };
        let texts =
            std::str::from_utf8(bytes.get(sections.texts.0..sections.texts.1).unwrap_or(&[]))
                .map_err(|_| "the texts are damaged")?;
        let mut layout = Self {
            digest: Digest::new(hex(header.get(16..48).unwrap_or_default())),
            spread,
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

    /// Where buckets begin, and the buckets.
    #[inline]
    pub(crate) fn buckets<'a>(&self, bytes: &'a [u8]) -> Buckets<'a> {
        let part = |(from, to): (usize, usize)| bytes.get(from..to).unwrap_or_default();
        Buckets {
            starts: part(self.starts).as_chunks().0,
            contents: part(self.contents),
        }
    }

    /// Host, path and set of a URL entry.
    pub(crate) fn url<'a>(
        &self,
        bytes: &'a [u8],
        number: usize,
    ) -> Option<(&'a [u8], &'a [u8], u16)> {
        let starts = bytes.get(self.url_starts.0..self.url_starts.1)?;
        let from = super::place32(u32_at(starts, number.checked_mul(4)?)?);
        let to = super::place32(u32_at(starts, number.checked_mul(4)?.checked_add(4)?)?);
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

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

//! Category lists compiled to one file that is mapped into memory: which categories hold this host or URL, and by which entry.
//!
//! Answers are exact. Every suffix of a host is asked, so that an entry under another hides nothing; bucket and print say how a
//! name begins ([`spread`]) and the stored rest how it goes on ([`pack`]). The file is laid out by [`format`], written by [`build`].
//! Opening checks
//! every bound that reading will rely on; reading still checks, so that no bytes whatever make it panic. Never re-reads a file
//! after it was mapped: a new list is a new file and a new [`Lists`].
//! Long because a look-up is one path, from a host to its entries, and is read and measured as one.

mod adopt;
pub mod build;
mod format;
mod name;
mod pack;
mod spread;
mod squidguard;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use memmap2::Mmap;
use regex::Regex;
use vigie_protocol::Digest;

use crate::rules::bounded_regex;
use format::{Buckets, Layout, WIDE};
use name::{AnyName, Name, ShortName};
use pack::Unpacker;
use spread::Place;
pub use squidguard::Skipped;

/// The same byte eight times.
const ONES: u64 = 0x0101_0101_0101_0101;
const LOWS: u64 = 0x7F * ONES;

/// A compiled list file, mapped.
#[derive(Debug)]
pub struct Lists {
    bytes: Bytes,
    layout: Layout,
    unpacker: Unpacker,
    expressions: OnceLock<Vec<(u16, Regex)>>,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// Why a list file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ListsError {
    /// The file could not be read or written.
    #[error("{}: {doing}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// It is not a list file, it is damaged, or it is of another version.
    #[error("{}: {fault}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
}

/// An entry that holds a host or a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The set of categories that the entry is in.
    pub set: u16,
    /// The entry's host: the host that was asked for, or a name above it.
    pub host: &'a str,
    /// How much of the path the entry covers, for a URL entry.
    pub path: &'a str,
    /// Whether an expression decided, not an entry.
    pub expression: bool,
}

impl Entry<'_> {
    /// How specific the entry is.
    pub(crate) fn weight(&self) -> usize {
        if self.expression {
            return 0;
        }
        self.host.len() + self.path.len()
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.expression {
            return f.write_str("expression");
        }
        write!(f, "{}{}", self.host, self.path)
    }
}

impl Lists {
    /// Maps a file that was adopted. Checks its shape, not its digest: that was done once, on adoption.
    pub fn open(path: &Path) -> Result<Self, ListsError> {
        let map = adopt::map(path)?;
        Self::of(Bytes::Mapped(map), path)
    }

    /// Copies a list file into a directory of ours as `<digest>.vgl`, checks it in full, and opens the copy. A damaged file
    /// leaves nothing behind.
    pub fn adopt(path: &Path, into_dir: &Path) -> Result<Self, ListsError> {
        Self::open(&adopt::adopt(path, into_dir)?)
    }

    /// Maps a file that was not adopted, checking it in full first: for a command that looks once and goes.
    pub fn open_checked(path: &Path) -> Result<Self, ListsError> {
        let lists = Self::open(path)?;
        if format::is_whole(&lists.bytes) {
            return Ok(lists);
        }
        Err(ListsError::Damaged {
            path: path.to_owned(),
            fault: "the content is not what its digest says".to_owned(),
        })
    }

    /// Reads a list file that is in memory.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, ListsError> {
        Self::of(Bytes::Owned(bytes), Path::new("memory"))
    }

    fn of(bytes: Bytes, path: &Path) -> Result<Self, ListsError> {
        let damaged = |fault: &str| ListsError::Damaged {
            path: path.to_owned(),
            fault: fault.to_owned(),
        };
        let layout = Layout::read(&bytes).map_err(damaged)?;
        let unpacker = Unpacker::read(layout.sections.symbols(&bytes))
            .ok_or_else(|| damaged("the symbols are damaged"))?;
        Ok(Self {
            bytes,
            layout,
            unpacker,
            expressions: OnceLock::new(),
        })
    }

    /// SHA-256 of the file's content, as its header carries it.
    pub fn digest(&self) -> &Digest {
        &self.layout.digest
    }

    /// The categories, in order.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        self.layout.categories.iter().map(|one| one.name.as_str())
    }

    /// How many entries (domains, URLs and expressions) a category has.
    pub fn entries(&self, category: &str) -> u64 {
        self.category(category)
            .and_then(|number| self.layout.categories.get(number))
            .map_or(0, |one| one.entries)
    }

    /// What the directory said that a category is for: `black`, `white`, `both` or `unsaid`.
    pub fn usage(&self, category: &str) -> &str {
        self.category(category)
            .and_then(|number| self.layout.categories.get(number))
            .map_or("unsaid", |one| &one.usage)
    }

    /// The number of a category, by its name or by an alias.
    pub(crate) fn category(&self, name: &str) -> Option<usize> {
        let name = self
            .layout
            .aliases
            .iter()
            .find(|(alias, _)| alias == name)
            .map_or(name, |(_, name)| name);
        self.layout
            .categories
            .iter()
            .position(|one| one.name == name)
    }

    pub(crate) fn category_name(&self, number: usize) -> &str {
        self.layout
            .categories
            .get(number)
            .map_or("", |one| &one.name)
    }

    /// The categories of a set.
    pub(crate) fn set(&self, set: u16) -> impl Iterator<Item = u16> {
        self.layout
            .sets
            .get(usize::from(set))
            .into_iter()
            .flat_map(|set| set.categories.iter().copied())
    }

    /// The categories that hold a URL or a bare host, as written, sorted by name.
    pub fn lookup(&self, url: &str) -> Vec<&str> {
        let mut numbers = Vec::new();
        let mut add = |target: &crate::host::Target<'_>| {
            self.find(&target.host.name, target.path.as_deref(), &mut |entry| {
                numbers.extend(self.set(entry.set));
            });
        };
        let target = crate::host::target(url);
        add(&target);
        if let Some(imitated) = &target.host.imitates {
            add(&crate::host::target(imitated));
        }
        for inner in crate::host::inner_urls(&target) {
            add(&crate::host::target(&inner));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut names: Vec<&str> = numbers
            .into_iter()
            .map(|number| self.category_name(usize::from(number)))
            .collect();
        names.sort_unstable();
        names
    }

    /// Whether exactly this name, in its plain form, is an entry: a domain, or a host of which URLs are listed.
    pub fn holds(&self, name: &str) -> bool {
        self.set_of_name(name).is_some()
    }

    pub(crate) fn set_of_name(&self, name: &str) -> Option<u16> {
        let read = AnyName::read(name.as_bytes())?;
        let buckets = self.layout.sections.buckets(&self.bytes);
        name.bytes()
            .all(|byte| name::letter(byte) != 0)
            .then(|| self.probe(buckets, &read, AnyName::start()))?
    }

    /// The categories of exactly this name.
    pub(crate) fn categories_of_name(&self, name: &str) -> Vec<&str> {
        let set = self.set_of_name(name);
        set.into_iter()
            .flat_map(|set| self.set(set))
            .map(|number| self.category_name(usize::from(number)))
            .collect()
    }

    /// Every name of the file with its set, bucket by bucket. A damaged entry is passed over.
    pub fn each_name(&self, found: &mut impl FnMut(&str, u16)) {
        let buckets = self.layout.sections.buckets(&self.bytes);
        // An entry takes two bytes at least: more of them are one lie told many times.
        let mut left = self.bytes.len() / 2;
        for bucket in 0..self.layout.spread.buckets() {
            let Some((count, entries)) = buckets.from(bucket).and_then(|bytes| bytes.split_first())
            else {
                continue;
            };
            let count = usize::from(*count);
            for at in 0..count.min(left) {
                left -= 1;
                if let Some((name, set)) = self.name_at(bucket, entries, count, at) {
                    found(&name, set);
                }
            }
        }
    }

    /// The name and the set of an entry of a bucket.
    fn name_at(
        &self,
        bucket: u64,
        entries: &[u8],
        count: usize,
        at: usize,
    ) -> Option<(String, u16)> {
        let print = *entries.get(at)?;
        let controls = entries.get(count..)?;
        let control = *controls.get(at)?;
        let (body, _) = body(bodies_from(controls, count, at)?, control)?;
        let (set, packed) = set_of(body, control)?;
        let mut rest = Vec::new();
        self.unpacker.unpack(packed, &mut rest)?;
        let place = Place { bucket, print };
        let spread = &self.layout.spread;
        let mut name = spread.head_of(place, &AnyName::read(&rest)?)?;
        name.extend_from_slice(&rest);
        Some((String::from_utf8(name).ok()?, set))
    }

    /// Every entry that holds a host, as written. Allocates nothing when it is written plainly.
    pub fn entries_of(&self, host: &str, found: &mut impl FnMut(Entry<'_>)) {
        let mut short = ShortName::new();
        if short.fill(host.as_bytes()) {
            let letters = short.letters();
            if letters.are_plain && crate::host::is_usual(host.as_bytes(), letters.dots) {
                self.each_suffix_of(&short, letters.dots, host, &mut |suffix, set| {
                    self.found_name(host, None, suffix, set, found);
                });
                return;
            }
        }
        let host = crate::host::host(host);
        self.find(&host.name, None, found);
    }

    /// Every entry that holds a host in its plain form, and a path when one was seen. Allocates nothing for a host without URLs.
    pub(crate) fn find<'a>(
        &self,
        name: &'a str,
        path: Option<&'a str>,
        found: &mut impl FnMut(Entry<'a>),
    ) {
        self.each_suffix(name, &mut |suffix, set| {
            self.found_name(name, path, suffix, set, found);
        });
        if let Some(path) = path {
            self.find_expressions(name, path, found);
        }
    }

    /// What the set of a name above a host says of the host.
    #[inline]
    fn found_name<'a>(
        &self,
        name: &'a str,
        path: Option<&'a str>,
        suffix: &'a str,
        set: u16,
        found: &mut impl FnMut(Entry<'a>),
    ) {
        let Some(known) = self.layout.sets.get(usize::from(set)) else {
            return;
        };
        if !known.categories.is_empty() {
            found(Entry {
                set,
                host: suffix,
                path: "",
                expression: false,
            });
        }
        if known.has_urls
            && let Some(path) = path
            && (suffix.len() == name.len() || name.strip_prefix("www.") == Some(suffix))
        {
            self.find_urls(suffix, path, found);
        }
    }

    #[inline]
    fn each_suffix<'a>(&self, name: &'a str, found: &mut impl FnMut(&'a str, u16)) {
        let mut short = ShortName::new();
        if short.fill(name.as_bytes()) {
            let letters = short.letters();
            if letters.are_plain {
                if is_address(name.as_bytes()) {
                    let buckets = self.layout.sections.buckets(&self.bytes);
                    if let Some(set) = self.probe(buckets, &short, ShortName::start()) {
                        found(name, set);
                    }
                } else {
                    self.each_suffix_of(&short, letters.dots, name, found);
                }
                return;
            }
        }
        self.each_suffix_at_length(name, found);
    }

    /// Of a short plain name.
    #[inline]
    fn each_suffix_of<'a>(
        &self,
        short: &ShortName,
        mut dots: u64,
        name: &'a str,
        found: &mut impl FnMut(&'a str, u16),
    ) {
        let buckets = self.layout.sections.buckets(&self.bytes);
        let Some(top) = dots.checked_ilog2() else {
            return;
        };
        // The bare top-level label is never an entry.
        dots ^= 1 << top;
        loop {
            // After the next dot to the left; after the last, the whole.
            let from = dots.checked_ilog2().map_or(0, |dot| place32(dot) + 1);
            if let Some(set) = self.probe(buckets, short, ShortName::start() + from)
                && let Some(suffix) = name.get(from..)
            {
                found(suffix, set);
            }
            if from == 0 {
                return;
            }
            dots ^= 1 << (from - 1);
        }
    }

    /// Of any name.
    fn each_suffix_at_length<'a>(&self, name: &'a str, found: &mut impl FnMut(&'a str, u16)) {
        let Some(read) = AnyName::read(name.as_bytes()) else {
            return;
        };
        let buckets = self.layout.sections.buckets(&self.bytes);
        let whole_only = is_address(name.as_bytes());
        let mut dots = 0_u32;
        for (at, byte) in name.bytes().enumerate().rev() {
            if byte == b'.' {
                if dots > 0
                    && !whole_only
                    && let Some(set) = self.probe(buckets, &read, AnyName::start() + at + 1)
                    && let Some(suffix) = name.get(at + 1..)
                {
                    found(suffix, set);
                }
                dots += 1;
            } else if name::letter(byte) == 0 {
                // No entry has such a letter.
                return;
            }
        }
        if (dots > 0 || whole_only)
            && let Some(set) = self.probe(buckets, &read, AnyName::start())
        {
            found(name, set);
        }
    }

    /// The set of exactly the name that begins at `from`.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs a tenth of a look-up")]
    fn probe<const R: usize>(
        &self,
        buckets: Buckets<'_>,
        name: &Name<R>,
        from: usize,
    ) -> Option<u16> {
        let spread = &self.layout.spread;
        let place = spread.place(name, from);
        let (count, entries) = buckets.from(place.bucket)?.split_first()?;
        let count = usize::from(*count);
        let mut base = 0;
        while base < count {
            let prints = word(entries, base)?;
            let differ = prints ^ (u64::from(place.print) * ONES);
            // The high bit of each byte that is zero, exactly.
            let mut same = !(((differ & LOWS) + LOWS) | differ | LOWS);
            while same != 0 {
                let number = base + place32(same.trailing_zeros() / 8);
                if number >= count {
                    return None;
                }
                if let Some(set) = self.entry(entries, count, number, name, spread.rest(name, from))
                {
                    return Some(set);
                }
                same &= same - 1;
            }
            base += 8;
        }
        None
    }

    /// The set of an entry of a bucket, when its rest is this one.
    #[inline(never)]
    fn entry<const R: usize>(
        &self,
        entries: &[u8],
        count: usize,
        number: usize,
        name: &Name<R>,
        rest: usize,
    ) -> Option<u16> {
        let controls = entries.get(count..)?;
        let control = *controls.get(number)?;
        let bodies = bodies_from(controls, count, number)?;
        let (body, _) = body(bodies, control)?;
        let (set, packed) = set_of(body, control)?;
        self.unpacker.is(packed, name, rest).then_some(set)
    }

    fn find_urls<'a>(&self, host: &'a str, path: &'a str, found: &mut impl FnMut(Entry<'a>)) {
        let sections = &self.layout.sections;
        let Some((from, to)) = sections.urls_of(&self.bytes, host.as_bytes()) else {
            return;
        };
        for number in from..to {
            let Some((_, entry, set)) = sections.url(&self.bytes, number) else {
                return;
            };
            // `x.org/a/` holds `x.org/a` too.
            if path.as_bytes().starts_with(entry)
                || entry.strip_suffix(b"/") == Some(path.as_bytes())
            {
                found(Entry {
                    set,
                    host,
                    path: path.get(..entry.len()).unwrap_or(path),
                    expression: false,
                });
            }
        }
    }

    fn find_expressions<'a>(
        &self,
        name: &'a str,
        path: &'a str,
        found: &mut impl FnMut(Entry<'a>),
    ) {
        let expressions = self.expressions.get_or_init(|| {
            self.layout
                .expressions
                .iter()
                .filter_map(|(set, text)| Some((*set, bounded_regex(text)?)))
                .collect()
        });
        if expressions.is_empty() {
            return;
        }
        let url = format!("{name}{path}");
        for (set, expression) in expressions {
            if expression.is_match(&url) {
                found(Entry {
                    set: *set,
                    host: name,
                    path,
                    expression: true,
                });
            }
        }
    }
}

/// Eight bytes from here.
#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The bodies of a bucket from one of its entries on; `controls` begin with the bucket's.
#[inline]
fn bodies_from(controls: &[u8], count: usize, number: usize) -> Option<&[u8]> {
    let bodies = controls.get(count..)?;
    if number < 8 {
        // The lengths of those before, summed side by side, unless one of them is wide.
        let before = word(controls, 0)? & !(u64::MAX << (number * 8));
        let lengths = before >> 4 & (0x0F * ONES);
        if (lengths + ONES) & (0x10 * ONES) == 0 {
            let [.., sum] = lengths.wrapping_mul(ONES).to_le_bytes();
            return bodies.get(usize::from(sum)..);
        }
    }
    controls
        .get(..number)?
        .iter()
        .try_fold(bodies, |bodies, control| Some(body(bodies, *control)?.1))
}

/// The body of the first entry, and what follows it.
#[inline]
fn body(bodies: &[u8], control: u8) -> Option<(&[u8], &[u8])> {
    let length = control >> 4;
    if length < WIDE {
        return bodies.split_at_checked(usize::from(length));
    }
    let (length, bodies) = bodies.split_first()?;
    bodies.split_at_checked(usize::from(*length))
}

/// The set of an entry, and its packed rest.
#[inline]
fn set_of(body: &[u8], control: u8) -> Option<(u16, &[u8])> {
    let narrow = control & WIDE;
    if narrow < WIDE {
        return Some((u16::from(narrow), body));
    }
    let (set, packed) = body.split_first_chunk()?;
    Some((u16::from_le_bytes(*set), packed))
}

/// A directory that was compiled.
#[derive(Debug)]
pub struct Built {
    bytes: Vec<u8>,
    /// Lines that were skipped, in the order of the files.
    pub skipped: Vec<Skipped>,
    /// Folders that hold no category.
    pub ignored: Vec<String>,
}

impl Built {
    /// Writes the file, so that its place holds the old or the new one at any time.
    pub fn write(&self, to: &Path) -> Result<(), ListsError> {
        adopt::write_private(to, &self.bytes)
    }

    /// The file's bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Compiles a directory in the squidGuard layout.
pub fn build_directory(dir: &Path) -> Result<Built, ListsError> {
    let read = squidguard::read(dir)?;
    let bytes = read.builder.finish().map_err(|error| ListsError::Damaged {
        path: dir.to_owned(),
        fault: error.to_string(),
    })?;
    Ok(Built {
        bytes,
        skipped: read.skipped,
        ignored: read.ignored,
    })
}

/// Whether a plain host is an address: those have no suffixes.
fn is_address(name: &[u8]) -> bool {
    let Some(last) = name.last() else {
        return true;
    };
    if last.is_ascii_digit() {
        return name
            .iter()
            .rev()
            .take_while(|byte| **byte != b'.')
            .all(u8::is_ascii_digit)
            || name.contains(&b':');
    }
    last.is_ascii_hexdigit() && name.contains(&b':')
}

/// Small positions are 32 bits wide.
pub(crate) fn place32(narrow: u32) -> usize {
    usize::try_from(narrow).unwrap_or(usize::MAX)
}

/// Positions of the file are 64 bits wide.
pub(crate) fn place(wide: u64) -> usize {
    usize::try_from(wide).unwrap_or(usize::MAX)
}

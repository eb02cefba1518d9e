//! Category lists compiled to one file that is mapped into memory: which categories hold this host or URL, and by which entry.
//!
//! Answers are exact. Every suffix of a host is asked, so that an entry under another hides nothing; a fingerprint only proposes,
//! the stored name decides. The file is laid out by [`format`], written by [`build`], its names packed by [`pack`]. Opening checks
//! every bound that reading will rely on; reading still checks, so that no bytes whatever make it panic. Never re-reads a file
//! after it was mapped: a new list is a new file and a new [`Lists`].

mod adopt;
pub mod build;
mod format;
mod pack;
mod squidguard;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use memmap2::Mmap;
use regex::Regex;
use vigie_protocol::Digest;

use crate::rules::bounded_regex;
use format::{Layout, Sections, hash_byte, hash_end};
use pack::Unpacker;
pub use squidguard::Skipped;

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
        numbers.sort_unstable();
        numbers.dedup();
        let mut names: Vec<&str> = numbers
            .into_iter()
            .map(|number| self.category_name(usize::from(number)))
            .collect();
        names.sort_unstable();
        names
    }

    /// Every entry that holds a host in its plain form, and a path when one was seen. Allocates nothing for a host without URLs.
    pub(crate) fn find<'a>(
        &self,
        name: &'a str,
        path: Option<&'a str>,
        found: &mut impl FnMut(Entry<'a>),
    ) {
        self.each_suffix(name, &mut |suffix, set| {
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
            if known.has_urls {
                let is_own =
                    suffix.len() == name.len() || name.strip_prefix("www.") == Some(suffix);
                if let Some(path) = path.filter(|_| is_own) {
                    self.find_urls(suffix, path, found);
                }
            }
        });
        if let Some(path) = path {
            self.find_expressions(name, path, found);
        }
    }

    fn each_suffix<'a>(&self, name: &'a str, found: &mut impl FnMut(&'a str, u16)) {
        let bytes = name.as_bytes();
        let sections = &self.layout.sections;
        let whole_only = is_address(bytes);
        let mut hash = self.layout.seed;
        let mut dots = 0_u32;
        for (at, byte) in bytes.iter().enumerate().rev() {
            if *byte == b'.' {
                // The bare top-level label is never an entry.
                if dots > 0
                    && !whole_only
                    && let Some(suffix) = name.get(at + 1..)
                    && let Some(set) = self.probe(sections, hash_end(hash), suffix)
                {
                    found(suffix, set);
                }
                dots += 1;
            }
            hash = hash_byte(hash, *byte);
        }
        if let Some(set) = self.probe(sections, hash_end(hash), name) {
            found(name, set);
        }
    }

    /// The set of exactly this name.
    fn probe(&self, sections: &Sections, hash: u64, name: &str) -> Option<u16> {
        let bucket = sections.bucket(&self.bytes, hash)?;
        let (count, rest) = bucket.split_first()?;
        let count = usize::from(*count);
        let (prints, rest) = rest.split_at_checked(count)?;
        let print = format::fingerprint(hash);
        let mut from = 0;
        while let Some(at) = prints.get(from..)?.iter().position(|one| *one == print) {
            let place = from + at;
            if let Some(set) = self.entry(rest, count, place, name.as_bytes()) {
                return Some(set);
            }
            from = place + 1;
        }
        None
    }

    /// The set of the entry at a place of a bucket, when its name is this one.
    fn entry(&self, rest: &[u8], count: usize, place: usize, name: &[u8]) -> Option<u16> {
        let (sets, rest) = rest.split_at_checked(count)?;
        let (lengths, names) = rest.split_at_checked(count)?;
        let from: usize = lengths
            .get(..place)?
            .iter()
            .map(|length| usize::from(*length))
            .sum();
        let packed = names
            .get(from..)?
            .get(..usize::from(*lengths.get(place)?))?;
        let narrow = *sets.get(place)?;
        let (set, packed) = match packed {
            [low, high, packed @ ..] if narrow == format::WIDE_SET => {
                (u16::from_le_bytes([*low, *high]), packed)
            }
            packed => (u16::from(narrow), packed),
        };
        self.unpacker.is(packed, name).then_some(set)
    }

    fn find_urls<'a>(&self, host: &'a str, path: &'a str, found: &mut impl FnMut(Entry<'a>)) {
        let sections = &self.layout.sections;
        let Some((from, to)) = sections.urls_of(&self.bytes, host.as_bytes()) else {
            return;
        };
        let slashed = format!("{path}/");
        for number in from..to {
            let Some((_, entry, set)) = sections.url(&self.bytes, number) else {
                return;
            };
            // `x.org/a/` holds `x.org/a` too.
            if path.as_bytes().starts_with(entry) || slashed.as_bytes() == entry {
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

/// Positions of the file are 64 bits wide.
pub(crate) fn place(wide: u64) -> usize {
    usize::try_from(wide).unwrap_or(usize::MAX)
}

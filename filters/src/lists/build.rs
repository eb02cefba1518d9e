//! Compiling entries to a list file. The same entries give the same bytes, in whatever order they came.
//!
//! Entries are hashed and sorted by hash, so that the entries of a bucket lie together; names in several categories become one
//! entry with the set of them. Never reads a file: [`super::squidguard`] does.

use std::collections::{BTreeMap, BTreeSet};

use super::format::{self, Set, WIDE_SET};
use super::pack::Packer;

/// Entries in a bucket, on average.
const BUCKET: usize = 7;
/// Names from which the packing is learned.
const SAMPLE: usize = 16_384;
/// Stands for "URLs of this host are listed" among the categories of a name.
const HAS_URLS: u16 = u16::MAX;
/// Seeds that are tried until every bucket fits.
const SEEDS: u64 = 64;

/// Why entries cannot be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// More than 4 GiB of names, or more than 65,534 categories or sets of them.
    #[error("too many entries, categories or sets of categories for one list file")]
    TooMany,
    /// No seed gave buckets that all fit.
    #[error("the names could not be spread over the buckets")]
    NoSeed,
}

/// Where each bucket begins, and the buckets.
type Filled = (Vec<u8>, Vec<u8>);

/// Entries being collected.
#[derive(Debug, Default)]
pub struct Builder {
    categories: Vec<(String, u64, String)>,
    aliases: BTreeSet<(String, String)>,
    names: Vec<u8>,
    entries: Vec<Named>,
    urls: BTreeMap<(Vec<u8>, Vec<u8>), BTreeSet<u16>>,
    expressions: BTreeSet<(u16, String)>,
}

#[derive(Clone, Copy, Debug)]
struct Named {
    hash: u64,
    from: u32,
    length: u16,
    category: u16,
}

/// A name with its set, once sorted.
struct Grouped {
    hash: u64,
    from: u32,
    length: u16,
    set: u32,
}

impl Builder {
    /// A category; categories are numbered in the order in which they are added.
    pub fn category(&mut self, name: &str, usage: &str) -> Result<u16, BuildError> {
        let number = u16::try_from(self.categories.len()).map_err(|_| BuildError::TooMany)?;
        if number == HAS_URLS {
            return Err(BuildError::TooMany);
        }
        self.categories.push((name.to_owned(), 0, usage.to_owned()));
        Ok(number)
    }

    /// Another name of a category.
    pub fn alias(&mut self, alias: &str, of: &str) {
        self.aliases.insert((alias.to_owned(), of.to_owned()));
    }

    /// A host in its plain form.
    pub fn domain(&mut self, category: u16, name: &str) -> Result<(), BuildError> {
        self.push(category, name)?;
        self.counted(category);
        Ok(())
    }

    /// A URL: host in its plain form, and path.
    pub fn url(&mut self, category: u16, host: &str, path: &str) -> Result<(), BuildError> {
        self.push(HAS_URLS, host)?;
        self.urls
            .entry((host.into(), path.into()))
            .or_default()
            .insert(category);
        self.counted(category);
        Ok(())
    }

    /// A regex on host and path.
    pub fn expression(&mut self, category: u16, text: &str) {
        self.expressions.insert((category, text.to_owned()));
        self.counted(category);
    }

    fn counted(&mut self, category: u16) {
        if let Some(entry) = self.categories.get_mut(usize::from(category)) {
            entry.1 += 1;
        }
    }

    fn push(&mut self, category: u16, name: &str) -> Result<(), BuildError> {
        let from = u32::try_from(self.names.len()).map_err(|_| BuildError::TooMany)?;
        let length = u16::try_from(name.len()).map_err(|_| BuildError::TooMany)?;
        self.names.extend_from_slice(name.as_bytes());
        self.entries.push(Named {
            hash: 0,
            from,
            length,
            category,
        });
        Ok(())
    }

    /// The file.
    pub fn finish(mut self) -> Result<Vec<u8>, BuildError> {
        // The seed comes from the content, whatever its order: whoever adds an entry cannot know it beforehand.
        let content = self.entries.iter().fold(0_u64, |sum, entry| {
            sum.wrapping_add(format::hash(
                0x5EED,
                name_of(&self.names, entry.from, entry.length),
            ))
        });
        for attempt in 0..SEEDS {
            let seed = format::hash(content, &attempt.to_le_bytes());
            if let Some(file) = self.lay_out(seed)? {
                return Ok(file);
            }
        }
        Err(BuildError::NoSeed)
    }

    fn lay_out(&mut self, seed: u64) -> Result<Option<Vec<u8>>, BuildError> {
        for entry in &mut self.entries {
            entry.hash = format::hash(seed, name_of(&self.names, entry.from, entry.length));
        }
        let names = &self.names;
        self.entries.sort_unstable_by(|one, other| {
            one.hash
                .cmp(&other.hash)
                .then_with(|| {
                    name_of(names, one.from, one.length).cmp(name_of(
                        names,
                        other.from,
                        other.length,
                    ))
                })
                .then(one.category.cmp(&other.category))
        });
        let (mut grouped, mut sets) = self.group();
        let url_sets: Vec<u32> = self
            .urls
            .values()
            .map(|categories| {
                sets.intern(Set {
                    categories: categories.iter().copied().collect(),
                    has_urls: false,
                })
            })
            .collect();
        let expression_sets: Vec<u32> = self
            .expressions
            .iter()
            .map(|(category, _)| {
                sets.intern(Set {
                    categories: vec![*category],
                    has_urls: false,
                })
            })
            .collect();
        let ranks = sets.ranks()?;
        let rank = |set: u32| ranks.by_id.get(index(set)).copied().unwrap_or(0);
        for one in &mut grouped {
            one.set = u32::from(rank(one.set));
        }
        let packer = Packer::learn(&self.sample(&grouped));
        let Some((starts, buckets)) = self.fill(&grouped, &packer)? else {
            return Ok(None);
        };
        let texts = self.texts(&ranks.sets, expression_sets.iter().map(|set| rank(*set)));
        let (url_starts, urls) = self.url_sections(url_sets.iter().map(|set| rank(*set)))?;
        let symbols = packer.symbols();
        Ok(Some(format::write(
            seed,
            [
                texts.as_bytes(),
                &symbols,
                &starts,
                &buckets,
                &url_starts,
                &urls,
            ],
        )))
    }

    /// One entry a name, with the set of its categories.
    fn group(&self) -> (Vec<Grouped>, Sets) {
        let mut grouped: Vec<Grouped> = Vec::with_capacity(self.entries.len());
        let mut sets = Sets::default();
        let same = |one: &Named, other: &Named| {
            one.hash == other.hash
                && name_of(&self.names, one.from, one.length)
                    == name_of(&self.names, other.from, other.length)
        };
        for run in self.entries.chunk_by(same) {
            let Some(first) = run.first() else {
                continue;
            };
            let mut categories: Vec<u16> = run.iter().map(|one| one.category).collect();
            categories.dedup();
            let has_urls = categories.last() == Some(&HAS_URLS);
            if has_urls {
                categories.pop();
            }
            grouped.push(Grouped {
                hash: first.hash,
                from: first.from,
                length: first.length,
                set: sets.intern(Set {
                    categories,
                    has_urls,
                }),
            });
        }
        (grouped, sets)
    }

    fn sample(&self, grouped: &[Grouped]) -> Vec<&[u8]> {
        let step = (grouped.len() / SAMPLE).max(1);
        grouped
            .iter()
            .step_by(step)
            .map(|one| name_of(&self.names, one.from, one.length))
            .collect()
    }

    fn fill(&self, grouped: &[Grouped], packer: &Packer) -> Result<Option<Filled>, BuildError> {
        let count = u64::try_from(grouped.len() / BUCKET + 1).unwrap_or(1);
        let mut starts = Vec::with_capacity(grouped.len());
        let mut buckets = Vec::with_capacity(grouped.len() * 14);
        let mut rest = grouped;
        let mut names = Vec::new();
        for number in 0..count {
            push_start(&mut starts, buckets.len())?;
            let here = rest
                .iter()
                .take_while(|one| format::high_product(one.hash, count) == number)
                .count();
            let (bucket, after) = rest.split_at_checked(here).unwrap_or((rest, &[]));
            rest = after;
            let Ok(size) = u8::try_from(here) else {
                return Ok(None);
            };
            buckets.push(size);
            buckets.extend(bucket.iter().map(|one| format::fingerprint(one.hash)));
            buckets.extend(
                bucket
                    .iter()
                    .map(|one| u8::try_from(one.set).unwrap_or(WIDE_SET)),
            );
            names.clear();
            for one in bucket {
                let before = names.len();
                if one.set >= u32::from(WIDE_SET) {
                    let set = u16::try_from(one.set).map_err(|_| BuildError::TooMany)?;
                    names.extend_from_slice(&set.to_le_bytes());
                }
                packer.pack(name_of(&self.names, one.from, one.length), &mut names);
                let Ok(length) = u8::try_from(names.len() - before) else {
                    return Err(BuildError::TooMany);
                };
                buckets.push(length);
            }
            buckets.extend_from_slice(&names);
        }
        push_start(&mut starts, buckets.len())?;
        Ok(Some((starts, buckets)))
    }

    fn texts(&self, sets: &[Set], expression_sets: impl Iterator<Item = u16>) -> String {
        let mut lines = Vec::new();
        for (name, entries, usage) in &self.categories {
            lines.push(format!("category {name} {entries} {usage}"));
        }
        for (alias, of) in &self.aliases {
            lines.push(format!("alias {alias} {of}"));
        }
        for set in sets {
            let numbers: Vec<String> = set.categories.iter().map(u16::to_string).collect();
            lines.push(format!(
                "set {} {}",
                u8::from(set.has_urls),
                numbers.join(" ")
            ));
        }
        for ((_, text), set) in self.expressions.iter().zip(expression_sets) {
            lines.push(format!("expression {set} {text}"));
        }
        lines.join("\n")
    }

    fn url_sections(
        &self,
        sets: impl Iterator<Item = u16>,
    ) -> Result<(Vec<u8>, Vec<u8>), BuildError> {
        let (mut starts, mut urls) = (Vec::new(), Vec::new());
        for ((host, path), set) in self.urls.keys().zip(sets) {
            push_start(&mut starts, urls.len())?;
            urls.extend_from_slice(host);
            urls.push(0);
            urls.extend_from_slice(path);
            urls.extend_from_slice(&set.to_le_bytes());
        }
        push_start(&mut starts, urls.len())?;
        Ok((starts, urls))
    }
}

fn push_start(starts: &mut Vec<u8>, at: usize) -> Result<(), BuildError> {
    let at = u32::try_from(at).map_err(|_| BuildError::TooMany)?;
    starts.extend_from_slice(&at.to_le_bytes());
    Ok(())
}

fn name_of(names: &[u8], from: u32, length: u16) -> &[u8] {
    names
        .get(index(from)..)
        .and_then(|rest| rest.get(..usize::from(length)))
        .unwrap_or_default()
}

fn index(narrow: u32) -> usize {
    usize::try_from(narrow).unwrap_or(usize::MAX)
}

/// Sets of categories, each once, with how often it is used.
#[derive(Default)]
struct Sets {
    ids: BTreeMap<Set, u32>,
    uses: Vec<u64>,
}

struct Ranks {
    /// The sets, the most used first.
    sets: Vec<Set>,
    by_id: Vec<u16>,
}

impl Sets {
    fn intern(&mut self, set: Set) -> u32 {
        let next = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
        let id = *self.ids.entry(set).or_insert(next);
        if id == next {
            self.uses.push(0);
        }
        if let Some(uses) = self.uses.get_mut(index(id)) {
            *uses += 1;
        }
        id
    }

    fn ranks(self) -> Result<Ranks, BuildError> {
        let mut ranked: Vec<(u64, Set, u32)> = self
            .ids
            .into_iter()
            .map(|(set, id)| (self.uses.get(index(id)).copied().unwrap_or(0), set, id))
            .collect();
        ranked.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        let mut by_id = vec![0; ranked.len()];
        for (rank, (_, _, id)) in ranked.iter().enumerate() {
            let rank = u16::try_from(rank).map_err(|_| BuildError::TooMany)?;
            if let Some(slot) = by_id.get_mut(index(*id)) {
                *slot = rank;
            }
        }
        Ok(Ranks {
            sets: ranked.into_iter().map(|(_, set, _)| set).collect(),
            by_id,
        })
    }
}

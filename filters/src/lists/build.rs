//! Compiling entries to a list file. The same entries give the same bytes, in whatever order they came.
//!
//! Entries are sorted by the place that [`super::spread`] gives them, so that those of a bucket lie together; names in several categories become one
//! entry with the set of them. Never reads a file: [`super::squidguard`] does.

use std::collections::{BTreeMap, BTreeSet};

use super::format::{self, PADDING, Set, WIDE};
use super::name::AnyName;
use super::pack::Packer;
use super::spread::{self, Spread};

/// Names in a bucket, on average.
const BUCKET: usize = 4;
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
    order: u64,
    from: u32,
    length: u16,
    category: u16,
}

/// A name with its set, once sorted.
struct Grouped {
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
        self.push(category, name)
    }

    /// A URL: host in its plain form, and path.
    pub fn url(&mut self, category: u16, host: &str, path: &str) -> Result<(), BuildError> {
        self.push(HAS_URLS, host)?;
        let is_new = self
            .urls
            .entry((host.into(), path.into()))
            .or_default()
            .insert(category);
        if is_new {
            counted(&mut self.categories, category);
        }
        Ok(())
    }

    /// A regex on host and path.
    pub fn expression(&mut self, category: u16, text: &str) {
        if self.expressions.insert((category, text.to_owned())) {
            counted(&mut self.categories, category);
        }
    }

    fn push(&mut self, category: u16, name: &str) -> Result<(), BuildError> {
        let from = u32::try_from(self.names.len()).map_err(|_| BuildError::TooMany)?;
        let length = u16::try_from(name.len()).map_err(|_| BuildError::TooMany)?;
        self.names.extend_from_slice(name.as_bytes());
        self.entries.push(Named {
            order: 0,
            from,
            length,
            category,
        });
        Ok(())
    }

    /// The file.
    pub fn finish(mut self) -> Result<Vec<u8>, BuildError> {
        let mut hashes: Vec<u64> = self
            .entries
            .iter()
            .map(|entry| spread::unkeyed(name_of(&self.names, entry.from, entry.length)))
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        // The seed comes from the content, whatever its order: whoever adds an entry cannot know it beforehand.
        let content = hashes
            .iter()
            .fold(0_u64, |sum, hash| sum.wrapping_add(*hash));
        let buckets = u64::try_from(hashes.len() / BUCKET + 1).unwrap_or(1);
        drop(hashes);
        for attempt in 0..SEEDS {
            let seed = spread::unkeyed(&[content.to_le_bytes(), attempt.to_le_bytes()].concat());
            if let Some(file) = self.lay_out(seed, buckets)? {
                return Ok(file);
            }
        }
        Err(BuildError::NoSeed)
    }

    fn lay_out(&mut self, seed: u64, buckets: u64) -> Result<Option<Vec<u8>>, BuildError> {
        let spread = Spread::new(seed, buckets).ok_or(BuildError::TooMany)?;
        for entry in &mut self.entries {
            let name = name_of(&self.names, entry.from, entry.length);
            entry.order = spread.order(&AnyName::read(name).ok_or(BuildError::TooMany)?);
        }
        let names = &self.names;
        self.entries.sort_unstable_by(|one, other| {
            one.order
                .cmp(&other.order)
                .then_with(|| {
                    name_of(names, one.from, one.length).cmp(name_of(
                        names,
                        other.from,
                        other.length,
                    ))
                })
                .then(one.category.cmp(&other.category))
        });
        let (mut grouped, mut sets, counts) = self.group();
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
        let packer = Packer::learn(&self.sample(&grouped, &spread));
        let Some((starts, buckets)) = self.fill(&grouped, &spread, &packer)? else {
            return Ok(None);
        };
        let texts = self.texts(
            &counts,
            &ranks.sets,
            expression_sets.iter().map(|set| rank(*set)),
        );
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

    /// One entry a name, with the set of its categories; counts the entries of each category.
    fn group(&self) -> (Vec<Grouped>, Sets, Vec<u64>) {
        let mut grouped: Vec<Grouped> = Vec::with_capacity(self.entries.len());
        let mut sets = Sets::default();
        let mut counts = vec![0; self.categories.len()];
        let same = |one: &Named, other: &Named| {
            one.order == other.order
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
            for category in &categories {
                if let Some(count) = counts.get_mut(usize::from(*category)) {
                    *count += 1;
                }
            }
            grouped.push(Grouped {
                from: first.from,
                length: first.length,
                set: sets.intern(Set {
                    categories,
                    has_urls,
                }),
            });
        }
        (grouped, sets, counts)
    }

    /// Rests of names here and there.
    fn sample(&self, grouped: &[Grouped], spread: &Spread) -> Vec<&[u8]> {
        let step = (grouped.len() / SAMPLE).max(1);
        grouped
            .iter()
            .step_by(step)
            .map(|one| spread.rest_of(name_of(&self.names, one.from, one.length)))
            .collect()
    }

    fn fill(
        &self,
        grouped: &[Grouped],
        spread: &Spread,
        packer: &Packer,
    ) -> Result<Option<Filled>, BuildError> {
        let (mut starts, mut buckets) = (Vec::new(), Vec::with_capacity(grouped.len() * 9));
        let mut packing = packer.packing();
        let (mut prints, mut controls, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        let mut body = Vec::new();
        let mut ahead = grouped.iter().map(|one| {
            let name = name_of(&self.names, one.from, one.length);
            let place = AnyName::read(name).map(|read| spread.place(&read, AnyName::start()));
            (place, one.set, spread.rest_of(name))
        });
        let mut next = ahead.next();
        for number in 0..spread.buckets() {
            push_start(&mut starts, buckets.len())?;
            prints.clear();
            controls.clear();
            bodies.clear();
            while let Some((Some(place), set, rest)) =
                next.filter(|(place, _, _)| place.is_none_or(|place| place.bucket == number))
            {
                body.clear();
                let narrow = u8::try_from(set).ok().filter(|set| *set < WIDE);
                if narrow.is_none() {
                    let set = u16::try_from(set).map_err(|_| BuildError::TooMany)?;
                    body.extend_from_slice(&set.to_le_bytes());
                }
                packing.pack(rest, &mut body);
                let length = u8::try_from(body.len()).map_err(|_| BuildError::TooMany)?;
                controls.push(length.min(WIDE) << 4 | narrow.unwrap_or(WIDE));
                if length >= WIDE {
                    bodies.push(length);
                }
                bodies.extend_from_slice(&body);
                prints.push(place.print);
                next = ahead.next();
            }
            let Ok(count) = u8::try_from(prints.len()) else {
                return Ok(None);
            };
            buckets.push(count);
            for part in [&prints, &controls, &bodies] {
                buckets.extend_from_slice(part);
            }
        }
        buckets.resize(buckets.len() + PADDING, 0);
        Ok(Some((starts, buckets)))
    }

    fn texts(
        &self,
        counts: &[u64],
        sets: &[Set],
        expression_sets: impl Iterator<Item = u16>,
    ) -> String {
        let mut lines = Vec::new();
        for ((name, others, usage), domains) in self.categories.iter().zip(counts) {
            let entries = others + domains;
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

fn counted(categories: &mut [(String, u64, String)], category: u16) {
    if let Some(entry) = categories.get_mut(usize::from(category)) {
        entry.1 += 1;
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

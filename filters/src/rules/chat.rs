//! Rules that read messages: one reading of the message, one walk of the trie, then regexes and detectors for the few conditions
//! that have any.
//!
//! A match is dropped when a sparing phrase of the same condition overlaps it, when a phrase that spares the whole message stands
//! anywhere, or when the task's words spare it. Never keeps a message: the scratch is overwritten by the next one.

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::{Regex, RegexSet, RegexSetBuilder};
use vigie_protocol::Private;

use super::{Hit, bounded_regex};
use crate::charter::rule::condition::REGEX_BYTES_MAX;
use crate::charter::{ChatWhen, Detector, LearnedWhen, TaskSpares, Topic};
use crate::chat::detect::{detect, original_span};
use crate::chat::learned::{self, FAMILIES};
use crate::chat::message::{Line, Message, index};
use crate::chat::phrase::{Found, Trie};
use crate::chat::task::Task;
use crate::chat::vocabulary::Paths;
use crate::verdict::Evidence;

/// Most places that one piece of evidence marks.
const SPANS_MAX: usize = 16;

/// Every condition on messages.
#[derive(Debug)]
pub(crate) struct ChatRules {
    sets: BTreeMap<String, Vec<String>>,
    topics: Vec<Topic>,
    trie: Trie,
    uses: Vec<Use>,
    leaves: Vec<ChatLeaf>,
    patterns: Vec<(usize, Regex)>,
    any_pattern: RegexSet,
    detectors: Vec<(usize, Detector)>,
    /// Conditions on what the learned judge says, with the sum from which it is sure enough.
    learned: Vec<(usize, LearnedWhen, f32)>,
}

/// What a phrase is for.
#[derive(Debug)]
struct Use {
    /// Index of `leaves`.
    leaf: usize,
    role: Role,
    phrase: Box<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Match,
    Spare,
    SpareIf,
}

#[derive(Debug)]
struct ChatLeaf {
    leaf: u32,
    task: TaskSpares,
}

/// One place of a message that a condition matched.
#[derive(Clone, Debug)]
struct Match {
    leaf: usize,
    at: (u32, u32),
    by: String,
    /// Whether it is a part of what the learned judge says: spared in one part, spared in all.
    learned: bool,
}

#[derive(Default)]
struct Scratch {
    message: Message,
    paths: Paths,
    found: Vec<Found>,
    line: Line,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl ChatRules {
    pub(crate) fn new(sets: &BTreeMap<String, Vec<String>>, topics: &[Topic]) -> Self {
        Self {
            sets: sets.clone(),
            topics: topics.to_vec(),
            trie: Trie::default(),
            uses: Vec::new(),
            leaves: Vec::new(),
            patterns: Vec::new(),
            any_pattern: RegexSet::empty(),
            detectors: Vec::new(),
            learned: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, leaf: u32, chat: &ChatWhen) {
        let number = self.leaves.len();
        self.leaves.push(ChatLeaf {
            leaf,
            task: chat.task,
        });
        for (role, phrases) in [
            (Role::Match, &chat.phrases),
            (Role::Spare, &chat.spare),
            (Role::SpareIf, &chat.spare_if),
        ] {
            for phrase in phrases {
                let id = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
                // A phrase with a fault was reported when the charter was read, and matches nothing.
                let _ = self.trie.add(phrase, &self.sets, id);
                self.uses.push(Use {
                    leaf: number,
                    role,
                    phrase: phrase.as_str().into(),
                });
            }
        }
        for pattern in chat.regex.iter().filter_map(|text| bounded_regex(text)) {
            self.patterns.push((number, pattern));
        }
        if let Some(learned) = chat.learned {
            let sure = f32::from(learned.at_least.clamp(1, 99)) / 100.0;
            self.learned
                .push((number, learned, (sure / (1.0 - sure)).ln()));
        }
        for detector in &chat.detect {
            self.detectors.push((number, *detector));
        }
    }

    pub(crate) fn finish(&mut self) {
        self.trie.finish();
        let patterns = self.patterns.iter().map(|(_, pattern)| pattern.as_str());
        self.any_pattern = RegexSetBuilder::new(patterns)
            .size_limit(REGEX_BYTES_MAX * 64)
            .build()
            .unwrap_or_else(|_| RegexSet::empty());
        self.sets.clear();
    }

    /// Every condition that a message meets.
    pub(crate) fn hits(&self, text: &str, task: &str) -> Vec<Hit> {
        if self.leaves.is_empty() {
            return Vec::new();
        }
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => self.hits_in(&mut scratch, text, task),
            Err(_) => self.hits_in(&mut Scratch::default(), text, task),
        })
    }

    fn hits_in(&self, scratch: &mut Scratch, text: &str, task: &str) -> Vec<Hit> {
        let Scratch {
            message,
            paths,
            found,
            line,
        } = scratch;
        message.read(text);
        self.trie.find(message, paths, found);
        let mut matches = self.phrase_matches(message, found);
        self.pattern_matches(message, line, &mut matches);
        for (leaf, detector) in &self.detectors {
            for at in detect(*detector, text, message, line) {
                matches.push(Match {
                    leaf: *leaf,
                    at,
                    by: detector.name().to_owned(),
                    learned: false,
                });
            }
        }
        self.learned_matches(message, &mut matches);
        if matches.is_empty() {
            return Vec::new();
        }
        self.spare(message, found, task, &mut matches);
        self.collect(text, matches)
    }

    fn phrase_matches(&self, message: &Message, found: &[Found]) -> Vec<Match> {
        let mut matches = Vec::new();
        for one in found {
            let Some((used, at)) = self.use_at(message, one) else {
                continue;
            };
            if used.role == Role::Match {
                matches.push(Match {
                    leaf: used.leaf,
                    at,
                    by: used.phrase.to_string(),
                    learned: false,
                });
            }
        }
        matches
    }

    fn use_at(&self, message: &Message, found: &Found) -> Option<(&Use, (u32, u32))> {
        let used = self.uses.get(index(found.phrase))?;
        let first = message.words().get(index(found.first))?;
        let last = message.words().get(index(found.end).checked_sub(1)?)?;
        Some((used, (first.original.0, last.original.1)))
    }

    fn pattern_matches(&self, message: &Message, line: &mut Line, matches: &mut Vec<Match>) {
        if self.patterns.is_empty() {
            return;
        }
        line.read(message);
        if !self.any_pattern.is_match(&line.text) {
            return;
        }
        let met = self.any_pattern.matches(&line.text);
        for (leaf, pattern) in met.iter().filter_map(|place| self.patterns.get(place)) {
            for place in pattern.find_iter(&line.text).take(SPANS_MAX) {
                if let Some(at) = original_span(message, &line.starts, place.start(), place.end()) {
                    matches.push(Match {
                        leaf: *leaf,
                        at,
                        by: pattern.as_str().to_owned(),
                        learned: false,
                    });
                }
            }
        }
    }

    /// What the learned judge is sure of, at the words that counted.
    fn learned_matches(&self, message: &Message, matches: &mut Vec<Match>) {
        if self.learned.is_empty() || message.words().is_empty() {
            return;
        }
        let judge = learned::shipped();
        let scores = judge.score(message);
        for (leaf, when, sum) in &self.learned {
            let Some(score) = scores.get(when.family).filter(|score| *score >= sum) else {
                continue;
            };
            let family = FAMILIES.get(when.family).copied().unwrap_or_default();
            let by = format!("{family} {} %", learned::percent(*score));
            for place in judge.words_that_counted(message, when.family) {
                if let Some(word) = message.words().get(place) {
                    matches.push(Match {
                        leaf: *leaf,
                        at: word.original,
                        by: by.clone(),
                        learned: true,
                    });
                }
            }
        }
    }

    /// Drops what phrases and the task spare.
    fn spare(&self, message: &Message, found: &[Found], task: &str, matches: &mut Vec<Match>) {
        for one in found {
            let Some((used, at)) = self.use_at(message, one) else {
                continue;
            };
            match used.role {
                Role::Match => {}
                Role::Spare => {
                    let spared = |matched: &Match| {
                        matched.leaf == used.leaf && matched.at.1 > at.0 && at.1 > matched.at.0
                    };
                    let all = matches.iter().any(|one| one.learned && spared(one));
                    matches.retain(|matched| {
                        !(spared(matched) || all && matched.learned && matched.leaf == used.leaf)
                    });
                }
                Role::SpareIf => matches.retain(|matched| matched.leaf != used.leaf),
            }
        }
        let reads_task = |matched: &Match| {
            self.leaves
                .get(matched.leaf)
                .map_or(TaskSpares::Nothing, |leaf| leaf.task)
        };
        if task.trim().is_empty()
            || matches
                .iter()
                .all(|matched| reads_task(matched) == TaskSpares::Nothing)
        {
            return;
        }
        let task = Task::read(task, &self.topics);
        let on_task: Vec<(u32, u32)> = message
            .words()
            .iter()
            .filter(|word| task.has(message.text(word.text)))
            .map(|word| word.original)
            .collect();
        let holds = |matched: &Match| {
            on_task
                .iter()
                .any(|word| word.0 >= matched.at.0 && word.1 <= matched.at.1)
        };
        let spared: Vec<usize> = matches
            .iter()
            .filter(|one| one.learned && holds(one))
            .map(|one| one.leaf)
            .collect();
        matches.retain(|matched| match reads_task(matched) {
            TaskSpares::Nothing => true,
            TaskSpares::Match => {
                !(holds(matched) || matched.learned && spared.contains(&matched.leaf))
            }
            TaskSpares::Message => on_task.is_empty(),
        });
    }

    fn collect(&self, text: &str, matches: Vec<Match>) -> Vec<Hit> {
        let mut by_leaf: BTreeMap<usize, Vec<Match>> = BTreeMap::new();
        for matched in matches {
            by_leaf.entry(matched.leaf).or_default().push(matched);
        }
        by_leaf
            .into_iter()
            .filter_map(|(number, mut matches)| {
                let leaf = self.leaves.get(number)?.leaf;
                // The longest match explains best.
                matches.sort_by_key(|one| (one.at.0, std::cmp::Reverse(one.at.1)));
                let by = matches
                    .iter()
                    .max_by_key(|one| one.at.1 - one.at.0)?
                    .by
                    .clone();
                Some(Hit {
                    leaf,
                    category: None,
                    evidence: Evidence {
                        text: Private::new(text.to_owned()),
                        spans: merged(&matches),
                        by,
                        ..Evidence::default()
                    },
                })
            })
            .collect()
    }
}

/// Places in order, overlapping ones merged.
fn merged(matches: &[Match]) -> Vec<(u32, u32)> {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for matched in matches {
        match spans.last_mut() {
            Some(last) if matched.at.0 <= last.1 => last.1 = last.1.max(matched.at.1),
            _ => spans.push(matched.at),
        }
    }
    spans.truncate(SPANS_MAX);
    spans
}

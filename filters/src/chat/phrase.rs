//! Phrases: written in plain French with a few signs, kept as one trie of words, walked along every reading of a message.
//!
//! `(a|b c)` alternatives · `(un)?` what may be missing · `amis?` a last letter that may be missing · `{set}` any phrase of a named set · `*` any one word · `…` up to three words · `#` a
//! number. Accents, case, doubled letters and plurals need no care. Never says what a match means: the caller numbers its phrases.
//!
//! Long because the drawing and the walking of one graph belong together.

use std::collections::BTreeMap;

use super::message::{Kind, Message};
use super::vocabulary::{FastMap, Paths, Reading, Vocabulary};

/// Most edges that one phrase may draw; beyond, the phrase is refused.
const EDGES_MAX: usize = 200_000;
/// Deepest nesting of groups and sets.
const DEPTH_MAX: usize = 8;
/// Most steps of the walk from one position; beyond, the rest of the readings from there is not looked at.
const STEPS_MAX: u32 = 20_000;

/// Why a phrase cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PhraseFault {
    /// A group or a set without its end.
    Unclosed,
    /// No such set.
    UnknownSet(String),
    /// Sets within sets without end.
    TooDeep,
    /// Too many ways of saying it.
    TooWide,
    /// It could match nothing at all.
    Empty,
}

#[derive(Clone, Debug)]
enum Item {
    Word(String),
    Any,
    Gap,
    Number,
    Group(Vec<Vec<Item>>),
    Optional(Box<Item>),
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Phrases that end here.
    ends: Vec<u32>,
    leads_on: bool,
    /// Whether a word that no phrase names leads on: `*` or `#`.
    open: bool,
}

/// All phrases of a charter as one graph of words. Each phrase is a graph of its own below the root; the end of a group is one
/// node, so that alternatives add up rather than multiply.
#[derive(Debug)]
pub(crate) struct Trie {
    pub(crate) vocabulary: Vocabulary,
    nodes: Vec<Node>,
    /// While phrases are added.
    drawn: Vec<(u64, u32)>,
    /// From a node by a word: a range of `targets`.
    edges: FastMap<u64, (u32, u32)>,
    /// From the root by two words, for the phrases that say at least two: most words begin many phrases, few pairs do.
    pairs: FastMap<u64, (u32, u32)>,
    targets: Vec<u32>,
}

/// Stands for any word among the words of edges.
const ANY: u32 = u32::MAX;
/// Stands for a number.
const NUMBER: u32 = u32::MAX - 1;
const ROOT: u32 = 0;

/// A phrase found at `first..end` of a message's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) first: u32,
    pub(crate) end: u32,
    pub(crate) phrase: u32,
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            vocabulary: Vocabulary::default(),
            nodes: vec![Node::default()],
            drawn: Vec::new(),
            edges: FastMap::default(),
            pairs: FastMap::default(),
            targets: Vec::new(),
        }
    }
}

impl Trie {
    /// Adds a phrase under the caller's number.
    pub(crate) fn add(
        &mut self,
        phrase: &str,
        sets: &BTreeMap<String, Vec<String>>,
        number: u32,
    ) -> Result<(), PhraseFault> {
        let items = parse(phrase, sets, 0)?;
        let budget = self.drawn.len() + EDGES_MAX;
        let ends = self.extend(&[ROOT], &items, None, budget)?;
        if ends.contains(&ROOT) {
            return Err(PhraseFault::Empty);
        }
        for end in ends {
            if let Some(node) = self.nodes.get_mut(at(end)) {
                node.ends.push(number);
            }
        }
        Ok(())
    }

    /// Draws items one after the other; what the last one leads to is `join` when the caller has a node for it.
    fn extend(
        &mut self,
        from: &[u32],
        items: &[Item],
        join: Option<u32>,
        budget: usize,
    ) -> Result<Vec<u32>, PhraseFault> {
        let mut here = from.to_vec();
        for (place, item) in items.iter().enumerate() {
            let join = join.filter(|_| place + 1 == items.len());
            here = self.extend_one(&here, item, join, budget)?;
            here.sort_unstable();
            here.dedup();
            if self.drawn.len() > budget {
                return Err(PhraseFault::TooWide);
            }
        }
        Ok(here)
    }

    fn extend_one(
        &mut self,
        from: &[u32],
        item: &Item,
        join: Option<u32>,
        budget: usize,
    ) -> Result<Vec<u32>, PhraseFault> {
        match item {
            Item::Word(word) => {
                let word = self.vocabulary.intern(word.as_bytes());
                Ok(self.lead(from, word, join))
            }
            Item::Any => Ok(self.lead(from, ANY, join)),
            Item::Number => Ok(self.lead(from, NUMBER, join)),
            Item::Gap => {
                let mut all = from.to_vec();
                let mut last = from.to_vec();
                for _ in 0..3 {
                    last = self.lead(&last, ANY, None);
                    all.extend_from_slice(&last);
                }
                Ok(all)
            }
            Item::Group(alternatives) => {
                let join = join.unwrap_or_else(|| self.grow());
                let mut all = Vec::new();
                for alternative in alternatives {
                    all.extend(self.extend(from, alternative, Some(join), budget)?);
                }
                Ok(all)
            }
            Item::Optional(inner) => {
                let mut all = self.extend_one(from, inner, join, budget)?;
                all.extend_from_slice(from);
                Ok(all)
            }
        }
    }

    fn grow(&mut self) -> u32 {
        let fresh = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node::default());
        fresh
    }

    fn lead(&mut self, from: &[u32], word: u32, join: Option<u32>) -> Vec<u32> {
        let to = join.unwrap_or_else(|| self.grow());
        for node in from {
            self.drawn.push((edge(*node, word), to));
            if let Some(node) = self.nodes.get_mut(at(*node)) {
                node.leads_on = true;
                node.open |= word >= NUMBER;
            }
        }
        vec![to]
    }

    /// Makes one node of nodes that the same edges lead to: phrases that begin alike are walked once. Whether there were any.
    fn merge(&mut self, drawn: &mut Vec<(u64, u32)>) -> bool {
        drawn.sort_unstable_by_key(|(way, node)| (*node, *way));
        drawn.dedup();
        let mut firsts: FastMap<(bool, Vec<u64>), u32> = FastMap::default();
        let mut instead: FastMap<u32, u32> = FastMap::default();
        for run in drawn.chunk_by(|one, other| one.1 == other.1) {
            let Some((_, node)) = run.first() else {
                continue;
            };
            // What ends or is open is kept apart from what only leads on, which the pairs are for.
            let opens = self
                .nodes
                .get(at(*node))
                .is_some_and(|one| one.open || !one.ends.is_empty());
            let ways = run.iter().map(|(way, _)| *way).collect();
            let first = *firsts.entry((opens, ways)).or_insert(*node);
            if first != *node {
                instead.insert(*node, first);
            }
        }
        for (node, first) in &instead {
            let gone = self.nodes.get_mut(at(*node)).map(std::mem::take);
            if let (Some(gone), Some(first)) = (gone, self.nodes.get_mut(at(*first))) {
                first.ends.extend(gone.ends);
                first.leads_on |= gone.leads_on;
                first.open |= gone.open;
            }
        }
        let now = |node: u32| instead.get(&node).copied().unwrap_or(node);
        for (way, node) in drawn.iter_mut() {
            let from = u32::try_from(*way >> 32).unwrap_or(ROOT);
            *way = (u64::from(now(from)) << 32) | (*way & u64::from(u32::MAX));
            *node = now(*node);
        }
        !instead.is_empty()
    }

    /// Lays the edges out for the walk, once every phrase is there.
    pub(crate) fn finish(&mut self) {
        self.vocabulary.finish();
        let mut drawn = std::mem::take(&mut self.drawn);
        while self.merge(&mut drawn) {}
        drawn.sort_unstable();
        drawn.dedup();
        let below_root = drawn.partition_point(|(edge, _)| *edge >> 32 == u64::from(ROOT));
        let (first, others) = drawn.split_at_checked(below_root).unwrap_or_default();
        self.edges = lay_out(others, &mut self.targets);
        let mut kept = Vec::new();
        let mut pairs = Vec::new();
        for (way, node) in first {
            let opens = self
                .nodes
                .get(at(*node))
                .is_none_or(|one| one.open || !one.ends.is_empty());
            let word = *way & u64::from(u32::MAX);
            if opens || word >= u64::from(NUMBER) {
                kept.push((*way, *node));
                continue;
            }
            let from = others.partition_point(|(edge, _)| *edge >> 32 < u64::from(*node));
            let onward = others.get(from..).unwrap_or_default();
            for (edge, target) in onward
                .iter()
                .take_while(|(edge, _)| *edge >> 32 == u64::from(*node))
            {
                pairs.push(((word << 32) | (*edge & u64::from(u32::MAX)), *target));
            }
        }
        self.edges.extend(lay_out(&kept, &mut self.targets));
        pairs.sort_unstable();
        pairs.dedup();
        self.pairs = lay_out(&pairs, &mut self.targets);
    }

    /// Every phrase in a message, in the order of their places.
    pub(crate) fn find(&self, message: &Message, paths: &mut Paths, found: &mut Vec<Found>) {
        found.clear();
        self.vocabulary.read_message(message, paths);
        for first in 0..message.words().len() {
            let mut walk = Walk {
                trie: self,
                message,
                paths,
                first: u32::try_from(first).unwrap_or(u32::MAX),
                steps: 0,
                found,
            };
            walk.begin(first);
        }
        found.sort_unstable();
        found.dedup();
    }
}

/// Groups sorted edges by their way.
fn lay_out(sorted: &[(u64, u32)], targets: &mut Vec<u32>) -> FastMap<u64, (u32, u32)> {
    let mut edges = FastMap::default();
    for run in sorted.chunk_by(|one, other| one.0 == other.0) {
        let from = u32::try_from(targets.len()).unwrap_or(u32::MAX);
        targets.extend(run.iter().map(|(_, target)| *target));
        let to = u32::try_from(targets.len()).unwrap_or(u32::MAX);
        if let Some((way, _)) = run.first() {
            edges.insert(*way, (from, to));
        }
    }
    edges
}

struct Walk<'a> {
    trie: &'a Trie,
    message: &'a Message,
    paths: &'a Paths,
    first: u32,
    steps: u32,
    found: &'a mut Vec<Found>,
}

impl<'a> Walk<'a> {
    fn begin(&mut self, position: usize) {
        let paths = self.paths;
        for (reading, end) in paths.at(position) {
            let word = [Self::word(*reading)];
            let words = match reading {
                Reading::Word(_) => &word,
                Reading::Words(reading) => self.trie.vocabulary.words(*reading),
            };
            self.follow(ROOT, words, at(*end));
            match words {
                [] => {}
                [only] => {
                    for (second, end) in paths.at(at(*end)) {
                        let word = [Self::word(*second)];
                        let onward = match second {
                            Reading::Word(_) => &word,
                            Reading::Words(reading) => self.trie.vocabulary.words(*reading),
                        };
                        if let [second, rest @ ..] = onward {
                            self.pair(*only, *second, rest, at(*end));
                        }
                    }
                }
                [one, two, rest @ ..] => self.pair(*one, *two, rest, at(*end)),
            }
        }
        let opens = self.trie.nodes.first().is_some_and(|root| root.open);
        if opens {
            self.step_open(ROOT, position);
        }
    }

    fn word(reading: Reading) -> u32 {
        match reading {
            Reading::Word(word) => word,
            Reading::Words(_) => 0,
        }
    }

    fn pair(&mut self, one: u32, two: u32, rest: &[u32], end: usize) {
        for target in self.targets(self.trie.pairs.get(&edge(one, two))) {
            self.follow(*target, rest, end);
        }
    }

    fn targets(&self, range: Option<&(u32, u32)>) -> &'a [u32] {
        range.map_or(&[], |(from, to)| {
            self.trie
                .targets
                .get(at(*from)..at(*to))
                .unwrap_or_default()
        })
    }

    fn step(&self, node: u32, word: u32) -> &'a [u32] {
        self.targets(self.trie.edges.get(&edge(node, word)))
    }

    /// Goes on by the words of one reading, then from the position after it.
    fn follow(&mut self, node: u32, words: &[u32], end: usize) {
        let Some((word, rest)) = words.split_first() else {
            self.from(node, end);
            return;
        };
        for target in self.step(node, *word) {
            self.follow(*target, rest, end);
        }
        // Inside a shortened word any word may be passed as `*`.
        let open = self.trie.nodes.get(at(node)).is_some_and(|node| node.open);
        if open && node != ROOT && !rest.is_empty() {
            for target in self.step(node, ANY) {
                self.follow(*target, rest, end);
            }
        }
    }

    fn from(&mut self, node: u32, position: usize) {
        let Some(here) = self.trie.nodes.get(at(node)) else {
            return;
        };
        for phrase in &here.ends {
            self.found.push(Found {
                first: self.first,
                end: u32::try_from(position).unwrap_or(u32::MAX),
                phrase: *phrase,
            });
        }
        self.steps += 1;
        if !here.leads_on || self.steps > STEPS_MAX {
            return;
        }
        let paths = self.paths;
        for (reading, end) in paths.at(position) {
            match reading {
                Reading::Word(word) => self.follow(node, &[*word], at(*end)),
                Reading::Words(reading) => {
                    self.follow(node, self.trie.vocabulary.words(*reading), at(*end));
                }
            }
        }
        if here.open {
            self.step_open(node, position);
        }
    }

    /// `*` and `#`.
    fn step_open(&mut self, node: u32, position: usize) {
        let Some(word) = self.message.words().get(position) else {
            return;
        };
        for target in self.step(node, ANY) {
            self.from(*target, position + 1);
        }
        if word.kind == Kind::Digits {
            for target in self.step(node, NUMBER) {
                self.from(*target, position + 1);
            }
        }
    }
}

fn edge(node: u32, word: u32) -> u64 {
    (u64::from(node) << 32) | u64::from(word)
}

fn at(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// Reads the signs of a phrase.
fn parse(
    phrase: &str,
    sets: &BTreeMap<String, Vec<String>>,
    depth: usize,
) -> Result<Vec<Item>, PhraseFault> {
    let mut rest = phrase;
    let items = sequence(&mut rest, sets, depth)?;
    if rest.is_empty() {
        Ok(items)
    } else {
        Err(PhraseFault::Unclosed)
    }
}

/// Items up to a `|`, a `)` or the end, which stay in `rest`.
fn sequence(
    rest: &mut &str,
    sets: &BTreeMap<String, Vec<String>>,
    depth: usize,
) -> Result<Vec<Item>, PhraseFault> {
    if depth > DEPTH_MAX {
        return Err(PhraseFault::TooDeep);
    }
    let mut items = Vec::new();
    loop {
        *rest = rest.trim_start();
        let Some(sign) = rest.chars().next() else {
            return Ok(items);
        };
        let before = items.len();
        match sign {
            '|' | ')' => return Ok(items),
            '(' => {
                skip(rest, sign);
                items.push(Item::Group(group(rest, sets, depth)?));
            }
            '{' => {
                let (name, after) = rest
                    .get(1..)
                    .and_then(|inner| inner.split_once('}'))
                    .ok_or(PhraseFault::Unclosed)?;
                *rest = after;
                items.push(Item::Group(named(name.trim(), sets, depth)?));
            }
            '*' => {
                skip(rest, sign);
                items.push(Item::Any);
            }
            '…' => {
                skip(rest, sign);
                items.push(Item::Gap);
            }
            '#' => {
                skip(rest, sign);
                items.push(Item::Number);
            }
            _ => words(rest, &mut items),
        }
        if rest.starts_with('?') {
            skip(rest, '?');
            let inner = items.split_off(before);
            items.push(match inner.as_slice() {
                [Item::Word(word)] if word.len() > 1 => one_letter_less(word),
                _ => Item::Optional(Box::new(Item::Group(vec![inner]))),
            });
        }
    }
}

/// `amis?`: with its last letter or without.
fn one_letter_less(word: &str) -> Item {
    let mut shorter = word.to_owned();
    shorter.pop();
    Item::Group(vec![
        vec![Item::Word(word.to_owned())],
        vec![Item::Word(shorter)],
    ])
}

fn skip(rest: &mut &str, sign: char) {
    *rest = rest.strip_prefix(sign).unwrap_or(rest);
}

fn group(
    rest: &mut &str,
    sets: &BTreeMap<String, Vec<String>>,
    depth: usize,
) -> Result<Vec<Vec<Item>>, PhraseFault> {
    let mut alternatives = Vec::new();
    loop {
        alternatives.push(sequence(rest, sets, depth + 1)?);
        match rest.chars().next() {
            Some('|') => skip(rest, '|'),
            Some(')') => {
                skip(rest, ')');
                return Ok(alternatives);
            }
            _ => return Err(PhraseFault::Unclosed),
        }
    }
}

fn named(
    name: &str,
    sets: &BTreeMap<String, Vec<String>>,
    depth: usize,
) -> Result<Vec<Vec<Item>>, PhraseFault> {
    let phrases = sets
        .get(name)
        .ok_or_else(|| PhraseFault::UnknownSet(name.to_owned()))?;
    phrases
        .iter()
        .map(|phrase| parse(phrase, sets, depth + 1))
        .collect()
}

/// Plain text up to white space or a sign, as the words that a message would give.
fn words(rest: &mut &str, items: &mut Vec<Item>) {
    let end = rest
        .find(|one: char| one.is_whitespace() || "(){}|?*…#".contains(one))
        .unwrap_or(rest.len());
    let (text, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    // A sign that begins no item (a stray brace) is passed over.
    *rest = if text.is_empty() {
        let mut characters = rest.chars();
        characters.next();
        characters.as_str()
    } else {
        after
    };
    let mut message = Message::default();
    message.read(text);
    for word in message.words() {
        let text = String::from_utf8_lossy(message.text(word.text)).into_owned();
        items.push(Item::Word(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(phrases: &[&str], written: &str, expect: &[&str]) {
        let sets = BTreeMap::from([(
            "insulte".to_owned(),
            vec![
                "connard".to_owned(),
                "fils de pute".to_owned(),
                "con".to_owned(),
            ],
        )]);
        let mut trie = Trie::default();
        for (number, phrase) in phrases.iter().enumerate() {
            trie.add(phrase, &sets, u32::try_from(number).unwrap())
                .unwrap();
        }
        trie.finish();
        let mut message = Message::default();
        message.read(written);
        let (mut paths, mut found) = (Paths::default(), Vec::new());
        trie.find(&message, &mut paths, &mut found);
        let said: Vec<&str> = found
            .iter()
            .filter(|one| {
                // A spelled word also holds shorter ones.
                !found
                    .iter()
                    .any(|other| other.first == one.first && other.end > one.end)
            })
            .map(|one| {
                let from = message.words()[at(one.first)].original.0;
                let to = message.words()[at(one.end) - 1].original.1;
                &written[at(from)..at(to)]
            })
            .collect();
        assert_eq!(said, expect, "{written}");
    }

    #[test]
    fn a_phrase_is_found_however_it_is_spelled() {
        let phrases = ["t es (un|une)? {insulte}"];
        for written in [
            "t'es un connard",
            "T con",
            "tes un FDP",
            "T'ES UN C O N N A R D",
            "t'es un con.nard",
            "t'es un c0nn4rd",
            "t es un cooooonnard",
            "t'es un conard",
            "t'es un c*nnard",
            "t'es un c*****d",
            "t’es un с\u{43e}n",
            "t'es un f.d.p",
            "t'es un coooon",
        ] {
            check(&phrases, written, &[written]);
        }
        for written in [
            "la conclusion",
            "tes confitures",
            "un concert",
            "t'es un as",
        ] {
            check(&phrases, written, &[]);
        }
    }

    #[test]
    fn gaps_numbers_and_any_word() {
        check(
            &["je vais te … tuer"],
            "je vais te laisser tuer",
            &["je vais te laisser tuer"],
        );
        check(&["je vais te … tuer"], "jvais te tuer", &["jvais te tuer"]);
        check(&["code #"], "le code 1234", &["code 1234"]);
        check(&["un * vpn"], "un bon vpn gratuit", &["un bon vpn"]);
    }

    #[test]
    fn what_is_added_to_one_beginning_is_not_added_to_another() {
        let phrases = ["(a|b|c) (x|y) z", "a q", "b (x|q) (r)?", "(a|b) * t"];
        for written in [
            "a x z", "c y z", "a q", "b q r", "b x", "a k t", "b x t", "b x r",
        ] {
            check(&phrases, written, &[written]);
        }
        for written in ["b z", "c q", "c x r", "c k t", "a x r", "a x q"] {
            check(&phrases, written, &[]);
        }
        check(&["mes? amis?"], "me ami", &["me ami"]);
        check(&["mes? amis?"], "mes amis", &["mes amis"]);
        check(&["mes? amis?"], "amis", &[]);
    }

    #[test]
    fn faults_are_said() {
        let mut trie = Trie::default();
        let sets = BTreeMap::new();
        assert_eq!(trie.add("(a", &sets, 0), Err(PhraseFault::Unclosed));
        assert_eq!(trie.add("a)", &sets, 0), Err(PhraseFault::Unclosed));
        assert_eq!(
            trie.add("{x}", &sets, 0),
            Err(PhraseFault::UnknownSet("x".into()))
        );
        assert_eq!(trie.add("…", &sets, 0), Err(PhraseFault::Empty));
        assert_eq!(trie.add(" ", &sets, 0), Err(PhraseFault::Empty));
    }
}

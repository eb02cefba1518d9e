//! Phrases: written in plain French with a few signs, kept as one trie of words, walked along every reading of a message.
//!
//! `(a|b c)` alternatives · `un?` optional · `{set}` any phrase of a named set · `*` any one word · `…` up to three words · `#` a
//! number. Accents, case, doubled letters and plurals need no care. Never says what a match means: the caller numbers its phrases.

use std::collections::BTreeMap;

use super::message::{Kind, Message};
use super::vocabulary::{FastMap, Paths, Reading, Vocabulary};

/// Most nodes that one phrase may add to the trie; beyond, the phrase is refused.
pub(crate) const NODES_MAX: usize = 100_000;
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

#[derive(Debug, Default)]
struct Node {
    /// Phrases that end here.
    ends: Vec<u32>,
    any: u32,
    number: u32,
    leads_on: bool,
}

/// All phrases of a charter.
#[derive(Debug)]
pub(crate) struct Trie {
    pub(crate) vocabulary: Vocabulary,
    nodes: Vec<Node>,
    edges: FastMap<u64, u32>,
}

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
            edges: FastMap::default(),
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
        let budget = self.nodes.len() + NODES_MAX;
        let ends = self.extend(vec![0], &items, budget)?;
        if ends.contains(&0) {
            return Err(PhraseFault::Empty);
        }
        for end in ends {
            if let Some(node) = self.nodes.get_mut(at(end)) {
                node.ends.push(number);
            }
        }
        Ok(())
    }

    fn extend(
        &mut self,
        mut from: Vec<u32>,
        items: &[Item],
        budget: usize,
    ) -> Result<Vec<u32>, PhraseFault> {
        for item in items {
            from = self.extend_one(from, item, budget)?;
            from.sort_unstable();
            from.dedup();
            if self.nodes.len() > budget {
                return Err(PhraseFault::TooWide);
            }
        }
        Ok(from)
    }

    fn extend_one(
        &mut self,
        from: Vec<u32>,
        item: &Item,
        budget: usize,
    ) -> Result<Vec<u32>, PhraseFault> {
        match item {
            Item::Word(word) => {
                let word = self.vocabulary.intern(word.as_bytes());
                Ok(from
                    .into_iter()
                    .map(|node| self.child(node, word))
                    .collect())
            }
            Item::Any => Ok(from.into_iter().map(|node| self.any(node)).collect()),
            Item::Number => Ok(from.into_iter().map(|node| self.number(node)).collect()),
            Item::Gap => {
                let mut all = from.clone();
                let mut last = from;
                for _ in 0..3 {
                    last = last.into_iter().map(|node| self.any(node)).collect();
                    all.extend_from_slice(&last);
                }
                Ok(all)
            }
            Item::Group(alternatives) => {
                let mut all = Vec::new();
                for alternative in alternatives {
                    all.extend(self.extend(from.clone(), alternative, budget)?);
                }
                Ok(all)
            }
            Item::Optional(inner) => {
                let mut all = from.clone();
                all.extend(self.extend_one(from, inner, budget)?);
                Ok(all)
            }
        }
    }

    fn grow(&mut self, parent: u32) -> u32 {
        let fresh = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node::default());
        if let Some(parent) = self.nodes.get_mut(at(parent)) {
            parent.leads_on = true;
        }
        fresh
    }

    fn child(&mut self, parent: u32, word: u32) -> u32 {
        let edge = (u64::from(parent) << 32) | u64::from(word);
        if let Some(child) = self.edges.get(&edge) {
            return *child;
        }
        let child = self.grow(parent);
        self.edges.insert(edge, child);
        child
    }

    fn any(&mut self, parent: u32) -> u32 {
        match self.nodes.get(at(parent)).map_or(0, |node| node.any) {
            0 => {
                let child = self.grow(parent);
                if let Some(node) = self.nodes.get_mut(at(parent)) {
                    node.any = child;
                }
                child
            }
            child => child,
        }
    }

    fn number(&mut self, parent: u32) -> u32 {
        match self.nodes.get(at(parent)).map_or(0, |node| node.number) {
            0 => {
                let child = self.grow(parent);
                if let Some(node) = self.nodes.get_mut(at(parent)) {
                    node.number = child;
                }
                child
            }
            child => child,
        }
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
            walk.from(0, first);
        }
        found.sort_unstable();
        found.dedup();
    }
}

struct Walk<'a> {
    trie: &'a Trie,
    message: &'a Message,
    paths: &'a Paths,
    first: u32,
    steps: u32,
    found: &'a mut Vec<Found>,
}

impl Walk<'_> {
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
        let Some(word) = self.message.words().get(position) else {
            return;
        };
        let paths = self.paths;
        for (reading, end) in paths.at(position) {
            let next = match reading {
                Reading::Word(word) => self.step(node, *word),
                Reading::Words(reading) => self
                    .trie
                    .vocabulary
                    .words(*reading)
                    .iter()
                    .try_fold(node, |node, word| self.step_within(node, *word)),
            };
            if let Some(next) = next {
                self.from(next, at(*end));
            }
        }
        if here.any != 0 {
            self.from(here.any, position + 1);
        }
        if here.number != 0 && word.kind == Kind::Digits {
            self.from(here.number, position + 1);
        }
    }

    fn step(&self, node: u32, word: u32) -> Option<u32> {
        let edge = (u64::from(node) << 32) | u64::from(word);
        self.trie.edges.get(&edge).copied()
    }

    /// Inside a shortened word any word may be passed as `*`.
    fn step_within(&self, node: u32, word: u32) -> Option<u32> {
        self.step(node, word).or_else(|| {
            let any = self.trie.nodes.get(at(node))?.any;
            (any != 0).then_some(any)
        })
    }
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
            items.push(Item::Optional(Box::new(Item::Group(vec![inner]))));
        }
    }
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
        trie.vocabulary.finish();
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

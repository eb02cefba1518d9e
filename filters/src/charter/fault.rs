//! What is wrong with a charter's text, and where.
//!
//! A fault is a key of the catalogue (`text/*.ftl`) with its arguments, so that it can be said in French and English. Never
//! decides what is a fault: [`super::read`] does.

use std::ops::Range;

use crate::text;

/// How grave a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The charter must not be adopted.
    Error,
    /// It can be adopted, and will not do what its author may think.
    Warning,
}

/// What `charter check` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave.
    pub level: Level,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    key: &'static str,
    args: Vec<(&'static str, String)>,
}

impl Diagnostic {
    /// The fault in words, in French (`fr`) or English (`en`).
    pub fn message(&self, lang: &str) -> String {
        let args: Vec<(&str, &str)> = self
            .args
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        text::say(lang, self.key, &args)
    }
}

/// Collects the faults of one text, in the order in which they are found.
#[derive(Debug)]
pub(crate) struct Faults<'a> {
    text: &'a str,
    found: Vec<Diagnostic>,
}

impl<'a> Faults<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    pub(crate) fn error(
        &mut self,
        at: Range<usize>,
        key: &'static str,
        args: &[(&'static str, &str)],
    ) {
        self.add(Level::Error, at, key, args);
    }

    pub(crate) fn warning(
        &mut self,
        at: Range<usize>,
        key: &'static str,
        args: &[(&'static str, &str)],
    ) {
        self.add(Level::Warning, at, key, args);
    }

    fn add(
        &mut self,
        level: Level,
        at: Range<usize>,
        key: &'static str,
        args: &[(&'static str, &str)],
    ) {
        let mut start = at.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let before = self.text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        self.found.push(Diagnostic {
            level,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            key,
            args: args
                .iter()
                .map(|(name, value)| (*name, shortened(value)))
                .collect(),
        });
    }

    pub(crate) fn has_error(&self) -> bool {
        self.found.iter().any(|fault| fault.level == Level::Error)
    }

    /// All faults, in the order of the text.
    pub(crate) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by_key(|fault| (fault.line, fault.column, fault.level));
        self.found
    }
}

/// A fault cites at most this much of the text.
fn shortened(value: &str) -> String {
    const CITED_MAX: usize = 160;
    if value.chars().count() <= CITED_MAX {
        return value.to_owned();
    }
    value.chars().take(CITED_MAX).chain(['…']).collect()
}

/// The known word nearest to an unknown one, when it is near enough to be meant.
pub(crate) fn nearest<'a>(
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (distance(unknown, word), word))
        .min()
        .filter(|(distance, word)| *distance <= 1 + word.chars().count() / 4)
        .map(|(_, word)| word)
}

/// Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (j, b) in other.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or(usize::MAX - 1);
            left = (diagonal + usize::from(a != *b))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        let known = ["severity", "article", "act"];
        assert_eq!(nearest("severty", known), Some("severity"));
        assert_eq!(nearest("artcile", known), Some("article"));
        assert_eq!(nearest("couleur", known), None);
    }
}

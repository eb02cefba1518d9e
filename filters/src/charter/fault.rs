//! What is wrong with a charter's text, and where.
//!
//! A fault is a key of the catalogue with its arguments, so that it can be said in French and English.

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

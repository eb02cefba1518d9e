//! A verdict: one rule matched one event, and exactly what matched. Owns its words in plain French and English.
//!
//! Never decides anything: verdicts are made by [`crate::judge`]. Next: `text/fr.ftl` for the sentences.

use std::fmt;

use serde::{Deserialize, Serialize};
use vigie_protocol::{Private, RuleId, Span};

use crate::charter::{Act, Charter, Severity};
use crate::text;

/// One rule matched one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The rule.
    pub rule: RuleId,
    /// The chat family, or the list category that decided; else the rule's own category.
    pub category: Option<String>,
    /// How grave the rule says it is.
    pub severity: Severity,
    /// What the rule asks for.
    pub act: Act,
    /// The article that the rule cites.
    pub article: String,
    /// What matched.
    pub evidence: Evidence,
}

/// What matched, exactly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The words as written, or the host or URL as the client wrote it. Empty for a threshold: its evidence is its count.
    pub text: Private<String>,
    /// Byte ranges of `text` that matched, in order, on character boundaries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<(u32, u32)>,
    /// The list entry, phrase, pattern or threshold that decided (`vpn: croxyproxy.com`, `5 en 10 min`).
    pub by: String,
    /// The step that revealed a hidden host (`punycode`, `ipv4-hex`…); empty when it was written plainly.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revealed_by: String,
    /// What a window saw, for a rule that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
}

/// What a window saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// How many events were counted.
    pub times: u32,
    /// In which time at most.
    #[serde(rename = "within_ms")]
    pub within: Span,
    /// For a sequence: the rule that had matched before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<RuleId>,
}

impl Repeat {
    /// `3 fois en 5 min`; of a sequence, `en moins de 10 min`.
    pub fn words(&self, lang: &str) -> String {
        let span = span_words(self.within);
        let times = self.times.to_string();
        let args = [("times", times.as_str()), ("span", span.as_str())];
        let key = if self.after.is_some() {
            "repeat-sequence"
        } else {
            "repeat-count"
        };
        text::say(lang, key, &args)
    }
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = span_words(self.within);
        match &self.after {
            Some(rule) => write!(f, "{rule} < {span}"),
            None => write!(f, "{} / {span}", self.times),
        }
    }
}

/// A span in the language of charters: `10 min`, its space unbroken.
fn span_words(span: Span) -> String {
    let seconds = span.0 / 1_000;
    if seconds % 3_600 == 0 {
        format!("{}\u{a0}h", seconds / 3_600)
    } else if seconds % 60 == 0 {
        format!("{}\u{a0}min", seconds / 60)
    } else {
        format!("{seconds}\u{a0}s")
    }
}

/// The verdict in one plain sentence, in French (`fr`) or English (`en`).
pub fn explain(charter: &Charter, verdict: &Verdict, lang: &str) -> String {
    let rule = charter.rules.iter().find(|rule| rule.id == verdict.rule);
    let article = charter
        .articles
        .iter()
        .find(|article| article.number == verdict.article);
    let title = rule.map_or(verdict.rule.as_str(), |rule| rule.title.in_lang(lang));
    let article_title = article.map_or("", |article| article.title.in_lang(lang));
    let evidence = &verdict.evidence;
    let whole = evidence.text.reveal();
    let matched: Vec<&str> = evidence
        .spans
        .iter()
        .filter_map(|&(from, to)| whole.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?))
        .collect();
    let matched = if matched.is_empty() {
        whole.clone()
    } else {
        matched.join(" … ")
    };
    let before = evidence.repeat.as_ref().and_then(|it| it.after.as_ref());
    let before = before.map_or("", |id| {
        let first = charter.rules.iter().find(|rule| rule.id == *id);
        first.map_or(id.as_str(), |rule| rule.title.in_lang(lang))
    });
    let repeat = evidence.repeat.as_ref().map(|it| it.words(lang));
    let repeat = repeat.as_deref().unwrap_or(&evidence.by);
    let key = match (matched.is_empty(), before.is_empty()) {
        (true, true) => "explain-count",
        (true, false) => "explain-sequence",
        _ if evidence.repeat.is_some() => "explain-repeated",
        _ if evidence.revealed_by.is_empty() => "explain",
        _ => "explain-revealed",
    };
    let revealed = text::say(lang, &format!("revealed-{}", evidence.revealed_by), &[]);
    text::say(
        lang,
        key,
        &[
            ("title", title),
            ("article", &verdict.article),
            ("article_title", article_title),
            ("matched", &matched),
            ("by", &evidence.by),
            ("repeat", repeat),
            ("before", before),
            ("revealed", &revealed),
        ],
    )
}

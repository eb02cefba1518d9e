//! A verdict: one rule matched one event, and exactly what matched. Owns its words in plain French and English.
//!
//! Never decides anything: verdicts are made by [`crate::judge`]. Next: `text/fr.ftl` for the sentences.

use serde::{Deserialize, Serialize};
use vigie_protocol::{Private, RuleId};

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
    let whole = verdict.evidence.text.reveal();
    let matched: Vec<&str> = verdict
        .evidence
        .spans
        .iter()
        .filter_map(|&(from, to)| whole.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?))
        .collect();
    let matched = if matched.is_empty() {
        whole.clone()
    } else {
        matched.join(" … ")
    };
    let key = if matched.is_empty() {
        "explain-count"
    } else if verdict.evidence.revealed_by.is_empty() {
        "explain"
    } else {
        "explain-revealed"
    };
    let revealed = text::say(
        lang,
        &format!("revealed-{}", verdict.evidence.revealed_by),
        &[],
    );
    text::say(
        lang,
        key,
        &[
            ("title", title),
            ("article", &verdict.article),
            ("article_title", article_title),
            ("matched", &matched),
            ("by", &verdict.evidence.by),
            ("revealed", &revealed),
        ],
    )
}

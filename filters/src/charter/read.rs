//! From text to a charter and everything that is wrong with it.
//!
//! Reads the whole text whatever its faults, then checks what needs the whole: articles and rules that are cited, windows, and
//! each rule's own examples. Never fails and never matches by itself: examples go through the compiled rules.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;
use vigie_protocol::Digest;

use super::fault::{Faults, nearest};
use super::rule::condition::check_host;
use super::rule::{self, Draft};
use super::table::{Reading, texts};
use super::{Allow, Article, Charter, Counted, Diagnostic, Rule, Severity, Topic, When, Words};
use crate::rules::RuleSet;

/// Longest charter that is read, in bytes.
pub(crate) const TEXT_MAX: usize = 4 * 1024 * 1024;

/// Reads a charter. Never fails: errors are diagnostics, and a charter with an error must not be adopted.
pub fn read_charter(text: &str) -> (Charter, Vec<Diagnostic>) {
    let mut faults = Faults::of(text);
    let mut charter = Charter {
        digest: Digest::of(text),
        title: Words::default(),
        articles: Vec::new(),
        rules: Vec::new(),
        phrases: BTreeMap::new(),
        topics: Vec::new(),
        allow: Allow::default(),
    };
    if text.len() > TEXT_MAX {
        faults.error(0..0, "too-long", &[("max", &TEXT_MAX.to_string())]);
        return (charter, faults.into_sorted());
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().unwrap_or(0..0);
        faults.error(at, "not-toml", &[("why", error.message())]);
    }
    let mut root = Reading::of(table.get_ref(), 0..0, "charter");
    charter.title = root.words("title", &mut faults);
    read_articles(&mut root, &mut charter, &mut faults);
    if let Some(sets) = root.table("phrases", "[phrases]", &mut faults) {
        for (name, value) in sets.all() {
            let set = texts(value, name.value, &mut faults);
            let set = set.into_iter().map(|phrase| phrase.value).collect();
            charter.phrases.insert(name.value.to_owned(), set);
        }
    }
    for mut topic in root.tables("topic", "[[topic]]", &mut faults) {
        let names = topic.texts("names", &mut faults);
        let words = topic.texts("words", &mut faults);
        if names.is_empty() {
            topic.missing("names", &mut faults);
        }
        topic.finish(&mut faults);
        charter.topics.push(Topic {
            names: names.into_iter().map(|one| one.value).collect(),
            words: words.into_iter().map(|one| one.value).collect(),
        });
    }
    if let Some(mut allow) = root.table("allow", "[allow]", &mut faults) {
        let hosts = allow.texts("hosts", &mut faults);
        for host in &hosts {
            check_host(host, &mut faults);
        }
        let categories = allow.texts("categories", &mut faults);
        allow.finish(&mut faults);
        charter.allow = Allow {
            hosts: hosts.into_iter().map(|one| one.value).collect(),
            categories: categories.into_iter().map(|one| one.value).collect(),
        };
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for table in root.tables("rule", "[[rule]]", &mut faults) {
        drafts.push(rule::read(table, &charter.phrases, &mut faults));
    }
    root.finish(&mut faults);
    check_citations(&charter, &drafts, &mut faults);
    check_windows(&drafts, &mut faults);
    charter.rules = drafts.iter().map(|draft| draft.rule.clone()).collect();
    if !faults.has_error() {
        check_examples(&charter, &drafts, &mut faults);
    }
    (charter, faults.into_sorted())
}

fn read_articles(root: &mut Reading<'_, '_>, charter: &mut Charter, faults: &mut Faults<'_>) {
    let mut numbers = BTreeSet::new();
    for mut article in root.tables("article", "[[article]]", faults) {
        let number = article.required("number", faults);
        let title = article.words("title", faults);
        let words = article.words("words", faults);
        if !number.value.is_empty() && !numbers.insert(number.value.clone()) {
            faults.error(number.at, "duplicate-article", &[("number", &number.value)]);
        }
        article.finish(faults);
        charter.articles.push(Article {
            number: number.value,
            title,
            words,
        });
    }
}

/// Rules have names of their own and cite articles that exist.
fn check_citations(charter: &Charter, drafts: &[Draft], faults: &mut Faults<'_>) {
    let mut ids = BTreeSet::new();
    for draft in drafts {
        let id = draft.rule.id.as_str();
        if !id.is_empty() && !ids.insert(id) {
            faults.error(draft.id_at.clone(), "duplicate-rule", &[("id", id)]);
        }
        let cited = draft.rule.article.as_str();
        let numbers = || {
            charter
                .articles
                .iter()
                .map(|article| article.number.as_str())
        };
        if cited.is_empty() || numbers().any(|number| number == cited) {
            continue;
        }
        let at = draft.article_at.clone();
        match nearest(cited, numbers()) {
            Some(near) => faults.error(
                at,
                "unknown-article-near",
                &[("number", cited), ("near", near)],
            ),
            None => faults.error(at, "unknown-article", &[("number", cited)]),
        }
    }
}

/// Windows count rules that exist and that judge a single event; rules with a window cannot block.
fn check_windows(drafts: &[Draft], faults: &mut Faults<'_>) {
    for draft in drafts {
        if !draft.rule.is_stateless() && draft.rule.act == super::Act::Block {
            faults.error(draft.act_at.clone(), "stateful-blocks", &[]);
        }
        for (counted, at) in &draft.counted {
            let at = at.clone();
            match counted {
                Counted::Rule(id) => match drafts.iter().find(|other| other.rule.id == *id) {
                    None => {
                        let ids = drafts.iter().map(|other| other.rule.id.as_str());
                        match nearest(id.as_str(), ids) {
                            Some(near) => faults.error(
                                at,
                                "unknown-rule-near",
                                &[("id", id.as_str()), ("near", near)],
                            ),
                            None => faults.error(at, "unknown-rule", &[("id", id.as_str())]),
                        }
                    }
                    Some(other) if !other.rule.is_stateless() => {
                        faults.error(at, "counts-stateful", &[("id", id.as_str())]);
                    }
                    Some(_) => {}
                },
                Counted::Act(act) => {
                    let known =
                        |other: &&Draft| other.rule.act == *act && other.rule.is_stateless();
                    if !drafts.iter().any(|other| known(&other)) {
                        faults.warning(at, "counts-nothing", &[("category", "act")]);
                    }
                }
                Counted::Category(category) => {
                    let known = drafts.iter().any(|other| {
                        other.rule.category.as_deref() == Some(category)
                            || other.rule.when.any_leaf(&mut |leaf| {
                                matches!(leaf, When::Connection(one) if one.categories.contains(category))
                            })
                    });
                    if !known {
                        faults.warning(at, "counts-nothing", &[("category", category)]);
                    }
                }
            }
        }
        if draft.rule.severity == Severity::Distress && draft.rule.act == super::Act::Block {
            faults.error(draft.act_at.clone(), "distress-blocks", &[]);
        }
    }
}

/// A charter whose own examples fail does not do what its author thinks.
fn check_examples(charter: &Charter, drafts: &[Draft], faults: &mut Faults<'_>) {
    if drafts.iter().all(|draft| draft.examples.is_empty()) {
        return;
    }
    let rules = RuleSet::new(charter.clone(), None);
    for (number, draft) in drafts.iter().enumerate() {
        for example in &draft.examples {
            let holds = example
                .setting
                .as_ref()
                .is_none_or(|(setting, at)| draft.rule.limits.admit(setting, *at));
            let matches = holds && rules.example_matches(number, &example.text, &example.task);
            if matches != example.must_match {
                let key = if example.must_match {
                    "example-missed"
                } else {
                    "example-caught"
                };
                faults.error(
                    example.at.clone(),
                    key,
                    &[("example", &example.text), ("id", draft.rule.id.as_str())],
                );
            }
        }
    }
}

impl Rule {
    /// A rule that could not be read: it matches nothing.
    pub(crate) fn unreadable() -> Self {
        Self {
            id: "".into(),
            article: String::new(),
            title: Words::default(),
            severity: Severity::Info,
            act: super::Act::Note,
            category: None,
            to_pupil: Words::default(),
            limits: super::Limits::default(),
            yields_to: Vec::new(),
            when: When::Any(Vec::new()),
        }
    }
}

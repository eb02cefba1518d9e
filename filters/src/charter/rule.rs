//! Reading one `[[rule]]`: its words, its severity, where it holds, its examples, and when it matches.
//!
//! Checks everything that the rule's own text can tell. What needs the other rules is checked by [`super::read`].
//! Next: [`condition`] for what a rule looks for.

pub(crate) mod condition;
mod scope;
mod window;

use std::collections::BTreeMap;
use std::ops::Range;

use vigie_protocol::{RuleId, Setting, Stamp};

use super::fault::{Faults, nearest};
use super::limits::Limits;
use super::table::{Placed, Reading, as_table};
use super::{Act, Counted, Rule, Severity, When};
use condition::condition;

type Sets = BTreeMap<String, Vec<String>>;

/// A rule with the places of what is checked later.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) rule: Rule,
    pub(crate) id_at: Range<usize>,
    pub(crate) article_at: Range<usize>,
    pub(crate) act_at: Range<usize>,
    pub(crate) counted: Vec<(Counted, Range<usize>)>,
    pub(crate) examples: Vec<Example>,
}

/// One of a rule's own examples.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) text: String,
    pub(crate) task: String,
    /// Where and when, for an example of the rule's limits.
    pub(crate) setting: Option<(Setting, Stamp)>,
    pub(crate) must_match: bool,
    pub(crate) at: Range<usize>,
}

pub(crate) fn read(mut table: Reading<'_, '_>, sets: &Sets, faults: &mut Faults<'_>) -> Draft {
    let id = table.required("id", faults);
    let article = table.required("article", faults);
    let title = table.words("title", faults);
    let to_pupil = table.words("to_pupil", faults);
    let category = table.text("category", faults);
    let severity = one_of(
        &mut table,
        "severity",
        &[
            ("info", Severity::Info),
            ("low", Severity::Low),
            ("medium", Severity::Medium),
            ("high", Severity::High),
            ("distress", Severity::Distress),
        ],
        faults,
    );
    let act = one_of(
        &mut table,
        "act",
        &[
            ("note", Act::Note),
            ("alert", Act::Alert),
            ("block", Act::Block),
        ],
        faults,
    );
    if !id.value.is_empty() && !is_slug(&id.value) {
        faults.error(id.at.clone(), "bad-id", &[("id", &id.value)]);
    }
    let limits = Limits {
        only: scope::read(&mut table, "only", faults),
        except: scope::read(&mut table, "except", faults),
    };
    let mut counted = Vec::new();
    let when = condition(&mut table, sets, 0, &mut counted, faults);
    let yields_to = window::counted_list(&mut table, "yields_to", &mut counted, faults);
    let mut examples = Vec::new();
    read_examples(&mut table, "matches", &mut examples, faults);
    read_examples(&mut table, "spares", &mut examples, faults);
    let mut rule = Rule::unreadable();
    rule.id = RuleId::new(id.value);
    rule.article = article.value;
    rule.title = title;
    rule.to_pupil = to_pupil;
    rule.category = category.map(|category| category.value);
    rule.severity = severity.as_ref().map_or(Severity::Info, |one| one.value);
    rule.act = act.as_ref().map_or(Act::Note, |one| one.value);
    rule.when = when;
    rule.limits = limits;
    rule.yields_to = yields_to;
    let act_at = act.map_or(table.at.clone(), |one| one.at);
    check_whole(&rule, &table, &act_at, &examples, faults);
    table.finish(faults);
    Draft {
        rule,
        id_at: id.at,
        article_at: article.at,
        act_at,
        counted,
        examples,
    }
}

fn check_whole(
    rule: &Rule,
    table: &Reading<'_, '_>,
    act_at: &Range<usize>,
    examples: &[Example],
    faults: &mut Faults<'_>,
) {
    if matches!(rule.when, When::Not(_)) {
        faults.error(table.at.clone(), "only-not", &[]);
    }
    if !rule.is_stateless() {
        for example in examples {
            faults.error(example.at.clone(), "example-stateful", &[]);
        }
    }
    let only_connections = !rule
        .when
        .any_leaf(&mut |leaf| !matches!(leaf, When::Connection(_)));
    if rule.act == Act::Block && rule.is_stateless() && !only_connections {
        faults.error(act_at.clone(), "blocks-no-connection", &[]);
    }
}

fn is_slug(id: &str) -> bool {
    id.len() <= 64
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A word that must be there.
fn one_of<T: Copy>(
    table: &mut Reading<'_, '_>,
    key: &'static str,
    words: &[(&'static str, T)],
    faults: &mut Faults<'_>,
) -> Option<Placed<T>> {
    let word = table.required(key, faults);
    known(word, key, words, faults)
}

/// A word that may be missing.
fn choice<T: Copy>(
    table: &mut Reading<'_, '_>,
    key: &'static str,
    words: &[(&'static str, T)],
    faults: &mut Faults<'_>,
) -> Option<T> {
    let word = table.text(key, faults)?;
    known(word, key, words, faults).map(|one| one.value)
}

/// The value of a word, or a fault that says which words there are.
fn known<T: Copy>(
    word: Placed<String>,
    key: &'static str,
    words: &[(&'static str, T)],
    faults: &mut Faults<'_>,
) -> Option<Placed<T>> {
    let Placed { value, at } = word;
    if let Some((_, found)) = words.iter().find(|(name, _)| *name == value) {
        return Some(Placed { value: *found, at });
    }
    if !value.is_empty() {
        let names = || words.iter().map(|(name, _)| *name);
        let all = names().collect::<Vec<_>>().join(", ");
        let near = nearest(&value, names());
        let mut args = vec![("word", value.as_str()), ("key", key), ("known", &*all)];
        args.extend(near.map(|near| ("near", near)));
        let fault = if near.is_some() {
            "unknown-word-near"
        } else {
            "unknown-word"
        };
        faults.error(at, fault, &args);
    }
    None
}

fn read_examples(
    table: &mut Reading<'_, '_>,
    key: &'static str,
    examples: &mut Vec<Example>,
    faults: &mut Faults<'_>,
) {
    let Some(value) = table.take(key) else {
        return;
    };
    let Some(array) = value.get_ref().as_array() else {
        faults.error(value.span(), "kind-examples", &[("key", key)]);
        return;
    };
    for one in array {
        let mut example = Example {
            text: String::new(),
            task: String::new(),
            setting: None,
            must_match: key == "matches",
            at: one.span(),
        };
        if let Some(text) = one.get_ref().as_str() {
            text.clone_into(&mut example.text);
        } else if let Some(mut table) =
            as_table(one, key, "{ text, task, room, class, kind, at }", faults)
        {
            example.text = table.required("text", faults).value;
            example.task = table
                .text("task", faults)
                .map_or_else(String::new, |task| task.value);
            example.setting = scope::setting(&mut table, faults);
            table.finish(faults);
        }
        examples.push(example);
    }
}

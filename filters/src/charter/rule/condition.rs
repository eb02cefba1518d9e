//! Reading what one rule looks for: connections, messages, applications, presence, and their combinations.
//!
//! Checks everything that a condition's own text can tell: regexes that compile within their bounds, ports, host patterns,
//! phrases. Next: [`super::window`] for conditions that remember.

use std::ops::Range;

use regex::RegexBuilder;

use super::super::fault::{Faults, nearest};
use super::super::table::{Placed, Reading};
use super::super::{
    ApplicationWhen, ChatWhen, ConnectionWhen, Counted, Detector, LearnedWhen, TaskSpares, When,
};
use super::window::{count, number, sequence};
use super::{Sets, one_of};
use crate::chat::learned::FAMILIES;
use crate::chat::phrase::{PhraseFault, Trie};

/// Most bytes that one compiled regex may take.
pub(crate) const REGEX_BYTES_MAX: usize = 256 * 1024;
/// Deepest nesting of `all`, `any` and `not`.
const DEPTH_MAX: usize = 4;
/// The kinds of condition, of which a rule has exactly one.
const KINDS: [&str; 9] = [
    "connection",
    "chat",
    "application",
    "presence",
    "count",
    "sequence",
    "all",
    "any",
    "not",
];

/// The one condition of a rule or of a part of one.
pub(super) fn condition(
    table: &mut Reading<'_, '_>,
    sets: &Sets,
    depth: usize,
    counted: &mut Vec<(Counted, Range<usize>)>,
    faults: &mut Faults<'_>,
) -> When {
    let nothing = When::Any(Vec::new());
    let present: Vec<&'static str> = KINDS
        .into_iter()
        .filter(|kind| table.take(kind).is_some())
        .collect();
    let [kind] = present.as_slice() else {
        let args = [
            ("known", &*KINDS.join(", ")),
            ("found", &*present.join(", ")),
        ];
        let key = if present.is_empty() {
            "no-condition"
        } else {
            "many-conditions"
        };
        faults.error(table.at.clone(), key, &args);
        return nothing;
    };
    if depth > DEPTH_MAX {
        faults.error(table.at.clone(), "too-deep", &[]);
        return nothing;
    }
    match *kind {
        "connection" => table
            .table("connection", "connection", faults)
            .map_or(nothing, |part| connection(part, faults)),
        "chat" => table
            .table("chat", "chat", faults)
            .map_or(nothing, |part| chat(part, sets, faults)),
        "application" => table
            .table("application", "application", faults)
            .map_or(nothing, |part| application(part, faults)),
        "presence" => {
            let words = [("absent", false), ("present", true)];
            one_of(table, "presence", &words, faults)
                .map_or(nothing, |one| When::Presence { present: one.value })
        }
        "count" => table
            .table("count", "count", faults)
            .map_or(nothing, |part| count(part, counted, faults)),
        "sequence" => table
            .table("sequence", "sequence", faults)
            .map_or(nothing, |part| sequence(part, counted, faults)),
        "not" => match table.table("not", "not", faults) {
            Some(mut part) => {
                let inner = condition(&mut part, sets, depth + 1, counted, faults);
                part.finish(faults);
                When::Not(Box::new(inner))
            }
            None => nothing,
        },
        "all" => When::All(parts(table, "all", sets, depth, counted, faults)),
        _ => When::Any(parts(table, "any", sets, depth, counted, faults)),
    }
}

fn parts(
    table: &mut Reading<'_, '_>,
    key: &'static str,
    sets: &Sets,
    depth: usize,
    counted: &mut Vec<(Counted, Range<usize>)>,
    faults: &mut Faults<'_>,
) -> Vec<When> {
    let mut read = Vec::new();
    for mut part in table.tables(key, key, faults) {
        read.push(condition(&mut part, sets, depth + 1, counted, faults));
        part.finish(faults);
    }
    if read.iter().all(|part| matches!(part, When::Not(_))) {
        faults.error(table.at.clone(), "only-not", &[]);
    }
    read
}

fn connection(mut table: Reading<'_, '_>, faults: &mut Faults<'_>) -> When {
    let categories = table.texts("categories", faults);
    let hosts = table.texts("hosts", faults);
    let urls = table.texts("urls", faults);
    let ports = table.integers("ports", faults);
    let bare_address = table.truth("bare_address", faults);
    let spare_hosts = table.texts("spare_hosts", faults);
    for host in hosts.iter().chain(&spare_hosts) {
        check_host(host, faults);
    }
    for url in &urls {
        check_regex(url, faults);
        faults.warning(url.at.clone(), "url-sees-hosts", &[]);
    }
    let ports: Vec<u16> = ports
        .iter()
        .filter_map(|port| match u16::try_from(port.value) {
            Ok(number) if number > 0 => Some(number),
            _ => {
                faults.error(
                    port.at.clone(),
                    "bad-port",
                    &[("port", &port.value.to_string())],
                );
                None
            }
        })
        .collect();
    if categories.is_empty()
        && hosts.is_empty()
        && urls.is_empty()
        && ports.is_empty()
        && !bare_address
    {
        faults.error(
            table.at.clone(),
            "matches-nothing",
            &[("where", "connection")],
        );
    }
    table.finish(faults);
    When::Connection(ConnectionWhen {
        categories: values(categories),
        hosts: values(hosts),
        urls: values(urls),
        ports,
        bare_address,
        spare_hosts: values(spare_hosts),
    })
}

fn values(placed: Vec<Placed<String>>) -> Vec<String> {
    placed.into_iter().map(|one| one.value).collect()
}

/// A host pattern: a name, or a pattern with stars; never a URL.
pub(crate) fn check_host(host: &Placed<String>, faults: &mut Faults<'_>) {
    let fine = !host.value.is_empty()
        && host.value.len() <= 253
        && host.value.contains(|one: char| one.is_alphanumeric())
        && !host
            .value
            .contains(|one: char| one.is_whitespace() || "/:?#@,[]".contains(one));
    if !fine {
        faults.error(host.at.clone(), "bad-host", &[("host", &host.value)]);
    }
}

fn check_regex(pattern: &Placed<String>, faults: &mut Faults<'_>) {
    let why = match RegexBuilder::new(&pattern.value)
        .size_limit(REGEX_BYTES_MAX)
        .build()
    {
        Ok(regex) if regex.is_match("") => {
            faults.error(
                pattern.at.clone(),
                "regex-empty",
                &[("regex", &pattern.value)],
            );
            return;
        }
        Ok(_) => return,
        Err(regex::Error::CompiledTooBig(_)) => {
            let max = REGEX_BYTES_MAX.to_string();
            faults.error(pattern.at.clone(), "regex-too-big", &[("max", &max)]);
            return;
        }
        Err(error) => error.to_string(),
    };
    // The last line of the error says what is wrong; the others draw it.
    let why = why
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    faults.error(
        pattern.at.clone(),
        "bad-regex",
        &[("regex", &pattern.value), ("why", why)],
    );
}

fn chat(mut table: Reading<'_, '_>, sets: &Sets, faults: &mut Faults<'_>) -> When {
    let phrases = phrase_list(&mut table, "phrases", sets, faults);
    let spare = phrase_list(&mut table, "spare", sets, faults);
    let spare_if = phrase_list(&mut table, "spare_if", sets, faults);
    let regex = table.texts("regex", faults);
    for pattern in &regex {
        check_regex(pattern, faults);
    }
    let detectors = [
        ("phone", Detector::Phone),
        ("email", Detector::Email),
        ("card", Detector::Card),
        ("iban", Detector::Iban),
        ("address", Detector::Address),
    ];
    let mut detect = Vec::new();
    for word in table.texts("detect", faults) {
        if let Some((_, detector)) = detectors.iter().find(|(name, _)| *name == word.value) {
            detect.push(*detector);
        } else {
            let names: Vec<&str> = detectors.iter().map(|(name, _)| *name).collect();
            let known = names.join(", ");
            let args = [
                ("word", &*word.value),
                ("key", "detect"),
                ("known", &*known),
            ];
            faults.error(word.at, "unknown-word", &args);
        }
    }
    let task = if table.take("task_spares").is_some() {
        let words = [
            ("match", TaskSpares::Match),
            ("message", TaskSpares::Message),
        ];
        one_of(&mut table, "task_spares", &words, faults)
            .map_or(TaskSpares::Nothing, |one| one.value)
    } else {
        TaskSpares::Nothing
    };
    let learned = learned(&mut table, faults);
    if phrases.is_empty() && regex.is_empty() && detect.is_empty() && learned.is_none() {
        faults.error(table.at.clone(), "matches-nothing", &[("where", "chat")]);
    }
    table.finish(faults);
    When::Chat(ChatWhen {
        phrases,
        regex: values(regex),
        detect,
        spare,
        spare_if,
        task,
        learned,
    })
}

/// `learned = { family = "insult", at_least = 80 }`.
fn learned(table: &mut Reading<'_, '_>, faults: &mut Faults<'_>) -> Option<LearnedWhen> {
    let mut inner = table.table("learned", "learned", faults)?;
    let mut places = 0..;
    let families = FAMILIES.map(|family| (family, places.next().unwrap_or(0)));
    let family = one_of(&mut inner, "family", &families, faults);
    if inner.take("at_least").is_none() {
        inner.missing("at_least", faults);
    }
    let at_least = number(&mut inner, "at_least", (50, 99), faults);
    inner.finish(faults);
    Some(LearnedWhen {
        family: family?.value,
        at_least: u8::try_from(at_least?).ok()?,
    })
}

/// Phrases, with `@set` replaced by the phrases of the set.
fn phrase_list(
    table: &mut Reading<'_, '_>,
    key: &'static str,
    sets: &Sets,
    faults: &mut Faults<'_>,
) -> Vec<String> {
    let mut list = Vec::new();
    for phrase in table.texts(key, faults) {
        let phrases = match phrase.value.strip_prefix('@') {
            None => vec![phrase.value.clone()],
            Some(name) => {
                let Some(set) = sets.get(name) else {
                    unknown_set(&phrase.at, name, sets, faults);
                    continue;
                };
                set.clone()
            }
        };
        for text in &phrases {
            let fault = Trie::default().add(text, sets, 0).err();
            let key = match &fault {
                None => continue,
                Some(PhraseFault::UnknownSet(name)) => {
                    unknown_set(&phrase.at, name, sets, faults);
                    continue;
                }
                Some(PhraseFault::Unclosed) => "phrase-unclosed",
                Some(PhraseFault::TooDeep) => "phrase-too-deep",
                Some(PhraseFault::TooWide) => "phrase-too-wide",
                Some(PhraseFault::Empty) => "phrase-empty",
            };
            faults.error(phrase.at.clone(), key, &[("phrase", text)]);
        }
        list.extend(phrases);
    }
    list
}

fn unknown_set(at: &Range<usize>, name: &str, sets: &Sets, faults: &mut Faults<'_>) {
    match nearest(name, sets.keys().map(String::as_str)) {
        Some(near) => faults.error(
            at.clone(),
            "unknown-set-near",
            &[("set", name), ("near", near)],
        ),
        None => faults.error(at.clone(), "unknown-set", &[("set", name)]),
    }
}

fn application(mut table: Reading<'_, '_>, faults: &mut Faults<'_>) -> When {
    let names = table.texts("names", faults);
    let titles = table.texts("titles", faults);
    for title in &titles {
        check_regex(title, faults);
        faults.warning(title.at.clone(), "reads-titles", &[]);
    }
    if names.is_empty() && titles.is_empty() {
        faults.error(
            table.at.clone(),
            "matches-nothing",
            &[("where", "application")],
        );
    }
    table.finish(faults);
    When::Application(ApplicationWhen {
        names: values(names),
        titles: values(titles),
    })
}

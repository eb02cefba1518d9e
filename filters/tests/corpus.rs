//! How well the charter that ships tells the families apart, on both halves of the corpus: the tuning half, on which its rules
//! were written and its model learned, and the held-out half, by an author who had seen no rule (`corpus/HELDOUT.md`).
//!
//! Both are self-written; other people's data say less. Of the held-out half only totals are ever printed. The figures stand in
//! the output of `cargo test -p vigie-filters --test corpus -- --nocapture`; floors hold them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a test may fail loudly"
)]

#[path = "corpus/halves.rs"]
mod halves;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use halves::{Line, heldout, near, tuning};
use vigie_filters::cli::judge_lines;
use vigie_filters::{default_charter, read_charter};
use vigie_protocol::Digest;

const FAMILIES: [&str; 8] = [
    "insult",
    "threat",
    "sexual",
    "distress",
    "bypass",
    "personal_data",
    "cheating",
    "off_task",
];

/// What the charter says of each line: the rules that speak, with their categories.
fn judge(charter: &str, events: &[serde_json::Value]) -> Vec<Vec<(String, String)>> {
    let input: String = events.iter().map(|event| format!("{event}\n")).collect();
    let mut out = Vec::new();
    judge_lines(charter, None, &mut Cursor::new(input), &mut out).unwrap();
    String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            let verdicts = answer["verdicts"].as_array().unwrap();
            let text = |one: &serde_json::Value| one.as_str().unwrap_or_default().to_owned();
            verdicts
                .iter()
                .map(|one| (text(&one["rule"]), text(&one["category"])))
                .collect()
        })
        .collect()
}

/// The families that the charter sees in each line, standing alone, under the task that is given.
fn families(
    charter: &str,
    lines: &[Line],
    task: impl Fn(usize) -> String,
) -> Vec<BTreeSet<String>> {
    let events: Vec<serde_json::Value> = lines
        .iter()
        .enumerate()
        .map(|(place, line)| {
            serde_json::json!({"kind": "chat", "at_ms": 0, "task": task(place), "text": line.text, "channel": line.channel})
        })
        .collect();
    let mut judged = Vec::new();
    for verdicts in judge(charter, &events) {
        judged.push(verdicts.into_iter().map(|(_, category)| category).collect());
    }
    judged
}

#[derive(Default)]
struct Score {
    right: u32,
    missed: u32,
    wrong: u32,
}

impl Score {
    fn percent(part: u32, other: u32) -> f64 {
        100.0 * f64::from(part) / f64::from((part + other).max(1))
    }
    fn precision(&self) -> f64 {
        Self::percent(self.right, self.wrong)
    }
    fn recall(&self) -> f64 {
        Self::percent(self.right, self.missed)
    }
}

/// Measures a half. Lines that were told wrong are printed only where they may be looked at.
fn measure(
    name: &str,
    charter: &str,
    lines: &[Line],
    may_look: bool,
) -> BTreeMap<&'static str, Score> {
    let found = families(charter, lines, |place| lines[place].task.clone());
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for (line, found) in lines.iter().zip(&found) {
        for known in FAMILIES {
            let score = scores.entry(known).or_default();
            match (line.families.contains(known), found.contains(known)) {
                (true, true) => score.right += 1,
                (true, false) => score.missed += 1,
                (false, true) => score.wrong += 1,
                (false, false) => {}
            }
            let is_wrong = line.families.contains(known) != found.contains(known);
            if may_look && is_wrong && std::env::var_os("VIGIE_MISSES").is_some() {
                let sign = if found.contains(known) { '+' } else { '-' };
                println!("    {sign}{known}: {} [{}]", line.text, line.task);
            }
        }
    }
    println!("{name}, self-written, {} lines", lines.len());
    for (family, score) in &scores {
        let (precision, recall) = (score.precision(), score.recall());
        println!("  {family:14} precision {precision:5.1} %  recall {recall:5.1} %");
    }
    scores
}

#[test]
fn families_are_told_apart() {
    let tuning = measure("tuning half", default_charter(), &tuning(), true);
    for (family, score) in tuning {
        let (precision, recall) = (score.precision(), score.recall());
        assert!(
            precision >= 85.0 && recall >= 85.0,
            "{family}: precision {precision}, recall {recall}"
        );
    }
    // Without the learned judge, to see what it is worth.
    let phrases: String = default_charter()
        .lines()
        .filter(|line| !line.starts_with("learned = "))
        .map(|line| format!("{line}\n"))
        .collect();
    measure("held-out half, phrases alone", &phrases, &heldout(), false);
    let heldout = measure("held-out half", default_charter(), &heldout(), false);
    for (family, score) in heldout {
        let (precision, recall) = (score.precision(), score.recall());
        assert!(
            precision >= 55.0 && recall >= 25.0,
            "{family}: precision {precision}, recall {recall}"
        );
    }
}

/// The task counts: without it, or under another's, innocent lines are taken for what they are not.
#[test]
fn the_task_spares_what_belongs_to_it() {
    for (name, lines) in [("tuning half", tuning()), ("held-out half", heldout())] {
        let innocent: Vec<Line> = lines
            .into_iter()
            .filter(|line| line.families.is_empty() && !line.task.is_empty())
            .collect();
        let flagged = |task: &dyn Fn(usize) -> String| {
            families(default_charter(), &innocent, task)
                .iter()
                .filter(|found| !found.is_empty())
                .count()
        };
        let others: Vec<&str> = innocent.iter().map(|line| line.task.as_str()).collect();
        let with = flagged(&|place| innocent[place].task.clone());
        let without = flagged(&|_| String::new());
        let swapped = flagged(&|place| {
            let half = others.len() / 2;
            let other = (0..others.len())
                .map(|step| others[(place + half + step) % others.len()])
                .find(|other| *other != innocent[place].task);
            other.unwrap_or_default().to_owned()
        });
        println!(
            "{name}: of {} innocent lines with a task, flagged {with} with it, {without} without, {swapped} under another",
            innocent.len()
        );
        assert!(
            without > with && swapped > with,
            "{name}: {with} {without} {swapped}"
        );
    }
}

/// One joke is nothing, ten minutes of football is something: conversations as they were written, line after line.
#[test]
fn the_window_tells_talk_from_a_joke() {
    let lines: Vec<Line> = heldout()
        .into_iter()
        .filter(|line| !line.group.is_empty())
        .collect();
    let events: Vec<serde_json::Value> = lines
        .iter()
        .map(|line| {
            let seat = format!("{}/{}", line.group, line.seat);
            let channel = format!("{}/{}", line.group, line.channel);
            serde_json::json!({"kind": "chat", "at_ms": line.at_s * 1000, "task": line.task, "text": line.text, "seat": seat, "channel": channel})
        })
        .collect();
    let mut groups: BTreeMap<&str, (usize, usize, bool)> = BTreeMap::new();
    for (line, verdicts) in lines.iter().zip(judge(default_charter(), &events)) {
        let group = groups.entry(&line.group).or_default();
        group.0 += 1;
        group.1 += usize::from(line.families.contains("off_task"));
        group.2 |= verdicts.iter().any(|(rule, _)| rule == "bavardage");
    }
    let count = |wanted: &dyn Fn(usize, usize) -> bool, alerted: bool| {
        groups
            .values()
            .filter(|(all, off, alert)| wanted(*all, *off) && (!alerted || *alert))
            .count()
    };
    let drifting = |all: usize, off: usize| off >= 4 && off * 2 > all;
    let working = |_: usize, off: usize| off <= 2;
    println!(
        "conversations: {} of {} that are mostly off task alert, {} of {} with at most two such lines",
        count(&drifting, true),
        count(&drifting, false),
        count(&working, true),
        count(&working, false),
    );
    assert_eq!(count(&working, true), 0);
}

/// The held-out half is what its author committed.
#[test]
fn the_heldout_half_is_untouched() {
    let digest = Digest::of(include_str!("../corpus/heldout.tsv"));
    assert!(
        include_str!("../corpus/HELDOUT.md").contains(digest.as_str()),
        "{digest}"
    );
}

/// No line of the tuning half is nearly one of the held-out half. `VIGIE_DEDUP=1` removes those that are from the tuning half.
#[test]
fn the_halves_share_no_line() {
    let doubles = near(&tuning(), &heldout());
    if doubles.is_empty() {
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/tuning.tsv");
    if std::env::var_os("VIGIE_DEDUP").is_some() {
        let text = std::fs::read_to_string(path).unwrap();
        let kept: String = text
            .lines()
            .filter(|line| {
                let text = line.rsplit('\t').next().unwrap();
                line.starts_with('#') || !doubles.contains(text)
            })
            .map(|line| format!("{line}\n"))
            .collect();
        std::fs::write(path, kept).unwrap();
    }
    panic!(
        "{} lines of the tuning half are nearly in the held-out half",
        doubles.len()
    );
}

/// The families of the corpus are the charter's.
#[test]
fn the_charter_has_every_family() {
    let (charter, _) = read_charter(default_charter());
    for family in FAMILIES {
        let has = |rule: &vigie_filters::Rule| rule.category.as_deref() == Some(family);
        assert!(charter.rules.iter().any(has), "{family}");
    }
}

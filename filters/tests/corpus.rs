//! How well the charter that ships tells the families apart, on a corpus written by the author of its rules (`corpus/`): the
//! figures are printed, and floors hold them. Self-written figures flatter; other people's data say less.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::io::Cursor;

use vigie_filters::cli::judge_lines;
use vigie_filters::default_charter;

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

#[derive(Default)]
struct Score {
    right: u32,
    missed: Vec<String>,
    wrong: Vec<String>,
}

/// The families that the charter sees in each message, standing alone.
fn judge(messages: &[(&str, &str, &str)]) -> Vec<Vec<String>> {
    let input: String = messages
        .iter()
        .map(|(_, task, text)| {
            serde_json::json!({"kind": "chat", "at_ms": 0, "task": task, "text": text}).to_string()
                + "\n"
        })
        .collect();
    let mut out = Vec::new();
    judge_lines(default_charter(), None, &mut Cursor::new(input), &mut out).unwrap();
    String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            let verdicts = answer["verdicts"].as_array().unwrap();
            verdicts
                .iter()
                .filter_map(|one| Some(one["category"].as_str()?.to_owned()))
                .collect()
        })
        .collect()
}

#[test]
fn families_are_told_apart() {
    let corpus = include_str!("../corpus/messages.tsv");
    let messages: Vec<(&str, &str, &str)> = corpus
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut parts = line.splitn(3, '\t');
            let mut next = || parts.next().unwrap_or_else(|| panic!("{line}"));
            (next(), next(), next())
        })
        .collect();
    assert!(messages.len() >= 300, "{}", messages.len());
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for ((family, task, text), found) in messages.iter().zip(judge(&messages)) {
        let said = format!("{text} [{task}]");
        for known in FAMILIES {
            let score = scores.entry(known).or_default();
            let is_found = found.iter().any(|one| one == known);
            match (*family == known, is_found) {
                (true, true) => score.right += 1,
                (true, false) => score.missed.push(said.clone()),
                (false, true) => score.wrong.push(said.clone()),
                (false, false) => {}
            }
        }
    }
    println!("self-written corpus, {} messages", messages.len());
    for (family, score) in &scores {
        let share =
            |part: u32, other: usize| 100 * part / (part + u32::try_from(other).unwrap()).max(1);
        let precision = share(score.right, score.wrong.len());
        let recall = share(score.right, score.missed.len());
        println!("{family:14} precision {precision:3} %  recall {recall:3} %");
        println!("    missed {:?}\n    wrong {:?}", score.missed, score.wrong);
        assert!(
            precision >= 80 && recall >= 90,
            "{family}: precision {precision}, recall {recall}"
        );
    }
}

//! The examples of `charter/LANGUAGE.md` do what the document says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::io::Cursor;

use vigie_filters::cli::{check, judge_lines};

const DOCUMENT: &str = include_str!("../charter/LANGUAGE.md");
const HEAD: &str = r#"title = { fr = "Essai" }
[[article]]
number = "1"
title = { fr = "Un" }
words = { fr = "Mots" }
"#;

/// The blocks of the document in order: their language and their text.
fn blocks() -> Vec<(String, String)> {
    DOCUMENT
        .split("```")
        .skip(1)
        .step_by(2)
        .map(|block| {
            let (name, text) = block.split_once('\n').unwrap();
            (name.to_owned(), text.to_owned())
        })
        .collect()
}

fn charter(text: &str) -> String {
    if text.starts_with("title") {
        text.to_owned()
    } else {
        HEAD.to_owned() + text
    }
}

fn faults(charter: &str) -> Vec<String> {
    let mut out = Vec::new();
    check("c", charter, None, "en", &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let mut lines: Vec<String> = out
        .lines()
        .filter_map(|line| line.strip_prefix("c:"))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

fn judged(charter: &str, events: &str) -> Vec<String> {
    let mut out = Vec::new();
    judge_lines(charter, None, &mut Cursor::new(events.to_owned()), &mut out).unwrap();
    String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            let verdicts = answer["verdicts"]
                .as_array()
                .unwrap_or_else(|| panic!("{line}"));
            let rules: Vec<&str> = verdicts
                .iter()
                .map(|one| one["rule"].as_str().unwrap())
                .collect();
            rules.join(" ")
        })
        .collect()
}

#[test]
fn the_examples_of_the_document_hold() {
    let blocks = blocks();
    let (mut charters, mut events) = (0, 0);
    for (place, (name, text)) in blocks.iter().enumerate() {
        if name != "toml" {
            continue;
        }
        charters += 1;
        let charter = charter(text);
        let after = blocks.get(place + 1);
        let expected: Vec<String> = match after {
            Some((name, faults)) if name == "check" => faults.lines().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        assert_eq!(faults(&charter), expected, "{charter}");
        let Some((_, lines)) = after.filter(|(name, _)| name == "judge") else {
            continue;
        };
        let (mut asked, mut expected) = (String::new(), Vec::new());
        for line in lines.lines() {
            let (event, rules) = line.split_once("} =>").unwrap();
            // A line of the document may leave the moment out.
            let mut event: serde_json::Value = serde_json::from_str(&format!("{event}}}")).unwrap();
            let object = event.as_object_mut().unwrap();
            object.entry("at_ms").or_insert(0.into());
            asked += &format!("{event}\n");
            expected.push(rules.trim().to_owned());
        }
        events += expected.len();
        assert_eq!(judged(&charter, &asked), expected, "{charter}");
    }
    assert!(charters >= 7 && events >= 20, "{charters} {events}");
}

//! Every fault of a charter is named at its line and column, and windows, sparing and explaining work as the language says.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::io::Cursor;

use vigie_filters::cli::{check, judge_lines};
use vigie_filters::{RuleSet, explain, needs, read_charter};
use vigie_protocol::Sensor;

const HEAD: &str = r#"title = { fr = "Essai", en = "Trial" }
[[article]]
number = "1"
title = { fr = "Un", en = "One" }
words = { fr = "Mots" }
"#;

/// A rule with this inside.
fn rule(id: &str, inside: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\narticle = \"1\"\nseverity = \"low\"\ntitle = {{ fr = \"T\", en = \"T\" }}\nto_pupil = {{ fr = \"P\" }}\n{inside}\n"
    )
}

/// What `check` says in English, without its last line.
fn check_text(text: &str, expect: &[&str]) {
    let mut out = Vec::new();
    check("c", text, None, "en", &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let mut said: Vec<&str> = out.lines().collect();
    said.pop();
    assert_eq!(said, expect, "{text}");
}

#[test]
fn faults_are_named_where_they_are() {
    let with = |inside: &str| HEAD.to_owned() + &rule("r", inside);
    check_text(
        &with("act = \"alert\"\nchat = { phrases = [\"a b\"] }"),
        &[],
    );
    check_text(
        &with("act = \"alert\"\nchat = { phrase = [\"a\"] }"),
        &[
            "c:13:8: error: “chat” looks for nothing: this rule would never match",
            "c:13:10: error: there is no “phrase” in chat; did you mean “phrases”?",
        ],
    );
    check_text(
        &with("act = \"alert\"\nconnection = { ports = [70000] , hosts = [\"http://x\"] }"),
        &[
            "c:13:25: error: 70000 is no port: from 1 to 65535",
            "c:13:43: error: “http://x” is no host name: write example.org or *.example.*, without http:// or a path",
        ],
    );
    check_text(
        &with("act = \"alert\"\nconnection = { urls = [\"a/(b\"] }"),
        &[
            "c:13:24: error: the regex “a/(b” is wrong: unclosed group",
            "c:13:24: warning: without the browser extension a URL rule sees only the host of an https page; it sees the whole address only in http",
        ],
    );
    check_text(
        &with(
            "act = \"alert\"\nchat = { phrases = [\"mat\"] }\nmatches = [\"un chat\"]\nspares = [\"le mat\"]",
        ),
        &[
            "c:14:12: error: the example “un chat” should trigger the rule “r” and does not",
            "c:15:11: error: the example “le mat” should not trigger the rule “r” and does",
        ],
    );
    let stateful = "act = \"block\"\ncount = { of = [\"r\"], at_least = 3, within = \"5 min\" }";
    check_text(
        &(with("act = \"note\"\nchat = { phrases = [\"a\"] }") + &rule("s", stateful)),
        &[
            "c:20:7: error: a rule that counts over a window may not block: the agent blocks at once and offline, so it can rely on nothing but the event itself; only stateless rules may block",
        ],
    );
    check_text(
        &with("act = \"alert\"\nchat = { phrases = [\"a\"] }")
            .replace("article = \"1\"", "article = \"11\""),
        &["c:8:11: error: there is no article 11 in this charter; did you mean 1?"],
    );
    check_text(
        &with("act = \"alert\""),
        &[
            "c:6:1: error: the rule does not say when it matches; expected one of these keys: connection, chat, application, presence, count, sequence, all, any, not",
        ],
    );
    check_text(
        "title = ",
        &["c:1:9: error: this is not TOML: string values must be quoted, expected literal string"],
    );
}

fn judged(charter: &str, lines: &str) -> String {
    let mut out = Vec::new();
    judge_lines(charter, None, &mut Cursor::new(lines.to_owned()), &mut out).unwrap();
    let mut said = String::new();
    for line in String::from_utf8(out).unwrap().lines() {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        let rules: Vec<String> = match answer["verdicts"].as_array() {
            Some(verdicts) => verdicts
                .iter()
                .map(|one| one["rule"].as_str().unwrap().to_owned())
                .collect(),
            None => vec!["error".to_owned()],
        };
        said += &(rules.join(" ") + "\n");
    }
    said
}

#[test]
fn a_window_counts_by_seat_and_says_itself_once() {
    let charter = HEAD.to_owned()
        + &rule(
            "bavarde",
            "act = \"note\"\ncategory = \"off_task\"\nchat = { phrases = [\"foot\"] }",
        )
        + &rule(
            "dure",
            "act = \"alert\"\ncount = { of = [\"category:off_task\"], at_least = 3, within = \"1 min\" }",
        );
    let say = |seat: &str, seconds: i64| {
        format!(
            "{{\"kind\":\"chat\",\"at_ms\":{},\"seat\":{seat},\"text\":\"foot\"}}\n",
            seconds * 1000
        )
    };
    let lines = [
        say("1", 0),
        say("1", 10),
        say("2", 11),
        say("1", 20),
        say("1", 30),
        say("1", 300),
    ]
    .concat()
        + "not json\n{\"kind\":\"chat\",\"at_ms\":1,\"text\":\"foot\"}\n";
    assert_eq!(
        judged(&charter, &lines),
        "bavarde\nbavarde\nbavarde\nbavarde dure\nbavarde\nbavarde\nerror\nbavarde\n"
    );
}

#[test]
fn parts_combine() {
    let charter = HEAD.to_owned()
        + &rule(
            "sauf",
            "act = \"note\"\nall = [{ connection = { hosts = [\"example.org\"] } }, { not = { connection = { hosts = [\"ok.example.org\"] } } }]",
        );
    let ask = |url: &str| format!("{{\"kind\":\"connection\",\"at_ms\":0,\"url\":\"{url}\"}}\n");
    let lines = [
        ask("https://a.example.org/"),
        ask("https://ok.example.org/"),
        ask("https://x@EXAMPLE.ORG./"),
    ]
    .concat();
    assert_eq!(judged(&charter, &lines), "sauf\n\nsauf\n");
}

#[test]
fn a_verdict_explains_itself_and_sensors_follow_the_rules() {
    let text =
        HEAD.to_owned() + &rule("mot", "act = \"note\"\nchat = { phrases = [\"gros mot\"] }");
    let (charter, faults) = read_charter(&text);
    assert!(faults.is_empty());
    assert_eq!(
        needs(&charter).into_iter().collect::<Vec<_>>(),
        [Sensor::Chat]
    );
    let rules = RuleSet::new(charter, None);
    let event = vigie_protocol::EventKind::Chat {
        channel: "room".into(),
        text: "Quel GROS   môt, non ?".to_owned().into(),
    };
    let verdicts = vigie_filters::judge(
        &rules,
        &vigie_filters::Memory::default(),
        &vigie_filters::Context::default(),
        vigie_protocol::Stamp(0),
        &event,
    );
    assert_eq!(
        explain(rules.charter(), &verdicts[0], "fr"),
        "T (article 1, Un)\u{a0}: «\u{a0}GROS   môt\u{a0}», reconnu par «\u{a0}gros mot\u{a0}»."
    );
    assert_eq!(verdicts[0].evidence.spans, [(5, 16)]);
}

#[test]
fn long_and_odd_messages_are_answered() {
    let charter = vigie_filters::default_charter();
    let ask = |text: &str| {
        serde_json::json!({"kind": "chat", "at_ms": 0, "text": text}).to_string() + "\n"
    };
    let url = serde_json::json!({"kind": "connection", "at_ms": 0, "url": "http://".to_owned() + &"a.".repeat(500_000)}).to_string() + "\n";
    let lines = ask(&"c o n ".repeat(150_000))
        + &ask(&"*".repeat(1_000_000))
        + &ask(&"é\u{301}🔪".repeat(100_000))
        + &url;
    assert_eq!(judged(charter, &lines).lines().count(), 4);
}

//! Any bytes as a message under the charter that ships: normalised, matched, learned, and every piece of evidence cites the words
//! as they were written. The first line is the task when there are two.
//!
//! Used by the fuzz target and by `tests/replay.rs`.

use std::sync::OnceLock;

use vigie_filters::{
    Context, Memory, RuleSet, Severity, default_charter, explain, judge, read_charter,
};
use vigie_protocol::{EventKind, Stamp};

/// Panics when something is not as it should be.
pub(crate) fn check(bytes: &[u8]) {
    static RULES: OnceLock<RuleSet> = OnceLock::new();
    let rules = RULES.get_or_init(|| RuleSet::new(read_charter(default_charter()).0, None));
    let text = String::from_utf8_lossy(bytes);
    let (task, words) = text.split_once('\n').unwrap_or(("", &text));
    let context = Context {
        task,
        ..Context::default()
    };
    let event = EventKind::Chat {
        channel: "room".into(),
        text: words.to_owned().into(),
    };
    let verdicts = judge(rules, &Memory::default(), &context, Stamp(0), &event);
    let distress = verdicts
        .iter()
        .any(|one| one.severity == Severity::Distress);
    for verdict in &verdicts {
        assert!(!distress || verdict.severity == Severity::Distress);
        let cited = verdict.evidence.text.reveal();
        assert_eq!(cited, words);
        let mut end = 0;
        assert!(!verdict.evidence.spans.is_empty());
        for &(from, to) in &verdict.evidence.spans {
            let (from, to) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
            assert!(from >= end && to > from, "spans overlap");
            assert!(cited.get(from..to).is_some(), "a span cuts a character");
            end = to;
        }
        assert!(!explain(rules.charter(), verdict, "fr").is_empty());
    }
    // The same again is the same.
    let again = judge(rules, &Memory::default(), &context, Stamp(0), &event);
    assert_eq!(verdicts, again);
}

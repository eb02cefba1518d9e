//! Any bytes as a charter: read with its faults named inside the text, and, whatever is wrong with it, compiled and asked.
//!
//! Used by the fuzz target and by `tests/replay.rs`.

use vigie_filters::{Context, Memory, RuleSet, explain, judge, needs, read_charter};
use vigie_protocol::{EventKind, SeatNo, Stamp};

/// Panics when something is not as it should be.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (charter, faults) = read_charter(&text);
    let lines = text.split('\n').count();
    for fault in &faults {
        let line = usize::try_from(fault.line).unwrap_or(usize::MAX);
        assert!((1..=lines).contains(&line), "a fault outside the text");
        assert!(!fault.message("fr").is_empty());
    }
    needs(&charter);
    let rules = RuleSet::new(charter, None);
    let mut memory = Memory::default();
    for (place, words) in ["salut sale con", "vpn 06 12 34 56 78", "c o n 💥"]
        .iter()
        .enumerate()
    {
        let event = EventKind::Chat {
            channel: "room".into(),
            text: (*words).to_owned().into(),
        };
        let at = Stamp(i64::try_from(place).unwrap_or(0) * 1_000);
        for verdict in judge(&rules, &memory, &Context::default(), at, &event) {
            assert!(!explain(rules.charter(), &verdict, "fr").is_empty());
            memory.note(SeatNo(1), at, None, &verdict);
        }
    }
}

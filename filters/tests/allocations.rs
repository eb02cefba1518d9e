//! Judging what matches nothing allocates nothing, under a charter of 300 rules and 5,000 phrases.

#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an allocator that counts is unsafe by its trait; a test may fail loudly"
)]

#[path = "../benches/support/charter.rs"]
mod charter;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use vigie_filters::{Context, Level, Memory, RuleSet, judge, read_charter};
use vigie_protocol::{Connection, EventKind, Outcome, Scheme, Stamp};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's own promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's own promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn nothing_is_allocated_where_nothing_matches() {
    let (charter, faults) = read_charter(&charter::filled());
    let errors: Vec<_> = faults
        .iter()
        .filter(|fault| fault.level == Level::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(charter.rules.len(), 300);
    let rules = RuleSet::new(charter, None);
    let memory = Memory::default();
    let chat = |text: &str| EventKind::Chat {
        channel: "room".into(),
        text: text.to_owned().into(),
    };
    let connection = |host: &str, url: Option<&str>| {
        EventKind::Connection(Connection {
            host: host.to_owned(),
            port: 443,
            scheme: Scheme::Https,
            url: url.map(|url| url.to_owned().into()),
            outcome: Outcome::Passed,
            block: None,
            times: 1,
        })
    };
    let events = [
        chat("tu peux relire mon paragraphe sur la tectonique des plaques avant midi stp"),
        chat("j'ai mis l'image du volcan dans la diapo 3, tu regardes ?"),
        connection("www.geologie-facile.example", None),
        connection(
            "cours.example.org",
            Some("https://cours.example.org/4e/volcans?page=2"),
        ),
    ];
    let context = Context {
        task: "Exposé : les volcans",
        ..Context::default()
    };
    for event in &events {
        // Tables are made and buffers grow at the first reading.
        for _ in 0..3 {
            judge(&rules, &memory, &context, Stamp(0), event);
        }
        let before = COUNT.with(Cell::get);
        let verdicts = judge(&rules, &memory, &context, Stamp(0), event);
        let after = COUNT.with(Cell::get);
        assert!(verdicts.is_empty(), "{verdicts:?}");
        assert_eq!(after - before, 0, "{event:?}");
    }
}

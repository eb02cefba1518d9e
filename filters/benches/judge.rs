//! What judging costs: a 75-byte message and a connection under a charter of 300 rules and 5,000 phrases (the one that ships, filled up
//! with generated rules), beside what others would do with the same phrases.
//!
//! `cargo bench -p vigie-filters --bench judge`. Figures inform; nothing is asserted here. That the path which matches nothing
//! allocates nothing is a test (`tests/allocations.rs`).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench may fail loudly"
)]

#[path = "support/charter.rs"]
mod charter;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use regex::RegexSet;
use rustrict::CensorStr;
use vigie_filters::{Context, Memory, RuleSet, judge, read_charter};
use vigie_protocol::{Connection, EventKind, Outcome, Scheme, Stamp};

const INNOCENT: &str = "tu peux relire mon paragraphe sur la tectonique des plaques avant midi stp";
const INSULTING: &str =
    "mais t'es vraiment qu'un gros c0nnard toi laisse les autres finir la page 4";

fn chat(text: &str) -> EventKind {
    EventKind::Chat {
        channel: "room".into(),
        text: text.to_owned().into(),
    }
}

fn connection(host: &str) -> EventKind {
    EventKind::Connection(Connection {
        host: host.to_owned(),
        port: 443,
        scheme: Scheme::Https,
        url: None,
        outcome: Outcome::Passed,
        block: None,
        times: 1,
    })
}

fn judging(bench: &mut Criterion) {
    let (charter, _) = read_charter(&charter::filled());
    let rules = RuleSet::new(charter, None);
    let memory = Memory::default();
    let context = Context::default();
    let events = [
        ("message, nothing", chat(INNOCENT)),
        ("message, an insult", chat(INSULTING)),
        (
            "connection, nothing",
            connection("www.geologie-facile.example"),
        ),
        ("connection, a proxy", connection("www.croxyproxy.com")),
    ];
    for (name, event) in &events {
        bench.bench_function(name, |timer| {
            timer.iter(|| judge(&rules, &memory, &context, Stamp(0), black_box(event)));
        });
    }
    let phrases = charter::phrases();
    let set = RegexSet::new(phrases.iter().map(|phrase| regex::escape(phrase))).unwrap();
    bench.bench_function("peer: RegexSet of the phrases, as they are", |timer| {
        timer.iter(|| set.is_match(black_box(INNOCENT)));
    });
    bench.bench_function("peer: rustrict, its own English words", |timer| {
        timer.iter(|| black_box(INNOCENT).is_inappropriate());
    });
}

criterion_group!(benches, judging);
criterion_main!(benches);

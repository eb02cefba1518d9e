//! The charter: its language, its lists, its verdicts. Text goes in, verdicts come out; no clock, no IO except opening a
//! compiled list.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vigie_protocol::{Digest, EventKind, Private, RuleId, SeatNo, Sensor, Stamp};

/// A charter that was read, whatever its faults: what could not be read is in the diagnostics.
#[derive(Clone, Debug)]
pub struct Charter {
    pub digest: Digest,
    pub title: String,
    pub articles: Vec<Article>,
    pub rules: Vec<Rule>,
    // the helper adds what the language needs (phrase sets, …)
}

#[derive(Clone, Debug)]
pub struct Article {
    /// As cited: `4.2`.
    pub number: String,
    pub title: String,
    /// Plain words to the pupil.
    pub words: String,
}

/// A rule as written; its matcher is the language's own business.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: RuleId,
    pub article: String,
    pub title: String,
    pub severity: Severity,
    pub act: Act,
    /// Category of chat families and list rules (`insult`, `vpn`, …).
    pub category: Option<String>,
    /// Words to the pupil when it matches.
    pub to_pupil: String,
}

/// Least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Distress,
}

/// What a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Recorded and counted, shown to nobody by itself.
    Note,
    /// Shown to an adult: `Look` on the tile when the severity is `Low`, `Alert` above.
    Alert,
    /// Stopped by the agent at once, and shown to an adult.
    Block,
}

/// One rule matched one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub rule: RuleId,
    pub category: Option<String>,
    pub severity: Severity,
    pub act: Act,
    pub article: String,
    pub evidence: Evidence,
}

/// What matched, exactly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The words as written, or the host or URL.
    pub text: Private<String>,
    /// Byte ranges of `text` that matched, in order.
    pub spans: Vec<(u32, u32)>,
    /// The list entry, phrase, or threshold that decided (`vpn: croxyproxy.com`, `5 en 10 min`).
    pub by: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Error,
    Warning,
}

/// What `charter check` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub level: Level,
    pub line: u32,
    pub column: u32,
    pub message: String,
}

/// Reads a charter. Never fails: errors are diagnostics, and a charter with an error must not be adopted.
pub fn read_charter(_text: &str) -> (Charter, Vec<Diagnostic>) {
    todo!()
}

/// The charter that ships.
pub fn default_charter() -> &'static str {
    ""
}

/// A compiled list file, mapped.
#[derive(Debug)]
pub struct Lists {}

/// Everything that a rule may look at beside the event.
#[derive(Clone, Debug, Default)]
pub struct Context<'a> {
    pub seat: SeatNo,
    /// The session's task in words.
    pub task: &'a str,
}

/// A charter compiled: each rule in the cheapest strategy that can decide it.
#[derive(Debug)]
pub struct RuleSet {}

impl RuleSet {
    pub fn new(_charter: Charter, _lists: Option<Arc<Lists>>) -> Self {
        todo!()
    }
    pub fn charter(&self) -> &Charter {
        todo!()
    }
    pub fn list_digest(&self) -> Option<&Digest> {
        todo!()
    }
    /// The first blocking rule that this connection meets, for the agent: stateless rules only.
    pub fn blocks(&self, _host: &str, _port: u16, _url: Option<&str>) -> Option<Verdict> {
        todo!()
    }
}

/// What rules with a window remember, by seat and rule. Plain state: judged from, never judged in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {}

impl Memory {
    /// Remembers that a verdict was recorded for this seat.
    pub fn note(&mut self, _seat: SeatNo, _at: Stamp, _verdict: &Verdict) {
        todo!()
    }
}

/// All verdicts on one event, in charter order. A distress verdict suppresses the others of the same message.
pub fn judge(
    _rules: &RuleSet,
    _memory: &Memory,
    _context: &Context<'_>,
    _at: Stamp,
    _event: &EventKind,
) -> Vec<Verdict> {
    todo!()
}

/// Which sensors may run under this charter.
pub fn needs(_charter: &Charter) -> BTreeSet<Sensor> {
    todo!()
}

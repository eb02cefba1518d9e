//! Same connections within a short window are counted, not repeated.
//!
//! The first of a kind is said at once. Those that follow within the window are said together when it ends, as one event
//! whose `times` is their number: the sum of all `times` is the number of attempts, and nothing is rounded away.

use std::collections::BTreeMap;

use vigie_protocol::{Connection, Outcome, RuleId, Scheme, Span, Stamp};

use crate::clock::{Mono, Now};

/// Repeats of a connection that passed or failed wait this long.
const REPEAT_WINDOW: Span = Span(10_000);
/// Repeats of a blocked one are watched by an adult, so they wait less.
const BLOCKED_WINDOW: Span = Span(2_000);
/// Most kinds of connection counted at once; beyond it the one that is due first is said early.
const KINDS_MAX: usize = 512;

/// What makes two connections the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    host: String,
    port: u16,
    scheme: Scheme,
    outcome: Outcome,
    rule: Option<RuleId>,
    url: Option<vigie_protocol::Private<String>>,
}

#[derive(Debug)]
struct Count {
    /// As last seen.
    connection: Connection,
    /// Seen and not yet said.
    waiting: u32,
    last: Stamp,
    ends: Mono,
}

/// The kinds seen lately.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    kinds: BTreeMap<Kind, Count>,
    /// Said early because there were too many kinds.
    early: Vec<(Stamp, Connection)>,
}

impl Repeats {
    /// What to say now, if anything. A URL is kept only where some rule reads URLs.
    pub(super) fn take(
        &mut self,
        now: Now,
        mut connection: Connection,
        urls: bool,
    ) -> Option<Connection> {
        if !urls {
            connection.url = None;
        }
        let kind = Kind {
            host: connection.host.to_ascii_lowercase(),
            port: connection.port,
            scheme: connection.scheme,
            outcome: connection.outcome,
            rule: connection.block.as_ref().map(|block| block.rule.clone()),
            url: connection.url.clone(),
        };
        let times = connection.times.max(1);
        if let Some(count) = self.kinds.get_mut(&kind) {
            count.waiting = count.waiting.saturating_add(times);
            count.last = now.at;
            count.connection = connection;
            return None;
        }
        self.make_room();
        connection.times = times;
        let count = Count {
            connection: connection.clone(),
            waiting: 0,
            last: now.at,
            ends: now.mono + window(&connection),
        };
        self.kinds.insert(kind, count);
        Some(connection)
    }

    /// When the next window ends.
    pub(super) fn due(&self) -> Option<Mono> {
        if !self.early.is_empty() {
            return Some(Mono::default());
        }
        self.kinds.values().map(|count| count.ends).min()
    }

    /// What the windows that ended by now had counted, oldest first.
    pub(super) fn expire(&mut self, now: Mono) -> Vec<(Stamp, Connection)> {
        let mut said = std::mem::take(&mut self.early);
        self.kinds.retain(|_, count| {
            if now < count.ends {
                return true;
            }
            let busy = count.waiting > 0;
            said.extend(count.flush());
            count.ends = now + window(&count.connection);
            busy
        });
        said.sort_by_key(|(at, _)| *at);
        said
    }

    /// Everything counted, and forgets it.
    pub(super) fn drain(&mut self) -> Vec<(Stamp, Connection)> {
        let mut said = std::mem::take(&mut self.early);
        for (_, mut count) in std::mem::take(&mut self.kinds) {
            said.extend(count.flush());
        }
        said.sort_by_key(|(at, _)| *at);
        said
    }

    fn make_room(&mut self) {
        if self.kinds.len() < KINDS_MAX {
            return;
        }
        let first = self.kinds.iter().min_by_key(|(_, count)| count.ends);
        if let Some(kind) = first.map(|(kind, _)| kind.clone())
            && let Some(mut count) = self.kinds.remove(&kind)
        {
            self.early.extend(count.flush());
        }
    }
}

impl Count {
    fn flush(&mut self) -> Option<(Stamp, Connection)> {
        let times = std::mem::take(&mut self.waiting);
        (times > 0).then(|| {
            let connection = Connection {
                times,
                ..self.connection.clone()
            };
            (self.last, connection)
        })
    }
}

fn window(connection: &Connection) -> Span {
    if connection.block.is_some() {
        BLOCKED_WINDOW
    } else {
        REPEAT_WINDOW
    }
}

//! The rehearsal of a charter: the sessions that are still in the journal, judged again by rules that are not in force.
//!
//! Owns the comparison and nothing else: the room's own `decide` and `apply` run over the recorded events, so a rehearsal judges
//! exactly as a session would. Never writes; never tells words or people, only counts. What adults dismissed as false is
//! followed, so that a new version can be seen to learn from it.

use std::collections::{BTreeMap, BTreeSet};

use vigie_filters::RuleSet;
use vigie_protocol::{AlertId, RuleId, SeatNo, Seq, SessionId, Span};
use vigie_room::{Fact, Input, Record, Room, apply, decide};

/// What would change for one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Verdicts as they were recorded.
    pub(crate) before: u64,
    /// Verdicts by the rehearsed charter.
    pub(crate) after: u64,
    /// Verdicts that adults dismissed as false.
    pub(crate) dismissed: u64,
    /// Of those, how many the rehearsed charter would give again.
    pub(crate) again: u64,
}

type Judged = (SeatNo, Seq, RuleId);

/// Judges a session's records again and adds what would change to `changes`.
pub(crate) fn rehearse(
    session: SessionId,
    records: &[Record],
    rules: &RuleSet,
    changes: &mut BTreeMap<RuleId, Change>,
) {
    let mut room = Room::new(session);
    let mut recorded: BTreeMap<AlertId, Judged> = BTreeMap::new();
    let mut dismissed: BTreeSet<AlertId> = BTreeSet::new();
    let mut given: BTreeSet<Judged> = BTreeSet::new();
    for (rev, record) in (1..).zip(records) {
        match &record.fact {
            Fact::Judged { seat, seq, verdict } => {
                let change = changes.entry(verdict.rule.clone()).or_default();
                change.before = change.before.saturating_add(1);
                recorded.insert(AlertId(rev), (*seat, *seq, verdict.rule.clone()));
            }
            Fact::Dismissed { alert, .. } => {
                dismissed.insert(*alert);
            }
            // They speak of alerts by numbers that a rehearsal gives anew.
            Fact::Acknowledged { .. } | Fact::Raised { .. } | Fact::Disagreed { .. } => {}
            Fact::Saw { seat, event } => {
                let Some(workstation) = room.workstation_at(*seat).cloned() else {
                    continue;
                };
                let input = Input::Event {
                    workstation,
                    // Corrected already when it was recorded.
                    ahead: Span(0),
                    event: event.clone(),
                };
                for new in decide(&room, rules, record.at, input) {
                    if let Fact::Judged { seat, seq, verdict } = &new.fact {
                        let change = changes.entry(verdict.rule.clone()).or_default();
                        change.after = change.after.saturating_add(1);
                        given.insert((*seat, *seq, verdict.rule.clone()));
                    }
                    apply(&mut room, &new);
                }
            }
            _ => {
                apply(&mut room, record);
            }
        }
    }
    for judged in dismissed.iter().filter_map(|alert| recorded.get(alert)) {
        let change = changes.entry(judged.2.clone()).or_default();
        change.dismissed = change.dismissed.saturating_add(1);
        if given.contains(judged) {
            change.again = change.again.saturating_add(1);
        }
    }
}

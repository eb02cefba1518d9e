//! What rules with a window remember: the verdicts of each seat, for as long as any window may ask. Plain state, equal after a
//! replay; read by [`crate::judge`], updated only by [`Memory::note`] from records.
//!
//! Never longer than [`WINDOW_MAX`] and never more than [`NOTED_MAX`] verdicts a seat: the oldest are dropped.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use vigie_protocol::{RuleId, SeatNo, Span, Stamp};

use crate::verdict::Verdict;

/// The longest window that a rule may ask for.
pub(crate) const WINDOW_MAX: Span = Span::minutes(240);
/// Most verdicts kept for one seat; the oldest is dropped beyond.
pub(crate) const NOTED_MAX: usize = 512;

/// What happened at each seat lately, as far as rules with a window may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memory {
    seats: BTreeMap<SeatNo, VecDeque<Noted>>,
}

/// One verdict, without its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    /// When, by the agent's time as clamped by the server.
    #[serde(rename = "at_ms")]
    pub(crate) at: Stamp,
    /// The rule that matched.
    pub(crate) rule: RuleId,
    /// The verdict's category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<String>,
}

impl Memory {
    /// Remembers that a verdict was recorded for this seat.
    pub fn note(&mut self, seat: SeatNo, at: Stamp, verdict: &Verdict) {
        let noted = self.seats.entry(seat).or_default();
        noted.push_back(Noted {
            at,
            rule: verdict.rule.clone(),
            category: verdict.category.clone(),
        });
        let newest = noted.iter().map(|one| one.at).max().unwrap_or(at);
        noted.retain(|one| newest - one.at <= WINDOW_MAX);
        while noted.len() > NOTED_MAX {
            noted.pop_front();
        }
    }

    /// Forgets a seat: somebody else sits there now, who answers for nothing that came before.
    pub fn forget(&mut self, seat: SeatNo) {
        self.seats.remove(&seat);
    }

    /// What was noted at a seat, in the order in which it was recorded.
    pub(crate) fn at_seat(&self, seat: SeatNo) -> impl DoubleEndedIterator<Item = &Noted> {
        self.seats.get(&seat).into_iter().flatten()
    }
}

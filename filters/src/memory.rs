//! What rules with a window remember: the verdicts of each seat, and who wrote in which channel when, for as long as any window
//! may ask. Plain state, equal after a replay; read by [`crate::judge`], updated only from records ([`Memory::note`],
//! [`Memory::hear`], [`Memory::forget`]).
//!
//! Never a word of a message. Never longer than [`WINDOW_MAX`] and never more than [`NOTED_MAX`] verdicts a seat and
//! [`HEARD_MAX`] messages a channel: the oldest are dropped.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use vigie_protocol::{ChannelId, EventKind, RuleId, SeatNo, Span, Stamp};

use crate::charter::Act;
use crate::verdict::Verdict;

/// The longest window that a rule may ask for.
pub(crate) const WINDOW_MAX: Span = Span::minutes(240);
/// Most verdicts kept for one seat; the oldest is dropped beyond.
pub(crate) const NOTED_MAX: usize = 512;
/// Most messages of a channel that are remembered; the oldest is dropped beyond.
pub(crate) const HEARD_MAX: usize = 1_024;
/// Most channels whose messages are remembered; a message in another is not.
const CHANNELS_MAX: usize = 256;

/// What happened lately, as far as rules with a window may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    seats: BTreeMap<SeatNo, VecDeque<Noted>>,
    /// When who wrote in a channel: every message, whatever it said.
    heard: BTreeMap<ChannelId, VecDeque<(Stamp, SeatNo)>>,
}

/// One verdict, without its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    /// When, by the agent's time as clamped by the server.
    #[serde(rename = "at_ms")]
    pub(crate) at: Stamp,
    /// The rule that matched.
    pub(crate) rule: RuleId,
    /// What the rule asked for.
    pub(crate) act: Act,
    /// The verdict's category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<String>,
    /// The channel of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) channel: Option<ChannelId>,
}

impl Memory {
    /// Remembers that a verdict was recorded for this seat; of a message with its channel.
    pub fn note(
        &mut self,
        seat: SeatNo,
        at: Stamp,
        channel: Option<&ChannelId>,
        verdict: &Verdict,
    ) {
        let channel = channel.cloned();
        let noted = self.seats.entry(seat).or_default();
        noted.push_back(Noted {
            at,
            rule: verdict.rule.clone(),
            act: verdict.act,
            category: verdict.category.clone(),
            channel,
        });
        let newest = noted.iter().map(|one| one.at).max().unwrap_or(at);
        noted.retain(|one| newest - one.at <= WINDOW_MAX);
        while noted.len() > NOTED_MAX {
            noted.pop_front();
        }
    }

    /// Remembers that a message was written at a seat: when and in which channel, never what.
    pub fn hear(&mut self, seat: SeatNo, at: Stamp, channel: &ChannelId) {
        if !self.heard.contains_key(channel) && self.heard.len() >= CHANNELS_MAX {
            return;
        }
        let heard = self.heard.entry(channel.clone()).or_default();
        heard.push_back((at, seat));
        while heard.len() > HEARD_MAX {
            heard.pop_front();
        }
    }

    /// Forgets a seat: somebody else sits there now, who answers for nothing that came before.
    pub fn forget(&mut self, seat: SeatNo) {
        self.seats.remove(&seat);
        for heard in self.heard.values_mut() {
            heard.retain(|(_, who)| *who != seat);
        }
        self.heard.retain(|_, heard| !heard.is_empty());
    }

    /// What was noted at a seat, in the order in which it was recorded.
    pub(crate) fn at_seat(&self, seat: SeatNo) -> impl DoubleEndedIterator<Item = &Noted> {
        self.seats.get(&seat).into_iter().flatten()
    }

    /// Seats of which something is noted.
    pub(crate) fn seats(&self) -> impl Iterator<Item = SeatNo> {
        self.seats.keys().copied()
    }

    /// Messages of a channel: when, and from which seat.
    pub(crate) fn heard(&self, channel: &ChannelId) -> impl Iterator<Item = (Stamp, SeatNo)> {
        self.heard.get(channel).into_iter().flatten().copied()
    }
}

/// The channel of a message.
pub(crate) fn channel_of(event: &EventKind) -> Option<&ChannelId> {
    match event {
        EventKind::Chat { channel, .. } => Some(channel),
        _ => None,
    }
}

//! What a rule with a window sees: this event's own verdicts, and what is remembered of the seat, the channel or the room since
//! the rule itself last spoke there.
//!
//! Events are counted, not verdicts: two rules that met the same message count once. Never updates anything.

use std::collections::{BTreeMap, BTreeSet};

use vigie_protocol::{ChannelId, RuleId, SeatNo, Span, Stamp};

use crate::charter::{CountWhen, Counted, Per, Rule, SequenceWhen};
use crate::memory::{Memory, Noted};
use crate::verdict::{Repeat, Verdict};

/// What rules with a window look at.
pub(crate) struct Window<'a> {
    pub(super) memory: &'a Memory,
    pub(super) seat: SeatNo,
    pub(super) channel: Option<&'a ChannelId>,
    pub(super) at: Stamp,
    pub(super) now: &'a [(usize, Verdict)],
}

/// What was counted at some seats.
#[derive(Debug, Default)]
struct Tally {
    times: usize,
    own: usize,
    first: Option<Stamp>,
    seats: BTreeSet<SeatNo>,
}

impl Window<'_> {
    pub(super) fn count(&self, rule: &Rule, count: &CountWhen) -> Option<Repeat> {
        if !self.is_judged_now(&count.of) {
            return None;
        }
        let tally = self.tally(rule, count)?;
        let enough = |sum: usize, least: u32| sum >= usize::try_from(least).unwrap_or(usize::MAX);
        let spread = tally.first.map_or(Span(0), |first| self.at - first);
        let met = enough(tally.times, count.at_least)
            && enough(tally.own, count.own)
            && spread >= count.spread
            && self.has_share(rule, count, &tally);
        met.then(|| Repeat {
            times: u32::try_from(tally.times).unwrap_or(u32::MAX),
            within: count.within,
            after: None,
        })
    }

    pub(super) fn sequence(&self, rule: &Rule, sequence: &SequenceWhen) -> Option<Repeat> {
        if !self.is_judged_now(&sequence.then) {
            return None;
        }
        let first = self
            .own(rule)
            .filter(|noted| self.is_inside(noted.at, sequence.within))
            .find(|noted| counts(&sequence.first, noted))?;
        Some(Repeat {
            times: 1,
            within: sequence.within,
            after: Some(first.rule.clone()),
        })
    }

    /// Whether this event has a verdict that is counted.
    fn is_judged_now(&self, of: &[Counted]) -> bool {
        self.now.iter().any(|(_, one)| {
            of.iter()
                .any(|counted| counted.is(&one.rule, one.category.as_ref(), one.act))
        })
    }

    fn tally(&self, rule: &Rule, count: &CountWhen) -> Option<Tally> {
        let mut tally = Tally {
            times: 1,
            own: 1,
            first: Some(self.at),
            seats: BTreeSet::from([self.seat]),
        };
        let own: Vec<&Noted> = self.own(rule).collect();
        self.add(&mut tally, self.seat, own.into_iter(), count)?;
        if count.per == Per::Seat {
            return Some(tally);
        }
        let since = self.last_said(rule);
        for seat in self.memory.seats().filter(|seat| *seat != self.seat) {
            let others = self
                .memory
                .at_seat(seat)
                .filter(|noted| since.is_none_or(|since| noted.at > since));
            self.add(&mut tally, seat, others, count)?;
        }
        Some(tally)
    }

    /// Adds the events of a seat; none when the window is about a channel and the event has none.
    fn add<'n>(
        &self,
        tally: &mut Tally,
        seat: SeatNo,
        noted: impl Iterator<Item = &'n Noted>,
        count: &CountWhen,
    ) -> Option<()> {
        let channel = match count.per {
            Per::Channel => Some(self.channel?),
            Per::Seat | Per::Room => None,
        };
        // One event may be noted several times by each of several rules: it counts as often as the most frequent says.
        let mut events: BTreeMap<Stamp, BTreeMap<&RuleId, usize>> = BTreeMap::new();
        for one in noted {
            let in_channel = channel.is_none() || one.channel.as_ref() == channel;
            if in_channel && self.is_inside(one.at, count.within) && counts(&count.of, one) {
                let times = events.entry(one.at).or_default().entry(&one.rule);
                *times.or_default() += 1;
            }
        }
        for (at, rules) in events {
            let times = rules.into_values().max().unwrap_or(0);
            tally.times += times;
            if seat == self.seat {
                tally.own += times;
            }
            tally.seats.insert(seat);
            tally.first = tally.first.min(Some(at));
        }
        Some(())
    }

    /// Whether what was counted is a large enough part of what its writers wrote meanwhile.
    fn has_share(&self, rule: &Rule, count: &CountWhen, tally: &Tally) -> bool {
        let (Some(channel), true) = (self.channel, count.share > 0) else {
            return count.share == 0;
        };
        let since = self.last_said(rule);
        let heard = self
            .memory
            .heard(channel)
            .filter(|(at, seat)| {
                tally.seats.contains(seat)
                    && self.is_inside(*at, count.within)
                    && since.is_none_or(|since| *at > since)
            })
            .count();
        let share = usize::try_from(count.share).unwrap_or(100);
        tally.times * 100 >= share * (heard + 1)
    }

    /// What is noted at this seat since the rule's own last verdict here, newest first.
    fn own(&self, rule: &Rule) -> impl Iterator<Item = &Noted> {
        let rule = rule.id.clone();
        self.memory
            .at_seat(self.seat)
            .rev()
            .take_while(move |noted| noted.rule != rule)
    }

    fn last_said(&self, rule: &Rule) -> Option<Stamp> {
        self.memory
            .at_seat(self.seat)
            .rev()
            .find(|noted| noted.rule == rule.id)
            .map(|noted| noted.at)
    }

    fn is_inside(&self, at: Stamp, within: Span) -> bool {
        self.at - at <= within && at - self.at <= within
    }
}

fn counts(of: &[Counted], noted: &Noted) -> bool {
    of.iter()
        .any(|counted| counted.is(&noted.rule, noted.category.as_ref(), noted.act))
}

//! What one link has received of one session, what of it is durable, and how much more may come.
//!
//! Never decides what is durable: it is told.

use crate::event::{Event, EventKind};
use crate::id::{Seq, SessionId};
use crate::link::SEQ_MAX;

#[derive(Debug)]
pub(super) struct Window {
    pub(super) session: SessionId,
    /// Last number received.
    received: Seq,
    /// Last durable number.
    acked: Seq,
    /// Events received and not durable.
    pending: u32,
    /// How many may be: what the agent was last told, less what was used of it since.
    granted: u32,
    /// Numbers that one pending `dropped` covers beside its own, by that number.
    covered: Vec<(Seq, u64)>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The cursor is known.
    Known,
    /// An older session whose cursor was asked for; what came meanwhile.
    Asked(Vec<Event>),
    /// An older session that is erased: what comes is acknowledged and forgotten.
    Erased,
}

/// Why a batch cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A number other than the one expected.
    Order { found: Seq, expected: Seq },
    /// A number beyond [`SEQ_MAX`], 0, or a `dropped` whose range is empty.
    Number(Seq),
    /// More events unacknowledged than granted.
    Credit { unacked: u32, granted: u32 },
}

impl Window {
    /// A session whose cursor is known; `granted` may come before the agent is told more.
    pub(super) fn known(session: SessionId, through: Seq, granted: u32) -> Self {
        Self {
            session,
            received: through,
            acked: through,
            pending: 0,
            granted,
            covered: Vec::new(),
            state: State::Known,
        }
    }

    /// An older session whose cursor has to be looked up; `granted` may come until then.
    pub(super) fn asked(session: SessionId, granted: u32) -> Self {
        Self {
            state: State::Asked(Vec::new()),
            ..Self::known(session, Seq(0), granted)
        }
    }

    pub(super) fn is_asked(&self) -> bool {
        matches!(self.state, State::Asked(_))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.pending == 0 && !self.is_asked()
    }

    pub(super) fn acked(&self) -> Seq {
        self.acked
    }

    /// Takes a batch and leaves in it what is new. The answer says how many of them there are.
    pub(super) fn receive(&mut self, batch: &mut Vec<Event>) -> Result<u32, Fault> {
        let most = self.granted.saturating_sub(self.pending);
        let (received, before) = (self.received, self.pending);
        let mut fault = None;
        let first_may_jump = match &self.state {
            State::Known => false,
            State::Asked(held) => held.is_empty(),
            State::Erased => true,
        };
        batch.retain_mut(|event| {
            fault.is_none()
                && self
                    .step(event, first_may_jump && self.received == received)
                    .unwrap_or_else(|found| {
                        fault = Some(found);
                        false
                    })
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        let new = self.pending.saturating_sub(before);
        if new > most {
            return Err(Fault::Credit {
                unacked: self.pending,
                granted: self.granted,
            });
        }
        match &mut self.state {
            State::Known => {}
            State::Asked(held) => held.append(batch),
            State::Erased => {
                batch.clear();
                self.commit(self.received);
            }
        }
        Ok(new)
    }

    /// Whether this event is new. A `dropped` that begins before what is expected is cut to begin there.
    fn step(&mut self, event: &mut Event, may_jump: bool) -> Result<bool, Fault> {
        let (seq, expected) = (event.seq, self.received.next());
        let first = match &mut event.kind {
            EventKind::Dropped { from } if *from > seq || from.0 == 0 => {
                return Err(Fault::Number(*from));
            }
            EventKind::Dropped { from } => {
                if !may_jump {
                    *from = (*from).max(expected).min(seq);
                }
                *from
            }
            _ => seq,
        };
        if seq.0 == 0 || seq.0 > SEQ_MAX {
            return Err(Fault::Number(seq));
        }
        if seq <= self.received {
            return Ok(false);
        }
        if first > expected && !may_jump {
            let found = first;
            return Err(Fault::Order { found, expected });
        }
        if seq > first {
            let more = seq.0.saturating_sub(first.0);
            self.covered.push((seq, more));
        }
        self.received = seq;
        self.pending = self.pending.saturating_add(1);
        Ok(true)
    }

    /// The cursor of a session that was asked for: what is held becomes new, in order, from there on. Where the agent goes on
    /// beyond it (we were set back to an older copy), the gap is said with a `dropped` of our own.
    pub(super) fn resume(&mut self, through: Seq) -> Vec<Event> {
        let State::Asked(held) = std::mem::replace(&mut self.state, State::Known) else {
            self.commit(through);
            return Vec::new();
        };
        *self = Self::known(self.session.clone(), through, self.granted);
        let mut new = Vec::with_capacity(held.len());
        for mut event in held {
            let expected = self.received.next();
            let first = match event.kind {
                EventKind::Dropped { from } => from,
                _ => event.seq,
            };
            if first > expected {
                let mut gap = Event {
                    seq: Seq(first.0.saturating_sub(1)),
                    at: event.at,
                    kind: EventKind::Dropped { from: expected },
                };
                if self.step(&mut gap, false) == Ok(true) {
                    new.push(gap);
                }
            }
            if self.step(&mut event, false) == Ok(true) {
                new.push(event);
            }
        }
        new
    }

    /// The session is erased: everything held is forgotten and may be acknowledged.
    pub(super) fn erase(&mut self) {
        self.state = State::Erased;
        self.commit(self.received);
    }

    /// Everything up to `through` is durable.
    pub(super) fn commit(&mut self, through: Seq) {
        if through <= self.acked {
            return;
        }
        let mut more = 0_u64;
        self.covered.retain(|(seq, covered)| {
            let gone = *seq <= through;
            if gone {
                more = more.saturating_add(*covered);
            }
            !gone
        });
        let numbers = through.min(self.received).0.saturating_sub(self.acked.0);
        let events = u32::try_from(numbers.saturating_sub(more)).unwrap_or(u32::MAX);
        let events = events.min(self.pending);
        self.pending = self.pending.saturating_sub(events);
        self.granted = self.granted.saturating_sub(events);
        self.acked = through;
        if through >= self.received {
            self.received = through;
            self.pending = 0;
        }
    }

    /// The credit to tell the agent now: never less than it already holds, so that nothing in flight is ever too much.
    pub(super) fn grant(&mut self, credit_max: u32, tokens: u32) -> u32 {
        let wanted = self.pending.saturating_add(tokens).min(credit_max);
        self.granted = self.granted.max(wanted);
        self.granted
    }

    /// Whether the agent may be waiting for credit that only time can give.
    pub(super) fn is_starved(&self, limits_credit: u32, batch_max: u32) -> bool {
        !self.is_asked()
            && self.granted < limits_credit
            && self.granted.saturating_sub(self.pending) < batch_max
    }
}

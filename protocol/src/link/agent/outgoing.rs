//! The events of one session on their way out: what the server has not acknowledged, and how much of it may be in flight.
//!
//! Never decides which session goes first, and never forgets an event before its ack.

use std::collections::VecDeque;
use std::io;

use crate::event::{Event, EventKind};
use crate::id::Seq;
use crate::time::{Span, Stamp};

/// Room left in a frame for what surrounds the events.
const ENVELOPE_BYTES: usize = 256;

#[derive(Debug)]
struct Held {
    event: Event,
    /// Length as JSON, with the comma.
    bytes: usize,
}

/// How much one frame may hold, and how long an event may wait for others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) batch_max: usize,
    pub(super) frame_max: usize,
    pub(super) linger: Span,
}

#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// The last number given.
    given: Seq,
    /// Everything up to here is durable at the server.
    acked: Seq,
    held: VecDeque<Held>,
    /// Last number sent on this link.
    sent: Seq,
    /// Numbers sent on this link and not acknowledged.
    in_flight: VecDeque<Seq>,
    /// How many may be in flight; none until the server said it on this link.
    credit: Option<u32>,
    /// Since when the oldest unsent event waits.
    waits_since: Option<Stamp>,
    /// Whether what waits must go at once.
    hurry: bool,
}

impl Outgoing {
    pub(super) fn restored(next: Seq, unacked: Vec<Event>) -> Self {
        let mut outgoing = Self::default();
        let first = unacked.first().map_or(next, first_number);
        outgoing.acked = Seq(first.0.saturating_sub(1));
        for event in unacked {
            outgoing.hold(event);
        }
        outgoing.given = outgoing.given.max(Seq(next.0.saturating_sub(1)));
        outgoing
    }

    pub(super) fn number(&mut self) -> Seq {
        self.given = self.given.next();
        self.given
    }

    pub(super) fn is_settled(&self) -> bool {
        self.held.is_empty()
    }

    pub(super) fn acked(&self) -> Seq {
        self.acked
    }

    /// A new link: nothing is in flight, and the server has to say again what it has.
    pub(super) fn reset(&mut self) {
        self.sent = self.acked;
        self.in_flight.clear();
        self.credit = None;
        self.hurry = !self.held.is_empty();
    }

    /// Takes an event that the spool holds. One that says what was dropped replaces what it covers.
    pub(super) fn spooled(&mut self, now: Stamp, event: Event) {
        let urgent = event.kind.is_urgent();
        self.hold(event);
        if self.unsent() > 0 {
            self.waits_since.get_or_insert(now);
            self.hurry |= urgent;
        }
    }

    fn hold(&mut self, mut event: Event) {
        if let EventKind::Dropped { from } = &mut event.kind {
            while let Some(first) = self.held.front()
                && first.event.seq <= event.seq
            {
                *from = first_number(&first.event).min(*from);
                self.held.pop_front();
            }
            if event.seq > self.acked {
                *from = self.acked.next().max(*from);
                self.given = self.given.max(event.seq);
                self.held.push_front(Held::new(event));
            }
            return;
        }
        let last = self.held.back().map_or(self.acked, |held| held.event.seq);
        if event.seq <= last {
            return;
        }
        if event.seq > last.next() {
            // Numbers were given and never reached the spool: they are lost, and we say so.
            self.held.push_back(Held::new(Event {
                seq: Seq(event.seq.0.saturating_sub(1)),
                at: event.at,
                kind: EventKind::Dropped { from: last.next() },
            }));
        }
        self.given = self.given.max(event.seq);
        self.held.push_back(Held::new(event));
    }

    /// The server says on this link that it holds everything up to `through`, for the first time or again with a lease.
    /// It may hold less than it once acknowledged, when it was set back to an older copy: what was forgotten here by then is
    /// lost, and we say so.
    pub(super) fn resume(&mut self, now: Stamp, through: Seq, credit: u32) {
        if self.credit.is_some() {
            self.ack(through, credit);
            return;
        }
        if through < self.acked {
            let event = Event {
                seq: self.acked,
                at: now,
                kind: EventKind::Dropped {
                    from: through.next(),
                },
            };
            self.acked = through;
            self.held.push_front(Held::new(event));
            self.hurry = true;
        }
        if self.in_flight.is_empty() {
            self.sent = through;
        }
        self.ack(through, credit);
    }

    pub(super) fn ack(&mut self, through: Seq, credit: u32) {
        if through < self.acked {
            return; // An older ack, late: what it allowed is spent.
        }
        let before = self.credit.filter(|_| through == self.acked).unwrap_or(0);
        self.credit = Some(before.max(credit));
        self.acked = through;
        self.given = self.given.max(through);
        self.sent = self.sent.max(through);
        while self
            .held
            .front()
            .is_some_and(|held| held.event.seq <= through)
        {
            self.held.pop_front();
        }
        while self.in_flight.front().is_some_and(|seq| *seq <= through) {
            self.in_flight.pop_front();
        }
        if self.unsent() == 0 {
            self.waits_since = None;
            self.hurry = false;
        }
    }

    fn first_unsent(&self) -> usize {
        self.held
            .partition_point(|held| held.event.seq <= self.sent)
    }

    fn unsent(&self) -> usize {
        self.held.len().saturating_sub(self.first_unsent())
    }

    /// How many more may be sent. Before the server has spoken about this session on this link, one frame.
    fn room(&self, terms: Terms) -> usize {
        let allowed = match self.credit {
            Some(credit) => usize::try_from(credit).unwrap_or(usize::MAX),
            None if self.in_flight.is_empty() => terms.batch_max,
            None => 0,
        };
        allowed.saturating_sub(self.in_flight.len())
    }

    /// When what waits must go although nothing else happens.
    pub(super) fn due(&self, terms: Terms) -> Option<Stamp> {
        let waits = self.waits_since.filter(|_| self.room(terms) > 0)?;
        Some(waits + terms.linger)
    }

    /// The next frame's events, when it is time to send one.
    pub(super) fn take_batch(&mut self, now: Stamp, terms: Terms) -> Option<Vec<Event>> {
        let (start, unsent) = (self.first_unsent(), self.unsent());
        let most = self.room(terms).min(terms.batch_max).min(unsent);
        let time = self.hurry
            || unsent >= terms.batch_max
            || self
                .waits_since
                .is_none_or(|since| now >= since + terms.linger);
        if most == 0 || !time {
            return None;
        }
        let room_bytes = terms.frame_max.saturating_sub(ENVELOPE_BYTES);
        let mut batch = Vec::new();
        let mut bytes = 0_usize;
        for held in self.held.range_mut(start..).take(most) {
            held.fit(room_bytes);
            bytes = bytes.saturating_add(held.bytes);
            if bytes > room_bytes && !batch.is_empty() {
                break;
            }
            self.sent = held.event.seq;
            self.in_flight.push_back(held.event.seq);
            batch.push(held.event.clone());
        }
        if self.unsent() == 0 {
            self.waits_since = None;
            self.hurry = false;
        }
        Some(batch)
    }

    /// The clock went back: what waits must not wait longer for it.
    pub(super) fn set_back(&mut self, back: Span) {
        self.waits_since = self.waits_since.map(|since| since - back);
    }
}

impl Held {
    fn new(event: Event) -> Self {
        let mut count = Count(0);
        // Counting cannot fail, and nothing in an event refuses to be written.
        let _ = serde_json::to_writer(&mut count, &event);
        Self {
            event,
            bytes: count.0.saturating_add(1),
        }
    }

    /// An event that no frame can hold would stop the link for ever: it is given up, and we say so.
    fn fit(&mut self, room_bytes: usize) {
        if self.bytes > room_bytes {
            let seq = self.event.seq;
            *self = Self::new(Event {
                seq,
                at: self.event.at,
                kind: EventKind::Dropped { from: seq },
            });
        }
    }
}

fn first_number(event: &Event) -> Seq {
    match event.kind {
        EventKind::Dropped { from } => from,
        _ => event.seq,
    }
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

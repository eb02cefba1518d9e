//! The agent's side: one end, and a spool that survives a kill and drops its oldest when it is full.

use std::collections::{BTreeMap, BTreeSet};

use vigie_protocol::link::{AgentEnd, Identity};
use vigie_protocol::{Event, EventKind, Seq, SessionId, Stamp};

/// The spool's file of one session.
#[derive(Default, Clone)]
pub(crate) struct File {
    pub(crate) given: u64,
    pub(crate) unacked: Vec<Event>,
}

pub(crate) struct Seat {
    pub(crate) end: AgentEnd,
    pub(crate) spool: BTreeMap<SessionId, File>,
    pub(crate) spool_max: usize,
    /// Every event that the spool ever held, and the numbers that it dropped.
    pub(crate) truth: BTreeMap<SessionId, BTreeMap<u64, EventKind>>,
    pub(crate) dropped: BTreeSet<(SessionId, u64)>,
    pub(crate) lease: Option<SessionId>,
}

pub(crate) fn identity() -> Identity {
    Identity {
        workstation: "w-1".into(),
        key: "k".repeat(43),
        can: vigie_protocol::frame::Capabilities::default(),
        enrol: None,
        machine: None,
        host: None,
    }
}

impl Seat {
    pub(crate) fn new(spool_max: usize) -> Self {
        Self {
            end: AgentEnd::new(identity()),
            spool: BTreeMap::new(),
            spool_max,
            truth: BTreeMap::new(),
            dropped: BTreeSet::new(),
            lease: None,
        }
    }

    /// kill -9, and the agent starts again from its spool.
    pub(crate) fn kill(&mut self) {
        self.end = AgentEnd::new(identity());
        for (session, file) in &self.spool {
            self.end
                .restore(session.clone(), Seq(file.given + 1), file.unacked.clone());
        }
    }

    /// A sensor saw something: number it, spool it; the answer is what `Spooled` has to say.
    pub(crate) fn see(&mut self, now: Stamp, kind: EventKind) -> Option<(SessionId, Vec<Event>)> {
        let session = self.lease.clone()?;
        let event = self.end.number(&session, now, kind);
        let file = self.spool.entry(session.clone()).or_default();
        file.given = event.seq.0;
        file.unacked.push(event.clone());
        self.truth
            .entry(session.clone())
            .or_default()
            .insert(event.seq.0, event.kind.clone());
        let mut say = vec![event];
        if file.unacked.len() > self.spool_max {
            let many = self.spool_max / 2;
            let gone: Vec<Event> = file.unacked.drain(..many).collect();
            let from = match gone[0].kind {
                EventKind::Dropped { from } => from,
                _ => gone[0].seq,
            };
            let last = gone[gone.len() - 1].seq;
            for number in from.0..=last.0 {
                self.dropped.insert((session.clone(), number));
            }
            let event = Event {
                seq: last,
                at: now,
                kind: EventKind::Dropped { from },
            };
            file.unacked.insert(0, event.clone());
            say.push(event);
        }
        Some((session, say))
    }

    pub(crate) fn forget(&mut self, session: &SessionId, through: Seq) {
        if let Some(file) = self.spool.get_mut(session) {
            file.unacked.retain(|event| event.seq > through);
            file.given = file.given.max(through.0);
        }
    }
}

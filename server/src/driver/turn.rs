//! One round of a driver: what it decided and must make durable, and what it holds back until then.

use std::sync::Arc;

use tokio::sync::oneshot;
use vigie_protocol::{Rev, Seq, SessionId, Stamp, WorkstationId};
use vigie_room::{Delta, Fact, Record, Room};

use super::mail::Looking;
use super::tablets::Tablet;
use crate::links::Letterbox;
use crate::rooms::{TellError, Told};
use crate::writer::{HeadChange, Run};

/// Somebody who waits for the outcome of an input.
pub(super) type Reply = oneshot::Sender<Result<Told, TellError>>;

/// One round.
pub(super) struct Turn {
    pub(super) now: Stamp,
    run: Option<Open>,
    pub(super) delta: Delta,
    pub(super) replies: Vec<(Reply, Result<Told, TellError>)>,
    pub(super) acks: Vec<Ack>,
    pub(super) joined: Vec<WorkstationId>,
    pub(super) looks: Vec<Looking>,
    pub(super) watches: Vec<Tablet>,
    /// The session opened, was extended or closed: every lease and the tables' row change.
    pub(super) life: bool,
}

/// What a link is told once the turn is durable.
pub(super) struct Ack {
    pub(super) through: Seq,
    /// The session, where the link's own seat is in another room.
    pub(super) guest_of: Option<SessionId>,
    pub(super) letterbox: Arc<Letterbox>,
}

/// The run that is being filled.
struct Open {
    session: SessionId,
    first: Rev,
    last: Rev,
    body: Vec<u8>,
    head: HeadChange,
    spoiled: bool,
}

impl Turn {
    pub(super) fn new(now: Stamp) -> Self {
        Self {
            now,
            run: None,
            delta: Delta::default(),
            replies: Vec::new(),
            acks: Vec::new(),
            joined: Vec::new(),
            looks: Vec::new(),
            watches: Vec::new(),
            life: false,
        }
    }

    /// Adds a record that is about to be applied to `room`.
    pub(super) fn write(&mut self, room: &Room, record: &Record) {
        let run = self.run.get_or_insert_with(|| Open {
            session: room.session().clone(),
            first: room.rev().next(),
            last: room.rev(),
            body: Vec::with_capacity(512),
            head: HeadChange::Nothing,
            spoiled: false,
        });
        run.last = run.last.next();
        run.body.push(if run.body.is_empty() { b'[' } else { b',' });
        if let Err(error) = serde_json::to_writer(&mut run.body, record) {
            // A record is maps, texts and numbers: it always has a JSON form. If one ever had none, its run must not count
            // as durable: the append of a spoiled run fails, and the room is folded again without it.
            tracing::error!(%error, "a record has no JSON form");
            run.spoiled = true;
        }
        match &record.fact {
            Fact::Opened(opening) => {
                self.life = true;
                run.head = HeadChange::Opened {
                    establishment: opening.establishment.clone(),
                    room: opening.room.clone(),
                    at: record.at,
                };
            }
            Fact::Closed { .. } => {
                self.life = true;
                run.head = HeadChange::Closed { at: record.at };
            }
            // The leases say which sites are open; the tables' row, whose the session is.
            Fact::Extended { .. }
            | Fact::Granted { .. }
            | Fact::Ungranted { .. }
            | Fact::HandedOver { .. } => self.life = true,
            _ => {}
        }
    }

    /// What must be durable before anything is spoken; none when nothing was decided.
    pub(super) fn take_run(&mut self) -> Option<Run> {
        let Open {
            session,
            first,
            last,
            mut body,
            head,
            spoiled,
        } = self.run.take()?;
        body.push(b']');
        Some(Run {
            session,
            first,
            last,
            // serde_json writes UTF-8 only. An empty body is refused by the writer.
            body: if spoiled {
                String::new()
            } else {
                String::from_utf8(body).unwrap_or_default()
            },
            head,
        })
    }

    pub(super) fn reply(&mut self, to: Reply, told: Result<Told, TellError>) {
        self.replies.push((to, told));
    }

    /// Whether there is anything to speak of.
    pub(super) fn is_silent(&self) -> bool {
        self.replies.is_empty()
            && self.acks.is_empty()
            && self.joined.is_empty()
            && self.looks.is_empty()
            && self.watches.is_empty()
            && self.delta == Delta::default()
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

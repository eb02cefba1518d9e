//! The links of agents that are up: one a workstation, and the letterbox through which its room speaks to it.
//!
//! Owns which link is the workstation's own (a second one replaces the first) and the tickets for list files. A letterbox
//! is bounded by what it holds: acks and leases are latest-wins, commands are by id, panels merge. Whoever leaves a letter
//! never waits for a slow link. Next: [`crate::agents`], which empties it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;
use vigie_protocol::frame::{SeatFrame, SessionLease};
use vigie_protocol::{CloseCode, CommandId, Lease, Seq, SessionId, WorkstationId};

/// One link, for as long as the server runs; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LinkNo(u64);

/// Every link that is up. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    last: u64,
    stopped: bool,
    up: BTreeMap<WorkstationId, Up>,
}

#[derive(Debug)]
struct Up {
    number: LinkNo,
    letterbox: Arc<Letterbox>,
    ticket: [u8; 16],
}

impl Links {
    /// A workstation proved itself: its link takes over from an older one. None when the server is stopping.
    pub(crate) fn enter(
        &self,
        workstation: &WorkstationId,
        letterbox: Arc<Letterbox>,
        ticket: [u8; 16],
    ) -> Option<LinkNo> {
        let mut inner = self.inner();
        if inner.stopped {
            return None;
        }
        inner.last = inner.last.wrapping_add(1);
        let number = LinkNo(inner.last);
        let up = Up {
            number,
            letterbox,
            ticket,
        };
        let older = inner.up.insert(workstation.clone(), up);
        drop(inner);
        if let Some(older) = older {
            older.letterbox.close(
                CloseCode::Replaced,
                "another link of this workstation took over",
            );
        }
        Some(number)
    }

    /// A link ended. Says whether it was still the workstation's own.
    pub(crate) fn leave(&self, workstation: &WorkstationId, number: LinkNo) -> bool {
        let mut inner = self.inner();
        let own = inner
            .up
            .get(workstation)
            .is_some_and(|up| up.number == number);
        if own {
            inner.up.remove(workstation);
        }
        own
    }

    /// Whether a workstation's link is up and this is its ticket.
    pub(crate) fn holds_ticket(&self, workstation: &WorkstationId, ticket: &[u8]) -> bool {
        self.inner().up.get(workstation).is_some_and(|up| {
            // No early end: the time it takes says nothing about the ticket.
            up.ticket.len() == ticket.len()
                && up
                    .ticket
                    .iter()
                    .zip(ticket)
                    .fold(0, |differ, (one, other)| differ | (one ^ other))
                    == 0
        })
    }

    /// Whether a link of this workstation is up.
    pub(crate) fn is_up(&self, workstation: &WorkstationId) -> bool {
        self.inner().up.contains_key(workstation)
    }

    /// Asks the link of this workstation, if it is up, whether its agent still answers.
    pub(crate) fn probe(&self, workstation: &WorkstationId) -> Option<oneshot::Receiver<()>> {
        let inner = self.inner();
        let up = inner.up.get(workstation)?;
        let (probe, answer) = oneshot::channel();
        up.letterbox.rare(|rare| rare.probe = Some(probe));
        Some(answer)
    }

    /// The workstation's place changed: its link, if it is up, leaves its room and joins the other.
    pub(crate) fn placed(&self, workstation: &WorkstationId) {
        if let Some(up) = self.inner().up.get(workstation) {
            up.letterbox.rare(|rare| rare.placed = true);
        }
    }

    /// Hangs up the link of this workstation, if it is up.
    pub(crate) fn close(&self, workstation: &WorkstationId, code: CloseCode, reason: &str) {
        if let Some(up) = self.inner().up.get(workstation) {
            up.letterbox.close(code, reason);
        }
    }

    /// How many links are up.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.inner().up.len()
    }

    /// Hangs up every link and lets none in any more.
    pub(crate) fn stop(&self) {
        let mut inner = self.inner();
        inner.stopped = true;
        for up in inner.up.values() {
            up.letterbox
                .close(CloseCode::GoingAway, "the server is stopping");
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a room has for one link.
#[derive(Debug, Default)]
pub(crate) struct Letterbox {
    letters: Mutex<Letters>,
}

#[derive(Debug, Default)]
struct Letters {
    /// Of the session whose lease the link took last.
    committed: Option<Seq>,
    rare: Option<Box<Rare>>,
    waker: Option<Waker>,
}

/// Everything but acks, kept apart so that an idle link stays small.
#[derive(Debug, Default)]
pub(crate) struct Rare {
    pub(crate) lease: Option<OnSession>,
    /// Where to resume other sessions (none: nothing of it is kept), then what of them became durable.
    pub(crate) resumes: Vec<(SessionId, Option<Seq>)>,
    pub(crate) late_committed: BTreeMap<SessionId, Seq>,
    pub(crate) commands: BTreeMap<CommandId, Lease>,
    pub(crate) withdrawn: Vec<CommandId>,
    pub(crate) panel: Option<SeatFrame>,
    pub(crate) placed: bool,
    pub(crate) close: Option<(CloseCode, String)>,
    /// Somebody asks whether the agent still answers.
    pub(crate) probe: Option<Probe>,
}

/// Answered once the agent has; dropped when it cannot any more.
pub(crate) type Probe = oneshot::Sender<()>;

/// Whether a session is on at the link's seat.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OnSession {
    Lease(SessionLease),
    /// Why there is none: `none`, `ended`, `waiting`, `revoked`.
    None(&'static str),
}

impl Letterbox {
    /// Everything of the current session up to `through` is durable.
    pub(crate) fn committed(&self, through: Seq) {
        let mut letters = self.letters();
        letters.committed = Some(through);
        wake(letters);
    }

    /// A session is on, renewed, or over. What belonged to an older one and was not taken yet is dropped with it.
    pub(crate) fn session(&self, on: OnSession) {
        self.rare(|rare| {
            let before = rare.lease.as_ref().map(session_of);
            if before.is_some_and(|before| before != session_of(&on)) {
                rare.commands.clear();
                rare.panel = None;
            }
            rare.lease = Some(on);
        });
    }

    /// A command is owed to the seat.
    pub(crate) fn command(&self, lease: Lease) {
        self.rare(|rare| {
            rare.commands.insert(lease.id.clone(), lease);
        });
    }

    /// A command is no longer owed.
    pub(crate) fn withdraw(&self, command: CommandId) {
        self.rare(|rare| {
            rare.commands.remove(&command);
            rare.withdrawn.push(command);
        });
    }

    /// The student panel changed; laid over a change that the link did not take yet.
    pub(crate) fn panel(&self, new: SeatFrame) {
        self.rare(|rare| match &mut rare.panel {
            Some(waiting) if new.after.is_some() && waiting.session == new.session => {
                waiting.rev = new.rev;
                waiting.parts.extend(new.parts);
            }
            waiting => *waiting = Some(new),
        });
    }

    /// Where to resume a session that is not the current one.
    pub(crate) fn resume(&self, session: SessionId, through: Option<Seq>) {
        self.rare(|rare| rare.resumes.push((session, through)));
    }

    /// Everything of another session up to `through` is durable.
    pub(crate) fn late_committed(&self, session: SessionId, through: Seq) {
        self.rare(|rare| {
            rare.late_committed.insert(session, through);
        });
    }

    /// Hang up; the first reason stands.
    pub(crate) fn close(&self, code: CloseCode, reason: &str) {
        self.rare(|rare| {
            rare.close.get_or_insert_with(|| (code, reason.to_owned()));
        });
    }

    /// What waits; pending until something does. One task reads a letterbox.
    pub(crate) fn poll_take(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<(Option<Seq>, Option<Box<Rare>>)> {
        let mut letters = self.letters();
        let committed = letters.committed.take();
        let rare = letters.rare.take();
        if committed.is_some() || rare.is_some() {
            return Poll::Ready((committed, rare));
        }
        if !letters
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(context.waker()))
        {
            letters.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }

    pub(crate) fn rare(&self, change: impl FnOnce(&mut Rare)) {
        let mut letters = self.letters();
        change(letters.rare.get_or_insert_default());
        wake(letters);
    }

    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn session_of(on: &OnSession) -> Option<&SessionId> {
    match on {
        OnSession::Lease(lease) => Some(&lease.session),
        OnSession::None(_) => None,
    }
}

/// Wakes the reader after the lock is released.
fn wake(mut letters: MutexGuard<'_, Letters>) {
    let waker = letters.waker.take();
    drop(letters);
    if let Some(waker) = waker {
        waker.wake();
    }
}

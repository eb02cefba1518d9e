//! Commands in force at this seat: each a lease with a receipt.
//!
//! A command that arrives again only renews. A lock is done once the actuator says that its window holds the input, and ended
//! once the actuator says that it is gone: the brain never claims either. What it does not know it refuses in words.

use std::collections::{BTreeMap, VecDeque};

use vigie_protocol::{
    Action, CommandId, EventKind, Lease, Private, ReceiptState, SessionId, Span, Stamp,
};

use super::Output;
use crate::clock::{Mono, Now};
use crate::desk::{Able, Messages};
use crate::text::{self, Lang};

/// Most commands remembered after they ended, so that a late repeat is not carried out twice; the oldest is forgotten.
const ENDED_KEPT_MAX: usize = 256;
/// Most messages kept for the panel; the oldest leaves.
const MESSAGES_MAX: usize = 50;
/// Most time that one lock is held whatever it says: a lease is short, and this is the agent's own bound.
const LOCK_MAX: Span = Span::minutes(60);

/// An order to an actuator.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Cover the screen and hold the input until then; a repeat renews.
    Hold {
        /// The command.
        command: CommandId,
        /// What the pupil reads meanwhile.
        text: Private<String>,
        /// When it ends by itself.
        until: Mono,
    },
    /// Let go at once.
    Release {
        /// The command.
        command: CommandId,
    },
    /// The sites to which this seat is limited changed: what the proxy lets through is to be made anew.
    Limit,
    /// Open a page, once.
    Open {
        /// The command.
        command: CommandId,
        /// Its address.
        url: Private<String>,
    },
    /// Ask the window in front to close, once.
    Close {
        /// The command.
        command: CommandId,
    },
}

/// A message that an adult sent to this seat.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The command that brought it.
    pub command: CommandId,
    /// When it came.
    pub at: Stamp,
    /// The words.
    pub text: Private<String>,
}

#[derive(Debug)]
struct Command {
    session: SessionId,
    what: What,
    until: Mono,
    done: bool,
    /// Let go of, and waiting for the actuator to say so.
    released: bool,
    /// Of a limit: the sites that pass.
    sites: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Message,
    Lock,
    Focus,
    /// Done once and over: a page, a window to close.
    Errand,
}

/// The commands of this seat.
#[derive(Debug, Default)]
pub(super) struct Orders {
    live: BTreeMap<CommandId, Command>,
    ended: VecDeque<CommandId>,
    messages: VecDeque<Message>,
}

impl Orders {
    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter()
    }

    pub(super) fn forget_messages(&mut self) {
        self.messages.clear();
    }

    /// The latest deadline of a lock that is done.
    pub(super) fn locked_until(&self) -> Option<Mono> {
        let locks = self.live.values();
        locks
            .filter(|command| command.what == What::Lock && command.done && !command.released)
            .map(|command| command.until)
            .max()
    }

    /// The sites to which this seat is limited; none when it is not.
    pub(super) fn limits(&self) -> Option<Vec<String>> {
        let mut limits = self.live.values().filter(|one| one.what == What::Focus);
        let first = limits.next()?.sites.clone();
        Some(limits.fold(first, |mut all, one| {
            all.extend(one.sites.iter().cloned());
            all
        }))
    }

    /// The proxy lets through what the limits say, and nothing else.
    pub(super) fn limited(&mut self, now: Now, out: &mut Vec<Output>) {
        for (id, command) in &mut self.live {
            if command.what == What::Focus && !command.done {
                command.done = true;
                out.push(receipt(&command.session, now.at, id, ReceiptState::Done {}));
            }
        }
    }

    /// A command is owed to this seat.
    pub(super) fn take(
        &mut self,
        now: Now,
        session: &SessionId,
        lease: Lease,
        able: &Able,
        lang: Lang,
        out: &mut Vec<Output>,
    ) {
        let Lease {
            id,
            action,
            remaining,
        } = lease;
        if self.ended.contains(&id) {
            return;
        }
        let renewed = self.live.contains_key(&id);
        let mut receipt = |state| out.push(receipt(session, now.at, &id, state));
        if remaining.0 <= 0 && !renewed {
            receipt(ReceiptState::Expired {});
            self.end(id);
            return;
        }
        match action {
            Action::Message { text } => {
                self.hold(&id, session, What::Message, now.mono + remaining);
                if renewed {
                    return;
                }
                if self.messages.len() >= MESSAGES_MAX {
                    self.messages.pop_front();
                }
                self.messages.push_back(Message {
                    command: id.clone(),
                    at: now.at,
                    text,
                });
                if able.messages == Messages::AtOnce {
                    self.shown(now, &id, out);
                }
            }
            Action::Lock { text } => {
                if let Some(reason) = &able.no_lock {
                    receipt(ReceiptState::Refused {
                        reason: reason.clone(),
                    });
                    self.end(id);
                    return;
                }
                let until = now.mono + Span(remaining.0.min(LOCK_MAX.0));
                self.hold(&id, session, What::Lock, until);
                out.push(Output::Order(Order::Hold {
                    command: id,
                    text,
                    until,
                }));
            }
            Action::Focus { sites } => {
                self.hold(&id, session, What::Focus, now.mono + remaining);
                if let Some(command) = self.live.get_mut(&id) {
                    command.sites = sites;
                }
                out.push(Output::Order(Order::Limit));
            }
            Action::Open { url } => {
                let reason = able.no_pages.clone();
                self.run(now, session, (id, remaining), reason, out, |command| {
                    Order::Open { command, url }
                });
            }
            Action::Close {} => {
                let reason = able.no_close.clone();
                self.run(now, session, (id, remaining), reason, out, |command| {
                    Order::Close { command }
                });
            }
            Action::Release { command } => {
                // A lock that is not held (any more) needs no release: the wish is fulfilled either way.
                self.release(now, &command, out);
                out.push(self::receipt(session, now.at, &id, ReceiptState::Done {}));
                self.end(id);
            }
            Action::Unknown(_) => {
                receipt(ReceiptState::Refused {
                    reason: text::say(lang, "refused-unknown-action"),
                });
                self.end(id);
            }
        }
    }

    /// Sends an errand on its way once; a repeat changes nothing.
    fn run(
        &mut self,
        now: Now,
        session: &SessionId,
        (id, remaining): (CommandId, Span),
        cannot: Option<String>,
        out: &mut Vec<Output>,
        order: impl FnOnce(CommandId) -> Order,
    ) {
        if self.live.contains_key(&id) {
            return;
        }
        if let Some(reason) = cannot {
            let state = ReceiptState::Refused { reason };
            out.push(receipt(session, now.at, &id, state));
            self.end(id);
            return;
        }
        self.hold(&id, session, What::Errand, now.mono + remaining);
        out.push(Output::Order(order(id)));
    }

    /// The server no longer owes it.
    pub(super) fn withdraw(&mut self, now: Now, id: &CommandId, out: &mut Vec<Output>) {
        let once = |command: &Command| matches!(command.what, What::Message | What::Errand);
        if self.live.get(id).is_some_and(once) {
            self.live.remove(id);
            self.end(id.clone());
        } else {
            self.release(now, id, out);
        }
    }

    /// An open page of the panel shows this message.
    pub(super) fn shown(&mut self, now: Now, id: &CommandId, out: &mut Vec<Output>) {
        let Some(command) = self.live.get(id) else {
            return;
        };
        if command.what == What::Message {
            let session = command.session.clone();
            out.push(receipt(&session, now.at, id, ReceiptState::Done {}));
            self.live.remove(id);
            self.end(id.clone());
        }
    }

    /// The actuator says what became of a lock.
    pub(super) fn settle(
        &mut self,
        now: Now,
        id: &CommandId,
        state: ReceiptState,
        out: &mut Vec<Output>,
    ) {
        let Some(command) = self.live.get_mut(id) else {
            return;
        };
        let session = command.session.clone();
        match &state {
            ReceiptState::Done {} if command.done => return,
            ReceiptState::Done {} if command.what != What::Errand => command.done = true,
            _ => {
                self.live.remove(id);
                self.end(id.clone());
            }
        }
        out.push(receipt(&session, now.at, id, state));
    }

    /// Lets go of every lock, and forgets messages that nobody was shown.
    pub(super) fn release_all(&mut self, now: Now, out: &mut Vec<Output>) {
        let ids: Vec<CommandId> = self.live.keys().cloned().collect();
        for id in ids {
            self.withdraw(now, &id, out);
        }
    }

    /// When the next deadline is.
    pub(super) fn due(&self) -> Option<Mono> {
        let waiting = self.live.values().filter(|command| !command.released);
        waiting.map(|command| command.until).min()
    }

    /// Deadlines that passed.
    pub(super) fn expire(&mut self, now: Now, out: &mut Vec<Output>) {
        let past = |command: &Command| !command.released && now.mono >= command.until;
        let due = self.live.iter().filter(|(_, command)| past(command));
        let due: Vec<CommandId> = due.map(|(id, _)| id.clone()).collect();
        for id in due {
            let Some(command) = self.live.get(&id) else {
                continue;
            };
            let (what, done) = (command.what, command.done);
            let session = command.session.clone();
            if matches!(what, What::Lock | What::Focus) {
                self.release(now, &id, out);
            }
            if !done && self.live.contains_key(&id) {
                out.push(receipt(&session, now.at, &id, ReceiptState::Expired {}));
                self.live.remove(&id);
                self.end(id);
            }
        }
    }

    fn hold(&mut self, id: &CommandId, session: &SessionId, what: What, until: Mono) {
        let command = self.live.entry(id.clone()).or_insert(Command {
            session: session.clone(),
            what,
            until,
            done: false,
            released: false,
            sites: Vec::new(),
        });
        command.until = until;
        command.released = false;
    }

    fn release(&mut self, now: Now, id: &CommandId, out: &mut Vec<Output>) {
        let Some(command) = self.live.get_mut(id) else {
            return;
        };
        if command.what == What::Focus {
            let state = if command.done {
                ReceiptState::Ended {}
            } else {
                ReceiptState::Expired {}
            };
            out.push(receipt(&command.session, now.at, id, state));
            self.live.remove(id);
            self.end(id.clone());
            out.push(Output::Order(Order::Limit));
            return;
        }
        if command.what == What::Lock && !command.released {
            command.released = true;
            out.push(Output::Order(Order::Release {
                command: id.clone(),
            }));
        }
    }

    fn end(&mut self, id: CommandId) {
        if self.ended.len() >= ENDED_KEPT_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(id);
    }
}

fn receipt(session: &SessionId, at: Stamp, command: &CommandId, state: ReceiptState) -> Output {
    Output::Say {
        session: session.clone(),
        at,
        kind: EventKind::Receipt {
            command: command.clone(),
            state,
        },
    }
}

//! The lock: covers the screen and holds keyboard and pointer until its leases end, whoever is alive.
//!
//! `Done` is said only once the window is mapped *and* the grabs hold; `Ended` only once both are gone. Every deadline is on the
//! monotonic clock and is kept here: nothing else has to live for a lock to end. Input that arrives is thrown away unread.
//! Next: [`holds`] for the leases (pure), `cover` for the window, `card` for what the pupil reads.

mod card;
mod cover;
mod faces;
mod holds;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use vigie_protocol::{CommandId, ReceiptState};

use self::card::Card;
use self::cover::{Cover, NotCovered};
use self::holds::Holds;
use crate::brain::Seen;
use crate::clock::moment;
use crate::desk::{LockOrder, Sight};
use crate::text::{Lang, say};

/// How long another client may hold the keyboard or the pointer before a lock is refused.
pub(crate) const GRAB_WAIT: Duration = Duration::from_secs(5);
/// How often the grab is tried meanwhile.
const GRAB_AGAIN: Duration = Duration::from_millis(100);

/// The actuator.
#[derive(Debug)]
pub(crate) struct Lock {
    display: Option<String>,
    lang: Lang,
    sight: Sight,
    holds: Holds,
    cover: Option<Cover>,
    /// Since when the screen should be covered and is not, and when to try next.
    trying: Option<(Instant, Instant)>,
}

impl Lock {
    pub(crate) fn new(display: Option<String>, lang: Lang, sight: Sight) -> Self {
        Self {
            display,
            lang,
            sight,
            holds: Holds::default(),
            cover: None,
            trying: None,
        }
    }

    /// Obeys until told to stop, or until the agent is gone; then lets go of everything.
    pub(crate) async fn run(
        mut self,
        mut orders: mpsc::Receiver<LockOrder>,
        stop: CancellationToken,
    ) {
        loop {
            let wake = self.settle(moment()).await;
            let event = async {
                match &self.cover {
                    Some(cover) => cover.event().await,
                    None => std::future::pending().await,
                }
            };
            let wait = async {
                match wake {
                    Some(wake) => sleep_until(wake).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => break,
                },
                event = event => self.happened(event),
                () = wait => {}
            }
        }
        self.uncover();
    }

    fn obey(&mut self, order: LockOrder) {
        match order {
            LockOrder::Hold {
                command,
                text,
                until,
            } => self.holds.hold(command, text, until.into()),
            LockOrder::Release { command } => self.holds.release(moment(), &command),
        }
    }

    fn happened(&mut self, event: Result<x11rb::protocol::Event, super::x11::Trouble>) {
        let handled = match (event, &mut self.cover) {
            (Ok(event), Some(cover)) => cover.happened(&event),
            (Err(trouble), _) => Err(trouble),
            (Ok(_), None) => Ok(()),
        };
        if let Err(trouble) = handled {
            tracing::warn!(%trouble, "the lock window was lost and is made again");
            self.cover = None;
        }
    }

    /// Makes the screen what the holds ask for, and answers when to look again.
    async fn settle(&mut self, now: Instant) -> Option<Instant> {
        let over = self.holds.take_over(now);
        if self.holds.is_empty() {
            self.uncover();
        } else if self.cover.is_none() {
            self.try_to_cover(now).await;
        }
        for (command, state) in over {
            self.receipt(command, state);
        }
        let mut wake = self.holds.next_end();
        if self.cover.is_some() {
            for command in self.holds.take_new() {
                self.receipt(command, ReceiptState::Done {});
            }
            self.draw(now);
            wake = earliest(wake, self.holds.next_words(now));
        }
        earliest(wake, self.trying.map(|(_, next)| next))
    }

    fn draw(&mut self, now: Instant) {
        let (Some(cover), Some((text, left))) = (&mut self.cover, self.holds.shown(now)) else {
            return;
        };
        let card = Card::new(self.lang, text, left);
        if let Err(trouble) = cover.show(card) {
            tracing::warn!(%trouble, "the lock window could not be drawn");
            self.cover = None;
        }
    }

    async fn try_to_cover(&mut self, now: Instant) {
        let (since, next) = self.trying.unwrap_or((now, now));
        if now < next {
            return;
        }
        match Cover::take(self.display.as_deref()).await {
            Ok(cover) => {
                self.cover = Some(cover);
                self.trying = None;
            }
            Err(trouble) => {
                let patient = now.duration_since(since) < GRAB_WAIT;
                // What was in force already stays owed until its deadline: the X server may come back.
                if !(patient && trouble.may_pass()) {
                    let reason = self.reason(&trouble);
                    for command in self.holds.refuse_new() {
                        let reason = reason.clone();
                        self.receipt(command, ReceiptState::Refused { reason });
                    }
                }
                self.trying = (!self.holds.is_empty()).then(|| (since, now + GRAB_AGAIN));
            }
        }
    }

    fn reason(&self, trouble: &NotCovered) -> String {
        match trouble {
            NotCovered::Held => say(self.lang, "lock-held"),
            NotCovered::NotMapped => say(self.lang, "lock-no-window"),
            NotCovered::X11(trouble) => trouble.words(self.lang),
        }
    }

    fn uncover(&mut self) {
        self.trying = None;
        if let Some(cover) = self.cover.take() {
            cover.release();
        }
    }

    fn receipt(&self, command: CommandId, state: ReceiptState) {
        self.sight.see(Seen::Receipt { command, state });
    }
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

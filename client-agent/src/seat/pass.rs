//! Passes to the student panel: one secret for as long as the agent runs, which a browser holds in an `HttpOnly` cookie, and
//! one-time tickets that are exchanged for it.
//!
//! A ticket is given to the seat's own account over the [`super::door`], and to the blocked page, which only that account's
//! browser is shown. It travels in the fragment of an address: no server and no `Referer` ever sees it. Whoever learns one from
//! a command line still needs the pupil's account and the panel's exact `Origin` to use it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use vigie_protocol::Private;

use crate::ids::{self, NoRandomness};

/// How long a ticket waits to be used.
pub const TICKET_LASTS: Duration = Duration::from_mins(30);
/// Tickets that wait at once; the oldest is void when one more is made.
pub const TICKETS_MAX: usize = 64;

/// The secret and the tickets that wait. Only their digests are kept and compared, so that no comparison tells how much of a
/// guess was right.
#[derive(Debug)]
pub struct Passes {
    secret: Private<String>,
    digest: [u8; 32],
    tickets: Mutex<VecDeque<([u8; 32], Instant)>>,
}

impl Passes {
    /// A fresh secret, no ticket.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn new() -> Result<Self, NoRandomness> {
        let secret = ids::nonce()?;
        Ok(Self {
            digest: digest(&secret),
            secret: secret.into(),
            tickets: Mutex::default(),
        })
    }

    /// A new one-time ticket.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn ticket(&self, now: Instant) -> Result<Private<String>, NoRandomness> {
        let ticket = ids::nonce()?;
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() >= TICKETS_MAX {
            tickets.pop_front();
        }
        tickets.push_back((digest(&ticket), now));
        Ok(ticket.into())
    }

    /// Takes a ticket in exchange for the secret; it is void from then on.
    pub(crate) fn exchange(&self, ticket: &str, now: Instant) -> Option<&Private<String>> {
        let digest = digest(ticket);
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|(_, made)| now.duration_since(*made) < TICKET_LASTS);
        let at = tickets.iter().position(|(known, _)| *known == digest)?;
        tickets.remove(at);
        Some(&self.secret)
    }

    /// Whether this is the secret.
    pub(crate) fn is_secret(&self, text: &str) -> bool {
        digest(text) == self.digest
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::moment;

    #[test]
    fn a_ticket_opens_once_and_not_for_ever() {
        let (passes, now) = (Passes::new().unwrap(), moment());
        let ticket = passes.ticket(now).unwrap().into_revealed();
        assert!(passes.exchange("guess", now).is_none());
        let secret = passes.exchange(&ticket, now).unwrap().reveal().clone();
        assert!(passes.is_secret(&secret) && !passes.is_secret(&ticket));
        assert!(passes.exchange(&ticket, now).is_none(), "once");
        let late = passes.ticket(now).unwrap().into_revealed();
        assert!(passes.exchange(&late, now + TICKET_LASTS).is_none());
        let other = Passes::new().unwrap();
        assert!(!other.is_secret(&secret), "a new run, a new secret");
        assert!(!format!("{passes:?}").contains(&secret));
    }

    #[test]
    fn tickets_are_bounded_and_the_newest_wins() {
        let (passes, now) = (Passes::new().unwrap(), moment());
        let first = passes.ticket(now).unwrap();
        let rest: Vec<_> = (0..TICKETS_MAX)
            .map(|_| passes.ticket(now).unwrap())
            .collect();
        assert!(passes.exchange(first.reveal(), now).is_none());
        assert!(
            rest.iter()
                .all(|one| passes.exchange(one.reveal(), now).is_some())
        );
    }
}

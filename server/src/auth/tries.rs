//! The limit on guesses. Counted by name and address together, by address, and by name, so that neither a guesser nor
//! somebody who wants to lock a colleague out gets far. A name that nobody has is counted like any other.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use vigie_protocol::{Span, Stamp};

use crate::problem::Problem;

/// Tries are counted over this long.
const WINDOW: Span = Span::minutes(5);
/// For one name from one address.
const PAIR_MAX: u32 = 5;
/// From one address: a school's tablets may share one.
const PEER_MAX: u32 = 60;
/// For one name from everywhere.
const NAME_MAX: u32 = 50;
/// Counters held; beyond it those whose window is over are dropped, and then everything is refused until one is.
const COUNTERS_MAX: usize = 20_000;

/// The counters. A lock for a map look-up, never held across an await.
#[derive(Debug, Default)]
pub(super) struct Tries {
    counters: Mutex<BTreeMap<(String, String), Counter>>,
}

#[derive(Debug)]
struct Counter {
    tries: u32,
    since: Stamp,
}

impl Tries {
    /// Counts one try, or refuses it.
    pub(super) fn admit(&self, name: &str, peer: &str, now: Stamp) -> Result<(), Problem> {
        let name = name.to_lowercase();
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= COUNTERS_MAX {
            counters.retain(|_, counter| now - counter.since < WINDOW);
        }
        let full = counters.len() >= COUNTERS_MAX;
        let keys = [
            ((name.clone(), peer.to_owned()), PAIR_MAX),
            ((String::new(), peer.to_owned()), PEER_MAX),
            ((name, String::new()), NAME_MAX),
        ];
        for (key, tries_max) in &keys {
            if let Some(counter) = counters.get_mut(key) {
                let gone = now - counter.since;
                if gone >= WINDOW {
                    *counter = Counter {
                        tries: 0,
                        since: now,
                    };
                } else if counter.tries >= *tries_max {
                    let left = (WINDOW.0 - gone.0).unsigned_abs().div_ceil(1_000);
                    return Err(Problem::TooManyTries(left));
                }
            } else if full {
                return Err(Problem::TooManyTries(WINDOW.0.unsigned_abs() / 1_000));
            }
        }
        for (key, _) in keys {
            let counter = counters.entry(key).or_insert(Counter {
                tries: 0,
                since: now,
            });
            counter.tries = counter.tries.saturating_add(1);
        }
        Ok(())
    }

    /// A sign-in that worked clears the pair's counter.
    pub(super) fn forget(&self, name: &str, peer: &str) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.remove(&(name.to_lowercase(), peer.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sixth_guess_waits_and_a_colleague_is_not_locked_out() {
        let tries = Tries::default();
        let at = |second: i64| Stamp(second * 1_000);
        for second in 0..5 {
            tries.admit("Renaud", "10.0.0.9", at(second)).unwrap();
        }
        let refused = tries.admit("renaud", "10.0.0.9", at(5)).unwrap_err();
        assert!(matches!(refused, Problem::TooManyTries(295)), "{refused:?}");
        tries.admit("renaud", "10.0.0.7", at(6)).unwrap();
        tries.admit("renaud", "10.0.0.9", at(301)).unwrap();
    }

    #[test]
    fn success_clears_the_pair() {
        let tries = Tries::default();
        for second in 0..20 {
            tries.admit("renaud", "10.0.0.7", Stamp(second)).unwrap();
            tries.forget("renaud", "10.0.0.7");
        }
    }
}

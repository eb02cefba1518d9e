//! The limit on guesses, made so that nobody can lock a colleague out.
//!
//! A browser that somebody has signed in with before carries a signed device cookie: its tries for that account have a counter
//! of their own, which nobody else can use up. From any other browser: a name from one address has five tries, an address has
//! sixty, and a name that is tried from many addresses is answered more slowly, never refused for good. Only failures count.
//! A name that nobody has is counted like any other.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use vigie_protocol::{Span, Stamp};

use crate::problem::Problem;

/// Failures are counted over this long.
const WINDOW: Span = Span::minutes(5);
/// For one account from a device that is known for it.
const DEVICE_MAX: u32 = 10;
/// For one name from one address.
const PAIR_MAX: u32 = 5;
/// From one address: a school's tablets may share one.
const PEER_MAX: u32 = 60;
/// For one name from everywhere, before further unknown devices are slowed.
const NAME_FREE: u32 = 20;
/// Then one try of an unknown device in this long is heard.
const NAME_PACE: Span = Span::seconds(15);
/// Counters held; beyond it those whose window is over are dropped, and then unknown devices are refused until one is.
const COUNTERS_MAX: usize = 20_000;

/// Who tries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trier<'a> {
    pub(super) name: &'a str,
    pub(super) peer: &'a str,
    /// The device's id, when its cookie says that this account has signed in with it.
    pub(super) device: Option<&'a str>,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Device(String),
    Pair(String, String),
    Peer(String),
    Name(String),
}

#[derive(Clone, Copy, Debug)]
struct Counter {
    tries: u32,
    since: Stamp,
    last: Stamp,
}

/// The counters. A lock for a map look-up, never held across an await.
#[derive(Debug, Default)]
pub(super) struct Tries {
    counters: Mutex<BTreeMap<Key, Counter>>,
}

impl Tries {
    /// Counts one try, or refuses it.
    pub(super) fn admit(&self, trier: Trier<'_>, now: Stamp) -> Result<(), Problem> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= COUNTERS_MAX {
            counters.retain(|_, counter| now - counter.since < WINDOW);
        }
        let full = counters.len() >= COUNTERS_MAX;
        let keys = keys(trier);
        for key in &keys {
            // A known device is never refused for want of room: nobody can make one up.
            if full && !matches!(key, Key::Device(_)) && !counters.contains_key(key) {
                return Err(too_many(WINDOW));
            }
            if let Some(counter) = counters.get_mut(key) {
                if now - counter.since >= WINDOW {
                    *counter = Counter::new(now);
                }
                let left = counter.wait(key, now);
                if left.0 > 0 {
                    return Err(too_many(left));
                }
            }
        }
        for key in keys {
            let counter = counters.entry(key).or_insert_with(|| Counter::new(now));
            counter.tries = counter.tries.saturating_add(1);
            counter.last = now;
        }
        Ok(())
    }

    /// A sign-in that worked was no failure: it is taken back, and the pair begins anew.
    pub(super) fn succeeded(&self, trier: Trier<'_>) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(trier) {
            if matches!(key, Key::Pair(..) | Key::Device(_)) {
                counters.remove(&key);
            } else if let Some(counter) = counters.get_mut(&key) {
                counter.tries = counter.tries.saturating_sub(1);
            }
        }
    }
}

impl Counter {
    fn new(now: Stamp) -> Self {
        Self {
            tries: 0,
            since: now,
            last: now,
        }
    }

    /// How long a try must still wait.
    fn wait(&self, key: &Key, now: Stamp) -> Span {
        let most = match key {
            Key::Device(_) => DEVICE_MAX,
            Key::Pair(..) => PAIR_MAX,
            Key::Peer(_) => PEER_MAX,
            Key::Name(_) => NAME_FREE,
        };
        match key {
            _ if self.tries < most => Span(0),
            Key::Name(_) => Span(NAME_PACE.0 - (now - self.last).0),
            _ => Span(WINDOW.0 - (now - self.since).0),
        }
    }
}

fn too_many(left: Span) -> Problem {
    Problem::TooManyTries(left.0.max(1).unsigned_abs().div_ceil(1_000))
}

fn keys(trier: Trier<'_>) -> Vec<Key> {
    if let Some(device) = trier.device {
        return vec![Key::Device(device.to_owned())];
    }
    let name = trier.name.to_lowercase();
    let peer = network(trier.peer);
    vec![
        Key::Pair(name.clone(), peer.clone()),
        Key::Peer(peer),
        Key::Name(name),
    ]
}

/// An address as one subscriber: of IPv6 the first 64 bits, since one machine has all the rest.
fn network(peer: &str) -> String {
    match peer.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => peer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Stamp {
        Stamp(second * 1_000)
    }

    fn from<'a>(name: &'a str, peer: &'a str) -> Trier<'a> {
        Trier {
            name,
            peer,
            device: None,
        }
    }

    fn waits(outcome: Result<(), Problem>) -> Option<u64> {
        match outcome {
            Ok(()) => None,
            Err(Problem::TooManyTries(seconds)) => Some(seconds),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_sixth_guess_waits_and_a_colleague_is_not_locked_out() {
        let tries = Tries::default();
        for second in 0..5 {
            tries.admit(from("Renaud", "10.0.0.9"), at(second)).unwrap();
        }
        let refused = tries.admit(from("renaud", "10.0.0.9"), at(5));
        assert_eq!(waits(refused), Some(295));
        tries.admit(from("renaud", "10.0.0.7"), at(6)).unwrap();
        tries.admit(from("renaud", "10.0.0.9"), at(301)).unwrap();
    }

    #[test]
    fn a_whole_botnet_slows_unknown_devices_and_never_a_known_one() {
        let tries = Tries::default();
        for number in 0..NAME_FREE {
            let peer = format!("10.1.0.{number}");
            tries.admit(from("renaud", &peer), at(0)).unwrap();
        }
        assert_eq!(
            waits(tries.admit(from("renaud", "10.2.0.1"), at(1))),
            Some(14)
        );
        assert_eq!(waits(tries.admit(from("renaud", "10.2.0.1"), at(15))), None);
        assert_eq!(
            waits(tries.admit(from("renaud", "10.2.0.2"), at(16))),
            Some(14)
        );
        let known = Trier {
            device: Some("tablet"),
            ..from("renaud", "10.1.0.1")
        };
        for second in 16..26 {
            tries.admit(known, at(second)).unwrap();
        }
        assert!(
            waits(tries.admit(known, at(26))).is_some(),
            "a stolen tablet is no oracle"
        );
    }

    #[test]
    fn ten_thousand_made_up_names_do_not_shut_a_known_device_out() {
        let tries = Tries::default();
        for number in 0..COUNTERS_MAX {
            let peer = format!(
                "10.{}.{}.{}",
                number >> 16,
                (number >> 8) & 255,
                number & 255
            );
            let _ = tries.admit(from(&format!("name{number}"), &peer), at(0));
        }
        assert!(waits(tries.admit(from("renaud", "192.0.2.1"), at(1))).is_some());
        let known = Trier {
            device: Some("tablet"),
            ..from("renaud", "192.0.2.1")
        };
        tries.admit(known, at(1)).unwrap();
        tries.admit(from("renaud", "192.0.2.1"), at(301)).unwrap();
    }

    #[test]
    fn success_is_no_failure() {
        let tries = Tries::default();
        for second in 0..200 {
            let trier = from("renaud", "10.0.0.7");
            tries.admit(trier, Stamp(second)).unwrap();
            tries.succeeded(trier);
        }
    }

    #[test]
    fn one_subscriber_of_ipv6_is_one_address() {
        assert_eq!(
            network("2001:db8:1:2:3::9"),
            network("2001:db8:1:2:ffff::1")
        );
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:10.0.0.1"), "10.0.0.1");
    }
}

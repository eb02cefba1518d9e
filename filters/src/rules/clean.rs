//! Hosts that no rule minded: most of what a class visits is a few dozen of them, over and over.
//!
//! Owns nothing but a short cut. What is found of a host and a port alone depends on the compiled rules and on nothing else,
//! so that remembering "nothing" changes no answer. Never remembers a URL, nor a host that met a condition.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most hosts remembered; one more, and all are forgotten: what is visited comes back at once.
const HOSTS_MAX: usize = 2_048;
/// Most ports of one host; beyond, the others are looked at each time.
const PORTS_MAX: usize = 4;
/// Longest host remembered, bytes: the longest that the name system knows.
const LENGTH_MAX: usize = 253;

/// The hosts, each with its ports.
#[derive(Debug, Default)]
pub(super) struct Clean {
    hosts: Mutex<HashMap<Box<str>, Vec<u16>>>,
}

impl Clean {
    /// Whether nothing was found of it before.
    pub(super) fn holds(&self, host: &str, port: u16) -> bool {
        self.hosts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(host)
            .is_some_and(|ports| ports.contains(&port))
    }

    /// Remembers that nothing is found of it.
    pub(super) fn add(&self, host: &str, port: u16) {
        if host.len() > LENGTH_MAX {
            return;
        }
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ports) = hosts.get_mut(host) {
            if ports.len() < PORTS_MAX {
                ports.push(port);
            }
            return;
        }
        if hosts.len() >= HOSTS_MAX {
            hosts.clear();
        }
        hosts.insert(host.into(), vec![port]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_clean_at_the_ports_it_was_seen_at() {
        let clean = Clean::default();
        assert!(!clean.holds("fr.vikidia.org", 443));
        clean.add("fr.vikidia.org", 443);
        assert!(clean.holds("fr.vikidia.org", 443));
        assert!(!clean.holds("fr.vikidia.org", 80));
        assert!(!clean.holds("vikidia.org", 443));
        for port in 0..100 {
            clean.add("fr.vikidia.org", port);
        }
        assert!(!clean.holds("fr.vikidia.org", 99), "a few ports are enough");
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let clean = Clean::default();
        clean.add(&"x".repeat(300), 443);
        assert!(!clean.holds(&"x".repeat(300), 443));
        for number in 0..HOSTS_MAX * 3 {
            clean.add(&format!("{number}.example"), 443);
            assert!(clean.hosts.lock().unwrap().len() <= HOSTS_MAX);
        }
        assert!(clean.holds(&format!("{}.example", HOSTS_MAX * 3 - 1), 443));
    }
}

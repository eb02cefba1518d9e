//! What the engine counts about itself for `GET /metrics`: no school, room or person ever becomes a label.
//!
//! Owns the counters; cheap to clone and to add to. Never reads a clock. Next: `metrics.rs`, which shows them.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The engine's counters.
#[derive(Clone, Debug)]
pub(crate) struct Gauges {
    /// Inputs that rooms took: events, asks, links.
    pub(crate) inputs: Counter,
    /// Records that were appended.
    pub(crate) records: Counter,
    commits: Counter,
    commit_failures: Counter,
    runs: Counter,
    commit_seconds: Histogram,
    /// Agents' links that are proved and up.
    pub(crate) links: Gauge,
    /// Links that the server refused or hung up.
    pub(crate) links_refused: Counter,
    /// Live pages that are watched.
    pub(crate) tablets: Gauge,
    /// Tablets dropped because they did not read in time.
    pub(crate) tablets_dropped: Counter,
    /// Rooms folded again after a failed commit.
    pub(crate) refolds: Counter,
    /// Events that came after their day was erased.
    pub(crate) too_late: Counter,
}

impl Default for Gauges {
    fn default() -> Self {
        Self {
            inputs: Counter::default(),
            records: Counter::default(),
            commits: Counter::default(),
            commit_failures: Counter::default(),
            runs: Counter::default(),
            commit_seconds: Histogram::new([
                0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0,
            ]),
            links: Gauge::default(),
            links_refused: Counter::default(),
            tablets: Gauge::default(),
            tablets_dropped: Counter::default(),
            refolds: Counter::default(),
            too_late: Counter::default(),
        }
    }
}

impl Gauges {
    /// Shows them under these names.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let counters: [(&str, &str, &Counter); 9] = [
            ("inputs", "Inputs that rooms took", &self.inputs),
            ("records", "Records appended", &self.records),
            ("commits", "Transactions of the journal", &self.commits),
            (
                "commit_failures",
                "Appends that failed",
                &self.commit_failures,
            ),
            ("runs", "Runs of records appended", &self.runs),
            (
                "links_refused",
                "Links refused or hung up by the server",
                &self.links_refused,
            ),
            (
                "tablets_dropped",
                "Tablets dropped because they did not read in time",
                &self.tablets_dropped,
            ),
            (
                "refolds",
                "Rooms folded again after a failed commit",
                &self.refolds,
            ),
            (
                "too_late",
                "Events that came after their day was erased",
                &self.too_late,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        registry.register("links", "Agents' links that are up", self.links.clone());
        registry.register("tablets", "Live pages watched", self.tablets.clone());
        registry.register_with_unit(
            "commit",
            "How long a transaction of the journal took",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
    }

    pub(crate) fn committed(&self, runs: usize, took: Duration) {
        self.commits.inc();
        self.runs.inc_by(u64::try_from(runs).unwrap_or(u64::MAX));
        self.commit_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn commit_failed(&self) {
        self.commit_failures.inc();
    }
}

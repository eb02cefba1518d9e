//! The seam between the agent and whatever plays the desktop: the real one, or a script.
//!
//! [`Able`] says beforehand what can run here. Then the desktop holds a [`Desk`]: it reads [`Desk::watching`] and runs exactly
//! the sensors named there (none outside a session, none after an unrenewed lease), says what it sees through
//! [`Desk::sight`], asks [`Desk::rules`] at each connection, and obeys [`Desk::locks`] and [`Desk::errands`], answering with
//! `Seen::Receipt`.
//! Never decides anything: the brain does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwapOption;
use tokio::sync::{mpsc, watch};
use vigie_filters::{Article, Rule, RuleSet, Verdict};
use vigie_protocol::{Block, CommandId, Digest, Private, RuleId, Sensor, Setting, site_admits};

use crate::brain::Seen;
use crate::clock::{Clock, Mono};

/// Most things seen that wait for the brain. Beyond it a thing seen is dropped, counted, and the loss is said.
pub const SIGHTS_WAITING_MAX: usize = 1_024;
/// Most lock orders that wait for the actuator. Beyond it the order is refused in words.
pub const LOCKS_WAITING_MAX: usize = 16;

/// What can run on this desktop, found out before the link opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Able {
    /// `x11`, `wayland`, `none`, or another word for the tile.
    pub desktop: String,
    /// Sensors that can run here.
    pub sensors: BTreeSet<Sensor>,
    /// Sensors that cannot, each with the reason in words.
    pub missing: BTreeMap<Sensor, String>,
    /// Why the screen cannot be locked here, in words; none when it can.
    pub no_lock: Option<String>,
    /// Why no page can be opened here, in words; none when one can.
    pub no_pages: Option<String>,
    /// Why no window can be closed here, in words; none when one can.
    pub no_close: Option<String>,
    /// What the proxy does when the agent is dead: `open` or `closed`.
    pub when_dead: Option<String>,
    /// Who says that a message was shown.
    pub messages: Messages,
}

/// When a message counts as shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Messages {
    /// Once a page of the student panel that is open has been given it.
    #[default]
    WhenShown,
    /// As soon as it arrives: for scripted pupils, who have no page.
    AtOnce,
}

/// The sensors that may run now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watching(BTreeSet<Sensor>);

impl Watching {
    /// These sensors.
    pub fn new(sensors: BTreeSet<Sensor>) -> Self {
        Self(sensors)
    }
    /// Whether this sensor may run now.
    pub fn has(&self, sensor: Sensor) -> bool {
        self.0.contains(&sensor)
    }
    /// All of them.
    pub fn sensors(&self) -> &BTreeSet<Sensor> {
        &self.0
    }
}

/// The desktop's end.
#[derive(Debug)]
pub struct Desk {
    /// Where to say what is seen.
    pub sight: Sight,
    /// The sensors that may run now; changes when a session begins, ends, or is not renewed.
    pub watching: watch::Receiver<Watching>,
    /// The rules in force, or none.
    pub rules: Rules,
    /// Locks to hold and to release.
    pub locks: mpsc::Receiver<LockOrder>,
    /// What is to be done once; answered with `Seen::Receipt`.
    pub errands: mpsc::Receiver<Errand>,
}

/// Where a sensor says what it sees. Cheap to clone; never waits.
#[derive(Clone, Debug)]
pub struct Sight {
    seen: mpsc::Sender<Seen>,
    dropped: Arc<AtomicU64>,
}

impl Sight {
    /// Says one thing. When [`SIGHTS_WAITING_MAX`] wait already, it is dropped and counted.
    pub fn see(&self, seen: Seen) {
        if self.seen.try_send(seen).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A lock to hold or to release.
#[derive(Clone, Debug, PartialEq)]
pub enum LockOrder {
    /// Cover the screen and hold the input until then, whoever is alive. A repeat of the same command renews its text and
    /// its deadline. Several commands may be held at once: the screen stays covered until none is.
    Hold {
        /// The command.
        command: CommandId,
        /// What the pupil reads meanwhile.
        text: Private<String>,
        /// When it ends by itself.
        until: Instant,
    },
    /// Let go at once.
    Release {
        /// The command.
        command: CommandId,
    },
}

/// Something to be done once.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// Open a page in the browser of whoever sits here.
    Open {
        /// The command.
        command: CommandId,
        /// Its address: `http` or `https`.
        url: Private<String>,
    },
    /// Ask the window in front to close, as its own close button does.
    Close {
        /// The command.
        command: CommandId,
    },
}

/// What adults have opened and closed at a seat, beside the charter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// Sites that pass whatever the rules say.
    pub sites: Vec<String>,
    /// Whether no other site passes.
    pub only: bool,
}

/// What becomes of a connection before any rule is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// An adult has opened it.
    Open,
    /// Only what an adult has opened passes, and it is not that.
    Shut,
    /// The charter decides.
    Charter,
}

/// The rules in force, for the proxy. Cheap to clone; a reading never waits.
#[derive(Clone, Debug)]
pub struct Rules {
    clock: Clock,
    shared: Arc<ArcSwapOption<InForce>>,
    /// How often they were put in force, for tunnels that are open.
    changed: Arc<watch::Sender<u64>>,
}

impl Rules {
    /// The rules in force now. None outside a session: then everything passes, unfiltered and unrecorded.
    pub fn in_force(&self) -> Option<Arc<InForce>> {
        let in_force = self.shared.load_full()?;
        (self.clock.mono() < in_force.until).then_some(in_force)
    }

    /// Returns once this host is shut by what adults have closed: what was opened before must not stay open.
    pub async fn shut(&self, host: &str) {
        let mut changed = self.changed.subscribe();
        loop {
            let gate = self.in_force().map(|in_force| in_force.gate(host));
            if gate == Some(Gate::Shut) {
                return;
            }
            if changed.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }
}

/// A compiled charter under a lease.
#[derive(Debug)]
pub struct InForce {
    rules: Arc<RuleSet>,
    /// Where the session is: rules may be limited to it, and to hours of its clock.
    setting: Setting,
    gates: Gates,
    clock: Clock,
    until: Mono,
}

impl InForce {
    /// These rules in this setting until then.
    pub(crate) fn new(rules: Arc<RuleSet>, setting: Setting, clock: Clock, until: Mono) -> Self {
        Self {
            rules,
            setting,
            gates: Gates::default(),
            clock,
            until,
        }
    }

    /// With what adults have opened and closed.
    pub fn with(mut self, gates: Gates) -> Self {
        self.gates = gates;
        self
    }

    /// What becomes of a connection before any rule is asked.
    pub fn gate(&self, host: &str) -> Gate {
        if site_admits(&self.gates.sites, host) {
            Gate::Open
        } else if self.gates.only {
            Gate::Shut
        } else {
            Gate::Charter
        }
    }

    /// Sites that pass whatever the rules say.
    pub fn sites(&self) -> &[String] {
        &self.gates.sites
    }

    /// Whether this connection is to be stopped at once: the verdict, and the block that the event carries.
    pub fn blocks(&self, host: &str, port: u16, url: Option<&str>) -> Option<(Verdict, Block)> {
        let at = self.clock.now().at;
        let verdict = self.rules.blocks(&self.setting, at, host, port, url)?;
        let block = Block {
            rule: verdict.rule.clone(),
            charter: self.charter().clone(),
            list: self.rules.list_digest().cloned(),
        };
        Some((verdict, block))
    }

    /// The rule of that name, for its words to the pupil.
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules
            .charter()
            .rules
            .iter()
            .find(|rule| rule.id == *id)
    }

    /// The article of that number, for its title.
    pub fn article(&self, number: &str) -> Option<&Article> {
        self.rules
            .charter()
            .articles
            .iter()
            .find(|article| article.number == number)
    }

    /// The charter in force.
    pub fn charter(&self) -> &Digest {
        &self.rules.charter().digest
    }
}

/// The agent's end of the same channels.
#[derive(Debug)]
pub(crate) struct Chair {
    pub(crate) seen: mpsc::Receiver<Seen>,
    pub(crate) watching: watch::Sender<Watching>,
    pub(crate) locks: mpsc::Sender<LockOrder>,
    pub(crate) errands: mpsc::Sender<Errand>,
    pub(crate) rules: Rules,
    dropped: Arc<AtomicU64>,
}

impl Chair {
    /// How many things seen were dropped since the last call.
    pub(crate) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    /// Puts rules in force, or none.
    pub(crate) fn enforce(&self, in_force: Option<InForce>) {
        self.rules.shared.store(in_force.map(Arc::new));
        self.rules
            .changed
            .send_modify(|times| *times = times.wrapping_add(1));
    }
}

/// Makes both ends.
pub(crate) fn pair(clock: Clock) -> (Chair, Desk) {
    let (seen_in, seen_out) = mpsc::channel(SIGHTS_WAITING_MAX);
    let (watching_in, watching_out) = watch::channel(Watching::default());
    let (locks_in, locks_out) = mpsc::channel(LOCKS_WAITING_MAX);
    let (errands_in, errands_out) = mpsc::channel(LOCKS_WAITING_MAX);
    let dropped = Arc::new(AtomicU64::new(0));
    let rules = Rules {
        clock,
        shared: Arc::new(ArcSwapOption::empty()),
        changed: Arc::new(watch::Sender::new(0)),
    };
    let chair = Chair {
        seen: seen_out,
        watching: watching_in,
        locks: locks_in,
        errands: errands_in,
        rules: rules.clone(),
        dropped: Arc::clone(&dropped),
    };
    let desk = Desk {
        sight: Sight {
            seen: seen_in,
            dropped,
        },
        watching: watching_out,
        rules,
        locks: locks_out,
        errands: errands_out,
    };
    (chair, desk)
}

/// Both ends, for tests of the desktop's parts: the test plays the agent.
#[cfg(any(test, feature = "desktop"))]
#[derive(Debug)]
pub struct Bench(Chair);

#[cfg(any(test, feature = "desktop"))]
impl Bench {
    /// A bench and the desk that it drives.
    pub fn new() -> (Self, Desk) {
        let (chair, desk) = pair(Clock::start());
        (Self(chair), desk)
    }
    /// The next thing that a sensor said; none when every [`Sight`] is gone.
    pub async fn seen(&mut self) -> Option<Seen> {
        self.0.seen.recv().await
    }
    /// Changes which sensors may run.
    pub fn watch(&self, sensors: impl IntoIterator<Item = Sensor>) {
        self.0
            .watching
            .send_replace(Watching::new(sensors.into_iter().collect()));
    }
    /// Puts rules in force for a long while, or none.
    pub fn enforce(&self, rules: Option<Arc<RuleSet>>) {
        let clock = &self.0.rules.clock;
        let in_force = |rules| InForce::new(rules, Setting::default(), *clock, Mono(i64::MAX));
        self.0.enforce(rules.map(in_force));
    }
    /// The same with what adults have opened and closed.
    pub fn enforce_with(&self, rules: Arc<RuleSet>, gates: Gates) {
        let clock = self.0.rules.clock;
        let in_force = InForce::new(rules, Setting::default(), clock, Mono(i64::MAX));
        self.0.enforce(Some(in_force.with(gates)));
    }
    /// Sends on an errand.
    pub async fn send(&self, errand: Errand) {
        let _gone = self.0.errands.send(errand).await;
    }
    /// Orders a lock.
    pub async fn order(&self, order: LockOrder) {
        let _gone = self.0.locks.send(order).await;
    }
}

//! The room: the state of one session, and the names of its functions.
//!
//! Owns every piece of state; never decides or draws here. Next: `room/decide.rs` (judges), `room/apply.rs` (remembers),
//! `room/due.rs` (owes), `room/draw.rs` (the picture), `room/seat.rs` and `room/person.rs` (a seat and who sits there).

mod admit;
mod apply;
mod chat;
mod decide;
mod draw;
mod due;
mod order;
mod person;
mod seat;
mod sheet;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use vigie_filters::Memory;
use vigie_protocol::{
    AlertId, CommandId, HelpId, Rev, RuleId, SeatNo, Seq, SessionId, StaffId, Stamp, WorkstationId,
    site_admits,
};

pub use self::admit::admit;
pub use self::apply::{apply, apply_into};
pub use self::decide::decide;
pub use self::due::due;

use self::chat::Chat;
use self::order::Issue;
use self::seat::Seat;
use crate::fact::Opening;
use crate::picture::{Alert, Help, Order};

/// The state of one session: nothing but the fold of its journal, so that folding again gives an equal room.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    session: SessionId,
    rev: Rev,
    phase: Phase,
    /// As it was opened; what changes later is beside it.
    opening: Option<Box<Opening>>,
    started: Stamp,
    ends: Stamp,
    seats: BTreeMap<SeatNo, Seat>,
    /// Where each workstation that has a seat is.
    places: BTreeMap<WorkstationId, SeatNo>,
    /// Cursors of workstations that were moved away from every seat.
    away: BTreeMap<WorkstationId, Seq>,
    memory: Memory,
    alerts: BTreeMap<AlertId, Filed<Alert>>,
    helps: BTreeMap<HelpId, Filed<Help>>,
    /// What waits for an adult: keys of `alerts` and `helps`.
    queue: BTreeSet<ItemKey>,
    issues: BTreeMap<CommandId, Issue>,
    /// The newest commands that are no release, oldest first.
    recent: VecDeque<CommandId>,
    /// The owner first.
    adults: Vec<StaffId>,
    /// Sites that pass whatever the rules say.
    sites: Vec<String>,
    chat: Chat,
    /// How often rules that only note were met: counted, shown to nobody by itself.
    noted: BTreeMap<RuleId, u64>,
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Empty,
    Open,
    Closed { at: Stamp },
}

/// Something that a person is answerable for, with the sitting in which it happened: a panel shows it to that sitting only.
#[derive(Clone, Debug, PartialEq)]
struct Filed<T> {
    it: T,
    sitting: Option<u32>,
}

/// A queue entry's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKey {
    Help(HelpId),
    Alert(AlertId),
}

/// What records changed: which parts of the picture to draw again. One delta may gather many records ([`apply_into`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    pub bar: bool,
    pub seats: BTreeSet<SeatNo>,
    pub items: BTreeSet<ItemKey>,
    /// Commands, as everybody in the room sees them.
    pub orders: BTreeSet<CommandId>,
    /// Panels of these seats.
    pub panels: BTreeSet<SeatNo>,
    /// An alert or a hand: do not wait for the next tile tick.
    pub urgent: bool,
    /// Everything (the session opened or closed).
    pub all: bool,
}

/// A command owed to a seat, with what remains of it computed by the driver from the order's deadline.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub seat: SeatNo,
    pub workstation: WorkstationId,
    pub order: Order,
}

impl Room {
    /// The empty fold.
    pub fn new(session: SessionId) -> Self {
        Self {
            session,
            rev: Rev(0),
            phase: Phase::Empty,
            opening: None,
            started: Stamp(0),
            ends: Stamp(0),
            seats: BTreeMap::new(),
            places: BTreeMap::new(),
            away: BTreeMap::new(),
            memory: Memory::default(),
            alerts: BTreeMap::new(),
            helps: BTreeMap::new(),
            queue: BTreeSet::new(),
            issues: BTreeMap::new(),
            recent: VecDeque::new(),
            adults: Vec::new(),
            sites: Vec::new(),
            chat: Chat::default(),
            noted: BTreeMap::new(),
        }
    }
    pub fn session(&self) -> &SessionId {
        &self.session
    }
    /// How many records were applied.
    pub fn rev(&self) -> Rev {
        self.rev
    }
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }
    /// How the session began, once it has.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_deref()
    }
    /// Who answers for the session now.
    pub fn owner(&self) -> Option<&StaffId> {
        self.adults.first()
    }
    /// Adults of the session, the owner first.
    pub fn adults(&self) -> &[StaffId] {
        &self.adults
    }
    /// Sites that pass whatever the charter's rules say.
    pub fn sites(&self) -> &[String] {
        &self.sites
    }
    /// Whether no other site passes.
    pub fn sites_only(&self) -> bool {
        self.opening
            .as_ref()
            .is_some_and(|opening| opening.sites_only)
    }
    /// Whether an adult has opened this host at this seat: for the session, or by a command that limits the seat to it.
    fn opens(&self, seat: SeatNo, host: &str) -> bool {
        site_admits(&self.sites, host)
            || self
                .seats
                .get(&seat)
                .is_some_and(|seat| self.limits(seat).any(|(_, sites)| site_admits(sites, host)))
    }
    /// When the session ends by itself: the leases of its agents run until then.
    pub fn ends(&self) -> Option<Stamp> {
        self.is_open().then_some(self.ends)
    }
    /// When it ended.
    pub fn ended(&self) -> Option<Stamp> {
        match self.phase {
            Phase::Closed { at } => Some(at),
            Phase::Empty | Phase::Open => None,
        }
    }
    pub fn seat_of(&self, workstation: &WorkstationId) -> Option<SeatNo> {
        self.places.get(workstation).copied()
    }
    pub fn workstation_at(&self, seat: SeatNo) -> Option<&WorkstationId> {
        self.seats.get(&seat)?.workstation.as_ref()
    }
    /// Last number recorded for a workstation, as the journal says it.
    pub fn through(&self, workstation: &WorkstationId) -> Seq {
        match self
            .places
            .get(workstation)
            .and_then(|at| self.seats.get(at))
        {
            Some(seat) => seat.through,
            None => self.away.get(workstation).copied().unwrap_or_default(),
        }
    }
    /// How often each rule that only notes was met.
    pub fn noted(&self) -> &BTreeMap<RuleId, u64> {
        &self.noted
    }
}

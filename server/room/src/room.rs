//! The room and its three functions.

use std::collections::BTreeSet;

use vigie_filters::RuleSet;
use vigie_protocol::{AlertId, HelpId, Rev, SeatNo, SessionId, Stamp, WorkstationId};

use crate::fact::Record;
use crate::input::{Input, Refusal};
use crate::picture::{Alert, Bar, Item, Moment, Order, Panel, Tile};

/// The state of one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    session: SessionId,
    rev: Rev,
}

/// A queue entry's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKey {
    Help(HelpId),
    Alert(AlertId),
}

/// What a record changed: which parts of the picture to draw again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    pub bar: bool,
    pub seats: BTreeSet<SeatNo>,
    pub items: BTreeSet<ItemKey>,
    /// Panels of these seats.
    pub panels: BTreeSet<SeatNo>,
    /// An alert or a hand: do not wait for the next tile tick.
    pub urgent: bool,
    /// Everything (the session opened or closed).
    pub all: bool,
}

/// A command owed to a seat, with what remains of it computed by the driver from `deadline`.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub seat: SeatNo,
    pub workstation: WorkstationId,
    pub order: Order,
}

impl Room {
    pub fn new(session: SessionId) -> Self {
        Self {
            session,
            rev: Rev(0),
        }
    }
    pub fn session(&self) -> &SessionId {
        &self.session
    }
    pub fn rev(&self) -> Rev {
        self.rev
    }
    pub fn is_open(&self) -> bool {
        todo!()
    }
    pub fn seat_of(&self, _workstation: &WorkstationId) -> Option<SeatNo> {
        todo!()
    }
    /// Last number recorded for a workstation, as the journal says it.
    pub fn through(&self, _workstation: &WorkstationId) -> vigie_protocol::Seq {
        todo!()
    }
    pub fn bar(&self) -> Bar {
        todo!()
    }
    pub fn seats(&self) -> Vec<SeatNo> {
        todo!()
    }
    pub fn tile(&self, _seat: SeatNo, _now: Stamp) -> Option<Tile> {
        todo!()
    }
    /// Open entries; one that is gone gives none.
    pub fn item(&self, _key: ItemKey) -> Option<Item> {
        todo!()
    }
    pub fn items(&self) -> Vec<ItemKey> {
        todo!()
    }
    pub fn alert(&self, _alert: AlertId) -> Option<Alert> {
        todo!()
    }
    pub fn timeline(&self, _seat: SeatNo) -> Vec<Moment> {
        todo!()
    }
    pub fn orders(&self, _seat: SeatNo) -> Vec<Order> {
        todo!()
    }
    pub fn panel(&self, _seat: SeatNo) -> Option<Panel> {
        todo!()
    }
}

/// Whether an input still makes sense; `decide` gives no record where this refuses.
pub fn admit(_room: &Room, _input: &Input) -> Result<(), Refusal> {
    todo!()
}
/// Judges. Mutates nothing.
pub fn decide(_room: &Room, _rules: &RuleSet, _now: Stamp, _input: Input) -> Vec<Record> {
    todo!()
}
/// Remembers. Never judges, never fails.
pub fn apply(_room: &mut Room, _record: &Record) -> Delta {
    todo!()
}
/// What is owed to seats now, and when to look again with [`Input::Tick`].
pub fn due(_room: &Room) -> (Vec<Command>, Option<Stamp>) {
    todo!()
}

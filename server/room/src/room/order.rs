//! The life of a command at a seat: pending, then done, refused or expired; a lock that is done holds until it ended.
//!
//! A lease: its deadline ends it with the server dead too. A receipt that comes late is a fact, and the clock's guess gives way to it.

use vigie_protocol::{Action, CommandId, ReceiptState, SeatNo, StaffId, Stamp};

use super::seat::{Held, Seat};
use super::{Phase, Room};
use crate::picture::{Issued, Order};

/// What was asked, once for all its seats.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Issue {
    pub(super) action: Action,
    pub(super) at: Stamp,
    pub(super) by: StaffId,
    pub(super) deadline: Stamp,
    pub(super) seats: Vec<SeatNo>,
}

impl Issue {
    /// Whether it holds something at the seat after it was done.
    pub(super) fn holds(&self) -> bool {
        self.action.holds()
    }
    /// Whether nothing more can become of it, save by a late receipt.
    pub(super) fn is_over(&self, state: Option<&ReceiptState>) -> bool {
        match state {
            None => false,
            Some(ReceiptState::Done {}) => !self.holds(),
            Some(_) => true,
        }
    }
    /// Whether a state that is reported now says more than the one that is known.
    pub(super) fn admits(&self, known: Option<&ReceiptState>, said: &ReceiptState) -> bool {
        match (known, said) {
            (_, ReceiptState::Unknown(_)) => false,
            (None, _) => true,
            // The server's clock guessed that it never was done: whatever the agent says is better.
            (Some(ReceiptState::Expired {}), ReceiptState::Expired {}) => false,
            (Some(ReceiptState::Expired {}), _) => true,
            (Some(ReceiptState::Done {}), ReceiptState::Ended {}) => self.holds(),
            // It was refused, or has ended, or is done already.
            (Some(_), _) => false,
        }
    }
    /// What the server's clock makes of it at its deadline.
    pub(super) fn at_deadline(&self, known: Option<&ReceiptState>) -> Option<ReceiptState> {
        match known {
            None => Some(ReceiptState::Expired {}),
            Some(ReceiptState::Done {}) if self.holds() => Some(ReceiptState::Ended {}),
            Some(_) => None,
        }
    }
    /// Whether the seat must be told of it, or be told again after a cut.
    pub(super) fn is_owed(&self, held: &Held) -> bool {
        !held.released && !self.is_over(held.state.as_ref())
    }
    pub(super) fn order(&self, held: &Held) -> Order {
        Order {
            command: held.command.clone(),
            action: self.action.clone(),
            at: self.at,
            by: self.by.clone(),
            deadline: self.deadline,
            state: held.state.clone(),
            releasable: self.holds() && self.is_owed(held),
        }
    }
}

impl Room {
    /// Commands that everybody in the room is shown: the newest, and all that wait or hold.
    pub fn issued(&self) -> impl Iterator<Item = Issued> {
        let shown = if self.phase == Phase::Open {
            Some(&self.issues)
        } else {
            None
        };
        shown
            .into_iter()
            .flatten()
            .filter_map(|(command, _)| self.issued_now(command))
    }
    /// One of them; none for a release, or for what is over and no longer new.
    pub fn issued_now(&self, command: &CommandId) -> Option<Issued> {
        let issue = self.issues.get(command)?;
        if self.phase != Phase::Open || matches!(issue.action, Action::Release { .. }) {
            return None;
        }
        let held: Vec<(SeatNo, &Held)> = issue
            .seats
            .iter()
            .filter_map(|seat| Some((*seat, self.seats.get(seat)?.held(command)?)))
            .collect();
        let open = held
            .iter()
            .any(|(_, held)| !issue.is_over(held.state.as_ref()));
        (open || self.recent.contains(command)).then(|| Issued {
            command: command.clone(),
            action: issue.action.clone(),
            at: issue.at,
            by: issue.by.clone(),
            deadline: issue.deadline,
            receipts: held
                .into_iter()
                .map(|(seat, held)| {
                    let releasable = issue.holds() && issue.is_owed(held);
                    (seat, held.state.clone(), releasable)
                })
                .collect(),
        })
    }
    /// The limits to some sites that hold at a seat now, each with its sites.
    pub(super) fn limits<'a>(
        &'a self,
        seat: &'a Seat,
    ) -> impl Iterator<Item = (&'a Issue, &'a [String])> {
        self.in_force(seat)
            .filter_map(|(_, issue)| match &issue.action {
                Action::Focus { sites } => Some((issue, sites.as_slice())),
                _ => None,
            })
    }
    /// The locks and limits that hold at a seat now.
    pub(super) fn in_force<'a>(
        &'a self,
        seat: &'a Seat,
    ) -> impl Iterator<Item = (&'a Held, &'a Issue)> {
        self.open_orders(seat)
            .filter(|(held, issue)| issue.holds() && held.state == Some(ReceiptState::Done {}))
    }
    /// The commands of a seat that are not over.
    pub(super) fn open_orders<'a>(
        &'a self,
        seat: &'a Seat,
    ) -> impl Iterator<Item = (&'a Held, &'a Issue)> {
        let open = if seat.orders_open == 0 {
            &[]
        } else {
            seat.orders.as_slice()
        };
        open.iter().filter_map(|held| {
            let issue = self.issues.get(&held.command)?;
            (!issue.is_over(held.state.as_ref())).then_some((held, issue))
        })
    }
    pub(super) fn held_at<'a>(
        &'a self,
        seat: &'a Seat,
        command: &CommandId,
    ) -> Option<(&'a Held, &'a Issue)> {
        Some((seat.held(command)?, self.issues.get(command)?))
    }
}

//! Remembers links, workstations and people.

use vigie_protocol::frame::Capabilities;
use vigie_protocol::{Pseudonym, SeatNo, Seq, WorkstationId};

use super::Step;
use crate::fact::{LinkEnd, Who};
use crate::picture::{Link, What};
use crate::room::person::Change;

impl Step<'_> {
    pub(super) fn link_up(&mut self, number: SeatNo, can: &Capabilities) {
        let at = self.at;
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        if seat.workstation.is_none() {
            return;
        }
        seat.link = Link::Up;
        seat.desktop.clone_from(&can.desktop);
        seat.can.clone_from(&can.actions);
        seat.forget_senses();
        seat.person.link_up(at);
        seat.timeline.push(Seq(0), at, What::LinkUp);
        self.seat_changed(number);
    }

    pub(super) fn link_down(&mut self, number: SeatNo, why: LinkEnd) {
        let at = self.at;
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        if seat.workstation.is_none() {
            return;
        }
        seat.link = Link::Down { why, since: at };
        seat.forget_senses();
        seat.person.link_down(why);
        seat.timeline.push(Seq(0), at, What::LinkDown(why));
        self.seat_changed(number);
    }

    pub(super) fn seated(&mut self, number: SeatNo, who: &Who) {
        let at = self.at;
        let elsewhere =
            match who {
                Who::Pupil(pupil) => self.room.seats.iter().any(|(other, seat)| {
                    *other != number && seat.person.confirmed() == Some(pupil)
                }),
                Who::Unknown | Who::Nobody => false,
            };
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let change = seat.person.seated(at, who.clone());
        if elsewhere {
            seat.person.disown(at);
        }
        seat.timeline.push(Seq(0), at, What::Seated(who.clone()));
        self.changed_hands(number, change);
        self.seat_changed(number);
    }

    /// An adult's word wins over a login, here and at any other seat where the same pupil seems to sit.
    pub(super) fn confirmed(&mut self, number: SeatNo, pupil: &Pseudonym) {
        let at = self.at;
        if !self.room.seats.contains_key(&number) {
            return;
        }
        for (&other, seat) in &mut self.room.seats {
            if other == number {
                seat.person.confirm(at, pupil.clone());
                seat.timeline
                    .push(Seq(0), at, What::Confirmed(pupil.clone()));
            } else if seat.person.pupil() == Some(pupil) {
                seat.person.disown(at);
                self.delta.seats.insert(other);
                self.delta.panels.insert(other);
            }
        }
        self.seat_changed(number);
    }

    /// A workstation comes to a seat: what it brings is its cursor, what was known of the person stays behind.
    pub(super) fn placed(&mut self, number: SeatNo, workstation: &WorkstationId) {
        if !self.room.seats.contains_key(&number) {
            return;
        }
        let through = self.room.through(workstation);
        if let Some(left) = self.room.places.remove(workstation)
            && left != number
        {
            self.vacate(left);
        }
        let replaced = self
            .room
            .seats
            .get(&number)
            .and_then(|seat| Some((seat.workstation.clone()?, seat.through)));
        if let Some((replaced, cursor)) = replaced
            && replaced != *workstation
        {
            self.room.places.remove(&replaced);
            self.room.away.insert(replaced, cursor);
        }
        self.room.away.remove(workstation);
        self.room.places.insert(workstation.clone(), number);
        if let Some(seat) = self.room.seats.get_mut(&number) {
            seat.workstation = Some(workstation.clone());
            seat.through = through;
            seat.link = Link::Waiting;
            seat.forget_senses();
            seat.person.moved();
        }
        self.changed_hands(number, Change::Left);
        self.seat_changed(number);
    }

    fn vacate(&mut self, number: SeatNo) {
        if let Some(seat) = self.room.seats.get_mut(&number) {
            seat.workstation = None;
            seat.through = Seq(0);
            seat.link = Link::Never;
            seat.forget_senses();
            seat.person.moved();
        }
        self.changed_hands(number, Change::Left);
        self.seat_changed(number);
    }

    /// Whoever sat here is gone: their hand goes down, what an adult wrote to them is not for the next, and nobody after them
    /// answers for what they did. What was written to an empty seat waits for whoever comes.
    fn changed_hands(&mut self, number: SeatNo, change: Change) {
        if change == Change::Same {
            return;
        }
        self.room.memory.forget(number);
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        seat.forget_front();
        seat.readdress(change);
        for help in seat.hand.into_iter().chain(seat.asks.clone()) {
            self.help_ended(help, None, "left");
        }
    }

    fn seat_changed(&mut self, number: SeatNo) {
        self.delta.seats.insert(number);
        self.delta.panels.insert(number);
        self.delta.bar = true;
    }
}

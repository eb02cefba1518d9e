//! Remembers: from a record to the state it leaves. Total: any record, in any order, even one that makes no sense, moves the
//! rev on and nothing else; never judges, never fails.
//!
//! Next: `room/apply/adults.rs` for several adults at once, `room/apply/event.rs` for what was seen, `room/apply/verdict.rs` for what was judged.

mod adults;
mod event;
mod people;
mod verdict;

use vigie_protocol::{
    Action, AlertId, CommandId, HelpId, ReceiptState, SeatNo, Seq, StaffId, Stamp,
};

use super::order::Issue;
use super::seat::{Held, Message, Seat};
use super::{Delta, Filed, ItemKey, Phase, Room};
use crate::fact::{Fact, Opening, Record};
use crate::limit::{HELPS_MAX, ORDERS_SHOWN};
use crate::picture::{AlertState, Help, What};

/// Remembers one record. Never judges, never fails.
pub fn apply(room: &mut Room, record: &Record) -> Delta {
    let mut delta = Delta::default();
    apply_into(room, record, &mut delta);
    delta
}

/// Remembers one record and adds what it changed to `delta`: a batch makes one delta without building one a record.
pub fn apply_into(room: &mut Room, record: &Record, delta: &mut Delta) {
    room.rev = room.rev.next();
    let at = record.at;
    let mut step = Step { room, delta, at };
    match &record.fact {
        Fact::Opened(opening) => step.opened(opening),
        // Nothing can happen in a session that never opened.
        _ if step.room.phase == Phase::Empty => {}
        Fact::Extended { ends, .. } => {
            step.room.ends = *ends;
            step.delta.all = true;
        }
        Fact::Closed { .. } => step.closed(),
        Fact::Placed { seat, workstation } => step.placed(*seat, workstation),
        Fact::LinkUp { seat, can } => step.link_up(*seat, can),
        Fact::LinkDown { seat, why } => step.link_down(*seat, *why),
        Fact::Seated { seat, who } => step.seated(*seat, who),
        Fact::Confirmed { seat, pupil, .. } => step.confirmed(*seat, pupil),
        Fact::Saw { seat, event } => step.saw(*seat, event),
        Fact::Missing {
            seat,
            from,
            through,
        } => step.missing(*seat, *from, *through),
        Fact::Judged { seat, seq, verdict } => step.judged(*seat, *seq, verdict),
        Fact::Disagreed { seat, seq, block } => {
            if let Some(there) = step.room.seats.get_mut(seat) {
                let rule = block.rule.clone();
                there.timeline.push(*seq, at, What::Disagreed { rule });
            }
        }
        Fact::Acknowledged { alert, by } => step.dealt(*alert, by, AlertState::Acknowledged),
        Fact::Dismissed { alert, by } => step.dealt(*alert, by, AlertState::Dismissed),
        Fact::Raised { alert, by } => step.dealt(*alert, by, AlertState::Raised),
        Fact::HelpTaken { help, by } => step.help_taken(*help, by),
        Fact::HelpEnded { help, how, by } => step.help_ended(*help, by.as_ref(), how),
        Fact::Joined { staff, .. } => step.adults(|adults| {
            if !adults.contains(staff) {
                adults.push(staff.clone());
            }
        }),
        Fact::HandedOver { to, .. } => step.adults(|adults| {
            adults.retain(|adult| adult != to);
            adults.insert(0, to.clone());
        }),
        Fact::HelpTold { help, by } => {
            step.help(*help, |help, at| help.told = Some((at, by.clone())))
        }
        Fact::HelpLeft { help, .. } => step.help(*help, |help, _| help.taken = None),
        Fact::AlertTaken { alert, by } => step.alert_taken(*alert, by),
        Fact::Reopened { alert, .. } => step.reopened(*alert),
        Fact::Granted { site, by, .. } => step.granted(site, by),
        Fact::Ungranted { site, .. } => {
            step.room.sites.retain(|there| there != site);
            step.all_panels();
        }
        Fact::Looked { seat, by } => step.looked(*seat, by),
        Fact::Issued {
            command,
            seats,
            action,
            deadline,
            by,
        } => step.issued(command, seats, action, *deadline, by),
        Fact::Settled {
            command,
            seat,
            state,
        } => step.settled(command, *seat, state),
        Fact::ChatOpened { channel, seats, .. } => {
            step.room.chat.open(channel.clone(), seats);
            step.all_panels();
        }
        Fact::ChatClosed { channel, .. } => {
            step.room.chat.close(channel);
            step.all_panels();
        }
        Fact::Unknown(_) => {}
    }
}

/// One record being remembered.
struct Step<'a> {
    room: &'a mut Room,
    delta: &'a mut Delta,
    /// When the server recorded it.
    at: Stamp,
}

impl Step<'_> {
    fn opened(&mut self, opening: &Opening) {
        let room = &mut *self.room;
        if room.phase != Phase::Empty {
            return;
        }
        room.phase = Phase::Open;
        room.started = self.at;
        room.ends = opening.ends;
        for (number, workstation) in &opening.seats {
            // A workstation is at one place; a second mention of it, or of a seat, changes nothing.
            let workstation = workstation
                .clone()
                .filter(|workstation| !room.places.contains_key(workstation));
            if room.seats.contains_key(number) {
                continue;
            }
            if let Some(workstation) = &workstation {
                room.places.insert(workstation.clone(), *number);
            }
            room.seats.insert(*number, Seat::new(workstation));
        }
        if opening.chat_open {
            room.chat.open(super::chat::ROOM_CHANNEL.into(), &[]);
        }
        room.adults.clone_from(&opening.adults);
        room.sites.clone_from(&opening.sites);
        room.opening = Some(Box::new(opening.clone()));
        self.delta.all = true;
    }

    /// Hands go down, chat closes, commands end: nothing is owed any more.
    fn closed(&mut self) {
        if self.room.phase != Phase::Open {
            return;
        }
        self.room.phase = Phase::Closed { at: self.at };
        self.room.ends = self.room.ends.min(self.at);
        self.room.chat.close_all();
        let hands: Vec<HelpId> = self
            .room
            .seats
            .values()
            .flat_map(|seat| seat.hand.into_iter().chain(seat.asks.iter().copied()))
            .collect();
        for help in hands {
            self.help_ended(help, None, "session-ended");
        }
        let mut over: Vec<(CommandId, SeatNo, ReceiptState)> = Vec::new();
        for (&number, seat) in &self.room.seats {
            for (held, issue) in self.room.open_orders(seat) {
                if let Some(state) = issue.at_deadline(held.state.as_ref()) {
                    over.push((held.command.clone(), number, state));
                }
            }
        }
        for (command, seat, state) in over {
            self.settled(&command, seat, &state);
        }
        self.delta.all = true;
    }

    fn missing(&mut self, seat: SeatNo, from: Seq, through: Seq) {
        let Some(there) = self.room.seats.get_mut(&seat) else {
            return;
        };
        let count = through.0.saturating_sub(from.0).saturating_add(1);
        there.through = there.through.max(through);
        there.person.hear(self.at);
        if from <= through {
            there
                .timeline
                .push(Seq(0), self.at, What::Missing { count });
        }
    }

    fn dealt(&mut self, alert: AlertId, by: &StaffId, state: AlertState) {
        let Some(filed) = self.room.alerts.get_mut(&alert) else {
            return;
        };
        filed.it.state = state;
        filed.it.by = Some(by.clone());
        let seat = filed.it.seat;
        self.room.queue.remove(&ItemKey::Alert(alert));
        if let Some(there) = self.room.seats.get_mut(&seat) {
            there.alerts.retain(|open| *open != alert);
        }
        self.alert_changed(alert, seat);
    }

    fn alert_changed(&mut self, alert: AlertId, seat: SeatNo) {
        self.delta.items.insert(ItemKey::Alert(alert));
        self.delta.seats.insert(seat);
        self.delta.bar = true;
        self.own_panels(seat);
    }

    /// A pupil who changed seats reads their alerts there, so one alert may concern two panels.
    fn own_panels(&mut self, seat: SeatNo) {
        let pupil = self
            .room
            .seats
            .get(&seat)
            .and_then(|seat| seat.person.pupil());
        if let Some(pupil) = pupil {
            for (number, other) in &self.room.seats {
                if other.person.pupil() == Some(pupil) {
                    self.delta.panels.insert(*number);
                }
            }
        }
        self.delta.panels.insert(seat);
    }

    fn help_taken(&mut self, help: HelpId, by: &StaffId) {
        let Some(filed) = self.room.helps.get_mut(&help) else {
            return;
        };
        if filed.it.ended || filed.it.taken.is_some() {
            return;
        }
        filed.it.taken = Some(by.clone());
        let seat = filed.it.seat;
        self.delta.items.insert(ItemKey::Help(help));
        self.delta.seats.insert(seat);
        self.delta.panels.insert(seat);
    }

    fn help_ended(&mut self, help: HelpId, by: Option<&StaffId>, how: &str) {
        let Some(filed) = self.room.helps.get_mut(&help) else {
            return;
        };
        if filed.it.ended {
            return;
        }
        filed.it.ended = true;
        filed.it.by = by.cloned();
        filed.it.how = Some(how.to_owned());
        let seat = filed.it.seat;
        self.room.queue.remove(&ItemKey::Help(help));
        if let Some(there) = self.room.seats.get_mut(&seat) {
            if there.hand == Some(help) {
                there.hand = None;
            }
            there.asks.retain(|ask| *ask != help);
            let how = how.to_owned();
            there
                .timeline
                .push(Seq(0), self.at, What::HelpEnded { how });
        }
        self.delta.items.insert(ItemKey::Help(help));
        self.delta.seats.insert(seat);
        self.delta.panels.insert(seat);
        self.delta.bar = true;
    }

    fn file_help(&mut self, help: Help, sitting: Option<u32>) {
        let helps = &mut self.room.helps;
        if helps.len() >= HELPS_MAX {
            let oldest = helps.iter().find(|(_, filed)| filed.it.ended);
            let oldest = oldest.or_else(|| helps.iter().next()).map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                self.room.helps.remove(&oldest);
                self.room.queue.remove(&ItemKey::Help(oldest));
            }
        }
        self.room.queue.insert(ItemKey::Help(help.help));
        self.room
            .helps
            .insert(help.help, Filed { it: help, sitting });
    }

    fn issued(
        &mut self,
        command: &CommandId,
        seats: &[SeatNo],
        action: &Action,
        deadline: Stamp,
        by: &StaffId,
    ) {
        if self.room.issues.contains_key(command) {
            return;
        }
        self.room.issues.insert(
            command.clone(),
            Issue {
                action: action.clone(),
                at: self.at,
                by: by.clone(),
                deadline,
                seats: seats.to_vec(),
            },
        );
        if !matches!(action, Action::Release { .. }) {
            self.room.recent.push_back(command.clone());
            self.delta.orders.insert(command.clone());
            if self.room.recent.len() > ORDERS_SHOWN {
                self.delta.orders.extend(self.room.recent.pop_front());
            }
        }
        for number in seats {
            let Some(seat) = self.room.seats.get_mut(number) else {
                continue;
            };
            if seat.held(command).is_some() {
                continue;
            }
            if let Action::Release { command: target } = action {
                self.delta.orders.insert(target.clone());
                for held in seat
                    .orders
                    .iter_mut()
                    .filter(|held| held.command == *target)
                {
                    held.released = true;
                }
            }
            if let Action::Message { text } = action {
                seat.message(Message {
                    command: command.clone(),
                    at: self.at,
                    by: by.clone(),
                    text: text.clone(),
                    sitting: seat.person.sitting(),
                });
            }
            seat.orders.push(Held {
                command: command.clone(),
                state: None,
                since: self.at,
                released: false,
            });
            seat.orders_open = seat.orders_open.saturating_add(1);
            let command = command.clone();
            seat.timeline.push(
                Seq(0),
                self.at,
                What::Command {
                    command,
                    state: None,
                },
            );
            self.delta.seats.insert(*number);
            self.delta.panels.insert(*number);
        }
    }

    fn settled(&mut self, command: &CommandId, number: SeatNo, state: &ReceiptState) {
        let Some(issue) = self.room.issues.get(command) else {
            return;
        };
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let Some(held) = seat.orders.iter_mut().find(|held| held.command == *command) else {
            return;
        };
        let was_over = issue.is_over(held.state.as_ref());
        held.state = Some(state.clone());
        held.since = self.at;
        match (was_over, issue.is_over(Some(state))) {
            (false, true) => seat.orders_open = seat.orders_open.saturating_sub(1),
            (true, false) => seat.orders_open = seat.orders_open.saturating_add(1),
            _ => {}
        }
        let what = What::Command {
            command: command.clone(),
            state: Some(state.clone()),
        };
        seat.timeline.push(Seq(0), self.at, what);
        self.delta.orders.insert(command.clone());
        self.delta.seats.insert(number);
        self.delta.panels.insert(number);
    }

    fn all_panels(&mut self) {
        self.delta.bar = true;
        self.delta.panels.extend(self.room.seats.keys().copied());
    }
}

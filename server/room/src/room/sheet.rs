//! Draws what is fetched for one seat: its timeline and orders for an adult, its panel for the pupil. Reads; never remembers.

use std::collections::BTreeSet;

use vigie_protocol::SeatNo;

use super::{Filed, Room};
use crate::picture::{Alert, Audience, Moment, Order, Panel};

impl Room {
    /// Oldest first. For [`Audience::Others`] a message of distress and its verdict are not there at all.
    pub fn timeline(&self, seat: SeatNo, audience: Audience) -> Vec<Moment> {
        self.seats
            .get(&seat)
            .map_or_else(Vec::new, |seat| seat.timeline.draw(audience))
    }
    /// Commands of a seat, oldest first.
    pub fn orders(&self, seat: SeatNo) -> Vec<Order> {
        let Some(seat) = self.seats.get(&seat) else {
            return Vec::new();
        };
        seat.orders
            .iter()
            .filter_map(|held| Some(self.issues.get(&held.command)?.order(held)))
            .collect()
    }
    /// The student panel, for whoever sits there now.
    pub fn panel(&self, number: SeatNo) -> Option<Panel> {
        let seat = self.seats.get(&number)?;
        let opening = self.opening.as_ref()?;
        let sitting = seat.person.sitting();
        let mine = |filed: &Filed<Alert>| {
            let pupil = filed.it.pupil.as_ref();
            (filed.it.seat == number && filed.sitting == Some(sitting))
                || (pupil.is_some() && pupil == seat.person.pupil())
        };
        Some(Panel {
            open: self.is_open(),
            task: opening.task.clone(),
            adults: self.adults.clone(),
            ends: self.ends(),
            accepted: seat.accepted == Some(sitting),
            sites: self
                .sites
                .iter()
                .cloned()
                .chain(
                    self.limits(seat)
                        .flat_map(|(_, sites)| sites.iter().cloned()),
                )
                .collect::<BTreeSet<String>>()
                .into_iter()
                .collect(),
            sites_only: self.sites_only() || self.limits(seat).next().is_some(),
            asked: self
                .helps
                .values()
                .rev()
                .filter(|filed| {
                    filed.it.site.is_some()
                        && filed.it.seat == number
                        && filed.sitting == Some(sitting)
                })
                .map(|filed| filed.it.clone())
                .collect(),
            looks: seat
                .looks
                .iter()
                .filter(|(_, _, whose)| *whose == sitting)
                .map(|(at, by, _)| (*at, by.clone()))
                .collect(),
            help: seat
                .hand
                .and_then(|hand| self.helps.get(&hand))
                .filter(|filed| filed.sitting == Some(sitting))
                .map(|filed| filed.it.clone()),
            channels: self.chat.channels(number),
            chat: self.chat.lines(number, sitting).cloned().collect(),
            messages: seat
                .messages
                .iter()
                .filter(|message| message.sitting == sitting)
                .map(|message| (message.at, message.by.clone(), message.text.clone()))
                .collect(),
            alerts: self
                .alerts
                .values()
                .filter(|filed| !filed.it.is_distress() && mine(filed))
                .map(|filed| filed.it.clone())
                .collect(),
            blocks: seat
                .blocks
                .iter()
                .filter(|(whose, _)| *whose == Some(sitting))
                .map(|(_, block)| block.clone())
                .collect(),
            in_force: self
                .in_force(seat)
                .map(|(held, issue)| issue.order(held))
                .collect(),
        })
    }
}

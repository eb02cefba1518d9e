//! Remembers what several adults of one room arrange among themselves and for the pupils: who owns the session, who has taken what,
//! which sites are open, who looked. Never judges: `room/admit.rs` refused what came too late.

use vigie_protocol::{AlertId, HelpId, SeatNo, StaffId, Stamp, site_admits};

use super::Step;
use crate::limit::LOOKS_MAX;
use crate::picture::{AlertState, Help};
use crate::room::ItemKey;

impl Step<'_> {
    /// Who is there, and who owns the session, changed.
    pub(super) fn adults(&mut self, change: impl FnOnce(&mut Vec<StaffId>)) {
        change(&mut self.room.adults);
        // Who is shown distress may depend on who owns the session.
        self.delta.all = true;
        self.all_panels();
    }

    /// Changes a request that waits.
    pub(super) fn help(&mut self, help: HelpId, change: impl FnOnce(&mut Help, Stamp)) {
        let Some(filed) = self.room.helps.get_mut(&help) else {
            return;
        };
        if filed.it.ended {
            return;
        }
        change(&mut filed.it, self.at);
        let seat = filed.it.seat;
        self.delta.items.insert(ItemKey::Help(help));
        self.delta.panels.insert(seat);
    }

    pub(super) fn alert_taken(&mut self, alert: AlertId, by: &StaffId) {
        let Some(filed) = self.room.alerts.get_mut(&alert) else {
            return;
        };
        if !filed.it.is_open() || filed.it.taken.is_some() {
            return;
        }
        filed.it.taken = Some(by.clone());
        self.delta.items.insert(ItemKey::Alert(alert));
    }

    /// It waits again, as before an adult dealt with it.
    pub(super) fn reopened(&mut self, alert: AlertId) {
        let Some(filed) = self.room.alerts.get_mut(&alert) else {
            return;
        };
        if filed.it.is_open() {
            return;
        }
        filed.it.state = match filed.it.contested {
            Some(_) => AlertState::Contested,
            None => AlertState::Open,
        };
        filed.it.by = None;
        filed.it.taken = None;
        let seat = filed.it.seat;
        self.room.queue.insert(ItemKey::Alert(alert));
        if let Some(there) = self.room.seats.get_mut(&seat)
            && !there.alerts.contains(&alert)
        {
            there.alerts.push(alert);
        }
        self.alert_changed(alert, seat);
    }

    /// The site passes from now on, and every request that it answers is ended.
    pub(super) fn granted(&mut self, site: &str, by: &StaffId) {
        let sites = &mut self.room.sites;
        if !sites.iter().any(|there| there == site) {
            sites.push(site.to_owned());
        }
        let answered: Vec<HelpId> = self
            .room
            .helps
            .values()
            .map(|filed| &filed.it)
            .filter(|help| {
                let asked = help.site.as_ref();
                !help.ended && asked.is_some_and(|asked| site_admits(&[site], asked))
            })
            .map(|help| help.help)
            .collect();
        for help in answered {
            self.help_ended(help, Some(by), "granted");
        }
        self.all_panels();
    }

    pub(super) fn looked(&mut self, number: SeatNo, by: &StaffId) {
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let sitting = seat.person.sitting();
        seat.looks.push_front((self.at, by.clone(), sitting));
        seat.looks.truncate(LOOKS_MAX);
        self.delta.panels.insert(number);
    }
}

//! Draws the live picture: bar, tiles, queue. Reads; never remembers.
//!
//! What a tile shows first: a seat that cannot be watched (no session, never enrolled, off, stopped, link lost), because
//! everything else on it is old; then a lock, because an adult put it there and it has a deadline; then a hand, since help comes
//! before drift; then an alert; then a person who is unknown; then something to look at. The queue shows all of them anyway.
//! Next: `room/sheet.rs` for the seat sheet and the panel.

use vigie_protocol::view::SeatState;
use vigie_protocol::{Action, AlertId, HelpId, ReceiptState, SeatNo, Stamp};

use super::seat::Seat;
use super::{ItemKey, Phase, Room};
use crate::fact::{LinkEnd, Who};
use crate::picture::{Alert, Audience, Bar, Help, Item, Link, Tile};

/// Commands that some desktops cannot carry out.
const COMMANDS: [&str; 4] = ["lock", "focus", "open", "close"];

/// A state with its times.
type Shown = (SeatState, Option<Stamp>, Option<Stamp>);

impl Room {
    pub fn bar(&self, audience: Audience) -> Bar {
        let mut bar = Bar {
            open: self.is_open(),
            task: self
                .opening
                .as_ref()
                .map_or_else(String::new, |opening| opening.task.clone()),
            started: self.opening.as_ref().map(|_| self.started),
            ends: self.opening.as_ref().map(|_| self.ends),
            present: 0,
            hands: 0,
            asks: 0,
            alerts: 0,
            looks: 0,
            distress: 0,
            chat_open: self.chat.room_is_open(),
            adults: self.adults.clone(),
            sites: self.sites.clone(),
            sites_only: self.sites_only(),
        };
        let here = |seat: &Seat| {
            bar.open
                && seat.is_up()
                && matches!(seat.person.login(), Some(Who::Pupil(_) | Who::Unknown))
        };
        let present = self.seats.values().filter(|seat| here(seat)).count();
        bar.present = u32::try_from(present).unwrap_or(u32::MAX);
        for key in &self.queue {
            let count = match key {
                ItemKey::Help(help) => match self.helps.get(help) {
                    Some(filed) if filed.it.site.is_some() => &mut bar.asks,
                    _ => &mut bar.hands,
                },
                ItemKey::Alert(alert) => match self.alerts.get(alert) {
                    Some(filed) if filed.it.is_distress() => {
                        if audience == Audience::Others {
                            continue;
                        }
                        &mut bar.distress
                    }
                    Some(filed) if filed.it.is_look() => &mut bar.looks,
                    Some(_) => &mut bar.alerts,
                    None => continue,
                },
            };
            *count = count.saturating_add(1);
        }
        bar
    }

    /// In the order of their numbers; the plan's order is in the opening.
    pub fn seats(&self) -> Vec<SeatNo> {
        self.seats.keys().copied().collect()
    }

    pub fn tile(&self, number: SeatNo, now: Stamp, audience: Audience) -> Option<Tile> {
        let seat = self.seats.get(&number)?;
        if let Phase::Closed { at } = self.phase {
            return Some(Tile::unwatched(number, seat.link, at));
        }
        let alert = self.gravest(seat, audience);
        let (state, since, until) = self.state(seat, now, alert);
        let person = &seat.person;
        Some(Tile {
            seat: number,
            state,
            who: match person.login() {
                Some(Who::Pupil(_)) if person.is_disowned() => Who::Unknown,
                Some(who) => who.clone(),
                None if seat.is_up() => Who::Unknown,
                None => Who::Nobody,
            },
            pupil: person.pupil().cloned(),
            confirmed: person.confirmed().is_some(),
            app: seat.front.as_ref().map(|front| front.app.clone()),
            site: seat.site_in_front().cloned(),
            alert: alert.map(|alert| alert.alert),
            hand: seat.hand,
            since,
            until,
            link: seat.link,
            present: seat.present,
            desktop: (!seat.missing.is_empty()).then(|| seat.desktop.clone()),
            missing: seat.missing.clone(),
            cannot: COMMANDS
                .into_iter()
                .filter(|name| seat.is_up() && !seat.can.iter().any(|can| can == name))
                .collect(),
        })
    }

    fn state(&self, seat: &Seat, now: Stamp, alert: Option<&Alert>) -> Shown {
        match seat.link {
            Link::Never => return (SeatState::NotEnrolled, None, None),
            Link::Waiting => return (SeatState::Off, None, None),
            Link::Down { why, since } => {
                let state = match why {
                    LinkEnd::Off => SeatState::Off,
                    LinkEnd::Stopped => SeatState::Stopped,
                    LinkEnd::Lost => SeatState::Link,
                };
                return (state, Some(since), None);
            }
            Link::Up => {}
        }
        let lock = self
            .in_force(seat)
            .filter(|(held, issue)| {
                matches!(issue.action, Action::Lock { .. })
                    && issue.deadline > now
                    && held.state == Some(ReceiptState::Done {})
            })
            .max_by_key(|(_, issue)| issue.deadline);
        if let Some((held, issue)) = lock {
            return (SeatState::Lock, Some(held.since), Some(issue.deadline));
        }
        if let Some(help) = seat.hand.and_then(|hand| self.helps.get(&hand)) {
            return (SeatState::Hand, Some(help.it.asked), None);
        }
        if let Some(alert) = alert.filter(|alert| !alert.is_look() && !alert.is_distress()) {
            return (SeatState::Alert, Some(alert.opened), None);
        }
        let login = seat.person.login();
        let nameless = login.is_some_and(|login| *login != Who::Nobody);
        if nameless && seat.person.pupil().is_none() {
            return (SeatState::Ask, seat.person.since(), None);
        }
        // Distress is shown as discreetly as something to look at, to those who may know of it.
        if let Some(alert) = alert {
            return (SeatState::Look, Some(alert.opened), None);
        }
        let limit = self
            .limits(seat)
            .map(|(issue, _)| issue)
            .filter(|issue| issue.deadline > now)
            .max_by_key(|issue| issue.deadline);
        if let Some(issue) = limit {
            return (SeatState::Focus, Some(issue.at), Some(issue.deadline));
        }
        (SeatState::Work, None, None)
    }

    /// The open alert to show on the tile: the gravest, of those the latest. Only of the person who is shown there: an alert of
    /// whoever sat here before, or of nobody, is in the queue and never under this name.
    fn gravest(&self, seat: &Seat, audience: Audience) -> Option<&Alert> {
        let pupil = seat.person.pupil();
        seat.alerts
            .iter()
            .filter_map(|alert| self.alerts.get(alert))
            .filter(|filed| {
                filed.it.pupil.as_ref() == pupil
                    && (pupil.is_some() || filed.sitting == Some(seat.person.sitting()))
            })
            .map(|filed| &filed.it)
            .filter(|alert| audience == Audience::Named || !alert.is_distress())
            .max_by_key(|alert| {
                let rank = match () {
                    () if alert.is_distress() => 1,
                    () if alert.is_look() => 0,
                    () => 2,
                };
                (rank, alert.verdict.severity, alert.last)
            })
    }

    /// Open entries; one that is gone gives none. May be distress: [`Item::is_distress`].
    pub fn item(&self, key: ItemKey) -> Option<Item> {
        if !self.queue.contains(&key) {
            return None;
        }
        match key {
            ItemKey::Help(help) => self.help(help).map(Item::Help),
            ItemKey::Alert(alert) => self.alert(alert).map(Item::Alert),
        }
    }
    /// Open entries, help first, each kind by age.
    pub fn items(&self, audience: Audience) -> Vec<ItemKey> {
        let hidden = |key: &ItemKey| match key {
            ItemKey::Help(_) => false,
            ItemKey::Alert(alert) => self
                .alerts
                .get(alert)
                .is_none_or(|filed| filed.it.is_distress()),
        };
        self.queue
            .iter()
            .filter(|key| audience == Audience::Named || !hidden(key))
            .copied()
            .collect()
    }
    /// Every alert that is kept, whatever became of it, oldest first. May be distress.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values().map(|filed| &filed.it)
    }
    /// An alert, whatever became of it.
    pub fn alert(&self, alert: AlertId) -> Option<Alert> {
        self.alerts.get(&alert).map(|filed| filed.it.clone())
    }
    /// Every help request that is kept, whatever became of it, oldest first.
    pub fn helps(&self) -> impl Iterator<Item = &Help> {
        self.helps.values().map(|filed| &filed.it)
    }
    /// A help request, whatever became of it.
    pub fn help(&self, help: HelpId) -> Option<Help> {
        self.helps.get(&help).map(|filed| filed.it.clone())
    }
}

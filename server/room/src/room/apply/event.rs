//! Remembers what an agent saw and what a pupil did in the panel.

use vigie_protocol::event::Sensor;
use vigie_protocol::{AlertId, ChannelId, Event, EventKind, HelpId, Private, SeatNo, Seq, Stamp};

use super::Step;
use crate::limit::{ASKED_MAX, MISSING_MAX};
use crate::picture::{AlertState, Help, Line, What};
use crate::room::ItemKey;
use crate::room::seat::{Front, Latest};

impl Step<'_> {
    pub(super) fn saw(&mut self, number: SeatNo, event: &Event) {
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let (seq, at) = (event.seq, event.at);
        seat.through = seat.through.max(seq);
        seat.person.hear(self.at);
        seat.latest = Latest {
            seq,
            at,
            times: 1,
            blocked: false,
            channel: None,
        };
        match &event.kind {
            EventKind::Connection(connection) => {
                let (tile, panel) = seat.connected(seq, at, connection);
                if tile {
                    self.delta.seats.insert(number);
                }
                if panel {
                    self.delta.panels.insert(number);
                }
            }
            EventKind::Front { app, title } => {
                if seat.front.as_ref().is_none_or(|front| front.app != *app) {
                    seat.front = Some(Front::new(app));
                    self.delta.seats.insert(number);
                }
                let (app, title) = (app.clone(), title.clone());
                seat.timeline.push(seq, at, What::Front { app, title });
            }
            EventKind::Presence { present } => {
                seat.present = Some(*present);
                seat.timeline.push(seq, at, What::Present(*present));
                self.delta.seats.insert(number);
            }
            EventKind::Chat { channel, text } => self.said(number, seq, at, channel, text),
            EventKind::HelpAsked { text } => self.help_asked(number, seq, at, text),
            EventKind::HelpWithdrawn {} => self.help_withdrawn(number, at),
            EventKind::Contested { alert, text } => self.contested(number, seq, at, *alert, text),
            EventKind::SiteAsked { host, text } => self.site_asked(number, seq, at, host, text),
            EventKind::CharterAccepted { charter } => {
                let ours = self.room.opening.as_ref().map(|opening| &opening.charter);
                if ours == Some(charter) {
                    seat.accepted = seat.person.owner_at(at).sitting;
                    seat.timeline.push(seq, at, What::Accepted);
                    self.delta.panels.insert(number);
                }
            }
            EventKind::Sensors { missing, .. } => {
                let missing: Vec<(Sensor, String)> =
                    missing.iter().take(MISSING_MAX).cloned().collect();
                if seat.missing != missing {
                    seat.missing = missing;
                    self.delta.seats.insert(number);
                }
            }
            // A receipt speaks through the `Settled` that follows it; the others carry nothing that is shown.
            EventKind::Receipt { .. } | EventKind::Dropped { .. } | EventKind::Unknown(_) => {}
        }
    }

    fn said(
        &mut self,
        number: SeatNo,
        seq: Seq,
        at: Stamp,
        channel: &ChannelId,
        text: &Private<String>,
    ) {
        let taken = self.room.chat.takes(channel, number);
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let channel = channel.clone();
        if !taken {
            seat.timeline.push(seq, at, What::Unsent { channel });
            return;
        }
        seat.latest.channel = Some(channel.clone());
        if seat.person.sits(at) {
            self.room.memory.hear(number, at, &channel);
        }
        let owner = seat.person.owner_at(at);
        let line = Line {
            at,
            seat: number,
            pupil: owner.pupil,
            channel: channel.clone(),
            text: text.clone(),
        };
        let text = text.clone();
        seat.timeline.push(seq, at, What::Said { text, channel });
        let chat = &mut self.room.chat;
        let readers = self.room.seats.keys().copied();
        self.delta
            .panels
            .extend(readers.filter(|reader| chat.reads(&line.channel, number, *reader)));
        chat.say(owner.sitting, line);
    }

    /// Asking again changes the words and keeps the place in the queue, as long as the same person sits there.
    fn help_asked(&mut self, number: SeatNo, seq: Seq, at: Stamp, text: &Private<String>) {
        let open = self.room.is_open();
        let help = HelpId(self.room.rev.0);
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let words = text.clone();
        seat.timeline.push(seq, at, What::HelpAsked { text: words });
        if !open {
            return;
        }
        let owner = seat.person.owner_at(at);
        self.delta.seats.insert(number);
        self.delta.panels.insert(number);
        self.delta.urgent = true;
        if let Some(up) = seat.hand
            && let Some(filed) = self.room.helps.get_mut(&up)
            && filed.sitting == owner.sitting
        {
            filed.it.text = text.clone();
            self.delta.items.insert(ItemKey::Help(up));
            return;
        }
        if let Some(up) = seat.hand.replace(help) {
            self.help_ended(up, None, "left");
        }
        if let Some(seat) = self.room.seats.get_mut(&number) {
            seat.hand = Some(help);
        }
        self.file_help(
            Help::new(help, number, owner.pupil, at, text.clone()),
            owner.sitting,
        );
        self.delta.items.insert(ItemKey::Help(help));
        self.delta.bar = true;
    }

    /// One request for each site at a time; asking again changes the words.
    fn site_asked(
        &mut self,
        number: SeatNo,
        seq: Seq,
        at: Stamp,
        host: &str,
        text: &Private<String>,
    ) {
        let open = self.room.is_open();
        let help = HelpId(self.room.rev.0);
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let site = host.to_owned();
        seat.timeline.push(seq, at, What::SiteAsked { site });
        if !open {
            return;
        }
        let owner = seat.person.owner_at(at);
        self.delta.panels.insert(number);
        self.delta.urgent = true;
        for up in &seat.asks {
            if let Some(filed) = self.room.helps.get_mut(up)
                && filed.it.site.as_deref() == Some(host)
                && filed.sitting == owner.sitting
            {
                filed.it.text = text.clone();
                self.delta.items.insert(ItemKey::Help(*up));
                return;
            }
        }
        if seat.asks.len() >= ASKED_MAX {
            return;
        }
        seat.asks.push(help);
        let asked = Help {
            site: Some(host.to_owned()),
            ..Help::new(help, number, owner.pupil, at, text.clone())
        };
        self.file_help(asked, owner.sitting);
        self.delta.items.insert(ItemKey::Help(help));
        self.delta.bar = true;
    }

    fn help_withdrawn(&mut self, number: SeatNo, at: Stamp) {
        let Some(seat) = self.room.seats.get(&number) else {
            return;
        };
        let sitting = seat.person.owner_at(at).sitting;
        if let Some(help) = seat.hand
            && let Some(filed) = self.room.helps.get(&help)
            && filed.sitting == sitting
        {
            self.help_ended(help, None, "withdrawn");
        }
    }

    /// Only one's own alert can be contested, and never one of distress, which no panel shows.
    fn contested(
        &mut self,
        number: SeatNo,
        seq: Seq,
        at: Stamp,
        alert: AlertId,
        text: &Private<String>,
    ) {
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let owner = seat.person.owner_at(at);
        let Some(filed) = self.room.alerts.get_mut(&alert) else {
            return;
        };
        let same_seat =
            filed.it.seat == number && filed.sitting.is_some() && filed.sitting == owner.sitting;
        let same_pupil = filed.it.pupil.is_some() && filed.it.pupil == owner.pupil;
        if !(same_seat || same_pupil) || filed.it.is_distress() {
            return;
        }
        filed.it.contested = Some(text.clone());
        if matches!(filed.it.state, AlertState::Open | AlertState::Acknowledged) {
            filed.it.state = AlertState::Contested;
        }
        let back = filed.it.state == AlertState::Contested;
        let home = filed.it.seat;
        seat.timeline.push(seq, at, What::Contested { alert });
        if back {
            self.room.queue.insert(ItemKey::Alert(alert));
            if let Some(home) = self.room.seats.get_mut(&home)
                && !home.alerts.contains(&alert)
            {
                home.alerts.push(alert);
            }
            self.delta.urgent = true;
        }
        self.delta.panels.insert(number);
        self.alert_changed(alert, home);
    }
}

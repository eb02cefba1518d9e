//! Remembers verdicts: windows, alerts, repeats.

use vigie_filters::{Act, Severity, Verdict};
use vigie_protocol::{AlertId, SeatNo, Seq};

use super::Step;
use crate::limit::{ALERTS_MAX, TIMES_MAX};
use crate::picture::{Alert, AlertState, What};
use crate::room::{Filed, ItemKey};

impl Step<'_> {
    pub(super) fn judged(&mut self, number: SeatNo, seq: Seq, verdict: &Verdict) {
        let Some(seat) = self.room.seats.get_mut(&number) else {
            return;
        };
        let mut latest = seat.latest.clone();
        if latest.seq != seq {
            // Not the event that was seen last: what is known of it is only when it was recorded.
            latest.at = self.at;
            latest.times = 1;
            latest.blocked = false;
            latest.channel = None;
        }
        let owner = seat.person.owner_at(latest.at);
        if owner.sitting == Some(seat.person.sitting()) {
            for _ in 0..latest.times.clamp(1, TIMES_MAX) {
                let channel = latest.channel.as_ref();
                self.room.memory.note(number, latest.at, channel, verdict);
            }
        }
        let distress = verdict.severity == Severity::Distress;
        if verdict.act == Act::Note && !distress {
            let noted = self.room.noted.entry(verdict.rule.clone()).or_default();
            *noted = noted.saturating_add(u64::from(latest.times));
            return;
        }
        let what = What::Judged {
            verdict: verdict.clone(),
        };
        seat.timeline.judged(seq, latest.at, what, distress);
        if let Some((_, block)) = seat.blocks.front_mut()
            && latest.blocked
            && block.rule.as_ref() == Some(&verdict.rule)
        {
            block.verdict = Some(verdict.clone());
        }
        for open in &seat.alerts {
            // The same rule, the same person, still open: one alert, once more.
            if let Some(filed) = self.room.alerts.get_mut(open)
                && filed.it.verdict.rule == verdict.rule
                && filed.sitting == owner.sitting
                && filed.it.pupil == owner.pupil
            {
                filed.it.times = filed.it.times.saturating_add(latest.times);
                filed.it.last = filed.it.last.max(latest.at);
                filed.it.blocked |= latest.blocked;
                self.delta.items.insert(ItemKey::Alert(*open));
                if !distress {
                    self.delta.panels.insert(number);
                }
                return;
            }
        }
        let alert = AlertId(self.room.rev.0);
        seat.alerts.push(alert);
        self.file_alert(
            Alert {
                alert,
                seat: number,
                pupil: owner.pupil,
                opened: latest.at,
                last: latest.at,
                verdict: verdict.clone(),
                times: latest.times,
                blocked: latest.blocked,
                state: AlertState::Open,
                taken: None,
                by: None,
                contested: None,
            },
            owner.sitting,
        );
        self.alert_changed(alert, number);
        self.delta.urgent = true;
    }

    fn file_alert(&mut self, alert: Alert, sitting: Option<u32>) {
        let alerts = &mut self.room.alerts;
        if alerts.len() >= ALERTS_MAX {
            let oldest = alerts.iter().find(|(_, filed)| !filed.it.is_open());
            let oldest = oldest.or_else(|| alerts.iter().next());
            if let Some((oldest, seat)) = oldest.map(|(key, filed)| (*key, filed.it.seat)) {
                alerts.remove(&oldest);
                self.room.queue.remove(&ItemKey::Alert(oldest));
                if let Some(there) = self.room.seats.get_mut(&seat) {
                    there.alerts.retain(|open| *open != oldest);
                }
                self.delta.items.insert(ItemKey::Alert(oldest));
            }
        }
        self.room.queue.insert(ItemKey::Alert(alert.alert));
        let key = alert.alert;
        self.room.alerts.insert(key, Filed { it: alert, sitting });
    }
}

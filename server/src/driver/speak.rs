//! What follows a commit, and only a commit: acks, answers, leases, commands, panels, and the tablets' dirty sets.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use vigie_protocol::frame::SessionLease;
use vigie_protocol::{Lease, Span, Stamp, WorkstationId};
use vigie_room::{Audience, Command, Room};

use super::Driver;
use super::sitting::{On, Sitting};
use super::turn::Turn;
use crate::links::OnSession;
use crate::store::rules::SessionRow;

/// How long an agent may supervise without hearing from us.
const LEASE: Span = Span::seconds(90);
/// How often the leases are renewed: two renewals may be lost.
pub(super) const RENEW: Span = Span::seconds(30);

impl Driver {
    /// Makes what the turn decided durable, then speaks of it. Leaves an empty turn.
    pub(super) async fn flush(&mut self, turn: &mut Turn) {
        if let Some(run) = turn.take_run() {
            let records = run.last.0.saturating_sub(run.first.0).saturating_add(1);
            match self.engine.writer.append(run).await {
                Ok(()) => {
                    self.failures = 0;
                    self.engine.gauges.records.inc_by(records);
                }
                Err(error) => self.fail(turn, error).await,
            }
        }
        if !turn.is_silent() {
            self.speak(turn).await;
        }
    }

    async fn speak(&mut self, turn: &mut Turn) {
        self.scene.names = self.engine.store.names(&self.scene.room.establishment);
        Self::acknowledge(turn);
        for (reply, told) in turn.replies.drain(..) {
            // Whoever asked may have gone: what they asked for happened all the same.
            let _ = reply.send(told);
        }
        let delta = std::mem::take(&mut turn.delta);
        if let Sitting::On(on) = &self.sitting {
            self.engine.alerts.changed(&on.room, &delta);
        }
        if std::mem::take(&mut turn.life) {
            self.live_on(turn).await;
        }
        for workstation in std::mem::take(&mut turn.joined) {
            self.greet(&workstation, turn.now);
        }
        self.send_commands(turn.now);
        self.panels.add(&delta.panels, turn.now);
        self.send_panels(turn.now);
        for tablet in &mut self.tablets {
            tablet.add(&delta);
        }
        for tablet in turn.watches.drain(..) {
            self.engine.gauges.tablets.inc();
            self.tablets.push(tablet);
        }
        let broken = match &self.sitting {
            Sitting::Broken(broken) => Some(broken.why.clone()),
            Sitting::Between | Sitting::On(_) => None,
        };
        for look in turn.looks.drain(..) {
            look(match &broken {
                Some(why) => Err(why.clone()),
                None => Ok(self.glimpse(turn.now)),
            });
        }
    }

    fn acknowledge(turn: &mut Turn) {
        for ack in turn.acks.drain(..) {
            match ack.guest_of {
                None => ack.letterbox.committed(ack.through),
                Some(session) => ack.letterbox.late_committed(session, ack.through),
            }
        }
    }

    /// The session opened, was extended, or is over: leases and the tables' row follow.
    async fn live_on(&mut self, turn: &mut Turn) {
        let Sitting::On(on) = &self.sitting else {
            return;
        };
        let row = on.room.opening().map(|opening| SessionRow {
            id: on.room.session().clone(),
            establishment: opening.establishment.clone(),
            room: opening.room.clone(),
            owner: on.room.owner().unwrap_or(&opening.by).clone(),
            started: on.room.bar(Audience::Others).started.unwrap_or(turn.now),
            ends: on.room.ends().or(on.room.ended()).unwrap_or(turn.now),
            ended: on.room.ended(),
        });
        if on.room.is_open() {
            for (workstation, linked) in &self.links {
                linked
                    .letterbox
                    .session(Self::lease_of(on, workstation, turn.now));
            }
        } else {
            for linked in self.links.values_mut() {
                linked.sent.clear();
                linked.panel = None;
            }
            for (workstation, linked) in &self.links {
                linked
                    .letterbox
                    .session(self.no_session(workstation, "ended"));
            }
            if let Sitting::On(on) = std::mem::replace(&mut self.sitting, Sitting::Between) {
                self.engine.alerts.whole(&on.room);
                self.late.keep(on.room, on.rules);
            }
            self.scene.rules = None;
        }
        if let Some(row) = row
            && let Err(error) = self.engine.store.put_session(&row).await
        {
            // The journal is the truth; the row is put right by the next change or fold.
            tracing::error!(session = %row.id, error = crate::problem::cause(&error), "the session's row is behind");
        }
    }

    /// A link that has just come up is told where it stands.
    fn greet(&mut self, workstation: &WorkstationId, now: Stamp) {
        let on = match &self.sitting {
            Sitting::On(on) => Self::lease_of(on, workstation, now),
            Sitting::Between | Sitting::Broken(_) => self.no_session(workstation, "none"),
        };
        let Some(linked) = self.links.get(workstation) else {
            return;
        };
        linked.letterbox.session(on);
        let seat = self
            .sitting
            .room()
            .and_then(|room| room.seat_of(workstation));
        if let Some(seat) = seat {
            self.panels.add(&BTreeSet::from([seat]), now);
        }
    }

    /// Renews every lease when it is time.
    pub(super) fn renew(&mut self, now: Stamp) {
        let Sitting::On(on) = &mut self.sitting else {
            return;
        };
        if on.renew > now {
            return;
        }
        on.renew = now + RENEW;
        let Sitting::On(on) = &self.sitting else {
            return;
        };
        for (workstation, linked) in &self.links {
            linked
                .letterbox
                .session(Self::lease_of(on, workstation, now));
        }
    }

    fn lease_of(on: &On, workstation: &WorkstationId, now: Stamp) -> OnSession {
        let room = &on.room;
        let (Some(seat), Some(opening)) = (room.seat_of(workstation), room.opening()) else {
            return OnSession::None("waiting");
        };
        let left = room.ends().map_or(Span(0), |ends| ends - now);
        OnSession::Lease(SessionLease {
            session: room.session().clone(),
            room: opening.room.clone(),
            seat,
            remaining_ms: left.clamp(Span(0), LEASE),
            charter: opening.charter.clone(),
            list: opening.list.clone(),
            setting: opening.setting.clone(),
            sites: room.sites().to_vec(),
            sites_only: room.sites_only(),
            through: room.through(workstation),
            // The link's machine fills in what it grants.
            credit: 0,
        })
    }

    /// Sends what is owed and was not sent on this link, and withdraws what is no longer owed and still holds something.
    fn send_commands(&mut self, now: Stamp) {
        let Sitting::On(on) = &mut self.sitting else {
            return;
        };
        let (owed, due) = vigie_room::due(&on.room);
        on.due = due;
        if owed.is_empty() && !self.owing {
            return;
        }
        self.owing = !owed.is_empty();
        let mut by_workstation: BTreeMap<WorkstationId, Vec<Command>> = BTreeMap::new();
        for command in owed {
            by_workstation
                .entry(command.workstation.clone())
                .or_default()
                .push(command);
        }
        for (workstation, linked) in &mut self.links {
            let owed = by_workstation.remove(workstation).unwrap_or_default();
            if owed.is_empty() && linked.sent.is_empty() {
                continue;
            }
            let still: BTreeSet<_> = owed.iter().map(|one| one.order.command.clone()).collect();
            for command in linked.sent.difference(&still) {
                if holds_on(&on.room, workstation, command) {
                    linked.letterbox.withdraw(command.clone());
                }
            }
            for Command { order, .. } in owed {
                if !linked.sent.contains(&order.command) {
                    linked.letterbox.command(Lease {
                        id: order.command,
                        action: order.action,
                        remaining: order.deadline - now,
                    });
                }
            }
            linked.sent = still;
        }
    }
}

/// Whether a command that is no longer owed may still hold something at its seat: it was never done, or is done and holds.
/// One that is over needs no word: the agent said so itself.
fn holds_on(room: &Room, workstation: &WorkstationId, command: &vigie_protocol::CommandId) -> bool {
    let Some(seat) = room.seat_of(workstation) else {
        return true;
    };
    let order = room
        .orders(seat)
        .into_iter()
        .find(|order| order.command == *command);
    order.is_none_or(|order| match order.state {
        None => true,
        Some(vigie_protocol::ReceiptState::Done {}) => order.action.holds(),
        Some(_) => false,
    })
}

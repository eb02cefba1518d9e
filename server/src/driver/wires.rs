//! The links of a room: who joined, who left, and what the tables remember of both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::task::JoinHandle;
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{CloseCode, CommandId, Span, Stamp, WorkstationId};
use vigie_room::Input;
use vigie_room::fact::LinkEnd;

use super::Driver;
use super::mail::Join;
use super::sitting::Sitting;
use super::turn::Turn;
use crate::links::{Letterbox, LinkNo, OnSession};
use crate::store::places::LinkRow;
use crate::texts::Lang;

/// How long changes of links gather before they are written to the tables.
const SAVE_AFTER: Span = Span::seconds(2);

/// A link that is up.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) link: LinkNo,
    pub(super) letterbox: Arc<Letterbox>,
    pub(super) can: Capabilities,
    /// Commands that this link was sent and that are still owed.
    pub(super) sent: BTreeSet<CommandId>,
    /// In which language the panel is read.
    pub(super) lang: Lang,
    /// The panel as this link has it.
    pub(super) panel: Option<Box<super::panels::SentPanel>>,
}

/// Changes of links on their way to the tables: latest wins, one writing at a time.
#[derive(Debug, Default)]
pub(super) struct Savings {
    changed: BTreeSet<WorkstationId>,
    due: Option<Stamp>,
    running: Option<JoinHandle<()>>,
}

impl Savings {
    fn add(&mut self, workstation: &WorkstationId, now: Stamp) {
        self.changed.insert(workstation.clone());
        self.due.get_or_insert(now + SAVE_AFTER);
    }

    pub(super) fn wake(&self) -> Option<Stamp> {
        self.due
    }
}

impl Driver {
    pub(super) async fn join(&mut self, turn: &mut Turn, join: Join) {
        let Join {
            link,
            workstation,
            can,
            letterbox,
            lang,
        } = join;
        if let Sitting::Broken(_) = &self.sitting {
            letterbox.close(
                CloseCode::CommitFailed,
                "the room's journal is out of order; resume later",
            );
            return;
        }
        if self.plan_seat(&workstation).is_none() {
            // Enrolled or moved since the plan was read.
            self.reload(turn).await;
        }
        self.engine.gauges.inputs.inc();
        self.know(
            &workstation,
            LinkRow {
                down: None,
                since: turn.now,
                can: can.clone(),
            },
            turn.now,
        );
        self.links.insert(
            workstation.clone(),
            Linked {
                link,
                letterbox,
                can: can.clone(),
                sent: BTreeSet::new(),
                lang: lang.unwrap_or(self.engine.lang),
                panel: None,
            },
        );
        if let Sitting::On(on) = &self.sitting {
            let seat = self.plan_seat(&workstation);
            if let Some(seat) = seat
                && on.room.seat_of(&workstation) != Some(seat)
            {
                let workstation = workstation.clone();
                self.input(turn, Input::Placed { seat, workstation });
            }
            self.input(
                turn,
                Input::LinkUp {
                    workstation: workstation.clone(),
                    can,
                },
            );
        } else {
            self.redraw();
        }
        turn.joined.push(workstation);
    }

    pub(super) fn left(
        &mut self,
        turn: &mut Turn,
        link: LinkNo,
        workstation: &WorkstationId,
        why: LinkEnd,
    ) {
        if self
            .links
            .get(workstation)
            .is_none_or(|linked| linked.link != link)
        {
            // Replaced by a newer link, or hung up by us.
            return;
        }
        let Some(linked) = self.links.remove(workstation) else {
            return;
        };
        self.know(
            workstation,
            LinkRow {
                down: Some(why),
                since: turn.now,
                can: linked.can,
            },
            turn.now,
        );
        if self.sitting.room().is_some() {
            let workstation = workstation.clone();
            self.input(turn, Input::LinkDown { workstation, why });
        } else {
            self.redraw();
        }
    }

    /// The panel is read in this language from now on: all of it is sent anew.
    pub(super) fn speaks(
        &mut self,
        turn: &Turn,
        link: LinkNo,
        workstation: &WorkstationId,
        lang: Option<Lang>,
    ) {
        let lang = lang.unwrap_or(self.engine.lang);
        let Some(linked) = self.links.get_mut(workstation) else {
            return;
        };
        if linked.link != link || linked.lang == lang {
            return;
        }
        linked.lang = lang;
        linked.panel = None;
        let room = self.sitting.room();
        let seat = room.and_then(|room| room.seat_of(workstation));
        self.panels.add(&seat.into_iter().collect(), turn.now);
    }

    /// Hangs up every link of the room; each agent comes back and resumes after what is durable.
    pub(super) fn hang_up(&mut self, code: CloseCode, reason: &str) {
        let now = self.engine.clock.now();
        for (workstation, linked) in std::mem::take(&mut self.links) {
            linked.letterbox.close(code, reason);
            let row = LinkRow {
                down: Some(LinkEnd::Lost),
                since: now,
                can: linked.can,
            };
            self.know(&workstation, row, now);
        }
    }

    /// Links that are up, for a session that opens.
    pub(super) fn up(&self) -> Vec<(WorkstationId, Capabilities)> {
        self.links
            .iter()
            .map(|(workstation, linked)| (workstation.clone(), linked.can.clone()))
            .collect()
    }

    /// What a link is told when no session is on.
    pub(super) fn no_session(&self, workstation: &WorkstationId, why: &'static str) -> OnSession {
        OnSession::None(if self.plan_seat(workstation).is_some() {
            why
        } else {
            "waiting"
        })
    }

    fn plan_seat(&self, workstation: &WorkstationId) -> Option<vigie_protocol::SeatNo> {
        self.scene
            .room
            .seats
            .iter()
            .find(|seat| seat.workstation.as_ref() == Some(workstation))
            .map(|seat| seat.seat)
    }

    fn know(&mut self, workstation: &WorkstationId, row: LinkRow, now: Stamp) {
        self.known.insert(workstation.clone(), row);
        self.savings.add(workstation, now);
    }

    pub(super) fn redraw(&mut self) {
        for tablet in &mut self.tablets {
            tablet.redraw();
        }
    }

    pub(super) async fn read_links(&mut self) {
        match self.engine.store.links_of(&self.scene.room).await {
            Ok(known) => {
                let now = self.engine.clock.now();
                self.known = known
                    .into_iter()
                    .map(|(workstation, mut row)| {
                        if row.down.is_none() {
                            // It was up when the server stopped, and has not come back yet.
                            row.down = Some(LinkEnd::Lost);
                            row.since = now;
                        }
                        (workstation, row)
                    })
                    .collect();
            }
            Err(error) => {
                tracing::error!(room = %self.scene.room.id, error = crate::problem::cause(&error), "nothing is known of the room's links");
            }
        }
    }

    /// Writes what changed to the tables, beside the room's own work. A server that is killed loses what was known of the
    /// last seconds, and learns it again as the agents come back.
    pub(super) fn save_links(&mut self, now: Stamp) {
        if self.savings.due.is_none_or(|due| due > now) {
            return;
        }
        if self
            .savings
            .running
            .as_ref()
            .is_some_and(|running| !running.is_finished())
        {
            self.savings.due = Some(now + SAVE_AFTER);
            return;
        }
        self.savings.due = None;
        let rows: BTreeMap<WorkstationId, LinkRow> = std::mem::take(&mut self.savings.changed)
            .into_iter()
            .filter_map(|workstation| {
                let row = self.known.get(&workstation)?.clone();
                Some((workstation, row))
            })
            .collect();
        let store = self.engine.store.clone();
        self.savings.running = Some(tokio::spawn(async move {
            if let Err(error) = store.put_links(&rows).await {
                tracing::error!(
                    error = crate::problem::cause(&error),
                    "the state of links is not kept"
                );
            }
        }));
    }
}

//! A session's life in its driver: opened, folded again, lost and taken up, over.

use std::collections::BTreeMap;
use std::sync::Arc;

use vigie_filters::RuleSet;
use vigie_protocol::{CloseCode, SessionId, Span, Stamp, WorkstationId};
use vigie_room::fact::Opening;
use vigie_room::{Input, Refusal, Room};

use super::speak::RENEW;
use super::turn::{Reply, Turn};
use super::{Driver, GRACE};
use crate::ids;
use crate::links::Letterbox;
use crate::rooms::{TellError, Unavailable};
use crate::rules::Adopted;
use crate::writer::AppendError;

/// Longest wait before a journal that fails is tried again.
const AGAIN_MAX: Span = Span::seconds(16);

/// Whether a session is on.
#[derive(Debug)]
pub(super) enum Sitting {
    Between,
    On(Box<On>),
    /// A session is on and its journal cannot be read or written now.
    Broken(Box<Broken>),
}

/// An open session.
#[derive(Debug)]
pub(super) struct On {
    pub(super) room: Room,
    pub(super) rules: Arc<RuleSet>,
    /// When the leases are renewed next.
    pub(super) renew: Stamp,
    /// When the room wants a tick.
    pub(super) due: Option<Stamp>,
    /// After a fold: when links that did not come back count as lost.
    pub(super) grace: Option<Stamp>,
    /// Links of other rooms that feed this session: their workstation was moved away, and brings what it saw here.
    pub(super) guests: BTreeMap<WorkstationId, Arc<Letterbox>>,
}

/// A session that is tried again later.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) session: SessionId,
    pub(super) why: Unavailable,
    pub(super) again: Stamp,
}

impl Sitting {
    pub(super) fn room(&self) -> Option<&Room> {
        match self {
            Self::On(on) => Some(&on.room),
            Self::Between | Self::Broken(_) => None,
        }
    }

    /// Whether the session's journal is out of order.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }

    /// Whether this session is on.
    pub(super) fn is(&self, session: &SessionId) -> bool {
        self.room().is_some_and(|room| room.session() == session)
    }

    /// The link of another room that feeds this session for a workstation.
    pub(super) fn guest(&self, workstation: &WorkstationId) -> Option<&Arc<Letterbox>> {
        match self {
            Self::On(on) => on.guests.get(workstation),
            Self::Between | Self::Broken(_) => None,
        }
    }

    /// Whether the session has just closed and is not spoken of yet.
    pub(super) fn has_closed(&self) -> bool {
        self.room().is_some_and(|room| !room.is_open())
    }

    fn session(&self) -> Option<SessionId> {
        match self {
            Self::Between => None,
            Self::On(on) => Some(on.room.session().clone()),
            Self::Broken(broken) => Some(broken.session.clone()),
        }
    }
}

impl Driver {
    /// Opens a session with every link that is up. What came before is flushed; what this makes is flushed with the turn.
    pub(super) async fn open(&mut self, turn: &mut Turn, mut opening: Opening, reply: Reply) {
        match &self.sitting {
            Sitting::Between => {}
            Sitting::On(_) => {
                turn.reply(reply, Err(TellError::Refused(Refusal::AlreadyOpen)));
                return;
            }
            Sitting::Broken(broken) => {
                turn.reply(reply, Err(TellError::Unavailable(broken.why.clone())));
                return;
            }
        }
        self.reload(turn).await;
        opening.seats = self
            .scene
            .room
            .seats
            .iter()
            .map(|seat| (seat.seat, seat.workstation.clone()))
            .collect();
        opening.setting.room.clone_from(&self.scene.room.name);
        opening.setting.utc_offset_min = self.engine.clock.offset_min(turn.now);
        let adopted = self
            .engine
            .rules
            .get(&opening.charter, opening.list.as_ref())
            .await;
        let rules = match adopted {
            Ok(Adopted { rules, .. }) => rules,
            Err(error) => {
                tracing::error!(room = %self.scene.room.id, error = crate::problem::cause(&error), "no session");
                let why = Unavailable::Rules(error.to_string());
                turn.reply(reply, Err(TellError::Unavailable(why)));
                return;
            }
        };
        let session = ids::session(self.engine.clock.day(turn.now));
        let room = Room::new(session);
        let input = Input::Open(opening);
        if let Err(refusal) = vigie_room::admit(&room, &input) {
            turn.reply(reply, Err(TellError::Refused(refusal)));
            return;
        }
        self.scene.rules = Some(Arc::clone(&rules));
        self.sitting = Sitting::On(Box::new(On {
            room,
            rules,
            renew: turn.now + RENEW,
            due: None,
            grace: None,
            guests: BTreeMap::new(),
        }));
        self.input(turn, input);
        for (workstation, can) in self.up() {
            self.input(turn, Input::LinkUp { workstation, can });
        }
        let told = self.now_told();
        turn.reply(reply, told);
    }

    fn now_told(&self) -> Result<crate::rooms::Told, TellError> {
        let room = self
            .sitting
            .room()
            .ok_or(TellError::Refused(Refusal::NoSession))?;
        Ok(crate::rooms::Told {
            session: room.session().clone(),
            rev: room.rev(),
        })
    }

    /// Folds a session again from its journal. One that is over or erased leaves the room between sessions.
    pub(super) async fn fold(&mut self, session: SessionId) {
        match self.engine.journal.fold(&session).await {
            Ok(Some(room)) if room.is_open() => self.take_up(room).await,
            Ok(_) => {
                self.sitting = Sitting::Between;
                self.scene.rules = None;
            }
            Err(error) => {
                tracing::error!(room = %self.scene.room.id, %session, error = crate::problem::cause(&error), "the room cannot be folded");
                self.failures = self.failures.saturating_add(1);
                self.breaks(session, Unavailable::Unreadable(error.to_string()));
            }
        }
        for tablet in &mut self.tablets {
            tablet.redraw();
        }
    }

    async fn take_up(&mut self, room: Room) {
        let session = room.session().clone();
        let Some(opening) = room.opening() else {
            self.sitting = Sitting::Between;
            return;
        };
        let adopted = self
            .engine
            .rules
            .get(&opening.charter, opening.list.as_ref())
            .await;
        match adopted {
            Ok(Adopted { rules, .. }) => {
                let now = self.engine.clock.now();
                self.scene.rules = Some(Arc::clone(&rules));
                self.engine.alerts.whole(&room);
                let (_, due) = vigie_room::due(&room);
                self.sitting = Sitting::On(Box::new(On {
                    room,
                    rules,
                    renew: now + RENEW,
                    due,
                    grace: Some(now + GRACE),
                    guests: BTreeMap::new(),
                }));
            }
            Err(error) => {
                tracing::error!(room = %self.scene.room.id, %session, error = crate::problem::cause(&error), "the session's rules cannot be had");
                self.failures = self.failures.saturating_add(1);
                self.breaks(session, Unavailable::Rules(error.to_string()));
            }
        }
    }

    /// A commit failed: nothing of the turn happened. Its links are hung up so that their agents send it again, and the
    /// room is folded from what is durable: at once the first time, then with longer and longer waits.
    pub(super) async fn fail(&mut self, turn: &mut Turn, error: AppendError) {
        tracing::error!(
            room = %self.scene.room.id,
            error = crate::problem::cause(&error),
            "a commit failed: the room is folded again",
        );
        self.engine.gauges.refolds.inc();
        self.failures = self.failures.saturating_add(1);
        let why = Unavailable::CommitFailed(error.to_string());
        for (reply, _) in turn.replies.drain(..) {
            // Whoever asked may have gone.
            let _ = reply.send(Err(TellError::Unavailable(why.clone())));
        }
        turn.acks.clear();
        turn.joined.clear();
        turn.delta = vigie_room::Delta::default();
        turn.life = false;
        self.hang_up(
            CloseCode::CommitFailed,
            "the room could not be committed; resume later",
        );
        let Some(session) = self.sitting.session() else {
            return;
        };
        if self.failures == 1 {
            self.fold(session).await;
        } else {
            self.breaks(session, why);
        }
    }

    fn breaks(&mut self, session: SessionId, why: Unavailable) {
        let wait = Span::seconds(1_i64 << self.failures.saturating_sub(1).min(4)).min(AGAIN_MAX);
        self.sitting = Sitting::Broken(Box::new(Broken {
            session,
            why,
            again: self.engine.clock.now() + wait,
        }));
        self.scene.rules = None;
        self.hang_up(
            CloseCode::CommitFailed,
            "the room's journal is out of order; resume later",
        );
    }
}

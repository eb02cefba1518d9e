//! Events of a session that is not the one at the link's seat: it closed while the agent was away, or the workstation was moved.
//!
//! Owns the rooms folded for them, a few at a time. They are judged and recorded like any other, in their own session's
//! journal; nobody watches those rooms, so nothing but the ack is spoken. What adults make of alerts that such a session has
//! left goes the same way.

use std::collections::BTreeMap;
use std::sync::Arc;

use vigie_filters::RuleSet;
use vigie_protocol::{CloseCode, SessionId, Stamp, WorkstationId};
use vigie_room::{Input, Refusal, Room};

use super::Driver;
use super::mail::{Looking, Seen};
use super::sitting::Sitting;
use super::turn::Turn;
use crate::links::Letterbox;
use crate::rooms::{Glimpse, TellError, Told, Unavailable};

/// Most closed sessions kept folded: agents of one room mostly come back with the same one.
const KEPT_MAX: usize = 2;

/// Closed sessions that late events are added to.
#[derive(Debug, Default)]
pub(super) struct LateRooms {
    kept: BTreeMap<SessionId, Late>,
    uses: u64,
}

#[derive(Debug)]
struct Late {
    room: Room,
    rules: Arc<RuleSet>,
    /// The link that each workstation was told its cursor on: no other may feed the room, or events would come twice.
    feeders: BTreeMap<WorkstationId, Arc<Letterbox>>,
    used: u64,
}

impl LateRooms {
    /// Keeps a room that has just closed, since late events are likely.
    pub(super) fn keep(&mut self, room: Room, rules: Arc<RuleSet>) {
        self.uses = self.uses.wrapping_add(1);
        let used = self.uses;
        self.kept.insert(
            room.session().clone(),
            Late {
                room,
                rules,
                feeders: BTreeMap::new(),
                used,
            },
        );
        while self.kept.len() > KEPT_MAX {
            let oldest = self.kept.iter().min_by_key(|(_, late)| late.used);
            let Some(oldest) = oldest.map(|(session, _)| session.clone()) else {
                return;
            };
            self.kept.remove(&oldest);
        }
    }
}

impl Driver {
    /// Tells a link where another session than its seat's resumes.
    pub(super) async fn resume(
        &mut self,
        session: SessionId,
        workstation: WorkstationId,
        letterbox: Arc<Letterbox>,
    ) {
        if let Sitting::On(on) = &mut self.sitting
            && *on.room.session() == session
        {
            letterbox.resume(session, Some(on.room.through(&workstation)));
            if !self.links.contains_key(&workstation) {
                on.guests.insert(workstation, letterbox);
            }
            return;
        }
        if !self.late.kept.contains_key(&session) {
            match self.fold_late(&session).await {
                Ok(true) => {}
                Ok(false) => {
                    letterbox.resume(session, None);
                    return;
                }
                // Not answered: the agent keeps its events, and asks again on its next link.
                Err(()) => return,
            }
        }
        self.late.uses = self.late.uses.wrapping_add(1);
        let used = self.late.uses;
        if let Some(late) = self.late.kept.get_mut(&session) {
            late.used = used;
            if late.room.seat_of(&workstation).is_none() && late.room.through(&workstation).0 == 0 {
                // It was never part of that session: nothing of it can be filed.
                letterbox.resume(session, None);
                return;
            }
            let through = late.room.through(&workstation);
            letterbox.resume(session, Some(through));
            late.feeders.insert(workstation, letterbox);
        }
    }

    /// Whether the session is kept now; `false` when its day is erased, an error when it cannot be had for now.
    async fn fold_late(&mut self, session: &SessionId) -> Result<bool, ()> {
        let room = match self.engine.journal.fold(session).await {
            Ok(Some(room)) => room,
            Ok(None) => return Ok(false),
            Err(error) => {
                tracing::error!(%session, error = crate::problem::cause(&error), "late events wait: their session cannot be folded");
                return Err(());
            }
        };
        let Some(opening) = room.opening() else {
            return Ok(false);
        };
        let adopted = self
            .engine
            .rules
            .get(&opening.charter, opening.list.as_ref())
            .await;
        match adopted {
            Ok(adopted) => {
                self.late.keep(room, adopted.rules);
                Ok(true)
            }
            Err(error) => {
                tracing::error!(%session, error = crate::problem::cause(&error), "late events wait: their session's rules cannot be had");
                Err(())
            }
        }
    }

    /// What an adult makes of an alert that a session has left; durable when it is answered.
    pub(super) async fn tell_late(
        &mut self,
        now: Stamp,
        session: &SessionId,
        input: Input,
    ) -> Result<Told, TellError> {
        self.late_room(session).await?;
        let Some(late) = self.late.kept.get_mut(session) else {
            return Err(TellError::Refused(Refusal::NoSession));
        };
        vigie_room::admit(&late.room, &input).map_err(TellError::Refused)?;
        let mut aside = Turn::new(now);
        self.engine.gauges.inputs.inc();
        for record in vigie_room::decide(&late.room, &late.rules, now, input) {
            aside.write(&late.room, &record);
            vigie_room::apply_into(&mut late.room, &record, &mut aside.delta);
        }
        if let Some(run) = aside.take_run()
            && let Err(error) = self.engine.writer.append(run).await
        {
            tracing::error!(%session, error = crate::problem::cause(&error), "what was made of a late alert is not durable");
            self.late.kept.remove(session);
            return Err(Unavailable::CommitFailed(error.to_string()).into());
        }
        self.engine.alerts.whole(&late.room);
        Ok(Told {
            session: session.clone(),
            rev: late.room.rev(),
        })
    }

    /// Shows a session of this room that is over, by its own charter.
    pub(super) async fn look_late(&mut self, now: Stamp, session: &SessionId, with: Looking) {
        if let Err(TellError::Unavailable(why)) = self.late_room(session).await {
            with(Err(why));
            return;
        }
        let mut scene = self.scene.clone();
        let late = self.late.kept.get(session);
        scene.rules = late.map(|late| Arc::clone(&late.rules));
        with(Ok(Glimpse {
            scene: &scene,
            room: late.map(|late| &late.room),
            links: &self.known,
            online: &self.online,
            now,
        }));
    }

    /// Folds a session that is over, if it was one of this room.
    async fn late_room(&mut self, session: &SessionId) -> Result<(), TellError> {
        if !self.late.kept.contains_key(session) {
            match self.fold_late(session).await {
                Ok(_) => {}
                Err(()) => return Err(Unavailable::Unreadable(session.to_string()).into()),
            }
        }
        let here = self.late.kept.get_mut(session).filter(|late| {
            let room = late.room.opening().map(|opening| &opening.room);
            !late.room.is_open() && room == Some(&self.scene.room.id)
        });
        self.late.uses = self.late.uses.wrapping_add(1);
        match here {
            Some(late) => {
                late.used = self.late.uses;
                Ok(())
            }
            None => {
                self.late.kept.remove(session);
                Err(TellError::Refused(Refusal::NoSession))
            }
        }
    }

    /// Judges and records late events, and acknowledges them once durable.
    pub(super) async fn saw_late(&mut self, turn: &mut Turn, seen: Seen) {
        self.flush(turn).await;
        let Some(late) = self.late.kept.get_mut(&seen.session) else {
            // Its room went to make place: the agent asks again on its next link.
            seen.letterbox.close(
                CloseCode::CommitFailed,
                "another session's events are taken first; resume later",
            );
            return;
        };
        let own = late
            .feeders
            .get(&seen.workstation)
            .is_some_and(|feeder| Arc::ptr_eq(feeder, &seen.letterbox));
        if !own {
            // What a replaced link still had; its successor sends it again.
            return;
        }
        let mut aside = Turn::new(turn.now);
        for event in seen.events {
            let input = Input::Event {
                workstation: seen.workstation.clone(),
                ahead: seen.ahead,
                event,
            };
            self.engine.gauges.inputs.inc();
            for record in vigie_room::decide(&late.room, &late.rules, turn.now, input) {
                aside.write(&late.room, &record);
                vigie_room::apply_into(&mut late.room, &record, &mut aside.delta);
            }
        }
        if let Some(run) = aside.take_run()
            && let Err(error) = self.engine.writer.append(run).await
        {
            tracing::error!(session = %seen.session, error = crate::problem::cause(&error), "late events are not durable");
            self.late.kept.remove(&seen.session);
            seen.letterbox.close(
                CloseCode::CommitFailed,
                "the session could not be committed; resume later",
            );
            return;
        }
        self.engine.alerts.whole(&late.room);
        let through = late.room.through(&seen.workstation);
        seen.letterbox.late_committed(seen.session, through);
    }
}

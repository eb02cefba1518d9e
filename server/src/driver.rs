//! The one task that owns a room: takes what waits in its inbox, decides and applies, has it made durable, then speaks.
//!
//! Owns the room in memory, and never shows it between a change and its commit: whatever is read off it is durable.
//! No pipelining: one run of records is on its way to the writer at a time, and the inbox gathers meanwhile and until the writer
//! is about to commit again: deciding for many at once costs little more than for one. A failed commit drops the room in memory, hangs up its links and folds it again. Never judges: that is `vigie_room::decide`.
//! Next: `driver/turn.rs` (one round), `sitting.rs` (a session's life), `speak.rs` (what follows a commit), `tablets.rs`, `late.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use vigie_protocol::{SessionId, Span, StaffId, Stamp, WorkstationId};
use vigie_room::fact::LinkEnd;
use vigie_room::{Input, Refusal};

use crate::alerts::Alerts;
use crate::app::StartError;
use crate::clock::Clock;
use crate::config::Retention;
use crate::gauges::Gauges;
use crate::journal::Journal;
use crate::links::Links;
use crate::render::Scene;
use crate::rooms::{Glimpse, TellError, Told};
use crate::rules::Rules;
use crate::store::Store;
use crate::store::places::{LinkRow, RoomRow};
use crate::texts::Lang;
use crate::writer::Writer;

mod late;
pub(crate) mod mail;
mod panels;
mod sitting;
mod speak;
mod tablets;
mod turn;
mod wires;

use late::LateRooms;
use mail::{Mail, Seen};
use panels::Panels;
use sitting::Sitting;
use tablets::Tablet;
use turn::{Ack, Turn};
use wires::{Linked, Savings};

pub(crate) use tablets::FRAMES_MAX;

/// Most letters taken in one round: the rest waits for the next, so that a commit stays small.
const ROUND_MAX: usize = 256;

/// What every driver shares. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) writer: Writer,
    pub(crate) rules: Rules,
    pub(crate) links: Links,
    pub(crate) gauges: Gauges,
    pub(crate) alerts: Alerts,
    /// Language of the student panels.
    pub(crate) lang: Lang,
    /// What the panels promise.
    pub(crate) retention: Retention,
}

impl Engine {
    /// Opens the journal under `data` and starts its writer and the projection of alerts.
    pub(crate) fn open(
        data: &Path,
        clock: Clock,
        store: Store,
        (lang, retention): (Lang, Retention),
    ) -> Result<Self, StartError> {
        let journal = Journal::open(&data.join("days"))?;
        let gauges = Gauges::default();
        Ok(Self {
            clock,
            writer: Writer::start(journal.clone(), gauges.clone()),
            journal,
            alerts: Alerts::start(&data.join("alerts"), store.clone())?,
            rules: Rules::new(store.clone(), data.join("lists")),
            store,
            links: Links::default(),
            gauges,
            lang,
            retention,
        })
    }
}

/// A room's driver.
#[derive(Debug)]
pub(crate) struct Driver {
    engine: Engine,
    scene: Scene,
    sitting: Sitting,
    /// Commits that failed in a row.
    failures: u32,
    links: BTreeMap<WorkstationId, Linked>,
    /// What the tables know of links, for the page between sessions.
    known: BTreeMap<WorkstationId, LinkRow>,
    savings: Savings,
    panels: Panels,
    /// Whether any link was sent a command that is still owed.
    owing: bool,
    tablets: Vec<Tablet>,
    online: BTreeSet<StaffId>,
    late: LateRooms,
}

impl Driver {
    pub(crate) fn new(engine: Engine, row: RoomRow) -> Self {
        let scene = Scene {
            names: engine.store.names(&row.establishment),
            room: Arc::new(row),
            rules: None,
            zone: engine.clock.zone(),
            retention: engine.retention,
        };
        Self {
            engine,
            scene,
            sitting: Sitting::Between,
            failures: 0,
            links: BTreeMap::new(),
            known: BTreeMap::new(),
            savings: Savings::default(),
            panels: Panels::default(),
            owing: false,
            tablets: Vec::new(),
            online: BTreeSet::new(),
            late: LateRooms::default(),
        }
    }

    /// Takes up the session that was open, if there was one, and works until it is told to stop.
    pub(crate) async fn run(mut self, open: Option<SessionId>, mut inbox: mpsc::Receiver<Mail>) {
        self.read_links().await;
        if let Some(session) = open {
            self.fold(session).await;
        }
        let mut letters = Vec::new();
        loop {
            let clock = self.engine.clock.clone();
            let wake = self.wake();
            let letter = tokio::select! {
                biased;
                letter = inbox.recv() => Some(letter),
                () = clock.until(wake) => None,
            };
            match letter {
                Some(None) => return,
                Some(Some(letter)) => {
                    let gathers = letter.gathers();
                    letters.push(letter);
                    if gathers {
                        self.engine.writer.tide().await;
                    }
                    while letters.len() < ROUND_MAX
                        && let Ok(letter) = inbox.try_recv()
                    {
                        letters.push(letter);
                    }
                }
                None => {}
            }
            if let Some(done) = self.round(&mut letters).await {
                // Whoever stopped us may not wait for the answer.
                let _ = done.send(());
                return;
            }
        }
    }

    /// One round: everything that was taken becomes durable together, then is spoken of.
    async fn round(&mut self, letters: &mut Vec<Mail>) -> Option<tokio::sync::oneshot::Sender<()>> {
        let mut turn = Turn::new(self.engine.clock.now());
        let mut stop = None;
        self.try_again(turn.now).await;
        for letter in letters.drain(..) {
            self.take(&mut turn, letter, &mut stop).await;
            if self.sitting.has_closed() {
                self.flush(&mut turn).await;
            }
        }
        self.tick(&mut turn);
        self.flush(&mut turn).await;
        self.send_panels(turn.now);
        self.show(turn.now);
        stop
    }

    async fn take(
        &mut self,
        turn: &mut Turn,
        letter: Mail,
        stop: &mut Option<tokio::sync::oneshot::Sender<()>>,
    ) {
        match letter {
            Mail::Saw(seen) => self.saw(turn, seen).await,
            Mail::Tell { input, reply } => match *input {
                Input::Open(opening) => {
                    self.flush(turn).await;
                    self.open(turn, opening, reply).await;
                }
                input => {
                    let told = self.told(turn, input);
                    turn.reply(reply, told);
                }
            },
            Mail::Look { with } => turn.looks.push(with),
            Mail::Join(join) => self.join(turn, *join).await,
            Mail::Left {
                link,
                workstation,
                why,
            } => self.left(turn, link, &workstation, why),
            Mail::Seated {
                session,
                workstation,
                who,
            } => {
                if self.sitting.is(&session) {
                    self.input(turn, Input::Seated { workstation, who });
                }
            }
            Mail::Speaks {
                link,
                workstation,
                lang,
            } => self.speaks(turn, link, &workstation, lang),
            Mail::Late {
                session,
                workstation,
                letterbox,
            } => {
                // The cursor that is told must be a durable one.
                self.flush(turn).await;
                self.resume(session, workstation, letterbox).await;
            }
            Mail::TellLate {
                session,
                input,
                reply,
            } => {
                self.flush(turn).await;
                let told = self.tell_late(turn.now, &session, *input).await;
                // Whoever asked may have gone: what they asked for happened all the same.
                let _ = reply.send(told);
            }
            Mail::LookLate { session, with } => {
                self.flush(turn).await;
                self.look_late(turn.now, &session, with).await;
            }
            Mail::Watch {
                staff,
                lang,
                frames,
            } => turn.watches.push(Tablet::new(staff, lang, frames)),
            Mail::Changed => self.reload(turn).await,
            // The round itself notices who is gone.
            Mail::Unwatched => {}
            Mail::Stop { done } => *stop = Some(done),
        }
    }

    async fn saw(&mut self, turn: &mut Turn, seen: Seen) {
        if !self.sitting.is(&seen.session) {
            self.saw_late(turn, seen).await;
            return;
        }
        let home = self.links.get(&seen.workstation);
        let own = home
            .map(|linked| &linked.letterbox)
            .or_else(|| self.sitting.guest(&seen.workstation));
        let home = home.is_some();
        if !own.is_some_and(|own| Arc::ptr_eq(own, &seen.letterbox)) {
            // What a replaced link still had; its successor sends it again.
            return;
        }
        let Seen {
            workstation,
            session,
            ahead,
            events,
            letterbox,
        } = seen;
        for event in events {
            let workstation = workstation.clone();
            self.input(
                turn,
                Input::Event {
                    workstation,
                    ahead,
                    event,
                },
            );
        }
        let through = self
            .sitting
            .room()
            .map(|room| room.through(&workstation))
            .unwrap_or_default();
        turn.acks.push(Ack {
            through,
            guest_of: if home { None } else { Some(session) },
            letterbox,
        });
    }

    /// Decides and applies an input; what it made is durable and spoken of once the turn is flushed.
    fn input(&mut self, turn: &mut Turn, input: Input) {
        let Sitting::On(on) = &mut self.sitting else {
            return;
        };
        self.engine.gauges.inputs.inc();
        for record in vigie_room::decide(&on.room, &on.rules, turn.now, input) {
            turn.write(&on.room, &record);
            vigie_room::apply_into(&mut on.room, &record, &mut turn.delta);
        }
    }

    /// An input whose maker waits for the outcome.
    fn told(&mut self, turn: &mut Turn, input: Input) -> Result<Told, TellError> {
        match &self.sitting {
            Sitting::Between => Err(TellError::Refused(Refusal::NoSession)),
            Sitting::Broken(broken) => Err(TellError::Unavailable(broken.why.clone())),
            Sitting::On(on) => {
                vigie_room::admit(&on.room, &input).map_err(TellError::Refused)?;
                let session = on.room.session().clone();
                self.input(turn, input);
                let rev = self
                    .sitting
                    .room()
                    .map_or_else(Default::default, vigie_room::Room::rev);
                Ok(Told { session, rev })
            }
        }
    }

    /// Folds a session again whose journal was out of order, when it is time.
    async fn try_again(&mut self, now: Stamp) {
        if let Sitting::Broken(broken) = &self.sitting
            && broken.again <= now
        {
            let session = broken.session.clone();
            self.fold(session).await;
        }
    }

    /// What time alone brings: what is due in the room, links that never came back, leases to renew.
    fn tick(&mut self, turn: &mut Turn) {
        let now = turn.now;
        if let Sitting::On(on) = &mut self.sitting {
            let due = on.due.is_some_and(|due| due <= now);
            let lost = on.grace.take_if(|grace| *grace <= now).is_some();
            if due {
                self.input(turn, Input::Tick);
            }
            if lost {
                self.miss_links(turn);
            }
        }
        self.renew(now);
        self.save_links(now);
    }

    /// The next moment at which something is to be done without being asked.
    fn wake(&self) -> Stamp {
        let sitting = match &self.sitting {
            Sitting::Between => None,
            Sitting::Broken(broken) => Some(broken.again),
            Sitting::On(on) => [on.due, on.grace, Some(on.renew)]
                .into_iter()
                .flatten()
                .min(),
        };
        let tablets = self.tablets.iter().filter_map(Tablet::wake).min();
        [sitting, tablets, self.savings.wake(), self.panels.wake()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(NEVER)
    }

    fn glimpse(&self, now: Stamp) -> Glimpse<'_> {
        Glimpse {
            scene: &self.scene,
            room: self.sitting.room(),
            links: &self.known,
            online: &self.online,
            now,
        }
    }

    /// Reads the plan and the names again.
    async fn reload(&mut self, turn: &mut Turn) {
        match self.engine.store.room(&self.scene.room.id).await {
            Ok(Some(row)) => self.scene.room = Arc::new(row),
            Ok(None) => {
                tracing::warn!(room = %self.scene.room.id, "a room is gone from the tables while it runs");
            }
            Err(error) => {
                tracing::error!(room = %self.scene.room.id, error = crate::problem::cause(&error), "the plan stays as it was");
            }
        }
        self.scene.zone = self.engine.clock.zone();
        turn.delta.all = true;
    }
}

/// A wake that does not come: a century from any clock that runs this.
const NEVER: Stamp = Stamp(i64::MAX / 4);

/// How long after a fold links may take to come back before the room says that they are lost.
const GRACE: Span = Span::seconds(20);

impl Driver {
    /// Says of every seat that the room believes to be linked and that is not, that its link is lost.
    fn miss_links(&mut self, turn: &mut Turn) {
        let Some(room) = self.sitting.room() else {
            return;
        };
        let lost: Vec<WorkstationId> = room
            .seats()
            .into_iter()
            .filter_map(|seat| room.workstation_at(seat))
            .filter(|workstation| !self.links.contains_key(*workstation))
            .cloned()
            .collect();
        for workstation in lost {
            // Where the link was down already, this decides nothing.
            self.input(
                turn,
                Input::LinkDown {
                    workstation,
                    why: LinkEnd::Lost,
                },
            );
        }
    }
}

//! One room on the real engine under a hand-set clock: how a scenario runs against a server.
//!
//! Owns a data directory of its own, and the engine on it: rooms, drivers, journal, writer. Inputs come in as they leave the
//! edge, and whatever is read is what the journal folds to. Never a socket, never a name. Next: [`crate::driver`].

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use jiff::tz::TimeZone;
use tempfile::TempDir;
use vigie_protocol::{Day, EstablishmentId, RoomId, SeatNo, SessionId, Span, Stamp, WorkstationId};
use vigie_room::fact::LinkEnd;
use vigie_room::picture::Link;
use vigie_room::{Audience, Input, Refusal, Room, due};

use crate::agents::digest;
use crate::bus::Bus;
use crate::clock::{Clock, Hand};
use crate::config::Retention;
use crate::driver::Engine;
use crate::driver::mail::{Mail, Seen};
use crate::links::Letterbox;
use crate::rooms::{RoomHandle, Rooms, TellError};
use crate::store::Store;
use crate::store::enrolment::{NewToken, Newcomer, Newcomers};
use crate::store::places::{Establishment, RoomRow, Seat};
use crate::texts::Lang;

/// What stands on the stage when it is built.
#[derive(Clone, Debug)]
pub struct Set {
    /// Whose room it is.
    pub establishment: EstablishmentId,
    /// The one room.
    pub room: RoomId,
    /// Its seats, each with its workstation.
    pub seats: Vec<(SeatNo, Option<WorkstationId>)>,
    /// The text of the charter in force.
    pub charter: String,
    /// What the clock says at first.
    pub now: Stamp,
}

/// A room that is served.
#[derive(Debug)]
pub struct Stage {
    data: TempDir,
    clock: Clock,
    hand: Hand,
    rooms: Rooms,
    room: RoomId,
    /// The latest session, open or over.
    session: Option<SessionId>,
}

impl Stage {
    /// Sets the stage in a new directory.
    ///
    /// # Errors
    /// The directory or the tables cannot be written.
    pub async fn build(set: Set) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let (clock, hand) = Clock::by_hand(set.now, TimeZone::UTC);
        let store = Store::open(data.path()).await?;
        let establishment = Establishment {
            id: set.establishment.clone(),
            name: set.establishment.to_string(),
        };
        store.put_establishment(&establishment).await?;
        let seats = set.seats.iter().map(|(seat, _)| Seat {
            seat: *seat,
            at: None,
            workstation: None,
        });
        let row = RoomRow {
            id: set.room.clone(),
            establishment: set.establishment.clone(),
            name: set.room.to_string(),
            seats: seats.collect(),
        };
        store.put_room(&row).await?;
        for (seat, workstation) in &set.seats {
            if let Some(workstation) = workstation {
                enrol(&store, (&set.room, *seat), workstation, set.now).await?;
            }
        }
        let charter = (&digest(&set.charter), set.charter.as_str());
        store
            .adopt_charter(&set.establishment, charter, set.now)
            .await?;
        let rooms = serve(data.path(), clock.clone(), store).await?;
        Ok(Self {
            data,
            clock,
            hand,
            rooms,
            room: set.room,
            session: None,
        })
    }

    /// Gives the room an input; what it made is durable when this returns.
    ///
    /// # Errors
    /// The room cannot answer.
    pub async fn input(&mut self, input: Input) -> Result<Option<Refusal>> {
        let room = self.handle().await?;
        let over = !self.room().await?.is_open();
        match (input, &self.session) {
            (Input::Event { .. }, None) => Ok(None),
            (
                Input::Event {
                    workstation,
                    ahead,
                    event,
                },
                Some(session),
            ) if over => {
                let letterbox = Arc::new(Letterbox::default());
                let late = Mail::Late {
                    session: session.clone(),
                    workstation: workstation.clone(),
                    letterbox: Arc::clone(&letterbox),
                };
                room.send(late).await?;
                let seen = Seen {
                    session: session.clone(),
                    workstation,
                    ahead,
                    events: vec![event],
                    letterbox,
                };
                room.saw(seen).await?;
                Ok(None)
            }
            (input @ Input::Adult { .. }, Some(session)) if over => {
                match room.tell_late(session.clone(), input).await {
                    Ok(_) => Ok(None),
                    Err(TellError::Refused(refusal)) => Ok(Some(refusal)),
                    Err(TellError::Unavailable(why)) => Err(why.into()),
                }
            }
            (input, _) => {
                let asked = matches!(input, Input::Adult { .. } | Input::Open(_));
                match room.tell(input).await {
                    Ok(told) => {
                        self.session = Some(told.session);
                        Ok(None)
                    }
                    Err(TellError::Refused(refusal)) => Ok(asked.then_some(refusal)),
                    Err(TellError::Unavailable(why)) => Err(why.into()),
                }
            }
        }
    }

    /// Lets time pass, stopping wherever the room wants to be looked at.
    ///
    /// # Errors
    /// The room cannot answer, or asks to be looked at again and has nothing to do.
    pub async fn advance(&mut self, to: Stamp) -> Result<()> {
        loop {
            let before = self.room().await?;
            let (_, next) = due(&before);
            let Some(next) = next.filter(|next| *next <= to) else {
                break;
            };
            self.hand.set(next.max(self.clock.now()));
            ensure!(
                self.room().await?.rev() > before.rev(),
                "the room asked to be looked at at {next:?} and had nothing to do"
            );
        }
        self.hand.set(to);
        Ok(())
    }

    /// The room as the journal tells it, which is the room in memory.
    ///
    /// # Errors
    /// The room cannot be read, or the journal folds to another.
    pub async fn room(&self) -> Result<Room> {
        // Asked of the driver first: it answers once everything before is durable.
        let live = self.handle().await?;
        let live = live.look(|glimpse| glimpse.room.cloned()).await?;
        let Some(session) = &self.session else {
            let day = self.clock.day(self.clock.now());
            return Ok(nobody(day));
        };
        let journal = &self.rooms.engine().journal;
        let folded = journal.fold(session).await?.context("a journal")?;
        if let Some(live) = live {
            ensure!(folded == live, "the journal folds to another room");
        }
        Ok(folded)
    }

    /// Loses everything but the files, as after a power cut, and starts again on a copy of them: what was not durable is not in
    /// it. Every link is gone.
    ///
    /// # Errors
    /// The copy cannot be made or served.
    pub async fn kill(&mut self) -> Result<()> {
        let copy = tempfile::tempdir()?;
        copy_all(self.data.path(), copy.path())?;
        let store = Store::open(copy.path()).await?;
        let rooms = serve(copy.path(), self.clock.clone(), store).await?;
        std::mem::replace(&mut self.rooms, rooms).stop().await;
        self.data = copy;
        let room = self.room().await?;
        for seat in room.seats() {
            let tile = room.tile(seat, self.clock.now(), Audience::Others);
            let up = tile.is_some_and(|tile| tile.link == Link::Up);
            if let Some(workstation) = room.workstation_at(seat).filter(|_| up).cloned() {
                let why = LinkEnd::Lost;
                self.input(Input::LinkDown { workstation, why }).await?;
            }
        }
        Ok(())
    }

    /// Stops in good order.
    pub async fn stop(self) {
        self.rooms.stop().await;
    }

    async fn handle(&self) -> Result<RoomHandle> {
        self.rooms.room(&self.room).await?.context("the room")
    }
}

async fn serve(data: &Path, clock: Clock, store: Store) -> Result<Rooms> {
    let engine = Engine::open(data, clock, store, (Lang::Fr, Retention::default()))?;
    Ok(Rooms::start(engine, Bus::default()).await?)
}

/// Puts a workstation at a seat, by a token of its own. No link is ever proved here, so any text does for its key.
async fn enrol(
    store: &Store,
    (room, seat): (&RoomId, SeatNo),
    workstation: &WorkstationId,
    now: Stamp,
) -> Result<()> {
    let token = digest(workstation.as_str());
    let new = NewToken {
        digest: &token,
        room,
        seat: Some(seat),
        uses: 1,
        made: now,
        by: None,
        ends: now + Span::minutes(1),
        newcomers: Newcomers::Wait,
    };
    store.put_enrolment_token(new).await?;
    let newcomer = Newcomer {
        id: workstation,
        key: workstation.as_str(),
        machine: None,
        host: None,
    };
    store.enrol(&token, newcomer, now).await?;
    Ok(())
}

/// A room in which nothing ever happened.
fn nobody(day: Day) -> Room {
    Room::new(SessionId::new(day, "none"))
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy_all(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

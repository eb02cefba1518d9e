//! Every room of the server: finds a room's driver, starts it when it is first asked for, stops them all.
//!
//! Owns the map of drivers and nothing of a room: whoever wants something of one leaves a letter in its bounded inbox.
//! Never holds a lock across an await. Next: [`crate::driver`] for the loop behind a [`RoomHandle`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use vigie_protocol::view::LiveFrame;
use vigie_protocol::{EstablishmentId, Rev, RoomId, SessionId, StaffId, Stamp, WorkstationId};
use vigie_room::fact::Opening;
use vigie_room::{Ask, Input, Refusal, Room};

use crate::bus::{Bus, Notice};
use crate::driver::mail::{Join, Mail, Seen};
use crate::driver::{Driver, Engine};
use crate::journal::{Journal, JournalError};
use crate::links::Links;
use crate::render::Scene;
use crate::store::StoreError;
use crate::store::places::LinkRow;
use crate::texts::Lang;

/// Most letters waiting for a room; whoever writes more waits.
const INBOX_MAX: usize = 512;

/// Every room. Cloning shares them.
#[derive(Clone, Debug)]
pub(crate) struct Rooms {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    bus: Bus,
    running: Mutex<BTreeMap<RoomId, RoomHandle>>,
    /// Where drivers run.
    runtime: tokio::runtime::Handle,
}

/// What a room is, at one committed moment, to whoever looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glimpse<'a> {
    pub(crate) scene: &'a Scene,
    /// The open session; none between sessions.
    pub(crate) room: Option<&'a Room>,
    /// What is known of the workstations' links outside a session.
    pub(crate) links: &'a BTreeMap<WorkstationId, LinkRow>,
    /// Adults whose tablets watch the room now.
    pub(crate) online: &'a BTreeSet<StaffId>,
    pub(crate) now: Stamp,
}

/// What an input made, now durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) session: SessionId,
    /// The rev of the room after it.
    pub(crate) rev: Rev,
}

/// Why an input was not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum TellError {
    /// It makes no sense now; the reader is told why.
    #[error("the room refuses: {0:?}")]
    Refused(Refusal),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why it is not known whose a session is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoomOfError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a room cannot answer now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unavailable {
    /// What was asked may not be durable: the room is being folded again from its journal.
    #[error("the journal could not be written: {0}")]
    CommitFailed(String),
    /// The room's journal cannot be read; it is tried again.
    #[error("the room's journal cannot be read: {0}")]
    Unreadable(String),
    /// The charter or the list that the session names cannot be had.
    #[error("the session's rules cannot be had: {0}")]
    Rules(String),
    #[error("the server is stopping")]
    Stopping,
}

/// A live page's end of its room: the first frame is a snapshot.
#[derive(Debug)]
pub(crate) struct Watching {
    pub(crate) frames: mpsc::Receiver<Box<LiveFrame>>,
}

/// A room's inbox.
#[derive(Clone, Debug)]
pub(crate) struct RoomHandle {
    establishment: EstablishmentId,
    inbox: mpsc::Sender<Mail>,
}

impl Rooms {
    /// Takes up every session that was open when the server stopped: one driver each, folding its journal.
    pub(crate) async fn start(engine: Engine, bus: Bus) -> Result<Self, StoreError> {
        let rooms = Self {
            shared: Arc::new(Shared {
                engine,
                bus,
                running: Mutex::default(),
                runtime: tokio::runtime::Handle::current(),
            }),
        };
        let engine = rooms.engine();
        let open = open_sessions(&engine.journal, engine.clock.now()).await;
        for (room, session) in open {
            let known = rooms.start_room(&room, Some(session)).await?;
            if known.is_none() {
                tracing::error!(%room, "a session is open in a room that is gone from the tables");
            }
        }
        Ok(rooms)
    }

    /// A room's inbox; none for a room that the tables do not know.
    pub(crate) async fn room(&self, room: &RoomId) -> Result<Option<RoomHandle>, StoreError> {
        if let Some(handle) = self.running().get(room) {
            return Ok(Some(handle.clone()));
        }
        self.start_room(room, None).await
    }

    async fn start_room(
        &self,
        room: &RoomId,
        open: Option<SessionId>,
    ) -> Result<Option<RoomHandle>, StoreError> {
        let Some(row) = self.engine().store.room(room).await? else {
            return Ok(None);
        };
        let mut running = self.running();
        // Another task may have started it meanwhile.
        let handle = running.entry(room.clone()).or_insert_with(|| {
            let (inbox, letters) = mpsc::channel(INBOX_MAX);
            let handle = RoomHandle {
                establishment: row.establishment.clone(),
                inbox,
            };
            // A room outlives the thread of the request that asked for it first.
            self.shared
                .runtime
                .spawn(Driver::new(self.engine().clone(), row).run(open, letters));
            handle
        });
        Ok(Some(handle.clone()))
    }

    /// Agents' links that are up, by workstation.
    pub(crate) fn links(&self) -> &Links {
        &self.shared.engine.links
    }

    /// What every driver shares.
    pub(crate) fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// The room of a session, open or over; none when its day is erased.
    pub(crate) async fn room_of(
        &self,
        session: &SessionId,
    ) -> Result<Option<RoomHandle>, RoomOfError> {
        let head = self.engine().journal.head(session).await?;
        match head {
            Some(head) => Ok(self.room(&head.room).await?),
            None => Ok(None),
        }
    }

    /// What is told to every live page.
    pub(crate) fn bus(&self) -> &Bus {
        &self.shared.bus
    }

    /// The tables of a room changed (plan, names, charter in force): it draws itself anew.
    pub(crate) async fn changed(&self, room: &RoomId) {
        let handle = self.running().get(room).cloned();
        if let Some(handle) = handle {
            // A room that is stopping needs no news.
            let _ = handle.inbox.send(Mail::Changed).await;
        }
    }

    /// Stops every driver once what it holds is durable, then the writer, and hangs up every link with [`vigie_protocol::CloseCode::GoingAway`].
    pub(crate) async fn stop(&self) {
        self.engine().links.stop();
        self.bus().tell(Notice::Stopping);
        let running = std::mem::take(&mut *self.running());
        for (_, handle) in running {
            let (done, stopped) = oneshot::channel();
            if handle.inbox.send(Mail::Stop { done }).await.is_ok() {
                let _ = stopped.await;
            }
        }
        self.engine().writer.stop().await;
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<RoomId, RoomHandle>> {
        self.shared
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoomHandle {
    pub(crate) fn establishment(&self) -> &EstablishmentId {
        &self.establishment
    }

    /// Opens a session. `opening.seats` is filled in by the driver from the tables, at the moment it opens.
    pub(crate) async fn open(&self, opening: Opening) -> Result<Told, TellError> {
        self.tell(Input::Open(opening)).await
    }

    /// An adult asks for something; whether they may was decided by the policy.
    pub(crate) async fn ask(&self, by: StaffId, ask: Ask) -> Result<Told, TellError> {
        self.tell(Input::Adult { by, ask }).await
    }

    /// Gives the room an input and waits until what it made is durable.
    pub(crate) async fn tell(&self, input: Input) -> Result<Told, TellError> {
        let (reply, answer) = oneshot::channel();
        let input = Box::new(input);
        self.send(Mail::Tell { input, reply }).await?;
        answer
            .await
            .map_err(|_| TellError::Unavailable(Unavailable::Stopping))?
    }

    /// Reads something off the room at a committed moment.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        read: impl FnOnce(Glimpse<'_>) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        let with = Box::new(move |glimpse: Result<Glimpse<'_>, Unavailable>| {
            // Whoever asked may have gone.
            let _ = reply.send(glimpse.map(read));
        });
        self.send(Mail::Look { with }).await?;
        answer.await.map_err(|_| Unavailable::Stopping)?
    }

    /// An adult deals with what a session of this room that is over has left.
    pub(crate) async fn tell_late(
        &self,
        session: SessionId,
        input: Input,
    ) -> Result<Told, TellError> {
        let (reply, answer) = oneshot::channel();
        let mail = Mail::TellLate {
            session,
            input: Box::new(input),
            reply,
        };
        self.send(mail).await?;
        answer
            .await
            .map_err(|_| TellError::Unavailable(Unavailable::Stopping))?
    }

    /// Reads a session of this room that is over; the glimpse has no room when there is none.
    pub(crate) async fn look_late<T: Send + 'static>(
        &self,
        session: SessionId,
        read: impl FnOnce(Glimpse<'_>) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        let with = Box::new(move |glimpse: Result<Glimpse<'_>, Unavailable>| {
            // Whoever asked may have gone.
            let _ = reply.send(glimpse.map(read));
        });
        self.send(Mail::LookLate { session, with }).await?;
        answer.await.map_err(|_| Unavailable::Stopping)?
    }

    /// Watches the room for a live page: a snapshot first, then what changed. Dropping what it returns ends it.
    pub(crate) async fn watch(&self, staff: StaffId, lang: Lang) -> Result<Watching, Unavailable> {
        let (sender, frames) = mpsc::channel(crate::driver::FRAMES_MAX);
        self.send(Mail::Watch {
            staff,
            lang,
            frames: sender,
        })
        .await?;
        Ok(Watching { frames })
    }

    /// A proven link of a workstation of this room came up.
    pub(crate) async fn join(&self, join: Join) -> Result<(), Unavailable> {
        self.send(Mail::Join(Box::new(join))).await
    }

    /// New events of a link.
    pub(crate) async fn saw(&self, seen: Seen) -> Result<(), Unavailable> {
        self.send(Mail::Saw(seen)).await
    }

    pub(crate) async fn send(&self, mail: Mail) -> Result<(), Unavailable> {
        self.inbox
            .send(mail)
            .await
            .map_err(|_| Unavailable::Stopping)
    }
}

/// The sessions that never closed, by room, of every day that can be read. A day that cannot is set aside, with an error in
/// the log: its sessions are missing until somebody repairs the file, and all others go on.
async fn open_sessions(journal: &Journal, now: Stamp) -> BTreeMap<RoomId, SessionId> {
    let mut open: BTreeMap<RoomId, SessionId> = BTreeMap::new();
    let days = journal.days().unwrap_or_else(|error| {
        tracing::error!(
            error = crate::problem::cause(&error),
            "no session can be taken up"
        );
        Vec::new()
    });
    for day in days {
        match journal.heads(day).await {
            Ok(heads) => {
                // In the order of opening: a room has one open session, and were there two, the newest is the one it works on.
                for head in heads.into_iter().filter(|head| head.closed.is_none()) {
                    if let Some(older) = open.insert(head.room.clone(), head.session) {
                        tracing::error!(room = %head.room, session = %older, "a session was never closed and a newer one is on");
                    }
                }
            }
            Err(error) if crate::journal::is_unreadable(&error) => {
                tracing::error!(%day, error = crate::problem::cause(&error), "a day of the journal is damaged");
                match journal.set_aside(day, now) {
                    Ok(file) => {
                        tracing::error!(%day, file = %file.display(), "it is set aside, not deleted");
                    }
                    Err(error) => {
                        tracing::error!(%day, error = crate::problem::cause(&error), "and cannot be set aside");
                    }
                }
            }
            Err(error) => {
                tracing::error!(%day, error = crate::problem::cause(&error), "a day of the journal cannot be read");
            }
        }
    }
    open
}

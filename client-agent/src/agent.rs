//! One agent: its one task, and the handle that starts it, asks it and stops it.
//!
//! [`Agent::start`] gives the handle and the [`Desk`] that a desktop or a script takes. The task owns everything: brain, link,
//! spool, rules. Never touches a desktop. Next: `task` for the loop, [`state`] for what the panel is told.

mod jobs;
pub mod state;
mod task;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use vigie_protocol::frame::{Capabilities, Leaving};
use vigie_protocol::link::{AgentEnd, Identity};
use vigie_protocol::{CommandId, Private, WorkstationId};

use crate::brain::{Asked, Refusal};
use crate::clock::Clock;
use crate::closed::{self, OpenError};
use crate::config::Config;
use crate::desk::{self, Able, Desk};
use crate::disk::Disk;
use crate::ids::{self, NoRandomness};
use crate::keys::{Key, KeyError};
use crate::known::{self, Known};
use crate::law::Library;
use crate::line::dial::{AddressError, Dialler, Trust};
use crate::spool::SpoolError;
use crate::text::Lang;
pub use state::{Link, PanelState};

/// Most calls that wait for the task; the caller waits then.
const CALLS_WAITING_MAX: usize = 32;

/// Why an agent cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("data folder {}: {doing}", path.display())]
    Data {
        /// Which.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// What it holds is open to others, and cannot be closed.
    #[error("the data folder is not private")]
    Open(#[from] OpenError),
    /// Another agent runs on this folder.
    #[error("data folder {}: another agent runs on it", path.display())]
    InUse {
        /// Which.
        path: PathBuf,
    },
    /// The workstation's id is not one.
    #[error("{}: not a workstation's id", path.display())]
    Workstation {
        /// Which file.
        path: PathBuf,
    },
    /// No key.
    #[error("the workstation's key is not usable")]
    Key(#[from] KeyError),
    /// No spool.
    #[error("the spool is not usable")]
    Spool(#[from] SpoolError),
    /// The server's address is of no use.
    #[error("the server's address is not usable")]
    Address(#[from] AddressError),
    /// No randomness.
    #[error("no new id can be made")]
    Random(#[from] NoRandomness),
}

/// What the handle asks of the task.
#[derive(Debug)]
enum Call {
    Ask(Asked, oneshot::Sender<Result<(), Refusal>>),
    Shown(CommandId),
    Speak(Lang),
    Stop(Leaving, oneshot::Sender<()>),
}

/// The handle. Cheap to clone; when the last one is dropped the agent stops.
#[derive(Clone, Debug)]
pub struct Agent {
    calls: mpsc::Sender<Call>,
    panel: watch::Receiver<Arc<PanelState>>,
    workstation: WorkstationId,
}

impl Agent {
    /// Starts an agent on the current tokio runtime. `able` says what the desktop can do, and goes into `hello`.
    ///
    /// # Errors
    /// The data folder, the key, the spool or the server's address cannot be used, or another agent runs on the folder.
    pub async fn start(config: Config, able: Able) -> Result<(Self, Desk), StartError> {
        let clock = Clock::start();
        let opening = {
            let config = config.clone();
            move || open(&config, clock)
        };
        let opened = tokio::task::spawn_blocking(opening).await;
        let opened = opened.map_err(|_| StartError::Data {
            path: config.data.clone(),
            doing: "cannot open it",
            source: io::Error::other("the runtime is stopping"),
        })??;
        let trust = Trust::of(&opened.known, config.authority.as_deref());
        let dialler = Dialler::new(&config.server, config.authority.as_deref(), trust)?;
        let workstation = opened.workstation.clone();
        let enrol = config.enrol.as_ref();
        let enrol = enrol.map(|token| Private::new(known::parts(token.reveal()).0.to_owned()));
        let mut end = AgentEnd::new(Identity {
            workstation: workstation.clone(),
            key: opened.key.public(),
            can: capabilities(&able),
            enrol,
            machine: config.machine.clone(),
            host: config.host.clone(),
        });
        for kept in opened.kept {
            end.restore(kept.session, kept.next, kept.unacked);
        }
        let (chair, desk) = desk::pair(clock);
        let (calls_in, calls) = mpsc::channel(CALLS_WAITING_MAX);
        let (panel_in, panel) = watch::channel(Arc::default());
        let task = task::Task::new(task::Parts {
            config,
            clock,
            able,
            dialler: Arc::new(dialler),
            end,
            key: opened.key,
            known: opened.known,
            disk: opened.disk,
            library: opened.library,
            chair,
            panel: panel_in,
            lock: opened.lock,
        });
        tokio::spawn(task.run(calls));
        let agent = Self {
            calls: calls_in,
            panel,
            workstation,
        };
        Ok((agent, desk))
    }

    /// This workstation's id.
    pub fn workstation(&self) -> &WorkstationId {
        &self.workstation
    }

    /// What the panel shows, now and whenever it changes.
    pub fn panel(&self) -> watch::Receiver<Arc<PanelState>> {
        self.panel.clone()
    }

    /// What the pupil asks. Answered once the event is durable on this machine.
    ///
    /// # Errors
    /// Why it is refused, for words.
    pub async fn ask(&self, asked: Asked) -> Result<(), Refusal> {
        let (answer_in, answer) = oneshot::channel();
        let call = Call::Ask(asked, answer_in);
        self.calls.send(call).await.map_err(|_| Refusal::Stopping)?;
        answer.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// An open page of the panel shows this message.
    pub async fn shown(&self, command: CommandId) {
        // An agent that is stopping has no use for it.
        let _stopping = self.calls.send(Call::Shown(command)).await;
    }

    /// The pupil reads the panel in this language. What the server writes there is had anew in it.
    pub async fn speak(&self, lang: Lang) {
        // An agent that is stopping has no use for it.
        let _stopping = self.calls.send(Call::Speak(lang)).await;
    }

    /// Says goodbye and stops. Returns once the server was told, or two seconds later.
    pub async fn stop(&self, why: Leaving) {
        let (done_in, done) = oneshot::channel();
        if self.calls.send(Call::Stop(why, done_in)).await.is_ok() {
            let _stopped_meanwhile = done.await;
        }
    }
}

/// What lies on the disk.
struct Opened {
    key: Key,
    known: Known,
    workstation: WorkstationId,
    disk: Disk,
    kept: Vec<crate::spool::Kept>,
    library: Library,
    /// Held as long as the agent runs.
    lock: File,
}

fn open(config: &Config, clock: Clock) -> Result<Opened, StartError> {
    let data = &config.data;
    let fail = |doing| {
        move |source| StartError::Data {
            path: data.clone(),
            doing,
            source,
        }
    };
    for (path, mode) in closed::close(data)? {
        let path = path.display();
        tracing::warn!(%path, mode = format!("{mode:o}"), "other accounts could read this: it is closed again");
    }
    let lock = File::create(data.join("lock")).map_err(fail("cannot be locked"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Err(StartError::InUse { path: data.clone() }),
        Err(fs::TryLockError::Error(source)) => return Err(fail("cannot be locked")(source)),
    }
    let workstation = open_workstation(config)?;
    let key = Key::open_or_make(&data.join("key.pem"))?;
    let token = config.enrol.as_ref().map(Private::reveal);
    let told = token.and_then(|token| known::parts(token).1);
    let known = Known::open(data, told).map_err(fail("cannot read which server it belongs to"))?;
    let (disk, kept) = Disk::open(data, config.spool, clock.now().at)?;
    let library = Library::open(data).map_err(fail("cannot hold charters and lists"))?;
    Ok(Opened {
        key,
        known,
        workstation,
        disk,
        kept,
        library,
        lock,
    })
}

/// The workstation's id: chosen once, bound to the key by the enrolment.
fn open_workstation(config: &Config) -> Result<WorkstationId, StartError> {
    let path = config.data.join("workstation");
    let fail = |doing| {
        let path = path.clone();
        move |source| StartError::Data {
            path,
            doing,
            source,
        }
    };
    match fs::read_to_string(&path) {
        Ok(text) => match uuid::Uuid::parse_str(text.trim()) {
            Ok(id) => Ok(WorkstationId::new(id.to_string())),
            Err(_) => Err(StartError::Workstation { path }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = ids::workstation()?;
            let new = path.with_extension("new");
            fs::write(&new, id.as_str())
                .and_then(|()| File::open(&new)?.sync_all())
                .and_then(|()| fs::rename(&new, &path))
                .map_err(fail("cannot keep the workstation's id"))?;
            Ok(id)
        }
        Err(error) => Err(fail("cannot read the workstation's id")(error)),
    }
}

fn capabilities(able: &Able) -> Capabilities {
    let mut sensors: Vec<_> = able.sensors.iter().copied().collect();
    if !sensors.contains(&vigie_protocol::Sensor::Chat) {
        sensors.push(vigie_protocol::Sensor::Chat);
    }
    let mut actions = vec!["message".to_owned()];
    if able.no_lock.is_none() {
        actions.extend(["lock".to_owned(), "release".to_owned()]);
    } else {
        // A limit to some sites can be released too.
        actions.push("release".to_owned());
    }
    actions.push("focus".to_owned());
    if able.no_pages.is_none() {
        actions.push("open".to_owned());
    }
    if able.no_close.is_none() {
        actions.push("close".to_owned());
    }
    Capabilities {
        agent: env!("CARGO_PKG_VERSION").to_owned(),
        desktop: able.desktop.clone(),
        sensors,
        actions,
        when_dead: able.when_dead.clone(),
    }
}

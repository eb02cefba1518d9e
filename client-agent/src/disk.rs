//! What the agent does on its disk, one run of jobs at a time on a thread that may block: the spool, and the lease.
//!
//! The lease is kept with the machine's boot and uptime, so that an agent that is started again takes it up with what is left
//! of it, and a machine that was started again does not. Never decides anything.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vigie_protocol::frame::SessionLease;
use vigie_protocol::{Event, Seq, SessionId, Span, Stamp};

use crate::clock::BootTime;
use crate::spool::{Kept, Limits, Spool, SpoolError};

/// One job.
#[derive(Debug)]
pub(crate) enum Job {
    Append(SessionId, Event),
    Forget(SessionId, Seq),
    KeepLease(SessionLease),
    DropLease,
    Sweep {
        current: Option<SessionId>,
        now: Stamp,
    },
}

/// What became of a run of jobs.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    /// Durable now: they may be sent, in this order.
    pub(crate) durable: Vec<(SessionId, Event)>,
    /// How many events could not be kept.
    pub(crate) lost: usize,
    /// Why, and whatever else went wrong first.
    pub(crate) trouble: Option<SpoolError>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptLease {
    boot: BootTime,
    lease: SessionLease,
}

/// The agent's disk.
#[derive(Debug)]
pub(crate) struct Disk {
    spool: Spool,
    lease: PathBuf,
}

impl Disk {
    pub(crate) fn open(
        data: &Path,
        limits: Limits,
        now: Stamp,
    ) -> Result<(Self, Vec<Kept>), SpoolError> {
        let (spool, kept) = Spool::open(&data.join("spool"), limits, now)?;
        let lease = data.join("lease.json");
        Ok((Self { spool, lease }, kept))
    }

    /// The lease as it was kept, less the time that went by since.
    pub(crate) fn kept_lease(&self) -> Option<SessionLease> {
        let text = fs::read_to_string(&self.lease).ok()?;
        let kept: KeptLease = serde_json::from_str(&text).ok()?;
        let since = BootTime::now()?.since(&kept.boot)?;
        let left = Span(kept.lease.remaining_ms.0.saturating_sub(since.0));
        (left.0 > 0).then_some(SessionLease {
            remaining_ms: left,
            ..kept.lease
        })
    }

    pub(crate) fn run(&mut self, jobs: Vec<Job>) -> Ran {
        let mut ran = Ran::default();
        let mut jobs = jobs.into_iter().peekable();
        while let Some(job) = jobs.next() {
            match job {
                Job::Append(session, event) => {
                    let mut events = vec![event];
                    while let Some(Job::Append(_, event)) = jobs
                        .next_if(|next| matches!(next, Job::Append(other, _) if *other == session))
                    {
                        events.push(event);
                    }
                    self.append(session, events, &mut ran);
                }
                Job::Forget(session, through) => {
                    note(&mut ran, self.spool.forget(&session, through));
                }
                Job::KeepLease(lease) => {
                    let kept = self.keep_lease(lease);
                    note(&mut ran, kept.map_err(|source| self.lease_trouble(source)));
                }
                Job::DropLease => match fs::remove_file(&self.lease) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        note(&mut ran, Err(self.lease_trouble(error)));
                    }
                    _ => {}
                },
                Job::Sweep { current, now } => {
                    note(&mut ran, self.spool.sweep(current.as_ref(), now).map(drop));
                }
            }
        }
        if !ran.durable.is_empty()
            && let Err(error) = self.spool.sync()
        {
            ran.lost = ran.lost.saturating_add(ran.durable.len());
            ran.durable.clear();
            note(&mut ran, Err(error));
        }
        ran
    }

    fn append(&mut self, session: SessionId, events: Vec<Event>, ran: &mut Ran) {
        match self.spool.append(&session, &events) {
            Ok(gave_way) => {
                let appended = events.into_iter().map(|event| (session.clone(), event));
                ran.durable.extend(appended);
                ran.durable.extend(gave_way);
            }
            Err(error) => {
                ran.lost = ran.lost.saturating_add(events.len());
                note(ran, Err(error));
            }
        }
    }

    fn keep_lease(&self, lease: SessionLease) -> io::Result<()> {
        // Without the machine's uptime a lease could outlive its end over a restart: then it is not kept.
        let Some(boot) = BootTime::now() else {
            return Ok(());
        };
        let text = serde_json::to_vec(&KeptLease { boot, lease })?;
        let new = self.lease.with_extension("new");
        fs::write(&new, text)?;
        fs::rename(&new, &self.lease)
    }

    fn lease_trouble(&self, source: io::Error) -> SpoolError {
        SpoolError {
            path: self.lease.clone(),
            doing: "cannot keep the lease",
            source,
        }
    }
}

fn note(ran: &mut Ran, result: Result<(), SpoolError>) {
    if let Err(error) = result {
        ran.trouble.get_or_insert(error);
    }
}

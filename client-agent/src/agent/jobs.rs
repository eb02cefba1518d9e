//! What the task has done by others: disk jobs it waits for, and the preparing of rules it does not.
//!
//! At most one preparation and one download run at a time; the latest wish wins.

use std::sync::Arc;

use tokio::sync::mpsc;
use vigie_filters::RuleSet;
use vigie_protocol::frame::SessionLease;
use vigie_protocol::{Digest, Private};

use crate::disk::{Disk, Job, Ran};
use crate::law::{Compiled, Library, Prepared, fetch};
use crate::line::dial::Dialler;

/// Results that wait to be taken; at most one of each kind is ever under way.
const RESULTS_WAITING_MAX: usize = 8;

/// What came of something that was not waited for.
#[derive(Debug)]
pub(super) enum Result {
    Prepared(Prepared),
}

#[derive(Debug)]
enum Done {
    Prepared(Prepared),
    Fetched(Digest, std::result::Result<(), fetch::FetchError>),
}

/// A charter and a list.
type Wish = (Digest, Option<Digest>);

/// The hands.
#[derive(Debug)]
pub(super) struct Hands {
    disk: Option<Disk>,
    later: Vec<Job>,
    library: Library,
    compiled: Arc<Compiled>,
    dialler: Arc<Dialler>,
    done_in: mpsc::Sender<Done>,
    done: mpsc::Receiver<Done>,
    /// What the session wants.
    wish: Option<Wish>,
    /// What is being prepared.
    preparing: Option<Wish>,
    /// What is ready, and the list that is missing for it to be exactly what is wished.
    ready: Option<(Wish, Arc<RuleSet>, Option<Digest>)>,
    ticket: Option<Private<String>>,
    fetching: bool,
}

impl Hands {
    pub(super) fn new(
        disk: Disk,
        library: Library,
        compiled: Arc<Compiled>,
        dialler: Arc<Dialler>,
    ) -> Self {
        let (done_in, done) = mpsc::channel(RESULTS_WAITING_MAX);
        Self {
            disk: Some(disk),
            later: Vec::new(),
            library,
            compiled,
            dialler,
            done_in,
            done,
            wish: None,
            preparing: None,
            ready: None,
            ticket: None,
            fetching: false,
        }
    }

    /// Runs disk jobs on a thread that may block, and waits for them. Jobs that could wait go first.
    pub(super) async fn run(&mut self, jobs: Vec<Job>) -> Ran {
        let Some(mut disk) = self.disk.take() else {
            return Ran::default();
        };
        let mut all = std::mem::take(&mut self.later);
        all.extend(jobs);
        let running = tokio::task::spawn_blocking(move || {
            let ran = disk.run(all);
            (disk, ran)
        });
        // It fails only when the runtime stops; then nothing is durable any more and nothing is said.
        let Ok((disk, ran)) = running.await else {
            return Ran::default();
        };
        self.disk = Some(disk);
        ran
    }

    /// A job that waits for the next run.
    pub(super) fn later(&mut self, job: Job) {
        self.later.push(job);
    }

    pub(super) fn has_later(&self) -> bool {
        !self.later.is_empty() && self.disk.is_some()
    }

    pub(super) async fn kept_lease(&mut self) -> Option<SessionLease> {
        let disk = self.disk.take()?;
        let reading = tokio::task::spawn_blocking(move || {
            let lease = disk.kept_lease();
            (disk, lease)
        });
        let (disk, lease) = reading.await.ok()?;
        self.disk = Some(disk);
        lease
    }

    /// The rules that are ready for this charter.
    pub(super) fn rules(&self, charter: &Digest) -> Option<Arc<RuleSet>> {
        let (wish, rules, _) = self.ready.as_ref()?;
        (wish.0 == *charter).then(|| Arc::clone(rules))
    }

    /// The session is over.
    pub(super) fn forget_rules(&mut self) {
        self.wish = None;
        self.ready = None;
    }

    /// Wishes for the rules of a session; prepares them unless they are ready or under way.
    pub(super) fn prepare(&mut self, charter: Digest, list: Option<Digest>) {
        let wish = (charter, list);
        self.wish = Some(wish.clone());
        let ready = self.ready.as_ref();
        if ready.is_some_and(|(ready, _, missing)| *ready == wish && missing.is_none()) {
            return;
        }
        if ready.is_some_and(|(ready, _, _)| *ready == wish) {
            self.fetch();
            return;
        }
        self.prepare_wish();
    }

    fn prepare_wish(&mut self) {
        let Some(wish) = self.wish.clone().filter(|_| self.preparing.is_none()) else {
            return;
        };
        self.preparing = Some(wish.clone());
        let (library, compiled) = (self.library.clone(), Arc::clone(&self.compiled));
        let done = self.done_in.clone();
        tokio::task::spawn_blocking(move || {
            let prepared = library.prepare(&compiled, wish.0, wish.1);
            // The task may be gone.
            let _gone = done.blocking_send(Done::Prepared(prepared));
        });
    }

    /// A charter's text came: keeps it and prepares again.
    pub(super) fn keep_charter(&mut self, digest: Digest, text: String) {
        if self.wish.as_ref().is_none_or(|wish| wish.0 != digest) || self.preparing.is_some() {
            return;
        }
        self.preparing.clone_from(&self.wish);
        let Some(wish) = self.wish.clone() else {
            return;
        };
        let (library, compiled) = (self.library.clone(), Arc::clone(&self.compiled));
        let done = self.done_in.clone();
        tokio::task::spawn_blocking(move || {
            let prepared = match library.keep_charter(&digest, &text) {
                Ok(true) => library.prepare(&compiled, wish.0, wish.1),
                Ok(false) => Prepared::Broken {
                    charter: digest,
                    place: "the text is not what its digest says".to_owned(),
                },
                Err(error) => Prepared::Broken {
                    charter: digest,
                    place: format!("it cannot be kept: {error}"),
                },
            };
            // The task may be gone.
            let _gone = done.blocking_send(Done::Prepared(prepared));
        });
    }

    /// A link is up: lists can be had with this.
    pub(super) fn set_ticket(&mut self, ticket: Private<String>) {
        self.ticket = Some(ticket);
        self.fetch();
    }

    /// What came of something that was not waited for.
    pub(super) async fn result(&mut self) -> Option<Result> {
        match self.done.recv().await? {
            Done::Prepared(prepared) => {
                let prepared_wish = self.preparing.take();
                if prepared_wish != self.wish {
                    self.prepare_wish();
                    return None;
                }
                if let (
                    Some(wish),
                    Prepared::Ready {
                        rules,
                        list_missing,
                        ..
                    },
                ) = (prepared_wish, &prepared)
                {
                    self.ready = Some((wish, Arc::clone(rules), list_missing.clone()));
                    self.fetch();
                }
                Some(Result::Prepared(prepared))
            }
            Done::Fetched(digest, fetched) => {
                self.fetching = false;
                match fetched {
                    Ok(()) => {
                        tracing::info!(list = %digest, "a list is adopted");
                        self.prepare_wish();
                    }
                    Err(error) => {
                        let error = crate::chain(&error);
                        tracing::warn!(list = %digest, error, "the list before stays in use");
                    }
                }
                None
            }
        }
    }

    /// Downloads the list that is missing, if one is and a link is up. Tried again when the lease is renewed.
    fn fetch(&mut self) {
        let missing = self
            .ready
            .as_ref()
            .and_then(|(_, _, missing)| missing.clone());
        let (Some(digest), Some(ticket), false) = (missing, self.ticket.clone(), self.fetching)
        else {
            return;
        };
        self.fetching = true;
        let (dialler, library) = (Arc::clone(&self.dialler), self.library.clone());
        let done = self.done_in.clone();
        tokio::spawn(async move {
            let fetched = fetch::list(dialler, library, ticket, digest.clone()).await;
            // The task may be gone.
            let _gone = done.send(Done::Fetched(digest, fetched)).await;
        });
    }
}

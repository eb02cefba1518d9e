//! The hall: the one thread on which the door, the links, the pages and the rooms live.
//!
//! Owns the thread and its runtime. One thread, because what a link and its room tell each other is then a push to a queue and
//! not a wake-up of another processor, which costs as much as judging the event; the disk and the hashing of passwords have
//! threads of their own. Never runs what takes long: whoever works for more than a few milliseconds asks for a blocking thread.
//!
//! While much comes, the thread rests for a moment before it looks again at its sockets, as network cards do: a look that finds
//! ten frames costs what one costs that finds one, and a turn of the processor from sleep to work costs more than both.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use crate::clock::Stopwatch;

/// Works that wait to be begun: there are two in a server's life.
const WAITING_MAX: usize = 4;
/// How long the thread rests while it is busy; an ack may come later by two rests.
const REST: Duration = Duration::from_millis(1);
/// It is busy when it would sleep again so soon after it last would have.
const BUSY_MAX: Duration = Duration::from_millis(3);
/// How long blocking work that nobody waits for any more may hold the thread's end.
const LEAVE_MAX: Duration = Duration::from_secs(2);

thread_local! {
    /// Since the thread had nothing to do last.
    static AWAKE: Cell<Stopwatch> = Cell::new(Stopwatch::start());
}

/// Runs when nothing is left to do, before the thread waits for its sockets and timers.
fn rest() {
    AWAKE.with(|awake| {
        if awake.get().elapsed() < BUSY_MAX {
            std::thread::sleep(REST);
        }
        awake.set(Stopwatch::start());
    });
}

type Work = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// The thread; it ends, and drops what runs on it, once this is dropped.
#[derive(Debug)]
pub(crate) struct Hall {
    works: mpsc::Sender<Work>,
}

impl Hall {
    /// Starts the thread.
    pub(crate) fn open() -> io::Result<Self> {
        let (works, mut waiting) = mpsc::channel::<Work>(WAITING_MAX);
        let runtime = Builder::new_current_thread()
            .enable_all()
            .on_thread_park(rest)
            .build()?;
        std::thread::Builder::new()
            .name("hall".to_owned())
            .spawn(move || {
                let local = LocalSet::new();
                local.block_on(&runtime, async {
                    while let Some(work) = waiting.recv().await {
                        tokio::task::spawn_local(work());
                    }
                });
                drop(local);
                runtime.shutdown_timeout(LEAVE_MAX);
            })?;
        Ok(Self { works })
    }

    /// Begins a work on the thread and answers with where its outcome will be; an error there means that the thread is gone.
    pub(crate) async fn begin<T, F>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> oneshot::Receiver<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + 'static,
    {
        let (done, outcome) = oneshot::channel();
        let work: Work = Box::new(move || {
            let work = work();
            Box::pin(async move {
                // Whoever began it may not wait for it.
                let _ = done.send(work.await);
            })
        });
        // A thread that is gone drops the work, and its outcome with it.
        let _ = self.works.send(work).await;
        outcome
    }
}

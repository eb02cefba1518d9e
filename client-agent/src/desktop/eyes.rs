//! Runs the X11 sensors that the session needs, and only those; says which run and which cannot.
//!
//! Owns their one connection: it is opened when a session needs it, closed when none does, and opened again when the X server
//! comes back.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use vigie_protocol::Sensor;

use super::front::Front;
use super::presence::Presence;
use super::x11::{self, Trouble, X11};
use crate::brain::Seen;
use crate::clock::moment;
use crate::desk::{Sight, Watching};
use crate::text::Lang;

/// How long to wait before trying again what cannot run: an X server that went, a window manager that is not up yet.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// The sensors that live here.
pub(crate) const OURS: [Sensor; 3] = [Sensor::Front, Sensor::Titles, Sensor::Presence];

/// What the eyes are started with.
#[derive(Debug)]
pub(crate) struct Eyes {
    pub(crate) display: Option<String>,
    pub(crate) lang: Lang,
    pub(crate) sight: Sight,
    pub(crate) watching: watch::Receiver<Watching>,
    pub(crate) away_after: Duration,
}

impl Eyes {
    /// Runs until told to stop, or until the agent is gone.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        loop {
            let wanted = wanted(&self.watching.borrow_and_update());
            let look = async {
                if wanted.is_empty() {
                    return std::future::pending().await;
                }
                if let Err(trouble) = self.look(&wanted).await {
                    for sensor in &wanted {
                        self.say(*sensor, Some(&trouble));
                    }
                    tracing::info!(%trouble, "the X11 sensors cannot run");
                }
                tokio::time::sleep(TRY_AGAIN).await;
            };
            let mut watching = self.watching.clone();
            tokio::select! {
                () = stop.cancelled() => return,
                changed = watching.changed() => if changed.is_err() {
                    return;
                },
                () = look => {}
            }
        }
    }

    /// Runs these sensors on one connection until it is lost, or until one that cannot run may be tried again.
    async fn look(&self, wanted: &BTreeSet<Sensor>) -> Result<(), Trouble> {
        let display = x11::display(self.display.as_deref())?;
        let x11 = X11::connect(display.as_deref())?;
        let titles = wanted.contains(&Sensor::Titles);
        let front = if titles || wanted.contains(&Sensor::Front) {
            Some(Front::begin(&x11, titles))
        } else {
            None
        };
        let presence = wanted
            .contains(&Sensor::Presence)
            .then(|| Presence::begin(&x11, self.away_after));
        for sensor in wanted {
            let trouble = match sensor {
                Sensor::Presence => presence.as_ref().and_then(|begun| begun.as_ref().err()),
                _ => front.as_ref().and_then(|begun| begun.as_ref().err()),
            };
            self.say(*sensor, trouble);
        }
        let incomplete = matches!(front, Some(Err(_))).then(|| moment() + TRY_AGAIN);
        let (mut front, mut presence) = (front.and_then(Result::ok), presence.and_then(Result::ok));
        let mut look_at_presence = presence.is_some().then(moment);
        if let Some(front) = &mut front {
            self.see(front.look(&x11)?);
        }
        loop {
            tokio::select! {
                event = x11.event() => {
                    let event = event?;
                    if let Some(front) = &mut front && front.concerns(&x11, &event) {
                        self.see(front.look(&x11)?);
                    }
                }
                () = at(look_at_presence) => if let Some(presence) = &mut presence {
                    let (seen, again) = presence.look(&x11)?;
                    look_at_presence = Some(moment() + again);
                    self.see(seen);
                },
                () = at(incomplete) => return Ok(()),
            }
        }
    }

    fn see(&self, seen: Option<Seen>) {
        if let Some(seen) = seen {
            self.sight.see(seen);
        }
    }

    fn say(&self, sensor: Sensor, trouble: Option<&Trouble>) {
        let trouble = trouble.map(|trouble| trouble.words(self.lang));
        self.sight.see(Seen::Sensor { sensor, trouble });
    }
}

fn wanted(watching: &Watching) -> BTreeSet<Sensor> {
    OURS.into_iter()
        .filter(|sensor| watching.has(*sensor))
        .collect()
}

/// That moment; never, without one.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

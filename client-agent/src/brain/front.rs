//! The window in front: said when it changes, at most once a second, the latest wins.

use vigie_protocol::{EventKind, Private, Span, Stamp};

use crate::clock::{Mono, Now};

/// Least time between two changes that are said: a title that counts seconds must not fill the journal.
const FRONT_GAP: Span = Span(1_000);

type Window = (String, Option<Private<String>>);

/// What was said last, and what waits.
#[derive(Debug, Default)]
pub(super) struct Front {
    said: Option<(Window, Mono)>,
    waiting: Option<(Window, Stamp)>,
}

impl Front {
    /// What to say now, if anything.
    pub(super) fn take(
        &mut self,
        now: Now,
        app: String,
        title: Option<Private<String>>,
    ) -> Option<EventKind> {
        let window = (app, title);
        self.waiting = None;
        match &self.said {
            Some((said, _)) if *said == window => None,
            Some((_, at)) if now.mono < *at + FRONT_GAP => {
                self.waiting = Some((window, now.at));
                None
            }
            _ => Some(self.say(now.mono, window)),
        }
    }

    /// When the one that waits is to be said.
    pub(super) fn due(&self) -> Option<Mono> {
        self.waiting.as_ref()?;
        self.said.as_ref().map(|(_, at)| *at + FRONT_GAP)
    }

    /// The one that waits, if it is due.
    pub(super) fn expire(&mut self, now: Mono) -> Option<(Stamp, EventKind)> {
        if self.due().is_none_or(|due| now < due) {
            return None;
        }
        self.flush(now)
    }

    /// The one that waits, due or not.
    pub(super) fn flush(&mut self, now: Mono) -> Option<(Stamp, EventKind)> {
        let (window, at) = self.waiting.take()?;
        Some((at, self.say(now, window)))
    }

    fn say(&mut self, now: Mono, window: Window) -> EventKind {
        let (app, title) = window.clone();
        self.said = Some((window, now));
        EventKind::Front { app, title }
    }
}

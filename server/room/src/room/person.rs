//! Who sits at a seat, and who sat there when something happened.
//!
//! Law 6, never the wrong person: a name holds from the moment the login said so on a live link, until the login changes or the
//! link is cut. What was seen while the link was down is filed under nobody, because nobody vouches for who sat there: the same
//! login on both sides of the gap says nothing about the middle. Never fills a name in later.

use std::collections::VecDeque;

use vigie_protocol::{Pseudonym, Span, Stamp};

use crate::fact::{LinkEnd, Who};
use crate::limit::SITTINGS_MAX;

/// How much earlier than the link's start an event of that link may seem to be, by the error of the measured offset.
const SKEW: Span = Span::seconds(1);
/// An agent notices a new login only after it happened: what is said to be this little before the change is nobody's.
const LOGIN_GUARD: Span = Span::seconds(2);

/// The person at a seat.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Person {
    /// What the login says. None: not said yet on this link.
    login: Option<Who>,
    /// What it said last, across a lost link.
    before: Option<Who>,
    confirmed: Option<Pseudonym>,
    /// An adult said that the pupil of this login sits somewhere else.
    disowned: bool,
    /// Counts logins: who came later sees nothing of who came before.
    sitting: u32,
    /// Since when the facts above hold. None: nobody vouches for them now.
    since: Option<Stamp>,
    linked: Stamp,
    /// When the seat was last heard.
    heard: Stamp,
    past: VecDeque<Past>,
}

/// Facts that held, and when.
#[derive(Clone, Debug, PartialEq)]
struct Past {
    from: Stamp,
    through: Stamp,
    sitting: u32,
    pupil: Option<Pseudonym>,
}

/// What a login said anew changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The same as before a cut.
    Same,
    /// Somebody came where nobody was.
    Came,
    /// Whoever was there is gone.
    Left,
}

/// Under whom something is filed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Owner {
    /// Only while three facts agreed.
    pub(super) pupil: Option<Pseudonym>,
    /// Whose panel shows it: the sitting on both sides of it.
    pub(super) sitting: Option<u32>,
}

impl Person {
    pub(super) fn nobody() -> Self {
        Self {
            login: None,
            before: None,
            confirmed: None,
            disowned: false,
            sitting: 0,
            since: None,
            linked: Stamp(0),
            heard: Stamp(0),
            past: VecDeque::new(),
        }
    }
    /// What the login says, with the adult's word in its place.
    pub(super) fn pupil(&self) -> Option<&Pseudonym> {
        match (&self.confirmed, &self.login) {
            (Some(pupil), _) => Some(pupil),
            (None, Some(Who::Pupil(pupil))) if !self.disowned => Some(pupil),
            _ => None,
        }
    }
    pub(super) fn login(&self) -> Option<&Who> {
        self.login.as_ref()
    }
    pub(super) fn confirmed(&self) -> Option<&Pseudonym> {
        self.confirmed.as_ref()
    }
    pub(super) fn is_disowned(&self) -> bool {
        self.disowned
    }
    pub(super) fn sitting(&self) -> u32 {
        self.sitting
    }
    /// Since when the facts hold.
    pub(super) fn since(&self) -> Option<Stamp> {
        self.since
    }
    pub(super) fn hear(&mut self, at: Stamp) {
        self.heard = self.heard.max(at);
    }

    /// A new link: nothing is known until the login is said on it.
    pub(super) fn link_up(&mut self, at: Stamp) {
        self.close(self.heard);
        if self.login.is_some() {
            self.before = self.login.take();
        }
        self.confirmed = None;
        self.disowned = false;
        self.linked = at;
        self.hear(at);
    }
    /// The last name stays to be read on a tile that says "link lost since", and nothing more is filed under it.
    pub(super) fn link_down(&mut self, why: LinkEnd) {
        self.close(self.heard);
        match why {
            LinkEnd::Lost => {}
            // The machine went off, or nobody watches it any more: whoever comes next is somebody new.
            LinkEnd::Off | LinkEnd::Stopped => {
                self.login = None;
                self.before = None;
                self.confirmed = None;
                self.disowned = false;
            }
        }
    }
    /// What the login says now.
    pub(super) fn seated(&mut self, at: Stamp, who: Who) -> Change {
        let first_on_link = self.login.is_none();
        self.close(at - LOGIN_GUARD);
        let change = match self.login.as_ref().or(self.before.as_ref()) {
            Some(last) if *last == who => Change::Same,
            Some(Who::Pupil(_) | Who::Unknown) => Change::Left,
            Some(Who::Nobody) | None => Change::Came,
        };
        if change != Change::Same {
            self.sitting = self.sitting.saturating_add(1);
        }
        self.confirmed = None;
        self.disowned = false;
        self.login = Some(who);
        self.before = None;
        let vouched = self.past.back().map_or(Stamp(0), |past| past.through);
        self.since = Some(if first_on_link {
            vouched.max(self.linked - SKEW)
        } else {
            at
        });
        self.hear(at);
        change
    }
    /// An adult says who sits here, from now on.
    pub(super) fn confirm(&mut self, at: Stamp, pupil: Pseudonym) {
        self.close(at);
        self.confirmed = Some(pupil);
        self.disowned = false;
        self.since = Some(at);
    }
    /// An adult said that this pupil sits somewhere else: the facts no longer agree here.
    pub(super) fn disown(&mut self, at: Stamp) {
        self.close(at);
        self.confirmed = None;
        self.disowned = true;
        self.since = Some(at);
    }
    /// Everything that was known belonged to another workstation.
    pub(super) fn moved(&mut self) {
        let sitting = self.sitting;
        *self = Self::nobody();
        self.sitting = sitting.saturating_add(1);
    }

    /// Whether a moment belongs to the sitting of now, on the panel's terms ([`Owner::sitting`]).
    pub(super) fn sits(&self, at: Stamp) -> bool {
        self.is_now(at) || self.owner_at(at).sitting == Some(self.sitting)
    }
    /// Whether a moment belongs to whoever is known to sit here now.
    fn is_now(&self, at: Stamp) -> bool {
        self.since.is_some_and(|since| at >= since)
    }
    /// Who sat here at that moment, as far as anybody vouched for it.
    pub(super) fn owner_at(&self, at: Stamp) -> Owner {
        if self.is_now(at) {
            return Owner {
                pupil: self.pupil().cloned(),
                sitting: Some(self.sitting),
            };
        }
        if let Some(past) = self
            .past
            .iter()
            .rev()
            .find(|past| past.from <= at && at <= past.through)
        {
            return Owner {
                pupil: past.pupil.clone(),
                sitting: Some(past.sitting),
            };
        }
        let before = self
            .past
            .iter()
            .rev()
            .find(|past| past.through < at)
            .map_or(0, |past| past.sitting);
        let after = self
            .past
            .iter()
            .find(|past| past.from > at)
            .map_or(self.sitting, |past| past.sitting);
        Owner {
            pupil: None,
            sitting: (before == after).then_some(after),
        }
    }

    fn close(&mut self, through: Stamp) {
        let Some(from) = self.since.take() else {
            return;
        };
        if self.past.len() >= SITTINGS_MAX {
            self.past.pop_front();
        }
        self.past.push_back(Past {
            from,
            through,
            sitting: self.sitting,
            pupil: self.pupil().cloned(),
        });
    }
}

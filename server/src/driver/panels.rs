//! The student panels: drawn at a bounded pace, and only the parts that changed are sent.
//!
//! Owns what each link has of its panel. A change after a quiet while is sent at once; what follows gathers for [`PACE`], so
//! that a lively chat costs each panel one drawing a second and not one a line. Next: [`crate::render`], which draws.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};

use serde::Serialize;
use serde_json::Value;
use vigie_protocol::frame::SeatFrame;
use vigie_protocol::view::SeatView;
use vigie_protocol::{Rev, SeatNo, SessionId, Span, Stamp};

use super::Driver;
use super::sitting::Sitting;
use crate::render;

/// Least time between two drawings of one panel.
const PACE: Span = Span::seconds(1);
/// Parts of a panel: the fields of [`SeatView`].
const PARTS: usize = 21;

/// A panel as its link has it: enough to know which parts changed.
#[derive(Debug)]
pub(super) struct SentPanel {
    session: SessionId,
    rev: Rev,
    /// A hash of each part, in the order of [`parts`].
    parts: [u64; PARTS],
    /// When it may be drawn again.
    after: Stamp,
}

/// Seats whose panel is to be drawn.
#[derive(Debug, Default)]
pub(super) struct Panels {
    dirty: BTreeSet<SeatNo>,
    /// When the first of them is due.
    due: Option<Stamp>,
}

impl Panels {
    pub(super) fn wake(&self) -> Option<Stamp> {
        self.due
    }
    pub(super) fn add(&mut self, seats: &BTreeSet<SeatNo>, now: Stamp) {
        if !seats.is_empty() {
            self.dirty.extend(seats.iter().copied());
            self.due = Some(now);
        }
    }
}

impl Driver {
    /// Draws the panels whose time has come: a snapshot first, then the parts that changed.
    pub(super) fn send_panels(&mut self, now: Stamp) {
        if self.panels.due.is_none_or(|due| due > now) {
            return;
        }
        self.panels.due = None;
        let Sitting::On(on) = &self.sitting else {
            self.panels.dirty.clear();
            return;
        };
        let room = &on.room;
        let mut waiting = BTreeSet::new();
        for seat in std::mem::take(&mut self.panels.dirty) {
            let linked = room
                .workstation_at(seat)
                .and_then(|workstation| self.links.get_mut(workstation));
            // A seat without a link gets a snapshot when one comes up.
            let Some(linked) = linked else { continue };
            let before = linked
                .panel
                .take()
                .filter(|sent| sent.session == *room.session());
            if let Some(sent) = &before
                && sent.after > now
            {
                self.panels.due = Some(
                    self.panels
                        .due
                        .map_or(sent.after, |due| due.min(sent.after)),
                );
                waiting.insert(seat);
                linked.panel = before;
                continue;
            }
            let Some(view) = render::panel(&self.scene, linked.lang, room, seat) else {
                linked.panel = before;
                continue;
            };
            let (hashes, changed) = parts(&view, before.as_deref().map(|sent| &sent.parts));
            let after = before.as_ref().map(|sent| sent.rev);
            let rev = match (&before, changed.is_empty()) {
                (Some(sent), true) => sent.rev,
                _ => room.rev(),
            };
            linked.panel = Some(Box::new(SentPanel {
                session: room.session().clone(),
                rev,
                parts: hashes,
                after: now + PACE,
            }));
            if !changed.is_empty() {
                linked.letterbox.panel(SeatFrame {
                    session: room.session().clone(),
                    after,
                    rev,
                    parts: changed,
                });
            }
        }
        self.panels.dirty = waiting;
    }
}

/// The hash of each part, and the parts that differ from `before` (all of them when there is none).
fn parts(
    view: &SeatView,
    before: Option<&[u64; PARTS]>,
) -> ([u64; PARTS], BTreeMap<String, Value>) {
    let mut sorting = Sorting {
        before,
        at: 0,
        hashes: [0; PARTS],
        changed: BTreeMap::new(),
        written: Vec::new(),
    };
    sorting.part("supervision", &view.supervision);
    sorting.part("task", &view.task);
    sorting.part("adults", &view.adults);
    sorting.part("ends_ms", &view.ends_ms);
    sorting.part("rules", &view.rules);
    sorting.part("charter", &view.charter);
    sorting.part("accepted", &view.accepted);
    sorting.part("help", &view.help);
    sorting.part("help_open", &view.help_open);
    sorting.part("channels", &view.channels);
    sorting.part("chat", &view.chat);
    sorting.part("messages", &view.messages);
    sorting.part("alerts", &view.alerts);
    sorting.part("blocks", &view.blocks);
    sorting.part("in_force", &view.in_force);
    sorting.part("erased", &view.erased);
    sorting.part("lang", &view.lang);
    sorting.part("sites", &view.sites);
    sorting.part("sites_only", &view.sites_only);
    sorting.part("asked", &view.asked);
    sorting.part("looks", &view.looks);
    (sorting.hashes, sorting.changed)
}

/// Tells parts that changed from those that did not.
struct Sorting<'a> {
    before: Option<&'a [u64; PARTS]>,
    at: usize,
    hashes: [u64; PARTS],
    changed: BTreeMap<String, Value>,
    /// The part at hand in JSON: hashing it is cheaper than making a value of it.
    written: Vec<u8>,
}

impl Sorting<'_> {
    fn part(&mut self, name: &str, part: &impl Serialize) {
        self.written.clear();
        // Texts, numbers and lists of them always have a JSON form.
        let _ = serde_json::to_writer(&mut self.written, part);
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.written);
        let hash = hasher.finish();
        let same = self
            .before
            .is_some_and(|before| before.get(self.at) == Some(&hash));
        if let Some(place) = self.hashes.get_mut(self.at) {
            *place = hash;
        }
        self.at += 1;
        if !same && let Ok(value) = serde_json::from_slice(&self.written) {
            self.changed.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_view_is_a_part() {
        let view = SeatView::default();
        let (_, sent) = parts(&view, None);
        let Value::Object(whole) = serde_json::to_value(&view).unwrap() else {
            panic!("a view is an object");
        };
        assert_eq!(sent.len(), PARTS);
        assert_eq!(whole.into_iter().collect::<BTreeMap<_, _>>(), sent);
    }

    #[test]
    fn only_what_changed_is_sent() {
        let mut view = SeatView::default();
        let (before, _) = parts(&view, None);
        view.task = "Exposé".to_owned();
        let (_, changed) = parts(&view, Some(&before));
        assert_eq!(changed.into_keys().collect::<Vec<_>>(), ["task"]);
    }
}

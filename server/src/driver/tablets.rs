//! The live pages that watch a room: for each, what it has not seen yet, drawn when it is time and when it can take it.
//!
//! Owns the pace. Tiles change at most four times a second, queue entries are sent at once, and a page that reads slowly is
//! owed one card per seat at most: its dirty set, never a backlog of frames. Next: [`crate::render`], which draws.

use tokio::sync::mpsc;
use vigie_protocol::view::LiveFrame;
use vigie_protocol::{Rev, SessionId, Span, StaffId, Stamp};
use vigie_room::Delta;

use super::Driver;
use crate::render::{self, Distress, Reader};
use crate::texts::Lang;

/// Most frames waiting between the driver and a page; then its dirty set gathers.
pub(crate) const FRAMES_MAX: usize = 4;
/// Least time between two changes of a tile.
const TILES: Span = Span(250);
/// Least time between two frames in a storm of alerts; the first is sent at once.
const ITEMS: Span = Span(25);

/// One live page.
#[derive(Debug)]
pub(super) struct Tablet {
    staff: StaffId,
    lang: Lang,
    frames: mpsc::Sender<Box<LiveFrame>>,
    dirty: Delta,
    /// What it was sent last: none before the first snapshot.
    seen: Option<SeenPicture>,
    tiles_after: Stamp,
    items_after: Stamp,
}

#[derive(Debug)]
struct SeenPicture {
    session: Option<SessionId>,
    rev: Rev,
    distress: Distress,
}

impl Tablet {
    pub(super) fn new(staff: StaffId, lang: Lang, frames: mpsc::Sender<Box<LiveFrame>>) -> Self {
        Self {
            staff,
            lang,
            frames,
            dirty: Delta {
                all: true,
                urgent: true,
                ..Delta::default()
            },
            seen: None,
            tiles_after: Stamp(0),
            items_after: Stamp(0),
        }
    }

    /// Remembers what changed.
    pub(super) fn add(&mut self, delta: &Delta) {
        self.dirty.bar |= delta.bar;
        self.dirty.seats.extend(delta.seats.iter().copied());
        self.dirty.items.extend(delta.items.iter().copied());
        self.dirty.orders.extend(delta.orders.iter().cloned());
        self.dirty.urgent |= delta.urgent || delta.all;
        self.dirty.all |= delta.all;
    }

    /// The whole picture is to be drawn again, at the pace of tiles.
    pub(super) fn redraw(&mut self) {
        self.dirty.all = true;
    }

    /// When it wants to be drawn.
    pub(super) fn wake(&self) -> Option<Stamp> {
        if self.dirty.urgent {
            Some(self.items_after)
        } else if self.is_dirty() {
            Some(self.tiles_after)
        } else {
            None
        }
    }

    fn is_dirty(&self) -> bool {
        self.dirty.all
            || self.dirty.bar
            || !self.dirty.seats.is_empty()
            || !self.dirty.items.is_empty()
            || !self.dirty.orders.is_empty()
    }

    /// Takes out of the dirty set what may be drawn now: everything when the tiles' time has come, the queue before it.
    fn take(&mut self, now: Stamp) -> Option<Delta> {
        let tiles = self.tiles_after <= now;
        if !(self.is_dirty() && (tiles || (self.dirty.urgent && self.items_after <= now))) {
            return None;
        }
        self.items_after = now + ITEMS;
        let mut taken = std::mem::take(&mut self.dirty);
        if tiles || taken.all {
            self.tiles_after = now + TILES;
        } else {
            std::mem::swap(&mut self.dirty.seats, &mut taken.seats);
            std::mem::swap(&mut self.dirty.orders, &mut taken.orders);
        }
        Some(taken)
    }
}

impl Driver {
    /// Draws for every page whose time has come.
    pub(super) fn show(&mut self, now: Stamp) {
        if self.tablets.is_empty() && self.online.is_empty() {
            return;
        }
        self.tablets.retain(|tablet| {
            let watches = !tablet.frames.is_closed();
            if !watches {
                self.engine.gauges.tablets.dec();
            }
            watches
        });
        let online = self
            .tablets
            .iter()
            .map(|tablet| tablet.staff.clone())
            .collect();
        if online != self.online {
            // Who is shown a message of distress depends on who is there.
            self.online = online;
            self.redraw();
        }
        let mut tablets = std::mem::take(&mut self.tablets);
        for tablet in &mut tablets {
            self.show_one(tablet, now);
        }
        self.tablets = tablets;
    }

    fn show_one(&self, tablet: &mut Tablet, now: Stamp) {
        if tablet.wake().is_none_or(|wake| wake > now) {
            return;
        }
        if tablet.frames.capacity() == 0 || self.sitting.is_broken() {
            // A page that reads slowly gathers; one whose room is being folded keeps its last picture.
            tablet.tiles_after = now + TILES;
            tablet.items_after = now + TILES;
            return;
        }
        let Some(dirty) = tablet.take(now) else {
            return;
        };
        let room = self.sitting.room();
        let owner = room.and_then(vigie_room::Room::owner);
        let reader = Reader {
            lang: tablet.lang,
            staff: tablet.staff.clone(),
            distress: self.scene.distress_for(&tablet.staff, owner, &self.online),
        };
        let picture = SeenPicture {
            session: room.map(|room| room.session().clone()),
            rev: room.map(vigie_room::Room::rev).unwrap_or_default(),
            distress: reader.distress,
        };
        let frame = match (room, &tablet.seen) {
            (Some(room), Some(seen))
                if !dirty.all
                    && seen.session == picture.session
                    && seen.distress == picture.distress =>
            {
                let cards = render::changed(&self.scene, &reader, room, &dirty, now);
                if cards.is_empty() {
                    return;
                }
                LiveFrame::Delta {
                    session: picture.session.clone(),
                    after: seen.rev,
                    rev: picture.rev,
                    now_ms: now,
                    cards,
                }
            }
            (room, _) => LiveFrame::Snapshot {
                room: self.scene.room.id.clone(),
                session: picture.session.clone(),
                rev: picture.rev,
                now_ms: now,
                cards: match room {
                    Some(room) => render::cards(&self.scene, &reader, room, now),
                    None => render::between(&self.scene, &reader, &self.known),
                },
            },
        };
        tablet.seen = Some(picture);
        // There is room for it: this task alone sends. A page that is gone is forgotten at the next round.
        let _ = tablet.frames.try_send(Box::new(frame));
    }
}

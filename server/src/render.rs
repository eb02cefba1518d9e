//! The edge of the view: names and sentences joined to the room's picture, for one reader at a time.
//!
//! Owns who sees distress. Never decides anything else: what is shown is in [`vigie_room::picture`].
//! Next: [`scene`] for what a room's cards need, [`tiles`], [`queue`], [`sheets`], [`panels`].

use std::collections::BTreeMap;

use vigie_protocol::view::{Card, SeatView, SheetView};
use vigie_protocol::{SeatNo, StaffId, Stamp};
use vigie_room::{Delta, Room};

use crate::texts::Lang;

pub(crate) mod scene;

pub(crate) use scene::Scene;

/// For whom a card is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) lang: Lang,
    pub(crate) staff: StaffId,
    /// From [`Scene::distress_for`].
    pub(crate) distress: Distress,
}

/// How much of a message of distress a reader gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distress {
    /// Named by the school: who, where and the words.
    Full,
    /// Nobody who is named is there and the reader owns the session: who and where, without the words.
    Announced,
    /// Nothing: the seat is shown as if there were none.
    Hidden,
}

/// Every card of a room in session, by key: `bar`, `seat/4`, `item/help/17`, `item/alert/31`.
pub(crate) fn cards(
    scene: &Scene,
    reader: &Reader,
    room: &Room,
    now: Stamp,
) -> BTreeMap<String, Card> {
    let _ = (scene, reader, room, now);
    todo!()
}

/// The cards that a change touched; none takes a card away.
pub(crate) fn changed(
    scene: &Scene,
    reader: &Reader,
    room: &Room,
    delta: &Delta,
    now: Stamp,
) -> BTreeMap<String, Option<Card>> {
    let _ = (scene, reader, room, delta, now);
    todo!()
}

/// The cards of a room between sessions, from the tables.
pub(crate) fn between(
    scene: &Scene,
    reader: &Reader,
    links: &BTreeMap<vigie_protocol::WorkstationId, crate::store::places::LinkRow>,
    now: Stamp,
) -> BTreeMap<String, Card> {
    let _ = (scene, reader, links, now);
    todo!()
}

/// The seat sheet; none for a seat that is not on the plan.
pub(crate) fn sheet(
    scene: &Scene,
    reader: &Reader,
    room: &Room,
    seat: SeatNo,
    now: Stamp,
) -> Option<SheetView> {
    let _ = (scene, reader, room, seat, now);
    todo!()
}

/// The student panel of a seat; none for a seat that is not on the plan. The driver sends what changed, part by part.
pub(crate) fn panel(scene: &Scene, lang: Lang, room: &Room, seat: SeatNo) -> Option<SeatView> {
    let _ = (scene, lang, room, seat);
    todo!()
}

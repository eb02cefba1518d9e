//! The edge of the view: names and sentences joined to the room's picture, for one reader at a time.
//!
//! Owns who sees distress. Never decides anything else: what is shown is in [`vigie_room::picture`].
//! Next: [`scene`] for what a room's cards need, [`tiles`], [`queue`], [`orders`], [`sheets`], [`panels`].

use std::collections::{BTreeMap, BTreeSet};

use vigie_protocol::view::Card;
use vigie_protocol::{RuleId, StaffId, Stamp, WorkstationId};
use vigie_room::picture::Audience;
use vigie_room::{Delta, Room};

use crate::store::places::LinkRow;
use crate::texts::{Lang, say};

mod orders;
mod panels;
mod queue;
pub(crate) mod scene;
mod sheets;
mod tiles;

pub(crate) use panels::panel;
pub(crate) use scene::Scene;
pub(crate) use sheets::{sheet, sheet_between};
pub(crate) use tiles::{bar, seats_of_class};

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

impl Reader {
    /// A reader of this room now: `online` are the adults whose tablets watch it.
    pub(crate) fn of(
        scene: &Scene,
        room: Option<&Room>,
        staff: &StaffId,
        lang: Lang,
        online: &BTreeSet<StaffId>,
    ) -> Self {
        let owner = room.and_then(Room::owner);
        Self {
            lang,
            distress: scene.distress_for(staff, owner, online),
            staff: staff.clone(),
        }
    }

    /// Which of the room's pictures this reader sees.
    pub(crate) fn audience(&self) -> Audience {
        match self.distress {
            Distress::Full | Distress::Announced => Audience::Named,
            Distress::Hidden => Audience::Others,
        }
    }
}

/// Every card of a room in session, by key: `bar`, `seat/4`, `item/help/17`, `item/alert/31`, `order/…`.
pub(crate) fn cards(
    scene: &Scene,
    reader: &Reader,
    room: &Room,
    now: Stamp,
) -> BTreeMap<String, Card> {
    let mut cards = BTreeMap::new();
    cards.insert("bar".to_owned(), Card::Bar(bar(scene, reader, room)));
    for seat in room.seats() {
        if let Some(card) = tiles::tile(scene, reader, room, seat, now) {
            cards.insert(format!("seat/{seat}"), Card::Seat(card));
        }
    }
    for issued in room.issued() {
        let key = orders::key_of(&issued.command);
        cards.insert(key, Card::Order(orders::order(scene, reader.lang, issued)));
    }
    for key in room.items(reader.audience()) {
        if let Some(card) = queue::item(scene, reader, room, key) {
            cards.insert(queue::key_of(key), Card::Item(card));
        }
    }
    cards
}

/// The cards that a change touched; none takes a card away.
pub(crate) fn changed(
    scene: &Scene,
    reader: &Reader,
    room: &Room,
    delta: &Delta,
    now: Stamp,
) -> BTreeMap<String, Option<Card>> {
    let mut cards = BTreeMap::new();
    if delta.bar {
        cards.insert("bar".to_owned(), Some(Card::Bar(bar(scene, reader, room))));
    }
    for seat in &delta.seats {
        let card = tiles::tile(scene, reader, room, *seat, now).map(Card::Seat);
        cards.insert(format!("seat/{seat}"), card);
    }
    for command in &delta.orders {
        let card = room
            .issued_now(command)
            .map(|issued| Card::Order(orders::order(scene, reader.lang, issued)));
        cards.insert(orders::key_of(command), card);
    }
    for key in &delta.items {
        // Even an empty place would tell those who may not know that something was there.
        if queue::is_hidden(reader, room, *key) {
            continue;
        }
        let card = queue::item(scene, reader, room, *key).map(Card::Item);
        cards.insert(queue::key_of(*key), card);
    }
    cards
}

/// The cards of a room between sessions, from the tables.
pub(crate) fn between(
    scene: &Scene,
    reader: &Reader,
    links: &BTreeMap<WorkstationId, LinkRow>,
) -> BTreeMap<String, Card> {
    let mut cards = BTreeMap::new();
    let bar = tiles::bar_between(scene, reader);
    cards.insert("bar".to_owned(), Card::Bar(bar));
    for seat in &scene.room.seats {
        let card = tiles::tile_between(scene, reader, seat, links);
        cards.insert(format!("seat/{}", seat.seat), Card::Seat(card));
    }
    cards
}

/// `Art. 4.2`.
fn article(lang: Lang, number: &str) -> String {
    say(lang, "article", &[("number", number.into())])
}

/// A rule as adults read it; one that the charter in force does not know is named by its id.
fn rule_title(scene: &Scene, lang: Lang, rule: &RuleId) -> String {
    scene.rule(rule).map_or_else(
        || rule.to_string(),
        |known| known.title.in_lang(lang.code()).to_owned(),
    )
}

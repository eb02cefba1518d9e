//! Commands as everybody in the room sees them: what was asked, by whom, until when, and what became of it where.

use std::collections::BTreeMap;

use vigie_protocol::view::{OrderCard, ReceiptGroup};
use vigie_protocol::{CommandId, Private, ReceiptState, SeatNo};
use vigie_room::picture::Issued;

use super::Scene;
use super::queue::staff_name;
use super::sheets::{action_words, receipt};
use crate::texts::Lang;

/// A command's key among the cards.
pub(super) fn key_of(command: &CommandId) -> String {
    format!("order/{command}")
}

/// What waits first, then what was refused: an adult looks for those.
fn rank(state: &str) -> u8 {
    match state {
        "pending" => 0,
        "refused" => 1,
        "expired" => 2,
        "done" => 3,
        _ => 4,
    }
}

/// One command.
pub(super) fn order(scene: &Scene, lang: Lang, issued: Issued) -> OrderCard {
    let mut groups: BTreeMap<(u8, String), ReceiptGroup> = BTreeMap::new();
    let (mut releasable, mut holds, mut waits) = (Vec::new(), false, false);
    for (seat, state, may) in &issued.receipts {
        let (word, words) = receipt(lang, state.as_ref());
        waits |= state.is_none();
        holds |= issued.action.holds() && matches!(state, Some(ReceiptState::Done {}));
        if *may {
            releasable.push(*seat);
        }
        let group = groups
            .entry((rank(word), words.clone()))
            .or_insert_with(|| ReceiptGroup {
                state: word.to_owned(),
                words,
                seats: Vec::<SeatNo>::new(),
            });
        group.seats.push(*seat);
    }
    OrderCard {
        kind: issued.action.name().unwrap_or("unknown").to_owned(),
        words: Private::new(action_words(scene, lang, &issued.action, issued.deadline)),
        by: staff_name(scene, &issued.by),
        at_ms: issued.at,
        until_ms: (holds || waits).then_some(issued.deadline),
        holds,
        receipts: groups.into_values().collect(),
        releasable,
        command: issued.command,
    }
}

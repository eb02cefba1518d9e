//! `apply` is total: any journal, even nonsense in any order, is remembered without a panic, one rev a record, and what is
//! drawn from it holds together.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail loudly")]

#[path = "random/strategies.rs"]
mod random;

use proptest::prelude::*;
use serde_json::json;
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{AlertId, Block, Event, HelpId, Rev, Seq, Stamp};
use vigie_room::{Audience, Fact, ItemKey, Record, Room, apply, apply_into, due};

use self::random::*;

fn of_people() -> impl Strategy<Value = Fact> {
    prop_oneof![
        opening().prop_map(Fact::Opened),
        (stamp(), staff()).prop_map(|(ends, by)| Fact::Extended { ends, by }),
        prop::option::of(staff()).prop_map(|by| Fact::Closed { by }),
        (seat(), machine()).prop_map(|(seat, workstation)| Fact::Placed { seat, workstation }),
        seat().prop_map(|seat| Fact::LinkUp {
            seat,
            can: Capabilities::default()
        }),
        (seat(), end()).prop_map(|(seat, why)| Fact::LinkDown { seat, why }),
        (seat(), who()).prop_map(|(seat, who)| Fact::Seated { seat, who }),
        (seat(), pupil(), staff()).prop_map(|(seat, pupil, by)| Fact::Confirmed {
            seat,
            pupil,
            by
        }),
    ]
}
fn of_adults() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (number(), staff()).prop_map(|(alert, by)| Fact::Acknowledged {
            alert: AlertId(alert),
            by
        }),
        (number(), staff()).prop_map(|(alert, by)| Fact::Dismissed {
            alert: AlertId(alert),
            by
        }),
        (number(), staff()).prop_map(|(alert, by)| Fact::Raised {
            alert: AlertId(alert),
            by
        }),
        (number(), staff()).prop_map(|(help, by)| Fact::HelpTaken {
            help: HelpId(help),
            by
        }),
        number().prop_map(|help| Fact::HelpEnded {
            help: HelpId(help),
            by: None,
            how: "helped".into()
        }),
        (command(), seats(), action(), stamp(), staff()).prop_map(
            |(command, seats, action, deadline, by)| Fact::Issued {
                command,
                seats,
                action,
                deadline,
                by
            }
        ),
        (command(), seat(), state()).prop_map(|(command, seat, state)| Fact::Settled {
            command,
            seat,
            state
        }),
        (channel(), seats(), staff()).prop_map(|(channel, seats, by)| Fact::ChatOpened {
            channel,
            seats,
            by
        }),
        (channel(), staff()).prop_map(|(channel, by)| Fact::ChatClosed { channel, by }),
        among_adults(),
    ]
}
fn among_adults() -> impl Strategy<Value = Fact> {
    let site = || prop::sample::select(vec!["a", "b", ""]).prop_map(str::to_owned);
    prop_oneof![
        (staff(), staff()).prop_map(|(staff, by)| Fact::Joined { staff, by }),
        (staff(), staff()).prop_map(|(to, by)| Fact::HandedOver { to, by }),
        (number(), staff()).prop_map(|(help, by)| Fact::HelpTold {
            help: HelpId(help),
            by
        }),
        (number(), staff()).prop_map(|(help, by)| Fact::HelpLeft {
            help: HelpId(help),
            by
        }),
        (number(), staff()).prop_map(|(alert, by)| Fact::AlertTaken {
            alert: AlertId(alert),
            by
        }),
        (number(), staff()).prop_map(|(alert, by)| Fact::Reopened {
            alert: AlertId(alert),
            by
        }),
        (site(), staff()).prop_map(|(site, by)| Fact::Granted {
            site,
            help: None,
            by
        }),
        (site(), staff()).prop_map(|(site, by)| Fact::Ungranted { site, by }),
        (seat(), staff()).prop_map(|(seat, by)| Fact::Looked { seat, by }),
    ]
}
fn of_agents() -> impl Strategy<Value = Fact> {
    prop_oneof![
        6 => (seat(), number(), stamp(), kind()).prop_map(|(seat, seq, at, kind)| Fact::Saw {
            seat,
            event: Event { seq: Seq(seq), at, kind }
        }),
        1 => (seat(), number(), number()).prop_map(|(seat, from, through)| Fact::Missing {
            seat,
            from: Seq(from),
            through: Seq(through)
        }),
        3 => (seat(), number(), verdict()).prop_map(|(seat, seq, verdict)| Fact::Judged {
            seat,
            seq: Seq(seq),
            verdict
        }),
        1 => (seat(), number(), rule()).prop_map(|(seat, seq, rule)| Fact::Disagreed {
            seat,
            seq: Seq(seq),
            block: Block { rule, charter: "d".into(), list: None }
        }),
        1 => Just(Fact::Unknown(json!({"fact": "later"}))),
    ]
}
fn record() -> impl Strategy<Value = Record> {
    let fact = prop_oneof![of_people(), of_adults(), of_agents()];
    (stamp(), fact).prop_map(|(at, fact)| Record { at, fact })
}
fn journal() -> impl Strategy<Value = Vec<Record>> {
    // Half of the journals begin as they should, so that the rest of them meets a room that has seats.
    (
        prop::option::of(opening()),
        prop::collection::vec(record(), 0..60),
    )
        .prop_map(|(opening, mut records)| {
            if let Some(opening) = opening {
                let fact = Fact::Opened(opening);
                records.insert(0, Record { at: Stamp(0), fact });
            }
            records
        })
}

/// Draws everything that can be drawn; counts and keys must agree with each other.
fn holds_together(room: &Room) {
    let named = room.bar(Audience::Named);
    let others = room.bar(Audience::Others);
    assert_eq!(others.distress, 0);
    assert_eq!(
        (
            named.hands,
            named.asks,
            named.alerts,
            named.looks,
            named.present
        ),
        (
            others.hands,
            others.asks,
            others.alerts,
            others.looks,
            others.present
        )
    );
    let keys = room.items(Audience::Named);
    let count = named.hands + named.asks + named.alerts + named.looks + named.distress;
    assert_eq!(keys.len(), usize::try_from(count).unwrap());
    for key in &keys {
        assert!(
            room.item(*key).is_some(),
            "{key:?} is in the queue and gone"
        );
    }
    for key in room.items(Audience::Others) {
        assert!(!room.item(key).unwrap().is_distress());
    }
    for number in room.seats() {
        for audience in [Audience::Named, Audience::Others] {
            let tile = room.tile(number, Stamp(0), audience).unwrap();
            if let Some(alert) = tile.alert {
                assert!(keys.contains(&ItemKey::Alert(alert)));
            }
            if let Some(help) = tile.hand {
                assert!(keys.contains(&ItemKey::Help(help)));
            }
            let _ = room.timeline(number, audience);
        }
        let _ = (room.orders(number), room.panel(number));
    }
    let (owed, _) = due(room);
    for command in owed {
        assert_eq!(room.seat_of(&command.workstation), Some(command.seat));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_journal_is_remembered(journal in journal()) {
        let mut room = Room::new(session());
        let mut again = Room::new(session());
        let mut gathered = vigie_room::Delta::default();
        for (index, record) in journal.iter().enumerate() {
            apply(&mut room, record);
            prop_assert_eq!(room.rev(), Rev(u64::try_from(index).unwrap() + 1));
            holds_together(&room);
            // What was written is read back as it was, and folds to an equal room.
            let line = serde_json::to_string(record).unwrap();
            apply_into(&mut again, &serde_json::from_str(&line).unwrap(), &mut gathered);
            prop_assert_eq!(&again, &room);
        }
    }
}

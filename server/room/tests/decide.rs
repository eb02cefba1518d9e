//! `decide` over random lives of a room: whatever people and machines do, in whatever order, the laws of the product hold.
//!
//! Charter and room are the real ones; only the inputs are made up. Next: `total.rs`, for journals that no `decide` ever wrote.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail loudly")]

#[path = "random/strategies.rs"]
mod random;

use std::collections::BTreeMap;

use proptest::prelude::*;
use vigie_filters::{RuleSet, read_charter};
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    Action, Event, EventKind, Private, ReceiptState, SeatNo, Seq, Span, Stamp, WorkstationId,
};
use vigie_room::{Ask, Audience, Fact, Input, Opening, Record, Room, admit, apply, decide, due};

use self::random::*;

/// One rule of each kind that decides differently: a block, an alert, a note, a threshold over it, distress.
const CHARTER: &str = r#"
title = { fr = "t" }
[[article]]
number = "1"
title = { fr = "a" }
words = { fr = "w" }
[[rule]]
id = "r1"
article = "1"
title = { fr = "r" }
to_pupil = { fr = "p" }
severity = "high"
act = "block"
connection = { hosts = ["a"] }
[[rule]]
id = "r2"
article = "1"
title = { fr = "r" }
to_pupil = { fr = "p" }
severity = "info"
act = "note"
connection = { hosts = ["b"] }
[[rule]]
id = "often"
article = "1"
title = { fr = "r" }
to_pupil = { fr = "p" }
severity = "low"
act = "alert"
count = { of = ["r2"], at_least = 2, within = "10 min" }
[[rule]]
id = "distress"
article = "1"
title = { fr = "r" }
to_pupil = { fr = "p" }
category = "distress"
severity = "distress"
act = "alert"
chat = { phrases = ["help me"] }
"#;
/// When every life begins.
const MORNING: Stamp = Stamp(1_795_478_400_000);

fn rules() -> RuleSet {
    let (charter, faults) = read_charter(CHARTER);
    assert!(faults.is_empty(), "{faults:?}");
    RuleSet::new(charter, None)
}

fn open() -> Input {
    let machine = |name: &str| Some(WorkstationId::from(name));
    Input::Open(Opening {
        establishment: "e".into(),
        room: "r".into(),
        by: "diallo".into(),
        adults: vec!["diallo".into(), "renaud".into()],
        task: "t".into(),
        ends: MORNING + Span::minutes(30),
        charter: "d".into(),
        list: None,
        seats: vec![
            (SeatNo(1), machine("w1")),
            (SeatNo(2), machine("w2")),
            (SeatNo(3), machine("w3")),
            (SeatNo(4), None),
        ],
        chat_open: true,
        setting: vigie_protocol::Setting::default(),
        sites: Vec::new(),
        sites_only: false,
        pupils: Vec::new(),
    })
}

/// Words that no rule, one rule or the distress rule reads.
fn said() -> impl Strategy<Value = Private<String>> {
    prop::sample::select(vec!["help me", "hello", "", "help"])
        .prop_map(|text| Private::new(text.to_owned()))
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        2 => (-5i64..40).prop_map(|minutes| Ask::Extend { by_span: Span::minutes(minutes) }),
        1 => Just(Ask::Close),
        4 => (0u64..60).prop_map(|help| Ask::TakeHelp { help: vigie_protocol::HelpId(help) }),
        2 => (0u64..60).prop_map(|help| Ask::EndHelp {
            help: vigie_protocol::HelpId(help),
            how: "helped".to_owned()
        }),
        2 => (0u64..60).prop_map(|alert| Ask::Acknowledge { alert: vigie_protocol::AlertId(alert) }),
        2 => (0u64..60).prop_map(|alert| Ask::Dismiss { alert: vigie_protocol::AlertId(alert) }),
        1 => staff().prop_map(|staff| Ask::Join { staff }),
        1 => staff().prop_map(|to| Ask::HandOver { to }),
        2 => (0u64..60).prop_map(|help| Ask::TellHelp { help: vigie_protocol::HelpId(help) }),
        1 => (0u64..60).prop_map(|help| Ask::LeaveHelp { help: vigie_protocol::HelpId(help) }),
        1 => (0u64..60).prop_map(|alert| Ask::TakeAlert { alert: vigie_protocol::AlertId(alert) }),
        2 => (0u64..60).prop_map(|alert| Ask::Reopen { alert: vigie_protocol::AlertId(alert) }),
        1 => "[ab]".prop_map(|site| Ask::Grant { site, help: None }),
        1 => "[ab]".prop_map(|site| Ask::Ungrant { site }),
        1 => seat().prop_map(|seat| Ask::Look { seat }),
        2 => (0u64..60).prop_map(|alert| Ask::Raise { alert: vigie_protocol::AlertId(alert) }),
        3 => (seat(), pupil()).prop_map(|(seat, pupil)| Ask::Confirm { seat, pupil }),
        8 => (command(), seats(), action(), 0i64..20).prop_map(|(command, seats, action, minutes)| {
            Ask::Command { command, seats, action, holds: Span::minutes(minutes) }
        }),
        1 => (channel(), seats()).prop_map(|(channel, seats)| Ask::OpenChat { channel, seats }),
        1 => channel().prop_map(|channel| Ask::CloseChat { channel }),
    ]
}

/// What happens, and how long after what came before.
fn input() -> impl Strategy<Value = (Span, Input)> {
    let happens = prop_oneof![
        4 => machine().prop_map(|workstation| Input::LinkUp {
            workstation,
            can: Capabilities::default()
        }),
        2 => (machine(), end()).prop_map(|(workstation, why)| Input::LinkDown { workstation, why }),
        4 => (machine(), who()).prop_map(|(workstation, who)| Input::Seated { workstation, who }),
        1 => (seat(), machine()).prop_map(|(seat, workstation)| Input::Placed { seat, workstation }),
        20 => (machine(), 1u64..30, -40i64..40, event_kind()).prop_map(
            |(workstation, number, seconds, kind)| Input::Event {
                workstation,
                ahead: Span(0),
                event: Event {
                    seq: Seq(number),
                    at: MORNING + Span::seconds(seconds),
                    kind
                },
            }
        ),
        10 => (staff(), ask()).prop_map(|(by, ask)| Input::Adult { by, ask }),
        1 => Just(Input::Tick),
        1 => Just(open()),
    ];
    ((0i64..90).prop_map(Span::seconds), happens)
}

fn event_kind() -> impl Strategy<Value = EventKind> {
    prop_oneof![
        3 => kind(),
        1 => (channel(), said()).prop_map(|(channel, text)| EventKind::Chat { channel, text }),
    ]
}

/// A room, its journal as it would be on disk, and what must never go back.
struct Life {
    room: Room,
    /// The same room, folded from what was written.
    folded: Room,
    journal: Vec<Record>,
    rules: RuleSet,
    now: Stamp,
    through: BTreeMap<WorkstationId, Seq>,
}

impl Life {
    fn new() -> Self {
        let mut life = Self {
            room: Room::new(session()),
            folded: Room::new(session()),
            journal: Vec::new(),
            rules: rules(),
            now: MORNING,
            through: BTreeMap::new(),
        };
        life.input(open());
        life
    }

    fn input(&mut self, input: Input) -> Vec<Record> {
        let refused = admit(&self.room, &input).is_err();
        let records = decide(&self.room, &self.rules, self.now, input.clone());
        assert!(
            !refused || records.is_empty(),
            "refused, and recorded: {records:?}"
        );
        let again = decide(&self.room, &self.rules, self.now, input.clone());
        assert_eq!(again, records, "the same room decides differently");
        for record in &records {
            assert_eq!(record.at, self.now, "a record of another time");
            apply(&mut self.room, record);
            let line = serde_json::to_string(record).unwrap();
            let read: Record = serde_json::from_str(&line).unwrap();
            apply(&mut self.folded, &read);
            self.journal.push(read);
        }
        if let Input::Event { .. } = input {
            let twice = decide(&self.room, &self.rules, self.now, input);
            assert!(twice.is_empty(), "the same event twice: {twice:?}");
        }
        records
    }

    /// Time passes, stopping wherever the room wants to be looked at.
    fn pass(&mut self, span: Span) {
        let to = self.now + span;
        while let (_, Some(next)) = due(&self.room) {
            if next > to {
                break;
            }
            self.now = next.max(self.now);
            let rev = self.room.rev();
            self.input(Input::Tick);
            assert!(self.room.rev() > rev, "due at {next:?}, and nothing to do");
        }
        self.now = to;
    }

    fn laws(&mut self) {
        assert_eq!(self.folded, self.room, "the journal folds to another room");
        let ends = self.room.opening().map(|opening| opening.ends);
        assert!(ends.is_some());
        let (owed, _) = due(&self.room);
        for command in owed {
            assert!(self.room.is_open(), "owed after the end: {command:?}");
            assert!(
                command.order.deadline > self.now,
                "owed after its deadline: {command:?}"
            );
        }
        for number in self.room.seats() {
            for order in self.room.orders(number) {
                let over = order.deadline <= self.now || !self.room.is_open();
                let waits = order.state.is_none() || order.state == Some(ReceiptState::Done {});
                let holds = matches!(order.action, Action::Lock { .. });
                assert!(
                    !(over && holds && waits),
                    "a lock outlives its end: {order:?}"
                );
            }
            for audience in [Audience::Named, Audience::Others] {
                let tile = self.room.tile(number, self.now, audience).unwrap();
                let alert = tile.alert.and_then(|alert| self.room.alert(alert));
                let shown = alert.is_none_or(|alert| !alert.is_distress());
                assert!(
                    shown || audience == Audience::Named,
                    "distress on a tile of others"
                );
            }
        }
        for key in self.room.items(Audience::Others) {
            assert!(!self.room.item(key).unwrap().is_distress());
        }
        for name in ["w1", "w2", "w3", "w4"] {
            let workstation = WorkstationId::from(name);
            let through = self.room.through(&workstation);
            let before = self.through.insert(workstation, through);
            assert!(before <= Some(through), "an acknowledged number went back");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn whatever_happens_the_laws_hold(inputs in prop::collection::vec(input(), 0..60)) {
        let mut life = Life::new();
        for (after, input) in inputs {
            life.pass(after);
            life.input(input);
            life.laws();
        }
    }

    #[test]
    fn a_session_ends_by_itself_and_gives_everything_back(
        inputs in prop::collection::vec(input(), 0..40)
    ) {
        let mut life = Life::new();
        for (after, input) in inputs {
            life.pass(after);
            life.input(input);
        }
        life.pass(Span::minutes(24 * 60));
        life.laws();
        prop_assert!(!life.room.is_open());
        let (owed, next) = due(&life.room);
        prop_assert!(owed.is_empty());
        prop_assert_eq!(next, None);
        let bar = life.room.bar(Audience::Named);
        prop_assert_eq!((bar.hands, bar.present), (0, 0));
        let closed = |record: &&Record| matches!(record.fact, Fact::Closed { .. });
        let closed = life.journal.iter().filter(closed);
        prop_assert_eq!(closed.count(), 1);
    }
}

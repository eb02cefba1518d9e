//! Random pieces of a room's life, shared by the property tests beside this folder. Small worlds, so that things meet.

#![allow(dead_code, reason = "each test uses the pieces that it needs")]

use proptest::prelude::*;
use serde_json::json;
use vigie_filters::{Act, Evidence, Severity, Verdict};
use vigie_protocol::event::Sensor;
use vigie_protocol::{
    Action, AlertId, Block, ChannelId, CommandId, Connection, Day, EventKind, Outcome, Private,
    Pseudonym, ReceiptState, RuleId, Scheme, SeatNo, Seq, SessionId, StaffId, Stamp, WorkstationId,
};
use vigie_room::fact::LinkEnd;
use vigie_room::{Opening, Who};

pub(crate) fn session() -> SessionId {
    SessionId::new(
        Day {
            year: 2026,
            month: 11,
            day: 24,
        },
        "k3v9q2m7xa",
    )
}

pub(crate) fn seat() -> impl Strategy<Value = SeatNo> {
    (0u16..5).prop_map(SeatNo)
}
pub(crate) fn seats() -> impl Strategy<Value = Vec<SeatNo>> {
    prop::collection::vec(seat(), 0..4)
}
pub(crate) fn stamp() -> impl Strategy<Value = Stamp> {
    prop_oneof![
        8 => (0i64..600).prop_map(|second| Stamp(second * 1_000)),
        1 => Just(Stamp(i64::MIN)),
        1 => Just(Stamp(i64::MAX)),
    ]
}
pub(crate) fn number() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0u64..40, 1 => Just(u64::MAX)]
}
pub(crate) fn word<T: for<'a> From<&'a str> + std::fmt::Debug>(
    words: &'static [&'static str],
) -> impl Strategy<Value = T> {
    prop::sample::select(words).prop_map(T::from)
}
pub(crate) fn staff() -> impl Strategy<Value = StaffId> {
    word(&["diallo", "renaud"])
}
pub(crate) fn pupil() -> impl Strategy<Value = Pseudonym> {
    word(&["a", "b", "c"])
}
pub(crate) fn machine() -> impl Strategy<Value = WorkstationId> {
    word(&["w1", "w2", "w3", "w4"])
}
pub(crate) fn command() -> impl Strategy<Value = CommandId> {
    word(&["c1", "c2", "c3"])
}
pub(crate) fn channel() -> impl Strategy<Value = ChannelId> {
    word(&["room", "adults", "group"])
}
pub(crate) fn rule() -> impl Strategy<Value = RuleId> {
    word(&["r1", "r2"])
}
pub(crate) fn text() -> impl Strategy<Value = Private<String>> {
    "[a-z ]{0,6}".prop_map(Private::new)
}
pub(crate) fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        pupil().prop_map(Who::Pupil),
        Just(Who::Unknown),
        Just(Who::Nobody)
    ]
}
pub(crate) fn state() -> impl Strategy<Value = ReceiptState> {
    prop_oneof![
        Just(ReceiptState::Done {}),
        Just(ReceiptState::Expired {}),
        Just(ReceiptState::Ended {}),
        Just(ReceiptState::Refused { reason: "r".into() }),
        Just(ReceiptState::Unknown(json!({"is": "later"}))),
    ]
}
pub(crate) fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        text().prop_map(|text| Action::Message { text }),
        text().prop_map(|text| Action::Lock { text }),
        command().prop_map(|command| Action::Release { command }),
        Just(Action::Focus {
            sites: vec!["a".into()]
        }),
        text().prop_map(|url| Action::Open { url }),
        Just(Action::Close {}),
        Just(Action::Unknown(json!({"do": "dance"}))),
    ]
}
pub(crate) fn verdict() -> impl Strategy<Value = Verdict> {
    let severity = prop::sample::select(vec![
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Distress,
    ]);
    let act = prop::sample::select(vec![Act::Note, Act::Alert, Act::Block]);
    (rule(), severity, act, text()).prop_map(|(rule, severity, act, text)| Verdict {
        rule,
        category: None,
        severity,
        act,
        article: "1".into(),
        evidence: Evidence {
            text,
            ..Evidence::default()
        },
    })
}
pub(crate) fn kind() -> impl Strategy<Value = EventKind> {
    let outcome = prop::sample::select(vec![Outcome::Passed, Outcome::Blocked, Outcome::Failed]);
    prop_oneof![
        ("[ab]", outcome, 0u32..4, prop::option::of(rule())).prop_map(
            |(host, outcome, times, rule)| {
                EventKind::Connection(Connection {
                    host,
                    port: 443,
                    scheme: Scheme::Https,
                    url: None,
                    outcome,
                    block: rule.map(|rule| Block {
                        rule,
                        charter: "d".into(),
                        list: None,
                    }),
                    times,
                })
            }
        ),
        (channel(), text()).prop_map(|(channel, text)| EventKind::Chat { channel, text }),
        prop::sample::select(vec!["firefox", "writer"]).prop_map(|app| EventKind::Front {
            app: app.into(),
            title: None
        }),
        any::<bool>().prop_map(|present| EventKind::Presence { present }),
        text().prop_map(|text| EventKind::HelpAsked { text }),
        ("[ab]", text()).prop_map(|(host, text)| EventKind::SiteAsked { host, text }),
        Just(EventKind::HelpWithdrawn {}),
        (number(), text()).prop_map(|(alert, text)| EventKind::Contested {
            alert: AlertId(alert),
            text
        }),
        Just(EventKind::CharterAccepted {
            charter: "d".into()
        }),
        (command(), state()).prop_map(|(command, state)| EventKind::Receipt { command, state }),
        number().prop_map(|from| EventKind::Dropped { from: Seq(from) }),
        Just(EventKind::Sensors {
            running: vec![],
            missing: vec![(Sensor::Titles, "wayland".into())]
        }),
        Just(EventKind::Unknown(json!({"kind": "later"}))),
    ]
}
pub(crate) fn opening() -> impl Strategy<Value = Opening> {
    let plan = prop::collection::vec((seat(), prop::option::of(machine())), 0..6);
    (plan, stamp(), any::<bool>()).prop_map(|(seats, ends, chat_open)| Opening {
        establishment: "e".into(),
        room: "r".into(),
        by: "diallo".into(),
        adults: vec!["diallo".into()],
        task: "t".into(),
        ends,
        charter: "d".into(),
        list: None,
        seats,
        chat_open,
        setting: vigie_protocol::Setting::default(),
        sites: vec!["b".into()],
        sites_only: chat_open,
        pupils: Vec::new(),
    })
}
pub(crate) fn end() -> impl Strategy<Value = LinkEnd> {
    prop::sample::select(vec![LinkEnd::Off, LinkEnd::Stopped, LinkEnd::Lost])
}

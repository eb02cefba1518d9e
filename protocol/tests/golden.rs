//! One file in `golden/` for each variant that travels or is kept. The wire and the journal are append-only: a file, once there,
//! never changes, and what it holds is read and written back byte for byte for ever.
//!
//! A new variant does not compile here until it has a sample. Its file is written by running this test once with
//! `VIGIE_GOLDEN=write`, which never touches a file that exists.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says so by failing"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use vigie_protocol::frame::{Capabilities, Hello, SeatFrame, SessionLease, Welcome};
use vigie_protocol::view::{
    BarCard, Card, ItemCard, LiveFrame, OrderCard, ReceiptGroup, Run, SeatCard, SeatState,
};
use vigie_protocol::{
    Action, AgentFrame, AlertId, Block, CommandId, Connection, Digest, Event, EventKind, HelpId,
    Lease, Leaving, Outcome, ReceiptState, Rev, Scheme, SeatNo, Sensor, Seq, ServerFrame,
    SessionId, Setting, Span, Stamp,
};

/// For each variant: its pattern, the name of its file, a sample. The match has no wildcard, so no variant can be missing.
/// What the file holds is the sample, or what `$as` makes of it.
macro_rules! samples {
    ($kind:ident; $($rest:tt)*) => { samples!($kind as std::convert::identity; $($rest)*) };
    ($kind:ident as $as:expr; $($pattern:pat => $name:literal, $sample:expr;)*) => {{
        fn name_of(value: &$kind) -> &'static str {
            match value { $($pattern => $name,)* }
        }
        let samples: Vec<($kind, &'static str)> = vec![$(($sample, $name)),*];
        for (value, name) in samples {
            assert_eq!(name_of(&value), name, "the sample of {name} is of another variant");
            check(name, &$as(value));
        }
    }};
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(format!("{name}.json"))
}

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let text = serde_json::to_string(value).unwrap() + "\n";
    let path = path(name);
    if !path.exists() && std::env::var_os("VIGIE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let golden = fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{name} has no golden file; see the head of this test"));
    assert_eq!(golden, text, "{name} is no longer written as it was");
    let read: T = serde_json::from_str(&golden)
        .unwrap_or_else(|error| panic!("{name} is no longer read: {error}"));
    assert_eq!(&read, value, "{name} is no longer read as it was");
}

fn session() -> SessionId {
    "2026-11-24.k3v9q2m7xa".parse().unwrap()
}

fn digest(letter: &str) -> Digest {
    Digest::new(letter.repeat(64))
}

fn base64_32() -> String {
    "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA".to_owned()
}

const COMMAND: &str = "0193a5d2-7c1e-7f00-8a3b-5d9c1e2f3a4b";
const AT: Stamp = Stamp(1_795_500_000_123);

#[test]
fn agent_frames() {
    samples! { AgentFrame;
        AgentFrame::Hello(_) => "agent-hello", AgentFrame::Hello(Hello {
            v: 1,
            workstation: "5f1c2d3e-4a5b-4c6d-8e7f-9a0b1c2d3e4f".into(),
            key: base64_32(),
            nonce: base64_32(),
            at_ms: AT,
            can: Capabilities {
                agent: "0.1.0".to_owned(),
                desktop: "x11".to_owned(),
                sensors: vec![Sensor::Connections, Sensor::Front, Sensor::Titles, Sensor::Presence, Sensor::Chat],
                actions: vec!["message".to_owned(), "lock".to_owned(), "release".to_owned()],
                when_dead: Some("open".to_owned()),
            },
            machine: Some(digest("c")),
            host: Some("CDI-PC-07".to_owned()),
        });
        AgentFrame::Proof { .. } => "agent-proof", AgentFrame::Proof {
            signature: "c2ln".repeat(21) + "cw",
            enrol: Some("kf7-2m9-xq4".to_owned().into()),
        };
        AgentFrame::Events { .. } => "agent-events", AgentFrame::Events {
            session: session(),
            batch: vec![
                Event { seq: Seq(12), at: AT, kind: EventKind::Presence { present: true } },
                Event { seq: Seq(13), at: Stamp(AT.0 + 90), kind: EventKind::HelpAsked { text: "L'imprimante ne répond pas".to_owned().into() } },
            ],
        };
        AgentFrame::Seated { .. } => "agent-seated", AgentFrame::Seated { session: session(), account: Some("ines.b".to_owned().into()) };
        AgentFrame::Speaks { .. } => "agent-speaks", AgentFrame::Speaks { lang: "en".to_owned() };
        AgentFrame::Fetch { .. } => "agent-fetch", AgentFrame::Fetch { charter: digest("a") };
        AgentFrame::Beat { .. } => "agent-beat", AgentFrame::Beat { at_ms: AT };
        AgentFrame::Goodbye { .. } => "agent-goodbye", AgentFrame::Goodbye { why: Leaving::Off };
        AgentFrame::Unknown(_) => "agent-unknown", AgentFrame::Unknown(json!({"deep": {"er": [1, 2.5, null]}, "t": "from_2031"}));
    };
}

#[test]
fn server_frames() {
    samples! { ServerFrame;
        ServerFrame::Challenge { .. } => "server-challenge", ServerFrame::Challenge {
            nonce: base64_32(), server: base64_32(), signature: "c2ln".repeat(21) + "cw",
        };
        ServerFrame::Welcome(_) => "server-welcome", ServerFrame::Welcome(Welcome {
            at_ms: AT, beat_ms: Span::seconds(15), batch_max: 32, frame_max: 65_536, ticket: "vgt-8Jx0".to_owned().into(),
        });
        ServerFrame::Session(_) => "server-session", ServerFrame::Session(SessionLease {
            session: session(), room: "0310001A-cdi".into(), seat: SeatNo(4), remaining_ms: Span::minutes(5),
            charter: digest("a"), list: Some(digest("b")), setting: Setting::default(), sites: Vec::new(), sites_only: false, through: Seq(11), credit: 256,
        });
        ServerFrame::NoSession { .. } => "server-no-session", ServerFrame::NoSession { why: "ended".to_owned(), code: None };
        ServerFrame::Ack { .. } => "server-ack", ServerFrame::Ack { session: session(), through: Seq(13), credit: 254 };
        ServerFrame::Charter { .. } => "server-charter", ServerFrame::Charter { digest: digest("a"), text: "[charter]\ntitle = \"Charte\"\n".to_owned() };
        ServerFrame::Command(_) => "server-command", ServerFrame::Command(Lease {
            id: COMMAND.into(), action: Action::Message { text: "Regarde ici".to_owned().into() }, remaining: Span::minutes(2),
        });
        ServerFrame::Withdrawn { .. } => "server-withdrawn", ServerFrame::Withdrawn { command: COMMAND.into() };
        ServerFrame::Seat(_) => "server-seat", ServerFrame::Seat(SeatFrame {
            session: session(), after: Some(Rev(40)), rev: Rev(43),
            parts: BTreeMap::from([("help".to_owned(), json!("Main levée à 14:03")), ("help_open".to_owned(), json!(true))]),
        });
        ServerFrame::Beat { .. } => "server-beat", ServerFrame::Beat { at_ms: AT };
        ServerFrame::Refused { .. } => "server-refused", ServerFrame::Refused { code: 4409, reason: "events batch: number 12 where 9 was expected".to_owned() };
        ServerFrame::Unknown(_) => "server-unknown", ServerFrame::Unknown(json!({"t": "from_2031", "x": ["é", {}]}));
    };
    // A machine that waits for its seat.
    check(
        "server-no-session-waiting",
        &ServerFrame::NoSession {
            why: "waiting".to_owned(),
            code: Some("K7F4".to_owned()),
        },
    );
}

#[test]
fn events() {
    let event = |kind| Event {
        seq: Seq(12),
        at: AT,
        kind,
    };
    // The file holds the whole event; the match is on its kind.
    samples! { EventKind as event;
        EventKind::Connection(_) => "event-connection", EventKind::Connection(Connection {
            host: "www.croxyproxy.com".to_owned(), port: 443, scheme: Scheme::Https,
            url: Some("https://www.croxyproxy.com/".to_owned().into()), outcome: Outcome::Blocked,
            block: Some(Block { rule: "contournement-proxy".into(), charter: digest("a"), list: Some(digest("b")) }),
            times: 3,
        });
        EventKind::Chat { .. } => "event-chat", EventKind::Chat { channel: "room".into(), text: "tu fais quoi ?".to_owned().into() };
        EventKind::Front { .. } => "event-front", EventKind::Front { app: "firefox".to_owned(), title: Some("Vikidia".to_owned().into()) };
        EventKind::Presence { .. } => "event-presence", EventKind::Presence { present: false };
        EventKind::HelpAsked { .. } => "event-help-asked", EventKind::HelpAsked { text: String::new().into() };
        EventKind::HelpWithdrawn {} => "event-help-withdrawn", EventKind::HelpWithdrawn {};
        EventKind::Contested { .. } => "event-contested", EventKind::Contested { alert: AlertId(31), text: "C'était pour l'exposé".to_owned().into() };
        EventKind::SiteAsked { .. } => "event-site-asked", EventKind::SiteAsked { host: "www.geogebra.org".to_owned(), text: "Pour la figure".to_owned().into() };
        EventKind::CharterAccepted { .. } => "event-charter-accepted", EventKind::CharterAccepted { charter: digest("a") };
        EventKind::Receipt { .. } => "event-receipt", EventKind::Receipt { command: COMMAND.into(), state: ReceiptState::Done {} };
        EventKind::Dropped { .. } => "event-dropped", EventKind::Dropped { from: Seq(3) };
        EventKind::Sensors { .. } => "event-sensors", EventKind::Sensors {
            running: vec![Sensor::Connections], missing: vec![(Sensor::Front, "wayland".to_owned())],
        };
        EventKind::Unknown(_) => "event-unknown", EventKind::Unknown(json!({"host": 5, "kind": "from_2031", "text": ["not", "a", "string"]}));
    };
    // The shortest connection, as most of them are.
    check(
        "event-connection-short",
        &event(EventKind::Connection(Connection {
            host: "fr.vikidia.org".to_owned(),
            port: 443,
            scheme: Scheme::Https,
            url: None,
            outcome: Outcome::Passed,
            block: None,
            times: 1,
        })),
    );
}

#[test]
fn actions() {
    samples! { Action;
        Action::Message { .. } => "action-message", Action::Message { text: "Regarde ici".to_owned().into() };
        Action::Lock { .. } => "action-lock", Action::Lock { text: "On écoute".to_owned().into() };
        Action::Release { .. } => "action-release", Action::Release { command: CommandId::from(COMMAND) };
        Action::Focus { .. } => "action-focus", Action::Focus { sites: vec!["fr.vikidia.org".to_owned(), "wikipedia.org".to_owned()] };
        Action::Open { .. } => "action-open", Action::Open { url: "https://fr.vikidia.org/wiki/Volcan".to_owned().into() };
        Action::Close {} => "action-close", Action::Close {};
        Action::Unknown(_) => "action-unknown", Action::Unknown(json!({"do": "from_2031", "text": 5}));
    };
}

#[test]
fn receipts() {
    samples! { ReceiptState;
        ReceiptState::Done {} => "receipt-done", ReceiptState::Done {};
        ReceiptState::Refused { .. } => "receipt-refused", ReceiptState::Refused { reason: "pas de fenêtre sous Wayland".to_owned() };
        ReceiptState::Expired {} => "receipt-expired", ReceiptState::Expired {};
        ReceiptState::Ended {} => "receipt-ended", ReceiptState::Ended {};
        ReceiptState::Unknown(_) => "receipt-unknown", ReceiptState::Unknown(json!({"is": "from_2031", "reason": 5}));
    };
}

#[test]
fn live_frames() {
    let cards = || {
        BTreeMap::from([
            (
                "bar".to_owned(),
                Card::Bar(BarCard {
                    room: "CDI".to_owned(),
                    open: true,
                    started_ms: Some(AT),
                    ..BarCard::default()
                }),
            ),
            (
                "item/alert/31".to_owned(),
                Card::Item(ItemCard {
                    shape: "alert".to_owned(),
                    alert: Some(AlertId(31)),
                    help: Some(HelpId(0)),
                    seats: vec![SeatNo(4)],
                    words: vec![Run {
                        text: "croxyproxy.com".to_owned().into(),
                        mark: true,
                    }],
                    order: (1, -5),
                    ..ItemCard::default()
                }),
            ),
            (
                "seat/4".to_owned(),
                Card::Seat(SeatCard {
                    seat: SeatNo(4),
                    at: Some((2, 1)),
                    state: SeatState::Alert,
                    ..SeatCard::default()
                }),
            ),
        ])
    };
    samples! { LiveFrame;
        LiveFrame::Snapshot { .. } => "live-snapshot", LiveFrame::Snapshot {
            room: "0310001A-cdi".into(), session: Some(session()), rev: Rev(43), now_ms: AT, cards: cards(),
        };
        LiveFrame::Delta { .. } => "live-delta", LiveFrame::Delta {
            session: Some(session()), after: Rev(43), rev: Rev(47), now_ms: AT,
            cards: BTreeMap::from([("item/alert/31".to_owned(), None)]),
        };
        LiveFrame::Beat { .. } => "live-beat", LiveFrame::Beat { now_ms: AT };
    };
}

/// Fields that came later.
#[test]
fn what_was_added() {
    check(
        "server-session-sites",
        &ServerFrame::Session(SessionLease {
            session: session(),
            room: "0310001A-cdi".into(),
            seat: SeatNo(4),
            remaining_ms: Span::minutes(5),
            charter: digest("a"),
            list: None,
            setting: Setting::default(),
            sites: vec!["fr.vikidia.org".to_owned()],
            sites_only: true,
            through: Seq(11),
            credit: 256,
        }),
    );
    check(
        "card-order",
        &Card::Order(OrderCard {
            command: COMMAND.into(),
            kind: "lock".to_owned(),
            words: "Verrou".to_owned().into(),
            by: "M. Renaud".to_owned().into(),
            at_ms: AT,
            until_ms: Some(AT),
            holds: true,
            receipts: vec![ReceiptGroup {
                state: "done".to_owned(),
                words: "fait".to_owned(),
                seats: vec![SeatNo(3), SeatNo(4)],
            }],
            releasable: vec![SeatNo(3)],
        }),
    );
}

#[test]
fn no_golden_file_is_a_stranger() {
    let sources = include_str!("golden.rs");
    let strangers: BTreeSet<String> = fs::read_dir(path("x").parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !sources.contains(&format!("\"{}\"", name.trim_end_matches(".json"))))
        .collect();
    assert!(strangers.is_empty(), "no sample is kept in {strangers:?}");
}

/// A lease that says where the session is: a field that came later.
#[test]
fn a_lease_with_a_setting() {
    let setting = Setting {
        room: "CDI".to_owned(),
        class: "4B".to_owned(),
        kind: "study".to_owned(),
        utc_offset_min: 60,
    };
    let lease = ServerFrame::Session(SessionLease {
        session: session(),
        room: "0310001A-cdi".into(),
        seat: SeatNo(4),
        remaining_ms: Span::minutes(5),
        charter: digest("a"),
        list: None,
        setting,
        sites: Vec::new(),
        sites_only: false,
        through: Seq(11),
        credit: 256,
    });
    check("server-session-setting", &lease);
}

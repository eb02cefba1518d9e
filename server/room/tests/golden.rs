//! One golden file for each fact: what was written once is read for ever.
//!
//! The table has no wildcard, so a new fact does not compile until it has a row here, and fails until it has a file.
//! `VIGIE_BLESS=1` writes the file of a *new* fact; a file that exists is never rewritten.

use std::path::PathBuf;

use serde_json::{Value, json};
use vigie_filters::{Act, Evidence, Severity, Verdict};
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    Action, AlertId, Block, Connection, Event, EventKind, HelpId, Outcome, ReceiptState, Scheme,
    SeatNo, Sensor, Seq, Stamp,
};
use vigie_room::fact::LinkEnd;
use vigie_room::{Fact, Opening, Record, Who};

macro_rules! facts {
    ($($name:literal, $pattern:pat => $sample:expr;)*) => {
        fn name(fact: &Fact) -> &'static str {
            match fact { $($pattern => $name,)* }
        }
        fn samples() -> Vec<Fact> {
            vec![$($sample,)*]
        }
    };
}

facts! {
    "opened", Fact::Opened(_) => Fact::Opened(opening());
    "extended", Fact::Extended { .. } => Fact::Extended { ends: Stamp(1_795_530_600_000), by: "diallo".into() };
    "closed", Fact::Closed { .. } => Fact::Closed { by: Some("diallo".into()) };
    "placed", Fact::Placed { .. } => Fact::Placed { seat: SeatNo(7), workstation: "w-7".into() };
    "link_up", Fact::LinkUp { .. } => Fact::LinkUp { seat: SeatNo(4), can: can() };
    "link_down", Fact::LinkDown { .. } => Fact::LinkDown { seat: SeatNo(4), why: LinkEnd::Lost };
    "seated", Fact::Seated { .. } => Fact::Seated { seat: SeatNo(4), who: Who::Pupil("p-31c".into()) };
    "confirmed", Fact::Confirmed { .. } => Fact::Confirmed { seat: SeatNo(4), pupil: "p-31c".into(), by: "diallo".into() };
    "saw", Fact::Saw { .. } => Fact::Saw { seat: SeatNo(12), event: event() };
    "missing", Fact::Missing { .. } => Fact::Missing { seat: SeatNo(12), from: Seq(4), through: Seq(9) };
    "judged", Fact::Judged { .. } => Fact::Judged { seat: SeatNo(12), seq: Seq(10), verdict: verdict() };
    "disagreed", Fact::Disagreed { .. } => Fact::Disagreed { seat: SeatNo(12), seq: Seq(10), block: block() };
    "acknowledged", Fact::Acknowledged { .. } => Fact::Acknowledged { alert: AlertId(31), by: "renaud".into() };
    "dismissed", Fact::Dismissed { .. } => Fact::Dismissed { alert: AlertId(31), by: "renaud".into() };
    "raised", Fact::Raised { .. } => Fact::Raised { alert: AlertId(31), by: "renaud".into() };
    "help_taken", Fact::HelpTaken { .. } => Fact::HelpTaken { help: HelpId(17), by: "renaud".into() };
    "help_ended", Fact::HelpEnded { .. } => Fact::HelpEnded { help: HelpId(17), by: Some("renaud".into()), how: "helped".into() };
    "issued", Fact::Issued { .. } => Fact::Issued {
        command: "c-1".into(),
        seats: vec![SeatNo(3), SeatNo(4)],
        action: Action::Lock { text: String::from("Regardez le tableau").into() },
        deadline: Stamp(1_795_527_900_000),
        by: "renaud".into(),
    };
    "settled", Fact::Settled { .. } => Fact::Settled {
        command: "c-1".into(),
        seat: SeatNo(3),
        state: ReceiptState::Refused { reason: "no window manager".into() },
    };
    "chat_opened", Fact::ChatOpened { .. } => Fact::ChatOpened { channel: "groupe-1".into(), seats: vec![SeatNo(3)], by: "diallo".into() };
    "chat_closed", Fact::ChatClosed { .. } => Fact::ChatClosed { channel: "room".into(), by: "diallo".into() };
    "joined", Fact::Joined { .. } => Fact::Joined { staff: "moreau".into(), by: "diallo".into() };
    "handed_over", Fact::HandedOver { .. } => Fact::HandedOver { to: "renaud".into(), by: "diallo".into() };
    "help_told", Fact::HelpTold { .. } => Fact::HelpTold { help: HelpId(17), by: "renaud".into() };
    "help_left", Fact::HelpLeft { .. } => Fact::HelpLeft { help: HelpId(17), by: "renaud".into() };
    "alert_taken", Fact::AlertTaken { .. } => Fact::AlertTaken { alert: AlertId(31), by: "renaud".into() };
    "reopened", Fact::Reopened { .. } => Fact::Reopened { alert: AlertId(31), by: "renaud".into() };
    "granted", Fact::Granted { .. } => Fact::Granted { site: "geogebra.org".into(), help: Some(HelpId(18)), by: "renaud".into() };
    "ungranted", Fact::Ungranted { .. } => Fact::Ungranted { site: "geogebra.org".into(), by: "renaud".into() };
    "looked", Fact::Looked { .. } => Fact::Looked { seat: SeatNo(4), by: "renaud".into() };
    "unknown", Fact::Unknown(_) => Fact::Unknown(json!({"fact": "foreseen", "seat": 3, "deep": {"kept": [1, "two"]}}));
}

fn opening() -> Opening {
    Opening {
        establishment: "0310001A".into(),
        room: "0310001A-cdi".into(),
        by: "diallo".into(),
        adults: vec!["diallo".into(), "renaud".into()],
        task: "Exposé : la Révolution française".into(),
        ends: Stamp(1_795_530_000_000),
        charter: "aa11".into(),
        list: Some("bb22".into()),
        seats: vec![(SeatNo(1), Some("w-1".into())), (SeatNo(2), None)],
        chat_open: true,
        setting: vigie_protocol::Setting::default(),
        sites: Vec::new(),
        sites_only: false,
        pupils: Vec::new(),
    }
}

fn can() -> Capabilities {
    Capabilities {
        agent: "0.1.0".into(),
        desktop: "x11".into(),
        sensors: vec![Sensor::Connections, Sensor::Front],
        actions: vec!["message".into(), "lock".into(), "release".into()],
        when_dead: Some("open".into()),
    }
}

fn block() -> Block {
    Block {
        rule: "contournement-proxy".into(),
        charter: "aa11".into(),
        list: Some("bb22".into()),
    }
}

fn event() -> Event {
    Event {
        seq: Seq(10),
        at: Stamp(1_795_527_300_123),
        kind: EventKind::Connection(Connection {
            host: "croxy-proxy.example".into(),
            port: 443,
            scheme: Scheme::Https,
            url: None,
            outcome: Outcome::Blocked,
            block: Some(block()),
            times: 3,
        }),
    }
}

fn verdict() -> Verdict {
    Verdict {
        rule: "contournement-proxy".into(),
        category: Some("vpn".into()),
        severity: Severity::High,
        act: Act::Block,
        article: "4.2".into(),
        evidence: Evidence {
            text: String::from("croxy-proxy.example").into(),
            spans: vec![(0, 19)],
            by: "vpn: croxy-proxy.example".into(),
            ..Evidence::default()
        },
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

#[test]
fn every_fact_is_written_and_read_as_its_golden_file_says() {
    let mut files: Vec<String> = Vec::new();
    for fact in samples() {
        let name = name(&fact);
        let file = folder().join(format!("{name}.json"));
        let record = Record {
            at: Stamp(1_795_527_300_200),
            fact,
        };
        let written = serde_json::to_string(&record).unwrap();
        if std::env::var_os("VIGIE_BLESS").is_some() && !file.exists() {
            std::fs::write(&file, format!("{written}\n")).unwrap();
        }
        let golden = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(
            written,
            golden.trim_end(),
            "{name} is written otherwise than it was"
        );
        let read: Record = serde_json::from_str(&golden).unwrap();
        assert_eq!(read, record, "{name} is read otherwise than it was written");
        files.push(format!("{name}.json"));
    }
    let mut there: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    there.sort();
    assert_eq!(
        there, files,
        "a golden file without a fact, or a fact without one"
    );
}

#[test]
fn a_fact_of_a_later_build_is_kept_word_for_word() {
    let line = r#"{"at_ms":5,"deep":{"kept":[1,"two"]},"fact":"foreseen","seat":3}"#;
    let record: Record = serde_json::from_str(line).unwrap();
    assert!(matches!(record.fact, Fact::Unknown(_)));
    let again: Value = serde_json::to_value(&record).unwrap();
    assert_eq!(again, serde_json::from_str::<Value>(line).unwrap());
}

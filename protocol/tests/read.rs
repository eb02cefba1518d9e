//! Reading: what is unknown is kept, what is wrong is refused with its place and without a word of what it said.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says so by failing"
)]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vigie_protocol::{Action, AgentFrame, Event, EventKind, Lease, ReceiptState, ServerFrame};

fn event(text: &str) -> Event {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_tag_may_stand_anywhere() {
    let first = event(r#"{"n":3,"at_ms":5,"kind":"chat","channel":"room","text":"a"}"#);
    for text in [
        r#"{"kind":"chat","n":3,"at_ms":5,"channel":"room","text":"a"}"#,
        r#"{"channel":"room","text":"a","at_ms":5,"n":3,"kind":"chat"}"#,
        r#"{"channel":"room","kind":"chat","text":"a","at_ms":5,"later":{"x":1},"n":3}"#,
        r#"{"ch\u0061nnel":"room","k\u0069nd":"ch\u0061t","text":"\u0061","at_ms":5,"n":3}"#,
    ] {
        assert_eq!(event(text), first, "{text}");
    }
}

#[test]
fn an_unknown_variant_comes_back_as_it_was() {
    let texts = [
        r#"{"n":3,"at_ms":5,"kind":"gesture","text":5,"host":[null,1.5,{"t":"x"}],"n2":18446744073709551615}"#,
        r#"{"at_ms":5,"host":{"kind":"chat"},"kind":"gesture","n":3}"#,
    ];
    for text in texts {
        let before: Value = serde_json::from_str(text).unwrap();
        let read = event(text);
        assert!(matches!(read.kind, EventKind::Unknown(_)));
        assert_eq!(serde_json::to_value(&read).unwrap(), before);
    }
    for text in [
        r#"{"t":"weather","session":7,"batch":"none"}"#,
        r#"{"x":1,"t":"weather"}"#,
    ] {
        let before: Value = serde_json::from_str(text).unwrap();
        let agent = AgentFrame::decode(text).unwrap();
        assert_eq!(serde_json::to_value(&agent).unwrap(), before);
        let server = ServerFrame::decode(text).unwrap();
        assert_eq!(serde_json::to_value(&server).unwrap(), before);
    }
    let lease = r#"{"id":"c","do":"dance","tempo":120,"remaining_ms":900}"#;
    let read: Lease = serde_json::from_str(lease).unwrap();
    assert!(matches!(read.action, Action::Unknown(_)));
    let before: Value = serde_json::from_str(lease).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), before);
    let state = json!({"is": "postponed", "until_ms": 4});
    let read: ReceiptState = serde_json::from_value(state.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), state);
}

#[test]
fn unknown_fields_of_known_variants_are_passed_over() {
    let frame = AgentFrame::decode(r#"{"t":"beat","at_ms":1,"mood":{"a":[1]}}"#).unwrap();
    assert_eq!(frame.encode(), r#"{"t":"beat","at_ms":1}"#);
    let read = event(r#"{"n":1,"at_ms":2,"kind":"help_withdrawn","why":"tired"}"#);
    assert_eq!(read.kind, EventKind::HelpWithdrawn {});
}

/// The shapes in which journals hold events: inside a flattened, internally tagged record.
#[test]
fn events_read_inside_a_record() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        at_ms: i64,
        #[serde(flatten)]
        fact: Fact,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "fact", rename_all = "snake_case")]
    enum Fact {
        Saw { seat: u16, event: Event },
    }
    for kind in [
        r#""kind":"front","app":"firefox","title":"É \"x\"""#,
        r#""kind":"receipt","command":"c","state":{"is":"refused","reason":"r"}"#,
        r#""kind":"gesture","text":5"#,
    ] {
        let text =
            format!(r#"{{"at_ms":9,"fact":"saw","seat":4,"event":{{"n":3,"at_ms":5,{kind}}}}}"#);
        let record: Record = serde_json::from_str(&text).unwrap();
        let again: Record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!(again, record);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), value);
    }
}

#[test]
fn a_fault_says_where_and_nothing_of_what_was_written() {
    let faults = [
        (r#"{"t":"beat" "at_ms":1}"#, "byte 13: expected `,` or `}`"),
        (
            r#"{"t":"beat","at_ms":"secret"}"#,
            "byte 28: invalid type: string, expected i64",
        ),
        (r#"{"t":"beat"}"#, "byte 12: missing field `at_ms`"),
        (r#"{"at_ms":1}"#, "byte 11: missing field `t`"),
        (r"[1]", "byte 0: invalid type: sequence, expected a frame"),
        ("", "byte 0: EOF while parsing a value"),
        (
            r#"{"t":"events","session":"secret","batch":[]}"#,
            "byte 32: not a session id: (expected a day, a dot, and letters or digits)",
        ),
        (
            r#"{"t":"events","session":"2026-11-24.a","batch":[{"n":1,"at_ms":2,"kind":"connection","host":"h","port":70000}]}"#,
            "byte 108: invalid value: integer `70000`, expected u16",
        ),
        (
            r#"{"t":"events","session":"2026-11-24.a","batch":[{"n":1,"at_ms":2,"kind":"connection","host":"h","port":7,"scheme":"secret"}]}"#,
            "byte 122: unknown variant, expected one of `http`, `https`, `other`",
        ),
        (
            r#"{"t":"events","session":"2026-11-24.a","batch":[{"n":1,"n":2,"at_ms":2,"kind":"presence"}]}"#,
            "byte 58: duplicate field `n`",
        ),
    ];
    for (text, expected) in faults {
        let fault = AgentFrame::decode(text).unwrap_err().to_string();
        assert_eq!(fault, expected, "{text}");
    }
}

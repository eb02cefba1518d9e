//! Whatever arrives at either end, it answers or hangs up: it never panics, and it refuses in words that say where.
//! Long because every way to be hostile is tried against both ends in one file.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says so by failing"
)]

use std::collections::VecDeque;

use proptest::prelude::*;
use vigie_protocol::link::{
    AgentEnd, AgentInput, AgentOutput, Door, Identity, Limits, ServerEnd, ServerInput, ServerOutput,
};
use vigie_protocol::{
    AgentFrame, CloseCode, Event, EventKind, Private, Seq, ServerFrame, SessionId, Span, Stamp,
    frame::{Capabilities, SessionLease},
};

const SESSION: &str = "2026-11-24.abc";

fn session() -> SessionId {
    SESSION.parse().unwrap()
}

fn hello() -> String {
    format!(
        r#"{{"t":"hello","v":1,"workstation":"w","key":"{0}","nonce":"{0}","at_ms":0,"can":{{"agent":"","desktop":"","sensors":[],"actions":[]}}}}"#,
        "k".repeat(43)
    )
}

fn door() -> Door {
    Door {
        nonce: "s".repeat(43),
        server: "i".repeat(43),
        exporter: None,
    }
}

fn signed() -> ServerInput<'static> {
    ServerInput::Signed {
        signature: "x".to_owned(),
    }
}

/// An end that is up, with a session whose first ten events are durable.
fn up() -> ServerEnd {
    let mut end = ServerEnd::new(Limits::default(), door(), Stamp(0));
    end.step(Stamp(0), ServerInput::Text(&hello()));
    end.step(Stamp(0), signed());
    end.step(
        Stamp(0),
        ServerInput::Text(r#"{"t":"proof","signature":"x"}"#),
    );
    let welcome = Limits::default().welcome(Stamp(0), Private::new(String::new()));
    let out = end.step(Stamp(0), ServerInput::Admitted(welcome));
    assert!(matches!(
        out.first(),
        Some(ServerOutput::Send(ServerFrame::Welcome(_)))
    ));
    end.step(Stamp(0), ServerInput::Session(lease(10)));
    end
}

fn lease(through: u64) -> SessionLease {
    SessionLease {
        session: session(),
        room: "r".into(),
        seat: vigie_protocol::SeatNo(1),
        remaining_ms: Span(1),
        charter: "c".into(),
        list: None,
        setting: vigie_protocol::Setting::default(),
        sites: Vec::new(),
        sites_only: false,
        through: Seq(through),
        credit: 0,
    }
}

fn events(range: std::ops::RangeInclusive<u64>) -> String {
    let batch: Vec<String> = range
        .map(|n| format!(r#"{{"n":{n},"at_ms":{n},"kind":"presence","present":true}}"#))
        .collect();
    format!(
        r#"{{"t":"events","session":"{SESSION}","batch":[{}]}}"#,
        batch.join(",")
    )
}

/// The code and reason with which the end refused, both in the frame and in the close.
fn refusal(out: &[ServerOutput]) -> (CloseCode, String) {
    match out {
        [
            ..,
            ServerOutput::Send(ServerFrame::Refused { code, reason }),
            ServerOutput::Close { code: close, .. },
        ] => {
            assert_eq!(*code, close.number());
            (*close, reason.clone())
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn before_the_proof() {
    let new = || ServerEnd::new(Limits::default(), door(), Stamp(0));
    let first = |text: &str| refusal(&new().step(Stamp(0), ServerInput::Text(text)));
    assert_eq!(
        first(&events(1..=1)),
        (
            CloseCode::NotProved,
            "the first frame is `hello`".to_owned()
        )
    );
    assert_eq!(
        first(&hello().replace(r#""v":1"#, r#""v":2"#)),
        (
            CloseCode::UnknownVersion,
            "hello: version 2 where 1 is spoken".to_owned()
        )
    );
    // A later version need not even have our shape.
    assert_eq!(
        first(r#"{"t":"hello","v":900,"who":"w"}"#).0,
        CloseCode::UnknownVersion
    );
    assert_eq!(
        first(&hello().replace('w', "a\\nb")).0,
        CloseCode::Malformed
    );
    assert_eq!(first(&hello().replace("kkk", "+k")).0, CloseCode::Malformed);
    assert_eq!(
        first(&format!("{}{}", hello(), " ".repeat(9_000))).0,
        CloseCode::TooLarge
    );
    let with = |field: &str| hello().replace(r#","can""#, &format!(r#",{field},"can""#));
    for wrong in [
        r#""machine":"x""#.to_owned(),
        r#""host":"""#.to_owned(),
        r#""host":"a\nb""#.to_owned(),
        format!(r#""host":"{}""#, "h".repeat(65)),
    ] {
        assert_eq!(first(&with(&wrong)).0, CloseCode::Malformed, "{wrong}");
    }
    let mut end = new();
    end.step(Stamp(0), ServerInput::Text(&with(r#""host":"Salle É 3""#)));
    let out = end.step(Stamp(1), signed());
    assert!(matches!(
        out.first(),
        Some(ServerOutput::Send(ServerFrame::Challenge { .. }))
    ));
    let out = end.step(Stamp(9), ServerInput::Text(&events(1..=1)));
    assert_eq!(
        refusal(&out),
        (CloseCode::NotProved, "`proof` was expected".to_owned())
    );
    let mut end = new();
    end.step(Stamp(0), ServerInput::Text(&hello()));
    assert_eq!(end.next_tick(), Some(Stamp(10_000)));
    assert_eq!(
        refusal(&end.step(Stamp(10_000), ServerInput::Tick)).0,
        CloseCode::NotProved
    );
    // Once refused, an end is silent for ever.
    assert_eq!(end.step(Stamp(20_000), ServerInput::Tick), []);
    assert_eq!(end.next_tick(), None);
}

#[test]
fn events_that_cannot_be_taken() {
    let refused = |text: &str| refusal(&up().step(Stamp(1), ServerInput::Text(text)));
    let order = |text: &str| (CloseCode::OutOfOrder, text.to_owned());
    assert_eq!(
        refused(&events(12..=12)),
        order("events batch: number 12 where 11 was expected")
    );
    assert_eq!(
        refused(&events(11..=13).replace(r#""n":12"#, r#""n":14"#)),
        order("events batch: number 14 where 12 was expected")
    );
    assert_eq!(
        refused(&events(11..=43)),
        (
            CloseCode::TooLarge,
            "events batch: 33 events where 32 are allowed".to_owned()
        )
    );
    for (text, code) in [
        (
            r#"{"t":"events","session":"2026-11-24.abc","batch":[]}"#,
            CloseCode::Malformed,
        ),
        (
            r#"{"t":"events","session":"2026-11-24.abc","batch":[{"n":0,"at_ms":1,"kind":"presence","present":true}]}"#,
            CloseCode::Malformed,
        ),
        (
            r#"{"t":"events","session":"2026-11-24.abc","batch":[{"n":11,"at_ms":1,"kind":"dropped","from":12}]}"#,
            CloseCode::Malformed,
        ),
        (
            r#"{"t":"events","session":"2026-11-24.abc","batch":[{"n":18446744073709551615,"at_ms":1,"kind":"dropped","from":11}]}"#,
            CloseCode::Malformed,
        ),
        (r#"{"t":"events""#, CloseCode::Malformed),
        (&hello(), CloseCode::Malformed),
    ] {
        assert_eq!(refused(text).0, code, "{text}");
    }
    assert_eq!(
        refusal(&up().step(Stamp(1), ServerInput::NotText)).0,
        CloseCode::Malformed
    );
    assert_eq!(
        refusal(&up().step(Stamp(1), ServerInput::TooLarge)).0,
        CloseCode::TooLarge
    );
    assert_eq!(refused(&" ".repeat(65_537)).0, CloseCode::TooLarge);
}

#[test]
fn duplicates_are_trimmed_and_acknowledged_again() {
    let mut end = up();
    let out = end.step(Stamp(1), ServerInput::Text(&events(3..=10)));
    assert!(
        matches!(
            &out[..],
            [ServerOutput::Send(ServerFrame::Ack {
                through: Seq(10),
                ..
            })]
        ),
        "{out:?}"
    );
    let out = end.step(Stamp(1), ServerInput::Text(&events(8..=12)));
    let [ServerOutput::New { events: new, .. }] = &out[..] else {
        panic!("{out:?}")
    };
    let numbers: Vec<u64> = new.iter().map(|event| event.seq.0).collect();
    assert_eq!(numbers, [11, 12]);
    // Sent again before they are durable, they are neither new nor acknowledged.
    let out = end.step(Stamp(2), ServerInput::Text(&events(11..=12)));
    assert!(
        matches!(
            &out[..],
            [ServerOutput::Send(ServerFrame::Ack {
                through: Seq(10),
                ..
            })]
        ),
        "{out:?}"
    );
}

#[test]
fn a_loss_that_covers_known_numbers_is_cut_to_the_unknown_ones() {
    let mut end = up();
    let text = r#"{"t":"events","session":"2026-11-24.abc","batch":[{"n":40,"at_ms":1,"kind":"dropped","from":4}]}"#;
    let out = end.step(Stamp(1), ServerInput::Text(text));
    let [ServerOutput::New { events, .. }] = &out[..] else {
        panic!("{out:?}")
    };
    assert_eq!(events[0].kind, EventKind::Dropped { from: Seq(11) });
    let through = Seq(40);
    let out = end.step(
        Stamp(2),
        ServerInput::Committed {
            session: session(),
            through,
        },
    );
    let [ServerOutput::Send(ServerFrame::Ack { credit, .. })] = &out[..] else {
        panic!("{out:?}")
    };
    assert!(*credit >= 255, "one event is one event: {credit}");
}

/// Ten thousand events a second, each acknowledged at once: the credit shrinks to the rate allowed, and who does not wait
/// for it is refused.
#[test]
fn an_agent_that_outruns_the_rate_is_refused() {
    let mut end = up();
    let mut next = 11;
    for tick in 0..10_000_i64 {
        let now = Stamp(tick / 10);
        let out = end.step(now, ServerInput::Text(&events(next..=next + 9)));
        if let [ServerOutput::New { .. }] = &out[..] {
            next += 10;
            let through = Seq(next - 1);
            end.step(
                now,
                ServerInput::Committed {
                    session: session(),
                    through,
                },
            );
        } else {
            assert_eq!(refusal(&out).0, CloseCode::TooFast);
            assert!(now < Stamp(100), "only at {now:?}");
            return;
        }
    }
    panic!("never refused");
}

/// An agent that is up, with events 11 to `last` in its spool, and what it says when the session of [`lease`] is given to it.
fn agent_with_a_full_spool(last: u64) -> (AgentEnd, Vec<AgentOutput>) {
    let mut agent = AgentEnd::new(Identity {
        workstation: "w".into(),
        key: "k".repeat(43),
        can: Capabilities::default(),
        enrol: None,
        machine: None,
        host: None,
    });
    let spooled = (11..=last)
        .map(|n| Event {
            seq: Seq(n),
            at: Stamp(0),
            kind: EventKind::Presence { present: true },
        })
        .collect();
    agent.restore(session(), Seq(last + 1), spooled);
    let nonce = "a".repeat(43);
    let challenge = ServerFrame::Challenge {
        nonce: nonce.clone(),
        server: nonce.clone(),
        signature: "x".to_owned(),
    };
    let welcome = Limits::default().welcome(Stamp(0), Private::new(String::new()));
    let mut lease = lease(10);
    lease.credit = 256;
    let exporter = None;
    agent.step(Stamp(0), AgentInput::Opened { nonce, exporter });
    agent.step(Stamp(0), AgentInput::Received(challenge));
    agent.step(
        Stamp(0),
        AgentInput::Received(ServerFrame::Welcome(welcome)),
    );
    let says = agent.step(Stamp(0), AgentInput::Received(ServerFrame::Session(lease)));
    (agent, says)
}

/// An agent with a full spool goes as fast as it is allowed to, and is never refused for it.
#[test]
fn an_agent_with_much_to_say_is_paced_by_the_credit() {
    let mut server = up();
    let (mut agent, mut says) = agent_with_a_full_spool(3_000);
    let (mut now, mut through) = (Stamp(0), Seq(10));
    while through < Seq(3_000) {
        assert!(now < Stamp(20_000), "stuck at {through}");
        let mut answers = VecDeque::new();
        for output in std::mem::take(&mut says) {
            if let AgentOutput::Send(frame) = output {
                answers.extend(server.step(now, ServerInput::Text(&frame.encode())));
            }
        }
        now = now + Span(5);
        answers.extend(server.step(now, ServerInput::Tick));
        while let Some(output) = answers.pop_front() {
            match output {
                ServerOutput::New { session, events } => {
                    through = events.last().unwrap().seq;
                    let committed = ServerInput::Committed { session, through };
                    answers.extend(server.step(now, committed));
                }
                ServerOutput::Send(frame) => {
                    says.extend(agent.step(now, AgentInput::Received(frame)));
                }
                ServerOutput::Close { reason, .. } => panic!("{reason}"),
                _ => {}
            }
        }
        says.extend(agent.step(now, AgentInput::Tick));
    }
    // 256 at once, then 200 a second.
    assert!(now > Stamp(12_000), "{now:?}");
}

#[test]
fn three_silences_hang_up() {
    let mut end = up();
    let mut beats = 0;
    loop {
        let at = end.next_tick().unwrap();
        let out = end.step(at, ServerInput::Tick);
        if let [ServerOutput::Send(ServerFrame::Beat { .. })] = &out[..] {
            beats += 1;
        } else {
            assert_eq!(refusal(&out).0, CloseCode::Silent);
            assert_eq!((at, beats), (Stamp(45_000), 2));
            return;
        }
    }
}

#[test]
fn an_idle_end_is_small() {
    assert!(
        size_of::<ServerEnd>() <= 512,
        "{} bytes",
        size_of::<ServerEnd>()
    );
}

/// Frames that are nearly right: a golden one, with bytes changed, cut out or repeated.
fn nearly_a_frame() -> impl Strategy<Value = String> {
    let seeds: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/golden"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .chain([hello(), events(11..=20), events(1..=32), events(30..=31)])
        .chain([events(11..=20).replace("abc", "old")])
        .collect();
    let change = (any::<prop::sample::Index>(), 0_usize..4, any::<char>());
    (
        prop::sample::select(seeds),
        prop::collection::vec(change, 0..4),
    )
        .prop_map(|(seed, changes)| {
            let mut chars: Vec<char> = seed.chars().collect();
            for (index, how, with) in changes {
                if chars.is_empty() {
                    break;
                }
                let at = index.index(chars.len());
                match how {
                    0 => chars[at] = with,
                    1 => drop(chars.drain(at..(at + 7).min(chars.len()))),
                    2 => chars[at] = char::from(b'0' + u8::try_from(at % 10).unwrap()),
                    _ => chars.extend_from_within(at..),
                }
            }
            chars.into_iter().collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_end_survives_anything(
        is_up in any::<bool>(),
        texts in prop::collection::vec((nearly_a_frame(), -5_000_i64..20_000, 0_u64..60), 1..12),
    ) {
        let mut end = if is_up { up() } else { ServerEnd::new(Limits::default(), door(), Stamp(0)) };
        let mut now = Stamp(0);
        let mut through = 10;
        for (text, later, resume) in texts {
            now = now + Span(later);
            let mut todo = end.step(now, ServerInput::Text(&text));
            while let Some(output) = todo.pop() {
                match output {
                    ServerOutput::Sign { .. } => todo.extend(end.step(now, signed())),
                    ServerOutput::Verify { .. } => {
                        let welcome = Limits::default().welcome(now, Private::new(String::new()));
                        todo.extend(end.step(now, ServerInput::Admitted(welcome)));
                    }
                    ServerOutput::New { session, events } => {
                        for event in &events {
                            if session.to_string() == SESSION && is_up {
                                let first = match event.kind { EventKind::Dropped { from } => from.0, _ => event.seq.0 };
                                prop_assert_eq!(first, through + 1);
                                through = event.seq.0;
                            }
                        }
                        let through = events.last().unwrap().seq;
                        todo.extend(end.step(now, ServerInput::Committed { session, through }));
                    }
                    ServerOutput::Late { session } => {
                        let through = resume.checked_sub(20).map(Seq);
                        todo.extend(end.step(now, ServerInput::Resume { session, through }));
                    }
                    _ => {}
                }
            }
            end.step(now, ServerInput::Tick);
        }
    }

    #[test]
    fn an_agent_end_survives_anything(
        texts in prop::collection::vec((nearly_a_frame(), -5_000_i64..20_000), 1..12),
        numbers in prop::collection::vec((0_u64..40, any::<bool>(), 0_u64..40), 0..12),
    ) {
        let mut end = AgentEnd::new(Identity {
            workstation: "w".into(), key: "k".repeat(43), can: Capabilities::default(), enrol: None, machine: None, host: None,
        });
        let mut now = Stamp(0);
        end.step(now, AgentInput::Opened { nonce: "a".repeat(43), exporter: None });
        end.step(now, AgentInput::Received(ServerFrame::Challenge { nonce: "a".repeat(43), server: "i".repeat(43), signature: "x".to_owned() }));
        let welcome = Limits::default().welcome(now, Private::new(String::new()));
        end.step(now, AgentInput::Received(ServerFrame::Welcome(welcome)));
        let mut numbers = numbers.into_iter();
        for (text, later) in texts {
            now = now + Span(later);
            if let Ok(frame) = ServerFrame::decode(&text) {
                end.step(now, AgentInput::Received(frame));
            }
            let _ = AgentFrame::decode(&text);
            if let Some((n, dropped, from)) = numbers.next() {
                let kind = if dropped { EventKind::Dropped { from: Seq(from) } } else { EventKind::Presence { present: true } };
                let event = Event { seq: Seq(n), at: now, kind };
                end.step(now, AgentInput::Spooled { session: session(), event });
            }
            end.step(now, AgentInput::Tick);
            let _ = end.next_tick();
        }
    }
}

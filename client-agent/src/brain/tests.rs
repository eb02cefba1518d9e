//! Scripts: a line is a moment and what happens then; the story is what the brain said, each line with its moment.
//!
//! Long because it tells every promise of the brain as one scene each.

use std::collections::BTreeSet;
use std::fmt::Write;

use vigie_protocol::frame::SessionLease;
use vigie_protocol::view::{SeatAlert, SeatView};
use vigie_protocol::{
    Action, AlertId, Block, Connection, Digest, EventKind, Lease, Outcome, Private, ReceiptState,
    RoomId, Scheme, SeatNo, Sensor, Seq, Span, Stamp,
};

use super::{Asked, Brain, Input, Order, Output, Seen};
use crate::clock::{Mono, Now};
use crate::desk::{Able, Messages};
use crate::text::Lang;

struct Play {
    brain: Brain,
    view: SeatView,
    story: String,
}

fn check(script: &str, expected: &str) {
    let able = Able {
        desktop: "x11".into(),
        sensors: BTreeSet::from([Sensor::Connections, Sensor::Front, Sensor::Urls]),
        missing: [(Sensor::Presence, "pas d’écran".to_owned())].into(),
        ..Able::default()
    };
    check_on(able, script, expected);
}

fn check_on(able: Able, script: &str, expected: &str) {
    let mut play = Play {
        brain: Brain::new(able, Lang::Fr),
        view: SeatView {
            channels: vec!["room".into()],
            ..SeatView::default()
        },
        story: String::new(),
    };
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let (at, what) = line.split_once(' ').unwrap();
        play.line(at.parse().unwrap(), what);
    }
    let tidy = |text: &str| {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        tidy(&play.story),
        tidy(expected),
        "the story was:\n{}",
        play.story
    );
}

fn now(at: i64) -> Now {
    Now {
        mono: Mono(at),
        at: Stamp(at),
    }
}

impl Play {
    fn line(&mut self, at: i64, what: &str) {
        while let Some(due) = self.brain.next_tick().filter(|due| due.0 < at) {
            let out = self.brain.step(now(due.0), Input::Tick);
            self.tell(due.0, out);
            assert!(
                self.brain.next_tick().is_none_or(|next| next > due),
                "a tick that does not pass at {due:?}"
            );
        }
        let words: Vec<&str> = what.split(' ').collect();
        let rest = |from: usize| words[from..].join(" ");
        let input = match words[0] {
            "session" => Input::Session(lease(words[1], words[2], words[3].parse().unwrap())),
            "no-session" => Input::NoSession,
            "charter" => Input::Charter {
                digest: words[1].into(),
                needs: words[2..].iter().map(|name| sensor(name)).collect(),
            },
            "connection" => Input::Seen(Seen::Connection(connection(&words[1..]))),
            "front" => Input::Seen(Seen::Front {
                app: words[1].into(),
                title: (words.len() > 2).then(|| Private::new(rest(2))),
            }),
            "presence" => Input::Seen(Seen::Presence {
                present: words[1] == "yes",
            }),
            "account" => Input::Seen(Seen::Account {
                account: (words[1] != "-").then(|| Private::new(words[1].to_owned())),
            }),
            "sensor" => Input::Seen(Seen::Sensor {
                sensor: sensor(words[1]),
                trouble: (words.len() > 2).then(|| rest(2)),
            }),
            "actuator" => Input::Seen(Seen::Receipt {
                command: words[1].into(),
                state: match words[2] {
                    "done" => ReceiptState::Done {},
                    "ended" => ReceiptState::Ended {},
                    _ => ReceiptState::Refused { reason: rest(2) },
                },
            }),
            "missed" => Input::Missed {
                count: words[1].parse().unwrap(),
            },
            "command" => Input::Command(Lease {
                id: words[1].into(),
                remaining: Span(words[2].parse().unwrap()),
                action: match words[3] {
                    "message" => Action::Message {
                        text: rest(4).into(),
                    },
                    "lock" => Action::Lock {
                        text: rest(4).into(),
                    },
                    "release" => Action::Release {
                        command: words[4].into(),
                    },
                    other => Action::Unknown(serde_json::json!({ "do": other })),
                },
            }),
            "withdrawn" => Input::Withdrawn {
                command: words[1].into(),
            },
            "shown" => Input::Shown {
                command: words[1].into(),
            },
            "view" => return self.look(&words[1..]),
            "asks" => return self.ask(at, &words),
            "end" => return,
            other => panic!("no such line: {other}"),
        };
        let out = self.brain.step(now(at), input);
        self.tell(at, out);
    }

    fn look(&mut self, words: &[&str]) {
        match words {
            ["hand", up] => self.view.help_open = *up == "up",
            ["alert", number, state] => self.view.alerts.push(SeatAlert {
                alert: AlertId(number.parse().unwrap()),
                at_ms: Stamp(0),
                words: String::new(),
                evidence: String::new().into(),
                article: String::new(),
                state: (*state).into(),
                state_words: String::new(),
            }),
            ["closed"] => self.view.channels.clear(),
            other => panic!("no such view: {other:?}"),
        }
        self.brain.viewed(&self.view);
    }

    fn ask(&mut self, at: i64, words: &[&str]) {
        let text = Private::new(words[2.min(words.len())..].join(" "));
        let asked = match words[1] {
            "help" => Asked::Help { text },
            "withdraw" => Asked::HelpWithdrawn,
            "accept" => Asked::Accept,
            "chat" => Asked::Chat {
                channel: words[2].into(),
                text: words[3..].join(" ").into(),
            },
            "contest" => Asked::Contest {
                alert: AlertId(words[2].parse().unwrap()),
                text: words[3..].join(" ").into(),
            },
            other => panic!("no such ask: {other}"),
        };
        match self.brain.ask(now(at), asked, &self.view) {
            Ok(out) => self.tell(at, out),
            Err(refusal) => writeln!(self.story, "{at} no: {refusal}").unwrap(),
        }
    }

    fn tell(&mut self, at: i64, out: Vec<Output>) {
        for output in out {
            let line = match output {
                Output::Say { session, at, kind } => {
                    let tail = session.to_string();
                    format!("{} @{} {}", &tail[11..], at.0, event(&kind))
                }
                Output::Lose { count, .. } => format!("lost {count}"),
                Output::Watch(sensors) => format!("watch {sensors:?}"),
                Output::Over => "over".to_owned(),
                Output::Seated { session, account } => format!(
                    "{} seated {}",
                    &session.to_string()[11..],
                    account.map_or("-".to_owned(), Private::into_revealed)
                ),
                Output::Order(Order::Hold {
                    command,
                    text,
                    until,
                }) => format!("hold {command} until {}: {}", until.0, text.reveal()),
                Output::Order(Order::Release { command }) => format!("release {command}"),
                Output::Order(Order::Limit) => "limit".to_owned(),
                Output::Order(Order::Open { command, .. }) => format!("open {command}"),
                Output::Order(Order::Close { command }) => format!("close {command}"),
            };
            writeln!(self.story, "{at} {line}").unwrap();
        }
    }
}

fn lease(session: &str, charter: &str, remaining: i64) -> SessionLease {
    SessionLease {
        session: format!("2026-11-24.{session}").parse().unwrap(),
        room: RoomId::new("cdi"),
        seat: SeatNo(4),
        remaining_ms: Span(remaining),
        charter: Digest::new(charter),
        list: None,
        setting: vigie_protocol::Setting::default(),
        sites: Vec::new(),
        sites_only: false,
        through: Seq(0),
        credit: 64,
    }
}

fn sensor(name: &str) -> Sensor {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).unwrap()
}

fn connection(words: &[&str]) -> Connection {
    let blocked = words.get(1) == Some(&"blocked");
    Connection {
        host: words[0].to_owned(),
        port: 443,
        scheme: Scheme::Https,
        url: words.get(2).map(|url| Private::new((*url).to_owned())),
        outcome: match words.get(1) {
            Some(&"blocked") => Outcome::Blocked,
            Some(&"failed") => Outcome::Failed,
            _ => Outcome::Passed,
        },
        block: blocked.then(|| Block {
            rule: "proxy".into(),
            charter: "c1".into(),
            list: None,
        }),
        times: 1,
    }
}

fn event(kind: &EventKind) -> String {
    match kind {
        EventKind::Connection(connection) => format!(
            "{} {:?} ×{}{}",
            connection.host,
            connection.outcome,
            connection.times,
            connection
                .url
                .as_ref()
                .map_or(String::new(), |url| format!(" {}", url.reveal()))
        ),
        EventKind::Front { app, title } => format!(
            "front {app}{}",
            title
                .as_ref()
                .map_or(String::new(), |title| format!(" «{}»", title.reveal()))
        ),
        EventKind::Presence { present } => format!("present {present}"),
        EventKind::Sensors { running, missing } => format!("runs {running:?} lacks {missing:?}"),
        EventKind::Receipt { command, state } => format!("receipt {command} {state:?}"),
        EventKind::Chat { channel, text } => format!("chat {channel}: {}", text.reveal()),
        EventKind::HelpAsked { text } => format!("help «{}»", text.reveal()),
        EventKind::HelpWithdrawn {} => "help withdrawn".to_owned(),
        EventKind::Contested { alert, text } => format!("contests {alert} «{}»", text.reveal()),
        EventKind::CharterAccepted { charter } => format!("accepts {charter}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn outside_a_session_nothing_is_kept() {
    check(
        "0 connection gallica.bnf.fr
         10 front firefox
         20 presence yes
         30 asks help viens
         40 missed 3
         50 account ines.b
         60 charter c1 connections
         9999 end",
        "30 no: ask-no-session",
    );
}

#[test]
fn a_sensor_runs_only_if_the_charter_reads_it_and_only_under_the_lease() {
    check(
        "0 connection early.example
         10 session s1 c1 5000
         20 connection before-the-charter.example
         30 charter c1 connections presence
         40 front firefox Devoir
         50 connection gallica.bnf.fr passed https://gallica.bnf.fr/ark
         60 presence yes
         3000 connection gallica.bnf.fr
         6000 connection late.example
         6100 end",
        "30 watch {Connections}
         50 s1 @50 gallica.bnf.fr Passed ×1
         60 s1 @60 present true
         330 s1 @330 runs [Connections] lacks [(Presence, \"pas d’écran\")]
         5010 s1 @3000 gallica.bnf.fr Passed ×1
         5010 watch {}
         5010 over",
    );
}

#[test]
fn another_charter_stops_what_it_does_not_read() {
    check(
        "0 session s1 c1 60000
         10 charter c1 connections front
         20 front firefox
         1000 session s1 c2 60000
         1010 front writer
         1020 charter c2 connections
         1030 front writer
         2000 end",
        "10 watch {Connections, Front}
         20 s1 @20 front firefox
         310 s1 @310 runs [Connections, Front] lacks []
         1020 watch {Connections}
         1320 s1 @1320 runs [Connections] lacks []",
    );
}

#[test]
fn repeats_are_counted_and_their_sum_is_exact() {
    check(
        "0 session s1 c1 60000
         1 charter c1 connections urls
         1000 connection a.example
         1100 connection a.example
         1200 connection A.example
         1300 connection a.example failed
         1400 connection bad.example blocked
         1500 connection bad.example blocked
         1600 connection bad.example blocked
         1700 connection a.example passed https://a.example/x
         30000 connection a.example
         50000 end",
        "1 watch {Connections, Urls}
         301 s1 @301 runs [Connections, Urls] lacks []
         1000 s1 @1000 a.example Passed ×1
         1300 s1 @1300 a.example Failed ×1
         1400 s1 @1400 bad.example Blocked ×1
         1700 s1 @1700 a.example Passed ×1 https://a.example/x
         3400 s1 @1600 bad.example Blocked ×2
         11000 s1 @1200 A.example Passed ×2
         30000 s1 @30000 a.example Passed ×1",
    );
}

#[test]
fn the_window_in_front_is_said_when_it_changes_and_not_every_blink() {
    check(
        "0 session s1 c1 60000
         1 charter c1 front
         1000 front firefox Secret
         1100 front firefox
         1200 front writer
         1300 front files
         3000 front files
         4000 front firefox
         4100 front files
         4200 front firefox
         9000 end",
        "1 watch {Front}
         301 s1 @301 runs [Front] lacks []
         1000 s1 @1000 front firefox
         2000 s1 @1300 front files
         4000 s1 @4000 front firefox",
    );
}

#[test]
fn a_lock_is_done_and_ended_by_the_actuators_word_alone() {
    check(
        "0 session s1 c1 60000
         100 command k1 10000 lock Regardez le tableau
         150 actuator k1 done
         160 actuator k1 done
         5000 command k1 10000 lock Regardez le tableau
         15000 end
         15010 actuator k1 ended
         15020 command k1 10000 lock Regardez le tableau
         16000 end",
        "100 hold k1 until 10100: Regardez le tableau
         150 s1 @150 receipt k1 Done
         5000 hold k1 until 15000: Regardez le tableau
         15000 release k1
         15010 s1 @15010 receipt k1 Ended",
    );
}

#[test]
fn commands_that_cannot_be_done_say_so() {
    let able = Able {
        no_lock: Some("pas d’écran ici".into()),
        ..Able::default()
    };
    check_on(
        able,
        "0 command k0 1000 message avant
         1 session s1 c1 60000
         100 command k1 10000 lock x
         200 command k2 10000 teleport
         300 command k3 0 message trop tard
         400 command k4 1000 message lis-moi
         500 command k5 1000 message vu
         600 shown k5
         700 shown k5
         2000 end",
        "100 s1 @100 receipt k1 Refused { reason: \"pas d’écran ici\" }
         200 s1 @200 receipt k2 Refused { reason: \"cette version de l’agent ne connaît pas cette consigne\" }
         300 s1 @300 receipt k3 Expired
         600 s1 @600 receipt k5 Done
         1400 s1 @1400 receipt k4 Expired",
    );
}

/// The closed list: whatever else a server may ask, nothing is done and the adult reads why.
#[test]
fn the_closed_list_is_obeyed_and_nothing_else() {
    let able = Able::default();
    let mut brain = Brain::new(able, Lang::En);
    brain.step(now(0), Input::Session(lease("s1", "c1", 60_000)));
    for (n, asked) in [
        r#"{"do":"run","command":"id"}"#,
        r#"{"do":"shell","text":"id"}"#,
        r#"{"do":"look","clear":true}"#,
        r#"{"do":"update","from":"http://example/agent"}"#,
        r#"{"do":"read","path":"/etc/shadow"}"#,
        r#"{"do":"LOCK","text":"x"}"#,
        r#"{"do":"message ","text":"x"}"#,
        r#"{"do":"","text":"x"}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let command = Lease {
            id: format!("k{n}").as_str().into(),
            action: serde_json::from_str(asked).unwrap(),
            remaining: Span(10_000),
        };
        let out = brain.step(now(1), Input::Command(command));
        let [
            Output::Say {
                kind: EventKind::Receipt { state, .. },
                ..
            },
        ] = &out[..]
        else {
            panic!("{asked}: {out:?}");
        };
        assert!(matches!(state, ReceiptState::Refused { .. }), "{asked}");
        assert_eq!(brain.messages().count(), 0, "{asked}");
        assert_eq!(brain.locked_until(), None, "{asked}");
    }
}

#[test]
fn a_scripted_pupil_needs_no_page_for_a_message() {
    let able = Able {
        messages: Messages::AtOnce,
        ..Able::default()
    };
    check_on(
        able,
        "1 session s1 c1 60000
         2 command k1 1000 message bonjour
         3 command k1 1000 message bonjour
         4 end",
        "2 s1 @2 receipt k1 Done",
    );
}

#[test]
fn a_release_ends_a_lock_and_so_does_the_end_of_the_session() {
    check(
        "0 session s1 c1 60000
         100 command k1 30000 lock x
         110 actuator k1 done
         200 command k2 30000 release k1
         210 actuator k1 ended
         300 command k3 30000 lock y
         310 actuator k3 done
         400 no-session
         410 actuator k3 ended
         500 end",
        "100 hold k1 until 30100: x
         110 s1 @110 receipt k1 Done
         200 release k1
         200 s1 @200 receipt k2 Done
         210 s1 @210 receipt k1 Ended
         300 hold k3 until 30300: y
         310 s1 @310 receipt k3 Done
         400 watch {}
         400 over
         400 release k3
         410 s1 @410 receipt k3 Ended",
    );
}

#[test]
fn a_pulled_plug_does_not_end_a_lock_early() {
    check(
        "0 session s1 c1 5000
         100 command k1 8000 lock x
         110 actuator k1 done
         9000 actuator k1 ended
         9100 end",
        "100 hold k1 until 8100: x
         110 s1 @110 receipt k1 Done
         5000 watch {}
         5000 over
         8100 release k1
         9000 s1 @9000 receipt k1 Ended",
    );
}

#[test]
fn what_the_pupil_asks_makes_sense_or_is_refused_in_words() {
    check(
        "0 session s1 c1 600000
         10 asks withdraw
         20 asks help  je suis perdu
         30 asks help encore
         40 view hand up
         50 asks help encore
         60 asks withdraw
         70 view hand down
         80 asks help
         90 asks chat room  salut
         100 asks chat adults salut
         110 asks chat room
         120 view alert 7 open
         130 asks contest 7 c’était pour l’exposé
         140 asks contest 7 encore
         150 asks contest 8 quoi
         160 asks accept
         170 asks accept
         180 end",
        "10 no: ask-no-hand
         20 s1 @20 help «je suis perdu»
         30 no: ask-hand-raised
         50 no: ask-hand-raised
         60 s1 @60 help withdrawn
         80 s1 @80 help «»
         90 s1 @90 chat room: salut
         100 no: ask-chat-closed
         110 no: ask-empty
         130 s1 @130 contests 7 «c’était pour l’exposé»
         140 no: ask-no-alert
         150 no: ask-no-alert
         160 s1 @160 accepts c1
         170 no: ask-accepted",
    );
}

#[test]
fn a_flood_of_asks_is_refused_and_passes() {
    let mut script = String::from("0 session s1 c1 600000\n");
    let mut story = String::new();
    for n in 1..=21 {
        writeln!(script, "{n} asks chat room {n}").unwrap();
        if n <= 20 {
            writeln!(story, "{n} s1 @{n} chat room: {n}").unwrap();
        } else {
            writeln!(story, "{n} no: ask-too-fast").unwrap();
        }
    }
    script.push_str("40000 asks chat room bon\n");
    story.push_str("40000 s1 @40000 chat room: bon\n");
    check(&script, &story);
}

#[test]
fn another_session_ends_the_one_before() {
    check(
        "0 account ines.b
         5 session s1 c1 60000
         10 charter c1 connections
         20 connection a.example
         30 connection a.example
         40 session s2 c1 60000
         45 account ines.b
         50 account -
         60 connection a.example
         70 charter c1 connections
         80 connection a.example
         90 end",
        "5 s1 seated ines.b
         10 watch {Connections}
         20 s1 @20 a.example Passed ×1
         40 s1 @30 a.example Passed ×1
         40 watch {}
         40 over
         40 s2 seated ines.b
         50 s2 seated -
         70 watch {Connections}
         80 s2 @80 a.example Passed ×1",
    );
}

#[test]
fn a_sensor_that_breaks_is_a_word_on_the_tile() {
    check(
        "0 session s1 c1 60000
         10 charter c1 connections front
         500 sensor front plus de serveur X
         600 sensor front plus de serveur X
         1500 sensor front
         9000 end",
        "10 watch {Connections, Front}
         310 s1 @310 runs [Connections, Front] lacks []
         800 s1 @800 runs [Connections] lacks [(Front, \"plus de serveur X\")]
         1800 s1 @1800 runs [Connections, Front] lacks []",
    );
}

#[test]
fn what_was_missed_is_said_in_a_session_only() {
    check(
        "0 missed 4
         10 session s1 c1 60000
         20 missed 4
         30 missed 0
         40 end",
        "20 lost 4",
    );
}

#[test]
fn too_many_kinds_lose_no_count() {
    let mut brain = Brain::new(
        Able {
            sensors: BTreeSet::from([Sensor::Connections]),
            ..Able::default()
        },
        Lang::Fr,
    );
    brain.step(now(0), Input::Session(lease("s1", "c1", 600_000)));
    brain.step(
        now(0),
        Input::Charter {
            digest: "c1".into(),
            needs: BTreeSet::from([Sensor::Connections]),
        },
    );
    let mut said = 0;
    let mut count = |out: Vec<Output>| {
        for output in out {
            if let Output::Say {
                kind: EventKind::Connection(connection),
                ..
            } = output
            {
                said += connection.times;
            }
        }
    };
    for round in 0..2_i64 {
        for n in 0..900_i64 {
            let host = format!("h{n}.example");
            for _ in 0..2 {
                count(brain.step(
                    now(1 + round),
                    Input::Seen(Seen::Connection(connection(&[&host]))),
                ));
            }
        }
    }
    count(brain.step(now(100_000), Input::Tick));
    assert_eq!(said, 3_600);
}

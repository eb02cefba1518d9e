//! A session from its opening to its end, as adults drive it, and what the audit log keeps of it.

use serde_json::json;
use vigie_filters::{default_charter, read_charter};
use vigie_protocol::{EstablishmentId, Span};

use super::school::{HERE, MORNING, ROOM};
use super::{Answer, School};
use crate::policy::Role;

fn at(path: &str) -> String {
    format!("/api/v1/rooms/{ROOM}{path}")
}

async fn adopt(school: &School) {
    let (charter, faults) = read_charter(default_charter());
    assert!(
        faults
            .iter()
            .all(|fault| fault.level != vigie_filters::Level::Error)
    );
    let here = EstablishmentId::new(HERE);
    school
        .app()
        .store
        .adopt_charter(&here, (&charter.digest, default_charter()), MORNING)
        .await
        .unwrap();
}

async fn open(school: &School, role: Role) -> Answer {
    let body = json!({ "task": "Exposé : la Révolution", "minutes": 55 }).to_string();
    school.as_role(role, "POST", &at("/session"), &body).await
}

#[actix_web::test]
async fn a_session_opens_is_put_off_and_ends() {
    let school = School::open().await;
    let none = open(&school, Role::Assistant).await;
    assert_eq!((none.status, none.code().as_str()), (409, "no-charter"));
    adopt(&school).await;
    let opened = open(&school, Role::Assistant).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    let session = opened.json()["session"].as_str().unwrap().to_owned();
    let again = open(&school, Role::Teacher).await;
    assert_eq!((again.status, again.code().as_str()), (409, "already-open"));
    let picture = school.as_role(Role::Teacher, "GET", &at(""), "").await;
    assert_eq!(picture.json()["session"], session);
    assert_eq!(
        picture.json()["cards"]["bar"]["task"],
        "Exposé : la Révolution"
    );
    assert_eq!(picture.json()["cards"]["seat/1"]["state"], "not_enrolled");
    let extended = school
        .as_role(
            Role::Teacher,
            "POST",
            &at("/session/extend"),
            r#"{"minutes":10}"#,
        )
        .await;
    assert_eq!(extended.status, 204, "{extended:?}");
    let rooms = school
        .as_role(Role::Teacher, "GET", "/api/v1/rooms", "")
        .await;
    let ends = MORNING + Span::minutes(65);
    assert_eq!(rooms.json()[0]["bar"]["ends_ms"], ends.0);
    // Those who are not in the room see that it is there, and nothing of what goes on.
    let head = school.as_role(Role::Head, "GET", "/api/v1/rooms", "").await;
    assert_eq!(head.json()[0]["bar"], serde_json::Value::Null);
    assert_eq!(head.json()[0]["may_open"], false);
    let ended = school
        .as_role(Role::Teacher, "POST", &at("/session/end"), "")
        .await;
    assert_eq!(ended.status, 204, "{ended:?}");
    let over = school
        .as_role(Role::Teacher, "POST", &at("/session/end"), "")
        .await;
    assert_eq!((over.status, over.code().as_str()), (409, "no-session"));
    school.running.stop().await;
}

#[actix_web::test]
async fn what_is_out_of_its_limits_is_refused_by_name() {
    let school = School::open().await;
    adopt(&school).await;
    assert_eq!(open(&school, Role::Teacher).await.status, 201);
    let command = |action: serde_json::Value, seats: serde_json::Value, holds_ms: i64| json!({ "command": "0193f7b6-5c1e-7d2a", "seats": seats, "action": action, "holds_ms": holds_ms });
    let lock = json!({ "do": "lock", "text": "" });
    let message = |text: &str| json!({ "do": "message", "text": text });
    for (path, body, status, named) in [
        (
            "/commands",
            command(lock.clone(), json!([1]), 31 * 60_000),
            422,
            "holds_ms",
        ),
        (
            "/commands",
            command(lock.clone(), json!([1]), 0),
            422,
            "holds_ms",
        ),
        ("/commands", command(lock, json!([]), 60_000), 422, "seats"),
        (
            "/commands",
            command(message(" "), json!([1]), 60_000),
            422,
            "text",
        ),
        (
            "/commands",
            command(message(&"x".repeat(501)), json!([1]), 60_000),
            422,
            "text",
        ),
        (
            "/commands",
            command(json!({ "do": "explode" }), json!([1]), 60_000),
            422,
            "action",
        ),
        (
            "/commands",
            command(message("Bonjour"), json!([9]), 60_000),
            404,
            "9",
        ),
        ("/session/extend", json!({ "minutes": 0 }), 422, "minutes"),
        ("/session/extend", json!({ "minutes": 241 }), 422, "minutes"),
        (
            "/chat",
            json!({ "channel": "../x", "open": true }),
            422,
            "channel",
        ),
        ("/help/1/end", json!({ "how": "ignored" }), 400, "helped"),
        ("/seats/1/person", json!({ "pupil": "p-nobody" }), 404, ""),
        (
            "/seats/1/person",
            json!({ "pupil": "p-ines-0310002B" }),
            404,
            "",
        ),
    ] {
        let answer = school
            .as_role(Role::Assistant, "POST", &at(path), &body.to_string())
            .await;
        assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        assert!(answer.body.contains(named), "{path} {body}: {answer:?}");
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn a_command_is_taken_once_however_often_it_is_sent() {
    let school = School::open().await;
    adopt(&school).await;
    assert_eq!(open(&school, Role::Assistant).await.status, 201);
    let body = json!({ "command": "0193f7b6-5c1e-7d2a", "all": true,
        "action": { "do": "message", "text": "Il reste dix minutes" }, "holds_ms": 60_000 })
    .to_string();
    let first = school
        .as_role(Role::Assistant, "POST", &at("/commands"), &body)
        .await;
    assert_eq!(first.status, 202, "{first:?}");
    let retried = school
        .as_role(Role::Assistant, "POST", &at("/commands"), &body)
        .await;
    assert_eq!((retried.status, retried.json()), (202, first.json()));
    school.running.stop().await;
}

#[actix_web::test]
async fn the_dpo_reads_who_did_what_and_nobody_else_does() {
    let school = School::open().await;
    adopt(&school).await;
    assert_eq!(open(&school, Role::Assistant).await.status, 201);
    for path in ["/seats/1", "/seats/1", ""] {
        assert_eq!(
            school
                .as_role(Role::Documentalist, "GET", &at(path), "")
                .await
                .status,
            200
        );
    }
    // What was refused was not done, and is not written down as done.
    let gone = school
        .as_role(Role::Assistant, "POST", &at("/alerts/99/dismiss"), "")
        .await;
    assert_eq!((gone.status, gone.code().as_str()), (404, "no-such-item"));
    school.hand.advance(Span::seconds(1));
    let log = school.as_role(Role::Dpo, "GET", "/api/v1/audit", "").await;
    let lines = log.json();
    let acts: Vec<(&str, &str)> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["who"].as_str().unwrap(), line["act"].as_str().unwrap()))
        .collect();
    assert_eq!(
        acts,
        [
            ("M. documentalist", "look-room"),
            ("M. documentalist", "look-sheet"),
            ("M. assistant", "open"),
        ]
    );
    school.hand.advance(Span::seconds(1));
    let log = school.as_role(Role::Dpo, "GET", "/api/v1/audit", "").await;
    assert_eq!(log.json()[0]["act"], "read-audit");
    let head = school.as_role(Role::Head, "GET", "/api/v1/audit", "").await;
    assert_eq!(head.status, 403);
    school.running.stop().await;
}

#[actix_web::test]
async fn without_an_audit_log_nothing_is_shown_and_nothing_is_done() {
    let school = School::open().await;
    adopt(&school).await;
    assert_eq!(open(&school, Role::Assistant).await.status, 201);
    school.app().audit.stop().await;
    for (method, path) in [("GET", "/seats/1"), ("GET", ""), ("POST", "/session/end")] {
        let answer = school.as_role(Role::Assistant, method, &at(path), "").await;
        assert_eq!(answer.status, 503, "{method} {path}: {answer:?}");
        assert!(!answer.body.contains("cards"), "{answer:?}");
    }
    let rooms = school
        .as_role(Role::Assistant, "GET", "/api/v1/rooms", "")
        .await;
    assert_eq!(rooms.json()[0]["bar"]["open"], true, "still open");
    school.running.stop().await;
}

//! A room's machines as whoever sets it up sees them: tokens, codes, seats, copies of keys.

use serde_json::{Value, json};
use vigie_protocol::{Digest, WorkstationId};

use super::School;
use super::school::{ELSEWHERE, ROOM};
use crate::agents::digest;
use crate::policy::Role;
use crate::store::enrolment::{Cloned, How, Newcomer};

async fn ask(school: &School, method: &str, path: &str, body: &Value) -> super::school::Answer {
    let path = format!("/api/v1/rooms/{ROOM}/enrolment{path}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    school.as_role(Role::Admin, method, &path, &body).await
}

async fn picture(school: &School) -> Value {
    let answer = ask(school, "GET", "", &Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// A computer comes by a token, as its link would bring it.
pub(super) async fn come(school: &School, token: &str, name: &str) {
    let app = school.app();
    let machine = Digest::new(format!("machine of {name}"));
    let new = Newcomer {
        id: &WorkstationId::new(name),
        key: &format!("key of {name}"),
        machine: Some(&machine),
        host: Some("CDI-PC-07"),
    };
    app.store
        .enrol(
            &digest(token.split('.').next().unwrap()),
            new,
            app.clock.now(),
        )
        .await
        .unwrap();
}

#[actix_web::test]
async fn a_machine_waits_shows_a_code_and_is_matched_to_a_seat() {
    let school = School::open().await;
    let made = ask(
        &school,
        "POST",
        "/tokens",
        &json!({ "uses": 2, "hours": 24 }),
    )
    .await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    let token = made["token"].as_str().unwrap();
    let command = made["command"].as_str().unwrap();
    assert!(
        command.contains(token) && command.contains("/agent/v1"),
        "{command}"
    );
    come(&school, token, "w1").await;
    come(&school, token, "w2").await;
    let seen = picture(&school).await;
    assert!(!seen.to_string().contains(token), "a token is shown once");
    assert_eq!(seen["tokens"][0]["state"], "used_up");
    assert_eq!(seen["tokens"][0]["made_by"], "M. admin");
    assert_eq!(seen["waiting"].as_array().unwrap().len(), 2);
    assert_eq!(seen["waiting"][0]["host"], "CDI-PC-07");
    assert_eq!(seen["waiting"][0]["code"].as_str().unwrap().len(), 4);
    assert_eq!(seen["waiting"][0]["up"], false);
    assert_eq!(seen["seats"].as_array().unwrap().len(), 4);

    let seat = async |name: &str, body: Value| {
        let path = format!("/workstations/{name}/seat");
        ask(&school, "POST", &path, &body).await
    };
    assert_eq!(seat("w1", json!({ "seat": 3 })).await.status, 204);
    let taken = seat("w2", json!({ "seat": 3 })).await;
    assert_eq!((taken.status, taken.code().as_str()), (409, "seat-taken"));
    assert_eq!(seat("w2", json!({ "seat": 9 })).await.status, 404);
    assert_eq!(seat("w9", json!({ "seat": 1 })).await.status, 404);
    assert_eq!(
        seat("w2", json!({ "seat": 3, "instead": true }))
            .await
            .status,
        204
    );
    let seen = picture(&school).await;
    assert_eq!(seen["seats"][2]["workstation"], "w2");
    assert_eq!(seen["waiting"], json!([]));
    let gone = school
        .app()
        .store
        .workstation(&WorkstationId::new("w1"))
        .await;
    assert!(gone.unwrap().unwrap().revoked);

    assert_eq!(
        ask(&school, "POST", "/workstations/w2/refuse", &json!({}))
            .await
            .status,
        204
    );
    assert_eq!(
        ask(&school, "POST", "/workstations/w2/refuse", &json!({}))
            .await
            .status,
        404
    );
    assert_eq!(
        picture(&school).await["seats"][2]["workstation"],
        Value::Null
    );
    school.hand.advance(vigie_protocol::Span(1));
    let acts: Vec<String> = {
        let log = school
            .as_role(Role::Dpo, "GET", "/api/v1/audit", "")
            .await
            .json();
        let lines = log.as_array().unwrap().iter();
        lines
            .map(|line| line["act"].as_str().unwrap().to_owned())
            .collect()
    };
    for act in ["make-token", "seat-machine", "refuse-machine"] {
        assert!(acts.iter().any(|known| known == act), "{act} in {acts:?}");
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn a_token_has_limits_and_can_be_taken_back() {
    let school = School::open().await;
    for (body, status) in [
        (json!({ "uses": 0, "hours": 1 }), 422),
        (json!({ "uses": 501, "hours": 1 }), 422),
        (json!({ "uses": 1, "hours": 721 }), 422),
        (json!({ "uses": 2, "hours": 1, "seat": 1 }), 422),
        (json!({ "uses": 1, "hours": 1, "seat": 9 }), 404),
        (json!({ "uses": 1, "hours": 1, "room": "x" }), 400),
        (json!({ "uses": 1, "hours": 1, "seat": 1 }), 201),
    ] {
        let answer = ask(&school, "POST", "/tokens", &body).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
    }
    let id = picture(&school).await["tokens"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let elsewhere = format!("/api/v1/rooms/{ELSEWHERE}/enrolment/tokens/{id}/revoke");
    let theirs = school.as_role(Role::Admin, "POST", &elsewhere, "{}").await;
    assert_eq!(theirs.status, 404);
    for _ in 0..2 {
        let path = format!("/tokens/{id}/revoke");
        assert_eq!(ask(&school, "POST", &path, &json!({})).await.status, 204);
    }
    let unknown = ask(
        &school,
        "POST",
        "/tokens/0000000000000000/revoke",
        &json!({}),
    )
    .await;
    assert_eq!(unknown.status, 404);
    assert_eq!(picture(&school).await["tokens"][0]["state"], "revoked");
    school.running.stop().await;
}

#[actix_web::test]
async fn a_copied_key_is_said_in_words_until_it_is_settled() {
    let school = School::open().await;
    let made = ask(
        &school,
        "POST",
        "/tokens",
        &json!({ "uses": 1, "hours": 24 }),
    )
    .await;
    come(&school, made.json()["token"].as_str().unwrap(), "w1").await;
    let found = Cloned {
        at: school.app().clock.now(),
        how: How::Machine,
        host: Some("CDI-PC-08".to_owned()),
    };
    let whose = WorkstationId::new("w1");
    school.app().store.note_clone(&whose, &found).await.unwrap();
    let trouble = picture(&school).await["troubles"][0].clone();
    assert_eq!(
        (&trouble["kind"], &trouble["how"]),
        (&json!("cloned"), &json!("machine"))
    );
    assert_eq!(trouble["host"], "CDI-PC-08");
    assert!(
        trouble["words"].as_str().unwrap().contains("copie"),
        "{trouble}"
    );
    assert_eq!(
        ask(&school, "POST", "/workstations/w1/settle", &json!({}))
            .await
            .status,
        204
    );
    assert_eq!(picture(&school).await["troubles"], json!([]));
    for role in [Role::Assistant, Role::Teacher, Role::Head, Role::Dpo] {
        let path = format!("/api/v1/rooms/{ROOM}/enrolment");
        assert_eq!(
            school.as_role(role, "GET", &path, "").await.status,
            403,
            "{role}"
        );
    }
    school.running.stop().await;
}

//! What adults arrange around a session: preparing it, planning it, handing it over, opening sites, and what it leaves.

use serde_json::{Value, json};
use vigie_filters::default_charter;
use vigie_protocol::{Digest, EstablishmentId, Span};

use super::school::{HERE, MORNING, ROOM, THERE};
use super::{Answer, School};
use crate::policy::Role;

fn at(path: &str) -> String {
    format!("/api/v1/rooms/{ROOM}{path}")
}

async fn school() -> School {
    let school = School::open().await;
    let digest = Digest::of(default_charter());
    school
        .app()
        .store
        .adopt_charter(
            &EstablishmentId::new(HERE),
            (&digest, default_charter()),
            MORNING,
        )
        .await
        .unwrap();
    school
}

async fn post(school: &School, path: &str, body: Value) -> Answer {
    school
        .as_role(Role::Teacher, "POST", &at(path), &body.to_string())
        .await
}

async fn bar(school: &School) -> Value {
    let picture = school.as_role(Role::Teacher, "GET", &at(""), "").await;
    picture.json()["cards"]["bar"].clone()
}

fn colleague(role: Role) -> String {
    School::staff(role, HERE).to_string()
}

/// Lets housekeeping come round until this holds; its clock moves with each look.
async fn until(school: &School, what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..50 {
        if holds().await {
            return;
        }
        school.hand.advance(Span::seconds(1));
        tokio::task::yield_now().await;
    }
    panic!("never: {what}");
}

#[actix_web::test]
async fn a_session_opens_with_all_that_was_prepared() {
    let school = school().await;
    let offered = school
        .as_role(Role::Teacher, "GET", &at("/prepare"), "")
        .await;
    assert_eq!(offered.status, 200, "{offered:?}");
    let adults = offered.json()["adults"].as_array().unwrap().len();
    assert_eq!(
        adults, 2,
        "those who may supervise here, the reader left out"
    );
    assert!(offered.json()["charter"]["version"].is_string());
    let session = json!({ "task": "Volcans", "until": "09:30", "class": "4e B", "kind": "exam",
        "sites": ["https://fr.vikidia.org/wiki/Volcan", "www.geogebra.org"],
        "adults": [colleague(Role::Assistant)] });
    let kept = post(
        &school,
        "/templates",
        json!({ "name": "Volcans", "session": session }),
    )
    .await;
    assert_eq!(kept.status, 201, "{kept:?}");
    let offered = school
        .as_role(Role::Assistant, "GET", &at("/prepare"), "")
        .await;
    let template = &offered.json()["templates"][0];
    assert_eq!(
        (&template["name"], &template["mine"]),
        (&json!("Volcans"), &json!(false))
    );
    let opened = post(&school, "/session", template["session"].clone()).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    let bar = bar(&school).await;
    assert_eq!(bar["sites"], json!(["fr.vikidia.org", "geogebra.org"]));
    assert_eq!(
        (&bar["sites_only"], &bar["class"]),
        (&json!(true), &json!("4e B"))
    );
    // 09:00 in Paris is MORNING.
    assert_eq!(bar["ends_ms"], (MORNING + Span::minutes(30)).0);
    let names: Vec<&str> = bar["adults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|adult| adult["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["M. teacher", "M. assistant"]);
    school.running.stop().await;
}

#[actix_web::test]
async fn each_field_out_of_its_limits_is_named() {
    let school = school().await;
    let stranger = School::staff(Role::Teacher, THERE).to_string();
    for (field, wrong) in [
        ("task", json!({ "task": "x".repeat(201), "minutes": 30 })),
        ("minutes", json!({ "task": "t", "minutes": 0 })),
        ("minutes", json!({ "task": "t" })),
        ("minutes", json!({ "task": "t", "until": "25:00" })),
        (
            "kind",
            json!({ "task": "t", "minutes": 30, "kind": "party" }),
        ),
        (
            "sites",
            json!({ "task": "t", "minutes": 30, "sites": ["javascript:alert(1)"] }),
        ),
        (
            "adults",
            json!({ "task": "t", "minutes": 30, "adults": [stranger] }),
        ),
        (
            "adults",
            json!({ "task": "t", "minutes": 30, "adults": [colleague(Role::Dpo)] }),
        ),
        (
            "pupils",
            json!({ "task": "t", "minutes": 30, "pupils": ["nobody"] }),
        ),
    ] {
        let answer = post(&school, "/session", wrong.clone()).await;
        assert_eq!(answer.status, 422, "{wrong}: {answer:?}");
        assert_eq!(answer.json()["field"], field, "{wrong}: {answer:?}");
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn a_planned_session_opens_by_itself_and_nothing_runs_into_it() {
    let school = school().await;
    let plan = |starts: &str, weeks: u16| {
        json!({ "starts": starts, "weeks": weeks,
            "session": { "task": "Étude", "minutes": 55, "kind": "study" } })
    };
    let planned = post(&school, "/plans", plan("2026-11-24T10:00", 3)).await;
    assert_eq!(planned.status, 201, "{planned:?}");
    let across = post(&school, "/plans", plan("2026-12-01T10:30", 1)).await;
    assert_eq!((across.status, across.code().as_str()), (409, "overrun"));
    let past = post(&school, "/plans", plan("2026-11-24T08:00", 1)).await;
    assert_eq!(past.json()["field"], "starts");
    // A session may run up to it, and no longer.
    let long = post(&school, "/session", json!({ "task": "t", "minutes": 61 })).await;
    assert_eq!(
        (long.status, long.code().as_str()),
        (409, "overrun"),
        "{long:?}"
    );
    assert!(long.body.contains("10:00"), "{long:?}");
    let short = post(&school, "/session", json!({ "task": "t", "minutes": 50 })).await;
    assert_eq!(short.status, 201, "{short:?}");
    let more = post(&school, "/session/extend", json!({ "minutes": 15 })).await;
    assert_eq!((more.status, more.code().as_str()), (409, "overrun"));
    let more = post(&school, "/session/extend", json!({ "minutes": 10 })).await;
    assert_eq!(more.status, 204, "{more:?}");
    // It ends at ten, when the planned one begins.
    school.hand.set(MORNING + Span::minutes(60));
    until(&school, "the planned session is on", async || {
        bar(&school).await["task"] == "Étude"
    })
    .await;
    assert_eq!(
        bar(&school).await["ends_ms"],
        (MORNING + Span::minutes(115)).0
    );
    let plans = async || {
        let offered = school
            .as_role(Role::Teacher, "GET", &at("/prepare"), "")
            .await;
        offered.json()["plans"].clone()
    };
    until(&school, "the first week waits no longer", async || {
        plans().await.as_array().unwrap().len() == 2
    })
    .await;
    let left = plans().await;
    let one = left[0]["plan"].as_str().unwrap();
    let gone = post(
        &school,
        &format!("/plans/{one}/cancel"),
        json!({ "together": true }),
    )
    .await;
    assert_eq!(gone.status, 204);
    let offered = school
        .as_role(Role::Teacher, "GET", &at("/prepare"), "")
        .await;
    assert_eq!(offered.json()["plans"], json!([]));
    school.running.stop().await;
}

#[actix_web::test]
async fn a_session_is_shared_handed_over_and_its_sites_open_and_close() {
    let school = school().await;
    let opened = post(&school, "/session", json!({ "task": "t", "minutes": 50 })).await;
    assert_eq!(opened.status, 201);
    let to = |role| json!({ "staff": colleague(role) });
    assert_eq!(
        post(&school, "/session/adults", to(Role::Assistant))
            .await
            .status,
        204
    );
    assert_eq!(
        post(&school, "/session/owner", to(Role::Documentalist))
            .await
            .status,
        204
    );
    let stranger = post(&school, "/session/owner", to(Role::Head)).await;
    assert_eq!(
        (stranger.status, &stranger.json()["field"]),
        (422, &json!("staff"))
    );
    let names = |bar: &Value| {
        let adults = bar["adults"].as_array().unwrap().iter();
        let names = adults.map(|adult| adult["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        names(&bar(&school).await),
        ["M. documentalist", "M. teacher", "M. assistant"]
    );
    let site = |site: &str, open: bool| json!({ "site": site, "open": open });
    assert_eq!(
        post(&school, "/session/sites", site("https://a.example/x", true))
            .await
            .status,
        204
    );
    assert_eq!(bar(&school).await["sites"], json!(["a.example"]));
    assert_eq!(
        post(&school, "/session/sites", site("a.example", false))
            .await
            .status,
        204
    );
    assert_eq!(bar(&school).await["sites"], Value::Null);
    assert_eq!(
        post(&school, "/session/sites", site("nowhere", true))
            .await
            .status,
        422
    );
    let focus = |sites: Value, holds_ms: i64| {
        json!({ "command": "0193f7b6-5c1e-7d2b", "all": true,
        "action": { "do": "focus", "sites": sites }, "holds_ms": holds_ms })
    };
    for (wrong, field) in [
        (focus(json!(["no site"]), 60_000), "sites"),
        (focus(json!(["a.example"]), 121 * 60_000), "holds_ms"),
    ] {
        let answer = post(&school, "/commands", wrong).await;
        assert_eq!(
            (answer.status, &answer.json()["field"]),
            (422, &json!(field))
        );
    }
    let page = json!({ "command": "0193f7b6-5c1e-7d2c", "all": true,
        "action": { "do": "open", "url": "file:///etc/passwd" }, "holds_ms": 60_000 });
    assert_eq!(
        post(&school, "/commands", page).await.json()["field"],
        "url"
    );
    let taken = post(
        &school,
        "/commands",
        focus(json!(["https://www.a.example/x"]), 60_000),
    )
    .await;
    assert_eq!(taken.status, 202, "{taken:?}");
    let picture = school.as_role(Role::Teacher, "GET", &at(""), "").await;
    let order = &picture.json()["cards"]["order/0193f7b6-5c1e-7d2b"];
    assert_eq!(
        (&order["kind"], &order["by"]),
        (&json!("focus"), &json!("M. teacher"))
    );
    assert!(
        order["words"].as_str().unwrap().contains("a.example"),
        "{order}"
    );
    assert_eq!(order["receipts"][0]["seats"], json!([1, 2, 3, 4]));
    let left = school.as_role(Role::Teacher, "GET", &at("/left"), "").await;
    assert_eq!((left.status, left.json()), (200, json!([])));
    // Of a session that never was, nothing can be dealt with.
    let late = post(
        &school,
        "/alerts/3/dismiss?session=2026-11-24.nothing",
        json!({}),
    )
    .await;
    assert_eq!(
        (late.status, late.code().as_str()),
        (409, "no-session"),
        "{late:?}"
    );
    school.running.stop().await;
}

#[actix_web::test]
async fn a_schools_own_phrases_come_before_ours() {
    let school = school().await;
    let ours = school
        .as_role(Role::Assistant, "GET", &at("/phrases"), "")
        .await;
    assert_eq!(ours.json()["texts"].as_array().unwrap().len(), 6);
    let put = post(
        &school,
        "/phrases",
        json!({ "texts": [" Viens me voir. ", ""] }),
    )
    .await;
    assert_eq!(put.status, 204);
    let own = school
        .as_role(Role::Assistant, "GET", &at("/phrases"), "")
        .await;
    assert_eq!(own.json()["texts"], json!(["Viens me voir."]));
    let long = post(&school, "/phrases", json!({ "texts": ["x".repeat(121)] })).await;
    assert_eq!(long.json()["field"], "texts");
    school.running.stop().await;
}

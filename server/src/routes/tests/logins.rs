//! A login's whole life: tokens that are renewed, stolen and replayed, devices that are known, logins that are listed and ended,
//! passwords that are changed and given for once.

use serde_json::json;
use vigie_protocol::{Private, Span, StaffId};

use super::school::{HERE, PASSWORD};
use super::{Answer, Asked, School};
use crate::auth::hash_password;
use crate::policy::Role;

const NAME: &str = "assistant-0310001A";
const PHRASE: &str = "un cheval mange la pendule";

async fn ask(
    school: &School,
    method: &str,
    path: &str,
    cookie: &str,
    body: Option<String>,
) -> Answer {
    let asked = Asked {
        cookie: Some(cookie.to_owned()),
        body,
        ..Asked::default()
    };
    school.ask(method, path, asked).await
}

async fn sign_in(school: &School, cookie: &str, password: &str) -> Answer {
    let body = json!({ "name": NAME, "password": password }).to_string();
    ask(school, "POST", "/api/v1/login", cookie, Some(body)).await
}

async fn me(school: &School, cookie: &str) -> Answer {
    ask(school, "GET", "/api/v1/me", cookie, None).await
}

fn token(answer: &Answer) -> String {
    answer
        .cookie("vigie=")
        .unwrap_or_else(|| panic!("{answer:?}"))
}

#[actix_web::test]
async fn an_old_token_that_comes_back_ends_the_login_for_both() {
    let school = School::open().await;
    let stolen = token(&sign_in(&school, "", PASSWORD).await);
    // Several requests at once renew the same token, and each renewal may be the one that the browser keeps.
    school.hand.advance(Span::minutes(8));
    let (one, two) = (me(&school, &stolen).await, me(&school, &stolen).await);
    let kept = token(&one);
    assert_eq!(kept, token(&two));
    school.hand.advance(Span::minutes(8));
    let newer = token(&me(&school, &kept).await);
    // The thief comes with the first one, long run out and twice superseded.
    assert_eq!(me(&school, &stolen).await.status, 401);
    // Nobody knows which of the two is the thief: both sign in again.
    assert_eq!(me(&school, &newer).await.status, 401);
    school.running.stop().await;
}

#[actix_web::test]
async fn a_token_left_alone_for_an_hour_is_worth_nothing() {
    let school = School::open().await;
    let left = token(&sign_in(&school, "", PASSWORD).await);
    school.hand.advance(Span::minutes(60));
    assert_eq!(me(&school, &left).await.status, 401);
    school.running.stop().await;
}

#[actix_web::test]
async fn nobody_locks_a_colleague_out_of_the_tablet_they_use() {
    let school = School::open().await;
    let first = sign_in(&school, "", PASSWORD).await;
    let device = first.cookie("vigie-device=").unwrap();
    // Somebody at the same address, as behind a school's gateway, guesses until nothing is heard any more.
    for _ in 0..5 {
        assert_eq!(sign_in(&school, "", "guess guess guess").await.status, 401);
    }
    assert_eq!(sign_in(&school, "", PASSWORD).await.status, 429);
    assert_eq!(sign_in(&school, &device, PASSWORD).await.status, 204);
    // The cookie opens nothing by itself, and only for the account that signed in with it.
    let as_login = device.replace("vigie-device=", "vigie=");
    assert_eq!(me(&school, &as_login).await.status, 401);
    let body = json!({ "name": "head-0310001A", "password": PASSWORD }).to_string();
    for _ in 0..5 {
        let wrong = json!({ "name": "head-0310001A", "password": "guess guess guess" }).to_string();
        ask(&school, "POST", "/api/v1/login", &device, Some(wrong)).await;
    }
    let other = ask(&school, "POST", "/api/v1/login", &device, Some(body)).await;
    assert_eq!(
        other.status, 429,
        "the device of one is a stranger to another"
    );
    // Nor is it an oracle for whoever holds the tablet.
    for _ in 0..10 {
        assert_eq!(
            sign_in(&school, &device, "guess guess guess").await.status,
            401
        );
    }
    assert_eq!(sign_in(&school, &device, PASSWORD).await.status, 429);
    school.running.stop().await;
}

#[actix_web::test]
async fn logins_are_listed_and_ended_by_their_owner_alone() {
    let school = School::open().await;
    let agent = "Mozilla/5.0 (Android 14; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0";
    let asked = Asked {
        headers: vec![("user-agent".to_owned(), agent.to_owned())],
        body: Some(json!({ "name": NAME, "password": PASSWORD }).to_string()),
        ..Asked::default()
    };
    let tablet = token(&school.ask("POST", "/api/v1/login", asked).await);
    school.hand.advance(Span::seconds(1));
    let desk = token(&sign_in(&school, "", PASSWORD).await);
    let list = ask(&school, "GET", "/api/v1/logins", &desk, None)
        .await
        .json();
    let devices: Vec<(&str, bool)> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["device"].as_str().unwrap(),
                one["current"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(devices, [("", true), ("Firefox · Android", false)]);
    let path = format!("/api/v1/logins/{}", list[1]["login"].as_str().unwrap());
    // Not somebody else's to end, nor to know of.
    let stranger = school.cookie(Role::Head, HERE).await;
    assert_eq!(
        ask(&school, "DELETE", &path, &stranger, None).await.status,
        404
    );
    assert_eq!(me(&school, &tablet).await.status, 200);
    assert_eq!(ask(&school, "DELETE", &path, &desk, None).await.status, 204);
    assert_eq!(me(&school, &tablet).await.status, 401);
    assert_eq!(ask(&school, "DELETE", &path, &desk, None).await.status, 404);
    // And all the others at once.
    let other = token(&sign_in(&school, "", PASSWORD).await);
    assert_eq!(
        ask(&school, "DELETE", "/api/v1/logins", &desk, None)
            .await
            .status,
        204
    );
    assert_eq!(me(&school, &other).await.status, 401);
    assert_eq!(me(&school, &desk).await.status, 200);
    school.running.stop().await;
}

#[actix_web::test]
async fn a_new_login_in_the_same_browser_ends_the_one_before_and_the_twenty_first_the_oldest() {
    let school = School::open().await;
    let first = token(&sign_in(&school, "", PASSWORD).await);
    let second = token(&sign_in(&school, &first, PASSWORD).await);
    assert_ne!(first, second);
    assert_eq!(me(&school, &first).await.status, 401);
    for _ in 0..crate::auth::LOGINS_MAX {
        school.hand.advance(Span(10));
        school.cookie(Role::Assistant, HERE).await;
    }
    school.hand.advance(Span(10));
    let last = token(&sign_in(&school, "", PASSWORD).await);
    assert_eq!(
        me(&school, &second).await.status,
        401,
        "the oldest is ended"
    );
    let list = ask(&school, "GET", "/api/v1/logins", &last, None)
        .await
        .json();
    assert_eq!(list.as_array().unwrap().len(), crate::auth::LOGINS_MAX);
    school.running.stop().await;
}

#[actix_web::test]
async fn a_password_is_changed_by_its_owner_and_ends_the_other_logins() {
    let school = School::open().await;
    let here = token(&sign_in(&school, "", PASSWORD).await);
    let elsewhere = token(&sign_in(&school, "", PASSWORD).await);
    let change = |current: &str, new: &str| json!({ "current": current, "new": new }).to_string();
    for (body, code) in [
        (change("wrong wrong wrong", PHRASE), "bad-login"),
        (json!({ "new": PHRASE }).to_string(), "bad-login"),
        (change(PASSWORD, "onze lettre"), "password-short"),
        (change(PASSWORD, "Motdepasse2026"), "password-common"),
        (change(PASSWORD, "assistant-0310001A"), "password-own"),
        (change(PASSWORD, &"x y".repeat(100)), "password-long"),
    ] {
        let answer = ask(&school, "POST", "/api/v1/me/password", &here, Some(body)).await;
        assert_eq!(answer.code(), code, "{answer:?}");
    }
    let body = Some(change(PASSWORD, PHRASE));
    let done = ask(&school, "POST", "/api/v1/me/password", &here, body).await;
    assert_eq!(done.status, 204, "{done:?}");
    assert_eq!(me(&school, &here).await.status, 200);
    assert_eq!(me(&school, &elsewhere).await.status, 401);
    assert_eq!(sign_in(&school, "", PASSWORD).await.status, 401);
    assert_eq!(sign_in(&school, "", PHRASE).await.status, 204);
    school.running.stop().await;
}

#[actix_web::test]
async fn a_one_time_password_opens_once_for_three_days_and_nothing_but_its_own_change() {
    let school = School::open().await;
    let store = &school.app().store;
    let staff = StaffId::new(NAME);
    let once = hash_password(&Private::new("given once only".to_owned())).unwrap();
    let ends = school.app().clock.now() + crate::auth::ONCE;
    store.set_password(&staff, &once, Some(ends)).await.unwrap();
    let entered = token(&sign_in(&school, "", "given once only").await);
    assert_eq!(
        sign_in(&school, "", "given once only").await.status,
        401,
        "spent"
    );
    assert_eq!(me(&school, &entered).await.json()["must_change"], true);
    for path in ["/api/v1/rooms", "/api/v1/rooms/0310001A-cdi"] {
        let refused = ask(&school, "GET", path, &entered, None).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "must-change")
        );
    }
    let body = Some(json!({ "new": PHRASE }).to_string());
    let changed = ask(&school, "POST", "/api/v1/me/password", &entered, body).await;
    assert_eq!(changed.status, 204, "{changed:?}");
    assert_eq!(
        ask(&school, "GET", "/api/v1/rooms", &entered, None)
            .await
            .status,
        200
    );
    assert_eq!(sign_in(&school, "", PHRASE).await.status, 204);
    // Another one, that nobody used in time.
    store.set_password(&staff, &once, Some(ends)).await.unwrap();
    school.hand.advance(crate::auth::ONCE);
    assert_eq!(sign_in(&school, "", "given once only").await.status, 401);
    school.running.stop().await;
}

#[actix_web::test]
async fn keys_are_rotated_under_a_running_server() {
    let school = School::open().await;
    let cookie = token(&sign_in(&school, "", PASSWORD).await);
    let app = school.app();
    crate::auth::rotate(&app.config.data, false).unwrap();
    app.auth.reload().unwrap();
    assert_eq!(
        me(&school, &cookie).await.status,
        200,
        "the key before is believed"
    );
    let fresh = token(&sign_in(&school, "", PASSWORD).await);
    crate::auth::rotate(&app.config.data, true).unwrap();
    app.auth.reload().unwrap();
    assert_eq!(me(&school, &cookie).await.status, 401);
    assert_eq!(me(&school, &fresh).await.status, 401);
    school.running.stop().await;
}

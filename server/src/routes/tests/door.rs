//! Signing in and out, and guessing.

use vigie_protocol::Span;

use super::school::{HERE, PASSWORD};
use super::{Answer, Asked, School};
use crate::policy::Role;

async fn sign_in(school: &School, name: &str, password: &str) -> Answer {
    let asked = Asked {
        body: Some(serde_json::json!({ "name": name, "password": password }).to_string()),
        ..Asked::default()
    };
    school.ask("POST", "/api/v1/login", asked).await
}

fn cookie_of(answer: &Answer) -> String {
    answer.cookie("vigie=").unwrap()
}

async fn me(school: &School, cookie: &str) -> Answer {
    let asked = Asked {
        cookie: Some(cookie.to_owned()),
        ..Asked::default()
    };
    school.ask("GET", "/api/v1/me", asked).await
}

#[actix_web::test]
async fn a_stranger_learns_nothing_of_who_has_an_account() {
    let school = School::open().await;
    let wrong = sign_in(&school, "assistant-0310001A", "wrong wrong wrong").await;
    let nobody = sign_in(&school, "nobody", "wrong wrong wrong").await;
    assert_eq!((wrong.status, &wrong.body), (401, &nobody.body));
    assert!(wrong.headers.get("set-cookie").is_none());
    let long = sign_in(&school, "assistant-0310001A", &"x".repeat(5_000)).await;
    assert_eq!((long.status, &long.body), (401, &nobody.body));
    school.running.stop().await;
}

#[actix_web::test]
async fn a_cookie_is_kept_from_scripts_and_other_sites_and_ends_with_its_login() {
    let school = School::open().await;
    let answer = sign_in(&school, "assistant-0310001A", PASSWORD).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(answer.cookies.len(), 2, "the login's and the device's");
    for set in &answer.cookies {
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(set.contains(part), "{set}");
        }
    }
    let cookie = cookie_of(&answer);
    let first = me(&school, &cookie).await;
    assert_eq!(first.json()["grants"][0]["role"], "assistant");
    assert!(first.headers.get("set-cookie").is_none(), "not yet stale");
    // Renewed silently from half of its life on, and after it too.
    school.hand.advance(Span::minutes(9));
    let renewed = me(&school, &cookie).await;
    let fresh = cookie_of(&renewed);
    assert_ne!(fresh, cookie);
    school.hand.advance(Span::minutes(59));
    assert_eq!(
        me(&school, &fresh).await.status,
        200,
        "renewed within the hour"
    );
    // Signing out revokes every token of the login.
    let out = Asked {
        cookie: Some(fresh.clone()),
        body: Some(String::new()),
        ..Asked::default()
    };
    let gone = school.ask("POST", "/api/v1/logout", out).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert!(
        gone.headers
            .get("set-cookie")
            .unwrap()
            .contains("Max-Age=0")
    );
    for token in [&cookie, &fresh] {
        assert_eq!(me(&school, token).await.status, 401);
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn a_login_lasts_a_school_day_and_survives_a_restart() {
    let school = School::open().await;
    let cookie = school.cookie(Role::Teacher, HERE).await;
    let school = school.restart().await;
    assert_eq!(me(&school, &cookie).await.status, 200);
    // A page that is used renews its token again and again, for a school day and no longer.
    let mut newest = cookie;
    for _ in 0..11 {
        school.hand.advance(Span::minutes(50));
        let answer = me(&school, &newest).await;
        assert_eq!(answer.status, 200);
        newest = cookie_of(&answer);
    }
    school.hand.advance(Span::minutes(50));
    assert_eq!(me(&school, &newest).await.status, 401);
    // Another server's key signs nothing here.
    let other = School::open().await;
    let foreign = other.cookie(Role::Teacher, HERE).await;
    assert_eq!(me(&school, &foreign).await.status, 401);
    school.running.stop().await;
    other.running.stop().await;
}

#[actix_web::test]
async fn behind_tls_the_cookie_is_bound_to_the_host() {
    let origin = "https://vigie.example";
    let school = School::open_with(crate::config::Config {
        origin: Some(origin.to_owned()),
        ..crate::config::Config::default()
    })
    .await;
    let asked = |origin: &str| Asked {
        origin: Some(origin.to_owned()),
        body: Some(format!(
            r#"{{"name":"head-0310001A","password":"{PASSWORD}"}}"#
        )),
        ..Asked::default()
    };
    let answer = school.ask("POST", "/api/v1/login", asked(origin)).await;
    for (set, name) in answer
        .cookies
        .iter()
        .zip(["__Host-vigie=", "__Host-vigie-device="])
    {
        assert!(set.starts_with(name) && set.contains("Secure"), "{set}");
        assert!(!set.contains("Domain"), "{set}");
    }
    assert_eq!(
        answer
            .headers
            .get("strict-transport-security")
            .map(String::as_str),
        Some("max-age=63072000; includeSubDomains")
    );
    let url = format!("http://{}", school.running.address());
    let near = school.ask("POST", "/api/v1/login", asked(&url)).await;
    assert_eq!(near.status, 403, "the origin is exact");
    school.running.stop().await;
}

#[actix_web::test]
async fn guesses_are_counted_for_real_and_made_up_names_alike() {
    let school = School::open().await;
    for name in ["dpo-0310001A", "made-up"] {
        for _ in 0..5 {
            assert_eq!(
                sign_in(&school, name, "guess guess guess").await.status,
                401
            );
        }
        let refused = sign_in(&school, name, PASSWORD).await;
        assert_eq!(refused.status, 429, "{refused:?}");
        assert_eq!(
            refused.headers.get("retry-after").map(String::as_str),
            Some("300")
        );
    }
    school.hand.advance(Span::minutes(5));
    assert_eq!(sign_in(&school, "dpo-0310001A", PASSWORD).await.status, 204);
    school.running.stop().await;
}

#[actix_web::test]
async fn a_body_that_is_no_body_is_said_so() {
    let school = School::open().await;
    let ask = |body: String| {
        let asked = Asked {
            body: Some(body),
            ..Asked::default()
        };
        school.ask("POST", "/api/v1/login", asked)
    };
    let malformed = ask("{\"name\": 1}".to_owned()).await;
    assert_eq!(
        (malformed.status, malformed.code().as_str()),
        (400, "malformed")
    );
    assert!(
        malformed.body.contains("line 1 column 10"),
        "{}",
        malformed.body
    );
    let unknown = ask(r#"{"name":"a","password":"b","admin":true}"#.to_owned()).await;
    assert_eq!(unknown.status, 400);
    let large = ask(format!("{{\"name\":\"{}\"}}", "x".repeat(20_000))).await;
    assert_eq!((large.status, large.code().as_str()), (413, "too-large"));
    assert_eq!(
        large.headers.get("content-type").map(String::as_str),
        Some("application/problem+json")
    );
    school.running.stop().await;
}

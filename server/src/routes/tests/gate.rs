//! Every line of the table against everybody who may not come in.

use std::collections::BTreeSet;

use super::school::{ELSEWHERE, HERE, ROOM, THERE};
use super::{Asked, School};
use crate::policy::Access;
use crate::policy::Role;
use crate::routes::table;

/// A path of the table with something in its places.
fn filled(path: &str, room: &str) -> String {
    let school = room.split('-').next().unwrap_or_default();
    path.replace("{room}", room)
        .replace("{school}", school)
        .replace("{part}", "rooms")
        .replace("{staff}", "nobody")
        .replace("{seat}", "1")
        .replace("{help}", "1")
        .replace("{alert}", "1")
        .replace("{token}", "0123456789abcdef")
        .replace("{workstation}", "w1")
        .replace("{login}", "somebodys")
        .replace("{digest}", &"a".repeat(64))
        .replace("{path:.*}", "app.js")
}

#[actix_web::test]
async fn nobody_comes_in_without_a_cookie() {
    let school = School::open().await;
    for (method, path, access, _) in table() {
        let asked = Asked {
            body: (method != "GET").then(|| "{}".to_owned()),
            // A workstation is no browser and says no origin.
            origin: (access == Access::Workstation).then(String::new),
            ..Asked::default()
        };
        let answer = school
            .ask(method.as_str(), &filled(path, ROOM), asked.clone())
            .await;
        let guarded = matches!(
            access,
            Access::Oneself | Access::Somewhere(_) | Access::Room(_) | Access::School(_)
        );
        // A workstation's list wants a ticket of its own kind, and says so.
        let guarded = guarded || path == "/agent/v1/lists/{digest}";
        assert_eq!(answer.status == 401, guarded, "{path}: {answer:?}");
        let forged = Asked {
            cookie: Some("vigie=eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwic2lkIjoieCIsImlhdCI6MCwiZXhwIjo5OTk5OTk5OTk5fQ.".to_owned()),
            ..asked
        };
        let answer = school
            .ask(method.as_str(), &filled(path, ROOM), forged)
            .await;
        assert_eq!(answer.status == 401, guarded, "{path}: {answer:?}");
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn each_role_may_what_the_table_says_and_nothing_else() {
    let school = School::open().await;
    for role in Role::ALL {
        let cookie = school.cookie(role, HERE).await;
        for (method, path, access, _) in table() {
            let wanted = match access {
                Access::Room(wanted) | Access::Somewhere(wanted) | Access::School(wanted) => wanted,
                _ => continue,
            };
            let asked = Asked {
                cookie: Some(cookie.clone()),
                // Refused by its reader, after the gate: nothing is done.
                body: (method != "GET").then(|| "nonsense".to_owned()),
                ..Asked::default()
            };
            let answer = school
                .ask(method.as_str(), &filled(path, ROOM), asked)
                .await;
            let may = role.may().contains(&wanted);
            assert_eq!(
                answer.status != 403,
                may,
                "{role} {method} {path}: {answer:?}"
            );
            assert_ne!(answer.status, 401, "{role} {method} {path}");
        }
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn another_schools_room_is_not_there() {
    let school = School::open().await;
    for role in Role::ALL {
        let cookie = school.cookie(role, HERE).await;
        for (method, path, access, _) in table() {
            if !matches!(access, Access::Room(_) | Access::School(_)) {
                continue;
            }
            let asked = Asked {
                cookie: Some(cookie.clone()),
                body: (method != "GET").then(|| "{}".to_owned()),
                ..Asked::default()
            };
            let theirs = school
                .ask(method.as_str(), &filled(path, ELSEWHERE), asked.clone())
                .await;
            let nowhere = school
                .ask(method.as_str(), &filled(path, "0319999Z-cdi"), asked)
                .await;
            assert_eq!(theirs.status, 404, "{role} {method} {path}: {theirs:?}");
            assert_eq!(theirs.body, nowhere.body, "{role} {method} {path}");
        }
    }
    let rooms = school
        .as_role(Role::Assistant, "GET", "/api/v1/rooms", "")
        .await;
    assert!(!rooms.body.contains(THERE), "{}", rooms.body);
    school.running.stop().await;
}

#[actix_web::test]
async fn a_write_from_another_page_is_refused_before_anything_else() {
    let school = School::open().await;
    let cookie = school.cookie(Role::Assistant, HERE).await;
    let port = school.running.port();
    let strange = [
        String::new(),
        "null".to_owned(),
        "https://evil.example".to_owned(),
        format!("http://127.0.0.1:{}", port.wrapping_add(1)),
        format!("http://127.0.0.1.evil.example:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}/"),
    ];
    for origin in strange {
        for (method, path, access, _) in table() {
            let socket = path.ends_with("/live");
            if (method == "GET" && !socket) || access == Access::Workstation {
                continue;
            }
            let asked = Asked {
                cookie: Some(cookie.clone()),
                origin: Some(origin.clone()),
                headers: if socket { upgrade() } else { Vec::new() },
                body: (method != "GET").then(|| "{}".to_owned()),
            };
            let answer = school
                .ask(method.as_str(), &filled(path, ROOM), asked)
                .await;
            assert_eq!(answer.status, 403, "{origin:?} {method} {path}: {answer:?}");
            assert_eq!(answer.code(), "wrong-origin");
        }
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn no_page_speaks_as_a_workstation_not_even_ours() {
    let school = School::open().await;
    for origin in [
        school.running.url(),
        "https://evil.example".to_owned(),
        "null".to_owned(),
    ] {
        for path in ["/agent/v1", "/agent/v1/lists/{digest}"] {
            let mut headers = upgrade();
            headers.push((
                "sec-websocket-protocol".to_owned(),
                "vigie.agent.v1".to_owned(),
            ));
            let asked = Asked {
                origin: Some(origin.clone()),
                headers,
                ..Asked::default()
            };
            let answer = school.ask("GET", &filled(path, ROOM), asked).await;
            assert_eq!(answer.status, 403, "{origin} {path}: {answer:?}");
        }
    }
    school.running.stop().await;
}

fn upgrade() -> Vec<(String, String)> {
    [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

#[actix_web::test]
async fn the_operators_page_is_for_loopback_or_a_token() {
    let school = School::open_with(crate::config::Config {
        metrics_token: Some("letmecount".to_owned().into()),
        ..crate::config::Config::default()
    })
    .await;
    let with = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let near = school.ask("GET", "/metrics", Asked::default()).await;
    assert_eq!(near.status, 200);
    for word in [HERE, ROOM, "Moulin", "assistant"] {
        assert!(!near.body.contains(word), "{word} is in a label");
    }
    for (headers, status) in [
        (vec![with("x-forwarded-for", "127.0.0.1")], 404),
        (
            vec![
                with("x-forwarded-for", "203.0.113.9"),
                with("authorization", "Bearer letmecounT"),
            ],
            404,
        ),
        (
            vec![
                with("x-forwarded-for", "203.0.113.9"),
                with("authorization", "Bearer letmecount"),
            ],
            200,
        ),
    ] {
        let asked = Asked {
            headers,
            ..Asked::default()
        };
        assert_eq!(school.ask("GET", "/metrics", asked).await.status, status);
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn what_concerns_a_person_stays_in_no_cache() {
    let school = School::open().await;
    for role in [Role::Assistant, Role::Dpo, Role::Head] {
        let cookie = school.cookie(role, HERE).await;
        for (method, path, access, _) in table() {
            // Whatever is not public, whether it was given or refused.
            if method != "GET" || matches!(access, Access::Public | Access::Workstation) {
                continue;
            }
            let asked = Asked {
                cookie: Some(cookie.clone()),
                ..Asked::default()
            };
            let answer = school.ask("GET", &filled(path, ROOM), asked).await;
            let kept = answer.headers.get("cache-control").map(String::as_str);
            assert_eq!(kept, Some("no-store"), "{role} {path}: {answer:?}");
        }
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn every_answer_carries_the_headers_that_keep_a_page_ours() {
    let school = School::open().await;
    for path in [
        "/",
        "/rooms/x",
        "/api/v1/me",
        "/nowhere",
        "/assets/app.js",
        "/healthz",
    ] {
        let answer = school.ask("GET", path, Asked::default()).await;
        let policy = answer.headers.get("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{policy}"
        );
        for part in [
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(
                answer.headers.get(name).map(String::as_str),
                Some(value),
                "{path}: {name}"
            );
        }
    }
    for path in [
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/assets/.hidden",
        "/agent/v1/lists/..%2f..%2fvigie",
    ] {
        let asked = Asked {
            origin: path.starts_with("/agent").then(String::new),
            ..Asked::default()
        };
        let answer = school.ask("GET", path, asked).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    school.running.stop().await;
}

#[test]
fn the_document_knows_every_route_and_no_other() {
    let document = serde_json::to_value(crate::openapi::document()).unwrap();
    let mut known = BTreeSet::new();
    for (path, about) in document["paths"].as_object().unwrap() {
        for method in about.as_object().unwrap().keys() {
            known.insert((method.to_uppercase(), path.clone()));
        }
    }
    let routes: BTreeSet<_> = table()
        .into_iter()
        // Pages and their files are no API.
        .filter(|(_, path, _, _)| !path.starts_with("/trust"))
        .filter(|(_, path, _, _)| {
            *path != "/"
                && !["/rooms/", "/class/", "/logins", "/setup", "/assets/"]
                    .iter()
                    .any(|start| path.starts_with(start))
        })
        .map(|(method, path, _, _)| (method.to_string(), path.to_owned()))
        .collect();
    assert_eq!(known, routes);
}

#[test]
fn everything_that_the_document_refers_to_is_in_it() {
    fn references(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(parts) => {
                for (name, part) in parts {
                    match (name.as_str(), part.as_str()) {
                        ("$ref", Some(named)) => {
                            found.insert(named.to_owned());
                        }
                        _ => references(part, found),
                    }
                }
            }
            serde_json::Value::Array(parts) => {
                for part in parts {
                    references(part, found);
                }
            }
            _ => {}
        }
    }
    let document = serde_json::to_value(crate::openapi::document()).unwrap();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 10, "the search finds what it should");
    for named in found {
        let there = document.pointer(named.trim_start_matches('#'));
        assert!(there.is_some(), "{named} is referred to and not there");
    }
}

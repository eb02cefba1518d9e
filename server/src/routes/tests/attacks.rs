//! What somebody tries who means harm, from a page, a script or a terminal: each is refused, and the school works on.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vigie_protocol::Span;

use super::school::{HERE, PASSWORD, ROOM};
use super::{Answer, Asked, School};
use crate::policy::Role;

const NAME: &str = "assistant-0310001A";

async fn me(school: &School, cookie: &str) -> Answer {
    let asked = Asked {
        cookie: Some(cookie.to_owned()),
        ..Asked::default()
    };
    school.ask("GET", "/api/v1/me", asked).await
}

fn login_body(name: &str, password: &str) -> String {
    json!({ "name": name, "password": password }).to_string()
}

async fn sign_in(school: &School, cookie: Option<String>) -> Answer {
    let asked = Asked {
        cookie,
        body: Some(login_body(NAME, PASSWORD)),
        ..Asked::default()
    };
    school.ask("POST", "/api/v1/login", asked).await
}

#[actix_web::test]
async fn session_fixation_a_token_that_was_planted_is_never_taken_up() {
    let school = School::open().await;
    // The attacker's own, valid login, planted in the victim's browser.
    let planted = school.cookie(Role::Head, HERE).await;
    for cookie in [planted.clone(), "vigie=chosen-by-the-attacker".to_owned()] {
        let answer = sign_in(&school, Some(cookie.clone())).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        let fresh = answer.cookie("vigie=").unwrap();
        assert_ne!(fresh, cookie);
        assert_eq!(me(&school, &fresh).await.json()["name"], "M. assistant");
        assert_eq!(
            me(&school, &cookie).await.status,
            401,
            "what was planted is over"
        );
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn csrf_a_form_of_another_site_changes_nothing() {
    let school = School::open().await;
    let cookie = school.cookie(Role::Assistant, HERE).await;
    // What a page of another site can send without asking first: a form's types, and no JSON.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        for origin in ["https://evil.example", "null", ""] {
            let head = format!(
                "POST /api/v1/logout HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {cookie}\r\ncontent-type: {kind}\r\n\
                 {}content-length: 2\r\n\r\n{{}}",
                if origin.is_empty() {
                    String::new()
                } else {
                    format!("origin: {origin}\r\n")
                }
            );
            let answer = raw(&school, &head).await;
            assert!(
                answer.starts_with("HTTP/1.1 403"),
                "{kind} {origin}: {answer}"
            );
        }
    }
    // From our own page, but with a form's type.
    let own = school.running.url();
    let head = format!(
        "POST /api/v1/rooms/{ROOM}/session HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {cookie}\r\norigin: {own}\r\n\
         content-type: text/plain\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let answer = raw(&school, &head).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(me(&school, &cookie).await.status, 200, "still signed in");
    school.running.stop().await;
}

/// Bytes as they are, and what comes back until the server hangs up.
async fn raw(school: &School, bytes: &str) -> String {
    let mut socket = TcpStream::connect(school.running.address()).await.unwrap();
    let _ = socket.write_all(bytes.as_bytes()).await;
    let mut answer = Vec::new();
    let read = socket.read_to_end(&mut answer);
    let ended = tokio::time::timeout(Duration::from_secs(20), read).await;
    assert!(ended.is_ok(), "the server never hung up: {bytes:.80}");
    String::from_utf8_lossy(&answer).into_owned()
}

#[actix_web::test]
async fn jwt_confusion_only_our_own_kind_under_our_own_key_is_believed() {
    let school = School::open().await;
    let good = sign_in(&school, None).await;
    let cookie = good.cookie("vigie=").unwrap();
    let token = cookie.strip_prefix("vigie=").unwrap();
    let [head, claims, seal] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("{token}");
    };
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (header, body) = (read(head), read(claims));
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let key = std::fs::read(school.app().config.data.join("keys/login.key")).unwrap();
    let kid = header["kid"].as_str().unwrap().to_owned();
    let signed = |change: &dyn Fn(&mut Header), body: &Value, key: &[u8]| {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("vigie-login+jwt".to_owned());
        header.kid = Some(kid.clone());
        change(&mut header);
        jsonwebtoken::encode(&header, body, &EncodingKey::from_secret(key)).unwrap()
    };
    let with = |name: &str, value: Value| {
        let mut changed = body.clone();
        changed[name] = value;
        changed
    };
    // The key and the claims are right: so the test can make what the server would take.
    let mine = signed(&|_| (), &body, &key);
    assert_eq!(me(&school, &format!("vigie={mine}")).await.status, 200);
    let mut none = header.clone();
    none["alg"] = json!("none");
    let mut rsa = header.clone();
    rsa["alg"] = json!("RS256");
    let device = good.cookie("vigie-device=").unwrap();
    let bad = [
        format!("{}.{claims}.", part(&none)),
        format!("{}.{claims}.{seal}", part(&none)),
        format!("{}.{claims}.{seal}", part(&rsa)),
        format!("{head}.{claims}."),
        format!(
            "{head}.{}.{seal}",
            part(&with("sub", json!("admin-0310001A")))
        ),
        signed(&|header| header.alg = Algorithm::HS384, &body, &key),
        signed(&|header| header.alg = Algorithm::HS512, &body, &key),
        signed(&|header| header.typ = Some("JWT".to_owned()), &body, &key),
        signed(&|header| header.kid = None, &body, &key),
        signed(
            &|header| header.kid = Some("../../etc/passwd".to_owned()),
            &body,
            &key,
        ),
        signed(
            &|header| header.kid = Some("x' OR '1'='1".to_owned()),
            &body,
            &key,
        ),
        signed(&|_| (), &body, b""),
        signed(&|_| (), &body, kid.as_bytes()),
        signed(
            &|header| header.jku = Some("https://evil.example/keys".to_owned()),
            &body,
            b"theirs",
        ),
        signed(&|_| (), &with("aud", json!("vigie-sign-in")), &key),
        signed(&|_| (), &with("iss", json!("another")), &key),
        signed(&|_| (), &with("sid", json!("of-nobody")), &key),
        signed(&|_| (), &with("sub", json!("admin-0310001A")), &key),
        device.strip_prefix("vigie-device=").unwrap().to_owned(),
        String::new(),
        "..".to_owned(),
        "a".repeat(4_000),
    ];
    for token in bad {
        let answer = me(&school, &format!("vigie={token}")).await;
        assert_eq!(answer.status, 401, "{token}");
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn path_tricks_find_nothing_and_break_nothing() {
    let school = School::open().await;
    let cookie = school.cookie(Role::Assistant, HERE).await;
    for path in [
        "/assets/../../Cargo.toml",
        "/assets/%2e%2e%2f%2e%2e%2fCargo.toml",
        "/assets/%252e%252e/Cargo.toml",
        "/assets/..\\..\\Cargo.toml",
        "/assets/app.js%00.txt",
        "/assets//etc/passwd",
        "/assets/kit/",
        "/assets/",
        "/.git/config",
        "/agent/v1/lists/..%2f..%2fvigie.sqlite",
        "/api/v1/rooms/..%2f..%2fhealthz",
        "/api/v1/rooms/%00",
        "/api/v1/rooms/0310001A-cdi%2f..%2f0310002B-cdi",
        "/api/v1/rooms/0310001A-cdi/seats/../../0310002B-cdi",
        "/api/v1/rooms/0310001A-cdi/seats/99999999999999999999",
        "/api/v1/rooms/0310001A-cdi/seats/-1",
        "/api/v1/rooms/0310001A-cdi/seats/1%27%20OR%201=1--",
        "/api/v1//me",
        "/API/V1/me",
        "/api/v1/me/",
        "/api/v1/me;jsessionid=1",
        "//evil.example/",
        "/%2f%2fevil.example/",
    ] {
        let asked = Asked {
            cookie: Some(cookie.clone()),
            // A workstation says no origin; who does is refused before the path is read.
            origin: path.starts_with("/agent").then(String::new),
            ..Asked::default()
        };
        let answer = school.ask("GET", path, asked).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {} {:.80}",
            answer.status,
            answer.body
        );
        assert!(
            !answer.body.contains("workspace") && !answer.body.contains("SQLite"),
            "{path}"
        );
    }
    for method in ["TRACE", "OPTIONS", "PUT", "PATCH", "CONNECT", "PROPFIND"] {
        let asked = Asked {
            cookie: Some(cookie.clone()),
            ..Asked::default()
        };
        let answer = school.ask(method, "/api/v1/me", asked).await;
        assert!(
            matches!(answer.status, 400 | 404 | 405),
            "{method}: {answer:?}"
        );
        assert!(!answer.body.contains(&cookie), "{method} echoes");
        assert!(answer.headers.get("access-control-allow-origin").is_none());
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn smuggled_and_split_requests_are_refused() {
    let school = School::open().await;
    for head in [
        "POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
        "POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcde",
        "POST /api/v1/login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        "GET /api/v1/me HTTP/1.1\r\nhost: x\r\ncookie: vigie=a\r\n b\r\n\r\n",
        "GET /api/v1/me\0 HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let answer = raw(&school, head).await;
        let heads = answer.matches("HTTP/1.1 ").count();
        assert!(heads <= 1, "{head:?}: {answer}");
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{head:?}: {answer}"
        );
    }
    assert_eq!(sign_in(&school, None).await.status, 204);
    school.running.stop().await;
}

#[actix_web::test]
async fn slow_requests_are_hung_up_and_hold_nobody_else() {
    let school = School::open().await;
    // A body that never comes: by the server's clock, which the test moves.
    let body = {
        let own = school.running.url();
        let head = format!(
            "POST /api/v1/login HTTP/1.1\r\nhost: x\r\norigin: {own}\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{{\"name\":"
        );
        let mut socket = TcpStream::connect(school.running.address()).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket
    };
    // A head that trickles: by the connection's own timer.
    let mut head = TcpStream::connect(school.running.address()).await.unwrap();
    head.write_all(b"GET /api/v1/me HTTP/1.1\r\nhost: x\r\nx-slow: ")
        .await
        .unwrap();
    // And one that says nothing at all.
    let mut mute = TcpStream::connect(school.running.address()).await.unwrap();
    assert_eq!(
        sign_in(&school, None).await.status,
        204,
        "others are served meanwhile"
    );
    let mut body = body;
    let hand = school.hand.clone();
    let answered = async {
        let mut answer = String::new();
        let mut some = [0; 1_024];
        while !answer.contains("\"slow\"") {
            // The request may not have reached its gate yet: the clock is moved until it has.
            hand.advance(Span::seconds(5));
            let wait = tokio::time::timeout(Duration::from_millis(50), body.read(&mut some));
            match wait.await {
                Ok(Ok(0)) => break,
                Ok(Ok(read)) => answer.push_str(&String::from_utf8_lossy(&some[..read])),
                Ok(Err(error)) => panic!("{error}"),
                Err(_) => {}
            }
        }
        answer
    };
    let answer = tokio::time::timeout(Duration::from_secs(20), answered)
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    for socket in [&mut head, &mut mute] {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut rest));
        let _ = ended.await.expect("a slow head is hung up");
        let said = String::from_utf8_lossy(&rest);
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 408"),
            "{said}"
        );
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn ten_thousand_sign_ins_are_refused_quickly_and_a_known_device_comes_in() {
    let school = School::open().await;
    let device = sign_in(&school, None)
        .await
        .cookie("vigie-device=")
        .unwrap();
    let url = school.running.url();
    // Over a few connections that stay open, as a tool for guessing does: names of everybody, known and made up.
    let flood = (0..8).map(|lane| {
        let (address, url) = (school.running.address(), url.clone());
        async move {
            let mut statuses = std::collections::BTreeMap::new();
            let mut socket = TcpStream::connect(address).await.unwrap();
            for number in 0..1_250 {
                let name = if number % 2 == 0 { NAME.to_owned() } else { format!("name{lane}x{number}") };
                let body = login_body(&name, "guess guess guess");
                let head = format!(
                    "POST /api/v1/login HTTP/1.1\r\nhost: x\r\norigin: {url}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                socket.write_all(head.as_bytes()).await.unwrap();
                *statuses.entry(status(&mut socket).await).or_insert(0) += 1;
            }
            statuses
        }
    });
    let lanes = futures_util::future::join_all(flood);
    let mut tried = 0;
    let mut checked = 0;
    for lane in tokio::time::timeout(Duration::from_mins(2), lanes)
        .await
        .unwrap()
    {
        for (status, count) in lane {
            assert!(matches!(status, 401 | 429), "{status}");
            tried += count;
            checked += if status == 401 { count } else { 0 };
        }
    }
    assert_eq!(tried, 10_000);
    assert!(
        checked <= 60,
        "passwords checked for one address: {checked}"
    );
    assert_eq!(
        sign_in(&school, None).await.status,
        429,
        "a stranger at that address waits"
    );
    assert_eq!(sign_in(&school, Some(device)).await.status, 204);
    school.running.stop().await;
}

/// The status of the next answer on a connection that stays open; its body is read to the end.
async fn status(socket: &mut TcpStream) -> u16 {
    let mut answer = Vec::new();
    let mut some = [0; 4_096];
    loop {
        let read = socket.read(&mut some).await.unwrap();
        assert!(read > 0, "the server hung up");
        answer.extend_from_slice(&some[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")
                    .map(str::to_owned)
            })
            .and_then(|length| length.parse::<usize>().ok())
            .unwrap_or(0);
        if body.len() >= length {
            return head.split(' ').nth(1).unwrap().parse().unwrap();
        }
    }
}

#[actix_web::test]
async fn bombs_of_json_are_refused_before_they_are_unfolded() {
    let school = School::open().await;
    let cookie = school.cookie(Role::Assistant, HERE).await;
    let path = format!("/api/v1/rooms/{ROOM}/commands");
    let deep = "[".repeat(8_000) + &"]".repeat(8_000);
    for (body, status) in [
        (deep.clone(), 400),
        (format!("{{\"command\":\"0193f7b6-5c1e\",\"seats\":{deep}}}"), 400),
        (format!("{{\"x\":\"{}\"}}", "\\u0000".repeat(4_000)), 413),
        ("1e999999".to_owned(), 400),
        ("{\"command\":\"0193f7b6-5c1e\",\"seats\":[65536],\"holds_ms\":1,\"action\":{\"do\":\"lock\",\"text\":\"\"}}".to_owned(), 400),
        ("{\"seats\":[1],\"seats\":[2]}".to_owned(), 400),
    ] {
        let asked = Asked {
            cookie: Some(cookie.clone()),
            body: Some(body.clone()),
            ..Asked::default()
        };
        let answer = school.ask("POST", &path, asked).await;
        assert_eq!(answer.status, status, "{body:.60}: {answer:?}");
    }
    // A body that is small on the wire and huge when unpacked is not unpacked beyond the limit either.
    let asked = Asked {
        cookie: Some(cookie),
        headers: vec![("content-encoding".to_owned(), "gzip".to_owned())],
        body: Some("not gzip at all".to_owned()),
        ..Asked::default()
    };
    let packed = school.ask("POST", &path, asked).await;
    assert!(matches!(packed.status, 400 | 413 | 415), "{packed:?}");
    school.running.stop().await;
}

//! The tablet over its WebSocket, as a browser meets it: who may open it, what comes, and everything that closes it.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use vigie_filters::{default_charter, read_charter};
use vigie_protocol::{EstablishmentId, Span};

use super::school::{ELSEWHERE, HERE, MORNING, ROOM, THERE};
use super::{Asked, School};
use crate::policy::{Permission, Role};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens the live socket of a room; the status when it is refused.
async fn open(
    school: &School,
    room: &str,
    cookie: Option<&str>,
    origin: Option<&str>,
) -> Result<Socket, u16> {
    let url = format!("ws://{}/api/v1/rooms/{room}/live", school.running.address());
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    if let Some(cookie) = cookie {
        headers.insert("cookie", cookie.parse().unwrap());
    }
    if let Some(origin) = origin {
        headers.insert("origin", origin.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// From our own page.
async fn open_as(school: &School, role: Role) -> (Socket, String) {
    let cookie = school.cookie(role, HERE).await;
    let url = school.running.url();
    let socket = open(school, ROOM, Some(&cookie), Some(&url)).await;
    (socket.unwrap(), cookie)
}

/// The next frame that is no beat.
async fn frame(socket: &mut Socket) -> Value {
    loop {
        match next(socket).await {
            Message::Text(text) => {
                let frame: Value = serde_json::from_str(&text).unwrap();
                if frame["t"] != "beat" {
                    return frame;
                }
            }
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The next frame, the clock being moved until the room's pace lets it go.
async fn paced(school: &School, socket: &mut Socket) -> Value {
    let moved = async {
        loop {
            school.hand.advance(Span(250));
            let wait = Duration::from_millis(20);
            if let Ok(frame) = tokio::time::timeout(wait, frame(socket)).await {
                return frame;
            }
        }
    };
    let frame = tokio::time::timeout(Duration::from_secs(20), moved).await;
    frame.expect("no frame came")
}

async fn next(socket: &mut Socket) -> Message {
    let next = tokio::time::timeout(Duration::from_secs(20), socket.next()).await;
    next.expect("nothing came")
        .expect("the socket ended")
        .unwrap()
}

/// The code with which the server closes.
async fn closed(socket: &mut Socket) -> u16 {
    loop {
        if let Message::Close(Some(close)) = next(socket).await {
            return close.code.into();
        }
    }
}

async fn adopt(school: &School) {
    let (charter, _) = read_charter(default_charter());
    school
        .app()
        .store
        .adopt_charter(
            &EstablishmentId::new(HERE),
            (&charter.digest, default_charter()),
            MORNING,
        )
        .await
        .unwrap();
}

async fn start(school: &School) -> String {
    let body = json!({ "task": "Exposé", "minutes": 55 }).to_string();
    let path = format!("/api/v1/rooms/{ROOM}/session");
    let opened = school.as_role(Role::Teacher, "POST", &path, &body).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    opened.json()["session"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_tablet_gets_the_picture_and_then_what_changed() {
    let school = School::open().await;
    adopt(&school).await;
    let (mut socket, _) = open_as(&school, Role::Assistant).await;
    let between = frame(&mut socket).await;
    assert_eq!(
        (&between["t"], &between["session"]),
        (&json!("snapshot"), &Value::Null)
    );
    // A session opens while the tablet watches: a whole new picture, and it is written down who saw it.
    let session = start(&school).await;
    let picture = loop {
        let picture = paced(&school, &mut socket).await;
        if picture["t"] == "snapshot" && picture["session"] == json!(session) {
            break picture;
        }
    };
    assert_eq!(picture["cards"]["bar"]["task"], "Exposé");
    let path = format!("/api/v1/rooms/{ROOM}/chat");
    let mut rev = picture["rev"].as_u64().unwrap();
    let mut deltas = 0;
    // What touches one card comes as a delta; what touches every seat, as an extension does, comes as a whole picture.
    for open in [true, false, true] {
        let body = json!({"channel": "room", "open": open}).to_string();
        let answer = school.as_role(Role::Teacher, "POST", &path, &body).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        loop {
            let newer = paced(&school, &mut socket).await;
            assert_eq!(newer["session"], json!(session));
            // What was read anew is drawn whole, at the rev that it has.
            let whole = newer["t"] == "snapshot";
            assert!(newer["rev"].as_u64() > Some(rev) || whole, "{newer}");
            rev = newer["rev"].as_u64().unwrap();
            if newer["cards"]["bar"]["chat_open"] == json!(open) {
                deltas += i32::from(!whole);
                break;
            }
        }
    }
    assert!(deltas >= 2, "changes came as deltas: {deltas}");
    school.hand.advance(Span::seconds(1));
    let log = school.as_role(Role::Dpo, "GET", "/api/v1/audit", "").await;
    let looked = log.json().as_array().unwrap().iter().any(|line| {
        line["act"] == "look-room"
            && line["session"] == json!(session)
            && line["who"] == "M. assistant"
    });
    assert!(looked, "{}", log.body);
    school.running.stop().await;
}

#[actix_web::test]
async fn every_role_of_both_schools_and_nobody_at_the_socket() {
    let school = School::open().await;
    let url = school.running.url();
    assert_eq!(open(&school, ROOM, None, Some(&url)).await.err(), Some(401));
    assert_eq!(
        open(&school, ROOM, Some("vigie=x"), Some(&url)).await.err(),
        Some(401)
    );
    for role in Role::ALL {
        let may = role.may().contains(&Permission::SeeLive);
        let ours = school.cookie(role, HERE).await;
        let opened = open(&school, ROOM, Some(&ours), Some(&url)).await;
        assert_eq!(opened.err(), (!may).then_some(403), "{role}");
        assert_eq!(
            open(&school, ELSEWHERE, Some(&ours), Some(&url))
                .await
                .err(),
            Some(404),
            "{role}"
        );
        let theirs = school.cookie(role, THERE).await;
        assert_eq!(
            open(&school, ROOM, Some(&theirs), Some(&url)).await.err(),
            Some(404),
            "{role}"
        );
        // Hijacked by another page: the browser sends the cookie, and says where from.
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let hijacked = open(&school, ROOM, Some(&ours), origin).await;
            assert_eq!(hijacked.err(), Some(403), "{role} {origin:?}");
        }
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn a_page_has_nothing_to_say_on_its_socket() {
    let school = School::open().await;
    for message in [Message::text("{}"), Message::binary(vec![0; 64])] {
        let (mut socket, _) = open_as(&school, Role::Assistant).await;
        frame(&mut socket).await;
        futures_util::SinkExt::send(&mut socket, message)
            .await
            .unwrap();
        assert_eq!(closed(&mut socket).await, 1008);
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn signing_out_closes_the_socket_of_that_login_and_no_other() {
    let school = School::open().await;
    let (mut socket, cookie) = open_as(&school, Role::Assistant).await;
    let (mut other, _) = open_as(&school, Role::Assistant).await;
    frame(&mut socket).await;
    frame(&mut other).await;
    let out = Asked {
        cookie: Some(cookie.clone()),
        body: Some(String::new()),
        ..Asked::default()
    };
    assert_eq!(school.ask("POST", "/api/v1/logout", out).await.status, 204);
    assert_eq!(closed(&mut socket).await, 4401);
    let url = school.running.url();
    assert_eq!(
        open(&school, ROOM, Some(&cookie), Some(&url)).await.err(),
        Some(401)
    );
    // The other lives: it is the next thing that closes.
    school.hand.advance(Span::minutes(600));
    assert_eq!(closed(&mut other).await, 4401, "a login ends by itself");
    school.running.stop().await;
}

#[actix_web::test]
async fn a_login_that_its_owner_ends_elsewhere_closes_its_socket() {
    let school = School::open().await;
    let (mut socket, _) = open_as(&school, Role::Assistant).await;
    frame(&mut socket).await;
    let ended = school
        .as_role(Role::Assistant, "DELETE", "/api/v1/logins", "")
        .await;
    assert_eq!(ended.status, 204, "{ended:?}");
    assert_eq!(closed(&mut socket).await, 4401);
    school.running.stop().await;
}

#[actix_web::test]
async fn a_role_taken_away_and_an_account_closed_close_open_sockets() {
    let school = School::open().await;
    let here = EstablishmentId::new(HERE);
    let store = &school.app().store;
    let (mut ungranted, _) = open_as(&school, Role::Assistant).await;
    let (mut disabled, _) = open_as(&school, Role::Teacher).await;
    let (mut kept, _) = open_as(&school, Role::Documentalist).await;
    for socket in [&mut ungranted, &mut disabled, &mut kept] {
        frame(socket).await;
    }
    let staff = School::staff(Role::Assistant, HERE);
    assert!(store.ungrant(&staff, &here, Role::Assistant).await.unwrap());
    assert_eq!(closed(&mut ungranted).await, 4403);
    let staff = School::staff(Role::Teacher, HERE);
    store.disable_staff(&staff, Some(MORNING)).await.unwrap();
    assert_eq!(closed(&mut disabled).await, 4401);
    // A colleague whose rights are what they were watches on, until the login ends by itself.
    school.hand.advance(Span::minutes(600));
    assert_eq!(closed(&mut kept).await, 4401);
    school.running.stop().await;
}

#[actix_web::test]
async fn what_another_process_changed_is_seen_within_a_second() {
    let school = School::open().await;
    let (mut socket, _) = open_as(&school, Role::Assistant).await;
    frame(&mut socket).await;
    // The command line has a connection of its own to the same file.
    let other = crate::store::Store::open(&school.app().config.data)
        .await
        .unwrap();
    let staff = School::staff(Role::Assistant, HERE);
    let here = EstablishmentId::new(HERE);
    assert!(other.ungrant(&staff, &here, Role::Assistant).await.unwrap());
    school.hand.advance(Span::seconds(1));
    assert_eq!(closed(&mut socket).await, 4403);
    school.running.stop().await;
}

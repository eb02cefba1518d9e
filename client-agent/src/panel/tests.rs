//! The panel answers its own page and nobody else, and shows a state in words.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use url::Url;
use vigie_protocol::frame::Leaving;
use vigie_protocol::view::{ChatLine, SeatAlert, SeatBlock, SeatView};
use vigie_protocol::{AlertId, Span, Stamp};

use super::{PAGES_MAX, Panel, words};
use crate::agent::state::{BlockHere, ShownMessage};
use crate::agent::{Agent, Link, PanelState};
use crate::config::Config;
use crate::desk::Able;
use crate::text::Lang;

/// One HTTP/1.1 exchange, by hand: headers are what is tested.
fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    exchange(
        address,
        &format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"),
    )
}

fn post(address: SocketAddr, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    exchange(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        ),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_its_own_page_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let nobody = Url::parse("ws://127.0.0.1:9/agent/v1").unwrap();
    let config = Config::new(nobody, dir.path().to_owned());
    let (agent, _desk) = Agent::start(config, Able::default()).await.unwrap();
    let panel = Panel::start(agent.clone(), 0, Lang::Fr).unwrap();
    let address = panel.address();
    let host = format!("Host: {address}\r\n");
    let origin = format!("{host}Origin: http://{address}\r\n");

    let page = get(address, "/", &host);
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("<html lang=\"fr\">"));
    assert!(page.contains("default-src 'none'"));
    let english = get(address, "/", &format!("{host}Accept-Language: en-GB\r\n"));
    assert!(english.contains("<html lang=\"en\">"));
    for (path, kind) in [
        ("/panel.js", "text/javascript"),
        ("/panel.css", "text/css"),
        ("/icon.svg", "image/svg+xml"),
    ] {
        let answer = get(address, path, &host);
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains(kind),
            "{path}"
        );
    }

    let port = address.port();
    for strange in [
        String::new(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: localhost:{port}\r\n"),
        "Host: 127.0.0.1\r\n".to_owned(),
        format!("{host}Sec-Fetch-Site: cross-site\r\n"),
    ] {
        for path in ["/", "/live"] {
            let answer = get(address, path, &strange);
            let refused = answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400");
            assert!(refused, "{strange}: {answer}");
        }
    }
    for strange in [
        host.clone(),
        format!("{host}Origin: http://localhost:{port}\r\n"),
        format!("{host}Origin: null\r\n"),
        format!("{host}Origin: https://{address}\r\n"),
        format!("Host: evil.example\r\nOrigin: http://{address}\r\n"),
    ] {
        let answer = post(address, "/help", &strange, "{}");
        assert!(answer.starts_with("HTTP/1.1 403"), "{strange}: {answer}");
    }

    let refused = post(address, "/help?lang=en", &origin, "{\"text\":\"x\"}");
    assert!(refused.starts_with("HTTP/1.1 409"), "{refused}");
    assert!(refused.contains("application/problem+json"));
    assert!(refused.contains("No session is on at this seat."));
    let malformed = post(address, "/chat", &origin, "{");
    assert!(malformed.starts_with("HTTP/1.1 400"), "{malformed}");
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(20_000));
    let too_large = post(address, "/help", &origin, &large);
    assert!(too_large.starts_with("HTTP/1.1 413"), "{too_large}");

    panel.stop().await;
    agent.stop(Leaving::Stopped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_bounded_and_a_page_that_leaves_makes_room() {
    let dir = tempfile::tempdir().unwrap();
    let nobody = Url::parse("ws://127.0.0.1:9/agent/v1").unwrap();
    let config = Config::new(nobody, dir.path().to_owned());
    let (agent, _desk) = Agent::start(config, Able::default()).await.unwrap();
    let panel = Panel::start(agent.clone(), 0, Lang::En).unwrap();
    let address = panel.address();
    let request = format!("GET /live HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let open = || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut seen = String::new();
        let mut buffer = [0; 4_096];
        while !seen.contains("\r\n\r\n") || (seen.contains(" 200 ") && !seen.contains("data: ")) {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "{seen}");
            seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        (stream, seen)
    };
    let pages: Vec<_> = (0..PAGES_MAX).map(|_| open()).collect();
    for (_, seen) in &pages {
        assert!(seen.contains("\"session\":false"), "{seen}");
    }
    let (_, full) = open();
    assert!(full.starts_with("HTTP/1.1 503"), "{full}");
    drop(pages);
    panel.stop().await;
    agent.stop(Leaving::Stopped).await;
}

fn shown(state: &PanelState, lang: Lang) -> Value {
    serde_json::to_value(words::panel(state, lang)).unwrap()
}

#[test]
fn no_session_says_that_nothing_is_collected() {
    let panel = shown(&PanelState::default(), Lang::Fr);
    assert_eq!(panel["session"], json!(false));
    assert_eq!(
        panel["state"],
        json!("Supervision arrêtée : rien n’est collecté")
    );
    assert_eq!(panel["link"]["words"], json!("Connexion au serveur…"));
}

#[test]
fn the_servers_words_come_first_and_one_message_is_shown_once() {
    let line = |text: &str| ChatLine {
        at_ms: Stamp(1_000),
        from: "M. Renaud".to_owned().into(),
        text: text.to_owned().into(),
        mine: false,
    };
    let message = |command: &str, text: &str| ShownMessage {
        command: command.into(),
        at: Stamp(1_500),
        text: text.to_owned().into(),
    };
    let state = PanelState {
        link: Link::Up,
        session: Some("2026-11-24.a".parse().unwrap()),
        ahead: Span(500),
        lost: 2,
        hand: Some(true),
        view: SeatView {
            supervision: vec!["La supervision est en marche.".into()],
            messages: vec![line("Au travail"), line("Bravo")],
            alerts: vec![SeatAlert {
                alert: AlertId(7),
                at_ms: Stamp(1_000),
                words: "w".into(),
                evidence: "e".to_owned().into(),
                article: "Art. 4.2".into(),
                state: "open".into(),
                state_words: "ouverte".into(),
            }],
            blocks: vec![SeatBlock {
                at_ms: Stamp(0),
                host: "old.example".into(),
                words: String::new(),
                article: String::new(),
            }],
            ..SeatView::default()
        },
        messages: vec![message("k1", "Bravo"), message("k2", "Regarde ici")],
        blocks: vec![BlockHere {
            at: Stamp(2_000),
            host: "croxy.example".to_owned().into(),
            words: vigie_filters::Words {
                fr: "Interdit".into(),
                en: Some("Forbidden".into()),
            },
            article: "4.2".into(),
        }],
        ..PanelState::default()
    };
    let panel = shown(&state, Lang::En);
    assert_eq!(panel["seen"], json!(["La supervision est en marche."]));
    let messages: Vec<_> = panel["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["command"].clone(),
                one["from"].clone(),
                one["text"].clone(),
            )
        })
        .collect();
    assert_eq!(
        messages,
        vec![
            (Value::Null, json!("M. Renaud"), json!("Au travail")),
            (json!("k1"), json!("M. Renaud"), json!("Bravo")),
            (json!("k2"), json!("An adult"), json!("Regarde ici")),
        ]
    );
    assert_eq!(panel["alerts"][0]["at_ms"], json!(1_500));
    assert_eq!(panel["alerts"][0]["contestable"], json!(true));
    assert_eq!(
        panel["help"],
        json!({"open": true, "words": "Your request is leaving…"})
    );
    assert_eq!(
        panel["blocks"],
        json!([{"at_ms": 2_000, "host": "croxy.example", "words": "Forbidden", "article": "Art. 4.2"}])
    );
    assert!(panel["trouble"].as_str().unwrap().contains("2 actions"));
}

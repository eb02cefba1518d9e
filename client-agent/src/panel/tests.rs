//! The panel answers its own page and nobody else, and shows a state in words.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;
use vigie_protocol::frame::Leaving;
use vigie_protocol::view::{ChatLine, SeatAlert, SeatBlock, SeatView};
use vigie_protocol::{AlertId, Span, Stamp};

use super::{PAGES_MAX, Panel, words};
use crate::agent::state::{BlockHere, ShownMessage};
use crate::agent::{Agent, Link, PanelState};
use crate::clock::moment;
use crate::config::Config;
use crate::desk::Able;
use crate::seat::{Passes, Seat, Uid};
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

/// A panel of an agent that has no server, and what a browser that was let in holds.
struct Stage {
    agent: Agent,
    panel: Panel,
    passes: Arc<Passes>,
    address: SocketAddr,
    /// `Host`.
    host: String,
    /// `Host` and `Origin`.
    origin: String,
    _data: tempfile::TempDir,
}

impl Stage {
    async fn of(seat: Seat, lang: Lang) -> Self {
        let data = tempfile::tempdir().unwrap();
        let nobody = Url::parse("ws://127.0.0.1:9/agent/v1").unwrap();
        let mut config = Config::new(nobody, data.path().to_owned());
        config.lang = lang;
        let (agent, _desk) = Agent::start(config, Able::default()).await.unwrap();
        let passes = Arc::new(Passes::new().unwrap());
        let panel = Panel::start(agent.clone(), 0, seat, Arc::clone(&passes)).unwrap();
        let address = panel.address();
        let host = format!("Host: {address}\r\n");
        Self {
            agent,
            panel,
            passes,
            address,
            origin: format!("{host}Origin: http://{address}\r\n"),
            host,
            _data: data,
        }
    }

    async fn set(lang: Lang) -> Self {
        Self::of(Seat::of(None).unwrap(), lang).await
    }

    /// Exchanges a fresh ticket; the cookie's header.
    fn enter(&self) -> String {
        let ticket = self.passes.ticket(moment()).unwrap().into_revealed();
        let answer = self.exchange(&ticket);
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        let set = answer
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(set.contains(part), "{set}");
        }
        format!("Cookie: {}\r\n", set.split(';').next().unwrap())
    }

    fn exchange(&self, ticket: &str) -> String {
        let body = json!({ "ticket": ticket }).to_string();
        post(self.address, "/open", &self.origin, &body)
    }

    async fn end(self) {
        self.panel.stop().await;
        self.agent.stop(Leaving::Stopped).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_shown_to_the_seat_and_holds_nothing() {
    let stage = Stage::set(Lang::Fr).await;
    let (address, host) = (stage.address, &stage.host);
    let page = get(address, "/", host);
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("<html lang=\"fr\">"));
    assert!(page.contains("default-src 'none'"));
    for (path, kind) in [
        ("/panel.js", "text/javascript"),
        ("/panel.css", "text/css"),
        ("/icon.svg", "image/svg+xml"),
    ] {
        let answer = get(address, path, host);
        let fine = answer.starts_with("HTTP/1.1 200") && answer.contains(kind);
        assert!(fine, "{path}");
    }
    // A link on another site opens the page, as a person's tap; nothing else of another site's does.
    let tap = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: ";
    for (kind, status) in [("document", "200"), ("iframe", "403"), ("script", "403")] {
        let answer = get(address, "/", &format!("{host}{tap}{kind}\r\n"));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{kind}: {answer}"
        );
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_opens_the_panel_once_and_without_it_nothing_is_told() {
    let stage = Stage::set(Lang::Fr).await;
    let (address, host, origin) = (stage.address, &stage.host, &stage.origin);
    let other = format!("Cookie: vigie-panel-{}=guess\r\n", address.port());
    for without in ["", other.as_str()] {
        for path in ["/live", "/may"] {
            let answer = get(address, path, &format!("{host}{without}"));
            assert!(answer.starts_with("HTTP/1.1 401"), "{path}: {answer}");
            assert!(
                answer.contains("Ce navigateur n’a pas été ouvert"),
                "{answer}"
            );
        }
        for path in [
            "/help",
            "/chat",
            "/shown",
            "/lang",
            "/charter/accept",
            "/alerts/1/contest",
        ] {
            let answer = post(
                address,
                path,
                &format!("{origin}{without}"),
                "{\"text\":\"x\"}",
            );
            assert!(answer.starts_with("HTTP/1.1 401"), "{path}: {answer}");
        }
    }
    assert!(stage.exchange("guess").starts_with("HTTP/1.1 403"));
    let ticket = stage.passes.ticket(moment()).unwrap().into_revealed();
    assert!(stage.exchange(&ticket).starts_with("HTTP/1.1 204"));
    assert!(stage.exchange(&ticket).starts_with("HTTP/1.1 403"), "once");
    let cookie = stage.enter();
    let answer = get(address, "/may", &format!("{host}{cookie}"));
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    let refused = post(
        address,
        "/help",
        &format!("{origin}{cookie}"),
        "{\"text\":\"x\"}",
    );
    assert!(refused.starts_with("HTTP/1.1 409"), "{refused}");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_its_own_page_is_answered() {
    let stage = Stage::set(Lang::En).await;
    let (address, port) = (stage.address, stage.address.port());
    let cookie = stage.enter();
    let (host, origin) = (&stage.host, format!("{}{cookie}", stage.origin));
    // A name that was rebound to loopback, another port's page, a frame: all with the cookie, as if the browser had sent it.
    for strange in [
        String::new(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: localhost:{port}\r\n"),
        "Host: 127.0.0.1\r\n".to_owned(),
        format!("{host}Sec-Fetch-Site: cross-site\r\n"),
        format!("{host}Sec-Fetch-Site: same-site\r\n"),
        format!("{host}Origin: http://127.0.0.1:1\r\n"),
        format!("{host}Origin: http://evil.example\r\n"),
    ] {
        for path in ["/", "/live", "/may"] {
            let answer = get(address, path, &format!("{strange}{cookie}"));
            let refused = answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400");
            assert!(refused, "{path} {strange}: {answer}");
        }
    }
    // A cross-site POST, as a form or a script of another page sends it.
    for strange in [
        host.clone(),
        format!("{host}Origin: http://localhost:{port}\r\n"),
        format!("{host}Origin: null\r\n"),
        format!("{host}Origin: http://evil.example\r\n"),
        format!("{host}Origin: https://{address}\r\n"),
        format!("{host}Origin: http://{address}\r\nOrigin: http://evil.example\r\n"),
        format!("Host: evil.example\r\nOrigin: http://{address}\r\n"),
    ] {
        for path in ["/help", "/open"] {
            let answer = post(address, path, &format!("{strange}{cookie}"), "{}");
            assert!(answer.starts_with("HTTP/1.1 403"), "{strange}: {answer}");
        }
    }
    let refused = post(address, "/help", &origin, "{\"text\":\"x\"}");
    assert!(refused.starts_with("HTTP/1.1 409"), "{refused}");
    assert!(refused.contains("application/problem+json"));
    assert!(refused.contains("No session is on at this seat."));
    let malformed = post(address, "/chat", &origin, "{");
    assert!(malformed.starts_with("HTTP/1.1 400"), "{malformed}");
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(20_000));
    let too_large = post(address, "/help", &origin, &large);
    assert!(too_large.starts_with("HTTP/1.1 413"), "{too_large}");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_is_refused_whatever_it_knows() {
    let stranger = Seat {
        uid: Uid(Uid::own().0 + 1),
        account: None,
    };
    let stage = Stage::of(stranger, Lang::Fr).await;
    let (address, host, origin) = (stage.address, &stage.host, &stage.origin);
    let ticket = stage.passes.ticket(moment()).unwrap().into_revealed();
    let secret = stage
        .passes
        .exchange(&ticket, moment())
        .unwrap()
        .reveal()
        .clone();
    let cookie = format!("Cookie: vigie-panel-{}={secret}\r\n", address.port());
    for path in ["/", "/panel.js", "/live", "/may"] {
        let answer = get(address, path, &format!("{host}{cookie}"));
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
        assert!(answer.contains("un autre compte"), "{answer}");
    }
    let again = stage.passes.ticket(moment()).unwrap().into_revealed();
    assert!(stage.exchange(&again).starts_with("HTTP/1.1 403"));
    let answer = post(address, "/help", &format!("{origin}{cookie}"), "{}");
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    stage.end().await;
}

/// Reads a stream of events until one of them says this.
fn until_said(stream: &mut TcpStream, wanted: &str) -> String {
    let mut seen = String::new();
    let mut buffer = [0; 4_096];
    while !seen.contains(wanted) {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_bounded_and_the_language_is_the_pupils() {
    let stage = Stage::set(Lang::En).await;
    let (address, cookie) = (stage.address, stage.enter());
    let request = format!("GET /live HTTP/1.1\r\n{}{cookie}\r\n", stage.host);
    let open = || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    let mut pages: Vec<_> = (0..PAGES_MAX).map(|_| open()).collect();
    for page in &mut pages {
        let seen = until_said(page, "\"session\":false");
        assert!(seen.contains("Supervision is off"), "{seen}");
    }
    until_said(&mut open(), "HTTP/1.1 503");

    // Another language: every open page is told, and the page is served in it from then on.
    let headers = format!("{}{cookie}", stage.origin);
    let asked = post(address, "/lang", &headers, "{\"lang\":\"fr\"}");
    assert!(asked.starts_with("HTTP/1.1 200"), "{asked}");
    let seen = until_said(&mut pages[0], "\"lang\":\"fr\"");
    assert!(seen.contains("Supervision arrêtée"), "{seen}");
    assert!(get(address, "/", &stage.host).contains("<html lang=\"fr\">"));
    let unknown = post(address, "/lang", &headers, "{\"lang\":\"xx\"}");
    assert!(unknown.starts_with("HTTP/1.1 422"), "{unknown}");
    drop(pages);
    stage.end().await;
}

fn shown(state: &PanelState) -> Value {
    serde_json::to_value(words::panel(state)).unwrap()
}

#[test]
fn no_session_says_that_nothing_is_collected() {
    let panel = shown(&PanelState::default());
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
        lang: Lang::En,
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
    let panel = shown(&state);
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
        json!([{"at_ms": 2_000, "host": "croxy.example", "words": "Forbidden", "article": "Art. 4.2",
            "askable": true, "asked": ""}])
    );
    assert!(panel["trouble"].as_str().unwrap().contains("2 actions"));
}

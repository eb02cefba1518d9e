//! Two schools, every role, and a client that can ask anything.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vigie_protocol::{EstablishmentId, Private, RoomId, SeatNo, Span, StaffId, Stamp};

use crate::app::{self, App, Running};
use crate::auth::hash_password;
use crate::clock::{Clock, Hand};
use crate::config::Config;
use crate::ids;
use crate::policy::Role;
use crate::store::logins::LoginRow;
use crate::store::people::{Pupil, Staff};
use crate::store::places::{Establishment, RoomRow, Seat};

/// A Tuesday morning.
pub(super) const MORNING: Stamp = Stamp(1_795_507_200_000);
pub(super) const HERE: &str = "0310001A";
pub(super) const THERE: &str = "0310002B";
pub(super) const ROOM: &str = "0310001A-cdi";
pub(super) const ELSEWHERE: &str = "0310002B-cdi";
pub(super) const PASSWORD: &str = "correct horse battery";

/// A running server with two schools.
pub(super) struct School {
    pub(super) running: Running,
    pub(super) hand: Hand,
    pub(super) data: TempDir,
}

/// What a client asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) cookie: Option<String>,
    /// None: our own; an empty one is left out.
    pub(super) origin: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
}

/// What it is answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    /// Every `Set-Cookie`, in order.
    pub(super) cookies: Vec<String>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }
    /// The pair of the cookie that begins so, as a browser sends it back.
    pub(super) fn cookie(&self, begins: &str) -> Option<String> {
        let set = self.cookies.iter().find(|set| set.starts_with(begins))?;
        set.split(';').next().map(str::to_owned)
    }
    /// The code of a problem.
    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl School {
    pub(super) async fn open() -> Self {
        Self::open_with(Config::default()).await
    }

    /// A server on an empty directory: nobody can sign in.
    pub(super) async fn empty() -> Self {
        Self::bare(Config::default()).await
    }

    pub(super) async fn open_with(config: Config) -> Self {
        let school = Self::bare(config).await;
        school.furnish().await;
        school
    }

    async fn bare(config: Config) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::by_hand(MORNING, TimeZone::get("Europe/Paris").unwrap());
        let config = Config {
            data: data.path().join("data"),
            listen: "127.0.0.1:0".parse().unwrap(),
            ..config
        };
        let running = app::start_at(config, clock).await.unwrap();
        Self {
            running,
            hand,
            data,
        }
    }

    /// Stops in good order and starts again on the same files.
    pub(super) async fn restart(self) -> Self {
        let Self {
            running,
            hand,
            data,
        } = self;
        let (config, clock) = (running.app().config.clone(), running.app().clock.clone());
        running.stop().await;
        let running = app::start_at(config, clock).await.unwrap();
        Self {
            running,
            hand,
            data,
        }
    }

    pub(super) fn app(&self) -> &App {
        self.running.app()
    }

    async fn furnish(&self) {
        let store = &self.app().store;
        // One hash for all: each costs what a guess should cost.
        let password = hash_password(&Private::new(PASSWORD.to_owned())).unwrap();
        for (school, name) in [(HERE, "Collège Jean-Moulin"), (THERE, "Collège Ailleurs")] {
            let id = EstablishmentId::new(school);
            store
                .put_establishment(&Establishment {
                    id: id.clone(),
                    name: name.to_owned(),
                })
                .await
                .unwrap();
            store
                .put_room(&RoomRow {
                    id: RoomId::new(format!("{school}-cdi")),
                    establishment: id.clone(),
                    name: "CDI".to_owned(),
                    seats: (1..=4)
                        .map(|seat| Seat {
                            seat: SeatNo(seat),
                            at: Some((seat, 0)),
                            workstation: None,
                        })
                        .collect(),
                })
                .await
                .unwrap();
            for role in Role::ALL {
                let staff = Self::staff(role, school);
                store
                    .add_staff(&Staff {
                        login: staff.to_string(),
                        name: format!("M. {role}").into(),
                        password: password.clone(),
                        disabled: false,
                        once: None,
                        id: staff.clone(),
                    })
                    .await
                    .unwrap();
                store.grant(&staff, &id, role).await.unwrap();
            }
            store
                .put_pupils(&[
                    pupil(&id, "ines", "Inès", "Bertrand"),
                    pupil(&id, "tom", "Tom", "Leroy"),
                ])
                .await
                .unwrap();
        }
    }

    pub(super) fn staff(role: Role, school: &str) -> StaffId {
        StaffId::new(format!("{role}-{school}"))
    }

    /// A cookie of somebody who signed in just now.
    pub(super) async fn cookie(&self, role: Role, school: &str) -> String {
        let app = self.app();
        let now = app.clock.now();
        let row = LoginRow {
            id: ids::token(),
            staff: Self::staff(role, school),
            started: now,
            ends: now + Span::minutes(600),
            revoked: false,
            serial: 1,
            seen: now,
            device: String::new(),
        };
        app.store.add_login(&row).await.unwrap();
        let cookie = app.auth.cookie(&row, 1, now).unwrap();
        format!("{}={}", cookie.name(), cookie.value())
    }

    /// Asks as somebody who is signed in, from our own page.
    pub(super) async fn as_role(&self, role: Role, method: &str, path: &str, body: &str) -> Answer {
        let asked = Asked {
            cookie: Some(self.cookie(role, HERE).await),
            body: (method != "GET").then(|| body.to_owned()),
            ..Asked::default()
        };
        self.ask(method, path, asked).await
    }

    pub(super) async fn ask(&self, method: &str, path: &str, asked: Asked) -> Answer {
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.running.address()
        );
        let origin = asked.origin.unwrap_or_else(|| self.running.url());
        if !origin.is_empty() {
            text.push_str(&format!("origin: {origin}\r\n"));
        }
        if let Some(cookie) = asked.cookie {
            text.push_str(&format!("cookie: {cookie}\r\n"));
        }
        for (name, value) in asked.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &asked.body {
            text.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            ));
        }
        text.push_str("\r\n");
        text.push_str(&asked.body.unwrap_or_default());
        let mut socket = TcpStream::connect(self.running.address()).await.unwrap();
        // A server that has refused already may not read the rest.
        let _ = socket.write_all(text.as_bytes()).await;
        let mut raw = Vec::new();
        let _ = socket.read_to_end(&mut raw).await;
        read(&String::from_utf8_lossy(&raw))
    }
}

fn read(raw: &str) -> Answer {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no answer: {raw:?}"));
    let pairs: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let cookies = pairs
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.clone())
        .collect();
    Answer {
        status,
        headers: pairs.into_iter().collect(),
        cookies,
        body: body.to_owned(),
    }
}

fn pupil(school: &EstablishmentId, account: &str, given: &str, family: &str) -> Pupil {
    Pupil {
        pseudonym: vigie_protocol::Pseudonym::new(format!("p-{account}-{school}")),
        establishment: school.clone(),
        account: Some(account.to_owned().into()),
        given: given.to_owned().into(),
        family: family.to_owned().into(),
        class: "4e B".to_owned(),
    }
}

//! Our side: a data directory with as many rooms and workstations as the load needs, a `vigie serve` on it, and a teacher who
//! opens the sessions. The tables are filled directly: enrolment is not what is measured.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use argon2::password_hash::{PasswordHasher as _, SaltString};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use vigie_migrations::{MigratorTrait as _, Tables};

use super::agents::{Workstation, now};
use super::load::{Link, Wire};
use crate::processes::Running;

/// Links that are dialled at once.
const DIALS: usize = 50;
/// Seats of each room.
pub const SEATS: usize = 40;
const UAI: &str = "0310001A";
const PASSWORD: &str = "craie-tableau-42";

/// A school that runs.
#[derive(Debug)]
pub struct School {
    pub address: SocketAddr,
    pub server: Running,
    pub rooms: Vec<String>,
    cookie: String,
    _data: TempDir,
}

impl School {
    /// Fills the tables, starts the server beside this program, signs in.
    ///
    /// # Errors
    /// The server is not built, or does not start.
    pub async fn start(workstations: usize) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let rooms = fill(&data, workstations).await?;
        let program = beside_us("vigie")?;
        let mut command = Command::new(&program);
        command
            .arg("serve")
            .env("VIGIE_DATA", data.path())
            .env("VIGIE_LISTEN", "127.0.0.1:0")
            .env("VIGIE_LOG", "warn");
        let mut server = Running::start(command)?;
        let address = server
            .line("ready http://", Duration::from_secs(20))
            .await
            .parse()?;
        let mut school = Self {
            address,
            server,
            rooms,
            cookie: String::new(),
            _data: data,
        };
        let body = format!(r#"{{"name":"rig","password":"{PASSWORD}"}}"#);
        let answer = school.ask("POST", "/api/v1/login", &body).await?;
        ensure!(answer.status == 204, "login: {answer:?}");
        school.cookie = answer
            .cookie()
            .with_context(|| format!("login sets no cookie: {answer:?}"))?;
        Ok(school)
    }

    /// Opens a session in every room.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn open_sessions(&self) -> anyhow::Result<()> {
        for room in &self.rooms {
            let path = format!("/api/v1/rooms/{room}/session");
            // With the chat open each message would go to forty panels: what is measured then is the fan-out, forty for one.
            // Closed, messages are recorded and judged, and nobody else reads them: the broker relays to one reader.
            let body = r#"{"task":"Exposé sur les volcans","minutes":90,"chat":false}"#;
            let answer = self.ask("POST", &path, body).await?;
            ensure!(answer.status == 201, "open {room}: {answer:?}");
        }
        Ok(())
    }

    /// Links every workstation. Those with a session go on after what is durable of it.
    ///
    /// # Errors
    /// One is refused.
    pub async fn link_all(&self, workstations: usize) -> anyhow::Result<Vec<Link>> {
        let address = self.address;
        let dials = (0..workstations).map(|number| async move {
            let (socket, lease) = Workstation::number(number)
                .link(address)
                .await
                .with_context(|| format!("link {number}"))?;
            let (session, next) = lease.map_or_else(Default::default, |lease| {
                (lease.session.to_string(), lease.through.0 + 1)
            });
            anyhow::Ok(Link {
                number,
                socket,
                wire: Wire::Vigie { session, next },
            })
        });
        stream::iter(dials).buffered(DIALS).try_collect().await
    }

    /// Headers with which a tablet opens its live socket.
    pub fn tablet_headers(&self) -> [(&'static str, String); 2] {
        [
            ("Cookie", self.cookie.clone()),
            ("Origin", format!("http://{}", self.address)),
        ]
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Answer> {
        let mut stream = TcpStream::connect(self.address).await?;
        let address = self.address;
        let cookie = &self.cookie;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {cookie}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .with_context(|| format!("{method} {path}: {text}"))?;
        Ok(Answer { status, text })
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    fn cookie(&self) -> Option<String> {
        let line = self.text.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie").then_some(value)
        })?;
        line.split(';').next().map(str::to_owned)
    }
}

/// A program of this workspace, built beside this one.
///
/// # Errors
/// It is not built.
pub fn beside_us(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    ensure!(
        path.exists(),
        "{} is not built: build the whole workspace",
        path.display()
    );
    Ok(path)
}

async fn fill(data: &TempDir, workstations: usize) -> anyhow::Result<Vec<String>> {
    let file = data.path().join("vigie.sqlite");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let tables = Database::connect(url).await?;
    Tables::up(&tables, None).await?;
    let at = now().0;
    let salt =
        SaltString::from_b64("cmlncmlncmlncmln").map_err(|error| anyhow::anyhow!("{error}"))?;
    let password = argon2::Argon2::default()
        .hash_password(PASSWORD.as_bytes(), &salt)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let charter = vigie_filters::default_charter();
    let digest = vigie_filters::read_charter(charter).0.digest;
    for statement in [
        format!("INSERT INTO establishments (id, name) VALUES ('{UAI}', 'Collège du banc')"),
        format!(
            "INSERT INTO staff (id, login, name, password) VALUES ('rig', 'rig', 'Le banc', '{password}')"
        ),
        format!(
            "INSERT INTO grants (staff, establishment, role) VALUES ('rig', '{UAI}', 'teacher')"
        ),
        format!(
            "INSERT INTO charters (establishment, adopted_ms, digest, text) VALUES ('{UAI}', {at}, '{digest}', '{}')",
            charter.replace('\'', "''")
        ),
    ] {
        tables.execute_unprepared(&statement).await?;
    }
    let mut rooms = Vec::new();
    for first in (0..workstations).step_by(SEATS) {
        let room = format!("{UAI}-rig{}", rooms.len());
        fill_room(&tables, &room, first..workstations.min(first + SEATS), at).await?;
        rooms.push(room);
    }
    tables.close().await?;
    Ok(rooms)
}

async fn fill_room(
    tables: &DatabaseConnection,
    room: &str,
    workstations: std::ops::Range<usize>,
    at: i64,
) -> anyhow::Result<()> {
    let mut seats = Vec::new();
    let mut computers = Vec::new();
    for (seat, number) in (1..).zip(workstations) {
        let workstation = Workstation::number(number);
        seats.push(format!("('{room}', {seat})"));
        computers.push(format!(
            "('{}', '{UAI}', '{}', '{room}', {seat}, {at})",
            workstation.id,
            workstation.public_key()
        ));
    }
    for statement in [
        format!("INSERT INTO rooms (id, establishment, name) VALUES ('{room}', '{UAI}', '{room}')"),
        format!("INSERT INTO seats (room, seat) VALUES {}", seats.join(",")),
        format!(
            "INSERT INTO workstations (id, establishment, key, room, seat, enrolled_ms) VALUES {}",
            computers.join(",")
        ),
    ] {
        tables.execute_unprepared(&statement).await?;
    }
    Ok(())
}

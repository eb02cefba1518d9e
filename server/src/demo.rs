//! `vigie demo`: a sample school with pupils at work, so that a stranger understands the product in a minute.
//!
//! Owns the sample and its script. The server is the one that `serve` starts; the pupils are real agents (brain, spool, link)
//! with scripted sensors. The only part of the server that knows the agent. Loopback only, random passwords at each start.

mod cable;
mod pupil;
mod school;
mod script;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use tempfile::TempDir;
use vigie_agent::{Able, Agent, BackOff, Compiled, Messages};
use vigie_protocol::{Sensor, Span};

use self::cable::Cable;
use self::pupil::Pupil;
use self::school::Chair;
use self::script::{Deed, Life, Step};
use crate::app::{self, Running};
use crate::config::Config;

/// The script that ships.
const PUPILS: &str = include_str!("demo/pupils.txt");
/// Marks a data directory as the demo's own: `serve` refuses it, and the demo may empty it.
pub const MARK: &str = "demo";
/// Seats in a room of pupils beyond the script.
const ROOM_SEATS: u16 = 30;
/// How long an agent of the sample may take to be enrolled and linked.
const UP_WITHIN: Duration = Duration::from_secs(20);

/// What `vigie demo` is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on loopback; 0 lets the system choose.
    pub port: u16,
    /// How many pupils; beyond the script's, more pupils at quiet work sit in further rooms.
    pub seats: u16,
    /// Where to keep the sample; none is a folder that is gone afterwards.
    pub data: Option<PathBuf>,
    /// End by itself after so many seconds.
    pub seconds: Option<u64>,
}

/// How many pupils the script has.
pub const SCRIPTED: u16 = 24;

/// Runs the demo until it is told to stop, or its time is over. What it prints goes to `out`.
pub async fn run(options: Options, out: &mut impl Write) -> anyhow::Result<()> {
    let lives = cast(options.seats)?;
    let folder = Folder::take(options.data.as_deref())?;
    let config = Config {
        data: folder.path().join("server"),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)),
        ..Config::default()
    };
    let mut running = app::start(config).await?;
    let (logins, chairs) = school::build(running.app(), lives.clone()).await?;
    for login in logins {
        writeln!(
            out,
            "login {} {} {}",
            login.role.word(),
            login.name,
            login.password.reveal()
        )?;
    }
    let compiled = std::sync::Arc::new(Compiled::default());
    for (number, chair) in chairs.into_iter().enumerate() {
        let data = folder.path().join("seats").join(number.to_string());
        seat(&running, chair, data, std::sync::Arc::clone(&compiled)).await?;
    }
    school::open(running.app(), &lives).await?;
    writeln!(out, "ready {}", running.url())?;
    out.flush()?;
    tokio::select! {
        ended = running.ended() => ended.context("the server ended by itself")?,
        _interrupted = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
        () = time_over(options.seconds) => {}
    }
    running.stop().await;
    Ok(())
}

/// The script's first pupils, and beyond them pupils who only work.
fn cast(seats: u16) -> anyhow::Result<Vec<Life>> {
    let mut lives = script::read(PUPILS)?;
    lives.truncate(usize::from(seats));
    for extra in 0..seats.saturating_sub(SCRIPTED) {
        let number = extra + 1;
        let pace = i64::from(number % 40);
        lives.push(Life {
            room: (3 + extra / ROOM_SEATS).to_string(),
            seat: extra % ROOM_SEATS + 1,
            name: format!("Élève {number}"),
            class: "6e".to_owned(),
            account: Some(format!("eleve.{number}")),
            steps: vec![
                Step {
                    after: Span::seconds(pace),
                    deed: Deed::Front("firefox".to_owned()),
                },
                Step {
                    after: Span::seconds(pace + 1),
                    deed: Deed::Visit("fr.wikipedia.org".to_owned()),
                },
                Step {
                    after: Span::seconds(pace + 40),
                    deed: Deed::Front("libreoffice-writer".to_owned()),
                },
            ],
            again_after: Span::seconds(100 + pace),
            on_message: Vec::new(),
            on_release: Vec::new(),
        });
    }
    Ok(lives)
}

/// Sits a pupil's agent down: enrolled by its own token over its own cable.
async fn seat(
    running: &Running,
    chair: Chair,
    data: PathBuf,
    compiled: std::sync::Arc<Compiled>,
) -> anyhow::Result<()> {
    let Chair { life, token } = chair;
    let cable = Cable::lay(running.address())
        .await
        .context("cannot lay a pupil's cable")?;
    let server = format!("ws://{}/agent/v1", cable.end).parse()?;
    let config = vigie_agent::Config {
        enrol: Some(token),
        back_off: BackOff {
            first: Span::seconds(1),
            most: Span::seconds(4),
        },
        compiled,
        ..vigie_agent::Config::new(server, data)
    };
    let able = Able {
        desktop: "x11".to_owned(),
        sensors: [
            Sensor::Connections,
            Sensor::Urls,
            Sensor::Front,
            Sensor::Titles,
            Sensor::Presence,
        ]
        .into(),
        messages: Messages::AtOnce,
        when_dead: Some("open".to_owned()),
        ..Able::default()
    };
    let (agent, desk) = Agent::start(config, able).await?;
    let mut panel = agent.panel();
    let linked = panel.wait_for(|it| it.link == vigie_agent::agent::Link::Up);
    let up = tokio::time::timeout(UP_WITHIN, linked).await;
    if !matches!(up, Ok(Ok(_))) {
        bail!(
            "the agent of seat {} in {} did not come up",
            life.seat,
            life.room
        );
    }
    let clock = running.app().clock.clone();
    tokio::spawn(
        Pupil {
            life,
            agent,
            desk,
            cable,
            clock,
        }
        .live(),
    );
    Ok(())
}

/// The folder that holds the sample: a temporary one, or one that the demo made earlier and may empty.
enum Folder {
    Temporary(TempDir),
    Given(PathBuf),
}

impl Folder {
    fn take(given: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = given else {
            return Ok(Self::Temporary(
                tempfile::tempdir().context("cannot make a temporary folder")?,
            ));
        };
        let mark = path.join(MARK);
        let fail = || format!("cannot use the folder {}", path.display());
        let taken = path.is_dir() && std::fs::read_dir(path).with_context(fail)?.next().is_some();
        if taken && !mark.exists() {
            bail!(
                "{} is not empty and was not made by the demo: name another folder",
                path.display()
            );
        }
        if taken {
            std::fs::remove_dir_all(path).with_context(fail)?;
        }
        std::fs::create_dir_all(path.join("server")).with_context(fail)?;
        std::fs::write(
            &mark,
            "This folder is the demo's own; it empties it at each start.\n",
        )
        .with_context(fail)?;
        std::fs::write(path.join("server").join(MARK), "").with_context(fail)?;
        Ok(Self::Given(path.to_owned()))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Given(path) => path,
        }
    }
}

async fn terminated() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

async fn time_over(seconds: Option<u64>) {
    match seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        None => std::future::pending().await,
    }
}

//! The command line: `vigie-agent enrol` once, `vigie-agent run` for ever after; `panel` is the pupil's own, `doctor` the
//! technician's.
//!
//! Owns the process: its log (to stderr, one line each, nothing personal in it), its signals, its exit code. What others read
//! goes to stdout: `enrolled …`, `panel …`, `proxy …`, `door …`. Next: [`Agent`] and [`desktop`]; `panel` and `doctor` beside.

mod doctor;
mod panel;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use rustix::fs::Mode;
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use url::Url;
use vigie_protocol::frame::Leaving;
use vigie_protocol::{CloseCode, Private};

use crate::agent::{Agent, Link};
use crate::computer;
use crate::config::Config;
use crate::desk::Able;
use crate::desktop;
use crate::panel::Panel;
use crate::seat::door::{self, Behind};
use crate::seat::{Passes, Seat};
use crate::text::Lang;

/// Time given to the server to answer an enrolment.
const ENROL_WITHIN: Duration = Duration::from_secs(30);
/// Time given to the system to say whether the machine is being switched off.
const ASK_WITHIN: Duration = Duration::from_secs(1);
/// Where the settings are kept, in the data folder.
const SETTINGS: &str = "agent.toml";

/// Vigie's agent on a workstation.
#[derive(Debug, Parser)]
#[command(name = "vigie-agent", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make this workstation known to a server, with a token of `vigie agent token`
    Enrol(Enrol),
    /// Run: link, sensors, filtering proxy, student panel
    Run(Run),
    /// Open the student panel in the browser of the account that sits here; for its icon and its start of session
    Panel(panel::Panel),
    /// Say in plain words what works here and what does not. Exit code: 0 everything works, 1 something does not
    Doctor(doctor::Doctor),
}

#[derive(Debug, Args)]
struct Enrol {
    /// Where the server waits for agents: wss://…/agent/v1
    #[arg(long)]
    server: Url,
    /// The enrolment token
    #[arg(long, env = "VIGIE_AGENT_TOKEN", hide_env_values = true)]
    token: String,
    /// A folder of the agent's own
    #[arg(long, env = "VIGIE_AGENT_DATA")]
    data: PathBuf,
    /// Certificates to trust beside the usual ones (PEM)
    #[arg(long)]
    authority: Option<PathBuf>,
    /// Forget who this workstation was, with all that it kept: for a copied disk, or one that was refused
    #[arg(long)]
    afresh: bool,
}

#[derive(Debug, Args)]
struct Run {
    /// The folder of the enrolment
    #[arg(long, env = "VIGIE_AGENT_DATA")]
    data: PathBuf,
    /// Loopback port of the filtering proxy; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    proxy_port: u16,
    /// Loopback port of the student panel; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    panel_port: u16,
    /// The X display; DISPLAY when it is not given
    #[arg(long)]
    display: Option<String>,
    /// The account that sits here, where it is not the one that the agent runs in
    #[arg(long)]
    account: Option<String>,
    /// The program that opens a link in the pupil's browser; the desktop's own when it is not given
    #[arg(long)]
    opener: Option<String>,
    /// Language of windows, and of the panel until the pupil chooses another: fr or en; that of the environment when it is not given
    #[arg(long)]
    lang: Option<String>,
    /// Range of the local network that the proxy may reach (10.31.0.0/16, or one address); may be repeated, and
    /// added to `allow` in the data folder's agent.toml. It reaches no private address otherwise
    #[arg(long)]
    allow: Vec<String>,
    /// Where the pupil's account asks for its panel: a Unix socket. In the service's runtime folder when it has one
    /// (RuntimeDirectory=vigie), else in the data folder
    #[arg(long, env = "VIGIE_AGENT_DOOR")]
    door: Option<PathBuf>,
    /// name=address:port for a name that does not go to the system's resolver; may be repeated
    #[arg(long)]
    resolve: Vec<String>,
    /// Seconds without keyboard or pointer after which nobody is at the seat
    #[arg(long)]
    away_after: Option<u64>,
}

/// What an enrolment leaves for every run.
#[derive(Debug, Serialize, Deserialize)]
struct Settings {
    server: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authority: Option<PathBuf>,
    /// Ranges of the local network that the proxy may reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow: Vec<String>,
}

/// Runs the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // What this process makes is for its own account alone.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    log();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no runtime")
        .and_then(|runtime| {
            runtime.block_on(async {
                match cli.command {
                    Command::Enrol(enrol) => self::enrol(enrol).await?,
                    Command::Run(run) => self::run(run).await?,
                    Command::Panel(panel) => panel.open().await?,
                    Command::Doctor(doctor) => return Ok(doctor.look().await),
                }
                Ok(ExitCode::SUCCESS)
            })
        });
    match done {
        Ok(code) => code,
        Err(error) => {
            // The last word goes to whoever typed the command, whatever the log's filter says.
            let _nobody_reads = writeln!(io::stderr(), "vigie-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Lines to stderr; under systemd the journal adds the time itself.
fn log() {
    let filter = EnvFilter::try_from_env("VIGIE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(false);
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        lines.without_time().init();
    } else {
        lines.init();
    }
}

async fn enrol(enrol: Enrol) -> anyhow::Result<()> {
    if enrol.afresh {
        forget(&enrol.data)?;
    }
    let mut config = Config::new(enrol.server.clone(), enrol.data.clone());
    config.machine = computer::machine();
    config.host = computer::host();
    config.authority.clone_from(&enrol.authority);
    config.enrol = Some(Private::new(enrol.token));
    let (agent, _desk) = Agent::start(config, Able::default())
        .await
        .context("the agent cannot start")?;
    let mut panel = agent.panel();
    let answered = panel.wait_for(|state| matches!(state.link, Link::Up | Link::Refused { .. }));
    let link = match tokio::time::timeout(ENROL_WITHIN, answered).await {
        Ok(Ok(state)) => state.link.clone(),
        Ok(Err(_)) => bail!("the agent stopped before the server answered"),
        Err(_) => bail!("the server at {} does not answer", enrol.server),
    };
    agent.stop(Leaving::Stopped).await;
    if let Link::Refused { code, reason } = link {
        if code == CloseCode::Impostor.number() {
            bail!("this workstation refused the server: {reason} ({code})");
        }
        bail!("the server refused this workstation: {reason} ({code})");
    }
    let settings = Settings {
        server: enrol.server.into(),
        authority: enrol.authority,
        allow: Vec::new(),
    };
    keep(&enrol.data, &settings)?;
    tell(&format!("enrolled {}", agent.workstation()))
}

/// Empties the folder of an agent: its key, its spool, the server it knew. Nothing else is an agent's folder.
fn forget(data: &Path) -> anyhow::Result<()> {
    if !data.join("workstation").exists() {
        return Ok(());
    }
    let lock = fs::File::open(data.join("lock")).context("the lock")?;
    if lock.try_lock().is_err() {
        bail!("{}: an agent runs on it; stop it first", data.display());
    }
    for kept in [
        "workstation",
        "key.pem",
        "server",
        "lease.json",
        SETTINGS,
        "spool",
    ] {
        let path = data.join(kept);
        let gone = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else if path.exists() {
            fs::remove_file(&path)
        } else {
            Ok(())
        };
        gone.with_context(|| format!("{}: cannot be forgotten", path.display()))?;
    }
    Ok(())
}

fn keep(data: &Path, settings: &Settings) -> anyhow::Result<()> {
    let path = data.join(SETTINGS);
    let new = path.with_extension("new");
    let text = toml::to_string(settings).context("settings")?;
    fs::write(&new, text)
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("{}: cannot be written", path.display()))
}

fn settings(data: &Path) -> anyhow::Result<Settings> {
    let path = data.join(SETTINGS);
    let text = fs::read_to_string(&path).with_context(|| {
        format!(
            "{}: cannot be read (was this workstation enrolled?)",
            path.display()
        )
    })?;
    toml::from_str(&text).with_context(|| format!("{}: not understood", path.display()))
}

async fn run(run: Run) -> anyhow::Result<()> {
    let settings = settings(&run.data)?;
    let lang = lang(run.lang.as_deref());
    let account = run.account.clone();
    let seat = tokio::task::spawn_blocking(move || Seat::of(account.as_deref())).await?;
    let seat = seat.with_context(|| format!("account {}", run.account.unwrap_or_default()))?;
    if seat.is_own() {
        tracing::warn!(
            "the agent runs in the account that sits here, which can read its key and its spool: \
             give it an account of its own and name the pupil's with --account"
        );
    }
    let mut options = desktop::Options {
        proxy_port: run.proxy_port,
        display: run.display,
        panel: None,
        lang: lang.tag().to_owned(),
        resolve: run.resolve,
        away_after: run.away_after.map(Duration::from_secs),
        allow: settings.allow.into_iter().chain(run.allow).collect(),
        opener: run.opener,
    };
    let probed = options.clone();
    let able = tokio::task::spawn_blocking(move || desktop::probe(&probed)).await?;
    let server = Url::parse(&settings.server)
        .with_context(|| format!("{}: not an address", settings.server))?;
    let door = run.door.unwrap_or_else(|| door::usual(&run.data));
    let mut config = Config::new(server, run.data);
    config.authority = settings.authority;
    config.machine = computer::machine();
    config.host = computer::host();
    config.lang = lang;
    let (agent, desk) = Agent::start(config, able)
        .await
        .context("the agent cannot start")?;
    let passes = Arc::new(Passes::new()?);
    let panel = Panel::start(
        agent.clone(),
        run.panel_port,
        seat.clone(),
        Arc::clone(&passes),
    )
    .with_context(|| format!("the panel's port {} cannot be used", run.panel_port))?;
    options.panel = Some(panel.address());
    let desktop = desktop::start(desk, options, seat.clone(), Arc::clone(&passes))
        .await
        .with_context(|| format!("the proxy cannot start on port {}", run.proxy_port))?;
    let stop = CancellationToken::new();
    let behind = Behind {
        agent: agent.clone(),
        seat,
        passes,
        panel: panel.address(),
        proxy: desktop.proxy,
    };
    door::open(&door, behind, stop.clone())
        .with_context(|| format!("{}: the panel's door cannot be opened", door.display()))?;
    tell(&format!("panel http://{}/", panel.address()))?;
    tell(&format!("proxy {}", desktop.proxy))?;
    tell(&format!("door {}", door.display()))?;
    let why = wait_for_the_end().await?;
    stop.cancel();
    drop(desktop);
    agent.stop(why).await;
    panel.stop().await;
    // A door that leads nowhere is taken away; the next run would do it as well.
    let _gone = fs::remove_file(&door);
    Ok(())
}

/// The language asked for, else that of the environment (locale(7)), else French.
fn lang(asked: Option<&str>) -> Lang {
    let asked = asked.and_then(Lang::known);
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
    let set = named.filter_map(|name| std::env::var(name).ok());
    asked
        .or_else(|| {
            set.filter(|tag| !tag.is_empty())
                .find_map(|tag| Lang::known(&tag))
        })
        .unwrap_or_default()
}

async fn wait_for_the_end() -> anyhow::Result<Leaving> {
    let mut term = signal(SignalKind::terminate()).context("no signals")?;
    tokio::select! {
        _ = term.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("no signals")?,
    }
    Ok(leaving().await)
}

/// Whether the whole machine is on its way down, as systemd says (`is-system-running`, systemctl(1)). Where nobody says so, it
/// is the agent that stops.
async fn leaving() -> Leaving {
    let mut asking = tokio::process::Command::new("systemctl");
    asking.arg("is-system-running").kill_on_drop(true);
    match tokio::time::timeout(ASK_WITHIN, asking.output()).await {
        Ok(Ok(output)) if output.stdout.starts_with(b"stopping") => Leaving::Off,
        _ => Leaving::Stopped,
    }
}

fn tell(line: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .context("stdout")
}

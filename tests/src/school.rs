//! A school for a test: set up from an empty directory by the command line, as an administrator does it, and served by the real
//! server; and one workstation of it with the real agent.
//!
//! Owns the data directories and the processes; dropped, everything is gone. Never reaches into the server's tables.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::display::Display;
use crate::processes::{Running, binary};

/// The school's code.
pub const UAI: &str = "0310001A";
/// The password of every adult of the school.
pub const PASSWORD: &str = "une phrase assez longue";
/// How long a process of ours may take to be ready.
const READY_WAIT: Duration = Duration::from_secs(30);

/// The charter of the test's school: small, so that a test knows every word of it.
pub const CHARTER: &str = include_str!("school/charter.toml");

/// A school and, while it runs, its server.
#[derive(Debug)]
pub struct School {
    data: TempDir,
    /// Its one room.
    pub room: String,
    port: u16,
    server: Option<Running>,
}

impl School {
    /// A school with one room of four seats, an assistant `renaud`, a documentalist `diallo`, a pupil for the account that runs the test, a charter, and a
    /// list whose category `proxy` holds `croxy-proxy.test`; served.
    ///
    /// # Errors
    /// A command of `vigie` refuses.
    pub async fn start() -> anyhow::Result<Self> {
        let mut school = Self::nowhere()?;
        let files = tempfile::tempdir()?;
        let path = |name: &str| files.path().join(name).display().to_string();
        std::fs::create_dir_all(files.path().join("lists/proxy"))?;
        std::fs::write(
            files.path().join("lists/proxy/domains"),
            "croxy-proxy.test\n",
        )?;
        std::fs::write(files.path().join("charter.toml"), CHARTER)?;
        school
            .vigie(&["school", "add", UAI, "Collège du Test"])
            .await?;
        let room = [
            "room",
            "add",
            "--school",
            UAI,
            "CDI",
            "--seats",
            "4",
            "--columns",
            "2",
        ];
        school.room = school.vigie(&room).await?;
        let user = [
            "user",
            "add",
            "renaud",
            "--school",
            UAI,
            "--role",
            "assistant",
            "--name",
            "M. Renaud",
        ];
        school.vigie(&user).await?;
        let user = [
            "user",
            "add",
            "diallo",
            "--school",
            UAI,
            "--role",
            "documentalist",
            "--name",
            "Mme Diallo",
        ];
        school.vigie(&user).await?;
        let account = account().await?;
        let pupil = [
            "pupil", "add", "--school", UAI, "--given", "Inès", "--family", "Besson", "--class",
            "4e B",
        ];
        let mut pupil: Vec<&str> = pupil.into();
        pupil.extend(["--account", &account]);
        school.vigie(&pupil).await?;
        let (lists, compiled) = (path("lists"), path("lists.vgl"));
        school
            .vigie(&["lists", "build", &lists, "-o", &compiled])
            .await?;
        school.vigie(&["lists", "adopt", &compiled]).await?;
        school
            .vigie(&["charter", "adopt", &path("charter.toml")])
            .await?;
        school.serve().await?;
        Ok(school)
    }

    /// A server on an empty directory, and the code that it prints for its first administrator.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn empty() -> anyhow::Result<(Self, String)> {
        let mut school = Self::nowhere()?;
        school.serve().await?;
        let code = match &mut school.server {
            Some(server) => server.line("code ", READY_WAIT).await,
            None => String::new(),
        };
        Ok((school, code))
    }

    fn nowhere() -> anyhow::Result<Self> {
        Ok(Self {
            data: tempfile::tempdir()?,
            room: String::new(),
            port: 0,
            server: None,
        })
    }

    /// Runs a command of `vigie` to its end; what it reads on standard input is the password.
    ///
    /// # Errors
    /// It failed; with what it said.
    pub async fn vigie(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command()?;
        command.args(arguments).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that reads no password closes its end.
            let _ = stdin.write_all(format!("{PASSWORD}\n").as_bytes()).await;
        }
        let output = child.wait_with_output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "vigie {arguments:?}: {said}");
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn command(&self) -> anyhow::Result<Command> {
        let mut command = plain(&binary("vigie")?);
        command.env("VIGIE_DATA", self.data.path());
        command.env("VIGIE_LISTEN", format!("127.0.0.1:{}", self.port));
        Ok(command)
    }

    /// Starts the server; after the first time on the same port, as an address does not change when a server restarts.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn serve(&mut self) -> anyhow::Result<()> {
        let mut command = self.command()?;
        command.arg("serve");
        let mut server = Running::start(command)?;
        let url = server.line("ready ", READY_WAIT).await;
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
        self.port = port.with_context(|| format!("a port in {url}"))?;
        self.server = Some(server);
        Ok(())
    }

    /// `kill -9`: nothing is flushed, nothing is said.
    pub async fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill().await;
        }
    }

    /// What the server printed since it was last started.
    pub fn said(&self) -> String {
        self.server.as_ref().map(Running::said).unwrap_or_default()
    }

    /// Where browsers find it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Enrols a workstation on a seat and starts its agent.
    ///
    /// # Errors
    /// The agent does not enrol or does not start.
    pub async fn workstation(
        &self,
        seat: u16,
        desktop: Desktop<'_>,
    ) -> anyhow::Result<Workstation> {
        let seat = seat.to_string();
        let token = ["agent", "token", "--room", &self.room, "--seat", &seat];
        let token = self.vigie(&token).await?;
        let server = format!("ws://127.0.0.1:{}/agent/v1", self.port);
        Workstation::enrol(&server, &token, desktop).await
    }
}

/// What a workstation has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Desktop<'a> {
    /// The display of its sensors and its lock; none means that it has no desktop.
    pub display: Option<&'a Display>,
    /// `name=address:port`: made-up names of the web.
    pub resolve: &'a [String],
    /// The account that sits there; none: that of the test.
    pub account: Option<&'a str>,
    /// Where the panel's door is; none: in the data folder.
    pub door: Option<&'a Path>,
    /// A folder of programs that the agent finds before the system's.
    pub programs: Option<&'a Path>,
}

/// A workstation whose agent runs.
#[derive(Debug)]
pub struct Workstation {
    /// The student panel's address, without a ticket.
    pub panel: String,
    /// Where a browser finds the proxy.
    pub proxy: std::net::SocketAddr,
    /// The process.
    pub agent: Running,
    data: TempDir,
}

impl Workstation {
    /// Enrols this machine by a token at `server`, and starts its agent.
    ///
    /// # Errors
    /// The agent does not enrol or does not start.
    pub async fn enrol(server: &str, token: &str, desktop: Desktop<'_>) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let mut enrol = plain(&binary("vigie-agent")?);
        enrol.args(["enrol", "--server", server, "--token", token, "--data"]);
        let output = enrol.arg(data.path()).output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "vigie-agent enrol: {said}");
        let mut command = plain(&binary("vigie-agent")?);
        command.args(["run", "--proxy-port", "0", "--panel-port", "0", "--data"]);
        command.arg(data.path());
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        if let Some(display) = desktop.display {
            command.args(["--display", &display.name]);
        }
        if let Some(account) = desktop.account {
            command.args(["--account", account]);
        }
        if let Some(door) = desktop.door {
            command.arg("--door").arg(door);
        }
        if let Some(folder) = desktop.programs {
            let path = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("{}:{path}", folder.display()));
        }
        for name in desktop.resolve {
            command.args(["--resolve", name]);
        }
        let mut agent = Running::start(command)?;
        let panel = agent.line("panel ", READY_WAIT).await;
        let proxy = agent.line("proxy ", READY_WAIT).await;
        Ok(Self {
            panel,
            proxy: proxy.parse().context("the proxy's address")?,
            agent,
            data,
        })
    }

    /// A one-time address of the panel, as the pupil's icon gets it.
    ///
    /// # Errors
    /// The agent does not answer at its door.
    pub async fn ticket(&self) -> anyhow::Result<String> {
        let mut command = plain(&binary("vigie-agent")?);
        command
            .args(["panel", "--print", "--data"])
            .arg(self.data());
        let output = command.output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "vigie-agent panel: {said}");
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// What the doctor prints of this workstation, and its exit code.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn doctor(&self, more: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
        let mut command = plain(&binary("vigie-agent")?);
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command
            .args(["doctor", "--data"])
            .arg(self.data())
            .args(more);
        let output = command.output().await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.code(), said))
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Asks the agent to stop, and hands over its data directory.
    pub async fn stop(self) -> TempDir {
        self.agent.stop().await;
        self.data
    }
}

/// A program without the settings of whoever runs the tests.
fn plain(program: &PathBuf) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VIGIE_") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "fr_FR.UTF-8");
    command
}

/// The system account that runs the test: the agent finds the same.
///
/// # Errors
/// The system does not say.
pub async fn account() -> anyhow::Result<String> {
    let output = Command::new("id").arg("-un").output().await?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

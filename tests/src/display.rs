//! A display of its own for a test: Xvfb with openbox, and what a person does there.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tokio::process::Command;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, GrabStatus};
use x11rb::rust_connection::RustConnection;

use crate::patience::{until, within};
use crate::processes::Running;

/// Another client that holds the keyboard, as an open menu does. Dropped, it lets go.
#[derive(Debug)]
pub struct Grab {
    _connection: RustConnection,
}

impl Grab {
    /// Takes the keyboard.
    ///
    /// # Errors
    /// The display is gone, or somebody else holds it.
    pub fn take(display: &Display) -> anyhow::Result<Self> {
        let (connection, screen) = RustConnection::connect(Some(&display.name))?;
        let screen = connection.setup().roots.get(screen).context("a screen")?;
        let root = screen.root;
        let (asynchronous, now) = (GrabMode::ASYNC, x11rb::CURRENT_TIME);
        let grab = connection.grab_keyboard(true, root, now, asynchronous, asynchronous)?;
        let status = grab.reply()?.status;
        anyhow::ensure!(status == GrabStatus::SUCCESS, "the keyboard is taken");
        Ok(Self {
            _connection: connection,
        })
    }
}

/// A virtual display with a window manager. Dropped, everything on it dies.
#[derive(Debug)]
pub struct Display {
    /// `:7`, chosen by the X server among those that are free.
    pub name: String,
    // Dropped in this order: the window manager first.
    manager: Option<Running>,
    _server: Running,
}

impl Display {
    /// Starts both; returns once windows are managed.
    ///
    /// # Errors
    /// Xvfb or openbox is not installed.
    pub async fn start() -> anyhow::Result<Self> {
        let mut display = Self::bare().await?;
        let mut command = display.command("openbox");
        command.arg("--sm-disable");
        display.manager = Some(Running::start(command)?);
        until("a window manager", Duration::from_secs(20), async || {
            let told = display.ask("xprop", &["-root", "_NET_SUPPORTED"]).await;
            told.ok().filter(|told| told.contains("_NET_ACTIVE_WINDOW"))
        })
        .await;
        Ok(display)
    }

    /// An X server without a window manager.
    ///
    /// # Errors
    /// Xvfb is not installed.
    pub async fn bare() -> anyhow::Result<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x800x24"]);
        command.args(["-nolisten", "tcp", "-noreset"]);
        let mut server = Running::start(command)?;
        let number = server.line("", Duration::from_secs(20)).await;
        Ok(Self {
            name: format!(":{number}"),
            manager: None,
            _server: server,
        })
    }

    /// A command on this display.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY");
        command
    }

    /// Runs a command on this display to its end and answers what it printed.
    ///
    /// # Errors
    /// It failed.
    pub async fn ask(&self, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(program).args(arguments).output();
        let output = within(program, Duration::from_secs(20), output).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{program} {arguments:?}: {said}");
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A terminal with this title in which `cat` writes every line that is typed to a file.
    ///
    /// # Errors
    /// xterm is not installed.
    pub async fn terminal(&self, title: &str, typed_into: &Path) -> anyhow::Result<Running> {
        let mut command = self.command("xterm");
        let script = format!("cat > '{}'", typed_into.display());
        command.args(["-T", title, "-e", "sh", "-c", &script]);
        let terminal = Running::start(command)?;
        self.window(title).await;
        Ok(terminal)
    }

    /// The window with that title, once it is there.
    pub async fn window(&self, title: &str) -> String {
        let search = ["search", "--onlyvisible", "--name", title];
        until(title, Duration::from_secs(20), async || {
            let found = self.ask("xdotool", &search).await.ok()?;
            found.lines().next().map(str::to_owned)
        })
        .await
    }

    /// Brings a window to the front as a window manager does, and waits until it is.
    ///
    /// # Errors
    /// The window is gone.
    pub async fn activate(&self, window: &str) -> anyhow::Result<()> {
        self.ask("xdotool", &["windowactivate", "--sync", window])
            .await?;
        Ok(())
    }

    /// Types as a keyboard does: through the X server, to whoever has the input.
    ///
    /// # Errors
    /// xdotool is not installed.
    pub async fn type_text(&self, text: &str) -> anyhow::Result<()> {
        self.ask("xdotool", &["type", "--delay", "8", text]).await?;
        Ok(())
    }

    /// Presses a key by its X name.
    ///
    /// # Errors
    /// xdotool is not installed.
    pub async fn press(&self, key: &str) -> anyhow::Result<()> {
        self.ask("xdotool", &["key", key]).await?;
        Ok(())
    }

    /// The whole screen as a picture: its colours by place are asked with [`Display::colour`].
    ///
    /// # Errors
    /// ImageMagick is not installed.
    pub async fn screenshot(&self, png: &Path) -> anyhow::Result<()> {
        let path = png.to_str().context("a path that is text")?;
        self.ask("import", &["-window", "root", path]).await?;
        Ok(())
    }

    /// The colour of one pixel of the screen, `#rrggbb`.
    ///
    /// # Errors
    /// ImageMagick is not installed.
    pub async fn colour(&self, x: u32, y: u32) -> anyhow::Result<String> {
        let crop = format!("1x1+{x}+{y}");
        let ask = ["-window", "root", "-crop", &crop, "-depth", "8", "txt:-"];
        let told = self.ask("import", &ask).await?;
        let colour = told
            .split_whitespace()
            .find(|word| word.starts_with('#') && word.len() == 7)
            .context("a colour")?;
        Ok(colour.to_lowercase())
    }
}

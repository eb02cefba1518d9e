//! Processes that are killed when their guard is dropped, whatever the test did.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::patience;

/// Lines kept of a process, for the story of a failed test.
const LINES_MAX: usize = 4_000;

/// A process of the test. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Starts a command and reads what it prints.
    ///
    /// # Errors
    /// The program is not there.
    pub fn start(command: Command) -> anyhow::Result<Self> {
        let mut command = command;
        let name = command
            .as_std()
            .get_program()
            .to_string_lossy()
            .into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let lines = Arc::new(Mutex::new(Vec::new()));
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(read(stdout, Arc::clone(&lines)));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(read(stderr, Arc::clone(&lines)));
        }
        Ok(Self { name, child, lines })
    }

    /// Waits for a line that begins so, and answers the rest of it.
    pub async fn line(&mut self, begins: &str, within: Duration) -> String {
        let what = format!("a line `{begins}…` of {}", self.name);
        let deadline = tokio::time::Instant::now() + within;
        loop {
            let found = self.find(begins);
            if let Some(found) = found {
                return found;
            }
            let ended = self.child.try_wait().ok().flatten();
            let late = tokio::time::Instant::now() > deadline;
            assert!(
                ended.is_none() && !late,
                "no {what} ({ended:?}); it said:\n{}",
                self.said()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn find(&self, begins: &str) -> Option<String> {
        let lines = self.lines.lock().ok()?;
        lines
            .iter()
            .find_map(|line| line.strip_prefix(begins))
            .map(|rest| rest.trim().to_owned())
    }

    /// All that it printed so far.
    pub fn said(&self) -> String {
        self.lines
            .lock()
            .map(|lines| lines.join("\n"))
            .unwrap_or_default()
    }

    /// The system's number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// `kill -9`, and waits until it is gone.
    pub async fn kill(mut self) {
        let _ = self.child.start_kill();
        let _ = self.child.wait().await;
    }

    /// Asks it to end, as a service is stopped, and waits until it is gone.
    pub async fn stop(mut self) -> Option<ExitStatus> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
        let what = format!("{} to end", self.name);
        patience::within(&what, Duration::from_secs(20), self.child.wait())
            .await
            .ok()
    }
}

async fn read(from: impl AsyncRead + Unpin, into: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(mut into) = into.lock()
            && into.len() < LINES_MAX
        {
            into.push(line);
        }
    }
}

/// A binary of this workspace, built beside the test that asks.
///
/// # Errors
/// It was not built: `cargo build --workspace` does.
pub fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test
        .parent()
        .and_then(|deps| deps.parent())
        .context("the test runs from no target folder")?;
    let found = folder.join(name);
    anyhow::ensure!(
        found.exists(),
        "{} is not there: run `cargo build --workspace` first",
        found.display()
    );
    Ok(found)
}

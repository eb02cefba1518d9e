//! `vigie-agent panel`: run by the pupil, at the start of the desktop session and from the icon "Mon poste". Gets a one-time
//! address at the agent's door and hands it to the browser; knows nothing else.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use clap::Args;

use super::tell;
use crate::seat::door::{self, Word};

#[derive(Debug, Args)]
pub(super) struct Panel {
    /// The agent's door; where a service has it when neither this nor --data is given
    #[arg(long, env = "VIGIE_AGENT_DOOR", conflicts_with = "data")]
    door: Option<PathBuf>,
    /// The data folder, where the agent runs in the pupil's own account
    #[arg(long, env = "VIGIE_AGENT_DATA")]
    data: Option<PathBuf>,
    /// Print the address instead of opening it; it opens the panel once
    #[arg(long)]
    print: bool,
}

/// The door that these name.
pub(super) fn door(door: Option<&PathBuf>, data: Option<&PathBuf>) -> PathBuf {
    match (door, data) {
        (Some(door), _) => door.clone(),
        (None, Some(data)) => door::usual(data),
        (None, None) => Path::new(door::SHARED).to_owned(),
    }
}

impl Panel {
    pub(super) async fn open(self) -> anyhow::Result<()> {
        let door = door(self.door.as_ref(), self.data.as_ref());
        let knocking = move || door::knock(&door, Word::Panel);
        let address = tokio::task::spawn_blocking(knocking).await??;
        if self.print {
            return tell(&address);
        }
        let mut browser = tokio::process::Command::new("xdg-open");
        browser.arg(&address).stdin(Stdio::null());
        let opened = browser
            .status()
            .await
            .context("xdg-open cannot be started: open the address of --print in the browser")?;
        anyhow::ensure!(opened.success(), "xdg-open: {opened}");
        Ok(())
    }
}

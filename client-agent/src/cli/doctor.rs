//! `vigie-agent doctor`: prints what [`crate::doctor`] found, one line a part, and ends with 1 when something does not work.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::panel::door;
use crate::doctor::{self, Finding, Health, Patient, Server};
use crate::text::{Lang, say};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The folder of the enrolment
    #[arg(long, env = "VIGIE_AGENT_DATA")]
    data: PathBuf,
    /// The agent's door, where it is neither in the data folder nor a service's
    #[arg(long, env = "VIGIE_AGENT_DOOR")]
    door: Option<PathBuf>,
    /// The X display; DISPLAY when it is not given
    #[arg(long)]
    display: Option<String>,
    /// The account that sits here, where it is not the one that the agent runs in
    #[arg(long)]
    account: Option<String>,
    /// Language of the report: fr or en; that of the environment when it is not given
    #[arg(long)]
    lang: Option<String>,
}

impl Doctor {
    /// Prints the report. The code is 0 when everything works, 1 when something does not, 2 when the doctor itself cannot work.
    pub(super) async fn look(self) -> ExitCode {
        let lang = super::lang(self.lang.as_deref());
        let settings = super::settings(&self.data).map_err(|error| format!("{error:#}"));
        let own = self.data.join("panel.sock");
        let in_folder = own.exists().then_some(&self.data);
        let patient = Patient {
            door: door(self.door.as_ref(), in_folder),
            data: self.data.clone(),
            display: self.display,
            account: self.account,
            lang,
            settings: settings.map(|settings| Server {
                address: settings.server,
                authority: settings.authority,
            }),
        };
        let findings = doctor::examine(patient).await;
        let worst = findings.iter().map(|finding| finding.health).max();
        if print(lang, &findings, worst).is_err() {
            return ExitCode::from(2);
        }
        match worst {
            Some(Health::Works | Health::Mind) => ExitCode::SUCCESS,
            Some(Health::Broken) => ExitCode::from(1),
            None => ExitCode::from(2),
        }
    }
}

fn print(lang: Lang, findings: &[Finding], worst: Option<Health>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        let mark = say(
            lang,
            match finding.health {
                Health::Works => "doctor-works",
                Health::Mind => "doctor-mind",
                Health::Broken => "doctor-broken",
            },
        );
        writeln!(out, "{mark:<9} {:<9} {}", finding.part, finding.words)?;
    }
    let end = match worst {
        Some(Health::Works) => "doctor-all-works",
        Some(Health::Mind) => "doctor-some-mind",
        _ => "doctor-some-broken",
    };
    writeln!(out, "\n{}", say(lang, end))
}

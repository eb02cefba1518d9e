//! The doctor: looks at everything that this workstation needs, and says of each part in plain words whether it works.
//!
//! Looks and never mends: the running agent is asked at its door, the data folder is only read. What it says goes to a technician
//! on the telephone, so nothing that concerns the pupil is in it. Next: `files` for the folder, `surroundings` for the rest.

mod files;
mod surroundings;

use std::path::PathBuf;

use fluent_bundle::FluentValue;

use crate::seat::Seat;
use crate::seat::door::{self, KnockError, State};
use crate::text::{Lang, say, say_with};

/// What the doctor is told.
#[derive(Clone, Debug)]
pub struct Patient {
    /// The data folder.
    pub data: PathBuf,
    /// The agent's door.
    pub door: PathBuf,
    /// The X display; none takes `DISPLAY`.
    pub display: Option<String>,
    /// The account that sits here, where it was named.
    pub account: Option<String>,
    /// The language of what is said.
    pub lang: Lang,
    /// What the enrolment left, or why it cannot be read.
    pub settings: Result<Server, String>,
}

/// Where the server is, as the enrolment left it.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address.
    pub address: String,
    /// Certificates to trust beside the usual ones.
    pub authority: Option<PathBuf>,
}

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// It works.
    Works,
    /// It works, and somebody should look at it.
    Mind,
    /// It does not work.
    Broken,
}

/// What was found of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The part: a word that never changes, for scripts.
    pub part: &'static str,
    /// How it is.
    pub health: Health,
    /// In words.
    pub words: String,
}

/// Writes findings down in one language.
struct Report {
    lang: Lang,
    findings: Vec<Finding>,
}

impl Report {
    fn find(&mut self, part: &'static str, health: Health, key: &str) {
        let words = say(self.lang, key);
        self.note(part, health, words);
    }

    fn find_with(
        &mut self,
        part: &'static str,
        health: Health,
        key: &str,
        arguments: &[(&str, FluentValue<'_>)],
    ) {
        let words = say_with(self.lang, key, arguments);
        self.note(part, health, words);
    }

    fn note(&mut self, part: &'static str, health: Health, words: String) {
        self.findings.push(Finding {
            part,
            health,
            words,
        });
    }
}

/// Looks at everything. Takes a quarter of a minute at most, when the server does not answer.
pub async fn examine(patient: Patient) -> Vec<Finding> {
    let mut report = Report {
        lang: patient.lang,
        findings: Vec::new(),
    };
    let looked = patient.clone();
    // Files, sockets of this machine and the X server are looked at on a thread that may block.
    let running = tokio::task::spawn_blocking(move || {
        let running = running(&looked, &mut report);
        files::look(&looked, &mut report);
        surroundings::look(&looked, running.as_ref(), &mut report);
        (running, report)
    });
    let Ok((running, mut report)) = running.await else {
        return Vec::new();
    };
    surroundings::look_far(&patient, running.as_ref(), &mut report).await;
    report.findings
}

/// Whether the agent runs, by its own word.
fn running(patient: &Patient, report: &mut Report) -> Option<State> {
    let state = match door::state(&patient.door) {
        Ok(state) => state,
        Err(KnockError::Nobody { path, .. }) => {
            let door = path.display().to_string();
            report.find_with(
                "agent",
                Health::Broken,
                "doctor-agent-none",
                &[("door", door.into())],
            );
            return None;
        }
        Err(KnockError::Refused) => {
            report.find("agent", Health::Mind, "doctor-agent-refuses");
            return None;
        }
        Err(KnockError::Unread) => {
            report.find("agent", Health::Broken, "doctor-agent-unread");
            return None;
        }
    };
    let key = if state.session {
        "doctor-agent-session"
    } else {
        "doctor-agent-runs"
    };
    report.find("agent", Health::Works, key);
    if state.shared {
        report.find("account", Health::Mind, "doctor-account-shared");
    } else {
        report.find("account", Health::Works, "doctor-account-own");
    }
    Some(state)
}

/// Without a running agent, what its account will be.
fn account(patient: &Patient, report: &mut Report) {
    match Seat::of(patient.account.as_deref()) {
        Err(_) => {
            let name = patient.account.clone().unwrap_or_default();
            report.find_with(
                "account",
                Health::Broken,
                "doctor-account-unknown",
                &[("name", name.into())],
            );
        }
        Ok(seat) if seat.is_own() => {
            report.find("account", Health::Mind, "doctor-account-shared");
        }
        Ok(_) => report.find("account", Health::Works, "doctor-account-own"),
    }
}

//! `vigie user` and `vigie pupil`.

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use vigie_protocol::{EstablishmentId, Private, Pseudonym, StaffId};

use super::setup::school_named;
use super::{Site, lang, print};
use crate::auth::hash_password;
use crate::ids;
use crate::policy::Role;
use crate::store::people::{Pupil as PupilRow, Staff};
use crate::texts::say;

/// Shortest password that an adult may choose.
const PASSWORD_MIN: usize = 12;

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add an adult with a role in a school, or give one who is known another role. The password is read from standard input;
    /// when that is a terminal, or empty, one is made and printed once.
    Add {
        /// The name to sign in with.
        login: String,
        /// The school's UAI code.
        #[arg(long)]
        school: String,
        /// assistant, teacher, documentalist, referent, head, dpo or admin.
        #[arg(long)]
        role: Role,
        /// The name that pupils and colleagues read: `M. Renaud`.
        #[arg(long)]
        name: Option<String>,
        /// Receives messages of distress in this school.
        #[arg(long)]
        distress: bool,
    },
}

pub(super) async fn user(site: &Site, command: User) -> anyhow::Result<ExitCode> {
    let User::Add {
        login,
        school,
        role,
        name,
        distress,
    } = command;
    let store = site.store().await?;
    let school = school_named(&store, &school).await?;
    let login = login.trim().to_owned();
    ensure!(
        (1..=64).contains(&login.chars().count()) && !login.chars().any(char::is_control),
        "a name to sign in with has 1 to 64 characters"
    );
    let staff = if let Some(known) = store.staff_by_login(&login).await? {
        known.id
    } else {
        let (password, made) = password()?;
        let id = StaffId::new(ids::letters(12));
        store
            .add_staff(&Staff {
                id: id.clone(),
                name: name.unwrap_or_else(|| login.clone()).into(),
                password: hash_password(&password).context("the password is too long")?,
                login,
                disabled: false,
            })
            .await?;
        if made {
            print(&say(
                lang(site),
                "cli-password",
                &[("password", password.reveal().as_str().into())],
            ));
        }
        id
    };
    store.grant(&staff, &school, role).await?;
    if distress {
        store.name_distress_receiver(&school, &staff).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The password, and whether it was made here.
fn password() -> anyhow::Result<(Private<String>, bool)> {
    let stdin = std::io::stdin();
    let mut line = String::new();
    if !stdin.is_terminal() {
        stdin
            .lock()
            .read_line(&mut line)
            .context("reading the password")?;
    }
    let given = line.trim_end_matches(['\r', '\n']);
    if given.is_empty() {
        // Sixteen letters of five bits: nobody guesses it, and it can be read aloud.
        return Ok((Private::new(ids::letters(16)), true));
    }
    ensure!(
        given.chars().count() >= PASSWORD_MIN,
        "a password has at least {PASSWORD_MIN} characters"
    );
    Ok((Private::new(given.to_owned()), false))
}

#[derive(Debug, Subcommand)]
pub(super) enum Pupil {
    /// Add a pupil.
    Add {
        #[arg(long)]
        school: String,
        #[arg(long)]
        given: String,
        #[arg(long)]
        family: String,
        /// `4e B`.
        #[arg(long)]
        class: String,
        /// The system account; without it an adult confirms who sits at the seat.
        #[arg(long)]
        account: Option<String>,
    },
    /// Read pupils from a file: a line each, `account;given;family;class`, the account may be empty. A pupil whose account is
    /// known gets the new names and class.
    Import {
        #[arg(long)]
        school: String,
        file: PathBuf,
    },
}

pub(super) async fn pupil(site: &Site, command: Pupil) -> anyhow::Result<ExitCode> {
    let store = site.store().await?;
    let (school, lines) = match command {
        Pupil::Add {
            school,
            given,
            family,
            class,
            account,
        } => {
            let line = Line {
                account: account.unwrap_or_default(),
                given,
                family,
                class,
            };
            (school, vec![line])
        }
        Pupil::Import { school, file } => (school, read_lines(&file)?),
    };
    let school = school_named(&store, &school).await?;
    let names = store.names(&school);
    let pupils: Vec<PupilRow> = lines
        .into_iter()
        .map(|line| {
            let account = Private::new(line.account.trim().to_lowercase());
            let known = names.accounts.get(&account).cloned();
            line.into_pupil(&school, known.unwrap_or_else(ids::pseudonym))
        })
        .collect();
    store.put_pupils(&pupils).await?;
    print(&say(
        lang(site),
        "cli-pupils",
        &[("count", pupils.len().into())],
    ));
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    account: String,
    given: String,
    family: String,
    class: String,
}

impl Line {
    fn into_pupil(self, school: &EstablishmentId, pseudonym: Pseudonym) -> PupilRow {
        let account = self.account.trim().to_owned();
        PupilRow {
            pseudonym,
            establishment: school.clone(),
            account: (!account.is_empty()).then(|| account.into()),
            given: self.given.trim().to_owned().into(),
            family: self.family.trim().to_owned().into(),
            class: self.class.trim().to_owned(),
        }
    }
}

fn read_lines(file: &Path) -> anyhow::Result<Vec<Line>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match line.split(';').collect::<Vec<_>>().as_slice() {
            // The head line that spreadsheets write.
            ["account", ..] if number == 1 => {}
            [account, given, family, class] if !given.trim().is_empty() => lines.push(Line {
                account: (*account).to_owned(),
                given: (*given).to_owned(),
                family: (*family).to_owned(),
                class: (*class).to_owned(),
            }),
            // The line's words stay out of the message: it may end in a log.
            parts => bail!(
                "{}:{number}: a line has four parts, account;given;family;class, and a given name; this one has {}",
                file.display(),
                parts.len()
            ),
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_pupils_is_read_and_its_faults_name_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pupils.csv");
        std::fs::write(
            &file,
            "account;given;family;class\ni.bertrand;Inès;Bertrand;4e B\n\n;Tom;Leroy;4e B\n",
        )
        .unwrap();
        let lines = read_lines(&file).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines.last().map(|line| line.account.as_str()), Some(""));
        std::fs::write(&file, "a;b;c;d\na,b,c,d\n").unwrap();
        let error = read_lines(&file).unwrap_err().to_string();
        assert!(error.contains(":2:") && !error.contains("a,b"), "{error}");
    }
}

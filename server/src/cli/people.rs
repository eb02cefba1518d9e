//! `vigie user` and `vigie pupil`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use vigie_protocol::{EstablishmentId, Private, Pseudonym, StaffId};

use super::setup::school_named;
use super::{Site, lang, password, print};
use crate::audit::{Act, Audit, Entry};
use crate::auth::password::{PASSWORD_MIN, Weak, weakness};
use crate::auth::{self, hash_password};
use crate::ids;
use crate::policy::Role;
use crate::store::Store;
use crate::store::people::{Pupil as PupilRow, Staff};
use crate::texts::say;

/// Who does what the command line does, in the audit log.
const OPERATOR: &str = "operator";

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
    /// Give an adult a one-time password, printed once: it opens once within three days, and must be changed then. Their logins
    /// end at once.
    Reset { login: String },
    /// Take a role away in a school; open pages that leaned on it close.
    Ungrant {
        login: String,
        #[arg(long)]
        school: String,
        #[arg(long)]
        role: Role,
    },
    /// End every login of an adult.
    Logout { login: String },
    /// Let an adult in no more; their logins end at once.
    Disable { login: String },
}

pub(super) async fn user(site: &Site, command: User) -> anyhow::Result<ExitCode> {
    let store = site.store().await?;
    let (login, school, role, name, distress) = match command {
        User::Add {
            login,
            school,
            role,
            name,
            distress,
        } => (login, school, role, name, distress),
        other => return known_user(site, &store, other).await,
    };
    let school = school_named(&store, &school).await?;
    let login = login.trim().to_owned();
    ensure!(
        (1..=64).contains(&login.chars().count()) && !login.chars().any(char::is_control),
        "a name to sign in with has 1 to 64 characters"
    );
    let staff = if let Some(known) = store.staff_by_login(&login).await? {
        known.id
    } else {
        let (password, once) = first_password(&login)?;
        let id = StaffId::new(ids::letters(12));
        store
            .add_staff(&Staff {
                id: id.clone(),
                name: name.unwrap_or_else(|| login.clone()).into(),
                password: hash_password(&password).context("the password is too long")?,
                login,
                disabled: false,
                once: once.then(|| site.clock.now() + auth::ONCE),
            })
            .await?;
        if once {
            print_once(site, &password);
        }
        id
    };
    store.grant(&staff, &school, role).await?;
    write_down(
        site,
        &store,
        (&staff, std::slice::from_ref(&school)),
        Act::Grant,
    )
    .await?;
    if distress {
        store.name_distress_receiver(&school, &staff).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is done to an adult who is known.
async fn known_user(site: &Site, store: &Store, command: User) -> anyhow::Result<ExitCode> {
    let login = match &command {
        User::Add { login, .. }
        | User::Reset { login }
        | User::Ungrant { login, .. }
        | User::Logout { login }
        | User::Disable { login } => login.trim(),
    };
    let staff = store
        .staff_by_login(login)
        .await?
        .with_context(|| format!("nobody signs in by the name {login:?}"))?
        .id;
    let grants = store.grants_of(&staff).await?;
    let mut schools: Vec<EstablishmentId> = grants.keys().cloned().collect();
    let now = site.clock.now();
    let act = match &command {
        User::Reset { .. } => Act::ResetPassword,
        User::Disable { .. } => Act::Disable,
        User::Ungrant { school, .. } => {
            schools = vec![school_named(store, school).await?];
            Act::Ungrant
        }
        User::Add { .. } | User::Logout { .. } => Act::EndLogin,
    };
    write_down(site, store, (&staff, &schools), act).await?;
    match &command {
        User::Reset { .. } => {
            let password = password::made();
            let sealed = hash_password(&password).context("the password is too long")?;
            let once = Some(now + auth::ONCE);
            store.set_password(&staff, &sealed, once).await?;
            print_once(site, &password);
        }
        User::Disable { .. } => store.disable_staff(&staff, Some(now)).await?,
        User::Ungrant { role, .. } => {
            for school in &schools {
                ensure!(
                    store.ungrant(&staff, school, *role).await?,
                    "{login} is no {role} in {school}"
                );
            }
            return Ok(ExitCode::SUCCESS);
        }
        User::Add { .. } | User::Logout { .. } => {}
    }
    let ended = store.revoke_logins_of(&staff, None, now).await?;
    print(&say(
        lang(site),
        "cli-logins-ended",
        &[("count", ended.len().into())],
    ));
    Ok(ExitCode::SUCCESS)
}

/// Writes into the audit log what the command line did to an adult.
async fn write_down(
    site: &Site,
    store: &Store,
    (staff, schools): (&StaffId, &[EstablishmentId]),
    act: Act,
) -> anyhow::Result<()> {
    let folder = site.config.data.join("audit");
    let audit = Audit::start(&folder, site.clock.clone(), store.clone())?;
    for school in schools {
        let operator = StaffId::new(OPERATOR);
        let mut entry = Entry::new(site.clock.now(), school, &operator, act);
        entry.subject = Some(format!("staff/{staff}"));
        audit.write(entry).await?;
    }
    audit.stop().await;
    Ok(())
}

fn print_once(site: &Site, password: &Private<String>) {
    print(&say(
        lang(site),
        "cli-password-once",
        &[("password", password.reveal().as_str().into())],
    ));
}

/// The password, and whether it is a one-time one that was made here.
fn first_password(login: &str) -> anyhow::Result<(Private<String>, bool)> {
    let Some(given) = password::piped()? else {
        return Ok((password::made(), true));
    };
    match weakness(&given, &["vigie", login]) {
        None => Ok((given, false)),
        Some(Weak::Short) => bail!("a password has at least {PASSWORD_MIN} characters"),
        Some(Weak::Long) => bail!("the password is too long"),
        Some(Weak::Common | Weak::Own) => {
            bail!("the password is too common, or too close to the name: it would be guessed")
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Sign with a new key from now on. Those who are signed in stay so until the next rotation.
    Rotate {
        /// Believe nothing that the key before signed: everybody signs in anew, and devices are strangers again.
        #[arg(long)]
        at_once: bool,
    },
}

pub(super) fn key(site: &Site, command: &Key) -> anyhow::Result<ExitCode> {
    let Key::Rotate { at_once } = *command;
    auth::rotate(&site.config.data, at_once)?;
    Ok(ExitCode::SUCCESS)
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
    /// Erase a pupil, or a class: name, class and account are gone from the files at once. What was recorded under the pseudonym
    /// keeps its own short time, under nobody's name.
    Erase {
        #[arg(long)]
        school: String,
        /// The system account.
        #[arg(long, conflicts_with = "class", required_unless_present = "class")]
        account: Option<String>,
        /// Every pupil of a class.
        #[arg(long)]
        class: Option<String>,
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
        Pupil::Erase {
            school,
            account,
            class,
        } => return erase(site, &store, &school, (account, class)).await,
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

async fn erase(
    site: &Site,
    store: &Store,
    school: &str,
    (account, class): (Option<String>, Option<String>),
) -> anyhow::Result<ExitCode> {
    let school = school_named(store, school).await?;
    let names = store.names(&school);
    let account = account.map(|account| Private::new(account.trim().to_lowercase()));
    let named = account.and_then(|account| names.accounts.get(&account).cloned());
    let in_class = names
        .pupils
        .iter()
        .filter(|(_, pupil)| class.as_deref() == Some(pupil.class.as_str()))
        .map(|(pseudonym, _)| pseudonym.clone());
    let gone: Vec<Pseudonym> = in_class.chain(named).collect();
    ensure!(!gone.is_empty(), "the school {school} has no such pupil");
    let folder = site.config.data.join("audit");
    let audit = Audit::start(&folder, site.clock.clone(), store.clone())?;
    for pseudonym in &gone {
        let operator = StaffId::new(OPERATOR);
        let mut entry = Entry::new(site.clock.now(), &school, &operator, Act::ErasePupil);
        entry.pupil = Some(pseudonym.clone());
        audit.write(entry).await?;
    }
    audit.stop().await;
    let count = store.erase_pupils(&gone).await?;
    print(&say(
        lang(site),
        "cli-pupils-erased",
        &[("count", count.into())],
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

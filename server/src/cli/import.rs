//! `vigie import`: a school in a file, compared with what is there, said line by line, and then written.
//!
//! Owns the comparison and what is printed. The same file twice changes nothing. Nobody and nothing that the file does not name is
//! touched, but for the pupils that a roster says have left. Never writes before the whole file is free of faults.
//! Long because one file is read, compared and applied part by part, each part in the same three steps.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use vigie_filters::{default_charter, read_charter};
use vigie_protocol::{EstablishmentId, Private, RoomId, StaffId};

use super::{Site, lang, password, print};
use crate::audit::{Act, Audit, Entry};
use crate::auth::{self, hash_password};
use crate::ids;
use crate::policy::Role;
use crate::roster::{self, Differences, Scope, compare};
use crate::routes::setup::roster::with_pseudonyms;
use crate::setup::import::{Described, DescribedRoom, DescribedStaff, read};
use crate::store::Store;
use crate::store::people::Staff;
use crate::store::places::RoomRow;
use crate::store::setup::School;
use crate::texts::{Lang, say};

/// Who does what the command line does, in the audit log.
const OPERATOR: &str = "operator";

/// Set a school up from a file: establishment, rooms, adults, roster. Prints what would change or changes; the same file twice
/// changes nothing. Faults name their line and column, and then nothing is written.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// TOML: `[establishment]`, `[[room]]`, `[[staff]]`, `[roster]`.
    file: PathBuf,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// One change, ready to be made.
enum Step {
    School(School),
    AdoptCharter,
    Room(RoomRow),
    NewAdult(Staff, Private<String>),
    Rename(StaffId, Private<String>),
    Grant(StaffId, Role),
    Ungrant(StaffId, Role),
    Distress(StaffId, bool),
    End(StaffId),
    Roster(Box<Differences>),
}

impl Step {
    /// As the audit log names it, and on whom or what.
    fn act(&self) -> (Act, Option<String>) {
        let on = |id: &StaffId| Some(format!("staff/{id}"));
        match self {
            Self::School(_) => (Act::SetUpSchool, None),
            Self::AdoptCharter => (Act::AdoptCharter, None),
            Self::Room(room) => (Act::SetUpRoom, Some(format!("room/{}", room.id))),
            Self::NewAdult(staff, _) => (Act::AddStaff, on(&staff.id)),
            Self::Rename(id, _) | Self::Distress(id, _) => (Act::ChangeStaff, on(id)),
            Self::Grant(id, _) => (Act::Grant, on(id)),
            Self::Ungrant(id, _) => (Act::Ungrant, on(id)),
            Self::End(id) => (Act::EndStaff, on(id)),
            Self::Roster(_) => (Act::ApplyRoster, None),
        }
    }
}

pub(super) async fn import(site: &Site, command: Import) -> anyhow::Result<ExitCode> {
    let lang = lang(site);
    let name = command.file.display();
    let text = std::fs::read_to_string(&command.file).with_context(|| format!("reading {name}"))?;
    let school = match read(&text, lang) {
        Ok(school) => school,
        Err(faults) => {
            for fault in &faults {
                complain(&format!(
                    "{name}:{}:{}: {}",
                    fault.line, fault.column, fault.words
                ));
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    let folder = command.file.parent().unwrap_or(Path::new(""));
    let sheet = match &school.roster {
        None => None,
        Some((file, scope)) => match read_roster(&folder.join(file), lang)? {
            Some(sheet) => Some((sheet, *scope)),
            None => return Ok(ExitCode::FAILURE),
        },
    };
    let store = site.store().await?;
    let mut plan = Plan {
        lang,
        steps: Vec::new(),
    };
    plan.school(&store, &school).await?;
    plan.rooms(&store, &school).await?;
    for adult in &school.staff {
        plan.adult(site, &store, &school.id, adult).await?;
    }
    if let Some((sheet, scope)) = sheet {
        plan.roster(&store, &school.id, (&sheet, scope)).await?;
    }
    for (words, _) in &plan.steps {
        print(words);
    }
    let count = plan.steps.len();
    if command.dry_run || count == 0 {
        let key = if count == 0 {
            "import-nothing"
        } else {
            "import-dry"
        };
        print(&say(lang, key, &[]));
        return Ok(ExitCode::SUCCESS);
    }
    let audit = Audit::start(
        &site.config.data.join("audit"),
        site.clock.clone(),
        store.clone(),
    )?;
    for (_, step) in plan.steps {
        let (act, subject) = step.act();
        let operator = StaffId::new(OPERATOR);
        let mut entry = Entry::new(site.clock.now(), &school.id, &operator, act);
        entry.subject = subject;
        audit.write(entry).await?;
        make(site, &store, &school.id, step).await?;
    }
    audit.stop().await;
    print(&say(lang, "import-done", &[("count", count.into())]));
    Ok(ExitCode::SUCCESS)
}

fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The roster, or none once its faults are printed.
fn read_roster(file: &Path, lang: Lang) -> anyhow::Result<Option<roster::Sheet>> {
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    match roster::read(&bytes) {
        Ok(sheet) => Ok(Some(sheet)),
        Err(faults) => {
            for fault in faults {
                let column = fault.column.map_or_else(String::new, |at| format!("{at}:"));
                let words = fault.why.words(lang);
                complain(&format!(
                    "{}:{}:{column} {words}",
                    file.display(),
                    fault.line
                ));
            }
            Ok(None)
        }
    }
}

/// What a file would change, each with its words.
struct Plan {
    lang: Lang,
    steps: Vec<(String, Step)>,
}

impl Plan {
    /// Adds a step, said by a sentence about `what`.
    fn add(&mut self, key: &'static str, what: &str, step: Step) {
        let words = say(self.lang, key, &[("what", what.into())]);
        self.steps.push((words, step));
    }

    async fn school(&mut self, store: &Store, school: &Described) -> anyhow::Result<()> {
        let schools = store.schools().await?;
        let known = schools.into_iter().find(|known| known.id == school.id);
        let now = School {
            id: school.id.clone(),
            name: school.name.clone(),
            zone: school
                .zone
                .clone()
                .or_else(|| known.as_ref().and_then(|known| known.zone.clone())),
        };
        let what = format!("{} {}", now.id, now.name);
        match known {
            None => self.add("import-school-added", &what, Step::School(now)),
            Some(known) if known != now => {
                self.add("import-school-changed", &what, Step::School(now));
            }
            Some(_) => {}
        }
        // Whatever was ever adopted is the school's own choice.
        if school.adopts && store.charter_versions(&school.id).await?.is_empty() {
            let (shipped, _) = read_charter(default_charter());
            let title = shipped.title.in_lang(self.lang.code()).to_owned();
            self.add("import-charter", &title, Step::AdoptCharter);
        }
        Ok(())
    }

    async fn rooms(&mut self, store: &Store, school: &Described) -> anyhow::Result<()> {
        let known = store.rooms_of(&school.id).await?;
        let mut names = BTreeSet::new();
        for room in &school.rooms {
            ensure!(
                names.insert(&room.name),
                "the room {:?} is there twice",
                room.name
            );
            let row = row_of(&school.id, room, &known);
            let what = format!("{} ({})", room.name, room.seats.len());
            match known.iter().find(|one| one.name == room.name) {
                None => self.add("import-room-added", &what, Step::Room(row)),
                Some(before) => {
                    let places = |room: &RoomRow| -> Vec<_> {
                        room.seats.iter().map(|seat| (seat.seat, seat.at)).collect()
                    };
                    let lost = before.seats.iter().find(|seat| {
                        seat.workstation.is_some()
                            && row.seats.iter().all(|now| now.seat != seat.seat)
                    });
                    if let Some(seat) = lost {
                        anyhow::bail!(
                            "{}: seat {} has a machine and is not in the file: take the machine off first",
                            room.name,
                            seat.seat
                        );
                    }
                    if places(before) != places(&row) {
                        self.add("import-room-changed", &what, Step::Room(row));
                    }
                }
            }
        }
        Ok(())
    }

    async fn adult(
        &mut self,
        site: &Site,
        store: &Store,
        school: &EstablishmentId,
        adult: &DescribedStaff,
    ) -> anyhow::Result<()> {
        let login = adult.login.as_str();
        let known = store.staff_by_login(login).await?;
        let colleagues = store.colleagues(school).await?;
        let here = colleagues.iter().find(|one| one.staff.login == login);
        let (id, roles, distress) = match (&known, here) {
            (_, Some(here)) => (here.staff.id.clone(), here.roles.clone(), here.distress),
            (Some(known), None) => (known.id.clone(), BTreeSet::new(), false),
            (None, _) if adult.roles.is_empty() => return Ok(()),
            (None, _) => {
                let password = password::made();
                let new = Staff {
                    id: StaffId::new(ids::letters(12)),
                    login: login.to_owned(),
                    name: adult.name.clone(),
                    password: hash_password(&password).context("the password is too long")?,
                    disabled: false,
                    once: Some(site.clock.now() + auth::ONCE),
                };
                let id = new.id.clone();
                self.add("import-adult-added", login, Step::NewAdult(new, password));
                (id, BTreeSet::new(), false)
            }
        };
        if let Some(known) = &known
            && known.name != adult.name
            && here.is_some_and(|here| !here.elsewhere)
        {
            let step = Step::Rename(id.clone(), adult.name.clone());
            self.add("import-adult-renamed", login, step);
        }
        for role in adult.roles.difference(&roles) {
            let step = Step::Grant(id.clone(), *role);
            self.add("import-granted", &format!("{login}, {role}"), step);
        }
        for role in roles.difference(&adult.roles) {
            let step = Step::Ungrant(id.clone(), *role);
            self.add("import-ungranted", &format!("{login}, {role}"), step);
        }
        let receives = adult.distress && !adult.roles.is_empty();
        if receives != distress {
            let key = if receives {
                "import-distress"
            } else {
                "import-no-distress"
            };
            self.add(key, login, Step::Distress(id.clone(), receives));
        }
        if adult.roles.is_empty() && here.is_some_and(|here| !here.elsewhere) {
            self.add("import-ended", login, Step::End(id));
        }
        Ok(())
    }

    async fn roster(
        &mut self,
        store: &Store,
        school: &EstablishmentId,
        (sheet, scope): (&roster::Sheet, Scope),
    ) -> anyhow::Result<()> {
        let known = store.known_pupils(school).await?;
        let differences = compare(school, &known, &sheet.lines, scope);
        if differences.is_empty() {
            return Ok(());
        }
        let words = say(
            self.lang,
            "import-roster",
            &[
                ("put", differences.put.len().into()),
                ("missing", differences.missing.len().into()),
                ("same", differences.same.into()),
            ],
        );
        self.steps
            .push((words, Step::Roster(Box::new(differences))));
        Ok(())
    }
}

/// The room as its row; one that is known keeps its id.
fn row_of(school: &EstablishmentId, room: &DescribedRoom, known: &[RoomRow]) -> RoomRow {
    let id = known.iter().find(|one| one.name == room.name).map_or_else(
        || {
            let taken = |id: &RoomId| known.iter().any(|one| one.id == *id);
            let first = RoomId::new(format!("{school}-{}", room.slug));
            (2..u32::MAX)
                .map(|turn| RoomId::new(format!("{first}-{turn}")))
                .find(|id| !taken(id))
                .filter(|_| taken(&first))
                .unwrap_or(first)
        },
        |one| one.id.clone(),
    );
    RoomRow {
        id,
        establishment: school.clone(),
        name: room.name.clone(),
        seats: room.seats.clone(),
    }
}

async fn make(
    site: &Site,
    store: &Store,
    school: &EstablishmentId,
    step: Step,
) -> anyhow::Result<()> {
    let now = site.clock.now();
    match step {
        Step::School(row) => store.put_school(&row).await?,
        Step::AdoptCharter => {
            let (shipped, _) = read_charter(default_charter());
            store
                .adopt_charter(school, (&shipped.digest, default_charter()), now)
                .await?;
        }
        Step::Room(row) => store.put_room(&row).await?,
        Step::NewAdult(staff, password) => {
            store.add_staff(&staff).await?;
            let arguments = [
                ("login", staff.login.as_str().into()),
                ("password", password.reveal().as_str().into()),
            ];
            print(&say(lang(site), "import-password", &arguments));
        }
        Step::Rename(id, name) => store.rename_staff(&id, &name).await?,
        Step::Grant(id, role) => {
            // Whoever comes back is let in again, by the password they had.
            store.disable_staff(&id, None).await?;
            store.grant(&id, school, role).await?;
        }
        Step::Ungrant(id, role) => {
            store.ungrant(&id, school, role).await?;
        }
        Step::Distress(id, true) => store.name_distress_receiver(school, &id).await?,
        Step::Distress(id, false) => store.spare_distress_receiver(school, &id).await?,
        Step::End(id) => {
            store.disable_staff(&id, Some(now)).await?;
            store.revoke_logins_of(&id, None, now).await?;
        }
        Step::Roster(differences) => {
            let put = with_pseudonyms(differences.put);
            store.apply_roster(&put, &differences.missing, now).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;

    const SCHOOL: &str = r#"
[establishment]
uai = "0310001H"
name = "Collège Jean-Moulin"
zone = "Europe/Paris"
adopt_shipped_charter = true

[[room]]
name = "CDI"
plan = """
1 2 . 3
4 5 . 6
"""

[[staff]]
login = "diallo"
name = "Mme Diallo"
roles = ["documentalist", "admin"]
distress = true

[roster]
file = "eleves.csv"
"#;

    struct Folder(tempfile::TempDir, Site);

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let config = Config {
                data: folder.path().join("data"),
                ..Config::default()
            };
            let clock = Clock::system(config.time_zone());
            std::fs::write(
                folder.path().join("eleves.csv"),
                b"Nom;Pr\xe9nom;Classe;Login\nRoux;L\xe9a;4e B;l.roux\nPetit;Tom;4e B;\n",
            )
            .unwrap();
            Self(folder, Site { config, clock })
        }

        async fn import(&self, text: &str, dry_run: bool) -> ExitCode {
            let file = self.0.path().join("school.toml");
            std::fs::write(&file, text).unwrap();
            import(&self.1, Import { file, dry_run }).await.unwrap()
        }

        async fn acts(&self, store: &Store) -> usize {
            let folder = self.1.config.data.join("audit");
            let audit = Audit::start(&folder, self.1.clock.clone(), store.clone()).unwrap();
            let later = self.1.clock.now() + vigie_protocol::Span::minutes(1);
            let school = EstablishmentId::new("0310001H");
            let lines = audit.read(vec![school], later).await.unwrap();
            assert!(lines.iter().all(|line| line.staff.as_str() == OPERATOR));
            lines.len()
        }
    }

    #[tokio::test]
    async fn a_school_is_imported_once_and_the_same_file_twice_changes_nothing() {
        let folder = Folder::new();
        assert_eq!(folder.import(SCHOOL, true).await, ExitCode::SUCCESS);
        let store = folder.1.store().await.unwrap();
        assert!(store.schools().await.unwrap().is_empty(), "a try");
        for turn in 0..2 {
            assert_eq!(folder.import(SCHOOL, false).await, ExitCode::SUCCESS);
            // School, charter, room, adult, two roles, distress, roster.
            assert_eq!(folder.acts(&store).await, 8, "turn {turn}");
        }
        let school = EstablishmentId::new("0310001H");
        let rooms = store.rooms_of(&school).await.unwrap();
        assert_eq!(rooms[0].id.as_str(), "0310001H-cdi");
        assert_eq!(rooms[0].seats[5].at, Some((3, 1)));
        let adults = store.colleagues(&school).await.unwrap();
        assert!(adults[0].distress && adults[0].staff.once.is_some());
        assert_eq!(
            adults[0].roles,
            BTreeSet::from([Role::Documentalist, Role::Admin])
        );
        assert_eq!(store.known_pupils(&school).await.unwrap().len(), 2);
        // One is taken off, the other's access ends, a pupil leaves.
        std::fs::write(
            folder.0.path().join("eleves.csv"),
            "Nom;Prenom;Classe\nPetit;Tom;4e C\n",
        )
        .unwrap();
        let later = SCHOOL.replace(r#"["documentalist", "admin"]"#, "[]");
        folder.import(&later, false).await;
        assert!(store.colleagues(&school).await.unwrap().is_empty());
        assert!(!store.somebody_can_sign_in().await.unwrap());
        let pupils = store.known_pupils(&school).await.unwrap();
        let told: Vec<_> = pupils
            .iter()
            .map(|one| (one.pupil.class.as_str(), one.left))
            .collect();
        assert_eq!(told, [("4e B", true), ("4e C", false)]);
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_written_from_a_file_with_a_fault() {
        let folder = Folder::new();
        let wrong = SCHOOL.replace("0310001H", "0310001A");
        assert_eq!(folder.import(&wrong, false).await, ExitCode::FAILURE);
        std::fs::write(
            folder.0.path().join("eleves.csv"),
            "Nom;Prenom;Classe\n;;x\n",
        )
        .unwrap();
        assert_eq!(folder.import(SCHOOL, false).await, ExitCode::FAILURE);
        let store = folder.1.store().await.unwrap();
        assert!(store.schools().await.unwrap().is_empty());
    }
}

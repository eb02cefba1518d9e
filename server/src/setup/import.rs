//! A school in a file, for those who prefer files to screens: what `vigie import` reads.
//!
//! Owns the file's shape and its checks, each fault with its line and column. Never reads the tables or writes: the differences
//! and their application are [`crate::cli`]'s.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;
use vigie_protocol::{EstablishmentId, Private};

use super::{Why, plan};
use crate::policy::Role;
use crate::roster::Scope;
use crate::store::places::Seat;
use crate::texts::Lang;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    establishment: EstablishmentTable,
    #[serde(default)]
    room: Vec<RoomTable>,
    #[serde(default)]
    staff: Vec<StaffTable>,
    roster: Option<RosterTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EstablishmentTable {
    uai: Spanned<String>,
    name: Spanned<String>,
    zone: Option<Spanned<String>>,
    /// Adopts the charter that ships, when none is in force.
    #[serde(default)]
    adopt_shipped_charter: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomTable {
    name: Spanned<String>,
    /// A line a row, numbers and dots between blanks.
    plan: Option<Spanned<String>>,
    /// Instead of a plan: so many seats …
    seats: Option<Spanned<u16>>,
    /// … in rows of so many.
    columns: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffTable {
    login: Spanned<String>,
    name: Spanned<String>,
    roles: Spanned<Vec<String>>,
    #[serde(default)]
    distress: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RosterTable {
    file: PathBuf,
    scope: Option<Spanned<String>>,
}

/// The school that a file describes, checked.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) id: EstablishmentId,
    pub(crate) name: String,
    pub(crate) zone: Option<String>,
    pub(crate) adopts: bool,
    pub(crate) rooms: Vec<DescribedRoom>,
    pub(crate) staff: Vec<DescribedStaff>,
    /// The roster's file, from the folder of the school's file.
    pub(crate) roster: Option<(PathBuf, Scope)>,
}

/// A room of the file.
#[derive(Debug)]
pub(crate) struct DescribedRoom {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) seats: Vec<Seat>,
}

/// An adult of the file.
#[derive(Debug)]
pub(crate) struct DescribedStaff {
    pub(crate) login: String,
    pub(crate) name: Private<String>,
    /// Empty for somebody whose access ends.
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) distress: bool,
}

/// What is wrong at one place of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) words: String,
}

/// Reads a school, or says everything that is wrong with it.
pub(crate) fn read(text: &str, lang: Lang) -> Result<Described, Vec<Fault>> {
    let file: File = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        vec![at(text, &span, error.message().to_owned())]
    })?;
    let mut checking = Checking {
        text,
        lang,
        faults: Vec::new(),
    };
    let school = &file.establishment;
    let id = checking.take(&school.uai, |uai| super::uai(uai));
    let name = checking.take(&school.name, |name| super::name(name));
    let zone = school
        .zone
        .as_ref()
        .and_then(|zone| checking.take(zone, |zone| super::zone(zone)));
    let rooms = file
        .room
        .iter()
        .filter_map(|room| checking.room(room))
        .collect();
    let staff = file
        .staff
        .iter()
        .filter_map(|staff| checking.adult(staff))
        .collect();
    let roster = file.roster.map(|roster| {
        let scope = match &roster.scope {
            None => Scope::School,
            Some(word) if word.get_ref() == "school" => Scope::School,
            Some(word) => {
                if word.get_ref() != "classes" {
                    checking.fault(
                        &word.span(),
                        "the scope is \"school\" or \"classes\"".into(),
                    );
                }
                Scope::Classes
            }
        };
        (roster.file, scope)
    });
    let (Some(id), Some(name), true) = (id, name, checking.faults.is_empty()) else {
        return Err(checking.faults);
    };
    Ok(Described {
        id,
        name,
        zone,
        adopts: school.adopt_shipped_charter,
        rooms,
        staff,
        roster,
    })
}

fn at(text: &str, span: &Range<usize>, words: String) -> Fault {
    let before = text.get(..span.start).unwrap_or_default();
    Fault {
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
        words,
    }
}

struct Checking<'a> {
    text: &'a str,
    lang: Lang,
    faults: Vec<Fault>,
}

impl Checking<'_> {
    fn fault(&mut self, span: &Range<usize>, words: String) {
        self.faults.push(at(self.text, span, words));
    }

    fn take<T, U>(
        &mut self,
        value: &Spanned<T>,
        check: impl FnOnce(&T) -> Result<U, Why>,
    ) -> Option<U> {
        check(value.get_ref())
            .map_err(|why| {
                let words = why.words(self.lang);
                self.fault(&value.span(), words);
            })
            .ok()
    }

    fn room(&mut self, room: &RoomTable) -> Option<DescribedRoom> {
        let name = self.take(&room.name, |name| super::name(name));
        let slug = self.take(&room.name, |name| super::slug(name));
        let seats = match (&room.plan, &room.seats) {
            (Some(drawing), _) => match plan::drawn(drawing.get_ref()) {
                Ok(seats) => self.take(drawing, |_| plan::checked(&seats)),
                Err(words) => {
                    self.fault(&drawing.span(), words);
                    None
                }
            },
            (None, Some(count)) => {
                let columns = room.columns.unwrap_or(plan::SIDE_MAX).max(1);
                self.take(count, |count| {
                    plan::checked(&plan::in_rows(*count, columns))
                })
            }
            (None, None) => self.take(&room.name, |_| Err(Why::NoSeat)),
        };
        Some(DescribedRoom {
            name: name?,
            slug: slug?,
            seats: seats?,
        })
    }

    fn adult(&mut self, adult: &StaffTable) -> Option<DescribedStaff> {
        let login = self.take(&adult.login, |login| super::login(login));
        let name = self.take(&adult.name, |name| super::name(name));
        let mut roles = BTreeSet::new();
        for word in adult.roles.get_ref() {
            match word.parse() {
                Ok(role) => {
                    roles.insert(role);
                }
                Err(error) => {
                    let words = format!("{error}");
                    self.fault(&adult.roles.span(), words);
                }
            }
        }
        Some(DescribedStaff {
            login: login?,
            name: name?.into(),
            roles,
            distress: adult.distress,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_is_read_and_each_fault_has_its_place() {
        let text = "[establishment]\nuai = \"0310001H\"\nname = \"Collège\"\n\n[[room]]\nname = \"CDI\"\nplan = \"\"\"\n1 2 . 3\n\"\"\"\n\n[[room]]\nname = \"Salle 2\"\nseats = 4\ncolumns = 2\n\n[[staff]]\nlogin = \"diallo\"\nname = \"Mme Diallo\"\nroles = [\"documentalist\"]\n\n[roster]\nfile = \"eleves.csv\"\nscope = \"classes\"\n";
        let school = read(text, Lang::En).unwrap();
        assert_eq!(school.rooms.len(), 2);
        assert_eq!(school.rooms[0].seats[2].at, Some((3, 0)));
        assert_eq!(school.roster.unwrap().1, Scope::Classes);
        let wrong = text
            .replace("0310001H", "0310001A")
            .replace("1 2 . 3", "1 2 . 2")
            .replace("\"documentalist\"", "\"king\"");
        let faults = read(&wrong, Lang::En).unwrap_err();
        let places: Vec<_> = faults
            .iter()
            .map(|fault| (fault.line, fault.column))
            .collect();
        assert_eq!(places, [(2, 7), (7, 8), (19, 9)], "{faults:?}");
        let faults = read("[establishment]\nuia = 1\n", Lang::En).unwrap_err();
        assert_eq!((faults[0].line, faults[0].column), (2, 1), "{faults:?}");
    }
}

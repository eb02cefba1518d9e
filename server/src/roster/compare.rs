//! What a roster would change: pure, from the pupils that are known and the lines of a file.
//!
//! Owns who is taken for whom: the account first, then the same names in the same class, then the same names when there is only
//! one such pupil. In doubt a line is a new pupil, since nothing may ever be filed under the wrong one. Never writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use vigie_protocol::{EstablishmentId, Private, Pseudonym};

use super::read::{Line, folded};
use crate::agents::digest;
use crate::store::people::Pupil;

/// Whom a file speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The whole school: whoever is not in it has left.
    School,
    /// The classes that it names: whoever was in one of them and is not in it has left.
    Classes,
}

/// A pupil of the tables.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) pupil: Pupil,
    /// Whether a former roster had them no more.
    pub(crate) left: bool,
}

/// What happens to one pupil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Added,
    /// Names or account, as they were; the class stays.
    Changed {
        name: Private<String>,
        account: Option<Private<String>>,
    },
    /// From this class; names and account may change with it.
    Moved {
        from: String,
    },
    /// Had left, and is there again.
    Back,
}

/// What a roster would change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Differences {
    /// As they will be. An added one has no pseudonym yet.
    pub(crate) put: Vec<(Pupil, Change)>,
    /// Not in the file any more.
    pub(crate) missing: Vec<Pupil>,
    /// Pupils to whom nothing happens.
    pub(crate) same: usize,
}

impl Differences {
    /// Whether nothing would change.
    pub(crate) fn is_empty(&self) -> bool {
        self.put.is_empty() && self.missing.is_empty()
    }

    /// Names exactly these differences, so that what is applied is what was looked at.
    pub(crate) fn seen(&self) -> String {
        let mut text = String::new();
        for (pupil, change) in &self.put {
            let account = pupil.account.as_ref().map(Private::reveal);
            let fresh = *change == Change::Added;
            // Writing into a string does not fail.
            let _ = writeln!(
                text,
                "+{}\u{1f}{:?}\u{1f}{}\u{1f}{}\u{1f}{}",
                if fresh { "" } else { pupil.pseudonym.as_str() },
                account,
                pupil.given.reveal(),
                pupil.family.reveal(),
                pupil.class
            );
        }
        for pupil in &self.missing {
            let _ = writeln!(text, "-{}", pupil.pseudonym);
        }
        digest(&text).to_string()
    }
}

/// What `lines` would change among `known` of one school.
pub(crate) fn compare(
    school: &EstablishmentId,
    known: &[Known],
    lines: &[Line],
    scope: Scope,
) -> Differences {
    let matched = matched(known, lines);
    let mut differences = Differences::default();
    for (line, whom) in lines.iter().zip(&matched) {
        let found = whom.and_then(|at| known.get(at));
        let pseudonym = found.map_or_else(|| Pseudonym::new(""), |it| it.pupil.pseudonym.clone());
        let pupil = Pupil {
            pseudonym,
            establishment: school.clone(),
            account: match (&line.account, found) {
                (Some(account), _) => Some(account.clone()),
                // A file without accounts takes none away.
                (None, Some(found)) => found.pupil.account.clone(),
                (None, None) => None,
            },
            given: line.given.clone(),
            family: line.family.clone(),
            class: line.class.clone(),
        };
        match found.map(|found| change_of(found, &pupil)) {
            None => differences.put.push((pupil, Change::Added)),
            Some(Some(change)) => differences.put.push((pupil, change)),
            Some(None) => differences.same += 1,
        }
    }
    let here: BTreeSet<usize> = matched.into_iter().flatten().collect();
    let classes: BTreeSet<String> = lines.iter().map(|line| folded(&line.class)).collect();
    for (at, one) in known.iter().enumerate() {
        let meant = scope == Scope::School || classes.contains(&folded(&one.pupil.class));
        if meant && !one.left && !here.contains(&at) {
            differences.missing.push(one.pupil.clone());
        }
    }
    differences
}

fn change_of(found: &Known, now: &Pupil) -> Option<Change> {
    let was = &found.pupil;
    let names = was.given == now.given && was.family == now.family && was.account == now.account;
    if found.left {
        Some(Change::Back)
    } else if was.class != now.class {
        Some(Change::Moved {
            from: was.class.clone(),
        })
    } else if names {
        None
    } else {
        Some(Change::Changed {
            name: full_name(was),
            account: was.account.clone(),
        })
    }
}

/// `BESSON Inès`.
pub(crate) fn full_name(pupil: &Pupil) -> Private<String> {
    Private::new(format!(
        "{} {}",
        pupil.family.reveal(),
        pupil.given.reveal()
    ))
}

/// For each line the known pupil that it is.
fn matched(known: &[Known], lines: &[Line]) -> Vec<Option<usize>> {
    let mut matched: Vec<Option<usize>> = vec![None; lines.len()];
    let mut taken = BTreeSet::new();
    let by_account: BTreeMap<String, usize> = known
        .iter()
        .enumerate()
        .filter_map(|(at, one)| Some((one.pupil.account.as_ref()?.reveal().to_lowercase(), at)))
        .collect();
    for (line, whom) in lines.iter().zip(&mut matched) {
        let found = line
            .account
            .as_ref()
            .and_then(|account| by_account.get(account.reveal()))
            .filter(|at| {
                known
                    .get(**at)
                    .is_some_and(|one| is_related(line, &one.pupil))
            });
        if let Some(at) = found {
            taken.insert(*at);
            *whom = Some(*at);
        }
    }
    for with_class in [true, false] {
        let key = |family: &Private<String>, given: &Private<String>, class: &str| {
            let class = if with_class {
                folded(class)
            } else {
                String::new()
            };
            (folded(family.reveal()), folded(given.reveal()), class)
        };
        let mut free: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, one) in known.iter().enumerate() {
            if !taken.contains(&at) {
                let pupil = &one.pupil;
                free.entry(key(&pupil.family, &pupil.given, &pupil.class))
                    .or_default()
                    .push(at);
            }
        }
        let mut wanted: BTreeMap<_, usize> = BTreeMap::new();
        for (line, _) in lines
            .iter()
            .zip(&matched)
            .filter(|(_, whom)| whom.is_none())
        {
            *wanted
                .entry(key(&line.family, &line.given, &line.class))
                .or_default() += 1;
        }
        for (line, whom) in lines.iter().zip(&mut matched) {
            let key = key(&line.family, &line.given, &line.class);
            // Two accounts that differ are two people, whatever their names.
            let other = |at: &usize| {
                let theirs = known.get(*at).and_then(|one| one.pupil.account.as_ref());
                theirs.is_some() && line.account.is_some()
            };
            if whom.is_none()
                && wanted.get(&key) == Some(&1)
                && let Some([at]) = free.get(&key).map(Vec::as_slice)
                && !other(at)
            {
                taken.insert(*at);
                *whom = Some(*at);
            }
        }
    }
    matched
}

/// An account that another pupil had before is no proof: one of the names must agree.
fn is_related(line: &Line, pupil: &Pupil) -> bool {
    folded(line.family.reveal()) == folded(pupil.family.reveal())
        || folded(line.given.reveal()) == folded(pupil.given.reveal())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::read;

    const SCHOOL: &str = "0310001H";

    fn lines(text: &str) -> Vec<Line> {
        read(format!("Nom;Prénom;Classe;Login\n{text}").as_bytes())
            .unwrap()
            .lines
    }

    /// Applies to a list what the store applies to a table.
    fn applied(mut known: Vec<Known>, differences: &Differences) -> Vec<Known> {
        for (pupil, change) in &differences.put {
            let mut pupil = pupil.clone();
            if *change == Change::Added {
                pupil.pseudonym = Pseudonym::new(format!("p{}", known.len()));
            }
            known.retain(|one| one.pupil.pseudonym != pupil.pseudonym);
            known.push(Known { pupil, left: false });
        }
        for gone in &differences.missing {
            for one in &mut known {
                if one.pupil.pseudonym == gone.pseudonym {
                    one.left = true;
                    one.pupil.account = None;
                }
            }
        }
        known
    }

    fn of(known: &[Known], text: &str, scope: Scope) -> (Differences, Vec<String>) {
        let school = EstablishmentId::new(SCHOOL);
        let differences = compare(&school, known, &lines(text), scope);
        let told = differences
            .put
            .iter()
            .map(|(pupil, change)| {
                let what = match change {
                    Change::Added => "added".to_owned(),
                    Change::Changed { .. } => "changed".to_owned(),
                    Change::Moved { from } => format!("moved from {from}"),
                    Change::Back => "back".to_owned(),
                };
                format!("{} {what}", pupil.given.reveal())
            })
            .chain(
                differences
                    .missing
                    .iter()
                    .map(|pupil| format!("{} missing", pupil.given.reveal())),
            )
            .collect();
        (differences, told)
    }

    const AUTUMN: &str = "Roux;Léa;4e B;l.roux\nPetit;Tom;4e B;\nBlanc;Ana;3e A;a.blanc\n";

    fn autumn() -> Vec<Known> {
        let (first, told) = of(&[], AUTUMN, Scope::School);
        assert_eq!(told, ["Léa added", "Tom added", "Ana added"]);
        applied(Vec::new(), &first)
    }

    #[test]
    fn the_same_file_twice_changes_nothing() {
        let known = autumn();
        for scope in [Scope::School, Scope::Classes] {
            let (again, told) = of(&known, AUTUMN, scope);
            assert!(again.is_empty(), "{told:?}");
            assert_eq!(again.same, 3);
        }
    }

    #[test]
    fn pupils_move_change_leave_and_come_back() {
        let known = autumn();
        let spring = "Roux;Lea;4e B;l.roux\nPetit;Tom;4e C;t.petit\nNeuf;Lou;3e A;\n";
        let (differences, told) = of(&known, spring, Scope::School);
        assert_eq!(
            told,
            [
                "Lea changed",
                "Tom moved from 4e B",
                "Lou added",
                "Ana missing"
            ]
        );
        let known = applied(known, &differences);
        let (differences, told) = of(
            &known,
            &format!("{spring}Blanc;Ana;3e A;a.blanc\n"),
            Scope::School,
        );
        assert_eq!(told, ["Ana back"]);
        let known = applied(known, &differences);
        assert_eq!(known.len(), 4, "nobody is there twice");
        // A file of one class says nothing of the others.
        let (_, told) = of(&known, "Neuf;Lou;3e A;\n", Scope::Classes);
        assert_eq!(told, ["Ana missing"]);
    }

    #[test]
    fn nobody_is_taken_for_somebody_else() {
        let known = autumn();
        // The account of one who left is given to another; two of one name; an account that differs.
        for (text, expected) in [
            (
                "Noir;Max;4e B;l.roux\nPetit;Tom;4e B;\nBlanc;Ana;3e A;a.blanc\n",
                vec!["Max added", "Léa missing"],
            ),
            (
                "Roux;Léa;4e B;l.roux\nPetit;Tom;4e D;t1\nPetit;Tom;4e E;t2\nBlanc;Ana;3e A;a.blanc\n",
                vec!["Tom added", "Tom added", "Tom missing"],
            ),
            (
                "Roux;Léa;4e B;lea.roux\nPetit;Tom;4e B;\nBlanc;Ana;3e A;a.blanc\n",
                vec!["Léa added", "Léa missing"],
            ),
        ] {
            assert_eq!(of(&known, text, Scope::School).1, expected, "{text}");
        }
    }

    #[test]
    fn what_is_applied_is_what_was_seen() {
        let known = autumn();
        let one = of(&known, "Roux;Léa;4e C;l.roux\n", Scope::School).0;
        let other = of(&known, "Roux;Léa;4e D;l.roux\n", Scope::School).0;
        assert_eq!(
            one.seen(),
            of(&known, "Roux;Léa;4e C;l.roux\n", Scope::School).0.seen()
        );
        assert_ne!(one.seen(), other.seen());
    }
}

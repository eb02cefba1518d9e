//! The chain: each line of the log carries the digest of itself and of the line before it, and the main tables witness how
//! many lines a month has and how the last one ends.
//!
//! Owns what a line's digest is made of, and the names of what can be wrong. Pure: rows in, faults out. What it proves and what
//! it does not: somebody who writes into one file is found; somebody who rewrites the month from some line on **and** the
//! witness in `vigie.sqlite` is found only by a digest that was noted elsewhere (`vigie audit verify --noted`).

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

/// A line as its month holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// From 1 in each month, without a gap.
    pub(super) number: i64,
    pub(super) at_ms: i64,
    /// Establishment, staff, act, room, session, seat, pupil, subject: as the columns hold them.
    pub(super) parts: [Option<String>; 8],
    /// The digest of the line before it.
    pub(super) before: String,
    pub(super) digest: String,
}

/// What the main tables say of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// `2026-11`.
    pub(crate) month: String,
    pub(crate) lines: i64,
    /// Of the last line.
    pub(crate) digest: String,
    /// Retention erased the month; its digest stays, for the next month's first line.
    pub(crate) erased: bool,
}

/// The digest of a line: SHA-256 over the digest before it and the line as a JSON array, in hexadecimal.
pub(crate) fn digest(
    month: &str,
    number: i64,
    at_ms: i64,
    parts: &[Option<String>; 8],
    before: &str,
) -> String {
    let line = serde_json::json!([before, month, number, at_ms, parts]).to_string();
    Sha256::digest(line)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Row {
    fn digest_as(&self, month: &str, number: i64) -> String {
        digest(month, number, self.at_ms, &self.parts, &self.before)
    }
}

/// One thing that is wrong with the log, by month and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) month: String,
    /// The line at which it was found; 0 when it is the month as a whole.
    pub(crate) line: i64,
    pub(crate) what: Wrong,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// The line does not say what its digest was made of.
    Changed,
    /// Another line stood here when the next one was written.
    Replaced,
    /// The line belongs elsewhere.
    Moved { from: i64 },
    /// Lines from this one through that one are gone.
    Missing { through: i64 },
    /// Lines at the end of the month, from this one through that one, are gone.
    Truncated { through: i64 },
    /// The month's file is gone, and retention did not erase it.
    MonthMissing,
    /// The month does not begin where the month before it ended.
    Cut,
    /// The main tables know nothing of the month.
    Unwitnessed,
    /// The digest that was noted is that of no line.
    NotedMissing,
}

impl Wrong {
    /// The key of its sentence, after `cli-audit-`.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Replaced => "replaced",
            Self::Moved { .. } => "moved",
            Self::Missing { .. } => "missing",
            Self::Truncated { .. } => "truncated",
            Self::MonthMissing => "month-missing",
            Self::Cut => "cut",
            Self::Unwitnessed => "unwitnessed",
            Self::NotedMissing => "noted-missing",
        }
    }

    /// The other line that its sentence names.
    pub(crate) const fn other(&self) -> i64 {
        match self {
            Self::Moved { from: line }
            | Self::Missing { through: line }
            | Self::Truncated { through: line } => *line,
            _ => 0,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, other) = (self.what.word(), self.what.other());
        write!(f, "{} line {}: {word} ({other})", self.month, self.line)
    }
}

/// What is wrong with a month. `before` is the last digest of the month before it, none when nobody knows; `head` is what the
/// main tables say, read before the rows were: lines that came since are chained and not yet witnessed.
pub(crate) fn faults(
    month: &str,
    rows: &[Row],
    before: Option<&str>,
    head: Option<&Head>,
) -> Vec<Fault> {
    let mut found = BTreeMap::new();
    let mut expected = 1;
    let mut last: Option<&Row> = None;
    for row in rows {
        if row.number > expected {
            found.insert(expected, missing(row.number));
        }
        if row.digest != row.digest_as(month, row.number) {
            // A whole row that was moved is right for the number that it had.
            let from = (1..=highest(rows, head)).find(|number| {
                *number != row.number && row.digest == row.digest_as(month, *number)
            });
            found.insert(
                row.number,
                from.map_or(Wrong::Changed, |from| Wrong::Moved { from }),
            );
        }
        let follows = match last {
            Some(last) if last.number + 1 == row.number => row.before == last.digest,
            Some(_) => true,
            None => row.number != 1 || before.is_none_or(|before| row.before == before),
        };
        // A line that is wrong itself says nothing of the one before it.
        if !follows && !found.contains_key(&row.number) {
            match last {
                Some(last) => {
                    found.entry(last.number).or_insert(Wrong::Replaced);
                }
                None => {
                    found.entry(0).or_insert(Wrong::Cut);
                }
            }
        }
        expected = row.number.saturating_add(1);
        last = Some(row);
    }
    match head {
        Some(head) if head.lines >= expected => {
            found.insert(
                expected,
                Wrong::Truncated {
                    through: head.lines,
                },
            );
        }
        Some(head) => {
            let witnessed = rows.iter().find(|row| row.number == head.lines);
            if witnessed.is_some_and(|row| row.digest != head.digest) {
                found.entry(head.lines).or_insert(Wrong::Replaced);
            }
        }
        // A crash after the first line of a month and before its witness.
        None if rows.len() <= 1 => {}
        None => {
            found.insert(0, Wrong::Unwitnessed);
        }
    }
    let month = month.to_owned();
    found
        .into_iter()
        .map(|(line, what)| Fault {
            month: month.clone(),
            line,
            what,
        })
        .collect()
}

fn missing(next: i64) -> Wrong {
    Wrong::Missing {
        through: next.saturating_sub(1),
    }
}

fn highest(rows: &[Row], head: Option<&Head>) -> i64 {
    let last = rows.last().map_or(0, |row| row.number);
    head.map_or(last, |head| head.lines.max(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTH: &str = "2026-11";

    fn log(lines: i64) -> (Vec<Row>, Head) {
        let mut rows: Vec<Row> = Vec::new();
        for number in 1..=lines {
            let mut parts = <[Option<String>; 8]>::default();
            parts[1] = Some(format!("staff{number}"));
            let before = rows
                .last()
                .map_or_else(String::new, |row| row.digest.clone());
            rows.push(Row {
                digest: digest(MONTH, number, 1_000 * number, &parts, &before),
                number,
                at_ms: 1_000 * number,
                parts,
                before,
            });
        }
        let head = Head {
            month: MONTH.to_owned(),
            lines,
            digest: rows.last().unwrap().digest.clone(),
            erased: false,
        };
        (rows, head)
    }

    fn check(rows: &[Row], head: &Head) -> Vec<String> {
        faults(MONTH, rows, Some(""), Some(head))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn each_way_to_touch_the_log_is_named_by_its_line() {
        let (rows, head) = log(9);
        assert_eq!(check(&rows, &head), Vec::<String>::new());
        // Lines that came after the witness was read are no fault.
        let (longer, _) = log(11);
        assert_eq!(check(&longer, &head), Vec::<String>::new());

        let mut changed = rows.clone();
        changed[3].parts[1] = Some("somebody else".to_owned());
        assert_eq!(check(&changed, &head), ["2026-11 line 4: changed (0)"]);

        let mut forged = changed;
        forged[3].digest = forged[3].digest_as(MONTH, 4);
        assert_eq!(check(&forged, &head), ["2026-11 line 4: replaced (0)"]);

        let mut removed = rows.clone();
        removed.drain(4..6);
        assert_eq!(check(&removed, &head), ["2026-11 line 5: missing (6)"]);

        let mut swapped = rows.clone();
        swapped.swap(1, 2);
        (swapped[1].number, swapped[2].number) = (2, 3);
        let said = check(&swapped, &head);
        assert!(
            said.contains(&"2026-11 line 2: moved (3)".to_owned()),
            "{said:?}"
        );
        assert!(
            said.contains(&"2026-11 line 3: moved (2)".to_owned()),
            "{said:?}"
        );

        let mut truncated = rows.clone();
        truncated.truncate(7);
        assert_eq!(check(&truncated, &head), ["2026-11 line 8: truncated (9)"]);

        // All of it written anew from line 8 on, with a chain that holds: the witness knows better.
        let mut anew = rows.clone();
        anew[7].parts[1] = None;
        for line in 7..9 {
            anew[line].before = anew[line - 1].digest.clone();
            anew[line].digest = anew[line].digest_as(MONTH, anew[line].number);
        }
        assert_eq!(check(&anew, &head), ["2026-11 line 9: replaced (0)"]);

        let cut = faults(MONTH, &rows, Some("another end"), Some(&head));
        assert_eq!(cut.first().map(|fault| &fault.what), Some(&Wrong::Cut));
        let alone = faults(MONTH, &rows, Some(""), None);
        assert_eq!(
            alone.first().map(|fault| &fault.what),
            Some(&Wrong::Unwitnessed)
        );
    }
}

//! Reading conditions that remember: so many verdicts within a window, one verdict after another.

use std::ops::Range;

use vigie_protocol::{RuleId, Span};

use super::super::fault::Faults;
use super::super::table::{Placed, Reading};
use super::super::{Act, CountWhen, Counted, Per, SequenceWhen, When};
use super::choice;
use crate::memory::{NOTED_MAX, WINDOW_MAX};

pub(super) fn count(
    mut table: Reading<'_, '_>,
    counted: &mut Vec<(Counted, Range<usize>)>,
    faults: &mut Faults<'_>,
) -> When {
    let of = counted_list(&mut table, "of", counted, faults);
    if table.take("at_least").is_none() {
        table.missing("at_least", faults);
    }
    let most = i64::try_from(NOTED_MAX).unwrap_or(i64::MAX);
    let at_least = number(&mut table, "at_least", (2, most), faults).unwrap_or(2);
    let own = number(&mut table, "own", (1, i64::from(at_least)), faults).unwrap_or(1);
    let share = number(&mut table, "share", (1, 100), faults).unwrap_or(0);
    let within = window(&mut table, faults);
    let spread = match table.text("spread", faults) {
        Some(word) => match span(&word.value) {
            Some(spread) if spread < within => spread,
            Some(_) => {
                faults.error(word.at, "spread-too-long", &[]);
                Span(0)
            }
            None => {
                faults.error(word.at, "bad-window", &[("found", &word.value)]);
                Span(0)
            }
        },
        None => Span(0),
    };
    let pers = [
        ("seat", Per::Seat),
        ("channel", Per::Channel),
        ("room", Per::Room),
    ];
    let per = choice(&mut table, "per", &pers, faults).unwrap_or(Per::Seat);
    table.finish(faults);
    When::Count(CountWhen {
        of,
        at_least,
        within,
        per,
        own,
        spread,
        share,
    })
}

/// A number within its bounds.
pub(super) fn number(
    table: &mut Reading<'_, '_>,
    key: &'static str,
    (least, most): (i64, i64),
    faults: &mut Faults<'_>,
) -> Option<u32> {
    let Placed { value, at } = table.integer(key, faults)?;
    match u32::try_from(value) {
        Ok(number) if (least..=most).contains(&value) => Some(number),
        _ => {
            let args = [
                ("key", key),
                ("min", &*least.to_string()),
                ("max", &*most.to_string()),
            ];
            faults.error(at, "bad-count", &args);
            None
        }
    }
}

pub(super) fn sequence(
    mut table: Reading<'_, '_>,
    counted: &mut Vec<(Counted, Range<usize>)>,
    faults: &mut Faults<'_>,
) -> When {
    let first = counted_list(&mut table, "first", counted, faults);
    let then = counted_list(&mut table, "then", counted, faults);
    let within = window(&mut table, faults);
    table.finish(faults);
    When::Sequence(SequenceWhen {
        first,
        then,
        within,
    })
}

/// Rule ids, categories as `category:off_task`, acts as `act:block`.
pub(super) fn counted_list(
    table: &mut Reading<'_, '_>,
    key: &'static str,
    counted: &mut Vec<(Counted, Range<usize>)>,
    faults: &mut Faults<'_>,
) -> Vec<Counted> {
    let words = table.texts(key, faults);
    if words.is_empty() && key != "yields_to" {
        table.missing(key, faults);
    }
    words
        .into_iter()
        .map(|word| {
            let one = match word.value.split_once(':') {
                Some(("category", category)) => Counted::Category(category.to_owned()),
                Some(("act", "block")) => Counted::Act(Act::Block),
                Some(("act", "alert")) => Counted::Act(Act::Alert),
                Some(("act", "note")) => Counted::Act(Act::Note),
                _ => Counted::Rule(RuleId::new(word.value)),
            };
            counted.push((one.clone(), word.at));
            one
        })
        .collect()
}

/// `10 min`, `90 s`, `1 h`.
fn window(table: &mut Reading<'_, '_>, faults: &mut Faults<'_>) -> Span {
    let word = table.required("within", faults);
    match span(&word.value) {
        Some(span) if span <= WINDOW_MAX => span,
        Some(_) => {
            let max = (WINDOW_MAX.0 / 60_000).to_string();
            faults.error(word.at, "window-too-long", &[("max", &max)]);
            WINDOW_MAX
        }
        None => {
            if !word.value.is_empty() {
                faults.error(word.at, "bad-window", &[("found", &word.value)]);
            }
            WINDOW_MAX
        }
    }
}

fn span(word: &str) -> Option<Span> {
    let (number, unit) = word.trim().split_once(' ')?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    let seconds = match unit.trim() {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        _ => return None,
    };
    Some(Span::seconds(number.saturating_mul(seconds)))
}

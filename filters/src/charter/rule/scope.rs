//! Reading where a rule holds: `only` and `except`, and the setting of an example.

use vigie_protocol::{Setting, Stamp};

use super::super::fault::Faults;
use super::super::limits::{DAYS, SESSION_KINDS, Scope, hours};
use super::super::table::{Placed, Reading};
use super::known;

/// `only = { rooms = […], classes = […], kinds = […], days = […], hours = […] }`.
pub(super) fn read(
    table: &mut Reading<'_, '_>,
    key: &'static str,
    faults: &mut Faults<'_>,
) -> Option<Scope> {
    let mut inner = table.table(key, key, faults)?;
    let labels = |texts: Vec<Placed<String>>| texts.into_iter().map(|one| one.value).collect();
    let mut scope = Scope {
        rooms: labels(inner.texts("rooms", faults)),
        classes: labels(inner.texts("classes", faults)),
        ..Scope::default()
    };
    for word in inner.texts("kinds", faults) {
        scope.kinds.extend(kind(word, faults));
    }
    let days: Vec<(&str, u8)> = DAYS.into_iter().zip(0..).collect();
    for word in inner.texts("days", faults) {
        scope
            .days
            .extend(known(word, "days", &days, faults).map(|one| one.value));
    }
    for word in inner.texts("hours", faults) {
        match hours(&word.value) {
            Some(range) => scope.hours.push(range),
            None => faults.error(word.at, "bad-hours", &[("found", &word.value)]),
        }
    }
    if scope == Scope::default() && !faults.has_error() {
        faults.error(inner.at.clone(), "no-limit", &[("key", key)]);
    }
    inner.finish(faults);
    Some(scope)
}

fn kind(word: Placed<String>, faults: &mut Faults<'_>) -> Option<String> {
    let kinds = SESSION_KINDS.map(|kind| (kind, kind));
    known(word, "kinds", &kinds, faults).map(|one| one.value.to_owned())
}

/// The setting of an example, when it names one: `room`, `class`, `kind`, and `at = "tue 10:30"` by the school's clock.
pub(super) fn setting(
    table: &mut Reading<'_, '_>,
    faults: &mut Faults<'_>,
) -> Option<(Setting, Stamp)> {
    let mut text = |key| table.text(key, faults);
    let (room, class) = (text("room"), text("class"));
    let (word, at) = (text("kind"), text("at"));
    let any = room.is_some() || class.is_some() || word.is_some() || at.is_some();
    let label = |label: Option<Placed<String>>| label.map_or_else(String::new, |one| one.value);
    let setting = Setting {
        room: label(room),
        class: label(class),
        kind: word.and_then(|word| kind(word, faults)).unwrap_or_default(),
        utc_offset_min: 0,
    };
    let moment = match at {
        None => Stamp(0),
        Some(word) => moment(&word.value).unwrap_or_else(|| {
            faults.error(word.at, "bad-moment", &[("found", &word.value)]);
            Stamp(0)
        }),
    };
    any.then_some((setting, moment))
}

/// `tue 10:30` as a moment of the week of Monday 5 January 1970.
fn moment(text: &str) -> Option<Stamp> {
    let (day, time) = text.trim().split_once(' ')?;
    let (_, day) = DAYS
        .into_iter()
        .zip(4_i64..)
        .find(|(name, _)| *name == day)?;
    let (hour, minute) = time.trim().split_once(':')?;
    let hour: i64 = hour.parse().ok().filter(|hour| (0..24).contains(hour))?;
    let minute: i64 = minute
        .parse()
        .ok()
        .filter(|minute| (0..60).contains(minute))?;
    Some(Stamp(((day * 24 + hour) * 60 + minute) * 60_000))
}

//! Where a rule holds: rooms, classes, kinds of session, days and hours of the school's clock.
//!
//! Owns the question "does this rule hold here and now"; a limit is plain state of the rule, so the agent and the server answer
//! it alike. Never a clock: the moment is the event's own. Next: [`super::read`] for how limits are written.

use vigie_protocol::{Setting, Stamp};

/// The kinds of session that a charter may name.
pub const SESSION_KINDS: [&str; 5] = ["lesson", "study", "library", "exam", "club"];
/// The days of the week as a charter writes them, Monday first.
pub(crate) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const DAY_MIN: i64 = 24 * 60;

/// Where a rule holds. Without limits, everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// It holds only here.
    pub(crate) only: Option<Scope>,
    /// It does not hold here.
    pub(crate) except: Option<Scope>,
}

/// Settings that meet every list that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Labels, any case; `*` stands for anything (`4*`).
    pub(crate) rooms: Vec<String>,
    pub(crate) classes: Vec<String>,
    pub(crate) kinds: Vec<String>,
    /// From 0, Monday.
    pub(crate) days: Vec<u8>,
    /// Minutes of the day, the end not included; an end before its start runs over midnight.
    pub(crate) hours: Vec<(u16, u16)>,
}

impl Limits {
    /// Whether the rule holds in this setting at this moment.
    pub(crate) fn admit(&self, setting: &Setting, at: Stamp) -> bool {
        self.only
            .as_ref()
            .is_none_or(|scope| scope.holds(setting, at))
            && !self
                .except
                .as_ref()
                .is_some_and(|scope| scope.holds(setting, at))
    }
}

impl Scope {
    fn holds(&self, setting: &Setting, at: Stamp) -> bool {
        let minutes = at.0.div_euclid(60_000) + i64::from(setting.utc_offset_min);
        // 1 January 1970 was a Thursday.
        let day = (minutes.div_euclid(DAY_MIN) + 3).rem_euclid(7);
        let minute = minutes.rem_euclid(DAY_MIN);
        named(&self.rooms, &setting.room)
            && named(&self.classes, &setting.class)
            && named(&self.kinds, &setting.kind)
            && (self.days.is_empty() || self.days.iter().any(|one| i64::from(*one) == day))
            && (self.hours.is_empty()
                || self.hours.iter().any(|(from, to)| {
                    let (from, to) = (i64::from(*from), i64::from(*to));
                    if from <= to {
                        (from..to).contains(&minute)
                    } else {
                        minute >= from || minute < to
                    }
                }))
    }
}

/// Whether a label is one of these. What is unsaid is none of them.
fn named(patterns: &[String], label: &str) -> bool {
    patterns.is_empty() || !label.is_empty() && patterns.iter().any(|one| fits(one, label))
}

/// Whether a label fits a pattern: any case, `*` for anything.
fn fits(pattern: &str, label: &str) -> bool {
    let plain = |text: &str| text.trim().to_lowercase();
    let (pattern, label) = (plain(pattern), plain(label));
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == label;
    };
    let Some(mut rest) = label.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<&str> = tail.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// `08:00-12:30` as minutes of the day.
pub(crate) fn hours(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once([':', 'h'])?;
        let hour: u16 = hour.parse().ok().filter(|hour| *hour <= 24)?;
        let minute: u16 = match minute {
            "" => 0,
            minute => minute.parse().ok().filter(|minute| *minute < 60)?,
        };
        Some(hour * 60 + minute).filter(|all| *all <= 24 * 60)
    };
    let (from, to) = (minute(from)?, minute(to)?);
    (from != to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tuesday 24 November 2026, 10:00 UTC.
    const TUESDAY: Stamp = Stamp(1_795_514_400_000);

    #[test]
    fn hours_and_days_are_those_of_the_school() {
        let winter = Setting {
            utc_offset_min: 60,
            ..Setting::default()
        };
        let holds = |hours_: &str, day: &str| {
            let scope = Scope {
                hours: hours(hours_).into_iter().collect(),
                days: DAYS
                    .iter()
                    .zip(0..)
                    .filter(|(name, _)| **name == day)
                    .map(|(_, number)| number)
                    .collect(),
                ..Scope::default()
            };
            scope.holds(&winter, TUESDAY)
        };
        assert!(holds("10:30-11:01", "tue"));
        assert!(!holds("10:00-11:00", "tue"));
        assert!(!holds("10:30-12:00", "wed"));
        assert!(holds("22:00-11:30", "tue"));
        assert!(!holds("12:00-06:00", "tue"));
        assert_eq!(hours("8h-12h30"), Some((480, 750)));
        for wrong in ["8-12", "08:00", "25:00-26:00", "08:00-08:00", "08:61-09:00"] {
            assert_eq!(hours(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn labels_are_the_same_in_any_case() {
        assert!(fits("4*", "4B"));
        assert!(fits("cdi", " CDI "));
        assert!(fits("*info*", "Salle Info 2"));
        assert!(!fits("4*", "3B"));
        assert!(!fits("cdi", "CDI 2"));
        assert!(named(&[], ""));
        assert!(!named(&["*".to_owned()], ""));
    }
}

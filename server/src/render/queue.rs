//! Entries of the queue: who, where, since when, what matched and why.

use vigie_filters::{Evidence, Severity};
use vigie_protocol::view::{ItemCard, Run};
use vigie_protocol::{Private, Pseudonym, SeatNo, StaffId, Stamp};
use vigie_room::picture::{Alert, AlertState, Help, Item};
use vigie_room::{ItemKey, Room};

use super::{Distress, Reader, Scene, article, rule_title};
use crate::texts::{Lang, say};

/// Longest text of evidence shown in the queue, characters; the sheet shows it all.
const EVIDENCE_MAX: usize = 240;

/// An entry's key among the cards.
pub(super) fn key_of(key: ItemKey) -> String {
    match key {
        ItemKey::Help(help) => format!("item/help/{help}"),
        ItemKey::Alert(alert) => format!("item/alert/{alert}"),
    }
}

/// Whether the reader may not know that there is, or was, such an entry.
pub(super) fn is_hidden(reader: &Reader, room: &Room, key: ItemKey) -> bool {
    match key {
        ItemKey::Help(_) => false,
        ItemKey::Alert(alert) => {
            reader.distress == Distress::Hidden
                && room.alert(alert).is_none_or(|alert| alert.is_distress())
        }
    }
}

/// One entry; none when it is gone, or not for this reader.
pub(super) fn item(scene: &Scene, reader: &Reader, room: &Room, key: ItemKey) -> Option<ItemCard> {
    if is_hidden(reader, room, key) {
        return None;
    }
    Some(match room.item(key)? {
        Item::Help(help) => help_card(scene, reader, &help),
        Item::Alert(alert) => alert_card(scene, reader, &alert),
    })
}

fn help_card(scene: &Scene, reader: &Reader, help: &Help) -> ItemCard {
    let lang = reader.lang;
    let text = help.text.reveal().trim();
    let taken = help.taken.as_ref();
    let mine = taken == Some(&reader.staff);
    let site = help.site.clone().unwrap_or_default();
    ItemCard {
        shape: if site.is_empty() { "hand" } else { "site" }.to_owned(),
        alert: None,
        help: Some(help.help),
        seats: vec![help.seat],
        who: who(scene, lang, help.pupil.as_ref()),
        place: place(lang, help.seat),
        since_ms: help.asked,
        words: if !site.is_empty() {
            let mut words = plain(say(lang, "site-asked", &[("site", site.as_str().into())]));
            if !text.is_empty() {
                words.extend(plain(format!(" {}", quoted(lang, text))));
            }
            words
        } else if text.is_empty() {
            plain(say(lang, "help-wordless", &[]))
        } else {
            plain(quoted(lang, text))
        },
        why: String::new(),
        taken: taken_words(scene, reader, taken),
        mine,
        contested: String::new(),
        order: order(u8::from(taken.is_some() && !mine) + 1, help.asked, 0),
        site,
        told: help
            .told
            .as_ref()
            .map(|(at, _)| say(lang, "help-told", &[("time", scene.time(*at).into())]))
            .unwrap_or_default(),
        last_ms: None,
    }
}

fn alert_card(scene: &Scene, reader: &Reader, alert: &Alert) -> ItemCard {
    let lang = reader.lang;
    let distress = alert.is_distress();
    let announced = distress && reader.distress == Distress::Announced;
    let (shape, rank, weight) = match alert.verdict.severity {
        Severity::Distress => ("distress", 0, 0),
        Severity::High => ("alert", 1, 1),
        Severity::Medium => ("alert", 1, 2),
        Severity::Low | Severity::Info => ("look", 1, 3),
    };
    let why = if announced {
        String::new()
    } else {
        why(scene, lang, alert)
    };
    ItemCard {
        shape: shape.to_owned(),
        alert: Some(alert.alert),
        help: None,
        seats: vec![alert.seat],
        who: who(scene, lang, alert.pupil.as_ref()),
        place: place(lang, alert.seat),
        since_ms: alert.opened,
        words: if announced {
            plain(say(lang, "distress-announced", &[]))
        } else {
            words(scene, lang, alert)
        },
        why,
        taken: taken_words(scene, reader, alert.taken.as_ref()),
        mine: alert.taken.as_ref() == Some(&reader.staff),
        contested: match (&alert.contested, alert.state) {
            (Some(text), AlertState::Contested) if !announced => contested(lang, text),
            _ => String::new(),
        },
        order: order(rank, alert.opened, weight),
        site: String::new(),
        told: String::new(),
        last_ms: (alert.times > 1 && !announced).then_some(alert.last),
    }
}

/// Who has taken it, as this reader is told.
fn taken_words(scene: &Scene, reader: &Reader, taken: Option<&StaffId>) -> String {
    match taken {
        None => String::new(),
        Some(staff) if *staff == reader.staff => say(reader.lang, "taken-mine", &[]),
        Some(staff) => say(
            reader.lang,
            "taken-by",
            &[("who", staff_name(scene, staff).reveal().as_str().into())],
        ),
    }
}

/// Distress first, then by the minutes waited, then by severity; what somebody else took comes last.
fn order(rank: u8, since: Stamp, weight: i64) -> (u8, i64) {
    let minute = since.0.div_euclid(60_000);
    (rank, minute.saturating_mul(4).saturating_add(weight))
}

fn contested(lang: Lang, text: &Private<String>) -> String {
    let text = text.reveal().trim();
    if text.is_empty() {
        say(lang, "contested", &[])
    } else {
        let said = quoted(lang, text);
        say(lang, "contested-saying", &[("words", said.into())])
    }
}

/// `Art. 4.2 · Ne pas contourner le filtrage · 3 fois`.
fn why(scene: &Scene, lang: Lang, alert: &Alert) -> String {
    let mut parts = vec![article(lang, &alert.verdict.article)];
    parts.extend(scene.article_title(lang, &alert.verdict.article));
    if alert.times > 1 {
        parts.push(say(lang, "times", &[("count", alert.times.into())]));
    }
    parts.join(" · ")
}

/// What happened, with the evidence marked.
pub(super) fn words(scene: &Scene, lang: Lang, alert: &Alert) -> Vec<Run> {
    let title = rule_title(scene, lang, &alert.verdict.rule);
    // A window says of itself that attempts were blocked, where it counts them.
    let lead = if alert.blocked && alert.verdict.evidence.repeat.is_none() {
        say(lang, "alert-blocked", &[("title", title.into())])
    } else {
        say(lang, "alert-said", &[("title", title.into())])
    };
    let mut runs = plain(format!("{lead} "));
    runs.extend(evidence(lang, &alert.verdict.evidence));
    runs
}

/// What stands for evidence that has no words of its own: what a window saw.
pub(super) fn wordless(lang: Lang, evidence: &Evidence) -> String {
    match &evidence.repeat {
        Some(repeat) => repeat.words(lang.code()),
        None => evidence.by.clone(),
    }
}

/// The evidence in runs: what matched is marked; of a threshold, its count.
pub(super) fn evidence(lang: Lang, evidence: &Evidence) -> Vec<Run> {
    let text = evidence.text.reveal();
    if text.is_empty() {
        return vec![Run {
            text: Private::new(wordless(lang, evidence)),
            mark: true,
        }];
    }
    // A sentence is quoted; a host or an address stands as it is.
    let sentence = text.contains(char::is_whitespace);
    let marks = say(lang, "quotes", &[]);
    let mut marks = marks.split('…');
    let (open, close) = (marks.next().unwrap_or(""), marks.next().unwrap_or(""));
    let mut runs = Vec::new();
    if sentence {
        runs.extend(plain(open.to_owned()));
    }
    let mut from = 0;
    let mut left = EVIDENCE_MAX;
    let mut push = |piece: Option<&str>, mark: bool| {
        let piece: String = piece.unwrap_or_default().chars().take(left).collect();
        left = left.saturating_sub(piece.chars().count());
        if !piece.is_empty() {
            runs.push(Run {
                text: Private::new(piece),
                mark,
            });
        }
    };
    if evidence.spans.is_empty() {
        push(Some(text), true);
    } else {
        for &(start, end) in &evidence.spans {
            let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
                continue;
            };
            if start < from {
                continue;
            }
            push(text.get(from..start), false);
            push(text.get(start..end), true);
            from = end;
        }
        push(text.get(from..), false);
    }
    if sentence {
        runs.extend(plain(close.to_owned()));
    }
    runs
}

/// The pupil's name, or the words for somebody unknown.
pub(super) fn who(scene: &Scene, lang: Lang, pupil: Option<&Pseudonym>) -> Private<String> {
    pupil
        .and_then(|pupil| scene.names.pupils.get(pupil))
        .map_or_else(
            || Private::new(say(lang, "who-unknown", &[])),
            |name| name.short.clone(),
        )
}

/// An adult's name; one whose grants were taken away is a colleague without a name.
pub(super) fn staff_name(scene: &Scene, staff: &StaffId) -> Private<String> {
    scene.names.staff.get(staff).cloned().unwrap_or_default()
}

pub(super) fn place(lang: Lang, seat: SeatNo) -> String {
    say(lang, "place-seat", &[("seat", seat.to_string().into())])
}

pub(super) fn quoted(lang: Lang, text: &str) -> String {
    say(lang, "quotes", &[]).replace('…', text)
}

pub(super) fn plain(text: String) -> Vec<Run> {
    vec![Run {
        text: Private::new(text),
        mark: false,
    }]
}

//! Tiles and the session bar.

use std::collections::{BTreeMap, BTreeSet};

use vigie_protocol::event::Sensor;
use vigie_protocol::view::{AdultWords, BarCard, Pill, SeatCard, SeatState};
use vigie_protocol::{Private, SeatNo, Stamp, WorkstationId};
use vigie_room::fact::LinkEnd;
use vigie_room::picture::{Audience, Bar, Link, Tile};
use vigie_room::{Room, Who};

use super::{Reader, Scene};
use crate::store::places::{LinkRow, Seat};
use crate::texts::{Lang, find, say};

/// The session bar of a room in session.
pub(crate) fn bar(scene: &Scene, reader: &Reader, room: &Room) -> BarCard {
    let bar = room.bar(reader.audience());
    let present = match expected(scene, room) {
        0 => say(reader.lang, "bar-present", &[("count", bar.present.into())]),
        of => say(
            reader.lang,
            "bar-present-of",
            &[("count", bar.present.into()), ("of", of.into())],
        ),
    };
    let kind = kind_words(reader.lang, room);
    let mut line = vec![bar.task.clone(), kind, classes(scene, room), present];
    line.retain(|part| !part.is_empty());
    BarCard {
        room: scene.room.name.clone(),
        open: bar.open,
        line: line.join(" · "),
        task: bar.task.clone(),
        started_ms: bar.started,
        ends_ms: bar.ends,
        present: bar.present,
        hands: bar.hands,
        alerts: bar.alerts,
        looks: bar.looks,
        pills: pills(reader.lang, &bar),
        chat_open: bar.chat_open,
        class: room
            .opening()
            .map(|opening| opening.setting.class.clone())
            .unwrap_or_default(),
        kind: kind_words(reader.lang, room),
        sites: bar.sites.clone(),
        sites_only: bar.sites_only,
        adults: bar
            .adults
            .iter()
            .map(|staff| AdultWords {
                staff: staff.to_string(),
                name: super::queue::staff_name(scene, staff),
                me: *staff == reader.staff,
            })
            .collect(),
    }
}

/// The bar of a room between sessions.
pub(super) fn bar_between(scene: &Scene, reader: &Reader) -> BarCard {
    BarCard {
        room: scene.room.name.clone(),
        line: say(reader.lang, "bar-no-session", &[]),
        ..BarCard::default()
    }
}

/// How many are expected: those of the list, else the class; 0 when nobody said.
fn expected(scene: &Scene, room: &Room) -> u32 {
    let Some(opening) = room.opening() else {
        return 0;
    };
    let count = if opening.pupils.is_empty() {
        let class = &opening.setting.class;
        let pupils = scene.names.pupils.values();
        pupils
            .filter(|pupil| !class.is_empty() && pupil.class == *class)
            .count()
    } else {
        opening.pupils.len()
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What kind of session it is, in words; nothing for a kind that nobody named.
fn kind_words(lang: Lang, room: &Room) -> String {
    let kind = room.opening().map(|opening| opening.setting.kind.as_str());
    kind.and_then(|kind| find(lang, &format!("kind-{kind}")))
        .unwrap_or_default()
}

/// Seats where somebody of a class sits.
pub(crate) fn seats_of_class(scene: &Scene, room: &Room, class: &str) -> Vec<SeatNo> {
    let is_of = |seat: &SeatNo| {
        let pupil = room
            .tile(*seat, Stamp(0), Audience::Others)
            .and_then(|tile| tile.pupil);
        let name = pupil.and_then(|pupil| scene.names.pupils.get(&pupil));
        name.is_some_and(|name| name.class == class)
    };
    room.seats().into_iter().filter(is_of).collect()
}

fn pills(lang: Lang, bar: &Bar) -> Vec<Pill> {
    [
        ("distress", bar.distress),
        ("hand", bar.hands),
        ("site", bar.asks),
        ("alert", bar.alerts),
        ("look", bar.looks),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(shape, count)| Pill {
        shape: shape.to_owned(),
        words: say(lang, &format!("pill-{shape}"), &[("count", count.into())]),
    })
    .collect()
}

/// The classes of those who are here; more than two say nothing any more.
fn classes(scene: &Scene, room: &Room) -> String {
    let here: BTreeSet<&str> = room
        .seats()
        .into_iter()
        .filter_map(|seat| room.tile(seat, Stamp(0), Audience::Others)?.pupil)
        .filter_map(|pupil| Some(scene.names.pupils.get(&pupil)?.class.as_str()))
        .filter(|class| !class.is_empty())
        .collect();
    if here.len() > 2 {
        return String::new();
    }
    here.into_iter().collect::<Vec<_>>().join(", ")
}

/// One tile of a room in session.
pub(super) fn tile(
    scene: &Scene,
    reader: &Reader,
    room: &Room,
    seat: SeatNo,
    now: Stamp,
) -> Option<SeatCard> {
    let tile = room.tile(seat, now, reader.audience())?;
    let lang = reader.lang;
    let name = tile
        .pupil
        .as_ref()
        .and_then(|pupil| scene.names.pupils.get(pupil))
        .map(|name| name.short.clone());
    let who = name.clone().unwrap_or_else(|| nameless(lang, &tile));
    Some(SeatCard {
        seat,
        at: at(scene, seat),
        name,
        who,
        state: tile.state,
        state_words: state_words(lang, tile.state),
        front: front(scene, lang, &tile),
        tag: tag(scene, lang, room, &tile),
        note: note(lang, &tile),
        since_ms: tile.since,
        until_ms: tile.until,
        reachable: tile.link == Link::Up,
        cannot: tile.cannot.iter().map(|name| (*name).to_owned()).collect(),
    })
}

/// One tile of a room between sessions, from what was last known of its link.
pub(super) fn tile_between(
    scene: &Scene,
    reader: &Reader,
    seat: &Seat,
    links: &BTreeMap<WorkstationId, LinkRow>,
) -> SeatCard {
    let lang = reader.lang;
    let known = seat.workstation.as_ref().and_then(|id| links.get(id));
    let down = known.and_then(|link| Some((link.down?, link.since)));
    let (state, since) = match (&seat.workstation, down) {
        (None, _) => (SeatState::NotEnrolled, None),
        (Some(_), None) => (SeatState::NoSession, None),
        (Some(_), Some((LinkEnd::Off, since))) => (SeatState::Off, Some(since)),
        (Some(_), Some((LinkEnd::Stopped, since))) => (SeatState::Stopped, Some(since)),
        (Some(_), Some((LinkEnd::Lost, since))) => (SeatState::Link, Some(since)),
    };
    SeatCard {
        seat: seat.seat,
        at: seat.at,
        name: None,
        // Outside a session nothing is collected: not even whether somebody is logged in.
        who: Private::new(match state {
            SeatState::NotEnrolled => say(lang, "who-no-machine", &[]),
            _ => say(lang, "who-free", &[]),
        }),
        state,
        state_words: state_words(lang, state),
        tag: match (state, since) {
            (SeatState::Link, Some(since)) => scene.time(since),
            _ => String::new(),
        },
        since_ms: since,
        reachable: known.is_some_and(|link| link.down.is_none()),
        ..SeatCard::default()
    }
}

fn at(scene: &Scene, seat: SeatNo) -> Option<(u16, u16)> {
    scene
        .room
        .seats
        .iter()
        .find(|one| one.seat == seat)
        .and_then(|one| one.at)
}

fn nameless(lang: Lang, tile: &Tile) -> Private<String> {
    let key = match (tile.state, &tile.who) {
        (SeatState::NotEnrolled, _) => "who-no-machine",
        (SeatState::Off | SeatState::Stopped, _) | (_, Who::Nobody) => "who-free",
        // A pseudonym without a row: the person was erased, and stays unknown.
        (_, Who::Unknown | Who::Pupil(_)) => "who-unknown",
    };
    Private::new(say(lang, key, &[]))
}

/// The state in words.
pub(super) fn state_words(lang: Lang, state: SeatState) -> String {
    let key = match state {
        SeatState::Work => "state-work",
        SeatState::Look => "state-look",
        SeatState::Alert => "state-alert",
        SeatState::Hand => "state-hand",
        SeatState::Lock => "state-lock",
        SeatState::Focus => "state-focus",
        SeatState::Ask => "state-ask",
        SeatState::NoSession => "state-no-session",
        SeatState::NotEnrolled => "state-not-enrolled",
        SeatState::Off => "state-off",
        SeatState::Stopped => "state-stopped",
        SeatState::Link => "state-link",
    };
    say(lang, key, &[])
}

/// What is in front: application and site. Of a seat that is away, what was in front is old and not shown.
fn front(scene: &Scene, lang: Lang, tile: &Tile) -> String {
    match tile.link {
        Link::Up => {
            let app = tile.app.as_deref().map(|app| app_words(lang, app));
            let parts: Vec<String> = app.into_iter().chain(tile.site.clone()).collect();
            parts.join(" · ")
        }
        Link::Down { since, .. } => say(lang, "front-since", &[("time", scene.time(since).into())]),
        Link::Never | Link::Waiting => String::new(),
    }
}

/// An application as people call it: from the catalogue, else as the desktop names it with a capital.
pub(super) fn app_words(lang: Lang, app: &str) -> String {
    let key: String = app
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    find(lang, &format!("app-{key}")).unwrap_or_else(|| {
        let mut letters = app.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    })
}

fn tag(scene: &Scene, lang: Lang, room: &Room, tile: &Tile) -> String {
    match tile.state {
        SeatState::Alert | SeatState::Look => tile
            .alert
            .and_then(|alert| room.alert(alert))
            // Distress names no article where somebody may look over a shoulder.
            .filter(|alert| !alert.is_distress())
            .map(|alert| super::article(lang, &alert.verdict.article))
            .unwrap_or_default(),
        SeatState::Lock | SeatState::Focus => tile
            .until
            .map(|until| scene.time(until))
            .unwrap_or_default(),
        SeatState::Link => tile
            .since
            .map(|since| scene.time(since))
            .unwrap_or_default(),
        // The page counts the minutes of a hand.
        SeatState::Hand
        | SeatState::Work
        | SeatState::Ask
        | SeatState::NoSession
        | SeatState::NotEnrolled
        | SeatState::Off
        | SeatState::Stopped => String::new(),
    }
}

/// What cannot be seen here, while the seat is there.
fn note(lang: Lang, tile: &Tile) -> String {
    if tile.missing.is_empty() || tile.link != Link::Up {
        return String::new();
    }
    let sensors: Vec<String> = tile
        .missing
        .iter()
        .map(|(sensor, _)| sensor_words(lang, *sensor))
        .collect();
    let sensors = sensors.join(", ");
    match tile
        .desktop
        .as_deref()
        .filter(|desktop| !desktop.is_empty())
    {
        Some(desktop) => say(
            lang,
            "note-missing-on",
            &[("sensors", sensors.into()), ("desktop", desktop.into())],
        ),
        None => say(lang, "note-missing", &[("sensors", sensors.into())]),
    }
}

/// A sensor in words.
pub(super) fn sensor_words(lang: Lang, sensor: Sensor) -> String {
    let key = match sensor {
        Sensor::Connections => "sensor-connections",
        Sensor::Urls => "sensor-urls",
        Sensor::Front => "sensor-front",
        Sensor::Titles => "sensor-titles",
        Sensor::Presence => "sensor-presence",
        Sensor::Chat => "sensor-chat",
        Sensor::Unknown => "sensor-unknown",
    };
    say(lang, key, &[])
}

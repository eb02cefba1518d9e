//! The seat sheet: the facts behind the name, the session so far, commands and their receipts.

use std::collections::BTreeMap;

use vigie_protocol::view::{CommandLine, Run, SheetLine, SheetView};
use vigie_protocol::{Action, Private, ReceiptState, SeatNo, Stamp, WorkstationId};
use vigie_room::fact::LinkEnd;
use vigie_room::picture::{Audience, Item, Link, Moment, Order, Tile, What};
use vigie_room::{Room, Who};

use super::queue::{evidence, item, plain, quoted, who};
use super::tiles::{app_words, sensor_words, tile, tile_between};
use super::{Distress, Reader, Scene, article, rule_title};
use crate::store::places::LinkRow;
use crate::texts::{Lang, say};

/// The seat sheet; none for a seat that is not on the plan.
pub(crate) fn sheet(
    scene: &Scene,
    reader: &Reader,
    room: &Room,
    seat: SeatNo,
    now: Stamp,
) -> Option<SheetView> {
    let card = tile(scene, reader, room, seat, now)?;
    let typed = room.tile(seat, now, reader.audience())?;
    // Whoever is only told that there is distress reads the timeline of those who are not told.
    let audience = match reader.distress {
        Distress::Full => Audience::Named,
        Distress::Announced | Distress::Hidden => Audience::Others,
    };
    let mut timeline: Vec<SheetLine> = room
        .timeline(seat, audience)
        .into_iter()
        .map(|moment| line(scene, reader.lang, moment))
        .collect();
    timeline.reverse();
    let mut commands: Vec<CommandLine> = room
        .orders(seat)
        .into_iter()
        .map(|order| command(scene, reader.lang, order, now))
        .collect();
    commands.reverse();
    let items = room
        .items(reader.audience())
        .into_iter()
        .filter(|key| match room.item(*key) {
            Some(Item::Help(help)) => help.seat == seat,
            Some(Item::Alert(alert)) => alert.seat == seat,
            None => false,
        })
        .filter_map(|key| item(scene, reader, room, key))
        .collect();
    Some(SheetView {
        seat: card,
        facts: facts(scene, reader.lang, &typed),
        timeline,
        commands,
        items,
    })
}

/// The sheet between sessions: what was last known of the link, and nothing else.
pub(crate) fn sheet_between(
    scene: &Scene,
    reader: &Reader,
    links: &BTreeMap<WorkstationId, LinkRow>,
    seat: SeatNo,
) -> Option<SheetView> {
    let seat = scene.room.seats.iter().find(|one| one.seat == seat)?;
    Some(SheetView {
        seat: tile_between(scene, reader, seat, links),
        ..SheetView::default()
    })
}

/// The three facts that make a name, each with whether it agrees; and what cannot be seen here, with the agent's reason.
fn facts(scene: &Scene, lang: Lang, tile: &Tile) -> Vec<(String, bool)> {
    let key = match tile.link {
        Link::Never => ("fact-key-never", false),
        Link::Waiting => ("fact-key-waiting", false),
        Link::Up => ("fact-key", true),
        Link::Down { .. } => ("fact-key-gone", false),
    };
    let login = match (&tile.who, tile.confirmed) {
        (_, true) => ("fact-login-confirmed", true),
        (Who::Pupil(_), false) => ("fact-login", tile.pupil.is_some()),
        (Who::Unknown, false) => ("fact-login-unknown", false),
        (Who::Nobody, false) => ("fact-login-nobody", false),
    };
    let seat = say(
        lang,
        "fact-seat",
        &[
            ("seat", tile.seat.to_string().into()),
            ("room", scene.room.name.as_str().into()),
        ],
    );
    let mut facts = vec![
        (say(lang, key.0, &[]), key.1),
        (seat, true),
        (say(lang, login.0, &[]), login.1),
    ];
    facts.extend(tile.missing.iter().map(|(sensor, reason)| {
        let words = say(
            lang,
            "fact-missing",
            &[
                ("sensor", sensor_words(lang, *sensor).into()),
                ("reason", reason.as_str().into()),
            ],
        );
        (words, false)
    }));
    facts
}

fn line(scene: &Scene, lang: Lang, moment: Moment) -> SheetLine {
    let (shape, words, why) = told(scene, lang, moment.what);
    SheetLine {
        at_ms: moment.at,
        shape: shape.to_owned(),
        words,
        why,
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each thing that a timeline can hold"
)]
fn told(scene: &Scene, lang: Lang, what: What) -> (&'static str, Vec<Run>, String) {
    let simple = |shape, key: &str| (shape, plain(say(lang, key, &[])), String::new());
    match what {
        What::Front { app, title } => {
            let mut words = app_words(lang, &app);
            if let Some(title) = title {
                words = format!("{words} · {}", title.reveal());
            }
            ("work", plain(words), String::new())
        }
        What::Site {
            host,
            blocked,
            times,
        } => {
            let key = if blocked { "line-blocked" } else { "line-site" };
            let words = say(lang, key, &[("host", host.into()), ("count", times.into())]);
            (
                if blocked { "alert" } else { "work" },
                plain(words),
                String::new(),
            )
        }
        What::Said { text, .. } => ("chat", plain(quoted(lang, text.reveal())), String::new()),
        What::Unsent { .. } => simple("chat", "line-unsent"),
        What::Judged { verdict } => {
            let mut words = plain(format!("{} · ", rule_title(scene, lang, &verdict.rule)));
            words.extend(evidence(lang, &verdict.evidence));
            let shape = match verdict.severity {
                vigie_filters::Severity::Info | vigie_filters::Severity::Low => "look",
                _ => "alert",
            };
            let mut why = vec![article(lang, &verdict.article)];
            why.extend(scene.article_title(lang, &verdict.article));
            why.push(verdict.rule.to_string());
            (shape, words, why.join(" · "))
        }
        What::Disagreed { rule } => {
            let title = rule_title(scene, lang, &rule);
            let words = say(lang, "line-disagreed", &[("rule", title.into())]);
            ("look", plain(words), String::new())
        }
        What::HelpAsked { text } if text.reveal().trim().is_empty() => {
            simple("hand", "help-wordless")
        }
        What::HelpAsked { text } => ("hand", plain(quoted(lang, text.reveal())), String::new()),
        What::SiteAsked { site } => {
            let words = say(lang, "line-site-asked", &[("site", site.into())]);
            ("hand", plain(words), String::new())
        }
        What::HelpEnded { how } => {
            let key = match how.as_str() {
                "helped" => "help-ended-helped",
                "answered" => "help-ended-answered",
                "withdrawn" => "help-ended-withdrawn",
                "left" => "help-ended-left",
                "neighbour" => "help-ended-neighbour",
                "later" => "help-ended-later",
                "mistaken" => "help-ended-mistaken",
                "granted" => "help-ended-granted",
                "refused" => "help-ended-refused",
                _ => "help-ended",
            };
            simple("hand", key)
        }
        What::Contested { .. } => simple("look", "contested"),
        What::Accepted => simple("work", "line-accepted"),
        What::Present(true) => simple("work", "line-present"),
        What::Present(false) => simple("work", "line-absent"),
        What::LinkUp => simple("link", "line-link-up"),
        What::LinkDown(LinkEnd::Off) => simple("link", "line-off"),
        What::LinkDown(LinkEnd::Stopped) => simple("link", "line-stopped"),
        What::LinkDown(LinkEnd::Lost) => simple("link", "line-lost"),
        What::Seated(Who::Pupil(pupil)) => {
            let name = who(scene, lang, Some(&pupil));
            let words = say(
                lang,
                "line-seated",
                &[("who", name.reveal().as_str().into())],
            );
            ("work", plain(words), String::new())
        }
        What::Seated(Who::Unknown) => simple("work", "line-seated-unknown"),
        What::Seated(Who::Nobody) => simple("work", "line-seated-nobody"),
        What::Confirmed(pupil) => {
            let name = who(scene, lang, Some(&pupil));
            let words = say(
                lang,
                "line-confirmed",
                &[("who", name.reveal().as_str().into())],
            );
            ("work", plain(words), String::new())
        }
        What::Missing { count } => {
            let words = say(lang, "line-missing", &[("count", count.into())]);
            ("gap", plain(words), String::new())
        }
        What::Older { count } => {
            let words = say(lang, "line-older", &[("count", count.into())]);
            ("gap", plain(words), String::new())
        }
        What::Command { state, .. } => {
            let words = say(
                lang,
                "line-command",
                &[("state", receipt(lang, state.as_ref()).1.into())],
            );
            ("lock", plain(words), String::new())
        }
    }
}

fn command(scene: &Scene, lang: Lang, order: Order, now: Stamp) -> CommandLine {
    let words = action_words(scene, lang, &order.action, order.deadline);
    let (state, state_words) = receipt(lang, order.state.as_ref());
    let holds = matches!(order.state, None | Some(ReceiptState::Done {}));
    CommandLine {
        command: order.command,
        at_ms: order.at,
        words: Private::new(words),
        state: state.to_owned(),
        state_words,
        until_ms: (holds && order.deadline > now).then_some(order.deadline),
        releasable: order.releasable,
    }
}

/// What a command asks, in words.
pub(super) fn action_words(scene: &Scene, lang: Lang, action: &Action, deadline: Stamp) -> String {
    let time = scene.time(deadline);
    match action {
        Action::Message { text } => say(
            lang,
            "command-message",
            &[("words", quoted(lang, text.reveal()).into())],
        ),
        Action::Lock { .. } => say(lang, "command-lock", &[("time", time.into())]),
        Action::Release { .. } => say(lang, "command-release", &[]),
        Action::Focus { sites } => say(
            lang,
            "command-focus",
            &[("sites", sites.join(", ").into()), ("time", time.into())],
        ),
        Action::Open { url } => say(
            lang,
            "command-open",
            &[("url", url.reveal().as_str().into())],
        ),
        Action::Close {} => say(lang, "command-close", &[]),
        Action::Unknown(_) => say(lang, "command-unknown", &[]),
    }
}

pub(super) fn receipt(lang: Lang, state: Option<&ReceiptState>) -> (&'static str, String) {
    let word = match state {
        None => "pending",
        Some(ReceiptState::Done {}) => "done",
        Some(ReceiptState::Refused { reason }) => {
            let words = say(
                lang,
                "receipt-refused",
                &[("reason", reason.as_str().into())],
            );
            return ("refused", words);
        }
        Some(ReceiptState::Expired {}) => "expired",
        Some(ReceiptState::Ended {}) => "ended",
        // What a newer agent says of it is a state that only it knows: not yet done, as far as we can tell.
        Some(ReceiptState::Unknown(_)) => "pending",
    };
    (word, say(lang, &format!("receipt-{word}"), &[]))
}

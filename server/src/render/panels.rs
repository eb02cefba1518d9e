//! The student panel: what is on, what is seen and what never is, the rules in plain words, and everything of the pupil's own.

use vigie_filters::needs;
use vigie_protocol::view::{
    ChatLine, RuleWords, SeatAlert, SeatAsked, SeatBlock, SeatLook, SeatView,
};
use vigie_protocol::{Action, SeatNo};
use vigie_room::Room;
use vigie_room::picture::{Alert, AlertState, Blocked, Help, Panel};

use super::queue::{staff_name, who, wordless};
use super::tiles::sensor_words;
use super::{Scene, article};
use crate::texts::{Lang, say};

/// The student panel of a seat; none for a seat that is not on the plan. The driver sends what changed, part by part.
pub(crate) fn panel(scene: &Scene, lang: Lang, room: &Room, seat: SeatNo) -> Option<SeatView> {
    let panel = room.panel(seat)?;
    Some(SeatView {
        supervision: supervision(scene, lang, panel.open),
        task: panel.task.clone(),
        adults: adults(scene, lang, &panel),
        ends_ms: panel.ends,
        rules: rules(scene, lang),
        charter: room.opening().map(|opening| opening.charter.clone()),
        accepted: panel.accepted,
        help: panel
            .help
            .as_ref()
            .map(|help| help_words(scene, lang, help))
            .unwrap_or_default(),
        help_open: panel.help.is_some(),
        channels: panel.channels.clone(),
        chat: chat(scene, lang, &panel, seat),
        messages: panel
            .messages
            .iter()
            .map(|(at, staff, text)| ChatLine {
                at_ms: *at,
                from: staff_name(scene, staff),
                text: text.clone(),
                mine: false,
            })
            .collect(),
        alerts: panel
            .alerts
            .iter()
            .map(|alert| own_alert(scene, lang, alert))
            .collect(),
        blocks: panel
            .blocks
            .iter()
            .map(|block| own_block(scene, lang, block))
            .collect(),
        sites: panel.sites.clone(),
        sites_only: panel.sites_only,
        asked: panel
            .asked
            .iter()
            .map(|asked| asked_site(lang, asked))
            .collect(),
        looks: panel
            .looks
            .iter()
            .map(|(at, staff)| SeatLook {
                at_ms: *at,
                who: staff_name(scene, staff),
            })
            .collect(),
        in_force: panel
            .in_force
            .iter()
            .filter(|order| matches!(order.action, Action::Lock { .. }))
            .map(|order| order.deadline)
            .max()
            .map(|until| say(lang, "panel-locked", &[("time", scene.time(until).into())]))
            .unwrap_or_default(),
        erased: erased(scene, lang),
        lang: lang.code().to_owned(),
    })
}

fn supervision(scene: &Scene, lang: Lang, open: bool) -> Vec<String> {
    if !open {
        return vec![say(lang, "panel-off", &[])];
    }
    let mut lines = vec![say(lang, "panel-on", &[])];
    if let Some(rules) = &scene.rules {
        let seen: Vec<String> = needs(rules.charter())
            .into_iter()
            .map(|sensor| sensor_words(lang, sensor))
            .collect();
        lines.push(say(
            lang,
            "panel-seen",
            &[("sensors", seen.join(", ").into())],
        ));
    }
    lines.push(say(lang, "panel-never", &[]));
    lines
}

fn adults(scene: &Scene, lang: Lang, panel: &Panel) -> String {
    let names: Vec<String> = panel
        .adults
        .iter()
        .map(|staff| staff_name(scene, staff).into_revealed())
        .filter(|name| !name.is_empty())
        .collect();
    say(
        lang,
        "panel-adults",
        &[
            ("room", scene.room.name.as_str().into()),
            ("adults", names.join(", ").into()),
        ],
    )
}

fn rules(scene: &Scene, lang: Lang) -> Vec<RuleWords> {
    let Some(rules) = &scene.rules else {
        return Vec::new();
    };
    rules
        .charter()
        .articles
        .iter()
        .map(|one| RuleWords {
            article: article(lang, &one.number),
            words: one.words.in_lang(lang.code()).to_owned(),
        })
        .collect()
}

fn help_words(scene: &Scene, lang: Lang, help: &Help) -> String {
    if let Some((_, staff)) = &help.told {
        return say(
            lang,
            "panel-hand-told",
            &[("who", staff_name(scene, staff).reveal().as_str().into())],
        );
    }
    match &help.taken {
        None => say(
            lang,
            "panel-hand",
            &[("time", scene.time(help.asked).into())],
        ),
        Some(staff) => say(
            lang,
            "panel-hand-taken",
            &[("who", staff_name(scene, staff).reveal().as_str().into())],
        ),
    }
}

/// A site that the pupil asked for, and what became of it.
fn asked_site(lang: Lang, help: &Help) -> SeatAsked {
    let state = match (help.ended, help.how.as_deref()) {
        (false, _) => "open",
        (true, Some("granted")) => "granted",
        (true, _) => "refused",
    };
    SeatAsked {
        at_ms: help.asked,
        host: help.site.clone().unwrap_or_default(),
        state: state.to_owned(),
        state_words: say(lang, &format!("panel-asked-{state}"), &[]),
    }
}

/// Lines of chat that a panel shows: the part is sent whole whenever a line is added.
const CHAT_SHOWN: usize = 50;

fn chat(scene: &Scene, lang: Lang, panel: &Panel, seat: SeatNo) -> Vec<ChatLine> {
    panel
        .chat
        .iter()
        .skip(panel.chat.len().saturating_sub(CHAT_SHOWN))
        .map(|line| ChatLine {
            at_ms: line.at,
            from: match &line.pupil {
                Some(pupil) => who(scene, lang, Some(pupil)),
                None => super::queue::place(lang, line.seat).into(),
            },
            text: line.text.clone(),
            mine: line.seat == seat,
        })
        .collect()
}

fn own_alert(scene: &Scene, lang: Lang, alert: &Alert) -> SeatAlert {
    let state = match alert.state {
        AlertState::Open => "open",
        AlertState::Acknowledged => "acknowledged",
        AlertState::Dismissed => "dismissed",
        AlertState::Contested => "contested",
        AlertState::Raised => "raised",
    };
    let evidence = &alert.verdict.evidence;
    SeatAlert {
        alert: alert.alert,
        at_ms: alert.last,
        words: scene.to_pupil(lang, &alert.verdict.rule),
        evidence: if evidence.text.reveal().is_empty() {
            wordless(lang, evidence).into()
        } else {
            evidence.text.clone()
        },
        article: article(lang, &alert.verdict.article),
        state: state.to_owned(),
        state_words: say(lang, &format!("alert-state-{state}"), &[]),
    }
}

fn own_block(scene: &Scene, lang: Lang, block: &Blocked) -> SeatBlock {
    let rule = block
        .verdict
        .as_ref()
        .map(|verdict| &verdict.rule)
        .or(block.rule.as_ref());
    let cited = rule.and_then(|rule| scene.rule(rule));
    SeatBlock {
        at_ms: block.at,
        host: block.host.clone(),
        words: rule.map_or_else(
            || say(lang, "panel-blocked", &[]),
            |rule| scene.to_pupil(lang, rule),
        ),
        article: cited
            .map(|rule| article(lang, &rule.article))
            .unwrap_or_default(),
    }
}

/// When what was collected is erased: days kept, and what stays without a name.
fn erased(scene: &Scene, lang: Lang) -> String {
    let keep = scene.retention;
    say(
        lang,
        "panel-erased",
        &[
            ("events", keep.events_days.into()),
            ("alerts", keep.alerts_days.into()),
        ],
    )
}

//! What the page shows, with every word resolved: the server's own words first, this machine's where the server is silent.

use serde::Serialize;
use vigie_protocol::view::{ChatLine, SeatAlert, SeatView};
use vigie_protocol::{ChannelId, CommandId, Private, Sensor, Span, Stamp};

use crate::agent::{Link, PanelState};
use crate::clock;
use crate::text::{Lang, say, say_with};

/// The panel as the page reads it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    lang: &'static str,
    state: String,
    link: LinkShown,
    session: bool,
    why: String,
    /// What to tell the adult who looks for this computer; empty once it has a seat.
    code: String,
    trouble: String,
    locked: String,
    ends_ms: Option<Stamp>,
    task: String,
    adults: String,
    seen: Vec<String>,
    erased: String,
    rules: Vec<vigie_protocol::view::RuleWords>,
    charter: CharterShown,
    help: HelpShown,
    channels: Vec<ChannelShown>,
    chat: Vec<LineShown>,
    messages: Vec<MessageShown>,
    alerts: Vec<AlertShown>,
    blocks: Vec<BlockShown>,
    sites: Vec<String>,
    sites_words: String,
    looks: Vec<LookShown>,
    summary: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LookShown {
    at_ms: Stamp,
    who: Private<String>,
}

#[derive(Debug, Serialize)]
struct LinkShown {
    is: &'static str,
    words: String,
}

#[derive(Debug, Serialize)]
struct CharterShown {
    asked: bool,
    accepted: bool,
}

#[derive(Debug, Serialize)]
struct HelpShown {
    open: bool,
    words: String,
}

#[derive(Debug, Serialize)]
struct ChannelShown {
    id: ChannelId,
    name: String,
}

#[derive(Debug, Serialize)]
struct LineShown {
    at_ms: Stamp,
    from: Private<String>,
    text: Private<String>,
    mine: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct MessageShown {
    command: Option<CommandId>,
    at_ms: Stamp,
    from: Private<String>,
    text: Private<String>,
}

#[derive(Debug, Serialize)]
struct AlertShown {
    #[serde(flatten)]
    alert: SeatAlert,
    contestable: bool,
}

#[derive(Debug, Serialize)]
struct BlockShown {
    at_ms: Stamp,
    host: Private<String>,
    words: String,
    article: String,
    /// What became of asking for it; empty when it was not asked for.
    asked: String,
    /// Whether it can be asked for.
    askable: bool,
}

/// The panel, all of it in its one language.
pub(super) fn panel(state: &PanelState) -> Shown {
    let lang = state.lang;
    let (view, here) = (&state.view, Here(state.ahead));
    let session = state.session.is_some();
    Shown {
        lang: lang.tag(),
        state: say(
            lang,
            if session {
                "panel-state-on"
            } else {
                "panel-state-off"
            },
        ),
        link: link(&state.link, lang),
        session,
        why: why(state, lang),
        code: code(state),
        trouble: trouble(state, lang),
        locked: locked(state, lang),
        ends_ms: state.ends,
        task: view.task.clone(),
        adults: view.adults.clone(),
        seen: seen(state, lang),
        erased: view.erased.clone(),
        rules: view.rules.clone(),
        charter: CharterShown {
            asked: view.charter.is_some(),
            accepted: view.accepted,
        },
        help: help(state, lang),
        channels: view
            .channels
            .iter()
            .map(|channel| named(channel, lang))
            .collect(),
        chat: view.chat.iter().map(|line| here.line(line)).collect(),
        messages: messages(state, here, lang),
        alerts: view
            .alerts
            .iter()
            .rev()
            .map(|alert| here.alert(alert))
            .collect(),
        blocks: if session {
            blocks(state, here, lang)
        } else {
            Vec::new()
        },
        sites: view.sites.clone(),
        sites_words: sites_words(view, lang),
        looks: view
            .looks
            .iter()
            .map(|look| LookShown {
                at_ms: here.at(look.at_ms),
                who: look.who.clone(),
            })
            .collect(),
        summary: summary(state, lang),
    }
}

fn sites_words(view: &SeatView, lang: Lang) -> String {
    match (view.sites.is_empty(), view.sites_only) {
        (true, false) => String::new(),
        (true, true) => say(lang, "panel-sites-none"),
        (false, true) => say(lang, "panel-sites-only"),
        (false, false) => say(lang, "panel-sites-open"),
    }
}

/// What a session that is over leaves the pupil to know; nothing while one is on.
fn summary(state: &PanelState, lang: Lang) -> Vec<String> {
    let Some(last) = state.last.as_ref().filter(|_| state.session.is_none()) else {
        return Vec::new();
    };
    let counted = |key: &str, count: usize| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        say_with(lang, key, &[("count", count.into())])
    };
    let mut lines = vec![say_with(
        lang,
        "panel-summary-task",
        &[("task", last.task.as_str().into())],
    )];
    lines.push(counted("panel-summary-blocks", last.blocks.len()));
    lines.push(counted("panel-summary-alerts", last.alerts.len()));
    lines.push(counted("panel-summary-looks", last.looks.len()));
    lines.extend((!last.erased.is_empty()).then(|| last.erased.clone()));
    lines
}

/// Turns the server's moments into this machine's.
#[derive(Clone, Copy)]
struct Here(Span);

impl Here {
    fn at(self, server: Stamp) -> Stamp {
        server + self.0
    }

    fn line(self, line: &ChatLine) -> LineShown {
        LineShown {
            at_ms: self.at(line.at_ms),
            from: line.from.clone(),
            text: line.text.clone(),
            mine: line.mine,
        }
    }

    fn alert(self, alert: &SeatAlert) -> AlertShown {
        AlertShown {
            contestable: !matches!(alert.state.as_str(), "contested" | "dismissed"),
            alert: SeatAlert {
                at_ms: self.at(alert.at_ms),
                ..alert.clone()
            },
        }
    }
}

fn link(link: &Link, lang: Lang) -> LinkShown {
    let (is, words) = match link {
        Link::Up => ("up", say(lang, "panel-link-up")),
        Link::Dialling => ("away", say(lang, "panel-link-dialling")),
        Link::Lost { since } => {
            let time = clock::local_time(*since);
            let words = say_with(lang, "panel-link-lost", &[("time", time.into())]);
            ("away", words)
        }
        Link::Refused { .. } => ("refused", say(lang, "panel-link-refused")),
    };
    LinkShown { is, words }
}

fn why(state: &PanelState, lang: Lang) -> String {
    let key = match state.no_session.as_str() {
        "ended" => "panel-why-ended",
        "waiting" => "panel-why-waiting",
        "revoked" => "panel-why-revoked",
        "" if matches!(state.link, Link::Lost { .. }) => "panel-why-lapsed",
        _ => "panel-why-none",
    };
    say(lang, key)
}

/// Shown only while the link is up: a code of yesterday may be another machine's today.
fn code(state: &PanelState) -> String {
    if state.no_session == "waiting" && state.link == Link::Up {
        state.code.clone()
    } else {
        String::new()
    }
}

fn trouble(state: &PanelState, lang: Lang) -> String {
    if state.lost == 0 {
        return String::new();
    }
    let count = u32::try_from(state.lost).unwrap_or(u32::MAX);
    say_with(lang, "panel-trouble-lost", &[("count", count.into())])
}

/// By this machine's own lock: what the server last said of it may be old.
fn locked(state: &PanelState, lang: Lang) -> String {
    let Some(until) = state.locked_until else {
        return String::new();
    };
    let time = clock::local_time(until);
    say_with(lang, "panel-locked-until", &[("time", time.into())])
}

fn seen(state: &PanelState, lang: Lang) -> Vec<String> {
    if !state.view.supervision.is_empty() {
        return state.view.supervision.clone();
    }
    let keys = state.sensors.iter().filter_map(|sensor| match sensor {
        Sensor::Connections => Some("panel-sensor-connections"),
        Sensor::Urls => Some("panel-sensor-urls"),
        Sensor::Front => Some("panel-sensor-front"),
        Sensor::Titles => Some("panel-sensor-titles"),
        Sensor::Presence => Some("panel-sensor-presence"),
        Sensor::Chat => Some("panel-sensor-chat"),
        Sensor::Unknown => None,
    });
    keys.map(|key| say(lang, key)).collect()
}

fn help(state: &PanelState, lang: Lang) -> HelpShown {
    let view: &SeatView = &state.view;
    let waits = match (state.hand, &state.link) {
        (Some(true), Link::Up) => Some("panel-help-sent"),
        (Some(true), _) => Some("panel-help-kept"),
        _ => None,
    };
    HelpShown {
        open: state.hand.unwrap_or(view.help_open),
        words: match waits {
            Some(key) => say(lang, key),
            None if state.hand == Some(false) => String::new(),
            None => view.help.clone(),
        },
    }
}

fn named(channel: &ChannelId, lang: Lang) -> ChannelShown {
    let name = match channel.as_str() {
        "room" => say(lang, "panel-channel-room"),
        "adults" => say(lang, "panel-channel-adults"),
        other => other.to_owned(),
    };
    ChannelShown {
        id: channel.clone(),
        name,
    }
}

/// The server's messages carry who wrote them; a command carries that it must be shown. The same words are one message.
fn messages(state: &PanelState, here: Here, lang: Lang) -> Vec<MessageShown> {
    let mut shown: Vec<MessageShown> = state
        .view
        .messages
        .iter()
        .map(|line| MessageShown {
            command: None,
            at_ms: here.at(line.at_ms),
            from: line.from.clone(),
            text: line.text.clone(),
        })
        .collect();
    for message in &state.messages {
        let same = shown
            .iter_mut()
            .find(|one| one.command.is_none() && one.text == message.text);
        match same {
            Some(same) => same.command = Some(message.command.clone()),
            None => shown.push(MessageShown {
                command: Some(message.command.clone()),
                at_ms: message.at,
                from: say(lang, "panel-from-adult").into(),
                text: message.text.clone(),
            }),
        }
    }
    shown
}

/// What this machine stopped, as it happened; after a restart, what the server remembers.
fn blocks(state: &PanelState, here: Here, lang: Lang) -> Vec<BlockShown> {
    if state.blocks.is_empty() {
        let remembered = state.view.blocks.iter().map(|block| BlockShown {
            at_ms: here.at(block.at_ms),
            host: Private::new(block.host.clone()),
            words: block.words.clone(),
            article: block.article.clone(),
            ..asking(state, &block.host)
        });
        return remembered.collect();
    }
    let here = state.blocks.iter().map(|block| BlockShown {
        at_ms: block.at,
        host: block.host.clone(),
        words: match block.article.as_str() {
            "" => say(lang, "panel-shut"),
            _ => block.words.in_lang(lang.tag()).to_owned(),
        },
        article: match block.article.as_str() {
            "" => String::new(),
            number => say_with(lang, "panel-article", &[("number", number.into())]),
        },
        ..asking(state, block.host.reveal())
    });
    here.collect()
}

/// What became of asking for a site that was blocked.
fn asking(state: &PanelState, host: &str) -> BlockShown {
    let view = &state.view;
    let asked = view.asked.iter().find(|asked| asked.host == host);
    let waits = asked.is_some_and(|asked| asked.state == "open");
    let open = vigie_protocol::site_admits(&view.sites, host);
    BlockShown {
        at_ms: Stamp(0),
        host: Private::default(),
        words: String::new(),
        article: String::new(),
        asked: asked
            .map(|asked| asked.state_words.clone())
            .unwrap_or_default(),
        askable: !waits && !open,
    }
}

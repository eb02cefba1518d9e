//! Tells a part of a room's picture in plain French, for the expected stories of scenarios.
//!
//! These words belong to the tests; what people read comes from the server's catalogues. Everything told is asked of the room
//! exactly as the server asks it.

use anyhow::{Result, bail};
use vigie_protocol::view::SeatState;
use vigie_protocol::{Action, ChannelId, Private, Pseudonym, ReceiptState, SeatNo, Span, Stamp};
use vigie_room::picture::{
    Alert, AlertState, Help, Item, Line, Link, Moment, Order, Panel, Tile, What,
};
use vigie_room::{Audience, Refusal, Room, Who, due};

use super::read::MIDNIGHT;

/// Tells one part: `barre`, `file`, `poste N`, `panneau N`, `consignes N`, `consigne N`, `adultes`, `journal N`, `alerte N`, `dû`, `refus`, `comptés`. `barre`, `file`,
/// `poste` and `journal` take `nommée` at the end: what somebody sees whom the charter names for distress.
///
/// # Errors
/// A part that does not exist.
pub fn tell(room: &Room, now: Stamp, part: &str, refusal: Option<&Refusal>) -> Result<String> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let (words, audience) = match words.as_slice() {
        [words @ .., "nommée"] => (words, Audience::Named),
        words => (words, Audience::Others),
    };
    let told = match words {
        ["barre"] => bar(room, audience),
        ["file"] => queue(room, audience),
        ["poste", seat] => match room.tile(SeatNo(seat.parse()?), now, audience) {
            Some(seat) => tile(&seat),
            None => vec!["n'existe pas".to_owned()],
        },
        ["panneau", seat] => match room.panel(SeatNo(seat.parse()?)) {
            Some(seat) => panel(&seat),
            None => vec!["n'existe pas".to_owned()],
        },
        ["consigne", number] => issued(room, number),
        ["adultes"] => room.adults().iter().map(ToString::to_string).collect(),
        ["consignes", seat] => orders(&room.orders(SeatNo(seat.parse()?))),
        ["journal", seat] => room
            .timeline(SeatNo(seat.parse()?), audience)
            .iter()
            .map(moment)
            .collect(),
        ["alerte", seat] => match room.alert(super::play::alert(room, seat.parse()?)) {
            Some(seat) => alert(&seat),
            None => Vec::new(),
        },
        ["dû"] => owed(room),
        ["refus"] => refusal.map(refused).into_iter().collect(),
        ["comptés"] => room
            .noted()
            .iter()
            .map(|(rule, times)| format!("{rule} ×{times}"))
            .collect(),
        _ => bail!("rien à raconter de {part:?}"),
    };
    Ok(if told.is_empty() {
        "rien".to_owned()
    } else {
        told.join(" · ")
    })
}

fn hm(at: Stamp) -> String {
    let Span(ms) = at - MIDNIGHT;
    let seconds = ms.div_euclid(1_000);
    let (hours, minutes) = (seconds.div_euclid(3_600), seconds.div_euclid(60) % 60);
    match seconds % 60 {
        0 => format!("{hours:02}:{minutes:02}"),
        odd => format!("{hours:02}:{minutes:02}:{odd:02}"),
    }
}

fn quoted(text: &Private<String>) -> String {
    format!("« {} »", text.reveal())
}

fn pupil(pupil: Option<&Pseudonym>) -> String {
    pupil.map_or_else(|| "inconnu".to_owned(), Pseudonym::to_string)
}

fn counted(count: u32, one: &str, many: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        more => Some(format!("{more} {many}")),
    }
}

fn bar(room: &Room, audience: Audience) -> Vec<String> {
    let bar = room.bar(audience);
    let mut told = vec![match (bar.open, bar.ends) {
        (true, Some(ends)) => format!("{} jusqu'à {}", bar.task, hm(ends)),
        (false, Some(ends)) => format!("{} finie à {}", bar.task, hm(ends)),
        (_, None) => "pas de séance".to_owned(),
    }];
    told.extend(counted(bar.present, "présent", "présents"));
    told.extend(counted(bar.hands, "main", "mains"));
    told.extend(counted(bar.asks, "site demandé", "sites demandés"));
    told.extend(counted(bar.alerts, "alerte", "alertes"));
    told.extend(counted(bar.looks, "à voir", "à voir"));
    told.extend(counted(bar.distress, "détresse", "détresses"));
    told.extend(bar.chat_open.then(|| "chat ouvert".to_owned()));
    told.extend((!bar.sites.is_empty()).then(|| format!("sites {}", bar.sites.join(" "))));
    told.extend(bar.sites_only.then(|| "aucun autre".to_owned()));
    told
}

/// `consigne 2`: every seat with what became of it.
fn issued(room: &Room, number: &str) -> Vec<String> {
    let wanted = format!("consigne-{number}");
    let found = room
        .issued()
        .find(|issued| issued.command.as_str() == wanted);
    found.map_or_else(Vec::new, |issued| {
        let head = format!(
            "{} par {} jusqu'à {}",
            action(&issued.action),
            issued.by,
            hm(issued.deadline)
        );
        let seats = issued
            .receipts
            .iter()
            .map(|(seat, said, _)| format!("poste {seat} {}", state(said.as_ref())));
        std::iter::once(head).chain(seats).collect()
    })
}

fn tile(tile: &Tile) -> Vec<String> {
    let since = tile
        .since
        .map_or_else(String::new, |since| format!(" depuis {}", hm(since)));
    let mut told = vec![match (&tile.pupil, &tile.who) {
        (Some(pupil), _) if tile.confirmed => format!("{pupil} (confirmé)"),
        (Some(pupil), _) => pupil.to_string(),
        (None, Who::Unknown) => "inconnu".to_owned(),
        (None, _) => "personne".to_owned(),
    }];
    told.push(match tile.state {
        SeatState::Work => "au travail".to_owned(),
        SeatState::Look => format!("à voir{since}"),
        SeatState::Alert => format!("alerte{since}"),
        SeatState::Hand => format!("main levée{since}"),
        SeatState::Lock => format!(
            "verrouillé jusqu'à {}",
            tile.until.map_or_else(String::new, hm)
        ),
        SeatState::Focus => format!("limité jusqu'à {}", tile.until.map_or_else(String::new, hm)),
        SeatState::Ask => "à confirmer".to_owned(),
        SeatState::NoSession => "pas de séance".to_owned(),
        SeatState::NotEnrolled => "jamais enrôlé".to_owned(),
        SeatState::Off if tile.link == Link::Waiting => "pas encore vu".to_owned(),
        SeatState::Off => format!("éteint{since}"),
        SeatState::Stopped => format!("agent arrêté{since}"),
        SeatState::Link => format!("lien perdu{since}"),
    });
    told.extend(tile.app.clone());
    told.extend(tile.site.clone());
    told.extend((tile.present == Some(false)).then(|| "absent".to_owned()));
    for (sensor, why) in &tile.missing {
        let desktop = tile.desktop.as_deref().unwrap_or_default();
        told.push(format!("sans {sensor:?} ({why}, {desktop})"));
    }
    told
}

fn queue(room: &Room, audience: Audience) -> Vec<String> {
    room.items(audience)
        .into_iter()
        .filter_map(|key| room.item(key))
        .map(|item| match item {
            Item::Help(item) => help(&item),
            Item::Alert(item) => format!("poste {} {}", item.seat, alert(&item).join(", ")),
        })
        .collect()
}

fn help(help: &Help) -> String {
    let taken = match &help.taken {
        Some(by) => format!(", prise par {by}"),
        None => String::new(),
    };
    let told = help.told.as_ref().map_or_else(String::new, |(at, by)| {
        format!(", attendre dit par {by} à {}", hm(*at))
    });
    let what = match &help.site {
        Some(site) => format!("demande {site}"),
        None => "main".to_owned(),
    };
    format!(
        "poste {} {what} de {} {} à {}{taken}{told}",
        help.seat,
        pupil(help.pupil.as_ref()),
        quoted(&help.text),
        hm(help.asked)
    )
}

fn alert(alert: &Alert) -> Vec<String> {
    let kind = match () {
        () if alert.is_distress() => "détresse",
        () if alert.is_look() => "à voir",
        () => "alerte",
    };
    let evidence = &alert.verdict.evidence;
    let what = match evidence.text.reveal().as_str() {
        "" => format!("({})", evidence.by),
        _ => quoted(&evidence.text),
    };
    let by = alert
        .by
        .as_ref()
        .map_or_else(String::new, |by| format!(" par {by}"));
    let mut told = vec![
        format!("{kind} de {}", pupil(alert.pupil.as_ref())),
        format!(
            "{} art. {} {what}",
            alert.verdict.rule, alert.verdict.article
        ),
        hm(alert.opened),
    ];
    told.extend(
        (alert.times > 1).then(|| format!("{} fois jusqu'à {}", alert.times, hm(alert.last))),
    );
    told.extend(alert.blocked.then(|| "bloqué".to_owned()));
    told.extend(match alert.state {
        AlertState::Open => None,
        AlertState::Acknowledged => Some(format!("vue{by}")),
        AlertState::Dismissed => Some(format!("écartée{by}")),
        AlertState::Contested => Some("contestée".to_owned()),
        AlertState::Raised => Some(format!("incident{by}")),
    });
    told.extend(alert.taken.as_ref().map(|by| format!("{by} y va")));
    told.extend(alert.contested.as_ref().map(quoted));
    told
}

fn action(action: &Action) -> String {
    match action {
        Action::Message { text } => format!("message {}", quoted(text)),
        Action::Lock { text } => format!("verrou {}", quoted(text)),
        Action::Release { .. } => "levée".to_owned(),
        Action::Focus { sites } => format!("limite à {}", sites.join(" ")),
        Action::Open { url } => format!("page {}", url.reveal()),
        Action::Close {} => "fermer".to_owned(),
        Action::Unknown(_) => "inconnue".to_owned(),
    }
}

fn state(state: Option<&ReceiptState>) -> String {
    match state {
        None => "en attente".to_owned(),
        Some(ReceiptState::Done {}) => "fait".to_owned(),
        Some(ReceiptState::Refused { reason }) => format!("refusé ({reason})"),
        Some(ReceiptState::Expired {}) => "expiré".to_owned(),
        Some(ReceiptState::Ended {}) => "fini".to_owned(),
        Some(ReceiptState::Unknown(_)) => "?".to_owned(),
    }
}

fn orders(orders: &[Order]) -> Vec<String> {
    orders
        .iter()
        .map(|order| {
            let until = hm(order.deadline);
            format!(
                "{} {} ({until})",
                action(&order.action),
                state(order.state.as_ref())
            )
        })
        .collect()
}

fn owed(room: &Room) -> Vec<String> {
    let (commands, next) = due(room);
    let mut told: Vec<String> = commands
        .iter()
        .map(|command| format!("poste {} {}", command.seat, action(&command.order.action)))
        .collect();
    told.extend(next.map(|next| format!("regarder à {}", hm(next))));
    told
}

fn channel(channel: &ChannelId) -> &str {
    match channel.as_str() {
        "room" => "salle",
        "adults" => "adultes",
        other => other,
    }
}

fn line(line: &Line) -> String {
    format!(
        "{} dit {} ({})",
        pupil(line.pupil.as_ref()),
        quoted(&line.text),
        channel(&line.channel)
    )
}

fn panel(panel: &Panel) -> Vec<String> {
    let mut told = vec![match panel.ends {
        Some(ends) => format!("{} jusqu'à {}", panel.task, hm(ends)),
        None => "pas de séance".to_owned(),
    }];
    told.extend(panel.accepted.then(|| "charte acceptée".to_owned()));
    told.extend(panel.help.iter().map(|help| {
        let taken = help
            .taken
            .as_ref()
            .map_or_else(String::new, |by| format!(", {by} arrive"));
        let told = help.told.as_ref().map_or("", |_| ", patiente");
        format!("ma main {}{taken}{told}", quoted(&help.text))
    }));
    told.extend((!panel.sites.is_empty()).then(|| format!("sites {}", panel.sites.join(" "))));
    told.extend(panel.sites_only.then(|| "aucun autre".to_owned()));
    told.extend(panel.asked.iter().map(|asked| {
        let site = asked.site.as_deref().unwrap_or_default();
        format!(
            "demandé {site} ({})",
            asked.how.as_deref().unwrap_or("attend")
        )
    }));
    told.extend(
        panel
            .looks
            .iter()
            .map(|(at, by)| format!("{by} a regardé à {}", hm(*at))),
    );
    let channels: Vec<&str> = panel.channels.iter().map(channel).collect();
    told.extend((!channels.is_empty()).then(|| format!("écrire dans {}", channels.join(", "))));
    told.extend(panel.chat.iter().map(line));
    told.extend(
        panel
            .messages
            .iter()
            .map(|(_, by, text)| format!("{by} écrit {}", quoted(text))),
    );
    told.extend(
        panel
            .alerts
            .iter()
            .map(|mine| format!("mon {}", alert(mine).join(", "))),
    );
    told.extend(panel.blocks.iter().map(|block| {
        let why = match (&block.verdict, &block.rule) {
            (Some(verdict), _) => format!("art. {}", verdict.article),
            (None, Some(rule)) => format!("{rule}, sans article"),
            (None, None) => "sans règle".to_owned(),
        };
        format!("bloqué {} {} fois ({why})", block.host, block.times)
    }));
    told.extend(
        panel
            .in_force
            .iter()
            .map(|order| format!("{} jusqu'à {}", action(&order.action), hm(order.deadline))),
    );
    told
}

fn moment(moment: &Moment) -> String {
    let what = match &moment.what {
        What::Front { app, title } => match title {
            Some(title) => format!("{app} {}", quoted(title)),
            None => app.clone(),
        },
        What::Site {
            host,
            blocked,
            times,
        } => {
            let blocked = if *blocked { " bloqué" } else { "" };
            let times = counted(*times, "fois", "fois").filter(|_| *times > 1);
            format!(
                "{host}{blocked}{}",
                times.map_or_else(String::new, |times| format!(" {times}"))
            )
        }
        What::Said { text, channel: to } => format!("dit {} ({})", quoted(text), channel(to)),
        What::Unsent { channel: to } => format!("message non remis ({})", channel(to)),
        What::Judged { verdict } => format!("constat {}", verdict.rule),
        What::Disagreed { rule } => format!("désaccord sur {rule}"),
        What::HelpAsked { text } => format!("demande {}", quoted(text)),
        What::SiteAsked { site } => format!("demande le site {site}"),
        What::HelpEnded { how } => format!("main baissée ({how})"),
        What::Contested { .. } => "conteste".to_owned(),
        What::Accepted => "accepte la charte".to_owned(),
        What::Present(true) => "présent".to_owned(),
        What::Present(false) => "absent".to_owned(),
        What::LinkUp => "lien".to_owned(),
        What::LinkDown(why) => format!("lien coupé ({why:?})"),
        What::Seated(Who::Pupil(name)) => format!("compte {name}"),
        What::Seated(Who::Unknown) => "compte inconnu".to_owned(),
        What::Seated(Who::Nobody) => "sans compte".to_owned(),
        What::Confirmed(name) => format!("confirmé {name}"),
        What::Missing { count } => format!("manque {count}"),
        What::Command {
            command,
            state: said,
        } => format!("{command} {}", state(said.as_ref())),
        What::Older { count } => format!("{count} plus anciens"),
    };
    format!("{} {what}", hm(moment.at))
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NoSession => "pas de séance".to_owned(),
        Refusal::AlreadyOpen => "déjà ouverte".to_owned(),
        Refusal::NoSuchSeat(seat) => format!("pas de poste {seat}"),
        Refusal::Offline(seat) => format!("poste {seat} sans lien"),
        Refusal::NoSuchItem => "n'existe pas".to_owned(),
        Refusal::TakenBy(by) => format!("pris par {by}"),
        Refusal::AlreadyEnded => "déjà fini".to_owned(),
        Refusal::DealtBy(by) => format!("déjà traité par {by}"),
        Refusal::Limit(name) => format!("limite {name}"),
    }
}

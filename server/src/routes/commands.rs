//! `POST …/commands`: what an adult asks of seats, as a lease with a deadline and a receipt a seat.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{Action, CommandId, SeatNo, Span};
use vigie_room::Ask;
use vigie_room::picture::Audience;

use super::asks::{Touched, act};
use super::prepare::site_of;
use crate::app::App;
use crate::audit::Act;
use crate::policy::InRoom;
use crate::problem::{Problem, ProblemBody};

/// Longest message or text of a lock, characters.
const TEXT_MAX: usize = 500;
/// Longest lock: nobody is kept from working for longer by one tap.
const LOCK_MAX: Span = Span::minutes(30);
/// Longest that a message waits for a seat that is away.
const MESSAGE_MAX: Span = Span::minutes(240);
/// Longest that seats are limited to some sites by one tap.
const FOCUS_MAX: Span = Span::minutes(120);
/// Longest that a page waits to be opened, and an application to be closed, at a seat that is away.
const PAGE_MAX: Span = Span::minutes(10);
/// Longest address of a page, characters.
const URL_MAX: usize = 2_000;
/// Longest id of a command; a UUID has 36 characters.
const ID_MAX: usize = 64;

/// A command. The id is minted by the tap: a retry reuses it and changes nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    #[schema(value_type = String, example = "0193f7b6-5c1e-7d2a-9f3e-1a2b3c4d5e6f")]
    command: CommandId,
    /// Seats by number; or `all`.
    #[serde(default)]
    #[schema(value_type = Vec<u16>)]
    seats: Vec<SeatNo>,
    #[serde(default)]
    all: bool,
    /// `{"do":"message","text"}`, `{"do":"lock","text"}`, `{"do":"focus","sites"}`, `{"do":"open","url"}`, `{"do":"close"}` or
    /// `{"do":"release","command"}`.
    #[schema(value_type = Object)]
    action: Action,
    /// How long it holds, from now: at most 30 minutes for a lock.
    #[schema(value_type = i64)]
    holds_ms: Span,
}

/// Which command was taken, and at which rev.
#[derive(Serialize, ToSchema)]
pub(crate) struct Issued {
    #[schema(value_type = String)]
    command: CommandId,
    rev: u64,
}

/// Asks something of seats. The receipts come with the cards, seat by seat.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/commands", tag = "commands",
    params(("room" = String, Path)), request_body = Command, responses(
    (status = 202, body = Issued),
    (status = 404, description = "No such seat", body = ProblemBody),
    (status = 409, description = "No session", body = ProblemBody)))]
pub(crate) async fn command(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<Command>,
) -> Result<HttpResponse, Problem> {
    let Command {
        command,
        seats,
        all,
        mut action,
        holds_ms: holds,
    } = body.into_inner();
    tidy(&mut action)?;
    check(&command, &action, holds)?;
    let mut seats = match (all, seats.is_empty()) {
        (true, true) => at.room.seats.iter().map(|one| one.seat).collect(),
        (false, false) => seats,
        _ => return Err(Problem::Limit("seats")),
    };
    seats.sort_unstable();
    seats.dedup();
    let one = match seats.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let (now, subject) = (app.clock.now(), format!("command/{command}"));
    let ask = Ask::Command {
        command: command.clone(),
        seats,
        action,
        holds,
    };
    let told = act(&app, &at, Act::Command, ask, move |room, _| {
        Some(Touched {
            seat: one,
            pupil: one.and_then(|seat| room.tile(seat, now, Audience::Others)?.pupil),
            subject: Some(subject),
        })
    })
    .await?;
    Ok(HttpResponse::Accepted().json(Issued {
        command,
        rev: told.rev.0,
    }))
}

/// Brings sites and addresses into the one form that agents read; the problem names what is neither.
fn tidy(action: &mut Action) -> Result<(), Problem> {
    match action {
        Action::Focus { sites } => {
            let mut hosts = Vec::new();
            for site in sites.iter().filter(|site| !site.trim().is_empty()) {
                let host = site_of(site).ok_or(Problem::Limit("sites"))?;
                if !hosts.contains(&host) {
                    hosts.push(host);
                }
            }
            *sites = hosts;
        }
        Action::Open { url } => {
            *url = page_of(url.reveal()).ok_or(Problem::Limit("url"))?.into();
        }
        _ => {}
    }
    Ok(())
}

/// A page's whole address; `https` where no scheme was written. Never one with a password in it.
fn page_of(text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().count() > URL_MAX {
        return None;
    }
    site_of(text)?;
    let address = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    url::Url::parse(&address).ok().map(String::from)
}

fn check(command: &CommandId, action: &Action, holds: Span) -> Result<(), Problem> {
    let id = command.as_str();
    let fine = (8..=ID_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !fine {
        return Err(Problem::Limit("command"));
    }
    let (text, holds_max) = match action {
        Action::Message { text } => (Some(text), MESSAGE_MAX),
        Action::Lock { text } => (Some(text), LOCK_MAX),
        Action::Release { .. } => (None, MESSAGE_MAX),
        Action::Focus { .. } => (None, FOCUS_MAX),
        Action::Open { .. } | Action::Close {} => (None, PAGE_MAX),
        Action::Unknown(_) => return Err(Problem::Limit("action")),
    };
    let words = text.map_or("", |text| text.reveal().as_str());
    let empty = matches!(action, Action::Message { .. }) && words.trim().is_empty();
    if empty || words.chars().count() > TEXT_MAX {
        return Err(Problem::Limit("text"));
    }
    if holds < Span::seconds(1) || holds > holds_max {
        return Err(Problem::Limit("holds_ms"));
    }
    Ok(())
}

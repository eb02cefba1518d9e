//! `POST …/session`, `POST …/session/extend`, `POST …/session/end`: the life of a session.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_filters::SESSION_KINDS;
use vigie_protocol::{Setting, Span};
use vigie_room::{Ask, Opening};

use super::asks::{Touched, act};
use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::InRoom;
use crate::problem::{Problem, ProblemBody};

/// Longest task, characters.
const TASK_MAX: usize = 200;
/// Longest label of a class, characters.
const CLASS_MAX: usize = 40;
/// Longest session and longest extension, minutes: half a day.
const MINUTES_MAX: u16 = 240;

/// A session to open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSession {
    /// What pupils are to do, in the adult's words; at most 200 characters, no pupil's name.
    task: String,
    /// Until it ends by itself: 1 to 240.
    minutes: u16,
    /// Whether the room's chat is open from the start.
    #[serde(default)]
    chat: bool,
    /// The class's label (`4B`), for rules that are limited to classes; at most 40 characters.
    #[serde(default)]
    class: String,
    /// `lesson`, `study`, `library`, `exam` or `club`, for rules that are limited to kinds of session; empty for none of them.
    #[serde(default)]
    kind: String,
}

/// The session that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct Opened {
    session: String,
}

/// Opens a session under the school's charter in force; supervision begins.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session", tag = "session",
    params(("room" = String, Path)), request_body = NewSession, responses(
    (status = 201, body = Opened),
    (status = 409, description = "A session is open, or no charter is adopted", body = ProblemBody)))]
pub(crate) async fn open(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<NewSession>,
) -> Result<HttpResponse, Problem> {
    let NewSession {
        task,
        minutes,
        chat,
        class,
        kind,
    } = body.into_inner();
    let class = class.trim().to_owned();
    if class.chars().count() > CLASS_MAX || class.chars().any(char::is_control) {
        return Err(Problem::Limit("class"));
    }
    if !kind.is_empty() && !SESSION_KINDS.contains(&kind.as_str()) {
        return Err(Problem::Limit("kind"));
    }
    let task = task.trim().to_owned();
    if task.chars().count() > TASK_MAX || task.chars().any(char::is_control) {
        return Err(Problem::Limit("task"));
    }
    let ends = app.clock.now() + minutes_of(minutes)?;
    let school = &at.room.establishment;
    let (charter, _) = app
        .store
        .charter_in_force(school, app.clock.now())
        .await?
        .ok_or(Problem::NoCharter)?;
    let handle = app.room(&at.room.id).await?;
    if handle.look(|glimpse| glimpse.room.is_some()).await? {
        return Err(Problem::AlreadyOpen);
    }
    let mut entry = Entry::new(app.clock.now(), school, &at.signed.staff, Act::Open);
    entry.room = Some(at.room.id.clone());
    app.write_down(entry).await?;
    let told = handle
        .open(Opening {
            establishment: school.clone(),
            room: at.room.id.clone(),
            by: at.signed.staff.clone(),
            adults: vec![at.signed.staff.clone()],
            task,
            ends,
            charter,
            list: app.store.list_in_force(school).await?,
            seats: Vec::new(),
            chat_open: chat,
            setting: Setting {
                class,
                kind,
                // Its room and clock are the driver's to say.
                ..Setting::default()
            },
        })
        .await
        .map_err(|error| match app.not_told(error, school) {
            // Another adult was faster by a breath.
            Problem::AlreadyEnded => Problem::AlreadyOpen,
            other => other,
        })?;
    Ok(HttpResponse::Created().json(Opened {
        session: told.session.to_string(),
    }))
}

/// How many minutes more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extension {
    /// 1 to 240.
    minutes: u16,
}

/// Puts the session's end off.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session/extend", tag = "session",
    params(("room" = String, Path)), request_body = Extension, responses(
    (status = 204, description = "Put off"),
    (status = 409, description = "No session", body = ProblemBody)))]
pub(crate) async fn extend(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<Extension>,
) -> Result<HttpResponse, Problem> {
    let by_span = minutes_of(body.minutes)?;
    act(&app, &at, Act::Extend, Ask::Extend { by_span }, |_, _| {
        Some(Touched::default())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends the session: supervision is off.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session/end", tag = "session",
    params(("room" = String, Path)), responses(
    (status = 204, description = "Ended"),
    (status = 409, description = "No session", body = ProblemBody)))]
pub(crate) async fn end(app: web::Data<App>, at: InRoom) -> Result<HttpResponse, Problem> {
    act(&app, &at, Act::Close, Ask::Close, |_, _| {
        Some(Touched::default())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn minutes_of(minutes: u16) -> Result<Span, Problem> {
    if (1..=MINUTES_MAX).contains(&minutes) {
        Ok(Span::minutes(i64::from(minutes)))
    } else {
        Err(Problem::Limit("minutes"))
    }
}

//! `POST …/session`, `…/session/extend`, `…/session/end`, `…/session/adults`, `…/session/owner`, `…/session/sites`: the life of a
//! session and what its adults arrange in it. Next: [`super::prepare`] for what is asked for before it opens.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{EstablishmentId, HelpId, RoomId, SessionId, Setting, Span, StaffId, Stamp};
use vigie_room::{Ask, Opening};

use super::asks::{Touched, act};
use super::prepare::{self, Checked, NewSession};
use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::{InRoom, Permission};
use crate::problem::{Problem, ProblemBody};

/// Longest session and longest extension, minutes: half a day.
const MINUTES_MAX: u16 = 240;

/// The session that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct Opened {
    session: String,
}

/// Opens a session under the school's charter in force; supervision begins.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session", tag = "session",
    params(("room" = String, Path)), request_body = NewSession, responses(
    (status = 201, body = Opened),
    (status = 409, description = "A session is open, no charter is adopted, or it would run into the next one", body = ProblemBody)))]
pub(crate) async fn open(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<NewSession>,
) -> Result<HttpResponse, Problem> {
    let school = &at.room.establishment;
    let now = app.clock.now();
    let checked = prepare::check(&app, school, &at.signed.staff, body.into_inner(), now).await?;
    let session = begin(&app, (school, &at.room.id), &at.signed.staff, checked, None).await?;
    Ok(HttpResponse::Created().json(Opened {
        session: session.to_string(),
    }))
}

/// Opens a session for an adult: at their tap, or by the plan of that id when its time has come.
pub(crate) async fn begin(
    app: &App,
    (school, room): (&EstablishmentId, &RoomId),
    by: &StaffId,
    checked: Checked,
    plan: Option<&str>,
) -> Result<SessionId, Problem> {
    let now = app.clock.now();
    prepare::clear_until(app, room, (now, checked.ends), plan).await?;
    let (charter, _) = app
        .store
        .charter_in_force(school, now)
        .await?
        .ok_or(Problem::NoCharter)?;
    let handle = app.room(room).await?;
    if handle.look(|glimpse| glimpse.room.is_some()).await? {
        return Err(Problem::AlreadyOpen);
    }
    let mut entry = Entry::new(now, school, by, Act::Open);
    entry.room = Some(room.clone());
    entry.subject = plan.map(|plan| format!("plan/{plan}"));
    app.write_down(entry).await?;
    let told = handle
        .open(Opening {
            establishment: school.clone(),
            room: room.clone(),
            by: by.clone(),
            adults: checked.adults,
            task: checked.task,
            ends: checked.ends,
            charter,
            list: app.store.list_in_force(school).await?,
            seats: Vec::new(),
            chat_open: checked.chat,
            sites: checked.sites,
            sites_only: checked.sites_only,
            pupils: checked.pupils,
            setting: Setting {
                class: checked.class,
                kind: checked.kind,
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
    Ok(told.session)
}

/// How many minutes more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extension {
    /// 1 to 240.
    minutes: u16,
}

/// Puts the session's end off, never into what is planned next in the room.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session/extend", tag = "session",
    params(("room" = String, Path)), request_body = Extension, responses(
    (status = 204, description = "Put off"),
    (status = 409, description = "No session, or the next one is planned before", body = ProblemBody)))]
pub(crate) async fn extend(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<Extension>,
) -> Result<HttpResponse, Problem> {
    let by_span = minutes_of(body.minutes)?;
    let handle = app.room(&at.room.id).await?;
    let ends = handle
        .look(|glimpse| glimpse.room.and_then(vigie_room::Room::ends))
        .await?;
    if let Some(ends) = ends {
        prepare::clear_until(&app, &at.room.id, (app.clock.now(), ends + by_span), None).await?;
    }
    act(&app, &at, Act::Extend, Ask::Extend { by_span }, nobody).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends the session: supervision is off.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session/end", tag = "session",
    params(("room" = String, Path)), responses(
    (status = 204, description = "Ended"),
    (status = 409, description = "No session", body = ProblemBody)))]
pub(crate) async fn end(app: web::Data<App>, at: InRoom) -> Result<HttpResponse, Problem> {
    act(&app, &at, Act::Close, Ask::Close, nobody).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An adult of the school.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Colleague {
    #[schema(value_type = String)]
    staff: StaffId,
}

/// Lets another adult of the school into the session.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session/adults", tag = "session",
    params(("room" = String, Path)), request_body = Colleague, responses(
    (status = 204, description = "They are in"),
    (status = 422, description = "Nobody who may supervise here", body = ProblemBody)))]
pub(crate) async fn join(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<Colleague>,
) -> Result<HttpResponse, Problem> {
    let staff = colleague(&app, &at, body.into_inner()).await?;
    let subject = Some(format!("staff/{staff}"));
    act(&app, &at, Act::Join, Ask::Join { staff }, move |_, _| {
        Some(Touched {
            subject,
            ..Touched::default()
        })
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Hands the session over: the other adult owns it from now on.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session/owner", tag = "session",
    params(("room" = String, Path)), request_body = Colleague, responses(
    (status = 204, description = "It is theirs"),
    (status = 422, description = "Nobody who may supervise here", body = ProblemBody)))]
pub(crate) async fn hand_over(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<Colleague>,
) -> Result<HttpResponse, Problem> {
    let to = colleague(&app, &at, body.into_inner()).await?;
    let subject = Some(format!("staff/{to}"));
    act(
        &app,
        &at,
        Act::HandOver,
        Ask::HandOver { to },
        move |_, _| {
            Some(Touched {
                subject,
                ..Touched::default()
            })
        },
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn colleague(app: &App, at: &InRoom, body: Colleague) -> Result<StaffId, Problem> {
    let may = app
        .store
        .staff_who(&at.room.establishment, Permission::Act)
        .await?;
    if may.contains(&body.staff) {
        Ok(body.staff)
    } else {
        Err(Problem::Limit("staff"))
    }
}

/// A site, and whether it passes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteOpen {
    /// A host, or the address of a page on it.
    site: String,
    /// Whether it passes from now on; false closes it again.
    open: bool,
    /// The request that it answers.
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    help: Option<HelpId>,
}

/// Opens a site for the rest of the session, whatever the charter says, or closes it again.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/session/sites", tag = "session",
    params(("room" = String, Path)), request_body = SiteOpen, responses(
    (status = 204, description = "Done; every request for it is answered"),
    (status = 422, description = "Not a site", body = ProblemBody)))]
pub(crate) async fn sites(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<SiteOpen>,
) -> Result<HttpResponse, Problem> {
    let SiteOpen { site, open, help } = body.into_inner();
    let site = prepare::site_of(&site).ok_or(Problem::Limit("site"))?;
    let (what, ask) = if open {
        (Act::OpenSite, Ask::Grant { site, help })
    } else {
        (Act::CloseSite, Ask::Ungrant { site })
    };
    act(&app, &at, what, ask, move |room, _| {
        let help = help.and_then(|help| room.help(help));
        Some(Touched {
            seat: help.as_ref().map(|help| help.seat),
            subject: help.as_ref().map(|help| format!("help/{}", help.help)),
            pupil: help.and_then(|help| help.pupil),
        })
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of the answers that `act` asks for"
)]
fn nobody(_: &vigie_room::Room, _: crate::render::Distress) -> Option<Touched> {
    Some(Touched::default())
}

pub(crate) fn minutes_of(minutes: u16) -> Result<Span, Problem> {
    if (1..=MINUTES_MAX).contains(&minutes) {
        Ok(Span::minutes(i64::from(minutes)))
    } else {
        Err(Problem::Limit("minutes"))
    }
}

/// Whether a span of time is one that a session may last.
pub(crate) fn is_a_length(starts: Stamp, ends: Stamp) -> bool {
    let span = ends - starts;
    span >= Span::minutes(1) && span <= Span::minutes(i64::from(MINUTES_MAX))
}

//! `…/enrolment`: a room's enrolment tokens, its waiting machines and its seats, for whoever sets the school up.
//!
//! Owns what an adult decides about computers. Never shows a token twice, and never lets a machine's own word be more than a
//! hint. Next: [`crate::store::enrolment`].

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{CloseCode, Private, RoomId, SeatNo, Span, StaffId, WorkstationId};

use crate::agents::digest;
use crate::app::App;
use crate::audit::{Act, Entry};
use crate::ids;
use crate::policy::{InRoom, ReaderLang};
use crate::problem::{Problem, ProblemBody};
use crate::store::enrolment::{Instead, Known, NewToken, Newcomers, SeatError};
use crate::texts::{Lang, say};

/// Most computers of one token: as many as a room has seats at most.
const USES_MAX: u16 = 500;
/// Longest life of a token, hours: a month of holidays.
const HOURS_MAX: u16 = 720;
/// Where the command that is shown keeps what is the agent's own.
const AGENT_DATA: &str = "/var/lib/vigie-agent";

/// The machines of a room: what may still come, what waits, what sits where, what went wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct Picture {
    now_ms: i64,
    /// Where agents dial: `wss://vigie.example/agent/v1`.
    server: String,
    /// Newest first.
    tokens: Vec<TokenLine>,
    /// Machines that show a code and have no seat yet, oldest first.
    waiting: Vec<Waiting>,
    /// Every seat of the plan.
    seats: Vec<SeatLine>,
    /// Copies of keys that were refused and that no adult has seen to.
    troubles: Vec<Trouble>,
}

/// An enrolment token; its text is shown once, when it is made.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenLine {
    id: String,
    seat: Option<u16>,
    uses: u16,
    uses_left: u16,
    made_ms: i64,
    /// Who made it; null for the command line.
    #[schema(value_type = Option<String>)]
    made_by: Option<Private<String>>,
    ends_ms: i64,
    /// `open`, `used_up`, `expired` or `revoked`.
    state: &'static str,
}

/// A machine that waits for a seat.
#[derive(Serialize, ToSchema)]
pub(crate) struct Waiting {
    workstation: String,
    /// What its panel shows.
    code: String,
    /// The name that its owner gave it, in its own words.
    host: Option<String>,
    since_ms: i64,
    /// Whether its link is up now.
    up: bool,
    /// Where the same computer sat before it was installed anew, by its own word: a first choice for an adult, no more.
    was_seat: Option<u16>,
}

/// A seat and its machine.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeatLine {
    seat: u16,
    workstation: Option<String>,
    host: Option<String>,
    enrolled_ms: Option<i64>,
    up: bool,
}

/// A copy of a machine's key that was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct Trouble {
    /// `cloned`.
    kind: &'static str,
    /// How it was found out: `machine`, `link` or `key`.
    how: &'static str,
    /// Whose key it is.
    workstation: String,
    seat: Option<u16>,
    /// The name that the copy gave.
    host: Option<String>,
    at_ms: i64,
    /// The same in words.
    words: String,
}

/// The machines of a room.
#[utoipa::path(get, path = "/api/v1/rooms/{room}/enrolment", tag = "enrolment",
    params(("room" = String, Path)), responses(
    (status = 200, body = Picture),
    (status = 404, description = "No such room in the reader's schools", body = ProblemBody)))]
pub(crate) async fn picture(
    app: web::Data<App>,
    at: InRoom,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let names = app.store.names(&at.room.establishment);
    let maker = |id: StaffId| {
        // Somebody whose grants were taken away is still answerable by their id.
        let known = names.staff.get(&id).cloned();
        known.unwrap_or_else(|| Private::new(id.to_string()))
    };
    let tokens = app.store.enrolment_tokens(&at.room.id).await?;
    let known = app.store.known_in(&at.room.id).await?;
    let links = app.rooms.links();
    let seats = at.room.seats.iter().map(|seat| {
        let there = known.iter().find(|one| one.seat == Some(seat.seat));
        SeatLine {
            seat: seat.seat.0,
            workstation: there.map(|one| one.id.to_string()),
            host: there.and_then(|one| one.host.clone()),
            enrolled_ms: there.map(|one| one.enrolled.0),
            up: there.is_some_and(|one| links.is_up(&one.id)),
        }
    });
    Ok(HttpResponse::Ok().json(Picture {
        now_ms: now.0,
        server: app.agents_address(),
        tokens: tokens
            .into_iter()
            .map(|token| TokenLine {
                state: token.state(now),
                seat: token.seat.map(|seat| seat.0),
                uses: token.uses,
                uses_left: token.uses_left,
                made_ms: token.made.0,
                made_by: token.by.map(maker),
                ends_ms: token.ends.0,
                id: token.id,
            })
            .collect(),
        waiting: known
            .iter()
            .filter(|one| one.seat.is_none())
            .map(|one| Waiting {
                workstation: one.id.to_string(),
                code: one.code.clone().unwrap_or_default(),
                host: one.host.clone(),
                since_ms: one.enrolled.0,
                up: links.is_up(&one.id),
                was_seat: one.was_seat.map(|seat| seat.0),
            })
            .collect(),
        seats: seats.collect(),
        troubles: known
            .iter()
            .filter_map(|one| trouble(one, lang.0))
            .collect(),
    }))
}

fn trouble(known: &Known, lang: Lang) -> Option<Trouble> {
    let cloned = known.cloned.as_ref()?;
    let how = cloned.how.word();
    Some(Trouble {
        kind: "cloned",
        how,
        workstation: known.id.to_string(),
        seat: known.seat.map(|seat| seat.0),
        host: cloned.host.clone(),
        at_ms: cloned.at.0,
        words: say(lang, &format!("enrolment-cloned-{how}"), &[]),
    })
}

/// A token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTokenBody {
    /// How many computers may come in by it: 1 to 500.
    uses: u16,
    /// For how many hours: 1 to 720.
    hours: u16,
    /// The one seat that it is for; such a machine does not wait.
    #[serde(default)]
    seat: Option<u16>,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeToken {
    id: String,
    /// Its text, shown this once.
    #[schema(value_type = String)]
    token: Private<String>,
    ends_ms: i64,
    /// What to run on each computer.
    #[schema(value_type = String)]
    command: Private<String>,
}

/// Makes an enrolment token for the room.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/enrolment/tokens", tag = "enrolment",
    params(("room" = String, Path)), request_body = NewTokenBody, responses(
    (status = 201, body = MadeToken),
    (status = 404, description = "No such seat", body = ProblemBody),
    (status = 422, description = "Out of limits", body = ProblemBody)))]
pub(crate) async fn make_token(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<NewTokenBody>,
) -> Result<HttpResponse, Problem> {
    let NewTokenBody { uses, hours, seat } = body.into_inner();
    let seat = seat.map(SeatNo);
    if !(1..=USES_MAX).contains(&uses) || (seat.is_some() && uses != 1) {
        return Err(Problem::Limit("uses"));
    }
    if !(1..=HOURS_MAX).contains(&hours) {
        return Err(Problem::Limit("hours"));
    }
    if let Some(seat) = seat
        && !at.room.seats.iter().any(|one| one.seat == seat)
    {
        return Err(Problem::NoSuchSeat(seat));
    }
    let made = app.clock.now();
    let ends = made + Span::minutes(i64::from(hours).saturating_mul(60));
    write_down(&app, &at, Act::MakeToken, seat, None).await?;
    let token = ids::token();
    let id = app
        .store
        .put_enrolment_token(NewToken {
            digest: &digest(&token),
            room: &at.room.id,
            seat,
            uses,
            made,
            by: Some(&at.signed.staff),
            ends,
            newcomers: Newcomers::Wait,
        })
        .await?;
    let token = app.gate.identity.token(&token);
    let command = format!(
        "vigie-agent enrol --server {} --token {token} --data {AGENT_DATA}",
        app.agents_address()
    );
    Ok(HttpResponse::Created().json(MadeToken {
        id,
        token: Private::new(token),
        ends_ms: ends.0,
        command: Private::new(command),
    }))
}

/// Takes a token back: no further computer comes in by it.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/enrolment/tokens/{token}/revoke", tag = "enrolment",
    params(("room" = String, Path), ("token" = String, Path)), responses(
    (status = 204, description = "Revoked, now or before"),
    (status = 404, description = "No such token", body = ProblemBody)))]
pub(crate) async fn revoke_token(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, String)>,
) -> Result<HttpResponse, Problem> {
    let (_, id) = path.into_inner();
    let known = app.store.enrolment_tokens(&at.room.id).await?;
    if !known.iter().any(|token| token.id == id) {
        return Err(Problem::NotFound);
    }
    let subject = format!("token/{id}");
    write_down(&app, &at, Act::RevokeToken, None, Some(subject)).await?;
    app.store
        .revoke_enrolment_token(&at.room.id, &id, app.clock.now())
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Which seat.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnSeat {
    seat: u16,
    /// Whether the machine that is there now is to be revoked.
    #[serde(default)]
    instead: bool,
}

/// Puts a machine on a seat: one that waits, or one that moves.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/enrolment/workstations/{workstation}/seat", tag = "enrolment",
    params(("room" = String, Path), ("workstation" = String, Path)), request_body = OnSeat, responses(
    (status = 204, description = "It is on the seat"),
    (status = 404, description = "No such machine or seat in the room", body = ProblemBody),
    (status = 409, description = "Another machine is on the seat", body = ProblemBody)))]
pub(crate) async fn seat(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, WorkstationId)>,
    body: web::Json<OnSeat>,
) -> Result<HttpResponse, Problem> {
    let (_, workstation) = path.into_inner();
    let seat = SeatNo(body.seat);
    let instead = if body.instead {
        Instead::Yes
    } else {
        Instead::No
    };
    let subject = of_room(&app, &at, &workstation).await?;
    write_down(&app, &at, Act::SeatMachine, Some(seat), Some(subject)).await?;
    let gone = app
        .store
        .put_on_seat((&at.room.id, &workstation), seat, instead, app.clock.now())
        .await
        .map_err(|error| match error {
            SeatError::NoSuchWorkstation => Problem::NotFound,
            SeatError::NoSuchSeat => Problem::NoSuchSeat(seat),
            SeatError::Taken => Problem::SeatTaken(seat),
            SeatError::Store(error) => error.into(),
        })?;
    if let Some(gone) = gone {
        let reason = "the workstation is revoked: another took its seat";
        app.rooms
            .links()
            .close(&gone, CloseCode::NotEnrolled, reason);
    }
    // The room reads its plan before the link comes to it.
    app.rooms.changed(&at.room.id).await;
    app.rooms.links().placed(&workstation);
    Ok(HttpResponse::NoContent().finish())
}

/// Refuses a machine for ever, waiting or seated: its key comes in no more.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/enrolment/workstations/{workstation}/refuse", tag = "enrolment",
    params(("room" = String, Path), ("workstation" = String, Path)), responses(
    (status = 204, description = "Revoked"),
    (status = 404, description = "No such machine in the room", body = ProblemBody)))]
pub(crate) async fn refuse(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, WorkstationId)>,
) -> Result<HttpResponse, Problem> {
    let (_, workstation) = path.into_inner();
    let subject = of_room(&app, &at, &workstation).await?;
    write_down(&app, &at, Act::RefuseMachine, None, Some(subject)).await?;
    app.store
        .revoke_workstation(&at.room.id, &workstation, app.clock.now())
        .await?;
    let reason = "the workstation is revoked";
    app.rooms
        .links()
        .close(&workstation, CloseCode::NotEnrolled, reason);
    app.rooms.changed(&at.room.id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// An adult has seen to a copied key: the warning goes.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/enrolment/workstations/{workstation}/settle", tag = "enrolment",
    params(("room" = String, Path), ("workstation" = String, Path)), responses(
    (status = 204, description = "Settled"),
    (status = 404, description = "No such machine in the room", body = ProblemBody)))]
pub(crate) async fn settle(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, WorkstationId)>,
) -> Result<HttpResponse, Problem> {
    let (_, workstation) = path.into_inner();
    let subject = of_room(&app, &at, &workstation).await?;
    write_down(&app, &at, Act::SettleCopy, None, Some(subject)).await?;
    app.store.settle_clone(&workstation).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The machine for the audit log, if it is the room's and not revoked.
async fn of_room(app: &App, at: &InRoom, workstation: &WorkstationId) -> Result<String, Problem> {
    let known = app.store.workstation(workstation).await?;
    known
        .filter(|known| known.room.as_ref() == Some(&at.room.id) && !known.revoked)
        .map(|known| format!("workstation/{}", known.id))
        .ok_or(Problem::NotFound)
}

async fn write_down(
    app: &App,
    at: &InRoom,
    act: Act,
    seat: Option<SeatNo>,
    subject: Option<String>,
) -> Result<(), Problem> {
    let school = &at.room.establishment;
    let mut entry = Entry::new(app.clock.now(), school, &at.signed.staff, act);
    entry.room = Some(at.room.id.clone());
    entry.seat = seat;
    entry.subject = subject;
    app.write_down(entry).await
}

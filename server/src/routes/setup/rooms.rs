//! `…/schools/{school}/rooms`, `…/rooms/{room}/plan`, `…/rooms/{room}/remove`: rooms, and their seats drawn on a plan.
//!
//! A seat with a machine does not go, and none goes or comes while a session is open; moving one is always allowed.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{RoomId, SeatNo};

use super::{clean, sure, write_down};
use crate::app::App;
use crate::audit::Act;
use crate::policy::{InRoom, InSchool};
use crate::problem::{Problem, ProblemBody};
use crate::setup::{self, Form, Why, plan};
use crate::store::places::{RoomRow, Seat};

/// A room with its plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoomView {
    room: String,
    name: String,
    /// Whether a session is open: seats stay as they are until it ends.
    open: bool,
    seats: Vec<SeatView>,
}

/// A seat of the plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeatView {
    seat: u16,
    /// Column and row from 0; none: laid out in order.
    at: Option<(u16, u16)>,
    /// Whether a machine is enrolled on it.
    machine: bool,
}

/// The school's rooms, by name.
#[utoipa::path(get, path = "/api/v1/schools/{school}/rooms", tag = "set-up",
    params(("school" = String, Path)), responses((status = 200, body = Vec<RoomView>)))]
pub(crate) async fn list(app: web::Data<App>, at: InSchool) -> Result<HttpResponse, Problem> {
    let mut rooms = Vec::new();
    for room in app.store.rooms_of(&at.school).await? {
        rooms.push(RoomView {
            open: is_open(&app, &room.id).await?,
            room: room.id.to_string(),
            name: room.name,
            seats: room
                .seats
                .into_iter()
                .map(|seat| SeatView {
                    seat: seat.seat.0,
                    at: seat.at,
                    machine: seat.workstation.is_some(),
                })
                .collect(),
        });
    }
    Ok(HttpResponse::Ok().json(rooms))
}

async fn is_open(app: &App, room: &RoomId) -> Result<bool, Problem> {
    let handle = app.room(room).await?;
    Ok(handle.look(|glimpse| glimpse.room.is_some()).await?)
}

/// A room as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoomForm {
    /// `CDI`.
    name: String,
    /// 1 to 500.
    seats: Vec<SeatForm>,
}

/// A seat as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeatForm {
    /// From 1.
    seat: u16,
    /// Column and row from 0, below 40.
    at: Option<(u16, u16)>,
}

impl RoomForm {
    /// The name and the plan; `others` are the school's other rooms.
    fn checked(&self, others: &[&RoomRow]) -> Result<(String, Vec<Seat>), Problem> {
        let mut form = Form::default();
        let name = form.take("name", setup::name(&self.name));
        if let Some(name) = &name {
            form.take("name", setup::slug(name));
            if others.iter().any(|room| room.name == *name) {
                form.fault("name", Why::Taken);
            }
        }
        let seats: Vec<_> = self.seats.iter().map(|seat| (seat.seat, seat.at)).collect();
        let plan = form.take("seats", plan::checked(&seats));
        clean(form)?;
        Ok((sure(name)?, sure(plan)?))
    }
}

/// The room that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoomMade {
    room: String,
}

/// Adds a room.
#[utoipa::path(post, path = "/api/v1/schools/{school}/rooms", tag = "set-up",
    params(("school" = String, Path)), request_body = RoomForm, responses(
    (status = 201, body = RoomMade),
    (status = 422, description = "Fields are wrong", body = ProblemBody)))]
pub(crate) async fn add(
    app: web::Data<App>,
    at: InSchool,
    body: web::Json<RoomForm>,
) -> Result<HttpResponse, Problem> {
    let rooms = app.store.rooms_of(&at.school).await?;
    let others: Vec<&RoomRow> = rooms.iter().collect();
    let (name, seats) = body.checked(&others)?;
    let slug = setup::slug(&name).map_err(|why| Problem::Fields(vec![why.of("name")]))?;
    // Two names may fold to one address: `Salle 1` and `salle-1`.
    let id = (1_u32..1_000)
        .map(|turn| match turn {
            1 => RoomId::new(format!("{}-{slug}", at.school)),
            more => RoomId::new(format!("{}-{slug}-{more}", at.school)),
        })
        .find(|id| rooms.iter().all(|room| room.id != *id))
        .ok_or_else(|| Problem::Fields(vec![Why::Taken.of("name")]))?;
    write_down(&app, &at, Act::SetUpRoom, (Some(&id), None)).await?;
    app.store
        .put_room(&RoomRow {
            id: id.clone(),
            establishment: at.school.clone(),
            name,
            seats,
        })
        .await?;
    Ok(HttpResponse::Created().json(RoomMade {
        room: id.to_string(),
    }))
}

/// Gives the room another name and plan.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/plan", tag = "set-up",
    params(("room" = String, Path)), request_body = RoomForm, responses(
    (status = 204, description = "Written"),
    (status = 409, description = "A seat with a machine would go, or a session is open", body = ProblemBody),
    (status = 422, description = "Fields are wrong", body = ProblemBody)))]
pub(crate) async fn change(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<RoomForm>,
) -> Result<HttpResponse, Problem> {
    let rooms = app.store.rooms_of(&at.room.establishment).await?;
    let others: Vec<&RoomRow> = rooms.iter().filter(|room| room.id != at.room.id).collect();
    let (name, seats) = body.checked(&others)?;
    let now: BTreeSet<SeatNo> = seats.iter().map(|seat| seat.seat).collect();
    let before: BTreeSet<SeatNo> = at.room.seats.iter().map(|seat| seat.seat).collect();
    let lost = at
        .room
        .seats
        .iter()
        .find(|seat| seat.workstation.is_some() && !now.contains(&seat.seat));
    if let Some(seat) = lost {
        return Err(Problem::SeatHasMachine(seat.seat));
    }
    if now != before && is_open(&app, &at.room.id).await? {
        return Err(Problem::InSession);
    }
    let school = in_school(&at);
    write_down(&app, &school, Act::SetUpRoom, (Some(&at.room.id), None)).await?;
    app.store
        .put_room(&RoomRow {
            id: at.room.id.clone(),
            establishment: at.room.establishment.clone(),
            name,
            seats,
        })
        .await?;
    app.rooms.changed(&at.room.id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes the room away, while nothing is filed under it.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/remove", tag = "set-up",
    params(("room" = String, Path)), responses(
    (status = 204, description = "Gone"),
    (status = 409, description = "It has machines, or had a session", body = ProblemBody)))]
pub(crate) async fn remove(app: web::Data<App>, at: InRoom) -> Result<HttpResponse, Problem> {
    let school = in_school(&at);
    write_down(&app, &school, Act::RemoveRoom, (Some(&at.room.id), None)).await?;
    if app.store.remove_room(&at.room.id).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::RoomInUse)
    }
}

fn in_school(at: &InRoom) -> InSchool {
    InSchool {
        signed: at.signed.clone(),
        school: at.room.establishment.clone(),
    }
}

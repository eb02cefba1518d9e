//! `GET /api/v1/rooms` and `GET /api/v1/rooms/{room}`.

use actix_web::{HttpResponse, web};
use vigie_protocol::view::{BarCard, LiveFrame, RoomLine};
use vigie_protocol::{Private, Rev};

use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::{InRoom, Permission, ReaderLang, Signed};
use crate::problem::{Problem, ProblemBody};
use crate::render;
use crate::store::places::RoomRow;
use crate::texts::Lang;

/// Every room that the reader may see, in every school where they work. Counts are shown to those who may look into the
/// room; names to nobody here.
#[utoipa::path(get, path = "/api/v1/rooms", tag = "rooms", responses(
    (status = 200, description = "`[RoomLine]`", body = Vec<Object>),
    (status = 403, description = "No role that sees rooms", body = ProblemBody)))]
pub(crate) async fn list(
    app: web::Data<App>,
    signed: Signed,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let mut lines = Vec::new();
    let schools = app.store.establishments().await?;
    for school in schools {
        if !signed.may(&school.id, Permission::SeeRooms) {
            continue;
        }
        let looks = signed.may(&school.id, Permission::SeeLive);
        for room in app.store.rooms_of(&school.id).await? {
            let bar = if looks {
                bar(&app, &room, &signed, lang.0).await?
            } else {
                None
            };
            lines.push(RoomLine {
                room: room.id.to_string(),
                name: room.name.clone(),
                school: school.name.clone(),
                seats: room.seats.len().try_into().unwrap_or(u32::MAX),
                bar,
                may_open: signed.may(&school.id, Permission::OpenSession),
            });
        }
    }
    Ok(HttpResponse::Ok().json(lines))
}

async fn bar(
    app: &App,
    room: &RoomRow,
    signed: &Signed,
    lang: Lang,
) -> Result<Option<BarCard>, Problem> {
    let Some(handle) = app.rooms.room(&room.id).await? else {
        return Ok(None);
    };
    let staff = signed.staff.clone();
    let seen = handle
        .look(move |glimpse| {
            let room = glimpse.room?;
            let reader =
                render::Reader::of(glimpse.scene, Some(room), &staff, lang, glimpse.online);
            Some(render::bar(glimpse.scene, &reader, room))
        })
        .await;
    // One room that cannot answer now must not hide the others.
    Ok(seen.ok().flatten())
}

/// The whole picture of a room: the same as the first frame of its socket.
#[utoipa::path(get, path = "/api/v1/rooms/{room}", tag = "rooms",
    params(("room" = String, Path)), responses(
    (status = 200, description = "`LiveFrame::Snapshot`", body = Object),
    (status = 404, description = "No such room in the reader's schools", body = ProblemBody)))]
pub(crate) async fn snapshot(
    app: web::Data<App>,
    at: InRoom,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let staff = at.signed.staff.clone();
    let room_id = at.room.id.clone();
    let handle = app.room(&at.room.id).await?;
    let frame = handle
        .look(move |glimpse| {
            let reader =
                render::Reader::of(glimpse.scene, glimpse.room, &staff, lang.0, glimpse.online);
            let cards = match glimpse.room {
                Some(room) => render::cards(glimpse.scene, &reader, room, glimpse.now),
                None => render::between(glimpse.scene, &reader, glimpse.links),
            };
            LiveFrame::Snapshot {
                room: room_id,
                session: glimpse.room.map(|room| room.session().clone()),
                rev: glimpse.room.map_or(Rev(0), vigie_room::Room::rev),
                now_ms: glimpse.now,
                cards,
            }
        })
        .await
        .map_err(Problem::from)?;
    let session = match &frame {
        LiveFrame::Snapshot { session, .. } => session.clone(),
        LiveFrame::Delta { .. } | LiveFrame::Beat { .. } => None,
    };
    look_at_room(&app, &at, session).await?;
    Ok(HttpResponse::Ok().json(Private::new(frame)))
}

/// Writes down that somebody looks into a room, before they do.
pub(crate) async fn look_at_room(
    app: &App,
    at: &InRoom,
    session: Option<vigie_protocol::SessionId>,
) -> Result<(), Problem> {
    let mut entry = Entry::new(
        app.clock.now(),
        &at.room.establishment,
        &at.signed.staff,
        Act::LookRoom,
    );
    entry.room = Some(at.room.id.clone());
    entry.session = session;
    app.write_down(entry).await
}

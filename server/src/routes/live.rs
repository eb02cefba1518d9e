//! `GET …/live` for tablets, `GET /agent/v1` and `GET /agent/v1/lists/{digest}` for workstations: who may come in was decided by
//! the gate; what is said is [`crate::live`]'s and [`crate::agents`]'s.

use actix_web::{HttpRequest, HttpResponse, web};

use super::rooms::look_at_room;
use crate::app::App;
use crate::live::Watcher;
use crate::policy::{InRoom, ReaderLang};
use crate::problem::{Problem, ProblemBody};
use crate::{agents, live};

/// The live room as a WebSocket of `LiveFrame`: a snapshot, then what changed.
#[utoipa::path(get, path = "/api/v1/rooms/{room}/live", tag = "rooms",
    params(("room" = String, Path)), responses(
    (status = 101, description = "A WebSocket: `LiveFrame`, one JSON text message each"),
    (status = 403, description = "From a page of another origin", body = ProblemBody)))]
pub(crate) async fn live(
    app: web::Data<App>,
    at: InRoom,
    lang: ReaderLang,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let handle = app.room(&at.room.id).await?;
    let session = handle
        .look(|glimpse| glimpse.room.map(|room| room.session().clone()))
        .await
        .map_err(Problem::from)?;
    look_at_room(&app, &at, session).await?;
    let watcher = Watcher {
        staff: at.signed.staff.clone(),
        lang: lang.0,
        login: at.signed.login.clone(),
        until: at.signed.until,
        school: at.room.establishment.clone(),
        audit: app.audit.clone(),
    };
    live::watch(&request, body, &app.rooms, &handle, watcher)
        .await
        .map_err(Problem::from)?
}

/// A workstation's link, subprotocol `vigie.agent.v1`; `protocol/README.md` is the document. The door takes every WebSocket that
/// asks for it: what comes as far as here is none.
#[utoipa::path(get, path = "/agent/v1", tag = "agents", responses(
    (status = 101, description = "A WebSocket, see the wire document"),
    (status = 403, description = "From a browser"),
    (status = 426, description = "No WebSocket")))]
pub(crate) async fn agent() -> HttpResponse {
    HttpResponse::UpgradeRequired().body("a WebSocket is spoken here\n")
}

/// A list file in force, for a workstation that holds the ticket of a living link.
#[utoipa::path(get, path = "/agent/v1/lists/{digest}", tag = "agents",
    params(("digest" = String, Path)), responses(
    (status = 200, description = "The file", content_type = "application/octet-stream"),
    (status = 401, description = "No ticket")))]
pub(crate) async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> HttpResponse {
    // A digest is what names a file of ours: nothing else may become a part of a path.
    let digest = path.len() == 64 && path.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !digest {
        return Problem::NotFound.answer(app.config.lang);
    }
    agents::list(&request, &path, &app.rooms).await
}

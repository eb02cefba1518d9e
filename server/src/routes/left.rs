//! `GET …/left`: what the last sessions of a room have left open, to be dealt with after their end.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_protocol::view::{Card, ItemCard};
use vigie_protocol::{Private, Span};

use super::rooms::look_at_room;
use crate::app::App;
use crate::policy::{InRoom, ReaderLang};
use crate::problem::Problem;
use crate::render::{self, Reader};

/// Sessions looked at: a room keeps as many folded. What older ones left is in the list of alerts.
const SESSIONS_MAX: usize = 2;
/// How far back.
const BACK: Span = Span::minutes(7 * 24 * 60);

/// One session that has left something.
#[derive(Serialize, ToSchema)]
pub(crate) struct Left {
    session: String,
    task: String,
    started_ms: i64,
    ended_ms: i64,
    /// Entries as the queue shows them, first to be dealt with first.
    #[schema(value_type = Vec<Object>)]
    items: Private<Vec<ItemCard>>,
}

/// What the last sessions have left, the latest first. Looking is written in the audit log before it is shown.
#[utoipa::path(get, path = "/api/v1/rooms/{room}/left", tag = "queue",
    params(("room" = String, Path)), responses((status = 200, body = Vec<Left>)))]
pub(crate) async fn left(
    app: web::Data<App>,
    at: InRoom,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let handle = app.room(&at.room.id).await?;
    let since = app.clock.now() - BACK;
    let sessions = app.store.sessions_over(&at.room.id, since).await?;
    let mut all = Vec::new();
    for row in sessions.into_iter().take(SESSIONS_MAX) {
        let staff = at.signed.staff.clone();
        let read = move |glimpse: crate::rooms::Glimpse<'_>| {
            let room = glimpse.room?;
            let reader = Reader::of(glimpse.scene, Some(room), &staff, lang.0, glimpse.online);
            let mut items: Vec<ItemCard> = render::cards(glimpse.scene, &reader, room, glimpse.now)
                .into_values()
                .filter_map(|card| match card {
                    Card::Item(item) => Some(item),
                    _ => None,
                })
                .collect();
            items.sort_by_key(|item| item.order);
            let task = room.opening().map(|opening| opening.task.clone());
            Some((task.unwrap_or_default(), items))
        };
        let seen = handle.look_late(row.id.clone(), read).await?;
        let Some((task, items)) = seen.filter(|(_, items)| !items.is_empty()) else {
            continue;
        };
        look_at_room(&app, &at, Some(row.id.clone())).await?;
        all.push(Left {
            session: row.id.to_string(),
            task,
            started_ms: row.started.0,
            ended_ms: row.ended.unwrap_or(row.ends).0,
            items: Private::new(items),
        });
    }
    Ok(HttpResponse::Ok().json(all))
}

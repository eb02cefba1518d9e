//! What the page asks: each a POST of JSON, answered with words, or refused with problem+json (RFC 9457).

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;
use vigie_protocol::{AlertId, ChannelId, CommandId, Private};

use super::{Shared, lang_of};
use crate::agent::Link;
use crate::brain::{Asked, Refusal};
use crate::text;

#[derive(Debug, Deserialize)]
struct Words {
    #[serde(default)]
    text: Private<String>,
}

#[derive(Debug, Deserialize)]
struct Sent {
    #[serde(default = "the_room")]
    channel: ChannelId,
    text: Private<String>,
}

fn the_room() -> ChannelId {
    ChannelId::new("room")
}

#[derive(Debug, Deserialize)]
struct Shown {
    command: CommandId,
}

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .route("/help", web::post().to(help))
        .route("/help/withdraw", web::post().to(withdraw))
        .route("/chat", web::post().to(chat))
        .route("/alerts/{alert}/contest", web::post().to(contest))
        .route("/charter/accept", web::post().to(accept))
        .route("/shown", web::post().to(shown));
}

async fn help(request: HttpRequest, shared: Data<Shared>, words: Json<Words>) -> HttpResponse {
    let text = words.into_inner().text;
    ask(&request, &shared, Asked::Help { text }).await
}

async fn withdraw(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    ask(&request, &shared, Asked::HelpWithdrawn).await
}

async fn chat(request: HttpRequest, shared: Data<Shared>, sent: Json<Sent>) -> HttpResponse {
    let Sent { channel, text } = sent.into_inner();
    ask(&request, &shared, Asked::Chat { channel, text }).await
}

async fn contest(
    request: HttpRequest,
    shared: Data<Shared>,
    alert: Path<u64>,
    words: Json<Words>,
) -> HttpResponse {
    let asked = Asked::Contest {
        alert: AlertId(alert.into_inner()),
        text: words.into_inner().text,
    };
    ask(&request, &shared, asked).await
}

async fn accept(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    ask(&request, &shared, Asked::Accept).await
}

async fn shown(shared: Data<Shared>, shown: Json<Shown>) -> HttpResponse {
    shared.agent.shown(shown.into_inner().command).await;
    HttpResponse::Ok().json(json!({}))
}

async fn ask(request: &HttpRequest, shared: &Shared, asked: Asked) -> HttpResponse {
    let lang = lang_of(request, shared);
    let answer = shared.agent.ask(asked).await;
    match answer {
        Ok(()) => {
            let up = shared.agent.panel().borrow().link == Link::Up;
            let key = if up { "panel-said" } else { "panel-kept" };
            HttpResponse::Ok().json(json!({ "words": text::say(lang, key) }))
        }
        Err(refusal) => {
            let status = match refusal {
                Refusal::TooFast => StatusCode::TOO_MANY_REQUESTS,
                Refusal::NotKept => StatusCode::INSUFFICIENT_STORAGE,
                Refusal::Stopping => StatusCode::SERVICE_UNAVAILABLE,
                Refusal::Empty | Refusal::TooLong => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::CONFLICT,
            };
            HttpResponse::build(status)
                .content_type("application/problem+json")
                .json(json!({
                    "status": status.as_u16(),
                    "title": refusal.to_string(),
                    "detail": text::say(lang, &refusal.to_string()),
                }))
        }
    }
}

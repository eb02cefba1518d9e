//! What the page asks: each a POST of JSON, answered with words, or refused with problem+json (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path};
use serde::Deserialize;
use serde_json::json;
use vigie_protocol::{AlertId, ChannelId, CommandId, Private};

use super::Shared;
use crate::agent::Link;
use crate::brain::{Asked, Refusal};
use crate::text::Lang;

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
struct Site {
    host: String,
    #[serde(default)]
    text: Private<String>,
}

#[derive(Debug, Deserialize)]
struct Shown {
    command: CommandId,
}

#[derive(Debug, Deserialize)]
struct Speak {
    lang: String,
}

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .route("/help", web::post().to(help))
        .route("/help/withdraw", web::post().to(withdraw))
        .route("/chat", web::post().to(chat))
        .route("/alerts/{alert}/contest", web::post().to(contest))
        .route("/site", web::post().to(site))
        .route("/charter/accept", web::post().to(accept))
        .route("/shown", web::post().to(shown))
        .route("/lang", web::post().to(speak));
}

async fn help(shared: Data<Shared>, words: Json<Words>) -> HttpResponse {
    let text = words.into_inner().text;
    ask(&shared, Asked::Help { text }).await
}

async fn withdraw(shared: Data<Shared>) -> HttpResponse {
    ask(&shared, Asked::HelpWithdrawn).await
}

async fn chat(shared: Data<Shared>, sent: Json<Sent>) -> HttpResponse {
    let Sent { channel, text } = sent.into_inner();
    ask(&shared, Asked::Chat { channel, text }).await
}

async fn contest(shared: Data<Shared>, alert: Path<u64>, words: Json<Words>) -> HttpResponse {
    let asked = Asked::Contest {
        alert: AlertId(alert.into_inner()),
        text: words.into_inner().text,
    };
    ask(&shared, asked).await
}

async fn accept(shared: Data<Shared>) -> HttpResponse {
    ask(&shared, Asked::Accept).await
}

async fn site(shared: Data<Shared>, site: Json<Site>) -> HttpResponse {
    let Site { host, text } = site.into_inner();
    ask(&shared, Asked::Site { host, text }).await
}

async fn shown(shared: Data<Shared>, shown: Json<Shown>) -> HttpResponse {
    shared.agent.shown(shown.into_inner().command).await;
    HttpResponse::Ok().json(json!({}))
}

/// Another language: the page is drawn anew once the server's words have come in it.
async fn speak(shared: Data<Shared>, speak: Json<Speak>) -> HttpResponse {
    let Some(lang) = Lang::known(&speak.lang) else {
        return shared.refuse(StatusCode::UNPROCESSABLE_ENTITY, "panel-malformed");
    };
    shared.agent.speak(lang).await;
    let waits = {
        let panel = shared.agent.panel();
        let state = panel.borrow();
        state.session.is_some() && state.link != Link::Up
    };
    let words = if waits {
        shared.say("panel-lang-waits")
    } else {
        String::new()
    };
    HttpResponse::Ok().json(json!({ "words": words }))
}

async fn ask(shared: &Shared, asked: Asked) -> HttpResponse {
    let answer = shared.agent.ask(asked).await;
    match answer {
        Ok(()) => {
            let up = shared.agent.panel().borrow().link == Link::Up;
            let key = if up { "panel-said" } else { "panel-kept" };
            HttpResponse::Ok().json(json!({ "words": shared.say(key) }))
        }
        Err(refusal) => {
            let status = match refusal {
                Refusal::TooFast => StatusCode::TOO_MANY_REQUESTS,
                Refusal::NotKept => StatusCode::INSUFFICIENT_STORAGE,
                Refusal::Stopping => StatusCode::SERVICE_UNAVAILABLE,
                Refusal::Empty | Refusal::TooLong | Refusal::NoSite => {
                    StatusCode::UNPROCESSABLE_ENTITY
                }
                _ => StatusCode::CONFLICT,
            };
            shared.refuse(status, &refusal.to_string())
        }
    }
}

//! `GET …/phrases`, `POST …/phrases`: the answers that one tap sends, a school's own or ours.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::{InRoom, ReaderLang};
use crate::problem::{Problem, ProblemBody};
use crate::texts::say;

/// Most phrases, and the longest, characters: chips that a thumb can choose from.
const PHRASES_MAX: usize = 12;
const PHRASE_CHARS_MAX: usize = 120;
/// Ours, by their keys in the catalogue.
const OURS: [&str; 6] = [
    "web-phrase-coming",
    "web-phrase-look",
    "web-phrase-neighbour",
    "web-phrase-task",
    "web-phrase-talk",
    "web-phrase-bravo",
];

/// The ready answers.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phrases {
    /// At most twelve of at most 120 characters; an empty list brings ours back.
    texts: Vec<String>,
}

/// The ready answers of the room's school.
#[utoipa::path(get, path = "/api/v1/rooms/{room}/phrases", tag = "commands",
    params(("room" = String, Path)), responses((status = 200, body = Phrases)))]
pub(crate) async fn phrases(
    app: web::Data<App>,
    at: InRoom,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let own = app.store.phrases_of(&at.room.establishment).await?;
    let texts = own.unwrap_or_else(|| OURS.map(|key| say(lang.0, key, &[])).to_vec());
    Ok(HttpResponse::Ok().json(Phrases { texts }))
}

/// Writes the school's own.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/phrases", tag = "commands",
    params(("room" = String, Path)), request_body = Phrases, responses(
    (status = 204, description = "Written"),
    (status = 422, description = "Too many, or too long", body = ProblemBody)))]
pub(crate) async fn put(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<Phrases>,
) -> Result<HttpResponse, Problem> {
    let texts: Vec<String> = body
        .into_inner()
        .texts
        .iter()
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    let long = |text: &String| {
        text.chars().count() > PHRASE_CHARS_MAX || text.chars().any(char::is_control)
    };
    if texts.len() > PHRASES_MAX || texts.iter().any(long) {
        return Err(Problem::Limit("texts"));
    }
    let school = &at.room.establishment;
    let entry = Entry::new(app.clock.now(), school, &at.signed.staff, Act::Phrases);
    app.write_down(entry).await?;
    app.store.put_phrases(school, &texts).await?;
    Ok(HttpResponse::NoContent().finish())
}

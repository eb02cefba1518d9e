//! The pages and their files, embedded in the binary; read from disk in a debug build, so that a saved file is a reload away.
//!
//! Never holds data: a page is the same for everybody, and asks the API as its reader.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::fmt::Write;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "web/"]
struct Files;

/// The one page: which screen it is, its address says.
pub(crate) async fn page(request: HttpRequest) -> Result<HttpResponse, Problem> {
    file(&request, "index.html")
}

/// A file of the page.
pub(crate) async fn asset(
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    // Only what the folder lists: a path that climbs out of it names nothing.
    if path
        .split('/')
        .any(|part| part == ".." || part.starts_with('.'))
    {
        return Err(Problem::NotFound);
    }
    file(&request, &path)
}

fn file(request: &HttpRequest, path: &str) -> Result<HttpResponse, Problem> {
    let found: EmbeddedFile = Files::get(path).ok_or(Problem::NotFound)?;
    let mut tag = String::from("\"");
    for byte in found.metadata.sha256_hash().iter().take(12) {
        // Writing into a string does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .is_some_and(|given| given.as_bytes() == tag.as_bytes());
    let mut answer = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    // Asked again each time, and answered by a short 304 when nothing changed: an update is seen at once.
    answer
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((ETAG, tag));
    if known {
        return Ok(answer.finish());
    }
    // The service worker lives with the other files and serves every page of the origin.
    if path == "sw.js" {
        answer.insert_header(("Service-Worker-Allowed", "/"));
    }
    let mut kind = found.metadata.mimetype().to_owned();
    if kind.starts_with("text/") {
        kind.push_str("; charset=utf-8");
    }
    Ok(answer.content_type(kind).body(found.data.into_owned()))
}

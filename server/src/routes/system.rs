//! `GET /healthz`, `GET /metrics`, `GET /api/v1/openapi.json`, `GET /api/v1/texts`.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};

use crate::app::App;
use crate::policy::ReaderLang;
use crate::{openapi, texts};

/// Whether the server can do its work: the tables answer and the journal can be written. Says nothing else.
#[utoipa::path(get, path = "/healthz", tag = "system", responses(
    (status = 200, description = "The server can do its work"),
    (status = 503, description = "It cannot; its log says why")))]
pub(crate) async fn healthz(app: web::Data<App>) -> HttpResponse {
    match app.healthy().await {
        Ok(()) => HttpResponse::Ok().content_type("text/plain").body("ok\n"),
        Err(error) => {
            tracing::error!(error = %error, "the health check failed");
            HttpResponse::ServiceUnavailable()
                .content_type("text/plain")
                .body("unavailable\n")
        }
    }
}

/// What the server counts about itself, in the text format of OpenMetrics.
#[utoipa::path(get, path = "/metrics", tag = "system", responses(
    (status = 200, description = "From loopback, or with the operator's token", content_type = "application/openmetrics-text"),
    (status = 404, description = "From elsewhere without the token")))]
pub(crate) async fn metrics(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(app.metrics.text())
}

/// The document of this API.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "system", responses(
    (status = 200, description = "This document", content_type = "application/json")))]
pub(crate) async fn openapi() -> HttpResponse {
    HttpResponse::Ok().json(openapi::document())
}

/// Every sentence of the pages that needs no argument, by key, in the reader's language.
#[utoipa::path(get, path = "/api/v1/texts", tag = "system",
    params(("lang" = Option<String>, Query, description = "`fr` or `en`")),
    responses((status = 200, description = "`{key: sentence}`", body = std::collections::BTreeMap<String, String>)))]
pub(crate) async fn texts(app: web::Data<App>, lang: ReaderLang) -> HttpResponse {
    let mut all = texts::all(lang.0);
    // Pages tell times on the school's clock, not on the tablet's.
    let zone = app.clock.zone();
    let name = zone.iana_name().unwrap_or("UTC");
    all.insert("web-zone".to_owned(), name.to_owned());
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header(("content-language", lang.0.code()))
        .json(all)
}

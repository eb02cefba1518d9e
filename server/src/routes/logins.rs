//! `GET /api/v1/logins`, `DELETE /api/v1/logins`, `DELETE /api/v1/logins/{login}`: where one is signed in, and ending it.
//!
//! Never shows or ends anybody else's: another adult's login is not there.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::login::write_down_everywhere;
use crate::app::App;
use crate::audit::Act;
use crate::bus::Notice;
use crate::policy::Signed;
use crate::problem::{Problem, ProblemBody};

/// One browser in which one is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnLogin {
    /// For ending it; worth nothing by itself.
    login: String,
    /// The browser in words: `Firefox · Android`; empty when it did not say.
    device: String,
    started_ms: i64,
    /// When it was last renewed.
    seen_ms: i64,
    ends_ms: i64,
    /// The one that asks.
    current: bool,
}

/// One's own logins that are alive, the newest first.
#[utoipa::path(get, path = "/api/v1/logins", tag = "login", responses(
    (status = 200, body = Vec<OwnLogin>)))]
pub(crate) async fn list(app: web::Data<App>, signed: Signed) -> Result<HttpResponse, Problem> {
    let rows = app.store.logins_of(&signed.staff, app.clock.now()).await?;
    let logins: Vec<OwnLogin> = rows
        .into_iter()
        .map(|row| OwnLogin {
            current: row.id == signed.login,
            login: row.id,
            device: row.device,
            started_ms: row.started.0,
            seen_ms: row.seen.0,
            ends_ms: row.ends.0,
        })
        .collect();
    Ok(HttpResponse::Ok().json(logins))
}

/// Ends one of one's own logins; its sockets close at once.
#[utoipa::path(delete, path = "/api/v1/logins/{login}", tag = "login",
    params(("login" = String, Path)), responses(
    (status = 204, description = "Ended"),
    (status = 404, description = "No such login of one's own", body = ProblemBody)))]
pub(crate) async fn end(
    app: web::Data<App>,
    signed: Signed,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let login = app
        .store
        .login(&path)
        .await?
        .filter(|login| login.staff == signed.staff && login.is_alive(now))
        .ok_or(Problem::NotFound)?
        .id;
    write_down_everywhere(&app, &signed, Act::EndLogin).await?;
    app.store.revoke_login(&login, now).await?;
    let own = login == signed.login;
    app.rooms.bus().tell(Notice::LoginEnded { login });
    let mut answer = HttpResponse::NoContent();
    if own {
        answer.cookie(app.auth.no_cookie());
    }
    Ok(answer.finish())
}

/// Ends every login of one's own but the one that asks.
#[utoipa::path(delete, path = "/api/v1/logins", tag = "login", responses(
    (status = 204, description = "Ended, if there were any")))]
pub(crate) async fn end_others(
    app: web::Data<App>,
    signed: Signed,
) -> Result<HttpResponse, Problem> {
    write_down_everywhere(&app, &signed, Act::EndLogin).await?;
    let ended = app
        .store
        .revoke_logins_of(&signed.staff, Some(&signed.login), app.clock.now())
        .await?;
    for login in ended {
        app.rooms.bus().tell(Notice::LoginEnded { login });
    }
    Ok(HttpResponse::NoContent().finish())
}

//! `POST /api/v1/login`, `POST /api/v1/logout`, `GET /api/v1/me`.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::Private;

use crate::app::App;
use crate::bus::Notice;
use crate::policy::{ReaderLang, Signed};
use crate::problem::{Problem, ProblemBody};

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    #[schema(example = "renaud")]
    name: String,
    #[schema(value_type = String)]
    password: Private<String>,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// As colleagues read it.
    #[schema(value_type = String)]
    name: Private<String>,
    /// `fr` or `en`.
    lang: &'static str,
    grants: Vec<Granted>,
}

/// A role in a school.
#[derive(Serialize, ToSchema)]
pub(crate) struct Granted {
    /// The school's UAI code.
    establishment: String,
    /// The school's name.
    school: String,
    role: &'static str,
}

/// Signs in. The answer is the same, and takes as long, whether the name or the password is wrong.
#[utoipa::path(post, path = "/api/v1/login", tag = "login", request_body = Login, responses(
    (status = 204, description = "Signed in: the cookie is set"),
    (status = 401, description = "Wrong name or password", body = ProblemBody),
    (status = 429, description = "Too many tries", body = ProblemBody)))]
pub(crate) async fn login(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Json<Login>,
) -> Result<HttpResponse, Problem> {
    let Login { name, password } = body.into_inner();
    let peer = request
        .peer_addr()
        .map(|peer| peer.ip().to_string())
        .unwrap_or_default();
    let now = app.clock.now();
    let login = app
        .auth
        .sign_in(&app.store, (name.trim(), password), &peer, now)
        .await?;
    Ok(HttpResponse::NoContent()
        .cookie(app.auth.cookie(&login, now)?)
        .finish())
}

/// Signs out: the login is revoked, and every token that leans on it is worth nothing.
#[utoipa::path(post, path = "/api/v1/logout", tag = "login", responses(
    (status = 204, description = "Signed out: the cookie is taken away")))]
pub(crate) async fn logout(app: web::Data<App>, signed: Signed) -> Result<HttpResponse, Problem> {
    app.store
        .revoke_login(&signed.login, app.clock.now())
        .await?;
    app.rooms.bus().tell(Notice::LoginEnded {
        login: signed.login,
    });
    Ok(HttpResponse::NoContent()
        .cookie(app.auth.no_cookie())
        .finish())
}

/// Who is signed in, in which language, with which roles in which schools.
#[utoipa::path(get, path = "/api/v1/me", tag = "login", responses(
    (status = 200, body = Me),
    (status = 401, description = "Not signed in", body = ProblemBody)))]
pub(crate) async fn me(
    app: web::Data<App>,
    signed: Signed,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let schools = app.store.establishments().await?;
    let mut grants = Vec::new();
    for school in schools {
        let roles = signed.grants.get(&school.id).map(BTreeSet::iter);
        grants.extend(roles.into_iter().flatten().map(|role| Granted {
            establishment: school.id.to_string(),
            school: school.name.clone(),
            role: role.word(),
        }));
    }
    Ok(HttpResponse::Ok().json(Me {
        name: signed.name,
        lang: lang.0.code(),
        grants,
    }))
}

//! `POST /api/v1/login`, `POST /api/v1/logout`, `GET /api/v1/me`, `POST /api/v1/me/password`.

use std::collections::BTreeSet;

use actix_web::http::header::{HeaderName, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{EstablishmentId, Private};

use crate::app::App;
use crate::audit::{Act, Entry};
use crate::auth::password::weakness;
use crate::auth::{From, browser_words};
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
    /// Signed in by a one-time password: nothing else answers before it is changed.
    must_change: bool,
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

/// Signs in. The answer is the same, and takes as long, whether the name or the password is wrong. A login that this browser
/// held before is ended.
#[utoipa::path(post, path = "/api/v1/login", tag = "login", request_body = Login, responses(
    (status = 204, description = "Signed in: the cookies are set"),
    (status = 401, description = "Wrong name or password", body = ProblemBody),
    (status = 429, description = "Too many tries", body = ProblemBody)))]
pub(crate) async fn login(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Json<Login>,
) -> Result<HttpResponse, Problem> {
    let Login { name, password } = body.into_inner();
    let now = app.clock.now();
    let from = from(&app, &request);
    let entered = app
        .auth
        .sign_in(&app.store, (name.trim(), password), &from, now)
        .await?;
    let grants = app.store.grants_of(&entered.staff.id).await?;
    for school in grants.keys() {
        let entry = Entry::new(now, school, &entered.staff.id, Act::SignIn);
        app.write_down(entry).await?;
    }
    let mut ended = entered.ended;
    if let Some(before) = request.cookie(app.auth.cookie_name())
        && let Ok(before) = app.auth.who(&app.store, before.value(), now).await
    {
        app.store.revoke_login(&before.login.id, now).await?;
        ended.push(before.login.id);
    }
    for login in ended {
        app.rooms.bus().tell(Notice::LoginEnded { login });
    }
    let [token, device] = entered.cookies;
    Ok(HttpResponse::NoContent()
        .cookie(token)
        .cookie(device)
        .finish())
}

fn from(app: &App, request: &HttpRequest) -> From {
    let agent = request
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    From {
        peer: request
            .peer_addr()
            .map(|peer| peer.ip().to_string())
            .unwrap_or_default(),
        device: request
            .cookie(app.auth.device_cookie_name())
            .map(|cookie| cookie.value().to_owned()),
        browser: browser_words(agent),
    }
}

/// Signs out: the login is revoked, every token that leans on it is worth nothing, and its sockets close. The browser is asked
/// to forget what it kept of our pages.
#[utoipa::path(post, path = "/api/v1/logout", tag = "login", responses(
    (status = 204, description = "Signed out: the cookie is taken away")))]
pub(crate) async fn logout(app: web::Data<App>, signed: Signed) -> Result<HttpResponse, Problem> {
    write_down_everywhere(&app, &signed, Act::SignOut).await?;
    app.store
        .revoke_login(&signed.login, app.clock.now())
        .await?;
    app.rooms.bus().tell(Notice::LoginEnded {
        login: signed.login,
    });
    Ok(HttpResponse::NoContent()
        .cookie(app.auth.no_cookie())
        // Not "cookies": the device stays known, so that nobody can lock it out.
        .insert_header((
            HeaderName::from_static("clear-site-data"),
            "\"cache\", \"storage\"",
        ))
        .finish())
}

/// Writes an act on oneself into the log of every school where one works.
pub(super) async fn write_down_everywhere(
    app: &App,
    signed: &Signed,
    act: Act,
) -> Result<(), Problem> {
    for school in signed.grants.keys() {
        let entry = Entry::new(app.clock.now(), school, &signed.staff, act);
        app.write_down(entry).await?;
    }
    Ok(())
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
        must_change: signed.must_change,
        grants,
    }))
}

/// The password that one has, and the one that one wants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// Left out after a one-time password, which is spent.
    #[schema(value_type = Option<String>)]
    current: Option<Private<String>>,
    #[schema(value_type = String, min_length = 12)]
    new: Private<String>,
}

/// Changes one's own password. Every other login of the same adult ends.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "login", request_body = Change, responses(
    (status = 204, description = "Changed; the other logins are ended"),
    (status = 401, description = "The current password is wrong", body = ProblemBody),
    (status = 422, description = "The new one will not do", body = ProblemBody),
    (status = 429, description = "Too many tries", body = ProblemBody)))]
pub(crate) async fn password(
    app: web::Data<App>,
    signed: Signed,
    body: web::Json<Change>,
) -> Result<HttpResponse, Problem> {
    let Change { current, new } = body.into_inner();
    let now = app.clock.now();
    let staff = app
        .store
        .staff(&signed.staff)
        .await?
        .ok_or(Problem::NotSignedIn)?;
    if staff.once.is_none() {
        let current = current.ok_or(Problem::BadLogin)?;
        app.auth
            .confirm(&staff, current, &signed.login, now)
            .await?;
    }
    let schools: Vec<EstablishmentId> = signed.grants.keys().cloned().collect();
    let names: Vec<String> = app
        .store
        .establishments()
        .await?
        .into_iter()
        .filter(|school| schools.contains(&school.id))
        .flat_map(|school| [school.name, school.id.to_string()])
        .collect();
    let mut own: Vec<&str> = vec!["vigie", &staff.login, staff.name.reveal()];
    own.extend(names.iter().map(String::as_str));
    if let Some(weak) = weakness(&new, &own) {
        return Err(Problem::WeakPassword(weak));
    }
    let sealed = app.auth.seal(new).await?;
    write_down_everywhere(&app, &signed, Act::ChangePassword).await?;
    app.store.set_password(&staff.id, &sealed, None).await?;
    let ended = app
        .store
        .revoke_logins_of(&staff.id, Some(&signed.login), now)
        .await?;
    for login in ended {
        app.rooms.bus().tell(Notice::LoginEnded { login });
    }
    Ok(HttpResponse::NoContent().finish())
}

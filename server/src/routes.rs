//! The HTTP API: one table of every route, each with what it asks of whoever comes.
//!
//! Owns the table. A route exists only by a line of it, behind the gate of its access: there is no other place where
//! one could be registered. Next: [`crate::policy::gate`] for the gate; a file below is a URL.
//! Long because one line a route: the table is the point.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpResponse, Route, web};

use crate::app::App;
use crate::policy::Access::{
    self, Oneself, Operator, Public, Room, School, Somewhere, Workstation,
};
use crate::policy::Permission::{Act, OpenSession, ReadAudit, SeeLive, SeeRooms, SetUp};
use crate::policy::gate;
use crate::problem::Problem;

pub(crate) mod asks;
pub(crate) mod audit;
pub(crate) mod class;
pub(crate) mod commands;
pub(crate) mod enrolment;
pub(crate) mod left;
pub(crate) mod live;
pub(crate) mod login;
pub(crate) mod logins;
pub(crate) mod pages;
pub(crate) mod phrases;
pub(crate) mod prepare;
pub(crate) mod rooms;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod sheet;
pub(crate) mod system;
pub(crate) mod trust;

/// One line: method, path, who may come, and the handler.
pub(crate) type Line = (Method, &'static str, Access, fn() -> Route);

/// Largest body read, bytes: nothing that an adult writes is longer.
pub(crate) const BODY_MAX: usize = 16 * 1024;

/// Every route of the server.
#[expect(
    clippy::too_many_lines,
    reason = "one line a route: the table is the point"
)]
pub(crate) fn table() -> Vec<Line> {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    vec![
        (get.clone(), "/", Public, || web::get().to(pages::page)),
        (get.clone(), "/rooms/{room}", Public, || {
            web::get().to(pages::page)
        }),
        (get.clone(), "/setup", Public, || web::get().to(pages::page)),
        (get.clone(), "/setup/{school}", Public, || {
            web::get().to(pages::page)
        }),
        (get.clone(), "/setup/{school}/{part}", Public, || {
            web::get().to(pages::page)
        }),
        (get.clone(), "/logins", Public, || {
            web::get().to(pages::page)
        }),
        (get.clone(), "/trust", Public, || web::get().to(trust::page)),
        (get.clone(), "/trust/vigie-authority.crt", Public, || {
            web::get().to(trust::certificate)
        }),
        (get.clone(), "/trust/vigie-authority.pem", Public, || {
            web::get().to(trust::pem)
        }),
        (get.clone(), "/class/{class}", Public, || {
            web::get().to(pages::page)
        }),
        (get.clone(), "/assets/{path:.*}", Public, || {
            web::get().to(pages::asset)
        }),
        (get.clone(), "/healthz", Public, || {
            web::get().to(system::healthz)
        }),
        (get.clone(), "/metrics", Operator, || {
            web::get().to(system::metrics)
        }),
        (get.clone(), "/api/v1/openapi.json", Public, || {
            web::get().to(system::openapi)
        }),
        (get.clone(), "/api/v1/texts", Public, || {
            web::get().to(system::texts)
        }),
        (post.clone(), "/api/v1/login", Public, || {
            web::post().to(login::login)
        }),
        (post.clone(), "/api/v1/logout", Oneself, || {
            web::post().to(login::logout)
        }),
        (get.clone(), "/api/v1/me", Oneself, || {
            web::get().to(login::me)
        }),
        (post.clone(), "/api/v1/me/password", Oneself, || {
            web::post().to(login::password)
        }),
        (get.clone(), "/api/v1/logins", Oneself, || {
            web::get().to(logins::list)
        }),
        (delete.clone(), "/api/v1/logins", Oneself, || {
            web::delete().to(logins::end_others)
        }),
        (delete, "/api/v1/logins/{login}", Oneself, || {
            web::delete().to(logins::end)
        }),
        (get.clone(), "/api/v1/audit", Somewhere(ReadAudit), || {
            web::get().to(audit::list)
        }),
        (get.clone(), "/api/v1/rooms", Somewhere(SeeRooms), || {
            web::get().to(rooms::list)
        }),
        (get.clone(), "/api/v1/class", Somewhere(SeeLive), || {
            web::get().to(class::class)
        }),
        (get.clone(), "/api/v1/rooms/{room}", Room(SeeLive), || {
            web::get().to(rooms::snapshot)
        }),
        (
            get.clone(),
            "/api/v1/rooms/{room}/live",
            Room(SeeLive),
            || web::get().to(live::live),
        ),
        (
            get.clone(),
            "/api/v1/rooms/{room}/pupils",
            Room(Act),
            || web::get().to(sheet::pupils),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/session",
            Room(OpenSession),
            || web::post().to(session::open),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/session/extend",
            Room(Act),
            || web::post().to(session::extend),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/session/end",
            Room(Act),
            || web::post().to(session::end),
        ),
        (
            get.clone(),
            "/api/v1/rooms/{room}/seats/{seat}",
            Room(SeeLive),
            || web::get().to(sheet::sheet),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/seats/{seat}/person",
            Room(Act),
            || web::post().to(sheet::person),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/commands",
            Room(Act),
            || web::post().to(commands::command),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/help/{help}/take",
            Room(Act),
            || web::post().to(asks::take),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/help/{help}/end",
            Room(Act),
            || web::post().to(asks::end),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/alerts/{alert}/acknowledge",
            Room(Act),
            || web::post().to(asks::acknowledge),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/alerts/{alert}/dismiss",
            Room(Act),
            || web::post().to(asks::dismiss),
        ),
        (
            get.clone(),
            "/api/v1/rooms/{room}/prepare",
            Room(OpenSession),
            || web::get().to(prepare::prepare),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/templates",
            Room(OpenSession),
            || web::post().to(prepare::keep),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/templates/{template}/remove",
            Room(OpenSession),
            || web::post().to(prepare::remove),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/plans",
            Room(OpenSession),
            || web::post().to(prepare::plan),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/plans/{plan}/cancel",
            Room(OpenSession),
            || web::post().to(prepare::cancel),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/session/adults",
            Room(Act),
            || web::post().to(session::join),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/session/owner",
            Room(Act),
            || web::post().to(session::hand_over),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/session/sites",
            Room(Act),
            || web::post().to(session::sites),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/seats/{seat}/guest",
            Room(Act),
            || web::post().to(sheet::guest),
        ),
        (
            get.clone(),
            "/api/v1/rooms/{room}/left",
            Room(SeeLive),
            || web::get().to(left::left),
        ),
        (
            get.clone(),
            "/api/v1/rooms/{room}/phrases",
            Room(SeeLive),
            || web::get().to(phrases::phrases),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/phrases",
            Room(Act),
            || web::post().to(phrases::put),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/help/{help}/wait",
            Room(Act),
            || web::post().to(asks::wait),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/help/{help}/leave",
            Room(Act),
            || web::post().to(asks::leave),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/alerts/{alert}/take",
            Room(Act),
            || web::post().to(asks::take_alert),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/alerts/{alert}/raise",
            Room(Act),
            || web::post().to(asks::raise),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/alerts/{alert}/reopen",
            Room(Act),
            || web::post().to(asks::reopen),
        ),
        (post.clone(), "/api/v1/rooms/{room}/chat", Room(Act), || {
            web::post().to(asks::chat)
        }),
        (
            get.clone(),
            "/api/v1/rooms/{room}/enrolment",
            Room(SetUp),
            || web::get().to(enrolment::picture),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/enrolment/tokens",
            Room(SetUp),
            || web::post().to(enrolment::make_token),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/enrolment/tokens/{token}/revoke",
            Room(SetUp),
            || web::post().to(enrolment::revoke_token),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/enrolment/workstations/{workstation}/seat",
            Room(SetUp),
            || web::post().to(enrolment::seat),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/enrolment/workstations/{workstation}/refuse",
            Room(SetUp),
            || web::post().to(enrolment::refuse),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/enrolment/workstations/{workstation}/settle",
            Room(SetUp),
            || web::post().to(enrolment::settle),
        ),
        (get.clone(), "/api/v1/first", Public, || {
            web::get().to(setup::first::needed)
        }),
        (post.clone(), "/api/v1/first", Public, || {
            web::post().to(setup::first::make)
        }),
        (get.clone(), "/api/v1/schools", Somewhere(SetUp), || {
            web::get().to(setup::school::list)
        }),
        (
            get.clone(),
            "/api/v1/schools/{school}",
            School(SetUp),
            || web::get().to(setup::school::view),
        ),
        (
            post.clone(),
            "/api/v1/schools/{school}",
            School(SetUp),
            || web::post().to(setup::school::change),
        ),
        (
            get.clone(),
            "/api/v1/schools/{school}/charter",
            School(SetUp),
            || web::get().to(setup::school::charter),
        ),
        (
            post.clone(),
            "/api/v1/schools/{school}/charter",
            School(SetUp),
            || web::post().to(setup::school::adopt),
        ),
        (
            get.clone(),
            "/api/v1/schools/{school}/rooms",
            School(SetUp),
            || web::get().to(setup::rooms::list),
        ),
        (
            post.clone(),
            "/api/v1/schools/{school}/rooms",
            School(SetUp),
            || web::post().to(setup::rooms::add),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/plan",
            Room(SetUp),
            || web::post().to(setup::rooms::change),
        ),
        (
            post.clone(),
            "/api/v1/rooms/{room}/remove",
            Room(SetUp),
            || web::post().to(setup::rooms::remove),
        ),
        (
            get.clone(),
            "/api/v1/schools/{school}/staff",
            School(SetUp),
            || web::get().to(setup::staff::list),
        ),
        (
            post.clone(),
            "/api/v1/schools/{school}/staff",
            School(SetUp),
            || web::post().to(setup::staff::add),
        ),
        (
            post.clone(),
            "/api/v1/schools/{school}/staff/{staff}",
            School(SetUp),
            || web::post().to(setup::staff::change),
        ),
        (
            post.clone(),
            "/api/v1/schools/{school}/staff/{staff}/password",
            School(SetUp),
            || web::post().to(setup::staff::reset),
        ),
        (
            post.clone(),
            "/api/v1/schools/{school}/staff/{staff}/end",
            School(SetUp),
            || web::post().to(setup::staff::end),
        ),
        (
            get.clone(),
            "/api/v1/schools/{school}/pupils",
            School(SetUp),
            || web::get().to(setup::roster::list),
        ),
        (
            post.clone(),
            "/api/v1/schools/{school}/roster/try",
            School(SetUp),
            || web::post().to(setup::roster::look),
        ),
        (
            post,
            "/api/v1/schools/{school}/roster/apply",
            School(SetUp),
            || web::post().to(setup::roster::apply),
        ),
        (get.clone(), "/agent/v1", Workstation, || {
            web::get().to(live::agent)
        }),
        (get, "/agent/v1/lists/{digest}", Workstation, || {
            web::get().to(live::list)
        }),
    ]
}

/// Registers the table, each line behind its gate, and answers 404 to everything else.
pub(crate) fn register(config: &mut web::ServiceConfig) {
    config.app_data(
        web::JsonConfig::default()
            .limit(BODY_MAX)
            .content_type_required(true)
            .error_handler(|error, _| unreadable_body(&error).into()),
    );
    // A roster, the one body that is not JSON.
    config.app_data(web::PayloadConfig::new(crate::roster::FILE_MAX + 1));
    config.app_data(web::PathConfig::default().error_handler(|_, _| Problem::NotFound.into()));
    config.app_data(
        web::QueryConfig::default()
            .error_handler(|error, _| Problem::Malformed(error.to_string()).into()),
    );
    for (_, path, access, handler) in table() {
        config.route(
            path,
            handler().wrap(from_fn(move |request, next| {
                gate::check(access, path, request, next)
            })),
        );
    }
    config.default_service(web::to(nothing_here));
}

async fn nothing_here(app: web::Data<App>) -> HttpResponse {
    app.metrics.answered("none", 404);
    Problem::NotFound.answer(app.config.lang)
}

fn unreadable_body(error: &actix_web::error::JsonPayloadError) -> Problem {
    use actix_web::error::JsonPayloadError as Json;
    match error {
        Json::OverflowKnownLength { .. } | Json::Overflow { .. } => Problem::TooLarge,
        // serde says line and column; it may quote a value, which stays between the sender and us.
        other => Problem::Malformed(other.to_string()),
    }
}

/// What every answer carries, browsers being told over https to come by nothing else: a page of ours runs our own files only, is framed by nobody and tells nobody where it was.
pub(crate) async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let secure = request.app_data::<web::Data<App>>().is_some_and(|app| {
        app.origins
            .iter()
            .any(|origin| origin.starts_with("https:"))
    });
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if secure {
        headers.insert(
            HeaderName::from_static("strict-transport-security"),
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             manifest-src 'self'; font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
             object-src 'none'; frame-src 'none'; require-trusted-types-for 'script'",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        (
            "permissions-policy",
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
             payment=(), serial=(), usb=()",
        ),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    Ok(response)
}

#[cfg(test)]
mod tests;

//! The gate in front of every route: who asks, from which page, for which school, and whether the policy lets them.
//!
//! Owns what a handler learns about its reader: [`Signed`], [`InRoom`] and [`InSchool`], which only a gate puts there, so that a handler
//! that asks for one behind a gate that did not check answers 404. Never looks at what a route does.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderValue, ORIGIN,
};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use vigie_protocol::{EstablishmentId, Private, RoomId, Span, StaffId, Stamp};

use super::{Permission, Role};
use crate::app::App;
use crate::problem::Problem;
use crate::store::logins::LoginRow;
use crate::store::places::RoomRow;
use crate::texts::Lang;

/// Longest that a request may take from its head to its answer; what is longer is answered 408 and hung up. Sockets are answered
/// at once and live on.
const ANSWER_MAX: Span = Span::seconds(20);

/// What a route asks of whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody: the sign-in, the pages' files, the health check, the document of the API.
    Public,
    /// Any adult who is signed in, on themselves; also by a one-time password, which opens nothing else.
    Oneself,
    /// An adult who has this permission in some school; the handler shows those schools only.
    Somewhere(Permission),
    /// An adult who has this permission in the school of the path's `{room}`. Another school's room is not there.
    Room(Permission),
    /// An adult who has this permission in the `{school}` of the path. Another school is not there.
    School(Permission),
    /// A workstation: it proves itself with its key, or with the ticket that its proof gave it.
    Workstation,
    /// Loopback, or whoever holds the operator's token.
    Operator,
}

/// Somebody who is signed in, as a handler sees them.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) staff: StaffId,
    pub(crate) name: Private<String>,
    /// The login row, for signing out and for sockets that outlive a token.
    pub(crate) login: String,
    /// When the login ends by itself.
    pub(crate) until: Stamp,
    /// Signed in by a one-time password.
    pub(crate) must_change: bool,
    pub(crate) grants: BTreeMap<EstablishmentId, BTreeSet<Role>>,
}

impl Signed {
    /// Whether some role of theirs in this school has the permission.
    pub(crate) fn may(&self, establishment: &EstablishmentId, wanted: Permission) -> bool {
        self.grants
            .get(establishment)
            .is_some_and(|roles| roles.iter().any(|role| role.may().contains(&wanted)))
    }

    /// The schools where they have the permission.
    pub(crate) fn where_may(&self, wanted: Permission) -> Vec<EstablishmentId> {
        self.grants
            .keys()
            .filter(|establishment| self.may(establishment, wanted))
            .cloned()
            .collect()
    }
}

/// A signed-in adult at a room where they have the route's permission.
#[derive(Clone, Debug)]
pub(crate) struct InRoom {
    pub(crate) signed: Signed,
    pub(crate) room: Arc<RoomRow>,
}

/// A signed-in adult in a school where they have the route's permission.
#[derive(Clone, Debug)]
pub(crate) struct InSchool {
    pub(crate) signed: Signed,
    pub(crate) school: EstablishmentId,
}

/// The reader's language: `?lang=`, else the cookie `lang`, else `Accept-Language`, else the site's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReaderLang(pub(crate) Lang);

macro_rules! from_gate {
    ($($kind:ty),*) => {$(
        impl FromRequest for $kind {
            type Error = Problem;
            type Future = Ready<Result<Self, Problem>>;
            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(request.extensions().get::<Self>().cloned().ok_or(Problem::NotFound))
            }
        }
    )*};
}
from_gate!(Signed, InRoom, InSchool, ReaderLang);

/// Lets a request through to its route, or answers in its stead; words the route's own problems in the reader's language.
pub(crate) async fn check(
    access: Access,
    path: &'static str,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, actix_web::Error> {
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Err(Problem::Internal.into());
    };
    let lang = lang_of(&request, app.config.lang);
    request.extensions_mut().insert(ReaderLang(lang));
    let admitted = admit(&app, access, &request).await;
    let stale = match admitted {
        Ok(stale) => stale,
        Err(problem) => {
            note(&request, path, &problem);
            let mut answer = problem.answer(lang);
            keep_out_of_caches(answer.headers_mut());
            app.metrics.answered(path, answer.status().as_u16());
            return Ok(request.into_response(answer));
        }
    };
    let kept = request.request().clone();
    let deadline = app.clock.now() + ANSWER_MAX;
    let called = tokio::select! {
        called = next.call(request) => called?.map_into_boxed_body(),
        // A body that trickles in, or a fault of ours that never ends: neither may hold a place for ever.
        () = app.clock.until(deadline) => {
            tracing::warn!(path, "a request was given up after {} ms", ANSWER_MAX.0);
            let mut answer = Problem::Slow.answer(lang);
            answer.head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
            ServiceResponse::new(kept, answer)
        }
    };
    let mut response = called;
    let worded = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Problem>())
        .map(|problem| problem.answer(lang));
    if let Some(worded) = worded {
        response = response.into_response(worded);
    }
    if let Some((login, n)) = stale
        && response.response().status() != actix_web::http::StatusCode::SWITCHING_PROTOCOLS
        && response.response().cookies().next().is_none()
        && let Ok(cookie) = app
            .auth
            .renewed(&app.store, (&login, n), app.clock.now())
            .await
        && let Ok(value) = HeaderValue::from_str(&cookie.to_string())
    {
        response
            .headers_mut()
            .append(actix_web::http::header::SET_COOKIE, value);
    }
    app.metrics.answered(path, response.status().as_u16());
    // What concerns a person stays in no cache.
    if access != Access::Public {
        keep_out_of_caches(response.headers_mut());
    }
    Ok(response)
}

fn keep_out_of_caches(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Notes who was refused what, for whoever looks for an attack: the route, never the address that was asked for, which may hold
/// anything.
fn note(request: &ServiceRequest, path: &'static str, problem: &Problem) {
    let staff = request
        .extensions()
        .get::<Refused>()
        .map(|refused| refused.0.to_string());
    if matches!(problem, Problem::NotSignedIn) {
        // Every page begins so.
        tracing::debug!(path, "refused: not signed in");
        return;
    }
    let peer = request.peer_addr().map(|peer| peer.ip().to_string());
    tracing::warn!(path, peer, staff, reason = %problem, "a request was refused at the gate");
}

/// Who was refused, for the note.
struct Refused(StaffId);

/// Checks everything that can be known before the body is read. Gives the login whose token is to be renewed.
#[expect(
    clippy::too_many_lines,
    reason = "one check after another, in the order in which they must be made"
)]
async fn admit(
    app: &App,
    access: Access,
    request: &ServiceRequest,
) -> Result<Option<(LoginRow, i64)>, Problem> {
    let upgrade = request
        .headers()
        .contains_key(actix_web::http::header::SEC_WEBSOCKET_KEY);
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    match access {
        // No browser is a workstation: whoever says which page it is speaks for one.
        Access::Workstation if request.headers().contains_key(ORIGIN) => {
            return Err(Problem::WrongOrigin);
        }
        Access::Workstation => return Ok(None),
        Access::Operator => {
            return if is_operator(app, request) {
                Ok(None)
            } else {
                Err(Problem::NotFound)
            };
        }
        Access::Public
        | Access::Oneself
        | Access::Somewhere(_)
        | Access::Room(_)
        | Access::School(_) => {}
    }
    // A browser names the page that asks; a write or a socket from any page but ours is refused before anything else.
    if writes || upgrade {
        let origin = request
            .headers()
            .get(ORIGIN)
            .and_then(|value| value.to_str().ok())
            .ok_or(Problem::WrongOrigin)?;
        if !app.origins.iter().any(|ours| ours == origin) {
            return Err(Problem::WrongOrigin);
        }
    }
    if access == Access::Public {
        return Ok(None);
    }
    let token = request
        .cookie(app.auth.cookie_name())
        .ok_or(Problem::NotSignedIn)?;
    let who = app
        .auth
        .who(&app.store, token.value(), app.clock.now())
        .await?;
    let signed = Signed {
        grants: app.store.grants_of(&who.staff.id).await?,
        staff: who.staff.id,
        name: who.staff.name,
        login: who.login.id.clone(),
        until: who.login.ends,
        must_change: who.staff.once.is_some(),
    };
    if signed.must_change && access != Access::Oneself {
        return Err(Problem::MustChange);
    }
    request
        .extensions_mut()
        .insert(Refused(signed.staff.clone()));
    match access {
        Access::Somewhere(wanted) if signed.where_may(wanted).is_empty() => {
            return Err(Problem::Forbidden);
        }
        Access::Room(wanted) => {
            let named = request.match_info().get("room").unwrap_or_default();
            let room = app
                .store
                .room(&RoomId::new(named))
                .await?
                .filter(|room| signed.grants.contains_key(&room.establishment))
                .ok_or(Problem::NotFound)?;
            if !signed.may(&room.establishment, wanted) {
                return Err(Problem::Forbidden);
            }
            let room = Arc::new(room);
            request.extensions_mut().insert(InRoom {
                signed: signed.clone(),
                room,
            });
        }
        Access::School(wanted) => {
            let named = request.match_info().get("school").unwrap_or_default();
            let school = EstablishmentId::new(named);
            // No role there: it is not there for them.
            if !signed.grants.contains_key(&school) {
                return Err(Problem::NotFound);
            }
            if !signed.may(&school, wanted) {
                return Err(Problem::Forbidden);
            }
            request.extensions_mut().insert(InSchool {
                signed: signed.clone(),
                school,
            });
        }
        _ => {}
    }
    request.extensions_mut().insert(signed);
    Ok(who.renewal.map(|n| (who.login, n)))
}

fn is_operator(app: &App, request: &ServiceRequest) -> bool {
    // The socket's own address: a header that claims another is nobody's word. Behind a proxy every request comes from
    // loopback, so one that says it was forwarded needs the token.
    let forwarded = ["x-forwarded-for", "forwarded", "via"]
        .into_iter()
        .any(|name| request.headers().contains_key(name));
    let near = request
        .peer_addr()
        .is_some_and(|peer| is_loopback(peer.ip()));
    if near && !forwarded {
        return true;
    }
    let given = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match (&app.config.metrics_token, given) {
        (Some(token), Some(given)) => same(token.reveal().as_bytes(), given.as_bytes()),
        _ => false,
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Compares without stopping at the first difference.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .fold(0_u8, |differs, (a, b)| differs | (a ^ b))
            == 0
}

fn lang_of(request: &ServiceRequest, site: Lang) -> Lang {
    let asked = request
        .query_string()
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(Lang::of);
    let kept = || {
        request
            .cookie("lang")
            .and_then(|cookie| Lang::of(cookie.value()))
    };
    let accepted = || {
        request
            .headers()
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .and_then(Lang::accepted)
    };
    asked.or_else(kept).or_else(accepted).unwrap_or(site)
}

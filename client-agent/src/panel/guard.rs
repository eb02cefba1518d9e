//! Who may speak with the panel: the account that sits here, through the panel's own page, with the run's secret.
//!
//! Each lock holds alone against somebody: the peer's account against others who are logged in on this machine, the exact `Host`
//! against a name that was rebound to loopback, the exact `Origin` and `Sec-Fetch-Site` against pages of other sites, the cookie
//! against whatever else runs in the pupil's account and was not given a ticket. The page and its files hold nothing of the
//! pupil's and need no cookie: a link, as the blocked page's, opens them.

use std::any::Any;
use std::net::SocketAddr;

use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, Data, Json};
use actix_web::{Error, HttpResponse};
use serde::Deserialize;
use vigie_protocol::Private;

use super::Shared;
use crate::clock::moment;
use crate::seat::{Uid, peer};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// Of the fetch standard: what kind of page caused the request.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Of the same: how, and for what.
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// What is shown without the cookie: nothing of the pupil's is in it.
const PUBLIC: [&str; 5] = ["/", "/panel.css", "/panel.js", "/icon.svg", "/open"];

/// Whose connection it is, looked up once, when it is accepted.
#[derive(Clone, Copy, Debug)]
struct Peer(Option<Uid>);

/// Notes the account at the other end of a new connection.
pub(super) fn note_peer(io: &dyn Any, kept: &mut Extensions) {
    let addresses = |stream: &TcpStream| -> Option<(SocketAddr, SocketAddr)> {
        Some((stream.peer_addr().ok()?, stream.local_addr().ok()?))
    };
    let stream = io.downcast_ref::<TcpStream>();
    let uid = stream
        .and_then(addresses)
        .and_then(|(peer, here)| peer::owner(peer, here));
    kept.insert(Peer(uid));
}

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .route("/open", web::post().to(open))
        .route("/may", web::get().to(may));
}

#[derive(Debug, Deserialize)]
struct Ticket {
    ticket: Private<String>,
}

/// Exchanges a one-time ticket for the run's secret, in a cookie that no script reads and no other site's request carries.
async fn open(shared: Data<Shared>, ticket: Json<Ticket>) -> HttpResponse {
    let Some(secret) = shared.passes.exchange(ticket.ticket.reveal(), moment()) else {
        return shared.refuse(StatusCode::FORBIDDEN, "panel-ticket-void");
    };
    let cookie = Cookie::build(cookie_name(&shared), secret.reveal().clone())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .finish();
    HttpResponse::NoContent().cookie(cookie).finish()
}

/// Whether the page may show the panel: a stream of events cannot say why it is refused.
async fn may() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Cookies are shared by every port of an address: the name tells panels apart.
fn cookie_name(shared: &Shared) -> String {
    format!("vigie-panel-{}", shared.address.port())
}

/// Lets requests of our own page through, and says with each answer what the page may do.
pub(super) async fn own_page_only(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let refused = request
        .app_data::<Data<Shared>>()
        .and_then(|shared| refusal(&request, shared));
    let mut response = match refused {
        Some(refused) => request.into_response(refused).map_into_right_body(),
        None => next.call(request).await?.map_into_left_body(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn refusal(request: &ServiceRequest, shared: &Shared) -> Option<HttpResponse> {
    let peer = request.conn_data::<Peer>().and_then(|peer| peer.0);
    if peer != Some(shared.seat.uid) {
        return Some(shared.refuse(StatusCode::FORBIDDEN, "panel-refused-account"));
    }
    if !is_ours(request.method(), request.headers(), shared) {
        return Some(shared.refuse(StatusCode::FORBIDDEN, "panel-refused-page"));
    }
    let cookie = request.cookie(&cookie_name(shared));
    let holds = cookie.is_some_and(|cookie| shared.passes.is_secret(cookie.value()));
    let open = holds || PUBLIC.contains(&request.path());
    (!open).then(|| shared.refuse(StatusCode::UNAUTHORIZED, "panel-no-pass"))
}

fn is_ours(method: &Method, headers: &HeaderMap, shared: &Shared) -> bool {
    let is = |name: HeaderName, value: &str| {
        let mut values = headers.get_all(name);
        let first = values.next().map(HeaderValue::as_bytes);
        first == Some(value.as_bytes()) && values.next().is_none()
    };
    let host = shared.address.to_string();
    let asks = !matches!(*method, Method::GET | Method::HEAD);
    let origin = if asks || headers.contains_key(ORIGIN) {
        is(ORIGIN, &format!("http://{host}"))
    } else {
        true
    };
    // A link elsewhere may open the panel, as the blocked page's does: that shows it to the pupil and to nobody else.
    let opens = *method == Method::GET && is(MODE, "navigate") && is(DESTINATION, "document");
    let same = !headers.contains_key(SITE) || is(SITE, "same-origin") || is(SITE, "none");
    is(HOST, &host) && origin && (opens || same)
}

//! Who may speak with the panel: the panel's own page, on this machine.
//!
//! A page of another site reaches loopback too. It cannot name our exact `Host` once its own name was rebound to loopback,
//! and it cannot forge `Origin`. (What else a shared seat needs is for a later lock.)

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};

use super::{Shared, lang_of};
use crate::text;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// Of the fetch standard: what kind of page caused the request.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Of the same: how, and for what.
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Lets requests of our own page through, and says with each answer what the page may do.
pub(super) async fn own_page_only(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let refused = request
        .app_data::<Data<Shared>>()
        .filter(|shared| !is_ours(request.method(), request.headers(), shared))
        .map(|shared| {
            let lang = lang_of(request.request(), shared);
            HttpResponse::Forbidden().body(text::say(lang, "panel-refused-page"))
        });
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

fn is_ours(method: &Method, headers: &HeaderMap, shared: &Shared) -> bool {
    let is = |name: HeaderName, value: &str| {
        headers
            .get(name)
            .is_some_and(|header| header.as_bytes() == value.as_bytes())
    };
    let host = shared.address.to_string();
    let asks = !matches!(*method, Method::GET | Method::HEAD);
    // A link elsewhere may open the panel, as the blocked page's does: that shows it to the pupil and to nobody else.
    let opens = *method == Method::GET && is(MODE, "navigate") && is(DESTINATION, "document");
    let ours = is(HOST, &host) && (!asks || is(ORIGIN, &format!("http://{host}")));
    ours && (opens || !is(SITE, "cross-site"))
}

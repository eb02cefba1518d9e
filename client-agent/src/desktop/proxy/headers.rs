//! Headers that belong to one hop and must not travel on (RFC 9110 §7.6.1), and the one that a proxy adds.
//!
//! Upgrades are refused by silence: without its `Upgrade` header a request is an ordinary one, and the far end answers it as such.

use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};

/// Hop-by-hop whatever `Connection` says.
const ONE_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Takes away what belongs to the hop that the message came over, and says which hop this is.
pub(crate) fn pass_on(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    // A length beside a transfer coding is a classic of request smuggling: the coding wins (RFC 9112 §6.3), the length goes.
    if headers.contains_key(header::TRANSFER_ENCODING) {
        headers.remove(header::CONTENT_LENGTH);
    }
    for name in named.iter().chain(&ONE_HOP) {
        headers.remove(name);
    }
    headers.append(header::VIA, HeaderValue::from_static("1.1 vigie"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_one_hop_stays_behind() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Secret"),
            ("connection", "keep-alive"),
            ("x-secret", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authorization", "Basic eA=="),
            ("te", "trailers"),
            ("upgrade", "websocket"),
            ("transfer-encoding", "chunked"),
            ("content-length", "4"),
            ("accept", "*/*"),
            ("via", "1.0 other"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        pass_on(&mut headers);
        let mut left: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        left.sort_unstable();
        assert_eq!(left, ["accept: */*", "via: 1.0 other", "via: 1.1 vigie"]);
    }
}

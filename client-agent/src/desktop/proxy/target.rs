//! Where a request wants to go, canonical: one spelling for the rules, the resolver and the event.
//!
//! Browsers and resolvers accept `2130706433`, `0x7f.1` and `CROXY.test` where a rule says something else; the URL standard's host
//! parser (WHATWG, §4.3) folds them all, so that what is judged is what is dialled.

use hyper::{Method, Request, Uri};
use url::Host;
use vigie_protocol::Scheme;

/// Where a request wants to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// A name in lower case, or a bare address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) scheme: Scheme,
    /// The whole URL without user or password; only of an http request.
    pub(crate) url: Option<String>,
}

/// Why a request has no target that this proxy serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoTarget {
    #[error("the request was sent to the proxy as to a web server")]
    OriginForm,
    #[error("the proxy forwards http and tunnels CONNECT, nothing else")]
    Scheme,
    #[error("the host or the port cannot be read")]
    Host,
}

impl Target {
    pub(crate) fn of<B>(request: &Request<B>) -> Result<Self, NoTarget> {
        let uri = request.uri();
        let host = uri.host().ok_or(NoTarget::OriginForm)?;
        let host = canonical(host).ok_or(NoTarget::Host)?;
        // `http` reads a port that is no number as no port at all.
        let port = match port_text(uri) {
            Some(text) => Some(
                text.parse::<u16>()
                    .ok()
                    .filter(|port| *port > 0)
                    .ok_or(NoTarget::Host)?,
            ),
            None => None,
        };
        if request.method() == Method::CONNECT {
            let port = port.ok_or(NoTarget::Host)?;
            return Ok(Self {
                host,
                port,
                scheme: Scheme::Https,
                url: None,
            });
        }
        if uri.scheme_str() != Some("http") {
            return Err(NoTarget::Scheme);
        }
        let port = port.unwrap_or(80);
        let mut target = Self {
            host,
            port,
            scheme: Scheme::Http,
            url: None,
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        target.url = Some(format!("http://{}{path}", target.authority()));
        Ok(target)
    }

    /// Host and port as an authority; the default port of http is left out.
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.port == 80 && self.scheme == Scheme::Http {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

/// One spelling for each host; none when it is not a host.
pub(crate) fn canonical(host: &str) -> Option<String> {
    match Host::parse(host).ok()? {
        Host::Domain(name) => Some(name).filter(|name| !name.is_empty()),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(
            address
                .to_ipv4_mapped()
                .map_or_else(|| address.to_string(), |v4| v4.to_string()),
        ),
    }
}

fn port_text(uri: &Uri) -> Option<&str> {
    let authority = uri.authority()?.as_str();
    let after_user = authority.rsplit('@').next()?;
    let after_host = match after_user.rfind(']') {
        Some(bracket) => after_user.get(bracket.saturating_add(1)..)?,
        None => after_user,
    };
    after_host.split_once(':').map(|(_, port)| port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, uri: &str) -> Result<(String, u16, Option<String>), NoTarget> {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        Target::of(&request).map(|target| (target.host, target.port, target.url))
    }

    fn host_of(uri: &str) -> String {
        read("GET", uri).unwrap().0
    }

    #[test]
    fn every_spelling_of_a_host_becomes_one() {
        assert_eq!(host_of("http://CROXY.Test/"), "croxy.test");
        assert_eq!(canonical("croxy%2dproxy.test").unwrap(), "croxy-proxy.test");
        for loopback in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "127.1",
            "[::ffff:127.0.0.1]",
        ] {
            assert_eq!(
                host_of(&format!("http://{loopback}/")),
                "127.0.0.1",
                "{loopback}"
            );
        }
        assert_eq!(host_of("http://[2001:DB8::1]:81/"), "2001:db8::1");
    }

    #[test]
    fn a_url_loses_its_password_and_keeps_the_rest() {
        assert_eq!(
            read("GET", "http://eleve:secret@a.test:8080/x?q=1").unwrap(),
            (
                "a.test".into(),
                8080,
                Some("http://a.test:8080/x?q=1".into())
            )
        );
        assert_eq!(
            read("GET", "http://a.test").unwrap().2,
            Some("http://a.test/".into())
        );
    }

    #[test]
    fn connect_wants_a_port_and_other_requests_want_http() {
        assert_eq!(
            read("CONNECT", "a.test:443").unwrap(),
            ("a.test".into(), 443, None)
        );
        assert_eq!(
            read("CONNECT", "[::1]:443").unwrap(),
            ("::1".into(), 443, None)
        );
        assert_eq!(read("CONNECT", "a.test"), Err(NoTarget::Host));
        assert_eq!(read("GET", "/page"), Err(NoTarget::OriginForm));
        assert_eq!(read("GET", "ftp://a.test/"), Err(NoTarget::Scheme));
        assert_eq!(read("GET", "https://a.test/"), Err(NoTarget::Scheme));
        assert_eq!(read("GET", "http://a.test:0/"), Err(NoTarget::Host));
        assert_eq!(read("GET", "http://a.test:/"), Err(NoTarget::Host));
    }
}

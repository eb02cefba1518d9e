//! The names by which the server is reached: those that are set, or what this machine knows of itself.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use crate::config::Config;

/// Every name, the one to print first; no name twice.
pub(crate) fn names(config: &Config) -> Vec<String> {
    let mut names = Vec::new();
    let mut add = |name: String| {
        let name = name.trim().trim_matches(['[', ']']).to_ascii_lowercase();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    };
    if let Some(origin) = &config.origin {
        add(host_of(origin).to_owned());
    }
    config.tls.names.iter().cloned().for_each(&mut add);
    let here = config.listen.ip();
    if config.tls.names.is_empty() && !here.is_loopback() {
        add(rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned());
        if here.is_unspecified() {
            for ip in outward() {
                add(ip.to_string());
            }
        }
    }
    if !here.is_unspecified() {
        add(here.to_string());
    }
    for name in ["localhost", "127.0.0.1", "::1"] {
        add(name.to_owned());
    }
    names
}

/// `vigie.example` of `https://vigie.example:8443`.
fn host_of(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or_default();
    match rest.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => rest.split(':').next().unwrap_or_default(),
    }
}

/// The addresses with which this machine would speak to others: the system says so without a packet being sent.
fn outward() -> Vec<IpAddr> {
    // RFC 5737 and RFC 3849: addresses of documentation, which nobody has.
    [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")]
        .into_iter()
        .filter_map(|(from, to)| {
            let socket = UdpSocket::bind(from).ok()?;
            socket.connect(to.parse::<SocketAddr>().ok()?).ok()?;
            Some(socket.local_addr().ok()?.ip())
        })
        .filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Tls;

    #[test]
    fn the_names_that_are_set_come_first_and_loopback_is_always_there() {
        let config = |listen: &str, origin: Option<&str>, set: &[&str]| Config {
            listen: listen.parse().unwrap(),
            origin: origin.map(str::to_owned),
            tls: Tls {
                names: set.iter().map(|name| (*name).to_owned()).collect(),
                ..Tls::default()
            },
            ..Config::default()
        };
        let found = names(&config(
            "0.0.0.0:443",
            None,
            &["Vigie.College.lan", "10.1.2.3"],
        ));
        assert_eq!(
            found,
            [
                "vigie.college.lan",
                "10.1.2.3",
                "localhost",
                "127.0.0.1",
                "::1"
            ]
        );
        let found = names(&config(
            "192.168.1.9:443",
            Some("https://vigie.example:8443"),
            &[],
        ));
        assert_eq!(found.first().map(String::as_str), Some("vigie.example"));
        assert!(found.contains(&"192.168.1.9".to_owned()), "{found:?}");
        assert_eq!(host_of("https://[::1]:8443/x"), "::1");
        let found = names(&config("127.0.0.1:8443", None, &[]));
        assert_eq!(found, ["127.0.0.1", "localhost", "::1"]);
    }
}

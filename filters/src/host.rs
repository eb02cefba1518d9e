//! Hosts and URLs as people hide them, made plain: case, dots, percent signs, punycode, look-alike letters, addresses in decimal,
//! octal, hexadecimal or IPv6 clothes, user names before the host, and a second URL inside a translator's or a cache's.
//!
//! Each step that changed something has a name, which the evidence carries. Lists are compiled through the same functions, so
//! that an entry and a request that mean the same host are the same bytes. Never resolves a name.
//! Long because every way to hide a host is one step of one reading, with its cases beside it.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

use crate::chat::fold::{Fold, fold};

/// Longest host that is read, in bytes as written; a longer one is no host and matches nothing.
const WRITTEN_MAX: usize = 2_048;
/// Longest name in the DNS.
pub(crate) const NAME_MAX: usize = 253;
/// Longest URL that is read; the rest is cut off.
const URL_MAX: usize = 16 * 1024;

/// Sites that show another site: the URL inside theirs is where the pupil goes.
const WRAPPERS: [&str; 14] = [
    "translate.google",
    "translate.googleusercontent.com",
    "webcache.googleusercontent.com",
    "web.archive.org",
    "archive.org",
    "archive.ph",
    "archive.is",
    "12ft.io",
    "r.jina.ai",
    "translate.yandex",
    "translatetheweb.com",
    "www.google",
    "google.",
    "www.bing.com",
];

/// A host in its plain form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host<'a> {
    /// Lower case, without a trailing dot, punycode for what is not ASCII, addresses in their usual form (IPv6 without
    /// brackets). Empty when it was no host.
    pub(crate) name: Cow<'a, str>,
    /// The step that made it plain, as named in the catalogue; empty when it was written so.
    pub(crate) revealed_by: &'static str,
    /// Whether it is an address.
    pub(crate) is_address: bool,
    /// The plain name that it imitates with foreign letters.
    pub(crate) imitates: Option<String>,
}

/// Where a connection goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    pub(crate) host: Host<'a>,
    pub(crate) port: Option<u16>,
    /// Path and query, lower case, percent signs resolved, no fragment; none when no URL was seen.
    pub(crate) path: Option<Cow<'a, str>>,
}

/// Makes a host plain.
pub(crate) fn host(written: &str) -> Host<'_> {
    if is_plain(written.as_bytes()) {
        return Host {
            name: Cow::Borrowed(written),
            revealed_by: "",
            is_address: false,
            imitates: None,
        };
    }
    if is_usual_ipv4(written) {
        return Host {
            name: Cow::Borrowed(written),
            revealed_by: "",
            is_address: true,
            imitates: None,
        };
    }
    plain(written)
}

/// Four numbers as they are usually written, which is the only way that the standard library reads.
fn is_usual_ipv4(written: &str) -> bool {
    let ends_in_digit = written.as_bytes().last().is_some_and(u8::is_ascii_digit);
    ends_in_digit && written.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Lower-case letters, digits, hyphens, underscores and single dots, of which the last label is no number: what most hosts are.
fn is_plain(written: &[u8]) -> bool {
    let mut before = b'.';
    let mut may_be_punycode = false;
    for byte in written {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => {}
            b'-' => may_be_punycode |= before == b'-',
            b'.' if before != b'.' => {}
            _ => return false,
        }
        before = *byte;
    }
    // `xn--` goes through IDNA, a last label that ends in a digit may be an address.
    before.is_ascii_lowercase()
        && written.len() <= NAME_MAX
        && !(may_be_punycode && written.windows(4).any(|four| four == b"xn--"))
        && !may_be_number(written)
}

/// Whether a host of plain letters, of which the dots are known (a bit each), is a name and is written as names are compared.
/// (Punycode is: making it plain changes nothing about it.)
#[inline]
pub(crate) fn is_usual(written: &[u8], dots: u64) -> bool {
    let Some(last_dot) = dots.checked_ilog2() else {
        return false;
    };
    let at = usize::try_from(last_dot).unwrap_or(0) + 1;
    let twice = dots & ((dots << 1) | 1);
    twice == 0
        && written.last().is_some_and(u8::is_ascii_lowercase)
        && written.get(at).is_some_and(|first| !first.is_ascii_digit())
}

/// Whether the last label begins like a number (`0xbeef`): then the whole may be an address in hexadecimal.
fn may_be_number(written: &[u8]) -> bool {
    written
        .rsplit(|byte| *byte == b'.')
        .next()
        .is_some_and(|last| last.first().is_some_and(u8::is_ascii_digit))
}

fn plain(written: &str) -> Host<'_> {
    let nothing = Host {
        name: Cow::Borrowed(""),
        revealed_by: "",
        is_address: false,
        imitates: None,
    };
    let trimmed = written.trim();
    if trimmed.is_empty() || trimmed.len() > WRITTEN_MAX {
        return nothing;
    }
    let bare = trimmed.trim_end_matches('.').trim_start_matches('.');
    if let Some(address) = ipv6(bare) {
        return address_host(IpAddr::V6(address), bare);
    }
    let parsed = match url::Host::parse(bare) {
        Ok(url::Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
        Ok(url::Host::Ipv4(address)) => return address_host(IpAddr::V4(address), bare),
        Ok(url::Host::Ipv6(address)) => return address_host(IpAddr::V6(address), bare),
        // What the URL standard refuses may still be asked of a proxy: compared as written.
        Err(_) => bare.to_ascii_lowercase(),
    };
    if parsed.is_empty()
        || parsed.len() > NAME_MAX
        || parsed.contains(|one: char| one.is_whitespace() || one == '/')
    {
        return nothing;
    }
    let revealed_by = step(trimmed, bare, &parsed);
    let imitates = if parsed.contains("xn--") {
        imitated(&parsed)
    } else {
        None
    };
    Host {
        name: Cow::Owned(parsed),
        revealed_by,
        is_address: false,
        imitates,
    }
}

/// Which step made the difference, the most telling first.
fn step(trimmed: &str, bare: &str, parsed: &str) -> &'static str {
    if bare.contains('%') {
        "percent"
    } else if !bare.is_ascii() {
        "unicode"
    } else if trimmed.len() != bare.len() {
        "dot"
    } else if bare == parsed {
        ""
    } else {
        "case"
    }
}

fn ipv6(bare: &str) -> Option<Ipv6Addr> {
    let inner = bare
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(bare);
    // A zone (`%eth0`) says nothing about where it goes.
    let inner = inner.split('%').next().unwrap_or(inner);
    if inner.contains(':') {
        inner.parse().ok()
    } else {
        None
    }
}

fn address_host<'a>(address: IpAddr, bare: &str) -> Host<'a> {
    let (address, revealed_by) = match address {
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => (IpAddr::V4(four), "ipv6-mapped"),
            None => (IpAddr::V6(six), ""),
        },
        IpAddr::V4(four) => {
            let usual = four.to_string();
            let how = if bare == usual {
                ""
            } else if bare.contains("0x") || bare.contains("0X") {
                "ipv4-hex"
            } else if !bare.contains('.') {
                "ipv4-decimal"
            } else if bare
                .split('.')
                .any(|part| part.len() > 1 && part.starts_with('0'))
            {
                "ipv4-octal"
            } else {
                "ipv4-short"
            };
            (IpAddr::V4(four), how)
        }
    };
    Host {
        name: Cow::Owned(address.to_string()),
        revealed_by,
        is_address: true,
        imitates: None,
    }
}

/// The ASCII name that a punycode name looks like, when every letter looks like one.
fn imitated(name: &str) -> Option<String> {
    let (unicode, _) = idna::domain_to_unicode(name);
    let mut plain = String::with_capacity(unicode.len());
    for one in unicode.chars() {
        if matches!(one, '.' | '-' | '_') {
            plain.push(one);
            continue;
        }
        match fold(one) {
            Fold::Letters { bytes, len } => {
                let bytes = bytes.get(..usize::from(len)).unwrap_or_default();
                plain.extend(bytes.iter().map(|byte| char::from(*byte)));
            }
            Fold::Nothing => {}
            _ => return None,
        }
    }
    (plain != name && !unicode.is_ascii()).then_some(plain)
}

/// Reads a URL, with or without a scheme; a bare host is a URL without a path.
pub(crate) fn target(written: &str) -> Target<'_> {
    let written = written.trim();
    let (rest, scheme_port) = without_scheme(written);
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (userinfo, host_port) = authority
        .rsplit_once('@')
        .map_or(("", authority), |(u, h)| (u, h));
    let (name, port) = split_port(host_port);
    let mut host = host(name);
    if host.revealed_by.is_empty() && !userinfo.is_empty() && userinfo.contains('.') {
        host.revealed_by = "userinfo";
    }
    Target {
        host,
        port: port.or(scheme_port),
        path: Some(plain_path(path)),
    }
}

fn without_scheme(written: &str) -> (&str, Option<u16>) {
    let bare = written.trim_start_matches(['/', '\\']);
    let Some((scheme, rest)) = written.split_once(':') else {
        return (bare, None);
    };
    let is_scheme = scheme
        .chars()
        .all(|one| one.is_ascii_alphanumeric() || matches!(one, '+' | '-' | '.'))
        && scheme.starts_with(|one: char| one.is_ascii_alphabetic());
    let rest_slashes = rest.trim_start_matches(['/', '\\']);
    if is_scheme && rest.len() - rest_slashes.len() >= 2 {
        let known = [
            ("http", 80),
            ("ws", 80),
            ("https", 443),
            ("wss", 443),
            ("ftp", 21),
        ];
        let port = known
            .into_iter()
            .find(|(name, _)| scheme.eq_ignore_ascii_case(name))
            .map(|(_, port)| port);
        return (rest_slashes, port);
    }
    (bare, None)
}

fn split_port(host_port: &str) -> (&str, Option<u16>) {
    if let Some(end) = host_port.find(']') {
        let (host, rest) = host_port
            .split_at_checked(end + 1)
            .unwrap_or((host_port, ""));
        return (
            host,
            rest.strip_prefix(':').and_then(|port| port.parse().ok()),
        );
    }
    match host_port.split_once(':') {
        Some((host, port))
            if !port.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            (host, port.parse().ok())
        }
        // More than one colon and no bracket: an IPv6 address as some write it.
        _ => (host_port, None),
    }
}

/// Path and query as compared: lower case, percent signs resolved, no fragment.
pub(crate) fn plain_path(path: &str) -> Cow<'_, str> {
    let path = path.split('#').next().unwrap_or(path);
    let mut cut = path.len().min(URL_MAX);
    while !path.is_char_boundary(cut) {
        cut -= 1;
    }
    let path = path.get(..cut).unwrap_or(path);
    let simple = path.bytes().all(|byte| {
        byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && byte != b'%' && byte != b'\\'
    });
    if simple {
        return Cow::Borrowed(path);
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let byte = match (first, tail) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high * 16 + low
                }
                _ => b'%',
            },
            (b'\\', _) => b'/',
            (byte, _) => *byte,
        };
        bytes.push(byte.to_ascii_lowercase());
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Deepest URL within URLs that is looked for: a translator's page of a cache's page of a translator's.
const INNER_MAX: usize = 4;

/// The URLs inside one another, the outermost first.
pub(crate) fn inner_urls(outer: &Target<'_>) -> Vec<String> {
    let mut inner = Vec::new();
    let mut next = inner_url(outer);
    while let Some(url) = next.filter(|_| inner.len() < INNER_MAX) {
        next = inner_url(&target(&url));
        inner.push(url);
    }
    inner
}

/// The URL inside a translator's, cache's or search engine's, in its plain form; none elsewhere, since a link that is only
/// *shared* is not visited.
pub(crate) fn inner_url(outer: &Target<'_>) -> Option<String> {
    let name = outer.host.name.as_ref();
    if let Some(inner) = name.strip_suffix(".translate.goog") {
        // `www-example-org.translate.goog`: `-` for `.`, `--` for `-`.
        let plain = inner
            .replace("--", "\u{0}")
            .replace('-', ".")
            .replace('\u{0}', "-");
        return Some(plain);
    }
    if !WRAPPERS.iter().any(|wrapper| name.starts_with(wrapper)) {
        return None;
    }
    let path = outer.path.as_deref()?;
    let from = ["http:/", "https:/"]
        .iter()
        .filter_map(|scheme| path.find(scheme))
        .min()?;
    let inner = path.get(from..)?;
    let inner = inner.split('&').next().unwrap_or(inner);
    // A proxy may have folded the two slashes into one.
    Some(inner.replacen(":/", "://", usize::from(!inner.contains("://"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, name: &str, revealed_by: &str) {
        let host = host(written);
        assert_eq!(
            (host.name.as_ref(), host.revealed_by),
            (name, revealed_by),
            "{written}"
        );
    }

    #[test]
    fn a_host_is_the_same_however_it_is_written() {
        check("example.org", "example.org", "");
        check("Example.ORG", "example.org", "case");
        check("example.org.", "example.org", "dot");
        check(".example.org", "example.org", "dot");
        check("ex%61mple.org", "example.org", "percent");
        check("\u{e9}cole.fr", "xn--cole-9oa.fr", "unicode");
        check("xn--cole-9oa.fr", "xn--cole-9oa.fr", "");
        check("1.2.3.4", "1.2.3.4", "");
        check("16909060", "1.2.3.4", "ipv4-decimal");
        check("0x01020304", "1.2.3.4", "ipv4-hex");
        check("0x1.2.3.4", "1.2.3.4", "ipv4-hex");
        check("01.02.03.04", "1.2.3.4", "ipv4-octal");
        check("1.2.772", "1.2.3.4", "ipv4-short");
        check("[::ffff:1.2.3.4]", "1.2.3.4", "ipv6-mapped");
        check("[2001:DB8::1]", "2001:db8::1", "");
        check("2001:db8::1", "2001:db8::1", "");
        check("under_score.example.org", "under_score.example.org", "");
        check("", "", "");
        check("...", "", "");
        check("a b.c", "", "");
        check("4chan.org", "4chan.org", "");
        assert_eq!(host(&"a.".repeat(100_000)).name, "");
        assert_eq!(host(&"é".repeat(1_000_000)).name, "");
    }

    #[test]
    fn look_alike_letters_are_seen_through() {
        let host = host("сroxyproxy.com");
        assert_eq!(host.imitates.as_deref(), Some("croxyproxy.com"));
    }

    #[test]
    fn a_url_is_taken_apart() {
        let check = |written: &str, name: &str, port: Option<u16>, path: &str| {
            let target = target(written);
            assert_eq!(
                (
                    target.host.name.as_ref(),
                    target.port,
                    target.path.as_deref()
                ),
                (name, port, Some(path)),
                "{written}"
            );
        };
        check(
            "https://www.Example.org/A%20b/?Q=1#x",
            "www.example.org",
            Some(443),
            "/a b/?q=1",
        );
        check("http://example.org", "example.org", Some(80), "");
        check("example.org/x/", "example.org", None, "/x/");
        check("example.org:8080/x", "example.org", Some(8080), "/x");
        check(
            "http://lemonde.fr@evil.example:81/",
            "evil.example",
            Some(81),
            "/",
        );
        check("http://[2001:db8::1]:81/x", "2001:db8::1", Some(81), "/x");
        check("http:\\\\example.org\\x", "example.org", Some(80), "/x");
        check("//example.org/x", "example.org", None, "/x");
        check("example.org?x=1", "example.org", None, "?x=1");
        check("", "", None, "");
    }

    #[test]
    fn urls_inside_urls_are_found_to_a_depth() {
        let outer = target(
            "https://translate.google.com/translate?u=https://web.archive.org/web/2020/http://example.org/a",
        );
        let inner = inner_urls(&outer);
        assert_eq!(
            inner.last().map(String::as_str),
            Some("http://example.org/a")
        );
        assert_eq!(inner.len(), 2);
        let deep = "https://web.archive.org/".repeat(50);
        assert_eq!(inner_urls(&target(&deep)).len(), INNER_MAX);
    }

    #[test]
    fn an_inner_url_is_found_where_it_is_visited() {
        let check = |written: &str, inner: Option<&str>| {
            assert_eq!(inner_url(&target(written)).as_deref(), inner, "{written}");
        };
        check(
            "https://translate.google.com/translate?sl=auto&u=https%3A%2F%2Fexample.org%2Fa&hl=fr",
            Some("https://example.org/a"),
        );
        check(
            "https://web.archive.org/web/2020/http://example.org/a",
            Some("http://example.org/a"),
        );
        check(
            "https://www-mon--site-example.translate.goog/x",
            Some("www.mon-site.example"),
        );
        check("https://www.lemonde.fr/share?u=https://facebook.com/", None);
    }
}

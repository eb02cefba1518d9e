//! Where the proxy may go: the Internet, and of this machine and the local network only what the site allows.
//!
//! A page that a pupil opens must not become a hand into the school's own network, nor a name that was rebound to a private
//! address. So the address is judged, not the name, and after it was resolved. Which addresses are special: IANA's registries
//! (RFC 6890, as of 2024) and what carries an IPv4 address inside an IPv6 one (RFC 4291, 6052, 3056). Never dials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Ranges that lead to no place on the public Internet.
const LOCAL: [&str; 26] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: IpAddr,
    bits: u8,
}

/// Why a text is not a range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a range of addresses: {0:?} (expected 10.1.0.0/16 or one address)")]
pub struct NotARange(pub String);

impl FromStr for Range {
    type Err = NotARange;

    fn from_str(text: &str) -> Result<Self, NotARange> {
        let read = || {
            let (first, bits) = match text.split_once('/') {
                Some((first, bits)) => (first, Some(bits.parse().ok()?)),
                None => (text, None),
            };
            let first: IpAddr = first.trim().parse().ok()?;
            let most = if first.is_ipv4() { 32 } else { 128 };
            let bits = bits.unwrap_or(most);
            (bits <= most).then_some(Self { first, bits })
        };
        read().ok_or_else(|| NotARange(text.chars().take(100).collect()))
    }
}

impl Range {
    fn holds(self, ip: IpAddr) -> bool {
        let (one, other, width) = match (self.first, ip) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                (u128::from(one.to_bits()), u128::from(other.to_bits()), 32)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        let shift = u32::from(128 - self.bits) - (128 - width);
        one.checked_shr(shift) == other.checked_shr(shift)
    }
}

/// Where the proxy may go.
#[derive(Clone, Debug)]
pub struct Reach {
    local: Vec<Range>,
    allowed: Vec<Range>,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            local: LOCAL.iter().filter_map(|text| text.parse().ok()).collect(),
            allowed: Vec::new(),
        }
    }
}

impl Reach {
    /// The Internet, and these ranges beside it.
    ///
    /// # Errors
    /// A text is not a range.
    pub fn new<'a>(allowed: impl IntoIterator<Item = &'a str>) -> Result<Self, NotARange> {
        let allowed = allowed
            .into_iter()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            allowed,
            ..Self::default()
        })
    }

    /// Whether this address may be dialled.
    pub(crate) fn allows(&self, ip: IpAddr) -> bool {
        let ip = inner(ip);
        let within = |ranges: &[Range]| ranges.iter().any(|range| range.holds(ip));
        !within(&self.local) || within(&self.allowed)
    }
}

/// The IPv4 address within an IPv6 one that leads to it: mapped, compatible, NAT64, 6to4.
fn inner(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip.to_canonical() else {
        return ip.to_canonical();
    };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let bits = (u32::from(high) << 16) | u32::from(low);
        IpAddr::V4(Ipv4Addr::from_bits(bits))
    };
    match [a, b, c, d, e, f] {
        // `::` and `::1` are not IPv4 addresses in disguise.
        [0, 0, 0, 0, 0, 0] if g != 0 => v4(g, h),
        [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        [0x2002, high, low, ..] => v4(high, low),
        _ => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(reach: &Reach, ip: &str) -> bool {
        reach.allows(ip.parse().unwrap())
    }

    #[test]
    fn the_internet_is_reached_and_the_local_network_is_not() {
        let reach = Reach::default();
        assert_eq!(reach.local.len(), LOCAL.len(), "every range is read");
        for fine in [
            "1.1.1.1",
            "9.255.255.255",
            "172.32.0.1",
            "192.169.0.1",
            "2606:4700::1",
            "2a01:e0a::1",
        ] {
            assert!(allows(&reach, fine), "{fine}");
        }
        for local in [
            "127.0.0.1",
            "127.255.0.9",
            "0.0.0.0",
            "10.31.0.7",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.254",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.251",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::fb",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::1",
            "2002:c0a8:101::",
        ] {
            assert!(!allows(&reach, local), "{local}");
        }
        assert!(allows(&reach, "64:ff9b::1.1.1.1"));
    }

    #[test]
    fn the_site_allows_exactly_what_it_names() {
        let reach = Reach::new(["10.31.0.0/16", "192.168.1.10", "fd00:1::/32"]).unwrap();
        for (ip, may) in [
            ("10.31.255.1", true),
            ("10.32.0.1", false),
            ("192.168.1.10", true),
            ("192.168.1.11", false),
            ("fd00:1::9", true),
            ("fd00:2::9", false),
            ("::ffff:10.31.0.1", true),
            ("127.0.0.1", false),
        ] {
            assert_eq!(allows(&reach, ip), may, "{ip}");
        }
        assert!(allows(&Reach::new(["0.0.0.0/0"]).unwrap(), "127.0.0.1"));
        for wrong in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "intranet",
            "fd00::/129",
            "10.0.0.0/-1",
        ] {
            assert!(Reach::new([wrong]).is_err(), "{wrong}");
        }
    }
}

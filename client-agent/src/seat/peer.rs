//! Whose socket is at the other end of a connection on loopback, by the kernel's word.
//!
//! The kernel lists every TCP socket of the machine with its owner in `/proc/net/tcp` and `/proc/net/tcp6` (proc_net(5) and the
//! kernel's `Documentation/networking/proc_net_tcp.rst`): the peer's row is the one whose local address is our remote one. A row
//! without an inode has no owner any more, whatever number it shows. Never answers by a guess: who cannot be found is nobody.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// The number of a system account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid(pub u32);

impl Uid {
    /// The account that this process acts as.
    pub fn own() -> Self {
        Self(rustix::process::geteuid().as_raw())
    }
}

/// The owner of the socket whose own address is `peer` and whose remote address is `here`.
pub(crate) fn owner(peer: SocketAddr, here: SocketAddr) -> Option<Uid> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .find_map(|table| owner_in(&table, peer, here))
}

fn owner_in(table: &str, peer: SocketAddr, here: SocketAddr) -> Option<Uid> {
    let (peer, here) = (canonical(peer), canonical(here));
    table.lines().skip(1).find_map(|row| {
        let mut words = row.split_ascii_whitespace().skip(1);
        let local = address(words.next()?)?;
        let remote = address(words.next()?)?;
        if (local, remote) != (peer, here) {
            return None;
        }
        // After the two addresses: state, queues, timer, retransmits, uid, timeout, inode.
        let uid = words.nth(4)?.parse().ok()?;
        let inode = words.nth(1)?;
        (inode != "0").then_some(Uid(uid))
    })
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// `0100007F:1F90`: each 32-bit word of the address in the machine's byte order, the port in hexadecimal.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| {
        let word = ip.get(at..at.checked_add(8)?)?;
        Some(u32::from_str_radix(word, 16).ok()?.to_ne_bytes())
    };
    let ip = match ip.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        32 => {
            let mut bytes = [0; 16];
            for (part, at) in bytes.chunks_exact_mut(4).zip([0, 8, 16, 24]) {
                part.copy_from_slice(&word(at)?);
            }
            Ipv6Addr::from(bytes).into()
        }
        _ => return None,
    };
    Some(canonical(SocketAddr::new(ip, port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Shutdown, TcpListener, TcpStream};

    #[test]
    fn the_other_end_of_a_real_connection_is_ours() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let here = listener.local_addr().unwrap();
        let stream = TcpStream::connect(here).unwrap();
        let (_accepted, peer) = listener.accept().unwrap();
        assert_eq!(owner(peer, here), Some(Uid::own()));
        // Half closed, it still has its owner.
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(owner(peer, here), Some(Uid::own()));
        // Gone, or never there, it has none: what is left of it in the table belongs to nobody.
        drop(stream);
        assert_eq!(owner(peer, here), None);
        assert_eq!(owner(here, peer), Some(Uid::own()), "our own end");
        assert_eq!(owner("127.0.0.1:1".parse().unwrap(), here), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn both_tables_are_read_and_a_row_without_an_inode_is_nobodys() {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let v4 = format!(
            "{head}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1\n\
             \x20  1: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1007        0 4711 1\n\
             \x20  2: 0100007F:C002 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3\n"
        );
        let v6 = format!(
            "{head}   0: 0000000000000000FFFF00000100007F:C003 0000000000000000FFFF00000100007F:1F90 01 \
             00000000:00000000 00:00000000 00000000  1008        0 4712 1\n   1: broken\n"
        );
        let here = "127.0.0.1:8080".parse().unwrap();
        let peer = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(owner_in(&v4, peer(0xC001), here), Some(Uid(1007)));
        assert_eq!(owner_in(&v4, peer(0xC002), here), None, "time-wait");
        assert_eq!(owner_in(&v6, peer(0xC003), here), Some(Uid(1008)));
        assert_eq!(owner_in(&v6, peer(0xC001), here), None);
        let mapped = "[::ffff:127.0.0.1]:49155".parse().unwrap();
        assert_eq!(owner_in(&v6, mapped, here), Some(Uid(1008)));
    }
}

//! What the kernel says of UDP sockets: which are bound, and what it dropped because one had no room for it.
//!
//! Owns reading its tables. Does not own what is made of them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How many datagrams the kernel has dropped at each bound address; empty where it does not say.
pub(super) fn drops() -> HashMap<String, u64> {
    let tables = ["/proc/net/udp", "/proc/net/udp6"].map(std::fs::read_to_string);
    let lines = tables.iter().flatten().flat_map(|table| table.lines().skip(1));
    let counts = lines.filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let local = words.nth(1)?.to_owned();
        Some((local, words.last()?.parse().ok()?))
    });
    counts.collect()
}

/// Whether a socket is bound to this address, or to all addresses with this port.
pub fn is_bound(address: SocketAddr) -> bool {
    let any: [IpAddr; 2] = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
    let bound = drops();
    [address.ip()]
        .into_iter()
        .chain(any)
        .any(|ip| bound.contains_key(&written(SocketAddr::new(ip, address.port()))))
}

/// An address as these tables write it: each 32 bits in the machine's own order.
pub(super) fn written(address: SocketAddr) -> String {
    let bytes = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let words = bytes
        .chunks_exact(4)
        .map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
    let ip: String = words.map(|word| format!("{word:08X}")).collect();
    format!("{ip}:{:04X}", address.port())
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn a_socket_is_found_and_what_it_has_no_room_for_is_counted() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let socket = UdpSocket::bind(host).unwrap();
            let address = socket.local_addr().unwrap();
            assert_eq!(drops().get(&written(address)), Some(&0), "{address}");
            let sender = UdpSocket::bind((address.ip(), 0)).unwrap();
            for _ in 0..2000 {
                sender.send_to(&[0; 8192], address).unwrap();
            }
            assert!(drops()[&written(address)] > 0, "{address}");
        }
    }

    #[test]
    fn a_bound_address_is_known_and_one_that_was_let_go_is_not() {
        for host in ["127.0.0.1:0", "0.0.0.0:0", "[::]:0"] {
            let socket = UdpSocket::bind(host).unwrap();
            let port = socket.local_addr().unwrap().port();
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            assert!(is_bound(address), "{host}");
            drop(socket);
            assert!(!is_bound(address), "{host}");
        }
    }
}

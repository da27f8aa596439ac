//! What the kernel dropped because a socket had no room for it.
//!
//! Owns reading its counts. Does not own what is made of them.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

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
}

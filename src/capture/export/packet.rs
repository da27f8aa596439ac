//! Packets of IPv4, with TCP or UDP inside.
//!
//! Owns their numbers and checksums (RFC 791, 9293, 768). Does not own what they carry.

use std::net::Ipv4Addr;

pub(super) const FIN: u8 = 1;
pub(super) const SYN: u8 = 2;
pub(super) const RESET: u8 = 4;
pub(super) const PUSH: u8 = 8;
const ACK: u8 = 16;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// How much each end says that it can take.
const WINDOW: u16 = 65_535;

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    address: Ipv4Addr,
    port: u16,
    /// The sequence number of its next byte.
    next: u32,
    begun: bool,
}

/// Which end: 0 is the one that connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Side(pub(super) usize);

impl Side {
    pub(super) const fn other(self) -> Self {
        Self(1 - self.0)
    }
}

impl End {
    pub(super) const fn new(address: Ipv4Addr, port: u16) -> Self {
        Self {
            address,
            port,
            next: 0,
            begun: false,
        }
    }
}

/// A packet from one end to the other, which acknowledges all that the other has sent.
pub(super) fn packet(ends: &mut [End; 2], from: Side, flags: u8, payload: &[u8]) -> Vec<u8> {
    let (own, other) = (ends[from.0], ends[from.other().0]);
    let flags = if other.begun { flags | ACK } else { flags };
    let mut tcp = Vec::with_capacity(20 + payload.len());
    tcp.extend(own.port.to_be_bytes());
    tcp.extend(other.port.to_be_bytes());
    tcp.extend(own.next.to_be_bytes());
    tcp.extend(if other.begun { other.next } else { 0 }.to_be_bytes());
    tcp.extend([5 << 4, flags]);
    tcp.extend(WINDOW.to_be_bytes());
    tcp.extend([0; 4]);
    tcp.extend(payload);
    let sum = sum_of(&own, &other, TCP, &tcp);
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    let counts = payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
    ends[from.0].next = own.next.wrapping_add(counts);
    ends[from.0].begun |= flags & SYN != 0;
    inside_ip(&own, &other, TCP, &tcp)
}

/// A datagram from one end to the other.
pub(super) fn datagram(ends: &[End; 2], from: Side, payload: &[u8]) -> Vec<u8> {
    let (own, other) = (ends[from.0], ends[from.other().0]);
    let mut udp = Vec::with_capacity(8 + payload.len());
    udp.extend(own.port.to_be_bytes());
    udp.extend(other.port.to_be_bytes());
    udp.extend((8 + payload.len() as u16).to_be_bytes());
    udp.extend([0; 2]);
    udp.extend(payload);
    // None at all is written as 0, so that a sum of 0 is written as its complement.
    let sum = match sum_of(&own, &other, UDP, &udp) {
        0 => u16::MAX,
        sum => sum,
    };
    udp[6..8].copy_from_slice(&sum.to_be_bytes());
    inside_ip(&own, &other, UDP, &udp)
}

/// The checksum of what is inside, which also counts the addresses.
fn sum_of(own: &End, other: &End, protocol: u8, inside: &[u8]) -> u16 {
    let mut pseudo = Vec::with_capacity(12);
    pseudo.extend(own.address.octets());
    pseudo.extend(other.address.octets());
    pseudo.extend([0, protocol]);
    pseudo.extend((inside.len() as u16).to_be_bytes());
    checksum(&[&pseudo, inside])
}

fn inside_ip(own: &End, other: &End, protocol: u8, inside: &[u8]) -> Vec<u8> {
    let mut packet = Vec::with_capacity(20 + inside.len());
    packet.extend([0x45, 0]);
    packet.extend((20 + inside.len() as u16).to_be_bytes());
    // No number, and not to be cut up.
    packet.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    packet.extend(own.address.octets());
    packet.extend(other.address.octets());
    let sum = checksum(&[&packet]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend(inside);
    packet
}

/// The checksum of the internet (RFC 1071); all parts but the last have an even size.
pub(super) fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u32 = 0;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
            sum = (sum & 0xffff) + (sum >> 16);
        }
    }
    !(sum as u16)
}

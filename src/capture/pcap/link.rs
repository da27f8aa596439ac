//! What a packet holds: from the link's header to the bytes of TCP or UDP.
//!
//! Owns the headers of links, of IPv4 and IPv6, of TCP and UDP. What is no TCP or UDP is nothing; what cannot be read is said.
//! Does not own the order of segments (`tcp`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A part of a stream, or a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    /// What TCP says; none for UDP.
    pub(super) tcp: Option<Tcp>,
    pub(super) bytes: &'a [u8],
    /// How many bytes it had on the wire, where that is more than were captured.
    pub(super) size: usize,
}

/// What the header of TCP says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tcp {
    pub(super) sequence: u32,
    /// What its sender has received.
    pub(super) acknowledges: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
}

/// Why a packet has nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Nothing {
    /// It is of another protocol.
    Other,
    /// A part of a packet that was cut up on its way.
    Fragment,
    /// A link type that is not known.
    Link(u32),
    /// Its headers are not whole.
    Cut,
}

/// What a packet of this link type holds.
pub(super) fn segment(link: u32, packet: &[u8]) -> Result<Segment<'_>, Nothing> {
    match link {
        // Ethernet.
        1 => ether(packet.get(14..).ok_or(Nothing::Cut)?, number(packet, 12)?),
        // BSD loopback: the family in the order of its machine.
        0 | 108 => {
            let (family, packet) = packet.split_first_chunk::<4>().ok_or(Nothing::Cut)?;
            let family = u32::from_be_bytes(*family).min(u32::from_le_bytes(*family));
            match family {
                2 => ipv4(packet),
                10 | 24 | 28 | 30 => ipv6(packet),
                _ => Err(Nothing::Other),
            }
        }
        // Linux cooked, versions 1 and 2.
        113 => ether(packet.get(16..).ok_or(Nothing::Cut)?, number(packet, 14)?),
        276 => ether(packet.get(20..).ok_or(Nothing::Cut)?, number(packet, 0)?),
        // Raw IP, and two numbers that some systems have for it.
        12 | 14 | 101 => match packet.first().ok_or(Nothing::Cut)? >> 4 {
            4 => ipv4(packet),
            6 => ipv6(packet),
            _ => Err(Nothing::Other),
        },
        228 => ipv4(packet),
        229 => ipv6(packet),
        other => Err(Nothing::Link(other)),
    }
}

fn ether(mut packet: &[u8], mut kind: u16) -> Result<Segment<'_>, Nothing> {
    // VLAN tags, of which two may stand behind each other.
    for _ in 0..3 {
        if !matches!(kind, 0x8100 | 0x88a8 | 0x9100) {
            break;
        }
        kind = number(packet, 2)?;
        packet = &packet[4..];
    }
    match kind {
        0x0800 => ipv4(packet),
        0x86dd => ipv6(packet),
        _ => Err(Nothing::Other),
    }
}

fn ipv4(packet: &[u8]) -> Result<Segment<'_>, Nothing> {
    let header = packet.get(..20).ok_or(Nothing::Cut)?;
    let length = usize::from(header[0] & 0xf) * 4;
    if header[0] >> 4 != 4 || length < 20 {
        return Err(Nothing::Other);
    }
    let flags = number(header, 6)?;
    let (more, offset) = (flags & 0x2000 != 0, flags & 0x1fff);
    if more || offset != 0 {
        return Err(Nothing::Fragment);
    }
    let address = |at: usize| {
        IpAddr::V4(Ipv4Addr::new(
            header[at],
            header[at + 1],
            header[at + 2],
            header[at + 3],
        ))
    };
    // 0 where the machine that captured it cut it up only afterwards.
    let whole = match usize::from(number(header, 2)?) {
        0 => packet.len(),
        whole => whole,
    };
    let size = whole.checked_sub(length).ok_or(Nothing::Cut)?;
    let rest = packet.get(length..).ok_or(Nothing::Cut)?;
    transport(header[9], address(12), address(16), &rest[..rest.len().min(size)], size)
}

fn ipv6(packet: &[u8]) -> Result<Segment<'_>, Nothing> {
    let header = packet.get(..40).ok_or(Nothing::Cut)?;
    if header[0] >> 4 != 6 {
        return Err(Nothing::Other);
    }
    let address = |at: usize| {
        let bytes: [u8; 16] = header[at..at + 16].try_into().unwrap_or_default();
        IpAddr::V6(Ipv6Addr::from(bytes))
    };
    let mut size = match usize::from(number(header, 4)?) {
        0 => packet.len() - 40,
        size => size,
    };
    let mut rest = &packet[40..];
    rest = &rest[..rest.len().min(size)];
    let mut kind = header[6];
    for _ in 0..16 {
        let length = match kind {
            // Hop-by-hop, routing, destination, mobility, HIP, shim6.
            0 | 43 | 60 | 135 | 139 | 140 => (usize::from(*rest.get(1).ok_or(Nothing::Cut)?) + 1) * 8,
            // Authentication.
            51 => (usize::from(*rest.get(1).ok_or(Nothing::Cut)?) + 2) * 4,
            44 => match number(rest, 2)? & 0xfff9 {
                // The only one.
                0 => 8,
                _ => return Err(Nothing::Fragment),
            },
            _ => break,
        };
        kind = *rest.first().ok_or(Nothing::Cut)?;
        rest = rest.get(length..).ok_or(Nothing::Cut)?;
        size = size.checked_sub(length).ok_or(Nothing::Cut)?;
    }
    transport(kind, address(8), address(24), rest, size)
}

fn transport(kind: u8, from: IpAddr, to: IpAddr, packet: &[u8], size: usize) -> Result<Segment<'_>, Nothing> {
    if kind != 6 && kind != 17 {
        return Err(Nothing::Other);
    }
    let (from, to) = (
        SocketAddr::new(from, number(packet, 0)?),
        SocketAddr::new(to, number(packet, 2)?),
    );
    let (tcp, length, size) = match kind {
        6 => {
            let header = packet.get(..20).ok_or(Nothing::Cut)?;
            let length = usize::from(header[12] >> 4) * 4;
            if length < 20 {
                return Err(Nothing::Cut);
            }
            let flag = |bit: u8| header[13] & bit != 0;
            let tcp = Tcp {
                sequence: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
                fin: flag(1),
                syn: flag(2),
                rst: flag(4),
                acknowledges: flag(16).then(|| u32::from_be_bytes([header[8], header[9], header[10], header[11]])),
            };
            (Some(tcp), length, size)
        }
        _ => {
            let said = usize::from(number(packet, 4)?);
            (None, 8, if said >= 8 { said.min(size) } else { size })
        }
    };
    let size = size.checked_sub(length).ok_or(Nothing::Cut)?;
    let bytes = packet.get(length..).ok_or(Nothing::Cut)?;
    let bytes = &bytes[..bytes.len().min(size)];
    Ok(Segment {
        from,
        to,
        tcp,
        bytes,
        size,
    })
}

fn number(bytes: &[u8], at: usize) -> Result<u16, Nothing> {
    let field = bytes.get(at..at + 2).ok_or(Nothing::Cut)?;
    Ok(u16::from_be_bytes([field[0], field[1]]))
}

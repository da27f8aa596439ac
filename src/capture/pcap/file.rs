//! The packets of a capture file: pcap or pcapng.
//!
//! Owns both formats as `draft-ietf-opsawg-pcap` and `-pcapng` have them, of either order of bytes; what a block holds that
//! is no packet is left alone. A packet at a time is in memory. Does not own what a packet holds (`link`).

use std::io::Read;
use std::time::Duration;

use super::error::PcapError;
use super::input::{Input, Order};

/// The largest packet, and the largest block of a pcapng file: more is no packet of any network.
pub const LARGEST: u32 = 1 << 20;

/// The most interfaces of a section.
const MOST_INTERFACES: usize = 1000;

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    /// Where it begins in the file.
    pub(super) at: u64,
    /// Its link type.
    pub(super) link: u32,
    /// Since 1970; none where the file does not say.
    pub(super) time: Option<Duration>,
    pub(super) bytes: Vec<u8>,
    /// How many bytes it had on the wire.
    pub(super) size: u32,
}

/// A file, packet by packet.
#[derive(Debug)]
pub(super) struct Packets<R> {
    input: Input<R>,
    format: Format,
}

#[derive(Debug)]
enum Format {
    /// The order of bytes, the parts of a second, the link type.
    Classic(Order, u32, u32),
    Next(Order, Vec<Interface>),
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: u32,
    /// How much of a packet is kept; 0 for all.
    kept: u32,
    /// How many parts a second has.
    parts: u64,
    /// Seconds that are added.
    offset: i64,
}

const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

impl<R: Read> Packets<R> {
    /// Opens a file.
    pub(super) fn new(from: R) -> Result<Self, PcapError> {
        let mut input = Input::new(from);
        let magic = input
            .maybe("the file")?
            .ok_or_else(|| PcapError::broken(0, "the file is empty"))?;
        let format = match magic {
            [0xa1, 0xb2, 0xc3, 0xd4] => classic(&mut input, Order::Big, 1_000_000)?,
            [0xd4, 0xc3, 0xb2, 0xa1] => classic(&mut input, Order::Little, 1_000_000)?,
            [0xa1, 0xb2, 0x3c, 0x4d] => classic(&mut input, Order::Big, 1_000_000_000)?,
            [0x4d, 0x3c, 0xb2, 0xa1] => classic(&mut input, Order::Little, 1_000_000_000)?,
            SECTION => Format::Next(section(&mut input, 0)?, Vec::new()),
            [0x1f, 0x8b, ..] => return Err(PcapError::broken(0, "this is compressed by gzip; unpack it first")),
            _ => return Err(PcapError::broken(0, "this is neither pcap nor pcapng")),
        };
        Ok(Self { input, format })
    }

    /// The next packet.
    pub(super) fn next(&mut self) -> Result<Option<Packet>, PcapError> {
        match &mut self.format {
            Format::Classic(order, parts, link) => record(&mut self.input, *order, *parts, *link),
            Format::Next(..) => loop {
                let at = self.input.at;
                let Some(kind) = self.input.maybe::<4>("a block")? else {
                    return Ok(None);
                };
                if let Some(packet) = self.block(at, kind)? {
                    return Ok(Some(packet));
                }
            },
        }
    }

    /// One block of a pcapng file, whose type was read.
    fn block(&mut self, at: u64, kind: [u8; 4]) -> Result<Option<Packet>, PcapError> {
        let Format::Next(order, interfaces) = &mut self.format else {
            return Ok(None);
        };
        if kind == SECTION {
            *order = section(&mut self.input, at)?;
            interfaces.clear();
            return Ok(None);
        }
        let order = *order;
        let body = body(&mut self.input, order, at)?;
        let short = |name: &str| Err(PcapError::broken(at, format!("{name} has only {} bytes", body.len())));
        match order.u32(&kind, 0) {
            1 => {
                if body.len() < 8 {
                    return short("an interface");
                }
                if interfaces.len() == MOST_INTERFACES {
                    return Err(PcapError::broken(at, format!("more than {MOST_INTERFACES} interfaces")));
                }
                interfaces.push(interface(order, &body));
                Ok(None)
            }
            6 => {
                if body.len() < 20 {
                    return short("a packet");
                }
                let number = order.u32(&body, 0);
                let Some(on) = usize::try_from(number).ok().and_then(|number| interfaces.get(number)) else {
                    return Err(PcapError::broken(
                        at,
                        format!("a packet of interface {number}, which is not there"),
                    ));
                };
                let (high, low) = (order.u32(&body, 4), order.u32(&body, 8));
                let time = on.time(u64::from(high) << 32 | u64::from(low));
                let kept = order.u32(&body, 12);
                let size = order.u32(&body, 16);
                let Some(bytes) = usize::try_from(kept).ok().and_then(|kept| body[20..].get(..kept)) else {
                    return Err(PcapError::broken(
                        at,
                        format!("a packet of {kept} bytes in a block of fewer"),
                    ));
                };
                Ok(Some(packet(at, on.link, Some(time), bytes.to_vec(), size)))
            }
            3 => {
                let Some(on) = interfaces.first() else {
                    return Err(PcapError::broken(at, "a packet before any interface"));
                };
                if body.len() < 4 {
                    return short("a packet");
                }
                let size = order.u32(&body, 0);
                let kept = if on.kept == 0 { size } else { size.min(on.kept) };
                let rest = &body[4..];
                let bytes = &rest[..rest.len().min(usize::try_from(kept).unwrap_or(usize::MAX))];
                Ok(Some(packet(at, on.link, None, bytes.to_vec(), size)))
            }
            _ => Ok(None),
        }
    }
}

const fn packet(at: u64, link: u32, time: Option<Duration>, bytes: Vec<u8>, size: u32) -> Packet {
    Packet {
        at,
        link,
        time,
        bytes,
        size,
    }
}

fn classic<R: Read>(input: &mut Input<R>, order: Order, parts: u32) -> Result<Format, PcapError> {
    let header: [u8; 20] = (input.maybe("the header")?).ok_or_else(|| PcapError::broken(4, "the header is cut"))?;
    let major = order.u16(&header, 0);
    if major != 2 {
        return Err(PcapError::broken(
            4,
            format!("version {major} of pcap; only 2 can be read"),
        ));
    }
    // The upper bits say how long frame checksums are, which nobody reads.
    Ok(Format::Classic(order, parts, order.u32(&header, 16) & 0xffff))
}

fn record<R: Read>(input: &mut Input<R>, order: Order, parts: u32, link: u32) -> Result<Option<Packet>, PcapError> {
    let at = input.at;
    let Some(header) = input.maybe::<16>("a packet's header")? else {
        return Ok(None);
    };
    let (kept, size) = (order.u32(&header, 8), order.u32(&header, 12));
    if kept > LARGEST {
        return Err(PcapError::broken(
            at,
            format!("a packet of {kept} bytes; {LARGEST} are the most"),
        ));
    }
    let bytes = input.bytes(kept as usize, "a packet")?;
    let fraction = u64::from(order.u32(&header, 4)) * (1_000_000_000 / u64::from(parts));
    let time = Duration::from_secs(order.u32(&header, 0).into()) + Duration::from_nanos(fraction);
    Ok(Some(packet(at, link, Some(time), bytes, size)))
}

/// A section's header, whose type was read: the order of bytes behind it.
fn section<R: Read>(input: &mut Input<R>, at: u64) -> Result<Order, PcapError> {
    let cut = || PcapError::broken(at, "a section's header is cut");
    let head: [u8; 8] = input.maybe("a section's header")?.ok_or_else(cut)?;
    let order = match head[4..] {
        [0x1a, 0x2b, 0x3c, 0x4d] => Order::Big,
        [0x4d, 0x3c, 0x2b, 0x1a] => Order::Little,
        _ => return Err(PcapError::broken(at, "a section whose order of bytes is unknown")),
    };
    let size = checked(order.u32(&head, 0), at, 28)?;
    let body = input.bytes(size - 12, "a section's header")?;
    let major = order.u16(&body, 0);
    if major != 1 {
        return Err(PcapError::broken(
            at,
            format!("version {major} of pcapng; only 1 can be read"),
        ));
    }
    Ok(order)
}

/// The body of a block whose type was read.
fn body<R: Read>(input: &mut Input<R>, order: Order, at: u64) -> Result<Vec<u8>, PcapError> {
    let cut = || PcapError::broken(at, "a block is cut");
    let size: [u8; 4] = input.maybe("a block")?.ok_or_else(cut)?;
    let size = checked(order.u32(&size, 0), at, 12)?;
    let mut body = input.bytes(size - 8, "a block")?;
    let again = body.split_off(body.len() - 4);
    if order.u32(&again, 0) as usize != size {
        let what = format!(
            "a block says {size} bytes at its beginning and {} at its end",
            order.u32(&again, 0)
        );
        return Err(PcapError::broken(at, what));
    }
    Ok(body)
}

fn checked(size: u32, at: u64, least: u32) -> Result<usize, PcapError> {
    if size < least || !size.is_multiple_of(4) || size > LARGEST {
        return Err(PcapError::broken(at, format!("a block of {size} bytes")));
    }
    Ok(size as usize)
}

fn interface(order: Order, body: &[u8]) -> Interface {
    let mut interface = Interface {
        link: order.u16(body, 0).into(),
        kept: order.u32(body, 4),
        parts: 1_000_000,
        offset: 0,
    };
    let mut options = &body[8..];
    while options.len() >= 4 {
        let (code, size) = (order.u16(options, 0), usize::from(order.u16(options, 2)));
        let Some(value) = options[4..].get(..size) else { break };
        match (code, value) {
            (0, _) => break,
            (9, [resolution]) => {
                let exponent = u32::from(resolution & 0x7f);
                let base: u64 = if resolution & 0x80 == 0 { 10 } else { 2 };
                interface.parts = base.checked_pow(exponent).unwrap_or(1_000_000_000);
            }
            (14, value) if value.len() == 8 => {
                let (first, second) = (u64::from(order.u32(value, 0)), u64::from(order.u32(value, 4)));
                let seconds = match order {
                    Order::Big => first << 32 | second,
                    Order::Little => second << 32 | first,
                };
                interface.offset = seconds.cast_signed();
            }
            _ => {}
        }
        options = options.get(4 + size.next_multiple_of(4)..).unwrap_or_default();
    }
    interface
}

impl Interface {
    fn time(&self, units: u64) -> Duration {
        let seconds = (units / self.parts).saturating_add_signed(self.offset);
        let nanos = u128::from(units % self.parts) * 1_000_000_000 / u128::from(self.parts);
        // Later than any clock of today is no time.
        Duration::from_secs(seconds.min(u64::from(u32::MAX) * 4)) + Duration::from_nanos(nanos as u64)
    }
}

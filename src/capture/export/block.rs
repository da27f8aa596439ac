//! The blocks of a pcapng file.
//!
//! Owns a section with one interface of raw IP, names of addresses, and packets with comments. Does not own packets.

use std::io::{self, Write};
use std::net::Ipv4Addr;

/// The link type of packets that begin with the header of IP.
const RAW_IP: u16 = 101;

/// A comment on a packet.
const COMMENT: u16 = 1;

/// The longest text of an option.
const LONGEST: usize = 1 << 10;

/// Writes a file.
pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
}

impl<'a> Writer<'a> {
    /// Begins the file.
    pub(super) fn begin(out: &'a mut dyn Write, hosts: &[(Ipv4Addr, String)]) -> io::Result<Self> {
        let mut writer = Self { out };
        let mut section = Vec::new();
        section.extend(0x1a2b_3c4d_u32.to_le_bytes());
        section.extend([1, 0, 0, 0]);
        section.extend((-1_i64).to_le_bytes());
        option(
            &mut section,
            4,
            concat!("wiretale ", env!("CARGO_PKG_VERSION")).as_bytes(),
        );
        end_of_options(&mut section);
        writer.block(0x0a0d_0d0a, &section)?;
        let mut interface = Vec::new();
        interface.extend(RAW_IP.to_le_bytes());
        interface.extend([0; 6]);
        // Times are in nanoseconds.
        option(&mut interface, 9, &[9]);
        end_of_options(&mut interface);
        writer.block(1, &interface)?;
        let mut names = Vec::new();
        for (address, name) in hosts {
            let mut record = address.octets().to_vec();
            record.extend(cut(name).as_bytes());
            record.push(0);
            option(&mut names, 1, &record);
        }
        end_of_options(&mut names);
        writer.block(4, &names)?;
        Ok(writer)
    }

    /// A packet.
    pub(super) fn packet(&mut self, time: u64, packet: &[u8], comment: Option<&str>) -> io::Result<()> {
        let mut body = Vec::with_capacity(packet.len() + 64);
        body.extend(0_u32.to_le_bytes());
        body.extend(((time >> 32) as u32).to_le_bytes());
        body.extend((time as u32).to_le_bytes());
        let size = packet.len() as u32;
        body.extend(size.to_le_bytes());
        body.extend(size.to_le_bytes());
        body.extend(packet);
        pad(&mut body);
        if let Some(comment) = comment {
            option(&mut body, COMMENT, cut(comment).as_bytes());
            end_of_options(&mut body);
        }
        self.block(6, &body)
    }

    /// Ends the file.
    pub(super) fn finish(self) -> io::Result<()> {
        self.out.flush()
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let size = (body.len() as u32 + 12).to_le_bytes();
        self.out.write_all(&kind.to_le_bytes())?;
        self.out.write_all(&size)?;
        self.out.write_all(body)?;
        self.out.write_all(&size)
    }
}

/// A text that is not too long, without half a character.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend(value);
    pad(body);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

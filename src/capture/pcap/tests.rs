//! Captures, made by hand and changed by chance.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::capture::conversation::Connection;
use crate::capture::export;
use crate::trace::reader::TraceSource;

/// A file of these packets, as pcap of the order of bytes and the parts of a second that its first bytes say.
fn classic(magic: u32, big: bool, link: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let number = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let short = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut file = number(magic).to_vec();
    file.extend(short(2));
    file.extend(short(4));
    file.extend([0; 8]);
    file.extend(number(65_535));
    file.extend(number(link));
    for (at, packet) in packets.iter().enumerate() {
        file.extend(number(7));
        file.extend(number(at as u32));
        file.extend(number(packet.len() as u32));
        file.extend(number(packet.len() as u32));
        file.extend(packet);
    }
    file
}

const MICRO: u32 = 0xa1b2_c3d4;
const NANO: u32 = 0xa1b2_3c4d;

/// What TCP says of one packet: who sends (0 connects), the number, the flags, the text.
type Part<'a> = (usize, u32, &'a str, &'a str);

fn tcp((from, sequence, flags, text): Part<'_>) -> Vec<u8> {
    let ports: [u16; 2] = [40_000, 6379];
    let mut packet = Vec::new();
    packet.extend(ports[from].to_be_bytes());
    packet.extend(ports[1 - from].to_be_bytes());
    packet.extend(sequence.to_be_bytes());
    packet.extend([0; 4]);
    let bits = flags.chars().map(|flag| match flag {
        'F' => 1,
        'S' => 2,
        'R' => 4,
        _ => 16,
    });
    packet.extend([0x50, bits.sum()]);
    packet.extend([0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(text.as_bytes());
    packet
}

fn ipv4(part: Part<'_>) -> Vec<u8> {
    let tcp = tcp(part);
    let mut packet = vec![0x45, 0];
    packet.extend((20 + tcp.len() as u16).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 6, 0, 0]);
    packet.extend([10, 0, 0, 1 + part.0 as u8]);
    packet.extend([10, 0, 0, 2 - part.0 as u8]);
    packet.extend(tcp);
    packet
}

fn ipv6(part: Part<'_>) -> Vec<u8> {
    let tcp = tcp(part);
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((8 + tcp.len() as u16).to_be_bytes());
    packet.extend([60, 64]);
    let address = |number: u8| [&[0xfd; 15][..], &[number]].concat();
    packet.extend(address(1 + part.0 as u8));
    packet.extend(address(2 - part.0 as u8));
    // Options for the destination, of which there are none.
    packet.extend([6, 0, 1, 4, 0, 0, 0, 0]);
    packet.extend(tcp);
    packet
}

fn heard(file: &[u8]) -> Conversation {
    read(file, Limits::default()).unwrap()
}

fn shown(connection: &Connection) -> String {
    let all = connection.happened.iter().map(|happened| {
        let way = if happened.direction == Direction::FromOpener {
            '>'
        } else {
            '<'
        };
        match &happened.what {
            What::Bytes(place) => {
                let said = &connection.said(happened.direction)[place.clone()];
                format!("{way}{}", String::from_utf8_lossy(said))
            }
            What::Missing(size) => format!("{way}<{size} missing>"),
            What::Fin => format!("{way}|"),
            What::Reset => format!("{way}x"),
        }
    });
    all.collect::<Vec<_>>().join(" ")
}

/// What the first connection of these packets of raw IP says.
fn told(parts: &[Part<'_>]) -> String {
    let packets: Vec<Vec<u8>> = parts.iter().map(|part| ipv4(*part)).collect();
    shown(&heard(&classic(MICRO, false, 101, &packets)).connections[0])
}

const TALK: &[Part<'_>] = &[
    (0, 99, "S", ""),
    (1, 499, "SA", ""),
    (0, 100, "A", ""),
    (0, 100, "A", "ping"),
    (1, 500, "A", "pong"),
    (0, 104, "FA", ""),
    (1, 504, "FA", ""),
];

#[test]
fn both_orders_of_bytes_and_both_resolutions_are_read() {
    let packets: Vec<Vec<u8>> = TALK.iter().map(|part| ipv4(*part)).collect();
    for (magic, big) in [(MICRO, true), (MICRO, false), (NANO, true), (NANO, false)] {
        let heard = heard(&classic(magic, big, 101, &packets));
        let only = &heard.connections[0];
        assert_eq!(shown(only), ">ping <pong >| <|");
        let unit = if magic == MICRO { 1000 } else { 1 };
        assert_eq!(only.happened[0].time, Duration::from_nanos(3 * unit));
        assert_eq!((only.client.port(), only.server.port()), (40_000, 6379));
    }
}

#[test]
fn all_kinds_of_links_are_read() {
    let before = |bytes: &[u8]| bytes.to_vec();
    let ether = |kind: &[u8]| [&[0; 12][..], kind].concat();
    let cooked = |size: usize, at: usize, kind: u16| {
        let mut header = vec![0; size];
        header[at..at + 2].copy_from_slice(&kind.to_be_bytes());
        header
    };
    for (link, head, six) in [
        (1, ether(&[8, 0]), false),
        (1, ether(&[0x86, 0xdd]), true),
        (1, ether(&[0x81, 0, 0, 7, 8, 0]), false),
        (1, ether(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 7, 8, 0]), false),
        (0, before(&[2, 0, 0, 0]), false),
        (0, before(&[30, 0, 0, 0]), true),
        (108, before(&[0, 0, 0, 2]), false),
        (113, cooked(16, 14, 0x0800), false),
        (276, cooked(20, 0, 0x86dd), true),
        (101, Vec::new(), false),
        (101, Vec::new(), true),
        (228, Vec::new(), false),
        (229, Vec::new(), true),
    ] {
        let inner = |part: &Part<'_>| if six { ipv6(*part) } else { ipv4(*part) };
        let packets: Vec<Vec<u8>> = TALK.iter().map(|part| [head.clone(), inner(part)].concat()).collect();
        let heard = heard(&classic(MICRO, false, link, &packets));
        assert_eq!(shown(&heard.connections[0]), ">ping <pong >| <|", "link type {link}");
        assert!(heard.notes.is_empty());
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let mut fragment = ipv4(TALK[3]);
    fragment[6] = 0x20;
    let heard = heard(&classic(MICRO, false, 101, &[fragment, vec![0x45; 10], ipv4(TALK[3])]));
    let notes: Vec<&str> = heard.notes.iter().map(String::as_str).collect();
    assert_eq!(
        notes,
        [
            "left out: 1 fragments of packets, which are not put together",
            "left out: 1 packets whose headers are not whole",
            "the beginning of a connection was not seen"
        ]
    );
    let unknown = self::heard(&classic(MICRO, false, 147, &[vec![0; 40]]));
    assert!(unknown.notes.iter().any(|note| note.contains("link type 147")));
}

#[test]
fn segments_are_put_in_order_and_gaps_are_said() {
    let begin: [Part<'_>; 2] = [(0, 99, "S", ""), (1, 499, "SA", "")];
    let told = |more: &[Part<'_>]| told(&[&begin[..], more].concat());
    assert_eq!(
        told(&[(0, 102, "A", "cd"), (0, 100, "A", "ab"), (0, 100, "A", "abcd")]),
        ">ab >cd"
    );
    assert_eq!(
        told(&[(0, 100, "A", "ab"), (0, 106, "FA", "gh")]),
        ">ab ><4 missing> >gh >|"
    );
    assert_eq!(told(&[(0, 100, "A", "ab"), (0, 102, "R", "")]), ">ab >x");
    assert_eq!(told(&[(0, 104, "FA", ""), (0, 100, "A", "last")]), ">last >|");
}

#[test]
fn a_connection_whose_beginning_was_not_seen_is_read_from_where_it_was() {
    assert_eq!(told(&[(1, 500, "", "pong"), (0, 100, "", "ping")]), "<pong >ping");
}

#[test]
fn ports_that_are_used_again_are_another_connection() {
    let again: Vec<Part<'_>> = vec![(0, 9999, "S", ""), (0, 10_000, "A", "again")];
    let packets: Vec<Vec<u8>> = TALK.iter().chain(&again).map(|part| ipv4(*part)).collect();
    let heard = heard(&classic(MICRO, false, 101, &packets));
    assert_eq!(heard.connections.len(), 2);
    assert_eq!(shown(&heard.connections[1]), ">again");
}

#[test]
fn datagrams_are_messages_of_an_association() {
    let datagram = |from: u16, to: u16, text: &str| {
        let mut packet = vec![0x45, 0];
        packet.extend((28 + text.len() as u16).to_be_bytes());
        packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
        packet.extend(from.to_be_bytes());
        packet.extend(to.to_be_bytes());
        packet.extend((8 + text.len() as u16).to_be_bytes());
        packet.extend([0, 0]);
        packet.extend(text.as_bytes());
        packet
    };
    let packets = [
        datagram(40_000, 53, "who?"),
        datagram(53, 40_000, "me"),
        datagram(40_001, 53, "who?"),
    ];
    let heard = heard(&classic(MICRO, false, 101, &packets));
    let all: Vec<String> = heard.connections.iter().map(shown).collect();
    assert_eq!(all, [">who? <me", ">who?"]);
    assert!(
        heard
            .connections
            .iter()
            .all(|connection| connection.transport == Transport::Udp)
    );
}

#[test]
fn a_broken_file_is_told_with_the_offset() {
    let good = classic(MICRO, false, 101, &[ipv4(TALK[3])]);
    for (file, error) in [
        (&b""[..], "0: the file is empty"),
        (b"GIF89a", "0: this is neither pcap nor pcapng"),
        (&[0x1f, 0x8b, 8, 0, 0], "0: this is compressed by gzip; unpack it first"),
        (&good[..20], "4: the header is cut: 16 of 20 bytes"),
        (&good[..30], "24: a packet's header is cut: 6 of 16 bytes"),
        (&good[..good.len() - 1], "40: a packet is cut: 43 of 44 bytes"),
    ] {
        assert_eq!(read(file, Limits::default()).unwrap_err().to_string(), error);
    }
    let mut large = good.clone();
    large[32..36].copy_from_slice(&(LARGEST + 1).to_le_bytes());
    let error = read(large.as_slice(), Limits::default()).unwrap_err().to_string();
    assert_eq!(error, "24: a packet of 1048577 bytes; 1048576 are the most");
}

#[test]
fn limits_are_met_and_said() {
    let packets: Vec<Vec<u8>> = TALK.iter().map(|part| ipv4(*part)).collect();
    let limits = Limits {
        bytes: 70,
        connections: 1,
    };
    let heard = read(classic(MICRO, false, 101, &packets).as_slice(), limits).unwrap();
    assert_eq!(shown(&heard.connections[0]), ">ping");
    assert_eq!(heard.cut.as_deref(), Some("the limit of 70B that are kept"));
}

/// A capture as pcapng, by the writer of this crate.
fn next() -> Vec<u8> {
    let lines = [
        r#"{"header":{"trace":1,"wiretale":"","scenario":"x.json","seed":0,"actors":[{"name":"C"},{"name":"S","listens":true}],"steps":[]}}"#,
        r#"{"strand":"S/C#1","index":0,"time":1,"event":{"accept":{"connection":"S/C#1"}}}"#,
        r#"{"strand":"S/C#1","index":1,"time":2,"event":{"receive":{"connection":"S/C#1","direction":">","start":0,"end":4,"content":{"text":"ping"}}}}"#,
        r#"{"strand":"S/C#1","index":2,"time":3,"event":{"send":{"connection":"S/C#1","direction":"<","start":0,"end":4,"content":{"text":"pong"}}}}"#,
        r#"{"strand":"S/C#1","index":3,"time":4,"event":{"closed":{"connection":"S/C#1","direction":">","how":"eof"}}}"#,
        r#"{"strand":"S/C#1","index":4,"time":5,"event":{"closing":{"connection":"S/C#1","direction":"<","how":"fin"}}}"#,
    ];
    let text = lines.map(|line| format!("{line}\n")).concat();
    let mut file = Vec::new();
    export::write(&TraceSource::from_bytes(text.into_bytes()).unwrap(), &mut file).unwrap();
    file
}

/// The same with the other order of bytes: of the blocks' own numbers, not of the packets.
fn turned(file: &[u8]) -> Vec<u8> {
    let mut turned = Vec::new();
    let mut rest = file;
    while !rest.is_empty() {
        let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let (kind, size) = (number(0), number(4) as usize);
        let mut block: Vec<u8> = kind.to_be_bytes().to_vec();
        block.extend((size as u32).to_be_bytes());
        let body = &rest[8..size - 4];
        match kind {
            0x0a0d_0d0a => {
                block.extend(0x1a2b_3c4d_u32.to_be_bytes());
                block.extend([0, 1, 0, 0]);
                block.extend([0xff; 8]);
                block.extend(vec![0; body.len() - 16]);
            }
            1 => {
                block.extend(101_u16.to_be_bytes());
                block.extend([0; 6]);
                block.extend([0, 9, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0]);
            }
            6 => {
                for at in (0..20).step_by(4) {
                    block.extend(u32::from_le_bytes(body[at..at + 4].try_into().unwrap()).to_be_bytes());
                }
                block.extend(&body[20..]);
            }
            _ => block.extend(vec![0; body.len()]),
        }
        block.extend((size as u32).to_be_bytes());
        assert_eq!(block.len(), size);
        turned.extend(block);
        rest = &rest[size..];
    }
    turned
}

#[test]
fn pcapng_is_read_in_both_orders_of_bytes_and_of_several_sections() {
    let file = next();
    for file in [file.clone(), turned(&file)] {
        let heard = heard(&file);
        assert_eq!(shown(&heard.connections[0]), ">ping <pong >| <|");
        assert_eq!(heard.connections[0].happened[0].time, Duration::from_nanos(1));
    }
    let both = [turned(&file), file].concat();
    assert_eq!(heard(&both).connections.len(), 2);
}

#[test]
fn a_packet_without_a_time_has_that_of_the_one_before() {
    let file = next();
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let interfaces = number(4) + number(number(4) + 4);
    let mut simple = file[..interfaces].to_vec();
    let packet = ipv4(TALK[3]);
    simple.extend(3_u32.to_le_bytes());
    let size = 16 + packet.len() as u32;
    simple.extend(size.to_le_bytes());
    simple.extend((packet.len() as u32).to_le_bytes());
    simple.extend(packet);
    simple.extend(size.to_le_bytes());
    assert_eq!(shown(&heard(&simple).connections[0]), ">ping");
}

#[test]
fn a_broken_block_is_told_with_its_offset() {
    let file = next();
    let second = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let changed = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] = byte;
        read(file.as_slice(), Limits::default()).unwrap_err().to_string()
    };
    assert_eq!(changed(8, 0), "0: a section whose order of bytes is unknown");
    assert_eq!(changed(12, 2), "0: version 2 of pcapng; only 1 can be read");
    assert_eq!(changed(second + 4, 13), format!("{second}: a block of 13 bytes"));
    assert!(changed(second + 4, 36).starts_with(&format!("{second}: a block says 36 bytes at its beginning and")));
    assert_eq!(
        changed(second, 6).split(": ").nth(1),
        Some("a packet of interface 101, which is not there")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A file that is changed anywhere is read or refused, and never kept whole where it is too large.
    #[test]
    fn a_changed_file_is_read_or_refused(
        next_format in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut file = match next_format {
            true => next(),
            false => classic(MICRO, false, 101, &TALK.iter().map(|part| ipv4(*part)).collect::<Vec<_>>()),
        };
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        file.truncate(cut.index(file.len() + 1));
        if let Ok(heard) = read(file.as_slice(), Limits { bytes: 1000, connections: 2 }) {
            prop_assert!(heard.connections.len() <= 2);
        }
    }

    /// However a stream is cut, doubled and mixed, it is put together as it was said.
    #[test]
    fn a_mixed_stream_is_put_together(
        start in any::<u32>(),
        text in "[a-z]{1,60}",
        pieces in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..9), 1..20),
    ) {
        let said = |at: usize, size: usize| {
            let end = (at + size).min(text.len());
            (0, start.wrapping_add(at as u32), "A", &text[at..end])
        };
        let mut parts = vec![(0, start.wrapping_sub(1), "S", "")];
        parts.extend(pieces.iter().map(|(at, size)| said(at.index(text.len()), *size)));
        // At the end all has come.
        parts.extend((0..text.len()).step_by(7).rev().map(|at| said(at, 7)));
        parts.push((0, start.wrapping_add(text.len() as u32), "FA", ""));
        let packets: Vec<Vec<u8>> = parts.iter().map(|part| ipv4(*part)).collect();
        let heard = heard(&classic(MICRO, false, 101, &packets));
        let only = &heard.connections[0];
        prop_assert_eq!(only.said(Direction::FromOpener), text.as_bytes());
        prop_assert!(only.has_ended(Direction::FromOpener));
        prop_assert!(!only.happened.iter().any(|happened| matches!(happened.what, What::Missing(_))));
    }
}

//! A length inside the message, over TCP, from clients that cut what they send wherever that can be done.
//!
//! The header is `u8 version, u8 reserved, u16 type, u16 length (of the whole message), u16 flags`. Every legal cut gives
//! one diagram, every illegal length or end its finding. `WIRETALE_BLESS=1` writes the goldens anew.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use super::stage::{PATIENCE, Tale, play};

/// How long a client waits between two pieces, so that the server mostly reads them one at a time.
const PACE: Duration = Duration::from_millis(1);

/// A message of this type that says to have so many bytes and has this body.
fn message(kind: u16, length: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, 0];
    bytes.extend(kind.to_be_bytes());
    bytes.extend(length.to_be_bytes());
    bytes.extend([0xff, 0]);
    bytes.extend(body);
    bytes
}

/// Three messages of 64 bytes in all: a bare header, one of 32 bytes, one of 24.
fn three() -> Vec<u8> {
    [
        message(1, 8, b""),
        message(2, 32, &[b'b'; 24]),
        message(3, 24, &[b'c'; 16]),
    ]
    .concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// A server whose script takes one connection, and these steps on it.
fn server(limits: &str, steps: &str) -> String {
    format!(
        r#"{{ "limits": {{ {limits} }}, "actors": {{ "Server": {{
            "listen": {{ "tcp": 0, "framing": {{ "length": "u16", "at": 4, "add": 0 }} }},
            "script": [ {{ "accept": true, "timeout": "25s" }}, {steps} ] }} }} }}"#
    )
}

/// A server that takes the three messages and answers each by a header.
fn takes_three() -> String {
    let stream = three();
    let answered = |range: std::ops::Range<usize>, kind: u16| {
        let (taken, answer) = (hex(&stream[range]), hex(&message(kind | 0x8000, 8, b"")));
        format!(r#"{{ "receive": {{ "hex": "{taken}" }} }}, {{ "send": {{ "hex": "{answer}" }} }}"#)
    };
    let steps = [answered(0..8, 1), answered(8..40, 2), answered(40..64, 3)];
    server("", &format!(r#"{}, {{ "closed": "eof" }}"#, steps.join(", ")))
}

/// Sends these pieces, each in a write of its own, ends, and reads to the end; a server that has given up may reset.
fn send(address: SocketAddr, pieces: &[&[u8]]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            thread::sleep(PACE);
        }
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    // Whoever was refused has no connection any more.
    let _ = stream.shutdown(Shutdown::Write);
    let mut answers = Vec::new();
    let _ = stream.read_to_end(&mut answers);
    answers
}

#[track_caller]
fn draws_the_three(pieces: &[&[u8]], drawn: &mut Option<String>) {
    let (tale, answers) = play(&takes_three(), |address| send(address, pieces));
    tale.passed();
    assert_eq!(answers.len(), 24);
    let mermaid = tale.mermaid();
    let first = drawn.get_or_insert_with(|| mermaid.clone());
    assert_eq!(*first, mermaid, "{} pieces", pieces.len());
}

#[test]
fn every_legal_cut_gives_the_same_diagram() {
    let stream = three();
    let mut drawn = None;
    draws_the_three(&[&stream], &mut drawn);
    draws_the_three(&stream.chunks(1).collect::<Vec<_>>(), &mut drawn);
    draws_the_three(&[&stream[..8], &stream[8..40], &stream[40..]], &mut drawn);
    assert_eq!(stream.len(), 64);
    for cut in 0..stream.len() {
        let (begin, end) = stream.split_at(cut);
        draws_the_three(&[begin, end], &mut drawn);
    }
    golden("torture.mmd", &drawn.unwrap());
}

#[test]
fn a_message_of_65_535_bytes_is_one() {
    let whole = message(1, u16::MAX, &vec![b'x'; 65_527]);
    let scenario = server("", r#"{ "receive": { "size": 65535 } }, { "closed": "eof" }"#);
    for pieces in [vec![&whole[..]], whole.chunks(1000).collect()] {
        let (tale, _) = play(&scenario, |address| send(address, &pieces));
        tale.passed();
    }
}

/// What is told of a run, as a text of several lines.
fn told(tale: &Tale) -> String {
    let mut text = String::new();
    for finding in &tale.outcome.findings {
        writeln!(text, "{:?}: {}", finding.kind, finding.text).unwrap();
        for line in finding.actual.iter().flat_map(|actual| actual.lines()) {
            writeln!(text, "    {line}").unwrap();
        }
    }
    text
}

#[test]
fn every_illegal_length_and_end_has_its_finding() {
    let any = server("", r#"{ "receive": { "any": true } }, { "closed": "eof" }"#);
    let typed = server(
        "",
        r#"{ "receive": { "hex": "01 00 00 01 00 08 ff 00" } }, { "closed": "eof" }"#,
    );
    let small = server(r#""message": "32KiB""#, r#"{ "receive": { "any": true } }"#);
    let slow = server("", r#"{ "receive": { "any": true }, "timeout": "200ms" }"#);
    let mut all = String::new();
    for (name, scenario, bytes) in [
        ("length 0", &any, message(1, 0, b"")),
        ("length 5, which ends inside the length", &any, message(1, 5, b"")),
        ("length 7, below the header", &typed, message(1, 7, b"")),
        (
            "length 9, with which the next message is read a byte late",
            &typed,
            [message(1, 9, b""), message(1, 8, b"")].concat(),
        ),
        ("65,535 over the limit", &small, message(1, u16::MAX, b"abc")),
        ("65,535 and an end", &any, message(1, u16::MAX, b"abc")),
        ("an end inside the header", &any, message(1, 8, b"")[..3].to_vec()),
        ("an end behind the length", &any, message(1, 8, b"")[..6].to_vec()),
        ("an end inside the body", &any, message(1, 20, b"abc")),
        (
            "an end inside the second message",
            &any,
            [message(1, 8, b""), message(2, 20, b"abc")].concat(),
        ),
    ] {
        let (at_once, _) = play(scenario, |address| send(address, &[&bytes]));
        let (bytewise, _) = play(scenario, |address| send(address, &bytes.chunks(1).collect::<Vec<_>>()));
        for tale in [&at_once, &bytewise] {
            assert_eq!(tale.outcome.findings.len(), 1, "{name}: {}", told(tale));
            assert!(tale.took < PATIENCE, "{name}");
        }
        assert_eq!(told(&at_once), told(&bytewise), "{name}");
        write!(all, "{name}\n{}\n", told(&at_once)).unwrap();
    }
    // Who begins a message and never ends it is waited for as long as the step may take.
    let begun = message(1, u16::MAX, b"abc");
    let (tale, _) = play(&slow, |address| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&begun).unwrap();
        let mut answers = Vec::new();
        // The server closes; what it has not read makes a reset of that.
        let _ = stream.read_to_end(&mut answers);
    });
    write!(all, "65,535 and nothing more\n{}", told(&tale)).unwrap();
    golden("torture.txt", &all);
}

#[test]
fn many_that_announce_much_and_send_little_hold_little() {
    const CLIENTS: usize = 100;
    // With room for what they announce it would be 6 MB, and 1.6 GB.
    for (length, announced) in [("u16", vec![0xff, 0xff]), ("u32", vec![1, 0, 0, 0])] {
        let scenario = format!(
            r#"{{ "actors": {{ "Server": {{
                "listen": {{ "tcp": 0, "framing": {{ "length": "{length}", "at": 4, "add": 0 }} }},
                "session": [ {{ "receive": {{ "any": true }}, "timeout": "25s", "fails": "closed" }}, {{ "signal": "seen" }} ],
                "script": [ {{ "await": "seen", "times": {CLIENTS}, "timeout": "25s" }} ] }} }} }}"#
        );
        let before = resident();
        let (tale, most) = play(&scenario, |address| {
            let mut clients: Vec<TcpStream> = (0..CLIENTS).map(|_| TcpStream::connect(address).unwrap()).collect();
            let bytes = [&[1, 0, 0, 1], &announced[..], &[0xff; 20]].concat();
            for byte in bytes.chunks(1) {
                clients.iter_mut().for_each(|client| client.write_all(byte).unwrap());
            }
            resident()
        });
        tale.passed();
        let more = most.saturating_sub(before);
        assert!(more < 256 << 20, "{length}: {more} bytes more");
    }
}

/// How much memory this program has, where that can be told.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}

#[track_caller]
fn golden(name: &str, found: &str) {
    let path = format!("tests/outside/{name}");
    if std::env::var_os("WIRETALE_BLESS").is_some() {
        fs::write(&path, found).unwrap();
    }
    let approved = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(approved, found, "{path}");
}

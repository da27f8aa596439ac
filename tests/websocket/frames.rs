//! Frames by hand: what is no frame is found, told and answered with the code that says why.

use wiretale::finding::FindingKind;

use super::hand::{Hand, frame};
use crate::outside::{Tale, play};

/// A server that takes one message, and whose script does not wait for it for long.
const SERVER: &str = r#"{ "limits": { "message": "1KiB" }, "actors": { "Server": { "listen": "websocket",
    "session": [ { "receive": { "any": true } } ], "script": [ { "wait": "300ms" } ] } } }"#;

/// What a server makes of bytes that a client sends after the handshake, and what it answers.
fn sent(bytes: &[u8]) -> (Tale, Vec<u8>) {
    play(SERVER, |address| {
        let mut hand = Hand::shaken(address);
        hand.send(bytes);
        hand.rest()
    })
}

#[test]
fn what_is_no_frame_is_a_finding_and_the_other_side_is_told() {
    let long = frame(0x81, &[b'x'; 1025]);
    let cases: &[(&[u8], &str, u16)] = &[
        (&[0x81, 0x02, b'h', b'i'], "a client's frame is not masked", 1002),
        (&frame(0xc1, b"hi"), "a reserved bit is set", 1002),
        (&frame(0x83, b"hi"), "the opcode 3 is reserved", 1002),
        (&frame(0x8f, b"hi"), "the opcode 15 is reserved", 1002),
        (&frame(0x09, b"hi"), "a ping in fragments", 1002),
        (&frame(0x89, &[b'x'; 126]), "a ping of 126 bytes; 125 are allowed", 1002),
        (
            &frame(0x80, b"hi"),
            "a continuation frame, and no message was begun",
            1002,
        ),
        (
            &[frame(0x01, b"a"), frame(0x81, b"b")].concat(),
            "a text frame inside a message in fragments",
            1002,
        ),
        (&frame(0x81, b"a\xff"), "the text is not UTF-8", 1007),
        (
            &[frame(0x01, b"a\xe2"), frame(0x80, b"b")].concat(),
            "the text is not UTF-8",
            1007,
        ),
        (&frame(0x81, b"a\xe2\x82"), "the text is not UTF-8", 1007),
        (
            &[0x81, 0xfe, 0, 2, 0, 0, 0, 0, b'h', b'i'],
            "the length 2 is not written as short as it can be",
            1002,
        ),
        (
            &[0x81, 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
            "the length 256 is not written as short as it can be",
            1002,
        ),
        (
            &[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            "the highest bit of the length is set",
            1002,
        ),
        (&long, "more bytes than the limit of 1KiB", 1009),
        // The limit is met before the bytes are there.
        (
            &[0x82, 0xff, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0],
            "more bytes than the limit of 1KiB",
            1009,
        ),
        (
            &[frame(0x01, &[b'x'; 1000]), frame(0x80, &[b'x'; 25])].concat(),
            "more bytes than the limit of 1KiB",
            1009,
        ),
        (&frame(0x88, &[3]), "a close frame with half a code", 1002),
        (
            &frame(0x88, &1005_u16.to_be_bytes()),
            "a close frame with the code 1005",
            1002,
        ),
        (
            &frame(0x88, &999_u16.to_be_bytes()),
            "a close frame with the code 999",
            1002,
        ),
        (
            &frame(0x88, &[3, 0xe8, 0xff]),
            "the reason of a close frame is not UTF-8",
            1007,
        ),
    ];
    for (bytes, why, code) in cases {
        let (tale, answer) = sent(bytes);
        let findings = &tale.outcome.findings;
        assert_eq!(findings.len(), 1, "{why}: {findings:#?}");
        assert_eq!(findings[0].kind, FindingKind::Malformed, "{why}: {findings:#?}");
        assert!(findings[0].text.contains(why), "{why}: {}", findings[0].text);
        assert!(findings[0].actual.as_ref().unwrap().contains("at offset "), "{why}");
        let [high, low] = code.to_be_bytes();
        assert_eq!(answer, [0x88, 2, high, low], "{why}");
    }
}

#[test]
fn a_malformed_frame_is_found_where_its_bytes_are() {
    let (tale, _) = sent(&[frame(0x89, b"?"), frame(0x81, b"bad \xff")].concat());
    // The first is taken, and there are no further steps: what follows is left over.
    assert_eq!(tale.outcome.findings.len(), 1, "{:#?}", tale.outcome.findings);
    let (tale, _) = sent(
        &[
            frame(0x01, b"good \xe2\x82"),
            frame(0x00, b"\xac "),
            frame(0x80, b"bad \xff"),
        ]
        .concat(),
    );
    let actual = tale.outcome.findings[0].actual.clone().unwrap();
    // Behind the head of six bytes, four good ones.
    assert!(
        actual.starts_with("at offset 10 of the connection:\n00000000  80 85"),
        "{actual}"
    );
}

#[test]
fn an_end_inside_a_message_is_told() {
    for (bytes, told) in [
        (frame(0x81, b"hello")[..4].to_vec(), "after 4 bytes of a message"),
        (frame(0x81, b"hello")[..8].to_vec(), "after 8 of 11 bytes of a message"),
        (frame(0x01, b"hello"), "after 5 bytes of a message"),
    ] {
        let (tale, ()) = play(
            r#"{ "actors": { "Server": { "listen": "websocket", "session": [ { "receive": { "any": true } } ],
                "script": [ { "wait": "300ms" } ] } } }"#,
            |address| {
                let mut hand = Hand::shaken(address);
                hand.send(&bytes);
                hand.shut();
                hand.rest();
            },
        );
        let findings = &tale.outcome.findings;
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert!(findings[0].text.contains(told), "{}", findings[0].text);
        assert!(
            findings[0].text.contains("without a close frame"),
            "{}",
            findings[0].text
        );
    }
}

/// A server that takes a ping and then a message, and says so.
const PINGED: &str = r#"{ "actors": { "Server": { "listen": "websocket", "session": [
    { "receive": { "ping": "one" } }, { "send": { "pong": { "copy": true } } }, { "receive": { "ping": true } },
    { "receive": "hello, world" }, { "assert": "message.kind == 'text'" },
    { "send": "ok" }, { "receive": { "hex": "00 ff" } }, { "assert": "message.kind == 'binary'" },
    { "closed": { "code": 1000 } }, { "signal": "done" } ],
    "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;

#[test]
fn control_frames_between_fragments_come_first_however_the_bytes_are_cut() {
    let stream = [
        frame(0x01, b"hello"),
        frame(0x89, b"one"),
        frame(0x00, b", "),
        frame(0x89, b""),
        frame(0x00, b""),
        frame(0x80, b"world"),
        frame(0x02, b"\0"),
        frame(0x80, b"\xff"),
        frame(0x88, &1000_u16.to_be_bytes()),
    ]
    .concat();
    let mut drawn: Vec<Vec<String>> = Vec::new();
    for size in [1, 2, 7, stream.len()] {
        let (tale, answers) = play(PINGED, |address| {
            let mut hand = Hand::shaken(address);
            for piece in stream.chunks(size) {
                hand.send(piece);
            }
            [hand.frame(), hand.frame(), hand.frame()]
        });
        tale.passed();
        let [pong, ok, close] = answers;
        assert_eq!(pong, (0x8a, b"one".to_vec()));
        assert_eq!(ok, (0x81, b"ok".to_vec()));
        assert_eq!(close, (0x88, 1000_u16.to_be_bytes().to_vec()));
        drawn.push(tale.lines());
    }
    assert!(drawn.windows(2).all(|pair| pair[0] == pair[1]), "{drawn:#?}");
    assert!(
        drawn[0].iter().any(|line| line.ends_with(": ping \"one\"")),
        "{drawn:#?}"
    );
    assert!(
        drawn[0].iter().any(|line| line.ends_with(": hello, world")),
        "{drawn:#?}"
    );
}

#[test]
fn a_message_in_a_million_fragments_is_read_in_no_time() {
    let scene = r#"{ "actors": { "Server": { "listen": "websocket", "session": [
        { "serve": [ { "receive": { "ping": true } }, { "receive": { "size": 100000 }, "do": [ { "signal": "done" } ] } ] } ],
        "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;
    let fragment = [frame(0x00, b"x"), frame(0x89, b"?")].concat();
    let mut stream = frame(0x01, b"x");
    for _ in 0..99_998 {
        stream.extend(&fragment[..7]);
    }
    for _ in 0..1000 {
        stream.extend(&fragment[7..]);
    }
    stream.extend(frame(0x80, b"x"));
    stream.extend(frame(0x88, b""));
    let (tale, ()) = play(scene, |address| {
        let mut hand = Hand::shaken(address);
        hand.send(&stream);
        hand.rest();
    });
    tale.passed();
}

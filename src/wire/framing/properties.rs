//! What holds for every framing, and each framing's own cases.

use proptest::prelude::*;

use super::*;

const LIMIT: u64 = 1 << 20;

fn framings() -> Vec<Framing> {
    let mut framings = vec![
        Framing::lines(),
        Framing::crlf(),
        Framing::until_close(),
        Framing::raw(),
        Framing::delimiter(b"\0").unwrap(),
        Framing::delimiter(b"aab").unwrap(),
        Framing::regex("(?m)^[0-9]{1,3} .*\n").unwrap(),
        Framing::regex("(?s-u)a.{2}|b").unwrap(),
        Framing::fixed(3).unwrap(),
        Framing::length_at("u8", 1, None).unwrap(),
        Framing::length_at("u16le", 0, Some(0)).unwrap(),
        Framing::length_at("varint", 1, Some(-2)).unwrap(),
    ];
    framings.push(Framing::dot());
    framings.push(Framing::netstring());
    framings.push(Framing::datagram(Framing::raw()));
    framings.push(Framing::datagram(Framing::lines()));
    framings.push(Framing::datagram(Framing::length("u16").unwrap()));
    framings.push(Framing::datagram(Framing::headers(&["L".to_owned()]).unwrap()));
    framings.push(Framing::resp(resp::Side::Client));
    framings.push(Framing::resp(resp::Side::Server));
    framings.push(Framing::headers(&["L".to_owned()]).unwrap());
    framings.push(Framing::http(http::Kind::Requests));
    framings.push(Framing::http(http::Kind::Responses { to_head: false }));
    for kind in [
        "u8", "u16", "u24", "u32", "u64", "u16le", "u24le", "u32le", "u64le", "varint",
    ] {
        framings.push(Framing::length(kind).unwrap());
    }
    framings
}

/// All messages of a stream that comes in these pieces, and how it ended.
fn messages(
    framing: &Framing,
    stream: &[u8],
    cuts: &[usize],
    limit: u64,
) -> (Vec<Message>, Result<Decoded, Malformed>) {
    let mut found = Vec::new();
    let (mut from, mut to) = (0, 0);
    let mut scan = Scan::default();
    let mut cuts = cuts.iter().copied().filter(|cut| *cut < stream.len());
    loop {
        let ended = to == stream.len();
        match framing.decode(&mut scan, &stream[from..to], ended, limit) {
            Ok(Decoded::Message { message, taken }) => {
                assert!(taken > 0, "{}", framing.describe());
                found.push(message);
                from += taken;
                scan = Scan::default();
            }
            Ok(Decoded::Asks) => {}
            Ok(Decoded::More) => to = cuts.next().map_or(stream.len(), |cut| cut.max(to)),
            end => return (found, end),
        }
    }
}

proptest! {
    #[test]
    fn cuts_do_not_show(
        stream in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            structured(),
            proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'b'), Just(b'\n'), Just(b'\r'), Just(b'1'), Just(b' '), Just(0), Just(3)], 0..40),
        ],
        mut cuts in proptest::collection::vec(0..40_usize, 0..8),
        limit in prop_oneof![Just(LIMIT), 0..12_u64],
    ) {
        cuts.sort_unstable();
        for framing in framings() {
            let whole = messages(&framing, &stream, &[], limit);
            let bytewise: Vec<usize> = (0..stream.len()).collect();
            prop_assert_eq!(&messages(&framing, &stream, &cuts, limit), &whole, "{}", framing.describe());
            prop_assert_eq!(&messages(&framing, &stream, &bytewise, limit), &whole, "{}", framing.describe());
        }
    }

    #[test]
    fn what_is_encoded_comes_back_whatever_the_cuts(
        payloads in proptest::collection::vec(prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..20),
            "[ab\r\n.]{0,5}".prop_map(String::into_bytes),
            "[0-9]{3} [a-c]{0,9}\n".prop_map(String::into_bytes),
            redis().prop_map(|json| json.to_string().into_bytes()),
        ], 0..5),
        mut cuts in proptest::collection::vec(0..100_usize, 0..8),
    ) {
        cuts.sort_unstable();
        for framing in framings().into_iter().filter(|framing| !framing.is_raw()) {
            let mut stream = Vec::new();
            let mut sent = Vec::new();
            for payload in &payloads {
                let message = framing.completed(&Message::new(payload.as_slice()));
                if let Ok(bytes) = framing.encode(&message) {
                    stream.extend(bytes);
                    sent.push(message);
                }
            }
            if matches!(framing.kind, Kind::UntilClose) && !sent.is_empty() {
                sent = vec![Message::new(sent.iter().flat_map(Message::bytes).copied().collect::<Vec<u8>>())];
            }
            let bytewise: Vec<usize> = (0..stream.len()).collect();
            for cuts in [&[][..], &cuts, &bytewise] {
                let (found, end) = messages(&framing, &stream, cuts, LIMIT);
                prop_assert_eq!(&found, &sent, "{}", framing.describe());
                prop_assert_eq!(end, Ok(Decoded::End));
            }
        }
    }

    #[test]
    fn every_value_of_redis_is_sent_and_comes_back_the_same(json in redis()) {
        for side in [resp::Side::Client, resp::Side::Server] {
            let framing = Framing::resp(side);
            let message = framing.completed(&Message::new(json.to_string().into_bytes()));
            let wire = framing.encode(&message).unwrap();
            let taken = wire.len();
            prop_assert_eq!(decode(&framing, &wire, false), Ok(Decoded::Message { message: message.clone(), taken }));
            prop_assert_eq!(framing.completed(&message), message);
        }
    }

}

proptest! {
    // Each stream is long enough to meet the limit of a head.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_more_is_held_than_the_limit(
        begin in structured(),
        again in structured(),
        limit in 0..2000_u64,
        piece in 1..3000_usize,
    ) {
        let again = if again.is_empty() { vec![b'x'] } else { again };
        let stream = [&begin[..], &again.repeat(200_000 / again.len())].concat();
        for framing in framings() {
            let mut scan = Scan::default();
            let (mut from, mut to) = (0, 0);
            while let Ok(decoded) = framing.decode(&mut scan, &stream[from..to], false, limit) {
                match decoded {
                    Decoded::Message { message, taken } => {
                        // Six characters of JSON for one that cannot be seen are the most that one becomes.
                        prop_assert!(message.bytes().len() as u64 <= limit * 6, "{}", framing.describe());
                        from += taken;
                        scan = Scan::default();
                    }
                    _ if to == stream.len() => break,
                    _ => to = stream.len().min(to + piece),
                }
                let held = to - from;
                prop_assert!(held <= most_held(&framing, limit) + piece, "{} holds {held}", framing.describe());
                if from > 20_000 {
                    break;
                }
            }
        }
    }
}

/// What is held at the most before a message is whole or refused.
fn most_held(framing: &Framing, limit: u64) -> usize {
    let own = match &framing.kind {
        // Empty lines, and a head.
        Kind::Headers(_) | Kind::Http(_) => 3 * (64 << 10),
        // Each of its lines may have a dot more.
        Kind::Dot => limit as usize + 8,
        _ => 16,
    };
    limit as usize + own
}

/// Bytes with what the framings look for.
fn structured() -> impl Strategy<Value = Vec<u8>> {
    let parts: [&[u8]; 23] = [
        b"\r\n",
        b"\n",
        b".",
        b"..\r\n",
        b".\r\n",
        b"\r",
        b"3:abc,",
        b"0:,",
        b"12:",
        b"*2\r\n",
        b"$1\r\n",
        b"$-1\r\n",
        b"+a\r\n",
        b"-a\r\n",
        b":1\r\n",
        b"\"",
        b"L: 1\r\n",
        b"L : 0\n",
        b" x\r\n",
        b"a",
        b"\xff",
        b"\0\x03",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    let parts = proptest::sample::select(parts.to_vec());
    proptest::collection::vec(parts, 0..12).prop_map(|parts| parts.concat())
}

/// Values that Redis knows.
fn redis() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::json;
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(|text| json!(text)),
        "[ -~]{0,9}".prop_map(|text| json!({ "$simple": text })),
        "[ -~]{0,9}".prop_map(|text| json!({ "$error": text })),
        "([0-9a-fA-F]{2} ?){0,9}".prop_map(|digits| json!({ "$hex": digits })),
    ];
    leaf.prop_recursive(4, 20, 5, |inner| {
        proptest::collection::vec(inner, 0..5).prop_map(|list| json!(list))
    })
}

fn decode(framing: &Framing, bytes: &[u8], ended: bool) -> Result<Decoded, Malformed> {
    framing.decode(&mut Scan::default(), bytes, ended, LIMIT)
}

fn message(bytes: &[u8], taken: usize) -> Result<Decoded, Malformed> {
    let message = Message::new(bytes);
    Ok(Decoded::Message { message, taken })
}

#[test]
fn lines_drop_a_cr_and_keep_others() {
    let lines = Framing::lines();
    assert_eq!(decode(&lines, b"a\r\nb", false), message(b"a", 3));
    assert_eq!(decode(&lines, b"a\rb\n", false), message(b"a\rb", 4));
    assert_eq!(decode(&lines, b"\n", false), message(b"", 1));
    assert_eq!(
        decode(&lines, b"abc", true),
        Ok(Decoded::Partial { have: 3, want: None })
    );
    assert_eq!(decode(&lines, b"", true), Ok(Decoded::End));
    assert_eq!(lines.encode(&Message::new(*b"a")).unwrap(), b"a\n");
    assert!(lines.encode(&Message::new(*b"a\nb")).unwrap_err().0.contains("LF"));
    assert!(lines.encode(&Message::new(*b"a\r")).unwrap_err().0.contains("CR"));
}

#[test]
fn a_delimiter_ends_a_message() {
    let crlf = Framing::crlf();
    assert_eq!(decode(&crlf, b"a\nb\r\n", false), message(b"a\nb", 5));
    assert_eq!(crlf.encode(&Message::new(*b"a\r")).unwrap(), b"a\r\r\n");
    assert!(crlf.encode(&Message::new(*b"a\r\nb")).unwrap_err().0.contains("CRLF"));
    assert!(
        Framing::delimiter(b"aa")
            .unwrap()
            .encode(&Message::new(*b"ba"))
            .unwrap_err()
            .0
            .contains("delimiter")
    );
    assert!(Framing::delimiter(b"").is_err());
}

#[test]
fn a_regex_ends_a_message_at_its_earliest_match() {
    let reply = Framing::regex("(?m)^\\d{3} .*\r\n").unwrap();
    let bytes = b"250-a\r\n250 b\r\n221 c\r\n";
    assert_eq!(decode(&reply, bytes, false), message(b"250-a\r\n250 b\r\n", 14));
    assert_eq!(
        decode(&reply, &bytes[..13], true),
        Ok(Decoded::Partial { have: 13, want: None })
    );
    assert_eq!(
        reply.encode(&Message::new(*b"250-a\r\n250 b\r\n")).unwrap(),
        b"250-a\r\n250 b\r\n"
    );
    assert!(
        reply
            .encode(&Message::new(*b"250 b"))
            .unwrap_err()
            .0
            .contains("no whole message")
    );
    assert!(
        reply
            .encode(&Message::new(*bytes))
            .unwrap_err()
            .0
            .contains("first message 14")
    );
    assert!(Framing::regex("a*").unwrap_err().contains("before the first byte"));
    assert!(Framing::regex("(").unwrap_err().contains("unclosed group"));
    assert!(Framing::regex(r"\ba").unwrap_err().contains("word boundary"));
    assert!(decode(&Framing::regex("^ab").unwrap(), b"x", false).is_err());
}

#[test]
fn a_length_is_checked_before_its_bytes_come() {
    let limited = |framing: &Framing, bytes: &[u8]| framing.decode(&mut Scan::default(), bytes, false, 16 << 20);
    let error = limited(&Framing::length("u64").unwrap(), &[0, 0, 0, 1, 0, 0, 0, 0]).unwrap_err();
    assert_eq!(
        error.why,
        "the frame is said to have 4294967296 bytes, more than the limit of 16MiB"
    );
    assert_eq!(error.at, 0..8);
    let own = Framing::length_at("u64", 2, Some(i64::MAX)).unwrap();
    assert!(limited(&own, &[0xff; 10]).is_err());
    let error = limited(&Framing::length("varint").unwrap(), &[0xff; 10]).unwrap_err();
    assert_eq!(error.why, "the length does not fit 64 bits");
    assert!(limited(&Framing::length("varint").unwrap(), &[0xff; 9]).is_ok());
}

#[test]
fn lengths_stand_before_a_message_or_in_it() {
    let u16le = Framing::length("u16le").unwrap();
    assert_eq!(u16le.encode(&Message::new(*b"abc")).unwrap(), b"\x03\0abc");
    assert_eq!(decode(&u16le, b"\x03\0abcd", false), message(b"abc", 5));
    assert_eq!(
        decode(&u16le, b"\x03\0ab", true),
        Ok(Decoded::Partial { have: 4, want: Some(5) })
    );
    assert_eq!(
        decode(&u16le, b"\x03", true),
        Ok(Decoded::Partial { have: 1, want: None })
    );
    assert!(
        Framing::length("u8")
            .unwrap()
            .encode(&Message::new([0; 256]))
            .unwrap_err()
            .0
            .contains("8 bits")
    );
    assert_eq!(
        Framing::length("varint")
            .unwrap()
            .encode(&Message::new([7; 300]))
            .unwrap()[..2],
        [0xac, 0x02]
    );

    let follows = Framing::length_at("u8", 1, None).unwrap();
    assert_eq!(decode(&follows, b"K\x02xyz", false), message(b"K\x02xy", 4));
    let whole = Framing::length_at("u16", 1, Some(1)).unwrap();
    assert_eq!(decode(&whole, b"Q\0\x05abcd", false), message(b"Q\0\x05abc", 6));
    let error = decode(&whole, b"Q\0\x01abcd", false).unwrap_err();
    assert_eq!(
        error.why,
        "the frame is said to have 2 bytes, less than the 3 up to its length"
    );
    assert_eq!(error.at, 1..3);
    assert_eq!(whole.encode(&Message::new(*b"Q\0\x05abc")).unwrap(), b"Q\0\x05abc");
    assert!(whole.encode(&Message::new(*b"Q\0\x05abcd")).is_err());
    assert!(Framing::length("i8").unwrap_err().contains("`varint`"));
}

#[test]
fn netstrings_are_read_strictly() {
    let netstring = Framing::netstring();
    assert_eq!(decode(&netstring, b"2:hi,", false), message(b"hi", 5));
    assert_eq!(decode(&netstring, b"0:,", false), message(b"", 3));
    assert_eq!(netstring.encode(&Message::new(*b"a,")).unwrap(), b"2:a,,");
    assert_eq!(
        decode(&netstring, b"3:ab", true),
        Ok(Decoded::Partial { have: 4, want: Some(6) })
    );
    for (bytes, why, at) in [
        (&b"02:hi,"[..], "a netstring's length has no 0 before its digits", 0..2),
        (b"2:hi.", "a netstring of 2 bytes is not followed by a comma", 4..5),
        (
            b":",
            "a netstring begins with its length in decimal digits and a colon",
            0..1,
        ),
        (
            b"2 :",
            "a netstring begins with its length in decimal digits and a colon",
            1..2,
        ),
        (
            b"99999999999999999999999999",
            "the frame is said to have 9999999 bytes or more, more than the limit of 1MiB",
            0..7,
        ),
    ] {
        let malformed = decode(&netstring, bytes, false).unwrap_err();
        assert_eq!((malformed.why.as_str(), malformed.at), (why, at));
    }
}

#[test]
fn what_is_too_long_is_malformed() {
    for (framing, bytes) in [
        (Framing::lines(), &b"abcdef"[..]),
        (Framing::crlf(), b"abcd\r\n"),
        (Framing::until_close(), b"abcd"),
        (Framing::dot(), b"abcd"),
        (Framing::delimiter(b"\0").unwrap(), b"abcd"),
        (Framing::regex("z").unwrap(), b"abcd"),
        (Framing::resp(resp::Side::Server), b"+abcd"),
        (Framing::resp(resp::Side::Client), b"abcd"),
        (Framing::length_at("u8", 7, None).unwrap(), b"abcd"),
    ] {
        let error = framing.decode(&mut Scan::default(), bytes, false, 3).unwrap_err();
        assert_eq!(error.why, "the message has more bytes than the limit of 3B");
        assert_eq!(error.at, 3..4);
    }
    for (framing, bytes) in [
        (Framing::fixed(4).unwrap(), &b"a"[..]),
        (Framing::length("u8").unwrap(), b"\x04"),
        (Framing::length_at("u8", 0, Some(0)).unwrap(), b"\x04"),
    ] {
        let error = framing.decode(&mut Scan::default(), bytes, false, 3).unwrap_err();
        assert_eq!(
            error.why,
            "the frame is said to have 4 bytes, more than the limit of 3B"
        );
        assert_eq!(error.at, 0..1);
    }
    assert!(
        Framing::lines()
            .decode(&mut Scan::default(), b"abc\r\n", false, 3)
            .is_ok()
    );
}

#[test]
fn framings_are_equal_that_do_the_same() {
    assert_eq!(Framing::length_at("u8", 1, None), Framing::length_at("u8", 1, None));
    assert_ne!(Framing::length_at("u8", 1, None), Framing::length_at("u8", 1, Some(0)));
    assert_eq!(
        Framing::length_at("u8", 1, Some(-1)).unwrap().describe(),
        "length u8 at 1, add -1"
    );
    assert_ne!(Framing::lines(), Framing::crlf());
}

#[test]
fn feeding_byte_by_byte_is_linear() {
    // A quadratic decoder would look at two million million bytes here.
    let mut stream = vec![b'x'; 2_000_000];
    stream.extend(b"\r\n");
    for framing in [Framing::lines(), Framing::crlf(), Framing::regex("\r\n").unwrap()] {
        let mut scan = Scan::default();
        let last = (1..=stream.len())
            .map(|size| framing.decode(&mut scan, &stream[..size], false, u64::MAX))
            .last();
        assert!(
            matches!(last, Some(Ok(Decoded::Message { .. }))),
            "{}",
            framing.describe()
        );
    }
}

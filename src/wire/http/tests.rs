//! What is HTTP, what is not, and that no cut of the bytes changes either.

use proptest::prelude::*;

use super::*;
use crate::wire::framing::{Decoded, Framing, Malformed, Scan};
use crate::wire::message::Message;

const LIMIT: u64 = 1000;
const RESPONSES: Kind = Kind::Responses { to_head: false };

/// All messages of a stream that comes in pieces of this size, and how it ended.
fn read(kind: Kind, stream: &[u8], piece: usize) -> (Vec<Message>, Result<Decoded, Malformed>) {
    let framing = Framing::http(kind);
    let (mut found, mut from, mut to) = (Vec::new(), 0, 0);
    let mut scan = Scan::default();
    loop {
        match framing.decode(&mut scan, &stream[from..to], to == stream.len(), LIMIT) {
            Ok(Decoded::Message { message, taken }) => {
                found.push(message);
                from += taken;
                scan = Scan::default();
            }
            Ok(Decoded::More) => to = to.saturating_add(piece).min(stream.len()),
            Ok(Decoded::Asks) => {}
            end => return (found, end),
        }
    }
}

/// The only message of a stream, however it is cut.
fn one(kind: Kind, stream: &[u8]) -> Message {
    let (found, end) = read(kind, stream, stream.len());
    assert_eq!(read(kind, stream, 1), (found.clone(), end.clone()));
    assert_eq!(end, Ok(Decoded::End), "{found:?}");
    match found.as_slice() {
        [one] => one.clone(),
        other => panic!("{other:?}"),
    }
}

/// The status with which a stream is refused, however it is cut.
fn refused(stream: &[u8]) -> (u16, String) {
    let (_, end) = read(Kind::Requests, stream, stream.len());
    assert_eq!(read(Kind::Requests, stream, 1).1, end);
    match end {
        Err(malformed) => (malformed.status.unwrap(), malformed.why),
        other => panic!("{:?} was not refused: {other:?}", String::from_utf8_lossy(stream)),
    }
}

#[test]
fn requests_follow_each_other_on_a_connection() {
    let stream = b"\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /c HTTP/1.0\r\n\r\n";
    let (found, end) = read(Kind::Requests, stream, 7);
    let lines: Vec<_> = found.iter().map(|m| m.head().unwrap().line.clone().unwrap()).collect();
    assert_eq!(lines, ["GET /a HTTP/1.1", "POST /b HTTP/1.1", "GET /c HTTP/1.0"]);
    assert_eq!(found[1].bytes(), b"hi");
    assert_eq!(end, Ok(Decoded::End));
}

#[test]
fn a_body_comes_in_chunks() {
    let stream = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA \r\n0123456789\r\n0\r\nX: y\r\n\r\n";
    assert_eq!(one(Kind::Requests, stream).bytes(), b"abc0123456789");
}

#[test]
fn a_response_says_by_its_status_or_length_or_end_where_its_body_ends() {
    assert_eq!(
        one(RESPONSES, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx").bytes(),
        b"x"
    );
    assert_eq!(
        one(RESPONSES, b"HTTP/1.1 200 OK\r\n\r\nto the end").bytes(),
        b"to the end"
    );
    assert_eq!(one(RESPONSES, b"HTTP/1.0 200\r\n\r\n").bytes(), b"");
    for line in ["204 No Content", "304 Not Modified", "100 Continue"] {
        let stream = format!("HTTP/1.1 {line}\r\nContent-Length: 7\r\n\r\n");
        assert_eq!(one(RESPONSES, stream.as_bytes()).bytes(), b"");
    }
    let to_head = Kind::Responses { to_head: true };
    assert_eq!(
        one(to_head, b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n").bytes(),
        b""
    );
}

#[test]
fn whoever_expects_to_be_told_is_told_once_and_before_the_body() {
    let head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let mut progress = Progress::new(Kind::Requests);
    assert_eq!(progress.decode(head, false, LIMIT), Ok(Decoded::Asks));
    assert_eq!(progress.decode(head, false, LIMIT), Ok(Decoded::More));
    let whole = [&head[..], b"hi"].concat();
    assert!(matches!(
        progress.decode(&whole, false, LIMIT),
        Ok(Decoded::Message { .. })
    ));
    let without = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n";
    assert!(matches!(
        Progress::new(Kind::Requests).decode(without, false, LIMIT),
        Ok(Decoded::Message { .. })
    ));
}

#[test]
fn what_is_no_http_is_refused_as_soon_as_it_shows() {
    for (stream, status, why) in [
        (&b"\x16\x03\x01\x02"[..], 400, "this is no HTTP request"),
        (b" GET / HTTP/1.1", 400, "this is no HTTP request"),
        (b"HELLO\r\n", 400, "this is no HTTP request"),
        (b"GET /\r\n", 400, "no request line"),
        (b"GET / HTTP/2.0\r\n", 505, "`HTTP/2.0` is not HTTP/1.1"),
        (b"GET  / HTTP/1.1\r\n", 400, "no request line"),
        (b"\r\n\r\n\r\n\r\n\r\n\r\n", 400, "empty lines"),
        (b"GET / HTTP/1.1\r\nHost: x\0", 400, "a NUL"),
        (b"GET / HTTP/1.1\r\nHost: x\n", 400, "a line that ends with LF alone"),
        (b"GET / HTTP/1.1\n", 400, "a line that ends with LF alone"),
        (b"GET / HTTP/1.1\r\nHost: x\rY", 400, "a CR without LF"),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, "the head is wrong"),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
            400,
            "the head is wrong",
        ),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "an HTTP/1.1 request has one `Host`"),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            400,
            "an HTTP/1.1 request has one `Host`",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n",
            417,
            "`Expect: tea`",
        ),
    ] {
        let (found, said) = refused(stream);
        assert_eq!(found, status, "{said}");
        assert!(said.starts_with(why), "{said}");
    }
}

#[test]
fn shapes_of_smuggling_are_refused() {
    for (headers, status) in [
        ("Content-Length: 1\r\nContent-Length: 1\r\n", 400),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        ("Content-Length: 1, 1\r\n", 400),
        ("Content-Length: +1\r\n", 400),
        ("Content-Length: 0x1\r\n", 400),
        ("Content-Length: \r\n", 400),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: chunked, chunked\r\n", 501),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501),
        ("Transfer-Encoding: xchunked\r\n", 501),
        ("Transfer-Encoding: gzip, chunked\r\n", 501),
        ("Content-Length: 99999999999999999999999999\r\n", 413),
        ("Content-Length: 1001\r\n", 413),
    ] {
        let stream = format!("POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n0\r\n\r\n");
        assert_eq!(refused(stream.as_bytes()).0, status, "{headers:?}");
    }
    let old = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(refused(old).0, 400);
}

#[test]
fn chunks_are_refused_that_cannot_be_read_in_one_way() {
    for (body, status) in [
        ("10000000000000000\r\n", 400),
        ("ffffffffffffffff\r\n", 413),
        ("3e9\r\n", 413),
        ("\r\n", 400),
        (";a\r\n", 400),
        ("-1\r\n", 400),
        ("1\nx\r\n", 400),
        ("1;a\n\r\nx", 400),
        ("1\r\nxy", 400),
        ("1\r\nx\n", 400),
        ("0\r\nno trailer\r\n\r\n", 400),
    ] {
        let stream = format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        assert_eq!(refused(stream.as_bytes()).0, status, "{body:?}");
    }
    let long = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;{}",
        "a".repeat(5000)
    );
    assert_eq!(refused(long.as_bytes()).0, 400);
}

#[test]
fn heads_have_a_limit() {
    let line = format!("GET /{} HTTP/1.1\r\n", "a".repeat(1 << 20));
    assert_eq!(refused(line.as_bytes()).0, 431);
    let header = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    assert_eq!(refused(header.as_bytes()).0, 431);
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    assert_eq!(refused(many.as_bytes()), (431, "more than 256 headers".to_owned()));
    let most = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "X: y\r\n".repeat(MOST_HEADERS - 1)
    );
    assert_eq!(
        one(Kind::Requests, most.as_bytes()).head().unwrap().headers.len(),
        MOST_HEADERS
    );
}

#[test]
fn an_end_inside_a_message_says_what_is_there_of_the_body() {
    let partial = |have, want| Ok(Decoded::Partial { have, want });
    let cut = |stream: &[u8]| read(RESPONSES, stream, 1).1;
    assert_eq!(
        cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
        partial(3, Some(9))
    );
    assert_eq!(
        cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"),
        partial(2, None)
    );
    assert_eq!(cut(b"HTTP/1.1 2"), partial(10, None));
    assert!(cut(b"SSH-2.0").is_err());
}

#[test]
fn what_is_written_is_completed_and_read_as_it_was_meant() {
    let head = |line: &str| Head::new(line).with("host", "x");
    let sent = |kind, head: Head, body: &[u8]| encode(kind, &completed(kind, &Message::with_head(head, body)));
    assert_eq!(
        sent(Kind::Requests, head("POST / HTTP/1.1"), b"").unwrap(),
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    );
    assert_eq!(
        sent(Kind::Requests, head("GET / HTTP/1.1"), b"").unwrap(),
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    );
    let chunked = Head::new("HTTP/1.1 200 OK").with("transfer-encoding", "chunked");
    assert_eq!(
        sent(RESPONSES, chunked, b"abc").unwrap(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    );
    assert!(sent(RESPONSES, Head::new("HTTP/1.1 204 No Content"), b"x").is_err());
    assert!(
        sent(
            RESPONSES,
            Head::new("HTTP/1.1 200 OK").with("content-length", "1"),
            b"xy"
        )
        .is_err()
    );
    assert!(sent(RESPONSES, Head::new("HTTP/1.1 200 OK").with("a", "b\r\nc: d"), b"").is_err());
    assert!(encode(Kind::Requests, &Message::new(*b"x")).is_err());
}

#[test]
fn connections_go_on_unless_a_head_says_otherwise() {
    let old = |value| Head::new("GET / HTTP/1.0").with("Connection", value);
    assert!(is_persistent(&Head::new("GET / HTTP/1.1")));
    assert!(!is_persistent(&Head::new("GET / HTTP/1.1").with("connection", "Close")));
    assert!(!is_persistent(&Head::new("HTTP/1.0 200 OK")) && is_persistent(&old("keep-alive")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever comes, in whatever pieces, is read in one way, or refused in one way.
    #[test]
    fn cuts_do_not_show(
        start in prop_oneof![Just("GET / HTTP/1.1\r\nHost: x\r\n"), Just("HTTP/1.1 200 OK\r\n"), Just("\r\nPOST / HTTP/1.0\r\n"), Just("")],
        rest in proptest::collection::vec(prop_oneof![
            Just("\r\n"), Just("Content-Length: 3\r\n"), Just("Transfer-Encoding: chunked\r\n"), Just("Expect: 100-continue\r\n"),
            Just("3\r\nabc\r\n"), Just("0\r\n"), Just("abc"), Just("\n"), Just("\r"), Just("X: y"), Just(" "), Just("\0"), Just("é"),
        ], 0..12),
        piece in 1..9_usize,
    ) {
        let stream = format!("{start}{}", rest.concat());
        for kind in [Kind::Requests, RESPONSES, Kind::Responses { to_head: true }] {
            let whole = read(kind, stream.as_bytes(), usize::MAX);
            prop_assert_eq!(read(kind, stream.as_bytes(), piece), whole);
        }
    }
}

#[test]
fn feeding_byte_by_byte_is_linear() {
    // A quadratic reader would look at 50 thousand million bytes here.
    let body = "1\r\nx\r\n".repeat(50_000);
    let stream = format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n");
    let mut progress = Progress::new(Kind::Requests);
    let last = (1..=stream.len())
        .map(|size| progress.decode(&stream.as_bytes()[..size], false, u64::MAX))
        .last();
    assert!(matches!(last, Some(Ok(Decoded::Message { .. }))));
}

#[test]
fn extensions_of_chunks_end_too_however_many_chunks_there_are() {
    let body = format!("1;{}\r\nx\r\n", "y".repeat(4000)).repeat(17);
    let stream = format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    assert_eq!(
        refused(stream.as_bytes()),
        (431, "the extensions of the chunks are too long".to_owned())
    );
}

#[test]
fn a_reason_is_no_version() {
    let text = b"HTTP/1.1 400 no HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let found = one(RESPONSES, text);
    assert!(!is_old(found.head().unwrap()) && is_persistent(found.head().unwrap()));
}

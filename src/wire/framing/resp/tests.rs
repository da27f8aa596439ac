//! What holds for RESP, case by case.

use super::*;
use crate::wire::framing::{Decoded, Framing, Malformed, Scan};
use crate::wire::message::Message;

const LIMIT: u64 = 200;

fn read(side: Side, bytes: &[u8]) -> Result<Decoded, Malformed> {
    Framing::resp(side).decode(&mut Scan::default(), bytes, false, LIMIT)
}

#[track_caller]
fn is(side: Side, bytes: &[u8], json: &str, shown: &str) {
    match read(side, bytes) {
        Ok(Decoded::Message { message, taken }) => {
            assert_eq!(taken, bytes.len());
            assert_eq!(message.text(), Some(json));
            assert_eq!(message.shown().unwrap_or(json), shown);
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_malformed(bytes: &[u8], why: &str, at: std::ops::Range<usize>) {
    let malformed = read(Side::Server, bytes).unwrap_err();
    assert_eq!((malformed.why.as_str(), malformed.at), (why, at));
}

fn write(json: &str) -> Result<Vec<u8>, String> {
    let encoded = Framing::resp(Side::Server).encode(&Message::new(json.as_bytes()));
    encoded.map_err(|refused| refused.0)
}

#[test]
fn each_type_has_its_json() {
    for (wire, json, shown) in [
        (&b"+OK\r\n"[..], "\"OK\"", "OK"),
        (b"$2\r\nOK\r\n", "\"OK\"", "OK"),
        (b"-ERR no\r\n", "{\"$error\":\"ERR no\"}", "(error) ERR no"),
        (b":-7\r\n", "-7", "-7"),
        (b":+7\r\n", "7", "7"),
        (b"$-1\r\n", "null", "null"),
        (b"*-1\r\n", "null", "null"),
        (b"$0\r\n\r\n", "\"\"", "\"\""),
        (b"$4\r\na\r\nb\r\n", "\"a\\r\\nb\"", "a\r\nb"),
        (b"$2\r\n\xff\0\r\n", "{\"$hex\":\"ff00\"}", "{\"$hex\":\"ff00\"}"),
        (b"*0\r\n", "[]", "[]"),
        (
            b"*2\r\n*1\r\n:1\r\n*2\r\n+a\r\n-E\r\n",
            "[[1],[\"a\",{\"$error\":\"E\"}]]",
            "[[1],[\"a\",{\"$error\":\"E\"}]]",
        ),
    ] {
        is(Side::Server, wire, json, shown);
    }
}

#[test]
fn what_is_shown_is_nothing_else() {
    for text in ["7", "null", "[]", "(error) ERR no", " x", "true"] {
        let wire = format!("${}\r\n{text}\r\n", text.len());
        let json = serde_json::to_string(text).unwrap();
        is(Side::Server, wire.as_bytes(), &json, &json);
    }
}

#[test]
fn commands_are_lists_or_lines_and_shown_by_their_words() {
    is(
        Side::Client,
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n",
        "[\"SET\",\"k\",\"a b\"]",
        "SET k \"a b\"",
    );
    is(
        Side::Client,
        b"\r\n\nSET k \"a b\"\r\n",
        "[\"SET\",\"k\",\"a b\"]",
        "SET k \"a b\"",
    );
    is(
        Side::Client,
        b"*2\r\n$3\r\nGET\r\n$1\r\n\xff\r\n",
        "[\"GET\",{\"$hex\":\"ff\"}]",
        "GET 0xff",
    );
    is(Side::Client, b"*1\r\n$1\r\n7\r\n", "[\"7\"]", "[\"7\"]");
    is(Side::Client, b"*2\r\n+GET\r\n:1\r\n", "[\"GET\",1]", "[\"GET\",1]");
    let ended = Framing::resp(Side::Client).decode(&mut Scan::default(), b"\r\n\r\n", true, LIMIT);
    assert_eq!(ended, Ok(Decoded::End));
    is_malformed(
        b"PING\r\n",
        "no value of RESP begins so; one of `+`, `-`, `:`, `$` and `*` does",
        0..1,
    );
    assert_eq!(
        read(Side::Client, b"SET \"a\r\n").unwrap_err().why,
        "a quote is not closed"
    );
}

#[test]
fn what_is_no_resp_is_told_where_it_is() {
    is_malformed(
        b"*1\r\nx",
        "no value of RESP begins so; one of `+`, `-`, `:`, `$` and `*` does",
        4..5,
    );
    is_malformed(b":1x\r\n", "`1x` is no number of 64 bits", 1..3);
    is_malformed(
        b":9223372036854775808\r\n",
        "`9223372036854775808` is no number of 64 bits",
        1..20,
    );
    is_malformed(b"$2\r\nabc", "a string of 2 bytes is not followed by CRLF", 6..7);
    is_malformed(b"+a\rb\r\n", "a CR without LF", 2..3);
    is_malformed(b"+a\n", "a line that ends with LF alone", 2..3);
    is_malformed(b"$-2\r\n", "a string is said to have -2 bytes", 0..3);
    is_malformed(b"*-2\r\n", "a list is said to have -2 elements", 0..3);
}

#[test]
fn limits_are_met_before_what_is_over_them_comes() {
    is_malformed(
        b"$9999999999\r\n",
        "a string is said to have 9999999999 bytes, more than the limit of 200B has room for",
        0..11,
    );
    is_malformed(
        b"*70\r\n",
        "a list is said to have 70 elements, more than the limit of 200B has room for",
        0..3,
    );
    is_malformed(
        b":11111111111111111111111111111111111111",
        "a line has more bytes than 32B",
        33..34,
    );
    let line = [b'x'; LONGEST_LINE + 1];
    let long = Framing::resp(Side::Client)
        .decode(&mut Scan::default(), &line, false, 1 << 20)
        .unwrap_err();
    assert_eq!(
        (long.why.as_str(), long.at.start),
        ("a line has more bytes than 64KiB", LONGEST_LINE)
    );
    let many = b"+0123456789012345678\r\n".repeat(11);
    is_malformed(
        &[b"*11\r\n", &many[..]].concat(),
        "the message has more bytes than the limit of 200B",
        200..201,
    );
    let flood = read(Side::Client, &b"\r\n".repeat(101)).unwrap_err();
    assert_eq!(flood.why, "the message has more bytes than the limit of 200B");
}

#[test]
fn lists_are_nested_no_deeper_than_the_limit() {
    let nested = |depth: usize| [b"*1\r\n".repeat(depth), b":1\r\n".to_vec()].concat();
    assert!(matches!(
        read(Side::Server, &nested(DEEPEST)),
        Ok(Decoded::Message { .. })
    ));
    is_malformed(&nested(DEEPEST + 1), "lists are nested deeper than 32", 128..130);
    let json = format!("{}{}", "[".repeat(DEEPEST + 1), "]".repeat(DEEPEST + 1));
    assert!(write(&json).is_ok(), "the innermost list is empty, and opens nothing");
    let json = format!("{}1{}", "[".repeat(DEEPEST + 1), "]".repeat(DEEPEST + 1));
    assert_eq!(write(&json), Err("lists are nested deeper than 32 (resp)".to_owned()));
}

#[test]
fn resp3_is_refused_by_name() {
    for (kind, name) in [(b'%', "map"), (b'_', "null"), (b'>', "push")] {
        let malformed = read(Side::Server, &[kind]).unwrap_err();
        assert!(
            malformed.why.contains(&format!("begins a {name} of RESP3")),
            "{malformed}"
        );
    }
}

#[test]
fn json_is_written_by_its_type() {
    for (json, wire) in [
        ("\"OK\"", &b"$2\r\nOK\r\n"[..]),
        ("{ \"$simple\": \"OK\" }", b"+OK\r\n"),
        ("{ \"$error\": \"ERR no\" }", b"-ERR no\r\n"),
        ("{ \"$hex\": \"FF 00\" }", b"$2\r\n\xff\0\r\n"),
        ("null", b"$-1\r\n"),
        ("[1, [], \"\u{e4}\"]", b"*3\r\n:1\r\n*0\r\n$2\r\n\xc3\xa4\r\n"),
    ] {
        assert_eq!(write(json), Ok(wire.to_vec()));
    }
    for (json, why) in [
        ("PING", "framing `resp` sends JSON: a list, a text, an integer or null"),
        ("1.5", "RESP has integers of 64 bits alone, found 1.5; send it as text"),
        ("true", "RESP2 has no `true`; Redis sends 1 and 0"),
        ("{ \"$simple\": \"a\\nb\" }", "\"a\\nb\" is more than one line"),
        (
            "{ \"$hex\": \"f\" }",
            "1 hexadecimal digits are no whole number of bytes",
        ),
    ] {
        assert_eq!(write(json), Err(why.to_owned()));
    }
    assert!(write("{ \"a\": 1 }").unwrap_err().starts_with("RESP2 has no maps"));
    assert!(
        write("{ \"$error\": \"a\", \"b\": 1 }")
            .unwrap_err()
            .starts_with("RESP2 has no maps")
    );
}

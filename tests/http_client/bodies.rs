//! Bodies, both ways.

use serde_json::json;
use wiretale::finding::FindingKind;

use super::server::{body, contents, end, give, opened, response, saying, scene, take, whole, with_limits};

#[test]
fn a_body_without_a_length_goes_to_the_end_of_the_connection() {
    let tale = scene(
        &[
            json!({ "request": "GET /", "response": { "text": "all of it" } }),
            json!({ "request": "GET /", "response": { "text": "all of it" } }),
        ],
        &[
            take(),
            give("HTTP/1.1 200 OK\r\n\r\nall "),
            give("of it"),
            json!({ "close": true }),
        ],
    )
    .passes();
    assert_eq!(opened(&tale), 2, "{}", tale.told());
}

#[test]
fn a_body_that_is_cut_is_an_error() {
    for (cut, told) in [
        ("Content-Length: 100\r\n\r\nabc", "after 3 of 100 bytes of a message"),
        (
            "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
            "after 2 bytes of a message",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
            "after 2 bytes of a message",
        ),
        ("Content-Le", "bytes of a message"),
    ] {
        let tale = scene(
            &[json!({ "request": "GET /" })],
            &[
                take(),
                give(&format!("HTTP/1.1 200 OK\r\n{cut}")),
                json!({ "close": true }),
            ],
        )
        .finds(&[FindingKind::Ended]);
        let text = &tale.finding(FindingKind::Ended).text;
        assert!(text.starts_with("the connection was closed after"), "{text}");
        assert!(text.contains(told) && text.ends_with("expected 2xx"), "{text}");
    }
}

#[test]
fn a_body_to_the_end_that_ends_with_a_reset_is_an_error() {
    let tale = scene(
        &[json!({ "request": "GET /" })],
        &[take(), give("HTTP/1.1 200 OK\r\n\r\nabc"), json!({ "reset": true })],
    )
    .finds(&[FindingKind::Ended]);
    let text = &tale.finding(FindingKind::Ended).text;
    assert!(text.starts_with("the connection was reset"), "{text}");
}

#[test]
fn chunks_are_put_together() {
    scene(
        &[
            json!({ "request": "GET /a", "response": { "text": "abcde" } }),
            json!({ "request": "GET /b", "response": { "text": "" } }),
        ],
        &[
            saying(&["GET /a"]),
            give("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n"),
            give("2\r\nde\r\n0\r\nX-Sum: 7\r\nX-More: 8\r\n\r\n"),
            saying(&["GET /b"]),
            give("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            end(),
        ],
    )
    .passes();
}

#[test]
fn some_statuses_have_no_body_whatever_they_say() {
    scene(
        &[
            json!({ "request": "GET /a", "response": { "status": 204, "size": 0 } }),
            json!({ "request": "GET /b", "response": { "status": 304, "size": 0 } }),
            json!({ "request": "GET /c", "response": { "text": "own" } }),
        ],
        &[
            saying(&["GET /a"]),
            give("HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n"),
            saying(&["GET /b"]),
            give("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"),
            saying(&["GET /c"]),
            response("200 OK", "own"),
            end(),
        ],
    )
    .passes();
}

#[test]
fn bytes_go_there_and_back() {
    scene(
        &[json!({ "request": { "POST": "/", "hex": "00 ff 0d 0a" }, "response": { "hex": "ff 00 ??" } })],
        &[
            saying(&["content-type: application/octet-stream", "content-length: 4"]),
            json!({ "receive": { "hex": "00 ff 0d 0a" } }),
            give("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
            json!({ "send": { "hex": "ff 00 01" } }),
            end(),
        ],
    )
    .passes();
}

const TEN: &str = "10MB";

#[test]
fn ten_megabytes_go_down_and_up() {
    let scene = with_limits(
        &[
            json!({ "request": { "PUT": "/", "fill": { "byte": "41", "size": TEN } } }),
            json!({ "request": "GET /", "response": { "fill": { "byte": "42", "size": TEN } } }),
        ],
        json!({ "listen": "tcp", "session": [
            saying(&["PUT /", "content-length: 10000000"]),
            { "receive": { "fill": { "byte": "41", "size": TEN } } },
            response("200 OK", ""),
            take(),
            give("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"),
            { "send": { "fill": { "byte": "42", "size": TEN } } },
            end(),
        ] }),
        json!({ "step": "20s" }),
    );
    scene.play().passed();
}

#[test]
fn a_body_that_is_larger_than_the_limit_is_malformed() {
    let tale = with_limits(
        &[json!({ "request": "GET /" })],
        json!({ "listen": "tcp", "session": [
            take(),
            give("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"),
            end(),
        ] }),
        json!({ "message": "1KiB" }),
    )
    .play();
    let text = &tale.finding(FindingKind::Malformed).text;
    assert!(text.contains("limit of 1KiB"), "{text}");
}

#[test]
fn a_request_goes_in_chunks() {
    let tale = scene(
        &[json!({ "request": { "POST": "/", "text": "hello", "chunked": true } })],
        &[
            saying(&["POST /", "transfer-encoding: chunked"]),
            body("5\r\nhello\r\n0\r\n\r\n"),
            response("200 OK", ""),
            end(),
        ],
    )
    .passes();
    let sent = &contents(&tale, "send")[0];
    assert_eq!(sent["text"], "hello");
    assert!(!sent["head"].to_string().contains("content-length"), "{sent}");
}

#[test]
fn what_came_last_can_be_sent_back() {
    whole(
        &[
            json!({ "request": "GET /", "response": { "json": { "a": 1 } } }),
            json!({ "request": { "POST": "/", "copy": true } }),
        ],
        json!({ "listen": "tcp", "session": [
            saying(&["GET /"]),
            response("200 OK", "{\"a\":1}"),
            saying(&["POST /", "content-length: 7"]),
            body("{\"a\":1}"),
            response("200 OK", ""),
            end(),
        ] }),
    )
    .passes();
}

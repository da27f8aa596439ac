//! What is refused, and with which status.

use serde_json::json;

use crate::http_server::server::Server;

/// What was wrong, and the status that it is refused with.
fn wrong() -> Vec<(String, u16)> {
    let get = "GET / HTTP/1.1\r\nHost: h\r\n";
    vec![
        ("hello\r\n\r\n".to_owned(), 400),
        ("\u{16}\u{3}\u{1}\u{0}".to_owned(), 400),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("{get}Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400),
        (
            format!("{get}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
            400,
        ),
        (format!("{get}Content-Length: -1\r\n\r\n"), 400),
        (format!("{get}Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), 400),
        (format!("{get}Content-Length: 99999999\r\n\r\n"), 413),
        (format!("{get}Expect: tea\r\nContent-Length: 1\r\n\r\nx"), 417),
        (format!("{get}X: {}\r\n\r\n", "x".repeat(70_000)), 431),
        (format!("{get}{}\r\n", "X: y\r\n".repeat(300)), 431),
        (format!("{get}Transfer-Encoding: gzip\r\n\r\n"), 501),
        ("GET / HTTP/2.0\r\nHost: h\r\n\r\n".to_owned(), 505),
    ]
}

#[test]
fn what_is_no_request_is_refused_with_its_status_and_the_server_goes_on() {
    let server = Server::with(json!({ "unexpected": "ignore" }), &[]);
    for (bytes, status) in wrong() {
        let said = server.said_to(&bytes);
        let shown = &bytes[..bytes.len().min(80)];
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {said}");
        let (head, why) = said.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains("connection: close") && head.contains("content-length: "),
            "{shown:?}: {said}"
        );
        assert!(
            why.ends_with('\n') && why.lines().count() == 1 && why.len() > 5,
            "{shown:?}: {said}"
        );
    }
    server.done().passed();
}

#[test]
fn what_is_no_request_is_found_and_drawn() {
    let server = Server::serving(&[]);
    let said = server.said_to("hello\r\n\r\n");
    assert!(said.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{said}");
    let played = server.done();
    played.failed(&["this is no HTTP request"]);
    let refused = played
        .lines
        .iter()
        .any(|line| line.starts_with("p0-->>p1: 400 Bad Request"));
    assert!(refused, "{:#?}", played.lines);
}

#[test]
fn a_refusal_comes_through_however_much_is_still_sent() {
    let server = Server::with(json!({ "unexpected": "ignore" }), &[]);
    let said = server.said_to(&format!("hello\r\n{}", "x".repeat(4 << 20)));
    assert!(said.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{said}");
    server.done().passed();
}

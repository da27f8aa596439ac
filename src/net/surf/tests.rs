//! That surf sends, and what becomes of its requests.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use surf::middleware::Middleware;

use super::*;
use crate::runtime;
use crate::wire::head::Head;
use crate::wire::http;

/// Counts what passes through surf.
struct Counter(Arc<AtomicU32>);

#[async_trait]
impl Middleware for Counter {
    async fn handle(
        &self,
        request: surf::Request,
        client: Client,
        next: surf::middleware::Next<'_>,
    ) -> surf::Result<surf::Response> {
        self.0.fetch_add(1, Ordering::Relaxed);
        next.run(request, client).await
    }
}

fn request(method: &str, target: &str) -> Request {
    Request {
        method: method.to_owned(),
        address: SocketAddr::from(([127, 0, 0, 1], 81)).into(),
        secure: false,
        target: target.to_owned(),
        headers: Vec::new(),
        body: None,
        chunked: false,
    }
}

fn with_body(method: &str, media: Media, bytes: &[u8]) -> Request {
    let body = Some(Body {
        bytes: bytes.into(),
        media,
    });
    Request {
        body,
        ..request(method, "/")
    }
}

fn sent(call: &mut Call) -> Outgoing {
    match runtime::block_on(call.next()) {
        Next::Send(outgoing) => outgoing,
        other => panic!("{other:?}"),
    }
}

/// The start line and the headers of what surf sends first.
fn head(request: &Request) -> (String, Vec<(String, String)>) {
    let message = sent(&mut Call::new(request, None).unwrap()).message;
    let head = message.head().unwrap().clone();
    (head.line.unwrap(), head.headers)
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers
        .iter()
        .find(|(own, _)| own == name)
        .map(|(_, value)| value.as_str())
}

fn response(line: &str, headers: &[(&str, &str)]) -> Message {
    let head = headers
        .iter()
        .fold(Head::new(line), |head, (name, value)| head.with(*name, *value));
    Message::with_head(head, *b"hi")
}

#[test]
fn a_request_passes_through_surf() {
    let slot = Arc::new(Slot::default());
    let count = Arc::new(AtomicU32::new(0));
    let client = Client::with_http_client(Backend::new(Arc::clone(&slot))).with(Counter(Arc::clone(&count)));
    let mut call = Call::through(client, slot, &request("GET", "/a")).unwrap();
    assert_eq!(sent(&mut call).address, SocketAddr::from(([127, 0, 0, 1], 81)).into());
    assert_eq!(count.load(Ordering::Relaxed), 1);
    let odd = response("HTTP/1.1 799 What?", &[("X", "caf\u{e9}"), ("x", "2")]);
    call.answer(odd.clone());
    match runtime::block_on(call.next()) {
        Next::Done(message) => assert_eq!(message, odd),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_method_can_be_sent() {
    for method in http::USUAL.iter().chain(http::OTHERS) {
        assert!(http::is_method(method));
        assert_eq!(head(&request(method, "/")).0, format!("{method} / HTTP/1.1"));
    }
    assert!(!http::is_method("CONNECT") && !http::is_method("get"));
}

#[test]
fn headers_are_always_in_one_order_the_host_first() {
    let mut wanted = request("GET", "/");
    for (name, value) in [("X-B", "1"), ("A", "2"), ("x-b", "3"), ("Caf", "\u{e9}")] {
        wanted.headers.push((name.to_owned(), value.to_owned()));
    }
    let (_, headers) = head(&wanted);
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [
        own("host", "127.0.0.1:81"),
        own("a", "2"),
        own("caf", "\u{e9}"),
        own("x-b", "1"),
        own("x-b", "3"),
    ];
    assert_eq!(headers, expected);
    wanted.headers.push(own("Host", "example.org"));
    assert_eq!(header(&head(&wanted).1, "host"), Some("example.org"));
}

#[test]
fn a_body_says_what_it_is_unless_the_request_says_it() {
    for (media, expected) in [
        (Media::Text, "text/plain;charset=utf-8"),
        (Media::Json, "application/json"),
        (Media::Form, "application/x-www-form-urlencoded"),
        (Media::Bytes, "application/octet-stream"),
    ] {
        let (_, headers) = head(&with_body("POST", media, b"x"));
        assert_eq!(header(&headers, "content-type"), Some(expected));
    }
    let mut own = with_body("POST", Media::Json, b"{}");
    own.headers
        .push(("Content-Type".to_owned(), "application/ld+json".to_owned()));
    assert_eq!(header(&head(&own).1, "content-type"), Some("application/ld+json"));
    assert_eq!(header(&head(&request("POST", "/")).1, "content-type"), None);
}

#[test]
fn a_body_of_unknown_length_goes_in_chunks() {
    let chunked = Request {
        chunked: true,
        ..with_body("POST", Media::Text, b"abc")
    };
    let (_, headers) = head(&chunked);
    assert_eq!(header(&headers, "transfer-encoding"), Some("chunked"));
}

#[test]
fn a_path_is_written_as_urls_are() {
    for (target, line) in [
        ("/a b/\u{e9}#c?q=1", "GET /a%20b/%C3%A9%23c?q=1 HTTP/1.1"),
        ("/a/../b", "GET /b HTTP/1.1"),
        ("/a?q=%20", "GET /a?q=%20 HTTP/1.1"),
    ] {
        assert_eq!(head(&request("GET", target)).0, line);
    }
}

/// The start lines of all that is sent where these are the answers, and what comes at the end.
fn followed(request: &Request, most: u32, answers: &[Message]) -> (Vec<String>, Result<Message, String>) {
    let mut call = Call::new(request, Some(most)).unwrap();
    let mut lines = Vec::new();
    let mut answers = answers.iter();
    loop {
        match runtime::block_on(call.next()) {
            Next::Send(outgoing) => {
                let line = outgoing.message.head().unwrap().line.clone().unwrap();
                lines.push(format!("{line} {}", outgoing.message.bytes().len()));
                call.answer(answers.next().unwrap().clone());
            }
            Next::Done(message) => return (lines, Ok(message)),
            Next::Failed(why) => return (lines, Err(why)),
        }
    }
}

#[test]
fn redirects_keep_the_method_or_not_and_lead_to_where_they_say() {
    let moved = |status: &str, to: &str| response(&format!("HTTP/1.1 {status}"), &[("location", to)]);
    let done = response("HTTP/1.1 200 OK", &[]);
    let post = with_body("POST", Media::Text, b"abc");
    for (status, expected) in [
        ("301 Moved", "GET /b HTTP/1.1 0"),
        ("302 Found", "GET /b HTTP/1.1 0"),
        ("303 See Other", "GET /b HTTP/1.1 0"),
        ("307 Temporary", "POST /b HTTP/1.1 3"),
        ("308 Permanent", "POST /b HTTP/1.1 3"),
    ] {
        let (lines, end) = followed(&post, 5, &[moved(status, "b"), done.clone()]);
        assert_eq!(lines, ["POST / HTTP/1.1 3", expected]);
        assert_eq!(end, Ok(done.clone()));
    }
    let head = request("HEAD", "/a/");
    let (lines, _) = followed(&head, 5, &[moved("303 See", "../c?d"), done.clone()]);
    assert_eq!(lines[1], "HEAD /c?d HTTP/1.1 0");
    // 304 and a redirect without a location lead nowhere.
    assert_eq!(followed(&head, 5, &[moved("304 Same", "/b")]).0.len(), 1);
    assert_eq!(followed(&head, 5, &[response("HTTP/1.1 302 Found", &[])]).0.len(), 1);
}

#[test]
fn redirects_that_go_on_or_leave_the_scenario_end() {
    let moved = |to: &str| response("HTTP/1.1 302 Found", &[("location", to)]);
    let (lines, end) = followed(&request("GET", "/"), 2, &[moved("/a"), moved("/b"), moved("/c")]);
    assert_eq!(lines.len(), 3);
    assert_eq!(end.unwrap_err(), "more than 2 redirects, the last to `/c`");
    for to in ["http://example.org/", "https://example.org/", "mailto:a@b"] {
        let (lines, end) = followed(&request("GET", "/"), 2, &[moved(to)]);
        assert_eq!(lines.len(), 1);
        assert_eq!(
            end.unwrap_err(),
            format!("redirected to `{to}`, which is no address of this scenario")
        );
    }
}

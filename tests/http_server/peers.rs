//! Clients that others wrote, where they are installed.

use std::process::Command;

use serde_json::json;

use crate::http_server::server::Server;
use crate::tool::{Told, told};

/// What a program came to; it may be missing, unless it is said that it must not be.
fn peer(name: &str, args: &[&str]) -> Option<Told> {
    if Command::new(name).arg("--version").output().is_ok() {
        return Some(told(Command::new(name).args(args)));
    }
    assert!(
        std::env::var_os("WIRETALE_REQUIRE_PEERS").is_none(),
        "{name} is not installed"
    );
    eprintln!("not asked: {name} is not installed");
    None
}

#[test]
fn curl_is_served() {
    let server = Server::serving(&[
        json!({ "request": { "POST": "/users", "json": { "name": { "$capture": "name" } } }, "do": [
            { "respond": { "status": 201, "json": { "hello": "{{ name }}" } } }
        ] }),
        json!({ "request": { "PUT": "/big", "size": 3_000_000 }, "do": [ { "respond": 204 } ] }),
        json!({ "request": "HEAD /head", "do": [ { "respond": { "status": 200, "text": "hello" } } ] }),
        json!({ "request": "GET /chunks", "do": [ { "respond": { "status": 200, "text": "in chunks", "chunked": true } } ] }),
        json!({ "request": "GET /cut", "do": [ { "respond": { "status": 200, "text": "hello", "cut_after": "2B" } } ] }),
    ]);
    let at = |path: &str| format!("http://{}{path}", server.address());
    let curl = |args: &[&str]| {
        let all: Vec<&str> = ["-sS", "--max-time", "20"].iter().chain(args).copied().collect();
        peer("curl", &all)
    };
    let Some(told) = curl(&["--json", r#"{"name":"Ada"}"#, &at("/users"), &at("/users")]) else {
        server.done().passed();
        return;
    };
    assert_eq!(told.out, r#"{"hello":"Ada"}{"hello":"Ada"}"#, "{}", told.err);
    // A body of this size is not sent before `100 Continue` came.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![0; 3_000_000]).unwrap();
    let told = curl(&["-T", file.path().to_str().unwrap(), "-w", "%{http_code}", &at("/big")]).unwrap();
    assert_eq!(told.out, "204", "{}", told.err);
    let told = curl(&["-I", &at("/head")]).unwrap();
    assert!(told.out.contains("content-length: 5"), "{}", told.out);
    let told = curl(&["--http1.0", &at("/chunks")]).unwrap();
    assert_eq!(told.out, "in chunks", "{}", told.err);
    let told = curl(&[&at("/chunks")]).unwrap();
    assert_eq!(told.out, "in chunks", "{}", told.err);
    let told = curl(&[&at("/cut")]).unwrap();
    assert_eq!((told.code, told.out.as_str()), (Some(18), "he"), "{}", told.err);
    let played = server.done();
    played.passed();
    assert_eq!(played.count(r#"HTTP/1.1 100 Continue"#), 1);
}

#[test]
fn wrk_sends_a_hundred_thousand_requests_without_an_error() {
    const MANY: u64 = 100_000;
    let server =
        Server::serving(&[json!({ "request": "GET /x", "do": [ { "respond": { "status": 200, "text": "hello" } } ] })]);
    let url = format!("http://{}/x", server.address());
    let (mut sent, mut connections) = (0, 0);
    while sent < MANY {
        let Some(told) = peer("wrk", &["-t1", "-c10", "-d2s", &url]) else {
            server.done().passed();
            return;
        };
        assert!(
            !told.out.contains("Socket errors") && !told.out.contains("Non-2xx"),
            "{}",
            told.out
        );
        connections += 10;
        let count = told.out.split(" requests in ").next().unwrap();
        sent += count
            .rsplit(char::is_whitespace)
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap();
    }
    let played = server.done();
    played.passed();
    // However fast the machine is: a loop for each connection, and not a line for each request.
    assert!(
        played.lines.len() < 10 * connections,
        "{} lines for {connections} connections",
        played.lines.len()
    );
}

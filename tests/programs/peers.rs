//! Programs that others wrote, where they are installed.

use serde_json::{Value as Json, json};

use super::stage::{Desk, lines};

/// How often each is played.
const TIMES: u32 = 10;

/// Whether a program is there; it may be missing, unless it is said that it must not be.
pub(crate) fn installed(name: &str) -> Option<()> {
    let found =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(name).is_file());
    assert!(
        found || std::env::var_os("WIRETALE_REQUIRE_PEERS").is_none(),
        "{name} is not installed"
    );
    if !found {
        eprintln!("not asked: {name} is not installed");
    }
    found.then_some(())
}

fn redis() -> Json {
    json!({ "listen": { "tcp": 0, "framing": "crlf" }, "process": {
        "command": ["redis-server", "--port", "{{ port }}", "--save", "", "--appendonly", "no"],
        "ready": { "tcp": "{{ port }}" } } })
}

#[test]
fn a_client_of_ours_talks_to_redis() {
    let Some(()) = installed("redis-server") else { return };
    let desk = Desk::actors(&json!({
        "Client": { "script": [
            { "connect": "Redis" }, { "send": "PING" }, { "receive": "+PONG" },
            { "send": "SET colour blue" }, { "receive": "+OK" },
            { "send": "GET colour" }, { "receive": "$4" }, { "receive": "blue" },
            { "send": "QUIT" }, { "receive": "+OK" }, { "closed": "eof" }
        ] },
        "Redis": redis()
    }));
    let drawn = desk.always(TIMES);
    assert_eq!(
        lines(&drawn),
        [
            "p0->>p1: PING",
            "p1-->>p0: +PONG",
            "p0->>p1: SET colour blue",
            "p1-->>p0: +OK",
            "p0->>p1: GET colour",
            "p1-->>p0: $4",
            "p1->>p0: blue",
            "p0->>p1: QUIT",
            "p1-->>p0: +OK",
            "p1-)p0: close",
            "p0-)p1: close",
        ]
    );
}

#[test]
fn a_client_of_redis_talks_to_redis() {
    let (Some(()), Some(())) = (installed("redis-server"), installed("redis-cli")) else {
        return;
    };
    let mut redis = redis();
    redis["listen"] = json!("tcp");
    let desk = Desk::actors(&json!({
        "Cli": { "process": { "command": ["redis-cli", "-p", "{{ port('Redis') }}", "SET", "a", "1"], "stdout": "OK" } },
        "Redis": redis
    }));
    let drawn = desk.always(TIMES);
    let shown = lines(&drawn);
    assert!(shown[0].starts_with("p0->>p1: ") && shown[0].contains("SET"), "{drawn}");
    assert_eq!(&shown[1..], ["p1-->>p0: +OK␍⏎", "p0-)p1: close", "p1-)p0: close"]);
}

#[test]
fn curl_asks_a_server_of_ours() {
    let Some(()) = installed("curl") else { return };
    let curl = |path: &str, out: &str| {
        json!({ "process": {
            "command": ["curl", "-sS", format!("http://{{{{ address('Server') }}}}{path}")], "stdout": out } })
    };
    let desk = Desk::actors(&json!({
        "Ada": curl("/users/7", r#"{"id":7}"#),
        "Bob": curl("/users/8", r#"{"id":8}"#),
        "Server": { "listen": "http", "session": [ { "serve": [ { "request": "GET /users/{id:int}", "do": [
            { "respond": { "status": 200, "json": { "id": "{{ id }}" } } } ] } ] } ] }
    }));
    let drawn = desk.always(TIMES);
    assert_eq!(
        lines(&drawn),
        [
            "p0->>p2: GET /users/7",
            "p2-->>p0: 200 OK {\"id\":7}",
            "p0-)p2: close",
            "p2-)p0: close",
            "p1->>p2: GET /users/8",
            "p2-->>p1: 200 OK {\"id\":8}",
            "p1-)p2: close",
            "p2-)p1: close",
        ]
    );
}

#[test]
fn curl_asks_a_server_that_nobody_here_wrote() {
    let (Some(()), Some(())) = (installed("curl"), installed("python3")) else {
        return;
    };
    let desk = Desk::actors(&json!({
        "Curl": { "process": {
            "command": ["curl", "-sS", "http://{{ address('Web') }}/hello.txt", "-I", "http://{{ address('Web') }}/hello.txt"] } },
        "Web": { "listen": "http", "process": {
            "command": ["python3", "-m", "http.server", "--bind", "127.0.0.1", "{{ port }}"],
            "ready": { "tcp": "{{ port }}" } } }
    }));
    desk.put("hello.txt", "hello");
    let drawn = desk.always(TIMES);
    // Each answer to a HEAD has the size of a body that does not come.
    assert_eq!(
        lines(&drawn),
        [
            "p0->>p1: HEAD /hello.txt",
            "p1-->>p0: 200 OK",
            "p0-)p1: close",
            "p1-)p0: close",
            "p0->>p1: HEAD /hello.txt",
            "p1-->>p0: 200 OK",
            "p0-)p1: close",
            "p1-)p0: close",
        ]
    );
}

//! Which connection a request is sent on.

use serde_json::{Value as Json, json};

use super::server::{Talk, contents, end, give, opened, response, rest, scene, take, whole};

fn get(path: &str) -> Json {
    json!({ "request": format!("GET {path}"), "response": { "text": path } })
}

/// A server that answers each request with its path, as long as the connection lasts.
fn echo() -> Vec<Json> {
    vec![
        json!({ "serve": [ { "receive": { "regex": "(?s)GET (?<path>\\S+) .*?\r\n\r\n" }, "do": [
            { "send": "HTTP/1.1 200 OK\r\nContent-Length: {{ size(path) }}\r\n\r\n{{ path }}" }
        ] } ] }),
    ]
}

#[test]
fn five_hundred_requests_each_on_its_own_connection() {
    let script = json!({ "repeat": 500, "as": "i", "do": [
        { "request": "GET /{{ i }}", "response": { "text": "/{{ i }}" }, "on": "Each" } ] });
    let connect = json!({ "connect": "Server", "framing": "http", "as": "Each", "reuse": false });
    let session = [
        json!({ "receive": { "regex": "(?s)GET (?<path>\\S+) .*?connection: close\r\n\r\n" } }),
        give("HTTP/1.1 200 OK\r\nContent-Length: {{ size(path) }}\r\n\r\n{{ path }}"),
        end(),
    ];
    let scenario = json!({ "actors": {
        "Client": { "script": [ connect, script ] },
        "Server": { "listen": "tcp", "session": session }
    } });
    let tale = Talk::of(&scenario).play();
    tale.passed();
    assert_eq!(opened(&tale), 500);
}

#[test]
fn five_hundred_requests_on_one_connection() {
    let script = json!({ "repeat": 500, "as": "i", "do": [
        { "request": "GET /{{ i }}", "response": { "text": "/{{ i }}" } } ] });
    let tale = scene(&[script], &echo()).play();
    tale.passed();
    assert_eq!(opened(&tale), 1);
}

#[test]
fn a_connection_ends_where_it_was_said() {
    let answer = |said: &str| give(&format!("HTTP/1.1 200 OK\r\n{said}Content-Length: 2\r\n\r\n/a"));
    let asked = json!({ "request": { "GET": "/a", "headers": { "Connection": "close" } } });
    for (first, said) in [(get("/a"), "Connection: close\r\n"), (asked, "")] {
        let tale = scene(&[first, get("/a")], &[take(), answer(said), end()]).passes();
        assert_eq!(opened(&tale), 2);
        let arrows: Vec<_> = tale.lines();
        // Our side closes where it was said, before the next connection is opened.
        assert_eq!(arrows[2], "Client-)Server: close", "{arrows:?}");
    }
}

#[test]
fn a_late_response_is_nobody_elses() {
    let server = json!({ "listen": { "tcp": 0 }, "state": { "n": 0 }, "session": [
        take(),
        { "set": { "actor.n": "{{ actor.n + 1 }}", "mine": "{{ actor.n }}" } },
        { "if": "mine == 1", "do": [ { "await": "given up" }, { "send": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate" } ],
          "else": [ { "send": "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown" } ] },
        end(),
    ] });
    let tale = whole(
        &[
            json!({ "request": "GET /a", "timeout": "50ms", "fails": "timeout" }),
            json!({ "signal": "given up" }),
            json!({ "request": "GET /b", "response": { "text": "own" } }),
        ],
        server,
    )
    .passes();
    assert_eq!(opened(&tale), 2);
}

#[test]
fn twenty_requests_after_twenty_that_were_given_up() {
    let server = json!({ "listen": "tcp", "session": [
        { "serve": [
            { "receive": { "regex": "(?s)GET /never .*?\r\n\r\n" }, "do": [
                { "await": "all given up" },
                { "send": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nlate" } ] },
            { "receive": { "regex": "(?s)GET (?<path>\\S+) .*?\r\n\r\n" }, "do": [
                { "send": "HTTP/1.1 200 OK\r\nContent-Length: {{ size(path) }}\r\n\r\n{{ path }}" } ] }
        ] }
    ] });
    let tale = whole(
        &[
            json!({ "repeat": 20, "do": [ { "request": "GET /never", "timeout": "5ms", "fails": "timeout" } ] }),
            json!({ "repeat": 20, "do": [ { "signal": "all given up" } ] }),
            json!({ "repeat": 20, "as": "i", "do": [ { "request": "GET /{{ i }}", "response": { "text": "/{{ i }}" } } ] }),
        ],
        server,
    )
    .play();
    tale.passed();
    assert_eq!(opened(&tale), 21);
}

#[test]
fn a_request_on_a_connection_that_was_closed_is_told_and_never_repeated() {
    // The server closes each connection after one response, and does not say so in it.
    let tale = scene(
        &[json!({ "repeat": 10, "do": [
            { "request": { "POST": "/a", "text": "first" } },
            { "await": "closed" },
            { "request": { "POST": "/b", "text": "second" }, "fails": "closed" },
        ] })],
        &[
            take(),
            json!({ "receive": "first" }),
            response("200 OK", ""),
            json!({ "shutdown": true }),
            json!({ "signal": "closed" }),
            rest(),
        ],
    )
    .play();
    tale.passed();
    assert_eq!(opened(&tale), 10);
    // Twenty requests were meant, and twenty were sent.
    assert_eq!(contents(&tale, "send").len(), 20);
}

#[test]
fn a_retry_opens_anew_where_the_connection_was_closed() {
    let tale = scene(
        &[
            get("/a"),
            json!({ "await": "closed" }),
            json!({ "request": "GET /a", "response": { "text": "/a" }, "retry": { "times": 2, "every": "1ms" } }),
            json!({ "await": "closed" }),
        ],
        &[
            take(),
            response("200 OK", "/a"),
            json!({ "shutdown": true }),
            json!({ "signal": "closed" }),
            rest(),
        ],
    )
    .play();
    tale.passed();
    assert_eq!((opened(&tale), contents(&tale, "send").len()), (2, 3));
}

#[test]
fn an_end_that_was_awaited_opens_anew() {
    let tale = scene(
        &[get("/a"), json!({ "closed": "eof" }), get("/a")],
        &[take(), response("200 OK", "/a"), json!({ "close": true })],
    )
    .passes();
    assert_eq!(opened(&tale), 2);
}

#[test]
fn close_ends_the_connection_and_its_name_is_free() {
    let tale = scene(
        &[
            get("/a"),
            json!({ "close": true }),
            json!({ "connect": "Server", "framing": "http", "reuse": false }),
            get("/b"),
            json!({ "close": true }),
        ],
        &echo(),
    )
    .passes();
    assert_eq!(opened(&tale), 2);
}

#[test]
fn without_reuse_nothing_is_open_between_requests() {
    let scenario = json!({ "actors": {
        "Client": { "script": [
            { "connect": "Server", "framing": "http", "reuse": false }, get("/a"), get("/b") ] },
        "Server": { "listen": "tcp", "session": echo() }
    } });
    let tale = Talk::of(&scenario).passes();
    tale.shows(&[
        "Client->>Server: GET /a",
        "Server-->>Client: HTTP/1.1 200 OK␍⏎Content-Length: 2␍⏎␍⏎/a",
        "Client-)Server: close",
        "Server-)Client: close",
        "Client->>Server: GET /b",
        "Server-->>Client: HTTP/1.1 200 OK␍⏎Content-Length: 2␍⏎␍⏎/b",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn branches_are_lent_what_they_request_on() {
    let scenario = json!({ "actors": {
        "Client": { "script": [
            { "connect": "Server", "framing": "http", "as": "a" },
            { "connect": "Server", "framing": "http", "as": "b" },
            { "parallel": [
                [ { "request": "GET /a", "response": { "text": "/a" }, "on": "a" } ],
                [ { "request": { "GET": "/b", "headers": { "Connection": "close" } }, "response": { "text": "/b" }, "on": "b" },
                  { "request": "GET /c", "response": { "text": "/c" }, "on": "b" } ],
            ] },
            { "request": "GET /d", "response": { "text": "/d" }, "on": "a" },
            { "request": "GET /e", "response": { "text": "/e" }, "on": "b" },
        ] },
        "Server": { "listen": "tcp", "session": echo() }
    } });
    Talk::of(&scenario).passes();
}

#[test]
fn a_session_sends_requests_to_another_server() {
    let scenario = json!({ "actors": {
        "Client": { "script": [ { "connect": "Front", "framing": "lines" }, { "send": "/x" }, { "receive": "got /x" }, { "close": true } ] },
        "Front": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
            { "connect": "Server", "framing": "http" },
            { "serve": [ { "receive": { "pattern": "/{name}" }, "do": [
                { "request": "GET /{{ name }}", "capture": { "found": "message.text" } },
                { "send": "got {{ found }}" } ] } ] } ] },
        "Server": { "listen": "tcp", "session": echo() }
    } });
    Talk::of(&scenario).passes();
}

#[test]
fn http_may_begin_on_an_open_connection() {
    let scenario = json!({ "actors": {
        "Client": { "script": [
            { "connect": "Server" }, { "send": "hello\n" }, { "receive": "go\n" }, { "framing": "http" }, get("/a") ] },
        "Server": { "listen": "tcp", "session": [ { "receive": "hello\n" }, { "send": "go\n" }, echo()[0] ] }
    } });
    Talk::of(&scenario).passes();
}

//! What is told of a request that fails, and failures that are asked for.

use serde_json::{Value as Json, json};
use wiretale::finding::FindingKind;

use super::server::{Talk, contents, end, give, opened, response, rest, scene, take};

fn mismatch(wanted: &Json, answer: Json) -> (String, String) {
    let tale = scene(
        &[json!({ "request": "GET /", "response": wanted })],
        &[take(), answer, end()],
    )
    .finds(&[FindingKind::Mismatch]);
    let finding = tale.finding(FindingKind::Mismatch);
    let difference = finding.expected[0].difference.clone().unwrap_or_default();
    (finding.text.clone(), difference)
}

#[test]
fn another_response_is_told_with_what_differs() {
    let answer = || {
        give(
            "HTTP/1.1 404 Not Found\r\nX: 1\r\nContent-Length: 13\r\n\r\n{\"error\":\"no\"}"
                .replace("13", "14")
                .as_str(),
        )
    };
    assert_eq!(
        mismatch(&json!("2xx"), answer()),
        (
            "expected 2xx, found 404 Not Found {\"error\":\"no\"}".to_owned(),
            "start line: expected 2xx, found 404".to_owned()
        )
    );
    let (text, difference) = mismatch(&json!({ "status": [200, 404], "headers": { "X": "2" } }), answer());
    assert_eq!(
        text,
        "expected 200 or 404, X: \"2\", found 404 Not Found {\"error\":\"no\"}"
    );
    assert!(difference.starts_with("header `X`: "), "{difference}");
    let (_, difference) = mismatch(&json!({ "status": 404, "json": { "error": "yes" } }), answer());
    assert!(difference.starts_with("body: "), "{difference}");
}

#[test]
fn each_kind_of_failure_can_be_asked_for() {
    let tale = scene(
        &[
            json!({ "request": "GET /", "response": 200, "fails": "mismatch" }),
            json!({ "request": "GET /", "timeout": "20ms", "fails": "timeout" }),
            json!({ "signal": "second" }),
            json!({ "request": "GET /", "fails": "closed" }),
        ],
        &[
            take(),
            json!({ "if": "session == 'Server/Client#1'", "do": [ response("500 Oh", ""), { "await": "second" }, rest() ] }),
        ],
    )
    .play();
    tale.passed();
}

#[test]
fn nobody_who_can_answer_is_a_standstill() {
    let tale = scene(&[json!({ "request": "GET /" })], &[take(), end()])
        .finds(&[FindingKind::Standstill, FindingKind::Standstill]);
    assert!(
        tale.findings
            .iter()
            .any(|finding| finding.text == "waits for 2xx, which nobody can send"
                && finding.help.as_deref() == Some("the request has gone out, and no `respond` answers it")),
        "{}",
        tale.told()
    );
}

#[test]
fn a_mismatch_leaves_the_connection_as_it_is() {
    let tale = scene(
        &[
            json!({ "request": "GET /", "fails": "mismatch" }),
            json!({ "request": "GET /" }),
        ],
        &[take(), response("500 Oh", ""), take(), response("200 OK", ""), end()],
    )
    .passes();
    assert_eq!(opened(&tale), 1);
}

#[test]
fn a_retry_waits_for_the_right_response() {
    let tale = scene(
        &[json!({ "request": "GET /", "retry": { "times": 3, "every": "1ms" } })],
        &[
            take(),
            response("503 Wait", ""),
            take(),
            response("503 Wait", ""),
            take(),
            response("200 OK", ""),
            end(),
        ],
    )
    .passes();
    assert_eq!(opened(&tale), 1);
}

#[test]
fn a_response_that_is_left_over_is_told() {
    let tale = scene(
        &[json!({ "request": "GET /" })],
        &[
            take(),
            give("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 Twice\r\nContent-Length: 0\r\n\r\n"),
            end(),
        ],
    )
    .finds(&[FindingKind::LeftOver]);
    assert_eq!(
        tale.finding(FindingKind::LeftOver).text,
        "left over from Server: 200 Twice"
    );
}

#[test]
fn a_path_that_is_none_when_it_is_filled_in_is_told() {
    let tale = scene(
        &[
            json!({ "set": { "path": "users" } }),
            json!({ "request": "GET {{ path }}" }),
        ],
        &[end()],
    )
    .finds(&[FindingKind::Expression]);
    assert!(tale.findings[0].text.contains("`users` is no path"), "{}", tale.told());
}

/// A client that does this with what it does not want, and a server that answers twice.
fn unexpected(what: &Json) -> Talk {
    let twice = give("HTTP/1.1 503 Wait\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    Talk::of(&json!({ "actors": {
        "Client": { "unexpected": what, "script": [ { "connect": "Server", "framing": "http" }, { "request": "GET /" } ] },
        "Server": { "listen": "tcp", "session": [ take(), twice, end() ] }
    } }))
}

#[test]
fn what_an_actor_does_with_the_unexpected_counts_for_responses() {
    unexpected(&json!("ignore")).passes();
    let noted =
        json!([ { "receive": { "line": { "pattern": "HTTP/1.1 503 {why}" } }, "do": [ { "note": "{{ why }}" } ] } ]);
    let tale = unexpected(&noted).passes();
    assert!(
        tale.lines().contains(&"Note over Client: Wait".to_owned()),
        "{}",
        tale.told()
    );
    unexpected(&json!("fail")).finds(&[FindingKind::Mismatch]);
}

#[test]
fn a_timeout_is_for_the_whole_request() {
    let redirect =
        json!([ { "wait": "20ms" }, give("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n") ]);
    let tale = scene(
        &[json!({ "request": "GET /", "redirects": 20, "timeout": "70ms", "fails": "timeout" })],
        &[json!({ "serve": [ { "receive": { "contains": "\r\n\r\n" }, "do": redirect } ] })],
    )
    .play();
    tale.passed();
    assert!(contents(&tale, "send").len() > 1, "{}", tale.told());
}

#[test]
fn what_a_framing_would_not_take_is_told_before_it_is_sent() {
    let tale = scene(
        &[json!({ "request": { "POST": "/", "headers": { "Content-Length": "3" }, "text": "hello" } })],
        &[end()],
    )
    .finds(&[FindingKind::Malformed]);
    let text = &tale.finding(FindingKind::Malformed).text;
    assert!(text.contains("the body has 5 bytes, more than its head says"), "{text}");
}

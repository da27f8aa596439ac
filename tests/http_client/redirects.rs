//! Redirects are followed where a scenario asks for it.

use serde_json::{Value as Json, json};
use wiretale::finding::FindingKind;

use super::server::{Talk, body, contents, end, give, opened, response, saying, scene, take};

fn to(status: &str, location: &str) -> Json {
    give(&format!(
        "HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    ))
}

#[test]
fn a_redirect_is_a_response_like_any_other_unless_it_is_to_be_followed() {
    scene(
        &[json!({ "request": "GET /", "response": { "status": "3xx", "headers": { "location": "/b" } } })],
        &[take(), to("302 Found", "/b"), end()],
    )
    .passes();
    let tale = scene(
        &[json!({ "request": "GET /" })],
        &[take(), to("302 Found", "/b"), end()],
    )
    .finds(&[FindingKind::Mismatch]);
    assert_eq!(
        tale.finding(FindingKind::Mismatch).text,
        "expected 2xx, found 302 Found"
    );
}

#[test]
fn a_redirect_changes_the_method_or_keeps_it() {
    for (status, method) in [
        ("301 Moved Permanently", "GET"),
        ("302 Found", "GET"),
        ("303 See Other", "GET"),
        ("307 Temporary Redirect", "POST"),
        ("308 Permanent Redirect", "POST"),
    ] {
        let mut session = vec![
            saying(&["POST /a "]),
            body("hi"),
            to(status, "/b"),
            saying(&[&format!("{method} /b ")]),
        ];
        if method == "POST" {
            session.push(body("hi"));
        }
        session.extend([response("200 OK", "there"), end()]);
        let tale = scene(
            &[json!({ "request": { "POST": "/a", "text": "hi" }, "redirects": 1, "response": { "text": "there" } })],
            &session,
        )
        .passes();
        // Each hop is a request of its own, on one connection.
        assert_eq!((contents(&tale, "send").len(), opened(&tale)), (2, 1));
        let sent = &contents(&tale, "send")[1]["head"]["headers"];
        assert_eq!(sent.to_string().contains("content-type"), method == "POST", "{sent}");
    }
}

#[test]
fn a_location_may_be_relative_or_whole() {
    let scenario = json!({ "actors": {
        "Client": { "script": [
            { "connect": "Server", "framing": "http" },
            { "request": "GET /a/b", "redirects": 20, "response": { "text": "there" } } ] },
        "Server": { "listen": "tcp", "session": [
            saying(&["GET /a/b "]), to("302 Found", "c?d=e"),
            saying(&["GET /a/c?d=e "]), to("302 Found", "../f"),
            saying(&["GET /f "]), to("302 Found", "http://{{ address('Server') }}/g"),
            saying(&["GET /g "]), response("200 OK", "there"), end(),
        ] }
    } });
    let tale = Talk::of(&scenario).passes();
    assert_eq!(opened(&tale), 1);
}

#[test]
fn a_redirect_to_another_actor_opens_a_connection_to_it() {
    let scenario = json!({ "actors": {
        "Client": { "script": [
            { "connect": "Old", "framing": "http" },
            { "request": { "GET": "/a", "headers": { "Authorization": "secret", "X": "1" } }, "redirects": 1, "response": { "text": "there" } } ] },
        "Old": { "listen": "tcp", "session": [
            saying(&["authorization: secret"]), to("301 Moved Permanently", "http://{{ address('New') }}/b"), end() ] },
        "New": { "listen": "tcp", "session": [
            { "receive": { "regex": "GET /b HTTP/1.1\r\nhost: \\S+\r\nconnection: close\r\nx: 1\r\n\r\n" } },
            response("200 OK", "there"), end() ] }
    } });
    let tale = Talk::of(&scenario).passes();
    assert_eq!(opened(&tale), 2);
    assert_eq!(tale.lines()[2], "Client->>New: GET /b", "{}", tale.told());
}

#[test]
fn a_redirect_out_of_the_scenario_is_told() {
    for location in ["http://example.org/", "https://127.0.0.1/", "http://127.0.0.1:1/"] {
        let tale = scene(
            &[json!({ "request": "GET /", "redirects": 3 })],
            &[take(), to("302 Found", location), end()],
        )
        .finds(&[FindingKind::Mismatch]);
        let text = &tale.finding(FindingKind::Mismatch).text;
        assert!(text.starts_with("redirected to "), "{text}");
        assert!(text.contains("scenario"), "{text}");
    }
}

#[test]
fn a_loop_ends_with_the_limit() {
    let tale = scene(
        &[json!({ "request": "GET /", "redirects": 3 })],
        &[json!({ "serve": [ { "receive": { "contains": "\r\n\r\n" }, "do": [ to("302 Found", "/") ] } ] })],
    )
    .finds(&[FindingKind::Mismatch]);
    assert_eq!(
        tale.finding(FindingKind::Mismatch).text,
        "more than 3 redirects, the last to `/`"
    );
    assert_eq!(contents(&tale, "send").len(), 4);
}

//! Messages with a start line and headers.

use wiretale::finding::FindingKind;

use super::stage::Scene;

const SIP: &str = r#"{ "headers": ["Content-Length", "l"] }"#;

/// What a server that speaks of these headers receives of bytes that come raw.
fn received(bytes: &str, steps: &str) -> super::stage::Tale {
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server", "framing": "raw" }}, {{ "send": {bytes} }}, {{ "close": true }} ] }},
           "Server": {{ "listen": {{ "tcp": 0, "framing": {SIP} }}, "session": [ {steps} ] }}"#
    ))
    .play()
}

#[test]
fn a_head_and_a_body_go_there_and_back() {
    let message = r#"{ "line": "PUT x", "headers": { "A": "b: c", "D": ["1", "2"] }, "json": { "n": 7 } }"#;
    let matcher = r#"{ "line": { "pattern": "PUT {what}" }, "headers": { "a": { "contains": "c" }, "d": "1, 2", "e": { "absent": true } }, "json": { "n": { "$capture": "n" } } }"#;
    Scene::pair(
        SIP,
        &format!(r#"{{ "send": {message} }}, {{ "receive": {matcher} }}, {{ "assert": "n == 7 and what == 'x'" }}, {{ "close": true }}"#),
        &format!(r#"{{ "receive": {matcher} }}, {{ "send": {{ "copy": true }} }}, {{ "closed": "eof" }}"#),
    )
    .shows(&[
        "Client->>Server: PUT x {\"n\":#lt;n>}",
        "Server-->>Client: PUT x {\"n\":#lt;n>}",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_payload_without_a_head_has_its_length_alone() {
    let tale = Scene::pair(
        r#"{ "headers": "Content-Length" }"#,
        r#"{ "send": { "json": { "id": 1 } } }, { "receive": { "json": { "id": 1 } } }, { "close": true }"#,
        r#"{ "receive": { "any": true } }, { "assert": "message.headers['content-length'] == '8' and message.size == 8" },
           { "send": "{{ message.text }}" }, { "closed": "eof" }"#,
    )
    .passes();
    assert!(
        tale.trace.contains(r#""head":{"headers":[["Content-Length","8"]]}"#),
        "{}",
        tale.trace
    );
}

#[test]
fn how_the_bytes_are_cut_does_not_show() {
    let bytes = "OPTIONS x\\r\\nl: 3\\r\\n\\r\\nabcOPTIONS y\\n\\n";
    let sends = |pieces: &[&str]| {
        let steps: Vec<String> = pieces
            .iter()
            .map(|piece| format!(r#"{{ "send": "{piece}", "hide": true }}"#))
            .collect();
        Scene::actors(&format!(
            r#""Client": {{ "script": [ {{ "connect": "Server", "framing": "raw" }}, {}, {{ "close": true }} ] }},
               "Server": {{ "listen": {{ "tcp": 0, "framing": {SIP} }}, "session": [
                 {{ "receive": {{ "line": "OPTIONS x", "text": "abc" }} }}, {{ "receive": {{ "line": "OPTIONS y", "size": 0 }} }}, {{ "closed": "eof" }} ] }}"#,
            steps.join(", ")
        ))
        .passes();
    };
    sends(&[bytes]);
    sends(&["OPTIONS x\\r", "\\nl: 3\\r\\n\\r", "\\nab", "cOPTIONS y\\n", "\\n"]);
}

#[test]
fn an_end_inside_a_body_says_how_much_of_it_was_there() {
    let tale = received(r#""l: 5\r\n\r\nab""#, r#"{ "receive": { "any": true } }"#);
    tale.finds(&[FindingKind::Ended]);
    let text = &tale.finding(FindingKind::Ended).text;
    assert!(text.contains("after 2 of 5 bytes of a message"), "{text}");
}

#[test]
fn what_is_no_header_is_malformed() {
    for bytes in [
        r#""A\r\nno header\r\n\r\n""#,
        r#""l: x\r\n\r\n""#,
        r#""l: 99999999999999999999\r\n\r\n""#,
    ] {
        received(bytes, r#"{ "receive": { "any": true } }"#).finds(&[FindingKind::Malformed]);
    }
}

#[test]
fn a_mismatch_says_which_part_differs() {
    for (matcher, difference) in [
        (r#"{ "line": "GET y" }"#, "start line: at offset 4"),
        (r#"{ "headers": { "A": "2" } }"#, "header `A`: at offset 0"),
        (
            r#"{ "headers": { "B": { "any": true } } }"#,
            "header `B`: expected anything, found none",
        ),
        (
            r#"{ "headers": { "A": { "absent": true } } }"#,
            "header `A`: expected none, found \"1\"",
        ),
        (r#"{ "line": "GET x", "text": "no" }"#, "body: at offset 0"),
    ] {
        let tale = received(
            r#""GET x\r\nA: 1\r\nl: 3\r\n\r\nyes""#,
            &format!(r#"{{ "receive": {matcher} }}"#),
        );
        let found = tale.finding(FindingKind::Mismatch).expected[0]
            .difference
            .clone()
            .unwrap_or_default();
        assert!(found.starts_with(difference), "{found}");
    }
}

#[test]
fn a_header_that_would_be_two_is_not_sent() {
    let tale = Scene::pair(
        SIP,
        r#"{ "set": { "x": "a\r\nb: c" } }, { "send": { "headers": { "A": "{{ x }}" } } }"#,
        r#"{ "closed": "eof" }"#,
    )
    .play();
    tale.finds(&[FindingKind::Malformed]);
}

//! TLS from a step on.

use wiretale::finding::FindingKind;

use super::stage::Scene;

/// A client and a server that begin in lines.
fn lines(client: &str, session: &str) -> Scene {
    Scene::pair(r#""lines""#, client, session)
}

#[test]
fn a_connection_speaks_tls_from_the_step_on() {
    lines(
        r#"{ "send": "STARTTLS" }, { "receive": "go" }, { "tls": { "sni": "mx.example", "alpn": "smtp" } }, { "send": "secret" }, { "receive": "yes" }, { "close": true }"#,
        r#"{ "receive": "STARTTLS" }, { "send": "go" }, { "tls": { "alpn": "smtp" } }, { "receive": "secret" }, { "send": "yes" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: STARTTLS",
        "Server-->>Client: go",
        "Note over Server: TLS, ALPN smtp, SNI mx.example",
        "Client->>Server: secret",
        "Server-->>Client: yes",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_handshake_that_was_read_ahead_is_one() {
    // The server's step comes long after the handshake has begun, and what it listens to meanwhile reads ahead.
    lines(
        r#"{ "send": "STARTTLS" }, { "tls": true }, { "send": "secret" }, { "close": true }"#,
        r#"{ "receive": "STARTTLS" }, { "wait": "50ms" }, { "tls": true }, { "receive": "secret" }, { "closed": "eof" }"#,
    )
    .passes();
    Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" }, { "send": "STARTTLS" }, { "tls": true }, { "send": "secret" }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" },
               "background": [ { "receive": "never" } ],
               "session": [ { "receive": "STARTTLS" }, { "wait": "50ms" }, { "tls": true }, { "receive": "secret" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn what_was_sent_before_goes_out_before_however_much_it_is() {
    lines(
        r#"{ "framing": "raw" }, { "send": { "fill": { "byte": "61", "size": "12MiB" } } }, { "tls": true }, { "send": "secret" }, { "closed": "eof" }"#,
        r#"{ "framing": "raw" }, { "wait": "20ms" }, { "receive": { "size": 12582912 } }, { "tls": true }, { "receive": "secret" }, { "close": true }"#,
    )
    .play()
    .passed();
}

#[test]
fn plain_text_that_was_slipped_in_before_the_handshake_is_none_of_it() {
    let tale = lines(
        r#"{ "send": "STARTTLS" }, { "send": "MAIL FROM eve" }, { "tls": true }, { "send": "secret" }"#,
        r#"{ "receive": "STARTTLS" }, { "tls": true }, { "receive": "secret" }"#,
    )
    .finds(&[FindingKind::Handshake, FindingKind::Handshake]);
    let server = tale.findings.iter().find(|finding| finding.strand != "Client").unwrap();
    assert_eq!(server.text, "received corrupt message of type InvalidContentType");
}

#[test]
fn a_step_that_fails_may_be_meant_to_and_the_end_can_be_awaited() {
    lines(
        r#"{ "tls": { "sni": "mx.example" }, "fails": true }, { "closed": "eof" }"#,
        r#"{ "tls": { "sni": "other.example" }, "fails": true }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn one_side_alone_is_told_so() {
    let tale =
        lines(r#"{ "tls": true }"#, r#"{ "receive": "a" }"#).finds(&[FindingKind::Malformed, FindingKind::Ended]);
    let text = &tale.finding(FindingKind::Malformed).text;
    assert_eq!(text, "the other side begins TLS here, and this side does not");
}

#[test]
fn the_framing_is_what_it_was_and_can_be_another_one() {
    lines(
        r#"{ "tls": true }, { "framing": { "length": "u8" } }, { "send": "a" }, { "receive": "b" }"#,
        r#"{ "tls": true }, { "framing": { "length": "u8" } }, { "receive": "a" }, { "send": "b" }"#,
    )
    .passes();
}

#[test]
fn the_label_is_the_notes_text_and_it_can_be_hidden() {
    lines(
        r#"{ "tls": true }, { "close": true }"#,
        r#"{ "tls": true, "label": "now it is safe" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Note over Server: now it is safe",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
    lines(
        r#"{ "tls": true }, { "close": true }"#,
        r#"{ "tls": true, "hide": true }, { "closed": "eof" }"#,
    )
    .shows(&["Client-)Server: close", "Server-)Client: close"]);
}

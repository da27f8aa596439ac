//! Framings that change in mid-connection, and messages that look another way on the wire.

use wiretale::finding::FindingKind;

use super::stage::Scene;

/// A client of bytes alone, and a server whose client speaks lines that end with CRLF.
fn bytes_to(client: &str, session: &str) -> Scene {
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server", "framing": {{ "client": "raw" }} }}, {client} ] }},
           "Server": {{ "listen": {{ "tcp": 0, "framing": "crlf" }}, "session": [ {session} ] }}"#
    ))
}

#[test]
fn what_came_too_early_is_read_by_the_framing_that_is_there_when_it_is_taken() {
    bytes_to(
        r#"{ "send": "DATA\r\na\r\n..b\r\n.\r\nQUIT\r\n5:QUIT\n,\u0000\u0003end" }, { "receive": "ok" }, { "closed": "eof" }"#,
        r#"{ "receive": "DATA" },
           { "framing": { "client": "dot" } }, { "receive": ["a", ".b"] },
           { "framing": { "client": "lines" } }, { "receive": "QUIT" },
           { "framing": { "client": "netstring" } }, { "receive": "QUIT\n" },
           { "framing": { "client": { "length": "u16" } } }, { "receive": "end" },
           { "send": "ok" }, { "close": true }"#,
    )
    .passes();
}

#[test]
fn one_side_alone_is_changed() {
    Scene::pair(
        r#""lines""#,
        r#"{ "framing": { "client": "netstring" } }, { "send": "a\nb" }, { "receive": "c" },
           { "framing": { "server": "dot" } }, { "send": "d\ne" }, { "receive": ["f", "g"] }, { "close": true }"#,
        r#"{ "framing": { "client": "netstring" } }, { "receive": "a\nb" }, { "send": "c" },
           { "framing": { "server": "dot" } }, { "receive": "d\ne" }, { "send": ["f", "g"] }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: a⏎b",
        "Server-->>Client: c",
        "Client->>Server: d⏎e",
        "Server-->>Client: f␍⏎g",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn branches_change_the_side_that_they_have() {
    Scene::pair(
        r#""lines""#,
        r#"{ "parallel": [
             [ { "framing": { "client": "netstring" } }, { "send": "a\nb" } ],
             [ { "framing": { "server": "dot" } }, { "receive": ["c", "d"] } ] ] }, { "close": true }"#,
        r#"{ "framing": { "client": "netstring", "server": "dot" } }, { "send": ["c", "d"] }, { "receive": "a\nb" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn a_background_rule_reads_by_the_new_framing_too() {
    Scene::actors(
        r#""Client": { "script": [ { "connect": "Server", "framing": { "client": "raw" } }, { "send": "GO\r\n4:ping,3:end," },
             { "receive": "pong" }, { "receive": "bye" }, { "closed": "eof" } ] },
           "Server": { "listen": { "tcp": 0, "framing": "crlf" },
             "background": [ { "receive": "ping", "do": [ { "send": "pong" } ] } ],
             "session": [ { "receive": "GO" }, { "framing": { "client": "netstring" } }, { "receive": "end" }, { "send": "bye" }, { "close": true } ] }"#,
    )
    .passes();
}

#[test]
fn values_of_redis_are_kept_and_sent_on() {
    Scene::pair(
        r#""resp""#,
        r#"{ "send": { "json": ["SET", "k", { "$hex": "ff 00" }] } },
           { "receive": { "json": [{ "$hex": "ff ??" }, { "$size": 2 }, 7, { "$capture": "nothing" }] } },
           { "assert": "nothing is none and message.json[0]['$hex'] == 'ff00'" },
           { "send": { "json": "{{ message.json }}" } },
           { "receive": { "json": { "$error": { "$pattern": "ERR {code:int}", "$capture": "why" } } } },
           { "assert": "code == 7 and why == 'ERR 7'" },
           { "close": true }"#,
        r#"{ "receive": { "json": ["SET", "k", { "$capture": "v" }] } },
           { "send": { "json": ["{{ v }}", "{{ v }}", 7, null] } },
           { "receive": { "json": [{ "$hex": "ff 00" }, { "$any": true }, { "$type": "integer" }, null] } },
           { "send": { "json": { "$error": "ERR {{ message.json[2] }}" } } },
           { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn a_simple_string_and_a_bulk_string_are_shown_alike() {
    let shown = |sent: &str| {
        Scene::pair(
            r#""resp""#,
            r#"{ "send": { "json": ["PING"] } }, { "receive": { "json": "PONG" } }, { "close": true }"#,
            &format!(
                r#"{{ "receive": {{ "json": ["PING"] }} }}, {{ "send": {{ "json": {sent} }} }}, {{ "closed": "eof" }}"#
            ),
        )
        .passes()
        .lines()
    };
    assert_eq!(shown(r#""PONG""#), shown(r#"{ "$simple": "PONG" }"#));
    assert_eq!(
        shown(r#""PONG""#)[..2],
        ["Client->>Server: PING", "Server-->>Client: PONG"]
    );
}

#[test]
fn captured_values_are_shown_by_their_names_in_a_command() {
    Scene::pair(
        r#""resp""#,
        r#"{ "send": { "json": ["GET", "key of today"] } }, { "receive": { "json": { "$capture": "token" } } },
           { "send": { "json": ["SET", "{{ token }}", "x"] } }, { "close": true }"#,
        r#"{ "receive": { "json": ["GET", { "$any": true }] } }, { "send": { "json": "{{ random_text(12) }}" } },
           { "receive": { "json": ["SET", { "$size": 12 }, "x"] } }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: GET \"key of today\"",
        "Server-->>Client: #lt;token>",
        "Client->>Server: SET #lt;token> x",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_command_on_a_line_is_taken_and_one_of_a_server_is_not() {
    let by_hand = r#"{ "framing": { "client": "raw" } }, { "send": "\r\nSET k \"a b\"\r\n" }"#;
    Scene::pair(
        r#""resp""#,
        &format!(r#"{by_hand}, {{ "receive": {{ "json": "OK" }} }}, {{ "close": true }}"#),
        r#"{ "receive": { "json": ["SET", "k", "a b"] } }, { "send": { "json": { "$simple": "OK" } } }, { "closed": "eof" }"#,
    )
    .passes();
    let tale = Scene::pair(
        r#""resp""#,
        r#"{ "receive": { "json": { "$any": true } } }"#,
        r#"{ "framing": { "server": "raw" } }, { "send": "OK\r\n" }, { "closed": "any" }"#,
    )
    .finds(&[FindingKind::Malformed]);
    let finding = tale.finding(FindingKind::Malformed);
    assert!(finding.text.contains("no value of RESP begins so"), "{}", finding.text);
}

#[test]
fn empty_lines_that_keep_a_connection_alive_are_no_messages() {
    let framing = r#"{ "headers": ["Content-Length", "l"] }"#;
    let message = r"OPTIONS sip:x SIP/2.0\r\nv: here\r\nl: 0\r\n\r\n";
    for ends in [r#"{ "closed": "eof" }"#, r#"{ "close": true }"#] {
        Scene::pair(
            framing,
            &format!(
                r#"{{ "framing": {{ "client": "raw" }} }}, {{ "send": "\r\n\r\n{message}\r\n\r\n{message}\r\n\r\n" }}, {{ "close": true }}"#
            ),
            &format!(
                r#"{{ "repeat": 2, "do": [ {{ "receive": {{ "line": {{ "contains": "SIP" }}, "headers": {{ "Via": "here" }} }} }} ] }}, {ends}"#
            ),
        )
        .passes();
    }
}

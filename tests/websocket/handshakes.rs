//! Handshakes: by hand, and between two of our actors; each refusal has its status on both sides.

use wiretale::finding::FindingKind;

use super::hand::{Hand, REQUEST};
use crate::outside::play;
use crate::stage::Scene;

/// A server of one path, and a client with these parts beside its `connect`.
fn pair(parts: &str) -> Scene {
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server", {parts} }}, {{ "send": "hi" }}, {{ "close": true }} ] }},
           "Server": {{ "listen": {{ "websocket": 0, "path": "/chat" }}, "session": [ {{ "receive": "hi" }}, {{ "closed": {{ "code": 1000 }} }} ] }}"#
    ))
}

#[test]
fn a_path_is_asked_for_and_a_query_is_no_part_of_it() {
    for path in ["/chat", "/chat?token=7", "/chat?"] {
        pair(&format!(r#""path": "{path}""#)).shows(&[
            "Client->>Server: hi",
            "Client-)Server: close 1000",
            "Server-)Client: close 1000",
        ]);
    }
}

#[test]
fn a_refused_upgrade_is_a_finding_on_both_sides_with_its_status() {
    for (parts, status, why) in [
        (r#""path": "/other""#, 404, "the path is `/other`, not `/chat`"),
        (
            r#""path": "/chat", "headers": { "Sec-WebSocket-Version": "8" }"#,
            426,
            "the version of WebSocket is 8",
        ),
        (
            r#""path": "/chat", "headers": { "Upgrade": "h2c" }"#,
            426,
            "does not ask for a WebSocket",
        ),
        (
            r#""path": "/chat", "headers": { "Sec-WebSocket-Key": "short" }"#,
            400,
            "is not 16 bytes in base64",
        ),
    ] {
        let tale = pair(parts).finds(&[FindingKind::Refused, FindingKind::Refused]);
        assert_eq!(tale.lines()[0], format!("Client-xServer: connect refused: {status}"));
        let by = |strand: &str| tale.findings.iter().find(|finding| finding.strand == strand).unwrap();
        let (client, server) = (by("Client"), by("Server/Client#1"));
        assert!(client.text.contains(&status.to_string()), "{}", client.text);
        assert!(client.actual.as_ref().unwrap().contains(why), "{client:#?}");
        assert!(
            server.text.contains(&status.to_string()) && server.text.contains(why),
            "{}",
            server.text
        );
        assert!(server.place.is_some());
    }
}

#[test]
fn a_refusal_that_a_connect_asks_for_is_wrong_on_neither_side() {
    for fails in ["true", "\"refused\""] {
        let scene = Scene::actors(&format!(
            r#""Client": {{ "script": [ {{ "connect": "Server", "path": "/no", "fails": {fails} }}, {{ "connect": "Server", "path": "/chat" }},
                 {{ "send": "hi" }}, {{ "close": true }} ] }},
               "Server": {{ "listen": {{ "websocket": 0, "path": "/chat" }}, "script": [ {{ "accept": true }}, {{ "receive": "hi" }}, {{ "closed": {{ "code": 1000 }} }} ] }}"#
        ));
        scene.shows(&[
            "Client-xServer: connect refused: 404",
            "Client->>Server: hi",
            "Client-)Server: close 1000",
            "Server-)Client: close 1000",
        ]);
    }
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server", "path": "/chat", "fails": "refused" } ] },
           "Server": { "listen": "websocket", "session": [ { "closed": "any" } ] }"#,
    );
    scene.finds(&[FindingKind::NotFailed]);
}

#[test]
fn the_request_and_the_response_are_the_first_messages() {
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server", "path": "/rooms/{{ 3 + 4 }}", "headers": { "Sec-WebSocket-Protocol": "v1, v2", "X-Name": "Ada" } },
             { "set": { "agreed": "{{ message.headers['sec-websocket-protocol'] }}", "status": "{{ message.status }}" } },
             { "send": "{{ agreed }} {{ status }}" }, { "close": true } ] },
           "Server": { "listen": { "websocket": 0, "headers": { "Sec-WebSocket-Protocol": "v9, v2", "X-Server": "wiretale" } },
             "session": [ { "set": { "line": "{{ message.line }}", "name": "{{ message.headers['x-name'] }}" } }, { "receive": "v2 101" },
               { "assert": "line == 'GET /rooms/7 HTTP/1.1' and name == 'Ada'" }, { "closed": "any" } ] }"#,
    );
    scene.shows(&[
        "Client->>Server: v2 101",
        "Client-)Server: close 1000",
        "Server-)Client: close 1000",
    ]);
}

#[test]
fn a_connection_that_nobody_accepts_is_none() {
    let scene = Scene::of(
        r#"{ "limits": { "step": "300ms" }, "actors": {
            "Client": { "script": [ { "connect": "Server" } ] },
            "Server": { "listen": "websocket", "script": [ { "wait": "2s" }, { "accept": true, "fails": true } ] } } }"#,
    );
    let tale = scene.play();
    let finding = tale.findings.iter().find(|finding| finding.strand == "Client").unwrap();
    assert_eq!(finding.kind, FindingKind::Timeout, "{}", tale.told());
}

#[test]
fn two_that_wait_for_each_other_are_told() {
    let scene = Scene::actors(
        r#""A": { "listen": "websocket", "script": [ { "connect": "B" }, { "accept": true } ] },
           "B": { "listen": "websocket", "script": [ { "connect": "A" }, { "accept": true } ] }"#,
    );
    let tale = scene.play();
    assert!(
        tale.findings.iter().all(|finding| finding.kind == FindingKind::Timeout),
        "{}",
        tale.told()
    );
    assert!(!tale.findings.is_empty(), "{}", tale.told());
}

#[test]
fn what_is_no_handshake_is_refused_by_hand() {
    let scene = r#"{ "actors": { "Server": { "listen": { "websocket": 0, "path": "/chat" }, "session": [ { "receive": "hi" } ],
        "script": [ { "wait": "400ms" } ] } } }"#;
    let without = |header: &str| {
        let lines = REQUEST.split_inclusive("\r\n").filter(|line| !line.starts_with(header));
        lines.collect::<String>()
    };
    for (request, status, kind) in [
        ("hello\r\n\r\n".to_owned(), "400 ", FindingKind::Malformed),
        (
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
            "426 ",
            FindingKind::Refused,
        ),
        (REQUEST.replace("/chat", "/"), "404 ", FindingKind::Refused),
        (REQUEST.replace("GET", "POST"), "400 ", FindingKind::Refused),
        (without("Sec-WebSocket-Key"), "400 ", FindingKind::Refused),
        (without("Sec-WebSocket-Version"), "426 ", FindingKind::Refused),
        (without("Upgrade"), "426 ", FindingKind::Refused),
    ] {
        let (tale, answer) = play(scene, |address| {
            let mut hand = Hand::to(address);
            hand.send(request.as_bytes());
            hand.rest()
        });
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}\n{answer}");
        let findings = &tale.outcome.findings;
        assert_eq!(findings.len(), 1, "{request}\n{findings:#?}");
        assert_eq!(findings[0].kind, kind, "{request}\n{findings:#?}");
        assert!(findings[0].place.is_some());
        if status == "426 " {
            assert!(
                answer.to_lowercase().contains("\r\nsec-websocket-version: 13\r\n"),
                "{answer}"
            );
        }
    }
}

#[test]
fn a_handshake_that_never_ends_ends_by_the_step_s_time() {
    let scene = r#"{ "limits": { "step": "300ms" }, "actors": { "Server": { "listen": "websocket", "session": [ { "receive": "hi" } ],
        "script": [ { "wait": "600ms" } ] } } }"#;
    for begun in ["", "GET / HTTP/1.1\r\nHost:"] {
        let (tale, rest) = play(scene, |address| {
            let mut hand = Hand::to(address);
            hand.send(begun.as_bytes());
            hand.rest()
        });
        assert_eq!(rest, b"");
        let findings = &tale.outcome.findings;
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert_eq!(findings[0].kind, FindingKind::Timeout, "{findings:#?}");
        assert!(
            findings[0].text.contains("handshake of a WebSocket"),
            "{}",
            findings[0].text
        );
    }
}

#[test]
fn a_client_that_goes_in_its_handshake_is_a_finding() {
    let scene = r#"{ "actors": { "Server": { "listen": "websocket", "session": [ { "receive": "hi" } ],
        "script": [ { "wait": "300ms" } ] } } }"#;
    let (tale, ()) = play(scene, |address| {
        let mut hand = Hand::to(address);
        hand.send(b"GET / HT");
        hand.shut();
    });
    let findings = &tale.outcome.findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(
        findings[0].text.contains("ended in the handshake"),
        "{}",
        findings[0].text
    );
}

#[test]
fn frames_that_come_with_the_request_are_not_lost() {
    let scene = r#"{ "actors": { "Server": { "listen": "websocket", "session": [ { "receive": "hi" }, { "send": "ho" }, { "closed": "any" }, { "signal": "done" } ],
        "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;
    let (tale, answer) = play(scene, |address| {
        let mut hand = Hand::to(address);
        let frames = [super::hand::frame(0x81, b"hi"), super::hand::frame(0x88, b"")].concat();
        hand.send(&[REQUEST.as_bytes(), &frames].concat());
        hand.head();
        [hand.frame(), hand.frame()]
    });
    tale.passed();
    assert_eq!(answer, [(0x81, b"ho".to_vec()), (0x88, Vec::new())]);
}

#[test]
fn tls_comes_before_the_handshake_wherever_a_connection_is_accepted() {
    let tale = Scene::actors(
        r#"
        "Client": { "script": [
            { "connect": "Served", "path": "/x" }, { "send": "hello" }, { "receive": "hi" }, { "close": { "code": 1000 } },
            { "connect": "Taken" }, { "send": "yo" }, { "receive": "there" }, { "close": true },
            { "connect": "Chosen" }, { "send": "a" }, { "receive": "b" }, { "close": true }
        ] },
        "Served": { "listen": { "websocket": 0, "path": "/x", "tls": true },
            "session": [ { "receive": "hello" }, { "send": "hi" }, { "closed": { "code": 1000 } } ] },
        "Taken": { "listen": { "websocket": 0, "tls": true },
            "script": [ { "accept": true }, { "receive": "yo" }, { "send": "there" }, { "closed": "any" } ] },
        "Chosen": { "listen": { "websocket": 0, "tls": true },
            "script": [ { "choose": [ { "accept": true, "do": [ { "receive": "a" }, { "send": "b" }, { "closed": "any" } ] } ] } ] }
    "#,
    )
    .play();
    tale.passed();
    assert_eq!(tale.trace.matches("\"secured\"").count(), 6, "{}", tale.trace);
    for line in ["p0->>p1: hello", "p2-->>p0: there", "p3-->>p0: b"] {
        assert!(tale.mermaid.contains(line), "{line}\n{}", tale.mermaid);
    }
}

//! Messages between two of our actors: text, bytes, pings and pongs.

use wiretale::finding::FindingKind;

use crate::stage::Scene;

/// A client and a server, by their steps.
pub(crate) fn pair(client: &str, session: &str) -> Scene {
    with("", client, session)
}

/// The same with members of the server.
fn with(server: &str, client: &str, session: &str) -> Scene {
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server" }}, {client}, {{ "close": true }} ] }},
           "Server": {{ "listen": "websocket", {server} "session": [ {session}, {{ "closed": "any" }} ] }}"#
    ))
}

#[test]
fn text_json_and_bytes_go_as_what_they_are() {
    let scene = pair(
        r#"{ "send": "text" }, { "send": [ "two", "lines" ] }, { "send": { "json": [ 1 ] } }, { "send": { "hex": "68 69" } },
           { "send": { "base64": "AP8=" } }, { "send": { "fill": { "byte": "00", "size": "64KiB" } } }, { "send": "" }"#,
        r#"{ "receive": "text" }, { "assert": "message.kind == 'text'" }, { "receive": [ "two", "lines" ] }, { "receive": { "json": [ 1 ] } },
           { "assert": "message.kind == 'text'" }, { "receive": "hi" }, { "assert": "message.kind == 'binary'" },
           { "receive": { "hex": "00 ff" } }, { "receive": { "size": 65536 } }, { "receive": "" }"#,
    );
    scene.shows(&[
        "Client->>Server: text",
        "Client->>Server: two␍⏎lines",
        "Client->>Server: [1]",
        "Client->>Server: hi",
        "Client->>Server: 0x00ff",
        "Client->>Server: ␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀␀… (64 KiB, de2f256064a0af79)"
            .replace("de2f256064a0af79", "de2f2560")
            .as_str(),
        "Client->>Server: (empty)",
        "Client-)Server: close 1000",
        "Server-)Client: close 1000",
    ]);
}

#[test]
fn a_copy_is_of_the_same_kind() {
    let scene = pair(
        r#"{ "send": { "hex": "68 69" } }, { "receive": "hi" }, { "assert": "message.kind == 'binary'" },
           { "send": "hi" }, { "receive": "hi" }, { "assert": "message.kind == 'text'" }"#,
        r#"{ "receive": "hi" }, { "send": { "copy": true } }, { "receive": "hi" }, { "send": { "copy": true } }"#,
    );
    scene.passes();
}

#[test]
fn pings_are_messages_like_others_and_nobody_answers_them_by_itself() {
    let scene = pair(
        r#"{ "send": { "ping": "alive?" } }, { "receive": { "pong": "alive?" } }, { "send": { "ping": true } }, { "send": { "pong": { "hex": "00 ff" } } }"#,
        r#"{ "receive": { "ping": { "pattern": "ali{rest}" } } }, { "assert": "message.text == 'alive?' and message.kind == 'ping' and rest == 've?'" },
           { "send": { "pong": { "copy": true } } }, { "receive": { "ping": true } }, { "receive": { "pong": { "hex": "00 ??" } } }"#,
    );
    scene.shows(&[
        "Client->>Server: ping \"alive?\"",
        "Server-->>Client: pong \"alive?\"",
        "Client->>Server: ping",
        "Client->>Server: pong 0x00ff",
        "Client-)Server: close 1000",
        "Server-)Client: close 1000",
    ]);
}

#[test]
fn a_ping_is_no_text_and_a_text_no_ping() {
    for (sent, awaited, told) in [
        (r#"{ "ping": "x" }"#, r#""x""#, "found ping \"x\""),
        (r#"{ "ping": "x" }"#, r#"{ "contains": "x" }"#, "found ping \"x\""),
        (r#"{ "ping": "x" }"#, r#"{ "size": 1 }"#, "found ping \"x\""),
        (
            r#"{ "ping": "x" }"#,
            r#"{ "pong": "x" }"#,
            "expected pong \"x\", found ping \"x\"",
        ),
        (r#""x""#, r#"{ "ping": "x" }"#, "expected ping \"x\", found \"x\""),
        (
            r#"{ "ping": "x" }"#,
            r#"{ "ping": "y" }"#,
            "expected ping \"y\", found ping \"x\"",
        ),
    ] {
        let scene = pair(
            &format!(r#"{{ "send": {sent} }}"#),
            &format!(r#"{{ "receive": {awaited} }}"#),
        );
        let tale = scene.finds(&[FindingKind::Mismatch]);
        let text = &tale.finding(FindingKind::Mismatch).text;
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn keep_alives_are_answered_by_two_lines_of_background_while_a_step_waits_elsewhere() {
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server.ws" }, { "send": "hello" },
             { "send": { "ping": "1" } }, { "receive": { "pong": "1" } }, { "send": { "ping": "2" } }, { "receive": { "pong": "2" } },
             { "signal": "kept" }, { "receive": "bye" }, { "close": true } ] },
           "Other": { "script": [ { "await": "kept" }, { "connect": "Server.tcp" }, { "send": "go" }, { "close": true } ] },
           "Server": { "listen": [ { "name": "ws", "websocket": 0 }, { "name": "tcp", "tcp": 0, "framing": "lines" } ],
             "background": [ { "receive": { "ping": true }, "do": [ { "send": { "pong": { "copy": true } } } ] } ],
             "script": [ { "accept": "ws" }, { "receive": "hello", "on": "ws" }, { "accept": "tcp" }, { "receive": "go", "on": "tcp" },
               { "send": "bye", "on": "ws" }, { "closed": "eof", "on": "tcp" }, { "closed": "any", "on": "ws" } ] }"#,
    );
    let tale = scene.passes();
    let lines = tale.lines();
    let pongs = lines.iter().filter(|line| line.contains(": pong ")).count();
    assert_eq!(pongs, 2, "{lines:#?}");
}

#[test]
fn a_message_of_16_mib_is_one_and_a_larger_one_is_none() {
    let big = |size: &str, matcher: &str| {
        pair(
            &format!(r#"{{ "send": {{ "fill": {{ "byte": "61", "size": "{size}" }} }} }}, {{ "receive": "ok" }}"#),
            &format!(r#"{{ "receive": {{ "size": {matcher} }}, "timeout": "20s" }}, {{ "send": "ok" }}"#),
        )
    };
    big("16MiB", "16777216").play().passed();
    let tale = big("16777217B", "16777217").play();
    let finding = tale.finding(FindingKind::Malformed);
    assert!(
        finding.text.contains("more bytes than the limit of 16MiB"),
        "{}",
        finding.text
    );
    assert!(
        tale.lines().iter().any(|line| line == "Server-)Client: close 1009"),
        "{}",
        tale.told()
    );
}

#[test]
fn a_broadcast_reaches_websockets_that_said_hello() {
    let client = |name: &str| {
        format!(
            r#""{name}": {{ "script": [ {{ "connect": "Server" }}, {{ "send": "{name}" }}, {{ "receive": "welcome" }}, {{ "close": true }} ] }}"#
        )
    };
    let scene = Scene::actors(&format!(
        r#"{}, {}, "Server": {{ "listen": "websocket", "state": {{ "n": 0 }}, "session": [ {{ "receive": {{ "any": true }} }},
             {{ "set": {{ "actor.n": "{{{{ actor.n + 1 }}}}" }} }},
             {{ "if": "actor.n == 2", "do": [ {{ "broadcast": "welcome", "to": "all" }} ] }}, {{ "closed": "any" }} ] }}"#,
        client("Ada"),
        client("Bob")
    ));
    for _ in 0..5 {
        scene.play().passed();
    }
}

#[test]
fn a_serve_that_accepts_takes_websockets() {
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server", "as": "a" }, { "connect": "Server", "as": "b" },
             { "send": "one", "on": "a" }, { "receive": "one", "on": "a" }, { "send": "two", "on": "b" }, { "receive": "two", "on": "b" },
             { "close": { "code": 3000 }, "on": "a" }, { "close": { "code": 3001 }, "on": "b" } ] },
           "Server": { "listen": "websocket", "script": [ { "set": { "n": 0 } }, { "serve": [
             { "accept": true, "as": "c{{ n }}", "do": [ { "set": { "n": "{{ n + 1 }}" } } ] },
             { "receive": { "any": true }, "on": "*", "do": [ { "send": { "copy": true } } ] },
             { "closed": { "code": 3000 }, "on": "*" }, { "closed": { "code": 3001 }, "on": "*", "do": [ { "break": true } ] } ] } ] }"#,
    );
    scene.play().passed();
}

#[test]
fn the_same_seed_masks_the_same_and_the_mask_never_shows() {
    let scene = pair(r#"{ "send": "masked" }"#, r#"{ "receive": "masked" }"#);
    let (one, two) = (scene.play(), scene.play());
    assert_eq!(one.mermaid, two.mermaid);
    assert!(one.trace.contains("\"text\":\"masked\""));
    // The offsets count from behind the handshake: two bytes of a head, four of a mask, six of text.
    assert!(one.trace.contains("\"start\":0,\"end\":12"), "{}", one.trace);
}

#[test]
fn a_ping_that_is_too_large_is_not_sent() {
    let scene = pair(
        r#"{ "set": { "n": 126 } }, { "send": { "ping": "{{ 'x' * n }}" } }"#,
        r#"{ "receive": { "ping": true } }"#,
    );
    let tale = scene.play();
    assert!(
        tale.findings
            .iter()
            .any(|f| f.kind == FindingKind::Malformed && f.text.contains("a ping has 125 bytes")),
        "{}",
        tale.told()
    );
}

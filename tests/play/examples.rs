//! The worked examples of the causal order, on real sockets.

use wiretale::finding::FindingKind;

use super::stage::Scene;

const HELLO: [&str; 4] = [
    "Client->>Server: Hello from client!",
    "Server-->>Client: Hello from server!",
    "Client-)Server: close",
    "Server-)Client: close",
];

#[test]
fn a_greeting_is_answered() {
    let client = r#"{ "send": "Hello from client!" }, { "receive": "Hello from server!" }, { "close": true }"#;
    let server = r#"{ "receive": "Hello from client!" }, { "send": "Hello from server!" }"#;
    Scene::pair(r#""raw""#, client, &format!(r#"{server}, {{ "closed": "eof" }}"#)).shows(&HELLO);
    // Without the server's `closed` nothing orders the two ends but the file.
    Scene::pair(r#""raw""#, client, server).shows(&HELLO);
}

#[test]
fn two_clients_are_told_one_after_the_other() {
    let tale = Scene::actors(
        r#""Client": { "count": 2, "script": [
             { "connect": "Server" }, { "send": "I am {{ actor.index }}" }, { "receive": { "pattern": "you are {who}" } },
             { "assert": "who == actor.index | string" }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "receive": { "pattern": "I am {who}" } },
             { "send": "you are {{ who }}" }, { "closed": "eof" } ] }"#,
    )
    .passes();
    // They differ in what they say, so they are not drawn as one.
    let first = tale.lines().iter().rposition(|line| line.contains("Client[1]"));
    let second = tale.lines().iter().position(|line| line.contains("Client[2]"));
    assert!(first.is_some() && first < second, "{}", tale.told());
}

#[test]
fn messages_that_cross_are_told_as_such() {
    Scene::actors(
        r#""A": { "script": [ { "connect": "B" }, { "send": "a" }, { "receive": "b" }, { "close": true } ] },
           "B": { "listen": "tcp", "session": [ { "send": "b" }, { "receive": "a" }, { "closed": "eof" } ] }"#,
    )
    .shows(&[
        "Note over A: sends a",
        "B->>A: b",
        "A--)B: a",
        "A-)B: close",
        "B-)A: close",
    ]);
}

#[test]
fn a_half_closed_connection_still_brings_the_answer() {
    let client = r#"{ "send": "q" }, { "shutdown": true }, { "receive": "a" }, { "closed": "eof" }"#;
    Scene::pair(
        r#""raw""#,
        client,
        r#"{ "receive": "q" }, { "closed": "eof" }, { "send": "a" }"#,
    )
    .shows(&[
        "Client->>Server: q",
        "Client-)Server: close",
        "Server-->>Client: a",
        "Server-)Client: close",
    ]);
}

#[test]
fn an_end_crosses_an_answer_that_was_sent_before_it_was_taken() {
    let client = r#"{ "send": "q" }, { "shutdown": true }, { "receive": "a" }, { "closed": "eof" }"#;
    Scene::pair(
        r#""raw""#,
        client,
        r#"{ "receive": "q" }, { "send": "a" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: q",
        "Note over Client: closes",
        "Server-->>Client: a",
        "Client--)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_banner_is_no_response() {
    Scene::pair(
        r#""lines""#,
        r#"{ "receive": "220 ready" }, { "send": "HELO" }, { "receive": "250" }, { "close": true }"#,
        r#"{ "send": "220 ready" }, { "receive": "HELO" }, { "send": "250" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Server->>Client: 220 ready",
        "Client->>Server: HELO",
        "Server-->>Client: 250",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

/// Three members, of whom A says hi to the others.
fn broadcast(b: &str, c: &str) -> Scene {
    Scene::actors(&format!(
        r#""A": {{ "script": [ {{ "connect": "S" }}, {{ "send": "A" }}, {{ "receive": "in" }}, {{ "signal": "a" }}, {{ "await": "c" }},
             {{ "send": "hi" }}, {{ "await": "heard", "times": 2 }}, {{ "close": true }} ] }},
           "B": {{ "script": [ {{ "await": "a" }}, {{ "connect": "S" }}, {{ "send": "B" }}, {{ "receive": "in" }}, {{ "signal": "b" }},
             {b}, {{ "signal": "heard" }}, {{ "close": true }} ] }},
           "C": {{ "listen": {{ "tcp": 0, "framing": "lines" }},
             "script": [ {{ "await": "b" }}, {{ "connect": "S" }}, {{ "send": "C" }}, {{ "receive": "in" }}, {{ "signal": "c" }},
             {c}, {{ "signal": "heard" }}, {{ "close": true, "on": "S" }} ] }},
           "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [
             {{ "receive": {{ "pattern": "{{who:word}}" }} }}, {{ "send": "in" }},
             {{ "serve": [ {{ "receive": "hi", "do": [ {{ "broadcast": "hi" }} ] }} ] }} ] }}"#
    ))
}

#[test]
fn the_copies_of_a_broadcast_are_told_together() {
    let tale = broadcast(r#"{ "receive": "hi" }"#, r#"{ "receive": "hi", "on": "S" }"#).passes();
    let lines = tale.lines();
    let at = lines.iter().position(|line| line == "A->>S: hi").unwrap();
    assert_eq!(lines[at + 1..at + 3], ["S->>B: hi", "S->>C: hi"], "{}", tale.told());
}

#[test]
fn a_copy_of_a_broadcast_is_told_when_its_receiver_gets_to_it() {
    let tale = broadcast(
        r#"{ "receive": "hi" }, { "connect": "C" }, { "send": "x", "on": "C" }, { "close": true, "on": "C" }"#,
        r#"{ "accept": true, "as": "B" }, { "receive": "x", "on": "B" }, { "receive": "hi", "on": "S" }, { "closed": "eof", "on": "B" }"#,
    )
    .passes();
    let lines = tale.lines();
    let at = lines.iter().position(|line| line == "A->>S: hi").unwrap();
    assert_eq!(
        lines[at + 1..at + 4],
        ["S->>B: hi", "B->>C: x", "S->>C: hi"],
        "{}",
        tale.told()
    );
}

#[test]
fn a_client_that_gives_up_tries_again() {
    Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" },
             { "group": [ { "send": "q" }, { "receive": "a", "timeout": "60ms" } ], "retry": { "times": 2, "every": "1ms" } },
             { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "receive": "q" }, { "receive": "q" }, { "send": "a" }, { "closed": "eof" } ] }"#,
    )
    .shows(&[
        "Client->>Server: q",
        "Note over Client: timed out",
        "Client->>Server: q",
        "Server-->>Client: a",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn an_answer_that_comes_after_the_close_is_not_taken() {
    let scene = Scene::pair(
        r#""lines""#,
        r#"{ "send": "q" }, { "close": true }"#,
        r#"{ "receive": "q" }, { "send": "a" }, { "closed": "eof" }"#,
    );
    let tale = scene.finds(&[FindingKind::LeftOver]);
    assert!(
        tale.lines().contains(&"Server-)Client: a (not taken)".to_owned()),
        "{}",
        tale.told()
    );
}

#[test]
fn a_relay_is_followed_to_the_answer() {
    Scene::actors(
        r#""C": { "count": 2, "script": [
             { "connect": "R" }, { "send": "q{{ actor.index }}" }, { "receive": { "pattern": "a{n:int}" } }, { "close": true } ] },
           "R": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "receive": { "pattern": "q{n:int}" } },
             { "connect": "S" }, { "send": "Q{{ n }}", "on": "S" }, { "receive": { "pattern": "A{m:int}" }, "on": "S" },
             { "send": "a{{ m }}", "on": "client" }, { "closed": "eof", "on": "client" }, { "close": true, "on": "S" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "receive": { "pattern": "Q{n:int}" } }, { "send": "A{{ n }}" }, { "closed": "eof" } ] }"#,
    )
    .shows(&[
        "C[1]->>R: q1",
        "R->>S: Q1",
        "S-->>R: A1",
        "R-->>C[1]: a1",
        "C[1]-)R: close",
        "R-)S: close",
        "S-)R: close",
        "R-)C[1]: close",
        "C[2]->>R: q2",
        "R->>S: Q2",
        "S-->>R: A2",
        "R-->>C[2]: a2",
        "C[2]-)R: close",
        "R-)S: close",
        "S-)R: close",
        "R-)C[2]: close",
    ]);
}

#[test]
fn requests_sent_ahead_cross_the_answers() {
    Scene::actors(
        r#""C": { "script": [ { "connect": "S" }, { "send": "1" }, { "send": "2" }, { "send": "3" },
             { "receive": "a1" }, { "receive": "a2" }, { "receive": "a3" }, { "close": true } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "receive": "1" }, { "send": "a1" }, { "receive": "2" }, { "send": "a2" }, { "receive": "3" }, { "send": "a3" },
             { "closed": "eof" } ] }"#,
    )
    .shows(&[
        "C->>S: 1",
        "Note over C: sends 2",
        "Note over C: sends 3",
        "S-->>C: a1",
        "C--)S: 2",
        "S-->>C: a2",
        "C--)S: 3",
        "S-->>C: a3",
        "C-)S: close",
        "S-)C: close",
    ]);
}

#[test]
fn two_sends_may_be_read_as_one() {
    Scene::actors(
        r#""C": { "script": [ { "connect": "S" }, { "send": "Hel" }, { "send": "lo" }, { "close": true } ] },
           "S": { "listen": "tcp", "session": [ { "receive": "Hello" }, { "closed": "eof" } ] }"#,
    )
    .shows(&[
        "C-)S: Hel",
        "C->>S: lo",
        "Note over S: read as one: Hello",
        "C-)S: close",
        "S-)C: close",
    ]);
}

#[test]
fn both_may_close_at_once() {
    Scene::pair(
        r#""raw""#,
        r#"{ "send": "q" }, { "receive": "a" }, { "close": true }"#,
        r#"{ "receive": "q" }, { "send": "a" }, { "close": true }"#,
    )
    .shows(&[
        "Client->>Server: q",
        "Server-->>Client: a",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_send_into_a_reset_is_not_taken() {
    let scene = Scene::actors(
        r#""A": { "script": [ { "connect": "B" }, { "reset": true } ] },
           "B": { "listen": "tcp", "session": [ { "send": "x" }, { "closed": "reset" } ] }"#,
    );
    scene.shows(&["B-)A: x (not taken)", "A--xB: reset"]);
}

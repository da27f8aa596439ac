//! How connections come about, and what they are called.

use wiretale::finding::FindingKind;

use super::stage::Scene;

#[test]
fn a_connection_has_the_name_that_it_was_given() {
    Scene::actors(
        r#""C": { "script": [ { "connect": "S", "as": "a" }, { "connect": "S", "as": "b" },
             { "send": "to b", "on": "b" }, { "send": "to a", "on": "a" },
             { "receive": "b", "on": "b" }, { "receive": "a", "on": "a" },
             { "close": true, "on": "a" }, { "close": true, "on": "b" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "receive": { "pattern": "to {name}" } }, { "send": "{{ name }}" }, { "closed": "eof" } ] }"#,
    )
    .shows(&[
        "C->>S: to b",
        "C->>S: to a",
        "S-->>C: b",
        "S-->>C: a",
        "C-)S: close",
        "S-)C: close",
        "C-)S: close",
        "S-)C: close",
    ]);
}

#[test]
fn connect_may_bring_a_framing_of_its_own_to_an_endpoint_without_one() {
    // The client frames what it sends and reads bytes; the server reads bytes and sends lines.
    Scene::actors(
        r#""C": { "script": [ { "connect": "S", "framing": { "client": "crlf", "server": "lines" } },
             { "send": "q" }, { "receive": "a" }, { "close": true } ] },
           "S": { "listen": "tcp", "session": [ { "receive": "q\r\n" }, { "send": "a\n" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn a_script_accepts_the_connections_of_an_endpoint_without_a_session() {
    Scene::actors(
        r#""A": { "script": [ { "connect": "S" }, { "signal": "in" }, { "receive": "first" }, { "closed": "eof" } ] },
           "B": { "script": [ { "await": "in" }, { "connect": "S" }, { "receive": "second" }, { "closed": "eof" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "script": [
             { "accept": true, "as": "one" }, { "accept": true, "as": "two" },
             { "send": "first", "on": "one" }, { "send": "second", "on": "two" } ] }"#,
    )
    .shows(&[
        "S->>A: first",
        "S->>B: second",
        "S-)A: close",
        "A-)S: close",
        "S-)B: close",
        "B-)S: close",
    ]);
}

#[test]
fn an_actor_has_several_endpoints_each_with_its_session_or_without() {
    Scene::actors(
        r#""C": { "script": [
             { "connect": "S.control" }, { "connect": "S.data" },
             { "send": "GET", "on": "S.control" }, { "receive": "150", "on": "S.control" },
             { "receive": { "hex": "00 01" }, "on": "S.data" },
             { "close": true, "on": "S.data" }, { "close": true, "on": "S.control" } ] },
           "S": { "listen": [
             { "name": "control", "tcp": 0, "framing": "crlf", "session": [
               { "receive": "GET" }, { "send": "150" }, { "signal": "asked" }, { "closed": "eof" } ] },
             { "name": "data", "tcp": 0 } ],
             "script": [ { "accept": "data", "as": "d" }, { "await": "asked" }, { "send": { "hex": "0001" } }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn an_endpoint_may_be_at_the_ipv6_loopback() {
    let tale = Scene::actors(
        r#""C": { "script": [ { "connect": "S" }, { "receive": "[::1]" }, { "close": true } ] },
           "S": { "listen": { "tcp": 0, "host": "::1", "framing": "lines" }, "session": [
             { "send": "[::1]" }, { "assert": "address('S') == local" }, { "closed": "eof" } ] }"#,
    )
    .passes();
    assert!(tale.trace.contains("\"address\":\"[::1]:"), "{}", tale.trace);
}

#[test]
fn an_actor_may_connect_to_itself() {
    Scene::actors(
        r#""A": { "listen": { "tcp": 0, "framing": "lines" },
             "script": [ { "connect": "A" }, { "send": "me" }, { "receive": "you" }, { "close": true } ],
             "session": [ { "receive": "me" }, { "send": "you" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn a_name_is_free_again_when_its_connection_has_ended() {
    Scene::actors(
        r#""C": { "script": [ { "repeat": 3, "do": [ { "connect": "S" }, { "receive": "hi" }, { "closed": "eof" } ] } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "hi" } ] }"#,
    )
    .passes();
}

#[test]
fn an_instance_is_connected_to_by_its_number() {
    let tale = Scene::actors(
        r#""C": { "count": 2, "script": [ { "connect": "S[{{ actor.index }}]", "as": "s" }, { "receive": "{{ actor.index }}" }, { "closed": "eof" } ] },
           "S": { "count": 2, "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "{{ actor.index }}" } ] }"#,
    )
    .passes();
    assert!(
        tale.strands().contains("S[2]/C[2]#1") || tale.trace.contains("C[2]#1"),
        "{:?}",
        tale.strands()
    );
}

#[test]
fn who_is_one_too_many_is_let_in_and_out_at_once() {
    Scene::actors(
        r#""A": { "script": [ { "connect": "S" }, { "receive": "hi" }, { "signal": "in" }, { "await": "out" }, { "close": true } ] },
           "B": { "script": [ { "await": "in" }, { "connect": "S" }, { "closed": "eof" }, { "signal": "out" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines", "max_connections": 1 }, "session": [ { "send": "hi" }, { "closed": "eof" } ] }"#,
    )
    .shows(&["S->>A: hi", "S-)B: close", "B-)S: close", "A-)S: close", "S-)A: close"]);
}

#[test]
fn a_place_is_free_again_when_its_connection_has_ended() {
    let scene = Scene::actors(
        r#""A": { "script": [ { "repeat": 20, "do": [ { "connect": "S" }, { "receive": "hi" }, { "closed": "eof" } ] } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines", "max_connections": 1 }, "session": [ { "send": "hi" } ] }"#,
    );
    scene.passes();
}

#[test]
fn a_connection_to_nobody_is_an_expression_without_a_value() {
    Scene::actors(
        r#""C": { "script": [ { "set": { "who": "T" } }, { "connect": "{{ who }}", "as": "s" } ] },
           "S": { "listen": "tcp", "session": [ { "closed": "eof" } ] }"#,
    )
    .finds(&[FindingKind::Expression]);
}

#[test]
fn three_hundred_clients_are_served_at_once() {
    // None is answered before all are there.
    let tale = Scene::actors(
        r#""C": { "count": 300, "script": [ { "connect": "S" }, { "send": "in" }, { "receive": "all in" }, { "closed": "eof" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" },
             "session": [ { "receive": "in" }, { "signal": "one more" }, { "await": "all" }, { "send": "all in" } ],
             "script": [ { "await": "one more", "times": 300 }, { "repeat": 300, "do": [ { "signal": "all" } ] } ] }"#,
    )
    .play();
    tale.passed();
}

//! `any_order`, `choose`, `serve`, `silence`, and what is unexpected.

use wiretale::finding::FindingKind;

use super::stage::Scene;

#[test]
fn any_order_meets_each_alternative_once() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "b" }, { "send": "c 2" }, { "send": "a" }, { "receive": "c was 2" }, { "close": true }"#,
        r#"{ "any_order": [
             { "receive": "a" }, { "receive": "b" },
             { "receive": { "pattern": "c {n:int}" }, "do": [ { "set": { "c": "{{ n }}" } } ] } ] },
           { "send": "c was {{ c }}" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn any_order_meets_an_alternative_once_for_each_value() {
    Scene::pair(
        r#""lines""#,
        r#"{ "repeat": { "for": "n", "in": [3, 1, 2] }, "do": [ { "send": "n {{ n }}" } ] }, { "send": "end" }, { "receive": "6" }, { "close": true }"#,
        r#"{ "set": { "sum": 0 } },
           { "any_order": [ { "receive": "end" },
             { "for": "n", "in": [1, 2, 3], "receive": "n {{ n }}", "do": [ { "set": { "sum": "{{ sum + n }}" } } ] } ] },
           { "send": "{{ sum }}" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn any_order_refuses_what_was_met_already() {
    let tale = Scene::pair(
        r#""lines""#,
        r#"{ "send": "a" }, { "send": "a" }, { "close": true }"#,
        r#"{ "any_order": [ { "receive": "a" }, { "receive": "b" } ] }"#,
    )
    .finds(&[FindingKind::Mismatch]);
    assert_eq!(tale.finding(FindingKind::Mismatch).expected.len(), 1);
}

#[test]
fn choose_takes_the_first_alternative_that_is_met() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "n 5" }, { "receive": "large" }, { "close": true }"#,
        r#"{ "choose": [
             { "receive": { "pattern": "n {n:int}" }, "when": "n < 3", "do": [ { "send": "small" } ] },
             { "receive": { "pattern": "n {n:int}" }, "do": [ { "send": "large" } ] },
             { "receive": { "any": true }, "do": [ { "send": "never" } ] } ] },
           { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn choose_may_be_met_by_an_end() {
    Scene::pair(
        r#""lines""#,
        r#"{ "close": true }"#,
        r#"{ "choose": [ { "receive": "a" }, { "closed": "eof", "do": [ { "note": "gone" } ] } ] }"#,
    )
    .shows(&[
        "Client-)Server: close",
        "Note over Server: gone",
        "Server-)Client: close",
    ]);
}

#[test]
fn choose_may_be_met_by_a_connection_a_signal_or_time() {
    Scene::actors(
        r#""C": { "script": [ { "connect": "S" }, { "signal": "go" }, { "receive": "late" }, { "closed": "eof" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "script": [
             { "choose": [ { "accept": true, "as": "c" }, { "after": "20s", "do": [ { "verdict": { "fail": "late" } } ] } ] },
             { "choose": [ { "await": "go" }, { "receive": { "any": true }, "on": "c" } ] },
             { "choose": [ { "receive": { "any": true }, "on": "c" }, { "after": "20ms", "do": [ { "send": "late", "on": "c" } ] } ] } ] }"#,
    )
    .passes();
}

#[test]
fn choose_waits_on_several_connections() {
    Scene::actors(
        r#""A": { "script": [ { "connect": "S" }, { "signal": "a" }, { "await": "b" }, { "send": "a" }, { "receive": "for a" }, { "signal": "a done" }, { "closed": "eof" } ] },
           "B": { "script": [ { "await": "a" }, { "connect": "S" }, { "signal": "b" }, { "await": "a done" }, { "send": "b" }, { "receive": "for b" }, { "closed": "eof" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "script": [
             { "accept": true, "as": "one" }, { "accept": true, "as": "two" },
             { "repeat": 2, "do": [ { "choose": [ { "receive": { "pattern": "{who}" }, "on": "*", "do": [ { "send": "for {{ who }}" } ] } ] } ] } ] }"#,
    )
    .passes();
}

#[test]
fn serve_takes_again_and_again_until_it_is_left() {
    Scene::pair(
        r#""lines""#,
        r#"{ "repeat": 3, "do": [ { "send": "ping" }, { "receive": "pong" } ] }, { "send": "bye" }, { "receive": "bye" }, { "closed": "eof" }"#,
        r#"{ "serve": [ { "receive": "ping", "do": [ { "send": "pong" } ] }, { "receive": "bye", "do": [ { "break": true } ] } ] }, { "send": "bye" }"#,
    )
    .passes();
}

#[test]
fn serve_is_left_when_its_connection_is_closed_in_order() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "one" }, { "shutdown": true }, { "receive": "after" }, { "closed": "eof" }"#,
        r#"{ "serve": [ { "receive": "one" } ] }, { "send": "after" }"#,
    )
    .passes();
}

#[test]
fn serve_is_left_when_nothing_else_is_running() {
    // Nobody closes: the server's connection ends with its strand, after `serve`.
    Scene::actors(
        r#""C": { "script": [ { "connect": "S" }, { "send": "one" }, { "receive": "1" },
              { "serve": [ { "receive": "nothing" } ] }, { "note": "client is done" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "serve": [ { "receive": "one", "do": [ { "send": "1" } ] } ] }, { "note": "server is done" } ] }"#,
    )
    .passes();
}

#[test]
fn serve_answers_what_its_guards_captured() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "SET a 1" }, { "receive": "OK" }, { "send": "GET a" }, { "receive": "1" }, { "send": "GET b" }, { "receive": "none" }, { "close": true }"#,
        r#"{ "set": { "store": { } } },
           { "serve": [
             { "receive": { "pattern": "SET {k:word} {v}" }, "do": [ { "set": { "store[k]": "{{ v }}" } }, { "send": "OK" } ] },
             { "receive": { "pattern": "GET {k:word}" }, "when": "k in store", "do": [ { "send": "{{ store[k] }}" } ] },
             { "receive": { "pattern": "GET {k:word}" }, "do": [ { "send": "none" } ] } ] }"#,
    )
    .passes();
}

#[test]
fn an_optional_message_is_left_to_the_next_step() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "b" }, { "close": true }"#,
        r#"{ "receive": "a", "optional": true }, { "receive": "b" }, { "receive": "c", "optional": true }, { "closed": "eof" }"#,
    )
    .shows(&["Client->>Server: b", "Client-)Server: close", "Server-)Client: close"]);
}

#[test]
fn silence_is_broken_by_a_message_and_by_nothing_else() {
    Scene::pair(
        r#""lines""#,
        r#"{ "silence": "30ms" }, { "send": "now" }, { "close": true }"#,
        r#"{ "receive": "now" }, { "closed": "eof" }"#,
    )
    .passes();
    let tale = Scene::pair(
        r#""lines""#,
        r#"{ "silence": "10s" }"#,
        r#"{ "send": "hm" }, { "closed": "eof" }"#,
    )
    .finds(&[FindingKind::Unsilent]);
    assert_eq!(tale.finding(FindingKind::Unsilent).actual.as_deref(), Some("\"hm\""));
}

#[test]
fn what_is_unexpected_fails_is_ignored_or_is_answered() {
    let scene = |unexpected: &str| {
        Scene::actors(&format!(
            r#""C": {{ "script": [ {{ "connect": "S" }}, {{ "send": "noise" }}, {{ "send": "q" }}, {{ "receive": "a" }}, {{ "close": true }} ],
                  "unexpected": [ {{ "receive": "quiet!" }} ] }},
               "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "unexpected": {unexpected},
                  "session": [ {{ "receive": "q" }}, {{ "send": "a" }}, {{ "closed": "eof" }} ] }}"#
        ))
    };
    scene(r#""ignore""#).passes();
    scene(r#"[ { "receive": "noise", "do": [ { "send": "quiet!" } ] } ]"#).passes();
    let tale = scene(r#""fail""#).play();
    assert_eq!(tale.finding(FindingKind::Mismatch).actual.as_deref(), Some("\"noise\""));
    let tale = scene(r#"[ { "receive": "other" } ]"#).play();
    assert_eq!(tale.finding(FindingKind::Mismatch).actual.as_deref(), Some("\"noise\""));
}

#[test]
fn a_rule_for_the_unexpected_may_close_what_is_waited_on() {
    for step in [
        r#"{ "receive": "good" }"#,
        r#"{ "choose": [ { "receive": "good" }, { "after": "5s" } ] }"#,
        r#"{ "any_order": [ { "receive": "good" } ] }"#,
        r#"{ "closed": "eof" }"#,
        r#"{ "serve": [ { "receive": "good" } ] }"#,
    ] {
        let tale = Scene::actors(&format!(
            r#""C": {{ "unexpected": [ {{ "receive": "bad", "do": [ {{ "close": true }} ] }} ],
                       "script": [ {{ "connect": "S" }}, {{ "send": "x" }}, {step} ] }},
               "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }},
                       "session": [ {{ "receive": "x" }}, {{ "send": "bad" }}, {{ "closed": "eof" }} ] }}"#
        ))
        .play();
        let kinds: Vec<_> = tale.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [FindingKind::Ended], "{step}: {:?}", tale.findings);
    }
}

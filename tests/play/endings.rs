//! How connections end, and what is left over.

use wiretale::finding::FindingKind;

use super::stage::Scene;

#[test]
fn a_reset_is_seen_as_one_and_what_came_before_it_is_read() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "last words" }, { "reset": true }"#,
        r#"{ "receive": "last words" }, { "closed": "reset" }"#,
    )
    .shows(&["Client->>Server: last words", "Client--xServer: reset"]);
}

#[test]
fn an_end_of_any_kind_may_be_awaited() {
    for ending in ["close", "shutdown", "reset"] {
        Scene::pair(
            r#""lines""#,
            &format!(r#"{{ "{ending}": true }}"#),
            r#"{ "closed": "any" }"#,
        )
        .passes();
    }
}

#[test]
fn an_end_of_another_kind_is_a_failure() {
    Scene::pair(r#""lines""#, r#"{ "reset": true }"#, r#"{ "closed": "eof" }"#).finds(&[FindingKind::Ended]);
    Scene::pair(r#""lines""#, r#"{ "close": true }"#, r#"{ "closed": "reset" }"#).finds(&[FindingKind::Ended]);
    Scene::pair(r#""lines""#, r#"{ "close": true }"#, r#"{ "receive": "x" }"#).finds(&[FindingKind::Ended]);
}

#[test]
fn a_message_where_an_end_is_awaited_is_a_failure() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "one more" }, { "close": true }"#,
        r#"{ "closed": "eof" }"#,
    )
    .finds(&[FindingKind::Mismatch]);
}

#[test]
fn a_reset_drops_nothing_that_was_sent_before_however_much() {
    Scene::pair(
        r#""raw""#,
        r#"{ "send": { "fill": { "byte": "61", "size": "8MiB" } } }, { "reset": true }"#,
        r#"{ "receive": { "size": 8388608 } }, { "closed": "reset" }"#,
    )
    .passes();
}

#[test]
fn a_send_after_a_reset_was_taken_fails_each_time() {
    Scene::pair(
        r#""lines""#,
        r#"{ "reset": true }"#,
        r#"{ "closed": "reset" }, { "send": "x", "fails": "closed" }"#,
    )
    .passes();
}

#[test]
fn a_reset_stays_one_whichever_call_met_it() {
    // Writes meet it, then the read; or the read alone.
    for writes in [0, 1, 5] {
        let sends = r#"{ "send": "x" }, "#.repeat(writes);
        let scene = Scene::pair(
            r#""lines""#,
            r#"{ "receive": "hi" }, { "reset": true }, { "signal": "gone" }"#,
            &format!(r#"{{ "send": "hi" }}, {{ "await": "gone" }}, {sends} {{ "closed": "reset" }}"#),
        );
        let mut lines = vec!["Server->>Client: hi", "Client--xServer: reset"];
        lines.extend(vec!["Server-)Client: x (not taken)"; writes.min(1)]);
        let tale = scene.passes();
        assert!(
            tale.lines().contains(&"Client--xServer: reset".to_owned()),
            "{}",
            tale.told()
        );
    }
}

#[test]
fn a_reset_while_data_is_unread_is_a_reset_and_the_data_is_still_there() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "one" }, { "send": "two" }, { "reset": true }, { "signal": "gone" }"#,
        r#"{ "await": "gone" }, { "receive": "one" }, { "receive": "two" }, { "closed": "reset" }"#,
    )
    .shows(&[
        "Note over Client: sends one",
        "Note over Client: sends two",
        "Note over Client: resets",
        "Client--)Server: one",
        "Client--)Server: two",
        "Client--xServer: reset",
    ]);
}

#[test]
fn a_connection_that_ends_inside_a_message_says_how_far_it_came() {
    for (framing, bytes, told) in [
        (r#"{ "length": "u16" }"#, "000a 616263", "5 of 12"),
        (r#"{ "length": "u16" }"#, "00", "1 byte"),
        (r#"{ "fixed": 8 }"#, "616263", "3 of 8"),
        (r#""lines""#, "616263", "3 bytes"),
        (r#"{ "delimiter": "--" }"#, "6162632d", "4 bytes"),
    ] {
        let tale = Scene::pair(
            &format!(r#"{{ "client": {framing} }}"#),
            &format!(r#"{{ "framing": "raw" }}, {{ "send": {{ "hex": "{bytes}" }} }}, {{ "close": true }}"#),
            r#"{ "receive": { "any": true } }"#,
        )
        .finds(&[FindingKind::Ended]);
        let text = &tale.finding(FindingKind::Ended).text;
        assert!(text.contains(told), "{framing}: {text}");
    }
}

#[test]
fn a_reset_inside_a_message_is_no_orderly_end() {
    let tale = Scene::pair(
        r#"{ "client": { "fixed": 8 } }"#,
        r#"{ "framing": "raw" }, { "send": "abc" }, { "reset": true }"#,
        r#"{ "receive": { "any": true } }"#,
    )
    .finds(&[FindingKind::Ended]);
    assert!(
        tale.finding(FindingKind::Ended)
            .text
            .contains("was reset after 3 of 8 bytes"),
        "{}",
        tale.told()
    );
}

#[test]
fn what_is_left_over_is_a_finding_unless_it_is_ignored() {
    let scene = |unexpected: &str| {
        Scene::actors(&format!(
            r#""C": {{ "unexpected": "{unexpected}", "script": [ {{ "connect": "S" }}, {{ "send": "q" }}, {{ "receive": "a" }}, {{ "close": true }} ] }},
               "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [
                 {{ "receive": "q" }}, {{ "send": "a" }}, {{ "send": "a again" }}, {{ "closed": "eof" }} ] }}"#
        ))
    };
    let lines = [
        "C->>S: q",
        "S-->>C: a",
        "S--)C: a again (not taken)",
        "C-)S: close",
        "S-)C: close",
    ];
    let ignored = scene("ignore").passes();
    let found = scene("fail").finds(&[FindingKind::LeftOver]);
    assert_eq!(
        found.finding(FindingKind::LeftOver).actual.as_deref(),
        Some("\"a again\"")
    );
    for tale in [ignored, found] {
        assert!(tale.mermaid.contains("a again (not taken)"), "{}", tale.told());
        let arrows: Vec<_> = tale.lines().into_iter().filter(|line| line.contains(')')).collect();
        assert!(arrows.len() >= lines.len() - 2, "{}", tale.told());
    }
}

#[test]
fn a_message_read_in_part_says_so() {
    Scene::pair(
        r#""raw""#,
        r#"{ "send": "Hello" }, { "close": true }"#,
        r#"{ "receive": "Hel" }, { "receive": "lo" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: Hello",
        "Note over Server: read in part: Hel",
        "Note over Server: read in part: lo",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_strand_closes_what_is_open_at_its_end_in_order() {
    Scene::actors(
        r#""C": { "script": [ { "connect": "S", "as": "a" }, { "connect": "T", "as": "b" }, { "receive": "s", "on": "a" }, { "receive": "t", "on": "b" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "s" }, { "closed": "eof" } ] },
           "T": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "t" }, { "closed": "eof" } ] }"#,
    )
    .shows(&[
        "S->>C: s",
        "T->>C: t",
        "C-)S: close",
        "S-)C: close",
        "C-)T: close",
        "T-)C: close",
    ]);
}

#[test]
fn more_than_may_be_left_unread_is_a_finding() {
    let tale = Scene::of(
        r#"{ "limits": { "unread": "1KiB" }, "actors": {
             "C": { "script": [ { "connect": "S" }, { "close": true } ] },
             "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
               { "closed": "eof" }, { "send": { "fill": { "byte": "61", "size": "64KiB" } } } ] } } }"#,
    )
    .play();
    let finding = tale.finding(FindingKind::LeftOver);
    assert!(finding.text.contains("limits.unread"), "{}", tale.told());
}

#[test]
fn a_connection_that_is_reset_at_once_was_not_refused() {
    Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" }, { "closed": "reset" } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "reset": true } ] }"#,
    )
    .shows(&["Server--xClient: reset"]);
}

/// One strand that listens to two clients, of which one ends long before the other asks.
fn one_ends_early(listens: &str) -> Scene {
    Scene::actors(&format!(
        r#""S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "script": [ {{ "accept": true, "as": "one" }}, {{ "accept": true, "as": "two" }},
             {listens} ] }},
           "A": {{ "script": [ {{ "connect": "S" }}, {{ "wait": "100ms" }}, {{ "send": "q" }}, {{ "receive": "a" }}, {{ "close": true }} ] }},
           "B": {{ "script": [ {{ "connect": "S" }}, {{ "close": true }} ] }}"#
    ))
}

#[test]
fn an_end_is_taken_once_and_the_others_are_listened_to() {
    for listens in [
        r#"{ "repeat": 3, "do": [ { "choose": [
             { "receive": "q", "on": ["one", "two"], "do": [ { "send": "a" } ] },
             { "closed": "eof", "on": ["one", "two"] } ] } ] }"#,
        r#"{ "any_order": [
             { "receive": "q", "on": ["one", "two"], "do": [ { "send": "a" } ] },
             { "closed": "eof", "on": ["one", "two"] },
             { "closed": "eof", "on": ["one", "two"] } ] }"#,
        r#"{ "serve": [
             { "receive": "q", "on": "*", "do": [ { "send": "a" } ] },
             { "closed": "eof", "on": "*" } ] }"#,
    ] {
        let tale = one_ends_early(listens).play();
        tale.passed();
        let own = tale.trace.lines().filter(|line| line.starts_with(r#"{"strand":"S","#));
        let ends = own.filter(|line| line.contains(r#""closed":"#)).count();
        assert_eq!(ends, 2, "{}", tale.trace);
    }
}

#[test]
fn a_serve_that_took_the_end_of_its_only_connection_is_left() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "q" }, { "receive": "a" }, { "close": true }"#,
        r#"{ "serve": [ { "receive": "q", "do": [ { "send": "a" } ] }, { "closed": "any" } ] }, { "note": "after the serve" }"#,
    )
    .passes()
    .shows(&[
        "Client->>Server: q",
        "Server-->>Client: a",
        "Client-)Server: close",
        "Note over Server: after the serve",
        "Server-)Client: close",
    ]);
}

#[test]
fn nothing_more_is_expected_where_all_have_ended() {
    let tale = Scene::pair(
        r#""lines""#,
        r#"{ "close": true }"#,
        r#"{ "repeat": 2, "do": [ { "choose": [ { "receive": "q" }, { "closed": "eof" } ] } ] }"#,
    )
    .finds(&[FindingKind::Ended]);
    let own = tale.trace.lines();
    let own = own.filter(|line| line.starts_with(r#"{"strand":"Server/Client#1","#));
    let ends = own.filter(|line| line.contains(r#""closed":"#)).count();
    assert_eq!(ends, 1, "{}", tale.trace);
}

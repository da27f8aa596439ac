//! Waiting on several connections and timers at once, with rules that step in.

use wiretale::finding::FindingKind;

use super::stage::Scene;

/// Ada and Bob, each by its steps behind a `connect`, and who serves both by its script, as `a` and `b`.
fn three(server: &str, ada: &str, bob: &str, script: &str) -> Scene {
    Scene::actors(&format!(
        r#""Ada": {{ "script": [ {{ "connect": "Server.a" }}, {ada} ] }},
           "Bob": {{ "script": [ {{ "connect": "Server.b" }}, {bob} ] }},
           "Server": {{ "listen": [ {{ "name": "a", "tcp": 0, "framing": "lines" }}, {{ "name": "b", "tcp": 0, "framing": "lines" }} ], {server}
             "script": [ {{ "accept": "a" }}, {{ "accept": "b" }}, {script} ] }}"#
    ))
}

const BYE: &str = r#"{ "closed": "eof", "on": "a" }, { "closed": "eof", "on": "b" }"#;

#[test]
fn a_serve_waits_on_several_connections_and_timers_at_once() {
    let scene = three(
        "",
        r#"{ "send": "start" }, { "receive": "tick 1" }, { "receive": "tick 2" }, { "send": "stop" }, { "receive": "stopped" }, { "close": true }"#,
        r#"{ "receive": "tick 2" }, { "send": "seen" }, { "receive": "stopped" }, { "close": true }"#,
        &format!(
            r#"{{ "set": {{ "n": 0, "seen": false }} }},
             {{ "serve": [
               {{ "receive": "start", "on": "a", "do": [ {{ "timer": {{ "tick": "20ms", "late": "20s" }} }} ] }},
               {{ "timer": "tick", "do": [ {{ "set": {{ "n": "{{{{ n + 1 }}}}" }} }}, {{ "send": "tick {{{{ n }}}}", "on": "a" }},
                 {{ "if": "n == 2", "do": [ {{ "send": "tick 2", "on": "b" }} ], "else": [ {{ "timer": {{ "tick": "20ms" }} }} ] }} ] }},
               {{ "receive": "seen", "on": "b", "do": [ {{ "set": {{ "seen": true }} }}, {{ "if": "n > 9", "do": [ {{ "break": true }} ] }} ] }},
               {{ "receive": "stop", "on": "a", "do": [ {{ "timer": {{ "late": "off" }} }}, {{ "break": true }} ] }},
               {{ "timer": "late", "do": [ {{ "verdict": {{ "fail": "late" }} }} ] }} ] }},
             {{ "if": "not seen", "do": [ {{ "receive": "seen", "on": "b" }} ] }},
             {{ "send": "stopped", "on": "a" }}, {{ "send": "stopped", "on": "b" }}, {BYE}"#
        ),
    );
    for _ in 0..5 {
        scene.play().passed();
    }
}

#[test]
fn messages_go_before_a_timer_that_is_due_at_the_same_time() {
    let scene = three(
        "",
        r#"{ "send": "first" }, { "signal": "sent" }, { "receive": "got first" }, { "close": true }"#,
        r#"{ "close": true }"#,
        &format!(
            r#"{{ "await": "sent" }}, {{ "timer": {{ "t": "1ms" }} }}, {{ "wait": "30ms" }},
               {{ "choose": [ {{ "timer": "t", "do": [ {{ "send": "got timer", "on": "a" }} ] }},
                 {{ "receive": "first", "on": "a", "do": [ {{ "send": "got first" }} ] }}, {{ "after": "1ms" }} ] }}, {BYE}"#
        ),
    );
    scene.passes();
}

/// One rule for what is unexpected, which answers.
const RULE: &str = r#""unexpected": [ { "receive": { "pattern": "who {name}" }, "when": "name != 'nobody'", "do": [ { "send": "I, {{ name }}" } ] } ],"#;

#[test]
fn a_rule_for_the_unexpected_steps_in_wherever_a_step_waits() {
    let asks = r#"{ "send": "who ada" }, { "receive": "I, ada" }"#;
    for (then, waits) in [
        (
            r#"{ "send": "a" }, { "signal": "over" }, { "close": true }"#,
            format!(r#"{{ "receive": "a", "on": "a" }}, {BYE}"#),
        ),
        (
            r#"{ "send": "a" }, { "signal": "over" }, { "close": true }"#,
            format!(
                r#"{{ "choose": [ {{ "receive": "a", "on": "a" }}, {{ "receive": "b", "on": "b" }}, {{ "after": "20s" }} ] }}, {BYE}"#
            ),
        ),
        (
            r#"{ "send": "a" }, { "signal": "over" }, { "close": true }"#,
            format!(r#"{{ "any_order": [ {{ "receive": "a", "on": "a" }} ] }}, {BYE}"#),
        ),
        (
            r#"{ "send": "a" }, { "signal": "over" }, { "close": true }"#,
            format!(r#"{{ "serve": [ {{ "receive": "a", "on": "a", "do": [ {{ "break": true }} ] }} ] }}, {BYE}"#),
        ),
        (
            r#"{ "await": "silent" }, { "close": true }"#,
            format!(r#"{{ "silence": "100ms", "on": ["a", "b"] }}, {{ "signal": "silent" }}, {BYE}"#),
        ),
        (r#"{ "signal": "over" }, { "close": true }"#, BYE.to_owned()),
    ] {
        let signal = if waits.contains("silence") { "silent" } else { "over" };
        let bob = format!(r#"{{ "await": "{signal}" }}, {{ "close": true }}"#);
        let scene = three(RULE, &format!("{asks}, {then}"), &bob, &waits);
        for _ in 0..3 {
            let tale = scene.play();
            assert_eq!(tale.findings.len(), 0, "{waits}\n{}", tale.told());
        }
    }
}

#[test]
fn a_rule_whose_condition_does_not_hold_does_not_step_in() {
    for waits in [
        r#"{ "receive": "a", "on": "a" }"#,
        r#"{ "choose": [ { "receive": "a", "on": "a" } ] }"#,
        r#"{ "any_order": [ { "receive": "a", "on": "a" } ] }"#,
    ] {
        let scene = three(
            RULE,
            r#"{ "send": "who nobody" }, { "closed": "any" }"#,
            r#"{ "closed": "any" }"#,
            waits,
        );
        let tale = scene.play();
        let finding = tale.findings.iter().find(|finding| finding.strand == "Server").unwrap();
        assert_eq!(finding.kind, FindingKind::Mismatch, "{}", tale.told());
    }
}

#[test]
fn a_silence_on_several_connections_is_broken_by_each_of_them() {
    for (ada, bob) in [
        (r#"{ "send": "x" }, { "closed": "any" }"#, r#"{ "closed": "any" }"#),
        (r#"{ "closed": "any" }"#, r#"{ "send": "x" }, { "closed": "any" }"#),
    ] {
        for server in ["", RULE] {
            let scene = three(server, ada, bob, r#"{ "silence": "10s", "on": ["a", "b"] }"#);
            let tale = scene.play();
            let finding = tale.finding(FindingKind::Unsilent);
            assert_eq!(finding.text, "expected silence, found \"x\"");
        }
    }
}

#[test]
fn any_order_is_met_once_for_each_value_on_two_connections_however_they_come() {
    let sends = |first: &str, second: &str| {
        format!(r#"{{ "send": "{first}" }}, {{ "send": "{second}" }}, {{ "receive": "6" }}, {{ "close": true }}"#)
    };
    for (ada, bob) in [("n 1", "n 2"), ("n 2", "n 1")] {
        let scene = three(
            "",
            &sends(ada, "end"),
            &sends("n 3", bob),
            &format!(
                r#"{{ "set": {{ "sum": 0 }} }}, {{ "any_order": [ {{ "receive": "end", "on": "a" }},
                     {{ "for": "n", "in": [1, 2, 3], "receive": "n {{{{ n }}}}", "on": ["a", "b"], "do": [ {{ "set": {{ "sum": "{{{{ sum + n }}}}" }} }} ] }} ] }},
                   {{ "send": "{{{{ sum }}}}", "on": "a" }}, {{ "send": "{{{{ sum }}}}", "on": "b" }}, {BYE}"#
            ),
        );
        for _ in 0..5 {
            scene.play().passed();
        }
    }
}

#[test]
fn a_value_that_was_met_is_not_met_again() {
    let scene = Scene::pair(
        r#""lines""#,
        r#"{ "send": "n 1" }, { "send": "n 1" }, { "closed": "any" }"#,
        r#"{ "any_order": [ { "for": "n", "in": [1, 2], "receive": "n {{ n }}" } ] }"#,
    );
    let tale = scene.play();
    let finding = tale.finding(FindingKind::Mismatch);
    assert_eq!(finding.text, "expected \"n 2\", found \"n 1\"");
}

#[test]
fn keep_alives_are_answered_while_a_step_waits_on_another_connection_or_for_a_timer() {
    let scene = three(
        r#""background": [ { "receive": { "pattern": "ping {n:int}" }, "do": [ { "send": "pong {{ n }}" } ] } ],"#,
        r#"{ "repeat": 20, "as": "i", "do": [ { "send": "ping {{ i }}" }, { "receive": "pong {{ i }}" } ] }, { "signal": "kept" }, { "receive": "done" }, { "close": true }"#,
        r#"{ "await": "kept" }, { "send": "go" }, { "receive": "done" }, { "close": true }"#,
        &format!(
            r#"{{ "receive": "go", "on": "b" }}, {{ "choose": [ {{ "receive": "never", "on": "b" }}, {{ "after": "20ms" }} ] }},
               {{ "send": "done", "on": "a" }}, {{ "send": "done", "on": "b" }}, {BYE}"#
        ),
    );
    scene.passes();
}

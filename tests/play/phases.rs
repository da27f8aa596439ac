//! `setup`, `script` and `finally`; signals, notes, phases and verdicts.

use wiretale::finding::{FindingKind, Verdict};

use super::stage::Scene;

#[test]
fn all_setups_come_before_any_script_and_all_scripts_before_any_finally() {
    let tale = Scene::actors(
        r#""A": { "setup": [ { "note": "A sets up" } ], "script": [ { "note": "A plays" } ], "finally": [ { "note": "A cleans up" } ] },
           "B": { "setup": [ { "wait": "20ms" }, { "note": "B sets up" } ], "script": [ { "wait": "20ms" }, { "note": "B plays" } ], "finally": [ { "note": "B cleans up" } ] }"#,
    )
    .passes();
    let at = |text: &str| {
        tale.lines()
            .iter()
            .position(|line| line.ends_with(text))
            .unwrap_or_else(|| panic!("{text}: {}", tale.told()))
    };
    assert!(
        at("A sets up").max(at("B sets up")) < at("A plays").min(at("B plays")),
        "{}",
        tale.told()
    );
    assert!(
        at("A plays").max(at("B plays")) < at("A cleans up").min(at("B cleans up")),
        "{}",
        tale.told()
    );
}

#[test]
fn finally_runs_after_failures_everywhere() {
    let tale = Scene::actors(
        r#""A": { "setup": [ { "note": "ready" } ], "script": [ { "assert": "1 == 2" } ], "finally": [ { "note": "A cleans up" } ] },
           "B": { "script": [ { "connect": "S" }, { "receive": "never" } ], "finally": [ { "connect": "S" }, { "send": "clean" }, { "close": true } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "choose": [ { "receive": "clean" }, { "closed": "eof" }, { "after": "50ms" } ] } ] }"#,
    )
    .play();
    assert_eq!(tale.verdict, Verdict::Fail);
    assert!(
        tale.mermaid.contains("A cleans up") && tale.mermaid.contains(": clean"),
        "{}",
        tale.told()
    );
}

#[test]
fn a_deadline_in_a_setup_is_inconclusive() {
    let tale = Scene::actors(
        r#""A": { "setup": [ { "connect": "S" }, { "receive": "never", "timeout": "20ms" } ], "script": [ { "note": "not played" } ], "finally": [ { "note": "but cleaned up" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "closed": "any" } ] }"#,
    )
    .finds(&[FindingKind::Timeout]);
    assert_eq!(tale.verdict, Verdict::Inconclusive);
    assert!(
        !tale.mermaid.contains("not played") && tale.mermaid.contains("but cleaned up"),
        "{}",
        tale.told()
    );
}

#[test]
fn a_session_that_a_setup_began_may_wait_for_a_script() {
    Scene::actors(
        r#""A": { "setup": [ { "connect": "S" }, { "send": "x" }, { "receive": "y" }, { "close": true } ], "script": [ { "wait": "10ms" }, { "signal": "go" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "x" }, { "send": "y" }, { "await": "go" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn a_setup_that_stands_still_is_inconclusive_at_once() {
    let begun = std::time::Instant::now();
    let tale = Scene::actors(
        r#""A": { "setup": [ { "connect": "S" }, { "receive": "never" } ], "script": [ { "note": "not played" } ] },
           "B": { "script": [ { "note": "played" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "closed": "eof" } ] }"#,
    )
    .finds(&[FindingKind::Standstill]);
    assert_eq!(tale.verdict, Verdict::Inconclusive, "{}", tale.told());
    assert!(begun.elapsed() < std::time::Duration::from_secs(4));
    assert!(tale.mermaid.contains("Note over p1: played"), "{}", tale.told());
}

#[test]
fn signals_are_counted_whenever_they_are_given() {
    Scene::actors(
        r#""A": { "script": [ { "signal": "x" }, { "signal": "x" }, { "signal": "x" }, { "signal": "{{ 'y' }}" } ] },
           "B": { "script": [ { "await": "x" }, { "await": "x", "times": 2 }, { "await": "y" }, { "note": "heard all" } ] },
           "C": { "script": [ { "await": "x", "times": 3 }, { "note": "so did I" } ] }"#,
    )
    .passes();
}

#[test]
fn a_signal_that_is_not_given_is_waited_for_in_vain() {
    let tale = Scene::actors(
        r#""A": { "script": [ { "signal": "x" } ] }, "B": { "script": [ { "await": "x", "times": 2 } ] }"#,
    )
    .finds(&[FindingKind::Standstill]);
    assert!(
        tale.finding(FindingKind::Standstill).text.contains("the signal `x`"),
        "{}",
        tale.told()
    );
}

#[test]
fn a_note_stands_over_the_actors_it_names() {
    Scene::actors(
        r#""A": { "script": [ { "note": "alone" }, { "note": "both", "over": ["A", "B"] }, { "signal": "a" } ] },
           "B": { "script": [ { "await": "a" }, { "phase": "The second part" }, { "note": "end" } ] }"#,
    )
    .shows(&[
        "Note over A: alone",
        "Note over A,B: both",
        "Note over A,B: The second part",
        "Note over B: end",
    ]);
}

#[test]
fn a_verdict_is_said_and_the_steps_go_on() {
    let tale = Scene::actors(
        r#""A": { "script": [ { "verdict": { "inconclusive": "not today" } }, { "note": "goes on" } ] }"#,
    )
    .finds(&[FindingKind::Verdict]);
    assert_eq!(tale.verdict, Verdict::Inconclusive);
    assert!(tale.mermaid.contains("goes on"), "{}", tale.told());
    let tale = Scene::actors(
        r#""A": { "script": [ { "verdict": { "fail": "no" } }, { "verdict": { "inconclusive": "later" } } ] }"#,
    )
    .finds(&[FindingKind::Verdict, FindingKind::Verdict]);
    assert_eq!(tale.verdict, Verdict::Fail);
}

#[test]
fn a_broadcast_reaches_others_all_or_those_it_names() {
    let scene = |to: &str, a: &str, b: &str| {
        Scene::actors(&format!(
            r#""A": {{ "script": [ {{ "connect": "S" }}, {{ "receive": "in" }}, {{ "signal": "a" }}, {{ "await": "b" }}, {{ "send": "go" }}, {a}
                 {{ "receive": "done" }}, {{ "signal": "done" }}, {{ "close": true }} ] }},
               "B": {{ "script": [ {{ "await": "a" }}, {{ "connect": "S" }}, {{ "receive": "in" }}, {{ "signal": "b" }}, {b} {{ "await": "done" }}, {{ "close": true }} ] }},
               "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [
                 {{ "send": "in" }},
                 {{ "serve": [ {{ "receive": "go", "do": [ {{ "broadcast": "news" {to} }}, {{ "send": "done" }} ] }} ] }} ] }}"#
        ))
    };
    let news = r#"{ "receive": "news" },"#;
    scene("", "", news).passes();
    scene(r#", "to": "others""#, "", news).passes();
    scene(r#", "to": "all""#, news, news).passes();
    scene(r#", "to": ["S/A#1"]"#, news, "").passes();
    scene(r#", "to": ["{{ session }}"]"#, news, "").passes();
    scene(r#", "to": "all", "when": "1 == 2""#, "", "").passes();
}

#[test]
fn a_message_may_go_to_another_session() {
    Scene::actors(
        r#""A": { "script": [ { "connect": "S" }, { "receive": "in" }, { "signal": "a" }, { "receive": "psst" }, { "close": true } ] },
           "B": { "script": [ { "await": "a" }, { "connect": "S" }, { "receive": "in" }, { "send": "tell" }, { "receive": "told" }, { "close": true } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "state": { "sessions": [] }, "session": [
             { "set": { "actor.sessions": "{{ actor.sessions + [session] }}" } },
             { "send": "in" },
             { "serve": [ { "receive": "tell", "do": [ { "send": "psst", "to": "{{ actor.sessions[0] }}" }, { "send": "told" } ] } ] } ] }"#,
    )
    .passes();
}

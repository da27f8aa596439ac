//! Pauses, timers, deadlines, standstill, and what cuts a run.

use std::time::{Duration, Instant};

use wiretale::finding::{FindingKind, Verdict};

use super::stage::Scene;

#[test]
fn every_distribution_of_a_pause_is_waited_out() {
    for delay in [
        r#""5ms""#,
        r#"{ "uniform": ["1ms", "5ms"] }"#,
        r#"{ "normal": { "mean": "3ms", "deviation": "1ms" } }"#,
        r#"{ "exponential": "2ms" }"#,
        r#"{ "pareto": { "least": "1ms", "shape": 5 } }"#,
    ] {
        Scene::actors(&format!(
            r#""A": {{ "script": [ {{ "wait": {delay} }}, {{ "note": "done" }} ] }}"#
        ))
        .shows(&["Note over A: done"]);
    }
    let begun = Instant::now();
    Scene::actors(r#""A": { "script": [ { "wait": "30ms" } ] }"#)
        .play()
        .passed();
    assert!(begun.elapsed() >= Duration::from_millis(30), "a pause was too short");
}

#[test]
fn a_timer_fires_is_restarted_and_is_stopped() {
    Scene::pair(
        r#""lines""#,
        r#"{ "receive": "fired" }, { "close": true }"#,
        r#"{ "timer": { "long": "20s", "short": "10ms", "never": "1ms" } }, { "timer": { "never": "off" } },
           { "choose": [
             { "timer": "long", "do": [ { "verdict": { "fail": "too early" } } ] },
             { "timer": "never", "do": [ { "verdict": { "fail": "it was off" } } ] },
             { "timer": "short", "do": [ { "timer": { "short": "5ms" } } ] } ] },
           { "choose": [ { "receive": { "any": true } }, { "timer": "short", "do": [ { "send": "fired" } ] } ] },
           { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn timers_fire_in_the_order_of_their_deadlines_on_a_busy_machine() {
    let busy = super::stage::Busy::machine();
    let tale = Scene::actors(
        r#""A": { "script": [ { "wait": "30ms" }, { "signal": "x" } ] },
           "B": { "script": [ { "choose": [ { "await": "x" }, { "after": "60ms", "do": [ { "verdict": { "fail": "overtaken" } } ] } ] } ] },
           "C": { "script": [ { "choose": [ { "await": "x", "do": [ { "verdict": { "fail": "overtaken" } } ] }, { "after": "25ms" } ] } ] }"#,
    );
    for _ in 0..20 {
        tale.play().passed();
    }
    drop(busy);
}

#[test]
fn a_silent_peer_is_a_timeout_at_the_step_that_waits() {
    let tale = Scene::of(
        r#"{ "actors": {
  "C": { "script": [
    { "connect": "S" },
    { "send": "q" },
    { "receive": "a", "timeout": "30ms" }
  ] },
  "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "q" }, { "closed": "eof" } ] } } }"#,
    )
    .finds(&[FindingKind::Timeout]);
    let finding = tale.finding(FindingKind::Timeout);
    assert_eq!(finding.place.as_ref().map(|place| place.line), Some(5));
    assert_eq!((&*finding.strand, &*finding.text), ("C", "timed out waiting for \"a\""));
    assert!(
        tale.lines().contains(&"Note over C: timed out".to_owned()),
        "{}",
        tale.told()
    );
}

#[test]
fn a_standstill_ends_at_once_with_a_finding_for_each_strand() {
    let begun = Instant::now();
    let tale = Scene::actors(
        r#""A": { "script": [ { "connect": "S" }, { "receive": "from s" } ] },
           "B": { "script": [ { "connect": "S" }, { "receive": "from s" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "from a or b" } ] }"#,
    )
    .finds(&[FindingKind::Standstill; 4]);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let strands: Vec<_> = tale.findings.iter().map(|finding| &*finding.strand).collect();
    assert_eq!(strands.len(), 4, "{strands:?}");
}

#[test]
fn failure_is_local_to_its_strand() {
    let tale = Scene::actors(
        r#""A": { "script": [ { "connect": "S" }, { "send": "wrong" }, { "closed": "eof" } ] },
           "B": { "script": [ { "wait": "10ms" }, { "connect": "S" }, { "send": "right" }, { "receive": "yes" }, { "close": true } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "right" }, { "send": "yes" }, { "closed": "eof" } ] }"#,
    )
    .finds(&[FindingKind::Mismatch]);
    assert!(tale.lines().contains(&"S-->>B: yes".to_owned()), "{}", tale.told());
}

#[test]
fn what_befalls_others_because_of_a_failure_is_said_to() {
    let tale = Scene::pair(
        r#""lines""#,
        r#"{ "send": "q" }, { "receive": "b" }, { "send": "more" }, { "close": true }"#,
        r#"{ "receive": "q" }, { "send": "a" }, { "receive": "more" }, { "closed": "eof" }"#,
    )
    .finds(&[FindingKind::Mismatch, FindingKind::Ended]);
    assert!(!tale.finding(FindingKind::Mismatch).follows);
    assert!(tale.finding(FindingKind::Ended).follows);
}

#[test]
fn the_scenarios_deadline_cuts_the_run() {
    let begun = Instant::now();
    let tale = Scene::of(
        r#"{ "limits": { "scenario": "150ms" }, "actors": {
             "A": { "script": [ { "note": "begins" }, { "wait": "30s" }, { "note": "never" } ], "finally": [ { "note": "nor this" } ] } } }"#,
    )
    .play();
    assert_eq!(
        (tale.verdict, tale.cut.as_deref()),
        (Verdict::Error, Some("the scenario's deadline"))
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
    tale.shows(&[
        "Note over A: begins",
        "Note over A: cut here by the scenario's deadline",
    ]);
    assert!(tale.trace.trim_end().ends_with('}') && tale.trace.contains("\"cut\":\"the scenario's deadline\""));
}

#[test]
fn a_script_that_never_waits_is_cut_by_the_deadline_too() {
    let tale = Scene::of(
        r#"{ "limits": { "scenario": "150ms", "steps": 1000000000 }, "actors": {
             "A": { "script": [ { "set": { "n": 0 } }, { "repeat": { "while": "true" }, "do": [ { "set": { "n": "{{ n + 1 }}" } } ] } ] } } }"#,
    )
    .play();
    assert_eq!(tale.cut.as_deref(), Some("the scenario's deadline"));
}

#[test]
fn the_limit_of_steps_cuts_the_run() {
    let tale = Scene::of(
        r#"{ "limits": { "steps": 100 }, "actors": {
             "A": { "script": [ { "repeat": { "while": "true" }, "do": [] } ] } } }"#,
    )
    .play();
    assert_eq!(tale.cut.as_deref(), Some("the limit of steps"));
    tale.finds(&[FindingKind::Limit]);
    assert_eq!(tale.verdict, Verdict::Error);
}

#[test]
fn a_message_that_was_sent_in_time_is_never_too_late() {
    let busy = super::stage::Busy::machine();
    let scene = Scene::pair(
        r#""lines""#,
        r#"{ "wait": "10ms" }, { "send": "just in time" }, { "close": true }"#,
        r#"{ "receive": "just in time", "timeout": "11ms" }, { "closed": "eof" }"#,
    );
    for _ in 0..20 {
        scene.play().passed();
    }
    drop(busy);
}

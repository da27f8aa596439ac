//! Ends: with a code, without a close frame, by a reset, on both sides at once.

use wiretale::finding::FindingKind;

use super::hand::{Hand, frame};
use crate::outside::play;
use crate::stage::Scene;

fn pair(client: &str, session: &str) -> Scene {
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server" }}, {client} ] }},
           "Server": {{ "listen": "websocket", "session": [ {session} ] }}"#
    ))
}

#[test]
fn an_end_has_a_code_and_is_answered_with_the_same() {
    pair(
        r#"{ "closed": { "code": 1001 } }"#,
        r#"{ "close": { "code": 1001, "reason": "{{ 'going' }} away" } }"#,
    )
    .shows(&["Server-)Client: close 1001", "Client-)Server: close 1001"]);
    pair(r#"{ "close": true }"#, r#"{ "closed": { "code": 1000 } }"#)
        .shows(&["Client-)Server: close 1000", "Server-)Client: close 1000"]);
    pair(r#"{ "close": { "code": 4999 } }"#, r#"{ "closed": "any" }"#)
        .shows(&["Client-)Server: close 4999", "Server-)Client: close 4999"]);
}

#[test]
fn another_code_is_a_finding_that_names_both() {
    let tale =
        pair(r#"{ "close": { "code": 1001 } }"#, r#"{ "closed": { "code": 1000 } }"#).finds(&[FindingKind::Ended]);
    let text = &tale.finding(FindingKind::Ended).text;
    assert_eq!(
        text,
        "the connection was closed with 1001, expected the connection to be closed with 1000"
    );
}

#[test]
fn eof_is_an_end_without_a_close_frame() {
    pair(
        r#"{ "shutdown": true }, { "closed": "any" }"#,
        r#"{ "closed": "eof" }, { "close": true }"#,
    )
    .shows(&["Client-)Server: close", "Server-)Client: close 1000"]);
    let tale = pair(r#"{ "close": true }"#, r#"{ "closed": "eof" }"#).finds(&[FindingKind::Ended]);
    assert!(tale.finding(FindingKind::Ended).text.contains("closed with 1000"));
    let tale = pair(
        r#"{ "shutdown": true }, { "closed": "any" }"#,
        r#"{ "closed": { "code": 1000 } }"#,
    )
    .finds(&[FindingKind::Ended]);
    assert!(tale.finding(FindingKind::Ended).text.contains("without a close frame"));
}

#[test]
fn a_serve_is_left_by_a_close_frame_and_not_by_an_end_without_one() {
    let served = r#"{ "serve": [ { "receive": "x" } ] }, { "note": "served" }"#;
    let tale = pair(r#"{ "send": "x" }, { "close": true }"#, served).passes();
    assert!(tale.lines().iter().any(|line| line.contains("served")));
    let tale =
        pair(r#"{ "send": "x" }, { "shutdown": true }, { "closed": "any" }"#, served).finds(&[FindingKind::Ended]);
    assert!(tale.finding(FindingKind::Ended).text.contains("without a close frame"));
}

#[test]
fn a_reset_is_a_reset() {
    pair(r#"{ "reset": true }"#, r#"{ "closed": "reset" }"#).shows(&["Client--xServer: reset"]);
}

#[test]
fn both_sides_that_close_at_once_are_drawn_once() {
    let scene = pair(
        r#"{ "send": "hi" }, { "receive": "ho" }, { "close": { "code": 3001 } }"#,
        r#"{ "receive": "hi" }, { "send": "ho" }, { "close": { "code": 3002 } }"#,
    );
    let first = scene.passes();
    for _ in 0..20 {
        assert_eq!(scene.play().lines(), first.lines());
    }
    let ends: Vec<_> = first
        .lines()
        .into_iter()
        .filter(|line| line.contains("close 300"))
        .collect();
    assert_eq!(ends.len(), 2, "{ends:?}");
}

#[test]
fn what_comes_after_this_side_closed_is_left_over() {
    let scene = pair(
        r#"{ "close": true }, { "signal": "closed" }"#,
        r#"{ "await": "closed" }, { "send": "late" }, { "closed": { "code": 1000 } }"#,
    );
    let tale = scene.finds(&[FindingKind::LeftOver]);
    assert!(
        tale.lines().contains(&"Server-)Client: late (not taken)".to_owned()),
        "{}",
        tale.told()
    );
}

#[test]
fn after_the_end_was_taken_and_answered_nothing_is_sent() {
    let scene = pair(r#"{ "close": true }"#, r#"{ "closed": "any" }, { "send": "late" }"#);
    let tale = scene.finds(&[FindingKind::Ended]);
    assert!(tale.finding(FindingKind::Ended).text.contains("this end has closed"));
}

#[test]
fn a_branch_that_takes_the_end_answers_it_though_another_sends() {
    let scene = pair(
        r#"{ "send": "a" }, { "receive": "b" }, { "close": { "code": 1001 } }"#,
        r#"{ "parallel": [ [ { "receive": "a" }, { "signal": "go" }, { "closed": { "code": 1001 } } ], [ { "await": "go" }, { "send": "b" } ] ] }"#,
    );
    let lines = scene.passes().lines();
    assert_eq!(
        lines.iter().filter(|line| line.ends_with(": close 1001")).count(),
        2,
        "{lines:#?}"
    );
}

#[test]
fn a_close_without_a_code_has_none() {
    let scene = r#"{ "actors": { "Server": { "listen": "websocket", "session": [ { "closed": { "code": 1005 } }, { "signal": "done" } ],
        "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;
    let (tale, answer) = play(scene, |address| {
        let mut hand = Hand::shaken(address);
        hand.send(&frame(0x88, b""));
        hand.rest()
    });
    tale.passed();
    assert_eq!(answer, [0x88, 0]);
    assert_eq!(
        tale.lines(),
        ["p1-)p0: close", "p0-)p1: close"].map(str::to_owned).to_vec()
    );
}

#[test]
fn what_follows_a_close_frame_says_nothing() {
    let scene = r#"{ "actors": { "Server": { "listen": "websocket", "session": [ { "receive": "a" }, { "closed": { "code": 1000 } }, { "signal": "done" } ],
        "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;
    let (tale, answer) = play(scene, |address| {
        let mut hand = Hand::shaken(address);
        let close = frame(0x88, &[3, 0xe8, b'b', b'y', b'e']);
        hand.send(&[frame(0x81, b"a"), close, frame(0x81, b"b"), vec![0xff; 10]].concat());
        hand.rest()
    });
    tale.passed();
    assert_eq!(answer, [0x88, 2, 3, 0xe8]);
}

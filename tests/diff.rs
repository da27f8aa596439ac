//! What is told of diagrams that differ, whole: as text and as a diagram.
//!
//! Goldens are in `tests/diff/`; `WIRETALE_BLESS=1` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::fs;
use std::path::Path;

use wiretale::baseline::{Difference, compare, foreign};
use wiretale::diagram::{mermaid, svg};
use wiretale::report;

const TALK: &str = r#"sequenceDiagram
    %% scenario: talk.json
    %% hash: 1
    participant p0 as Client
    participant p1 as Server
    participant p2 as Store
    p0->>p1: LOGIN ada
    p1->>p2: {"user":"ada"}
    p2-->>p1: {"user":"ada","id":7}
    p1-->>p0: WELCOME ada
    loop 3 times
        p0->>p1: PING
        p1-->>p0: PONG
    end
    p0->>p1: LIST
    p1-->>p0: apples, pears
    p0->>p1: GET apples
    p1-->>p0: 12
    p0->>p1: GET pears
    p1-->>p0: 3
    p0-)p1: close
    p1-)p0: close
    p1-)p2: close
    p2-)p1: close
"#;

fn difference(old: &str, new: &str) -> Difference {
    let read = |text: &str| foreign(text.as_bytes()).unwrap_or_else(|error| panic!("{}", error.show("x")));
    compare(&read(old), &read(new)).expect("they differ")
}

/// `TALK` with some of its text replaced.
fn with(replaced: &[(&str, &str)]) -> String {
    replaced
        .iter()
        .fold(TALK.replace("hash: 1", "hash: 2"), |text, (old, new)| {
            assert_eq!(text.matches(old).count(), 1, "{old}");
            text.replace(old, new)
        })
}

fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff").join(name);
    if std::env::var_os("WIRETALE_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, found).unwrap();
    }
    let approved = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, approved, "\n{name} says otherwise. Found:\n{found}");
}

fn told(name: &str, new: &str) {
    let difference = difference(TALK, new);
    golden(&format!("{name}.txt"), &report::difference(&difference, false));
    let diagram = difference.diagram();
    golden(&format!("{name}.mmd"), &mermaid::write(&diagram));
    svg::write(&diagram).unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[test]
fn a_dropped_message() {
    told("dropped", &with(&[("    p1-->>p0: apples, pears\n", "")]));
}

#[test]
fn swapped_messages() {
    told(
        "swapped",
        &with(&[
            ("p1-->>p0: 12\n", "p1-->>p0: x\n"),
            ("p1-->>p0: 3\n", "p1-->>p0: 12\n"),
            ("p1-->>p0: x\n", "p1-->>p0: 3\n"),
        ]),
    );
}

#[test]
fn a_changed_field() {
    told("changed-field", &with(&[("\"id\":7", "\"id\":8")]));
}

#[test]
fn a_doubled_message() {
    told(
        "doubled",
        &with(&[(
            "    p1-->>p0: WELCOME ada\n",
            "    p1-->>p0: WELCOME ada\n    p1-->>p0: WELCOME ada\n",
        )]),
    );
}

#[test]
fn a_connection_that_is_closed_early() {
    told(
        "closed-early",
        &with(&[
            (
                "    p0->>p1: GET pears\n    p1-->>p0: 3\n    p0-)p1: close\n    p1-)p0: close\n",
                "    p1-)p0: close\n    Note over p0: fail: the connection was closed, expected \"3\"\n    p0-)p1: close\n",
            ),
            ("    %% hash: 2\n", "    %% hash: 2\n    %% verdict: fail\n"),
        ]),
    );
}

#[test]
fn a_connection_that_is_reset() {
    told("reset", &with(&[("p2-)p1: close", "p2--xp1: reset")]));
}

#[test]
fn a_loop_of_another_count() {
    told("loop-count", &with(&[("loop 3 times", "loop 5 times")]));
}

#[test]
fn a_participant_of_another_name() {
    told("renamed", &with(&[("as Store", "as Database")]));
}

#[test]
fn an_answer_to_another_client() {
    told(
        "another-client",
        &with(&[
            (
                "    participant p2 as Store\n",
                "    participant p2 as Store\n    participant p3 as Eve\n",
            ),
            ("p1-->>p0: apples, pears", "p1-->>p3: apples, pears"),
        ]),
    );
}

#[test]
fn lines_that_moved_together() {
    told(
        "moved",
        &with(&[
            ("    p0->>p1: LIST\n    p1-->>p0: apples, pears\n", ""),
            (
                "    loop 3 times\n",
                "    p0->>p1: LIST\n    p1-->>p0: apples, pears\n    loop 3 times\n",
            ),
        ]),
    );
}

#[test]
fn a_frame_that_is_no_longer_there() {
    let new = with(&[(
        "    loop 3 times\n        p0->>p1: PING\n        p1-->>p0: PONG\n    end\n",
        "    p0->>p1: PING\n    p1-->>p0: PONG\n    alt welcome\n        p0->>p1: HELP\n    end\n",
    )]);
    told("frames", &new);
}

#[test]
fn other_languages_and_very_long_labels() {
    let long = "很长 ".repeat(500);
    told(
        "long-labels",
        &with(&[
            ("GET apples", "ПОЛУЧИТЬ 🍎 #;%%{x}"),
            ("p1-->>p0: 12", &format!("p1-->>p0: {long}")),
        ]),
    );
}

#[test]
fn nothing_that_is_drawn() {
    told("hidden", &with(&[]));
}

#[test]
fn what_is_much_is_told_in_part_and_says_so() {
    let of = |word: &str| {
        let lines: String = (0..10_000).map(|n| format!("    A->>B: {word} {n}\n")).collect();
        format!("sequenceDiagram\n{lines}")
    };
    let difference = difference(&of("one"), &of("other"));
    let text = report::difference(&difference, false);
    assert!(text.lines().count() < 250, "{text}");
    assert!(text.ends_with("and 9940 more changes\n"), "{text}");
    let diagram = difference.diagram();
    assert!(diagram.lines.len() <= 300);
    assert_eq!(diagram.remarks, ["9940 lines that differ are left out of the diagram"]);
    assert!(mermaid::write(&diagram).contains("… 9940 more lines …"));
}

#[test]
fn colours_are_there_where_they_are_asked_for() {
    let difference = difference(TALK, &with(&[("    p1-->>p0: apples, pears\n", "")]));
    assert!(!report::difference(&difference, false).contains('\u{1b}'));
    let coloured = report::difference(&difference, true);
    assert!(
        coloured.contains("\u{1b}[31m- Server -->> Client: apples, pears\u{1b}[0m\n"),
        "{coloured}"
    );
}

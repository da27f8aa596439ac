//! `repeat`, `parallel`, `if`, `group`, `break`, and modifiers that count for several steps.

use wiretale::finding::FindingKind;

use super::stage::Scene;

/// What a script without connections notes.
#[track_caller]
fn notes(script: &str, notes: &[&str]) {
    let lines: Vec<String> = notes.iter().map(|note| format!("Note over A: {note}")).collect();
    let tale = Scene::actors(&format!(r#""A": {{ "script": [ {script} ] }}"#)).passes();
    let noted: Vec<String> = tale
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("Note"))
        .collect();
    assert_eq!(noted, lines, "{}", tale.told());
}

#[test]
fn repeat_goes_round_so_many_times() {
    notes(
        r#"{ "set": { "n": 3 } }, { "repeat": "{{ n }}", "as": "i", "do": [ { "note": "round {{ i }}" } ] }"#,
        &["round 1", "round 2", "round 3"],
    );
    notes(
        r#"{ "repeat": 0, "do": [ { "note": "never" } ] }, { "note": "end" }"#,
        &["end"],
    );
}

#[test]
fn repeat_goes_round_while_a_condition_holds() {
    notes(
        r#"{ "set": { "n": 1 } }, { "repeat": { "while": "n < 20" }, "do": [ { "set": { "n": "{{ n * 3 }}" } }, { "note": "{{ n }}" } ] }"#,
        &["3", "9", "27"],
    );
}

#[test]
fn repeat_goes_round_for_each_element() {
    notes(
        r#"{ "repeat": { "for": "x", "in": ["a", { "b": 1 }] }, "as": "i", "do": [ { "note": "{{ i }} {{ x }}" } ] }"#,
        &["1 a", "2 {\"b\":1}"],
    );
}

#[test]
fn break_leaves_the_innermost_round() {
    notes(
        r#"{ "repeat": 2, "as": "i", "do": [
             { "repeat": 5, "as": "j", "do": [ { "note": "{{ i }}.{{ j }}" }, { "if": "j == 2", "do": [ { "break": true } ] } ] },
             { "note": "{{ i }} done" } ] }"#,
        &["1.1", "1.2", "1 done", "2.1", "2.2", "2 done"],
    );
}

#[test]
fn if_has_two_sides() {
    notes(
        r#"{ "set": { "n": 1 } },
           { "if": "n == 1", "do": [ { "note": "one" } ], "else": [ { "note": "other" } ] },
           { "if": "n == 2", "do": [ { "note": "two" } ], "else": [ { "note": "other" } ] },
           { "note": "left out", "when": "n == 2" }"#,
        &["one", "other"],
    );
}

#[test]
fn the_branches_of_a_parallel_are_strands_and_give_back_what_they_set() {
    let tale = Scene::actors(
        r#""A": { "script": [ { "set": { "x": 1, "y": 1 } },
             { "parallel": [
               [ { "await": "two" }, { "set": { "x": "{{ x + 10 }}" } } ],
               [ { "set": { "y": "{{ y + 20 }}" } }, { "signal": "two" } ] ] },
             { "note": "{{ x }} {{ y }}" } ] }"#,
    )
    .passes();
    assert!(
        tale.lines().contains(&"Note over A: 11 21".to_owned()),
        "{}",
        tale.told()
    );
    assert!(tale.strands().contains("A(1.2)"), "{:?}", tale.strands());
}

#[test]
fn the_branches_of_a_parallel_may_be_alike() {
    let tale = Scene::actors(
        r#""C": { "script": [
             { "parallel": 3, "as": "n", "do": [ { "connect": "S", "as": "s" }, { "send": "{{ n }}" }, { "receive": "{{ n }}" }, { "close": true } ] },
             { "parallel": { "for": "n", "in": [4, 5] }, "do": [ { "connect": "S", "as": "s" }, { "send": "{{ n }}" }, { "receive": "{{ n }}" }, { "close": true } ] } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": { "any": true } }, { "send": { "copy": true } }, { "closed": "eof" } ] }"#,
    )
    .passes();
    assert!(tale.strands().contains("C(2.2)"), "{:?}", tale.strands());
}

#[test]
fn directions_of_a_connection_are_lent_to_branches_and_come_back() {
    Scene::pair(
        r#""lines""#,
        r#"{ "parallel": [
             [ { "repeat": 3, "as": "i", "do": [ { "send": "up {{ i }}" } ] } ],
             [ { "repeat": 3, "as": "j", "do": [ { "receive": "down {{ j }}" } ] } ] ] },
           { "send": "end" }, { "receive": "end" }, { "close": true }"#,
        r#"{ "parallel": [
             [ { "repeat": 3, "as": "i", "do": [ { "send": "down {{ i }}" } ] } ],
             [ { "repeat": 3, "as": "j", "do": [ { "receive": "up {{ j }}" } ] } ] ] },
           { "receive": "end" }, { "send": "end" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn a_branch_that_fails_ends_its_parallel_and_the_others_go_on() {
    let tale = Scene::actors(
        r#""A": { "script": [ { "parallel": [ [ { "assert": "1 == 2" } ], [ { "wait": "5ms" }, { "note": "still here" } ] ] }, { "note": "never" } ] }"#,
    )
    .finds(&[FindingKind::Assert]);
    assert!(
        tale.lines().contains(&"Note over A: still here".to_owned()),
        "{}",
        tale.told()
    );
    assert!(!tale.mermaid.contains("never"), "{}", tale.told());
}

#[test]
fn a_group_is_tried_again_as_a_whole() {
    Scene::pair(
        r#""lines""#,
        r#"{ "group": [ { "send": "try" }, { "receive": "yes" } ], "retry": { "times": 3, "every": "1ms", "factor": 2 } }, { "close": true }"#,
        r#"{ "receive": "try" }, { "send": "no" }, { "receive": "try" }, { "send": "no" }, { "receive": "try" }, { "send": "yes" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: try",
        "Server-->>Client: no",
        "Client->>Server: try",
        "Server-->>Client: no",
        "Client->>Server: try",
        "Server-->>Client: yes",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_retry_that_never_succeeds_fails_with_its_last_failure() {
    let tale = Scene::actors(
        r#""A": { "state": { "n": 0 }, "script": [
             { "group": [ { "set": { "actor.n": "{{ actor.n + 1 }}" } }, { "note": "try {{ actor.n }}" }, { "assert": "actor.n > 5" } ],
               "retry": { "times": 3, "every": "1ms" } } ] }"#,
    )
    .finds(&[FindingKind::Assert]);
    assert!(
        tale.mermaid.contains("try 3") && !tale.mermaid.contains("try 4"),
        "{}",
        tale.told()
    );
}

#[test]
fn a_group_has_one_deadline_for_all_its_steps() {
    let tale = Scene::pair(
        r#""lines""#,
        r#"{ "group": [ { "receive": "1" }, { "receive": "2" } ], "timeout": "40ms", "fails": "timeout" }, { "close": true }"#,
        r#"{ "send": "1" }, { "closed": "eof" }"#,
    )
    .passes();
    assert!(tale.mermaid.contains("timed out"), "{}", tale.told());
}

#[test]
fn a_step_that_must_fail_so_does_no_harm() {
    let with = |client: &str, server: &str| {
        Scene::pair(r#""lines""#, client, server).play().passed();
    };
    let server = r#"{ "receive": "q" }, { "send": "a" }, { "closed": "eof" }"#;
    with(
        r#"{ "send": "q" }, { "receive": "b", "fails": "mismatch" }, { "close": true }"#,
        server,
    );
    with(
        r#"{ "send": "q" }, { "receive": "b", "fails": true }, { "close": true }"#,
        server,
    );
    with(
        r#"{ "send": "q" }, { "receive": "a" }, { "receive": "b", "timeout": "20ms", "fails": "timeout" }, { "close": true }"#,
        server,
    );
    with(
        r#"{ "send": "q" }, { "receive": "a" }, { "receive": "b", "fails": "closed" }"#,
        r#"{ "receive": "q" }, { "send": "a" }, { "close": true }"#,
    );
    with(
        r#"{ "assert": "1 == 2", "fails": true }, { "send": "q" }, { "receive": "a" }, { "close": true }"#,
        server,
    );
}

#[test]
fn a_step_that_must_fail_and_does_not_is_a_failure() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "q" }, { "receive": "a", "fails": true }"#,
        r#"{ "receive": "q" }, { "send": "a" }, { "closed": "eof" }"#,
    )
    .finds(&[FindingKind::NotFailed]);
    // Nor is one that fails otherwise.
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "q" }, { "receive": "b", "fails": "timeout" }"#,
        r#"{ "receive": "q" }, { "send": "a" }, { "closed": "eof" }"#,
    )
    .finds(&[FindingKind::Mismatch]);
}

#[test]
fn a_label_stands_for_a_message_and_what_is_hidden_is_not_drawn() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "secret", "label": "the {{ 'password' }}" }, { "receive": "noise" }, { "receive": "a" }, { "close": true }"#,
        r#"{ "receive": "secret" }, { "send": "noise", "hide": true }, { "send": "a" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: the password",
        "Server->>Client: a",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

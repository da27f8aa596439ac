//! Variables, conditions and templates.

use wiretale::finding::FindingKind;
use wiretale::plan::Overrides;

use super::stage::Scene;

#[track_caller]
fn holds(script: &str) {
    Scene::actors(&format!(
        r#""A": {{ "state": {{ "n": 1, "users": {{ }} }}, "script": [ {script} ] }}"#
    ))
    .passes();
}

#[test]
fn set_writes_paths_one_after_another() {
    holds(
        r#"{ "set": { "x": { "list": [1, 2] }, "y": "{{ x.list[0] + 1 }}", "x.list[1]": "{{ y }}", "x.new": "Ada" } },
           { "assert": "x.list == [1, 2] and y == 2 and x.new == 'Ada'" }"#,
    );
}

#[test]
fn set_keeps_types() {
    holds(
        r#"{ "set": { "a": 1, "b": "{{ a }}", "c": "{{ a }}!", "d": [ "{{ a }}", null, true ] } },
           { "assert": "b == 1 and c == '1!' and d == [1, none, true]" }"#,
    );
}

#[test]
fn an_actors_variables_are_shared_by_its_strands() {
    holds(
        r#"{ "set": { "actor.n": "{{ actor.n + 1 }}", "actor.users[7].name": "Ada" } },
           { "assert": "actor.n == 2 and actor.users['7'].name == 'Ada' and actor.name == 'A'" },
           { "unset": "actor.users" }, { "assert": "actor.users is undefined" }"#,
    );
}

#[test]
fn unset_removes_variables_and_parts_of_them() {
    holds(
        r#"{ "set": { "x": { "a": 1, "b": 2 }, "y": 1 } }, { "unset": ["x.a", "y"] },
           { "assert": "x == {'b': 2} and y is undefined" }"#,
    );
}

#[test]
fn a_false_assertion_is_a_failure() {
    let tale = Scene::actors(r#""A": { "script": [ { "set": { "n": 1 } }, { "assert": "n == 2" } ] }"#)
        .finds(&[FindingKind::Assert]);
    assert!(
        tale.finding(FindingKind::Assert).text.contains("n == 2"),
        "{}",
        tale.told()
    );
}

#[test]
fn a_value_that_is_not_there_is_a_failure() {
    Scene::actors(r#""A": { "script": [ { "set": { "x": { } } }, { "note": "{{ x.y.z }}" } ] }"#)
        .finds(&[FindingKind::Expression]);
    Scene::actors(r#""A": { "script": [ { "set": { "n": 0 } }, { "assert": "1 // n" } ] }"#)
        .finds(&[FindingKind::Expression]);
}

#[test]
fn constants_are_templates_over_earlier_ones_and_can_be_overridden() {
    let text =
        r#"{ "vars": { "a": 1, "b": "{{ a }}-{{ a }}" }, "actors": { "A": { "script": [ { "note": "{{ b }}" } ] } } }"#;
    Scene::of(text).shows(&["Note over A: 1-1"]);
    let overrides = Overrides {
        vars: vec![("a".to_owned(), "2".to_owned())],
        ..Overrides::default()
    };
    Scene::with(text, &overrides).shows(&["Note over A: 2-2"]);
}

#[test]
fn an_instance_knows_its_number_or_its_row() {
    let tale = Scene::actors(
        r#""A": { "count": 2, "script": [ { "note": "{{ actor.name }} {{ actor.index }}" } ] },
           "B": { "count": [ { "user": "Ada" }, { "user": "Bob" } ], "script": [ { "note": "{{ actor.row.user }}" } ] }"#,
    )
    .passes();
    for note in ["A[1] 1", "A[2] 2", "Ada", "Bob"] {
        assert!(tale.mermaid.contains(note), "{note}: {}", tale.told());
    }
}

#[test]
fn an_actors_first_values_are_templates() {
    Scene::of(
        r#"{ "vars": { "start": 41 }, "actors": { "A": { "state": { "n": "{{ start + 1 }}", "who": "{{ actor.name }}" },
             "script": [ { "assert": "actor.n == 42 and actor.who == 'A'" } ] } } }"#,
    )
    .passes();
}

#[test]
fn filters_know_digests_and_encodings() {
    holds(
        r#"{ "set": { "t": "abc" } },
           { "assert": "t | base64 == 'YWJj' and t | hex == '616263' and t | md5 == '900150983cd24fb0d6963f7d28e17f72'" },
           { "assert": "t | sha1 == 'a9993e364706816aba3e25717850c26c9cd0d89d' and (t | sha256)[:8] == 'ba7816bf'" },
           { "assert": "('[1, 2]' | from_json)[1] == 2" }"#,
    );
}

#[test]
fn braces_are_text_unless_they_are_two() {
    Scene::actors(r#""A": { "script": [ { "note": "{% if %} {# no #} { {{ '{{' }} }" } ] }"#)
        .shows(&["Note over A: {% if %} {#35; no #35;} { {{ }"]);
}

#[test]
fn sessions_that_write_one_variable_unordered_are_a_race() {
    let scene = |await_: &str| {
        Scene::actors(&format!(
            r#""A": {{ "script": [ {{ "connect": "S" }}, {{ "send": "q" }}, {{ "receive": {{ "pattern": "n={{n}}" }} }}, {{ "signal": "a" }}, {{ "close": true }} ] }},
               "B": {{ "script": [ {await_} {{ "connect": "S" }}, {{ "send": "q" }}, {{ "receive": {{ "pattern": "n={{n}}" }} }}, {{ "close": true }} ] }},
               "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "state": {{ "n": 0 }}, "session": [
                 {{ "receive": "q" }}, {{ "set": {{ "actor.n": "{{{{ actor.n + 1 }}}}" }} }}, {{ "send": "n={{{{ actor.n }}}}" }}, {{ "closed": "eof" }} ] }},
               "X": {{ "script": [ {{ "await": "a" }} ] }}"#
        ))
    };
    let racing = scene("").play();
    racing.passed();
    assert_eq!(racing.drawing.races.races.len(), 1, "{}", racing.told());
    let ordered = Scene::actors(
        r#""A": { "script": [ { "connect": "S" }, { "send": "q" }, { "receive": "n=1" }, { "signal": "a" }, { "close": true } ] },
           "B": { "script": [ { "await": "a" }, { "connect": "S" }, { "send": "q" }, { "receive": "n=2" }, { "close": true } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "state": { "n": 0 }, "session": [
             { "receive": "q" }, { "set": { "actor.n": "{{ actor.n + 1 }}" } }, { "send": "n={{ actor.n }}" }, { "closed": "eof" } ] }"#,
    )
    .passes();
    assert_eq!(ordered.drawing.races.races.len(), 0, "{}", ordered.told());
}

#[test]
fn sessions_that_only_read_do_not_race() {
    let tale = Scene::actors(
        r#""C": { "count": 20, "script": [ { "connect": "S" }, { "receive": "7" }, { "closed": "eof" } ] },
           "S": { "listen": { "tcp": 0, "framing": "lines" }, "state": { "n": 7 }, "session": [ { "send": "{{ actor.n }}" } ] }"#,
    )
    .passes();
    assert_eq!(tale.drawing.races.races.len(), 0, "{}", tale.told());
}

//! Which names are defined where.

use super::*;

#[test]
fn a_name_that_nobody_sets_is_a_mistake_at_its_letters() {
    says(
        in_script(r#"{ "send": "a\n{{ nmae }}" }"#),
        "nmae",
        "`nmae` is not defined here",
    );
    says(
        in_script(r#"{ "assert": "nmae > 1" }"#),
        "nmae",
        "`nmae` is not defined here",
    );
    says(
        in_script(r#"{ "receive": { "json": { "a": ["{{ x }}"] } } }"#),
        "x",
        "`x` is not defined here",
    );
    says(
        in_script(r#"{ "send": { "json": { "a": ["{{ x }}"] } } }"#),
        "x",
        "`x` is not defined here",
    );
}

#[test]
fn constants_and_what_is_given_are_there() {
    fine(r#"{ "send": "{{ limit }} {{ actor.name }} {{ actor.seen }} {{ peer }} {{ local }}" }"#);
    fine(r#"{ "receive": "a" }, { "assert": "message.text == 'a'" }"#);
}

#[test]
fn what_is_set_is_there_from_then_on() {
    fine(r#"{ "set": { "a": 1, "b": "{{ a }}" } }, { "send": "{{ a }} {{ b }}" }"#);
    says(
        in_script(r#"{ "send": "{{ a }}" }, { "set": { "a": 1 } }"#),
        "a",
        "`a` is not defined here",
    );
    says(
        in_script(r#"{ "set": { "n": "{{ n + 1 }}" } }"#),
        "n",
        "`n` is not defined here",
    );
}

#[test]
fn in_a_loop_a_later_step_may_have_set_it() {
    fine(
        r#"{ "repeat": 2, "as": "i", "do": [{ "if": "i > 1", "do": [{ "send": "{{ a }}" }] }, { "set": { "a": 1 } }] }"#,
    );
    fine(
        r#"{ "serve": [
        { "receive": "b", "do": [{ "send": "{{ a }}" }] },
        { "receive": { "pattern": "A {a}" } }
    ] }"#,
    );
}

#[test]
fn patterns_paths_and_expressions_capture() {
    fine(r#"{ "receive": { "pattern": "A {a} {b:int}" } }, { "send": "{{ a }} {{ b }}" }"#);
    fine(
        r#"{ "receive": { "any": true }, "capture": { "id": "$.id", "size": "message.size", "twice": "size * 2" } },
        { "send": "{{ id }} {{ twice }}" }"#,
    );
}

#[test]
fn loops_name_their_rounds() {
    fine(r#"{ "repeat": { "for": "x", "in": [1] }, "as": "n", "do": [{ "send": "{{ x }} {{ n }}" }] }"#);
    fine(r#"{ "any_order": [{ "receive": "{{ x }}", "for": "x", "in": ["a", "b"] }] }"#);
}

#[test]
fn an_actors_variables_are_declared_or_set() {
    says(
        in_script(r#"{ "send": "{{ actor.sen }}" }"#),
        "actor.sen",
        "`actor.sen` is never set",
    );
    fine(r#"{ "send": "{{ actor.later }}" }, { "set": { "actor.later[limit].x": 1 } }"#);
}

#[test]
fn a_row_is_there_where_count_gives_rows() {
    let count = |count: &str| {
        format!(r#"{{ "actors": {{ "A": {{ "count": {count}, "script": [{{ "assert": "actor.row.id == 1" }}] }} }} }}"#)
    };
    assert!(mistakes(&count(r#"[{ "id": 1 }]"#)).is_empty());
    let text = "`actor.row` is not defined: the actor's `count` gives no rows";
    says(mistake(&count("1")), "actor.row", text);
}

#[test]
fn strands_have_variables_of_their_own() {
    let text = talk(r#"{ "connect": "Server" }"#, r#"{ "set": { "mine": 1 } }"#);
    assert!(mistakes(&text).is_empty());
    let text = text.replace(
        r#""Server": {"#,
        r#""Server": { "script": [{ "assert": "mine == 1" }], "#,
    );
    says(mistake(&text), "mine", "`mine` is not defined here");
}

#[test]
fn what_is_given_cannot_be_set() {
    says(
        in_script(r#"{ "set": { "limit": 1 } }"#),
        r#""limit""#,
        "`limit` is a constant of `vars` and cannot be set",
    );
    says(
        in_script(r#"{ "set": { "message": 1 } }"#),
        r#""message""#,
        "`message` is given and cannot be set",
    );
    says(
        in_script(r#"{ "set": { "actor.name": 1 } }"#),
        r#""actor.name""#,
        "`actor.name` is given and cannot be set",
    );
    let (_, text) = in_script(r#"{ "receive": { "pattern": "A {limit}" } }"#);
    assert_eq!(text, "`limit` is a constant of `vars` and cannot be set");
}

#[test]
fn session_is_for_sessions() {
    says(
        in_script(r#"{ "send": "{{ session }}" }"#),
        "session",
        "`session` is only defined in a session",
    );
    assert!(mistakes(&talk("", r#"{ "send": "{{ session }}" }"#)).is_empty());
}

#[test]
fn matchers_and_guards_have_no_generators() {
    let text =
        |whose: &str| format!("no generator (`random_int`, `random_text`, `uuid`, `choice`) is allowed in {whose}");
    let (_, found) = in_script(r#"{ "receive": "{{ uuid() }}" }"#);
    assert_eq!(found, text("a matcher"));
    let (_, found) = in_script(r#"{ "serve": [{ "receive": "a", "when": "random_int(1, 6) > 3" }] }"#);
    assert_eq!(found, text("a guard"));
    fine(r#"{ "send": "{{ uuid() }}" }"#);
}

#[test]
fn a_text_that_is_no_template_is_a_mistake() {
    let (at, _) = in_script(r#"{ "send": "a {{ 1 + }}" }"#);
    assert_ne!(at, r#""a {{ 1 + }}""#, "it points into the text");
    assert_eq!(
        mistakes(&talk(r#"{ "assert": "1 +" }, { "set": { "a[": 1 } }"#, "")).len(),
        2
    );
}

#[test]
fn a_path_into_json_is_one_of_rfc_9535() {
    let (at, text) = in_script(r#"{ "receive": { "any": true }, "capture": { "id": "$.[" } }"#);
    assert_eq!(at, r#""$.[""#);
    assert!(text.starts_with("`$.[` is no JSON path (RFC 9535): "), "{text}");
}

#[test]
fn a_step_knows_the_names_it_uses_but_not_those_inside_it() {
    let plan = compile(&talk(
        r#"{ "connect": "Server" }, { "set": { "y": 1 } },
           { "serve": [{ "receive": "{{ actor.seen }}", "when": "y > 1", "do": [{ "send": "{{ limit }}" }, { "break": true }] }],
             "when": "limit > 1" }"#,
        "",
    ));
    let script = plan.actors[0].script.as_deref().unwrap();
    assert_eq!(script[2].names, ["actor.seen", "limit", "y"]);
}

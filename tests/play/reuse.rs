//! `include` and `matchers`.

use wiretale::finding::FindingKind;
use wiretale::plan::Overrides;

use super::stage::{Scene, pair};

/// A message that a client sends, and what a server takes it for.
fn scene(matchers: &str, sent: &str, matcher: &str, then: &str) -> Scene {
    let client = format!(r#"{{ "send": {sent} }}, {{ "receive": "ok" }}, {{ "close": true }}"#);
    let session = format!(r#"{{ "receive": {matcher} }}, {then} {{ "send": "ok" }}, {{ "closed": "eof" }}"#);
    Scene::of(&format!(
        r#"{{ "matchers": {{ {matchers} }}, "actors": {{ {} }} }}"#,
        pair(r#""lines""#, &client, &session)
    ))
}

const TOKEN: &str = r#""Token": { "regex": "t-[0-9a-f]+" }, "User": { "json": { "name": "Ada" } }, "Only": { "json_exact": { "name": "Ada" } },
    "Either": { "one_of": [{ "is": "Token" }, { "is": "User" }, { "size": 2 }, { "not": { "any": true } }] },
    "Both": { "all_of": [{ "is": "User" }, { "json": { "age": { "$capture": "age" } } }] }"#;

#[test]
fn a_named_matcher_is_used_alone_in_others_and_for_a_body() {
    for (sent, matcher) in [
        (r#""t-0f""#, r#"{ "is": "Token" }"#),
        (r#""t-0f""#, r#"{ "not": { "is": "User" } }"#),
        (
            r#"{ "json": { "name": "Ada", "x": 1 } }"#,
            r#"{ "one_of": [{ "is": "Token" }, { "is": "User" }] }"#,
        ),
        (r#""t-1""#, r#"{ "is": "Either" }"#),
    ] {
        scene(TOKEN, sent, matcher, "").passes();
    }
}

#[test]
fn in_json_a_named_matcher_asks_the_value_and_texts_as_messages() {
    let sent = r#"{ "json": { "t": "t-0f", "u": { "name": "Ada", "age": 36 }, "l": ["t-1", { "name": "Ada" }, "xy", [1, 2]], "n": 7 } }"#;
    for (matcher, takes) in [
        (r#"{ "t": { "$is": "Token", "$capture": "t" } }"#, true),
        (r#"{ "u": { "$is": "User" } }"#, true),
        (r#"{ "u": { "$is": "Only" } }"#, false),
        (r#"{ "u": { "$is": "Both" } }"#, true),
        (r#"{ "l": { "$each": { "$is": "Either" } } }"#, true),
        (r#"{ "l": { "$each": { "$not": { "$is": "Token" } } } }"#, false),
        (r#"{ "n": { "$is": "Token" } }"#, false),
        (r#"{ "t": { "$is": "User" } }"#, false),
        (
            r#"{ "u": { "$one_of": [{ "$is": "Token" }, { "$is": "User" }] } }"#,
            true,
        ),
        (r#"{ "v": { "$optional": { "$is": "Token" } } }"#, true),
        (r#"{ "v": { "$is": "Token" } }"#, false),
    ] {
        let scene = scene(TOKEN, sent, &format!(r#"{{ "json": {matcher} }}"#), "");
        match takes {
            true => scene.passes(),
            false => scene.finds(&[FindingKind::Mismatch, FindingKind::Ended]),
        };
    }
}

#[test]
fn what_a_named_matcher_captures_is_defined_where_it_is_used() {
    let sent = r#"{ "json": { "token": "t-7", "user": { "name": "Ada", "age": 36 } } }"#;
    let matcher = r#"{ "json": { "token": { "$is": "Token", "$capture": "token" }, "user": { "$is": "Both" } } }"#;
    scene(TOKEN, sent, matcher, r#"{ "assert": "token == 't-7' and age == 36" },"#).passes();
}

#[test]
fn a_named_matcher_sees_the_variables_of_whoever_uses_it() {
    let client = r#"{ "send": "a 1" }, { "send": "b 2" }, { "close": true }"#;
    let session = r#"{ "set": { "letter": "a" } }, { "receive": { "is": "Line" } }, { "set": { "letter": "b" } },
                     { "receive": { "is": "Line" } }, { "assert": "n == 2" }, { "closed": "eof" }"#;
    Scene::of(&format!(
        r#"{{ "matchers": {{ "Line": {{ "pattern": "{{{{ letter }}}} {{n:int}}" }} }}, "actors": {{ {} }} }}"#,
        pair(r#""lines""#, client, session)
    ))
    .passes();
}

#[test]
fn a_difference_in_a_named_matcher_is_told_with_its_path() {
    let sent = r#"{ "json": { "u": { "name": "Bob" } } }"#;
    let tale = scene(TOKEN, sent, r#"{ "json": { "u": { "$is": "User" } } }"#, "")
        .finds(&[FindingKind::Mismatch, FindingKind::Ended]);
    let finding = tale.finding(FindingKind::Mismatch);
    assert_eq!(
        finding.expected[0].difference.as_deref(),
        Some(r#"at $.u.name: expected "Ada", found "Bob""#)
    );
}

/// The scenario in which files are included.
fn including(files: &[(&str, &str)], include: &str, own: &str, overrides: &Overrides) -> Scene {
    let client = r#"{ "call": "greet", "as": "greeted" }, { "assert": "greeted.by == 'ada' and b == 'hello 2'" }, { "close": true }"#;
    let session = r#"{ "receive": { "is": "Greeting" } }, { "closed": "eof" }"#;
    let actors = pair(r#""lines""#, client, session);
    let scene = format!(r#"{{ "include": {include}, {own} "actors": {{ {actors} }} }}"#);
    Scene::in_folder(&scene, files, overrides)
}

const FILES: &[(&str, &str)] = &[
    (
        "lib/main.json",
        r#"{ "include": ["vars/base.json", "../other.json"], "vars": { "b": "hello {{ a + 1 }}" },
        "procedures": { "greet": { "do": [ { "send": { "file": "greeting.txt" } } ], "result": { "by": "{{ users[0].user }}" } } } }"#,
    ),
    (
        "lib/vars/base.json",
        r#"{ "//": "a remark", "vars": { "a": 1, "users": { "file": "users.csv" } } }"#,
    ),
    ("lib/vars/users.csv", "user\nada\n"),
    ("lib/greeting.txt", "good day"),
    (
        "other.json",
        r#"{ "include": ["lib/vars/base.json"], "matchers": { "Greeting": { "file": "./lib/greeting.txt" } } }"#,
    ),
];

#[test]
fn files_are_found_beside_the_file_that_names_them_and_read_once() {
    including(
        FILES,
        r#"["lib/main.json", "lib/../other.json", "other.json"]"#,
        "",
        &Overrides::default(),
    )
    .passes();
}

#[test]
fn the_command_line_changes_constants_of_included_files() {
    let overrides = Overrides {
        vars: vec![("a".to_owned(), "7".to_owned())],
        ..Overrides::default()
    };
    let own = r#""vars": { "c": "{{ a }} {{ b }}" },"#;
    let tale = including(FILES, r#"["lib/main.json"]"#, own, &overrides).finds(&[FindingKind::Assert]);
    let finding = tale.finding(FindingKind::Assert);
    assert!(finding.actual.as_ref().unwrap().contains("b is hello 8"), "{finding:?}");
}

//! Messages that are valid against a JSON Schema.

use wiretale::finding::FindingKind;

use super::stage::Scene;

const USER: &str = r##"{ "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["name"],
    "properties": { "name": { "type": "string" }, "age": { "$ref": "#/$defs/age" } },
    "$defs": { "age": { "type": "integer", "minimum": 0 } } }"##;

fn scene(framing: &str, sent: &str, matcher: &str) -> Scene {
    let client = format!(r#"{{ "send": {sent} }}, {{ "receive": "ok" }}, {{ "close": true }}"#);
    let session = format!(r#"{{ "receive": {matcher} }}, {{ "send": "ok" }}, {{ "closed": "eof" }}"#);
    Scene::with_files(&[("user.schema.json", USER)], framing, &client, &session)
}

#[test]
fn a_valid_message_is_taken_alone_and_together_with_other_matchers() {
    let valid = r#"{ "json": { "name": "Ada", "age": 36 } }"#;
    scene(r#""lines""#, valid, r#"{ "schema": "user.schema.json" }"#).passes();
    scene(
        r#""lines""#,
        valid,
        r#"{ "all_of": [ { "schema": "user.schema.json" }, { "json": { "name": { "$capture": "name" } } }, { "not": { "schema": "user.schema.json", "//": "" } } ] }"#,
    )
    .finds(&[FindingKind::Mismatch, FindingKind::Ended]);
    scene(
        r#""lines""#,
        valid,
        r#"{ "one_of": [ "x", { "all_of": [ { "schema": "user.schema.json" }, { "json": { "name": { "$capture": "name" } } } ] } ] }"#,
    )
    .passes();
}

#[test]
fn a_message_that_is_not_valid_says_where_it_first_differs() {
    let tale = scene(
        r#""lines""#,
        r#"{ "json": { "age": -1 } }"#,
        r#"{ "schema": "user.schema.json" }"#,
    )
    .finds(&[FindingKind::Mismatch, FindingKind::Ended]);
    let finding = tale.finding(FindingKind::Mismatch);
    assert_eq!(
        finding.text,
        r#"expected JSON valid by user.schema.json, found {"age":-1}"#
    );
    assert_eq!(
        finding.expected[0].difference.as_deref(),
        Some("at $.name: expected a value, found nothing (and 1 more)")
    );
}

#[test]
fn on_raw_the_value_ends_where_its_syntax_says() {
    Scene::with_files(
        &[("user.schema.json", USER)],
        r#""raw""#,
        r#"{ "send": { "text": "{\"name\":\"A\"}{\"name\":\"B\"}" } }, { "close": true }"#,
        r#"{ "receive": { "schema": "user.schema.json" } }, { "receive": { "json": { "name": "B" } } }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn the_body_of_a_message_with_a_head_may_be_valid() {
    let user = r#"{ "headers": {}, "json": { "name": "Ada" } }"#;
    for (matcher, findings) in [
        (
            r#"{ "headers": { "content-length": "14" }, "schema": "user.schema.json" }"#,
            &[][..],
        ),
        (
            r#"{ "headers": { "content-length": "14" }, "not": { "schema": "user.schema.json" } }"#,
            &[FindingKind::Mismatch],
        ),
    ] {
        let scene = Scene::with_files(
            &[("user.schema.json", USER)],
            r#"{ "headers": "Content-Length" }"#,
            &format!(r#"{{ "send": {user} }}, {{ "closed": "any" }}"#),
            &format!(r#"{{ "receive": {matcher} }}"#),
        );
        scene.finds(findings);
    }
}

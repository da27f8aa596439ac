//! Layouts of small files, and what is true of the layout of every file.

use proptest::prelude::*;

use super::*;
use crate::scenario::written::Json;

/// How a step is laid out in a script.
fn step(text: &str) -> String {
    let file = format!(r#"{{"actors":{{"A":{{"script":[{text}]}}}}}}"#);
    let laid = lay_out(&file).unwrap();
    let head = "{\n  \"actors\": {\n    \"A\": {\n      \"script\": [\n        ";
    let tail = "\n      ]\n    }\n  }\n}\n";
    let inside = laid.strip_prefix(head).unwrap().strip_suffix(tail).unwrap();
    inside.replace("\n        ", "\n")
}

fn tree(text: &str) -> serde_json::Value {
    let (node, mistakes) = syntax::parse(text, 0, Remarks::Drop).unwrap();
    assert_eq!(mistakes, []);
    value(&node.value)
}

fn value(json: &Json) -> serde_json::Value {
    match json {
        Json::Null => serde_json::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => number.clone().into(),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().map(|node| value(&node.value)).collect(),
        // As pairs: the order of keys is part of what must stay.
        Json::Object(members) => members
            .iter()
            .map(|(key, node)| serde_json::json!([key.value, value(&node.value)]))
            .collect(),
    }
}

/// A text without white space outside of strings: what a layout must not change.
fn bare(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let keep = |&c: &char| {
        let kept = inside || !c.is_ascii_whitespace();
        inside ^= c == '"' && !escaped;
        escaped = inside && c == '\\' && !escaped;
        kept
    };
    text.chars().filter(keep).collect()
}

#[test]
fn the_top_actors_and_each_actor_are_broken_however_short() {
    assert_eq!(
        lay_out(r#"{"vars":{"a":[1,2],"b":{}},"actors":{"A":{"listen":"tcp","session":[]}}}"#).unwrap(),
        r#"{
  "vars": { "a": [1, 2], "b": {} },
  "actors": {
    "A": {
      "listen": "tcp",
      "session": []
    }
  }
}
"#
    );
}

#[test]
fn a_step_that_fits_is_on_one_line_and_steps_are_one_a_line() {
    assert_eq!(
        step(r#"{"send":"a","on":"b"},{"wait":"1s"}"#),
        "{ \"send\": \"a\", \"on\": \"b\" },\n{ \"wait\": \"1s\" }"
    );
    assert_eq!(
        step(r#"{"repeat":2,"do":[{"send":"a"}]}"#),
        r#"{ "repeat": 2, "do": [ { "send": "a" } ] }"#
    );
    assert_eq!(
        step(r#"{"repeat":2,"do":[{"send":"a"},{"receive":"b"}],"as":"i"}"#),
        "{ \"repeat\": 2, \"do\": [\n  { \"send\": \"a\" },\n  { \"receive\": \"b\" }\n], \"as\": \"i\" }"
    );
}

#[test]
fn an_alternative_keeps_its_steps_beside_it_where_they_fit() {
    assert_eq!(
        step(r#"{"serve":[{"receive":"QUIT","do":[{"send":"bye"},{"break":true}]},{"receive":"NOOP"}]}"#),
        "{ \"serve\": [\n  { \"receive\": \"QUIT\", \"do\": [ { \"send\": \"bye\" }, { \"break\": true } ] },\n  { \"receive\": \"NOOP\" }\n] }"
    );
}

#[test]
fn a_long_step_breaks_at_its_keys_in_their_order() {
    let (a, b) = ("a".repeat(40), "b".repeat(50));
    assert_eq!(
        step(&format!(r#"{{"request":"{a}","response":{{"text":"{b}"}}}}"#)),
        format!("{{ \"request\": \"{a}\",\n  \"response\": {{ \"text\": \"{b}\" }} }}")
    );
    assert_eq!(
        step(&format!(r#"{{"send":{{"json":{{"a":"{a}","b":"{b}"}}}}}}"#)),
        format!("{{ \"send\": {{ \"json\": {{\n  \"a\": \"{a}\",\n  \"b\": \"{b}\"\n}} }} }}")
    );
    assert_eq!(
        step(&format!(r#"{{"send":"{a}","on":"b","label":"{b}","hide":true}}"#)),
        format!("{{ \"send\": \"{a}\", \"on\": \"b\",\n  \"label\": \"{b}\", \"hide\": true }}")
    );
    assert_eq!(
        step(r#"{"if":"x","do":[{"send":"a"},{"send":"b"}],"else":[]}"#),
        "{ \"if\": \"x\", \"do\": [\n  { \"send\": \"a\" },\n  { \"send\": \"b\" }\n], \"else\": [] }"
    );
    assert_eq!(
        step(r#"{"if":"x","do":[{"send":"a"},{"send":"b"}],"else":[{"send":"c"}]}"#),
        "{ \"if\": \"x\",\n  \"do\": [\n    { \"send\": \"a\" },\n    { \"send\": \"b\" }\n  ],\n  \"else\": [ { \"send\": \"c\" } ] }"
    );
}

#[test]
fn a_line_has_a_hundred_columns_and_wide_characters_take_two() {
    let around = 8 + r#"{ "send": "" }"#.len();
    for (letter, columns) in [("x", 1), ("世", 2), ("é", 1)] {
        let most = (WIDTH - around) / columns;
        let long = |letters: usize| step(&format!(r#"{{"send":"{}","on":"c"}}"#, letter.repeat(letters)));
        let on = r#", "on": "c""#.len().div_ceil(columns);
        assert_eq!(long(most - on).lines().count(), 1, "{letter}");
        assert_eq!(long(most - on + 1).lines().count(), 2, "{letter}");
    }
}

#[test]
fn remarks_numbers_escapes_and_one_empty_line_stay_as_they_are() {
    let file = r#"{ "//": "one", "//": "t\u0077o",
      "vars": { "a": [1.50, 1E3, -0, "\/\u00e9\ud83d\ude00"] },



      "b": 1 }"#;
    assert_eq!(
        lay_out(file).unwrap(),
        "{\n  \"//\": \"one\",\n  \"//\": \"t\\u0077o\",\n  \"vars\": { \"a\": [1.50, 1E3, -0, \"\\/\\u00e9\\ud83d\\ude00\"] },\n\n  \"b\": 1\n}\n"
    );
}

#[test]
fn what_is_wrong_is_told_and_not_laid_out() {
    let texts = |text: &str| -> Vec<String> { lay_out(text).unwrap_err().into_iter().map(|m| m.text).collect() };
    assert_eq!(
        texts(r#"{"a":1,"a":2,"b":1,"b":2}"#),
        ["duplicate key `a`", "duplicate key `b`"]
    );
    assert_eq!(texts("[1,]"), ["no comma may stand behind the last part"]);
    assert_eq!(texts(""), ["the file is empty; expected a JSON value"]);
}

#[test]
fn the_deepest_and_the_widest_are_laid_out() {
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    assert_eq!(bare(&lay_out(&deep).unwrap()), deep);
    let wide = format!("[{}1]", "1,".repeat(100_000));
    assert_eq!(lay_out(&wide).unwrap().lines().count(), 100_003);
}

/// Keys of the format among others, so that every place is reached.
const KEYS: &[&str] = &[
    "actors",
    "procedures",
    "data",
    "A",
    "script",
    "session",
    "listen",
    "background",
    "do",
    "else",
    "group",
    "choose",
    "serve",
    "parallel",
    "send",
    "json",
    "a long key that takes a good part of its line",
    "\\u0064o",
    "世界",
];

/// Random JSON as text, with keys of the format, odd escapes, and white space anywhere.
fn json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("1.50e+3".to_owned()),
        Just(r#""\u0041\/ , : { [""#.to_owned()),
        Just(r#""\\""#.to_owned()),
        Just("[]".to_owned()),
        Just("{ }".to_owned()),
        "\"[a-z 世]{0,60}\"",
    ];
    let space = prop_oneof![4 => Just(""), 1 => Just("\n"), 1 => Just("\n\n \r\n\t")];
    scalar.prop_recursive(8, 60, 5, move |inner| {
        let item = (space.clone(), inner.clone(), space.clone());
        let list = prop::collection::vec(item, 0..5).prop_map(|items| {
            let items: Vec<String> = items.iter().map(|(a, value, b)| format!("{a}{value}{b}")).collect();
            format!("[{}]", items.join(","))
        });
        let keys = prop::sample::subsequence(KEYS, 0..5).prop_shuffle();
        let object = (keys, prop::collection::vec((space.clone(), inner), 5), any::<bool>()).prop_map(
            |(keys, values, remark)| {
                let mut members: Vec<String> = keys
                    .iter()
                    .zip(values)
                    .map(|(key, (space, value))| format!("{space}\"{key}\":{space}{value}{space}"))
                    // The same key, escaped and not.
                    .filter(|member| !(keys.contains(&"do") && member.contains("\"\\u0064o\":")))
                    .collect();
                if remark {
                    members.push(r#""//":"a remark""#.to_owned());
                }
                format!("{{{}}}", members.join(","))
            },
        );
        prop_oneof![1 => list, 2 => object]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_layout_changes_white_space_alone_and_is_stable(text in json()) {
        // The value alone, and where the format is known.
        for text in [text.clone(), format!(r#"{{"actors":{{"A":{{"script":[{text}],"listen":[{text}]}}}}}}"#)] {
            let laid = lay_out(&text).unwrap();
            prop_assert_eq!(bare(&laid), bare(&text));
            prop_assert_eq!(tree(&laid), tree(&text));
            prop_assert_eq!(lay_out(&laid).unwrap(), laid.clone());
            prop_assert!(laid.ends_with('\n') && !laid.ends_with("\n\n"));
            prop_assert!(laid.lines().all(|line| line.trim_end() == line));
        }
    }
}

//! What JSON matchers take, capture, and say of what they do not take.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::wire::matcher::tests::{any_json, want};
use crate::wire::matcher::{Captures, Matcher, Named};
use crate::wire::message::Message;

fn test_with(matcher: Json, exact: bool, message: &Json) -> Result<Captures, (String, u32)> {
    let matcher = Matcher::json(&matcher, exact, &Named::new()).unwrap();
    let result = want(&matcher).test(&Message::new(message.to_string().into_bytes()));
    result.map_err(|mismatch| (mismatch.difference, mismatch.nearness))
}

fn test(matcher: Json, message: Json) -> Result<Captures, String> {
    test_with(matcher, false, &message).map_err(|(difference, _)| difference)
}

fn matches(matcher: Json, message: Json) -> bool {
    test(matcher, message).is_ok()
}

fn differs(matcher: Json, message: Json) -> String {
    test(matcher, message).unwrap_err()
}

fn captures(matcher: Json, message: Json) -> Json {
    test(matcher, message).unwrap().into_iter().collect()
}

fn error(matcher: Json) -> (String, String) {
    let error = Matcher::json(&matcher, false, &Named::new()).unwrap_err();
    (error.pointer, error.text)
}

#[test]
fn given_members_must_be_there_and_match() {
    let found = json!({"id": 7, "name": "Ada", "tags": [1, {"x": 2}]});
    assert!(matches(json!({"id": 7}), found.clone()));
    assert!(matches(
        json!({"id": 7.0, "name": "{{ name }}", "tags": [1, {"x": "{{ 1 + 1 }}"}]}),
        found.clone()
    ));
    assert_eq!(differs(json!({"id": 8}), found.clone()), "at $.id: expected 8, found 7");
    assert_eq!(
        differs(json!({"nome": 1}), found.clone()),
        "at $.nome: expected 1, found nothing"
    );
    assert_eq!(
        differs(json!({"tags": [1, {"x": 3}]}), found.clone()),
        "at $.tags[1].x: expected 3, found 2"
    );
    assert_eq!(
        differs(json!({"tags": [1]}), found.clone()),
        "at $.tags: expected 1 element, found 2"
    );
    assert_eq!(
        differs(json!({"tags": {"a": 1}}), found.clone()),
        r#"at $.tags: expected {"a":1}, found [1,{"x":2}]"#
    );
    assert_eq!(
        differs(json!({"name": "{{ id }}"}), found),
        r#"at $.name: expected 7, found "Ada""#
    );
    assert_eq!(
        differs(json!({"a-b": 1}), json!({"a-b": 2})),
        "at $['a-b']: expected 1, found 2"
    );
}

#[test]
fn exact_allows_no_other_members() {
    let found = json!({"a": {"x": 1, "y": 2}});
    assert!(test_with(json!({"a": {"y": 2, "x": 1}}), true, &found).is_ok());
    let (difference, _) = test_with(json!({"a": {"x": 1}}), true, &found).unwrap_err();
    assert_eq!(difference, "at $.a.y: expected nothing, found 2");
}

#[test]
fn what_is_no_json_says_so() {
    let matcher = Matcher::json(&json!([]), false, &Named::new()).unwrap();
    let mismatch = want(&matcher).test(&Message::new(*b"[1,")).unwrap_err();
    assert_eq!(mismatch.difference, r#"expected JSON, found "[1,""#);
}

#[test]
fn words_match() {
    for (matcher, yes, no) in [
        (json!({"$any": true}), json!(null), None),
        (json!({"$regex": "a+"}), json!("aa"), Some(json!("ab"))),
        (json!({"$pattern": "N {n:int}"}), json!("N 1"), Some(json!("N x"))),
        (json!({"$contains": "{{ name }}"}), json!("xAday"), Some(json!("ada"))),
        (json!({"$text": "x"}), json!("x"), Some(json!(1))),
        (json!({"$hex": "61 ??"}), json!("ab"), Some(json!("ba"))),
        (
            json!({"$json": {"a": 1}}),
            json!("{\"a\":1,\"b\":2}"),
            Some(json!({"a": 1})),
        ),
        (
            json!({"$json_exact": {"a": 1}}),
            json!("{\"a\":1}"),
            Some(json!("{\"a\":1,\"b\":2}")),
        ),
        (json!({"$type": "integer"}), json!(1.0), Some(json!(1.5))),
        (json!({"$type": ["string", "null"]}), json!(null), Some(json!(false))),
        (json!({"$range": [1, 10]}), json!(10), Some(json!(10.5))),
        (json!({"$range": ["{{ id }}", null]}), json!(7), Some(json!(6))),
        (json!({"$range": [null, 3]}), json!(-1), Some(json!("1"))),
        (json!({"$size": 2}), json!("ab"), Some(json!([1]))),
        (json!({"$size": {"min": 1}}), json!([1, 2]), Some(json!({}))),
        (json!({"$unordered": [1, 2]}), json!([2, 1]), Some(json!([2, 2]))),
        (
            json!({"$unordered": [{"$any": true}, 2]}),
            json!([2, 1]),
            Some(json!([2])),
        ),
        (
            json!({"$each": {"$type": "integer"}}),
            json!([1, 2]),
            Some(json!([1, "2"])),
        ),
        (json!({"$literal": {"$any": 1}}), json!({"$any": 1}), Some(json!(1))),
        (json!({"$one_of": [1, "a"]}), json!("a"), Some(json!("b"))),
        (
            json!({"$all_of": [{"$contains": "a"}, {"$contains": "b"}]}),
            json!("ab"),
            Some(json!("a")),
        ),
        (json!({"$not": {"$type": "null"}}), json!(1), Some(json!(null))),
        (json!({"a": {"$absent": true}}), json!({}), Some(json!({"a": null}))),
        (json!({"a": {"$optional": 1}}), json!({}), Some(json!({"a": 2}))),
    ] {
        assert!(matches(matcher.clone(), yes), "{matcher}");
        if let Some(no) = no {
            assert!(!matches(matcher.clone(), no), "{matcher}");
        }
    }
}

#[test]
fn differences_of_words_are_told() {
    for (matcher, found, expected) in [
        (
            json!({"a": {"$type": "integer"}}),
            json!({"a": "x"}),
            r#"at $.a: expected integer, found "x""#,
        ),
        (
            json!({"a": {"$range": [1, 3]}}),
            json!({"a": 4}),
            "at $.a: expected 1..3, found 4",
        ),
        (
            json!({"a": {"$absent": true}}),
            json!({"a": 4}),
            "at $.a: expected nothing, found 4",
        ),
        (
            json!({"$unordered": [1, 3]}),
            json!([1, 2]),
            "at $: no element is left for 3",
        ),
        (
            json!({"$each": {"k": 1}}),
            json!([{"k": 1}, {"k": 2}]),
            "at $[1].k: expected 1, found 2",
        ),
        (json!({"$not": 1}), json!(1), "at $: expected not 1, found 1"),
        (
            json!({"a": {"$contains": "b"}}),
            json!({"a": "x"}),
            r#"at $.a: expected text that contains "b", found "x""#,
        ),
        (
            json!({"$one_of": [{"t": 1, "u": 1}, {"t": 2}]}),
            json!({"t": 1, "u": 2}),
            "at $: none of 2 alternatives matches; the nearest: at $.u: expected 1, found 2",
        ),
        (json!({"$size": 3}), json!([1]), "at $: expected size 3, found [1]"),
    ] {
        assert_eq!(differs(matcher, found), expected);
    }
}

#[test]
fn values_are_captured() {
    let user = json!({"id": {"$type": "integer", "$capture": "n"}, "name": {"$capture": "who"}});
    assert_eq!(
        Matcher::json(&user, false, &Named::new()).unwrap().captures(),
        ["n", "who"]
    );
    assert_eq!(
        captures(user, json!({"id": 3, "name": [1]})),
        json!({"n": 3, "who": [1]})
    );
    let optional = json!({"a": {"$optional": {"$type": "integer"}, "$capture": "a"}});
    assert_eq!(captures(optional.clone(), json!({"a": 1})), json!({"a": 1}));
    assert_eq!(captures(optional, json!({})), json!({"a": null}));
    let list = json!({"$unordered": [{"k": 2, "v": {"$capture": "two"}}, {"k": 1, "v": {"$capture": "one"}}]});
    assert_eq!(
        captures(list, json!([{"k": 1, "v": "a"}, {"k": 2, "v": "b"}])),
        json!({"two": "b", "one": "a"})
    );
    assert_eq!(captures(json!({"$pattern": "{a:int}"}), json!("5")), json!({"a": 5}));
    assert!(differs(json!([{"$capture": "x"}, {"$capture": "x"}]), json!([1, 2])).contains("`x` is captured twice"));
    assert_eq!(
        captures(json!([{"$capture": "x"}, {"$capture": "x"}]), json!([1, 1.0])),
        json!({"x": 1})
    );
    assert_eq!(
        captures(json!({"$not": {"$type": "null", "$capture": "x"}}), json!(1)),
        json!({})
    );
}

#[test]
fn unordered_finds_a_matching_if_there_is_one() {
    // Taking the first that fits would leave nothing for the last.
    let matcher = json!({"$unordered": [{"$any": true}, {"$type": "integer"}, 1]});
    assert!(matches(matcher, json!([1, 2, "x"])));
}

#[test]
fn the_nearest_has_the_most_members_in_common() {
    let near = |matcher| {
        test_with(matcher, false, &json!({"type": "vote", "term": 3, "from": "B"}))
            .unwrap_err()
            .1
    };
    assert!(near(json!({"type": "vote", "term": 4})) > near(json!({"type": "beat", "term": 4})));
    assert!(near(json!({"x": 1, "type": "vote", "term": 3})) > near(json!({"x": 1, "type": "vote"})));
}

#[test]
fn mistakes_are_pointed_at() {
    assert_eq!(error(json!({"a": [0, {"$an": true}]})).0, "/a/1/$an");
    assert!(
        error(json!({"$an": true}))
            .1
            .contains("`$an` is no matcher; one of `$absent`, ")
    );
    assert_eq!(error(json!({"a/b": {"$regex": "("}})).0, "/a~1b/$regex");
    assert!(error(json!({"$regex": "("})).1.contains("unclosed group"));
    assert_eq!(error(json!({"$any": true, "$type": "null"})).0, "/$type");
    assert!(error(json!({"$any": true, "a": 1})).1.contains("`$literal`"));
    assert!(error(json!([{"$optional": 1}])).1.contains("members of maps"));
    assert!(error(json!({"$type": "text"})).1.contains("`boolean`"));
    assert!(error(json!({"$capture": "a b"})).1.contains("no name"));
    assert!(error(json!({"$range": 1})).1.contains("two numbers"));
    assert!(error(json!({"$any": false})).1.contains("takes `true`"));
    assert!(error(json!({"a": "{{ 1 + }}"})).0 == "/a");
    assert!(
        error(json!({"a": {"$absent": true, "$capture": "x"}}))
            .1
            .contains("nothing to capture")
    );
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    assert!(error(deep).1.contains("nested"));
}

proptest! {
    #[test]
    fn a_value_matches_itself(json in any_json()) {
        let matcher = Matcher::json(&json!({"$literal": escape(&json)}), true, &Named::new()).unwrap();
        let result = want(&matcher).test(&Message::new(json.to_string().into_bytes()));
        prop_assert!(result.is_ok(), "{:?}", result);
    }
}

/// The value with its braces taken out, which would be templates.
fn escape(json: &Json) -> Json {
    match json {
        Json::String(text) => Json::String(text.replace("{{", "{{ '{{' }}")),
        Json::Array(list) => list.iter().map(escape).collect(),
        Json::Object(map) => map.iter().map(|(key, member)| (key.clone(), escape(member))).collect(),
        other => other.clone(),
    }
}

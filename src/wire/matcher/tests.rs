//! What each matcher takes, captures, and says of what it does not take.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::wire::message::Message;
use crate::wire::template::tests::{scope, template};

/// Any JSON value of moderate size.
pub(in crate::wire) fn any_json() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1e9..1e9_f64).prop_map(Json::from)
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        number,
        ".{0,6}".prop_map(Json::from)
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::vec((".{0,4}", inner), 0..5).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A want of a matcher, with `id` = 7 and `name` = `Ada`.
pub(in crate::wire) fn want(matcher: &Matcher) -> Want {
    matcher.fill(&scope(json!({"id": 7, "name": "Ada"}))).unwrap()
}

fn test(matcher: &Matcher, message: &[u8]) -> Result<Captures, String> {
    let result = want(matcher).test(&Message::new(message));
    result.map_err(|mismatch| mismatch.difference)
}

fn differs(matcher: &Matcher, message: &[u8]) -> String {
    test(matcher, message).unwrap_err()
}

fn nearness(matcher: &Matcher, message: &[u8]) -> u32 {
    want(matcher).test(&Message::new(message)).unwrap_err().nearness
}

fn captured(pairs: &[(&str, Json)]) -> Captures {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn text(source: &str) -> Matcher {
    Matcher::exact(Payload::text(template(source))).unwrap()
}

fn pattern(source: &str) -> Matcher {
    Matcher::pattern(&template(source)).unwrap()
}

fn regex(source: &str) -> Matcher {
    Matcher::regex(template(source)).unwrap()
}

#[test]
fn exact_text_tells_the_first_difference() {
    let hello = text("Hello");
    assert_eq!(test(&hello, b"Hello"), Ok(vec![]));
    assert_eq!(differs(&hello, b"Help!"), r#"at offset 3: expected "lo", found "p!""#);
    assert_eq!(differs(&hello, b"Hel"), r#"at offset 3: expected "lo", found the end"#);
    assert_eq!(
        differs(&hello, b"Hello!"),
        r#"at offset 5: expected the end, found "!""#
    );
    assert_eq!(
        differs(&text("né"), "nè".as_bytes()),
        r#"at offset 1: expected "é", found "è""#
    );
    assert_eq!(
        differs(&hello, b"Hel\xff"),
        "at offset 3: expected … 48 65 6c [6c] 6f, found … 48 65 6c [ff]".replace("… ", "")
    );
    assert!(nearness(&hello, b"Help!") > nearness(&hello, b"Bye"));
    assert_eq!(test(&text("{{ name }}-{{ id }}"), b"Ada-7"), Ok(vec![]));
    assert_eq!(text("{{ name }}").names(), ["name"]);
}

#[test]
fn random_and_copy_are_no_matchers() {
    assert!(Matcher::exact(Payload::Random(3)).is_err());
    assert!(Matcher::exact(Payload::Copy).is_err());
}

#[test]
fn hexadecimal_has_wildcards() {
    let hex = Matcher::hex(template("00 ?? 0{{ id }}")).unwrap();
    assert_eq!(test(&hex, &[0, 99, 7]), Ok(vec![]));
    assert_eq!(differs(&hex, &[0, 99, 8]), "at offset 2: expected 07, found 00 63 [08]");
    assert_eq!(differs(&hex, &[0]), "at offset 1: expected any byte, found the end");
    assert_eq!(want(&hex).describe(), "hex 00 ?? 07");
    assert!(Matcher::hex(template("0")).is_err());
}

#[test]
fn contained_text_is_found_in_text_and_bytes() {
    let contains = Matcher::contains(template("SIZE {{ id }}"));
    assert_eq!(test(&contains, b"250-SIZE 7\r\n"), Ok(vec![]));
    assert_eq!(test(&contains, b"\xff SIZE 7 \xff"), Ok(vec![]));
    assert!(test(&contains, b"\xff SIZE 8").is_err());
    assert_eq!(
        differs(&contains, b"SIZE"),
        r#"expected text that contains "SIZE 7", found "SIZE""#
    );
}

#[test]
fn patterns_capture() {
    assert_eq!(
        test(&pattern("JOIN {name}"), b"JOIN a b"),
        Ok(captured(&[("name", json!("a b"))]))
    );
    assert_eq!(
        test(&pattern("/users/{id:int}/{what:word}"), b"/users/-12/x"),
        Ok(captured(&[("id", json!(-12)), ("what", json!("x"))]))
    );
    assert_eq!(
        test(&pattern("{a},{b}"), b"1,2,3"),
        Ok(captured(&[("a", json!("1")), ("b", json!("2,3"))]))
    );
    assert_eq!(
        test(&pattern("{{ name }}: {t}."), b"Ada: hi."),
        Ok(captured(&[("t", json!("hi"))]))
    );
    assert_eq!(
        test(&pattern("a.c {\"x\": {v}}"), b"a.c {\"x\": 1}"),
        Ok(captured(&[("v", json!("1"))]))
    );
    assert_eq!(pattern("{a:word} {b}").captures(), ["a", "b"]);
    assert!(test(&pattern("a.c"), b"abc").is_err());
    assert!(test(&pattern("N {n:int}"), b"N x").is_err());
}

#[test]
fn a_pattern_that_is_wrong_says_so() {
    let error = |source: &str| Matcher::pattern(&template(source)).unwrap_err();
    assert!(error("{a:float}").contains("`float` is no kind"));
    assert!(error("{a b}").contains("`{a` is not closed"));
    assert!(error("x {a:int").contains("not closed"));
}

#[test]
fn a_pattern_tells_how_far_it_went() {
    let join = pattern("JOIN {n:int}!");
    assert_eq!(
        differs(&join, b"JOIN x"),
        r#"at offset 5: pattern "JOIN {n:int}!" does not allow "x""#
    );
    assert_eq!(
        differs(&join, b"JOIN 1"),
        r#"at offset 6: pattern "JOIN {n:int}!" is not met by "JOIN 1""#
    );
    assert!(nearness(&join, b"JOIN 1") > nearness(&join, b"JOIN"));
    assert_eq!(want(&join).describe(), r#"pattern "JOIN {n:int}!""#);
}

#[test]
fn regexes_match_the_whole_message_and_capture_their_names() {
    let reply = regex(r"(?<code>\d{3}) (?<rest>.*)(?<more>!)?");
    assert_eq!(
        test(&reply, b"250 ok"),
        Ok(captured(&[
            ("code", json!("250")),
            ("rest", json!("ok")),
            ("more", Json::Null)
        ]))
    );
    assert!(test(&reply, b"x250 ok").is_err());
    assert_eq!(test(&regex("a|ab"), b"ab"), Ok(vec![]));
    assert_eq!(
        test(&regex(r"(?s-u)(?<b>.)x"), b"\xffx"),
        Ok(captured(&[("b", json!("ff"))]))
    );
    assert_eq!(test(&regex("{{ name }}+"), b"Adaa"), Ok(vec![]));
    let error = Matcher::regex(template("(a")).unwrap_err();
    assert_eq!(error, "the regex is wrong: unclosed group");
}

#[test]
fn a_name_captured_twice_has_one_value() {
    let twice = pattern("{a} {a}");
    assert_eq!(test(&twice, b"x x"), Ok(captured(&[("a", json!("x"))])));
    assert!(differs(&twice, b"x y").contains("`a` is captured twice"));
    let both = Matcher::all_of(vec![pattern("{a}!"), regex("(?<a>.*)!")]);
    assert_eq!(test(&both, b"x!"), Ok(captured(&[("a", json!("x"))])));
}

#[test]
fn sizes_and_combinations() {
    assert_eq!(
        differs(&Matcher::size(16, Some(16)), b"x"),
        "expected 16 bytes, found 1"
    );
    assert_eq!(
        differs(&Matcher::size(2, Some(64)), b"x"),
        "expected 2 to 64 bytes, found 1"
    );
    assert_eq!(test(&Matcher::size(1, None), b"xy"), Ok(vec![]));
    assert_eq!(test(&Matcher::any(), b"\xff"), Ok(vec![]));
    let one = Matcher::one_of(vec![text("Bye"), text("Hello"), pattern("N {n:int}")]);
    assert_eq!(test(&one, b"N 3"), Ok(captured(&[("n", json!(3))])));
    assert_eq!(
        differs(&one, b"Help"),
        r#"none of 3 alternatives matches; the nearest: at offset 3: expected "lo", found "p""#
    );
    let not = Matcher::not(text("Bye"));
    assert_eq!(test(&not, b"Hello"), Ok(vec![]));
    assert_eq!(differs(&not, b"Bye"), r#"expected not "Bye", found "Bye""#);
    assert!(want(&Matcher::until_closed(Matcher::any())).until_closed());
}

#[test]
fn only_what_has_an_end_is_for_raw() {
    for matcher in [
        Matcher::any(),
        Matcher::not(text("x")),
        Matcher::size(1, None),
        Matcher::one_of(vec![text("x"), Matcher::any()]),
    ] {
        assert!(matcher.raw_refusal().is_some(), "{matcher:?}");
        assert!(Matcher::until_closed(matcher).raw_refusal().is_none());
    }
    let allowed = Matcher::all_of(vec![Matcher::contains(template("x")), Matcher::not(text("y"))]);
    assert_eq!(allowed.raw_refusal(), None);
    assert_eq!(Matcher::size(3, Some(3)).raw_refusal(), None);
}

#[test]
fn what_has_no_templates_is_filled_once() {
    assert!(text("Hello").0.fixed.is_some());
    assert!(
        Matcher::json(&json!({"a": {"$regex": "x"}}), false, &Named::new())
            .unwrap()
            .0
            .fixed
            .is_some()
    );
    assert!(text("{{ id }}").0.fixed.is_none());
    // A port is known only when it is bound.
    let port = text("{{ port('Server') }}");
    assert!(port.0.fixed.is_none());
    assert_eq!(test(&port, b"7001"), Ok(vec![]));
    assert!(text("{{ uuid() }}").generates());
}

#[test]
fn descriptions_are_short() {
    assert_eq!(want(&text("Hello")).describe(), "\"Hello\"");
    assert_eq!(
        want(&Matcher::json(&json!({"id": "{{ id }}"}), false, &Named::new()).unwrap()).describe(),
        r#"{"id":7}"#
    );
    assert_eq!(want(&regex("a+")).describe(), r#"regex "a+""#);
    let long = want(&text(&"ä".repeat(500))).describe();
    assert!(long.chars().count() <= 60, "{long}");
    let many = Matcher::one_of((0..99).map(|n| text(&n.to_string())).collect());
    assert!(want(&many).describe().chars().count() <= 60);
}

proptest! {
    #[test]
    fn nothing_makes_a_test_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        for matcher in [text("Hello é"), pattern("{a:int} {b}"), regex(r"\b\w+(?<x>.)"), Matcher::contains(template("é")),
            Matcher::hex(template("00??")).unwrap(), Matcher::json(&json!({"a": [1]}), true, &Named::new()).unwrap()] {
            let _ = test(&matcher, &bytes);
        }
    }

    #[test]
    fn a_text_matches_itself_alone(one in ".{0,8}", other in ".{0,8}") {
        let matcher = Matcher::exact(Payload::fixed(one.as_bytes())).unwrap();
        prop_assert_eq!(test(&matcher, other.as_bytes()).is_ok(), one == other);
    }
}

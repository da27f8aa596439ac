//! What holds for every search.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::wire::matcher::tests::{any_json, want};
use crate::wire::matcher::{Matcher, Named};
use crate::wire::payload::Payload;
use crate::wire::template::tests::template;

fn text(text: &str) -> Want {
    want(&Matcher::exact(Payload::text(template(text))).unwrap())
}

fn pattern(source: &str) -> Want {
    want(&Matcher::pattern(&template(source)).unwrap())
}

fn regex(source: &str) -> Want {
    want(&Matcher::regex(template(source)).unwrap())
}

fn contains(source: &str) -> Want {
    want(&Matcher::contains(template(source)))
}

fn json(json: serde_json::Value) -> Want {
    want(&Matcher::json(&json, false, &Named::new()).unwrap())
}

fn size(size: u64) -> Want {
    want(&Matcher::size(size, Some(size)))
}

fn search(wants: &[Want], pieces: &[&[u8]], ended: bool) -> Found {
    let wants: Vec<&Want> = wants.iter().collect();
    let mut search = Search::new(&wants);
    let mut bytes = Vec::new();
    let mut found = Found::More;
    for piece in pieces {
        bytes.extend_from_slice(piece);
        found = search.advance(&bytes, false, 1 << 20);
        if found != Found::More {
            return found;
        }
    }
    match ended {
        true => search.advance(&bytes, true, 1 << 20),
        false => found,
    }
}

fn found(alternative: usize, size: usize) -> Found {
    Found::Match { alternative, size }
}

#[test]
fn the_shortest_prefix_wins_and_then_the_first_alternative() {
    assert_eq!(search(&[text("Hello"), text("He")], &[b"Hello"], false), found(1, 2));
    assert_eq!(search(&[pattern("A{x}B"), text("AxB")], &[b"AxBB"], false), found(0, 3));
    assert_eq!(search(&[size(4), contains("ok")], &[b"..ok.."], false), found(0, 4));
    assert_eq!(search(&[regex("a+b|ab+")], &[b"abbb"], false), found(0, 2));
    assert_eq!(
        search(&[pattern("SAY {text}\n")], &[b"SAY a\nSAY b\n"], false),
        found(0, 6)
    );
}

#[test]
fn the_byte_that_kills_the_last_alternative_is_told() {
    let wants = [text("Hello"), text("Help")];
    assert_eq!(search(&wants, &[b"Hel"], false), Found::More);
    assert_eq!(search(&wants, &[b"Hel", b"x!"], false), Found::Dead { size: 4 });
    assert_eq!(search(&wants, &[b"Hel"], true), Found::Dead { size: 3 });
    assert_eq!(search(&[text("")], &[b"a"], false), Found::Dead { size: 1 });
    assert_eq!(search(&[regex("ab+")], &[b"abc"], false), found(0, 2));
    assert_eq!(search(&[json(json!([1]))], &[b"[2] "], false), Found::Dead { size: 3 });
    assert_eq!(search(&[json(json!([1]))], &[b"[2x"], false), Found::Dead { size: 3 });
}

#[test]
fn json_ends_where_its_syntax_says() {
    let id = json(json!({"id": {"$capture": "id"}}));
    assert_eq!(search(&[id], &[b" {\"id\": \"}\\\"\"}{"], false), found(0, 14));
    let number = || json(json!({"$type": "number"}));
    assert_eq!(search(&[number()], &[b"12"], false), Found::More);
    assert_eq!(search(&[number()], &[b"12", b" "], false), found(0, 2));
    assert_eq!(search(&[number()], &[b"-1.5e3"], true), found(0, 6));
    assert_eq!(search(&[json(json!(true))], &[b"true"], false), found(0, 4));
    assert_eq!(search(&[json(json!(1)), text("12")], &[b"12 "], false), found(1, 2));
    let either = want(&Matcher::one_of(vec![
        Matcher::json(&json!(1), false, &Named::new()).unwrap(),
        Matcher::pattern(&template("1 {n:int};")).unwrap(),
    ]));
    assert_eq!(search(std::slice::from_ref(&either), &[b"1 2;"], false), found(0, 1));
    assert_eq!(search(&[json(json!(2)), text("1 2;")], &[b"1 2;"], false), found(1, 4));
}

#[test]
fn combinations_are_followed() {
    let both = want(&Matcher::all_of(vec![
        Matcher::contains(template("a")),
        Matcher::contains(template("b")),
        Matcher::not(Matcher::contains(template("c"))),
    ]));
    assert_eq!(search(std::slice::from_ref(&both), &[b"xbxax"], false), found(0, 4));
    assert_eq!(search(std::slice::from_ref(&both), &[b"xbcax"], false), Found::More);
    let twice = pattern("{a} {a};");
    assert_eq!(search(&[twice], &[b"x y;x y;x;"], false), Found::More);
    let hex = want(&Matcher::hex(template("00 ?? 01")).unwrap());
    assert_eq!(search(&[hex], &[&[0, 7, 1, 1]], false), found(0, 3));
}

#[test]
fn until_closed_takes_all() {
    let all = want(&Matcher::until_closed(Matcher::contains(template("b"))));
    assert_eq!(search(std::slice::from_ref(&all), &[b"abc"], false), Found::More);
    assert_eq!(search(std::slice::from_ref(&all), &[b"abc"], true), found(0, 3));
    assert_eq!(
        search(std::slice::from_ref(&all), &[b"xyz"], true),
        Found::Dead { size: 3 }
    );
    assert_eq!(search(&[all], &[], true), Found::Dead { size: 0 });
}

#[test]
fn over_the_limit_nothing_matches() {
    let want = contains("b");
    let advance = |bytes: &[u8]| Search::new(&[&want]).advance(bytes, false, 3);
    assert_eq!(advance(b"aab"), found(0, 3));
    assert_eq!(advance(b"aaa"), Found::More);
    assert_eq!(advance(b"aaab"), Found::Dead { size: 4 });
    let number = json(json!(123));
    assert_eq!(Search::new(&[&number]).advance(b"123 ", false, 3), found(0, 3));
}

fn wants() -> &'static [Want] {
    static WANTS: OnceLock<Vec<Want>> = OnceLock::new();
    WANTS.get_or_init(|| {
        vec![
            text("aab"),
            pattern("a{x}b"),
            pattern("{n:int}a{w:word}"),
            pattern("a{t}"),
            contains("ab1"),
            regex("(?:a|ab)(?:c|bcd)?1+"),
            regex(r"(?s)(?<x>.)b$"),
            regex("a+?(?-u:\\b)"),
            want(&Matcher::hex(template("61 ?? 62")).unwrap()),
            size(3),
            json(json!({"$any": true})),
            json(json!({"a": 1})),
            json(json!([{"$type": "integer"}])),
            want(&Matcher::one_of(vec![
                Matcher::contains(template("bb")),
                Matcher::size(7, Some(7)),
            ])),
            want(&Matcher::all_of(vec![
                Matcher::contains(template("a")),
                Matcher::contains(template("b")),
            ])),
        ]
    })
}

/// Whether a prefix matches, and is not only JSON with blanks behind it.
fn matches(want: &Want, prefix: &[u8]) -> bool {
    want.test(&Message::new(prefix)).is_ok()
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let alphabet = prop_oneof![
        Just("a"),
        Just("b"),
        Just("1"),
        Just(" "),
        Just("{\"a\":1}"),
        Just("["),
        Just("]"),
        Just(","),
        Just("\u{e9}")
    ];
    proptest::collection::vec(alphabet, 0..12).prop_map(|parts| parts.concat().into_bytes())
}

proptest! {
    #[test]
    fn one_want_is_found_at_its_shortest_prefix(bytes in stream()) {
        for want in wants() {
            let naive = (1..=bytes.len()).find(|size| {
                // A number is whole only when it is seen to be.
                let goes_on = matches!(want.kind(), Test::Json(..))
                    && bytes.get(*size).is_some_and(|next| b"0123456789.eE".contains(next))
                    && bytes[size - 1].is_ascii_digit();
                matches(want, &bytes[..*size]) && !goes_on
            });
            let expected = naive.map(|size| found(0, size));
            let seen = search(std::slice::from_ref(want), &[&bytes], true);
            match expected {
                Some(expected) => prop_assert_eq!(seen, expected, "{}", want.describe()),
                None => prop_assert!(matches!(seen, Found::Dead { .. }), "{} {seen:?}", want.describe()),
            }
        }
    }

    #[test]
    fn cuts_do_not_show(bytes in stream(), which in proptest::collection::vec(0..15_usize, 1..4), ended in any::<bool>()) {
        let all = wants();
        let wants: Vec<Want> = which.iter().map(|which| all[*which].clone()).collect();
        let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(search(&wants, &bytewise, ended), search(&wants, &[&bytes], ended));
    }

    #[test]
    fn what_is_dead_stays_dead(bytes in stream(), more in stream()) {
        for want in wants() {
            if let Found::Dead { size } = search(std::slice::from_ref(want), &[&bytes], false) {
                let all = [&bytes[..size], &more].concat();
                let blank = matches!(want.kind(), Test::Json(..));
                prop_assert!(blank || (1..=all.len()).all(|size| !matches(want, &all[..size])), "{}", want.describe());
            }
        }
    }

    #[test]
    fn a_json_value_is_found_whole(value in any_json(), blanks in "[ \n]{0,2}", more in "[ x\\]},]") {
        let text = format!("{blanks}{value}");
        let any = json(json!({"$any": true}));
        let stream = format!("{text}{more}");
        prop_assert_eq!(search(std::slice::from_ref(&any), &[stream.as_bytes()], false), found(0, text.len()));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(search(&[any], &[pretty.as_bytes()], true), found(0, pretty.len()));
    }

    #[test]
    fn nothing_makes_a_search_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        for want in wants() {
            search(std::slice::from_ref(want), &[&bytes], true);
        }
    }
}

#[test]
fn the_nesting_that_is_read_is_the_nesting_that_is_found() {
    let any = json(json!({"$any": true}));
    for depth in 120..=130 {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let seen = search(std::slice::from_ref(&any), &[text.as_bytes()], true);
        assert_eq!(
            matches!(seen, Found::Match { .. }),
            matches(&any, text.as_bytes()),
            "{depth}"
        );
    }
}

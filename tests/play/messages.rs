//! Framings, payloads and matchers.

use wiretale::finding::FindingKind;

use super::stage::Scene;

/// That `payload` comes out of `framing` as `matcher` says, and back.
#[track_caller]
fn there_and_back(framing: &str, payload: &str, matcher: &str) {
    Scene::pair(
        framing,
        &format!(r#"{{ "send": {payload} }}, {{ "receive": {matcher} }}, {{ "close": true }}"#),
        &format!(r#"{{ "receive": {matcher} }}, {{ "send": {payload} }}, {{ "closed": "eof" }}"#),
    )
    .passes();
}

#[test]
fn every_framing_gives_back_what_was_sent() {
    for framing in [
        r#""raw""#,
        r#""lines""#,
        r#""crlf""#,
        r#"{ "delimiter": "\u0000" }"#,
        r#"{ "delimiter": "--END--" }"#,
        r#"{ "length": "u8" }"#,
        r#"{ "length": "u16" }"#,
        r#"{ "length": "u24" }"#,
        r#"{ "length": "u32" }"#,
        r#"{ "length": "u64" }"#,
        r#"{ "length": "u16le" }"#,
        r#"{ "length": "u24le" }"#,
        r#"{ "length": "u32le" }"#,
        r#"{ "length": "u64le" }"#,
        r#"{ "length": "varint" }"#,
        r#"{ "fixed": 7 }"#,
        r#"{ "client": "crlf", "server": { "length": "varint" } }"#,
        r#"{ "client": "crlf" }"#,
        r#"{ "server": "lines" }"#,
    ] {
        there_and_back(framing, r#""seven!!""#, r#""seven!!""#);
    }
}

#[test]
fn a_regular_expression_ends_a_message_that_it_belongs_to() {
    there_and_back(
        r#"{ "regex": "(?m)^\\d{3} .*\\r\\n" }"#,
        r#""250-one\r\n250 two\r\n""#,
        r#"{ "text": "250-one\r\n250 two\r\n" }"#,
    );
}

#[test]
fn a_message_may_hold_its_own_length() {
    there_and_back(
        r#"{ "length": "u16", "at": 2, "add": 4 }"#,
        r#"{ "hex": "cafe 0003 010203" }"#,
        r#"{ "hex": "ca?? 0003 010203" }"#,
    );
}

#[test]
fn a_direction_may_be_one_message() {
    Scene::pair(
        r#""until_close""#,
        r#"{ "send": "one" }, { "shutdown": true }, { "receive": "two" }, { "closed": "eof" }"#,
        r#"{ "receive": "one" }, { "closed": "eof" }, { "send": "two" }, { "close": true }"#,
    )
    .shows(&[
        "Client->>Server: one",
        "Client-)Server: close",
        "Server-->>Client: two",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_framing_changes_in_the_middle_of_a_connection() {
    // The first bytes of the new framing are sent before the other side has changed to it.
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "BINARY" }, { "framing": { "client": { "length": "u16" } } }, { "send": { "hex": "0a0a0a" } },
           { "receive": "ok" }, { "framing": "raw" }, { "receive": { "size": 3 } }, { "send": "bye" }, { "close": true }"#,
        r#"{ "receive": "BINARY" }, { "framing": { "client": { "length": "u16" } } }, { "receive": { "hex": "0a0a0a" } },
           { "send": "ok" }, { "framing": "raw" }, { "send": "xyz" }, { "receive": "bye" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn every_payload_is_sent_as_it_says() {
    for (payload, matcher) in [
        (r#""text""#, r#"{ "hex": "74657874" }"#),
        (r#"["a", "b"]"#, r#""a\r\nb""#),
        (r#"{ "text": "text" }"#, r#"{ "text": "text" }"#),
        (
            r#"{ "json": { "b": [1, 2.5, null, true], "a": "x" } }"#,
            r#""{\"b\":[1,2.5,null,true],\"a\":\"x\"}""#,
        ),
        (r#"{ "hex": "00 ff" }"#, r#"{ "hex": "00ff" }"#),
        (r#"{ "base64": "AP8=" }"#, r#"{ "base64": "AP8=" }"#),
        (r#"{ "fill": { "byte": "2a", "size": "3B" } }"#, r#""***""#),
        (r#"{ "fill": { "byte": "2a", "size": "2KiB" } }"#, r#"{ "size": 2048 }"#),
        (r#"{ "random": "32B" }"#, r#"{ "size": { "min": 32, "max": 32 } }"#),
        (r#""grüße 🦀""#, r#"{ "contains": "🦀" }"#),
    ] {
        there_and_back(r#"{ "length": "u32" }"#, payload, matcher);
    }
}

#[test]
fn a_copy_is_what_came_last_byte_for_byte() {
    Scene::pair(
        r#"{ "length": "u16" }"#,
        r#"{ "send": { "hex": "ff00fe" } }, { "receive": { "hex": "ff00fe" } }, { "close": true }"#,
        r#"{ "receive": { "any": true } }, { "send": { "copy": true } }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn every_matcher_takes_what_it_says_and_nothing_else() {
    for (matcher, yes, no) in [
        (r#""a""#, "a", "b"),
        (r#"["a", "b"]"#, "a\\r\\nb", "a\\nb"),
        (r#"{ "contains": "bc" }"#, "abcd", "acbd"),
        (r#"{ "pattern": "id {n:int}" }"#, "id -7", "id x"),
        (r#"{ "pattern": "{a:word} {b}" }"#, "x y z", "x"),
        (r#"{ "regex": "[ab]+" }"#, "abba", "abc"),
        (r#"{ "json": { "a": 1 } }"#, r#"{\"a\":1,\"b\":2}"#, r#"{\"a\":2}"#),
        (
            r#"{ "json_exact": { "a": 1 } }"#,
            r#"{\"a\":1}"#,
            r#"{\"a\":1,\"b\":2}"#,
        ),
        (
            r#"{ "json": { "a": { "$type": "integer" } } }"#,
            r#"{\"a\":1}"#,
            r#"{\"a\":\"1\"}"#,
        ),
        (
            r#"{ "json": { "a": { "$range": [1, 10] } } }"#,
            r#"{\"a\":10}"#,
            r#"{\"a\":11}"#,
        ),
        (r#"{ "json": { "a": { "$optional": 1 } } }"#, r#"{}"#, r#"{\"a\":2}"#),
        (
            r#"{ "json": { "a": { "$absent": true } } }"#,
            r#"{}"#,
            r#"{\"a\":null}"#,
        ),
        (
            r#"{ "json": { "a": { "$unordered": [1, 2] } } }"#,
            r#"{\"a\":[2,1]}"#,
            r#"{\"a\":[2,2]}"#,
        ),
        (
            r#"{ "json": { "a": { "$each": { "$regex": "x+" } } } }"#,
            r#"{\"a\":[\"x\",\"xx\"]}"#,
            r#"{\"a\":[\"y\"]}"#,
        ),
        (
            r#"{ "json": { "a": { "$literal": { "$any": true } } } }"#,
            r#"{\"a\":{\"$any\":true}}"#,
            r#"{\"a\":1}"#,
        ),
        (
            r#"{ "json": { "a": { "$any": true } } }"#,
            r#"{\"a\":null}"#,
            r#"{\"b\":null}"#,
        ),
        (r#"{ "hex": "61 ?? 63" }"#, "abc", "abd"),
        (r#"{ "size": 3 }"#, "abc", "ab"),
        (r#"{ "size": { "min": 2, "max": 3 } }"#, "ab", "abcd"),
        (r#"{ "one_of": ["a", { "contains": "b" }] }"#, "xbx", "x"),
        (r#"{ "all_of": [{ "contains": "a" }, { "contains": "b" }] }"#, "ba", "a"),
        (r#"{ "not": "a" }"#, "b", "a"),
    ] {
        let taking = |text: &str| {
            Scene::pair(
                r#"{ "length": "u16" }"#,
                &format!(r#"{{ "send": "{text}" }}, {{ "close": true }}"#),
                &format!(r#"{{ "receive": {matcher} }}, {{ "closed": "eof" }}"#),
            )
            .play()
        };
        taking(yes).passed();
        let tale = taking(no);
        tale.finds(&[FindingKind::Mismatch]);
    }
    there_and_back(r#""lines""#, r#""anything""#, r#"{ "any": true }"#);
}

#[test]
fn what_was_captured_is_known_afterwards() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": { "json": { "id": 7, "user": { "name": "Ada", "tags": ["x", "y"] } } } },
           { "receive": "7 Ada y" }, { "close": true }"#,
        r#"{ "receive": { "json": { "id": { "$type": "integer", "$capture": "id" } } },
             "capture": { "name": "$.user.name", "last": "message.json.user.tags[1]" } },
           { "send": "{{ id }} {{ name }} {{ last }}" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn captures_of_patterns_and_regular_expressions_are_known_afterwards() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": "n 41" }, { "send": "key=value" }, { "receive": "42 value" }, { "close": true }"#,
        r#"{ "receive": { "pattern": "n {n:int}" } }, { "receive": { "regex": "(?<k>\\w+)=(?<v>\\w+)" } },
           { "send": "{{ n + 1 }} {{ v }}" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn raw_takes_the_shortest_prefix_and_leaves_the_rest() {
    Scene::pair(
        r#""raw""#,
        r#"{ "send": "abc123{\"a\":[1,2]}xEND" }, { "close": true }"#,
        r#"{ "receive": "abc" }, { "receive": { "size": 2 } }, { "receive": { "regex": "[0-9]+" } },
           { "receive": { "json": { "a": [1, 2] } } }, { "receive": { "contains": "EN" } }, { "receive": "D" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn raw_may_be_read_to_the_end() {
    Scene::pair(
        r#""raw""#,
        r#"{ "send": "one" }, { "send": "two" }, { "close": true }"#,
        r#"{ "receive": { "any": true, "until": "closed" } }, { "assert": "message.text == 'onetwo'" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn raw_says_which_byte_was_wrong() {
    let tale = Scene::pair(
        r#""raw""#,
        r#"{ "send": "Helpful" }, { "close": true }"#,
        r#"{ "receive": "Hello" }"#,
    )
    .finds(&[FindingKind::Mismatch]);
    let finding = tale.finding(FindingKind::Mismatch);
    assert_eq!(finding.actual.as_deref(), Some("\"Help\""));
    assert_eq!(
        finding.expected[0].difference.as_deref(),
        Some("at offset 3: expected \"lo\", found \"p\"")
    );
}

#[test]
fn bytes_that_are_no_message_are_malformed() {
    for (framing, bytes) in [
        (r#"{ "length": "u32" }"#, "ffffffff 00"),
        (r#"{ "length": "u64" }"#, "0000000100000000"),
        (r#"{ "length": "varint" }"#, "ffffffffffffffffffff01"),
        (r#"{ "length": "u16", "at": 0, "add": 0 }"#, "0001"),
    ] {
        let tale = Scene::pair(
            &format!(r#"{{ "client": {framing} }}"#),
            &format!(r#"{{ "framing": "raw" }}, {{ "send": {{ "hex": "{bytes}" }} }}, {{ "closed": "eof" }}, {{ "close": true }}"#),
            r#"{ "receive": { "any": true } }"#,
        )
        .play();
        tale.finds(&[FindingKind::Malformed]);
        let shown = tale.finding(FindingKind::Malformed).actual.clone().unwrap_or_default();
        assert!(shown.contains(&bytes[..2]) && shown.contains("at offset"), "{shown}");
    }
}

#[test]
fn a_payload_that_would_not_come_back_as_one_message_is_refused() {
    for (framing, payload) in [
        (r#""lines""#, r#""a\nb""#),
        (r#""crlf""#, r#""a\r\nb""#),
        (r#"{ "delimiter": "|" }"#, r#""a|b""#),
        (r#"{ "fixed": 4 }"#, r#""abc""#),
        (r#"{ "length": "u8" }"#, r#""{{ 'x' * 256 }}""#),
    ] {
        let tale = Scene::pair(
            framing,
            &format!(r#"{{ "set": {{ "x": {payload} }} }}, {{ "send": "{{{{ x }}}}" }}"#),
            r#"{ "closed": "eof" }"#,
        )
        .play();
        tale.finds(&[FindingKind::Malformed]);
    }
}

#[test]
fn what_a_message_was_is_known_afterwards() {
    Scene::pair(
        r#""lines""#,
        r#"{ "send": { "json": { "a": "ü" } } }, { "close": true }"#,
        r#"{ "receive": { "any": true } },
           { "assert": "message.text == '{\"a\":\"ü\"}' and message.json.a == 'ü' and message.size == 10 and message.from == 'Client'" },
           { "assert": "peer == 'Client' and session == 'Server/Client#1' or session" },
           { "assert": "size(message.text) == 10 and message.text | length == 9" }, { "closed": "eof" }"#,
    )
    .passes();
}

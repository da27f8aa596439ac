//! Each code on the scenarios that explain it; what covers what; what must not be warned of.

use super::*;
use crate::plan::{Overrides, Permissions};
use crate::scenario::load_text;

fn warnings(text: &str) -> Vec<Code> {
    let (scenario, sources) = load_text("s.json", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let plan = Plan::compile("s.json", &scenario, &sources, &Overrides::default());
    let plan = plan.unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"));
    lint(&scenario, &plan).into_iter().map(|warning| warning.code).collect()
}

/// The warnings of a client and a session on lines.
fn talk(client: &str, session: &str) -> Vec<Code> {
    warnings(&format!(
        r#"{{ "actors": {{
            "Client": {{ "script": [ {{ "connect": "Server" }}, {client} ] }},
            "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {session} ] }}
        }} }}"#
    ))
}

/// The warnings of a session that serves these alternatives to a client that sends what only the run knows.
fn served(alternatives: &str) -> Vec<Code> {
    talk(
        r#"{ "send": "{{ random_text(3) }}" }, { "close": true }"#,
        &format!(r#"{{ "serve": [ {alternatives} ] }}"#),
    )
}

#[test]
fn the_bad_example_of_each_code_gives_its_warning_and_the_cured_one_none() {
    for code in ALL {
        let explanation = explanation(code);
        assert_eq!(warnings(explanation.bad), [code], "{code}");
        assert_eq!(warnings(explanation.cured), [], "{code}");
    }
}

#[test]
fn every_code_has_a_name_of_its_own() {
    for code in ALL {
        assert_eq!(Code::named(code.name()), Some(code));
        assert!(
            code.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{code}"
        );
    }
    assert_eq!(Code::named("all"), None);
}

#[test]
fn a_way_around_a_break_reaches_the_steps_behind() {
    let around = [
        r#"{ "repeat": 2, "do": [ { "break": true, "when": "true" }, { "send": "x" } ] }, { "send": "y" }"#,
        r#"{ "repeat": 2, "do": [ { "break": true } ] }, { "send": "y" }"#,
        r#"{ "repeat": { "while": "true" }, "do": [ { "if": "true", "do": [ { "break": true } ] } ] }, { "send": "y" }"#,
        r#"{ "repeat": 2, "do": [ { "if": "true", "do": [ { "break": true } ] }, { "send": "x" } ] }"#,
        r#"{ "repeat": { "while": "true" }, "timeout": "1s", "fails": "timeout", "do": [ { "wait": "1ms" } ] }, { "send": "y" }"#,
        r#"{ "serve": [ { "closed": "any" } ] }, { "send": "y" }"#,
    ];
    for steps in around {
        assert_eq!(
            talk(steps, r#"{ "serve": [ { "receive": { "any": true } } ] }"#),
            [],
            "{steps}"
        );
    }
}

#[test]
fn steps_behind_all_ways_out_are_unreachable() {
    let out = [
        r#"{ "repeat": 2, "do": [ { "if": "true", "do": [ { "break": true } ], "else": [ { "break": true } ] }, { "note": "x" } ] }"#,
        r#"{ "repeat": { "while": "true" }, "do": [ { "wait": "1ms" } ] }, { "note": "y" }"#,
        r#"{ "repeat": { "while": "true" }, "do": [ { "repeat": 2, "do": [ { "break": true } ] } ] }, { "note": "y" }"#,
        r#"{ "repeat": 0, "do": [ { "note": "y" } ] }"#,
        r#"{ "repeat": 2, "do": [ { "group": [ { "break": true } ] }, { "note": "x" } ] }"#,
    ];
    for steps in out {
        assert_eq!(
            talk(steps, r#"{ "serve": [ { "receive": { "any": true } } ] }"#),
            [Code::UnreachableStep],
            "{steps}"
        );
    }
}

#[test]
fn an_alternative_is_shadowed_by_one_that_takes_all_of_its_messages() {
    let pairs = [
        (r#""a b""#, r#""a b""#),
        (r#"{ "any": true }"#, r#"{ "contains": "x" }"#),
        (r#"{ "contains": "ell" }"#, r#""hello""#),
        (r#"{ "contains": "ell" }"#, r#"{ "contains": "hello" }"#),
        (r#"{ "contains": "AY" }"#, r#"{ "pattern": "SAY {_x}" }"#),
        (r#"{ "pattern": "SAY {_x}" }"#, r#"{ "pattern": "SAY {_y:word}" }"#),
        (
            r#"{ "pattern": "SAY {_x}" }"#,
            r#"{ "pattern": "SAY {_y} to {_z:int}" }"#,
        ),
        (r#"{ "pattern": "SAY {_x}" }"#, r#""SAY hello""#),
        (r#"{ "pattern": "SAY {_x:rest}" }"#, r#"{ "pattern": "SAY {_y}" }"#),
        (r#"{ "regex": "[a-z]+" }"#, r#""hello""#),
        (r#"{ "size": { "min": 1 } }"#, r#"{ "size": 5 }"#),
        (r#"{ "one_of": ["a", "b"] }"#, r#""b""#),
        (r#""b""#, r#"{ "all_of": ["b", { "size": 1 }] }"#),
        (r#"{ "json": { "a": 1 } }"#, r#"{ "json": { "a": 1, "b": 2 } }"#),
        (
            r#"{ "json": { "a": { "$any": true } } }"#,
            r#"{ "json": { "a": { "c": 1 }, "b": 2 } }"#,
        ),
        (
            r#"{ "json": { "a": { "$type": "number" } } }"#,
            r#"{ "json_exact": { "a": 7 } }"#,
        ),
        (
            r#"{ "json": { "a": { "$one_of": [1, 2] } } }"#,
            r#"{ "json": { "a": 2 } }"#,
        ),
        (
            r#"{ "json": { "a": { "$capture": "_x" } } }"#,
            r#"{ "json": { "a": { "$range": [1, 2] } } }"#,
        ),
        (
            r#"{ "json": { "a": [1, { "$any": true }] } }"#,
            r#"{ "json": { "a": [1, "x"] } }"#,
        ),
    ];
    for (by, matcher) in pairs {
        let found = served(&format!(r#"{{ "receive": {by} }}, {{ "receive": {matcher} }}"#));
        assert_eq!(found, [Code::ShadowedAlternative], "{by} covers {matcher}");
    }
}

#[test]
fn an_alternative_that_something_is_left_for_is_not_shadowed() {
    let pairs = [
        (r#""a""#, r#""b""#),
        (r#"{ "contains": "hello" }"#, r#"{ "contains": "ell" }"#),
        (r#"{ "pattern": "SAY {_x:word}" }"#, r#"{ "pattern": "SAY {_y}" }"#),
        (r#"{ "pattern": "SAY {_x} to {_y}" }"#, r#"{ "pattern": "SAY {_z}" }"#),
        (r#"{ "pattern": "{_x} {_x}" }"#, r#"{ "pattern": "{_y} {_z}" }"#),
        (r#"{ "json": { "a": 1, "b": 2 } }"#, r#"{ "json": { "a": 1 } }"#),
        (r#"{ "json_exact": { "a": 1 } }"#, r#"{ "json": { "a": 1 } }"#),
        (
            r#"{ "json": { "a": { "$absent": true } } }"#,
            r#"{ "json": { "b": 1 } }"#,
        ),
        (
            r#"{ "json": { "a": { "$optional": 1 } } }"#,
            r#"{ "json": { "b": 1 } }"#,
        ),
        (
            r#"{ "json": { "a": { "$type": "integer" } } }"#,
            r#"{ "json": { "a": { "$type": "number" } } }"#,
        ),
        (
            r#"{ "json": { "a": { "$type": "string" } } }"#,
            r#"{ "json": { "a": "{{ message.size }}" } }"#,
        ),
        (r#"{ "json": [1] }"#, r#"{ "json": [1, 2] }"#),
        (r#"{ "size": { "min": 1, "max": 4 } }"#, r#"{ "size": { "min": 2 } }"#),
        (r#"{ "not": "a" }"#, r#"{ "not": "b" }"#),
        (r#"{ "regex": "[a-z]+" }"#, r#"{ "regex": "[a-c]+" }"#),
    ];
    for (by, matcher) in pairs {
        let found = served(&format!(r#"{{ "receive": {by} }}, {{ "receive": {matcher} }}"#));
        assert_eq!(found, [], "{by} does not cover {matcher}");
    }
}

#[test]
fn conditions_other_guards_and_any_order_shadow_nothing() {
    let any = r#"{ "receive": { "any": true }, "when": "message.size > 3" }, { "receive": "x" }"#;
    assert_eq!(served(any), []);
    assert_eq!(
        served(r#"{ "receive": { "any": true } }, { "closed": "eof", "do": [ { "break": true } ] }"#),
        []
    );
    assert_eq!(
        served(r#"{ "closed": "any" }, { "closed": "eof" }"#),
        [Code::ShadowedAlternative]
    );
    assert_eq!(served(r#"{ "closed": "eof" }, { "closed": "any" }"#), []);
    assert_eq!(
        served(r#"{ "after": "2s" }, { "after": "1s" }"#),
        [Code::ShadowedAlternative]
    );
    assert_eq!(
        talk(
            r#"{ "send": "x" }, { "send": "x" }, { "close": true }"#,
            r#"{ "any_order": [ { "receive": "x" }, { "receive": "x" } ] }"#
        ),
        []
    );
}

#[test]
fn alternatives_on_other_connections_shadow_nothing() {
    let race = |first: &str, second: &str| {
        warnings(&format!(
            r#"{{ "actors": {{
                "A": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "script": [
                    {{ "accept": true, "as": "one" }}, {{ "accept": true, "as": "two" }},
                    {{ "choose": [ {{ "receive": "x", "on": {first} }}, {{ "receive": "x", "on": {second} }} ] }}
                ] }},
                "B": {{ "script": [ {{ "connect": "A" }}, {{ "send": "x" }}, {{ "close": true }} ] }},
                "C": {{ "script": [ {{ "connect": "A" }}, {{ "send": "x" }}, {{ "close": true }} ] }}
            }} }}"#
        ))
    };
    assert_eq!(race(r#""one""#, r#""two""#), []);
    assert_eq!(race(r#""one""#, r#""*""#), []);
    assert_eq!(race(r#"["two", "one"]"#, r#""two""#), [Code::ShadowedAlternative]);
    assert_eq!(race(r#""*""#, r#""two""#), [Code::ShadowedAlternative]);
}

#[test]
fn a_head_is_shadowed_by_one_that_asks_for_less_of_it() {
    let headed = |by: &str, matcher: &str| {
        warnings(&format!(
            r#"{{ "actors": {{
                "C": {{ "script": [ {{ "connect": "S" }}, {{ "send": {{ "line": "{{{{ random_text(3) }}}}", "text": "x" }} }} ] }},
                "S": {{ "listen": {{ "tcp": 0, "framing": {{ "headers": "Content-Length" }} }}, "session": [
                    {{ "serve": [ {{ "receive": {by} }}, {{ "receive": {matcher} }} ] }} ] }} }} }}"#
        ))
    };
    let (more, less) = (
        r#"{ "line": "INVITE x", "headers": { "via": "a" }, "text": "x" }"#,
        r#"{ "line": { "pattern": "INVITE {_to}" }, "headers": { "Via": { "any": true } } }"#,
    );
    assert_eq!(headed(less, more), [Code::ShadowedAlternative]);
    assert_eq!(headed(more, less), []);
    let absent = r#"{ "line": "INVITE x", "headers": { "Via": { "absent": true } } }"#;
    assert_eq!(headed(absent, more), []);
}

#[test]
fn a_request_is_shadowed_by_one_that_asks_for_less() {
    let served = |by: &str, request: &str| {
        warnings(&format!(
            r#"{{ "vars": {{ "who": "ada" }}, "actors": {{
                "C": {{ "script": [ {{ "connect": "S" }}, {{ "request": {{ "GET": "/{{{{ who }}}}" }} }} ] }},
                "S": {{ "listen": "http", "session": [ {{ "serve": [
                    {{ "request": {by}, "do": [ {{ "respond": 200 }} ] }},
                    {{ "request": {request}, "do": [ {{ "respond": 200 }} ] }} ] }} ] }} }} }}"#
        ))
    };
    for (by, request) in [
        (r#""GET /users/{_id}""#, r#""GET /users/7""#),
        (r#""GET /users/{_id}""#, r#""GET /users/{_id:int}""#),
        (r#""ANY /{_a}/{_b}""#, r#""POST /users/{_id}""#),
        (r#""ANY /{_a:rest}""#, r#""POST /users/{_id}""#),
        (r#""ANY /{_a:rest}""#, r#""GET /""#),
        (r#""GET /a/{_a:rest}""#, r#""GET /a/{_b:word}""#),
        (r#""GET /x""#, r#"{ "GET": "/x", "query": { "a": "1" } }"#),
        (
            r#"{ "GET": "/x", "headers": { "accept": { "any": true } } }"#,
            r#"{ "GET": "/x", "headers": { "Accept": "a" } }"#,
        ),
    ] {
        assert_eq!(
            served(by, request),
            [Code::ShadowedAlternative],
            "{by} covers {request}"
        );
        assert_eq!(served(request, by), [], "{request} does not cover {by}");
    }
    assert_eq!(served(r#""GET /x""#, r#""POST /x""#), []);
    assert_eq!(served(r#""GET /{_a}""#, r#""GET /a/b""#), []);
    assert_eq!(served(r#""GET /a/{_a:rest}""#, r#""GET /a""#), []);
    assert_eq!(served(r#""GET /{_a}/{_a}""#, r#""GET /{_b}/{_c}""#), []);
}

#[test]
fn what_happens_in_the_background_is_looked_at() {
    let with = |background: &str| {
        warnings(&format!(
            r#"{{ "actors": {{
                "C": {{ "background": [ {background} ], "script": [ {{ "connect": "S" }}, {{ "receive": "x" }} ] }},
                "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "send": "x" }}, {{ "receive": "PONG" }} ] }}
            }} }}"#
        ))
    };
    assert_eq!(with(r#"{ "receive": "PING", "do": [ { "send": "PONG" } ] }"#), []);
    assert_eq!(with(r#"{ "receive": "PING" }"#), [Code::UnmetServer]);
    let twice = r#"{ "receive": "PING", "do": [ { "send": "PONG" } ] }, { "receive": "PING" }"#;
    assert_eq!(with(twice), [Code::ShadowedAlternative]);
}

#[test]
fn a_redirect_may_lead_anywhere() {
    let with = |redirects: &str| {
        warnings(&format!(
            r#"{{ "vars": {{ "who": "ada" }}, "actors": {{
                "C": {{ "script": [ {{ "connect": "A" }}, {{ "request": {{ "GET": "/{{{{ who }}}}" }}{redirects} }} ] }},
                "A": {{ "listen": "http", "session": [ {{ "receive": {{ "any": true }} }} ] }},
                "B": {{ "listen": "http", "session": [ {{ "receive": {{ "any": true }} }} ] }} }} }}"#
        ))
    };
    assert_eq!(with(""), [Code::UnmetServer]);
    assert_eq!(with(r#", "redirects": 3"#), []);
}

#[test]
fn whatever_may_be_looked_at_is_used() {
    let used = [
        r#"{ "receive": { "pattern": "{x}" } }, { "send": "{{ x }}" }"#,
        r#"{ "receive": { "pattern": "{x} {x}" } }"#,
        r#"{ "receive": { "regex": "(?<x>.*)" } }, { "assert": "x | length > 0" }"#,
        r#"{ "receive": { "json": { "$capture": "x" } } }, { "receive": { "json": { "id": "{{ x.id }}" } } }"#,
        r#"{ "set": { "i": 1, "actor.list[i]": 2 } }, { "assert": "actor.get('list')" }"#,
        r#"{ "receive": { "any": true }, "capture": { "x": "message.size", "_y": "x + 1" } }"#,
        r#"{ "receive": { "pattern": "{x}" } }, { "note": "it was {{ x }}" }"#,
    ];
    for session in used {
        assert_eq!(talk(r#"{ "send": "{{ random_text(1) }}" }"#, session), [], "{session}");
    }
}

#[test]
fn what_nothing_looks_at_is_unused() {
    let unused = [
        r#"{ "receive": { "pattern": "{x}" } }, { "set": { "_y": "x" } }"#,
        r#"{ "receive": { "regex": "(?<x>.*)" } }"#,
        r#"{ "receive": { "json": { "a": { "$pattern": "{x}" } } } }"#,
        r#"{ "set": { "n": 1 } }, { "unset": "n" }"#,
        r#"{ "set": { "actor.seen": true } }"#,
        r#"{ "receive": { "any": true }, "capture": { "x": "$.id" } }"#,
    ];
    for session in unused {
        let found = talk(r#"{ "send": "{{ random_text(1) }}" }"#, session);
        assert_eq!(found, [Code::UnusedVariable], "{session}");
    }
    let constants = |vars: &str| {
        warnings(&format!(
            r#"{{ "vars": {vars}, "actors": {{ "A": {{ "state": {{ "s": "{{{{ used }}}}" }}, "script": [ {{ "assert": "actor.s" }} ] }} }} }}"#
        ))
    };
    assert_eq!(constants(r#"{ "first": 1, "used": "{{ first }}" }"#), []);
    assert_eq!(constants(r#"{ "used": 1, "other": 2 }"#), [Code::UnusedVariable]);
}

#[test]
fn what_a_client_may_send_is_not_unmet() {
    let session = r#"{ "serve": [ { "receive": "one" }, { "receive": "two" } ] }"#;
    for sends in [
        r#"{ "send": "one" }, { "send": "two" }"#,
        r#"{ "send": "one" }, { "send": "t{{ random_text(2) }}" }"#,
        r#"{ "send": { "random": "3B" } }"#,
        r#"{ "send": { "hex": "6f6e65" } }, { "if": "false", "do": [ { "send": { "text": "two" } } ] }"#,
        r#"{ "framing": "raw" }, { "send": "one\ntwo\n" }"#,
    ] {
        assert_eq!(talk(sends, session), [], "{sends}");
    }
    assert_eq!(
        talk(r#"{ "send": "one" }, { "send": "{{ random_text(2) }}x" }"#, session),
        [Code::UnmetServer]
    );
    let raw = session.replace("serve", "choose");
    let text = format!(
        r#"{{ "actors": {{ "C": {{ "script": [ {{ "connect": "S" }}, {{ "send": "o" }}, {{ "send": "ne" }} ] }},
            "S": {{ "listen": "tcp", "session": [ {raw} ] }} }} }}"#
    );
    assert_eq!(warnings(&text), []);
}

#[test]
fn a_server_that_somebody_may_connect_to_is_not_unmet() {
    let with = |connect: &str| {
        warnings(&format!(
            r#"{{ "actors": {{ "C": {{ "script": [ {{ "connect": "{connect}" }}, {{ "close": true }} ] }},
                "A": {{ "listen": "tcp", "session": [ {{ "closed": "eof" }} ] }},
                "B": {{ "listen": "tcp", "session": [ {{ "closed": "eof" }} ] }} }} }}"#
        ))
    };
    assert_eq!(with("{{ choice(['A', 'B']) }}"), []);
    assert_eq!(with("A"), [Code::UnmetServer]);
}

#[test]
fn the_first_word_of_either_side_ends_a_deadlock() {
    let waits = r#"{ "receive": "a" }, { "send": "b" }"#;
    let also = r#"{ "receive": "b" }, { "send": "a" }"#;
    assert_eq!(talk(waits, also), [Code::Deadlock]);
    assert_eq!(
        talk(
            r#"{ "group": [ { "wait": "1ms" }, { "receive": "a" } ] }, { "send": "b" }"#,
            also
        ),
        [Code::Deadlock]
    );
    assert_eq!(
        talk(
            r#"{ "closed": "eof" }"#,
            r#"{ "serve": [ { "receive": { "any": true } } ] }"#
        ),
        [Code::Deadlock]
    );
    for client in [
        r#"{ "send": "b" }, { "receive": "a" }"#,
        r#"{ "receive": "a", "timeout": "10ms", "fails": "timeout" }, { "send": "b" }, { "receive": "a" }"#,
        r#"{ "choose": [ { "receive": "a" }, { "after": "10ms" } ] }, { "send": "b" }, { "receive": "a" }"#,
        r#"{ "if": "true", "do": [ { "send": "b" } ] }, { "receive": "a" }"#,
        r#"{ "parallel": [ [ { "send": "b" } ], [ { "receive": "a" } ] ] }"#,
        r#"{ "receive": "a", "when": "false" }, { "send": "b" }, { "receive": "a" }"#,
    ] {
        assert_eq!(talk(client, also), [], "{client}");
    }
    let serves = r#"{ "serve": [ { "receive": { "any": true } } ] }"#;
    assert_eq!(talk(serves, serves), [], "where all only serve, all go on");
    let broadcast = r#"{ "receive": "b" }, { "broadcast": "a" }"#;
    assert_eq!(talk(waits, broadcast), [], "another session may speak first");
}

#[test]
fn signals_in_a_circle_are_a_deadlock() {
    let both = |first: &str, second: &str| {
        warnings(&format!(
            r#"{{ "actors": {{ "A": {{ "script": [ {first} ] }}, "B": {{ "script": [ {second} ] }} }} }}"#
        ))
    };
    let (x, y) = (
        r#"{ "await": "x" }, { "signal": "y" }"#,
        r#"{ "await": "y" }, { "signal": "x" }"#,
    );
    assert_eq!(both(x, y), [Code::Deadlock]);
    assert_eq!(
        both(r#"{ "await": "x" }, { "signal": "x" }"#, r#"{ "await": "x" }"#),
        [Code::Deadlock]
    );
    assert_eq!(both(x, r#"{ "signal": "x" }, { "await": "y" }"#), []);
    assert_eq!(
        both(
            x,
            r#"{ "await": "y", "timeout": "10ms", "fails": true }, { "signal": "x" }"#
        ),
        []
    );
    assert_eq!(
        both(x, r#"{ "parallel": [ [ { "await": "y" } ], [ { "signal": "x" } ] ] }"#),
        []
    );
}

#[test]
fn a_signal_that_is_counted_or_ordered_may_be_given_by_several() {
    let three = |first: &str, second: &str, third: &str| {
        warnings(&format!(
            r#"{{ "actors": {{ "A": {{ "script": [ {first} ] }}, "B": {{ "script": [ {second} ] }}, "C": {{ "script": [ {third} ] }} }} }}"#
        ))
    };
    let gives = r#"{ "signal": "x" }"#;
    assert_eq!(three(gives, gives, r#"{ "await": "x" }"#), [Code::SignalBySeveral]);
    assert_eq!(three(gives, gives, r#"{ "await": "x", "times": 2 }"#), []);
    assert_eq!(three(gives, gives, r#"{ "await": "x" }, { "await": "x" }"#), []);
    assert_eq!(
        three(gives, gives, r#"{ "repeat": 2, "do": [ { "await": "x" } ] }"#),
        []
    );
    assert_eq!(
        three(
            r#"{ "signal": "x" }, { "signal": "y" }"#,
            r#"{ "await": "y" }, { "signal": "x" }"#,
            r#"{ "await": "x" }"#
        ),
        []
    );
    assert_eq!(
        three(gives, r#"{ "signal": "x", "when": "false" }"#, r#"{ "await": "x" }"#),
        []
    );
}

#[test]
fn times_within_the_run_are_not_long() {
    assert_eq!(talk(r#"{ "wait": "30s" }"#, r#"{ "closed": "eof" }"#), []);
    assert_eq!(
        talk(r#"{ "wait": { "uniform": ["1s", "40s"] } }"#, r#"{ "closed": "eof" }"#),
        []
    );
    assert_eq!(
        talk(r#"{ "wait": "31s" }"#, r#"{ "closed": "eof" }"#),
        [Code::LongTimeout]
    );
    let limits = |limits: &str| {
        warnings(&format!(
            r#"{{ "limits": {limits}, "actors": {{
                "C": {{ "script": [ {{ "connect": "S" }}, {{ "receive": "a" }}, {{ "receive": "b" }} ] }},
                "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "send": "a" }}, {{ "send": "b" }} ] }} }} }}"#
        ))
    };
    assert_eq!(limits(r#"{ "scenario": "5s" }"#), []);
    assert_eq!(limits(r#"{ "scenario": "2s" }"#), [Code::LongTimeout], "told once");
    assert_eq!(limits(r#"{ "scenario": "2s", "step": "1s" }"#), []);
}

#[test]
fn an_actor_alone_in_its_scenario_is_not_lonely() {
    assert_eq!(
        warnings(r#"{ "actors": { "A": { "script": [ { "wait": "1ms" } ] } } }"#),
        []
    );
}

#[test]
fn the_shipped_scenarios_give_no_warning() {
    let mut count = 0;
    for folder in ["scenarios", "tests/scenarios"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // One of each kind of step, for the decoder; nobody would play it.
            let is_sound =
                path.extension().is_some_and(|ending| ending == "json") && !path.ends_with("everything.json");
            if is_sound {
                count += 1;
                let (scenario, sources) = crate::scenario::load(&path, &Default::default()).unwrap();
                let file = path.display().to_string();
                let allowed = Overrides {
                    permissions: Permissions::unplayed(),
                    ..Overrides::default()
                };
                let plan = Plan::compile(&file, &scenario, &sources, &allowed).unwrap();
                assert_eq!(lint(&scenario, &plan), [], "{file}");
            }
        }
    }
    assert!(count >= 17, "only {count} scenarios");
}

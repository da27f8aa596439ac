//! `procedures`, and the verb `call`.

use wiretale::finding::FindingKind;

use super::stage::{Scene, pair};

/// A client and a server of lines, and procedures.
fn scene(procedures: &str, client: &str, session: &str) -> Scene {
    with(procedures, &pair(r#""lines""#, client, session))
}

fn with(procedures: &str, actors: &str) -> Scene {
    Scene::of(&format!(
        r#"{{ "procedures": {{ {procedures} }}, "actors": {{ {actors} }} }}"#
    ))
}

const LOGIN: &str = r#"
    "login": { "with": ["user"],
        "do": [ { "send": "user {{ user }}" }, { "receive": { "pattern": "token {token}" } } ],
        "result": { "token": "{{ token }}", "of": ["{{ user }}"] } }"#;

#[test]
fn a_call_hands_over_values_and_keeps_the_results() {
    scene(
        LOGIN,
        r#"{ "set": { "who": "ada" } }, { "call": "login", "with": { "user": "{{ who | upper }}" }, "as": "a" },
           { "call": "login", "with": { "user": "bob" }, "as": "b" },
           { "send": "{{ a.token }} {{ a.of[0] }} {{ b.token }} {{ b.of[0] }}" }, { "close": true }"#,
        r#"{ "receive": "user ADA" }, { "send": "token 1" }, { "receive": "user bob" }, { "send": "token 2" },
           { "receive": "1 ADA 2 bob" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: user ADA",
        "Server-->>Client: token 1",
        "Client->>Server: user bob",
        "Server-->>Client: token 2",
        "Client->>Server: 1 ADA 2 bob",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn what_a_procedure_sets_is_its_own_and_new_with_each_call() {
    scene(
        r#""say": { "with": ["first"], "do": [ { "if": "first", "do": [ { "set": { "n": 1 } } ] }, { "send": "{{ n | default('none') }}" } ] }"#,
        r#"{ "set": { "n": 7 } }, { "call": "say", "with": { "first": true } }, { "call": "say", "with": { "first": false } },
           { "send": "{{ n }}" }, { "close": true }"#,
        r#"{ "receive": "1" }, { "receive": "none" }, { "receive": "7" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn procedures_call_procedures_and_share_the_actors_variables() {
    with(
        r#""one": { "with": ["by"], "do": [ { "set": { "actor.total": "{{ actor.total + by }}" } } ], "result": { "total": "{{ actor.total }}" } },
           "two": { "with": ["by"], "do": [ { "call": "one", "with": { "by": "{{ by }}" } }, { "call": "one", "with": { "by": "{{ by * 10 }}" }, "as": "last" } ],
                    "result": { "total": "{{ last.total }}" } }"#,
        r#""A": { "state": { "total": 0 }, "script": [ { "call": "two", "with": { "by": 3 }, "as": "sum" }, { "assert": "sum.total == 33 and actor.total == 33" } ] }"#,
    )
    .passes();
}

#[test]
fn a_step_without_on_means_in_a_procedure_what_it_means_at_the_call() {
    // The session's client, the only connection, one that the call names by a template, and one that met a guard.
    scene(
        r#""hello": { "with": ["n"], "do": [ { "send": "hello {{ n }}" } ] },
           "deeper": { "do": [ { "call": "hello", "with": { "n": 3 } } ] }"#,
        r#"{ "call": "hello", "with": { "n": 1 } }, { "connect": "Server", "as": "two" }, { "set": { "name": "two" } },
           { "call": "hello", "with": { "n": 2 }, "on": "{{ name }}" }, { "call": "deeper", "on": "{{ name }}" },
           { "choose": [ { "receive": "bye", "on": ["Server", "{{ name }}"], "do": [ { "call": "hello", "with": { "n": 4 } } ] } ] },
           { "close": true, "on": "two" }, { "close": true, "on": "Server" }"#,
        r#"{ "choose": [
              { "receive": "hello 1", "do": [ { "closed": "eof" } ] },
              { "receive": "hello 2", "do": [ { "receive": "hello 3" }, { "send": "bye" }, { "receive": "hello 4" }, { "closed": "eof" } ] } ] }"#,
    )
    .passes();
}

#[test]
fn what_a_procedure_opens_and_closes_stays_so_behind_the_call() {
    scene(
        r#""open": { "do": [ { "connect": "Server", "as": "more" }, { "send": "more", "on": "more" } ] },
           "shut": { "do": [ { "close": true, "on": "more" } ] }"#,
        r#"{ "close": true }, { "call": "open" }, { "send": "and more" }, { "call": "shut" }, { "call": "open" }, { "send": "and more" }, { "close": true }"#,
        r#"{ "choose": [ { "closed": "eof" }, { "receive": "more", "do": [ { "receive": "and more" }, { "closed": "eof" } ] } ] }"#,
    )
    .passes();
}

#[test]
fn branches_are_lent_what_the_procedures_use_that_they_call() {
    scene(
        r#""talk": { "with": ["name"], "do": [ { "send": "hi", "on": "{{ name }}" }, { "set": { "x": 1 } }, { "receive": "ho", "on": "{{ name }}" } ] },
           "in": { "with": ["name"], "do": [ { "call": "talk", "with": { "name": "{{ name }}" } } ] },
           "both": { "do": [ { "parallel": [ [ { "send": "hi" }, { "send": "hi" } ], [ { "receive": "ho" }, { "receive": "ho" } ] ] } ] }"#,
        r#"{ "connect": "Server", "as": "S2" }, { "set": { "two": "S2" } },
           { "parallel": [ [ { "call": "in", "with": { "name": "Server" } } ], [ { "call": "in", "with": { "name": "{{ two }}" } } ] ] },
           { "parallel": { "for": "name", "in": ["Server", "S2"] }, "do": [ { "call": "both", "on": "{{ name }}" } ] },
           { "close": true, "on": "S2" }, { "close": true, "on": "Server" }"#,
        r#"{ "repeat": 3, "do": [ { "receive": "hi" }, { "send": "ho" } ] }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn however_a_procedure_ends_its_caller_has_its_own_variables() {
    scene(
        r#""ask": { "with": ["n"], "do": [ { "set": { "x": "inner" } }, { "send": "ask {{ n }}" }, { "receive": "yes" } ] }"#,
        r#"{ "set": { "x": "outer", "n": 5 } },
           { "call": "ask", "with": { "n": 1 }, "fails": "mismatch" }, { "send": "{{ x }} {{ n }}" },
           { "call": "ask", "with": { "n": "{{ n }}" }, "retry": { "times": 3, "every": "1ms" } }, { "send": "{{ x }} {{ n }}" },
           { "call": "ask", "with": { "n": 2 }, "timeout": "50ms", "fails": "timeout" }, { "send": "{{ x }} {{ n }}" },
           { "close": true }"#,
        r#"{ "receive": "ask 1" }, { "send": "no" }, { "receive": "outer 5" },
           { "receive": "ask 5" }, { "send": "no" }, { "receive": "ask 5" }, { "send": "yes" }, { "receive": "outer 5" },
           { "receive": "ask 2" }, { "receive": "outer 5" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn a_call_that_must_fail_and_does_not_is_told_at_the_call() {
    let tale = scene(
        r#""hi": { "do": [ { "send": "hi" } ] }"#,
        r#"{ "call": "hi", "fails": true }, { "close": true }"#,
        r#"{ "receive": "hi" }, { "closed": "eof" }"#,
    )
    .finds(&[FindingKind::NotFailed]);
    assert_eq!(
        tale.finding(FindingKind::NotFailed).text,
        "`call` did not fail, though it must"
    );
}

#[test]
fn a_result_that_has_no_value_fails_the_call() {
    let tale = scene(
        r#""maybe": { "do": [ { "receive": { "any": true }, "when": "1 == 2", "capture": { "x": "$.x" } } ], "result": { "x": "{{ x }}" } }"#,
        r#"{ "call": "maybe", "as": "m" }"#,
        r#"{ "closed": "any" }"#,
    )
    .finds(&[FindingKind::Expression]);
    assert_eq!(tale.finding(FindingKind::Expression).text, "`x` is undefined");
}

#[test]
fn when_hide_and_label_are_those_of_steps_as_one() {
    scene(
        r#""hi": { "do": [ { "send": "hi" } ] }"#,
        r#"{ "call": "hi", "when": "1 == 2" }, { "call": "hi", "hide": true }, { "call": "hi" }, { "close": true }"#,
        r#"{ "receive": "hi", "hide": true }, { "receive": "hi" }, { "closed": "eof" }"#,
    )
    .shows(&["Client->>Server: hi", "Client-)Server: close", "Server-)Client: close"]);
}

#[test]
fn a_broadcast_in_a_procedure_reaches_the_sessions() {
    with(
        r#""tell": { "with": ["what"], "do": [ { "broadcast": "{{ what }}", "to": "all" } ] }"#,
        r#""Client": { "count": 2, "script": [ { "connect": "Server" }, { "receive": "welcome" }, { "signal": "here" },
                { "await": "all" }, { "send": "hi", "when": "actor.index == 1" }, { "receive": "hi" }, { "close": true } ] },
           "Watch": { "script": [ { "await": "here", "times": 2 }, { "signal": "all" } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "welcome" },
                { "serve": [ { "receive": "hi", "do": [ { "call": "tell", "with": { "what": "hi" } } ] }, { "closed": "eof", "do": [ { "break": true } ] } ] } ] }"#,
    )
    .passes();
}

#[test]
fn requests_are_answered_and_sent_in_procedures() {
    with(
        r#""answer": { "with": ["text"], "do": [ { "respond": { "status": 200, "text": "{{ text }}" } } ] },
           "get": { "with": ["path"], "do": [ { "request": { "GET": "{{ path }}" }, "response": { "status": 200, "pattern": "{body}" } } ],
                    "result": { "body": "{{ body }}" } }"#,
        r#""Client": { "script": [ { "connect": "Server" }, { "call": "get", "with": { "path": "/a" }, "as": "a" },
                { "assert": "a.body == 'got /a'" }, { "close": true } ] },
           "Server": { "listen": "http", "session": [ { "serve": [
                { "request": "GET /{what}", "do": [ { "call": "answer", "with": { "text": "got /{{ what }}" } } ] },
                { "closed": "eof", "do": [ { "break": true } ] } ] } ] }"#,
    )
    .passes();
}

#[test]
fn a_row_is_seen_in_procedures() {
    Scene::of(
        r#"{ "data": [ { "case": "one", "n": 7 } ],
             "procedures": { "set": { "do": [], "result": { "n": "{{ row.n + 1 }}" } } },
             "actors": { "A": { "script": [ { "call": "set", "as": "x" }, { "assert": "x.n == 8" } ] } } }"#,
    )
    .passes();
}

#[test]
fn timers_and_the_last_message_are_the_strands() {
    scene(
        r#""start": { "do": [ { "timer": { "t": "1ms" } }, { "send": "got {{ message.text }} of {{ peer }}" } ] }"#,
        r#"{ "receive": "x" }, { "call": "start" }, { "choose": [ { "timer": "t" } ] }, { "close": true }"#,
        r#"{ "send": "x" }, { "receive": "got x of Server" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn unexpected_messages_are_handled_while_a_procedure_waits() {
    with(
        r#""ask": { "with": ["q"], "do": [ { "send": "{{ q }}" }, { "receive": "a" } ] }"#,
        r#""Client": { "unexpected": [ { "receive": "ping", "do": [ { "send": "pong {{ q }}" } ] } ],
                       "script": [ { "connect": "Server" }, { "call": "ask", "with": { "q": "q" } }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "q" }, { "send": "ping" }, { "receive": "pong q" }, { "send": "a" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn steps_nested_as_deep_as_allowed_fit_every_stack() {
    for (open, shut) in [
        (r#"{ "group": [ "#, " ] }"),
        (r#"{ "repeat": 1, "do": [ "#, " ] }"),
        (r#"{ "choose": [ { "after": "1us", "do": [ "#, " ] } ] }"),
        (r#"{ "parallel": [ [ "#, " ] ] }"),
    ] {
        let nest = |inner: &str| format!("{}{inner}{}", open.repeat(29), shut.repeat(29));
        with(
            &format!(
                r#""in": {{ "do": [ {} ] }}, "out": {{ "do": [ {} ] }}"#,
                nest(r#"{ "set": { "actor.n": "{{ actor.n + 1 }}" } }"#),
                nest(r#"{ "call": "in" }"#)
            ),
            r#""A": { "state": { "n": 0 }, "script": [ { "repeat": 2, "do": [ { "call": "out" } ] }, { "assert": "actor.n == 2" } ] }"#,
        )
        .play()
        .passed();
    }
}

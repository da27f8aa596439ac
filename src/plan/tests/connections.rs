//! Which connections a step is about.

use super::*;
use crate::plan::step::{Guard, On, Step, Verb};

fn names(on: &On) -> Vec<&str> {
    match on {
        On::Names(names) => names.iter().filter_map(|name| name.fixed()).collect(),
        other => panic!("{other:?}"),
    }
}

fn script(plan: &Plan) -> &[Step] {
    plan.actors[0].script.as_deref().unwrap()
}

#[test]
fn a_step_without_on_is_about_the_only_connection() {
    let plan = compile(&talk(r#"{ "connect": "Server" }, { "send": "a" }"#, ""));
    assert_eq!(names(&script(&plan)[1].on), ["Server"]);
}

#[test]
fn in_a_session_it_is_client() {
    let plan = compile(&talk("", r#"{ "connect": "Other" }, { "receive": "a" }"#));
    let session = plan.actors[1].listen[0].session.as_deref().unwrap();
    assert_eq!(names(&session[1].on), ["client"]);
}

#[test]
fn in_an_alternative_it_is_what_met_the_guard() {
    let plan = compile(&talk(
        "",
        r#"{ "connect": "Other" }, { "serve": [
            { "receive": "a", "on": ["client", "Other"], "do": [{ "send": "b" }, { "choose": [{ "closed": "any" }] }] },
            { "after": "1s", "do": [{ "send": "c" }] }
        ] }"#,
    ));
    let session = plan.actors[1].listen[0].session.as_deref().unwrap();
    let Verb::Serve(alternatives) = &session[1].verb else {
        panic!()
    };
    assert_eq!(names(&alternatives[0].on), ["client", "Other"]);
    assert!(matches!(alternatives[0].steps[0].on, On::Met));
    let Verb::Choose(inner) = &alternatives[0].steps[1].verb else {
        panic!()
    };
    assert!(matches!(inner[0].on, On::Met));
    // Nothing met a time: it is the session's own again.
    assert_eq!(names(&alternatives[1].steps[0].on), ["client"]);
}

#[test]
fn what_holds_steps_says_it_for_them() {
    let plan = compile(&talk(
        r#"{ "connect": "Server" }, { "connect": "Other" }, { "group": [{ "send": "a" }], "on": "Other" }"#,
        "",
    ));
    let Verb::Group(steps) = &script(&plan)[2].verb else {
        panic!()
    };
    assert_eq!(names(&steps[0].on), ["Other"]);
}

#[test]
fn with_several_open_on_is_required() {
    says(
        in_script(r#"{ "connect": "Other" }, { "send": "a" }"#),
        r#""send""#,
        "`send` needs `on`: several connections may be open here",
    );
    fine(r#"{ "connect": "Other" }, { "close": true, "on": "Other" }, { "send": "a" }"#);
}

#[test]
fn without_a_connection_there_is_nothing_to_send_on() {
    says(
        mistake(&talk(r#"{ "send": "a" }"#, "")),
        r#""send""#,
        "`send` needs a connection, and none is open here",
    );
}

#[test]
fn a_connection_that_never_was_is_a_mistake() {
    says(
        in_script(r#"{ "send": "a", "on": "Serfer" }"#),
        r#""Serfer""#,
        "no connection called `Serfer` can be open here",
    );
    fine(r#"{ "set": { "p": "Server" } }, { "send": "a", "on": "{{ p }}" }"#);
}

#[test]
fn what_is_closed_is_not_used_again() {
    says(
        in_script(r#"{ "close": true }, { "receive": "a", "on": "Server" }"#),
        r#""Server""#,
        "`Server` is closed here already",
    );
    says(
        in_script(r#"{ "close": true }, { "send": "a" }"#),
        r#""send""#,
        "`send` needs a connection, and none is open here",
    );
    fine(r#"{ "close": true }, { "send": "a", "fails": true }"#);
    fine(r#"{ "close": true }, { "connect": "Server" }, { "send": "a" }"#);
}

#[test]
fn behind_the_others_end_there_is_only_sending() {
    fine(r#"{ "closed": "eof" }, { "send": "a" }, { "close": true }"#);
    says(
        in_script(r#"{ "closed": "eof" }, { "receive": "a" }"#),
        r#""receive""#,
        "`Server` has ended here, nothing more can be received",
    );
    says(
        in_script(r#"{ "shutdown": true }, { "send": "a" }"#),
        r#""send""#,
        "`Server` has ended here, nothing more can be sent",
    );
    fine(r#"{ "connect": "Other" }, { "closed": "eof", "on": "Other" }, { "send": "a" }"#);
}

#[test]
fn what_one_way_leaves_open_may_be_open() {
    fine(r#"{ "if": "limit > 1", "do": [{ "close": true }] }, { "send": "a" }"#);
    says(
        in_script(r#"{ "if": "limit > 1", "do": [{ "close": true }], "else": [{ "reset": true }] }, { "send": "a" }"#),
        r#""send""#,
        "`send` needs a connection, and none is open here",
    );
    fine(r#"{ "close": true, "when": "limit > 1" }, { "send": "a" }"#);
}

#[test]
fn a_round_begins_with_what_the_last_one_left() {
    fine(
        r#"{ "connect": "Other", "as": "o" }, { "close": true, "on": "o" },
        { "repeat": 3, "do": [{ "send": "a", "on": "Server" }, { "connect": "Other", "as": "o" }, { "close": true, "on": "o" }] },
        { "send": "b" }"#,
    );
    says(
        in_script(r#"{ "repeat": 3, "do": [{ "send": "a" }, { "connect": "Other" }] }"#),
        r#""send""#,
        "`send` needs `on`: several connections may be open here",
    );
}

#[test]
fn a_name_is_used_once_at_a_time() {
    says(
        in_script(r#"{ "connect": "Server" }"#),
        r#""Server""#,
        "`Server` is open already",
    );
    fine(r#"{ "connect": "Server", "as": "second" }"#);
    fine(r#"{ "if": "limit > 1", "do": [{ "close": true }] }, { "connect": "Server" }"#);
}

#[test]
fn several_are_only_for_what_waits_on_several() {
    fine(r#"{ "connect": "Other" }, { "silence": "1s", "on": "*" }, { "silence": "1s", "on": ["Other", "Server"] }"#);
    says(
        in_script(r#"{ "connect": "Other" }, { "group": [{ "send": "a" }], "on": ["Other", "Server"] }"#),
        r#"["Other", "Server"]"#,
        "`send` is about one connection; found a list",
    );
}

#[test]
fn an_accepted_connection_has_a_name() {
    let plan = compile(
        r#"{ "actors": {
            "A": { "script": [{ "connect": "B.data" }, { "close": true }] },
            "B": { "listen": [{ "name": "data", "tcp": 0 }, { "name": "more", "tcp": 0, "session": [] }],
                   "script": [{ "serve": [{ "accept": "data", "do": [{ "receive": "a" }] }] }] }
        } }"#,
    );
    let Verb::Serve(alternatives) = &plan.actors[1].script.as_deref().unwrap()[0].verb else {
        panic!()
    };
    let Guard::Accept { endpoint: 0, name } = &alternatives[0].guard else {
        panic!()
    };
    assert_eq!(name.fixed(), Some("data"));
    assert!(matches!(alternatives[0].steps[0].on, On::Met));
}

#[test]
fn on_raw_a_matcher_must_say_where_a_message_ends() {
    let raw = |steps: &str| talk(&format!(r#"{{ "connect": "Other" }}, {steps}"#), "");
    says(
        mistake(&raw(r#"{ "receive": { "any": true } }"#)),
        r#"{ "any": true }"#,
        "`any` does not say where a message ends on `raw`; `\"until\": \"closed\"` does",
    );
    assert!(mistakes(&raw(r#"{ "receive": { "any": true, "until": "closed" } }"#)).is_empty());
    assert!(mistakes(&raw(r#"{ "framing": "lines" }, { "receive": { "any": true } }"#)).is_empty());
    fine(r#"{ "receive": { "any": true } }"#);
}

#[test]
fn a_payload_must_come_back_as_one_message() {
    let (at, _) = in_script(r#"{ "send": "a\nb" }"#);
    assert_eq!(at, r#""a\nb""#);
}

/// A client with this script, and servers that speak HTTP and lines.
fn web(script: &str) -> String {
    format!(
        r#"{{ "actors": {{
            "Client": {{ "script": [{script}] }},
            "Web": {{ "listen": "http", "session": [] }},
            "Lines": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [] }}
        }} }}"#
    )
}

#[test]
fn requests_go_on_under_a_name_whose_connection_has_ended() {
    for steps in [
        r#"{ "closed": "eof" }, { "request": "GET /" }, { "send": { "line": "x" } }"#,
        r#"{ "closed": "reset" }, { "request": "GET /" }"#,
        r#"{ "shutdown": true }, { "request": "GET /" }, { "closed": "eof" }, { "request": "GET /" }"#,
        r#"{ "connect": "Lines" }, { "send": "x", "on": "Lines" }, { "request": "GET /" }"#,
        r#"{ "close": true }, { "connect": "Web", "reuse": false }, { "request": "GET /" }, { "close": true }"#,
        r#"{ "parallel": [ [ { "request": "GET /" } ], [ { "connect": "Web", "as": "b" }, { "request": "GET /", "on": "b" } ] ] }, { "request": "GET /" }"#,
        r#"{ "framing": "raw" }, { "framing": "http" }, { "request": "GET /" }"#,
        r#"{ "framing": { "server": "http" } }, { "request": "GET /" }"#,
    ] {
        compile(&web(&format!(r#"{{ "connect": "Web" }}, {steps}"#)));
    }
}

#[test]
fn what_cannot_be_requested_says_why() {
    let connect = r#"{ "connect": "Web" }"#;
    for (steps, place, text) in [
        (
            r#"{ "close": true }, { "request": "GET /" }"#,
            "\"request\"",
            "`request` needs a connection, and none is open here",
        ),
        (
            r#"{ "reset": true }, { "request": "GET /", "on": "Web" }"#,
            "\"Web\"",
            "`Web` is closed here already",
        ),
        (
            r#"{ "framing": "raw" }, { "request": "GET /" }"#,
            "\"request\"",
            "no HTTP request can be sent on `Web`: its framing is `raw`",
        ),
        (
            r#"{ "framing": { "server": "raw" } }, { "request": "GET /", "fails": true }"#,
            "\"request\"",
            "no HTTP request can be sent on `Web`: its framing is `raw`",
        ),
        (
            r#"{ "connect": "Web", "as": "each", "reuse": false }, { "send": { "line": "x" }, "on": "each" }"#,
            "\"each\"",
            "`each` is open during its requests only",
        ),
        (
            r#"{ "parallel": [ [ { "request": "GET /" } ], [ { "send": { "line": "x" } } ] ] }"#,
            "\"send\"",
            "two branches send on `Web`",
        ),
    ] {
        let found = mistake(&web(&format!("{connect}, {steps}")));
        assert_eq!((found.0.as_str(), found.1.as_str()), (place, text));
    }
}

#[test]
fn a_change_of_framing_is_known_from_there_on() {
    let raw = r#"{ "framing": { "server": "raw" } }"#;
    says(
        in_script(&format!(r#"{raw}, {{ "receive": {{ "any": true }} }}"#)),
        r#"{ "any": true }"#,
        "`any` does not say where a message ends on `raw`; `\"until\": \"closed\"` does",
    );
    fine(&format!(
        r#"{raw}, {{ "framing": "lines" }}, {{ "receive": {{ "any": true }} }}"#
    ));
    // What this side sends is framed as before.
    says(
        in_script(&format!(r#"{raw}, {{ "send": "a\nb" }}"#)),
        r#""a\nb""#,
        "the payload has an LF, at which framing `lines` ends a message",
    );
    // It may be left out.
    fine(r#"{ "framing": "raw", "when": "1 == 1" }, { "receive": { "any": true } }"#);
    fine(r#"{ "set": { "c": "Server" } }, { "framing": "raw", "on": "{{ c }}" }, { "receive": { "any": true } }"#);
}

#[test]
fn a_branch_is_lent_the_side_whose_framing_it_changes() {
    fine(
        r#"{ "parallel": [
            [ { "framing": { "client": "crlf" } }, { "send": "a" } ],
            [ { "framing": { "server": "crlf" } }, { "receive": "a" } ]
        ] }"#,
    );
    says(
        in_script(r#"{ "parallel": [ [ { "framing": "crlf" }, { "send": "a" } ], [ { "receive": "a" } ] ] }"#),
        "\"receive\"",
        "two branches receive on `Server`",
    );
}

#[test]
fn text_is_no_message_of_redis() {
    let resp = r#"{ "framing": "resp" }"#;
    says(
        in_script(&format!(r#"{resp}, {{ "receive": "OK" }}"#)),
        r#""OK""#,
        "messages are JSON on this connection, and this is none",
    );
    says(
        in_script(&format!(r#"{resp}, {{ "send": "PING" }}"#)),
        r#""PING""#,
        "framing `resp` sends JSON: a list, a text, an integer or null",
    );
    fine(&format!(
        r#"{resp}, {{ "send": {{ "json": ["PING"] }} }}, {{ "receive": {{ "one_of": [{{ "json": "PONG" }}, {{ "contains": "P" }}] }} }}"#
    ));
}

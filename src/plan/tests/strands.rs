//! What strands share: loops, signals, timers, branches.

use super::*;
use crate::plan::step::{Branches, Verb};

#[test]
fn break_leaves_a_loop_of_its_own_strand() {
    says(
        in_script(r#"{ "break": true }"#),
        r#""break""#,
        "there is no `serve` or `repeat` here that `break` could leave",
    );
    says(
        in_script(r#"{ "repeat": 2, "do": [{ "parallel": [[{ "break": true }], []] }] }"#),
        r#""break""#,
        "there is no `serve` or `repeat` in this branch that `break` could leave",
    );
    fine(r#"{ "repeat": 2, "do": [{ "choose": [{ "receive": "a", "do": [{ "break": true }] }] }] }"#);
}

#[test]
fn what_is_awaited_is_signalled() {
    says(
        in_script(r#"{ "signal": "reday" }, { "await": "ready" }"#),
        r#""ready""#,
        "nobody signals `ready`",
    );
    fine(r#"{ "signal": "{{ actor.name }} ready" }, { "await": "Client ready" }"#);
    fine(r#"{ "choose": [{ "await": "go" }] }, { "signal": "go" }"#);
}

#[test]
fn a_timer_that_is_waited_for_is_started() {
    says(
        in_script(r#"{ "timer": { "rto": "off" } }, { "choose": [{ "timer": "rto" }] }"#),
        r#""rto""#,
        "no step of this strand starts a timer called `rto`",
    );
    fine(r#"{ "choose": [{ "timer": "rto" }, { "after": "1s" }] }, { "timer": { "rto": "1s" } }"#);
}

#[test]
fn branches_are_lent_what_they_use() {
    let plan = compile(&talk(
        r#"{ "connect": "Server" }, { "parallel": [
            [{ "send": "a" }, { "connect": "Other" }, { "send": "b", "on": "Other" }],
            [{ "receive": "c", "on": "Server" }]
        ] }, { "send": "d" }"#,
        "",
    ));
    let script = plan.actors[0].script.as_deref().unwrap();
    let Verb::Parallel(Branches::Lists(None, branches)) = &script[1].verb else {
        panic!()
    };
    let names = |of: &[crate::wire::template::Template]| -> Vec<String> {
        of.iter().map(|name| name.fixed().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&branches[0].sends), ["Server"]);
    assert!(branches[0].receives.is_empty() && branches[1].sends.is_empty());
    assert_eq!(names(&branches[1].receives), ["Server"]);
}

#[test]
fn no_two_branches_use_one_direction() {
    says(
        in_script(r#"{ "parallel": [[{ "receive": "a" }], [{ "receive": "b" }]] }"#),
        r#""receive""#,
        "two branches receive on `Server`",
    );
    let found = mistakes(&talk(
        r#"{ "connect": "Server" }, { "parallel": [[{ "close": true }], [{ "send": "b" }]] }"#,
        "",
    ));
    assert_eq!(found[0].1, "two branches send on `Server`");
    says(
        in_script(r#"{ "parallel": 2, "do": [{ "send": "b" }] }"#),
        r#""send""#,
        "all branches send on `Server`",
    );
    fine(
        r#"{ "connect": "Other" }, { "parallel": { "for": "p", "in": ["Server", "Other"] }, "do": [{ "send": "b", "on": "{{ p }}" }] }"#,
    );
}

#[test]
fn no_two_branches_set_one_name() {
    says(
        in_script(r#"{ "parallel": [[{ "set": { "a": 1 } }], [{ "set": { "a": 2 } }]] }, { "send": "{{ a }}" }"#),
        r#""a""#,
        "two branches set `a`",
    );
    fine(r#"{ "parallel": [[{ "set": { "a": 1 } }], [{ "set": { "b": 2 } }]] }, { "send": "{{ a }} {{ b }}" }"#);
    fine(
        r#"{ "parallel": 2, "as": "i", "do": [{ "connect": "Other" }, { "repeat": 3, "as": "n", "do": [{ "set": { "actor.seen": 1 } }] }] }"#,
    );
}

#[test]
fn which_connections_a_branch_uses_is_known_when_it_begins() {
    says(
        in_script(r#"{ "parallel": [[{ "set": { "p": "Server" } }, { "send": "a", "on": "{{ p }}" }], []] }"#),
        r#""{{ p }}""#,
        "which connections a branch uses must be known when it begins; `p` is set later",
    );
}

#[test]
fn behind_a_parallel_nothing_is_open_that_a_branch_closed_or_opened() {
    says(
        in_script(r#"{ "parallel": [[{ "close": true }], []] }, { "send": "a" }"#),
        r#""send""#,
        "`send` needs a connection, and none is open here",
    );
    fine(r#"{ "parallel": [[{ "connect": "Other" }], []] }, { "send": "a" }"#);
}

#[test]
fn sessions_are_needed_to_broadcast() {
    says(
        in_script(r#"{ "broadcast": "a" }"#),
        r#""broadcast""#,
        "`Client` has no sessions to send to",
    );
    assert!(mistakes(&talk("", r#"{ "broadcast": "a", "to": "all" }"#)).is_empty());
}

#[test]
fn notes_stand_over_actors() {
    says(
        in_script(r#"{ "note": "a", "over": ["Clent"] }"#),
        r#""Clent""#,
        "no actor is called `Clent`",
    );
}

#[test]
fn unexpected_sees_the_variables_of_any_strand() {
    let text = talk("", r#"{ "set": { "mine": 1 } }"#);
    let text = text.replace(
        r#""Server": {"#,
        r#""Server": { "unexpected": [{ "receive": "PING", "do": [{ "send": "{{ mine }}" }] }], "#,
    );
    assert!(mistakes(&text).is_empty(), "{:#?}", mistakes(&text));
}

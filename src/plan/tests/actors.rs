//! What a plan holds of actors, instances and constants.

use std::time::Duration;

use super::*;
use crate::plan::Port;

fn one(actor: &str) -> String {
    format!(r#"{{ "vars": {{ "n": 3, "bad": "x" }}, "actors": {{ "A": {actor} }} }}"#)
}

#[test]
fn a_plan_has_what_the_scenario_says_and_defaults() {
    let plan =
        compile(r#"{ "title": "t", "seed": 7, "limits": { "step": "1s" }, "actors": { "A": { "script": [] } } }"#);
    assert_eq!((plan.file.as_str(), plan.name.as_str(), plan.seed), ("a.json", "a", 7));
    assert_eq!(plan.limits.step, Duration::from_secs(1));
    assert_eq!(plan.limits.scenario, Duration::from_secs(30));
}

#[test]
fn the_command_line_overrides() {
    let overrides = Overrides {
        vars: vec![("n".to_owned(), "5".to_owned()), ("bad".to_owned(), "a b".to_owned())],
        seed: Some(9),
        timeout: Some(Duration::from_secs(2)),
        ..Overrides::default()
    };
    let text = r#"{ "vars": { "n": 1, "bad": 1, "m": "{{ n + 1 }}" }, "actors": { "A": { "script": [] } } }"#;
    let plan = compile_with(text, &overrides).unwrap();
    assert_eq!((plan.seed, plan.limits.step), (9, Duration::from_secs(2)));
    let vars: Vec<_> = plan.vars.iter().map(|(_, value)| value.to_string()).collect();
    assert_eq!(vars, ["5", r#""a b""#, "6"]);
}

#[test]
fn an_override_of_nothing_is_a_mistake() {
    let overrides = Overrides {
        vars: vec![("nn".to_owned(), "5".to_owned())],
        ..Overrides::default()
    };
    let mistakes = compile_with(&one(r#"{ "script": [] }"#), &overrides).unwrap_err();
    says(mistakes[0].clone(), "", "`--var nn=…`: `vars` has no `nn`");
}

#[test]
fn vars_see_only_earlier_ones() {
    says(
        mistake(r#"{ "vars": { "a": "{{ b }}", "b": 1 }, "actors": { "A": { "script": [] } } }"#),
        "b",
        "`b` is not defined here; only earlier `vars` are",
    );
    says(
        mistake(r#"{ "vars": { "a": "{{ uuid() }}" }, "actors": { "A": { "script": [] } } }"#),
        r#""{{ uuid() }}""#,
        "no generator (`random_int`, `random_text`, `uuid`, `choice`) is allowed in what is evaluated before the run",
    );
}

#[test]
fn instances_are_numbered_and_have_their_rows() {
    let names = |plan: &Plan| {
        plan.actors[0]
            .instances
            .iter()
            .map(|i| i.name.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&compile(&one(r#"{ "script": [] }"#))), ["A"]);
    assert_eq!(
        names(&compile(&one(r#"{ "count": 2, "script": [] }"#))),
        ["A[1]", "A[2]"]
    );
    assert_eq!(
        names(&compile(&one(r#"{ "count": "{{ n }}", "script": [] }"#))),
        ["A[1]", "A[2]", "A[3]"]
    );
    let plan = compile(&one(r#"{ "count": [{ "user": "{{ n }}" }], "script": [] }"#));
    assert_eq!(plan.actors[0].instances[0].row.as_ref().unwrap()["user"], 3);
}

#[test]
fn a_count_is_bounded() {
    says(
        mistake(&one(r#"{ "count": 100001, "script": [] }"#)),
        "100001",
        "100001 is no `count`; a number from 1 to 100000 or a list of rows is",
    );
    says(
        mistake(&one(r#"{ "count": "{{ bad }}", "script": [] }"#)),
        r#""{{ bad }}""#,
        r#""x" is no `count`; a number from 1 to 100000 or a list of rows is"#,
    );
    says(
        mistake(&one(r#"{ "count": "{{ n - 3 }}", "script": [] }"#)),
        r#""{{ n - 3 }}""#,
        "0 is no `count`; a number from 1 to 100000 or a list of rows is",
    );
}

#[test]
fn an_actor_has_something_to_do() {
    says(
        mistake(&one(r#"{ "listen": "tcp" }"#)),
        r#""A""#,
        "`A` has nothing to do",
    );
}

#[test]
fn only_loopback_is_listened_on() {
    let host = |host: &str| {
        one(&format!(
            r#"{{ "listen": {{ "tcp": 0, "host": "{host}" }}, "session": [] }}"#
        ))
    };
    says(
        mistake(&host("0.0.0.0")),
        r#""0.0.0.0""#,
        "`0.0.0.0` is not a loopback address",
    );
    says(
        mistake(&host("localhost")),
        r#""localhost""#,
        "`localhost` is no address",
    );
    for address in ["::1", "127.0.0.2"] {
        assert_eq!(compile(&host(address)).actors[0].listen[0].host.to_string(), address);
    }
}

#[test]
fn a_port_is_a_number_or_that_of_an_earlier_endpoint() {
    let port = |port: &str| one(&format!(r#"{{ "listen": {{ "tcp": {port} }}, "session": [] }}"#));
    assert_eq!(
        compile(&port(r#""{{ n * 1000 }}""#)).actors[0].listen[0].port,
        Port::Number(3000)
    );
    says(
        mistake(&port(r#""{{ n * 100000 }}""#)),
        r#""{{ n * 100000 }}""#,
        "300000 is no port; 0 (a free one) to 65535 are",
    );
    let same = |first: &str| {
        format!(
            r#"{{ "actors": {{ "A": {{ "listen": [
                {{ "name": "x", "tcp": {first}, "session": [] }},
                {{ "name": "y", "tcp": "{{{{ port('A.x') }}}}", "host": "::1", "session": [] }} ] }} }} }}"#
        )
    };
    assert_eq!(
        compile(&same("0")).actors[0].listen[1].port,
        Port::SameAs("A.x".to_owned())
    );
    let later = same(r#""{{ port('A.y') }}""#);
    says(
        mistake(&later),
        r#""{{ port('A.y') }}""#,
        "no endpoint before this one is called `A.y`",
    );
}

#[test]
fn instances_share_no_port() {
    says(
        mistake(&one(r#"{ "count": 2, "listen": { "tcp": 7000 }, "session": [] }"#)),
        "7000",
        "2 instances cannot all listen on port 7000",
    );
}

#[test]
fn a_framing_that_cannot_be_is_a_mistake() {
    let (at, _) = mistake(&one(
        r#"{ "listen": { "tcp": 0, "framing": { "regex": "(" } }, "session": [] }"#,
    ));
    assert_eq!(at, r#""(""#);
}

#[test]
fn who_is_connected_to_accepts() {
    says(
        mistake(r#"{ "actors": { "A": { "script": [{ "connect": "B" }] }, "B": { "listen": "tcp", "script": [] } } }"#),
        r#""B""#,
        "nobody accepts connections to `B`",
    );
}

#[test]
fn a_target_must_exist_and_listen() {
    says(
        in_script(r#"{ "connect": "Serve" }"#),
        r#""Serve""#,
        "no actor is called `Serve`",
    );
    says(
        in_script(r#"{ "connect": "Client" }"#),
        r#""Client""#,
        "`Client` doesn't listen",
    );
    fine(r#"{ "set": { "p": "Other" } }, { "connect": "{{ p }}" }"#);
}

#[test]
fn accept_is_for_endpoints_without_a_session() {
    says(
        mistake(&talk("", r#"{ "accept": true, "as": "x" }"#)),
        r#""accept""#,
        "the `session` of `Server` takes its connections",
    );
    says(
        mistake(&talk(r#"{ "accept": true }"#, "")),
        r#""accept""#,
        "`Client` doesn't listen",
    );
}

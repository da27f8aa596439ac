//! How steps are numbered and titled.

use super::*;
use crate::plan::step::{Audience, Verb};

fn titles(plan: &Plan) -> Vec<(&'static str, &str, u32)> {
    plan.steps
        .iter()
        .map(|step| (step.verb, step.title.as_str(), step.place.line))
        .collect()
}

#[test]
fn steps_are_numbered_as_they_stand_in_the_file() {
    let plan = compile(
        r#"{ "actors": { "A": {
            "script": [
                { "connect": "A" },
                { "repeat": { "for": "key", "in": ["a", "b"] }, "do": [
                    { "send": "{{ key }}" } ] },
                { "repeat": { "while": "actor.n < 3" }, "do": [
                    { "choose": [
                        { "receive": "DATA", "do": [
                            { "break": true } ] },
                        { "after": "5s" } ] } ] },
                { "parallel": [[], []] } ],
            "state": { "n": 0 },
            "listen": "tcp",
            "session": [
                { "closed": "eof" } ]
        } } }"#,
    );
    assert_eq!(
        titles(&plan),
        [
            ("connect", "connect A", 3),
            ("repeat", r#"for key in ["a","b"]"#, 4),
            ("send", r#"send "{{ key }}""#, 5),
            ("repeat", "while actor.n < 3", 6),
            ("choose", "choose 2 alternatives", 7),
            ("receive", r#"receive "DATA""#, 8),
            ("break", "break", 9),
            ("after", "after", 10),
            ("parallel", "2 branches", 11),
            ("closed", "closed eof", 15),
        ]
    );
}

#[test]
fn titles_are_short_and_have_no_durations() {
    let long = "x".repeat(200);
    let plan = compile(&talk(
        &format!(
            r#"{{ "connect": "Server" }}, {{ "send": "{long}" }}, {{ "wait": "5s" }}, {{ "timer": {{ "rto": "5s" }} }}"#
        ),
        "",
    ));
    let titles: Vec<_> = titles(&plan).into_iter().map(|(_, title, _)| title).collect();
    assert_eq!(titles[1].chars().count(), 60);
    assert_eq!(titles[2..], ["wait", "timer rto"]);
}

#[test]
fn rehearsed_loops_leave_no_steps_behind() {
    let plan = compile(&talk(
        r#"{ "repeat": 2, "do": [{ "repeat": "{{ limit }}", "do": [{ "wait": "1s" }] }] }"#,
        "",
    ));
    let titles: Vec<_> = titles(&plan).into_iter().map(|(_, title, _)| title).collect();
    assert_eq!(titles, ["2 times", "limit times", "wait"]);
    let script = plan.actors[0].script.as_deref().unwrap();
    let Verb::Repeat { steps, .. } = &script[0].verb else {
        panic!()
    };
    let Verb::Repeat { steps, .. } = &steps[0].verb else {
        panic!()
    };
    assert_eq!(steps[0].id, 2);
}

#[test]
fn a_mistake_in_a_loop_is_told_once() {
    assert_eq!(
        mistakes(&talk(r#"{ "repeat": 2, "do": [{ "connect": "Nobody" }] }"#, "")).len(),
        1
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let found = mistakes(&talk(
        r#"{ "connect": "Nobody" }, { "break": true }, { "assert": "x" }"#,
        r#"{ "await": "go" }"#,
    ));
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn a_broadcast_has_an_audience() {
    let audience = |to: &str| {
        let plan = compile(&talk("", &format!(r#"{{ "broadcast": "a"{to} }}"#)));
        let session = plan.actors[1].listen[0].session.as_deref().unwrap();
        let Verb::Broadcast { to, .. } = &session[0].verb else {
            panic!()
        };
        match to {
            Audience::Others => "others",
            Audience::All => "all",
            Audience::Names(_) => "names",
        }
    };
    assert_eq!(audience(""), "others");
    assert_eq!(audience(r#", "to": "all""#), "all");
    assert_eq!(audience(r#", "to": ["a", "b"]"#), "names");
}

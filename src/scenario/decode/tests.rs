//! What is read from sound scenarios; `tests/broken` has what is said of broken ones.

use std::time::Duration;

use crate::scenario::load_text;
use crate::scenario::written::{
    Actor, Branches, Fails, Framing, Framings, Guard, Matcher, Modifiers, On, Payload, Rounds, Unexpected, Verb,
};
use crate::units::Delay;

fn actor(text: &str) -> Actor {
    let text = format!("{{ \"actors\": {{ \"A\": {text} }} }}");
    let (mut scenario, _) = load_text("s.json", &text).unwrap_or_else(|error| panic!("{error}"));
    scenario.actors.remove(0)
}

fn step(text: &str) -> (Verb, Modifiers) {
    let step = actor(&format!("{{ \"script\": [{text}] }}")).script.unwrap().remove(0);
    (step.verb, step.modifiers)
}

fn verb(text: &str) -> Verb {
    step(text).0
}

#[test]
fn an_actors_session_is_that_of_its_only_endpoint() {
    let actor = actor(r#"{ "listen": "tcp", "session": [ { "close": true } ], "unexpected": "ignore" }"#);
    assert!(matches!(actor.listen[0].session.as_deref(), Some([step]) if matches!(step.verb, Verb::Close(None))));
    assert!(matches!(actor.unexpected, Some(Unexpected::Ignore)));
    assert!(actor.script.is_none());
}

#[test]
fn framing_beside_connect_is_a_part_and_alone_a_verb() {
    let Verb::Connect { framing, .. } = verb(r#"{ "framing": "lines", "connect": "S" }"#) else {
        panic!()
    };
    assert_eq!(framing.unwrap().value, Framings::Both(Framing::Lines));
    let Verb::Framing(framing) = verb(r#"{ "framing": { "server": "crlf" } }"#) else {
        panic!()
    };
    let each = Framings::Each {
        client: None,
        server: Some(Framing::Crlf),
    };
    assert_eq!(framing.value, each);
}

#[test]
fn strings_and_lists_are_the_commonest_payload_and_matcher() {
    let Verb::Send { payload, .. } = verb(r#"{ "send": ["a", "b"] }"#) else {
        panic!()
    };
    assert!(matches!(payload.value, Payload::Lines(lines) if lines.len() == 2));
    let Verb::Receive { matcher, optional } = verb(r#"{ "receive": "a", "optional": true }"#) else {
        panic!()
    };
    assert!(matches!(matcher.value, Matcher::Payload(Payload::Text(text)) if text.value == "a"));
    assert!(optional);
}

#[test]
fn until_closed_holds_the_matcher_beside_it() {
    let Verb::Receive { matcher, .. } = verb(r#"{ "receive": { "contains": "x", "until": "closed" } }"#) else {
        panic!()
    };
    let Matcher::UntilClosed(inner) = matcher.value else {
        panic!()
    };
    assert!(matches!(inner.value, Matcher::Contains(_)));
}

#[test]
fn parallel_has_lists_or_the_same_steps_several_times() {
    let branches = |text: &str| match verb(text) {
        Verb::Parallel { branches, .. } => branches.value,
        other => panic!("{other:?}"),
    };
    assert!(matches!(branches(r#"{ "parallel": [[], []] }"#), Branches::Lists(lists) if lists.len() == 2));
    let same = branches(r#"{ "parallel": 3, "do": [] }"#);
    assert!(matches!(
        same,
        Branches::Same {
            rounds: Rounds::Times(_),
            ..
        }
    ));
    let each = branches(r#"{ "parallel": { "for": "x", "in": [1] }, "do": [] }"#);
    assert!(matches!(
        each,
        Branches::Same {
            rounds: Rounds::For { .. },
            ..
        }
    ));
}

#[test]
fn durations_are_fixed_or_drawn_and_timers_can_be_off() {
    let Verb::Timer(timers) = verb(r#"{ "timer": { "a": "1s", "b": "off", "c": { "exponential": "2s" } } }"#) else {
        panic!()
    };
    let delays: Vec<_> = timers
        .into_iter()
        .map(|(_, delay)| delay.map(|delay| delay.value))
        .collect();
    let seconds = Duration::from_secs;
    assert_eq!(
        delays,
        [
            Some(Delay::Fixed(seconds(1))),
            None,
            Some(Delay::Exponential(seconds(2)))
        ]
    );
}

#[test]
fn modifiers_are_read_beside_any_verb_that_takes_them() {
    let (_, modifiers) = step(
        r#"{ "connect": "S", "timeout": "1s", "fails": "refused", "hide": true, "retry": { "times": 3, "every": "1ms" } }"#,
    );
    assert_eq!(modifiers.timeout.unwrap().value, Duration::from_secs(1));
    assert_eq!(modifiers.fails.unwrap().value, Fails::Refused);
    assert!(modifiers.hide);
    let retry = modifiers.retry.unwrap().value;
    assert_eq!((retry.times, retry.factor, retry.show_count), (3, 1.0, false));
    let (_, modifiers) = step(r#"{ "silence": "1s", "on": "*" }"#);
    assert_eq!(modifiers.on.unwrap().value, On::All);
}

#[test]
fn an_alternative_has_its_guard_and_its_steps() {
    let text = r#"{ "any_order": [ { "receive": "x {{ n }}", "for": "n", "in": [1, 2], "capture": { "id": "$.id" } }, { "await": "go" } ] }"#;
    let Verb::AnyOrder(alternatives) = verb(text) else {
        panic!()
    };
    assert!(matches!(alternatives[0].guard, Guard::Receive(_)));
    assert_eq!(alternatives[0].each.as_ref().unwrap().0.value, "n");
    assert_eq!(alternatives[0].capture[0].1.value, "$.id");
    assert!(matches!(&alternatives[1].guard, Guard::Await(name) if name.value == "go"));
}

//! Background answers: two strands that receive in one direction, and send in the other.

use wiretale::order::{Order, Race};

use crate::tale::Tale;

fn races(text: &str) -> Vec<Race> {
    let source = Tale::new("C S*", text).source();
    Order::of(&source).unwrap().races().unwrap().races
}

fn tale(text: &str) -> Tale {
    Tale::new("C S*", text)
}

/// The bytes of a direction are shared out in the order of the paragraphs, so that the answers come first.
const ANSWERED: &str = "
    C/background(S/C#1)<:
        receive S/C#1< ping
        send S/C#1> pong
    C:
        connect S/C#1
        connected S/C#1
        receive S/C#1< a
        send S/C#1> b
        close S/C#1>
    S/C#1:
        accept S/C#1
        send S/C#1< ping
        receive S/C#1> pong
        send S/C#1< a
        receive S/C#1> b
        closed S/C#1>";

#[test]
fn what_two_strands_take_from_one_direction_is_paired_by_its_bytes() {
    assert_eq!(
        tale(ANSWERED).drawn(),
        ["S->>C: ping", "C->>S: pong", "S-->>C: a", "C->>S: b", "C-)S: close"]
    );
}

#[test]
fn what_is_taken_after_an_answer_was_given_is_no_race_with_it() {
    assert_eq!(races(ANSWERED), []);
    // The server does not wait for the answer; the client has given it when it takes what comes next.
    let hasty = "
        C/background(S/C#1)<:
            receive S/C#1< ping
            send S/C#1> pong
        C:
            receive S/C#1< a
            send S/C#1> b
        S/C#1:
            send S/C#1< ping
            send S/C#1< a
            receive S/C#1> pong
            receive S/C#1> b";
    assert_eq!(races(hasty), []);
    assert_eq!(
        tale(hasty).drawn(),
        [
            "S->>C: ping",
            "Note over C: sends pong",
            "S->>C: a",
            "C--)S: pong",
            "C->>S: b"
        ]
    );
}

#[test]
fn an_answer_races_with_what_the_script_sends_of_itself() {
    let races = races(
        "
        C/background(S/C#1)<:
            receive S/C#1< ping
            send S/C#1> pong
        C:
            timeout S/C#1
            send S/C#1> b
        S/C#1:
            send S/C#1< ping
            step=1 receive S/C#1> pong
            step=2 receive S/C#1> b",
    );
    let [race] = &races[..] else { panic!("{races:?}") };
    assert_eq!((race.first.step, race.second.step), (Some(1), Some(2)));
}

#[test]
fn an_answer_comes_before_the_closing_of_its_direction() {
    let untaken = "
        C/background(S/C#1)<:
            receive S/C#1< ping
            send S/C#1> pong
        C:
            connect S/C#1
            connected S/C#1
            close S/C#1>
        S/C#1:
            accept S/C#1
            send S/C#1< ping
            receive S/C#1> pong
            close S/C#1<
        C/(S/C#1)<:
            closed S/C#1<
        S/(S/C#1)>:
            closed S/C#1>";
    assert_eq!(
        tale(untaken).drawn(),
        ["S->>C: ping", "C->>S: pong", "C-)S: close", "S-)C: close"]
    );
}

#[test]
fn a_message_that_was_looked_at_and_left_to_a_step_ties_nothing() {
    // The answering strand reads a variable to look at `x`, after the script has taken `a` and written it.
    let looked = "
        C/background(S/C#1)<:
            receive S/C#1< ping
            read C.v 1
        C:
            receive S/C#1< a
            write C.v 0
            receive S/C#1< x
        S/C#1:
            send S/C#1< ping
            send S/C#1< a
            send S/C#1< x";
    assert_eq!(tale(looked).drawn(), ["S->>C: ping", "S->>C: a", "S->>C: x"]);
}

#[test]
fn which_of_two_senders_came_first_is_a_race_whoever_takes_their_messages() {
    let of = |first: &str, second: &str| {
        let text = format!(
            "
            {first}
            {second}
            S/D#1:
                send S/C#1< ping
            S/E#1:
                send S/C#1< a"
        );
        let source = Tale::new("C D E S*", &text).source();
        Order::of(&source).unwrap().races().unwrap().races
    };
    let (ping, a) = (
        "C/background(S/C#1)<:\n step=1 receive S/C#1< ping",
        "C:\n step=2 receive S/C#1< a",
    );
    let races = of(ping, a);
    let [race] = &races[..] else { panic!("{races:?}") };
    assert_eq!((race.first.step, race.second.step), (Some(1), Some(2)));
    assert_eq!(race.flip, None);
}

#[test]
fn a_branch_of_an_answer_is_a_part_of_it() {
    let branch = "
        C/background(S/C#1)<:
            receive S/C#1< who
            spawn C/background(S/C#1)<(1.1)
            join C/background(S/C#1)<(1.1)
            send S/C#1> done
        C/background(S/C#1)<(1.1):
            receive S/C#1< me
        S/C#1:
            send S/C#1< who
            send S/C#1< me
            receive S/C#1> done";
    assert_eq!(tale(branch).drawn(), ["S->>C: who", "S->>C: me", "C->>S: done"]);
}

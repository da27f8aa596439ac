//! Strands that others begin and end: phases, branches, drains.

use crate::examples::check;

#[test]
fn setup_comes_before_all_scripts_and_the_runs_own_strand_is_drawn_nowhere() {
    let text = "
        A:
            note script of A
        B:
            note script of B
        B/setup:
            note setup of B
        *:
            spawn B/setup
            join B/setup
            spawn A
            spawn B
            join A
            join B
            spawn A/finally
        A/finally:
            note finally of A";
    check(
        "A B",
        text,
        &[
            "Note over B: setup of B",
            "Note over A: script of A",
            "Note over B: script of B",
            "Note over A: finally of A",
        ],
    );
}

#[test]
fn a_branch_lies_between_what_began_it_and_what_joined_it() {
    let text = "
        A:
            note before
            spawn A(1.1)
            spawn A(1.2)
            join A(1.1)
            join A(1.2)
            note after
        A(1.1):
            note one
            await two 1
            note one again
        A(1.2):
            note two
            signal two 1";
    check(
        "A",
        text,
        &[
            "Note over A: before",
            "Note over A: one",
            "Note over A: two",
            "Note over A: one again",
            "Note over A: after",
        ],
    );
}

#[test]
fn what_a_drain_found_comes_after_what_it_read() {
    let text = "
        C:
            connect S/C#1
            connected S/C#1
            send S/C#1> q
            close S/C#1>
        C/(S/C#1)<:
            note unread
            closed S/C#1<
        S/C#1:
            accept S/C#1
            receive S/C#1> q
            send S/C#1< a
            closed S/C#1>
            close S/C#1<";
    check(
        "C S*",
        text,
        &[
            "C->>S: q",
            "S-)C: a (not taken)",
            "C-)S: close",
            "S-)C: close",
            "Note over C: unread",
        ],
    );
}

#[test]
fn an_ending_that_drains_take_is_never_part_of_a_crossing() {
    let text = "
        A:
            send B/A#1> d1
            close B/A#1>
            send B/A#2> d2
        B:
            receive B/A#2> d2
            receive B/A#1> d1
        B/(B/A#1)>:
            closed B/A#1>";
    check(
        "A B*",
        text,
        &["Note over A: sends d1", "A-)B: close", "A->>B: d2", "A--)B: d1"],
    );
}

#[test]
fn scripts_that_accept_crosswise_are_split_at_the_first_connect() {
    let text = "
        A:
            connect B/A#1
            connected B/A#1
            accept A/B#1
            send B/A#1> a
        B:
            connect A/B#1
            connected A/B#1
            accept B/A#1
            receive B/A#1> a";
    check("A* B*", text, &["A->>B: a"]);
}

#[test]
fn a_strand_that_talks_to_itself_sends_before_it_takes() {
    let text = "
        A:
            connect A/A#1
            connected A/A#1
            accept A/A#1
            send A/A#1> me
            receive A/A#1> me";
    check("A*", text, &["Note over A: sends me", "A--)A: me"]);
}

#[test]
fn a_reset_after_a_shutdown_is_the_end_that_a_reset_was_met_by() {
    let text = "
        A:
            close B/A#1>
            note then
            reset B/A#1>
        B/A#1:
            was-reset B/A#1>
            note met";
    check(
        "A B*",
        text,
        &["A-)B: close", "Note over A: then", "A--xB: reset", "Note over B: met"],
    );
}

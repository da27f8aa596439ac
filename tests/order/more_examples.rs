//! The worked examples 10 to 15 of the canonical order.

use crate::examples::check;
use crate::tale::Tale;

#[test]
fn example_10_relay() {
    let mut own = String::new();
    let mut upstream = "R:\n connect S/R#1\n connected S/R#1\n".to_owned();
    let mut server = "S/R#1:\n accept S/R#1\n".to_owned();
    let mut clients = String::new();
    let mut expected = Vec::new();
    for i in 1..=2 {
        own += &format!(
            "C[{i}]:
                connect R/C[{i}]#1
                connected R/C[{i}]#1
                send R/C[{i}]#1> q
                receive R/C[{i}]#1< a
            R/C[{i}]#1:
                accept R/C[{i}]#1
                connect S/(R/C[{i}]#1)#1
                connected S/(R/C[{i}]#1)#1
                receive R/C[{i}]#1> q
                send S/(R/C[{i}]#1)#1> Q
                receive S/(R/C[{i}]#1)#1< A
                send R/C[{i}]#1< a
            S/(R/C[{i}]#1)#1:
                accept S/(R/C[{i}]#1)#1
                receive S/(R/C[{i}]#1)#1> Q
                send S/(R/C[{i}]#1)#1< A\n"
        );
        // One strand of R talks to S for both: each asks it by a signal of its own.
        clients += &format!(
            "C[{i}]:
                send R/C[{i}]#1> q
                receive R/C[{i}]#1< a
            R/C[{i}]#1:
                receive R/C[{i}]#1> q
                signal ask{i} 1
                await done{i} 1
                send R/C[{i}]#1< a\n"
        );
        upstream += &format!(
            "await ask{i} 1
            send S/R#1> Q
            receive S/R#1< A
            signal done{i} 1\n"
        );
        server += "receive S/R#1> Q\n send S/R#1< A\n";
        expected.extend([
            format!("C[{i}]->>R: q"),
            "R->>S: Q".to_owned(),
            "S-->>R: A".to_owned(),
            format!("R-->>C[{i}]: a"),
        ]);
    }
    assert_eq!(Tale::new("C R* S*", &own).drawn(), expected);
    let shared = format!("{upstream}{server}{clients}");
    assert_eq!(Tale::new("C R* S*", &shared).drawn(), expected);
}

#[test]
fn example_11_actor_variables() {
    let counted = |first: u32| {
        let mut text = String::new();
        for i in 1..=2_u32 {
            let nth = u32::from(i != first);
            text += &format!(
                "C[{i}]:
                    send S/C[{i}]#1> inc
                    receive S/C[{i}]#1< n={n}
                S/C[{i}]#1:
                    receive S/C[{i}]#1> inc
                    write S.n {nth}
                    send S/C[{i}]#1< n={n}\n",
                n = nth + 1
            );
        }
        Tale::new("C S*", &text)
    };
    assert_eq!(
        counted(1).drawn(),
        ["C[1]->>S: inc", "S-->>C[1]: n=1", "C[2]->>S: inc", "S-->>C[2]: n=2"]
    );
    assert_eq!(
        counted(2).drawn(),
        ["C[1]->>S: inc", "C[2]->>S: inc", "S-->>C[2]: n=1", "S-->>C[1]: n=2"]
    );
}

#[test]
fn example_12_pipelining() {
    let text = "
        C:
            send S/C#1> 1
            send S/C#1> 2
            send S/C#1> 3
            receive S/C#1< a1
            receive S/C#1< a2
            receive S/C#1< a3
        S/C#1:
            receive S/C#1> 1
            send S/C#1< a1
            receive S/C#1> 2
            send S/C#1< a2
            receive S/C#1> 3
            send S/C#1< a3";
    check(
        "C S*",
        text,
        &[
            "C->>S: 1",
            "Note over C: sends 2",
            "Note over C: sends 3",
            "S-->>C: a1",
            "C--)S: 2",
            "S-->>C: a2",
            "C--)S: 3",
            "S-->>C: a3",
        ],
    );
}

#[test]
fn example_13_several_sends_read_as_one_and_one_in_parts() {
    let text = "
        C:
            send S/C#1> Hel
            send S/C#1> lo
            send S/C#1> rest
        S/C#1:
            receive S/C#1> Hello
            receive S/C#1> re
            receive S/C#1> st";
    check(
        "C S*",
        text,
        &[
            "C-)S: Hel",
            "C->>S: lo",
            "Note over S: read as one: Hello",
            "C->>S: rest",
            "Note over S: read in part: re",
            "Note over S: read in part: st",
        ],
    );
}

#[test]
fn example_14_simultaneous_close() {
    let text = "
        C:
            send S/C#1> q
            close S/C#1>
        C/(S/C#1)<:
            closed S/C#1<
        S/C#1:
            receive S/C#1> q
            close S/C#1<
        S/C#1/(S/C#1)>:
            closed S/C#1>";
    check("C S*", text, &["C->>S: q", "C-)S: close", "S-)C: close"]);
    check("S* C", text, &["C->>S: q", "S-)C: close", "C-)S: close"]);
}

#[test]
fn example_15_reset_against_send() {
    let text = "
        A:
            connect B/A#1
            connected B/A#1
            reset B/A#1>
        B/A#1:
            accept B/A#1
            send B/A#1< x
            was-reset B/A#1>";
    check("A B*", text, &["B-)A: x (not taken)", "A--xB: reset"]);
}

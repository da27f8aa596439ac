//! The fifteen worked examples of the canonical order.

use crate::tale::Tale;

fn check(actors: &str, text: &str, expected: &[&str]) {
    assert_eq!(Tale::new(actors, text).drawn(), expected);
}

#[test]
fn example_1_hello() {
    let client = "
        Client:
            connect Server/Client#1
            connected Server/Client#1
            send Server/Client#1> Hello from client!
            receive Server/Client#1< Hello from server!
            close Server/Client#1>
        Client/(Server/Client#1)<:
            closed Server/Client#1<
        ";
    let server = "
        Server/Client#1:
            accept Server/Client#1
            receive Server/Client#1> Hello from client!
            send Server/Client#1< Hello from server!
        ";
    let expected = [
        "Client->>Server: Hello from client!",
        "Server-->>Client: Hello from server!",
        "Client-)Server: close",
        "Server-)Client: close",
    ];
    let taken = format!("{client}{server} closed Server/Client#1>\n close Server/Client#1<");
    check("Client Server*", &taken, &expected);
    check("Server* Client", &taken, &expected);
    let drained = format!(
        "{client}{server} close Server/Client#1<
        Server/Client#1/(Server/Client#1)>:
            closed Server/Client#1>"
    );
    check("Client Server*", &drained, &expected);
}

#[test]
fn example_1_opens_by_one_unit() {
    use wiretale::order::unit::Shape;
    use wiretale::order::{Order, OrderError};
    let tale = Tale::new(
        "Client Server*",
        "Client:
            connect Server/Client#1
            connected Server/Client#1
        Server/Client#1:
            accept Server/Client#1",
    );
    let mut units = Vec::new();
    let source = tale.source();
    let order = Order::of(&source).unwrap();
    order
        .units(|unit| {
            units.push(unit);
            Ok::<(), OrderError>(())
        })
        .unwrap();
    assert!(matches!(&units[..], [unit] if matches!(
        unit.shape,
        Shape::Opens { accept: Some(_), connected: Some(_), .. }
    )));
}

#[test]
fn example_2_two_clients() {
    let mut text = String::new();
    let mut expected = Vec::new();
    // The second is accepted first: nothing orders the two.
    for i in [2, 1] {
        text += &format!(
            "Client[{i}]:
                connect Server/Client[{i}]#1
                connected Server/Client[{i}]#1
                send Server/Client[{i}]#1> q
                receive Server/Client[{i}]#1< a
                close Server/Client[{i}]#1>
            Server/Client[{i}]#1:
                accept Server/Client[{i}]#1
                receive Server/Client[{i}]#1> q
                send Server/Client[{i}]#1< a
                closed Server/Client[{i}]#1>
                close Server/Client[{i}]#1<\n"
        );
    }
    for i in [1, 2] {
        expected.extend([
            format!("Client[{i}]->>Server: q"),
            format!("Server-->>Client[{i}]: a"),
            format!("Client[{i}]-)Server: close"),
            format!("Server-)Client[{i}]: close"),
        ]);
    }
    assert_eq!(Tale::new("Client Server*", &text).drawn(), expected);
}

#[test]
fn example_3_crossing() {
    let text = "
        A:
            send B/A#1> a
            receive B/A#1< b
        B/A#1:
            send B/A#1< b
            receive B/A#1> a";
    check("A B*", text, &["Note over A: sends a", "B->>A: b", "A--)B: a"]);
}

#[test]
fn example_4_lost_datagram() {
    let text = "
        Client:
            send Server/Client#1> req
            lost
            timeout
            send Server/Client#1> req
            receive Server/Client#1< rsp
        Server/Client#1:
            miss Server/Client#1> req
            receive Server/Client#1> req
            send Server/Client#1< rsp";
    check(
        "Client Server*",
        text,
        &[
            "Client-xServer: req (lost)",
            "Note over Client: timed out",
            "Client->>Server: req",
            "Server-->>Client: rsp",
        ],
    );
}

#[test]
fn example_5_half_close() {
    let client = "
        C:
            send S/C#1> q
            close S/C#1>
            receive S/C#1< a
            closed S/C#1<
        S/C#1:
            receive S/C#1> q\n";
    let first = format!("{client} closed S/C#1>\n send S/C#1< a\n close S/C#1<");
    check("C S*", &first, &["C->>S: q", "C-)S: close", "S-->>C: a", "S-)C: close"]);
    let after = format!("{client} send S/C#1< a\n closed S/C#1>\n close S/C#1<");
    check(
        "C S*",
        &after,
        &[
            "C->>S: q",
            "Note over C: closes",
            "S-->>C: a",
            "C--)S: close",
            "S-)C: close",
        ],
    );
}

#[test]
fn example_6_server_first() {
    let text = "
        C:
            connect S/C#1
            connected S/C#1
            receive S/C#1< 220 ready
            send S/C#1> HELO
            receive S/C#1< 250
            close S/C#1>
        S/C#1:
            accept S/C#1
            send S/C#1< 220 ready
            receive S/C#1> HELO
            send S/C#1< 250
            closed S/C#1>
            close S/C#1<";
    check(
        "C S*",
        text,
        &[
            "S->>C: 220 ready",
            "C->>S: HELO",
            "S-->>C: 250",
            "C-)S: close",
            "S-)C: close",
        ],
    );
}

#[test]
fn example_7_broadcast() {
    let members = "
        S/A#1:
            receive S/A#1> hi
            send S/B#1< hi
            copy S/C#1< hi
        A:
            send S/A#1> hi\n";
    let apart = format!("{members} B:\n receive S/B#1< hi\n note heard\n C:\n receive S/C#1< hi");
    check(
        "A B C S*",
        &apart,
        &["A->>S: hi", "S->>B: hi", "S->>C: hi", "Note over B: heard"],
    );
    let chained = format!(
        "{members}
        B:
            receive S/B#1< hi
            send C/B#1> x
        C/B#1:
            receive C/B#1> x
            signal x 1
        C:
            await x 1
            receive S/C#1< hi"
    );
    check(
        "A B C S*",
        &chained,
        &["A->>S: hi", "S->>B: hi", "B->>C: x", "S->>C: hi"],
    );
}

#[test]
fn example_8_refused() {
    let text = "
        Client:
            connect Server/Client#1
            refused Server
            note once more
            connect Server/Client#1
            connected Server/Client#1
            send Server/Client#1> q
        Server/Client#1:
            accept Server/Client#1
            receive Server/Client#1> q";
    check(
        "Client Server*",
        text,
        &[
            "Client-xServer: connect refused",
            "Note over Client: once more",
            "Client->>Server: q",
        ],
    );
}

#[test]
fn example_9_timeout_and_retry() {
    let text = "
        C:
            send S/C#1> q
            timeout
            send S/C#1> q
            receive S/C#1< a
        S/C#1:
            receive S/C#1> q
            receive S/C#1> q
            send S/C#1< a";
    check(
        "C S*",
        text,
        &["C->>S: q", "Note over C: timed out", "C->>S: q", "S-->>C: a"],
    );
    let gives_up = "
        C:
            send S/C#1> q
            timeout
            close S/C#1>
        C/(S/C#1)<:
            closed S/C#1<
        S/C#1:
            receive S/C#1> q
            send S/C#1< a
            closed S/C#1>
            close S/C#1<";
    let lines = Tale::new("C S*", gives_up).drawn();
    assert!(lines.contains(&"S-)C: a (not taken)".to_owned()), "{lines:?}");
}

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

//! The worked examples 1 to 9 of the canonical order.

use crate::tale::Tale;

pub(crate) fn check(actors: &str, text: &str, expected: &[&str]) {
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

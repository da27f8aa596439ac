//! What is drawn for which units, whole.

use crate::diagram::fixture::{OPENER, TARGET, Tale, body, content, finding, header, lines};
use crate::diagram::{Builder, Detail, mermaid};
use crate::order::unit::{ReadAs, Shape, Unpaired};
use crate::trace::event::{Access, Closed, Closing, Fate, Footer, Kind, Mode};
use crate::trace::mask::Marks;

fn hello() -> Tale {
    let mut tale = Tale::default();
    tale.on("Server/Client#1").opens();
    tale.request("Hello from client!").respond("Hello from server!");
    tale.ends(OPENER, Closing::Fin, Closed::Eof).closes(TARGET);
    tale
}

fn messages(tale: &Tale) -> Vec<String> {
    body(&tale.diagram(&header(&["C", "S"], &[]), Detail::Messages))
}

fn lifecycle(tale: &Tale) -> Vec<String> {
    body(&tale.diagram(&header(&["C", "S"], &[]), Detail::Lifecycle))
}

fn talk() -> Tale {
    let mut tale = Tale::default();
    tale.on("S/C#1");
    tale
}

#[test]
fn hello_is_four_lines_of_messages() {
    let diagram = hello().diagram(&header(&["Client", "Server"], &[]), Detail::Messages);
    assert_eq!(
        mermaid::write(&diagram),
        "sequenceDiagram
    %% format: 1
    %% scenario: a.json
    %% hash: h
    participant p0 as Client
    participant p1 as Server
    p0->>p1: Hello from client!
    p1-->>p0: Hello from server!
    p0-)p1: close
    p1-)p0: close
    %% end
"
    );
}

#[test]
fn hello_is_eight_lines_of_lifecycle() {
    let diagram = hello().diagram(&header(&["Client", "Server"], &[]), Detail::Lifecycle);
    assert_eq!(
        body(&diagram),
        [
            "p0->>p1: Connect",
            "p1->>p0: Accept Connection",
            "p0->>p1: Send Data: Hello from client!",
            "p1->>p0: Receive Data: Hello from client!",
            "p1->>p0: Send Response: Hello from server!",
            "p0->>p1: Receive Response: Hello from server!",
            "p0->>p1: Close Connection",
            "p1->>p0: Close Connection",
        ]
    );
}

#[test]
fn a_crossing_is_a_note_and_a_later_arrow() {
    let mut tale = talk();
    let send = tale.send(OPENER, "a");
    tale.push(Shape::Departs {
        send: send.clone(),
        response: false,
        hidden: false,
    });
    tale.message(TARGET, "b", false);
    let receive = tale.receive(OPENER, "a");
    tale.push(Shape::Arrives {
        send,
        receive,
        response: false,
        read: None,
    });
    assert_eq!(messages(&tale), ["Note over p0: sends a", "p1->>p0: b", "p0--)p1: a"]);
    assert_eq!(
        lifecycle(&tale),
        [
            "p0->>p1: Send Data: a",
            "p1->>p0: Send Data: b",
            "p0->>p1: Receive Data: b",
            "p1->>p0: Receive Data: a",
        ]
    );
}

#[test]
fn a_crossing_end_is_a_note_and_a_later_close() {
    let mut tale = talk();
    tale.request("q");
    let send = tale.closing(OPENER, Closing::Fin);
    tale.push(Shape::Departs {
        send: send.clone(),
        response: false,
        hidden: false,
    });
    tale.respond("a");
    let receive = tale.closed(OPENER, Closed::Eof, None);
    tale.push(Shape::Arrives {
        send,
        receive,
        response: false,
        read: None,
    });
    tale.closes(TARGET);
    assert_eq!(
        messages(&tale),
        [
            "p0->>p1: q",
            "Note over p0: closes",
            "p1-->>p0: a",
            "p0--)p1: close",
            "p1-)p0: close"
        ]
    );
}

#[test]
fn a_message_that_is_hidden_where_it_is_taken_is_not_drawn_where_it_departs() {
    let mut tale = talk();
    let send = tale.send(OPENER, "a");
    tale.push(Shape::Departs {
        send: send.clone(),
        response: false,
        hidden: true,
    });
    tale.message(TARGET, "b", false);
    let mut receive = tale.receive(OPENER, "a");
    receive.event.hide = true;
    tale.push(Shape::Arrives {
        send,
        receive,
        response: false,
        read: None,
    });
    assert_eq!(messages(&tale), ["p1->>p0: b"]);
}

#[test]
fn what_is_lost_or_not_taken_says_so() {
    let mut tale = talk();
    tale.unpaired(OPENER, "req", Unpaired::Fate(Fate::Lost));
    let of = "step".to_owned();
    tale.local("C", Kind::Timeout { of, watch: Vec::new() });
    tale.unpaired(TARGET, "late", Unpaired::NotTaken);
    assert_eq!(
        messages(&tale),
        [
            "p0-xp1: req (lost)",
            "Note over p0: timed out",
            "p1-)p0: late (not taken)"
        ]
    );
    assert_eq!(
        lifecycle(&tale),
        [
            "p0-xp1: Send Data: req (lost)",
            "Note over p0: timed out",
            "p1-)p0: Send Data: late (not taken)"
        ]
    );
}

#[test]
fn what_was_not_read_as_it_was_sent_says_so() {
    let mut tale = talk();
    tale.unpaired(OPENER, "Hel", Unpaired::ReadWithLater);
    tale.read_as(OPENER, "lo", false, Some(ReadAs::One), "Hello");
    tale.read_as(OPENER, "Hello", false, Some(ReadAs::Part), "Hel");
    let receive = tale.receive(OPENER, "lo");
    tale.push(Shape::Taken {
        receive,
        response: false,
    });
    assert_eq!(
        messages(&tale),
        [
            "p0-)p1: Hel",
            "p0->>p1: lo",
            "Note over p1: read as one: Hello",
            "p0->>p1: Hello",
            "Note over p1: read in part: Hel",
            "Note over p1: read in part: lo",
        ]
    );
}

#[test]
fn endings_say_how() {
    let mut tale = talk();
    tale.unpaired(TARGET, "x", Unpaired::NotTaken);
    tale.ends(OPENER, Closing::Reset, Closed::Reset);
    let send = tale.closing(TARGET, Closing::Fin);
    let receive = tale.closed(TARGET, Closed::Eof, Some((3, Some(10))));
    tale.push(Shape::Message {
        send,
        receive,
        response: false,
        read: None,
    });
    let receive = tale.closed(TARGET, Closed::Abandoned, None);
    tale.push(Shape::Taken {
        receive,
        response: false,
    });
    let drain = Kind::Closed {
        connection: "S/C#1".to_owned(),
        direction: OPENER,
        how: Closed::Eof,
        code: None,
        partial: None,
        watch: Vec::new(),
    };
    let receive = tale.placed("S/C#1/(S/C#1)>", drain);
    tale.push(Shape::Taken {
        receive,
        response: false,
    });
    let expected = [
        "p1-)p0: x (not taken)",
        "p0--xp1: reset",
        "p1-)p0: close after 3 of 10 bytes",
        "Note over p0: the end never came",
    ];
    assert_eq!(messages(&tale), expected);
    assert_eq!(lifecycle(&tale)[2], "p1->>p0: Close Connection after 3 of 10 bytes");
}

#[test]
fn a_malformed_message_is_an_arrow_and_a_note() {
    let mut tale = talk();
    let send = tale.send(OPENER, "a");
    let malformed = Kind::Malformed {
        connection: "S/C#1".to_owned(),
        direction: OPENER,
        start: 0,
        end: 1,
        content: content("a"),
        why: "no length".to_owned(),
    };
    let receive = tale.placed("S/C#1", malformed);
    tale.push(Shape::Message {
        send,
        receive,
        response: false,
        read: None,
    });
    assert_eq!(messages(&tale), ["p0->>p1: a", "Note over p1: malformed: no length"]);
}

#[test]
fn a_refused_connect_is_lost_at_the_target() {
    let mut tale = Tale::default();
    for (endpoint, again) in [("S", false), ("S.data", true)] {
        let endpoint = endpoint.to_owned();
        tale.local(
            "C",
            Kind::Refused {
                endpoint,
                again,
                status: None,
            },
        );
    }
    let expected = ["p0-xp1: connect refused", "p0-xp1: connect refused, tried again"];
    assert_eq!(messages(&tale), expected);
    assert_eq!(lifecycle(&tale), expected);
}

#[test]
fn labels_replace_the_payload_and_hidden_events_are_not_drawn() {
    let mut tale = talk();
    let mut send = tale.send(OPENER, "secret");
    send.event.label = Some("log in".to_owned());
    let mut receive = tale.receive(OPENER, "secret");
    receive.event.label = Some("not this".to_owned());
    tale.push(Shape::Message {
        send,
        receive: receive.clone(),
        response: false,
        read: None,
    });
    let send = tale.send(OPENER, "secret");
    tale.push(Shape::Message {
        send: send.clone(),
        receive: receive.clone(),
        response: false,
        read: None,
    });
    receive.event.hide = true;
    tale.push(Shape::Message {
        send,
        receive,
        response: false,
        read: None,
    });
    assert_eq!(messages(&tale), ["p0->>p1: log in", "p0->>p1: not this"]);
    assert_eq!(lifecycle(&tale)[0], "p0->>p1: Send Data: log in");
}

#[test]
fn what_concerns_one_strand_is_a_note_on_its_lifeline() {
    let mut tale = talk();
    let text = |text: &str| text.to_owned();
    tale.local("C", Kind::Phase { text: text("Log in") });
    tale.local(
        "C",
        Kind::Note {
            text: text("tired"),
            over: Vec::new(),
        },
    );
    tale.local(
        "C",
        Kind::Note {
            text: text("both; here"),
            over: vec![text("S"), text("C")],
        },
    );
    tale.local(
        "S/C#1",
        Kind::Timeout {
            of: text("timer rto"),
            watch: Vec::new(),
        },
    );
    tale.local("S/C#1", Kind::Silent { watch: Vec::new() });
    tale.local("C", Kind::Finding(Box::new(finding("C", "expected \"a\""))));
    let plain = [
        "Note over p0,p1: Log in",
        "Note over p0: tired",
        "Note over p0,p1: both#59; here",
        "Note over p1: timer rto",
        "Note over p1: silence",
        "Note over p0: fail: expected \"a\"",
    ];
    assert_eq!(messages(&tale), plain);

    let access = |cell: &str, mode| Access {
        cell: text(cell),
        mode,
        nth: 0,
    };
    let cells = vec![access("S.a", Mode::Read), access("S.b", Mode::Write)];
    tale.local("S/C#1", Kind::Access { cells });
    tale.local(
        "C",
        Kind::Signalled {
            name: text("go"),
            nth: 1,
        },
    );
    tale.local(
        "S/C#1",
        Kind::Awaited {
            name: text("go"),
            count: 1,
            watch: Vec::new(),
        },
    );
    tale.local(
        "S",
        Kind::Listening {
            endpoint: text("S"),
            address: text("127.0.0.1:1"),
        },
    );
    assert_eq!(messages(&tale), plain);
    assert_eq!(
        lifecycle(&tale)[6..],
        [
            "Note over p1: reads S.a, writes S.b",
            "Note over p0: signals go",
            "Note over p1: awaited go"
        ]
    );
}

#[test]
fn a_cut_run_and_late_findings_are_notes_at_the_end_and_the_seed_is_given_where_chance_was_asked() {
    let mut builder = Builder::new(&header(&["C", "S"], &[]), Detail::Messages);
    talk().request("q").units.iter().for_each(|unit| builder.unit(unit));
    let footer = Footer {
        draws: 1,
        cut: Some("SIGTERM".to_owned()),
        ..Footer::default()
    };
    let diagram = builder.finish(
        &footer,
        "abc",
        &[finding("S/C#1", "too late"), finding("*", "never")],
        &Marks::default(),
    );
    assert_eq!(
        body(&diagram),
        [
            "p0->>p1: q",
            "Note over p1: fail: too late",
            "Note over p0,p1: fail: never",
            "Note over p0,p1: cut here by SIGTERM",
        ]
    );
    assert!(mermaid::write(&diagram).contains("    %% seed: 7\n    %% hash: abc\n"));
}

#[test]
fn every_actor_of_the_scenario_has_a_lifeline_in_its_order() {
    let mut tale = Tale::default();
    tale.on("S/C[2]#1").request("two");
    tale.on("S/C[1]#1").request("one");
    let diagram = tale.diagram(&header(&["Idle", "S", "C*2", "Nobody*5"], &[]), Detail::Messages);
    assert_eq!(
        lines(&diagram),
        [
            "p0 Idle",
            "p1 S",
            "p2 C[1]",
            "p3 C[2]",
            "p4 Nobody ×5",
            "p3->>p1: two",
            "p2->>p1: one",
        ]
    );
}

#[test]
fn a_trace_without_actors_is_an_empty_diagram() {
    let mut tale = Tale::default();
    tale.local("*", Kind::Phase { text: "x".to_owned() });
    assert!(tale.diagram(&header(&[], &[]), Detail::Messages).lines.is_empty());
}

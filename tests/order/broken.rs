//! Traces that are cut, and traces of what cannot have happened.

use wiretale::order::{Order, OrderError};
use wiretale::trace::reader::{TraceError, TraceSource};

use crate::tale::{Tale, drawn, header};

fn error(actors: &str, text: &str) -> OrderError {
    drawn(&Tale::new(actors, text).source()).unwrap_err()
}

#[test]
fn a_receive_without_a_send_is_an_error() {
    let error = error("C S*", "S/C#1:\n accept S/C#1\n receive S/C#1> x");
    assert_eq!(
        error.to_string(),
        "event 1 of strand `S/C#1` received bytes 0 to 1 of `S/C#1>`, which nobody sent"
    );
}

#[test]
fn a_receive_from_an_actor_outside_the_scenario_needs_no_send() {
    assert!(drawn(&Tale::new("S*", "S/Outside#1:\n receive S/Outside#1> x").source()).is_ok());
}

#[test]
fn an_event_that_is_missing_or_there_twice_is_an_error() {
    let mut tale = Tale::new("C", "C:\n note a\n note b\n note c");
    let again = tale.lines[1].clone();
    tale.lines.push(again);
    assert!(matches!(drawn(&tale.source()), Err(OrderError::Twice { index: 1, .. })));
    tale.lines.pop();
    tale.lines.remove(1);
    assert!(matches!(drawn(&tale.source()), Err(OrderError::Gap { index: 1, .. })));
    // One missing and another twice keep the count right.
    let again = tale.lines[1].clone();
    tale.lines.push(again);
    assert!(matches!(
        drawn(&tale.source()),
        Err(OrderError::Gap { .. } | OrderError::Twice { .. })
    ));
}

#[test]
fn events_that_wait_for_one_another_are_an_error() {
    let error = error("A B", "A:\n await b 1\n signal a 1\n B:\n await a 1\n signal b 1");
    assert!(
        matches!(&error, OrderError::Cycle(strands) if strands == &["A", "B"]),
        "{error}"
    );
}

#[test]
fn a_record_about_what_was_taken_is_an_error() {
    let error = error("C S*", "C:\n send S/C#1> x\n lost\n S/C#1:\n receive S/C#1> x");
    assert!(matches!(error, OrderError::Record { index: 0, .. }));
}

#[test]
fn a_connection_accepted_twice_is_an_error() {
    let error = error("C S*", "C:\n connect S/C#1\n S:\n accept S/C#1\n accept S/C#1");
    assert!(matches!(error, OrderError::OpenedTwice(name) if name == "S/C#1"));
}

#[test]
fn a_wrong_name_is_an_error() {
    assert!(matches!(error("C", "C//#:\n note x"), OrderError::Name(_)));
    assert!(matches!(error("C", "C:\n connect nowhere"), OrderError::Name(_)));
}

#[test]
fn a_file_cut_anywhere_is_read_up_to_its_last_whole_line() {
    let tale = Tale::new("C S*", "C:\n send S/C#1> x\n S/C#1:\n receive S/C#1> x\n note end");
    let mut bytes = serde_json::to_vec(&wiretale::trace::event::Line::Header(tale.header.clone())).unwrap();
    bytes.push(b'\n');
    let first = bytes.len();
    for line in &tale.lines {
        bytes.extend(serde_json::to_vec(line).unwrap());
        bytes.push(b'\n');
    }
    for length in 0..=bytes.len() {
        let source = TraceSource::from_bytes(bytes[..length].to_vec());
        if length < first {
            assert!(matches!(source, Err(TraceError::NoHeader(_))));
            continue;
        }
        let source = source.unwrap();
        assert!(source.footer().is_none());
        let whole = bytes[first..length].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(drawn(&source).unwrap().len(), [0, 1, 1, 2][whole], "{length}");
    }
}

#[test]
fn bytes_that_are_flipped_never_panic() {
    let tale = Tale::new(
        "C S*",
        "C:\n connect S/C#1\n connected S/C#1\n send S/C#1> x\n close S/C#1>\n write S.n 0\n await a 1\n S/C#1:
         accept S/C#1\n receive S/C#1> x\n closed S/C#1>\n write S.n 1\n signal a 1\n spawn S/C#1(1.1)\n S/C#1(1.1):\n note x",
    );
    let mut bytes = Vec::new();
    for line in std::iter::once(&wiretale::trace::event::Line::Header(header("C S*"))).chain(&tale.lines) {
        bytes.extend(serde_json::to_vec(line).unwrap());
        bytes.push(b'\n');
    }
    for at in 0..bytes.len() {
        for byte in [b'0', b'9', b'"', b'#', b'C', b'<', b'x'] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            if let Ok(source) = TraceSource::from_bytes(changed)
                && let Ok(order) = Order::of(&source)
            {
                let _ = order.units(|_| Ok::<(), OrderError>(()));
                let _ = order.races();
            }
        }
    }
}

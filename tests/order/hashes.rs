//! What the levels of the hash tell apart.

use wiretale::order::{HashLevel, Hashes, Order};
use wiretale::trace::event::{Event, Kind, Line};

use crate::tale::Tale;

fn hashes(tale: &Tale) -> Hashes {
    Order::of(&tale.source()).unwrap().hashes().unwrap()
}

fn told(text: &str) -> Hashes {
    hashes(&Tale::new("C D S*", text))
}

const TWO: &str = "
    C:
        send S/C#1> one
        send S/C#1> two
        receive S/C#1< ok
    S/C#1:
        receive S/C#1> one
        receive S/C#1> two
        send S/C#1< ok";

#[test]
fn another_message_differs_as_a_set() {
    let other = TWO.replace("ok", "no");
    assert_eq!(told(TWO).difference(&told(&other)), Some(HashLevel::Set));
    let untaken = TWO.replace("receive S/C#1< ok", "");
    assert_eq!(told(TWO).difference(&told(&untaken)), Some(HashLevel::Set));
}

#[test]
fn another_order_on_a_connection_is_the_same_set() {
    let other = TWO.replace("one", "1st").replace("two", "one").replace("1st", "two");
    assert_eq!(told(TWO).difference(&told(&other)), Some(HashLevel::Connection));
}

#[test]
fn another_order_in_a_strand_is_the_same_on_each_connection() {
    let text = |first: &str, second: &str| {
        told(&format!(
            "C:\n send S/C#1> c\n D:\n send S/D#1> d\n S:\n receive S/{first}\n receive S/{second}"
        ))
    };
    let (c, d) = ("C#1> c", "D#1> d");
    assert_eq!(text(c, d).difference(&text(d, c)), Some(HashLevel::Strand));
}

#[test]
fn another_payload_behind_the_same_label_differs_in_bytes_alone() {
    let labelled = |text: &str| {
        let mut tale = Tale::new(
            "C S*",
            &format!("C:\n send S/C#1> {text}\n S/C#1:\n receive S/C#1> {text}"),
        );
        for line in &mut tale.lines {
            if let Line::Event(event) = line {
                event.label = Some("a number".to_owned());
            }
        }
        hashes(&tale)
    };
    assert_eq!(labelled("1").difference(&labelled("2")), Some(HashLevel::Payload));
    assert_eq!(labelled("1").difference(&labelled("1")), None);
}

#[test]
fn times_and_addresses_are_no_difference() {
    let mut tale = Tale::new("C S*", TWO);
    let before = hashes(&tale);
    for line in &mut tale.lines {
        if let Line::Event(event) = line {
            event.time += 1000;
        }
    }
    assert_eq!(hashes(&tale), before);
    let listening = |address: &str| {
        let mut tale = tale.clone();
        tale.lines.push(Line::Event(Box::new(Event {
            strand: "S".to_owned(),
            index: 0,
            time: 0,
            step: None,
            frames: Vec::new(),
            label: None,
            hide: false,
            event: Kind::Listening {
                endpoint: "S".to_owned(),
                address: address.to_owned(),
            },
        })));
        hashes(&tale)
    };
    assert_eq!(listening("127.0.0.1:1"), listening("127.0.0.1:2"));
}

#[test]
fn the_order_of_accesses_is_a_difference_only_where_they_do_not_commute() {
    let two = |verb: &str, c: u32, d: u32| {
        let tale = Tale::new(
            "C D S*",
            &format!("S/C#1:\n note 1\n {verb} S.n {c}\n note 2\n S/D#1:\n note 3\n {verb} S.n {d}\n note 4"),
        );
        (tale.drawn(), hashes(&tale))
    };
    assert_eq!(two("read", 0, 1), two("read", 1, 0));
    assert_eq!(two("leave", 0, 1), two("leave", 1, 0));
    let (one, other) = (two("write", 0, 1), two("write", 1, 0));
    assert_ne!(one.0, other.0);
    assert_eq!(one.1.difference(&other.1), Some(HashLevel::Strand));
}

//! Races that one trace foretells.

use wiretale::order::{Order, Race, RaceKind, RacePlace};

use crate::tale::Tale;

fn races(actors: &str, text: &str) -> Vec<Race> {
    let source = Tale::new(actors, text).source();
    Order::of(&source).unwrap().races().unwrap().races
}

/// A script that takes from two clients in whatever order they come.
const TWO_PEERS: &str = "
    Server:
        step=1 watch=Server/A#1>,Server/B#1> receive Server/A#1> a
        step=1 watch=Server/A#1>,Server/B#1> receive Server/B#1> b
    A:
        send Server/A#1> a
    B:
        send Server/B#1> b";

#[test]
fn two_messages_to_a_strand_that_takes_either_race() {
    let races = races("A B Server*", TWO_PEERS);
    let [race] = &races[..] else { panic!("{races:?}") };
    assert_eq!((race.number, race.kind, race.count), (1, RaceKind::Messages, 1));
    assert_eq!((race.first.step, race.second.step), (Some(1), Some(1)));
    let flip = race.flip.as_ref().unwrap();
    assert_eq!(flip.strand.to_string(), "Server");
    assert_eq!(
        (flip.hold.connection.to_string(), flip.hold.nth),
        ("Server/A#1".to_owned(), 1)
    );
    assert_eq!(
        (flip.until.connection.to_string(), flip.until.nth),
        ("Server/B#1".to_owned(), 1)
    );
}

#[test]
fn a_message_caused_by_the_first_does_not_race_with_it() {
    let text = "
        Server:
            watch=Server/A#1>,Server/B#1> receive Server/A#1> a
            send Server/A#1< go
            watch=Server/A#1>,Server/B#1> receive Server/B#1> b
        A:
            send Server/A#1> a
            receive Server/A#1< go
            signal go 1
        B:
            await go 1
            send Server/B#1> b";
    assert_eq!(races("A B Server*", text), []);
}

#[test]
fn a_strand_with_one_peer_has_no_races() {
    let text = "
        Server/A#1:
            receive Server/A#1> 1
            receive Server/A#1> 2
        A:
            send Server/A#1> 1
            send Server/A#1> 2";
    assert_eq!(races("A Server*", text), []);
}

#[test]
fn races_of_the_same_steps_are_counted() {
    let mut server = "Server:\n".to_owned();
    let (mut a, mut b) = ("A:\n".to_owned(), "B:\n".to_owned());
    for _ in 0..5 {
        server += "step=1 watch=Server/A#1>,Server/B#1> receive Server/A#1> a\n";
        server += "step=1 watch=Server/A#1>,Server/B#1> receive Server/B#1> b\n";
        a += "send Server/A#1> a\n";
        b += "send Server/B#1> b\n";
    }
    let races = races("A B Server*", &(server + &a + &b));
    let [race] = &races[..] else { panic!("{races:?}") };
    assert_eq!(race.count, 9);
    assert_eq!((race.first.index, race.second.index), (0, 1));
}

#[test]
fn copies_of_two_unordered_broadcasts_race_at_each_member() {
    let text = "
        S/A#1:
            receive S/A#1> hi
            send S/C#1< hi
        S/B#1:
            receive S/B#1> ho
            send S/C#1< ho
        A:
            send S/A#1> hi
        B:
            send S/B#1> ho
        C:
            receive S/C#1< hi
            receive S/C#1< ho";
    let races = races("A B C S*", text);
    let [race] = &races[..] else { panic!("{races:?}") };
    assert_eq!((race.kind, &race.flip), (RaceKind::Messages, &None));
    assert_eq!(race.first.strand.to_string(), "C");
}

#[test]
fn a_timer_races_with_the_next_message_be_it_taken_or_not() {
    let taken = "
        C:
            watch=S/C#1< timeout
            receive S/C#1< a
        S/C#1:
            send S/C#1< a";
    let found = races("C S*", taken);
    assert!(matches!(&found[..], [race] if race.kind == RaceKind::Timer));
    let untaken = "
        C:
            watch=S/C#1< timeout
        S/C#1:
            send S/C#1< a";
    let found = races("C S*", untaken);
    assert!(matches!(&found[..], [race] if matches!(race.second.place, RacePlace::NotTaken { .. })));
    let caused = "
        C:
            watch=S/C#1< timeout
            send S/C#1> again
            receive S/C#1< a
        S/C#1:
            receive S/C#1> again
            send S/C#1< a";
    assert_eq!(races("C S*", caused), []);
}

#[test]
fn unordered_writes_race_and_ordered_ones_do_not() {
    let unordered = "
        S/A#1:
            step=4 write S.n 0
        S/B#1:
            step=4 write S.n 1";
    let found = races("A B S*", unordered);
    let [race] = &found[..] else { panic!("{found:?}") };
    assert_eq!(race.kind, RaceKind::Accesses);
    assert_eq!(race.first.place, RacePlace::Cell("S.n".to_owned()));
    let ordered = "
        S/A#1:
            write S.n 0
            signal written 1
        S/B#1:
            await written 1
            write S.n 1";
    assert_eq!(races("A B S*", ordered), []);
    assert_eq!(races("A B S*", "S/A#1:\n read S.n 0\n S/B#1:\n read S.n 1"), []);
}

#[test]
fn a_lost_update_is_seen_though_the_writer_has_read() {
    let text = "
        S/A#1:
            step=1 read S.n 0
            step=2 write S.n 2
        S/B#1:
            step=1 read S.n 1
            step=2 write S.n 3";
    let found = races("A B S*", text);
    let steps: Vec<_> = found.iter().map(|race| (race.first.step, race.second.step)).collect();
    assert_eq!(steps, [(Some(1), Some(2)), (Some(2), Some(2))]);
}

#[test]
fn connections_that_one_script_accepts_race_unless_one_opener_orders_them() {
    let text = "
        S:
            accept S/A#1
            accept S/B#1
        A:
            connect S/A#1
            connected S/A#1
        B:
            connect S/B#1
            connected S/B#1";
    let found = races("A B S*", text);
    assert!(matches!(&found[..], [race] if race.kind == RaceKind::Accepts));
    let one = text.replace("S/B#1", "S/A#2").replace("B:\n", "");
    assert_eq!(races("A S*", &one), []);
}

#[test]
fn a_second_unordered_signal_of_a_name_races_with_the_one_that_was_taken() {
    let text = "
        A:
            signal ready 1
        B:
            signal ready 2
        C:
            await ready 1";
    let found = races("A B C", text);
    assert!(matches!(&found[..], [race] if race.kind == RaceKind::Signals));
    let both = text.replace("await ready 1", "await ready 2");
    assert_eq!(races("A B C", &both), []);
    let after = "
        A:
            signal ready 1
        C:
            await ready 1
            signal go 1
        B:
            await go 1
            signal ready 2";
    assert_eq!(races("A B C", after), []);
}

#[test]
fn more_strands_than_one_walk_has_entries_for_are_all_examined() {
    let mut text = String::new();
    for i in 1..=200 {
        text += &format!(
            "S[{i}]:
                step={i} watch=S[{i}]/A[{i}]#1>,S[{i}]/B[{i}]#1> receive S[{i}]/A[{i}]#1> a
                watch=S[{i}]/A[{i}]#1>,S[{i}]/B[{i}]#1> receive S[{i}]/B[{i}]#1> b
            A[{i}]:
                send S[{i}]/A[{i}]#1> a
            B[{i}]:
                send S[{i}]/B[{i}]#1> b\n"
        );
    }
    let found = races("A B S*", &text);
    assert_eq!(found.len(), 200);
    let numbers: Vec<_> = found.iter().map(|race| race.number).collect();
    assert!(numbers.is_sorted());
    assert_eq!(found[0].first.strand.to_string(), "S[1]");
}

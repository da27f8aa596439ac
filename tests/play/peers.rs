//! `order` and `unordered`: what does not matter makes no difference, and what does is still said.

use proptest::prelude::*;
use wiretale::order::RaceKind;

use super::stage::{Scene, Tale};

/// An auction at which Ada and Bob bid once each, by its script's steps.
fn auction(order: &str, state: &str, script: &str) -> Scene {
    let bidder = |name: &str, bid: u32| {
        format!(
            r#""{name}": {{ "script": [ {{ "connect": "Auction" }}, {{ "send": "BID {bid}" }}, {{ "receive": {{ "any": true }} }}, {{ "closed": "eof" }} ] }}"#
        )
    };
    Scene::actors(&format!(
        r#""Auction": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, {order} {state} "script": [
             {{ "accept": true, "as": "one" }}, {{ "accept": true, "as": "two" }}, {script} ] }},
           {}, {}"#,
        bidder("Ada", 10),
        bidder("Bob", 20)
    ))
}

const PER_PEER: &str = r#""order": "per-peer","#;

const ADA: &str = "Auction/Ada#1>";
const BOB: &str = "Auction/Bob#1>";

/// Plays it with either bid first, and makes sure that it was.
fn both_ways(scene: &Scene) -> (Tale, Tale) {
    let ways = [(BOB, ADA), (ADA, BOB)].map(|(hold, until)| {
        let tale = scene.flipped("Auction", hold, until);
        let taken = |place: &str| {
            let connection = format!(
                r#""receive":{{"connection":"{}","direction":">""#,
                &place[..place.len() - 1]
            );
            tale.trace.find(&connection).unwrap_or_else(|| panic!("{}", tale.trace))
        };
        assert!(taken(until) < taken(hold), "{}", tale.trace);
        tale
    });
    let [ada, bob] = ways;
    (ada, bob)
}

const CHOICES: &[&str] = &[
    r#"{ "repeat": 2, "do": [ { "choose": [ { "receive": { "pattern": "BID {n:int}" }, "on": ["one", "two"], "do": [ { "send": "TAKEN {{ n }}" } ] } ] } ] }"#,
    r#"{ "serve": [ { "receive": { "pattern": "BID {n:int}" }, "on": "*", "do": [ { "send": "TAKEN {{ n }}" }, { "close": true } ] } ] }"#,
    r#"{ "any_order": [
         { "receive": { "pattern": "BID 1{n:int}" }, "on": ["one", "two"], "do": [ { "send": "TAKEN 1{{ n }}" } ] },
         { "receive": { "pattern": "BID 2{n:int}" }, "on": ["one", "two"], "do": [ { "send": "TAKEN 2{{ n }}" } ] } ] }"#,
];

#[test]
fn an_auction_is_drawn_once_whoever_bids_first() {
    for choice in CHOICES {
        let (ada, bob) = both_ways(&auction(PER_PEER, "", choice));
        ada.passed();
        bob.passed();
        assert_eq!(ada.mermaid, bob.mermaid);
        for tale in [ada, bob] {
            assert_eq!(tale.drawing.races.races, [], "{}", tale.told());
        }
    }
}

#[test]
fn a_strict_auction_is_drawn_as_it_went_and_can_be_forced() {
    for choice in CHOICES {
        let (ada, bob) = both_ways(&auction("", "", choice));
        ada.passed();
        bob.passed();
        assert_ne!(ada.mermaid, bob.mermaid);
        for tale in [ada, bob] {
            let kinds: Vec<_> = tale.drawing.races.races.iter().map(|race| race.kind).collect();
            assert!(
                kinds.contains(&RaceKind::Messages) && kinds.contains(&RaceKind::Accepts),
                "{kinds:?}"
            );
            let forced = tale
                .drawing
                .races
                .races
                .iter()
                .any(|race| race.kind == RaceKind::Messages && race.flip.is_some());
            assert!(forced, "{}", tale.told());
        }
    }
}

#[test]
fn an_answer_that_tells_who_came_first_is_still_a_difference_and_a_race() {
    let count = r#"{ "repeat": 2, "do": [ { "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "do": [
        { "set": { "actor.bids": "{{ actor.bids + 1 }}" } }, { "send": "TAKEN {{ actor.bids }}" } ] } ] } ] }"#;
    let (ada, bob) = both_ways(&auction(PER_PEER, r#""state": { "bids": 0 },"#, count));
    assert_ne!(ada.lines(), bob.lines());
    for tale in [ada, bob] {
        let kinds: Vec<_> = tale.drawing.races.races.iter().map(|race| race.kind).collect();
        assert!(
            !kinds.is_empty() && kinds.iter().all(|kind| *kind == RaceKind::Accesses),
            "{}",
            tale.told()
        );
    }
}

#[test]
fn what_nobody_reads_back_may_be_counted_in_any_order() {
    let count = r#"{ "repeat": 2, "do": [ { "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "do": [
        { "set": { "actor.bids": "{{ actor.bids + 1 }}" } }, { "send": "TAKEN" } ] } ] } ] }, { "assert": "actor.bids == 2" }"#;
    let state = r#""unordered": ["bids"], "state": { "bids": 0 },"#;
    let (ada, bob) = both_ways(&auction(PER_PEER, state, count));
    assert_eq!(ada.mermaid, bob.mermaid);
    assert_eq!(ada.drawing.races.races, [], "{}", ada.told());
    let (ada, bob) = both_ways(&auction(PER_PEER, r#""state": { "bids": 0 },"#, count));
    assert_ne!(ada.mermaid, bob.mermaid, "the order of two writes is a difference");
    assert_ne!(ada.drawing.races.races, [], "{}", ada.told());
}

#[test]
fn an_unordered_value_in_a_message_is_a_difference_all_the_same() {
    let count = r#"{ "repeat": 2, "do": [ { "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "do": [
        { "set": { "actor.bids": "{{ actor.bids + 1 }}" } }, { "send": "TAKEN {{ actor.bids }}" } ] } ] } ] }"#;
    let (ada, bob) = both_ways(&auction(
        PER_PEER,
        r#""unordered": ["bids"], "state": { "bids": 0 },"#,
        count,
    ));
    assert_ne!(ada.lines(), bob.lines());
}

#[test]
fn what_a_script_does_by_itself_comes_after_all_that_its_peers_caused() {
    let last = r#"{ "repeat": 2, "do": [ { "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "do": [
        { "send": "TAKEN" } ] } ] } ] }, { "note": "all bids are in" }"#;
    auction(PER_PEER, "", last).shows(&[
        "alt receive contains \"BID\"",
        "Ada->>Auction: BID 10",
        "Auction-->>Ada: TAKEN",
        "end",
        "alt receive contains \"BID\"",
        "Bob->>Auction: BID 20",
        "Auction-->>Bob: TAKEN",
        "end",
        "Note over Auction: all bids are in",
        "Auction-)Ada: close",
        "Ada-)Auction: close",
        "Auction-)Bob: close",
        "Bob-)Auction: close",
    ]);
}

#[test]
fn what_ends_a_region_races_with_it() {
    // Who is taken by the `choose` decides what the steps behind it wait for.
    let one_alone = r#"{ "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "do": [ { "send": "FIRST" } ] } ] },
        { "note": "now the other" },
        { "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "do": [ { "send": "SECOND" } ] } ] }"#;
    let (ada, bob) = both_ways(&auction(PER_PEER, "", one_alone));
    assert_ne!(ada.lines(), bob.lines());
    for tale in [ada, bob] {
        let races = &tale.drawing.races.races;
        assert!(
            races
                .iter()
                .any(|race| race.kind == RaceKind::Messages && race.flip.is_some()),
            "{}",
            tale.told()
        );
    }
}

#[test]
fn a_message_is_held_for_an_ending_and_an_ending_for_a_message() {
    let scene = Scene::actors(
        r#""S": { "listen": { "tcp": 0, "framing": "lines" }, "script": [ { "accept": true, "as": "one" }, { "accept": true, "as": "two" },
             { "repeat": 2, "do": [ { "choose": [
               { "receive": "q", "on": ["one", "two"], "do": [ { "send": "a" } ] },
               { "closed": "eof", "on": ["one", "two"] } ] } ] } ] },
           "A": { "script": [ { "connect": "S" }, { "send": "q" }, { "receive": "a" }, { "closed": "eof" } ] },
           "B": { "script": [ { "connect": "S" }, { "close": true } ] }"#,
    );
    let (message, ending) = ("S/A#1>", "S/B#1>");
    for ending_first in [true, false] {
        let (hold, until) = if ending_first {
            (message, ending)
        } else {
            (ending, message)
        };
        let tale = scene.flipped("S", hold, until);
        tale.passed();
        let place = |what: &str| {
            tale.trace
                .lines()
                .position(|line| line.starts_with(r#"{"strand":"S","#) && line.contains(what))
        };
        let first = place(r#""closed":"#) < place(r#""receive":"#);
        assert_eq!(first, ending_first, "{}", tale.trace);
    }
}

#[test]
fn a_race_with_what_one_peer_causes_can_be_forced() {
    let scene = |order: &str| {
        auction(
            order,
            "",
            r#"{ "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "do": [ { "send": "FIRST" } ] } ] },
        { "note": "now the other" },
        { "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "do": [ { "send": "SECOND" } ] } ] }"#,
        )
    };
    let tale = scene(PER_PEER).flipped("Auction", BOB, ADA);
    let race = tale
        .drawing
        .races
        .races
        .iter()
        .find(|race| race.flip.is_some())
        .unwrap();
    let flip = race.flip.as_ref().unwrap();
    assert!(flip.strand.is_peer(), "{}", flip.strand);
    let other = scene(PER_PEER).flipped(
        &flip.strand.to_string(),
        &format!("{}{}", flip.hold.connection, flip.hold.direction),
        &format!("{}{}", flip.until.connection, flip.until.direction),
    );
    assert_ne!(tale.lines(), other.lines());
}

#[test]
fn a_timer_between_peers_is_a_race_as_ever() {
    let scene = Scene::actors(
        r#""S": { "listen": { "tcp": 0, "framing": "lines" }, "order": "per-peer", "script": [
             { "accept": true, "as": "one" }, { "accept": true, "as": "two" },
             { "repeat": 3, "do": [ { "choose": [
               { "receive": "q", "on": ["one", "two"], "do": [ { "send": "a" } ] },
               { "after": "100ms" } ] } ] } ] },
           "A": { "script": [ { "connect": "S" }, { "send": "q" }, { "receive": "a" }, { "closed": "eof" } ] },
           "B": { "script": [ { "connect": "S" }, { "wait": "150ms" }, { "send": "q" }, { "receive": "a" }, { "closed": "eof" } ] }"#,
    );
    let tale = scene.play();
    tale.passed();
    let kinds: Vec<_> = tale.drawing.races.races.iter().map(|race| race.kind).collect();
    assert!(kinds.contains(&RaceKind::Timer), "{}", tale.told());
}

#[test]
fn a_guard_that_reads_what_all_share_keeps_the_order() {
    let open = r#"{ "repeat": 2, "do": [ { "choose": [ { "receive": { "contains": "BID" }, "on": ["one", "two"], "when": "actor.open", "do": [
        { "send": "TAKEN" } ] } ] } ] }"#;
    let (ada, bob) = both_ways(&auction(PER_PEER, r#""state": { "open": true },"#, open));
    for tale in [&ada, &bob] {
        tale.passed();
        assert_ne!(tale.drawing.races.races, [], "{}", tale.told());
    }
}

#[test]
fn clients_of_one_script_are_served_in_any_order() {
    let scene = |order: &str| {
        Scene::actors(&format!(
            r#""S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, {order} "script": [ {{ "serve": [
                 {{ "accept": true, "as": "c", "do": [ {{ "receive": {{ "pattern": "{{n:int}}" }} }}, {{ "send": "{{{{ n * 2 }}}}" }}, {{ "close": true }} ] }} ] }} ] }},
               "A": {{ "script": [ {{ "connect": "S" }}, {{ "send": "1" }}, {{ "receive": "2" }}, {{ "closed": "eof" }} ] }},
               "B": {{ "script": [ {{ "connect": "S" }}, {{ "send": "5" }}, {{ "receive": "10" }}, {{ "closed": "eof" }} ] }}"#
        ))
    };
    let settled = scene(PER_PEER).passes();
    assert_eq!(settled.drawing.races.races, [], "{}", settled.told());
    settled.shows(&[
        "A->>S: 1",
        "S-->>A: 2",
        "S-)A: close",
        "A-)S: close",
        "B->>S: 5",
        "S-->>B: 10",
        "S-)B: close",
        "B-)S: close",
    ]);
    let strict = scene("").play();
    assert_eq!(
        strict.drawing.races.races[0].kind,
        RaceKind::Accepts,
        "{}",
        strict.told()
    );
}

#[test]
fn a_connection_that_a_peer_makes_one_open_belongs_to_it() {
    // A relay whose script asks its upstream anew for each bid.
    let relay = r#"{ "repeat": 2, "do": [ { "choose": [ { "receive": { "pattern": "BID {n:int}" }, "on": ["one", "two"], "do": [
        { "connect": "Bank", "as": "bank" }, { "send": "{{ n }}", "on": "bank" }, { "receive": "ok", "on": "bank" }, { "close": true, "on": "bank" },
        { "send": "TAKEN" } ] } ] } ] }"#;
    let scene = |order: &str| {
        let text = format!(
            r#""Auction": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, {order} "script": [
                 {{ "accept": true, "as": "one" }}, {{ "accept": true, "as": "two" }}, {relay} ] }},
               "Ada": {{ "script": [ {{ "connect": "Auction" }}, {{ "send": "BID 10" }}, {{ "receive": "TAKEN" }}, {{ "closed": "eof" }} ] }},
               "Bob": {{ "script": [ {{ "connect": "Auction" }}, {{ "send": "BID 20" }}, {{ "receive": "TAKEN" }}, {{ "closed": "eof" }} ] }},
               "Bank": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "receive": {{ "any": true }} }}, {{ "send": "ok" }}, {{ "closed": "eof" }} ] }}"#
        );
        Scene::actors(&text)
    };
    let (ada, bob) = both_ways(&scene(PER_PEER));
    ada.passed();
    assert_eq!(ada.mermaid, bob.mermaid);
    assert!(
        ada.strands().contains("Bank/(Auction/peer(1.Auction/Ada#1))#1"),
        "{:?}",
        ada.strands()
    );
}

#[test]
fn hidden_messages_may_come_any_number_of_times() {
    let scene = |beats: usize| {
        let beat = r#"{ "send": "beat" }, { "receive": "ok" },"#.repeat(beats);
        Scene::pair(
            "\"lines\"",
            &format!(r#"{beat} {{ "send": "q" }}, {{ "receive": "a" }}, {{ "close": true }}"#),
            r#"{ "serve": [ { "receive": "beat", "hide": true, "do": [ { "send": "ok", "hide": true } ] },
                 { "receive": "q", "do": [ { "send": "a" } ] } ] }"#,
        )
    };
    let (two, three) = (scene(2).passes(), scene(3).passes());
    assert_eq!(two.mermaid, three.mermaid);
    two.shows(&[
        "Client->>Server: q",
        "Server-->>Client: a",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn peers_that_send_at_any_time_are_drawn_once(
        waits in prop::collection::vec(prop::collection::vec(0..4u32, 1..4), 2..5),
    ) {
        let scene = |waited: bool| {
            let peers: Vec<String> = waits.iter().enumerate().map(|(peer, waits)| {
                let sends: Vec<String> = waits.iter().map(|wait| {
                    let wait = if waited { wait * 5 } else { 0 };
                    format!(r#"{{ "wait": "{wait}ms" }}, {{ "send": "m{peer}" }}, {{ "receive": "got m{peer}" }}"#)
                }).collect();
                format!(r#""P{peer}": {{ "script": [ {{ "connect": "S" }}, {}, {{ "close": true }} ] }}"#, sends.join(", "))
            }).collect();
            Scene::actors(&format!(
                r#""S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "order": "per-peer", "script": [
                     {{ "repeat": {}, "as": "n", "do": [ {{ "accept": true, "as": "c{{{{ n }}}}" }} ] }},
                     {{ "serve": [ {{ "receive": {{ "pattern": "{{text}}" }}, "on": "*", "do": [ {{ "send": "got {{{{ text }}}}" }} ] }},
                                   {{ "closed": "eof", "on": "*", "do": [ {{ "close": true }} ] }} ] }} ] }}, {}"#,
                peers.len(),
                peers.join(", ")
            ))
        };
        let (slow, fast) = (scene(true).play(), scene(false).play());
        slow.passed();
        prop_assert_eq!(&slow.mermaid, &fast.mermaid);
        prop_assert!(slow.drawing.races.races.is_empty(), "{}", slow.told());
    }
}

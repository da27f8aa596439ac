//! Datagrams: associations, what becomes of them, and that none is lost.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use wiretale::diagram::{Detail, mermaid};
use wiretale::finding::FindingKind;
use wiretale::trace::reader::TraceSource;

use super::stage::{Busy, Scene, Tale};

/// A client and a UDP server, by their steps; `framing` says how both read datagrams.
fn pair(framing: &str, client: &str, session: &str) -> Scene {
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server" }}, {client} ] }},
           "Server": {{ "listen": {{ "udp": 0, "framing": {framing} }}, "session": [ {session} ] }}"#
    ))
}

fn lifecycle(tale: &Tale) -> String {
    let source = TraceSource::from_bytes(tale.trace.clone().into_bytes()).unwrap();
    mermaid::write(&wiretale::suite::draw(&source, Detail::Lifecycle).unwrap().diagram)
}

#[test]
fn a_datagram_and_its_answer_are_drawn_open_and_nothing_of_an_ending() {
    let scene = pair(
        "\"raw\"",
        r#"{ "send": "ping" }, { "receive": "pong" }, { "close": true }"#,
        r#"{ "receive": "ping" }, { "send": "pong" }"#,
    );
    scene.shows(&["Client-)Server: ping", "Server-)Client: pong"]);
    let tale = scene.play();
    let shown = lifecycle(&tale);
    let lines: Vec<&str> = shown
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('p'))
        .collect();
    let expected = [
        "participant p0 as Client",
        "participant p1 as Server",
        "p0-)p1: Send Data: ping",
        "p1->>p0: Receive Data: ping",
        "p1-)p0: Send Response: pong",
        "p0->>p1: Receive Response: pong",
    ];
    assert_eq!(lines, expected);
    assert!(!tale.trace.contains("\"closing\"") && !tale.trace.contains("\"closed\""));
}

#[test]
fn each_remote_address_is_a_session_called_by_who_opened_it() {
    let scene = Scene::actors(
        r#""Client": { "count": 2, "script": [ { "connect": "Server" },
               { "repeat": 2, "do": [ { "send": "ask" }, { "receive": "answer" } ] } ] },
           "Server": { "listen": "udp", "session": [
               { "repeat": 2, "do": [ { "receive": "ask" }, { "send": "answer" } ] } ] }"#,
    );
    let tale = scene.passes();
    for strand in ["Server/Client[1]#1", "Server/Client[2]#1"] {
        assert!(tale.strands().contains(strand), "{:?}", tale.strands());
    }
}

#[test]
fn an_association_is_one_more_each_time_and_one_without_a_datagram_begins_nothing() {
    let scene = Scene::actors(
        r#""Client": { "script": [
               { "connect": "Server", "as": "idle" }, { "connect": "Server", "as": "busy" },
               { "send": "hello", "on": "busy" }, { "receive": "hi", "on": "busy" } ] },
           "Server": { "listen": "udp", "session": [ { "receive": "hello" }, { "send": "hi" } ] }"#,
    );
    let tale = scene.passes();
    tale.shows(&["Client-)Server: hello", "Server-)Client: hi"]);
    assert!(tale.strands().contains("Server/Client#2") && !tale.strands().contains("Server/Client#1"));
}

#[test]
fn what_is_sent_keeps_its_order() {
    let scene = pair(
        "\"raw\"",
        r#"{ "repeat": 500, "as": "n", "do": [ { "send": "{{ n }}" } ] }, { "receive": "done" }"#,
        r#"{ "repeat": 500, "as": "n", "do": [ { "receive": "{{ n }}" } ] }, { "send": "done" }"#,
    );
    scene.passes();
}

#[test]
fn ten_thousand_datagrams_wait_for_a_slow_reader_and_none_is_lost() {
    let scene = Scene::of(
        r#"{ "limits": { "unread": "8KiB", "step": "20s" }, "actors": {
            "Client": { "script": [ { "connect": "Server" },
                { "repeat": 10000, "as": "n", "do": [ { "send": { "text": "{{ n }}" } } ] }, { "receive": "done" } ] },
            "Server": { "listen": "udp", "session": [ { "receive": "1" }, { "wait": "100ms" },
                { "repeat": 9999, "as": "n", "do": [ { "receive": "{{ n + 1 }}" } ] }, { "send": "done" } ] } } }"#,
    );
    scene.play().passed();
}

#[test]
fn an_empty_datagram_and_the_largest_are_messages() {
    let scene = pair(
        "\"raw\"",
        r#"{ "send": "" }, { "send": { "fill": { "byte": "78", "size": "65507B" } } }, { "receive": { "size": 65507 } }, { "receive": { "size": 0 } }"#,
        r#"{ "receive": { "size": 0 } }, { "receive": { "size": 65507 } }, { "send": { "copy": true } }, { "send": "" }"#,
    );
    scene.passes();
}

#[test]
fn a_datagram_that_is_too_large_is_found() {
    let scene = pair(
        "\"raw\"",
        r#"{ "set": { "n": 65508 } }, { "send": "{{ 'x' * n }}" }"#,
        r#"{ "serve": [ { "receive": { "any": true } } ] }"#,
    );
    let tale = scene.finds(&[FindingKind::Malformed]);
    let text = &tale.finding(FindingKind::Malformed).text;
    assert!(
        text.contains("a datagram holds 65507 bytes at the most, and this has 65508"),
        "{text}"
    );
}

#[test]
fn ipv6_has_datagrams_too() {
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" }, { "send": "{{ local }}" }, { "receive": { "pattern": "{own}" }, "capture": { "all": "message.text" } },
               { "assert": "all == local" }, { "assert": "'[::1]:' in local" } ] },
           "Server": { "listen": { "udp": 0, "host": "::1" }, "session": [ { "receive": { "any": true } }, { "send": { "copy": true } } ] }"#,
    );
    scene.passes();
}

#[test]
fn what_a_datagram_holds_is_read_as_the_framing_says() {
    let framing = r#"{ "headers": "Content-Length" }"#;
    let scene = pair(
        framing,
        r#"{ "send": { "line": "ASK", "headers": { "Id": "7" }, "text": "body" } }, { "receive": { "line": "OK" } }"#,
        r#"{ "receive": { "line": "ASK", "headers": { "id": "7" }, "text": "body" } }, { "send": { "line": "OK" } }"#,
    );
    scene.passes();
}

#[test]
fn a_datagram_that_is_not_exactly_one_message_is_malformed_and_shown_without_more() {
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server", "framing": { "client": "raw" } }, { "send": "one\ntwo\n" } ] },
           "Server": { "listen": { "udp": 0, "framing": "lines" }, "session": [ { "receive": "one" } ] }"#,
    );
    let tale = scene.finds(&[FindingKind::Malformed]);
    let finding = tale.finding(FindingKind::Malformed);
    assert_eq!(finding.text, "the datagram goes on for 4 bytes behind its message");
    let actual = finding.actual.as_deref().unwrap();
    assert!(
        actual.starts_with("at offset 4 of the datagram:\n00000000  6f 6e 65 0a 74 77 6f 0a "),
        "{actual}"
    );
    tale.shows(&[
        "Client-)Server: one⏎two⏎",
        "Note over Server: malformed: the datagram goes on for 4 bytes behind its message",
        "Note over Server: fail: the datagram goes on for 4 bytes behind its message",
    ]);
}

#[test]
fn a_framing_step_changes_what_datagrams_hold() {
    let change = r#"{ "framing": "lines" }"#;
    let scene = pair(
        "\"raw\"",
        &format!(r#"{{ "send": "go" }}, {change}, {{ "send": "a line" }}, {{ "receive": "another" }}"#),
        &format!(r#"{{ "receive": "go" }}, {change}, {{ "receive": "a line" }}, {{ "send": "another" }}"#),
    );
    scene.passes();
}

#[test]
fn a_server_that_only_serves_comes_to_its_end_at_once() {
    let scene = pair(
        "\"raw\"",
        r#"{ "repeat": 3, "do": [ { "send": "a" }, { "receive": "b" } ] }"#,
        r#"{ "set": { "n": 0 } }, { "serve": [ { "receive": "a", "do": [ { "send": "b" }, { "set": { "n": "{{ n + 1 }}" } } ] } ] }, { "assert": "n == 3" }"#,
    );
    let begun = Instant::now();
    scene.passes();
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_session_that_chooses_comes_to_its_end_when_all_scripts_have() {
    let scene = pair(
        "\"raw\"",
        r#"{ "send": "a" }, { "receive": "b" }"#,
        r#"{ "receive": "a" }, { "send": "b" }, { "choose": [ { "receive": "c" }, { "after": "3s" } ] }, { "send": "never" }"#,
    );
    let begun = Instant::now();
    scene.shows(&["Client-)Server: a", "Server-)Client: b"]);
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn who_waits_for_what_nobody_sends_is_told_at_once() {
    let scene = pair(
        "\"raw\"",
        r#"{ "send": "a" }, { "receive": "b" }"#,
        r#"{ "receive": "a" }, { "receive": "c" }"#,
    );
    let begun = Instant::now();
    scene.finds(&[FindingKind::Standstill, FindingKind::Standstill]);
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[test]
fn what_nobody_takes_is_left_over_by_the_rule_of_unexpected() {
    let client = r#"{ "send": "a" }, { "receive": "b" }, { "close": true }"#;
    let session = r#"{ "receive": "a" }, { "send": "b" }, { "send": "b again" }"#;
    let tale = pair("\"raw\"", client, session).finds(&[FindingKind::LeftOver]);
    assert_eq!(
        tale.finding(FindingKind::LeftOver).text,
        "left over from Server: \"b again\""
    );
    assert_eq!(
        tale.lines()[..3],
        [
            "Client-)Server: a",
            "Server-)Client: b",
            "Server-)Client: b again (not taken)"
        ]
    );
    let scene = Scene::actors(&format!(
        r#""Client": {{ "unexpected": "ignore", "script": [ {{ "connect": "Server" }}, {client} ] }},
           "Server": {{ "listen": "udp", "session": [ {session} ] }}"#
    ));
    scene.shows(&[
        "Client-)Server: a",
        "Server-)Client: b",
        "Server-)Client: b again (not taken)",
    ]);
}

#[test]
fn what_is_sent_to_who_has_closed_surfaces_nowhere() {
    let scene = Scene::actors(
        r#""Client": { "unexpected": "ignore", "script": [ { "connect": "Server" }, { "send": "a" }, { "close": true }, { "signal": "closed" } ] },
           "Server": { "listen": "udp", "session": [ { "receive": "a" }, { "await": "closed" }, { "repeat": 3, "do": [ { "send": "b" } ] } ] }"#,
    );
    scene.passes();
}

#[test]
fn an_end_that_nobody_listens_at_surfaces_at_no_later_send() {
    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" }, { "send": "a" }, { "receive": "b" } ] },
           "Server": { "listen": "udp", "session": [ { "receive": "a" }, { "send": "b" } ] }"#,
    );
    // A datagram to nobody is answered by the kernel; the sockets of a run are connected to nobody, and hear nothing of it.
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..3 {
        socket.send_to(b"x", address).unwrap();
    }
    scene.passes();
}

#[test]
fn a_retry_asks_again_after_silence() {
    let scene = pair(
        "\"raw\"",
        r#"{ "group": [ { "send": "ask" }, { "receive": "answer", "timeout": "50ms" } ], "retry": { "times": 3, "every": "10ms" } }"#,
        r#"{ "receive": "ask" }, { "receive": "ask" }, { "send": "answer" }"#,
    );
    scene.shows(&[
        "Client-)Server: ask",
        "Note over Client: timed out",
        "Client-)Server: ask",
        "Server-)Client: answer",
    ]);
}

#[test]
fn silence_and_timers_wait_for_datagrams() {
    let scene = pair(
        "\"raw\"",
        r#"{ "send": "ask" }, { "receive": "answer" }, { "silence": "30ms" }, { "send": "more" },
           { "timer": { "rto": "20ms" } }, { "choose": [ { "receive": "x" }, { "timer": "rto", "do": [ { "send": "again" } ] } ] },
           { "receive": { "pattern": "SIP/2.0 100 {reason}" }, "optional": true }, { "receive": "at last" }"#,
        r#"{ "receive": "ask" }, { "send": "answer" }, { "receive": "more" }, { "receive": "again" }, { "send": "at last" }"#,
    );
    scene.passes();
}

#[test]
fn what_comes_again_is_absorbed_where_it_is_asked_for() {
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" }, { "send": "ask" }, { "send": "ask" }, { "send": "other" }, { "send": "ask" }, { "receive": "done" }, { "send": "ask" } ] },
           "Server": { "listen": "udp", "retransmissions": "absorb", "session": [ { "receive": "ask" }, { "receive": "other" }, { "send": "done" } ] }"#,
    );
    for _ in 0..20 {
        let tale = scene.play();
        tale.passed();
        tale.shows(&[
            "Client-)Server: ask",
            "Client-)Server: ask (again)",
            "Client-)Server: other",
            "Client-)Server: ask (again)",
            "Server-)Client: done",
            "Client-)Server: ask (again)",
        ]);
        assert_eq!(
            tale.trace.matches("\"event\":{\"receive\"").count(),
            6,
            "{}",
            tale.trace
        );
    }
}

#[test]
fn what_comes_again_is_answered_as_the_first_was() {
    let scene = Scene::actors(
        r#""Client": { "retransmissions": "absorb", "script": [ { "connect": "Server" }, { "send": "ask" }, { "receive": "trying" }, { "receive": "done" },
               { "send": "ask" }, { "silence": "20ms" }, { "send": "bye" }, { "receive": "good bye" } ] },
           "Server": { "listen": "udp", "retransmissions": "answer", "session": [ { "receive": "ask" }, { "send": "trying" }, { "send": "done" }, { "receive": "bye" }, { "send": "good bye" } ] }"#,
    );
    scene.shows(&[
        "Client-)Server: ask",
        "Server-)Client: trying",
        "Server-)Client: done",
        "Client-)Server: ask",
        "Server-)Client: trying (again)",
        "Server-)Client: done (again)",
        "Note over Client: silence",
        "Client-)Server: bye",
        "Server-)Client: good bye",
    ]);
}

#[test]
fn a_stream_on_the_port_of_an_endpoint_of_datagrams_is_another_one() {
    let scene = Scene::actors(
        r#""Client": { "script": [ { "connect": "Dns.udp" }, { "send": "a" }, { "receive": "more" }, { "close": true },
               { "connect": "Dns.tcp" }, { "send": "a" }, { "receive": "all" }, { "assert": "port('Dns.udp') == port('Dns.tcp')" }, { "close": true } ] },
           "Dns": { "listen": [
               { "name": "udp", "udp": 0, "session": [ { "receive": "a" }, { "send": "more" } ] },
               { "name": "tcp", "tcp": "{{ port('Dns.udp') }}", "framing": "lines", "session": [ { "receive": "a" }, { "send": "all" }, { "closed": "eof" } ] } ] }"#,
    );
    scene.passes();
}

#[test]
fn sessions_of_datagrams_hear_broadcasts() {
    let scene = Scene::actors(
        r#""Client": { "count": 3, "script": [ { "connect": "Server" }, { "send": "join" }, { "receive": "ok" }, { "signal": "in" },
               { "receive": "news" } ] },
           "Server": { "listen": "udp", "session": [ { "receive": "join" }, { "send": "ok" }, { "await": "told" } ],
               "setup": [], "script": [ { "await": "in", "times": 3 }, { "broadcast": "news", "to": "all" }, { "signal": "told" } ] }"#,
    );
    scene.play().passed();
}

#[test]
fn a_hundred_runs_give_one_diagram() {
    let mut clients = String::new();
    for n in 0..4 {
        let _ = write!(
            clients,
            r#""C{n}": {{ "script": [ {{ "connect": "Server" }}, {{ "repeat": 3, "as": "i", "do": [ {{ "send": "{n}-{{{{ i }}}}" }}, {{ "receive": "got {n}-{{{{ i }}}}" }} ] }} ] }}, "#
        );
    }
    let scene = Scene::actors(&format!(
        r#"{clients} "Server": {{ "listen": "udp", "session": [ {{ "serve": [ {{ "receive": {{ "pattern": "{{what}}" }}, "do": [ {{ "send": "got {{{{ what }}}}" }} ] }} ] }} ] }}"#
    ));
    let first = scene.play();
    first.passed();
    let busy = Busy::machine();
    for run in 0..100 {
        let tale = scene.play();
        tale.passed();
        assert_eq!(tale.mermaid, first.mermaid, "run {run}");
    }
    drop(busy);
}

/// Clients, and a server whose script takes datagrams from anybody.
fn from_anybody(clients: &str, server: &str) -> Scene {
    Scene::actors(&format!(
        r#"{clients}, "Server": {{ "listen": "udp", "script": [ {server} ] }}"#
    ))
}

const TWO: &str = r#"
    "A": { "script": [ { "connect": "Server" }, { "send": "a" }, { "receive": "to A" }, { "signal": "next" }, { "receive": "more for A" } ] },
    "B": { "script": [ { "await": "next" }, { "connect": "Server" }, { "send": "b" }, { "receive": "to B" } ] }"#;

#[test]
fn a_script_receives_from_anybody_and_answers_by_the_actor() {
    let scene = from_anybody(
        TWO,
        r#"{ "receive": { "pattern": "{what}" } }, { "assert": "message.from == 'A' and peer == 'A'" }, { "send": "to A" },
           { "receive": "b" }, { "assert": "message.from == 'B'" }, { "send": "to {{ message.from }}", "to": "B" }, { "send": "more for A", "to": "A" }"#,
    );
    scene.shows(&[
        "A-)Server: a",
        "Server-)A: to A",
        "B-)Server: b",
        "Server-)B: to B",
        "Server-)A: more for A",
    ]);
}

#[test]
fn a_script_that_serves_anybody_answers_who_asked_and_ends_at_once() {
    let clients = r#""Client": { "count": 3, "script": [ { "connect": "Server" }, { "repeat": 2, "as": "n", "do": [
        { "send": "{{ actor.name }} {{ n }}" }, { "receive": "{{ actor.name }} {{ n }}, {{ actor.name }}" } ] } ] }"#;
    let scene = from_anybody(
        clients,
        r#"{ "serve": [ { "receive": { "pattern": "{what}" }, "do": [ { "send": "{{ what }}, {{ peer }}" } ] } ] }"#,
    );
    let begun = Instant::now();
    let tale = scene.play();
    tale.passed();
    assert!(begun.elapsed() < Duration::from_secs(3));
    // Who comes first decides the order in which one strand answers.
    assert!(!tale.drawing.races.races.is_empty(), "{}", tale.told());
}

#[test]
fn datagrams_from_several_are_taken_in_the_order_in_which_they_came() {
    let clients = r#"
        "A": { "script": [ { "connect": "Server" }, { "send": "1" }, { "signal": "one" }, { "await": "two" }, { "send": "3" }, { "signal": "three" } ] },
        "B": { "script": [ { "connect": "Server" }, { "await": "one" }, { "send": "2" }, { "signal": "two" }, { "await": "three" }, { "send": "4" }, { "signal": "four" } ] }"#;
    let scene = from_anybody(
        clients,
        r#"{ "await": "four" }, { "receive": "1" }, { "receive": "2" }, { "receive": "3" }, { "receive": "4" }, { "silence": "20ms" }"#,
    );
    scene.passes();
}

#[test]
fn what_nobody_takes_at_an_endpoint_of_the_script_is_left_over() {
    let clients = r#""A": { "script": [ { "connect": "Server" }, { "send": "1" }, { "signal": "sent" } ] }"#;
    let tale = from_anybody(clients, r#"{ "await": "sent" }"#).finds(&[FindingKind::LeftOver]);
    assert!(
        tale.finding(FindingKind::LeftOver)
            .text
            .starts_with("left over from A: ")
    );
    let clients = r#""A": { "script": [ { "connect": "Server" }, { "send": "1" } ] },
        "B": { "script": [ { "connect": "Server" }, { "send": "2" }, { "signal": "sent" } ] }"#;
    let tale = from_anybody(clients, r#"{ "await": "sent" }, { "silence": "1s" }"#).play();
    tale.finding(FindingKind::Unsilent);
}

#[test]
fn nobody_can_be_answered_who_has_not_asked() {
    let clients = r#""A": { "script": [ { "wait": "10ms" } ] }"#;
    let tale = from_anybody(clients, r#"{ "send": "x", "to": "A" }"#).finds(&[FindingKind::Ended]);
    let text = &tale.finding(FindingKind::Ended).text;
    assert_eq!(text, "nobody called `A` has sent anything here that was taken");
}

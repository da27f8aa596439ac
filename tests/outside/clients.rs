//! What programs from outside say, and how it is drawn.

use super::stage::{Client, ECHO, play};

fn one(address: std::net::SocketAddr) {
    let mut client = Client::to(address);
    assert_eq!(client.ask("say a"), "a");
    assert_eq!(client.ask("say b"), "b");
    assert_eq!(client.ask("bye"), "see you");
}

#[test]
fn one_client_is_served_and_drawn() {
    let (tale, ()) = play(ECHO, one);
    tale.passed();
    let golden = include_str!("one.mmd");
    assert_eq!(tale.mermaid(), golden, "{}", tale.trace);
    assert!(tale.drawing.races.races.is_empty());
}

#[test]
fn ten_runs_give_one_diagram() {
    let first = play(ECHO, one).0.mermaid();
    for _ in 0..9 {
        assert_eq!(play(ECHO, one).0.mermaid(), first);
    }
}

#[test]
fn two_clients_are_two_sessions() {
    let (tale, ()) = play(ECHO, |address| {
        let (mut a, mut b) = (Client::to(address), Client::to(address));
        assert_eq!(a.ask("say a"), "a");
        assert_eq!(b.ask("say b"), "b");
        assert_eq!(a.ask("say c"), "c");
        b.say("quit");
        assert!(a.sees_the_end() && b.sees_the_end());
    });
    tale.passed();
    for strand in ["Server/Outside#1", "Server/Outside#2"] {
        assert!(tale.trace.contains(strand), "{}", tale.trace);
    }
    let lines = tale.lines();
    for asked in ["a", "b", "c"] {
        assert!(
            lines.iter().any(|line| line.ends_with(&format!(": say {asked}"))),
            "{lines:#?}"
        );
    }
}

#[test]
fn whoever_comes_first_the_diagram_is_one() {
    let script = |address, words: [&str; 2]| {
        for said in words {
            assert_eq!(Client::to(address).ask(&format!("say {said}")), said);
        }
        assert_eq!(Client::to(address).ask("bye"), "see you");
    };
    let (one, ()) = play(ECHO, |address| script(address, ["a", "b"]));
    let (other, ()) = play(ECHO, |address| script(address, ["b", "a"]));
    one.passed();
    other.passed();
    assert_eq!(other.mermaid(), one.mermaid());
    let said: Vec<_> = one
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("p1->>p0"))
        .collect();
    assert_eq!(said, ["p1->>p0: bye", "p1->>p0: say a", "p1->>p0: say b"]);
}

#[test]
fn a_script_accepts_a_client_from_outside() {
    let scenario = r#"{ "actors": { "Server": {
        "listen": { "tcp": 0, "framing": "lines" },
        "script": [ { "accept": true, "timeout": "25s" }, { "receive": "hello" }, { "send": "hi" }, { "closed": "eof" } ] } } }"#;
    let (tale, ()) = play(scenario, |address| {
        assert_eq!(Client::to(address).ask("hello"), "hi");
    });
    tale.passed();
    let drawn = ["p1->>p0: hello", "p0-->>p1: hi", "p1-)p0: close", "p0-)p1: close"];
    assert_eq!(tale.lines(), drawn);
}

#[test]
fn a_thousand_messages_fold_as_those_of_an_actor_do() {
    let (tale, ()) = play(ECHO, |address| {
        let mut client = Client::to(address);
        for _ in 0..1000 {
            assert_eq!(client.ask("say a"), "a");
        }
        client.ask("bye");
    });
    tale.passed();
    assert!(tale.lines().len() < 20, "{:#?}", tale.lines());
}

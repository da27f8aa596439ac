//! How connections of programs from outside end, and when a run with them is over.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use wiretale::finding::FindingKind;

use super::stage::{Client, ECHO, Tale, play};

#[test]
fn a_client_that_resets_is_drawn_as_one() {
    let scenario = r#"{ "actors": { "Server": {
        "listen": { "tcp": 0, "framing": "lines" },
        "session": [ { "receive": "hello" }, { "send": "hi" }, { "closed": "reset" }, { "signal": "done" } ],
        "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;
    let (tale, ()) = play(scenario, |address| {
        let mut client = Client::to(address);
        assert_eq!(client.ask("hello"), "hi");
        client.reset();
    });
    tale.passed();
    let lines = tale.lines();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines[2].ends_with(": reset"), "{lines:#?}");
}

#[test]
fn a_client_that_never_speaks_is_let_go_when_the_scripts_have_ended() {
    let (tale, ended) = play(ECHO, |address| {
        let mut silent = Client::to(address);
        let mut other = Client::to(address);
        assert_eq!(other.ask("say a"), "a");
        other.say("quit");
        silent.sees_the_end() && other.sees_the_end()
    });
    tale.passed();
    assert!(ended, "no end in order");
    assert!(tale.took < Duration::from_secs(20));
}

#[test]
fn a_client_that_stays_does_not_keep_the_run_from_ending() {
    let (tale, client) = play(ECHO, |address| {
        let mut client = Client::to(address);
        client.say("quit");
        client
    });
    tale.passed();
    assert!(tale.took < Duration::from_secs(20));
    drop(client);
}

#[test]
fn an_explicit_wait_goes_on_while_nobody_is_there() {
    let scenario = r#"{ "actors": { "Server": {
        "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "serve": [ { "receive": "x", "do": [ { "signal": "done" } ] } ] } ],
        "script": [ { "await": "done", "timeout": "1500ms" } ] } } }"#;
    let (tale, ()) = play(scenario, |_: SocketAddr| ());
    assert!(
        tale.took >= Duration::from_millis(1500),
        "cut short after {:?}",
        tale.took
    );
    assert_eq!(kinds(&tale), [FindingKind::Timeout]);
}

/// The script accepts somebody from outside, and then waits by the default limit alone.
const DEFAULT: &str = r#"{ "actors": { "Server": {
    "listen": { "tcp": 0, "framing": "lines" },
    "script": [ { "accept": true, "timeout": "25s" }, { "receive": "hello" }, { "signal": "met" }, { "receive": "go" }, { "signal": "gone" } ] },
    "Other": { "script": [ { "await": "met", "timeout": "25s" }, { "await": "gone" } ] } },
    "limits": { "step": "LIMIT" } }"#;

#[test]
fn no_standstill_while_a_client_could_still_speak() {
    // The session serves, so that no wait of its own has a deadline; the script waits by the default limit alone.
    let scenario = r#"{ "actors": { "Server": {
        "listen": { "tcp": 0, "framing": "lines" },
        "session": [ { "serve": [
            { "receive": "hello", "do": [ { "signal": "met" } ] }, { "receive": "go", "do": [ { "signal": "done" } ] } ] } ],
        "script": [ { "await": "met", "timeout": "25s" }, { "await": "done" } ] } },
        "limits": { "step": "20s" } }"#;
    let (tale, ()) = play(scenario, |address| {
        let mut client = Client::to(address);
        client.say("hello");
        // Time in which the run is settled and would be taken for standing still.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(300) {
            std::thread::yield_now();
        }
        client.say("go");
        client.sees_the_end();
    });
    tale.passed();
}

#[test]
fn default_limits_elapse_while_a_client_is_silent() {
    let (tale, ()) = play(&DEFAULT.replace("LIMIT", "400ms"), |address| {
        let mut client = Client::to(address);
        client.say("hello");
        client.sees_the_end();
    });
    assert_eq!(kinds(&tale).first(), Some(&FindingKind::Timeout), "{}", tale.trace);
    assert!(tale.took >= Duration::from_millis(400));
}

#[test]
fn a_standstill_is_concluded_once_the_last_client_has_gone() {
    let scenario = DEFAULT.replace(
        "{ \"receive\": \"go\" }",
        "{ \"closed\": \"eof\" }, { \"await\": \"never\" }, { \"signal\": \"never\" }",
    );
    let (tale, ()) = play(&scenario.replace("LIMIT", "24s"), |address| {
        Client::to(address).say("hello");
    });
    assert_eq!(kinds(&tale), [FindingKind::Standstill; 2], "{}", tale.trace);
    assert!(tale.took < Duration::from_secs(15));
}

fn kinds(tale: &Tale) -> Vec<FindingKind> {
    tale.outcome.findings.iter().map(|finding| finding.kind).collect()
}

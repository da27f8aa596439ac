//! Programs that are no actors send datagrams.

use std::net::{SocketAddr, UdpSocket};

use wiretale::finding::{FindingKind, Verdict};

use super::stage::{PATIENCE, play};

/// A server of datagrams that echoes until somebody says `bye`.
fn echo(limits: &str) -> String {
    format!(
        r#"{{ {limits} "mask": [ {{ "captures": false }} ], "actors": {{ "Server": {{
            "listen": "udp",
            "session": [ {{ "serve": [
                {{ "receive": "bye", "do": [ {{ "signal": "done" }} ] }},
                {{ "receive": {{ "pattern": "say {{what}}" }}, "do": [ {{ "send": "{{{{ what }}}}" }} ] }} ] }} ],
            "script": [ {{ "await": "done", "timeout": "25s" }} ] }} }} }}"#
    )
}

struct Client(UdpSocket);

impl Client {
    fn to(address: SocketAddr) -> Self {
        let socket = UdpSocket::bind((address.ip(), 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.connect(address).unwrap();
        Self(socket)
    }

    fn ask(&self, datagram: &str) -> String {
        self.0.send(datagram.as_bytes()).unwrap();
        let mut answer = [0; 100];
        let size = self.0.recv(&mut answer).unwrap();
        String::from_utf8(answer[..size].to_vec()).unwrap()
    }
}

#[test]
fn each_client_from_outside_is_a_session_and_ten_runs_give_one_diagram() {
    let run = || {
        let (tale, ()) = play(&echo(""), |address| {
            let (a, b) = (Client::to(address), Client::to(address));
            assert_eq!(a.ask("say a"), "a");
            assert_eq!(b.ask("say b"), "b");
            assert_eq!(a.ask("say c"), "c");
            b.0.send(b"bye").unwrap();
        });
        tale.passed();
        tale.lines()
    };
    let first = run();
    assert_eq!(first[..2], ["p1-)p0: say a", "p0-)p1: a"]);
    assert_eq!(first.len(), 7, "{first:#?}");
    for _ in 0..9 {
        assert_eq!(run(), first);
    }
}

#[test]
fn a_client_that_never_ends_keeps_nobody_waiting() {
    let (tale, client) = play(&echo(""), |address| {
        let client = Client::to(address);
        client.0.send(b"bye").unwrap();
        client
    });
    tale.passed();
    assert!(tale.took.as_secs() < 5, "{:?}", tale.took);
    drop(client);
}

#[test]
fn more_than_is_kept_of_one_sender_is_found() {
    let scenario = r#"{ "limits": { "unread": "10KiB" }, "actors": { "Server": { "listen": "udp", "unexpected": "ignore",
        "session": [ { "receive": "go" }, { "wait": "500ms" } ], "script": [ { "wait": "700ms" } ] } } }"#;
    let (tale, ()) = play(scenario, |address| {
        let client = Client::to(address);
        client.0.send(b"go").unwrap();
        for _ in 0..100 {
            client.0.send(&[b'x'; 1000]).unwrap();
        }
    });
    let findings = &tale.outcome.findings;
    assert_eq!(tale.outcome.verdict, Verdict::Fail, "{findings:#?}");
    assert!(
        findings.iter().any(|finding| finding.kind == FindingKind::Limit),
        "{findings:#?}"
    );
}

#[test]
fn what_the_kernel_dropped_is_an_error_and_never_silent() {
    // Somebody sends faster than anybody reads: what does not fit, the kernel drops.
    let scenario = r#"{ "limits": { "unread": "1GiB" }, "actors": { "Server": { "listen": "udp", "unexpected": "ignore",
        "session": [ { "receive": "go" }, { "wait": "200ms" } ], "script": [ { "wait": "2s" } ] } } }"#;
    let (tale, dropped) = play(scenario, |address| {
        let client = Client::to(address);
        client.0.send(b"go").unwrap();
        let table = || std::fs::read_to_string("/proc/net/udp").unwrap();
        let port = format!(":{:04X}", address.port());
        // The client's own line has the port too, as that of the other end.
        let drops = |table: String| {
            let mut lines = table.lines().map(|line| line.split_whitespace());
            lines.any(|mut line| line.nth(1).is_some_and(|local| local.ends_with(&port)) && line.last() != Some("0"))
        };
        (0..50).any(|_| {
            (0..2_000).for_each(|_| _ = client.0.send(&[b'x'; 30_000]));
            drops(table())
        })
    });
    let findings = &tale.outcome.findings;
    let told = findings
        .iter()
        .find(|finding| finding.text.starts_with("the kernel dropped "));
    assert_eq!(told.is_some(), dropped, "{findings:#?}");
    assert_eq!(tale.outcome.verdict == Verdict::Error, dropped, "{findings:#?}");
}

#[test]
fn what_comes_again_from_outside_is_absorbed_and_not_drawn() {
    for does in ["absorb", "answer"] {
        let scenario = format!(
            r#"{{ "actors": {{ "Server": {{ "listen": "udp", "retransmissions": "{does}",
                "session": [ {{ "receive": "ask" }}, {{ "send": "yes" }}, {{ "receive": "bye" }}, {{ "send": "done" }}, {{ "signal": "over" }} ],
                "script": [ {{ "await": "over", "timeout": "25s" }}, {{ "wait": "100ms" }} ] }} }} }}"#
        );
        let (tale, ()) = play(&scenario, |address| {
            let client = Client::to(address);
            assert_eq!(client.ask("ask"), "yes");
            client.0.send(b"ask").unwrap();
            if does == "answer" {
                assert_eq!(client.ask("ask"), "yes");
                client.0.recv(&mut [0; 9]).unwrap();
            }
            assert_eq!(client.ask("bye"), "done");
            // The session is over; its tail knows it still.
            client.0.send(b"bye").unwrap();
        });
        tale.passed();
        if does == "absorb" {
            assert_eq!(
                tale.lines(),
                ["p1-)p0: ask", "p0-)p1: yes", "p1-)p0: bye", "p0-)p1: done"]
            );
        }
        // Absorbed by both.
        assert!(
            tale.trace.contains(r#""strand":"Server/(Server/Outside#1)>""#),
            "{}",
            tale.trace
        );
    }
}

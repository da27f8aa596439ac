//! What is heard between a client and a server.

use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::stage::{arrows, lines, record, server};
use crate::tool::{Folder, golden};

fn echo(line: &str) -> String {
    format!("you said {line}\n")
}

#[test]
fn a_conversation_is_told_however_it_was_cut() {
    let to = lines(echo);
    let diagrams: Vec<String> = [1, 3, 100]
        .into_iter()
        .map(|size| {
            let folder = Folder::empty();
            let recording = record(&folder, to, &["--connections", "1", "-o", "talk"]);
            let mut client = recording.connect();
            for line in ["one\n", "two\n"] {
                for piece in line.as_bytes().chunks(size) {
                    client.says(piece);
                    thread::yield_now();
                }
                client.hears();
            }
            client.leaves();
            recording.ends_well();
            folder.read("talk/diagram.mmd")
        })
        .collect();
    assert_eq!(
        arrows(&diagrams[0]),
        [
            "p0->>p1: one",
            "p1-->>p0: you said one",
            "p0->>p1: two",
            "p1-->>p0: you said two",
            "p0-)p1: close",
            "p1-)p0: close"
        ]
    );
    assert!(diagrams.iter().all(|diagram| *diagram == diagrams[0]));
}

#[test]
fn what_was_recorded_is_drawn_again_from_the_trace_alone() {
    let folder = Folder::empty();
    let recording = record(&folder, lines(echo), &["--connections", "1", "-o", "talk"]);
    let mut client = recording.connect();
    client.asks("hello");
    client.leaves();
    let told = recording.ends_well();
    golden("tests/recording/told.txt", &told.err);
    let drawn = folder.wiretale(&["draw", "talk/trace.jsonl", "--format", "mermaid"]);
    assert_eq!(drawn.out, folder.read("talk/diagram.mmd"));
    assert_eq!(told.out, "");
}

#[test]
fn connections_one_after_another_are_one_clients_and_those_at_once_are_of_several() {
    let folder = Folder::empty();
    let recording = record(&folder, lines(echo), &["--connections", "4", "-o", "talk"]);
    for text in ["b", "a"] {
        let mut client = recording.connect();
        client.asks(text);
        client.leaves();
    }
    let (mut first, mut second) = (recording.connect(), recording.connect());
    first.asks("first");
    second.asks("second");
    first.asks("again");
    first.leaves();
    second.leaves();
    recording.ends_well();
    golden("tests/recording/several.mmd", &folder.read("talk/diagram.mmd"));
}

#[test]
fn a_signal_ends_it_and_all_that_was_said_is_there() {
    for signal in ["-INT", "-TERM"] {
        let folder = Folder::empty();
        let recording = record(&folder, lines(echo), &["-o", "talk"]);
        let mut client = recording.connect();
        client.asks("hello");
        recording.signal(signal);
        recording.ends_well();
        assert_eq!(
            arrows(&folder.read("talk/diagram.mmd")),
            ["p0->>p1: hello", "p1-->>p0: you said hello"]
        );
    }
}

#[test]
fn a_recording_that_is_killed_leaves_a_trace_of_what_was_said() {
    let folder = Folder::empty();
    let recording = record(&folder, lines(echo), &["-o", "talk"]);
    let mut client = recording.connect();
    client.asks("hello");
    recording.signal("-KILL");
    assert_eq!(recording.ends().code, None);
    let drawn = folder.wiretale(&["draw", "talk/trace.jsonl", "--format", "mermaid"]);
    assert_eq!(drawn.code, Some(0), "{}", drawn.err);
    assert_eq!(
        arrows(&drawn.out),
        [
            "p0->>p1: hello⏎",
            "p1-->>p0: you said hello⏎",
            "Note over p0,p1: cut here by the end of the trace"
        ]
    );
}

#[test]
fn time_ends_it() {
    let folder = Folder::empty();
    let recording = record(&folder, lines(echo), &["-o", "talk", "--for", "300ms"]);
    let mut client = recording.connect();
    client.asks("hello");
    recording.ends_well();
}

#[test]
fn the_command_is_started_with_the_address_and_its_end_is_the_end() {
    let folder = Folder::empty();
    let shell = "exec 3<>/dev/tcp/{host}/{port}; echo hello >&3; read -u 3 answer; echo $answer";
    let more = ["-o", "talk", "--", "bash", "-c", shell];
    let told = record(&folder, lines(echo), &more).ends_well();
    assert_eq!(told.out, "you said hello\n");
    assert_eq!(arrows(&folder.read("talk/diagram.mmd")).len(), 4);
}

#[test]
fn a_command_that_goes_on_is_ended() {
    let folder = Folder::empty();
    let more = [
        "-o",
        "talk",
        "--for",
        "300ms",
        "--",
        "bash",
        "-c",
        "exec 3<>/dev/tcp/{host}/{port}; echo hi >&3; sleep 60",
    ];
    record(&folder, lines(echo), &more).ends_well();
}

#[test]
fn what_is_over_the_limit_is_passed_on_and_not_kept() {
    let folder = Folder::empty();
    let more = ["-o", "talk", "--connections", "1", "--keep", "200B"];
    let recording = record(&folder, lines(echo), &more);
    let mut client = recording.connect();
    client.asks("hello");
    let long = "x".repeat(1000);
    assert_eq!(client.asks(&long).len(), 1009);
    client.leaves();
    let told = recording.ends_well();
    assert!(
        told.err
            .contains("not all is recorded: it was cut by the limit of 200B that are kept"),
        "{}",
        told.err
    );
    let drawn = folder.read("talk/diagram.mmd");
    assert!(drawn.contains("cut here by the limit of 200B"), "{drawn}");
}

#[test]
fn a_connection_too_many_is_closed() {
    let folder = Folder::empty();
    let recording = record(
        &folder,
        lines(echo),
        &["-o", "talk", "--connections", "1", "--most", "1"],
    );
    let mut client = recording.connect();
    client.asks("hello");
    assert_eq!(recording.connect().hears(), "");
    client.leaves();
    let told = recording.ends_well();
    assert!(told.err.contains("the limit of 1 connections"), "{}", told.err);
}

#[test]
fn resets_are_resets() {
    let folder = Folder::empty();
    let to = server(|stream: TcpStream| {
        let mut byte = [0];
        std::io::Read::read_exact(&mut &stream, &mut byte).unwrap();
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    });
    let recording = record(&folder, to, &["-o", "talk", "--connections", "1"]);
    let mut client = recording.connect();
    client.says(b"x");
    let mut rest = Vec::new();
    assert!(std::io::Read::read_to_end(&mut client.stream, &mut rest).is_err());
    recording.ends_well();
    assert_eq!(
        arrows(&folder.read("talk/diagram.mmd")),
        ["p0->>p1: x", "p1--xp0: reset"]
    );
}

#[test]
fn a_server_that_is_not_there_is_said() {
    let folder = Folder::empty();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let recording = record(&folder, free, &["-o", "talk", "--connections", "1"]);
    assert_eq!(recording.connect().hears(), "");
    let told = recording.ends();
    assert!(told.err.contains("cannot be reached"), "{}", told.err);
}

#[test]
fn nothing_but_this_machine_is_reached_unless_it_is_allowed() {
    let folder = Folder::empty();
    for arguments in [
        ["record", "--to", "192.0.2.1:80", "-o", "talk"],
        ["record", "--to", "127.0.0.1:9", "--listen", "0.0.0.0:0"],
    ]
    .map(|all| all.to_vec())
    {
        let told = folder.wiretale(&arguments);
        assert_eq!(told.code, Some(2), "{}", told.err);
        assert!(told.err.contains("--allow-net"), "{}", told.err);
    }
}

#[test]
fn a_request_that_nobody_answers_is_recorded_and_what_is_written_is_a_scenario() {
    let folder = Folder::empty();
    let to = server(|mut stream| {
        let _ = std::io::Read::read(&mut stream, &mut [0; 100]);
    });
    let recording = record(&folder, to, &["--connections", "1", "--framing", "http", "-o", "talk"]);
    let mut client = recording.connect();
    client.says(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.leaves();
    let told = recording.ends();
    assert!(!told.err.contains("is wrong"), "{}", told.err);
    let checked = folder.wiretale(&["check", "talk/talk.json"]);
    assert_eq!(checked.code, Some(0), "{}", checked.err);
}

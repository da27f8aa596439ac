//! Traces as captures, and captures as recordings.

use std::fs;

use crate::peers::installed;
use crate::stage::{arrows, plays_alike};
use crate::tool::{Folder, golden, told};

/// A run of a shipped scenario.
fn played(scenario: &str) -> Folder {
    let folder = Folder::new();
    let told = folder.wiretale(&["run", "-q", &format!("scenarios/{scenario}.json")]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    folder
}

#[test]
fn a_trace_is_exported_and_read_back_as_the_same_conversation() {
    let folder = played("hello");
    let told = folder.wiretale(&[
        "export",
        "--pcapng",
        "results/last/hello/trace.jsonl",
        "-o",
        "hello.pcapng",
    ]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), "wrote hello.pcapng\n"));
    let drawn = folder.wiretale(&["draw", "--pcap", "hello.pcapng", "--format", "mermaid"]);
    assert_eq!(drawn.code, Some(0), "{}", drawn.err);
    let last = folder.read("results/last/hello/diagram.mmd");
    assert_eq!(arrows(&drawn.out), arrows(&last));
    let recorded = folder.wiretale(&[
        "record",
        "--pcap",
        "hello.pcapng",
        "-o",
        "again",
        "--name",
        "10.0.0.1=Ada",
    ]);
    assert_eq!(recorded.code, Some(0), "{}", recorded.err);
    assert!(folder.read("again/diagram.mmd").contains("participant p0 as Ada"));
    plays_alike(&folder, "again", &[]);
}

#[test]
fn what_a_trace_does_not_hold_is_said() {
    let folder = Folder::empty();
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Server" }, { "send": "hi" }, { "close": true } ] },
        "Server": { "listen": { "tcp": 0, "framing": { "length": "u16" } }, "session": [ { "receive": "hi" }, { "closed": "eof" } ] }
    } }"#;
    fs::write(folder.path("framed.json"), scenario).unwrap();
    assert_eq!(folder.wiretale(&["run", "-q", "framed.json"]).code, Some(0));
    let told = folder.wiretale(&["export", "--pcapng", "results/last/framed/trace.jsonl"]);
    assert_eq!(told.code, Some(0));
    golden("tests/recording/export.txt", &told.err);
}

#[test]
fn tshark_reads_what_is_exported() {
    let Some(()) = installed("tshark") else { return };
    let folder = played("chat");
    let exported = folder.wiretale(&[
        "export",
        "--pcapng",
        "results/last/chat/trace.jsonl",
        "-o",
        "chat.pcapng",
    ]);
    assert_eq!(exported.code, Some(0), "{}", exported.err);
    let tshark = |more: &[&str]| {
        let mut command = std::process::Command::new("tshark");
        command.current_dir(folder.path("")).args([
            "-r",
            "chat.pcapng",
            "-o",
            "tcp.check_checksum:TRUE",
            "-o",
            "ip.check_checksum:TRUE",
        ]);
        let read = told(command.args(more));
        assert_eq!(read.code, Some(0), "{}", read.err);
        read.out
    };
    assert_eq!(
        tshark(&[
            "-Y",
            "tcp.analysis.flags or tcp.checksum.status == 0 or ip.checksum.status == 0 or _ws.malformed"
        ]),
        ""
    );
    let comments = tshark(&["-T", "fields", "-e", "frame.comment", "-Y", "tcp.len > 0"]);
    let first = comments.lines().next().unwrap();
    assert!(first.contains(" to ") && comments.contains("Room"), "{comments}");
    let names = tshark(&["-N", "nN", "-T", "fields", "-e", "ip.src_host"]);
    assert!(names.contains("Room"), "{names}");
    let flags = tshark(&["-T", "fields", "-e", "tcp.flags.syn"]);
    assert!(flags.lines().count() > 10);
}

#[test]
fn a_trace_that_is_none_is_told() {
    let folder = Folder::empty();
    fs::write(folder.path("x.jsonl"), "hello\n").unwrap();
    let told = folder.wiretale(&["export", "--pcapng", "x.jsonl"]);
    assert_eq!(told.code, Some(2));
    assert!(
        told.err
            .starts_with("wiretale: cannot export x.jsonl: the first line is no trace's header"),
        "{}",
        told.err
    );
    assert!(!folder.path("x.pcapng").exists());
}

//! After a run nothing is left: no socket, no thread.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::stage::{Scene, runtime};

/// Descriptors belong to the whole process, so they are counted in one of its own.
#[test]
fn nothing_is_left_of_runs_however_they_end() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "play::leftovers::counted_alone", "--ignored"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

#[test]
#[ignore = "counts descriptors of the whole process; the test above starts it alone"]
fn counted_alone() {
    let server = r#""S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "q" }, { "send": "a" }, { "closed": "eof" } ] }"#;
    let scenes = [
        // In order; failed; reset; left over; a standstill; with an endpoint at which nobody accepts.
        (
            r#"{ "connect": "S" }, { "send": "q" }, { "receive": "a" }, { "close": true }"#,
            "",
        ),
        (r#"{ "connect": "S" }, { "send": "wrong" }, { "receive": "a" }"#, ""),
        (r#"{ "connect": "S" }, { "reset": true }"#, ""),
        (r#"{ "connect": "S" }, { "send": "q" }, { "close": true }"#, ""),
        (r#"{ "connect": "S" }, { "receive": "never" }"#, ""),
        (
            r#"{ "connect": "T" }, { "connect": "T", "as": "u" }"#,
            r#", "T": { "listen": "tcp", "script": [ { "wait": "5ms" }, { "if": "false", "do": [ { "accept": true } ] } ] }"#,
        ),
        // Cut in the middle, with much unsent.
        (
            r#"{ "connect": "T" }, { "wait": "20s" }"#,
            r#", "T": { "listen": "tcp", "session": [ { "send": { "fill": { "byte": "00", "size": "12MiB" } } }, { "wait": "20s" } ] }"#,
        ),
    ];
    let scenes: Vec<Scene> = scenes
        .iter()
        .map(|(client, more)| {
            Scene::of(&format!(
                r#"{{ "limits": {{ "scenario": "2s" }}, "actors": {{ "C": {{ "count": 3, "script": [ {client} ] }}, {server}{more} }} }}"#
            ))
        })
        .collect();
    runtime();
    scenes[0].play();
    let before = left();
    for _ in 0..3 {
        for scene in &scenes {
            scene.play();
        }
    }
    // The runtime lets go of a cancelled task when it comes to it.
    let patience = Instant::now() + Duration::from_secs(10);
    while left() != before && Instant::now() < patience {
        std::thread::yield_now();
    }
    assert_eq!(left(), before);
}

/// Open descriptors and threads of this process.
fn left() -> (usize, usize) {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    (count("/proc/self/fd"), count("/proc/self/task"))
}

//! The program itself, with programs from outside.

use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::stage::{Client, ECHO, PATIENCE, listening, until};

fn start(folder: &TempDir) -> Child {
    fs::write(folder.path().join("scene.json"), ECHO).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretale"));
    command.current_dir(folder.path()).args(["run", "scene.json"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn shown(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[test]
fn draw_gives_the_same_bytes_as_run() {
    let folder = TempDir::new().unwrap();
    let child = start(&folder);
    let results = folder.path().join("results/last/scene");
    let trace = results.join("trace.jsonl");
    let mut client = Client::to(listening(&trace));
    assert_eq!(client.ask("say a"), "a");
    assert_eq!(client.ask("bye"), "see you");
    drop(client);
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", shown(&ended));
    let mut draw = Command::new(env!("CARGO_BIN_EXE_wiretale"));
    let drawn = draw.arg("draw").arg(&trace).output().unwrap();
    let diagram = fs::read(results.join("diagram.mmd")).unwrap();
    assert_eq!(drawn.stdout, diagram, "{}", shown(&drawn));
    assert!(String::from_utf8(diagram).unwrap().contains("as Outside"));
}

#[test]
fn an_interrupted_run_leaves_no_connection_open() {
    let folder = TempDir::new().unwrap();
    let child = start(&folder);
    let trace = folder.path().join("results/last/scene/trace.jsonl");
    let mut client = Client::to(listening(&trace));
    assert_eq!(client.ask("say a"), "a");
    until(&trace, "\"send\"");
    let told = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .unwrap();
    assert!(told.success());
    let ended = child.wait_with_output().unwrap();
    assert!(!ended.status.success());
    assert!(client.sees_the_end(), "the connection is still open, or was reset");
    assert!(
        fs::read_to_string(&trace).unwrap().contains("Ctrl-C"),
        "{}",
        shown(&ended)
    );
}

#[test]
fn a_signal_that_no_run_heeds_ends_wiretale() {
    let folder = TempDir::new().unwrap();
    let results = folder.path().join("results/last/scene");
    fs::create_dir_all(&results).unwrap();
    // Nobody reads it, so that whoever writes the diagram does so for ever.
    let pipe = Command::new("mkfifo").arg(results.join("diagram.mmd")).status();
    assert!(pipe.unwrap().success());
    let mut child = start(&folder);
    let trace = results.join("trace.jsonl");
    let mut client = Client::to(listening(&trace));
    assert_eq!(client.ask("bye"), "see you");
    drop(client);
    until(&trace, "\"footer\"");
    let told = Command::new("sh")
        .args(["-c", &format!("kill -TERM {}", child.id())])
        .status();
    assert!(told.unwrap().success());
    let patience = Instant::now() + PATIENCE;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        if Instant::now() > patience {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(ended.code(), Some(130));
}

#[test]
fn a_signal_ends_the_scenarios_behind_the_one_that_is_played_too() {
    let folder = TempDir::new().unwrap();
    for name in ["first", "second"] {
        fs::write(folder.path().join(format!("{name}.json")), ECHO).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretale"));
    command
        .current_dir(folder.path())
        .args(["run", "first.json", "second.json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let trace = folder.path().join("results/last/first/trace.jsonl");
    let mut client = Client::to(listening(&trace));
    assert_eq!(client.ask("say a"), "a");
    let told = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status();
    assert!(told.unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(3), "{}", shown(&ended));
    assert!(!folder.path().join("results/last/second").exists(), "{}", shown(&ended));
}

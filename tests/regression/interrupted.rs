//! Testing that is ended in the middle.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::tool::Folder;
use crate::{exchange, waits};

/// A folder with one case that is done at once and one that takes a minute, both approved under what they draw.
fn folder() -> Folder {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.write("scenarios/b.json", &LISTENS.replace("1m", "1ms"));
    folder.approve();
    folder.write("scenarios/b.json", LISTENS);
    folder
}

/// It waits with a connection that is open.
const LISTENS: &str = r#"{ "limits": { "step": "2m", "scenario": "2m" }, "actors": {
    "Client": { "script": [ { "connect": "Server" }, { "wait": "1m" }, { "close": true } ] },
    "Server": { "listen": "tcp", "session": [ { "closed": "eof" } ] } } }"#;

/// Testing that goes on; it is ended with its test, whatever comes of that.
struct Testing(Option<Child>);

impl Testing {
    fn end(mut self) -> Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }

    fn signal(&self, name: &str) {
        let id = self.0.as_ref().unwrap().id().to_string();
        let kill = Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(kill.unwrap().success());
    }
}

impl Drop for Testing {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts testing, and waits until the first case is told and the second one listens; gives where.
fn begun(folder: &Folder, args: &[&str]) -> (Testing, String, String) {
    let child = folder
        .command(&[&["test", "--jobs", "1"], args].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut testing = Testing(Some(child));
    let mut first = String::new();
    BufReader::new(testing.0.as_mut().unwrap().stdout.as_mut().unwrap())
        .read_line(&mut first)
        .unwrap();
    let trace = folder.path("results/last/b/trace.jsonl");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let text = fs::read_to_string(&trace).unwrap_or_default();
        let address = text.lines().find_map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).ok()?;
            // The trace of the approved run has its footer.
            (!text.contains("\"footer\"") && text.contains("\"accept\""))
                .then(|| Some(event["event"]["listening"]["address"].as_str()?.to_owned()))?
        });
        if let Some(address) = address {
            return (testing, first, address);
        }
        assert!(Instant::now() < deadline, "the case never began");
        std::thread::yield_now();
    }
}

#[test]
fn a_signal_reports_what_was_finished_and_leaves_no_socket() {
    for name in ["INT", "TERM"] {
        let folder = folder();
        let approved = (folder.read("results/a.mmd"), folder.read("results/b.mmd"));
        let (testing, first, address) = begun(&folder, &["--report", "json=report.json"]);
        assert!(first.contains("passed") && first.contains('a'), "{first}");
        testing.signal(name);
        let output = testing.end();
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            output.status.code(),
            Some(3),
            "{out}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(out.contains("1 passed") && out.contains("1 not run"), "{out}");
        assert!(folder.read("report.json").contains("\"interrupted\""), "{out}");
        assert!(TcpStream::connect(&address).is_err(), "{address} still listens");
        assert_eq!((folder.read("results/a.mmd"), folder.read("results/b.mmd")), approved);
        assert_eq!(folder.files("results"), ["a.mmd", "b.mmd"]);
    }
}

#[test]
fn being_killed_damages_no_baseline_and_leaves_no_socket() {
    let folder = folder();
    let approved = (folder.read("results/a.mmd"), folder.read("results/b.mmd"));
    let (testing, _, address) = begun(&folder, &[]);
    testing.signal("KILL");
    drop(testing.end());
    assert!(TcpStream::connect(&address).is_err(), "{address} still listens");
    assert_eq!((folder.read("results/a.mmd"), folder.read("results/b.mmd")), approved);
    // What was begun is readable as far as it came.
    let told = folder.wiretale(&["draw", "results/last/b/trace.jsonl"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    folder.write("scenarios/b.json", &LISTENS.replace("1m", "1ms"));
    assert_eq!(folder.wiretale(&["test", "--ci"]).code, Some(0));
}

#[test]
fn cases_that_were_not_begun_are_not_played_after_a_signal() {
    let folder = folder();
    folder.write("scenarios/c.json", &waits("1ms"));
    let (testing, _, _) = begun(&folder, &[]);
    testing.signal("INT");
    let output = testing.end();
    assert_eq!(output.status.code(), Some(3));
    assert!(!folder.has("results/last/c"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("2 not run"));
}

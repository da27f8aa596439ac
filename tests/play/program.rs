//! The program itself: what it leaves, and how it ends when it is told to, or when the machine does not do its part.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const WAITING: &str = r#"{ "actors": {
    "C": { "script": [ { "connect": "S" }, { "send": "q" }, { "receive": "a" }, { "note": "in the middle" }, { "wait": "50s" }, { "note": "never" } ] },
    "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "q" }, { "send": "a" }, { "closed": "eof" } ] } },
    "limits": { "scenario": "60s" } }"#;

/// A folder with one scenario in it, and its results.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(crate) fn with(scenario: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("scene.json"), scenario).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn trace(&self) -> PathBuf {
        self.path("results/last/scene/trace.jsonl")
    }

    pub(crate) fn diagram(&self) -> String {
        fs::read_to_string(self.path("results/last/scene/diagram.mmd")).unwrap()
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiretale"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, more: &[&str]) -> Output {
        self.command().args(["run", "scene.json"]).args(more).output().unwrap()
    }

    pub(crate) fn draw(&self) -> Output {
        self.command().arg("draw").arg(self.trace()).output().unwrap()
    }

    fn start(&self) -> Child {
        let mut command = self.command();
        command
            .args(["run", "scene.json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Starts it, and waits until its trace says this.
    fn started_until(&self, told: &str) -> Child {
        let child = self.start();
        let patience = Instant::now() + Duration::from_secs(30);
        while !fs::read_to_string(self.trace()).is_ok_and(|trace| trace.contains(told)) {
            assert!(Instant::now() < patience, "the trace never says {told}");
            std::thread::yield_now();
        }
        child
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn signal(child: &Child, name: &str) {
    let told = Command::new("sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status()
        .unwrap();
    assert!(told.success());
}

#[test]
fn ctrl_c_and_sigterm_end_a_run_in_order() {
    for (name, cut) in [("INT", "Ctrl-C"), ("TERM", "SIGTERM")] {
        let desk = Desk::with(WAITING);
        let child = desk.started_until("\"event\":{\"note\"");
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains(&format!("the run was cut by {cut}")), "{told}");
        let trace = fs::read_to_string(desk.trace()).unwrap();
        let footer = trace.lines().last().unwrap();
        assert!(
            footer.contains("\"footer\"") && footer.contains(&format!("\"cut\":\"{cut}\"")),
            "{footer}"
        );
        assert!(
            desk.diagram().contains(&format!("cut here by {cut}")),
            "{}",
            desk.diagram()
        );
        assert_eq!(text(&desk.draw().stdout), desk.diagram());
    }
}

#[test]
fn a_killed_run_leaves_a_trace_that_can_be_drawn() {
    let desk = Desk::with(WAITING);
    let mut child = desk.started_until("\"event\":{\"note\"");
    child.kill().unwrap();
    child.wait().unwrap();
    let whole = fs::read_to_string(desk.trace()).unwrap();
    // Whatever the last line lost, all before it is there.
    for cut in [0, 1, 20] {
        fs::write(desk.trace(), &whole[..whole.len() - cut]).unwrap();
        let drawn = desk.draw();
        let diagram = text(&drawn.stdout);
        assert!(drawn.status.success(), "{}", text(&drawn.stderr));
        assert!(
            diagram.contains("p0->>p1: q") && diagram.contains("p1-->>p0: a"),
            "{diagram}"
        );
        assert!(diagram.contains("cut here by the end of the trace"), "{diagram}");
    }
}

#[test]
fn the_trace_is_drawn_as_the_run_was() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for name in ["hello", "chat", "broken", "crossing", "relay"] {
        let desk = Desk::with(&fs::read_to_string(scenarios.join(name).with_extension("json")).unwrap());
        for detail in ["messages", "lifecycle"] {
            let ran = desk.run(&["--detail", detail]);
            let drawn = desk
                .command()
                .args(["draw", "--detail", detail])
                .arg(desk.trace())
                .output()
                .unwrap();
            assert_eq!(text(&ran.stdout), text(&drawn.stdout));
            assert!(text(&ran.stdout).starts_with("sequenceDiagram"));
        }
        assert_eq!(text(&desk.draw().stdout), desk.diagram());
    }
}

#[test]
fn a_port_in_use_is_said_with_its_place() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let desk = Desk::with(&format!(
        "{{ \"actors\": {{\n  \"S\": {{ \"listen\": {{ \"tcp\": {port} }}, \"session\": [ {{ \"closed\": \"eof\" }} ] }} }} }}"
    ));
    let output = desk.run(&[]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains("scene.json:2:") && told.contains(&format!("127.0.0.1:{port}")),
        "{told}"
    );
    assert!(told.contains("in use"), "{told}");
}

#[test]
fn a_port_that_a_scenario_names_can_be_taken_again_at_once() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    drop(holder);
    let desk = Desk::with(&format!(
        r#"{{ "actors": {{ "C": {{ "script": [ {{ "connect": "S" }}, {{ "closed": "eof" }} ] }},
             "S": {{ "listen": {{ "tcp": {port} }}, "session": [ {{ "close": true }} ] }} }} }}"#
    ));
    for _ in 0..3 {
        let output = desk.run(&[]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
}

#[test]
fn results_that_cannot_be_written_are_said() {
    let desk = Desk::with(WAITING);
    fs::create_dir(desk.path("results")).unwrap();
    fs::write(desk.path("results/last"), "a file in the way").unwrap();
    let output = desk.run(&[]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains("cannot write") && told.contains("results/last") && told.contains("--results"),
        "{told}"
    );
}

#[test]
fn a_full_disk_is_said() {
    for file in ["trace.jsonl", "diagram.mmd"] {
        let desk = Desk::with(&WAITING.replace("50s", "50ms"));
        fs::create_dir_all(desk.path("results/last/scene")).unwrap();
        symlink("/dev/full", desk.path("results/last/scene").join(file)).unwrap();
        let output = desk.run(&[]);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains("No space left on device"), "{told}");
    }
}

#[test]
fn a_full_disk_ends_a_long_run_early() {
    let desk = Desk::with(WAITING);
    fs::create_dir_all(desk.path("results/last/scene")).unwrap();
    symlink("/dev/full", desk.trace()).unwrap();
    let begun = Instant::now();
    assert_eq!(desk.run(&[]).status.code(), Some(3));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_long_trace_needs_little_memory() {
    let desk =
        Desk::with(r#"{ "actors": { "A": { "script": [ { "repeat": 200000, "do": [ { "signal": "x" } ] } ] } } }"#);
    let mut child = desk.start();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let high = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let size = high.and_then(|high| high.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(size.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let size = fs::metadata(desk.trace()).unwrap().len() / 1024;
    assert!(size > 15_000 && most > 1_000, "{size} KiB, {most} KiB");
    assert!(most < 80_000, "{most} KiB of memory for {size} KiB of trace");
}

#[test]
fn too_few_descriptors_are_said_and_what_helps() {
    let desk = Desk::with(
        r#"{ "actors": {
             "C": { "count": 300, "script": [ { "connect": "S" }, { "send": "in" }, { "receive": "all in" }, { "closed": "eof" } ] },
             "S": { "listen": { "tcp": 0, "framing": "lines" },
               "session": [ { "receive": "in" }, { "signal": "one more" }, { "await": "all" }, { "send": "all in" } ],
               "script": [ { "await": "one more", "times": 300 }, { "repeat": 300, "do": [ { "signal": "all" } ] } ] } } }"#,
    );
    let begun = Instant::now();
    let program = env!("CARGO_BIN_EXE_wiretale");
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -n 100 && exec '{program}' run scene.json")])
        .current_dir(desk.path(""))
        .output()
        .unwrap();
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains("Too many open files") && told.contains("ulimit -n"),
        "{told}"
    );
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert!(fs::read_to_string(desk.trace()).unwrap().contains("\"footer\""));
}

#[test]
fn several_thousand_connections_are_served_at_once() {
    let desk = Desk::with(
        r#"{ "actors": {
             "C": { "count": 5000, "script": [ { "connect": "S" }, { "send": "in" }, { "receive": "all in" }, { "closed": "eof" } ] },
             "S": { "listen": { "tcp": 0, "framing": "lines" },
               "session": [ { "receive": "in" }, { "signal": "one more" }, { "await": "all" }, { "send": "all in" } ],
               "script": [ { "await": "one more", "times": 5000 }, { "repeat": 5000, "do": [ { "signal": "all" } ] } ] } },
             "limits": { "scenario": "120s" } }"#,
    );
    let limit = Command::new("sh").args(["-c", "ulimit -n"]).output().unwrap();
    if text(&limit.stdout)
        .trim()
        .parse::<u32>()
        .is_ok_and(|limit| limit < 10_100)
    {
        eprintln!("not tried: 5,000 connections need 10,100 descriptors (`ulimit -n`)");
        return;
    }
    let output = desk.run(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

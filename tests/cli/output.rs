//! Where output goes: pipes, files, terminals, shells.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::tool::{Folder, told, top};

#[test]
fn the_schema_is_the_one_that_is_kept() {
    let told = Folder::new().wiretale(&["schema"]);
    let kept = std::fs::read_to_string(top().join("src/scenario/schema.json")).unwrap();
    assert_eq!((told.code, told.out), (Some(0), kept));
}

#[test]
fn completions_are_scripts_for_their_shells() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let told = folder.wiretale(&["completions", shell]);
        assert_eq!(told.code, Some(0), "{shell}");
        assert!(told.out.contains("wiretale") && told.out.contains("threads"), "{shell}");
    }
    // Only bash is sure to be there.
    let script = folder.wiretale(&["completions", "bash"]).out;
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
}

#[test]
fn away_from_a_terminal_nothing_is_coloured() {
    let folder = Folder::new();
    std::fs::write(folder.path("bad.json"), "{ \"actor\": {} }").unwrap();
    for args in [
        &["run", "scenarios/broken.json"][..],
        &["check", "bad.json"],
        &["--help"],
        &["frobnicate"],
    ] {
        let told = folder.wiretale(args);
        assert!(
            !told.out.contains('\u{1b}') && !told.err.contains('\u{1b}'),
            "{args:?}\n{}{}",
            told.out,
            told.err
        );
    }
}

#[test]
fn on_a_terminal_mistakes_are_coloured_unless_no_color_is_set() {
    let folder = Folder::new();
    std::fs::write(folder.path("bad.json"), "{ \"actor\": {} }").unwrap();
    let Some(shown) = on_a_terminal(&folder, &["check", "bad.json"], &[]) else {
        return;
    };
    assert!(shown.contains('\u{1b}'), "{shown}");
    let plain = on_a_terminal(&folder, &["check", "bad.json"], &[("NO_COLOR", "1")]).unwrap();
    assert!(plain.contains("`actors`") && !plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn on_a_terminal_a_run_is_drawn_in_characters() {
    let folder = Folder::new();
    let Some(shown) = on_a_terminal(&folder, &["run", "scenarios/hello.json"], &[]) else {
        return;
    };
    assert!(shown.contains('│') && shown.contains("Hello from client!"), "{shown}");
    assert!(!shown.contains("sequenceDiagram"), "{shown}");
}

#[test]
fn a_drawing_is_no_wider_than_its_terminal() {
    let folder = Folder::new();
    let run = "stty cols 60; exec \"$WIRETALE\" run scenarios/server-first.json";
    let Some(shown) = shell_on_a_terminal(&folder, run, &[]) else {
        return;
    };
    let widest = shown
        .lines()
        .filter(|line| line.contains('│'))
        .map(|line| line.trim_end().chars().count())
        .max();
    assert!(widest.is_some_and(|widest| widest <= 60), "{widest:?}\n{shown}");
}

#[test]
fn nobody_who_listens_is_no_error() {
    let folder = Folder::new();
    folder.wiretale(&["run", "scenarios/many-clients.json"]);
    for args in [
        "run scenarios/hello.json",
        "draw --format svg results/last/many-clients/trace.jsonl",
        "schema",
        "--help",
    ] {
        let pipe = format!("set -o pipefail; \"$WIRETALE\" {args} | head -0");
        let mut bash = Command::new("bash");
        bash.args(["-c", &pipe])
            .env("WIRETALE", env!("CARGO_BIN_EXE_wiretale"))
            .current_dir(folder.path("."));
        let told = told(&mut bash);
        assert_eq!(told.code, Some(0), "{args}\n{}", told.err);
        assert!(
            !told.err.contains("panicked") && !told.err.contains("cannot write"),
            "{args}\n{}",
            told.err
        );
    }
}

#[test]
fn errors_that_nobody_reads_are_no_panic() {
    let folder = Folder::new();
    let mut command = folder.command(&["run", "scenarios/broken.json"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = command.stdout(Stdio::null()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_full_disk_is_said() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        println!("there is no /dev/full here");
        return;
    }
    let folder = Folder::new();
    let mut command = folder.command(&["run", "scenarios/hello.json"]);
    let output = command
        .stdout(std::fs::File::options().write(true).open(full).unwrap())
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains("cannot write to standard output"), "{err}");
}

/// What the tool shows on a terminal; none where there is no `script` to make one.
fn on_a_terminal(folder: &Folder, args: &[&str], variables: &[(&str, &str)]) -> Option<String> {
    shell_on_a_terminal(folder, &format!("exec \"$WIRETALE\" {}", args.join(" ")), variables)
}

fn shell_on_a_terminal(folder: &Folder, line: &str, variables: &[(&str, &str)]) -> Option<String> {
    let mut script = Command::new("script");
    script
        .args(["-qec", line, "/dev/null"])
        .current_dir(folder.path("."))
        .stdin(Stdio::null());
    script
        .env_remove("NO_COLOR")
        .env("TERM", "xterm")
        .env("WIRETALE", env!("CARGO_BIN_EXE_wiretale"));
    script.envs(variables.iter().copied());
    match script.output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) => {
            println!("no terminal can be made here: `script` does not run: {error}");
            None
        }
    }
}

//! Playing again what a changed file touches.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::exchange;
use crate::tool::Folder;

struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn new(folder: &Folder) -> Self {
        let mut child = folder
            .command(&["test", "--watch"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || out.lines().map(Result::unwrap).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The names of those that are played until the next summary, with what came of them.
    fn round(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60));
            let line = line.unwrap_or_else(|_| panic!("no more is told than {told:?}"));
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [word, _, "s", name] => told.push(format!("{name} {word}")),
                // The last line of the summary.
                [.., "in", _, "s"] => break,
                _ => {}
            }
        }
        told.sort();
        told
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn only_what_a_change_touches_is_played_again() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    let includes = exchange("hi", "{{ answer }}").replacen('{', r#"{ "include": ["parts/common.json"], "#, 1);
    folder.write("scenarios/b.json", &includes);
    folder.write("scenarios/parts/common.json", r#"{ "vars": { "answer": "hello" } }"#);
    folder.approve();
    let mut watching = Watching::new(&folder);
    assert_eq!(watching.round(), ["a passed", "b passed"]);
    folder.write("scenarios/a.json", &exchange("hi", "good day"));
    assert_eq!(watching.round(), ["a differs"]);
    folder.write("scenarios/parts/common.json", r#"{ "vars": { "answer": "good day" } }"#);
    assert_eq!(watching.round(), ["b differs"]);
    folder.write("scenarios/c.json", &exchange("hi", "hello"));
    assert_eq!(watching.round(), ["c new"]);
    assert_eq!(folder.wiretale(&["accept", "a"]).code, Some(0));
    assert_eq!(watching.round(), ["a passed"]);
    folder.write("scenarios/a.json", "{ \"actors\": ");
    assert_eq!(watching.round(), ["a wrong"]);
    folder.write("scenarios/a.json", &exchange("hi", "good day"));
    assert_eq!(watching.round(), ["a passed"]);
    let kill = std::process::Command::new("kill")
        .args(["-INT", &watching.child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(watching.child.wait().unwrap().code(), Some(0));
}

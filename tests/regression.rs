//! `wiretale test`, `accept` and `review`, started as a user starts them.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod tool;

#[path = "regression/accept.rs"]
mod accept;
#[path = "regression/baselines.rs"]
mod baselines;
#[path = "regression/causal.rs"]
mod causal;
#[path = "regression/census.rs"]
mod census;
#[path = "regression/choice.rs"]
mod choice;
#[path = "regression/interrupted.rs"]
mod interrupted;
#[path = "regression/mutants.rs"]
mod mutants;
#[path = "regression/statuses.rs"]
mod statuses;
#[path = "regression/watch.rs"]
mod watch;

use std::fs;
use std::path::Path;

use tool::Folder;

/// A client that says this and a server that answers that.
fn exchange(question: &str, answer: &str) -> String {
    format!(
        r#"{{ "actors": {{
            "Client": {{ "script": [ {{ "connect": "Server" }}, {{ "send": "{question}" }}, {{ "receive": {{ "any": true }} }}, {{ "close": true }} ] }},
            "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "receive": {{ "any": true }} }}, {{ "send": "{answer}" }}, {{ "closed": "eof" }} ] }} }} }}"#
    )
}

/// A client that waits for this long, so that a case takes its time.
fn waits(time: &str) -> String {
    format!(
        r#"{{ "limits": {{ "step": "2m", "scenario": "2m" }}, "actors": {{ "Client": {{ "script": [ {{ "wait": "{time}" }} ] }} }} }}"#
    )
}

impl Folder {
    /// Writes a file, and the folders on its way.
    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The names of all files below one, without those of the last runs.
    fn files(&self, below: &str) -> Vec<String> {
        fn walk(folder: &Path, prefix: &str, names: &mut Vec<String>) {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let entry = entry.unwrap();
                let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
                match entry.file_type().unwrap().is_dir() {
                    true if name == "last" => {}
                    true => walk(&entry.path(), &format!("{name}/"), names),
                    false => names.push(name),
                }
            }
        }
        let mut names = Vec::new();
        walk(&self.path(below), "", &mut names);
        names.sort();
        names
    }

    /// Plays everything and approves what it draws.
    fn approve(&self) {
        let told = self.wiretale(&["test"]);
        assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
        let told = self.wiretale(&["accept"]);
        assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    }
}

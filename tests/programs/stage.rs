//! Plays scenarios with programs, and looks for what they leave behind.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::tool::{Folder, Told};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The diagram on standard output, as Mermaid text.
const MERMAID: &[&str] = &["--format", "mermaid"];

/// A folder in which a scenario is played.
pub(crate) struct Desk(pub(crate) Folder);

impl Desk {
    /// With this scenario.
    pub(crate) fn with(scenario: &Json) -> Self {
        let desk = Self(Folder::empty());
        desk.put("scene.json", &scenario.to_string());
        desk
    }

    /// With these actors.
    pub(crate) fn actors(actors: &Json) -> Self {
        Self::with(&json!({ "actors": actors }))
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        let path = self.0.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Plays it, with programs.
    pub(crate) fn run(&self, more: &[&str]) -> Told {
        self.play(&[&["--allow-process"], more].concat())
    }

    /// Plays it as the command line says.
    pub(crate) fn play(&self, more: &[&str]) -> Told {
        self.0.wiretale(&[&["run", "scene.json"], MERMAID, more].concat())
    }

    /// Plays it, and says what is drawn; it must pass.
    #[track_caller]
    pub(crate) fn passes(&self, more: &[&str]) -> String {
        let told = self.run(more);
        assert_eq!(told.code, Some(0), "{}\n{}", told.err, told.out);
        told.out
    }

    /// Plays it so many times, and says what is drawn, which must be the same each time.
    #[track_caller]
    pub(crate) fn always(&self, times: u32) -> String {
        let first = self.passes(&[]);
        for _ in 1..times {
            assert_eq!(self.passes(&[]), first);
        }
        first
    }
}

/// The lines of a diagram that are about who says what.
pub(crate) fn lines(diagram: &str) -> Vec<&str> {
    let lines = diagram.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with('p') && !line.starts_with("participant") || line.starts_with("Note"))
        .collect()
}

/// A text that no other process has in its command line.
pub(crate) fn unique() -> String {
    let nanos = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    format!("9{}{nanos:09}", std::process::id())
}

/// The processes that have this in their command line; what has ended and is not fetched yet has none.
pub(crate) fn processes(mark: &str) -> Vec<String> {
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(line) = fs::read(process.path().join("cmdline")) else {
            continue;
        };
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(mark) {
            found.push(format!("{} {line}", process.file_name().to_string_lossy()));
        }
    }
    found
}

/// That within a moment no process is left that has this in its command line.
#[track_caller]
pub(crate) fn none_is_left(mark: &str) {
    until("they are left behind", || processes(mark).is_empty().then_some(()));
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut is_so: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = is_so() {
            return value;
        }
        assert!(Instant::now() < patience, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A program that does what a script of the shell says.
pub(crate) fn sh(script: &str) -> Json {
    json!({ "command": ["sh", "-c", script] })
}

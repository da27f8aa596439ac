//! The rooms of `src/`: who may enter whom, and how a file there is made.
//!
//! A room imports what its row of [`ROOMS`] allows and nothing else; all after the trace works from a trace alone.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The rooms from the file to the command line, and which others each may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("ident", &[]),
    ("units", &[]),
    ("finding", &[]),
    // What is drawn is a unit: a delay.
    ("draw", &["units"]),
    ("wire", &["ident", "units", "finding", "draw"]),
    ("scenario", &["ident", "units", "finding", "draw"]),
    ("plan", &["ident", "units", "finding", "draw", "wire", "scenario"]),
    (
        "lint",
        &["ident", "units", "finding", "draw", "wire", "scenario", "plan"],
    ),
    ("trace", &["ident", "units", "finding", "draw"]),
    ("runtime", &["ident", "units", "finding", "draw"]),
    ("net", &["ident", "units", "finding", "draw", "wire", "runtime"]),
    (
        "actor",
        &[
            "ident", "units", "finding", "draw", "wire", "plan", "trace", "runtime", "net",
        ],
    ),
    (
        "run",
        &[
            "ident", "units", "finding", "draw", "wire", "scenario", "plan", "trace", "runtime", "net", "actor",
        ],
    ),
    (
        "capture",
        &["ident", "units", "finding", "draw", "wire", "trace", "runtime", "net"],
    ),
    // A scenario is written as text, which the scenario's own room lays out.
    (
        "replay",
        &[
            "ident", "units", "finding", "draw", "wire", "scenario", "trace", "capture",
        ],
    ),
    ("order", &["ident", "units", "finding", "draw", "trace"]),
    (
        "verdict",
        &["ident", "units", "draw", "finding", "wire", "trace", "order"],
    ),
    ("diagram", &["ident", "units", "finding", "draw", "trace", "order"]),
    (
        "baseline",
        &["ident", "units", "finding", "draw", "trace", "order", "diagram"],
    ),
    (
        "report",
        &[
            "ident", "units", "finding", "draw", "trace", "order", "verdict", "diagram", "baseline",
        ],
    ),
    (
        "suite",
        &[
            "ident", "units", "finding", "draw", "wire", "scenario", "plan", "lint", "trace", "runtime", "net",
            "actor", "run", "capture", "replay", "order", "verdict", "diagram", "baseline", "report",
        ],
    ),
    (
        "cli",
        &[
            "ident", "units", "finding", "draw", "wire", "scenario", "plan", "lint", "trace", "runtime", "net",
            "actor", "run", "capture", "replay", "order", "verdict", "diagram", "baseline", "report", "suite",
        ],
    ),
];

/// Crates that one place alone may name.
const NAMED_ONCE: &[(&str, &str)] = &[
    ("async_std", "src/runtime/"),
    ("async_io", "src/runtime/"),
    ("async_global_executor", "src/runtime/"),
    ("async_signal", "src/runtime/"),
    ("merman", "src/diagram/picture.rs"),
    ("quick_junit", "src/report/junit"),
];

/// The most lines of a file, its tests aside.
const MOST_LINES: usize = 400;

#[test]
fn every_room_imports_what_its_row_allows() {
    report(sources().iter().flat_map(|(path, text)| forbidden(path, text)));
}

#[test]
fn every_room_has_a_row() {
    let rows: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    let found: BTreeSet<String> = sources().keys().filter_map(|path| room_of(path)).collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, rows);
}

#[test]
fn no_row_allows_a_later_room() {
    for (place, (room, allowed)) in ROOMS.iter().enumerate() {
        for other in *allowed {
            let earlier = ROOMS[..place].iter().any(|(name, _)| name == other);
            assert!(earlier, "{room} may import {other}, which is no earlier room");
        }
    }
}

#[test]
fn what_comes_after_the_trace_needs_the_trace_alone() {
    for room in ["order", "diagram", "baseline", "report"] {
        let (_, allowed) = ROOMS.iter().find(|(name, _)| *name == room).unwrap();
        for other in ["wire", "scenario", "plan", "runtime", "net", "actor", "run"] {
            assert!(!allowed.contains(&other), "{room} may import {other}");
        }
    }
}

#[test]
fn what_may_be_exchanged_is_named_in_one_place() {
    report(sources().iter().flat_map(|(path, text)| misplaced(path, text)));
}

#[test]
fn no_port_is_fixed() {
    let mut files = sources();
    for path in test_files(&files) {
        files.remove(&path);
    }
    files.extend(texts("scenarios", "json"));
    files.extend(texts("benches", "rs"));
    report(files.iter().flat_map(|(path, text)| fixed_ports(path, text)));
}

#[test]
fn every_file_begins_with_what_it_owns() {
    let bare = sources().into_iter().filter(|(_, text)| !text.starts_with("//!"));
    report(bare.map(|(path, _)| format!("{path}:1: begins without a `//!` line")));
}

#[test]
fn no_file_is_longer_than_one_noun() {
    let files = sources();
    let tests = test_files(&files);
    let mut wrong = Vec::new();
    for (path, text) in &files {
        let lines = body(text).lines().count();
        if !tests.contains(path) && lines > MOST_LINES {
            wrong.push(format!("{path}: {lines} lines without its tests, of {MOST_LINES}"));
        }
    }
    report(wrong.into_iter());
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    for (text, room) in [
        ("use crate::plan::Plan;", "plan"),
        (
            "use crate::{\n    finding::Finding,\n    wire::{hex, message},\n};",
            "wire",
        ),
        ("fn f() {\n    crate::net::listen();\n}", "net"),
        ("use super::super::actor;", "actor"),
        ("pub(crate) use crate::runtime as other;", "runtime"),
    ] {
        let found = forbidden("src/order/races/mod.rs", text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains(&format!("`{room}`")), "{found:?}");
    }
    let fine = "// use crate::plan;\n/// As [`crate::plan`].\nuse crate::trace::event;\nlet text = \"crate::plan\";\nuse super::plan;";
    assert_eq!(forbidden("src/order/races/mod.rs", fine), [""; 0]);
}

#[test]
fn a_misplaced_name_and_a_fixed_port_are_found() {
    assert_eq!(misplaced("src/net/socket.rs", "use async_std::net;").len(), 1);
    assert_eq!(misplaced("src/runtime/mod.rs", "use async_std::net;").len(), 0);
    assert_eq!(misplaced("src/diagram/text.rs", "merman::draw()").len(), 1);
    assert_eq!(fixed_ports("a.rs", "connect(\"127.0.0.1:8080\")").len(), 1);
    assert_eq!(fixed_ports("a.rs", "(Ipv4Addr::LOCALHOST, 8080)").len(), 1);
    assert_eq!(fixed_ports("a.json", "{ \"tcp\": 8080 }").len(), 1);
    assert_eq!(
        fixed_ports("a.rs", "\"127.0.0.1:0\", (Ipv4Addr::LOCALHOST, 0), \"tcp\": 0").len(),
        0
    );
}

fn report(wrong: impl Iterator<Item = String>) {
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// All files of `src/`, by their paths.
fn sources() -> BTreeMap<String, String> {
    texts("src", "rs")
}

/// All files below a folder that end so, by their paths from the top; none where there is no such folder.
fn texts(folder: &str, ending: &str) -> BTreeMap<String, String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![PathBuf::from(folder)];
    let mut texts = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(top.join(&folder)) else {
            continue;
        };
        for entry in entries.map(Result::unwrap) {
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                let text = fs::read_to_string(top.join(&path)).unwrap();
                texts.insert(path.to_str().unwrap().replace('\\', "/"), text);
            }
        }
    }
    texts
}

/// The room that a file belongs to; none for `lib.rs` and `main.rs`.
fn room_of(path: &str) -> Option<String> {
    let name = path.strip_prefix("src/")?.split('/').next()?;
    let name = name.strip_suffix(".rs").unwrap_or(name);
    (!["lib", "main"].contains(&name)).then(|| name.to_owned())
}

/// The imports of a file that its room's row does not allow.
fn forbidden(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room_of(path) else {
        return Vec::new();
    };
    let allowed = ROOMS
        .iter()
        .find(|(name, _)| *name == room)
        .map_or(&[][..], |row| row.1);
    let code = code(text);
    let mut found = Vec::new();
    for (at, name) in imported(path, &code) {
        let is_room = ROOMS.iter().any(|(other, _)| *other == name);
        if is_room && name != room && !allowed.contains(&name.as_str()) {
            let line = line_of(&code, at);
            found.push(format!(
                "{path}:{line}: `{room}` imports `{name}`; it may import {allowed:?}"
            ));
        }
    }
    found
}

/// What a file names at the top of the crate, with the place of each name.
fn imported(path: &str, code: &str) -> Vec<(usize, String)> {
    let modules = path
        .trim_start_matches("src/")
        .trim_end_matches(".rs")
        .trim_end_matches("/mod");
    let depth = modules.split('/').count();
    let root = Regex::new(&format!(
        r"\b(?:crate::|(?:self::)?(?:super::){{{depth}}})(\{{|[a-z_]+)"
    ))
    .unwrap();
    let mut names = Vec::new();
    for found in root.captures_iter(code) {
        let name = found.get(1).unwrap();
        if name.as_str() == "{" {
            names.extend(group(code, name.end()));
        } else {
            names.push((name.start(), name.as_str().to_owned()));
        }
    }
    names
}

/// The first names of all paths in a group `{a::b, c::{d, e}}` whose first byte is at `start`.
fn group(code: &str, start: usize) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    let (mut depth, mut first) = (1, true);
    for (offset, c) in code[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => first = true,
            c if first && c.is_ascii_lowercase() => {
                first = false;
                let rest = &code[start + offset..];
                let end = rest
                    .find(|c: char| !c.is_ascii_lowercase() && c != '_')
                    .unwrap_or(rest.len());
                names.push((start + offset, rest[..end].to_owned()));
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn misplaced(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut found = Vec::new();
    for (name, place) in NAMED_ONCE.iter().filter(|(_, place)| !path.starts_with(place)) {
        for hit in Regex::new(&format!(r"\b{name}\b")).unwrap().find_iter(&code) {
            let line = line_of(&code, hit.start());
            found.push(format!("{path}:{line}: names `{name}`, which only {place} may"));
        }
    }
    found
}

fn fixed_ports(path: &str, text: &str) -> Vec<String> {
    let ports = Regex::new(
        r#"(?x) (?: 127\.0\.0\.1 | localhost | \[::1?\] | 0\.0\.0\.0 ) : [1-9]
        | \b (?: LOCALHOST | UNSPECIFIED ) \s* , \s* [1-9]
        | "tcp" \s* : \s* [1-9]"#,
    )
    .unwrap();
    let body = body(text);
    let hits = ports.find_iter(body);
    hits.map(|hit| {
        format!(
            "{path}:{}: a fixed port, `{}…`",
            line_of(body, hit.start()),
            hit.as_str()
        )
    })
    .collect()
}

/// Files that are compiled for tests alone.
fn test_files(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let module = Regex::new(r"#\[cfg\(test\)\]\s*(?:pub(?:\([a-z]+\))? )?mod ([a-z_]+);").unwrap();
    let mut tests = BTreeSet::new();
    for (path, text) in files {
        let folder = match path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix("/lib.rs")) {
            Some(folder) => folder.to_owned(),
            None => path.trim_end_matches(".rs").to_owned(),
        };
        for found in module.captures_iter(text) {
            let module = format!("{folder}/{}", &found[1]);
            let inside = |file: &&String| **file == format!("{module}.rs") || file.starts_with(&format!("{module}/"));
            tests.extend(files.keys().filter(inside).cloned());
        }
    }
    tests
}

/// A file without the tests at its end.
fn body(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod tests {")
        .map_or(text, |end| &text[..=end])
}

/// A file with blanks for its comments and the texts in it, so that only code is looked at; places stay as they are.
fn code(text: &str) -> String {
    let blank = Regex::new(
        r##"(?xs) //[^\n]* | /\*.*?\*/ | \br\#"(?:.*?)"\# | \br"[^"]*" | "(?:[^"\\]|\\.)*" | '(?:[^'\\\n]|\\[^\n]{1,8}?)' "##,
    )
    .unwrap();
    let blanked = |found: &regex::Captures<'_>| -> String {
        let keep = |c: char| {
            if c == '\n' {
                "\n".to_owned()
            } else {
                " ".repeat(c.len_utf8())
            }
        };
        found[0].chars().map(keep).collect()
    };
    blank.replace_all(text, blanked).into_owned()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

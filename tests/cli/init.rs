//! First scenarios.

use std::fs;

use crate::tool::{Folder, golden};

const KINDS: &[&str] = &["tcp", "chat", "http"];

#[test]
fn each_first_scenario_is_sound_and_passes() {
    for kind in KINDS {
        let folder = Folder::new();
        let file = format!("first/{kind}.json");
        assert_eq!(folder.wiretale(&["init", kind, &file]).code, Some(0), "{kind}");
        assert!(
            folder
                .read(&file)
                .starts_with("{\n  \"$schema\": \"./wiretale.schema.json\",\n")
        );
        let told = folder.wiretale(&["check", &file]);
        assert_eq!(told.code, Some(0), "{kind}\n{}", told.err);
        let told = folder.wiretale(&["run", &file]);
        assert_eq!(told.code, Some(0), "{kind}\n{}", told.err);
    }
}

#[test]
fn it_says_what_it_wrote_and_what_to_type_next() {
    let folder = Folder::new();
    let told = folder.wiretale(&["init"]);
    assert_eq!((told.code, &*told.err), (Some(0), ""));
    golden("tests/cli/init.txt", &told.out);
    let schema = folder.wiretale(&["schema"]).out;
    assert_eq!(folder.read("scenarios/wiretale.schema.json"), schema);
    for line in told.out.lines().filter(|line| line.starts_with("  wiretale ")) {
        let args: Vec<&str> = line.split_whitespace().skip(1).collect();
        assert_eq!(folder.wiretale(&args).code, Some(0), "{line}");
    }
}

#[test]
fn a_file_is_overwritten_by_force_alone_and_a_schema_never() {
    let folder = Folder::new();
    fs::write(folder.path("mine.json"), "mine").unwrap();
    fs::write(folder.path("wiretale.schema.json"), "{}").unwrap();
    let told = folder.wiretale(&["init", "tcp", "mine.json"]);
    assert_eq!((told.code, &*told.out), (Some(2), ""));
    assert_eq!(
        told.err,
        "wiretale: mine.json is there already; `--force` overwrites it, or name another file\n"
    );
    assert_eq!(folder.read("mine.json"), "mine");

    let told = folder.wiretale(&["init", "--force", "tcp", "mine.json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("kept wiretale.schema.json"), "{}", told.out);
    assert!(folder.read("mine.json").contains("\"actors\""));
    assert_eq!(folder.read("wiretale.schema.json"), "{}");
}

#[test]
fn what_cannot_be_written_gives_3_and_a_kind_that_is_none_gives_2() {
    let folder = Folder::new();
    fs::write(folder.path("file"), "").unwrap();
    let told = folder.wiretale(&["init", "tcp", "file/x.json"]);
    assert_eq!(told.code, Some(3), "{}", told.err);
    assert!(told.err.contains("cannot make the folder file"), "{}", told.err);
    let told = folder.wiretale(&["init", "smtp"]);
    assert_eq!(told.code, Some(2));
    for kind in KINDS {
        assert!(told.err.contains(kind), "{}", told.err);
    }
    assert_eq!(folder.wiretale(&["init", "tcp", "wiretale.schema.json"]).code, Some(2));
}

#[test]
fn the_next_commands_can_be_typed_whatever_the_file_is_called() {
    let folder = Folder::new();
    let told = folder.wiretale(&["init", "tcp", "my first.json"]);
    assert!(told.out.contains("wiretale run 'my first.json'\n"), "{}", told.out);
}

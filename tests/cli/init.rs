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
                .starts_with("{\n  \"$schema\": \"./schema/wiretale.schema.json\",\n")
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
    assert_eq!(folder.read("scenarios/schema/wiretale.schema.json"), schema);
    for line in told.out.lines().filter(|line| line.starts_with("  wiretale ")) {
        let args: Vec<&str> = line.split_whitespace().skip(1).collect();
        assert_eq!(folder.wiretale(&args).code, Some(0), "{line}");
    }
}

#[test]
fn a_file_is_overwritten_by_force_alone_and_a_schema_never() {
    let folder = Folder::new();
    fs::write(folder.path("mine.json"), "mine").unwrap();
    fs::create_dir(folder.path("schema")).unwrap();
    fs::write(folder.path("schema/wiretale.schema.json"), "{}").unwrap();
    let told = folder.wiretale(&["init", "tcp", "mine.json"]);
    assert_eq!((told.code, &*told.out), (Some(2), ""));
    assert_eq!(
        told.err,
        "wiretale: mine.json is there already; `--force` overwrites it, or name another file\n"
    );
    assert_eq!(folder.read("mine.json"), "mine");

    let told = folder.wiretale(&["init", "--force", "tcp", "mine.json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("kept schema/wiretale.schema.json"), "{}", told.out);
    assert!(folder.read("mine.json").contains("\"actors\""));
    assert_eq!(folder.read("schema/wiretale.schema.json"), "{}");
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
}

#[test]
fn the_next_commands_can_be_typed_whatever_the_file_is_called() {
    let folder = Folder::new();
    let told = folder.wiretale(&["init", "tcp", "my first.json"]);
    assert!(told.out.contains("wiretale run 'my first.json'\n"), "{}", told.out);
}

#[test]
fn all_that_is_in_the_folder_can_be_checked() {
    let folder = Folder::new();
    for kind in KINDS {
        folder.wiretale(&["init", kind, &format!("first/{kind}.json")]);
    }
    let files = fs::read_dir(folder.path("first"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files: Vec<String> = files
        .filter(|path| path.is_file())
        .map(|path| path.display().to_string())
        .collect();
    let mut args = vec!["check", "--deny", "all"];
    args.extend(files.iter().map(String::as_str));
    let told = folder.wiretale(&args);
    assert_eq!((files.len(), told.code), (KINDS.len(), Some(0)), "{}", told.err);
}

//! Laying files out.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use wiretale::scenario::layout::lay_out;

use crate::tool::{Folder, Told, top};

const LAID: &str = "{\n  \"title\": \"T\",\n  \"a\": 1.50\n}\n";
const LOOSE: &str = "{\"title\":\"T\",\n\n\"a\":1.50}";
const LAID_LOOSE: &str = "{\n  \"title\": \"T\",\n\n  \"a\": 1.50\n}\n";

fn with_input(mut command: Command, input: &[u8]) -> Told {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A tool that has refused already does not read the rest.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn all_scenarios_and_templates_of_the_project_are_laid_out() {
    let mut files = 0;
    for folder in ["scenarios", "tests/scenarios", "src/cli/init"] {
        for file in fs::read_dir(top().join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "json") {
                let text = fs::read_to_string(&path).unwrap();
                assert_eq!(lay_out(&text).unwrap(), text, "{}", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 15, "only {files} files were found");
}

#[test]
fn a_file_is_laid_out_where_it_is_and_keeps_its_permissions() {
    let folder = Folder::new();
    let path = folder.path("a.json");
    fs::write(&path, LOOSE).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.json", folder.path("link.json")).unwrap();
    let told = folder.wiretale(&["fmt", "link.json"]);
    assert_eq!(
        (told.code, &*told.out, &*told.err),
        (Some(0), "", "formatted link.json\n")
    );
    assert_eq!(folder.read("a.json"), LAID_LOOSE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(folder.path("link.json")).unwrap().is_symlink());
    let left: Vec<_> = fs::read_dir(folder.path("."))
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(
        left.len(),
        3,
        "only the scenarios, the file and the link are there: {left:?}"
    );
}

#[test]
fn a_file_that_is_laid_out_is_not_touched() {
    let folder = Folder::new();
    let path = folder.path("a.json");
    fs::write(&path, LAID).unwrap();
    let before = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(before)
        .unwrap();
    let told = folder.wiretale(&["fmt", "a.json"]);
    assert_eq!((told.code, &*told.out, &*told.err), (Some(0), "", ""));
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
}

#[test]
fn quiet_says_nothing_of_what_it_changes() {
    let folder = Folder::new();
    fs::write(folder.path("a.json"), LOOSE).unwrap();
    let told = folder.wiretale(&["fmt", "-q", "a.json"]);
    assert_eq!((told.code, &*told.out, &*told.err), (Some(0), "", ""));
    assert_eq!(folder.read("a.json"), LAID_LOOSE);
}

#[test]
fn check_lists_and_changes_nothing() {
    let folder = Folder::new();
    fs::write(folder.path("a.json"), LOOSE).unwrap();
    fs::write(folder.path("b.json"), LAID).unwrap();
    fs::write(folder.path("c.json"), LOOSE).unwrap();
    let told = folder.wiretale(&["fmt", "--check", "a.json", "b.json", "c.json"]);
    assert_eq!((told.code, &*told.out, &*told.err), (Some(1), "a.json\nc.json\n", ""));
    assert_eq!(folder.read("a.json"), LOOSE);
    assert_eq!(folder.wiretale(&["fmt", "--check", "b.json"]).code, Some(0));
    let told = with_input(folder.command(&["fmt", "--check", "-"]), LOOSE.as_bytes());
    assert_eq!((told.code, &*told.out), (Some(1), "standard input\n"));
}

#[test]
fn a_wrong_file_is_told_and_left_alone_and_the_others_are_laid_out() {
    let folder = Folder::new();
    let wrong = "{\"a\":1,\n\"a\":2}";
    fs::write(folder.path("wrong.json"), wrong).unwrap();
    fs::write(folder.path("bytes.json"), b"{\"a\":\"\xff\"}").unwrap();
    fs::write(folder.path("a.json"), LOOSE).unwrap();
    let told = folder.wiretale(&["fmt", "wrong.json", "bytes.json", "nothing.json", "a.json"]);
    assert_eq!(told.code, Some(2));
    for part in [
        "wrong.json:2:1: error: duplicate key `a`",
        "bytes.json:1:7: error: the file is not UTF-8",
        "cannot read nothing.json",
        "formatted a.json",
    ] {
        assert!(told.err.contains(part), "{part}\n{}", told.err);
    }
    assert_eq!(folder.read("wrong.json"), wrong);
    assert_eq!(folder.read("a.json"), LAID_LOOSE);
}

#[test]
fn standard_input_is_laid_out_to_standard_output() {
    let folder = Folder::new();
    let told = with_input(folder.command(&["fmt", "-"]), LOOSE.as_bytes());
    assert_eq!((told.code, &*told.out, &*told.err), (Some(0), LAID_LOOSE, ""));
    let told = with_input(folder.command(&["fmt", "-"]), b"{");
    assert_eq!((told.code, &*told.out), (Some(2), ""));
    assert!(told.err.starts_with("standard input:1:1: error: "), "{}", told.err);
}

#[test]
fn what_is_too_large_is_refused() {
    let folder = Folder::new();
    let large = vec![b' '; (16 << 20) + 1];
    fs::write(folder.path("large.json"), &large).unwrap();
    for told in [
        folder.wiretale(&["fmt", "large.json"]),
        with_input(folder.command(&["fmt", "-"]), &large),
    ] {
        assert_eq!(told.code, Some(2));
        assert!(told.err.contains("16MiB"), "{}", told.err);
    }
}

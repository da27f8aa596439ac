//! Which cases are tested, how often, and in which order.

use std::collections::BTreeSet;
use std::process::Stdio;

use crate::tool::{Folder, Told};
use crate::{exchange, waits};

/// A folder with these scenarios, approved.
fn folder(names: &[&str]) -> Folder {
    let folder = Folder::empty();
    for name in names {
        folder.write(&format!("scenarios/{name}.json"), &exchange("hi", "hello"));
    }
    folder.approve();
    folder
}

/// The names of the cases that a line tells of.
fn played(told: &Told) -> Vec<String> {
    let lines = told.out.lines().filter(|line| line.contains(" s  "));
    let mut names: Vec<String> = lines
        .map(|line| line.split_whitespace().last().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn filters_choose_by_name() {
    let folder = folder(&["hello", "help", "mail/login", "mail/logout"]);
    let names = |args: &[&str]| played(&folder.wiretale(&[&["test"], args].concat()));
    assert_eq!(names(&[]), ["hello", "help", "mail/login", "mail/logout"]);
    assert_eq!(names(&["--filter", "log"]), ["mail/login", "mail/logout"]);
    assert_eq!(
        names(&["--filter", "h*o", "--filter", "login"]),
        ["hello", "mail/login"]
    );
    assert_eq!(names(&["scenarios/mail"]), ["mail/login", "mail/logout"]);
    assert_eq!(
        names(&["scenarios/mail/login.json", "scenarios/help.json"]),
        ["help", "mail/login"]
    );
    let told = folder.wiretale(&["test", "--filter", "nobody"]);
    assert_eq!(told.code, Some(0));
    assert!(told.out.contains("nothing was tested"), "{}", told.out);
}

#[test]
fn tags_choose_by_what_a_scenario_is_about() {
    let folder = folder(&["a", "b", "c"]);
    for (name, tags) in [("a", r#"["slow"]"#), ("b", r#"["slow", "mail"]"#)] {
        let tagged = exchange("hi", "hello").replacen('{', &format!(r#"{{ "tags": {tags}, "#), 1);
        folder.write(&format!("scenarios/{name}.json"), &tagged);
    }
    let names = |args: &[&str]| played(&folder.wiretale(&[&["test"], args].concat()));
    assert_eq!(names(&["--tag", "slow"]), ["a", "b"]);
    assert_eq!(names(&["--tag", "mail"]), ["b"]);
    assert_eq!(names(&["--tag", "mail", "--tag", "slow"]), ["a", "b"]);
}

#[test]
fn shards_are_all_cases_together_and_none_twice() {
    let folder = folder(&["a", "b", "c", "d", "e"]);
    let mut all = Vec::new();
    for shard in ["1/2", "2/2"] {
        let told = folder.wiretale(&["test", "--shard", shard]);
        assert_eq!(told.code, Some(0), "{}", told.err);
        assert!(told.out.contains(&format!("shard {shard}")), "{}", told.out);
        all.extend(played(&told));
    }
    assert_eq!(all.len(), 5);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 5);
    let mut command = folder.command(&["test", "--shard", "auto/5"]);
    assert_eq!(
        played(&crate::tool::told(command.env("JOB_COMPLETION_INDEX", "4"))),
        ["e"]
    );
    let mut command = folder.command(&["test", "--shard", "auto"]);
    let command = command.env("SLURM_ARRAY_TASK_ID", "1").env("SLURM_ARRAY_TASK_MIN", "1");
    assert_eq!(
        played(&crate::tool::told(command.env("SLURM_ARRAY_TASK_COUNT", "5"))),
        ["a"]
    );
    let told = folder.wiretale(&["test", "--shard", "auto"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("JOB_COMPLETION_INDEX"), "{}", told.err);
    assert_eq!(folder.wiretale(&["test", "--shard", "3/2"]).code, Some(2));
}

#[test]
fn fail_fast_begins_no_further_case() {
    let folder = folder(&["a", "b", "c"]);
    folder.write("scenarios/a.json", &exchange("hi", "good day"));
    let told = folder.wiretale(&["test", "--fail-fast", "--jobs", "1"]);
    assert_eq!(told.code, Some(1));
    assert_eq!(played(&told), ["a"]);
    assert!(told.out.contains("2 not run"), "{}", told.out);
    assert_eq!(played(&folder.wiretale(&["test", "--jobs", "1"])), ["a", "b", "c"]);
}

#[test]
fn several_cases_are_played_at_once() {
    let folder = Folder::empty();
    for name in ["a", "b", "c", "d"] {
        folder.write(&format!("scenarios/{name}.json"), &waits("300ms"));
    }
    let begun = std::time::Instant::now();
    let told = folder.wiretale(&["test", "--jobs", "4"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    let at_once = begun.elapsed();
    let begun = std::time::Instant::now();
    assert_eq!(folder.wiretale(&["test", "--jobs", "1"]).code, Some(0));
    // One after another takes 1.2 s at the least, whatever the machine; the other bound is no promise of any speed.
    assert!(
        begun.elapsed().as_millis() >= 1200 && at_once < begun.elapsed(),
        "{at_once:?}"
    );
}

#[test]
fn two_that_test_in_one_folder_do_so_one_after_the_other() {
    let folder = folder(&["a", "b", "c"]);
    let test = || {
        let mut command = folder.command(&["test", "--ci", "--repeat", "20"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(|_| test()).collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

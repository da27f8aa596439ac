//! Warnings of `check`: which are told, which are failures, what they mean.

use std::fs;

use crate::tool::{Folder, Told, golden};

/// One variable that nothing uses, and one signal that nobody awaits.
const WARNED: &str = r#"{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "hello" }, { "signal": "said" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
    { "receive": { "pattern": "{text}" } }, { "closed": "eof" }
  ] }
} }"#;

fn check(args: &[&str]) -> Told {
    let folder = Folder::new();
    fs::write(folder.path("warned.json"), WARNED).unwrap();
    folder.wiretale(&[&["check"], args].concat())
}

fn codes(told: &Told) -> Vec<&str> {
    let heads = told.err.lines().filter(|line| line.starts_with("warned.json:"));
    heads.filter_map(|line| line.split(' ').nth(1)).collect()
}

#[test]
fn warnings_alone_pass_and_are_counted() {
    let told = check(&["warned.json", "scenarios/hello.json"]);
    assert_eq!(told.code, Some(0));
    golden("tests/cli/warnings.txt", &format!("{}{}", told.err, told.out));
    let told = check(&["--quiet", "warned.json", "scenarios/hello.json"]);
    assert_eq!(codes(&told).len(), 2);
    assert!(!told.out.contains("hello"), "{}", told.out);
}

#[test]
fn denied_warnings_fail_and_the_others_do_not() {
    let denied = |args: &[&str]| {
        let told = check(&[args, &["warned.json"]].concat());
        let codes: Vec<String> = codes(&told).into_iter().map(str::to_owned).collect();
        (told.code, codes.join(" "))
    };
    let both = "warning[unawaited-signal]: warning[unused-variable]:";
    assert_eq!(denied(&["--deny", "deadlock"]), (Some(0), both.to_owned()));
    let (code, told) = denied(&["--deny", "deadlock,unused-variable"]);
    assert_eq!(
        (code, &*told),
        (Some(1), "warning[unawaited-signal]: error[unused-variable]:")
    );
    let (code, told) = denied(&["--deny", "all"]);
    assert_eq!(
        (code, &*told),
        (Some(1), "error[unawaited-signal]: error[unused-variable]:")
    );
    let (code, told) = denied(&["--allow", "unused-variable"]);
    assert_eq!((code, &*told), (Some(0), "warning[unawaited-signal]:"));
}

#[test]
fn of_deny_and_allow_the_later_counts() {
    let told = check(&[
        "--deny",
        "all",
        "--allow",
        "unused-variable,unawaited-signal",
        "--quiet",
        "warned.json",
    ]);
    assert_eq!((told.code, &*told.err, &*told.out), (Some(0), "", ""));
    let told = check(&["--allow", "all", "--deny", "unused-variable", "warned.json"]);
    assert_eq!((told.code, codes(&told)), (Some(1), vec!["error[unused-variable]:"]));
    let told = check(&[
        "--deny",
        "unused-variable",
        "--allow",
        "all",
        "--deny",
        "unawaited-signal",
        "warned.json",
    ]);
    assert_eq!((told.code, codes(&told)), (Some(1), vec!["error[unawaited-signal]:"]));
}

#[test]
fn a_mistake_outweighs_a_denied_warning() {
    let told = check(&["--deny", "all", "warned.json", "scenarios/none.json"]);
    assert_eq!(told.code, Some(2), "{}", told.err);
}

#[test]
fn a_code_is_explained_without_a_file() {
    let told = check(&["--explain", "unused-variable"]);
    assert_eq!((told.code, &*told.err), (Some(0), ""));
    golden("tests/cli/explain.txt", &told.out);
    assert_eq!(check(&[]).code, Some(2), "without either there is nothing to do");
}

#[test]
fn unknown_codes_are_refused_with_what_was_meant() {
    for argument in ["--deny", "--allow", "--explain"] {
        let told = check(&[argument, "unused-varible", "warned.json"]);
        assert_eq!(told.code, Some(2), "{argument}");
        assert!(told.err.contains("did you mean `unused-variable`?"), "{}", told.err);
        let told = check(&[argument, "x", "warned.json"]);
        assert!(told.err.contains("these are there: unreachable-step,"), "{}", told.err);
    }
}

//! The same scenario gives the same diagram, whatever the machine does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::program::{Desk, text};
use super::stage::Busy;

/// How often each is played; `WIRETALE_TIMES` says otherwise.
fn times() -> usize {
    let times = std::env::var("WIRETALE_TIMES").ok();
    times.map_or(10, |times| times.parse().unwrap())
}

/// All diagrams of so many plays of a shipped scenario.
fn diagrams(name: &str, threads: &str) -> (usize, BTreeSet<String>) {
    let results = tempfile::TempDir::new().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let output = Command::new(env!("CARGO_BIN_EXE_wiretale"))
        .args(["run", "--threads", threads, "--results"])
        .arg(results.path())
        .args(vec![&file; times()])
        .output()
        .unwrap();
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let drawn = text(&output.stdout);
    let each: Vec<String> = drawn.split("sequenceDiagram\n").skip(1).map(str::to_owned).collect();
    (each.len(), each.into_iter().collect())
}

#[test]
fn each_shipped_scenario_has_one_diagram_on_a_loaded_machine() {
    let _busy = Busy::machine();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json") && !["broken.json", "race.json"].contains(&name.as_str()))
        .collect();
    names.sort();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let (one, alone) = diagrams(&name, "1");
        let (two, pair) = diagrams(&name, "2");
        // One whose rows are cases has a diagram for each.
        let cases = one / times();
        assert_eq!((one, two), (cases * times(), cases * times()), "{name}");
        assert_eq!(alone.len(), cases, "{name} on one thread: {alone:#?}");
        assert_eq!(alone, pair, "{name} on two threads");
    }
}

#[test]
fn a_race_is_predicted_from_one_run_and_can_be_forced() {
    let race = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/race.json");
    let desk = Desk::with(&fs::read_to_string(race).unwrap());
    let ran = desk.run(&[]);
    let told = text(&ran.stderr);
    assert!(
        ran.status.success() && told.contains("race 1") && told.contains("--flip 1"),
        "{told}"
    );
    let first = text(&ran.stdout);
    for _ in 0..5 {
        let flipped = desk.run(&["--flip", "1"]);
        assert!(flipped.status.success(), "{}", text(&flipped.stderr));
        let second = text(&flipped.stdout);
        let at = |diagram: &str, bid: &str| diagram.find(bid).unwrap_or_else(|| panic!("no {bid}: {diagram}"));
        assert!(at(&first, "BID 10") < at(&first, "BID 20"), "{first}");
        assert!(at(&second, "BID 20") < at(&second, "BID 10"), "{second}");
    }
}

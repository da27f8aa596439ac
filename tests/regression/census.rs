//! How many diagrams a case has.

use serde_json::Value;

use crate::exchange;
use crate::tool::{Folder, top};

/// The shipped race, in which Bob does not wait any more: either may come first.
fn race() -> String {
    let text = std::fs::read_to_string(top().join("scenarios/race.json")).unwrap();
    let mut race: Value = serde_json::from_str(&text).unwrap();
    let script = race["actors"]["Bob"]["script"].as_array_mut().unwrap();
    script.retain(|step| step.get("wait").is_none());
    serde_json::to_string_pretty(&race).unwrap()
}

/// Plays until both diagrams were seen; that they never are in so many runs does not happen.
fn both(folder: &Folder) -> String {
    let told = folder.wiretale(&["test", "--repeat", "300", "--jitter", "--report", "json=report.json"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    told.out
}

#[test]
fn a_real_race_has_two_diagrams_and_one_run_had_predicted_it() {
    let folder = Folder::empty();
    folder.write("scenarios/race.json", &race());
    let out = both(&folder);
    for part in [
        "300 runs, 2 diagrams",
        "results/last/race/1.mmd",
        "results/last/race/2.mmd",
        "predicted race 1",
        "scenarios/race.json:",
        "signal",
        "now after",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(folder.has("results/last/race/1.jsonl") && folder.has("results/last/race/2.jsonl"));
    assert_ne!(
        folder.read("results/last/race/1.mmd"),
        folder.read("results/last/race/2.mmd")
    );
    let report: Value = serde_json::from_str(&folder.read("report.json")).unwrap();
    let repeated = &report["tested"][0]["repeated"];
    let runs = |place: usize| repeated["diagrams"][place]["runs"].as_u64().unwrap();
    assert_eq!((repeated["runs"].as_u64(), runs(0) + runs(1)), (Some(300), 300));
    // Where both are approved, both pass.
    for number in ["1", "2"] {
        let diagram = folder.read(&format!("results/last/race/{number}.mmd"));
        folder.write("results/race.new.mmd", &diagram);
        assert_eq!(folder.wiretale(&["accept", "--another", "race"]).code, Some(0));
    }
    assert_eq!(folder.files("results"), ["race.mmd", "race@2.mmd"]);
    assert_eq!(
        folder.wiretale(&["test", "--ci", "--repeat", "50", "--jitter"]).code,
        Some(0)
    );
}

#[test]
fn a_predicted_race_fails_where_that_is_asked_for() {
    let folder = Folder::empty();
    folder.write("scenarios/race.json", &race());
    let told = folder.wiretale(&["test", "--strict-races"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    assert!(told.out.contains("race 1"), "{}", told.out);
    assert_eq!(folder.wiretale(&["test"]).code, Some(0));
}

#[test]
fn what_has_one_diagram_has_it_however_tasks_are_disturbed() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    let told = folder.wiretale(&["test", "--ci", "--repeat", "50", "--jitter"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert!(told.out.contains("(50 runs, 1 diagram)"), "{}", told.out);
}

#[test]
fn the_other_diagram_of_a_race_is_played_and_approved() {
    let folder = Folder::empty();
    folder.write(
        "scenarios/race.json",
        &std::fs::read_to_string(top().join("scenarios/race.json")).unwrap(),
    );
    folder.approve();
    let told = folder.wiretale(&["test", "--flip", "1"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    assert!(
        told.out.contains("moved") && told.out.contains("race 1"),
        "{}",
        told.out
    );
    assert_eq!(folder.wiretale(&["accept", "--another", "race"]).code, Some(0));
    for args in [&["test", "--ci"][..], &["test", "--ci", "--flip", "1"]] {
        assert_eq!(folder.wiretale(args).code, Some(0), "{args:?}");
    }
    assert_eq!(folder.wiretale(&["test", "--flip", "2"]).code, Some(2));
}

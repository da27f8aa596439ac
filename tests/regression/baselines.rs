//! Approved diagrams that cannot be read: they are told, and never overwritten.

use crate::exchange;
use crate::tool::Folder;

/// Tests with an approved diagram that was changed like this, and gives what was said.
fn told(change: impl Fn(&str) -> String) -> String {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    let broken = change(&folder.read("results/a.mmd"));
    folder.write("results/a.mmd", &broken);
    // Also where a new diagram would wait.
    folder.write("scenarios/a.json", &exchange("hi", "good day"));
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(2), "{}{}", told.out, told.err);
    assert!(told.out.contains("results/a.mmd:"), "{}", told.out);
    assert_eq!(folder.read("results/a.mmd"), broken);
    let refused = folder.wiretale(&["accept", "a"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("never overwritten"), "{}", refused.err);
    // Nor is it overwritten by approving what waits.
    folder.write("results/a.new.mmd", &broken);
    assert_eq!(folder.wiretale(&["accept", "a"]).code, Some(2));
    assert_eq!(folder.read("results/a.mmd"), broken);
    told.out
}

#[test]
fn a_merge_conflict_is_told() {
    let out = told(|text| text.replacen("    p0->>p1", "<<<<<<< ours\n    p0->>p1", 1));
    assert!(out.contains("merge conflict"), "{out}");
}

#[test]
fn a_truncated_file_is_told() {
    for lines in [1, 3, 6] {
        let out = told(|text| {
            let kept: Vec<&str> = text.lines().take(lines).collect();
            format!("{}\n", kept.join("\n"))
        });
        assert!(out.contains("results/a.mmd:"), "{out}");
    }
    let out = told(|text| text[..text.len() - 30].to_owned());
    assert!(out.contains("cut short"), "{out}");
    assert!(told(|_| String::new()).contains("empty"));
}

#[test]
fn another_version_is_told() {
    let out = told(|text| text.replacen("%% format: 1", "%% format: 2", 1));
    assert!(out.contains("written by a later wiretale"), "{out}");
    let out = told(|text| text.replacen("    %% format: 1\n", "", 1));
    assert!(out.contains("format"), "{out}");
}

#[test]
fn what_is_no_diagram_is_told() {
    for text in ["flowchart TD\n", "\u{1}\u{2}", "{ \"json\": true }\n"] {
        assert!(told(|_| text.to_owned()).contains("no sequence diagram"), "{text}");
    }
}

#[test]
fn a_sound_diagram_does_not_replace_a_broken_one() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    folder.write("scenarios/a.json", &exchange("hi", "good day"));
    assert_eq!(folder.wiretale(&["test"]).code, Some(1));
    let broken = "<<<<<<< ours\n";
    folder.write("results/a.mmd", broken);
    let told = folder.wiretale(&["accept", "a"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("never overwritten"), "{}", told.err);
    assert_eq!(folder.read("results/a.mmd"), broken);
    assert!(folder.has("results/a.new.mmd"));
}

//! `wiretale diff`: two sides of any kind, and what is said of them.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::tool::{Folder, Told, golden};

const TALK: &str = "sequenceDiagram\n  actor A as Ann\n  participant B as Bob\n  A->>+B: hello\n  B-->>-A: hi\n  loop 3 times\n  A->>B: ping\n  end\n  A-)B: close\n";

/// A folder with `TALK` and what it became.
fn talks(replaced: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    let new = replaced.iter().fold(TALK.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    });
    fs::write(folder.path("old.mmd"), TALK).unwrap();
    fs::write(folder.path("new.mmd"), new).unwrap();
    folder
}

/// A run's trace, as a file of this name.
fn traced(folder: &Folder, args: &[&str], scenario: &str, trace: &str) {
    let told = folder.wiretale(&[&["run", "--quiet"], args, &[&format!("scenarios/{scenario}.json")]].concat());
    assert_eq!(told.code, Some(0), "{}", told.err);
    let left = folder.path(&format!("results/last/{scenario}/trace.jsonl"));
    fs::copy(left, folder.path(trace)).unwrap();
}

fn wrong(told: &Told) -> &str {
    assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{}", told.err);
    &told.err
}

#[test]
fn what_is_the_same_is_said_by_the_exit_code_alone() {
    let folder = talks(&[
        ("actor A", "participant A"),
        ("  A->>+B: hello", "  autonumber\n  A ->> B : hello"),
    ]);
    traced(&folder, &[], "hello", "hello.jsonl");
    fs::copy(folder.path("results/last/hello/diagram.mmd"), folder.path("hello.mmd")).unwrap();
    for sides in [
        ["old.mmd", "old.mmd"],
        ["old.mmd", "new.mmd"],
        ["hello.jsonl", "hello.mmd"],
        ["hello.mmd", "hello.jsonl"],
        ["hello.jsonl", "results/last/hello/trace.jsonl"],
    ] {
        let told = folder.wiretale(&["diff", sides[0], sides[1]]);
        assert_eq!((told.code, &*told.out, &*told.err), (Some(0), "", ""), "{sides:?}");
    }
}

#[test]
fn a_difference_is_told_in_words_and_drawn_where_that_is_asked_for() {
    let folder = talks(&[
        ("B-->>-A: hi", "B-->>-A: hey"),
        ("loop 3", "loop 5"),
        ("  A-)B: close\n", ""),
    ]);
    let told = folder.wiretale(&["diff", "old.mmd", "new.mmd"]);
    assert_eq!((told.code, &*told.err), (Some(1), ""));
    golden("tests/cli/diff.txt", &told.out);
    let drawn = folder.wiretale(&["diff", "--format", "mermaid", "old.mmd", "new.mmd"]);
    assert_eq!(drawn.code, Some(1));
    golden("tests/cli/diff.mmd", &drawn.out);
    for (file, begin) in [
        ("x.svg", "<svg"),
        ("x.mmd", "sequenceDiagram"),
        ("x.json", "{"),
        ("x.txt", "  the messages"),
    ] {
        let told = folder.wiretale(&["diff", "-o", file, "old.mmd", "new.mmd"]);
        assert_eq!((told.code, &*told.out), (Some(1), ""), "{file}: {}", told.err);
        assert!(folder.read(file).starts_with(begin), "{file}: {}", folder.read(file));
    }
    // The drawing of a difference is a diagram like any other.
    assert_eq!(folder.wiretale(&["diff", "x.mmd", "x.mmd"]).code, Some(0));
}

#[test]
fn one_side_may_be_standard_input() {
    let folder = talks(&[("hello", "goodbye")]);
    for (sides, expected) in [(["-", "new.mmd"], 1), (["old.mmd", "-"], 0)] {
        let mut command = folder.command(&["diff", sides[0], sides[1]]);
        let mut wiretale = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        wiretale.stdin.take().unwrap().write_all(TALK.as_bytes()).unwrap();
        assert_eq!(wiretale.wait().unwrap().code(), Some(expected), "{sides:?}");
    }
    assert!(wrong(&folder.wiretale(&["diff", "-", "-"])).contains("standard input"));
}

#[test]
fn what_cannot_be_read_says_where_and_why() {
    let folder = talks(&[]);
    let broken = |text: &str| {
        fs::write(folder.path("broken"), text).unwrap();
        wrong(&folder.wiretale(&["diff", "old.mmd", "broken"])).to_owned()
    };
    for (text, expected) in [
        ("", "broken:1:1: this is no sequence diagram: it is empty"),
        (
            "graph TD\n",
            "broken:1:1: this is no sequence diagram: it begins with `graph TD`",
        ),
        (
            "sequenceDiagram\n<<<<<<< ours\n",
            "broken:2:1: this is the mark of a merge conflict",
        ),
        ("sequenceDiagram\n  loop x\n", "broken:2:3: this `loop` has no `end`"),
        ("{ \"no\": \"trace\" }\n", "broken: the first line is no trace's header"),
    ] {
        let told = broken(text);
        assert!(told.starts_with(&format!("wiretale: {expected}")), "{told}");
    }
    assert!(wrong(&folder.wiretale(&["diff", "old.mmd", "none.mmd"])).contains("none.mmd: cannot read"));
}

#[test]
fn two_traces_name_the_race_that_was_decided_otherwise() {
    let folder = Folder::new();
    traced(&folder, &[], "race", "one.jsonl");
    traced(&folder, &["--flip", "1"], "race", "other.jsonl");
    let told = folder.wiretale(&["diff", "one.jsonl", "other.jsonl"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.out
            .contains("race 1 was decided otherwise: `receive` at scenarios/race.json:"),
        "{}",
        told.out
    );
    assert!(
        told.out
            .starts_with("  the messages are the same, their order per lifeline is not"),
        "{}",
        told.out
    );
}

#[test]
fn two_traces_differ_in_what_a_label_hides() {
    let folder = Folder::new();
    let label = r#", "label": "hello""#;
    let scenario = |word: &str, taken: &str| {
        format!(
            r#"{{ "actors": {{
              "Client": {{ "script": [ {{ "connect": "Server" }}, {{ "send": "{word}"{label} }}, {{ "close": true }} ] }},
              "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "receive": {{ "any": true }}{taken} }}, {{ "closed": "eof" }} ] }}
            }} }}"#
        )
    };
    for (word, taken) in [("one", label), ("two", label), ("three", ""), ("four", "")] {
        fs::write(folder.path("scenarios/labelled.json"), scenario(word, taken)).unwrap();
        traced(&folder, &[], "labelled", &format!("{word}.jsonl"));
        let drawn = folder.path("results/last/labelled/diagram.mmd");
        fs::copy(drawn, folder.path(&format!("{word}.mmd"))).unwrap();
    }
    for (sides, expected) in [
        (
            ["one.jsonl", "two.jsonl"],
            "what messages hold behind their labels is not",
        ),
        // What is taken under no label is none that a label hides.
        (["three.jsonl", "four.jsonl"], "what each strand does and takes is not"),
    ] {
        let told = folder.wiretale(&["diff", sides[0], sides[1]]);
        assert_eq!(told.code, Some(1), "{sides:?}");
        let expected = format!("  all that is drawn is the same, {expected}\n");
        assert!(told.out.starts_with(&expected), "{}", told.out);
    }
    let code = |old, new| folder.wiretale(&["diff", old, new]).code;
    assert_eq!(code("one.jsonl", "one.jsonl"), Some(0));
    assert_eq!(code("one.mmd", "two.mmd"), Some(0), "no diagram shows it");
    assert_eq!(code("three.mmd", "four.mmd"), Some(1), "their hashes do");
}

#[test]
fn traces_are_compared_beyond_what_a_picture_can_show() {
    let folder = Folder::new();
    let scenario = |changed: &str| {
        format!(
            r#"{{ "actors": {{
              "Client": {{ "script": [ {{ "connect": "Server" }}, {{ "set": {{ "n": 0 }} }},
                {{ "repeat": 1000, "do": [ {{ "set": {{ "n": "{{{{ n + 1 }}}}" }} }}, {{ "send": "{{{{ 'x' if n == {changed} else n }}}}" }} ] }}, {{ "close": true }} ] }},
              "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "serve": [ {{ "receive": {{ "any": true }} }} ] }} ] }}
            }} }}"#
        )
    };
    for changed in ["0", "500"] {
        fs::write(folder.path("scenarios/many.json"), scenario(changed)).unwrap();
        traced(&folder, &[], "many", &format!("{changed}.jsonl"));
    }
    let told = folder.wiretale(&["diff", "0.jsonl", "500.jsonl"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(
        told.out.contains("was 500\n") && told.out.contains("now x\n"),
        "{}",
        told.out
    );
}

#[test]
fn ten_thousand_messages_are_compared_whatever_they_have_in_common() {
    let folder = Folder::new();
    let write = |name: &str, text: &dyn Fn(u64) -> String| {
        let lines: String = (0..10_000).map(|n| format!("A->>B: {}\n", text(n))).collect();
        fs::write(folder.path(name), format!("sequenceDiagram\n{lines}")).unwrap();
    };
    // Few words in an order that is as good as none leave the longest way to the least difference.
    let mixed = |n: u64, salt: u64| {
        n.wrapping_add(salt)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9)
            >> 61
    };
    write("numbers.mmd", &|n| n.to_string());
    write("words.mmd", &|n| format!("other {n}"));
    write("back.mmd", &|n| (9_999 - n).to_string());
    write("few.mmd", &|n| mixed(n, 1).to_string());
    write("few-others.mmd", &|n| mixed(n, 100_000).to_string());
    for sides in [
        ["numbers.mmd", "words.mmd"],
        ["numbers.mmd", "back.mmd"],
        ["few.mmd", "few-others.mmd"],
    ] {
        let told = folder.wiretale(&["diff", sides[0], sides[1]]);
        assert_eq!(told.code, Some(1), "{sides:?}: {}", told.err);
        assert!(
            told.out.lines().count() < 500 && told.out.contains("more changes"),
            "{sides:?}: {}",
            told.out
        );
    }
}

#[test]
fn a_diagram_that_is_cut_short_is_not_compared() {
    let folder = Folder::new();
    folder.wiretale(&["run", "-o", "whole.mmd", "scenarios/hello.json"]);
    let whole = folder.read("whole.mmd");
    let cut: Vec<&str> = whole.lines().take(7).collect();
    fs::write(folder.path("cut.mmd"), cut.join("\n")).unwrap();
    let told = folder.wiretale(&["diff", "cut.mmd", "whole.mmd"]);
    assert_eq!(told.code, Some(2), "{}{}", told.out, told.err);
    assert!(
        told.err.contains("cut.mmd:7:1: the diagram is cut short"),
        "{}",
        told.err
    );
}

//! What is read, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::baseline::fixture::any_diagram;

const HELLO: &str = "sequenceDiagram
    %% format: 1
    %% scenario: hello.json
    %% hash: 00ff
    participant p0 as Client
    participant p1 as Server
    loop 3 times
        p0->>p1: hello
    end
    p0-)p1: close
    %% end
";

fn refused(text: &str) -> String {
    match Baseline::read(text.as_bytes()) {
        Ok(_) => panic!("this was read:\n{text}"),
        Err(error) => error.show("x.mmd"),
    }
}

/// The same with one line changed.
fn with(old: &str, new: &str) -> String {
    assert_eq!(HELLO.matches(old).count(), 1, "{old}");
    HELLO.replace(old, new)
}

#[test]
fn what_was_written_is_read() {
    let read = Baseline::read(HELLO.as_bytes()).unwrap().diagram;
    assert_eq!(mermaid::write(&read), HELLO);
    assert_eq!((read.scenario.as_str(), read.hash.as_str()), ("hello.json", "00ff"));
    assert_eq!(read.participants.len(), 2);
    assert_eq!(read.lines.len(), 4);
    let windows = HELLO.replace('\n', "\r\n");
    assert_eq!(Baseline::read(windows.as_bytes()).unwrap().diagram, read);
    assert!(same_text(HELLO, &windows) && !same_text(HELLO, &HELLO[1..]));
}

#[test]
fn what_is_no_approved_diagram_says_where_and_why() {
    for (text, expected) in [
        (String::new(), "x.mmd:1:1: this is no sequence diagram: it is empty\n"),
        (
            "graph TD\n".to_owned(),
            "x.mmd:1:1: this is no sequence diagram: it begins with `graph TD`, not with `sequenceDiagram`\n",
        ),
        (
            with("    %% format: 1\n", ""),
            "x.mmd:2:5: found `%% scenario: hello.json`, expected the format's version, `%% format: 1`\n",
        ),
        (
            with("format: 1", "format: 2"),
            "x.mmd:2:5: written by a later wiretale: format 2; this one reads 1\n",
        ),
        (
            with("    %% end\n", ""),
            "x.mmd:10:1: the diagram is cut short: its last line is `p0-)p1: close`, not `%% end`\n",
        ),
        (
            with("p0->>p1: hello", "activate p0"),
            "x.mmd:8:9: found `activate p0`, which wiretale never writes\n",
        ),
        (
            with("p0->>p1: hello", "rect red\n        end"),
            "x.mmd:8:9: found `rect`, which wiretale never writes\n",
        ),
        (
            with("p0->>p1: hello", "p0->>p7: hello"),
            "x.mmd:8:9: found `p7`, which wiretale never writes\n",
        ),
        (
            with("p0->>p1: hello", "hello"),
            "x.mmd:8:9: found `hello`, which is no statement of a sequence diagram that is known here\n",
        ),
        (
            with("p0->>p1: hello", "p0->>p1:  hello"),
            "x.mmd:8:18: found `p0->>p1:  hello`, which wiretale never writes\n",
        ),
        (
            with("    %% end\n", "    %% end\n\n"),
            "x.mmd:12:1: found an empty line, which wiretale never writes\n",
        ),
        (with("    end\n", ""), "x.mmd:7:5: this `loop` has no `end`\n"),
        (
            with("    end\n", "    end\n    end\n"),
            "x.mmd:10:5: this `end` ends nothing\n",
        ),
        (
            with("    end\n", "    and x\n    end\n"),
            "x.mmd:9:5: this `and` is in no frame that has one\n",
        ),
        (
            with("    end\n", "<<<<<<< ours\n    end\n"),
            "x.mmd:9:1: this is the mark of a merge conflict, `<<<<<<< ours`\n",
        ),
        (
            with("    end\n", "=======\n    end\n"),
            "x.mmd:9:1: this is the mark of a merge conflict, `=======`\n",
        ),
    ] {
        let told = refused(&text);
        assert!(told.starts_with(expected), "{told}\n{text}");
        assert!(
            told.lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("    help      ")),
            "{told}"
        );
    }
}

#[test]
fn every_cut_is_known_for_one() {
    // Without the last line feed alone it is whole.
    for cut in 0..HELLO.len() - 1 {
        assert!(Baseline::read(&HELLO.as_bytes()[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn bytes_that_are_no_text_have_a_place() {
    let mut bytes = HELLO.as_bytes().to_vec();
    let at = HELLO.find("Server").unwrap();
    bytes[at] = 0xff;
    let error = Baseline::read(&bytes).unwrap_err();
    assert_eq!(
        error.show("x").lines().next().unwrap(),
        "x:6:23: the byte 0xff is not UTF-8"
    );
    assert_eq!(foreign(&bytes).unwrap_err(), error);
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    let large = vec![b' '; LARGEST + 1];
    assert_eq!(Baseline::read(&large).unwrap_err().flaw, Flaw::TooLarge);
    assert_eq!(bounded(io::repeat(b' ')).unwrap().len(), LARGEST + 1);
    let deep = format!("sequenceDiagram\n{}", "loop x\n".repeat(1000));
    assert_eq!(foreign(deep.as_bytes()).unwrap_err().flaw, Flaw::TooDeep(DEEPEST));
}

#[test]
fn diagrams_of_others_are_read() {
    let text = "---\ntitle: Front\n---\n%%{init: {}}%%\nsequenceDiagram\n  autonumber\n  box Aqua Group\n  actor U as Ann\n  participant S\n  end\n  \
                U->>+S: hi<br/>you\n  S-->>-U: ok\n  critical a\n  option b\n  Note left of S: n\n  end\n  alt x\n  else y\n  end\n  X--xS: gone\n";
    let read = foreign(text.as_bytes()).unwrap();
    assert_eq!(read.title.as_deref(), Some("Front"));
    let labels: Vec<&str> = read.participants.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["Ann", "S", "X"]);
    let written = mermaid::write(&read);
    assert!(
        written.contains(
            "    critical a\n    option b\n        Note over p1: n\n    end\n    alt x\n    else y\n    end\n"
        )
    );
    assert!(written.contains("    p0->>p1: hi⏎you\n    p1-->>p0: ok\n"), "{written}");
    assert!(foreign(b"sequenceDiagram\nA->B: x\nalt\nand\nend").is_err());
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_as_it_was(diagram in any_diagram()) {
        let text = mermaid::write(&diagram);
        prop_assert_eq!(&Baseline::read(text.as_bytes()).map(|read| read.diagram), &Ok(diagram.clone()), "{}", text);
        prop_assert_eq!(&foreign(text.as_bytes()), &Ok(diagram), "{}", text);
    }

    #[test]
    fn nothing_makes_the_reader_fail_otherwise_than_by_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200), line in ".{0,60}") {
        let _ = foreign(&bytes);
        let _ = foreign(format!("sequenceDiagram\n{line}").as_bytes());
        let _ = Baseline::read(HELLO.replace("hello\n", &format!("{line}\n")).as_bytes());
    }
}

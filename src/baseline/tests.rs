//! What is said of diagrams that differ.

use proptest::prelude::*;

use super::fixture::{any_diagram, diagram};
use super::*;
use crate::diagram::mermaid;

/// The changes in short.
fn changes(old: &[&str], new: &[&str]) -> (Level, Vec<String>) {
    let difference = compare(&diagram(old), &diagram(new)).expect("they differ");
    (
        difference.level,
        difference.changes.iter().map(|change| short(&change.what)).collect(),
    )
}

fn short(what: &What) -> String {
    let line = |told: &Told| match told {
        Told::Message { from, to, text, .. } => format!("{from}>{to} {text}"),
        Told::Note { first, text, .. } => format!("note {first} {text}"),
        Told::Frame { title, .. } => format!("frame {title}"),
        Told::Section { title } => format!("section {title}"),
        Told::End => "end".to_owned(),
    };
    let maybe = |told: &Option<Told>| told.as_ref().map_or("none".to_owned(), line);
    match what {
        What::Missing { line: told } => format!("missing {}", line(told)),
        What::Added { line: told } => format!("added {}", line(told)),
        What::Changed { old, new } => format!("{} became {}", line(old), line(new)),
        What::Moved { lines, to, later, .. } => {
            let lines: Vec<String> = lines.iter().map(line).collect();
            let (word, beside) = if *later {
                ("after", &to.after)
            } else {
                ("before", &to.before)
            };
            format!("moved {} {word} {}", lines.join(", "), maybe(beside))
        }
        What::Count { old, new, first, .. } => format!("{old} times, now {new}: {}", maybe(first)),
        What::Ending { old, new } => format!("ending {} became {}", maybe(old), maybe(new)),
        What::Participants {
            missing,
            added,
            renamed,
            reordered,
        } => format!("participants -{missing:?} +{added:?} {renamed:?} {reordered}"),
        What::Verdict { old, new } => format!("verdict {old:?} {new:?}"),
        What::About { key, old, new } => format!("{key} {old:?} {new:?}"),
        What::Hidden => "hidden".to_owned(),
    }
}

const TALK: [&str; 7] = [
    "A->>B: one",
    "B-->>A: first",
    "A->>B: two",
    "B-->>A: second",
    "A->>B: three",
    "B-->>A: third",
    "A-)B: close",
];

/// `TALK` with some lines replaced by others.
fn talk(from: usize, count: usize, with: &[&'static str]) -> Vec<&'static str> {
    let mut lines = TALK.to_vec();
    lines.splice(from..from + count, with.iter().copied());
    lines
}

#[test]
fn the_same_is_no_difference() {
    assert_eq!(compare(&diagram(&TALK), &diagram(&TALK)), None);
}

#[test]
fn each_kind_of_difference_is_called_by_its_name() {
    for (new, level, expected) in [
        (talk(3, 1, &[]), Level::Messages, vec!["missing B>A second"]),
        (talk(3, 0, &["A->>B: more"]), Level::Messages, vec!["added A>B more"]),
        (
            talk(3, 1, &["B-->>A: 2nd"]),
            Level::Messages,
            vec!["B>A second became B>A 2nd"],
        ),
        (
            talk(6, 1, &["A--xB: reset"]),
            Level::Messages,
            vec!["ending A>B close became A>B reset"],
        ),
        (talk(6, 1, &[]), Level::Messages, vec!["ending A>B close became none"]),
        (
            talk(1, 3, &["B-->>A: second", "A->>B: two", "B-->>A: first"]),
            Level::Connection,
            vec!["moved B>A first after B>A second", "moved A>B two after B>A second"],
        ),
        (
            talk(1, 2, &["A->>B: two", "B-->>A: first"]),
            Level::Strand,
            vec!["moved B>A first after A>B two"],
        ),
        (
            talk(3, 0, &["Note over B: timed out"]),
            Level::Strand,
            vec!["added note B timed out"],
        ),
        (
            talk(2, 2, &["loop 4 times", "A->>B: two", "B-->>A: second", "end"]),
            Level::Messages,
            vec!["1 times, now 4: A>B two"],
        ),
        (
            talk(2, 2, &["alt x", "A->>B: two", "B-->>A: second", "end"]),
            Level::Drawing,
            vec!["added frame x"],
        ),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(changes(&TALK, &new), (level, expected), "{new:?}");
    }
}

#[test]
fn a_loop_of_another_count_is_one_difference() {
    let of = |title: &'static str| vec![title, "A->>B: ping", "B-->>A: pong", "end", "A-)B: close"];
    let told = changes(&of("loop 3 times"), &of("loop for key (5 times)"));
    assert_eq!(
        told,
        (
            Level::Messages,
            vec!["frame 3 times became frame for key (5 times)".to_owned()]
        )
    );
    let told = changes(&of("loop 3 times"), &of("loop 5 times"));
    assert_eq!(told, (Level::Messages, vec!["3 times, now 5: A>B ping".to_owned()]));
}

#[test]
fn lines_that_moved_together_are_one_block_with_their_frame() {
    let block = ["loop 2 times", "A->>B: x", "B-->>A: y", "end"];
    let old = [&block[..], &TALK[..]].concat();
    let new = [&TALK[..], &block[..]].concat();
    let told = changes(&old, &new);
    assert_eq!(
        told.1,
        ["moved frame 2 times, A>B x, B>A y, end after A>B close".to_owned()]
    );
    let told = changes(&new, &old);
    assert_eq!(
        told.1,
        ["moved frame 2 times, A>B x, B>A y, end before A>B one".to_owned()]
    );
}

#[test]
fn one_under_another_name_is_told_once() {
    let renamed: Vec<String> = TALK.iter().map(|line| line.replace('B', "Broker")).collect();
    let renamed: Vec<&str> = renamed.iter().map(String::as_str).collect();
    let (level, told) = changes(&TALK, &renamed);
    assert_eq!(level, Level::Drawing);
    assert_eq!(
        told,
        ["participants -[] +[] [Renamed { old: \"B\", new: \"Broker\" }] false"]
    );
    let (_, told) = changes(&TALK, &["participant C", "A->>C: x"]);
    assert!(told[0].starts_with("participants -[\"B\"] +[\"C\"] []"), "{told:?}");
}

#[test]
fn an_added_frame_is_told_whole_wherever_the_same_lines_are() {
    let one = ["loop 3 times", "A->>B: x", "end"];
    let old = [&one[..], &one[..]].concat();
    let other = ["loop 3 times", "A->>B: z", "end"];
    let new = [&one[..], &other[..], &one[..]].concat();
    assert_eq!(changes(&old, &new).1, ["added frame 3 times", "added A>B z"]);
    assert_eq!(changes(&new, &old).1, ["missing frame 3 times", "missing A>B z"]);
}

#[test]
fn what_is_not_drawn_is_told_where_nothing_else_is() {
    let mut one = diagram(&TALK);
    let mut other = one.clone();
    one.hash = "1".to_owned();
    assert_eq!(compare(&one, &other), None, "one that has no hash says nothing of it");
    other.hash = "2".to_owned();
    let difference = compare(&one, &other).unwrap();
    assert_eq!(
        (difference.level, short(&difference.changes[0].what)),
        (Level::Hidden, "hidden".to_owned())
    );
    other.verdict = Some("fail".to_owned());
    other.seed = Some(1);
    let told: Vec<String> = compare(&one, &other)
        .unwrap()
        .changes
        .iter()
        .map(|change| short(&change.what))
        .collect();
    assert_eq!(told, ["seed None Some(\"1\")", "verdict None Some(\"fail\")", "hidden"]);
}

#[test]
fn ten_thousand_lines_with_nothing_in_common_are_compared() {
    let lines = |word: &str, parties: &str| {
        (0..10_000)
            .map(|n| format!("{parties}: {word} {n}"))
            .collect::<Vec<_>>()
    };
    let of = |lines: Vec<String>| diagram(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let difference = compare(&of(lines("one", "A->>B")), &of(lines("other", "A->>B"))).unwrap();
    assert_eq!(difference.changes.len(), 10_000);
    assert!(
        difference
            .changes
            .iter()
            .all(|change| matches!(change.what, What::Changed { .. }))
    );
    let difference = compare(&of(lines("one", "A->>B")), &of(lines("one", "B->>A"))).unwrap();
    assert_eq!(
        difference.changes.len(),
        20_001,
        "the participants are in the other order too"
    );
    let mut turned = lines("one", "A->>B");
    turned.reverse();
    let difference = compare(&of(lines("one", "A->>B")), &of(turned)).unwrap();
    assert_eq!(difference.changes.len(), 9_999);
    assert_eq!(difference.level, Level::Connection);
}

/// That each line of each diagram is in one row, and what the rows say of it is true.
fn rows_are_true(difference: &Difference) {
    let (mut old_lines, mut new_lines) = (Vec::new(), Vec::new());
    let (mut left, mut came) = (Vec::new(), Vec::new());
    for row in difference.rows() {
        match *row {
            Row::Both { old, new } | Row::Changed { old, new } => {
                old_lines.push(old);
                new_lines.push(new);
            }
            Row::Missing { old } => old_lines.push(old),
            Row::Added { new } => new_lines.push(new),
            Row::Left { old, new } => {
                old_lines.push(old);
                left.push((old, new));
            }
            Row::Came { old, new } => {
                new_lines.push(new);
                came.push((old, new));
            }
        }
    }
    assert!(old_lines.into_iter().eq(0..difference.old.lines.len()));
    assert!(new_lines.into_iter().eq(0..difference.new.lines.len()));
    left.sort_unstable();
    came.sort_unstable();
    assert_eq!(left, came);
}

proptest! {
    #[test]
    fn one_differs_from_itself_in_nothing(diagram in any_diagram()) {
        prop_assert_eq!(compare(&diagram, &diagram), None);
    }

    #[test]
    fn two_differ_where_their_texts_do((old, new) in (any_diagram(), any_diagram())) {
        match compare(&old, &new) {
            None => prop_assert_eq!(mermaid::write(&old), mermaid::write(&new)),
            Some(difference) => {
                prop_assert_ne!(mermaid::write(&old), mermaid::write(&new));
                rows_are_true(&difference);
            }
        }
    }

    #[test]
    fn every_edit_is_seen((old, cut, put) in (any_diagram(), any::<prop::sample::Index>(), any::<prop::sample::Index>())) {
        let mut new = old.clone();
        let content: Vec<usize> = (0..old.lines.len()).filter(|place| old.lines[*place].is_content()).collect();
        prop_assume!(!content.is_empty());
        let line = new.lines.remove(content[cut.index(content.len())]);
        new.lines.insert(put.index(new.lines.len() + 1), line);
        match compare(&old, &new) {
            None => prop_assert_eq!(&old, &new),
            Some(difference) => rows_are_true(&difference),
        }
    }
}

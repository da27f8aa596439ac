//! Diagrams to try things on.

use proptest::prelude::*;

use crate::diagram::label;
use crate::diagram::model::{Arrow, Diagram, FrameKind, Line, Participant};

/// A diagram from what Mermaid would say: `A->>B: text`, `Note over A: text`, `loop 3 times`, `end`; the participants are
/// those that are named, from the first on.
pub(super) fn diagram(lines: &[&str]) -> Diagram {
    let text = format!("sequenceDiagram\n{}\n", lines.join("\n"));
    super::foreign(text.as_bytes()).unwrap_or_else(|error| panic!("{}", error.show("fixture")))
}

/// Any text as a diagram holds it.
fn text() -> impl Strategy<Value = String> {
    let nasty = prop::collection::vec(
        prop_oneof![
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "#", ";", "#59;", "%%", "%%{", "}", "<br>", "<", " ", "\u{a0}", "wrap:", "style", ":", "->>", "-x",
                "end", "%25", "ﬂ°", "¶ß", " as ", "$$", "+", "\n", "x"
            ])
            .prop_map(str::to_owned),
        ],
        0..6,
    );
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c", "ok", "close", "3 times", "4 times"]).prop_map(str::to_owned),
        1 => nasty.prop_map(|pieces| label::visible(&pieces.concat())),
    ]
}

#[derive(Clone, Debug)]
enum Tree {
    Arrow(usize, usize, Arrow, String),
    Note(usize, usize, String),
    Frame(FrameKind, Vec<(String, Vec<Tree>)>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let arrow = prop::sample::select(vec![
        Arrow::Request,
        Arrow::Response,
        Arrow::Open,
        Arrow::Crossed,
        Arrow::Lost,
        Arrow::Reset,
    ]);
    let leaf = prop_oneof![
        4 => (0..8usize, 0..8usize, arrow, text()).prop_map(|(from, to, arrow, text)| Tree::Arrow(from, to, arrow, text)),
        1 => (0..8usize, 0..8usize, text()).prop_map(|(a, b, text)| Tree::Note(a.min(b), a.max(b), text)),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let body = || prop::collection::vec(inner.clone(), 0..4);
        let one = prop::sample::select(vec![FrameKind::Loop, FrameKind::Alt]);
        prop_oneof![
            (one, text(), body()).prop_map(|(kind, title, body)| Tree::Frame(kind, vec![(title, body)])),
            prop::collection::vec((text(), body()), 1..3).prop_map(|parts| Tree::Frame(FrameKind::Par, parts)),
        ]
    })
}

fn lines(trees: &[Tree], all: usize, lines: &mut Vec<Line>) {
    for tree in trees {
        match tree.clone() {
            Tree::Arrow(from, to, arrow, text) => lines.push(Line::Arrow {
                from: from % all,
                to: to % all,
                arrow,
                text,
            }),
            Tree::Note(a, b, text) => lines.push(Line::Note {
                first: (a % all).min(b % all),
                last: (a % all).max(b % all),
                text,
            }),
            Tree::Frame(frame, parts) => {
                for (place, (title, body)) in parts.into_iter().enumerate() {
                    lines.push(match place {
                        0 => Line::Begin { frame, title },
                        _ => Line::And { title },
                    });
                    self::lines(&body, all, lines);
                }
                lines.push(Line::End);
            }
        }
    }
}

/// Any diagram as one is read from text.
pub(super) fn any_diagram() -> impl Strategy<Value = Diagram> {
    let trees = prop::collection::vec(tree(), 0..12);
    let labels = prop::collection::vec(prop_oneof![3 => "[A-D]", 1 => text()], 1..5);
    let about = (
        text(),
        prop::option::of(text()),
        prop::option::of(0..9u64),
        prop::option::of("fail|error"),
    );
    (trees, labels, about).prop_map(|(trees, labels, (scenario, case, seed, verdict))| {
        let mut diagram = Diagram {
            scenario,
            case,
            seed,
            hash: "0123".to_owned(),
            verdict,
            ..Diagram::default()
        };
        diagram.participants = labels.into_iter().map(|label| Participant { label }).collect();
        lines(&trees, diagram.participants.len(), &mut diagram.lines);
        diagram
    })
}

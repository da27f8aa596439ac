//! Equal repetitions, drawn once.
//!
//! Owns finding them in a stretch of lines and making [`Run`]s of them. A repetition never covers only a part of a round:
//! all rounds but the first must begin at the same depth of frames. What folds is always equal line by line, so that
//! nothing untrue is drawn wherever the stretch was cut.

use std::collections::{BTreeMap, VecDeque};

use crate::diagram::entry::{Entry, Node, NodeKind, Position, Run};
use crate::diagram::scene::Scene;

/// The longest repetition that is looked for, in nodes.
const LONGEST_PERIOD: usize = 64;

/// The nodes with their repetitions folded, shorter periods first, so that repetitions nest.
pub(super) fn fold(nodes: Vec<Node>, scene: &Scene<'_>) -> Vec<Node> {
    let mut nodes = extend(nodes);
    let mut period = 1;
    while period <= LONGEST_PERIOD && 2 * period <= nodes.len() {
        let before = nodes.len();
        nodes = pass(nodes, period, scene);
        period = if nodes.len() < before { 1 } else { period + 1 };
    }
    nodes
}

/// Adds to each run the rounds that come right after it, which an earlier stretch had not seen.
fn extend(nodes: Vec<Node>) -> Vec<Node> {
    let mut kept: Vec<Node> = Vec::with_capacity(nodes.len());
    let mut rest = VecDeque::from(nodes);
    while let Some(node) = rest.pop_front() {
        kept.push(match node.kind {
            NodeKind::Run(mut run) => {
                while follows(&run, rest.make_contiguous()) {
                    run.times += 1;
                    rest.drain(..run.body.len());
                }
                Node::run(run)
            }
            NodeKind::One(_) => node,
        });
    }
    kept
}

fn follows(run: &Run, nodes: &[Node]) -> bool {
    nodes.len() >= run.body.len()
        && nodes.first().is_some_and(|first| first.strict == run.later)
        && run.body.iter().zip(nodes).skip(1).all(|(a, b)| a.strict == b.strict)
        && run.body.iter().zip(nodes).all(|(a, b)| a.draws_same(b))
}

fn pass(nodes: Vec<Node>, period: usize, scene: &Scene<'_>) -> Vec<Node> {
    let mut runs = Vec::new();
    let mut place = 0;
    while place + 2 * period <= nodes.len() {
        let times = repetitions(&nodes[place..], period);
        let later = nodes[place + period].first();
        let rounds = later.is_some_and(|entry| entry.at.iter().any(|position| position.round));
        let run = |body: &[Node]| Run {
            times: times as u64,
            later: nodes[place + period].strict,
            shared: shared(&nodes[place..place + period], &nodes[place + period..], scene),
            body: body.to_vec(),
        };
        if times >= 2 {
            let run = run(&nodes[place..place + period]);
            if rounds || run.is_worth_a_frame() {
                runs.push((place, times * period, run));
                place += times * period;
                continue;
            }
        }
        place += 1;
    }
    let mut folded = Vec::with_capacity(nodes.len());
    let mut rest = nodes.into_iter();
    let mut at = 0;
    for (place, length, run) in runs {
        folded.extend(rest.by_ref().take(place - at));
        rest.by_ref().take(length).for_each(drop);
        folded.push(Node::run(run));
        at = place + length;
    }
    folded.extend(rest);
    folded
}

/// How many times the first `period` nodes come one after another, at least once.
fn repetitions(nodes: &[Node], period: usize) -> usize {
    let (first, rest) = nodes.split_at(period);
    let Some(second) = rest.get(..period) else {
        return 1;
    };
    if first[0].loose != second[0].loose || !tails_equal(first, second) {
        return 1;
    }
    let equal = |round: &&[Node]| round[0].strict == second[0].strict && tails_equal(second, round);
    1 + rest.chunks_exact(period).take_while(equal).count()
}

fn tails_equal(a: &[Node], b: &[Node]) -> bool {
    a.iter().zip(b).skip(1).all(|(a, b)| a.strict == b.strict) && a.iter().zip(b).all(|(a, b)| a.draws_same(b))
}

/// For each strand of the first round, how many frames last through the second too.
fn shared<'a>(first: &'a [Node], second: &'a [Node], scene: &Scene<'_>) -> BTreeMap<u32, (usize, bool)> {
    let mut shared: BTreeMap<u32, (usize, bool)> = BTreeMap::new();
    let second: Vec<&Entry> = second.iter().take(first.len()).flat_map(Node::entries).collect();
    for (a, b) in first.iter().flat_map(Node::entries).zip(second) {
        for (a, b) in a.at.iter().zip(&b.at) {
            let mut levels = (0, false);
            for (level, (x, y)) in a.frames.iter().zip(&b.frames).enumerate() {
                let alike = (x.step, x.time) == (y.step, y.time) && (x.part == y.part || scene.is_repeat(x.step));
                // Branches are begun anew in each round: what counts is who began the frame.
                let begun = |at: &'a Position| (at.strand, &at.frames[..level]);
                if !alike || !scene.have_in_common(begun(a), begun(b)) {
                    break;
                }
                levels = (levels.0 + 1, x.part != y.part);
                if levels.1 {
                    break;
                }
            }
            let least = shared.entry(a.strand).or_insert(levels);
            *least = (*least).min(levels);
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diagram::Detail;
    use crate::diagram::entry::Drawn;
    use crate::diagram::fixture::{Tale, body, frame, header};

    fn drawn(tale: &Tale, steps: &[(&str, &str)]) -> Vec<String> {
        body(&tale.diagram(&header(&["C", "S"], steps), Detail::Messages))
    }

    fn rounds(tale: &mut Tale, texts: &[&str]) {
        tale.on("S/C#1");
        for (round, text) in (1..).zip(texts) {
            tale.frames("C", &[frame(0, 1, round)]);
            tale.request(text).respond("ok");
        }
        tale.frames("C", &[]);
    }

    #[test]
    fn equal_rounds_of_a_repeat_are_one_round() {
        let mut tale = Tale::default();
        rounds(&mut tale, &["a", "a"]);
        tale.request("end");
        assert_eq!(
            drawn(&tale, &[("repeat", "2 times")]),
            ["loop 2 times", "p0->>p1: a", "p1-->>p0: ok", "end", "p0->>p1: end"]
        );
    }

    #[test]
    fn rounds_are_counted_where_the_title_does_not_say_how_many() {
        let mut tale = Tale::default();
        rounds(&mut tale, &["a", "a", "a"]);
        assert_eq!(drawn(&tale, &[("repeat", "for x")])[0], "loop for x (3 times)");
    }

    #[test]
    fn rounds_that_differ_stay_in_one_loop() {
        let mut tale = Tale::default();
        rounds(&mut tale, &["a", "a", "a", "b"]);
        assert_eq!(
            drawn(&tale, &[("repeat", "4 times")]),
            [
                "loop 4 times",
                "loop 3 times",
                "p0->>p1: a",
                "p1-->>p0: ok",
                "end",
                "p0->>p1: b",
                "p1-->>p0: ok",
                "end",
            ]
        );
    }

    #[test]
    fn two_equal_rounds_among_others_get_no_loop_of_their_own() {
        let mut tale = Tale::default();
        rounds(&mut tale, &["b", "a", "a"]);
        let drawn = drawn(&tale, &[("repeat", "3 times")]);
        assert_eq!(
            drawn.iter().filter(|line| line.starts_with("loop")).count(),
            1,
            "{drawn:?}"
        );
        assert_eq!(drawn.len(), 8);
    }

    #[test]
    fn loops_in_loops_stay_apart() {
        let mut tale = Tale::default();
        tale.on("S/C#1");
        for outer in 1..=2 {
            for inner in 1..=3 {
                tale.frames("C", &[frame(0, 1, outer), frame(1, outer, inner)])
                    .request("m");
            }
        }
        assert_eq!(
            drawn(&tale, &[("repeat", "2 times"), ("repeat", "3 times")]),
            ["loop 2 times", "loop 3 times", "p0->>p1: m", "end", "end"]
        );
    }

    #[test]
    fn rounds_that_hold_nothing_but_branches_are_one_loop() {
        let mut tale = Tale::default();
        for round in 1..=4 {
            let strand = format!("C({round}.1)");
            tale.frames(&strand, &[frame(0, 1, round), frame(1, round, 1)]);
            tale.on(&format!("S/({strand})#1")).request("q").respond("r");
        }
        assert_eq!(
            drawn(&tale, &[("repeat", "4 times"), ("parallel", "")]),
            [
                "loop 4 times",
                "par branch 1",
                "p0->>p1: q",
                "p1-->>p0: r",
                "end",
                "end"
            ]
        );
    }

    #[test]
    fn a_repetition_without_a_repeat_is_folded_where_that_saves_lines() {
        let mut tale = Tale::default();
        tale.on("S/C#1");
        for _ in 0..3 {
            tale.request("m");
        }
        assert_eq!(drawn(&tale, &[]), ["p0->>p1: m"; 3]);
        tale.request("m");
        assert_eq!(drawn(&tale, &[]), ["loop 4 times", "p0->>p1: m", "end"]);
    }

    #[test]
    fn rounds_with_connections_of_their_own_are_equal() {
        let mut tale = Tale::default();
        for round in 1..=5 {
            tale.on(&format!("S/C#{round}"))
                .frames("C", &[frame(0, 1, round)])
                .request("m");
        }
        assert_eq!(
            drawn(&tale, &[("repeat", "5 times")]),
            ["loop 5 times", "p0->>p1: m", "end"]
        );
    }

    #[test]
    fn a_loop_that_is_longer_than_the_window_is_still_one() {
        let mut tale = Tale::default();
        rounds(&mut tale, &["a"; 10_001]);
        assert_eq!(
            drawn(&tale, &[("repeat", "while more")]),
            ["loop while more (10001 times)", "p0->>p1: a", "p1-->>p0: ok", "end"]
        );
    }

    #[test]
    fn what_is_folded_across_threads_is_every_line_of_it() {
        let mut tale = Tale::default();
        for _ in 0..4 {
            tale.on("S/C#1").request("a");
            tale.on("C/S#1").request("b");
        }
        assert_eq!(drawn(&tale, &[]), ["loop 4 times", "p0->>p1: a", "p1->>p0: b", "end"]);
    }

    fn node((text, kept, round): (u8, usize, bool)) -> Node {
        let at = Position {
            strand: 0,
            frames: (0..2).map(|step| frame(step, 1, 1)).collect(),
            kept,
            round,
        };
        let entry = Entry {
            drawn: Drawn::NoteOverAll(text.to_string()),
            thread: 0,
            owner: None,
            at: vec![at],
            message: true,
            noted: false,
        };
        Node::one(entry, &|_| true)
    }

    fn texts(nodes: &[Node]) -> Vec<&Drawn> {
        fn each(node: &Node) -> Vec<&Drawn> {
            match &node.kind {
                NodeKind::One(entry) => vec![&entry.drawn],
                NodeKind::Run(run) => (0..run.times).flat_map(|_| texts(&run.body)).collect(),
            }
        }
        nodes.iter().flat_map(each).collect()
    }

    proptest! {
        #[test]
        fn what_is_folded_unfolds_to_what_it_was(
            lines in prop::collection::vec((0..3u8, 0..3usize, any::<bool>()), 0..80),
            again in 1..4usize,
            cut in 0..200usize,
        ) {
            let steps = header(&[], &[("repeat", ""), ("repeat", "")]).steps;
            let scene = Scene { steps: &steps, strands: &[] };
            let nodes: Vec<Node> = lines.repeat(again).into_iter().map(node).collect();
            let whole = fold(nodes.clone(), &scene);
            prop_assert_eq!(texts(&whole), texts(&nodes));
            let (first, rest) = nodes.split_at(cut.min(nodes.len()));
            let mut stepwise = fold(first.to_vec(), &scene);
            stepwise.extend_from_slice(rest);
            let stepwise = fold(stepwise, &scene);
            prop_assert_eq!(texts(&stepwise), texts(&nodes));
        }
    }
}

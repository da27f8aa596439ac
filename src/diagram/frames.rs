//! `loop`, `par` and `alt` around the lines.
//!
//! Owns which of the scenario's frames are drawn, and where they begin and end. A frame of a strand covers the lines from
//! its first to its last. It is drawn where more than one message is inside, where it nests with those drawn already
//! (outer ones first, then in the order of strands), and where no line of another thread or of another branch beside it
//! stands inside. Does not own which lines repeat (`fold`).

use std::collections::{BTreeMap, BTreeSet};

use crate::diagram::entry::{Drawn, Entry, Node, NodeKind, Position, Run};
use crate::diagram::model::FrameKind;
use crate::diagram::scene::{Scene, loop_title};
use crate::trace::event::Frame;

/// A line of the diagram with its frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A line.
    Draw(Drawn),
    /// A frame begins.
    Begin(FrameKind, String),
    /// The next section of a `par` begins.
    And(String),
    /// The innermost frame ends.
    End,
}

/// A frame of a strand: the key of the strand that began it, the step, and the how-manyeth time.
type Identity<'a> = (&'a [u64], usize, u32, u32);

/// A frame and what it covers.
#[derive(Debug)]
struct Span {
    level: usize,
    key: Vec<u64>,
    /// The strand of its first line, and the frames around it there.
    strand: u32,
    outer: Vec<Frame>,
    frame: Frame,
    kind: FrameKind,
    title: String,
    first: usize,
    last: usize,
    /// The thread of its own lines; none where there are several.
    thread: Option<u32>,
    /// Whether it is the `repeat` whose rounds the one run that it covers is.
    rounds: bool,
}

impl Scene<'_> {
    /// The nodes as lines, with their frames.
    pub(super) fn tokens(&self, nodes: Vec<Node>) -> Vec<Token> {
        let mut tokens = Vec::new();
        self.write(nodes, &BTreeMap::new(), &mut tokens);
        tokens
    }

    /// `outside` says how many frames of a strand are around all of these nodes already.
    fn write(&self, nodes: Vec<Node>, outside: &BTreeMap<u32, usize>, tokens: &mut Vec<Token>) {
        let (nodes, spans) = self.framed(nodes, outside);
        let titles: BTreeMap<usize, &Span> = spans.iter().rev().filter(|s| s.rounds).map(|s| (s.first, s)).collect();
        let drawn: Vec<&Span> = spans.iter().filter(|span| !span.rounds).collect();
        let sections: Vec<_> = drawn.iter().map(|span| self.sections(span, &drawn, &nodes)).collect();
        let last = |place: usize| drawn.iter().filter(|span| span.last == place).count();
        let ends: Vec<usize> = (0..nodes.len()).map(last).collect();
        let titled: BTreeMap<usize, String> = titles
            .iter()
            .map(|(place, span)| (*place, span.title.clone()))
            .collect();
        for (place, node) in nodes.iter().enumerate() {
            for (span, sections) in drawn.iter().zip(&sections) {
                if let Some(title) = sections.get(&place) {
                    tokens.push(Token::And(title.clone()));
                }
                if span.first == place {
                    tokens.push(Token::Begin(span.kind, span.title.clone()));
                }
            }
            match &node.kind {
                NodeKind::One(entry) => tokens.push(Token::Draw(entry.drawn.clone())),
                NodeKind::Run(run) => {
                    let title = loop_title(run.times, titled.get(&place).map(String::as_str));
                    tokens.push(Token::Begin(FrameKind::Loop, title));
                    self.write(run.body.clone(), &self.inside(run, outside), tokens);
                    tokens.push(Token::End);
                }
            }
            tokens.extend((0..ends[place]).map(|_| Token::End));
        }
    }

    /// How many frames of a strand are around all nodes of a run. Branches that are begun anew in each round have the
    /// frames of who began them.
    fn inside(&self, run: &Run, outside: &BTreeMap<u32, usize>) -> BTreeMap<u32, usize> {
        let mut inside = outside.clone();
        let mut around: BTreeSet<Identity<'_>> = BTreeSet::new();
        let entries: Vec<&Entry> = run.body.iter().flat_map(Node::entries).collect();
        let identity = |at: &Position, level: usize| {
            let frame = at.frames[level];
            (
                self.beginner(at.strand, &at.frames[..level]),
                level,
                frame.step,
                frame.time,
            )
        };
        for at in entries.iter().flat_map(|entry| &entry.at) {
            let levels = run.shared.get(&at.strand).map_or(0, |(levels, _)| *levels);
            around.extend((0..levels.min(at.frames.len())).map(|level| identity(at, level)));
            let most = inside.entry(at.strand).or_insert(0);
            *most = (*most).max(levels);
        }
        for at in entries.iter().flat_map(|entry| &entry.at) {
            let levels = (0..at.frames.len()).take_while(|level| around.contains(&identity(at, *level)));
            let most = inside.entry(at.strand).or_insert(0);
            *most = (*most).max(levels.count());
        }
        inside
    }

    /// The nodes with the frames that are drawn around them. A run that is neither all rounds of a frame nor worth one of
    /// its own becomes its lines again.
    fn framed(&self, nodes: Vec<Node>, outside: &BTreeMap<u32, usize>) -> (Vec<Node>, Vec<Span>) {
        let spans = self.accepted(&nodes, self.spans(&nodes, outside));
        let before = nodes.len();
        let titled: BTreeSet<usize> = spans.iter().filter(|span| span.rounds).map(|span| span.first).collect();
        let unrolled = |(place, node): (usize, Node)| match node.kind {
            NodeKind::Run(run) if !titled.contains(&place) && !run.is_worth_a_frame() => {
                (0..run.times).flat_map(|_| run.body.clone()).collect()
            }
            _ => vec![node],
        };
        let nodes: Vec<Node> = nodes.into_iter().enumerate().flat_map(unrolled).collect();
        if nodes.len() == before {
            return (nodes, spans);
        }
        let spans = self.accepted(&nodes, self.spans(&nodes, outside));
        (nodes, spans)
    }

    /// The frames around the nodes, outer ones first, then in the order of strands.
    fn spans(&self, nodes: &[Node], outside: &BTreeMap<u32, usize>) -> Vec<Span> {
        let mut spans: BTreeMap<Identity<'_>, Span> = BTreeMap::new();
        for (place, node) in nodes.iter().enumerate() {
            for (strand, thread, frames, rounds) in visible(node) {
                let from = outside.get(&strand).copied().unwrap_or(0);
                for (level, frame) in frames.iter().enumerate().skip(from) {
                    let Some(kind) = self.kind(frame.step) else { continue };
                    let key = self.beginner(strand, &frames[..level]);
                    let rounds = rounds && level + 1 == frames.len();
                    let span = spans
                        .entry((key, level, frame.step, frame.time))
                        .or_insert_with(|| Span {
                            level,
                            key: key.to_vec(),
                            strand,
                            outer: frames[..level].to_vec(),
                            frame: *frame,
                            kind,
                            title: self.title(kind, frame),
                            first: place,
                            last: place,
                            thread: Some(thread),
                            rounds,
                        });
                    span.last = place;
                    span.rounds &= rounds;
                    span.thread = span.thread.filter(|of| *of == thread);
                }
            }
        }
        let mut spans: Vec<Span> = spans.into_values().collect();
        for span in &mut spans {
            span.rounds &= span.first == span.last;
        }
        spans.sort_by(|a, b| (a.level, &a.key, a.first).cmp(&(b.level, &b.key, b.first)));
        spans
    }

    /// Those of `spans` that are drawn, each before those inside it.
    fn accepted(&self, nodes: &[Node], spans: Vec<Span>) -> Vec<Span> {
        let mut accepted: Vec<Span> = Vec::new();
        for span in spans {
            let inside = &nodes[span.first..=span.last];
            let alone = inside
                .iter()
                .flat_map(Node::entries)
                .all(|entry| Some(entry.thread) == span.thread && !self.beside(&entry.at, span.strand, &span.outer));
            let fits = accepted.iter().all(|other| {
                let same = (other.first, other.last) == (span.first, span.last);
                let apart = other.last < span.first || span.last < other.first;
                let around = other.first <= span.first && span.last <= other.last;
                let within = span.first <= other.first && other.last <= span.last;
                let twice = same
                    && (other.rounds == span.rounds)
                    && (span.rounds || (other.kind, &other.title) == (span.kind, &span.title));
                (apart || around || within) && !twice
            });
            let many = inside.iter().map(messages).sum::<u64>() > 1;
            if alone && fits && many {
                accepted.push(span);
            }
        }
        accepted.sort_by_key(|span| (span.first, usize::MAX - span.last, span.level));
        accepted
    }

    /// Where the sections of a `par` after the first begin; none where its branches do not follow one another.
    fn sections(&self, span: &Span, drawn: &[&Span], nodes: &[Node]) -> BTreeMap<usize, String> {
        let mut sections = BTreeMap::new();
        if span.kind != FrameKind::Par {
            return sections;
        }
        let (mut current, mut seen) = (None, BTreeSet::new());
        for (place, node) in nodes.iter().enumerate().take(span.last + 1).skip(span.first) {
            let parts: BTreeSet<u32> = (node.entries().into_iter().flat_map(|entry| &entry.at))
                .filter_map(|position| position.frames.get(span.level))
                .filter(|frame| (frame.step, frame.time) == (span.frame.step, span.frame.time))
                .map(|frame| frame.part)
                .collect();
            for part in parts {
                if current == Some(part) {
                    continue;
                }
                if !seen.insert(part) {
                    return BTreeMap::new();
                }
                if current.is_some() && sections.insert(place, format!("branch {part}")).is_some() {
                    return BTreeMap::new();
                }
                current = Some(part);
            }
        }
        let crossed = |place: &usize| {
            let inner =
                |other: &&Span| !std::ptr::eq(*other, span) && span.first <= other.first && other.last <= span.last;
            drawn
                .iter()
                .filter(|other| inner(other))
                .any(|other| other.first < *place && *place <= other.last)
        };
        if sections.keys().any(crossed) {
            return BTreeMap::new();
        }
        sections
    }
}

/// The strands of a node with their thread, the frames that go beyond it, and whether the last of these is the `repeat`
/// whose rounds the node is.
fn visible(node: &Node) -> Vec<(u32, u32, &[Frame], bool)> {
    fn positions(entry: &Entry) -> impl Iterator<Item = (u32, u32, &[Frame], bool)> {
        entry.at.iter().map(|at| (at.strand, entry.thread, &*at.frames, false))
    }
    match &node.kind {
        NodeKind::One(entry) => positions(entry).collect(),
        NodeKind::Run(run) => (node.entries().into_iter().flat_map(positions))
            .map(|(strand, thread, frames, _)| {
                let (levels, rounds) = run.shared.get(&strand).copied().unwrap_or_default();
                let levels = levels.min(frames.len());
                (strand, thread, &frames[..levels], rounds)
            })
            .collect(),
    }
}

fn messages(node: &Node) -> u64 {
    match &node.kind {
        NodeKind::One(entry) => entry.message.into(),
        NodeKind::Run(Run { times, body, .. }) => times.saturating_mul(body.iter().map(messages).sum()),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagram::Detail;
    use crate::diagram::fixture::{TARGET, Tale, body, frame, header};

    fn drawn(tale: &Tale, steps: &[(&str, &str)]) -> Vec<String> {
        body(&tale.diagram(&header(&["C", "D", "S"], steps), Detail::Messages))
    }

    #[test]
    fn an_alternative_is_called_by_what_was_met() {
        let mut tale = Tale::default();
        tale.on("S/C#1").request("DATA");
        tale.frames("S/C#1", &[frame(0, 1, 2)])
            .respond("ok")
            .message(TARGET, "more", false);
        tale.frames("S/C#1", &[]).request("QUIT");
        assert_eq!(
            drawn(&tale, &[("receive", "receive \"DATA\"")]),
            [
                "p0->>p2: DATA",
                "alt receive \"DATA\"",
                "p2-->>p0: ok",
                "p2->>p0: more",
                "end",
                "p0->>p2: QUIT",
            ]
        );
    }

    #[test]
    fn a_frame_around_one_message_is_not_drawn() {
        let mut tale = Tale::default();
        tale.on("S/C#1").frames("S/C#1", &[frame(0, 1, 1)]).request("a");
        tale.frames("S/C#1", &[]).request("b");
        assert_eq!(drawn(&tale, &[("choose", "")]), ["p0->>p2: a", "p0->>p2: b"]);
    }

    #[test]
    fn what_a_serve_meets_is_not_framed() {
        let mut tale = Tale::default();
        tale.on("S/C#1")
            .frames("S/C#1", &[frame(0, 1, 1)])
            .request("a")
            .respond("b");
        assert_eq!(drawn(&tale, &[("serve", "")]), ["p0->>p2: a", "p2-->>p0: b"]);
    }

    #[test]
    fn branches_that_follow_one_another_are_sections() {
        let mut tale = Tale::default();
        for branch in 1..=2 {
            let strand = format!("C(1.{branch})");
            tale.frames(&strand, &[frame(0, 1, branch)]);
            tale.on(&format!("S/({strand})#1")).request("q").respond("a");
        }
        assert_eq!(
            drawn(&tale, &[("parallel", "")]),
            [
                "par branch 1",
                "p0->>p2: q",
                "p2-->>p0: a",
                "and branch 2",
                "p0->>p2: q",
                "p2-->>p0: a",
                "end",
            ]
        );
    }

    #[test]
    fn branches_in_a_round_are_in_no_second_loop() {
        let mut tale = Tale::default();
        for round in 1..=2 {
            tale.on("S/C#1").frames("C", &[frame(0, 1, round)]);
            tale.request("a").respond("b");
            let strand = format!("C({round}.1)");
            tale.frames(&strand, &[frame(0, 1, round), frame(1, round, 1)]);
            tale.on(&format!("S/({strand})#1")).request("q").respond("r");
        }
        assert_eq!(
            drawn(&tale, &[("repeat", ""), ("parallel", "")]),
            [
                "loop 2 times",
                "p0->>p2: a",
                "p2-->>p0: b",
                "par branch 1",
                "p0->>p2: q",
                "p2-->>p0: r",
                "end",
                "end",
            ]
        );
    }

    #[test]
    fn branches_that_mix_are_one_section() {
        let mut tale = Tale::default();
        for branch in [1, 2, 1] {
            let strand = format!("C(1.{branch})");
            tale.frames(&strand, &[frame(0, 1, branch)]);
            tale.on(&format!("S/({strand})#1")).request(&format!("{branch}"));
        }
        assert_eq!(
            drawn(&tale, &[("parallel", "two at once")]),
            ["par two at once", "p0->>p2: 1", "p0->>p2: 2", "p0->>p2: 1", "end"]
        );
    }

    #[test]
    fn a_frame_with_a_line_of_another_thread_inside_is_not_drawn() {
        let mut tale = Tale::default();
        tale.frames("C", &[frame(0, 1, 1)]).on("S/C#1").request("a");
        tale.on("S/D#1").request("b");
        tale.frames("C", &[frame(0, 1, 2)]).on("S/C#1").request("c");
        assert_eq!(
            drawn(&tale, &[("repeat", "2 times")]),
            ["p0->>p2: a", "p1->>p2: b", "p0->>p2: c"]
        );
    }

    #[test]
    fn frames_of_two_strands_are_drawn_where_they_nest() {
        let steps = [("repeat", "2 times"), ("choose", "")];
        let mut tale = Tale::default();
        tale.on("S/C#1");
        tale.frames("C", &[frame(0, 1, 1)]).request("a");
        tale.frames("S/C#1", &[frame(1, 1, 1)]).respond("b");
        tale.frames("C", &[frame(0, 1, 2)]).respond("c");
        assert_eq!(
            drawn(&tale, &steps),
            [
                "loop 2 times",
                "p0->>p2: a",
                "alt alternative 1",
                "p2-->>p0: b",
                "p2-->>p0: c",
                "end",
                "end",
            ]
        );
        tale.frames("C", &[]).respond("d");
        assert_eq!(
            drawn(&tale, &steps),
            [
                "loop 2 times",
                "p0->>p2: a",
                "p2-->>p0: b",
                "p2-->>p0: c",
                "end",
                "p2-->>p0: d"
            ]
        );
    }

    #[test]
    fn both_sides_of_one_loop_are_one_loop() {
        let mut tale = Tale::default();
        tale.on("S/C#1");
        for (round, text) in (1..).zip(["a", "b"]) {
            tale.frames("C", &[frame(0, 1, round)])
                .frames("S/C#1", &[frame(1, 1, round)]);
            tale.request(text).respond(text);
        }
        let drawn = drawn(&tale, &[("repeat", "2 times"), ("repeat", "2 times")]);
        assert_eq!(
            drawn.iter().filter(|line| line.starts_with("loop")).count(),
            1,
            "{drawn:?}"
        );
    }

    #[test]
    fn frames_hold_in_the_lifecycle_too() {
        let mut tale = Tale::default();
        tale.on("S/C#1");
        for round in 1..=3 {
            tale.frames("C", &[frame(0, 1, round)]).request("a").respond("b");
        }
        let diagram = tale.diagram(&header(&["C", "S"], &[("repeat", "3 times")]), Detail::Lifecycle);
        assert_eq!(
            body(&diagram),
            [
                "loop 3 times",
                "p0->>p1: Send Data: a",
                "p1->>p0: Receive Data: a",
                "p1->>p0: Send Response: b",
                "p0->>p1: Receive Response: b",
                "end",
            ]
        );
    }
}

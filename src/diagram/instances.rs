//! Equal instances of one actor, drawn as one.
//!
//! Owns which instances are equal and what is drawn of them. Two are equal where each number in the labels of one is the
//! same in the other, or is its own instance's number in both: `PING 1 user7` of `Client[7]` and `PING 1 user8` of
//! `Client[8]` are both drawn as `PING 1 user{n}`. So it is with masked values: each is the same in the other, or is one
//! that nobody else has, in both. Three or more equal ones are drawn once, as `Client ×100`, with the
//! sessions that serve them; one that differs is drawn beside it. An instance with an edge to anything but those sessions
//! is drawn alone: its place among the others is part of what happened.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagram::alike::{Comparison, Values, masked};
use crate::diagram::entry::{Drawn, Node, Who};
use crate::ident::ActorName;
use crate::trace::event::{Access, Mode};
use crate::trace::mask::Marks;

/// Fewer are drawn one by one: two lifelines are still read at a glance, and show that they take turns.
const FEWEST: usize = 3;

/// How many unequal kinds of one actor are told apart; instances beyond those are drawn one by one.
const MOST_KINDS: usize = 64;

/// What ties instances to anything else.
#[derive(Debug, Default)]
pub(super) struct Ties {
    tied: BTreeSet<Who>,
    cells: BTreeMap<String, Cell>,
}

#[derive(Debug, Default)]
struct Cell {
    users: BTreeSet<Option<Who>>,
    modes: BTreeSet<u8>,
}

impl Ties {
    /// This instance is no longer like others.
    pub(super) fn tie(&mut self, who: Who) {
        self.tied.insert(who);
    }

    /// An event whose two ends are of these owners.
    pub(super) fn edge(&mut self, owners: &[Option<Who>]) {
        if owners.windows(2).any(|pair| pair[0] != pair[1]) {
            self.tied.extend(owners.iter().flatten());
        }
    }

    /// A step's accesses, which are edges where others use the same cells and not all of them only read, or only join.
    pub(super) fn access<'a>(&mut self, owner: Option<Who>, cells: impl Iterator<Item = &'a Access>) {
        for access in cells {
            let cell = self.cells.entry(access.cell.clone()).or_default();
            cell.users.insert(owner);
            cell.modes.insert(match access.mode {
                Mode::Read => 0,
                Mode::Join | Mode::Leave => 1,
                Mode::Write => 2,
            });
        }
    }

    fn into_tied(mut self) -> BTreeSet<Who> {
        for cell in self.cells.values() {
            if cell.users.len() > 1 && (cell.modes.len() > 1 || cell.modes.contains(&2)) {
                self.tied.extend(cell.users.iter().flatten());
            }
        }
        self.tied
    }
}

/// Equal instances, drawn as the first of them.
#[derive(Debug)]
struct Group {
    members: Vec<(Who, u32)>,
    /// For each number in the labels of the first, in order, whether it is its own; known when there is a second.
    own: Option<Vec<bool>>,
    /// The masked values of the first that are its own.
    values: BTreeSet<char>,
}

/// What is drawn of all instances.
pub(super) struct Folded {
    /// The nodes, with those of one of all equal instances.
    pub(super) nodes: Vec<Node>,
    /// The labels of those that are drawn for several.
    pub(super) labels: BTreeMap<Who, String>,
    /// By whom the others are drawn.
    pub(super) drawn_by: BTreeMap<Who, Who>,
    /// Masked values of those that are drawn for several, where each of the others has one of its own.
    pub(super) owned: BTreeMap<char, Who>,
}

/// Finds equal instances and leaves one of each kind.
pub(super) fn fold(nodes: Vec<Node>, actors: &[ActorName], ties: Ties, marks: &Marks) -> Folded {
    let values = Values::of(&nodes, marks);
    let tied = ties.into_tied();
    let mut lines: BTreeMap<Who, Vec<usize>> = BTreeMap::new();
    let mut mixed = BTreeSet::new();
    for (place, node) in nodes.iter().enumerate() {
        let owners: BTreeSet<Option<Who>> = node.entries().iter().map(|entry| entry.owner).collect();
        if owners.len() > 1 {
            mixed.extend(owners.into_iter().flatten());
        } else if let Some(owner) = owners.into_iter().next().flatten() {
            lines.entry(owner).or_default().push(place);
        }
    }
    let mut instances: BTreeMap<&str, Vec<(u32, Who)>> = BTreeMap::new();
    for (who, actor) in (0..).zip(actors) {
        if let Some(number) = actor.instance
            && !tied.contains(&who)
            && !mixed.contains(&who)
        {
            instances.entry(&actor.base).or_default().push((number, who));
        }
    }
    let none = Vec::new();
    let (mut labels, mut drawn_by, mut owned) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut owns: BTreeMap<Who, Vec<bool>> = BTreeMap::new();
    for (base, mut instances) in instances {
        instances.sort_unstable();
        let mut groups: Vec<Group> = Vec::new();
        for (number, who) in instances {
            let of = |who| {
                lines
                    .get(&who)
                    .unwrap_or(&none)
                    .iter()
                    .map(|place| &nodes[*place])
                    .collect::<Vec<_>>()
            };
            let joined = groups
                .iter_mut()
                .any(|group| group.join((who, number), &of(group.members[0].0), &of(who), &values));
            if !joined && groups.len() < MOST_KINDS {
                groups.push(Group {
                    members: vec![(who, number)],
                    own: None,
                    values: BTreeSet::new(),
                });
            }
        }
        groups.retain(|group| group.members.len() >= FEWEST);
        let several = groups.len() > 1;
        for group in groups {
            let (first, number) = group.members[0];
            let times = group.members.len();
            let label = if several {
                format!("{base}[{number}] ×{times}")
            } else {
                format!("{base} ×{times}")
            };
            labels.insert(first, label);
            owns.insert(first, group.own.unwrap_or_default());
            owned.extend(group.values.into_iter().map(|value| (value, first)));
            drawn_by.extend(group.members[1..].iter().map(|(who, _)| (*who, first)));
        }
    }
    let mut kept: Vec<Node> = Vec::with_capacity(nodes.len());
    let mut seen: BTreeMap<Who, usize> = BTreeMap::new();
    for mut node in nodes {
        let owner = node.first().and_then(|entry| entry.owner);
        if owner.is_some_and(|owner| drawn_by.contains_key(&owner)) {
            continue;
        }
        if let Some(owner) = owner
            && let Some(own) = owns.get(&owner)
        {
            let at = seen.entry(owner).or_insert(0);
            node.for_each_entry(&mut |entry| {
                if let Some(text) = text_mut(&mut entry.drawn) {
                    *text = masked(text, own, at);
                }
            });
        }
        kept.push(node);
    }
    Folded {
        nodes: kept,
        labels,
        drawn_by,
        owned,
    }
}

impl Group {
    /// Takes an instance in if its lines are those of the first.
    fn join(&mut self, (who, number): (Who, u32), first: &[&Node], other: &[&Node], values: &Values<'_>) -> bool {
        let mut own = self.own.clone().unwrap_or_default();
        let mut comparison = Comparison {
            first: self.members[0],
            other: (who, number),
            own: &mut own,
            at: 0,
            decided: self.own.is_some(),
            values,
            pairs: BTreeMap::new(),
        };
        let equal = first.len() == other.len() && first.iter().zip(other).all(|(a, b)| comparison.nodes(a, b));
        if equal {
            self.values.extend(comparison.pairs.keys());
            self.members.push((who, number));
            self.own = Some(own);
        }
        equal
    }
}

fn text_mut(drawn: &mut Drawn) -> Option<&mut String> {
    match drawn {
        Drawn::Arrow(.., text) | Drawn::Note(_, text) | Drawn::NoteOverAll(text) => Some(text),
        Drawn::Gap(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagram::Detail;
    use crate::diagram::fixture::{OPENER, TARGET, Tale, frame, header, lines};
    use crate::trace::event::{Access, Kind};

    fn ping(tale: &mut Tale, client: u32, words: &str) {
        let strand = format!("C[{client}]");
        tale.on(&format!("S/{strand}#1"));
        for round in 1..=10 {
            tale.frames(&strand, &[frame(0, 1, round)]);
            tale.request(&format!("PING {round} user{client}"));
            tale.respond(&format!("PONG {round} {words}{client}"));
        }
        tale.frames(&strand, &[]).closes(OPENER).closes(TARGET);
    }

    fn drawn(tale: &Tale) -> Vec<String> {
        lines(&tale.diagram(&header(&["C*100", "S"], &[("repeat", "10 times")]), Detail::Messages))
    }

    fn access(tale: &mut Tale, client: u32, mode: Mode) {
        let cell = "S.hits".to_owned();
        let cells = vec![Access { cell, mode, nth: 0 }];
        tale.local(&format!("S/C[{client}]#1"), Kind::Access { cells });
    }

    #[test]
    fn a_hundred_equal_clients_are_drawn_once() {
        let mut tale = Tale::default();
        (1..=100).for_each(|client| ping(&mut tale, client, "user"));
        let drawn = drawn(&tale);
        assert_eq!(
            drawn[..5],
            [
                "p0 C ×100",
                "p1 S",
                "loop 10 times",
                "p0->>p1: PING 1 user{n}",
                "p1-->>p0: PONG 1 user{n}"
            ]
        );
        assert_eq!(drawn[drawn.len() - 3..], ["end", "p0-)p1: close", "p1-)p0: close"]);
        assert_eq!(drawn.len(), 2 + 20 + 2 + 2);
    }

    #[test]
    fn one_that_differs_is_drawn_beside_the_others() {
        let mut tale = Tale::default();
        (1..=9).for_each(|client| ping(&mut tale, client, if client == 7 { "other" } else { "user" }));
        let drawn = drawn(&tale);
        assert_eq!(drawn[..3], ["p0 C ×8", "p1 C[7]", "p2 S"]);
        assert!(drawn.contains(&"p2-->>p1: PONG 1 other7".to_owned()), "{drawn:?}");
    }

    #[test]
    fn two_kinds_are_told_apart() {
        let mut tale = Tale::default();
        (1..=8).for_each(|client| ping(&mut tale, client, if client % 2 == 0 { "even" } else { "odd" }));
        assert_eq!(drawn(&tale)[..3], ["p0 C[1] ×4", "p1 C[2] ×4", "p2 S"]);
    }

    #[test]
    fn two_clients_stay_two() {
        let mut tale = Tale::default();
        (1..=2).for_each(|client| ping(&mut tale, client, "user"));
        assert_eq!(drawn(&tale)[..3], ["p0 C[1]", "p1 C[2]", "p2 S"]);
    }

    #[test]
    fn numbers_of_others_make_a_difference() {
        let mut tale = Tale::default();
        for client in 1..=4 {
            tale.on(&format!("S/C[{client}]#1"))
                .request(&format!("I am {}", client + 1));
        }
        assert_eq!(drawn(&tale)[..2], ["p0 C[1]", "p1 C[2]"]);
    }

    #[test]
    fn a_write_to_what_others_read_is_an_edge_and_reading_alone_is_none() {
        let mut tale = Tale::default();
        for client in 1..=5 {
            ping(&mut tale, client, "user");
            access(&mut tale, client, Mode::Read);
        }
        assert_eq!(drawn(&tale)[0], "p0 C ×5");
        access(&mut tale, 3, Mode::Write);
        assert_eq!(drawn(&tale)[0], "p0 C[1]");
    }

    #[test]
    fn one_strand_that_serves_all_is_an_edge() {
        let mut tale = Tale::default();
        for client in 1..=5 {
            tale.on(&format!("S/C[{client}]#1")).target("S").request("hi");
        }
        assert_eq!(drawn(&tale)[..2], ["p0 C[1]", "p1 C[2]"]);
    }

    #[test]
    fn instances_that_are_only_spoken_to_are_drawn_one_by_one() {
        let mut tale = Tale::default();
        for peer in 1..=3 {
            tale.on(&format!("P[{peer}]/S#1")).request("vote");
        }
        let diagram = tale.diagram(&header(&["S", "P*3"], &[]), Detail::Messages);
        assert_eq!(
            lines(&diagram)[1..],
            [
                "p1 P[1]",
                "p2 P[2]",
                "p3 P[3]",
                "p0->>p1: vote",
                "p0->>p2: vote",
                "p0->>p3: vote"
            ]
        );
    }

    #[test]
    fn a_relay_for_equal_clients_is_drawn_once_too() {
        let mut tale = Tale::default();
        for client in 1..=3 {
            tale.on(&format!("R/C[{client}]#1")).request("q");
            tale.on(&format!("S/(R/C[{client}]#1)#1")).request("Q").respond("A");
            tale.on(&format!("R/C[{client}]#1")).respond("a");
        }
        let diagram = tale.diagram(&header(&["C*3", "R", "S"], &[]), Detail::Messages);
        assert_eq!(
            lines(&diagram),
            [
                "p0 C ×3",
                "p1 R",
                "p2 S",
                "p0->>p1: q",
                "p1->>p2: Q",
                "p2-->>p1: A",
                "p1-->>p0: a"
            ]
        );
    }
}

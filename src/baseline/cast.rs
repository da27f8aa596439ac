//! Who takes part in two diagrams.
//!
//! Owns which participant of the one is which of the other: those of one name, and those that did the same under another
//! name. Does not own what they did (`align`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::diagram::model::{Arrow, Diagram, Line};

/// More that are in one of the two alone than this, and none is looked for under another name.
const MOST_RENAMED: usize = 16;

/// One who takes part in one of the diagrams, or in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// What the old diagram calls it.
    pub(super) old: Option<String>,
    /// What the new diagram calls it.
    pub(super) new: Option<String>,
}

/// All who take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cast {
    /// From left to right, as the new diagram has them; those that it has not stand beside those they stood beside.
    pub(super) members: Vec<Member>,
    /// For each participant of the old diagram, its place among these.
    pub(super) old: Vec<usize>,
    /// The same for the new diagram.
    pub(super) new: Vec<usize>,
}

impl Cast {
    /// Who is who.
    pub(super) fn of(old: &Diagram, new: &Diagram) -> Self {
        let mut mates = same_names(old, new);
        add_renamed(&mut mates, old, new);
        let label = |diagram: &Diagram, place: usize| Some(diagram.participants[place].label.clone());
        let back: HashMap<usize, usize> = mates.iter().map(|(old, new)| (*new, *old)).collect();
        // Behind whom of the new ones each stands that only the old diagram has.
        let mut behind: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        let mut anchor = None;
        for place in 0..old.participants.len() {
            match mates.get(&place) {
                Some(mate) => anchor = Some(*mate),
                None => behind.entry(anchor).or_default().push(place),
            }
        }
        let mut alone = |anchor| {
            behind
                .remove(&anchor)
                .unwrap_or_default()
                .into_iter()
                .map(|place| (Some(place), None))
        };
        let mut order: Vec<(Option<usize>, Option<usize>)> = alone(None).collect();
        for place in 0..new.participants.len() {
            order.push((back.get(&place).copied(), Some(place)));
            order.extend(alone(Some(place)));
        }
        let mut cast = Self {
            members: Vec::with_capacity(order.len()),
            old: vec![0; old.participants.len()],
            new: vec![0; new.participants.len()],
        };
        for (at, (in_old, in_new)) in order.into_iter().enumerate() {
            if let Some(place) = in_old {
                cast.old[place] = at;
            }
            if let Some(place) = in_new {
                cast.new[place] = at;
            }
            cast.members.push(Member {
                old: in_old.and_then(|place| label(old, place)),
                new: in_new.and_then(|place| label(new, place)),
            });
        }
        cast
    }
}

/// Those of one name; of several that one diagram calls the same, the first with the first.
fn same_names(old: &Diagram, new: &Diagram) -> BTreeMap<usize, usize> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, participant) in new.participants.iter().enumerate().rev() {
        by_name.entry(&participant.label).or_default().push(place);
    }
    let of_name = |(place, label): (usize, &str)| Some((place, by_name.get_mut(label)?.pop()?));
    let labels = old.participants.iter().map(|participant| participant.label.as_str());
    labels.enumerate().filter_map(of_name).collect()
}

/// Those of different names of whose lines more than half are the same.
fn add_renamed(mates: &mut BTreeMap<usize, usize>, old: &Diagram, new: &Diagram) {
    let mut gone: Vec<usize> = (0..old.participants.len())
        .filter(|place| !mates.contains_key(place))
        .collect();
    let known: BTreeSet<usize> = mates.values().copied().collect();
    let mut come: Vec<usize> = (0..new.participants.len())
        .filter(|place| !known.contains(place))
        .collect();
    if gone.is_empty() || come.is_empty() || gone.len().max(come.len()) > MOST_RENAMED {
        return;
    }
    let (gone_did, come_did) = (did(old, &gone), did(new, &come));
    loop {
        let pairs = gone.iter().flat_map(|a| come.iter().map(move |b| (*a, *b)));
        let alike = pairs.map(|(a, b)| (likeness(&gone_did[&a], &come_did[&b]), a, b));
        let best = alike.max_by_key(|(alike, a, b)| (*alike, usize::MAX - a, usize::MAX - b));
        let Some((501.., a, b)) = best else { return };
        mates.insert(a, b);
        gone.retain(|place| *place != a);
        come.retain(|place| *place != b);
    }
}

/// What one takes part in: as whom, how, and the words.
type Deeds<'a> = HashMap<(u8, Option<Arrow>, &'a str), u64>;

fn did<'a>(diagram: &'a Diagram, whose: &[usize]) -> HashMap<usize, Deeds<'a>> {
    let mut did: HashMap<usize, Deeds<'a>> = whose.iter().map(|place| (*place, HashMap::new())).collect();
    let mut add = |place: &usize, deed| {
        if let Some(deeds) = did.get_mut(place) {
            *deeds.entry(deed).or_default() += 1;
        }
    };
    for line in &diagram.lines {
        match line {
            Line::Arrow { from, to, arrow, text } => {
                add(from, (0, Some(*arrow), text.as_str()));
                add(to, (1, Some(*arrow), text.as_str()));
            }
            Line::Note { first, last, text } => {
                add(first, (2, None, text.as_str()));
                add(last, (2, None, text.as_str()));
            }
            Line::Begin { .. } | Line::And { .. } | Line::End => {}
        }
    }
    did
}

/// How many of a thousand deeds are shared.
fn likeness(a: &Deeds<'_>, b: &Deeds<'_>) -> u64 {
    let all = |deeds: &Deeds<'_>| deeds.values().sum::<u64>();
    let shared: u64 = a
        .iter()
        .map(|(deed, count)| (*count).min(b.get(deed).copied().unwrap_or_default()))
        .sum();
    shared * 1000 / all(a).max(all(b)).max(1)
}

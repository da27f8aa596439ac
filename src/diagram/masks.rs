//! Masked values, as they are shown.
//!
//! Owns the numbers that tell values apart: the first that is drawn is `<id>`, the second `<id:2>`; a value of its own that
//! each of several equal instances has is `<id:{n}>`. Does not own what is masked (`trace::mask`).

use std::collections::{BTreeMap, HashMap};

use crate::diagram::entry::{Drawn, Node, Who};
use crate::diagram::label;
use crate::trace::mask::{Marks, is_mark, numbered};

/// The longest text with masks, in characters: marks are shorter than what is shown for them.
const LONGEST: usize = 3 * label::LONGEST;

/// Shows all marks in these lines. `owned` are the values that one instance alone has of those that are drawn for several.
pub(super) fn show(nodes: &mut [Node], marks: &Marks, owned: &BTreeMap<char, Who>) {
    if marks.is_empty() {
        return;
    }
    let mut shown = Shown {
        marks,
        owned,
        numbers: HashMap::new(),
        counts: HashMap::new(),
    };
    for node in nodes {
        node.for_each_entry(&mut |entry| {
            if let Drawn::Arrow(.., text) | Drawn::Note(_, text) | Drawn::NoteOverAll(text) = &mut entry.drawn
                && text.contains(is_mark)
            {
                let whole: String = text.chars().map(|c| shown.mark(c)).collect();
                *text = label::short(&whole, LONGEST);
            }
        });
    }
}

struct Shown<'a> {
    marks: &'a Marks,
    owned: &'a BTreeMap<char, Who>,
    numbers: HashMap<char, u32>,
    /// How many there are that are shown alike, for all and for each instance.
    counts: HashMap<(u16, Option<Who>), u32>,
}

impl Shown<'_> {
    fn mark(&mut self, c: char) -> String {
        let Some(place) = self.marks.place(c) else {
            return c.to_string();
        };
        let owner = self.owned.get(&c).copied();
        let count = self.counts.entry((place, owner)).or_insert(0);
        let number = *self.numbers.entry(c).or_insert_with(|| {
            *count += 1;
            *count
        });
        let text = self.marks.shown(place);
        match (owner, number) {
            (None, 1) => text.to_owned(),
            (None, _) => numbered(text, &number.to_string()),
            (Some(_), 1) => numbered(text, "{n}"),
            (Some(_), _) => numbered(text, &format!("{{n}}:{number}")),
        }
    }
}

//! Masked values, as they are shown.
//!
//! Owns the numbers that tell values apart: the first that is drawn is `<id>`, the second `<id:2>`; a value of its own that
//! each of several equal instances has is `<id:{n}>`. Does not own what is masked (`trace::mask`).

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

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
        drawn: Numbers::default(),
        hashed: Numbers::default(),
    };
    for node in nodes {
        node.for_each_entry(&mut |entry| {
            if let Drawn::Arrow(.., text) | Drawn::Note(_, text) | Drawn::NoteOverAll(text) = &mut entry.drawn
                && text.contains(is_mark)
            {
                *text = label::short(&shown.text(text), LONGEST);
            }
        });
    }
}

struct Shown<'a> {
    marks: &'a Marks,
    owned: &'a BTreeMap<char, Who>,
    drawn: Numbers,
    /// Those of values in digests, which may be drawn nowhere.
    hashed: Numbers,
}

/// The how-manyeth each value is.
#[derive(Default)]
struct Numbers {
    of: HashMap<char, u32>,
    /// How many there are that are shown alike, for all and for each instance.
    counts: HashMap<(u16, Option<Who>), u32>,
}

impl Shown<'_> {
    fn text(&mut self, text: &str) -> String {
        let [begin, middle, end] = label::DIGEST;
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c == begin {
                let (digest, behind) = rest.split_once(end).unwrap_or((rest, ""));
                let (hash, values) = digest.split_once(middle).unwrap_or((digest, ""));
                shown.push_str(&self.digest(hash, values));
                rest = behind;
            } else if is_mark(c) {
                shown.push_str(&show_one(c, self.marks, self.owned, &mut self.drawn));
            } else {
                shown.push(c);
            }
        }
        shown
    }

    /// The digest of a text with these values, as they are shown.
    fn digest(&mut self, hash: &str, values: &str) -> String {
        let mut digest = Sha256::new_with_prefix(hash);
        for value in values.chars() {
            digest.update(show_one(value, self.marks, self.owned, &mut self.hashed));
            digest.update([0]);
        }
        HEXLOWER.encode(&digest.finalize()[..4])
    }
}

fn show_one(c: char, marks: &Marks, owned: &BTreeMap<char, Who>, numbers: &mut Numbers) -> String {
    let Some(place) = marks.place(c) else {
        return c.to_string();
    };
    let owner = owned.get(&c).copied();
    let count = numbers.counts.entry((place, owner)).or_insert(0);
    let number = *numbers.of.entry(c).or_insert_with(|| {
        *count += 1;
        *count
    });
    let text = marks.shown(place);
    match (owner, number) {
        (None, 1) => text.to_owned(),
        (None, _) => numbered(text, &number.to_string()),
        (Some(_), 1) => numbered(text, "{n}"),
        (Some(_), _) => numbered(text, &format!("{{n}}:{number}")),
    }
}

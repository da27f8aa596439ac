//! Captured values: which there are in a trace, and where they stand in a text.
//!
//! Owns finding them as whole words, as they are and as JSON, paths and forms write them. What it finds is a function of
//! what was captured, whatever the order of lines; of two names for one value it takes the first of the alphabet. Of a
//! value only its digest is kept, so that a million of them have room. Does not own what is shown instead (`mask`).

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::reader::{TraceError, TraceSource};
use crate::ident::word;

/// How many distinct values are looked for; where there are more, none is.
pub(super) const MOST: usize = 1 << 20;

/// What is not written as it is in a part of a path or a query, by those who escape little.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// The same by those who escape all but RFC 3986's unreserved characters.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a value is known by.
pub(super) type Key = [u8; 16];

/// The captured values of a trace.
#[derive(Debug, Default)]
pub(super) struct Captured {
    names: Vec<String>,
    /// For each value, the place of its name.
    values: HashMap<Key, u16>,
    /// Other ways to write some of them.
    written: HashMap<Key, Key>,
    /// For the first word of each value, or its first character where that is none, how long such values are.
    lengths: HashMap<u64, Lengths>,
    /// The characters other than those of words with which values begin.
    begins: BTreeSet<char>,
}

/// How long, in bytes, the values are that begin alike.
#[derive(Debug)]
enum Lengths {
    One(u32),
    /// The longest first.
    More(Box<[u32]>),
}

/// A value that stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) place: Range<usize>,
    /// The place of its name.
    pub(super) name: u16,
    /// The value that it is.
    pub(super) key: Key,
}

impl Captured {
    /// Those of a trace; nothing where there are more than `most`.
    pub(super) fn of(source: &TraceSource, most: usize) -> Result<Option<Self>, TraceError> {
        let mut captured = Self::default();
        source.captured(|name, value| {
            if captured.values.len() <= most {
                captured.add(name, value);
            }
            Ok::<_, TraceError>(())
        })?;
        Ok((captured.values.len() <= most).then_some(captured))
    }

    /// The names, by their places.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn add(&mut self, name: &str, value: &str) {
        let place = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        let Ok(place) = u16::try_from(place) else { return };
        let key = key(value);
        let names = &self.names;
        let mut is_new = false;
        self.values
            .entry(key)
            .and_modify(|known| {
                if *name < *names[usize::from(*known)] {
                    *known = place;
                }
            })
            .or_insert_with(|| {
                is_new = true;
                place
            });
        if !is_new {
            return;
        }
        self.look_for(value);
        for form in forms(value) {
            let other = self.written.entry(self::key(&form)).or_insert(key);
            *other = key.min(*other);
            self.look_for(&form);
        }
    }

    fn look_for(&mut self, text: &str) {
        let first = word::first(text);
        if let Some(begin) = first.chars().next().filter(|c| !word::is_word(*c)) {
            self.begins.insert(begin);
        }
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        match self.lengths.entry(hash(first)).or_insert(Lengths::One(length)) {
            Lengths::One(known) if *known == length => {}
            known => {
                let mut lengths = known.all().to_vec();
                if let Err(place) = lengths.binary_search_by(|known| length.cmp(known)) {
                    lengths.insert(place, length);
                    *known = Lengths::More(lengths.into());
                }
            }
        }
    }

    /// The values that stand in a text, from left to right; where several begin, the longest.
    pub(super) fn found(&self, text: &str) -> Vec<Hit> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let first = word::first(&text[at..]);
            let hit = self.hit(text, at, first);
            at += hit.as_ref().map_or(first.len(), |hit| hit.place.len());
            found.extend(hit);
        }
        found
    }

    fn hit(&self, text: &str, at: usize, first: &str) -> Option<Hit> {
        let begin = first.chars().next()?;
        if !word::is_word(begin) && !self.begins.contains(&begin) {
            return None;
        }
        self.lengths.get(&hash(first))?.all().iter().find_map(|length| {
            let place = at..at + *length as usize;
            let value = text.get(place.clone())?;
            if !word::is_whole(text, place.clone()) {
                return None;
            }
            let key = key(value);
            let key = match self.values.contains_key(&key) {
                true => key,
                false => *self.written.get(&key)?,
            };
            let name = *self.values.get(&key)?;
            Some(Hit { place, name, key })
        })
    }
}

impl Lengths {
    fn all(&self) -> &[u32] {
        match self {
            Self::One(length) => std::slice::from_ref(length),
            Self::More(lengths) => lengths,
        }
    }
}

/// What a value is known by.
pub(super) fn key(value: &str) -> Key {
    let mut key = [0; 16];
    key.copy_from_slice(&Sha256::digest(value.as_bytes())[..16]);
    key
}

/// The other ways to write a value: in a JSON string, in a path or a query, in a form.
fn forms(value: &str) -> BTreeSet<String> {
    if value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
    {
        return BTreeSet::new();
    }
    let json = serde_json::Value::from(value).to_string();
    let component = utf8_percent_encode(value, COMPONENT).to_string();
    let forms = [
        json[1..json.len() - 1].to_owned(),
        utf8_percent_encode(value, PATH).to_string(),
        component.replace("%20", "+"),
        form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        component,
    ];
    forms.into_iter().filter(|form| form != value).collect()
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn captured(values: &[(&str, &str)]) -> Captured {
        let mut captured = Captured::default();
        values.iter().for_each(|(name, value)| captured.add(name, value));
        captured
    }

    /// The text with the names of what is found.
    fn shown(captured: &Captured, text: &str) -> String {
        let mut shown = text.to_owned();
        for hit in captured.found(text).into_iter().rev() {
            shown.replace_range(hit.place, &format!("<{}>", captured.names[usize::from(hit.name)]));
        }
        shown
    }

    #[test]
    fn values_are_found_whole_and_the_longest_first() {
        let captured = captured(&[("id", "t-4f"), ("n", "t"), ("path", "/a b"), ("name", "Ada L.")]);
        assert_eq!(
            shown(&captured, "t-4f t t-4fa xt-4f /a b Ada L. (Ada) t-t"),
            "<id> <n> <n>-4fa xt-4f <path> <name> (Ada) <n>-<n>"
        );
        assert_eq!(shown(&captured, ""), "");
    }

    #[test]
    fn too_many_values_are_none_at_all() {
        let line = |n: u32| {
            format!(
                r#"{{"strand":"A","index":{n},"time":0,"event":{{"receive":{{"connection":"B/A#1","direction":"<","start":0,"end":1,"content":{{"text":"\"captured\":{{x"}},"captured":{{"id":"v{n}","of":"same"}}}}}}}}"#
            )
        };
        let header = r#"{"header":{"trace":1,"wiretale":"","scenario":"","seed":0,"actors":[],"steps":[]}}"#;
        let trace = format!(
            "{header}
{}
{}
",
            line(0),
            line(1)
        );
        let source = TraceSource::from_bytes(trace.into_bytes()).unwrap();
        let of = |most| {
            Captured::of(&source, most)
                .unwrap()
                .map(|captured| captured.values.len())
        };
        assert_eq!((of(3), of(2)), (Some(3), None));
    }

    #[test]
    fn one_value_has_the_first_of_its_names_whatever_the_order() {
        for names in [["b", "a"], ["a", "b"]] {
            let captured = captured(&names.map(|name| (name, "7")));
            assert_eq!(shown(&captured, "7"), "<a>");
        }
    }

    #[test]
    fn a_value_is_found_as_json_paths_and_forms_write_it() {
        let captured = captured(&[("t", "a \"b\"/é+")]);
        for text in [
            "a \"b\"/é+",
            r#"a \"b\"/é+"#,
            "a%20%22b%22/%C3%A9+",
            "a%20%22b%22%2F%C3%A9%2B",
            "a+%22b%22%2F%C3%A9%2B",
        ] {
            let found = captured.found(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(
                (found[0].place.len(), found[0].key),
                (text.len(), key("a \"b\"/é+")),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_captured_goes_before_another_way_to_write_something() {
        let captured = captured(&[("blank", "a b"), ("plus", "a+b")]);
        assert_eq!(shown(&captured, "a+b a b a%20b a%2Bb"), "<plus> <blank> <blank> <plus>");
    }

    proptest! {
        /// Nothing is found half, and whatever the order of what was captured, the same is found.
        #[test]
        fn only_whole_values_are_found(
            values in prop::collection::vec(("[xyz]", "[ab1é/ -]{1,4}"), 1..6),
            text in "[ab1é/ .%+-]{0,24}",
        ) {
            let pairs: Vec<(&str, &str)> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let captured = captured(&pairs);
            let found = captured.found(&text);
            let mut end = 0;
            for hit in &found {
                prop_assert!(hit.place.start >= end && word::is_whole(&text, hit.place.clone()));
                end = hit.place.end;
                let value = &text[hit.place.clone()];
                let is_form = |known: &str| known == value || forms(known).contains(value);
                prop_assert!(pairs.iter().any(|(_, known)| is_form(known) && key(known) == hit.key));
            }
            // What is not found is nowhere, or inside of something that is.
            for (_, value) in &pairs {
                for (at, _) in text.match_indices(value) {
                    let place = at..at + value.len();
                    prop_assert!(
                        !word::is_whole(&text, place.clone())
                            || found.iter().any(|hit| hit.place.start < place.end && place.start < hit.place.end),
                        "{} in {}", value, text
                    );
                }
            }
            let backwards: Vec<_> = pairs.iter().rev().copied().collect();
            let other = self::captured(&backwards);
            prop_assert_eq!(shown(&other, &text), shown(&captured, &text));
        }
    }
}

//! What the scenario itself says.
//!
//! Owns knowing the words and numbers of its strings, its variables and its rows again: what a message says because the
//! scenario does is no value that differs from run to run. Does not own what is masked (`masks`).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value as Json;

use crate::ident::word::is_word;

/// The words and numbers of a scenario.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// By their hashes.
    parts: HashSet<u64>,
}

impl Said {
    /// Those of these texts, and of these values.
    pub(super) fn of<'a>(texts: impl Iterator<Item = String>, values: impl IntoIterator<Item = &'a Json>) -> Self {
        let mut said = Self::default();
        texts.for_each(|text| said.add(&text));
        values.into_iter().for_each(|value| said.add_value(value));
        said
    }

    /// Whether a scenario that counts so far says all of a text: each word and each number in it, as in `user17`.
    pub(super) fn says(&self, text: &str, counted: u64) -> bool {
        parts(text).all(|part| {
            let is_counted = || !part.starts_with('0') && part.parse().is_ok_and(|number: u64| number <= counted);
            self.parts.contains(&hash(part)) || is_counted()
        })
    }

    fn add(&mut self, text: &str) {
        self.parts.extend(parts(text).map(hash));
    }

    fn add_value(&mut self, value: &Json) {
        match value {
            Json::String(text) => self.add(text),
            Json::Number(number) => self.add(&number.to_string()),
            Json::Array(values) => values.iter().for_each(|value| self.add_value(value)),
            Json::Object(members) => members.iter().for_each(|(name, value)| {
                self.add(name);
                self.add_value(value);
            }),
            Json::Null | Json::Bool(_) => {}
        }
    }
}

/// The runs of digits and the runs of other characters of words: a template may put them together.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = &rest[rest.find(is_word)?..];
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| !is_word(c) || c.is_ascii_digit() != is_number);
        let (part, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind;
        Some(part)
    })
}

fn hash(part: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Said;

    #[test]
    fn what_is_put_together_of_words_and_numbers_is_said() {
        let values = json!({ "rows": [{ "user": "Ada Lovelace", "age": 36 }, null, true] });
        let texts = [
            "SAY hello, world".to_owned(),
            "GET {{ key }}{{ actor.index }}".to_owned(),
            "x007".to_owned(),
        ];
        let said = Said::of(texts.into_iter(), [&values]);
        for text in [
            "hello",
            "hello, world",
            "Ada",
            "36",
            "user36",
            "key-3",
            "10",
            "007",
            "Ada Lovelace!",
        ] {
            assert!(said.says(text, 10), "{text}");
        }
        for text in [
            "hell",
            "ada",
            "11",
            "0",
            "010",
            "key11",
            "t",
            "Ada Lovelace 4711",
            "99999999999999999999",
        ] {
            assert!(!said.says(text, 10), "{text}");
        }
    }
}

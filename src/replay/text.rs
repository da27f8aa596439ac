//! Texts of a scenario made of texts that were said.
//!
//! Owns what is text as it is, what is a variable, what differs from run to run and is matched loosely, and how all that is
//! written. Does not own which values are variables (`values`).

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value as Json, json};

use super::values::{Variable, Where, is_word};

/// What differs from run to run, and what it looks like: the rules by which diagrams mask.
static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
    let rules = [
        r"(?<uuid>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)",
        r"\b(?:127(?:\.[0-9]{1,3}){3}|localhost|\[::1\]):(?<port>[0-9]{1,5})\b",
        r"(?<http>\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT\b)",
        r"(?<time>\b[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-6][0-9](?:[.,][0-9]+)?)?(?:[Zz]|[+-][0-2][0-9]:?[0-5][0-9])?\b)",
        r"(?<date>\b[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\b)",
    ];
    Regex::new(&rules.join("|")).expect("the rules are sound")
});

/// What is expected instead, by the name of the rule.
const EXPECTED: &[(&str, &str)] = &[
    ("uuid", "[0-9a-fA-F-]{36}"),
    ("port", "[0-9]+"),
    ("http", "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT"),
    ("time", "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.,]+(?:[Zz]|[+-][0-9:]+)?"),
    ("date", "[0-9]{4}-[0-9]{2}-[0-9]{2}"),
];

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    /// The value of this variable.
    Variable(&'a str),
    /// A value that is kept under this name.
    Kept(&'a str, bool),
    /// Something that this regular expression matches.
    Loose(&'static str),
}

/// A text as a scenario has it, in which braces mean nothing.
pub(super) fn escaped(text: &str) -> String {
    text.replace("{{", "{{ '{{' }}")
}

/// Where a text has something that differs from run to run.
pub(super) fn is_loose(text: &str) -> bool {
    LOOSE.is_match(text)
}

/// A text that is sent: with variables where their values stood.
pub(super) fn filled(text: &str, variables: &[Variable], place: Where<'_>) -> String {
    let parts = parts(text, variables, &[], place, false);
    parts.iter().map(plain).collect()
}

/// What takes a text: the text itself, a pattern or a regular expression; `name` is put before each word of the format.
pub(super) fn taken(text: &str, variables: &[Variable], kept: &[Variable], place: Where<'_>, mark: &str) -> Json {
    let parts = parts(text, variables, kept, place, true);
    let is_plain = |part: &Part<'_>| matches!(part, Part::Text(_) | Part::Variable(_));
    if parts.iter().all(is_plain) {
        return Json::String(parts.iter().map(plain).collect());
    }
    let has_brace = |part: &Part<'_>| matches!(part, Part::Text(text) if text.contains('{'));
    let loose = parts
        .iter()
        .any(|part| matches!(part, Part::Loose(_)) || has_brace(part));
    let touching = parts.windows(2).any(|pair| !is_plain(&pair[0]) && !is_plain(&pair[1]));
    if loose || touching {
        let regex: String = parts.iter().map(regex).collect();
        return json!({ format!("{mark}regex"): regex });
    }
    let pattern: String = parts.iter().map(pattern).collect();
    json!({ format!("{mark}pattern"): pattern })
}

fn plain(part: &Part<'_>) -> String {
    match part {
        Part::Text(text) => escaped(text),
        Part::Variable(name) => format!("{{{{ {name} }}}}"),
        Part::Kept(..) | Part::Loose(_) => String::new(),
    }
}

fn pattern(part: &Part<'_>) -> String {
    match part {
        Part::Kept(name, true) => format!("{{{name}:int}}"),
        Part::Kept(name, false) => format!("{{{name}}}"),
        part => plain(part),
    }
}

fn regex(part: &Part<'_>) -> String {
    match part {
        Part::Text(text) => regex::escape(text),
        Part::Variable(name) => format!("{{{{ {name} }}}}"),
        Part::Kept(name, _) => format!("(?<{name}>[A-Za-z0-9_.+~-]+)"),
        Part::Loose(regex) => (*regex).to_owned(),
    }
}

/// The parts of a text.
fn parts<'a>(
    text: &'a str,
    variables: &'a [Variable],
    kept: &'a [Variable],
    place: Where<'_>,
    loosen: bool,
) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let loose: Vec<(usize, usize, &'static str)> = match loosen {
        true => LOOSE.captures_iter(text).filter_map(|found| expected(&found)).collect(),
        false => Vec::new(),
    };
    let (mut from, mut at) = (0, 0);
    let mut used: Vec<&str> = Vec::new();
    while at < text.len() {
        let begins = !text[..at].chars().next_back().is_some_and(is_word);
        let new = kept
            .iter()
            .find(|kept| begins && !used.contains(&kept.name.as_str()) && kept.stands_at(text, at, place));
        let known = || {
            variables
                .iter()
                .find(|known| begins && known.stands_at(text, at, place))
        };
        let (part, end) = if let Some(new) = new {
            used.push(&new.name);
            (Part::Kept(&new.name, new.is_number), at + new.text.len())
        } else if let Some(known) = known() {
            (Part::Variable(&known.name), at + known.text.len())
        } else if let Some((_, end, regex)) = loose.iter().find(|(start, ..)| *start == at) {
            (Part::Loose(regex), *end)
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if from < at {
            parts.push(Part::Text(&text[from..at]));
        }
        parts.push(part);
        (from, at) = (end, end);
    }
    if from < text.len() || parts.is_empty() {
        parts.push(Part::Text(&text[from..]));
    }
    parts
}

/// What is expected where one of the rules matched.
fn expected(found: &regex::Captures<'_>) -> Option<(usize, usize, &'static str)> {
    EXPECTED.iter().find_map(|(name, regex)| {
        let group = found.name(name)?;
        Some((group.start(), group.end(), *regex))
    })
}

//! What would make one diagram of several.
//!
//! Owns the words: a mask where only values differ, an order where a race is predicted. Does not own finding races
//! (`order`) nor differences (`baseline`).

use std::collections::BTreeSet;
use std::fmt::Write;

use super::tested::ToldRace;
use crate::baseline::{Difference, Told, What};

/// The most masks that are proposed.
const MOST: usize = 5;

/// How much of what stands before a value a mask repeats, in characters.
const CONTEXT: usize = 12;

/// What would settle a difference between two runs of one scenario; `races` are those that one of the runs predicts.
pub fn advice(difference: &Difference, races: &[ToldRace]) -> String {
    let mut text = String::new();
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        writeln!(text, "{arguments}").expect("writing to a string does not fail");
    };
    let mut masks = BTreeSet::new();
    let mut other = false;
    for change in &difference.changes {
        match &change.what {
            What::Changed { old, new } => match masked(old, new) {
                Some(regex) => drop(masks.insert(regex)),
                None => other = true,
            },
            What::About { .. } | What::Hidden => {}
            _ => other = true,
        }
    }
    for regex in masks.iter().take(MOST) {
        let regex = serde_json::Value::from(regex.as_str());
        line(format_args!(
            "    help      a value differs from run to run: \"mask\": [{{ \"regex\": {regex}, \"as\": \"<value>\" }}]"
        ));
    }
    if !other {
        return text;
    }
    match races {
        [] => line(format_args!(
            "    help      no race is predicted: what decides is a time, or a program outside; leave messages more time, or \
             order them by `signal` and `await`"
        )),
        _ => {
            for race in races {
                let race = race.text.trim_end().replace('\n', "\n    ");
                line(format_args!("    predicted {race}"));
            }
            line(format_args!(
                "    help      order what races; where either is right, `wiretale accept --another NAME` approves both"
            ));
        }
    }
    text
}

/// A mask under which two texts of the same parties are the same, where they differ in one value.
fn masked(old: &Told, new: &Told) -> Option<String> {
    let ((Told::Message { text: old, .. }, Told::Message { text: new, .. })
    | (Told::Note { text: old, .. }, Told::Note { text: new, .. })) = (old, new)
    else {
        return None;
    };
    let (a, b): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let mut start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let left = a.len().min(b.len()) - start;
    let mut end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(left)
        .take_while(|(a, b)| a == b)
        .count();
    // A value is masked whole.
    let in_value = |c: char| c.is_ascii_alphanumeric();
    while start > 0 && in_value(a[start - 1]) {
        start -= 1;
    }
    while end > 0 && in_value(a[a.len() - end]) {
        end -= 1;
    }
    let values = [&a[start..a.len() - end], &b[start..b.len() - end]];
    let all = |is: fn(&char) -> bool| values.iter().all(|value| !value.is_empty() && value.iter().all(is));
    let class = if all(char::is_ascii_digit) {
        "[0-9]+"
    } else if all(char::is_ascii_hexdigit) {
        "[0-9A-Fa-f]+"
    } else if all(char::is_ascii_alphanumeric) {
        "[0-9A-Za-z]+"
    } else {
        return None;
    };
    let before: String = a[start.saturating_sub(CONTEXT)..start].iter().collect();
    // What may itself be a mask's text is no good context.
    let before = before.rsplit(['>', '…']).next().unwrap_or_default();
    Some(format!("{}({class})", escaped(before)))
}

/// A text as a regular expression.
fn escaped(text: &str) -> String {
    let special = |c: char| r"\.+*?()|[]{}^$#&-~".contains(c);
    let escape = |c: char| if special(c) { format!("\\{c}") } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> Told {
        Told::Note {
            first: "A".to_owned(),
            last: "A".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_mask_is_proposed_for_one_value_that_differs() {
        let mask = |a: &str, b: &str| masked(&note(a), &note(b));
        let some = |regex: &str| Some(regex.to_owned());
        assert_eq!(mask("id=17 ok", "id=204 ok"), some("id=([0-9]+)"));
        assert_eq!(mask("token: af01", "token: 99ff"), some("token: ([0-9A-Fa-f]+)"));
        assert_eq!(
            mask(r#"{"n":"x1y"}"#, r#"{"n":"x2z"}"#),
            some(r#"\{"n":"([0-9A-Za-z]+)"#)
        );
        assert_eq!(mask("TAKEN", "a b"), None);
        assert_eq!(mask("id=", "id=1"), None);
    }

    #[test]
    fn a_proposed_mask_finds_both_values() {
        for (a, b) in [("(a) {x}: 12.", "(a) {x}: 7."), ("id=17 ok", "id=204 ok"), ("5", "16")] {
            let regex = regex::Regex::new(&masked(&note(a), &note(b)).unwrap()).unwrap();
            let shown = |text: &str| {
                let group = regex.captures(text).unwrap().get(1).unwrap().range();
                format!("{}<value>{}", &text[..group.start], &text[group.end..])
            };
            assert_eq!(shown(a), shown(b));
        }
    }
}

//! What is kept of a message: `capture`, `$capture`, and what patterns and regexes take.
//!
//! Owns the values, that the event which takes the message says which of them diagrams show by name, and that what was
//! read of the actor's variables for it is recorded behind that event. Does not own taking (`take`).

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonpath_rust::JsonPath;
use serde_json::Value as Json;

use super::cells::Touched;
use super::change::needed;
use super::failure::Outcome;
use super::scope::Variables;
use super::strand::{Mark, Strand};
use crate::finding::FindingKind;
use crate::plan::step::{Alternative, Capture, Guard, Step, StepId};
use crate::trace::event::Kind;
use crate::wire::matcher::{Captures, Matcher};
use crate::wire::message::Message;

/// A longer value is shown as it is, in bytes.
const LONGEST: usize = 4 << 10;

/// What is to be kept of a message.
pub(super) struct Keeps<'a> {
    step: StepId,
    /// By the step.
    capture: &'a [(String, Capture)],
    /// By the matcher.
    captures: Captures,
    /// Those of the matcher's names that a `$capture` has.
    named: &'a [String],
}

impl<'a> Keeps<'a> {
    /// What a step keeps.
    pub(super) fn of(step: &'a Step, matcher: &'a Matcher, captures: Captures) -> Self {
        Self {
            step: step.id,
            capture: &step.capture,
            captures,
            named: matcher.named_captures(),
        }
    }

    /// What an alternative keeps.
    pub(super) fn of_alternative(alternative: &'a Alternative, captures: Captures) -> Self {
        let named = match &alternative.guard {
            Guard::Receive(matcher) => matcher.named_captures(),
            _ => &[],
        };
        Self {
            step: alternative.id,
            capture: &alternative.capture,
            captures,
            named,
        }
    }
}

impl Strand {
    /// Takes a message, and keeps what is to be kept of it. Where something cannot be, the message is taken all the same.
    pub(super) fn take_and_keep(
        &mut self,
        mark: &Mark,
        at: usize,
        message: Message,
        size: usize,
        watch: &[String],
        keeps: Keeps<'_>,
    ) -> Outcome {
        self.look_at(at, message);
        let world = Arc::clone(&self.world);
        let mask = &world.plan.mask;
        let mut masked = BTreeMap::new();
        let mut mask_as = |name: &str, value: &Json, is_named: bool| {
            // A number that the scenario says may be another one by chance; a word is what the scenario says of it.
            let is_said = |text: &str| mask.says(text) && !(is_named && text.contains(|c: char| c.is_ascii_digit()));
            if let Some(text) = text_of(value).filter(|text| mask.captures && !is_said(text)) {
                masked.insert(name.to_owned(), text);
            }
        };
        for (name, value) in keeps.captures {
            mask_as(&name, &value, keeps.named.contains(&name));
            self.variables.insert(name, Arc::new(value));
        }
        // The values are needed for the event, and what was read for them comes behind it: nobody may write in between.
        let actor = Arc::clone(&self.actor);
        let mut state = keeps
            .capture
            .iter()
            .any(|(_, capture)| reads(capture))
            .then(|| actor.cells.lock());
        let mut read = Vec::new();
        let mut outcome = Ok(());
        for (name, capture) in keeps.capture {
            let mut shared = Variables::new();
            if let (Some(state), Capture::Expression(expression)) = (&state, capture) {
                shared = needed(expression.names(), state);
                let mut touched = Touched::default();
                shared.keys().for_each(|name| touched.read(name));
                read.push(touched);
            }
            match self.captured(keeps.step, capture, shared) {
                Ok(value) => {
                    mask_as(name, &value, true);
                    self.variables.insert(name.clone(), Arc::new(value));
                }
                Err(halt) => {
                    outcome = Err(halt);
                    break;
                }
            }
        }
        self.record_taken(mark, at, size, watch, &masked);
        if let Some(state) = &mut state {
            for touched in read.iter().filter(|touched| !touched.is_empty()) {
                let cells = actor.cells.access(state, touched);
                self.record(&Mark::of(keeps.step), &Kind::Access { cells });
            }
        }
        outcome
    }

    /// The value that a `capture` keeps of the last message.
    fn captured(&self, step: StepId, capture: &Capture, shared: Variables) -> Outcome<Json> {
        match capture {
            Capture::Expression(expression) => expression
                .json(&self.view(shared, &[]))
                .map_err(|error| self.no_value(step, &error)),
            Capture::JsonPath(path) => {
                let fail = |text: String| self.fail(step, FindingKind::Expression, text);
                let json = self.last.as_ref().and_then(|last| last.message.json());
                let json = json.ok_or_else(|| fail(format!("`{path}` needs JSON, and the message is none")))?;
                let mut found = json.query(path).map_err(|error| fail(format!("`{path}`: {error}")))?;
                match found.len() {
                    0 => Err(fail(format!("`{path}` selects nothing in the message"))),
                    1 => Ok(found.remove(0).clone()),
                    _ => Ok(Json::Array(found.into_iter().cloned().collect())),
                }
            }
        }
    }
}

/// Whether a value may be made of the actor's variables.
fn reads(capture: &Capture) -> bool {
    match capture {
        Capture::Expression(expression) => expression.names().iter().any(|name| name.starts_with("actor")),
        Capture::JsonPath(_) => false,
    }
}

/// A value as it stands in messages; none where it is nothing to be called by a name.
fn text_of(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => return None,
    };
    let is_one = text.len() <= LONGEST
        && text.chars().any(char::is_alphanumeric)
        && !matches!(text.as_str(), "true" | "false" | "null");
    is_one.then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{LONGEST, text_of};

    #[test]
    fn texts_and_numbers_are_masked_and_what_is_no_value_is_not() {
        for (value, text) in [
            (json!("a b"), "a b"),
            (json!(-7), "-7"),
            (json!(1.5), "1.5"),
            (json!("7"), "7"),
        ] {
            assert_eq!(text_of(&value).as_deref(), Some(text));
        }
        let long = json!("x".repeat(LONGEST + 1));
        for value in [
            json!(""),
            json!("+"),
            json!(true),
            json!("true"),
            json!(null),
            json!([7]),
            json!({ "a": 7 }),
            long,
        ] {
            assert_eq!(text_of(&value), None, "{value}");
        }
    }
}

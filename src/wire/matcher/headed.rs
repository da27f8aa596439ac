//! Messages with a head: what their start line, their headers and their body must look like.

use super::beginning::{Known, all_of};
use super::want::merged;
use super::{Captures, ExpressionError, Matcher, Mismatch, Scope, Want};
use crate::wire::head::Head;
use crate::wire::message::Message;

/// What the parts of a message with a head must look like; a part that is not given may be anything.
#[derive(Debug, Default)]
pub struct Headed {
    /// The start line.
    pub line: Option<Matcher>,
    /// Headers by name; `None` for one that must not be there.
    pub headers: Vec<(String, Option<Matcher>)>,
    /// The body.
    pub body: Option<Matcher>,
}

/// As [`Headed`], with its templates filled in.
#[derive(Debug)]
pub(in crate::wire) struct Filled {
    line: Option<Want>,
    headers: Vec<(String, Option<Want>)>,
    body: Option<Want>,
}

impl Headed {
    /// All matchers inside.
    pub(super) fn matchers(&self) -> impl Iterator<Item = &Matcher> {
        let headers = self.headers.iter().filter_map(|(_, matcher)| matcher.as_ref());
        self.line.iter().chain(headers).chain(&self.body)
    }

    pub(super) fn fill(&self, scope: &dyn Scope) -> Result<Filled, ExpressionError> {
        let part = |matcher: &Option<Matcher>| matcher.as_ref().map(|matcher| matcher.fill(scope)).transpose();
        Ok(Filled {
            line: part(&self.line)?,
            headers: self
                .headers
                .iter()
                .map(|(name, matcher)| Ok((name.clone(), part(matcher)?)))
                .collect::<Result<_, ExpressionError>>()?,
            body: part(&self.body)?,
        })
    }
}

impl Filled {
    /// As [`Want::test_beginning`]: only the body may be cut.
    pub(super) fn test_beginning(&self, beginning: &Message, size: u64) -> Known {
        let head = match self.test_head(beginning) {
            Ok(captures) => merged(captures).map_or(Known::Differs, Known::Matches),
            Err(_) => Known::Differs,
        };
        let body = self.body.as_ref().map(|want| want.test_beginning(beginning, size));
        all_of([head].into_iter().chain(body))
    }

    pub(super) fn test(&self, message: &Message) -> Result<Captures, Mismatch> {
        let mut captures = self.test_head(message)?;
        if let Some(want) = &self.body {
            captures.push(
                want.test(message)
                    .map_err(|mismatch| part("body", 2 * NEAR, mismatch))?,
            );
        }
        merged(captures)
    }

    fn test_head(&self, message: &Message) -> Result<Vec<Captures>, Mismatch> {
        let nothing = Head::default();
        let head = message.head().unwrap_or(&nothing);
        let mut captures = Vec::with_capacity(self.headers.len() + 2);
        if let Some(want) = &self.line {
            let line = head.line.as_deref().unwrap_or_default();
            captures.push(
                want.test(&of(line))
                    .map_err(|mismatch| part("start line", 0, mismatch))?,
            );
        }
        for (name, want) in &self.headers {
            let tested = header(head, name, want.as_ref());
            captures.push(tested.map_err(|mismatch| part(&format!("header `{name}`"), NEAR, mismatch))?);
        }
        Ok(captures)
    }

    /// What it asks for, as short text.
    pub(super) fn describe(&self) -> String {
        let line = self.line.as_ref().map(Want::describe);
        let headers = self.headers.iter().map(|(name, want)| match want {
            Some(want) => format!("{name}: {}", want.describe()),
            None => format!("no {name}"),
        });
        let body = self.body.as_ref().map(Want::describe);
        let parts: Vec<String> = line.into_iter().chain(headers).chain(body).collect();
        parts.join(", ")
    }
}

/// The mismatch of a part of a message.
fn part(name: &str, nearness: u32, mismatch: Mismatch) -> Mismatch {
    Mismatch {
        difference: format!("{name}: {}", mismatch.difference),
        nearness: mismatch.nearness.saturating_add(nearness),
    }
}

/// How much nearer a message is whose start line is right, and again whose headers are.
const NEAR: u32 = 1 << 20;

/// A header matches where one of its values does, or all of them together.
fn header(head: &Head, name: &str, want: Option<&Want>) -> Result<Captures, Mismatch> {
    let values: Vec<&str> = head.values(name).collect();
    any_of(&values, want)
}

/// Whether one of several values of a name matches, or all of them joined; without a want there must be none.
pub(super) fn any_of(values: &[&str], want: Option<&Want>) -> Result<Captures, Mismatch> {
    let wrong = |difference: String| Mismatch {
        difference,
        nearness: 0,
    };
    match (values, want) {
        ([], None) => Ok(Captures::new()),
        (values, None) => Err(wrong(format!("expected none, found {:?}", values.join(", ")))),
        ([], Some(want)) => Err(wrong(format!("expected {}, found none", want.describe()))),
        (values, Some(want)) => {
            let mismatch = match want.test(&of(&values.join(", "))) {
                Ok(captures) => return Ok(captures),
                Err(mismatch) => mismatch,
            };
            let single = values.iter().find_map(|value| want.test(&of(value)).ok());
            single.ok_or(mismatch)
        }
    }
}

fn of(text: &str) -> Message {
    Message::new(text.as_bytes())
}

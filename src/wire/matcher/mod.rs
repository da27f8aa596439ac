//! What a received message must look like.
//!
//! Owns matchers as the scenario writes them (templates inside), wants (filled in), what is captured, and the text that
//! says where a message first differs. Does not own finding a message in unframed bytes (`raw`).

mod beginning;
mod binary;
mod compile;
mod difference;
mod headed;
mod json;
mod pattern;
mod request;
mod schema;
mod status;
mod want;

use std::sync::Arc;

use serde_json::Value as Json;

use super::layout::Layout;
use super::message::Control;
use super::payload::Payload;
use super::template::{Expression, ExpressionError, Scope, Template};
pub use beginning::Known;
use binary::Binary;
pub use headed::Headed;
pub use json::JsonMatcherError;
use json::Node;
use pattern::Piece;
pub(in crate::wire) use pattern::{Contained, Matching};
pub use request::Request;
use schema::Schema;
pub use schema::SchemaError;
pub use status::Statuses;
pub(in crate::wire) use want::Test;
pub use want::Want;

/// A matcher, compiled; its templates are filled in when its step begins.
#[derive(Clone, Debug)]
pub struct Matcher(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    kind: Kind,
    names: Vec<String>,
    captures: Vec<String>,
    /// Those of `captures` that a `$capture` takes.
    named: Vec<String>,
    generates: bool,
    /// The want, where nothing has to be filled in.
    fixed: Option<Want>,
}

/// What a matcher asks for, its templates not filled in.
#[derive(Debug)]
enum Kind {
    Exact(Payload),
    Json {
        node: Node,
        exact: bool,
    },
    Hex(Template),
    Contains(Template),
    Pattern {
        pieces: Vec<Piece>,
        source: String,
    },
    Regex {
        template: Template,
        compiled: Option<Matching>,
    },
    Size {
        least: u64,
        most: Option<u64>,
    },
    Any,
    Schema(Schema),
    OneOf(Vec<Matcher>),
    AllOf(Vec<Matcher>),
    Not(Matcher),
    UntilClosed(Matcher),
    Form(Node),
    Message(Binary<Node>),
    Headed(Headed),
    Request(Box<Request>),
    Status(Statuses),
    Control(Control, Option<Matcher>),
}

/// Matchers that have names, which JSON matchers can use by `$is`.
pub type Named = std::collections::BTreeMap<String, Matcher>;

/// What was kept of a message that matched, in order of appearance.
pub type Captures = Vec<(String, Json)>;

/// What captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum By {
    /// A `$capture`.
    Name,
    /// A name in a pattern or a regex.
    Pattern,
}

/// Why a message does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The first difference: `at offset 3: expected "l", found "p"`, `at $.id: expected 7, found 8`.
    pub difference: String,
    /// How near it was, so that of several alternatives the nearest can be told: the larger the nearer.
    pub nearness: u32,
}

impl Matcher {
    /// The names its templates use.
    pub fn names(&self) -> &[String] {
        &self.0.names
    }

    /// The names that it captures, in order.
    pub fn captures(&self) -> &[String] {
        &self.0.captures
    }

    /// Those of them that a `$capture` takes, and not a pattern or a regex.
    pub fn named_captures(&self) -> &[String] {
        &self.0.named
    }

    /// Whether it uses a generator, which no matcher may.
    pub fn generates(&self) -> bool {
        self.0.generates
    }

    /// With its templates filled in; cheap where it has none.
    pub fn fill(&self, scope: &dyn Scope) -> Result<Want, ExpressionError> {
        match &self.0.fixed {
            Some(want) => Ok(want.clone()),
            None => self.0.kind.fill(scope),
        }
    }

    /// Whether it asks for a start line or a header, so that messages need a head.
    pub fn needs_head(&self) -> bool {
        match &self.0.kind {
            Kind::Request(_) => true,
            Kind::Headed(headed) => headed.line.is_some() || !headed.headers.is_empty(),
            Kind::OneOf(matchers) | Kind::AllOf(matchers) => matchers.iter().any(Self::needs_head),
            Kind::Not(matcher) | Kind::UntilClosed(matcher) => matcher.needs_head(),
            _ => false,
        }
    }

    /// Whether it asks for a ping or pong, which WebSocket alone has.
    pub fn needs_control(&self) -> bool {
        match &self.0.kind {
            Kind::Control(..) => true,
            Kind::OneOf(matchers) | Kind::AllOf(matchers) => matchers.iter().any(Self::needs_control),
            Kind::Not(matcher) | Kind::UntilClosed(matcher) => matcher.needs_control(),
            _ => false,
        }
    }

    /// Whether no JSON value can match it: it is exact bytes which are none.
    pub fn is_no_json(&self) -> bool {
        match &self.0.kind {
            Kind::Exact(Payload::Fixed(bytes)) => serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err(),
            Kind::OneOf(matchers) | Kind::AllOf(matchers) => matchers.iter().any(Self::is_no_json),
            _ => false,
        }
    }

    /// Why it cannot be used on `raw`, where that is so: it does not say where a message ends.
    pub fn raw_refusal(&self) -> Option<&'static str> {
        match &self.0.kind {
            Kind::Any => Some("`any` does not say where a message ends on `raw`; `\"until\": \"closed\"` does"),
            Kind::Not(_) => Some("`not` does not say where a message ends on `raw`; `\"until\": \"closed\"` does"),
            Kind::Message(binary) if !binary.layout.has_known_end() => Some(
                "the last field of this `message` goes to the end, so that it does not say where it ends on `raw`; \
                 `\"until\": \"closed\"` does",
            ),
            Kind::Form(_) => Some("`form` does not say where a message ends on `raw`; `\"until\": \"closed\"` does"),
            Kind::Size { least, most } if *most != Some(*least) => Some(
                "`size` with a range does not say where a message ends on `raw`; one number or `\"until\": \"closed\"` does",
            ),
            Kind::OneOf(matchers) => matchers.iter().find_map(Self::raw_refusal),
            Kind::AllOf(matchers) => {
                let refusals: Option<Vec<_>> = matchers.iter().map(Self::raw_refusal).collect();
                refusals.map(|refusals| {
                    refusals
                        .first()
                        .copied()
                        .unwrap_or("`all_of` nothing does not say where a message ends on `raw`")
                })
            }
            _ => None,
        }
    }
}

/// What a regex has wrong, on one line.
pub fn regex_error(error: &regex::Error) -> String {
    let text = error.to_string();
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let last = lines.rev().find_map(|line| line.strip_prefix("error: "));
    format!("the regex is wrong: {}", last.unwrap_or(first))
}

#[cfg(test)]
pub(in crate::wire) mod tests;

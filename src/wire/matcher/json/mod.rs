//! Matchers of JSON values.
//!
//! Owns their shape, which is the same before and after templates are filled in. Reading them from the scenario is in
//! `compile`, comparing in `compare`.

mod compare;
mod compile;

use serde_json::{Number, Value as Json};

use super::difference;
use super::{By, Captures, Matcher, Mismatch, Want};
use crate::wire::integer::integer;
use crate::wire::template::{ExpressionError, JsonTemplate, Scope};
pub(super) use compare::{equal, step};

/// What is wrong with a JSON matcher as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct JsonMatcherError {
    /// Where the wrong value is, as a JSON pointer.
    pub pointer: String,
    /// What is wrong with it.
    pub text: String,
}

/// A matcher of a JSON value, of values `V` and matchers of text `M`.
#[derive(Debug)]
pub(in crate::wire) enum Shape<V, M> {
    /// This value; a map may have more members.
    Value(V),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
    Any,
    /// No member of this name.
    Absent,
    /// If there is such a member.
    Optional(Box<Self>),
    Type(Vec<Type>),
    Range(Option<V>, Option<V>),
    Size(u64, Option<u64>),
    /// A text, matched as a message is.
    Text(M),
    /// What this matcher matches: a text as a message is, else a value as it is.
    Is(M),
    Unordered(Vec<Self>),
    Each(Box<Self>),
    Capture(String, Box<Self>),
    OneOf(Vec<Self>),
    AllOf(Vec<Self>),
    Not(Box<Self>),
}

/// As it is compiled.
pub(super) type Node = Shape<JsonTemplate, Matcher>;

/// With its templates filled in.
pub(in crate::wire) type Filled = Shape<Json, Want>;

/// The types of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    const ALL: [(&'static str, Self); 7] = [
        ("null", Self::Null),
        ("boolean", Self::Boolean),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("string", Self::String),
        ("array", Self::Array),
        ("object", Self::Object),
    ];

    fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }

    fn is(self, json: &Json) -> bool {
        match (self, json) {
            (Self::Integer, Json::Number(number)) => {
                !number.is_f64() || number.as_f64().is_some_and(|float| float.fract() == 0.0)
            }
            (Self::Null, Json::Null)
            | (Self::Boolean, Json::Bool(_))
            | (Self::Number, Json::Number(_))
            | (Self::String, Json::String(_))
            | (Self::Array, Json::Array(_))
            | (Self::Object, Json::Object(_)) => true,
            _ => false,
        }
    }
}

impl<V, M> Shape<V, M> {
    /// Calls `add` with each name that is captured, in order.
    pub(super) fn captures(&self, add: &mut dyn FnMut(&str, By))
    where
        M: HasCaptures,
    {
        match self {
            Self::Value(_)
            | Self::Any
            | Self::Absent
            | Self::Type(_)
            | Self::Range(..)
            | Self::Size(..)
            | Self::Not(_) => {}
            Self::Text(matcher) | Self::Is(matcher) => matcher.each_capture(add),
            Self::Array(nodes) | Self::Unordered(nodes) | Self::OneOf(nodes) | Self::AllOf(nodes) => {
                nodes.iter().for_each(|node| node.captures(add));
            }
            Self::Object(members) => members.iter().for_each(|(_, node)| node.captures(add)),
            Self::Optional(node) | Self::Each(node) => node.captures(add),
            Self::Capture(name, node) => {
                add(name, By::Name);
                node.captures(add);
            }
        }
    }
}

/// What may stand in a shape for a matcher of text.
pub(super) trait HasCaptures {
    fn each_capture(&self, add: &mut dyn FnMut(&str, By));
}

impl HasCaptures for Matcher {
    fn each_capture(&self, add: &mut dyn FnMut(&str, By)) {
        for name in self.captures() {
            let by = match self.named_captures().contains(name) {
                true => By::Name,
                false => By::Pattern,
            };
            add(name, by);
        }
    }
}

impl HasCaptures for Want {
    /// A want's names are found when it is tested.
    fn each_capture(&self, _: &mut dyn FnMut(&str, By)) {}
}

impl Node {
    /// Calls `visit` with the names that each part uses, and whether it draws.
    pub(super) fn uses(&self, visit: &mut dyn FnMut(&[String], bool)) {
        match self {
            Self::Value(value) => visit(&value.names(), value.generates()),
            Self::Range(least, most) => {
                for bound in [least, most].into_iter().flatten() {
                    visit(&bound.names(), bound.generates());
                }
            }
            Self::Text(matcher) | Self::Is(matcher) => visit(matcher.names(), matcher.generates()),
            Self::Any | Self::Absent | Self::Type(_) | Self::Size(..) => {}
            Self::Array(nodes) | Self::Unordered(nodes) | Self::OneOf(nodes) | Self::AllOf(nodes) => {
                nodes.iter().for_each(|node| node.uses(visit));
            }
            Self::Object(members) => members.iter().for_each(|(_, node)| node.uses(visit)),
            Self::Optional(node) | Self::Each(node) | Self::Capture(_, node) | Self::Not(node) => node.uses(visit),
        }
    }

    /// With its templates filled in.
    pub(super) fn fill(&self, scope: &dyn Scope) -> Result<Filled, ExpressionError> {
        let all = |nodes: &[Self]| nodes.iter().map(|node| node.fill(scope)).collect::<Result<Vec<_>, _>>();
        let boxed = |node: &Self| node.fill(scope).map(Box::new);
        Ok(match self {
            Self::Value(value) => Shape::Value(value.json(scope)?),
            Self::Array(nodes) => Shape::Array(all(nodes)?),
            Self::Object(members) => {
                let members = members.iter().map(|(key, node)| Ok((key.clone(), node.fill(scope)?)));
                Shape::Object(members.collect::<Result<_, ExpressionError>>()?)
            }
            Self::Any => Shape::Any,
            Self::Absent => Shape::Absent,
            Self::Optional(node) => Shape::Optional(boxed(node)?),
            Self::Type(types) => Shape::Type(types.clone()),
            Self::Range(least, most) => {
                let bound =
                    |bound: &Option<JsonTemplate>| match bound.as_ref().map(|bound| bound.json(scope)).transpose()? {
                        Some(other) if !other.is_number() => Err(ExpressionError::new(format!(
                            "`$range` needs numbers, found {}",
                            difference::json(&other)
                        ))),
                        bound => Ok(bound),
                    };
                Shape::Range(bound(least)?, bound(most)?)
            }
            Self::Size(least, most) => Shape::Size(*least, *most),
            Self::Text(matcher) => Shape::Text(matcher.fill(scope)?),
            Self::Is(matcher) => Shape::Is(matcher.fill(scope)?),
            Self::Unordered(nodes) => Shape::Unordered(all(nodes)?),
            Self::Each(node) => Shape::Each(boxed(node)?),
            Self::Capture(name, node) => Shape::Capture(name.clone(), boxed(node)?),
            Self::OneOf(nodes) => Shape::OneOf(all(nodes)?),
            Self::AllOf(nodes) => Shape::AllOf(all(nodes)?),
            Self::Not(node) => Shape::Not(boxed(node)?),
        })
    }
}

impl Filled {
    /// Whether a value matches; `exact`: no members that were not asked for.
    pub(super) fn test(&self, json: &Json, exact: bool) -> Result<Captures, Mismatch> {
        compare::test(self, json, exact)
    }

    /// What it asks for, as short text.
    pub(super) fn describe(&self) -> String {
        let listed = |nodes: &[Self]| nodes.iter().map(Self::describe).collect::<Vec<_>>().join(",");
        match self {
            Self::Value(value) => value.to_string(),
            Self::Array(nodes) => format!("[{}]", listed(nodes)),
            Self::Object(members) => {
                let members = members
                    .iter()
                    .map(|(key, node)| format!("{}:{}", Json::from(key.as_str()), node.describe()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            Self::Any => "any".to_owned(),
            Self::Absent => "nothing".to_owned(),
            Self::Optional(node) => format!("optional {}", node.describe()),
            Self::Type(types) => types.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" or "),
            Self::Range(least, most) => {
                let side = |bound: &Option<Json>| bound.as_ref().map_or_else(String::new, Json::to_string);
                format!("{}..{}", side(least), side(most))
            }
            Self::Size(least, most) => format!("size {}", sizes(*least, *most)),
            Self::Text(want) | Self::Is(want) => want.describe(),
            Self::Unordered(nodes) => format!("unordered [{}]", listed(nodes)),
            Self::Each(node) => format!("each {}", node.describe()),
            Self::Capture(name, node) => match **node {
                Self::Any => format!("{{{name}}}"),
                _ => format!("{{{name}}} {}", node.describe()),
            },
            Self::OneOf(nodes) => format!("one of {}", listed(nodes)),
            Self::AllOf(nodes) => format!("all of {}", listed(nodes)),
            Self::Not(node) => format!("not {}", node.describe()),
        }
    }
}

fn sizes(least: u64, most: Option<u64>) -> String {
    match most {
        Some(most) if most == least => least.to_string(),
        Some(most) => format!("{least} to {most}"),
        None => format!("{least} or more"),
    }
}

/// The order of two numbers, exact where both are integers.
fn order(one: &Number, other: &Number) -> Option<std::cmp::Ordering> {
    match (integer(one), integer(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

#[cfg(test)]
mod tests;

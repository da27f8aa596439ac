//! A file as parts that are copied, not read: scalars and keys are pieces of the text.
//!
//! Owns the tree that is laid out. Does not own where its lines break.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;

/// A value.
#[derive(Debug)]
pub(super) enum Part<'t> {
    /// What has no parts, as it is written.
    Scalar(&'t str),
    /// A list.
    List(Vec<Item<'t>>),
    /// An object.
    Object(Vec<Member<'t>>),
}

/// A value in a list.
#[derive(Debug)]
pub(super) struct Item<'t> {
    /// Whether the author left a line empty before it.
    pub(super) apart: bool,
    /// The value.
    pub(super) part: Part<'t>,
}

/// A value in an object.
#[derive(Debug)]
pub(super) struct Member<'t> {
    /// Whether the author left a line empty before it.
    pub(super) apart: bool,
    /// The key as it is written, in its quotes.
    pub(super) key: &'t str,
    /// What the key says, its escapes resolved.
    pub(super) name: String,
    /// The value.
    pub(super) part: Part<'t>,
}

impl<'t> Part<'t> {
    /// Recursion is bounded, as the parser bounds how deep a text is nested.
    pub(super) fn of(value: &Value<'_>, text: &'t str) -> Self {
        let mut end = value.start();
        match value {
            Value::Array(array) => Self::List(
                array
                    .elements
                    .iter()
                    .map(|value| Item {
                        apart: apart(text, &mut end, value),
                        part: Self::of(value, text),
                    })
                    .collect(),
            ),
            Value::Object(object) => Self::Object(
                object
                    .properties
                    .iter()
                    .map(|property| Member {
                        apart: apart(text, &mut end, property),
                        key: &text[property.name.start()..property.name.end()],
                        name: property.name.as_str().to_owned(),
                        part: Self::of(&property.value, text),
                    })
                    .collect(),
            ),
            _ => Self::Scalar(&text[value.start()..value.end()]),
        }
    }

    /// Whether it is a scalar, or has no parts either.
    pub(super) fn is_scalar(&self) -> bool {
        match self {
            Self::Scalar(_) => true,
            Self::List(items) => items.is_empty(),
            Self::Object(members) => members.is_empty(),
        }
    }
}

/// Whether a line is empty between the end of what came before and the next; its end is the end then.
fn apart(text: &str, end: &mut usize, next: &impl Ranged) -> bool {
    let between = &text[*end..next.start()];
    *end = next.end();
    between.matches('\n').count() > 1
}

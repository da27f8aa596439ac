//! Layouts of binary messages as written.
//!
//! Owns fields with their parts. Does not own what types and other fields they name, which the plan finds.

use super::{At, Node, Span};

/// One of `messages`.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Its name.
    pub name: At<String>,
    /// Its fields, in order.
    pub fields: Vec<LayoutField>,
}

/// One field of a layout.
#[derive(Clone, Debug)]
pub struct LayoutField {
    /// Where it stands.
    pub span: Span,
    /// Its name.
    pub name: At<String>,
    /// Its type.
    pub kind: FieldKind,
    /// It is there only where this holds.
    pub when: Option<At<String>>,
    /// What it always is.
    pub value: Option<Node>,
    /// What it is the size of: `rest`, `all` or a field.
    pub size_of: Option<At<String>>,
    /// What is added to that size.
    pub add: Option<At<i64>>,
    /// The list that it is the number of elements of.
    pub count_of: Option<At<String>>,
    /// The name of the checksum that it is.
    pub checksum: Option<At<String>>,
    /// What the checksum is over: `rest`, `all` or fields.
    pub over: Vec<At<String>>,
}

/// The type of a field.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// One type.
    One(FieldType),
    /// One of several, by an expression.
    Switch {
        /// What decides.
        on: At<String>,
        /// Types by the value that decides for them.
        cases: Vec<(At<String>, FieldType)>,
        /// The type for all other values.
        other: Option<FieldType>,
        /// How far it goes.
        extents: Vec<FieldExtent>,
    },
}

/// A type, and how far what is of it goes.
#[derive(Clone, Debug)]
pub struct FieldType {
    /// Its name: `u16`, `utf8`, that of a message.
    pub name: At<String>,
    /// The type of a list's elements.
    pub of: Option<Box<Self>>,
    /// How far it goes; more than one is a mistake, which the plan tells.
    pub extents: Vec<FieldExtent>,
}

/// What says how far something goes.
#[derive(Clone, Debug)]
pub enum FieldExtent {
    /// A number before it, of this type.
    Prefix(At<String>),
    /// An expression for the number of bytes.
    Size(At<String>),
    /// An expression for the number of elements.
    Count(At<String>),
    /// Bytes behind it, in hexadecimal.
    Until(At<String>),
}

impl FieldExtent {
    /// Its place.
    pub const fn span(&self) -> Span {
        match self {
            Self::Prefix(text) | Self::Size(text) | Self::Count(text) | Self::Until(text) => text.span,
        }
    }
}

//! What a field is: its type, how far it goes, and where its value comes from.

use serde_json::Value as Json;

use super::checksum::Algorithm;
use super::number::Number;
use super::scalar::Scalar;
use super::scope::Formula;

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// It is there only where this holds.
    pub when: Option<Formula>,
    /// Where its value comes from.
    pub role: Role,
    /// Where it goes to the end: how many bytes behind it belong to the fields behind it.
    pub tail: usize,
}

/// The type of a field or of an element.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One value.
    Scalar(Scalar),
    /// Bytes, in hexadecimal.
    Bytes(Extent),
    /// Text in UTF-8.
    Text(Extent),
    /// Another message, by its place among all.
    Message(usize, Extent),
    /// A list.
    List(Box<Self>, Extent),
    /// One of several types.
    Switch {
        /// What decides.
        on: Formula,
        /// Types by the value, as text, that decides for them.
        cases: Vec<(String, Self)>,
        /// The type for all other values.
        other: Option<Box<Self>>,
        /// How far it goes.
        extent: Extent,
    },
}

/// How far something goes.
#[derive(Clone, Debug)]
pub enum Extent {
    /// To the end of what it is in; a message of its own as far as its fields go.
    End,
    /// A number before it says how many bytes, or of a list how many elements; -1 in a signed one that there is nothing,
    /// `null`.
    Prefix(Number),
    /// So many bytes.
    Size(Formula),
    /// So many elements.
    Count(Formula),
    /// To these bytes, which belong to it.
    Until(Vec<u8>),
}

/// Where a field's value comes from.
#[derive(Clone, Debug)]
pub enum Role {
    /// From whoever sends.
    Plain,
    /// It is always this, as it is read from bytes.
    Fixed(Json),
    /// The size of something, and `add`.
    SizeOf {
        /// Of what.
        of: Of,
        /// What is added to the size.
        add: i64,
    },
    /// The number of elements of the list in this place.
    CountOf(usize),
    /// A checksum.
    Checksum {
        /// How it is made.
        algorithm: Algorithm,
        /// Over what.
        of: Of,
    },
}

/// What a size or checksum is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// All bytes of the message behind the field.
    Rest,
    /// All bytes of the message.
    All,
    /// The fields in these places.
    Fields(Vec<usize>),
}

impl Role {
    /// Whether the value is made from other fields.
    pub const fn is_computed(&self) -> bool {
        matches!(self, Self::SizeOf { .. } | Self::CountOf(_) | Self::Checksum { .. })
    }
}

impl Kind {
    /// How many bits it has, where it is one of those that share bytes.
    pub const fn bits(&self) -> Option<u32> {
        match self {
            Self::Scalar(Scalar::Bits(bits)) => Some(*bits),
            _ => None,
        }
    }

    /// How far it goes; none where it says so itself.
    pub const fn extent(&self) -> Option<&Extent> {
        match self {
            Self::Scalar(_) => None,
            Self::Bytes(extent)
            | Self::Text(extent)
            | Self::Message(_, extent)
            | Self::List(_, extent)
            | Self::Switch { extent, .. } => Some(extent),
        }
    }

    /// What is sent where nothing is given.
    pub(super) fn empty(&self) -> Json {
        match self {
            Self::Scalar(scalar) => scalar.empty(),
            Self::Bytes(_) | Self::Text(_) => Json::String(String::new()),
            Self::Message(..) => Json::Object(serde_json::Map::new()),
            Self::List(..) => Json::Array(Vec::new()),
            Self::Switch { .. } => Json::Null,
        }
    }
}

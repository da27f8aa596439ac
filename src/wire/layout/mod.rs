//! Binary messages: what a layout is, and how bytes become fields and fields bytes.
//!
//! Owns the types, the extents, what is computed, and the limits on decoding what somebody else sent. A layout is told of its
//! bytes alone: it opens nothing and asks nobody. Does not own how a layout is written, nor whether what it refers to is
//! there; `plan` makes none that is wrong.

mod canonical;
mod check;
mod checksum;
mod error;
mod fields;
mod kind;
mod name;
mod number;
#[cfg(test)]
mod properties;
mod reader;
mod scalar;
mod scope;
mod shown;
mod size;
mod writer;

use std::sync::Arc;

use serde_json::Value as Json;

pub use canonical::Inner;
pub use check::Misfit;
pub use checksum::Algorithm;
pub use error::{Undecodable, Unencodable};
pub use fields::Fields;
pub use kind::{Extent, Field, Kind, Of, Role};
pub use number::Number;
pub use reader::{Dissection, Part};
pub use scalar::Scalar;
pub use scope::Formula;
pub use size::Sizes;

/// How deep messages may be in each other.
pub const DEEPEST: usize = 32;

/// How many fields and elements a message may have in all. A message of a few bytes may say that a list has four thousand
/// million elements; this, and not what it says, bounds the work and the memory.
pub const MOST_VALUES: usize = 1 << 18;

/// All layouts of a scenario, which may refer to each other.
#[derive(Clone, Debug, Default)]
pub struct Layouts(Arc<Set>);

/// Layouts, and what is known of their sizes.
#[derive(Debug, Default)]
struct Set {
    definitions: Vec<Definition>,
    sizes: Sizes,
}

/// One layout, by its name and its fields.
#[derive(Debug)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Its fields, in the order of their bytes.
    pub fields: Vec<Field>,
}

/// One layout among those that it may refer to.
#[derive(Clone, Debug)]
pub struct Layout {
    all: Layouts,
    at: usize,
}

/// What the beginning of a stream is to a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The first so many bytes are a message.
    Whole(usize),
    /// There must be so many bytes, at the least, before more can be said.
    More(usize),
    /// The first so many bytes begin no message.
    Wrong(usize),
}

impl Layouts {
    /// These layouts; each message inside is named by its place among them.
    pub fn new(definitions: Vec<Definition>) -> Self {
        let sizes = Sizes::of(&definitions);
        Self(Arc::new(Set { definitions, sizes }))
    }

    /// The layout of this name.
    pub fn find(&self, name: &str) -> Option<Layout> {
        let at = self
            .0
            .definitions
            .iter()
            .position(|definition| definition.name == name)?;
        Some(Layout { all: self.clone(), at })
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Layout> {
        (0..self.0.definitions.len()).map(|at| Layout { all: self.clone(), at })
    }

    /// Their names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.definitions.iter().map(|definition| definition.name.as_str())
    }
}

impl Layout {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.definition().name
    }

    /// Whether its bytes say where it ends, so that it can be found in bytes without framing.
    pub fn has_known_end(&self) -> bool {
        !self.all.0.sizes.is_open(self.at)
    }

    /// The fields of a message of these bytes, all of which belong to it.
    pub fn decode(&self, bytes: &[u8]) -> Result<Fields, Undecodable> {
        let mut reader = reader::Reader::new(&self.all.0, bytes, true);
        match reader.message(self.at) {
            Ok((values, _)) => Ok(Fields::new(self.clone(), values)),
            Err(stop) => Err(stop.undecodable(self.name(), bytes.len())),
        }
    }

    /// How far the front of a stream is a message.
    pub fn begin(&self, bytes: &[u8]) -> Begun {
        let mut reader = reader::Reader::new(&self.all.0, bytes, false);
        match reader.message(self.at) {
            Ok((_, size)) => Begun::Whole(size),
            Err(reader::Stop::Short(needs)) => Begun::More(needs.max(bytes.len() + 1)),
            Err(reader::Stop::Wrong(_)) => Begun::Wrong(reader.looked().clamp(1, bytes.len().max(1))),
        }
    }

    /// The fields one after another with their places, as far as the bytes are a message.
    pub fn dissect(&self, bytes: &[u8]) -> Dissection {
        let mut reader = reader::Reader::new(&self.all.0, bytes, true);
        reader.keep_parts();
        let result = reader.message(self.at);
        Dissection {
            parts: reader.into_parts(),
            result: result
                .map(|(values, _)| Fields::new(self.clone(), values))
                .map_err(|stop| stop.undecodable(self.name(), bytes.len())),
        }
    }

    /// The bytes of a message with these fields, and all its fields as they are read from them.
    pub fn encode(&self, with: &Json) -> Result<(Vec<u8>, Fields), Unencodable> {
        let (bytes, values) = writer::write(&self.all.0, self.at, with)?;
        Ok((bytes, Fields::new(self.clone(), values)))
    }

    /// What cannot be right in `with`, whatever its templates give: names that no field has, values that no field can hold.
    /// `matching`: it is no payload, and `$` matchers may stand in it.
    pub fn misfits(&self, with: &Json, matching: bool) -> Vec<Misfit> {
        check::misfits(&self.all.0, self.at, with, matching)
    }

    fn definition(&self) -> &Definition {
        &self.all.0.definitions[self.at]
    }
}

/// Two layouts are equal that are the same one.
impl PartialEq for Layout {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && Arc::ptr_eq(&self.all.0, &other.all.0)
    }
}

//! The hashes of a trace, and at which of them two traces differ.
//!
//! Owns the levels. Does not own what is hashed (`hash`).

use std::fmt;

/// A SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

/// How closely two traces are compared, the weakest first: each level sees all differences of those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HashLevel {
    /// The messages of each connection, in any order.
    Set,
    /// The order of messages in each direction of each connection.
    Connection,
    /// The order of all that each strand did.
    Strand,
    /// As before, with the payloads' bytes behind the labels.
    Payload,
}

/// A trace's hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    pub(super) set: Digest,
    pub(super) connection: Digest,
    pub(super) strand: Digest,
    pub(super) payload: Digest,
}

impl Hashes {
    /// The hash of a level.
    pub const fn at(&self, level: HashLevel) -> Digest {
        match level {
            HashLevel::Set => self.set,
            HashLevel::Connection => self.connection,
            HashLevel::Strand => self.strand,
            HashLevel::Payload => self.payload,
        }
    }

    /// The weakest level at which two traces differ.
    pub fn difference(&self, other: &Self) -> Option<HashLevel> {
        use HashLevel::{Connection, Payload, Set, Strand};
        [Set, Connection, Strand, Payload]
            .into_iter()
            .find(|level| self.at(*level) != other.at(*level))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

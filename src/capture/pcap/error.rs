//! What is wrong with a capture.

use std::io;

/// Why a capture cannot be read: with the offset in the file.
#[derive(Debug, thiserror::Error)]
pub enum PcapError {
    /// The file cannot be read.
    #[error("{at}: cannot read: {error}")]
    Read {
        /// Where.
        at: u64,
        /// Why.
        error: io::Error,
    },
    /// It is no capture, or a broken one.
    #[error("{at}: {what}")]
    Broken {
        /// Where.
        at: u64,
        /// What is wrong.
        what: String,
    },
}

impl PcapError {
    pub(super) fn broken(at: u64, what: impl Into<String>) -> Self {
        Self::Broken { at, what: what.into() }
    }
}

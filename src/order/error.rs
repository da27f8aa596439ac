//! Why a trace has no causal order.

use thiserror::Error;

use crate::ident::NameError;
use crate::trace::reader::TraceError;

/// Why a trace has no causal order: it cannot be read, or what it says cannot have happened.
#[derive(Debug, Error)]
pub enum OrderError {
    /// It cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A name in it is none.
    #[error("the trace names a strand or connection wrongly: {0}")]
    Name(#[from] NameError),
    /// A name is too long or too deep to be read.
    #[error("the trace has a name of {length} bytes, nested {depth} deep; 1,024 bytes and a depth of 12 are allowed")]
    NameTooLong {
        /// Its length in bytes.
        length: usize,
        /// How deep its parentheses are nested.
        depth: usize,
    },
    /// There is more of something than is read.
    #[error("the trace has too many {0}")]
    TooMany(&'static str),
    /// An event is missing.
    #[error("event {index} of strand `{strand}` is missing from the trace, but later ones are there")]
    Gap {
        /// The strand.
        strand: String,
        /// The first event that is missing.
        index: u32,
    },
    /// An event is there twice.
    #[error("event {index} of strand `{strand}` is in the trace twice")]
    Twice {
        /// The strand.
        strand: String,
        /// Which event.
        index: u32,
    },
    /// Bytes were received that nobody sent.
    #[error("event {index} of strand `{strand}` received bytes {start} to {end} of `{connection}`, which nobody sent")]
    ReceiveWithoutSend {
        /// The strand.
        strand: String,
        /// Which event.
        index: u32,
        /// The connection and direction.
        connection: String,
        /// The first byte.
        start: u64,
        /// The byte behind the last.
        end: u64,
    },
    /// Two sends claim the same bytes, or a range ends before it begins.
    #[error("event {index} of strand `{strand}` has bytes {start} to {end} of `{connection}`, which cannot be")]
    Range {
        /// The strand.
        strand: String,
        /// Which event.
        index: u32,
        /// The connection and direction.
        connection: String,
        /// The first byte.
        start: u64,
        /// The byte behind the last.
        end: u64,
    },
    /// A connection was opened or accepted twice.
    #[error("connection `{0}` is opened or accepted twice in the trace")]
    OpenedTwice(String),
    /// A record is about something else than a send.
    #[error("the trace says what became of event {index} of strand `{strand}`, which is no untaken `send`")]
    Record {
        /// The strand.
        strand: String,
        /// Which event.
        index: u32,
    },
    /// Events that each wait for another.
    #[error("the trace's events are in no order: each of these strands waits for the next: {}", .0.join(", "))]
    Cycle(Vec<String>),
}

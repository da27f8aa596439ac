//! What the receivers of messages captured, borrowed from their lines.
//!
//! Owns one pass over the file that reads hardly anything of a line without captures. Does not own what becomes of the
//! values (`trace::captured`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::memmem::Finder;
use serde::Deserialize;

use super::{TraceError, TraceSource};

/// What stands in a line with captures, and in no text: there a quotation mark has a backslash before it.
const KEY: &[u8] = b"\"captured\":{";

#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    event: Option<Event<'a>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    receive: Option<Receive<'a>>,
}

#[derive(Deserialize)]
struct Receive<'a> {
    #[serde(borrow, default)]
    captured: BTreeMap<Text<'a>, Text<'a>>,
}

impl TraceSource {
    /// Calls `each` with each name and value that was captured and is to be masked: those of the header, then in the order
    /// of lines.
    pub fn captured<E: From<TraceError>>(&self, mut each: impl FnMut(&str, &str) -> Result<(), E>) -> Result<(), E> {
        for (name, values) in &self.header().mask.values {
            values.iter().try_for_each(|value| each(name, value))?;
        }
        let key = Finder::new(KEY);
        self.lines(|line| {
            if key.find(line.text).is_none() {
                return Ok(());
            }
            let read: Line<'_> = serde_json::from_slice(line.text).map_err(|error| line.broken(error.to_string()))?;
            let captured = read
                .event
                .and_then(|event| event.receive)
                .map(|receive| receive.captured);
            let mut pairs = captured.iter().flatten();
            pairs.try_for_each(|(name, value)| each(&name.0, &value.0))
        })
    }
}

//! How binary messages are shown, and read where no step says as what.
//!
//! Owns that an endpoint's `messages` say it, the first that fits, for both ends of its connections alike: a diagram must
//! not depend on which end is ours. Does not own the words (`wire::layout`).

use std::sync::Arc;

use super::world::World;
use crate::wire::layout::{Fields, Layout};
use crate::wire::message::Message;

/// A message as one line, where its bytes say little: as the first of these layouts that fits, else as it was read or made,
/// else as its framing has it.
pub(super) fn shown(layouts: &[Layout], message: &Message) -> Option<String> {
    if let Some(fields) = first_that_fits(layouts, message) {
        return Some(fields.shown());
    }
    let own = message.fields().map(|fields| fields.shown());
    own.or_else(|| message.shown().map(str::to_owned))
}

/// A ping or pong is none of them, whatever it holds.
fn first_that_fits(layouts: &[Layout], message: &Message) -> Option<Fields> {
    if message.control().is_some() {
        return None;
    }
    layouts.iter().find_map(|layout| layout.decode(message.bytes()).ok())
}

impl World {
    /// As [`shown`], of a message on a connection.
    pub(super) fn shown(&self, connection: &str, message: &Message) -> Option<String> {
        shown(self.messages_of(connection), message)
    }

    /// A message that was taken, with the fields of the binary message that it is.
    pub(super) fn read(&self, connection: &str, message: Message) -> Message {
        if message.fields().is_some() {
            return message;
        }
        match first_that_fits(self.messages_of(connection), &message) {
            Some(fields) => message.with_fields(Arc::new(fields)),
            None => message,
        }
    }

    /// The messages of the endpoint that a connection leads to.
    fn messages_of(&self, connection: &str) -> &[Layout] {
        let endpoint = connection.split('/').next().unwrap_or_default();
        let located = self.directory.get(endpoint);
        located.map_or(&[], |located| &located.messages)
    }
}

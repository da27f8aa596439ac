//! How binary messages are shown, and read where no step says as what.
//!
//! Owns that an endpoint's `messages` say it, the first that fits, for both ends of its connections alike: a diagram must
//! not depend on which end is ours. Does not own the words (`wire::layout`).

use std::sync::Arc;

use super::world::World;
use crate::wire::layout::{Fields, Layout};
use crate::wire::message::Message;

impl World {
    /// A message as one line, where it is a binary one.
    pub(super) fn shown(&self, connection: &str, message: &Message) -> Option<String> {
        match self.first_that_fits(connection, message) {
            Some(fields) => Some(fields.shown()),
            None => message.fields().map(|fields| fields.shown()),
        }
    }

    /// A message that was taken, with the fields of the binary message that it is.
    pub(super) fn read(&self, connection: &str, message: Message) -> Message {
        if message.fields().is_some() {
            return message;
        }
        match self.first_that_fits(connection, &message) {
            Some(fields) => message.with_fields(Arc::new(fields)),
            None => message,
        }
    }

    fn first_that_fits(&self, connection: &str, message: &Message) -> Option<Fields> {
        let layouts = self.messages_of(connection);
        layouts.iter().find_map(|layout| layout.decode(message.bytes()).ok())
    }

    /// The messages of the endpoint that a connection leads to.
    fn messages_of(&self, connection: &str) -> &[Layout] {
        let endpoint = connection.split('/').next().unwrap_or_default();
        let located = self.directory.get(endpoint);
        located.map_or(&[], |located| &located.messages)
    }
}

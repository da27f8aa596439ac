//! What two programs of their own say to each other at once.
//!
//! Owns which neighbours on the path between two programs may as well have been seen in the other order: all of opposite
//! directions that are not request and reply. Replies are taken to come in the order of their requests, one each; what the
//! accepting side says before it was asked anything is its greeting, which the other side waits for. Does not own who is
//! outside (`numbers`).

use super::questions::Question;
use crate::ident::{ConnectionName, Direction, StrandName, Tail};
use crate::order::RaceKind;
use crate::order::index::{Class, Index};

/// All such pairs of a trace.
pub(super) fn between(index: &Index, questions: &mut Vec<Question>) {
    for rank in 0..index.strands.len() {
        let session = session(index.strands.recorded(rank));
        let number = session.and_then(|name| index.connections.find(&name.to_string()));
        if let Some(number) = number.filter(|number| index.connections.is_between(*number)) {
            let on_it = |event: &u32| index.link(*event).connection() == Some(number);
            let mut path = Path::default();
            for event in index.strands.range(rank).filter(on_it) {
                path.see(index, event, questions);
            }
        }
    }
}

/// The connection that a strand is the session of.
fn session(strand: &StrandName) -> Option<ConnectionName> {
    let [
        Tail::Session {
            endpoint,
            opener,
            number,
        },
    ] = &strand.tails[..]
    else {
        return None;
    };
    Some(ConnectionName {
        target: strand.actor.clone()?,
        endpoint: endpoint.clone(),
        opener: opener.clone(),
        number: *number,
    })
}

/// A conversation as far as it was seen.
#[derive(Default)]
struct Path {
    /// How many messages of the opening side have no reply yet.
    open: u32,
    /// Whether the opening side has said anything.
    asked: bool,
    last: Option<Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    event: u32,
    direction: Direction,
    ending: bool,
    /// Whether the other side can be taken to have waited for it.
    awaited: bool,
}

impl Path {
    fn see(&mut self, index: &Index, event: u32, questions: &mut Vec<Question>) {
        let ending = match index.class(event) {
            Class::Send | Class::Receive => false,
            Class::Closing | Class::Closed => true,
            _ => return,
        };
        let direction = index.link(event).direction();
        let opens = direction == Direction::FromOpener;
        if let Some(last) = self.last
            && last.direction != direction
        {
            // A reply to the last that was asked follows it; what is asked follows what the asking side waited for.
            let follows = if opens { last.awaited } else { self.open <= 1 };
            if !(follows || ending && last.ending) {
                questions.push(Question {
                    kind: RaceKind::Opposite,
                    first: last.event,
                    second: event,
                    at: event,
                    before: false,
                    any: Vec::new(),
                    cell: None,
                });
            }
        }
        let mut awaited = false;
        if opens {
            self.open += 1;
            self.asked = true;
        } else {
            let answers = self.open > 0;
            self.open = if ending { 0 } else { self.open.saturating_sub(1) };
            awaited = !self.asked || answers && self.open == 0;
        }
        self.last = Some(Seen {
            event,
            direction,
            ending,
            awaited,
        });
    }
}

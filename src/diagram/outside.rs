//! What is drawn of connections to and from programs of their own.
//!
//! Owns the lines of which only one end is in the trace: what came from outside, what was sent there, and connections that
//! were opened or accepted there. Each is drawn as between actors, at the place of the end that is known: nobody knows
//! when the outside sent or took it, or whether it took it at all. Does not own the words (`rules`).

use crate::diagram::model::Arrow;
use crate::diagram::notes;
use crate::diagram::rules::{Sketch, arrow_of, ending, is_response, message, opening, receiving, sending};
use crate::ident::Direction;
use crate::order::unit::{Placed, Unit};
use crate::trace::event::{Closed, Kind};

/// What came from outside; none where it did not, or is drawn as everywhere.
pub(super) fn taken<'u>(
    unit: &'u Unit,
    receive: &'u Placed,
    by_place: bool,
    lifecycle: bool,
) -> Option<Vec<Sketch<'u>>> {
    let connection = unit.connection.as_deref();
    let mut lines = match &receive.event.event {
        Kind::Receive { direction, .. } | Kind::Malformed { direction, .. } if unit.unseen == Some(*direction) => {
            whole(unit, receive, is_response(receive, by_place), lifecycle)
        }
        Kind::Closed { direction, how, .. } if unit.unseen == Some(*direction) && *how != Closed::Abandoned => {
            ending(connection, receive, None, false, lifecycle)
        }
        _ => return None,
    };
    lines.extend(notes::taken(receive, None));
    Some(lines)
}

/// What was sent to the outside; none where it was not.
pub(super) fn sent<'u>(unit: &'u Unit, send: &'u Placed, response: bool, lifecycle: bool) -> Option<Vec<Sketch<'u>>> {
    let Kind::Send { direction, .. } = &send.event.event else {
        return None;
    };
    (unit.unseen == Some(direction.reverse())).then(|| whole(unit, send, response, lifecycle))
}

/// A connection that the outside opened; none where it did not.
pub(super) fn accepted<'u>(unit: &'u Unit, accept: &'u Placed, lifecycle: bool) -> Option<Vec<Sketch<'u>>> {
    if !matches!(accept.event.event, Kind::Accept { .. }) || unit.unseen != Some(Direction::FromOpener) {
        return None;
    }
    Some(match lifecycle {
        true if unit.datagrams => Vec::new(),
        true => opening(unit.connection.as_deref(), accept, Some(accept)),
        false => Vec::new(),
    })
}

/// A message by the one event that there is of it.
fn whole<'u>(unit: &'u Unit, event: &'u Placed, response: bool, lifecycle: bool) -> Vec<Sketch<'u>> {
    let connection = unit.connection.as_deref();
    if lifecycle {
        let mut lines = sending(connection, event, None, response, arrow_of(unit, Arrow::Request), "");
        lines.extend(receiving(connection, event, event, response));
        return lines;
    }
    let arrow = if response { Arrow::Response } else { Arrow::Request };
    message(connection, event, None, arrow_of(unit, arrow), "")
}

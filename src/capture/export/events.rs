//! Which events of a trace become packets.
//!
//! Owns the connection that each of them is on. Does not own what is written of it (`export`).

use crate::trace::event::Kind;
use crate::trace::reader::SkimKind;

/// The connection that an event is on.
pub(super) fn connection<'a>(kind: &'a SkimKind<'_>) -> Option<&'a str> {
    match kind {
        SkimKind::Connect { connection, .. }
        | SkimKind::Connected { connection }
        | SkimKind::Accept { connection, .. }
        | SkimKind::Send { connection, .. }
        | SkimKind::Receive { connection, .. }
        | SkimKind::Malformed { connection, .. }
        | SkimKind::Closing { connection, .. }
        | SkimKind::Closed { connection, .. } => Some(connection),
        _ => None,
    }
}

/// The same of a whole event, where something is written at it.
pub(super) fn name(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Connected { connection }
        | Kind::Accept { connection, .. }
        | Kind::Send { connection, .. }
        | Kind::Receive { connection, .. }
        | Kind::Malformed { connection, .. }
        | Kind::Closing { connection, .. }
        | Kind::Closed { connection, .. } => Some(connection),
        _ => None,
    }
}

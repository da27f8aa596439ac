//! What is drawn of connections from outside the scenario.
//!
//! Owns the arrows of which only one end is in the trace: what came from outside, and what was sent there. Whether the
//! outside took it nobody knows, and when it closed is drawn where a step waited for it. Does not own the arrows between
//! actors (`rules`).

use crate::diagram::{label, notes};
use crate::diagram::model::Arrow;
use crate::diagram::rules::{Sketch, What, shown_headers};
use crate::ident::{ActorName, ConnectionName};
use crate::order::unit::Placed;
use crate::trace::event::{Closed, Kind};

/// The outside, where that is who opened a connection.
pub(super) fn outside(connection: Option<&ConnectionName>) -> Option<&ActorName> {
    let opener = connection?.opener.actor.as_ref()?;
    opener.is_outside().then_some(opener)
}

/// What came from outside; none where the connection is one between actors, or it is drawn as everywhere.
pub(super) fn taken<'u>(
    connection: Option<&ConnectionName>,
    receive: &'u Placed,
    lifecycle: bool,
) -> Option<Vec<Sketch<'u>>> {
    let from = outside(connection)?.clone();
    let to = connection?.target.clone();
    let said = receive.event.label.as_deref().map(label::given);
    let arrow = |arrow, text: String| Sketch {
        what: What::Arrow(from.clone(), to.clone(), arrow, text),
        events: vec![receive],
        message: true,
    };
    Some(match &receive.event.event {
        Kind::Receive { content, .. } => {
            let text = said.unwrap_or_else(|| label::message(content, &shown_headers(content, None)));
            match lifecycle {
                true => vec![Sketch {
                    what: What::Arrow(
                        to.clone(),
                        from.clone(),
                        Arrow::Request,
                        format!("Receive Data: {text}"),
                    ),
                    events: vec![receive],
                    message: true,
                }],
                false => vec![arrow(Arrow::Request, text)],
            }
        }
        Kind::Closed { how, partial: None, .. } => {
            let (shape, words) = match (how, lifecycle) {
                (Closed::Reset, _) => (Arrow::Reset, "reset"),
                (_, true) => (Arrow::Request, "Close Connection"),
                (_, false) => (Arrow::Open, "close"),
            };
            let mut drawn = vec![arrow(shape, said.unwrap_or_else(|| words.to_owned()))];
            drawn.extend(notes::taken(receive, None));
            drawn
        }
        Kind::Accept { .. } if lifecycle => vec![
            arrow(Arrow::Request, "Connect".to_owned()),
            Sketch {
                what: What::Arrow(to.clone(), from.clone(), Arrow::Request, "Accept Connection".to_owned()),
                events: vec![receive],
                message: false,
            },
        ],
        _ => return None,
    })
}

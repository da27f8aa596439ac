//! Which messages an invariant is about.
//!
//! Owns what a message of the trace is to a matcher, and what templates of invariants know: the constants, and where
//! endpoints were. Does not own what follows from a message (`counts`, `pairs`).

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::draw::Draw;
use crate::ident::{ActorName, Address, Direction};
use crate::order::{OrderError, Said};
use crate::trace::event::{Content, Kind};
use crate::trace::reader::TraceSource;
use crate::wire::head::Head;
use crate::wire::invariant::Saying;
use crate::wire::matcher::{Captures, Known, Want};
use crate::wire::message::{Control, Message};
use crate::wire::template::{ExpressionError, Scope, World, value};

/// A template of an invariant has no value.
pub(super) type NoValue = ExpressionError;

/// What templates know.
#[derive(Debug)]
pub(super) struct Knowledge {
    vars: BTreeMap<String, Arc<Json>>,
    world: Arc<Endpoints>,
}

/// Where the endpoints of the run were.
#[derive(Debug)]
struct Endpoints(BTreeMap<String, Address>);

impl Knowledge {
    pub(super) fn of(source: &TraceSource, vars: &[(String, Arc<Json>)]) -> Result<Self, OrderError> {
        let endpoints = source.endpoints()?.into_iter();
        let endpoints = endpoints.map(|(name, address)| (name, Address::read(&address)));
        Ok(Self {
            vars: vars.iter().cloned().collect(),
            world: Arc::new(Endpoints(endpoints.collect())),
        })
    }

    /// A matcher with its templates filled in from the constants, and from what another message captured.
    pub(super) fn fill(&self, saying: &Saying, captured: &Captures) -> Result<Want, NoValue> {
        let captured = captured
            .iter()
            .map(|(name, value)| (name.clone(), Arc::new(value.clone())));
        saying.matcher.fill(&Filling {
            all: self,
            captured: captured.collect(),
        })
    }
}

struct Filling<'a> {
    all: &'a Knowledge,
    captured: BTreeMap<String, Arc<Json>>,
}

impl Scope for Filling<'_> {
    fn value(&self, name: &str) -> Option<minijinja::Value> {
        self.captured.get(name).or_else(|| self.all.vars.get(name)).map(value)
    }

    fn world(&self) -> Arc<dyn World> {
        Arc::clone(&self.all.world) as Arc<dyn World>
    }
}

impl World for Endpoints {
    fn draw(&self, purpose: &str) -> Draw {
        // Never reached: no matcher draws.
        Draw::keyed(0, purpose, "", 0)
    }

    fn address(&self, endpoint: &str) -> Option<Address> {
        self.0.get(endpoint).cloned()
    }
}

/// A message of the trace, to be compared with several matchers.
pub(super) struct Spoken<'a> {
    pub(super) said: &'a Said,
    /// Who sent or took it, and who is at the other end.
    ends: Option<(&'a ActorName, &'a ActorName)>,
    message: OnceCell<(Message, Option<u64>)>,
}

impl<'a> Spoken<'a> {
    pub(super) fn new(said: &'a Said) -> Self {
        let sender = match said.direction {
            Direction::FromOpener => said.connection.opener.actor.as_ref(),
            Direction::ToOpener => Some(&said.connection.target),
        };
        let taker = match said.direction {
            Direction::FromOpener => Some(&said.connection.target),
            Direction::ToOpener => said.connection.opener.actor.as_ref(),
        };
        Self {
            said,
            ends: match said.sent {
                true => sender.zip(taker),
                false => taker.zip(sender),
            },
            message: OnceCell::new(),
        }
    }

    /// Whether an invariant is about it.
    pub(super) fn fits(&self, saying: &Saying, want: &Want) -> Known {
        let Some((by, peer)) = self.ends else {
            return Known::Differs;
        };
        if !saying.concerns(self.said.sent, by, peer) {
            return Known::Differs;
        }
        match self.message.get_or_init(|| message(content(self.said))) {
            (message, None) => want.test(message).map_or(Known::Differs, Known::Matches),
            (beginning, Some(size)) => want.test_beginning(beginning, *size),
        }
    }

    /// When it happened, in nanoseconds since the run began.
    pub(super) const fn time(&self) -> u64 {
        self.said.placed.event.time
    }
}

/// What a message held; nothing where it is none.
pub(super) fn content(said: &Said) -> Option<&Content> {
    match &said.placed.event.event {
        Kind::Send { content, .. } | Kind::Receive { content, .. } => Some(content),
        _ => None,
    }
}

/// A message as it was, and its size where only its beginning was kept.
fn message(content: Option<&Content>) -> (Message, Option<u64>) {
    let Some(content) = content else {
        return (Message::default(), None);
    };
    let bytes = match (&content.text, &content.base64) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(base64)) => data_encoding::BASE64.decode(base64.as_bytes()).unwrap_or_default(),
        (None, None) => Vec::new(),
    };
    let head = content.head.as_ref().map(|head| Head {
        line: Some(head.line.clone()).filter(|line| !line.is_empty()),
        headers: head.headers.clone(),
    });
    let message = match head {
        Some(head) => Message::with_head(head, bytes),
        None => Message::new(bytes),
    };
    let control = content.control.as_deref().and_then(Control::named);
    let message = match control {
        Some(control) => message.into_control(control),
        None => message,
    };
    (message, content.size)
}

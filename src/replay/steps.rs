//! What one side of a connection does, step by step.
//!
//! Owns steps that send, take and end, in the order seen. Does not own requests (`client`, `server`).

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::payload::{Files, Style, expected, sent};
use super::values::Variable;
use crate::capture::talk::{Said, Spoken};
use crate::ident::Direction;
use crate::trace::event::Closing;
use crate::units::LONGEST;

/// A wait above this has a timeout of its own.
const LONG: Duration = Duration::from_millis(2500);

/// How steps are written.
#[derive(Debug)]
pub(super) struct Pen<'a> {
    /// The direction in which this side sends.
    pub(super) own: Direction,
    /// How messages are written.
    pub(super) style: Style,
    /// The connection's name, where it has to be said.
    pub(super) on: Option<&'a str>,
    /// What was captured before.
    pub(super) known: &'a [Variable],
    /// When this side did something last.
    pub(super) before: Duration,
}

impl Pen<'_> {
    /// The step for a message, which keeps these of its values.
    pub(super) fn message(&self, spoken: &Spoken, said: &[u8], kept: &[Variable], files: &mut Files) -> Option<Json> {
        let Said::Message { message, place, .. } = &spoken.said else {
            return None;
        };
        let bytes = &said[place.clone()];
        let mut step = Map::new();
        if spoken.direction == self.own {
            step.insert("send".to_owned(), sent(message, bytes, self.style, self.known, files));
        } else {
            let wanted = expected(message, bytes, self.style, self.known, kept, files);
            step.insert("receive".to_owned(), wanted);
            self.wait(spoken, &mut step);
        }
        Some(self.finish(step))
    }

    /// The step for an end; `over` says that the other direction has ended before.
    pub(super) fn end(&self, spoken: &Spoken, over: bool) -> Option<Json> {
        let Said::End { how, .. } = &spoken.said else {
            return None;
        };
        let mut step = Map::new();
        match (how, spoken.direction == self.own) {
            (Closing::Reset, true) => step.insert("reset".to_owned(), json!(true)),
            (Closing::Fin, true) if over => step.insert("close".to_owned(), json!(true)),
            (Closing::Fin, true) => step.insert("shutdown".to_owned(), json!(true)),
            (how, false) => {
                let how = if *how == Closing::Reset { "reset" } else { "eof" };
                let step_of = step.insert("closed".to_owned(), json!(how));
                self.wait(spoken, &mut step);
                step_of
            }
        };
        Some(self.finish(step))
    }

    /// Gives a step that waited long as much time again.
    pub(super) fn wait(&self, spoken: &Spoken, step: &mut Map<String, Json>) {
        let waited = spoken.time.saturating_sub(self.before);
        if waited > LONG {
            // The clocks of a capture may be anywhere.
            let seconds = waited.as_secs().saturating_mul(2).saturating_add(2);
            let seconds = seconds.min(LONGEST.as_secs());
            step.insert("timeout".to_owned(), json!(format!("{seconds}s")));
        }
    }

    pub(super) fn finish(&self, mut step: Map<String, Json>) -> Json {
        if let Some(on) = self.on {
            step.insert("on".to_owned(), json!(on));
        }
        Json::Object(step)
    }
}

//! The ends of a WebSocket: what it is closed with, and which close frame answers one that was taken.

use std::sync::Arc;

use super::failure::Outcome;
use super::scope::Variables;
use super::strand::{CLIENT, Mark, Strand};
use crate::finding::FindingKind;
use crate::net::outbox::Outbox;
use crate::plan::step::{Parting, Step, StepId};
use crate::wire::framing::websocket::{Farewell, LONGEST_REASON};

impl Strand {
    /// What a connection is closed with; nothing where its framing has no words for it.
    pub(super) fn parting(
        &self,
        step: &Step,
        shared: &Variables,
        parting: Option<&Parting>,
    ) -> Outcome<Option<Farewell>> {
        let Some(parting) = parting else { return Ok(None) };
        let reason = match &parting.reason {
            Some(reason) => self.fill(step.id, reason, shared.clone())?,
            None => String::new(),
        };
        if reason.len() > LONGEST_REASON {
            let text = format!(
                "a reason has {LONGEST_REASON} bytes at the most; this one has {}",
                reason.len()
            );
            return Err(self.fail(step.id, FindingKind::Expression, text));
        }
        Ok(Some(Farewell {
            code: parting.code,
            reason,
        }))
    }

    /// Answers the close frame that was taken from a connection with the same code (RFC 6455, 5.5.1), unless this side has
    /// closed before.
    pub(super) fn answer_farewell(&self, step: StepId, at: usize) {
        let connection = &self.connections[at];
        let farewell = connection.inbox.as_ref().and_then(|inbox| inbox.farewell());
        let outbox: Option<&Arc<Outbox>> = connection.outbox.as_ref().or(connection.back.as_ref());
        if let (Some(farewell), Some(outbox)) = (farewell, outbox) {
            let answer = Farewell::of(farewell.code);
            self.finish(Some(&Mark::of(step)), &connection.link, outbox, Some(answer));
        }
        if connection.name == CLIENT && farewell.is_some() {
            self.leave();
        }
    }
}

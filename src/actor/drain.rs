//! Tails: what reads one direction of a connection to its end after its strand closed it.
//!
//! Owns the tail's own strand in the trace, and the finding about what nobody took. Does not own the reading (`net`).

use std::sync::Arc;

use super::again::Memory;
use super::drains::DrainPass;
use super::excerpt::excerpt;
use super::world::{World, finding};
use crate::finding::FindingKind;
use crate::ident::StrandName;
use crate::net::inbox::{Drained, Inbox};
use crate::plan::step::StepId;
use crate::trace::event::{Closed, Kind};
use crate::trace::recorder::{About, Log};
use crate::wire::matcher::Want;
use crate::wire::message::Message;

/// A tail: what reads one direction of a connection to its end after its strand closed it.
pub(super) struct Drain<'a> {
    pub(super) world: &'a Arc<World>,
    pub(super) name: StrandName,
    pub(super) link: &'a Arc<str>,
    pub(super) peer: &'a str,
    /// The strand that closed, and the step in which it did.
    pub(super) closer: (Arc<str>, Option<StepId>),
    /// What may be left over: a rule of `background` would take it.
    pub(super) forgiven: Vec<Want>,
    /// What came before, where what comes again is absorbed.
    pub(super) memory: Option<Box<Memory>>,
}

impl Drain<'_> {
    pub(super) async fn read(self, inbox: Inbox, unread_is_fine: bool, pass: DrainPass) {
        let text = self.name.to_string();
        // What came again was recorded here before.
        let log = match &self.memory {
            Some(memory) => Arc::clone(memory.log()),
            None => Arc::new(Log::new(Arc::clone(&self.world.recorder), &text)),
        };
        let has_end = !inbox.framing().is_datagram();
        let mut again =
            |datagram: &[u8], range| (self.memory.as_ref()).is_some_and(|memory| memory.absorb(datagram, range));
        let direction = inbox.direction();
        let limit = self.world.plan.limits.unread;
        let forgives = |message: &Message| self.forgiven.iter().any(|want| want.test(message).is_ok());
        let drained = pass
            .until_stopped(inbox.drain(limit, &forgives, &mut again))
            .await
            .unwrap_or_default();
        if self.world.pulse.is_cut() {
            return;
        }
        if drained.left > 0 && !unread_is_fine {
            let finding = self.left_over(&drained, limit);
            log.record(About::default(), &Kind::Finding(Box::new(finding.clone())));
            self.world.found(finding);
        }
        if !has_end {
            return;
        }
        let how = drained.end.map_or(Closed::Abandoned, Closed::from);
        let kind = Kind::Closed {
            connection: self.link.to_string(),
            direction,
            how,
            code: drained.farewell.map(|farewell| farewell.code),
            partial: None,
            watch: Vec::new(),
        };
        log.record(About::default(), &kind);
    }

    fn left_over(&self, drained: &Drained, limit: u64) -> crate::finding::Finding {
        let shown = drained.first.as_ref().map(excerpt);
        let text = if drained.end.is_none() {
            format!(
                "{} sends more than {} after the close (`limits.unread`)",
                self.peer,
                crate::units::show_size(limit)
            )
        } else {
            format!("left over from {}: {}", self.peer, shown.clone().unwrap_or_default())
        };
        let (closer, step) = &self.closer;
        let mut finding = finding(self.world, closer, *step, FindingKind::LeftOver, text);
        finding.actual = shown;
        finding.help = Some("receive it, or let the actor say `\"unexpected\": \"ignore\"`".to_owned());
        finding.follows = self.world.is_tainted(self.link);
        finding
    }
}

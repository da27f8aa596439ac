//! Datagrams from anybody: endpoints of datagrams that have no session, so that what comes there is the script's.
//!
//! Owns which those are, that an association is taken by its first datagram, that datagrams are heard in the order in which
//! they came, and whom an answer goes to. Does not own waiting (`hear`).

use std::sync::Arc;

use super::connection::Connection;
use super::dial::accepted_end;
use super::failure::Outcome;
use super::hear::Ear;
use super::scope::Variables;
use super::shared::Shared;
use super::strand::{CLIENT, Mark, Strand};
use crate::finding::FindingKind;
use crate::ident::{StrandName, Tail};
use crate::net::inbox::Inbox;
use crate::plan::Plan;
use crate::plan::step::{On, Step, StepId};
use crate::trace::event::Kind;
use crate::wire::message::Message;

/// What came first of all that is heard at sockets from anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// Nothing has come.
    Nothing,
    /// What came here.
    First(usize),
    /// What somebody sent who is about to be welcome.
    Newcomer,
}

/// The endpoints whose datagrams are a strand's own, by what it calls them.
pub(super) fn endpoints(actor: &Shared, plan: &Plan, name: &StrandName) -> Vec<(String, usize)> {
    let is_own = match name.tails.as_slice() {
        [] => true,
        [tail] => matches!(tail, Tail::Setup | Tail::Finally),
        _ => false,
    };
    if !is_own || actor.stand_in.is_some() {
        return Vec::new();
    }
    let all = actor.plan(plan).listen.iter().enumerate();
    all.filter(|(_, endpoint)| endpoint.session.is_none() && endpoint.framings.are_datagrams())
        .map(|(number, endpoint)| (endpoint.name.clone().unwrap_or_else(|| CLIENT.to_owned()), number))
        .collect()
}

impl Strand {
    /// The connections that something is heard on, and the endpoints from whose newcomers it is heard too.
    pub(super) fn on_heard(&self, step: StepId, on: &On, shared: Variables) -> Outcome<(Vec<usize>, Vec<usize>)> {
        let endpoints: Vec<usize> = match on {
            _ if self.anybody.is_empty() => Vec::new(),
            On::All => self.anybody.iter().map(|(_, endpoint)| *endpoint).collect(),
            On::Names(names) => {
                let mut endpoints = Vec::new();
                for name in names {
                    let name = self.fill(step, name, shared.clone())?;
                    endpoints.extend(self.anybody.iter().find(|(own, _)| *own == name).map(|(_, own)| *own));
                }
                endpoints
            }
            On::Only | On::Met => Vec::new(),
        };
        let heard = |name: &str| {
            self.anybody
                .iter()
                .any(|(own, at)| own == name && endpoints.contains(at))
        };
        let own = (0..self.connections.len()).filter(|&at| heard(&self.connections[at].name));
        let mut places: Vec<usize> = own.collect();
        match on {
            On::Names(names) if !endpoints.is_empty() => {
                for name in names {
                    let name = self.fill(step, name, shared.clone())?;
                    if !heard(&name) {
                        places.push(self.named(step, &name)?);
                    }
                }
            }
            _ => places.extend(self.on(step, on, shared)?),
        }
        places.sort_unstable();
        places.dedup();
        Ok((places, endpoints))
    }

    /// Takes the associations that have begun at endpoints from whose newcomers the ears hear.
    pub(super) fn welcome(&mut self, ears: &mut [Ear<'_>], places: &mut Vec<usize>) -> Outcome {
        let mut endpoints: Vec<usize> = ears.iter().flat_map(|ear| &ear.anybody).copied().collect();
        endpoints.sort_unstable();
        endpoints.dedup();
        for endpoint in endpoints {
            while let Some((stream, arrived)) = self.actor.endpoints[endpoint].pop(self.seat.number()) {
                let step = ears[0].id;
                let located = Arc::clone(&self.actor.endpoints[endpoint].located);
                let connection = arrived.name.to_string();
                self.record(
                    &Mark::of(step),
                    &Kind::Accept {
                        connection: connection.clone(),
                        datagrams: true,
                        watch: Vec::new(),
                    },
                );
                let end = accepted_end(&self.world, &located, stream, &arrived)
                    .map_err(|error| self.fail(step, FindingKind::System, format!("cannot accept: {error}")))?;
                let own = self.anybody.iter().find(|(_, own)| *own == endpoint);
                let name = own.map_or_else(|| CLIENT.to_owned(), |(name, _)| name.clone());
                self.keep_connection(Connection::new(name, end));
                let is_it = |own: &Connection| *own.link.text == *connection;
                let at = self.connections.iter().position(is_it);
                let at = at.expect("it was kept just now");
                // Per peer, connections stand in the order of their names.
                let shift = |on: &mut Vec<usize>| on.iter_mut().filter(|on| **on >= at).for_each(|on| *on += 1);
                shift(places);
                places.push(at);
                places.sort_unstable();
                for ear in ears.iter_mut() {
                    shift(&mut ear.on);
                    if ear.anybody.contains(&endpoint) {
                        ear.on.push(at);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether somebody has begun an association that the ears would hear from.
    pub(super) fn has_newcomers(&self, ears: &[Ear<'_>]) -> bool {
        let mut endpoints = ears.iter().flat_map(|ear| &ear.anybody);
        endpoints.any(|endpoint| self.actor.endpoints[*endpoint].has_some())
    }

    /// Of these places the one whose datagram came first.
    pub(super) fn came_first(connections: &[Connection], places: &[usize]) -> Came {
        let came = |at: usize| Some((connections[at].inbox.as_ref().and_then(Inbox::next_arrival)?, at));
        let Some((arrival, at)) = places.iter().filter_map(|&at| came(at)).min() else {
            return Came::Nothing;
        };
        let inbox = connections[at].inbox.as_ref();
        match inbox.is_some_and(|inbox| inbox.comes_behind_a_newcomer(arrival)) {
            true => Came::Newcomer,
            false => Came::First(at),
        }
    }

    /// The connection of this name; of several associations at one endpoint the one that the last message came on.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let of_that_name = |connection: &Connection| connection.name == name;
        let last = self.last.as_ref();
        let is_last = |connection: &Connection| last.is_some_and(|last| Arc::ptr_eq(&last.link, &connection.link));
        let mut own = self.connections.iter();
        let last = own.position(|connection| of_that_name(connection) && is_last(connection));
        last.or_else(|| self.connections.iter().position(of_that_name))
    }

    /// As [`Self::find`]; a failure where there is none.
    pub(super) fn named(&self, step: StepId, name: &str) -> Outcome<usize> {
        self.find(name).ok_or_else(|| {
            let text = match self.anybody.iter().any(|(own, _)| own == name) {
                true => "nobody has sent anything to this endpoint that was taken".to_owned(),
                false => format!("no connection called `{name}` is open"),
            };
            self.fail(step, FindingKind::Ended, text)
        })
    }

    /// Sends to an actor, on the newest association that something of it was taken on; none where a session may be meant.
    pub(super) fn send_to_actor(
        &mut self,
        step: &Step,
        mark: &Mark,
        message: &Message,
        actor: &str,
    ) -> Option<Outcome> {
        let is_anybodys = |own: &Connection| self.anybody.iter().any(|(name, _)| *name == own.name);
        let mut own = self.connections.iter().enumerate().rev();
        let found = own.find(|(_, own)| is_anybodys(own) && (own.link.peer == actor || *own.link.text == *actor));
        let Some((at, Some(outbox))) = found.map(|(at, own)| (at, own.outbox.clone())) else {
            let listen = &self.actor.plan(&self.world.plan).listen;
            if self.anybody.is_empty() || listen.iter().any(|endpoint| endpoint.session.is_some()) {
                return None;
            }
            let text = format!("nobody called `{actor}` has sent anything here that was taken");
            return Some(Err(self.fail(step.id, FindingKind::Ended, text)));
        };
        let link = Arc::clone(&self.connections[at].link);
        if let Err(error) = self.put(mark, &outbox, &link.text, message, None) {
            return Some(Err(self.unsent(step.id, &error, message)));
        }
        if let Some(memory) = &mut self.connections[at].memory {
            memory.send(message);
        }
        Some(Ok(()))
    }
}

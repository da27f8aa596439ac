//! What `request` sends on: a name, where it leads, and the connection that is open there now or is opened when needed.
//!
//! Owns when an open connection is used once more. Only what was said on it decides that, never whether its end has been
//! noticed by now, which is a matter of time.

use std::sync::Arc;

use super::connection::{Connection, Link};
use super::dial::Line;
use super::failure::Outcome;
use super::scope::Variables;
use super::strand::{Mark, Strand};
use super::world::Located;
use crate::finding::FindingKind;
use crate::ident::Address;
use crate::net::inbox::Inbox;
use crate::net::socket::Side;
use crate::net::surf::Outgoing;
use crate::plan::step::{FramingChange, Framings, On, Step, StepId, TlsChoice};
use crate::runtime::Alarm;
use crate::wire::framing::Framing;
use crate::wire::http;

/// Where requests under one name go.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// What the scenario calls it, and the connection that is open.
    pub(super) name: String,
    /// The endpoint, as it was connected to.
    pub(super) target: String,
    /// Where that is.
    pub(super) located: Arc<Located>,
    /// Another framing than the endpoint's.
    pub(super) change: Option<FramingChange>,
    /// Another TLS than the endpoint's.
    pub(super) tls: TlsChoice,
    /// Whether a connection serves more than one request.
    pub(super) reuse: bool,
}

impl Pool {
    /// Whether it is HTTPS that is spoken.
    pub(super) fn is_secure(&self) -> bool {
        self.located.tls_of(&self.tls).is_some()
    }

    const fn line(&self) -> Line<'_> {
        Line {
            target: self.target.as_str(),
            located: &self.located,
            change: self.change.as_ref(),
            tls: &self.tls,
        }
    }
}

impl Connection {
    /// Whether a request can be sent on it, as far as this end knows from what it took and did.
    fn is_usable(&self) -> bool {
        !self.spent
            && !self.gone
            && self.inbox.as_ref().is_some_and(|inbox| !inbox.is_over())
            && self.outbox.as_ref().is_some_and(|outbox| !outbox.is_ended())
    }
}

impl Strand {
    /// What a `request` is about.
    pub(super) fn pool_of(&self, step: &Step, shared: Variables) -> Outcome<Pool> {
        let name = match &step.on {
            On::Names(names) => names.first().map(|name| self.fill(step.id, name, shared)).transpose()?,
            On::Met => self.met.clone(),
            On::Only | On::All => None,
        };
        let found = match (&name, self.pools.as_slice()) {
            (Some(name), pools) => pools.iter().find(|pool| pool.name == *name),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        found.cloned().ok_or_else(|| {
            let text = match name {
                Some(name) => format!("no connection called `{name}` is there for requests"),
                None if self.pools.is_empty() => "no connection is there for requests".to_owned(),
                None => "several connections are there for requests: say `on` which".to_owned(),
            };
            self.fail(step.id, FindingKind::Ended, text)
        })
    }

    /// The place of a connection on which a request can be sent: the one that is open, else a new one.
    pub(super) async fn ready(&mut self, step: &Step, pool: &Pool, deadline: Alarm) -> Outcome<usize> {
        let mark = self.mark(step);
        if let Some(at) = self.connections.iter().position(|own| own.name == pool.name) {
            let own = &self.connections[at];
            if own.is_usable() {
                return Ok(at);
            }
            if !own.gone && own.inbox.is_none() {
                let text = "another strand uses this connection now";
                return Err(self.fail(step.id, FindingKind::Ended, text));
            }
            self.leave_connection(at, &mark);
        }
        self.dial(step, &mark, pool.name.clone(), pool.line(), None, deadline)
            .await?;
        Ok(self.connections.len() - 1)
    }

    /// Closes a connection on which no further request is sent.
    pub(super) fn leave_connection(&mut self, at: usize, mark: &Mark) {
        let connection = self.connections.remove(at);
        let sound = !connection.spent;
        self.hang_up(connection, Some(mark), sound);
    }

    /// No further request is sent on this connection, for nobody knows what still comes on it.
    pub(super) fn spend(&mut self, link: &Arc<Link>) {
        let own = self.connections.iter_mut().find(|own| Arc::ptr_eq(&own.link, link));
        if let Some(own) = own {
            own.spent = true;
        }
    }

    /// Closes connections on which requests failed, where the strand goes on nevertheless.
    pub(super) fn leave_spent(&mut self, step: StepId) {
        while let Some(at) = self.connections.iter().position(|own| own.spent) {
            self.leave_connection(at, &Mark::of(step));
        }
    }

    /// Where a redirect leads: the pool itself, another one of this strand, or one for this exchange alone.
    pub(super) fn pool_at(&self, step: StepId, pool: &Pool, outgoing: &Outgoing) -> Outcome<Pool> {
        let found = self.pool_of_address(step, pool, &outgoing.address)?;
        if found.is_secure() != outgoing.secure {
            let (scheme, spoken) = match outgoing.secure {
                true => ("https", "no TLS"),
                false => ("http", "TLS"),
            };
            let text = format!(
                "redirected to {scheme}://{}, where {spoken} is spoken",
                outgoing.address
            );
            return Err(self.fail(step, FindingKind::Mismatch, text));
        }
        Ok(found)
    }

    fn pool_of_address(&self, step: StepId, pool: &Pool, address: &Address) -> Outcome<Pool> {
        if pool.located.address == *address {
            return Ok(pool.clone());
        }
        if let Some(other) = self.pools.iter().find(|other| other.located.address == *address) {
            return Ok(other.clone());
        }
        let found = self
            .world
            .directory
            .iter()
            .find(|(_, located)| located.address == *address);
        let Some((target, located)) = found else {
            let text = format!("redirected to {address}, where no actor of this scenario listens");
            return Err(self.fail(step, FindingKind::Mismatch, text));
        };
        Ok(Pool {
            // No connection of the scenario's can be called so.
            name: format!("\0{target}"),
            target: target.clone(),
            located: Arc::clone(located),
            change: Some(FramingChange::http()),
            tls: TlsChoice::AsEndpoint,
            reuse: false,
        })
    }

    /// No requests go under this name any more.
    pub(super) fn forget_pool(&mut self, name: &str) {
        self.pools.retain(|pool| pool.name != name);
    }

    /// As [`Self::forget_pool`], for what `close` is about; whether there is nothing open that it could close.
    pub(super) fn close_pool(&mut self, step: &Step, shared: Variables) -> Outcome<bool> {
        let name = match (&step.on, self.connections.as_slice(), self.pools.as_slice()) {
            (On::Names(names), ..) => match names.as_slice() {
                [name] => Some(self.fill(step.id, name, shared)?),
                _ => None,
            },
            (On::Met, ..) => self.met.clone(),
            (On::Only, [only], _) => Some(only.name.clone()),
            (On::Only, [], [only]) => Some(only.name.clone()),
            _ => None,
        };
        let Some(name) = name else { return Ok(false) };
        let known = self.pools.iter().any(|pool| pool.name == name);
        self.forget_pool(&name);
        Ok(known && !self.connections.iter().any(|own| own.name == name))
    }

    /// A connection's framing was changed: it may speak HTTP from here on, or no longer.
    pub(super) fn change_pool(&mut self, step: StepId, at: usize, change: &FramingChange) -> Outcome {
        let connection = &self.connections[at];
        let (name, link) = (connection.name.clone(), Arc::clone(&connection.link));
        let reads = connection.inbox.as_ref().map(|inbox| inbox.framing().clone());
        let was = self.pools.iter().any(|pool| pool.name == name);
        let framings = Framings {
            client: match (&change.client, was) {
                (Some(framing), _) => framing.clone(),
                (None, true) => Framing::http(http::Kind::Requests),
                (None, false) => return Ok(()),
            },
            server: reads.unwrap_or_else(Framing::raw),
        };
        self.forget_pool(&name);
        if link.side == Side::Acceptor || !framings.are_http() {
            return Ok(());
        }
        let target = match &link.name.endpoint {
            Some(endpoint) => format!("{}.{endpoint}", link.name.target),
            None => link.name.target.to_string(),
        };
        let located = self.locate(step, &target)?;
        self.pools.push(Pool {
            name,
            target,
            located,
            change: Some(FramingChange::http()),
            tls: TlsChoice::AsEndpoint,
            reuse: true,
        });
        Ok(())
    }

    /// The pools that a branch is lent, which uses these connections.
    pub(super) fn lent_pools(&self, names: &[String]) -> Vec<Pool> {
        let lent = self.pools.iter().filter(|pool| names.contains(&pool.name));
        lent.cloned().collect()
    }

    /// Sets how the responses that come next are read.
    pub(super) fn read_responses(inbox: Option<&mut Inbox>, to_head: bool) {
        if let Some(inbox) = inbox {
            inbox.set_framing(Framing::http(http::Kind::Responses { to_head }));
        }
    }
}

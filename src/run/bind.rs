//! Binding all endpoints before the first step.
//!
//! Owns which socket each endpoint has, and trying again where two are to share a free port that is not free for both. Does
//! not own what is done with them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::RunError;
use crate::actor::Located;
use crate::ident::ActorName;
use crate::net::listener::Listener;
use crate::net::registry::Registry;
use crate::plan::{Endpoint, Plan, Port};

/// How often another free port is tried where one that was found is not free for all that share it.
const ATTEMPTS: usize = 32;

/// All endpoints of a run.
#[derive(Default)]
pub(super) struct Bound {
    /// Of each instance of each actor, in the plan's order.
    pub(super) listeners: Vec<Vec<(Listener, Arc<Located>)>>,
    /// Where they are, by name.
    pub(super) directory: BTreeMap<String, Arc<Located>>,
    /// The names, in the order in which they were bound.
    pub(super) names: Vec<String>,
}

/// Binds all endpoints.
pub(super) fn bind(plan: &Plan, registry: &Registry) -> Result<Bound, RunError> {
    let mut attempts = 1;
    loop {
        match attempt(plan, registry) {
            Err((_, true)) if attempts < ATTEMPTS => attempts += 1,
            Err((error, _)) => return Err(error),
            Ok(bound) => return Ok(bound),
        }
        registry.ports().end();
    }
}

/// Binds all endpoints once; also says whether another free port may help.
fn attempt(plan: &Plan, registry: &Registry) -> Result<Bound, (RunError, bool)> {
    let mut bound = Bound::default();
    for actor in &plan.actors {
        for instance in &actor.instances {
            let mut own = Vec::with_capacity(actor.listen.len());
            for endpoint in &actor.listen {
                own.push(bound.endpoint(plan, registry, &instance.name, endpoint)?);
            }
            bound.listeners.push(own);
        }
    }
    Ok(bound)
}

impl Bound {
    fn endpoint(
        &mut self,
        plan: &Plan,
        registry: &Registry,
        actor: &ActorName,
        endpoint: &Endpoint,
    ) -> Result<(Listener, Arc<Located>), (RunError, bool)> {
        let text = match &endpoint.name {
            Some(name) => format!("{actor}.{name}"),
            None => actor.to_string(),
        };
        let port = match &endpoint.port {
            Port::Number(number) => *number,
            Port::SameAs(other) => self
                .directory
                .get(other)
                .and_then(|located| located.address.port())
                .unwrap_or_default(),
        };
        let listener = match endpoint.framings.are_datagrams() {
            true => Listener::bind_udp(registry, endpoint.host, port, &text, plan.limits.unread),
            false => Listener::bind(endpoint.host, port, endpoint.backlog),
        };
        let listener = listener.map_err(|error| {
            let shares = matches!(endpoint.port, Port::SameAs(_)) && error.kind() == io::ErrorKind::AddrInUse;
            let error = RunError::Listen {
                endpoint: text.clone(),
                address: format!("{}:{port}", endpoint.host),
                place: endpoint.place.clone(),
                error,
            };
            (error, shares)
        })?;
        let located = Arc::new(Located {
            actor: actor.clone(),
            endpoint: endpoint.name.clone(),
            address: listener.address().clone(),
            framings: endpoint.framings.clone(),
        });
        self.directory.insert(text.clone(), Arc::clone(&located));
        self.names.push(text);
        Ok((listener, located))
    }
}

//! Binding all endpoints before the first step.
//!
//! Owns which socket each endpoint has, and trying again where two are to share a free port that is not free for both. Does
//! not own what is done with them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::{RunError, programs};
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
    /// Of each instance of each actor, in the plan's order; those of programs listen for themselves.
    pub(super) listeners: Vec<Vec<(Option<Listener>, Arc<Located>)>>,
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
            for (place, endpoint) in actor.listen.iter().enumerate() {
                if let Some(outside) = &actor.outside {
                    let located = programs::located(outside, instance, endpoint, place);
                    let located = Arc::new(located.map_err(|error| (error, false))?);
                    bound
                        .directory
                        .insert(text(&instance.name, endpoint), Arc::clone(&located));
                    own.push((None, located));
                    continue;
                }
                let (listener, located) = bound.endpoint(plan, registry, &instance.name, endpoint)?;
                own.push((Some(listener), located));
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
        let text = text(actor, endpoint);
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
            messages: Arc::clone(&endpoint.messages),
            upgrade: endpoint.upgrade.clone(),
            outside: false,
        });
        self.directory.insert(text.clone(), Arc::clone(&located));
        self.names.push(text);
        Ok((listener, located))
    }
}

/// What an endpoint is called.
fn text(actor: &ActorName, endpoint: &Endpoint) -> String {
    match &endpoint.name {
        Some(name) => format!("{actor}.{name}"),
        None => actor.to_string(),
    }
}

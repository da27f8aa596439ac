//! Binding all endpoints before the first step.
//!
//! Owns which socket each endpoint has, and trying again where two are to share a free port that is not free for both. Does
//! not own what is done with them.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::{RunError, programs};
use crate::actor::Located;
use crate::ident::{ActorName, Address};
use crate::net::folder::Folder;
use crate::net::listener::Listener;
use crate::net::registry::Registry;
use crate::plan::{Endpoint, Plan, Port, UnixPlace};

/// How often another free port is tried where one that was found is not free for all that share it.
pub(super) const ATTEMPTS: usize = 32;

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
pub(super) fn bind(plan: &Plan, registry: &Registry, folder: &Folder) -> Result<Bound, RunError> {
    let mut attempts = 1;
    loop {
        match attempt(plan, registry, folder) {
            Err((_, true)) if attempts < ATTEMPTS => attempts += 1,
            Err((error, _)) => return Err(error),
            Ok(bound) => return Ok(bound),
        }
        registry.ports().end();
    }
}

/// Binds all endpoints once; also says whether another free port may help.
fn attempt(plan: &Plan, registry: &Registry, folder: &Folder) -> Result<Bound, (RunError, bool)> {
    let mut bound = Bound::default();
    let mut sockets = 0;
    for actor in &plan.actors {
        for instance in &actor.instances {
            let mut own = Vec::with_capacity(actor.listen.len());
            for (place, endpoint) in actor.listen.iter().enumerate() {
                if let Some(outside) = &actor.outside {
                    let located = programs::located(
                        outside,
                        instance,
                        endpoint,
                        place,
                        &bound.directory,
                        (folder, &mut sockets),
                    );
                    let located = Arc::new(located.map_err(|error| (error, false))?);
                    bound
                        .directory
                        .insert(text(&instance.name, endpoint), Arc::clone(&located));
                    own.push((None, located));
                    continue;
                }
                let (listener, located) =
                    bound.endpoint(plan, registry, &instance.name, endpoint, (folder, &mut sockets))?;
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
        (folder, sockets): (&Folder, &mut u32),
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
        let mut address = SocketAddr::new(endpoint.host, port).to_string();
        let listener = match &endpoint.unix {
            Some(place) => {
                *sockets += 1;
                "a Unix socket".clone_into(&mut address);
                unix_address(folder, place, *sockets).and_then(|unix| {
                    address = unix.to_string();
                    Listener::bind_unix(unix, endpoint.backlog)
                })
            }
            None if endpoint.framings.are_datagrams() => {
                Listener::bind_udp(registry, endpoint.host, port, &text, plan.limits.unread)
            }
            None => Listener::bind(endpoint.host, port, endpoint.backlog),
        };
        let listener = listener.map_err(|error| {
            let shares = matches!(endpoint.port, Port::SameAs(_)) && error.kind() == io::ErrorKind::AddrInUse;
            let error = RunError::Listen {
                endpoint: text.clone(),
                address,
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
            tls: endpoint.tls.clone(),
            outside: false,
        });
        self.directory.insert(text.clone(), Arc::clone(&located));
        self.names.push(text);
        Ok((listener, located))
    }
}

/// Where a Unix socket is to be, the `number`th of the run.
pub(super) fn unix_address(folder: &Folder, place: &UnixPlace, number: u32) -> io::Result<Address> {
    Ok(match place {
        UnixPlace::Free => Address::Unix(folder.path()?.join(format!("{number}.sock"))),
        UnixPlace::Named(name) => Address::Unix(folder.path()?.join(name)),
        UnixPlace::Abstract(name) => Address::Abstract(name.clone().into_bytes()),
    })
}

/// What an endpoint is called.
fn text(actor: &ActorName, endpoint: &Endpoint) -> String {
    match &endpoint.name {
        Some(name) => format!("{actor}.{name}"),
        None => actor.to_string(),
    }
}

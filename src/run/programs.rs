//! The programs of a run: where each is, when it begins, and that none is left behind.
//!
//! Owns the order of beginnings and ends. Does not own which port each shall listen at (`ports`), what it is started with
//! (`filling`), nor its life (`actor::program`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use futures::future::join_all;

use super::RunError;
use super::bind::unix_address;
use super::filling::Filling;
use super::ports::free_port;
use crate::actor::program::Program;
use crate::actor::supervisor::Alias;
use crate::actor::{Located, Shared, World};
use crate::ident::Address;
use crate::net::folder::Folder;
use crate::net::listener::Listener;
use crate::plan::{Endpoint, Instance, Outside, Plan, Port};
use crate::runtime::process;

/// Whether all programs are there that are to be started.
pub(super) fn installed(plan: &Plan) -> Result<(), RunError> {
    for actor in &plan.actors {
        if let Some(Outside::Process(process)) = &actor.outside
            && !process::is_installed(&process.program)
        {
            return Err(RunError::NotInstalled {
                program: process.program.clone(),
                place: process.place.clone(),
            });
        }
    }
    Ok(())
}

/// Where an endpoint is that is none of ours.
pub(super) fn located(
    outside: &Outside,
    instance: &Instance,
    endpoint: &Endpoint,
    place: usize,
    known: &BTreeMap<String, Arc<Located>>,
    (folder, sockets): (&Folder, &mut u32),
) -> Result<Located, RunError> {
    if let (Outside::Process(_), Some(unix)) = (outside, &endpoint.unix) {
        *sockets += 1;
        let address = unix_address(folder, unix, *sockets).map_err(|error| RunError::Listen {
            endpoint: instance.name.to_string(),
            address: "a Unix socket".to_owned(),
            place: endpoint.place.clone(),
            error,
        })?;
        return Ok(at(instance, endpoint, address));
    }
    let address = match outside {
        Outside::At(addresses) => addresses[place],
        Outside::Process(_) => {
            let same = match &endpoint.port {
                Port::Number(number) => Some(*number).filter(|number| *number > 0),
                Port::SameAs(other) => known.get(other).and_then(|located| located.address.port()),
            };
            let port = match same {
                None => free_port(endpoint.host).map_err(|error| RunError::Listen {
                    endpoint: instance.name.to_string(),
                    address: format!("{}:0", endpoint.host),
                    place: endpoint.place.clone(),
                    error,
                })?,
                Some(port) => port,
            };
            SocketAddr::new(endpoint.host, port)
        }
    };
    Ok(at(instance, endpoint, Address::Inet(address)))
}

fn at(instance: &Instance, endpoint: &Endpoint, address: Address) -> Located {
    Located {
        actor: instance.name.clone(),
        endpoint: endpoint.name.clone(),
        address,
        framings: endpoint.framings.clone(),
        messages: Arc::clone(&endpoint.messages),
        upgrade: endpoint.upgrade.clone(),
        tls: endpoint.tls.clone(),
        outside: true,
    }
}

/// Fills in what the programs are started with, and makes the addresses that they are told.
pub(super) fn prepare(
    world: &Arc<World>,
    actors: &mut [(Arc<Shared>, Vec<Listener>, Vec<Alias>)],
    outputs: Option<&Path>,
) -> Result<(), RunError> {
    let mut programs = BTreeMap::new();
    let mut aliases = Vec::new();
    for actor in &world.plan.actors {
        let Some(Outside::Process(process)) = &actor.outside else {
            continue;
        };
        for instance in &actor.instances {
            let filling = Filling::of(world, instance, actor.listen.len());
            let (part, told) = filling.part(process, outputs).map_err(|wrong| RunError::Program {
                actor: instance.name.to_string(),
                place: process.place.clone(),
                error: wrong.text,
                help: wrong.help,
            })?;
            aliases.extend(told);
            programs.insert(instance.name.to_string(), Arc::new(Program::new(world, part)));
        }
    }
    for (located, alias) in aliases {
        let of = actors.iter_mut().find_map(|(shared, _, aliases)| {
            let mut endpoints = shared.endpoints.iter();
            let place = endpoints.position(|endpoint| Arc::ptr_eq(&endpoint.located, &located))?;
            Some((place, aliases))
        });
        let (place, aliases) = of.expect("every endpoint is an actor's");
        aliases.push(Alias { place, ..alias });
    }
    world.has_programs(programs);
    Ok(())
}

/// Begins the programs that are there before all scripts, one after another in the file's order, each when the one before
/// it is ready; whether all are.
pub(super) async fn begin(world: &Arc<World>) -> bool {
    for actor in &world.plan.actors {
        for instance in &actor.instances {
            let Some(program) = world.program(&instance.name.to_string()) else {
                break;
            };
            if program.begins_before_scripts() && !program.begin(world).await {
                return false;
            }
        }
    }
    true
}

/// Ends all programs.
pub(super) async fn stop(world: &Arc<World>) {
    join_all(world.programs().map(|program| program.stop(world))).await;
}

/// Kills all programs when it is dropped: on the way of a panic, or of a run that nobody waits for any more.
pub(super) struct Kept(pub(super) Arc<World>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.programs().for_each(|program| program.drop_dead());
    }
}

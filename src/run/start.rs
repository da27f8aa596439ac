//! The start of a run: what must stand before the first step.
//!
//! Owns the trace's header, and the first values of the actors' variables. Does not own binding the endpoints (`bind`).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;

use super::bind::bind;
use super::{RunError, programs};
use crate::actor::supervisor::Alias;
use crate::actor::{Cells, Chance, Endpoint, Flip, Shared, StandIns, World, has_broadcasts};
use crate::ident::StrandName;
use crate::net::folder::Folder;
use crate::net::listener::Listener;
use crate::net::registry::Registry;
use crate::net::trust::Trust;
use crate::plan::Plan;
use crate::runtime::Pulse;
use crate::scenario::mistake::nearest;
use crate::trace::event::{Header, HeaderActor, HeaderMask, HeaderMaskRule, HeaderStep, Kind, VERSION};
use crate::trace::recorder::{About, Log, Recorder};
use crate::wire::template::{Scope, World as TemplateWorld, value};

/// A run whose endpoints are bound and whose first step has not begun.
pub(super) struct Started {
    pub(super) world: Arc<World>,
    /// The run's own strand.
    pub(super) log: Log,
    /// Where the run's own files are; gone in the end.
    pub(super) folder: Arc<Folder>,
    pub(super) actors: Vec<(Arc<Shared>, Vec<Listener>, Vec<Alias>)>,
}

/// The header of a plan's trace.
pub fn header(plan: &Plan) -> Header {
    let actors = plan.actors.iter().map(|actor| HeaderActor {
        name: actor.name.clone(),
        count: actor
            .instances
            .first()
            .and_then(|first| first.name.instance)
            .map(|_| u32::try_from(actor.instances.len()).unwrap_or(u32::MAX)),
        listens: !actor.listen.is_empty(),
        outside: actor.outside.is_some(),
        unordered: actor.unordered.clone(),
    });
    let steps = plan.steps.iter().map(|step| HeaderStep {
        verb: step.verb.to_owned(),
        title: step.title.clone(),
        place: step.place.clone(),
        region: step.region,
    });
    let rules = plan.mask.rules.iter().map(|rule| HeaderMaskRule {
        regex: rule.regex.clone(),
        shown: rule.shown.clone(),
    });
    Header {
        trace: VERSION,
        wiretale: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: plan.file.clone(),
        case: plan.case.clone(),
        title: plan.title.clone(),
        seed: plan.seed,
        mask: HeaderMask {
            builtin: plan.mask.builtin,
            captures: plan.mask.captures,
            rules: rules.collect(),
            ..HeaderMask::default()
        },
        expect: plan.expect(),
        actors: actors.collect(),
        steps: steps.collect(),
    }
}

/// Binds all endpoints and begins the trace.
pub(super) fn start(
    plan: Arc<Plan>,
    trace: Box<dyn Write + Send>,
    flip: Option<Flip>,
    stand_ins: &StandIns,
    outputs: Option<PathBuf>,
) -> Result<Started, RunError> {
    known(&plan, stand_ins)?;
    let pulse = Pulse::new();
    let registry = Arc::new(Registry::new(pulse.clone()));
    let recorder = Arc::new(Recorder::new(trace, &header(&plan)));
    let log = Log::new(Arc::clone(&recorder), &StrandName::run().to_string());
    let folder = Arc::new(Folder::default());
    let bound = bind(&plan, &registry, &folder)?;
    for name in &bound.names {
        log.record(
            About::default(),
            &Kind::Listening {
                endpoint: name.clone(),
                address: bound.directory[name].address.to_string(),
            },
        );
    }
    let (listeners, directory) = (bound.listeners, bound.directory);
    let trust = Trust::new(Arc::clone(&folder));
    let world = Arc::new(World::new(plan, recorder, pulse, registry, trust, directory, flip));
    let mut listeners = listeners.into_iter();
    let mut actors = Vec::new();
    for (place, actor) in world.plan.actors.iter().enumerate() {
        for instance in &actor.instances {
            let bound = listeners.next().expect("each instance's endpoints were bound above");
            let (listeners, located): (Vec<_>, Vec<_>) = bound.into_iter().unzip();
            let shared = Shared {
                cells: Cells::new(instance.name.to_string(), state(&world, actor, instance)?),
                name: instance.name.clone(),
                place,
                row: instance.row.clone(),
                endpoints: located.into_iter().map(Endpoint::new).collect(),
                has_broadcasts: has_broadcasts(actor) && stand_ins.of(&actor.name).is_none(),
                stand_in: stand_ins.of(&actor.name),
                setup_failed: Default::default(),
            };
            actors.push((Arc::new(shared), listeners.into_iter().flatten().collect(), Vec::new()));
        }
    }
    programs::prepare(&world, &mut actors, outputs.as_deref())?;
    Ok(Started {
        world,
        log,
        folder,
        actors,
    })
}

/// Whether all actors are there that code stands in for.
fn known(plan: &Plan, stand_ins: &StandIns) -> Result<(), RunError> {
    let is_outside = |name: &&str| {
        let mut actors = plan.actors.iter();
        actors.any(|actor| actor.name == **name && actor.outside.is_some())
    };
    if let Some(name) = stand_ins.names().find(is_outside) {
        return Err(RunError::OutsideActor(name.to_owned()));
    }
    let names = || plan.actors.iter().map(|actor| actor.name.as_str());
    match stand_ins.names().find(|name| names().all(|actor| actor != *name)) {
        None => Ok(()),
        Some(name) => Err(RunError::NoActor {
            actor: name.to_owned(),
            help: match nearest(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let all: Vec<_> = names().map(|name| format!("`{name}`")).collect();
                    format!("the scenario has {}", all.join(", "))
                }
            },
        }),
    }
}

/// The first values of an instance's variables.
fn state(
    world: &Arc<World>,
    actor: &crate::plan::Actor,
    instance: &crate::plan::Instance,
) -> Result<BTreeMap<String, Arc<Json>>, RunError> {
    let name = instance.name.to_string();
    let first = First {
        world,
        instance,
        chance: Arc::new(Chance::new(Arc::clone(world), name.as_str().into())),
    };
    let mut state = BTreeMap::new();
    for (variable, template) in &actor.state {
        let value = template.json(&first).map_err(|error| RunError::State {
            actor: name.clone(),
            name: variable.clone(),
            error: error.to_string(),
        })?;
        state.insert(variable.clone(), Arc::new(value));
    }
    Ok(state)
}

/// What the templates of a `state` see: constants, and who the actor is.
pub(super) struct First<'a> {
    pub(super) world: &'a World,
    pub(super) instance: &'a crate::plan::Instance,
    pub(super) chance: Arc<Chance>,
}

impl Scope for First<'_> {
    fn value(&self, name: &str) -> Option<minijinja::Value> {
        if name != "actor" {
            return self
                .world
                .plan
                .vars
                .iter()
                .find(|(var, _)| var == name)
                .map(|(_, json)| value(json));
        }
        let mut given = BTreeMap::from([("name", minijinja::Value::from(self.instance.name.to_string()))]);
        if let Some(index) = self.instance.name.instance {
            given.insert("index", index.into());
        }
        if let Some(row) = &self.instance.row {
            given.insert("row", value(row));
        }
        Some(given.into())
    }

    fn world(&self) -> Arc<dyn TemplateWorld> {
        Arc::clone(&self.chance) as Arc<dyn TemplateWorld>
    }
}

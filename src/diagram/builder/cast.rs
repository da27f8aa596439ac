//! Who takes part in a diagram, from left to right.
//!
//! Owns the order of the lifelines and their labels. Does not own which instances are drawn as one (`instances`).

use std::collections::BTreeMap;

use super::{Builder, LONGEST_NAME, place};
use crate::diagram::entry::Who;
use crate::diagram::label;
use crate::ident::ActorName;

impl Builder {
    /// All who take part and are drawn, with their labels, from left to right.
    pub(super) fn cast(&mut self, labels: &BTreeMap<Who, String>, drawn_by: &BTreeMap<Who, Who>) -> Vec<(Who, String)> {
        let idle: Vec<_> = (self.header.actors.iter())
            .filter(|actor| actor.count.is_some() && self.actors.iter().all(|seen| seen.base != actor.name))
            .map(|actor| (ActorName::new(&actor.name), actor.count.unwrap_or_default()))
            .collect();
        let mut labels = labels.clone();
        for (actor, count) in idle {
            let label = format!("{actor} ×{count}");
            let who = self.actor(&actor);
            labels.insert(who, label);
        }
        let place = |base: &str| place(&self.header, base);
        let mut cast: Vec<(Who, &ActorName)> = (0..)
            .zip(&self.actors)
            .filter(|(who, _)| !drawn_by.contains_key(who))
            .collect();
        cast.sort_by_key(|(_, actor)| (place(&actor.base), *actor));
        cast.into_iter()
            .map(|(who, actor)| {
                let label = labels.get(&who).cloned().unwrap_or_else(|| actor.to_string());
                (who, label::short(&label, LONGEST_NAME))
            })
            .collect()
    }
}

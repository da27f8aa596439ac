//! `--external`: what the command line puts in the place of actors.
//!
//! Owns which actors that may be, and that nothing of what they did is left. Does not own resolving names (`permissions`).

use std::net::SocketAddr;

use super::compile::Compiler;
use super::{Actor, Outside};
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::written::Span;

/// What the command line puts in an actor's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// The actor, or one of its endpoints: `Redis`, `Ftp.data`.
    pub name: String,
    /// Where that is.
    pub address: SocketAddr,
}

impl Compiler<'_> {
    /// Whether the command line puts something in this actor's place.
    pub(super) fn is_external(&self, actor: &str) -> bool {
        self.externals
            .iter()
            .any(|external| external.name.split('.').next() == Some(actor))
    }

    /// Puts what the command line says in the place of actors.
    pub(super) fn put_externals(&mut self, actors: &mut [Actor]) {
        let externals = std::mem::take(&mut self.externals);
        for external in &externals {
            let base = external.name.split('.').next().unwrap_or(&external.name);
            if !actors.iter().any(|actor| actor.name == base) {
                let text = format!("`--external {}=…`: no actor is called `{base}`", external.name);
                let mistake = Mistake::new(Span::default(), text);
                let names: Vec<&str> = actors.iter().map(|actor| actor.name.as_str()).collect();
                self.mistake(match nearest(base, names.iter().copied()) {
                    Some(_) => mistake.did_you_mean(base, names),
                    None => mistake.help(format!("the scenario has `{}`", names.join("`, `"))),
                });
            }
        }
        for actor in actors {
            let given: Vec<&External> = externals
                .iter()
                .filter(|external| external.name.split('.').next() == Some(&*actor.name))
                .collect();
            if !given.is_empty() {
                self.put_external(actor, &given);
            }
        }
        self.externals = externals;
    }

    fn put_external(&mut self, actor: &mut Actor, given: &[&External]) {
        let refuse = |text: String| Mistake::new(Span::default(), text);
        if actor.instances.len() > 1 {
            let text = format!(
                "`--external {}=…`: `{}` has {} instances, and one address cannot be all of them",
                given[0].name,
                actor.name,
                actor.instances.len()
            );
            return self.mistake(refuse(text));
        }
        let endpoints = actor.listen.iter().map(|endpoint| endpoint.name.as_deref());
        for external in given {
            let Some((_, named)) = external.name.split_once('.') else {
                continue;
            };
            // The only endpoint of an actor may have a name too, where it says none.
            let nameless = actor.listen.len() == 1 && endpoints.clone().all(|own| own.is_none());
            if !nameless && !endpoints.clone().any(|own| own == Some(named)) {
                let text = format!(
                    "`--external {}=…`: `{}` has no endpoint called `{named}`",
                    external.name, actor.name
                );
                let mistake = refuse(text).did_you_mean(named, endpoints.clone().flatten());
                return self.mistake(mistake);
            }
        }
        let mut addresses = Vec::new();
        for own in endpoints.clone() {
            let found = given.iter().rev().find(|external| match external.name.split_once('.') {
                Some((_, endpoint)) => Some(endpoint) == own || (own.is_none() && actor.listen.len() == 1),
                None => actor.listen.len() == 1,
            });
            match found {
                Some(external) if external.address.port() != 0 => addresses.push(external.address),
                Some(external) => {
                    let text = format!("`--external {}=…`: nobody can connect to port 0", external.name);
                    return self.mistake(refuse(text));
                }
                None => {
                    let own = own.unwrap_or_default();
                    let text = format!(
                        "`--external {}.{own}=HOST:PORT` is needed: `{}` has several endpoints",
                        actor.name, actor.name
                    );
                    return self.mistake(refuse(text));
                }
            }
        }
        if actor.listen.is_empty() {
            addresses.push(given[0].address);
        }
        for endpoint in &mut actor.listen {
            endpoint.session = None;
        }
        actor.setup = None;
        actor.script = None;
        actor.finally = None;
        actor.state = Vec::new();
        actor.outside = Some(Outside::At(addresses));
    }
}

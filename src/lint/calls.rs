//! Calls as the steps that they stand for.
//!
//! Owns replacing each `call` by a group: what its parameters are set to, the steps of its procedure, and what its result
//! is set to. So all that looks at steps sees what is done, wherever it is written. That variables of a procedure are its
//! own is lost, which only makes fewer names unused.

use crate::scenario::written::{
    Actor, Alternative, At, Branches, Json, Modifiers, Procedure, Scenario, Span, Step, Unexpected, Verb,
};

/// The scenario without calls. A plan of it has so many steps, for procedures do not call themselves.
pub(super) fn inlined(scenario: &Scenario) -> Scenario {
    let mut inlined = scenario.clone();
    let calls = Calls {
        procedures: &scenario.procedures,
    };
    inlined.actors.iter_mut().for_each(|actor| calls.actor(actor));
    inlined
}

struct Calls<'s> {
    procedures: &'s [Procedure],
}

impl Calls<'_> {
    fn actor(&self, actor: &mut Actor) {
        let sessions = actor.listen.iter_mut().filter_map(|endpoint| endpoint.session.as_mut());
        let blocks = [&mut actor.setup, &mut actor.finally].into_iter();
        for block in blocks.chain(&mut actor.script).chain(sessions) {
            self.steps(block);
        }
        if let Some(Unexpected::Alternatives(alternatives)) = &mut actor.unexpected {
            self.alternatives(alternatives);
        }
        if let Some(background) = &mut actor.background {
            self.alternatives(&mut background.value);
        }
    }

    fn alternatives(&self, alternatives: &mut [Alternative]) {
        for alternative in alternatives {
            self.steps(&mut alternative.steps);
        }
    }

    fn steps(&self, steps: &mut [Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&self, step: &mut Step) {
        let Verb::Call { name, with, result } = &step.verb else {
            return self.inside(&mut step.verb);
        };
        let found = self
            .procedures
            .iter()
            .find(|procedure| procedure.name.value == name.value);
        let Some(procedure) = found else { return };
        let mut group = Vec::with_capacity(procedure.steps.len() + 2);
        if !with.is_empty() {
            group.push(set(with.clone(), step.span));
        }
        group.extend(procedure.steps.iter().cloned());
        if let (Some(name), Some(members)) = (result, &procedure.result) {
            let value = At {
                value: Json::Object(members.clone()),
                span: name.span,
            };
            group.push(set(vec![(name.clone(), value)], step.span));
        }
        step.verb = Verb::Group(group);
        self.inside(&mut step.verb);
    }

    fn inside(&self, verb: &mut Verb) {
        match verb {
            Verb::AnyOrder(alternatives) | Verb::Choose(alternatives) | Verb::Serve(alternatives) => {
                self.alternatives(alternatives);
            }
            Verb::Repeat { steps, .. } | Verb::Group(steps) => self.steps(steps),
            Verb::Parallel { branches, .. } => match &mut branches.value {
                Branches::Lists(lists) => lists.iter_mut().for_each(|steps| self.steps(steps)),
                Branches::Same { steps, .. } => self.steps(steps),
            },
            Verb::If { then, otherwise, .. } => {
                self.steps(then);
                self.steps(otherwise);
            }
            _ => {}
        }
    }
}

fn set(values: Vec<(At<String>, At<Json>)>, span: Span) -> Step {
    Step {
        span,
        verb_span: span,
        verb: Verb::Set(values),
        modifiers: Modifiers::default(),
    }
}

//! An alternative: what it waits for, and what is done then.

use std::sync::Arc;

use super::step::{Block, Capture, Ending, On, StepId};
use crate::units::Delay;
use crate::wire::matcher::Matcher;
use crate::wire::template::{Expression, JsonTemplate, Template};

/// What an actor does with a message that a waiting step doesn't want.
#[derive(Clone, Debug)]
pub enum Unexpected {
    /// The strand fails.
    Fail,
    /// It is taken and forgotten.
    Ignore,
    /// Alternatives, after whose steps the step waits on.
    Alternatives(Arc<[Alternative]>),
}

/// One alternative.
#[derive(Debug)]
pub struct Alternative {
    /// Its place in the plan's steps.
    pub id: StepId,
    /// What it waits for.
    pub guard: Guard,
    /// A condition on what came.
    pub when: Option<Expression>,
    /// Which connections can meet its guard; [`On::Met`] is the connection that met an alternative around its step,
    /// [`On::Only`] in `unexpected` what the waiting step waits on.
    pub on: On,
    /// What to keep of it.
    pub capture: Vec<(String, Capture)>,
    /// The diagram's text.
    pub label: Option<Template>,
    /// Not in diagrams.
    pub hide: bool,
    /// Whether what it takes, and what that causes, is the peer's, where the order between peers does not matter.
    pub per_peer: bool,
    /// In `any_order`: one for each element of a list.
    pub each: Option<(String, JsonTemplate)>,
    /// What is done then.
    pub steps: Block,
}

/// What an alternative waits for.
#[derive(Debug)]
pub enum Guard {
    /// A message.
    Receive(Matcher),
    /// An end.
    Closed(Ending),
    /// A connection at an endpoint of this actor, and its name.
    Accept {
        /// Which, by its place in [`super::Actor::listen`].
        endpoint: usize,
        /// The connection's name.
        name: Template,
    },
    /// A signal, given once more than at this strand's last `await` of it.
    Await(Template),
    /// This long in this `choose` or round of `serve`.
    After(Delay),
    /// A timer of this strand.
    Timer(String),
}

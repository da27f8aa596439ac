//! What a step consists of, and how control passes through it: the one place that knows all verbs.
//!
//! Owns [`visit`], which hands out every part of steps at any depth, and [`flow`], which says how the steps inside a step
//! run. A new verb has a line in each. Does not own what is thought of any of it.

use crate::scenario::written::{
    Actor, Alternative, At, Branches, Guard, Header, Json, Matcher, Node, On, Outside, Payload, ReadyHow, RequestGuard,
    Respond, Rounds, Step, Unexpected, Verb,
};

/// A part of a step or an alternative.
#[derive(Clone, Copy)]
pub(super) enum Part<'s> {
    /// A step; its parts follow.
    Step(&'s Step),
    /// An alternative; its parts follow.
    Alternative(&'s Alternative),
    /// Text with `{{ expressions }}`.
    Text(&'s str),
    /// A bare expression.
    Condition(&'s str),
    /// A JSON value whose strings may be templates.
    Value(&'s Node),
    /// What a message must look like; matchers inside it are not handed out on their own.
    Matcher(&'s At<Matcher>),
    /// What a request must look like; its path is a pattern.
    Served(&'s RequestGuard),
    /// A path that is set.
    Set(&'s At<String>),
    /// A path that is removed.
    Unset(&'s At<String>),
    /// A name that a part of a message is kept under.
    Kept(&'s At<String>),
}

type See<'f, 's> = &'f mut dyn FnMut(Part<'s>);

/// Hands out all parts of steps, at any depth, in the file's order.
pub(super) fn visit<'s>(steps: &'s [Step], see: See<'_, 's>) {
    for step in steps {
        see(Part::Step(step));
        modifiers(step, see);
        verb(&step.verb, see);
        for (name, what) in &step.modifiers.capture {
            kept(name, what, see);
        }
        for alternative in alternatives(&step.verb) {
            visit_alternative(alternative, see);
        }
        for block in blocks(&step.verb) {
            visit(block, see);
        }
    }
}

/// Hands out all parts of an alternative.
pub(super) fn visit_alternative<'s>(alternative: &'s Alternative, see: See<'_, 's>) {
    see(Part::Alternative(alternative));
    if let Some((_, elements)) = &alternative.each {
        see(Part::Value(elements));
    }
    match &alternative.guard {
        Guard::Receive(matcher) => see(Part::Matcher(matcher)),
        Guard::Request(request) => see(Part::Served(&request.value)),
        Guard::Accept { name, .. } => text(name.as_ref(), see),
        Guard::Await(name) => see(Part::Text(&name.value)),
        Guard::Closed(_) | Guard::After(_) | Guard::Timer(_) => {}
    }
    for (name, what) in &alternative.capture {
        kept(name, what, see);
    }
    condition(alternative.when.as_ref(), see);
    text(alternative.label.as_ref(), see);
    on(alternative.on.as_ref(), see);
    visit(&alternative.steps, see);
}

/// Hands out all parts of all that an actor does.
pub(super) fn visit_actor<'s>(actor: &'s Actor, see: See<'_, 's>) {
    visit(&actor.setup, see);
    visit(actor.script.as_deref().unwrap_or_default(), see);
    visit(&actor.finally, see);
    for endpoint in &actor.listen {
        visit(endpoint.session.as_deref().unwrap_or_default(), see);
    }
    for alternative in beside(actor) {
        visit_alternative(alternative, see);
    }
    outside(actor, see);
}

/// What a program is started with, and where somebody else is.
fn outside<'s>(actor: &'s Actor, see: See<'_, 's>) {
    match &actor.outside {
        None => {}
        Some(Outside::At { addresses, .. }) => {
            addresses
                .iter()
                .for_each(|(_, address)| see(Part::Text(&address.value)));
        }
        Some(Outside::Process(process)) => {
            let env = process.env.iter().map(|(_, value)| value);
            process
                .command
                .iter()
                .chain(env)
                .for_each(|part| see(Part::Text(&part.value)));
            process.stdin.iter().for_each(|stdin| payload(&stdin.value, see));
            process.stdout.iter().for_each(|stdout| see(Part::Matcher(stdout)));
            match process.ready.as_ref().map(|ready| &ready.how) {
                Some(ReadyHow::Tcp(address) | ReadyHow::Udp(address)) => see(Part::Value(address)),
                Some(ReadyHow::Stdout(matcher)) => see(Part::Matcher(matcher)),
                None => {}
            }
        }
    }
}

/// Lists of alternatives that an actor has beside its steps: for messages that no step wants, in the background.
pub(super) fn lists_beside(actor: &Actor) -> [&[Alternative]; 2] {
    let unexpected = match &actor.unexpected {
        Some(Unexpected::Alternatives(alternatives)) => alternatives.as_slice(),
        _ => &[],
    };
    let background = actor
        .background
        .as_ref()
        .map_or(&[][..], |background| &background.value);
    [unexpected, background]
}

/// All alternatives that an actor has beside its steps.
pub(super) fn beside(actor: &Actor) -> impl Iterator<Item = &Alternative> {
    lists_beside(actor).into_iter().flatten()
}

fn modifiers<'s>(step: &'s Step, see: See<'_, 's>) {
    on(step.modifiers.on.as_ref(), see);
    condition(step.modifiers.when.as_ref(), see);
    text(step.modifiers.label.as_ref(), see);
}

fn on<'s>(on: Option<&'s At<On>>, see: See<'_, 's>) {
    match on.map(|on| &on.value) {
        Some(On::Name(name)) => see(Part::Text(name)),
        Some(On::Names(names)) => names.iter().for_each(|name| see(Part::Text(&name.value))),
        Some(On::All) | None => {}
    }
}

fn text<'s>(text: Option<&'s At<String>>, see: See<'_, 's>) {
    if let Some(text) = text {
        see(Part::Text(&text.value));
    }
}

fn condition<'s>(condition: Option<&'s At<String>>, see: See<'_, 's>) {
    if let Some(condition) = condition {
        see(Part::Condition(&condition.value));
    }
}

fn kept<'s>(name: &'s At<String>, what: &'s At<String>, see: See<'_, 's>) {
    if !what.value.starts_with('$') {
        see(Part::Condition(&what.value));
    }
    see(Part::Kept(name));
}

fn rounds<'s>(rounds: &'s Rounds, see: See<'_, 's>) {
    match rounds {
        Rounds::Times(value) | Rounds::For { elements: value, .. } => see(Part::Value(value)),
        Rounds::While(condition) => see(Part::Condition(&condition.value)),
    }
}

fn payload<'s>(sent: &'s Payload, see: See<'_, 's>) {
    match sent {
        Payload::Text(text) | Payload::Hex(text) | Payload::Base64(text) => see(Part::Text(&text.value)),
        Payload::Lines(lines) => lines.iter().for_each(|line| see(Part::Text(&line.value))),
        Payload::Json(value) | Payload::Form(value) => see(Part::Value(value)),
        Payload::Message { with, .. } => with.iter().for_each(|with| see(Part::Value(with))),
        Payload::Headed { line, headers, body } => {
            text(line.as_ref(), see);
            headers.iter().for_each(|(_, value)| see(Part::Text(&value.value)));
            if let Some(body) = body {
                payload(&body.value, see);
            }
        }
        Payload::Control(_, inner) => {
            if let Some(inner) = inner {
                payload(&inner.value, see);
            }
        }
        Payload::File { .. } | Payload::Fill { .. } | Payload::Random(_) | Payload::Copy => {}
    }
}

fn header_of<'s>(header: &'s Header, see: See<'_, 's>) {
    if let Header::Is(matcher) = header {
        see(Part::Matcher(matcher));
    }
}

/// What a verb has beside steps and alternatives.
fn verb<'s>(verb: &'s Verb, see: See<'_, 's>) {
    match verb {
        Verb::Connect { to, name, upgrade, .. } => {
            see(Part::Text(&to.value));
            text(name.as_ref(), see);
            text(upgrade.path.as_ref(), see);
            let headers = upgrade.headers.iter().flat_map(|headers| &headers.value);
            headers.for_each(|(_, value)| see(Part::Text(&value.value)));
        }
        Verb::Close(farewell) => text(farewell.as_ref().and_then(|farewell| farewell.reason.as_ref()), see),
        Verb::Accept { name, .. } => text(name.as_ref(), see),
        Verb::Send { payload: sent, to } => {
            payload(&sent.value, see);
            text(to.as_ref(), see);
        }
        Verb::Broadcast { payload: sent, to } => {
            payload(&sent.value, see);
            if let Some(to) = to {
                see(Part::Value(to));
            }
        }
        Verb::Receive { matcher, .. } => see(Part::Matcher(matcher)),
        Verb::Request { request, response, .. } => {
            let request = &request.value;
            see(Part::Text(&request.target.value));
            request.query.iter().for_each(|(_, value)| see(Part::Value(value)));
            request
                .headers
                .iter()
                .for_each(|(_, value)| see(Part::Text(&value.value)));
            if let Some(body) = &request.body {
                payload(&body.value, see);
            }
            if let Some(response) = response {
                response
                    .value
                    .headers
                    .iter()
                    .for_each(|(_, header)| header_of(header, see));
                response.value.body.iter().for_each(|body| see(Part::Matcher(body)));
            }
        }
        Verb::Respond(respond) => match &respond.value {
            Respond::Raw(sent) => payload(&sent.value, see),
            Respond::Response(answer) => {
                answer.status.iter().for_each(|status| see(Part::Value(status)));
                text(answer.reason.as_ref(), see);
                answer
                    .headers
                    .iter()
                    .for_each(|(_, value)| see(Part::Text(&value.value)));
                if let Some(body) = &answer.body {
                    payload(&body.value, see);
                }
            }
        },
        Verb::Repeat { rounds: many, .. } => rounds(&many.value, see),
        Verb::Parallel { branches, .. } => {
            if let Branches::Same { rounds: many, .. } = &branches.value {
                rounds(many, see);
            }
        }
        Verb::If { condition, .. } | Verb::Assert(condition) => see(Part::Condition(&condition.value)),
        Verb::Set(values) => {
            for (path, value) in values {
                see(Part::Value(value));
                see(Part::Set(path));
            }
        }
        Verb::Unset(paths) => paths.iter().for_each(|path| see(Part::Unset(path))),
        Verb::Note { text, .. } | Verb::Phase(text) | Verb::Signal(text) => see(Part::Text(&text.value)),
        Verb::Await { name, .. } => see(Part::Text(&name.value)),
        Verb::Verdict { reason, .. } => see(Part::Text(&reason.value)),
        // Calls were replaced by what they stand for.
        Verb::Call { with, .. } => with.iter().for_each(|(_, value)| see(Part::Value(value))),
        Verb::AnyOrder(_)
        | Verb::Choose(_)
        | Verb::Serve(_)
        | Verb::Silence(_)
        | Verb::Shutdown
        | Verb::Reset
        | Verb::Closed(_)
        | Verb::Framing(_)
        | Verb::Tls(_)
        | Verb::Wait(_)
        | Verb::Timer(_)
        | Verb::Group(_)
        | Verb::Life { .. }
        | Verb::Break => {}
    }
}

/// The alternatives of a step.
pub(super) fn alternatives(verb: &Verb) -> &[Alternative] {
    match verb {
        Verb::AnyOrder(alternatives) | Verb::Choose(alternatives) | Verb::Serve(alternatives) => alternatives,
        _ => &[],
    }
}

/// The lists of steps directly inside a step, those of its alternatives aside.
pub(super) fn blocks(verb: &Verb) -> Vec<&[Step]> {
    match verb {
        Verb::Repeat { steps, .. } | Verb::Group(steps) => vec![steps],
        Verb::Parallel { branches, .. } => match &branches.value {
            Branches::Lists(lists) => lists.iter().map(Vec::as_slice).collect(),
            Branches::Same { steps, .. } => vec![steps],
        },
        Verb::If { then, otherwise, .. } => vec![then, otherwise],
        _ => Vec::new(),
    }
}

/// How control passes through a step; its modifiers are not looked at.
pub(super) enum Flow<'s> {
    /// To the step behind it.
    On,
    /// Out of the innermost `serve` or `repeat`.
    Leaves,
    /// Through all of these, each in a strand of its own or not.
    All(Vec<&'s [Step]>),
    /// Through one of these.
    One(Vec<&'s [Step]>),
    /// Through these steps again and again.
    Loop {
        /// The steps.
        steps: &'s [Step],
        /// How often, as far as the file says.
        times: Times,
    },
}

/// How often a loop goes round, as far as the file says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// Not at all.
    Never,
    /// At least once.
    Some,
    /// That is not known.
    Any,
    /// Until something leaves it.
    Endless,
}

/// How control passes through a step.
pub(super) fn flow(verb: &Verb) -> Flow<'_> {
    match verb {
        Verb::Break => Flow::Leaves,
        Verb::Group(steps) => Flow::All(vec![steps]),
        Verb::Parallel { branches, .. } => match &branches.value {
            Branches::Lists(lists) => Flow::All(lists.iter().map(Vec::as_slice).collect()),
            Branches::Same { rounds, steps } => match times(rounds) {
                Times::Some => Flow::All(vec![steps]),
                _ => Flow::On,
            },
        },
        Verb::If { then, otherwise, .. } => Flow::One(vec![then, otherwise]),
        Verb::Choose(alternatives) => Flow::One(alternatives.iter().map(|one| one.steps.as_slice()).collect()),
        Verb::Repeat { rounds, steps, .. } => Flow::Loop {
            steps,
            times: times(&rounds.value),
        },
        // A `serve` ends when nothing else is under way, whatever its alternatives do.
        _ => Flow::On,
    }
}

/// How often a loop goes round.
pub(super) fn times(rounds: &Rounds) -> Times {
    let known = |none: bool| if none { Times::Never } else { Times::Some };
    match rounds {
        Rounds::Times(value) => match &value.value {
            Json::Number(number) => known(number.as_u64() == Some(0)),
            _ => Times::Any,
        },
        Rounds::For { elements, .. } => match &elements.value {
            Json::Array(elements) => known(elements.is_empty()),
            _ => Times::Any,
        },
        Rounds::While(condition) if condition.value.trim() == "true" => Times::Endless,
        Rounds::While(_) => Times::Any,
    }
}

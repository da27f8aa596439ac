//! What a strand does, step by step.

use std::sync::Arc;
use std::time::Duration;

pub use super::alternative::{Alternative, Guard, Unexpected};
use super::calls::Call;
use super::exchange::Request;
use super::serving::Respond;
pub use super::tls::{Tls, TlsChoice};
pub use super::upgrade::{Asking, Parting};
pub use crate::scenario::written::Life;
use crate::units::Delay;
use crate::wire::framing::Framing;
use crate::wire::http;
use crate::wire::matcher::Matcher;
use crate::wire::payload::Payload;
use crate::wire::template::{Expression, JsonTemplate, Path, Template};

/// A step's place in [`super::Plan::steps`].
pub type StepId = u32;

/// Steps, one after another; shared by all strands that run them.
pub type Block = Arc<[Step]>;

/// The framings of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Framings {
    /// What the side that connected sends.
    pub client: Framing,
    /// What the side that accepted sends.
    pub server: Framing,
}

impl Framings {
    /// Whether requests can be sent by who connected, and their responses read.
    pub fn are_http(&self) -> bool {
        let is_response = matches!(self.server.as_http(), Some(http::Kind::Responses { .. }));
        self.client.as_http() == Some(http::Kind::Requests) && is_response
    }

    /// Whether each message is a datagram.
    pub const fn are_datagrams(&self) -> bool {
        self.client.is_datagram()
    }

    /// With a change; in datagrams it is one of what these hold.
    #[must_use]
    pub fn changed(&self, change: Option<&FramingChange>) -> Self {
        let of = |side: fn(&FramingChange) -> &Option<Framing>| change.and_then(|change| side(change).clone());
        Self {
            client: of(|change| &change.client)
                .map_or_else(|| self.client.clone(), |client| self.client.replaced(client)),
            server: of(|change| &change.server)
                .map_or_else(|| self.server.clone(), |server| self.server.replaced(server)),
        }
    }
}

/// A change of a connection's framings: `None` leaves one as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct FramingChange {
    /// What the side that connected sends.
    pub client: Option<Framing>,
    /// What the side that accepted sends.
    pub server: Option<Framing>,
}

impl FramingChange {
    /// To HTTP/1.1.
    pub fn http() -> Self {
        Self {
            client: Some(Framing::http(http::Kind::Requests)),
            server: Some(Framing::http(http::Kind::Responses { to_head: false })),
        }
    }
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// Its place in the plan's steps.
    pub id: StepId,
    /// What it does.
    pub verb: Verb,
    /// Which connections it is about; filled in by the plan wherever the file may leave it out.
    pub on: On,
    /// Its own deadline; else `limits.step`.
    pub timeout: Option<Duration>,
    /// Whether nobody else's access to the actor's variables comes between its own; then there are only `set`, `unset`,
    /// `assert`, `if` and `group` in it.
    pub atomic: bool,
    /// Without this it is left out.
    pub when: Option<Expression>,
    /// The diagram's text.
    pub label: Option<Template>,
    /// Not in diagrams.
    pub hide: bool,
    /// What to keep of the message it took.
    pub capture: Vec<(String, Capture)>,
    /// How to try again.
    pub retry: Option<Retry>,
    /// That, and how, it must fail.
    pub fails: Option<Fails>,
    /// The names that its templates and conditions use, of itself and its guards, not of the steps inside it; with them
    /// its accesses to shared cells are known before it is evaluated.
    pub names: Vec<String>,
}

/// Which connections a step or guard is about.
#[derive(Clone, Debug)]
pub enum On {
    /// The step is about none, or about the only one that the strand has then.
    Only,
    /// The connection that met the guard of the alternative around it.
    Met,
    /// These.
    Names(Vec<Template>),
    /// All that the strand has open.
    All,
}

/// What to keep of a message.
#[derive(Clone, Debug)]
pub enum Capture {
    /// What an RFC 9535 path selects in its JSON value: the value where one is selected, else a list.
    JsonPath(String),
    /// The value of an expression.
    Expression(Expression),
}

/// How to try again.
#[derive(Clone, Debug)]
pub struct Retry {
    /// How many attempts in all.
    pub times: u32,
    /// The pause before the second attempt.
    pub every: Duration,
    /// What the pause is multiplied by each time.
    pub factor: f64,
    /// Whether the diagram gives the number of refused connects.
    pub show_count: bool,
}

/// How a step must fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// Anyhow.
    Any,
    /// By its deadline.
    Timeout,
    /// By a refused connection.
    Refused,
    /// By a message that doesn't match.
    Mismatch,
    /// By an ended connection.
    Closed,
}

/// How the other side must close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In order.
    Eof,
    /// By a reset.
    Reset,
    /// Without TLS's farewell.
    Truncated,
    /// Anyhow.
    Any,
    /// By a close frame with this code.
    Code(u16),
}

/// What a step does.
#[derive(Debug)]
pub enum Verb {
    /// To an endpoint.
    Connect {
        /// `Server`, `P[1]`, `Ftp.data`.
        to: Template,
        /// The connection's name; the target as written, where the scenario gives none.
        name: Option<Template>,
        /// Another framing than the endpoint's.
        framings: Option<FramingChange>,
        /// Another TLS than the endpoint's, or none.
        tls: TlsChoice,
        /// Whether a connection serves more than one HTTP request; else none is opened before there is one.
        reuse: bool,
        /// What the handshake of a WebSocket asks.
        asks: Option<Box<Asking>>,
    },
    /// The next connection at an endpoint of this actor, by its place in [`super::Actor::listen`].
    Accept {
        /// Which.
        endpoint: usize,
        /// The connection's name.
        name: Template,
    },
    /// A message.
    Send {
        /// What.
        payload: Payload,
        /// Another session of this actor, by the session's name.
        to: Option<Template>,
    },
    /// The next message must match.
    Receive {
        /// What.
        matcher: Matcher,
        /// One that doesn't match is left to the next step.
        optional: bool,
    },
    /// Alternatives, each met once.
    AnyOrder(Arc<[Alternative]>),
    /// The alternative met first.
    Choose(Arc<[Alternative]>),
    /// The alternative met first, again and again.
    Serve(Arc<[Alternative]>),
    /// For this long nothing may arrive.
    Silence(Delay),
    /// To sessions of this actor.
    Broadcast {
        /// What.
        payload: Payload,
        /// To whom.
        to: Audience,
    },
    /// An HTTP request, and its response.
    Request(Box<Request>),
    /// The response to the request that the alternative around it met.
    Respond(Box<Respond>),
    /// Orderly close; with what a WebSocket says then.
    Close(Option<Parting>),
    /// Half-close.
    Shutdown,
    /// RST.
    Reset,
    /// The other side must close so.
    Closed(Ending),
    /// The framing from here on.
    Framing(FramingChange),
    /// TLS from here on.
    Tls(Box<Tls>),
    /// A pause.
    Wait(Delay),
    /// Timers to start, or to stop (`None`).
    Timer(Vec<(String, Option<Delay>)>),
    /// Rounds.
    Repeat {
        /// How many, or how long, or for what.
        rounds: Rounds,
        /// The variable that holds the round, from 1.
        round: Option<String>,
        /// The steps of a round.
        steps: Block,
    },
    /// Branches.
    Parallel(Branches),
    /// A condition.
    If {
        /// The condition.
        condition: Expression,
        /// Steps where it holds.
        then: Block,
        /// Steps where it doesn't.
        otherwise: Block,
    },
    /// Steps as one.
    Group(Block),
    /// A procedure.
    Call(Call),
    /// Leave the innermost `serve` or `repeat`.
    Break,
    /// Values for paths, one after another.
    Set(Vec<(Path, JsonTemplate)>),
    /// Paths to remove.
    Unset(Vec<Path>),
    /// A condition that must hold.
    Assert(Expression),
    /// A note, over these actors (none: the strand's own).
    Note {
        /// The text.
        text: Template,
        /// The actors.
        over: Vec<String>,
    },
    /// A heading for what follows.
    Phase(Template),
    /// A signal.
    Signal(Template),
    /// Until a signal was given `times` more than at this strand's last `await` of it.
    Await {
        /// Its name.
        name: Template,
        /// How many.
        times: u32,
    },
    /// What becomes of the program that plays another actor.
    Life {
        /// What.
        what: Life,
        /// The actor's instance.
        actor: String,
    },
    /// What this run is.
    Verdict {
        /// `fail`, else `inconclusive`.
        fail: bool,
        /// Why.
        reason: Template,
    },
}

impl Verb {
    /// Whether a strand does nothing by itself when it begins this, so that what its peers cause goes on.
    pub const fn lets_peers_go_on(&self) -> bool {
        matches!(
            self,
            Self::AnyOrder(_)
                | Self::Choose(_)
                | Self::Serve(_)
                | Self::Accept { .. }
                | Self::Repeat { .. }
                | Self::If { .. }
                | Self::Group(_)
                | Self::Call(_)
                | Self::Break
        )
    }
}

/// Whether a strand does nothing by itself in these steps: its peers may be in different rounds of them.
pub fn crosses(steps: &[Step]) -> bool {
    steps.iter().all(|step| {
        step.verb.lets_peers_go_on()
            && match &step.verb {
                Verb::Repeat { steps, .. } | Verb::Group(steps) => crosses(steps),
                Verb::If { then, otherwise, .. } => crosses(then) && crosses(otherwise),
                Verb::Call(call) => crosses(&call.steps),
                _ => true,
            }
    })
}

/// To whom a broadcast goes.
#[derive(Debug)]
pub enum Audience {
    /// All sessions but this one.
    Others,
    /// All sessions.
    All,
    /// The sessions of these names: each template gives one name, or one list of names.
    Names(JsonTemplate),
}

/// How often a `repeat` goes round.
#[derive(Debug)]
pub enum Rounds {
    /// So many times.
    Times(JsonTemplate),
    /// While this holds.
    While(Expression),
    /// Once for each element.
    For {
        /// The variable that holds the element.
        name: String,
        /// A list.
        elements: JsonTemplate,
    },
}

/// The branches of a `parallel`.
#[derive(Debug)]
pub enum Branches {
    /// One block each; the variable that holds the branch's number.
    Lists(Option<String>, Vec<Branch>),
    /// The same block so many times, or for each element (never [`Rounds::While`]).
    Same {
        /// How many, or for what.
        rounds: Rounds,
        /// The variable that holds the branch's number.
        branch: Option<String>,
        /// The steps.
        steps: Branch,
    },
}

/// One branch, and which directions of the strand's open connections it is lent.
#[derive(Debug)]
pub struct Branch {
    /// Its steps.
    pub steps: Block,
    /// Names of connections on which it receives (or awaits the end).
    pub receives: Vec<Template>,
    /// Names of connections on which it sends or closes.
    pub sends: Vec<Template>,
}

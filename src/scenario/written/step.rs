//! Steps as written: verbs, modifiers, alternatives.
//!
//! Owns what may stand in a list of steps. Does not own which modifier goes with which verb (`decode`).

use std::time::Duration;

use super::{
    At, Farewell, Framings, Matcher, Node, Payload, Request, RequestGuard, Respond, Response, Span, Tls, TlsChoice,
    Upgrade,
};
use crate::units::Delay;

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The whole step's place; findings point at `verb_span`.
    pub span: Span,
    /// The verb's key.
    pub verb_span: Span,
    /// What it does.
    pub verb: Verb,
    /// What changes how it does it.
    pub modifiers: Modifiers,
}

/// The modifiers that any step may have; which verb takes which is checked when decoding.
#[derive(Clone, Debug, Default)]
pub struct Modifiers {
    /// Which connections.
    pub on: Option<At<On>>,
    /// Its own deadline.
    pub timeout: Option<At<Duration>>,
    /// Where it says that nobody else's access comes between its own.
    pub atomic: Option<Span>,
    /// A condition without which it is left out.
    pub when: Option<At<String>>,
    /// The diagram's text.
    pub label: Option<At<String>>,
    /// Not in diagrams.
    pub hide: bool,
    /// What to keep of a message.
    pub capture: Vec<(At<String>, At<String>)>,
    /// How to try again.
    pub retry: Option<At<Retry>>,
    /// That, and how, it must fail.
    pub fails: Option<At<Fails>>,
}

/// Connections that a step is about.
#[derive(Clone, Debug, PartialEq)]
pub enum On {
    /// One, by its name, which may be a template.
    Name(String),
    /// Several.
    Names(Vec<At<String>>),
    /// All that the strand has open.
    All,
}

/// How to try again.
#[derive(Clone, Debug, PartialEq)]
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

/// What a step does.
#[derive(Clone, Debug)]
pub enum Verb {
    /// To an actor's endpoint.
    Connect {
        /// `Server`, `P[1]`, `Ftp.data`; may be a template.
        to: At<String>,
        /// The connection's name.
        name: Option<At<String>>,
        /// Another framing than the endpoint's.
        framing: Option<At<Framings>>,
        /// Another TLS than the endpoint's, or none.
        tls: Option<TlsChoice>,
        /// Whether a connection serves more than one HTTP request.
        reuse: Option<At<bool>>,
        /// What the handshake of a WebSocket says.
        upgrade: Box<Upgrade>,
    },
    /// The next connection at an endpoint.
    Accept {
        /// The endpoint's name; `None` for the only one.
        endpoint: Option<At<String>>,
        /// The connection's name.
        name: Option<At<String>>,
    },
    /// A message.
    Send {
        /// What.
        payload: At<Payload>,
        /// Another session of this actor.
        to: Option<At<String>>,
    },
    /// The next message must match.
    Receive {
        /// What.
        matcher: At<Matcher>,
        /// One that doesn't match is left to the next step.
        optional: bool,
    },
    /// Alternatives, each met once.
    AnyOrder(Vec<Alternative>),
    /// The alternative met first.
    Choose(Vec<Alternative>),
    /// The alternative met first, again and again.
    Serve(Vec<Alternative>),
    /// For this long nothing may arrive.
    Silence(At<Delay>),
    /// To sessions of this actor.
    Broadcast {
        /// What.
        payload: At<Payload>,
        /// `others`, `all`, or names: a string, a list of strings, or a template.
        to: Option<Node>,
    },
    /// An HTTP request, and its response.
    Request {
        /// What is sent.
        request: Box<At<Request>>,
        /// What must come; `None` for any response of success.
        response: Option<Box<At<Response>>>,
        /// How many redirects are followed at the most; `None` for none.
        redirects: Option<u32>,
    },
    /// The response to what the alternative around it met.
    Respond(Box<At<Respond>>),
    /// Orderly close; with what a WebSocket says then.
    Close(Option<Farewell>),
    /// Half-close.
    Shutdown,
    /// RST.
    Reset,
    /// The other side must close so.
    Closed(Ending),
    /// The framing from here on.
    Framing(At<Framings>),
    /// TLS from here on.
    Tls(Box<Tls>),
    /// A pause.
    Wait(At<Delay>),
    /// Timers to start, or to stop (`None`).
    Timer(Vec<(At<String>, Option<At<Delay>>)>),
    /// Rounds.
    Repeat {
        /// How many, or how long, or for what.
        rounds: At<Rounds>,
        /// The variable that holds the round, from 1.
        round: Option<At<String>>,
        /// The steps of a round.
        steps: Vec<Step>,
    },
    /// Branches.
    Parallel {
        /// The branches.
        branches: At<Branches>,
        /// The variable that holds the branch, from 1.
        branch: Option<At<String>>,
    },
    /// A condition.
    If {
        /// The condition.
        condition: At<String>,
        /// Steps where it holds.
        then: Vec<Step>,
        /// Steps where it doesn't.
        otherwise: Vec<Step>,
    },
    /// Steps as one.
    Group(Vec<Step>),
    /// A procedure.
    Call {
        /// Its name.
        name: At<String>,
        /// Values for its parameters.
        with: Vec<(At<String>, Node)>,
        /// The variable that holds its result.
        result: Option<At<String>>,
    },
    /// Leave the innermost `serve` or `repeat`.
    Break,
    /// Values for paths, one after another.
    Set(Vec<(At<String>, Node)>),
    /// Paths to remove.
    Unset(Vec<At<String>>),
    /// A condition that must hold.
    Assert(At<String>),
    /// A note.
    Note {
        /// The text.
        text: At<String>,
        /// The actors it stands over.
        over: Vec<At<String>>,
    },
    /// A heading for what follows.
    Phase(At<String>),
    /// A signal.
    Signal(At<String>),
    /// Until a signal is there.
    Await {
        /// Its name.
        name: At<String>,
        /// How often it must have been given more than at the strand's last `await` of it.
        times: u32,
    },
    /// What becomes of another actor's program.
    Life {
        /// What.
        what: Life,
        /// Whose.
        actor: At<String>,
    },
    /// What this run is.
    Verdict {
        /// `fail`, else `inconclusive`.
        fail: bool,
        /// Why.
        reason: At<String>,
    },
}

/// What becomes of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It begins.
    Start,
    /// It ends in order.
    Stop,
    /// Both.
    Restart,
    /// It ends at once.
    Kill,
}

impl Life {
    /// The step's verb.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Kill => "kill",
        }
    }
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

/// How often a `repeat` goes round.
#[derive(Clone, Debug)]
pub enum Rounds {
    /// So many times: a number, or a template.
    Times(Node),
    /// While a condition holds.
    While(At<String>),
    /// Once for each element: a list or a template.
    For {
        /// The variable that holds the element.
        name: At<String>,
        /// The elements.
        elements: Node,
    },
}

/// The branches of a `parallel`.
#[derive(Clone, Debug)]
pub enum Branches {
    /// One list of steps each.
    Lists(Vec<Vec<Step>>),
    /// The same steps so many times, or once for each element.
    Same {
        /// How many, or for what; never [`Rounds::While`].
        rounds: Rounds,
        /// The steps.
        steps: Vec<Step>,
    },
}

/// One alternative of a `choose`, `serve`, `any_order` or `unexpected`.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// The whole alternative's place; findings point at `guard_span`.
    pub span: Span,
    /// The guard's key.
    pub guard_span: Span,
    /// What must come.
    pub guard: Guard,
    /// A condition on what came.
    pub when: Option<At<String>>,
    /// On which connections.
    pub on: Option<At<On>>,
    /// What to keep of it.
    pub capture: Vec<(At<String>, At<String>)>,
    /// The diagram's text.
    pub label: Option<At<String>>,
    /// Not in diagrams.
    pub hide: bool,
    /// In `any_order`: one for each element.
    pub each: Option<(At<String>, Node)>,
    /// What is done then.
    pub steps: Vec<Step>,
}

/// What an alternative waits for.
#[derive(Clone, Debug)]
pub enum Guard {
    /// A message.
    Receive(At<Matcher>),
    /// An HTTP request.
    Request(Box<At<RequestGuard>>),
    /// An end.
    Closed(Ending),
    /// A connection at an endpoint; `None` for the only one.
    Accept {
        /// The endpoint's name.
        endpoint: Option<At<String>>,
        /// The connection's name.
        name: Option<At<String>>,
    },
    /// A signal.
    Await(At<String>),
    /// This long in this `choose` or round of `serve`.
    After(At<Delay>),
    /// A timer.
    Timer(At<String>),
}

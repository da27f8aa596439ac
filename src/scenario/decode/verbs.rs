//! The verbs, and the parts that stand beside each.

use super::shape::Key;

/// A verb.
#[derive(Debug)]
pub(super) struct VerbShape {
    /// Its key, and what it does.
    pub(super) key: Key,
    /// Keys that stand beside it and are its own.
    pub(super) parts: &'static [Key],
    /// Parts that this version does not have yet.
    pub(super) later: &'static [&'static str],
}

const fn verb(key: &'static str, meaning: &'static str, parts: &'static [Key]) -> VerbShape {
    VerbShape {
        key: (key, meaning),
        parts,
        later: &[],
    }
}

/// All verbs, in the order of the manual.
pub(super) const VERBS: &[VerbShape] = &[
    VerbShape {
        key: ("connect", "to an actor, or to an endpoint such as \"Ftp.data\""),
        parts: &[
            ("as", "the name of the connection"),
            ("framing", "another framing than the endpoint's"),
            ("tls", "another TLS than the endpoint's, or none"),
            ("reuse", "`false`: each HTTP request by a new connection"),
            ("path", "of a WebSocket: the path that is asked for (\"/\")"),
            ("headers", "of a WebSocket: headers of the request"),
        ],
        later: &[],
    },
    verb(
        "accept",
        "the next connection at the endpoint named; `true`: at the only one",
        &[("as", "the name of the connection")],
    ),
    verb("send", "a payload", &[("to", "another session of this actor")]),
    verb(
        "receive",
        "the next message must match",
        &[("optional", "one that doesn't match is left to the next step")],
    ),
    verb("any_order", "alternatives, each met once", &[]),
    verb("choose", "alternatives: the one met first is taken", &[]),
    verb(
        "serve",
        "alternatives: the one met first is taken, again and again",
        &[],
    ),
    verb("silence", "for this long nothing may arrive", &[]),
    verb(
        "broadcast",
        "a payload, to sessions of this actor",
        &[("to", "\"others\", \"all\", or names of sessions (\"others\")")],
    ),
    verb(
        "request",
        "an HTTP request, such as \"GET /users/7\", or an object with the path by its method",
        &[
            ("response", "the response that must come (\"2xx\")"),
            ("redirects", "how many redirects are followed at the most"),
        ],
    ),
    verb(
        "respond",
        "a response to the request that the alternative around it met",
        &[],
    ),
    verb(
        "close",
        "`true`: close in order; an object: with the `code` of a WebSocket",
        &[],
    ),
    verb("shutdown", "`true`: close the sending half", &[]),
    verb("reset", "`true`: close by RST", &[]),
    verb(
        "closed",
        "the other side must close: \"eof\", \"reset\", \"truncated\", \"any\", or with the `code` of a WebSocket",
        &[],
    ),
    verb("framing", "the framing from here on", &[]),
    verb("tls", "TLS from here on: `true`, or what is said of it", &[]),
    verb("wait", "a pause", &[]),
    verb(
        "timer",
        "durations of timers to start, \"off\" for one to stop, by name",
        &[],
    ),
    verb(
        "repeat",
        "so many rounds, or `while` a condition holds, or `for` a variable `in` a list",
        &[
            ("as", "the variable that holds the round, from 1"),
            ("do", "the steps of a round"),
        ],
    ),
    verb(
        "parallel",
        "lists of steps, or so many times `do`, or `for` a variable `in` a list",
        &[
            ("as", "the variable that holds the branch, from 1"),
            ("do", "the steps of each branch"),
        ],
    ),
    verb(
        "if",
        "a condition",
        &[
            ("do", "the steps where it holds"),
            ("else", "the steps where it doesn't"),
        ],
    ),
    verb("group", "steps as one, for its modifiers", &[]),
    verb(
        "call",
        "the steps of one of `procedures`",
        &[
            ("with", "values for its parameters, by name"),
            ("as", "the variable that holds its result"),
        ],
    ),
    verb("break", "`true`: leave the innermost `serve` or `repeat`", &[]),
    verb("set", "values for variables or paths, one after another", &[]),
    verb("unset", "a path to remove, or several", &[]),
    verb("assert", "a condition that must hold", &[]),
    verb(
        "note",
        "a note in the diagram",
        &[("over", "the actors it stands over")],
    ),
    verb("phase", "a heading in the diagram for what follows", &[]),
    verb("signal", "a signal for other strands", &[]),
    verb("await", "until a signal was given", &[("times", "how often (1)")]),
    verb("start", "the program of another actor", &[]),
    verb("stop", "the program of another actor, in order", &[]),
    verb(
        "restart",
        "the program of another actor: stop it, and start it again",
        &[],
    ),
    verb("kill", "the program of another actor, at once", &[]),
    verb(
        "verdict",
        "what this run is: `fail` or `inconclusive`, with the reason",
        &[],
    ),
];

/// Verbs that this version does not have yet.
pub(super) const LATER: &[&str] = &["link", "partition", "heal"];

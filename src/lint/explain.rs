//! What each code means: some lines, a scenario that is warned of, and one that is not.

use super::Code;

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is warned of, and why.
    pub text: &'static str,
    /// A scenario that gives exactly this warning.
    pub bad: &'static str,
    /// The same, cured: it gives none.
    pub cured: &'static str,
}

impl Explanation {
    /// As it is printed: the summary, the lines, both scenarios.
    pub fn write(&self, code: Code) -> String {
        format!(
            "{code}: {}\n\n{}\n\nThis is warned of:\n\n{}\n\nThis is not:\n\n{}\n",
            code.summary(),
            self.text,
            indented(self.bad),
            indented(self.cured)
        )
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

/// What a code means.
pub fn explanation(code: Code) -> Explanation {
    match code {
        Code::UnreachableStep => Explanation {
            text: "\
A step behind one that control never leaves on that side: behind a `break` without `when`, behind a
`repeat` while `true` that holds no `break`, behind an `if` or `choose` each way of which ends so, or
inside a `repeat` of zero rounds. A `serve` is not such a step: it ends by itself when nothing else is
under way.",
            bad: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "QUIT" }, { "closed": "eof" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
    { "serve": [ { "receive": "QUIT", "do": [ { "break": true }, { "note": "gone" } ] } ] }
  ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "QUIT" }, { "closed": "eof" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
    { "serve": [ { "receive": "QUIT", "do": [ { "note": "gone" }, { "break": true } ] } ] }
  ] }
} }"#,
        },
        Code::ShadowedAlternative => Explanation {
            text: "\
Of the alternatives of a `choose`, `serve` or `unexpected` that are met at once, the first in the list is
taken. One behind another that takes all that it would take is never met. That is told where it is
certain: equal matchers, `any`, a `pattern`, `contains`, `regex` or `size` that takes a fixed text, a
`pattern`, `json` or `request` that asks for less, an `after` that is always later. Both must listen on the same
connections, and the earlier one must have no `when`. In `any_order` each is met once, so none is shadowed.",
            bad: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "PING" }, { "receive": "PONG" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "serve": [
    { "receive": { "any": true }, "do": [ { "send": "what?" } ] },
    { "receive": "PING", "do": [ { "send": "PONG" } ] }
  ] } ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "PING" }, { "receive": "PONG" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "serve": [
    { "receive": "PING", "do": [ { "send": "PONG" } ] },
    { "receive": { "any": true }, "do": [ { "send": "what?" } ] }
  ] } ] }
} }"#,
        },
        Code::UnusedVariable => Explanation {
            text: "\
A `capture`, a place in a pattern or regex, a `set`, an entry of `state` or `vars` that nothing uses.
Where a place in a pattern only stands for any text, call it by a name that begins with `_`: such names
are left alone. A name that one matcher captures twice is used: both parts must be equal.",
            bad: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "JOIN ada" }, { "receive": "welcome" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
    { "receive": { "pattern": "JOIN {name}" } }, { "send": "welcome" }, { "closed": "eof" }
  ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "JOIN ada" }, { "receive": "welcome" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
    { "receive": { "pattern": "JOIN {_name}" } }, { "send": "welcome" }, { "closed": "eof" }
  ] }
} }"#,
        },
        Code::UnmetServer => Explanation {
            text: "\
A `session` at an endpoint that nobody connects to, or a fixed text that a session waits for and that no
client sends. The latter is told only where all that the clients send is known well enough, and where each
payload arrives as one message: not on `raw`, and not where a `framing` step or another connection is in play.",
            bad: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "PING" }, { "receive": "PONG" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "serve": [
    { "receive": "PING", "do": [ { "send": "PONG" } ] },
    { "receive": "QIUT", "do": [ { "break": true } ] }
  ] } ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "PING" }, { "receive": "PONG" }, { "send": "QUIT" }, { "closed": "eof" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "serve": [
    { "receive": "PING", "do": [ { "send": "PONG" } ] },
    { "receive": "QUIT", "do": [ { "break": true } ] }
  ] } ] }
} }"#,
        },
        Code::LonelyActor => Explanation {
            text: "\
An actor that connects to nobody, that nobody connects to, and that gives and awaits no signal: whatever
it does is beside the others and in no order with them. A scenario of one actor is left alone.",
            bad: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "hello" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "hello" }, { "closed": "eof" } ] },
  "Bystander": { "script": [ { "wait": "10ms" } ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "script": [ { "await": "go" }, { "connect": "Server" }, { "send": "hello" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "hello" }, { "closed": "eof" } ] },
  "Starter": { "script": [ { "wait": "10ms" }, { "signal": "go" } ] }
} }"#,
        },
        Code::LongTimeout => Explanation {
            text: "\
A `timeout`, `wait`, `after`, `silence` or timer that is longer than `limits.scenario`, the time of the
whole run: the run is cut before, with exit code 3, and no step is blamed for it. The same holds where
`limits.step` is longer and a `receive` has no `timeout` of its own; that is told once, at the first of them.",
            bad: r#"
{ "limits": { "scenario": "10s" }, "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "receive": "news", "timeout": "1m" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "news" }, { "closed": "eof" } ] }
} }"#,
            cured: r#"
{ "limits": { "scenario": "2m" }, "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "receive": "news", "timeout": "1m" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "news" }, { "closed": "eof" } ] }
} }"#,
        },
        Code::Deadlock => Explanation {
            text: "\
Two strands that wait for each other by construction: both ends of a connection begin by receiving, or
strands await signals that are given only behind such an `await`. Whatever depends on a condition is taken
to come about, so what is told here cannot go on in any run.",
            bad: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "receive": "220 ready" }, { "send": "HELO" }, { "closed": "eof" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "crlf" }, "session": [ { "receive": "HELO" }, { "send": "220 ready" }, { "close": true } ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "receive": "220 ready" }, { "send": "HELO" }, { "closed": "eof" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "crlf" }, "session": [ { "send": "220 ready" }, { "receive": "HELO" }, { "close": true } ] }
} }"#,
        },
        Code::SignalBySeveral => Explanation {
            text: "\
Several strands give one signal, none of them in order with the others, and whoever awaits it does so
once: whichever comes first ends the wait, and the others mean nothing. Await it as many `times` as it is
given, or give each strand a signal of its own. A signal that some strand counts is left alone.",
            bad: r#"
{ "actors": {
  "Client": { "count": 3, "script": [ { "connect": "Server" }, { "send": "hello" }, { "signal": "said" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" },
    "session": [ { "receive": "hello" }, { "closed": "eof" } ],
    "script": [ { "await": "said" }, { "note": "all have said it" } ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "count": 3, "script": [ { "connect": "Server" }, { "send": "hello" }, { "signal": "said" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" },
    "session": [ { "receive": "hello" }, { "closed": "eof" } ],
    "script": [ { "await": "said", "times": 3 }, { "note": "all have said it" } ] }
} }"#,
        },
        Code::UnawaitedSignal => Explanation {
            text: "\
A signal that no strand awaits orders nothing. (An `await` of a signal that nobody gives is a mistake.)",
            bad: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "hello" }, { "signal": "said" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "hello" }, { "closed": "eof" } ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "hello" }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "hello" }, { "closed": "eof" } ] }
} }"#,
        },
        Code::UnawaitedTimer => Explanation {
            text: "\
A timer that is started does nothing by itself: an alternative `{ \"timer\": NAME }` of a `choose` or `serve`
waits for it. For a pause there is `wait`, for a deadline `timeout`.",
            bad: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "timer": { "resend": "50ms" } }, { "send": "ask" },
    { "choose": [ { "receive": "answer" }, { "after": "1s" } ] }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "ask" }, { "send": "answer" }, { "closed": "eof" } ] }
} }"#,
            cured: r#"
{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "timer": { "resend": "50ms" } }, { "send": "ask" },
    { "choose": [ { "receive": "answer" }, { "timer": "resend", "do": [ { "send": "ask" } ] } ] }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "ask" }, { "send": "answer" }, { "closed": "eof" } ] }
} }"#,
        },
    }
}

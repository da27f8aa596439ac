//! What steps are called: in the trace's header, in frames of the diagram, in findings.
//!
//! Owns short texts made of what is written, without durations: they are drawn.

use serde_json::Value;

use crate::scenario::written::{
    Alternative, At, Branches, Control, Ending, Guard, Json, Matcher, Node, Payload, Respond, Rounds, Verb,
};

/// The longest title, in characters.
const LONGEST: usize = 60;

/// A verb's key.
pub(super) fn verb(verb: &Verb) -> &'static str {
    match verb {
        Verb::Connect { .. } => "connect",
        Verb::Accept { .. } => "accept",
        Verb::Send { .. } => "send",
        Verb::Receive { .. } => "receive",
        Verb::AnyOrder(_) => "any_order",
        Verb::Choose(_) => "choose",
        Verb::Serve(_) => "serve",
        Verb::Silence(_) => "silence",
        Verb::Broadcast { .. } => "broadcast",
        Verb::Request { .. } => "request",
        Verb::Respond(_) => "respond",
        Verb::Close(_) => "close",
        Verb::Shutdown => "shutdown",
        Verb::Reset => "reset",
        Verb::Closed(_) => "closed",
        Verb::Framing(_) => "framing",
        Verb::Tls(_) => "tls",
        Verb::Wait(_) => "wait",
        Verb::Timer(_) => "timer",
        Verb::Repeat { .. } => "repeat",
        Verb::Parallel { .. } => "parallel",
        Verb::If { .. } => "if",
        Verb::Group(_) => "group",
        Verb::Call { .. } => "call",
        Verb::Break => "break",
        Verb::Set(_) => "set",
        Verb::Unset(_) => "unset",
        Verb::Assert(_) => "assert",
        Verb::Note { .. } => "note",
        Verb::Phase(_) => "phase",
        Verb::Signal(_) => "signal",
        Verb::Await { .. } => "await",
        Verb::Life { what, .. } => what.verb(),
        Verb::Verdict { .. } => "verdict",
    }
}

/// A guard's key.
pub(super) fn guard_verb(guard: &Guard) -> &'static str {
    match guard {
        Guard::Receive(_) => "receive",
        Guard::Request(_) => "request",
        Guard::Closed(_) => "closed",
        Guard::Accept { .. } => "accept",
        Guard::Await(_) => "await",
        Guard::After(_) => "after",
        Guard::Timer(_) => "timer",
    }
}

/// The title of a step.
pub(super) fn step(step: &Verb) -> String {
    let key = verb(step);
    short(match step {
        Verb::Repeat { rounds, .. } => repeated(&rounds.value, "time"),
        Verb::Parallel { branches, .. } => match &branches.value {
            Branches::Lists(lists) => counted(&lists.len().to_string(), "branch"),
            Branches::Same { rounds, .. } => repeated(rounds, "branch"),
        },
        Verb::If { condition, .. } => condition.value.trim().to_owned(),
        Verb::Call { name, .. } => format!("{key} {}", name.value),
        Verb::Group(steps) => counted(&steps.len().to_string(), "step"),
        Verb::AnyOrder(of) => format!("{key} of {}", alternatives(of)),
        Verb::Choose(of) | Verb::Serve(of) => format!("{key} {}", alternatives(of)),
        Verb::Connect { to, .. } => format!("{key} {}", to.value),
        Verb::Accept { endpoint, .. } => with(key, endpoint.as_ref().map(|endpoint| &*endpoint.value)),
        Verb::Send { payload: what, .. } | Verb::Broadcast { payload: what, .. } => {
            format!("{key} {}", payload(&what.value))
        }
        Verb::Receive { matcher: what, .. } => format!("{key} {}", matcher(&what.value)),
        Verb::Request { request, .. } => {
            format!("{key} {} {}", request.value.method.value, request.value.target.value)
        }
        Verb::Respond(what) => match &what.value {
            Respond::Raw(what) => format!("{key} raw {}", payload(&what.value)),
            Respond::Response(answer) => {
                let status = answer.status.as_ref().map_or_else(|| "200".to_owned(), bare);
                format!("{key} {status}")
            }
        },
        Verb::Close(Some(farewell)) => format!("{key} {}", farewell.code),
        Verb::Closed(how) => format!("{key} {}", ending(*how)),
        Verb::Timer(timers) => {
            let names: Vec<_> = timers.iter().map(|(name, _)| name.value.as_str()).collect();
            format!("{key} {}", names.join(", "))
        }
        Verb::Set(values) => {
            let paths: Vec<_> = values.iter().map(|(path, _)| path.value.as_str()).collect();
            format!("{key} {}", paths.join(", "))
        }
        Verb::Unset(paths) => {
            let paths: Vec<_> = paths.iter().map(|path| path.value.as_str()).collect();
            format!("{key} {}", paths.join(", "))
        }
        Verb::Assert(condition) => format!("{key} {}", condition.value.trim()),
        Verb::Note { text, .. } | Verb::Phase(text) => format!("{key} {}", quoted(&text.value)),
        Verb::Signal(name) | Verb::Await { name, .. } => format!("{key} {}", name.value),
        Verb::Life { actor, .. } => format!("{key} {}", actor.value),
        Verb::Verdict { fail, reason } => {
            let verdict = if *fail { "fail" } else { "inconclusive" };
            format!("{key} {verdict} {}", quoted(&reason.value))
        }
        Verb::Silence(_)
        | Verb::Close(None)
        | Verb::Shutdown
        | Verb::Reset
        | Verb::Framing(_)
        | Verb::Tls(_)
        | Verb::Wait(_)
        | Verb::Break => key.to_owned(),
    })
}

/// The title of an alternative.
pub(super) fn guard(guard: &Guard) -> String {
    let key = guard_verb(guard);
    short(match guard {
        Guard::Receive(what) => format!("{key} {}", matcher(&what.value)),
        Guard::Request(what) => format!("{} {}", what.value.method.value, what.value.path.value),
        Guard::Closed(how) => format!("{key} {}", ending(*how)),
        Guard::Accept { endpoint, .. } => with(key, endpoint.as_ref().map(|endpoint| &*endpoint.value)),
        Guard::Await(name) | Guard::Timer(name) => format!("{key} {}", name.value),
        Guard::After(_) => key.to_owned(),
    })
}

fn alternatives(alternatives: &[Alternative]) -> String {
    counted(&alternatives.len().to_string(), "alternative")
}

fn with(key: &str, more: Option<&str>) -> String {
    more.map_or_else(|| key.to_owned(), |more| format!("{key} {more}"))
}

fn repeated(rounds: &Rounds, what: &str) -> String {
    match rounds {
        Rounds::Times(times) => counted(&bare(times), what),
        Rounds::While(condition) => format!("while {}", condition.value.trim()),
        Rounds::For { name, elements } => format!("for {} in {}", name.value, bare(elements)),
    }
}

/// `1 branch`, `2 branches`.
fn counted(count: &str, what: &str) -> String {
    let plural = match (count, what) {
        ("1", _) => "",
        (_, "branch") => "es",
        _ => "s",
    };
    format!("{count} {what}{plural}")
}

/// JSON, a single expression without its braces.
fn bare(node: &Node) -> String {
    match &node.value {
        Json::String(text) => {
            let expression = text.trim().strip_prefix("{{").and_then(|text| text.strip_suffix("}}"));
            match expression {
                Some(expression) if !expression.contains("{{") => expression.trim().to_owned(),
                _ => quoted(text),
            }
        }
        _ => json(node),
    }
}

fn ending(ending: Ending) -> String {
    match ending {
        Ending::Eof => "eof".to_owned(),
        Ending::Reset => "reset".to_owned(),
        Ending::Truncated => "truncated".to_owned(),
        Ending::Any => "any".to_owned(),
        Ending::Code(code) => code.to_string(),
    }
}

fn payload(of: &Payload) -> String {
    match of {
        Payload::Text(text) => quoted(&text.value),
        Payload::Lines(lines) => {
            let lines: Vec<_> = lines.iter().map(|line| line.value.as_str()).collect();
            quoted(&lines.join("\r\n"))
        }
        Payload::Json(value) => json(value),
        Payload::Hex(text) => format!("hex {}", text.value),
        Payload::Base64(text) => format!("base64 {}", text.value),
        Payload::File { name, .. } => format!("file {}", quoted(&name.value)),
        Payload::Fill { byte, size } => format!("{size} bytes {byte:02x}"),
        Payload::Random(size) => format!("{size} random bytes"),
        Payload::Copy => "copy".to_owned(),
        Payload::Form(fields) => format!("form {}", json(fields)),
        Payload::Message { name, with } => message(name, with.as_ref()),
        Payload::Control(control, of) => {
            let of = of.as_ref().map(|of| payload(&of.value));
            with(control_word(*control), of.as_deref())
        }
        Payload::Headed { line, body, .. } => {
            let line = line.as_ref().map(|line| line.value.clone());
            let body = body.as_ref().map(|body| payload(&body.value));
            headed(line, body)
        }
    }
}

const fn control_word(control: Control) -> &'static str {
    match control {
        Control::Ping => "ping",
        Control::Pong => "pong",
    }
}

fn matcher(of: &Matcher) -> String {
    let all = |word: &str, of: &[At<Matcher>]| {
        let of: Vec<_> = of.iter().map(|of| matcher(&of.value)).collect();
        of.join(word)
    };
    match of {
        Matcher::Payload(of) => payload(of),
        Matcher::Json { value, .. } => json(value),
        Matcher::Schema { name, .. } => format!("schema {}", name.value),
        Matcher::Hex(text) => format!("hex {}", text.value),
        Matcher::Contains(text) => format!("contains {}", quoted(&text.value)),
        Matcher::Pattern(text) => format!("pattern {}", quoted(&text.value)),
        Matcher::Regex(text) => format!("regex {}", quoted(&text.value)),
        Matcher::Size { min, max: Some(max) } if min == max => format!("{min} bytes"),
        Matcher::Size { min, max: Some(max) } => format!("{min} to {max} bytes"),
        Matcher::Size { min, max: None } => format!("at least {min} bytes"),
        Matcher::Any => "any".to_owned(),
        Matcher::UntilClosed(of) => format!("{} until closed", matcher(&of.value)),
        Matcher::OneOf(of) => all(" or ", of),
        Matcher::AllOf(of) => all(" and ", of),
        Matcher::Not(of) => format!("not {}", matcher(&of.value)),
        Matcher::Named(name) => name.value.clone(),
        Matcher::Form(fields) => format!("form {}", json(fields)),
        Matcher::Message { name, with } => message(name, with.as_ref()),
        Matcher::Control(control, of) => {
            let of = of.as_ref().map(|of| matcher(&of.value));
            with(control_word(*control), of.as_deref())
        }
        Matcher::Headed { line, body, .. } => {
            let part = |of: &Option<Box<At<Matcher>>>| of.as_ref().map(|of| matcher(&of.value));
            headed(part(line), part(body))
        }
    }
}

/// A binary message by its name and what is said of its fields.
fn message(name: &At<String>, with: Option<&Node>) -> String {
    match with {
        Some(with) => format!("{} {}", name.value, json(with)),
        None => name.value.clone(),
    }
}

/// A start line and a body, as far as they are given.
fn headed(line: Option<String>, body: Option<String>) -> String {
    let parts: Vec<String> = line.into_iter().chain(body).collect();
    match parts.is_empty() {
        true => "headers".to_owned(),
        false => parts.join(" "),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Compact JSON, no more of it than a title can hold.
fn json(node: &Node) -> String {
    let mut text = String::new();
    write_json(node, &mut text);
    text
}

fn write_json(node: &Node, text: &mut String) {
    if text.len() > 4 * LONGEST {
        return;
    }
    match &node.value {
        Json::Null => text.push_str("null"),
        Json::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => text.push_str(&number.to_string()),
        Json::String(string) => text.push_str(&quoted(string)),
        Json::Array(elements) => {
            text.push('[');
            for (place, element) in elements.iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                write_json(element, text);
            }
            text.push(']');
        }
        Json::Object(members) => {
            text.push('{');
            for (place, (name, value)) in members.iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                text.push_str(&quoted(&name.value));
                text.push(':');
                write_json(value, text);
            }
            text.push('}');
        }
    }
}

/// On one line, and cut.
/// On one line, and not too long.
pub(super) fn short(text: String) -> String {
    let text = text.replace(['\r', '\n'], " ");
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some(_) => text.chars().take(LONGEST - 1).chain(['…']).collect(),
    }
}

//! `process` and `at`: actors that wiretale does not play.

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Json, Node, Outside, Process, ProgramSignal, Ready, ReadyHow, Span};

const PROCESS: Shape = Shape {
    what: "a `process`",
    keys: &[
        ("command", "the program and its arguments, a list"),
        (
            "ready",
            "when it is ready; without it, its end is the end of its script",
        ),
        ("env", "what it has in its environment besides wiretale's own"),
        ("stdin", "a payload that it reads from its standard input"),
        (
            "stdout",
            "a matcher of all that it writes to its standard output, without the last line's end",
        ),
        ("exit", "the status that it must end with (0)"),
        ("stop", "the signal that ends it (\"SIGTERM\")"),
        ("start", "`false`: it begins by a `start` step"),
    ],
    later: &[],
};

const READY: Shape = Shape {
    what: "a `ready`",
    keys: &[
        ("tcp", "a port, or an address, that takes connections"),
        ("udp", "a UDP port, or an address, that a socket is bound to"),
        ("stdout", "a matcher of a line of its standard output"),
        ("timeout", "how long it may take (`limits.step`)"),
    ],
    later: &[],
};

/// The signals that may end a program.
const SIGNALS: &[(&str, ProgramSignal)] = &[
    ("SIGTERM", ProgramSignal::Term),
    ("SIGINT", ProgramSignal::Int),
    ("SIGQUIT", ProgramSignal::Quit),
    ("SIGHUP", ProgramSignal::Hup),
    ("SIGUSR1", ProgramSignal::Usr1),
    ("SIGUSR2", ProgramSignal::Usr2),
    ("SIGKILL", ProgramSignal::Kill),
];

/// What an actor cannot have that wiretale does not play, besides a session of an endpoint.
const OURS: &[&str] = &[
    "session",
    "setup",
    "script",
    "finally",
    "state",
    "unexpected",
    "background",
    "order",
    "unordered",
];

impl Decoder<'_> {
    /// Who plays the actor instead of its steps, if anybody does.
    pub(super) fn outside(&mut self, fields: &Fields<'_>) -> Option<Option<Outside>> {
        let process = fields.member("process");
        let at = fields.member("at");
        if let (Some((process, _)), Some((at, _))) = (process, at) {
            let text = "an actor is a program that is started, or somebody else's, and not both";
            self.wrong(Mistake::new(at.span, text).note(process.span, "`process` stands here"));
            return None;
        }
        let (key, outside) = match (process, at) {
            (Some((key, node)), _) => (key, self.process(key.span, node).map(Box::new).map(Outside::Process)),
            (None, Some((key, node))) => (key, self.at(key.span, node)),
            (None, None) => return Some(None),
        };
        let fine = self.nothing_of_ours(key, fields);
        outside.filter(|_| fine).map(Some)
    }

    /// Says that an actor has steps of its own, or what goes with them, though nobody plays them.
    fn nothing_of_ours(&mut self, key: &At<String>, fields: &Fields<'_>) -> bool {
        let whose = match key.value.as_str() {
            "process" => "a real program",
            _ => "somebody else's",
        };
        let mut fine = true;
        let more = (key.value == "at").then_some("count");
        for name in OURS.iter().copied().chain(more) {
            if let Some((own, _)) = fields.member(name) {
                let text = format!("`{name}` is for what wiretale plays, and this actor is {whose}");
                self.wrong(Mistake::new(own.span, text).note(key.span, format!("`{}` stands here", key.value)));
                fine = false;
            }
        }
        fine
    }

    fn at(&mut self, key: Span, node: &Node) -> Option<Outside> {
        const ADDRESS: &str = "an address such as \"127.0.0.1:PORT\"";
        let addresses = match &node.value {
            Json::Object(members) if !members.is_empty() => {
                let all: Vec<_> = members
                    .iter()
                    .map(|(name, node)| Some((Some(name.clone()), self.words(node, ADDRESS)?)))
                    .collect();
                all.into_iter().collect::<Option<_>>()?
            }
            Json::String(_) => vec![(None, self.words(node, ADDRESS)?)],
            _ => {
                self.unlike(
                    node,
                    "an address such as \"127.0.0.1:PORT\", or an object with one for each endpoint",
                );
                return None;
            }
        };
        Some(Outside::At { key, addresses })
    }

    fn process(&mut self, key: Span, node: &Node) -> Option<Process> {
        let fields = self.object(node, &PROCESS)?;
        let command = self.need(&fields, "command").and_then(|node| self.command(node));
        let ready = fields.get("ready").map(|node| self.ready(node));
        let env = fields.get("env").map(|node| self.environment(node));
        let stdin = fields.get("stdin").map(|node| self.payload(node));
        let stdout = fields.get("stdout").map(|node| self.matcher(node));
        let exit = fields.get("exit").map(|node| self.whole(node, 0));
        let stop = fields.get("stop").map(|node| self.word(node, SIGNALS, &[]));
        let start = fields.get("start").map(|node| self.truth(node));
        Some(Process {
            key,
            command: command?,
            ready: transpose(ready)?,
            env: transpose(env)?.unwrap_or_default(),
            stdin: transpose(stdin)?,
            stdout: transpose(stdout)?,
            exit: transpose(exit)?,
            stop: transpose(stop)?,
            start: transpose(start)?.unwrap_or(true),
        })
    }

    fn command(&mut self, node: &Node) -> Option<Vec<At<String>>> {
        if let Json::String(text) = &node.value {
            let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
            let mistake = Mistake::new(
                node.span,
                "a command is a list: the program, then each argument by itself",
            );
            self.wrong(mistake.help(format!(
                "`[{}]`; there is no shell, but `[\"sh\", \"-c\", …]` is one",
                words.join(", ")
            )));
            return None;
        }
        let parts = self.list(node, "words: the program, then its arguments")?;
        let program = self.words(&parts[0], "the name of a program, or its path");
        let rest: Vec<_> = parts[1..]
            .iter()
            .map(|part| self.text(part, "an argument, a string"))
            .collect();
        let all: Option<Vec<_>> = std::iter::once(program).chain(rest).collect();
        all
    }

    fn environment(&mut self, node: &Node) -> Option<Vec<(At<String>, At<String>)>> {
        let members = self.members(node, "an object of texts by name")?;
        let all: Vec<_> = members
            .iter()
            .map(|(name, value)| {
                if name.value.is_empty() || name.value.contains(['=', '\0']) {
                    let text = format!("`{}` cannot be the name of a variable of the environment", name.value);
                    self.wrong(Mistake::new(name.span, text));
                    return None;
                }
                Some((name.clone(), self.text(value, "a string")?))
            })
            .collect();
        all.into_iter().collect()
    }

    fn ready(&mut self, node: &Node) -> Option<Ready> {
        let fields = self.object(node, &READY)?;
        let timeout = fields.get("timeout").map(|node| self.some_duration(node));
        let how = match self.one(&fields, &["tcp", "udp", "stdout"], "sign") {
            Some((key, node)) if key.value == "tcp" => self.ready_port(node).map(ReadyHow::Tcp),
            Some((key, node)) if key.value == "udp" => self.ready_port(node).map(ReadyHow::Udp),
            Some((_, node)) => self.matcher(node).map(ReadyHow::Stdout),
            None => None,
        };
        Some(Ready {
            how: how?,
            timeout: transpose(timeout)?.map(|timeout| timeout.value),
        })
    }

    /// Where a program is to be met.
    fn ready_port(&mut self, node: &Node) -> Option<Node> {
        match &node.value {
            Json::Number(port) if port.as_u64().is_some_and(|port| (1..=u16::MAX.into()).contains(&port)) => {}
            Json::String(text) if !text.is_empty() => {}
            _ => {
                self.unlike(node, "a port such as \"{{ port }}\", or an address with one");
                return None;
            }
        }
        Some(node.clone())
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("process", &PROCESS), ("ready", &READY)];

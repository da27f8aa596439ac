//! Actors that wiretale does not play: real programs, and what is somebody else's.
//!
//! Owns what a program is started with, and where somebody else is. Does not own what is allowed (`permissions`), what the
//! command line puts in an actor's place (`externals`), nor starting anything (`actor`).

use std::net::SocketAddr;
use std::time::Duration;

use super::compile::Compiler;
use super::names::{self, Cells};
use super::step::Verb;
use super::strand::{Kind, Strand};
use crate::finding::Place;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Json, Node, Span};
use crate::wire::matcher::Matcher;
use crate::wire::payload::Payload;
use crate::wire::template::Template;

/// Who plays an actor, where wiretale does not.
#[derive(Debug)]
pub enum Outside {
    /// A program that is started.
    Process(Box<Process>),
    /// Whoever is there: one address for each endpoint, in their order; of one that does not listen, the address that it
    /// connects from, with any port where that is 0.
    At(Vec<SocketAddr>),
}

/// A program that plays an actor.
#[derive(Debug)]
pub struct Process {
    /// The program: a path where there is a `/` in it, else one of the folders of `PATH` has it.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<Template>,
    /// What it has in its environment besides wiretale's own.
    pub env: Vec<(String, Template)>,
    /// What it reads.
    pub stdin: Option<Payload>,
    /// What all of its output must look like.
    pub stdout: Option<Matcher>,
    /// When it is ready; without it, it begins with the scripts, and its end is its script's.
    pub ready: Option<Ready>,
    /// The status that it must end with, where the scenario says one.
    pub exit: Option<u8>,
    /// The signal that ends it.
    pub stop: Signal,
    /// Whether it begins by itself, and not by a `start` step.
    pub start: bool,
    /// Its place in the file.
    pub place: Place,
}

/// When a program is ready.
#[derive(Debug)]
pub struct Ready {
    /// What tells.
    pub how: ReadyHow,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

/// What tells that a program is ready.
#[derive(Debug)]
pub enum ReadyHow {
    /// A port of its own, or an address, that takes connections.
    Tcp(Template),
    /// A UDP port of its own, or an address, that a socket is bound to.
    Udp(Template),
    /// A line of its standard output.
    Stdout(Matcher),
}

pub use written::ProgramSignal as Signal;

impl Compiler<'_> {
    /// Who plays an actor instead of its steps, where the scenario says so.
    pub(super) fn compile_outside(
        &mut self,
        place: usize,
        actor: &written::Actor,
        cells: &mut Cells,
    ) -> Option<Outside> {
        let outside = actor.outside.as_ref()?;
        self.check_endpoints(actor);
        match outside {
            written::Outside::At { key, addresses } => {
                let addresses = self.addresses(actor, *key, addresses);
                Some(Outside::At(addresses))
            }
            written::Outside::Process(process) => {
                let process = self.process(place, actor, process, cells);
                Some(Outside::Process(Box::new(process)))
            }
        }
    }

    /// What an endpoint cannot have that wiretale does not listen at.
    fn check_endpoints(&mut self, actor: &written::Actor) {
        for endpoint in &actor.listen {
            let ours = [
                ("session", endpoint.session.is_some()),
                ("backlog", endpoint.backlog.is_some()),
                ("max_connections", endpoint.max_connections.is_some()),
            ];
            for (key, _) in ours.iter().filter(|(_, is_there)| *is_there) {
                let text = format!(
                    "`{key}` is for what wiretale listens at, and `{}` is none of its actors",
                    actor.name.value
                );
                self.mistake(Mistake::new(endpoint.span, text));
            }
        }
    }

    fn addresses(
        &mut self,
        actor: &written::Actor,
        key: Span,
        written: &[(Option<At<String>>, At<String>)],
    ) -> Vec<SocketAddr> {
        let name = &actor.name.value;
        if actor.listen.is_empty() {
            let text = format!("nobody can connect to `{name}`: it does not say what it speaks");
            let help = "`listen` says that, such as `\"listen\": \"tcp\"`";
            self.mistake(Mistake::new(key, text).help(help));
            return Vec::new();
        }
        for endpoint in &actor.listen {
            let fixed = endpoint.port.as_ref().filter(|port| !is_zero(port));
            if let Some(port) = fixed {
                let text = format!("where `{name}` is, `at` says");
                self.mistake(Mistake::new(port.span, text).note(key, "`at` stands here"));
            }
        }
        let names: Vec<&str> = actor
            .listen
            .iter()
            .filter_map(|endpoint| endpoint.name.as_ref().map(|name| name.value.as_str()))
            .collect();
        for (endpoint, _) in written {
            if let Some(endpoint) = endpoint
                && !names.contains(&endpoint.value.as_str())
            {
                let text = format!("`{name}` has no endpoint called `{}`", endpoint.value);
                let mistake = Mistake::new(endpoint.span, text);
                self.mistake(mistake.did_you_mean(&endpoint.value, names.iter().copied()));
            }
        }
        let several = actor.listen.len() > 1;
        let mut addresses = Vec::with_capacity(actor.listen.len());
        for endpoint in &actor.listen {
            let own = endpoint.name.as_ref().map(|name| name.value.as_str());
            let given = written.iter().find(|(name, _)| match name {
                Some(name) => Some(name.value.as_str()) == own,
                None => !several,
            });
            match given {
                Some((_, address)) => addresses.extend(self.address(address)),
                None => {
                    let text = match own {
                        Some(own) => format!("`at` does not say where the endpoint `{own}` of `{name}` is"),
                        None => format!("`at` does not say where `{name}` is"),
                    };
                    let help = "of several endpoints each has its address: `\"at\": { \"control\": \"HOST:PORT\", … }`";
                    let mistake = Mistake::new(key, text);
                    self.mistake(if several { mistake.help(help) } else { mistake });
                }
            }
        }
        addresses
    }

    fn address(&mut self, written: &At<String>) -> Option<SocketAddr> {
        let value = self.constant_text(written)?;
        match self.permissions.address(&value) {
            Ok(address) => Some(address),
            Err(refused) => {
                let mistake = Mistake::new(written.span, refused.text);
                self.mistake(match refused.help {
                    Some(help) => mistake.help(help),
                    None => mistake,
                });
                None
            }
        }
    }

    /// A text over constants.
    pub(super) fn constant_text(&mut self, written: &At<String>) -> Option<String> {
        let node = Node {
            value: Json::String(written.value.clone()),
            span: written.span,
        };
        Some(match self.constant(&node)? {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        })
    }

    fn process(
        &mut self,
        place: usize,
        actor: &written::Actor,
        process: &written::Process,
        cells: &mut Cells,
    ) -> Process {
        if !self.permissions.allows_process() && !self.is_external(&actor.name.value) {
            let text = format!(
                "`{}` is a program, and a scenario starts none unless that is allowed",
                actor.name.value
            );
            let help = "the option `--allow-process` allows it; look at `command` before";
            self.mistake(Mistake::new(process.key, text).help(help));
        }
        let program = self.constant_text(&process.command[0]).unwrap_or_default();
        let place_in_file = self.sources.place(process.key);
        let mut strand = Strand::new(self, place, Kind::Own, cells);
        if actor.listen.len() == 1 {
            strand.names.define("port", process.key);
        }
        let arguments = process.command[1..].iter().map(|part| strand.own_text(part)).collect();
        let env = process
            .env
            .iter()
            .map(|(name, value)| (name.value.clone(), strand.own_text(value)))
            .collect();
        let stdin = process.stdin.as_ref().map(|stdin| strand.input(stdin));
        let stdout = process.stdout.as_ref().map(|stdout| strand.output(stdout));
        let ready = process.ready.as_ref().map(|ready| Ready {
            how: match &ready.how {
                written::ReadyHow::Tcp(node) => ReadyHow::Tcp(strand.own_port(node)),
                written::ReadyHow::Udp(node) => ReadyHow::Udp(strand.own_port(node)),
                written::ReadyHow::Stdout(matcher) => ReadyHow::Stdout(strand.output(matcher)),
            },
            timeout: ready.timeout,
        });
        strand.finish();
        Process {
            program,
            arguments,
            env,
            stdin,
            stdout,
            ready,
            exit: process.exit.as_ref().map(|exit| exit.value),
            stop: process.stop.unwrap_or(Signal::Term),
            start: process.start,
            place: place_in_file,
        }
    }
}

impl Strand<'_, '_> {
    /// Whose program a step starts or ends.
    pub(super) fn life(&mut self, what: written::Life, actor: &At<String>) -> Verb {
        self.check_life(what, actor);
        Verb::Life {
            what,
            actor: actor.value.clone(),
        }
    }

    fn check_life(&mut self, what: written::Life, actor: &At<String>) {
        let place = match self.all.directory.actor(&actor.value, actor.span) {
            Ok(place) => place,
            Err(mistake) => return self.all.mistake(mistake),
        };
        let entry = &self.all.directory.actors[place];
        let (name, count) = (&entry.name, entry.count);
        let mistake = match (entry.is_program, count) {
            (true, Some(count)) if !actor.value.contains('[') => {
                let text = format!("`{name}` has {count} instances; one of `{name}[1]` to `{name}[{count}]` is needed");
                Mistake::new(actor.span, text)
            }
            (true, _) => return,
            (false, _) if self.all.is_external(name) => Mistake::new(
                actor.span,
                format!(
                    "`--external` puts somebody else in the place of `{name}`, whom no step can {}",
                    what.verb()
                ),
            ),
            (false, _) => Mistake::new(
                actor.span,
                format!(
                    "`{}` is for actors that are programs, and `{name}` is none",
                    what.verb()
                ),
            )
            .help("`\"process\": { \"command\": […] }` makes an actor one"),
        };
        self.all.mistake(mistake);
    }

    /// A port, or an address, that is filled in before the run begins.
    fn own_port(&mut self, node: &Node) -> Template {
        match &node.value {
            Json::String(text) => self.own_text(&At {
                value: text.clone(),
                span: node.span,
            }),
            other => Template::literal(&other.plain().to_string()),
        }
    }

    /// A text that is filled in before the run begins.
    fn own_text(&mut self, text: &At<String>) -> Template {
        let template = self.text(text);
        self.refuse_given(template.names(), text.span);
        for name in asked_for(&text.value) {
            if let Err(mistake) = self.all.directory.target(name, text.span) {
                let span = names::place_in(self.all.sources, &text.value, text.span, name);
                self.all.mistake(Mistake { span, ..mistake });
            }
        }
        template
    }

    /// There is no message, no connection and no session where a program is started.
    fn refuse_given(&mut self, names: &[String], span: Span) {
        for name in names {
            let first = name.split('.').next().unwrap_or(name);
            if matches!(first, "message" | "peer" | "local") {
                let text = format!("`{first}` is not defined where a program is started");
                self.all.mistake(Mistake::new(span, text));
            }
        }
    }

    /// What a program reads.
    fn input(&mut self, payload: &At<written::Payload>) -> Payload {
        let refusal = match payload.value {
            written::Payload::Copy => "there is no message that could be copied",
            written::Payload::Headed { .. } => "a program reads bytes, which have no head",
            _ => {
                let payload = self.payload(payload);
                return payload;
            }
        };
        self.all.mistake(Mistake::new(payload.span, refusal));
        Payload::fixed(*b"")
    }

    /// What a program writes.
    fn output(&mut self, matcher: &At<written::Matcher>) -> Matcher {
        let compiled = self.matcher_of(matcher);
        self.all
            .refuse_generators(compiled.generates(), "a matcher", matcher.span);
        if compiled.needs_head() {
            let text = "what a program writes has no start line and no headers";
            self.all.mistake(Mistake::new(matcher.span, text));
        }
        compiled
    }
}

/// The endpoints whose addresses a text asks for by a fixed name: `{{ address('Server') }}`, `{{ port("Ftp.data") }}`.
fn asked_for(text: &str) -> impl Iterator<Item = &str> {
    let calls = ["address(", "port("];
    let starts = calls.into_iter().flat_map(|call| text.match_indices(call));
    starts.filter_map(|(at, call)| {
        let argument = text[at + call.len()..].trim_start();
        let quote = argument.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
        let (name, behind) = argument[1..].split_once(quote)?;
        behind.trim_start().starts_with(')').then_some(name)
    })
}

fn is_zero(port: &Node) -> bool {
    matches!(&port.value, Json::Number(number) if number.as_u64() == Some(0))
}

//! What a program is started with.
//!
//! Owns filling in its arguments, its environment, its input and what it is waited for, and the addresses that it alone is
//! told. Does not own when it is started (`programs`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::bind::ATTEMPTS;
use super::start::First;
use crate::actor::program::{Part, Sign};
use crate::actor::supervisor::Alias;
use crate::actor::{Chance, Located, World};
use crate::draw::Draw;
use crate::ident::{ActorName, Address};
use crate::net::listener::Listener;
use crate::plan::Instance;
use crate::plan::outside::{Process, ReadyHow, Signal};
use crate::runtime::channel;
use crate::runtime::process::{End, Launch};
use crate::wire::template::{ExpressionError, Scope, Template, World as TemplateWorld};

/// How many connections may wait at an address that a program is told.
const BACKLOG: u32 = 4096;

/// An address that a program is told, and the endpoint that it is one of.
pub(super) type ToldOf = (Arc<Located>, Alias);

/// What is wrong with what a program is started with.
pub(super) struct Wrong {
    pub(super) text: String,
    pub(super) help: Option<String>,
}

impl From<ExpressionError> for Wrong {
    fn from(error: ExpressionError) -> Self {
        Self {
            text: error.text,
            help: None,
        }
    }
}

/// What the templates of a program see: constants, who the actor is, its port, and addresses that it alone is told.
pub(super) struct Filling<'a> {
    first: First<'a>,
    port: Option<u16>,
    told: Arc<Told>,
}

/// The addresses that a program is told.
#[derive(Debug)]
struct Told {
    world: Arc<World>,
    actor: ActorName,
    chance: Arc<Chance>,
    aliases: Mutex<Vec<(Arc<Located>, Listener)>>,
    failed: Mutex<Option<io::Error>>,
}

impl<'a> Filling<'a> {
    pub(super) fn of(world: &'a Arc<World>, instance: &'a Instance, endpoints: usize) -> Self {
        let name = instance.name.to_string();
        let chance = Arc::new(Chance::new(Arc::clone(world), name.as_str().into()));
        let own = world.directory.get(&name).filter(|_| endpoints == 1);
        Self {
            port: own.and_then(|located| located.address.port()),
            first: First {
                world,
                instance,
                chance: Arc::clone(&chance),
            },
            told: Arc::new(Told {
                world: Arc::clone(world),
                actor: instance.name.clone(),
                chance,
                aliases: Mutex::default(),
                failed: Mutex::default(),
            }),
        }
    }

    /// What the program is, and the addresses that it is told.
    pub(super) fn part(self, process: &Process, outputs: Option<&Path>) -> Result<(Part, Vec<ToldOf>), Wrong> {
        let text = |template: &Template| template.text(&self);
        let arguments: Result<Vec<String>, _> = process.arguments.iter().map(text).collect();
        let env: Result<Vec<(String, String)>, ExpressionError> = process
            .env
            .iter()
            .map(|(name, value)| Ok((name.clone(), text(value)?)))
            .collect();
        let stdin = match &process.stdin {
            Some(stdin) => Some(Arc::from(stdin.fill(&self, None)?.bytes())),
            None => None,
        };
        let stdout = match &process.stdout {
            Some(stdout) => Some(stdout.fill(&self).map_err(|error| Wrong {
                text: error.to_string(),
                help: None,
            })?),
            None => None,
        };
        let limits = &self.first.world.plan.limits;
        let ready = match &process.ready {
            Some(ready) => Some((self.sign(&ready.how)?, ready.timeout.unwrap_or(limits.step))),
            None => None,
        };
        let launch = Launch {
            program: process.program.clone(),
            arguments: arguments?,
            env: env?,
            reads: stdin.is_some(),
        };
        let instance = self.first.instance.name.clone();
        let failed = self
            .told
            .failed
            .lock()
            .expect("no thread panics while it is told")
            .take();
        if let Some(error) = failed {
            return Err(Wrong {
                text: format!("no address can be made for it: {error}"),
                help: None,
            });
        }
        let mut sweeps = Vec::new();
        let mut aliases = Vec::new();
        let told = std::mem::take(&mut *self.told.aliases.lock().expect("no thread panics while it is told"));
        for (located, listener) in told {
            let (sweep, asked) = channel::bounded(1);
            sweeps.push(sweep);
            let alias = Alias {
                place: 0,
                listener,
                caller: instance.clone(),
                sweeps: asked,
            };
            aliases.push((located, alias));
        }
        let part = Part {
            outputs: outputs.map(|folder| folder.join(instance.to_string())),
            actor: instance,
            launch,
            stdin,
            stdout,
            ready,
            exit: process.exit,
            stop: end(process.stop),
            start: process.start,
            sweeps,
            place: process.place.clone(),
        };
        Ok((part, aliases))
    }

    fn sign(&self, how: &ReadyHow) -> Result<Sign, Wrong> {
        let template = match how {
            ReadyHow::Stdout(matcher) => {
                return matcher.fill(self).map(Sign::Stdout).map_err(|error| Wrong {
                    text: error.to_string(),
                    help: None,
                });
            }
            ReadyHow::Tcp(template) | ReadyHow::Udp(template) => template,
        };
        let sign = |address: SocketAddr| match how {
            ReadyHow::Udp(_) => Sign::Udp(address),
            _ => Sign::Tcp(address.into()),
        };
        let text = template.text(self)?;
        if let Ok(port @ 1..) = text.parse::<u16>() {
            let own = self
                .first
                .world
                .directory
                .values()
                .find(|located| located.actor == self.told.actor && located.address.port() == Some(port));
            let host = own.and_then(|located| located.address.inet());
            let host = host.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
            return Ok(sign(SocketAddr::new(host, port)));
        }
        match self.first.world.plan.permissions.address(&text) {
            Ok(address) => Ok(sign(address)),
            Err(refused) => Err(Wrong {
                text: format!("`ready`: {}", refused.text),
                help: refused.help,
            }),
        }
    }
}

impl Scope for Filling<'_> {
    fn value(&self, name: &str) -> Option<minijinja::Value> {
        match name {
            "port" => self.port.map(Into::into),
            name => self.first.value(name),
        }
    }

    fn world(&self) -> Arc<dyn TemplateWorld> {
        Arc::clone(&self.told) as Arc<dyn TemplateWorld>
    }
}

impl TemplateWorld for Told {
    fn draw(&self, purpose: &str) -> Draw {
        self.chance.draw(purpose)
    }

    fn tls_ca(&self) -> Result<String, String> {
        self.chance.tls_ca()
    }

    fn address(&self, endpoint: &str) -> Option<Address> {
        let located = self.world.locate(endpoint)?;
        // Its own it is told as they are.
        let Some(address) = located.address.inet().filter(|_| located.actor != self.actor) else {
            return Some(located.address.clone());
        };
        let mut aliases = self.aliases.lock().expect("no thread panics while it is told");
        if let Some((_, listener)) = aliases.iter().find(|(known, _)| Arc::ptr_eq(known, located)) {
            return Some(listener.address().clone());
        }
        let host = match address.ip().is_loopback() {
            true => address.ip(),
            false => Ipv4Addr::LOCALHOST.into(),
        };
        let mut attempts = 1;
        let bound = loop {
            match self.bind(host, located) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts < ATTEMPTS => attempts += 1,
                bound => break bound,
            }
        };
        match bound {
            Ok(bound) => {
                let address = bound[0].1.address().clone();
                aliases.extend(bound);
                Some(address)
            }
            Err(error) => {
                *self.failed.lock().expect("no thread panics while it is told") = Some(error);
                Some(located.address.clone())
            }
        }
    }
}

impl Told {
    /// An address for an endpoint, and for those that share its port one on the same port: who is told of one of them may look
    /// for the others there, as a resolver does whose answer was cut short.
    fn bind(&self, host: IpAddr, located: &Arc<Located>) -> io::Result<Vec<(Arc<Located>, Listener)>> {
        let mut bound: Vec<(Arc<Located>, Listener)> = Vec::new();
        let others = self.world.directory.values().filter(|other| {
            other.actor == located.actor && other.address == located.address && !Arc::ptr_eq(other, located)
        });
        for endpoint in [located].into_iter().chain(others) {
            if bound.iter().any(|(known, _)| Arc::ptr_eq(known, endpoint)) {
                continue;
            }
            let port = bound.first().and_then(|(_, first)| first.address().port()).unwrap_or(0);
            let listener = match endpoint.framings.are_datagrams() {
                true => {
                    let unread = self.world.plan.limits.unread;
                    Listener::bind_udp(&self.world.registry, host, port, &endpoint.actor.to_string(), unread)?
                }
                false => Listener::bind(host, port, BACKLOG)?,
            };
            bound.push((Arc::clone(endpoint), listener));
        }
        Ok(bound)
    }
}

const fn end(signal: Signal) -> End {
    match signal {
        Signal::Term => End::Term,
        Signal::Int => End::Int,
        Signal::Quit => End::Quit,
        Signal::Hup => End::Hup,
        Signal::Usr1 => End::Usr1,
        Signal::Usr2 => End::Usr2,
        Signal::Kill => End::Kill,
    }
}

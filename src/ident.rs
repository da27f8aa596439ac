//! Names: of actors, strands and connections, and the order of strands.
//!
//! Owns how a name is written, read back and compared. A name never depends on scheduling: it is made of the scenario's
//! own words and of counts that one strand keeps for itself. Does not own who gets which name; `net` and `actor` do that.
//!
//! ```text
//! strand     = actor [ "[" instance "]" ] [ "~" life ] tail* | "*"
//! tail       = "/setup" | "/finally" | "/background" | [ "." endpoint ] "/" opener "#" n | "(" k "." b ")" | "/(" connection ")" direction
//! connection = actor-instance [ "." endpoint ] "/" opener "#" n
//! direction  = ">" (from the opener) | "<" (to the opener)
//! ```
//!
//! An opener that has tails of its own stands in parentheses: `S/(R/C#1)#1`. `*` is the run itself, which starts and
//! joins the phases.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One participant: an actor of the scenario, or one of its instances where it has a `count`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActorName {
    /// The actor's name in the scenario.
    pub base: String,
    /// Which instance, from 1, where the actor has a `count`.
    pub instance: Option<u32>,
}

/// Which way bytes flow on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// From the side that opened the connection.
    #[serde(rename = ">")]
    FromOpener,
    /// To the side that opened the connection.
    #[serde(rename = "<")]
    ToOpener,
}

/// One connection, called after the endpoint it leads to, the strand that opened it, and their how-manyeth it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionName {
    /// The actor that listens.
    pub target: ActorName,
    /// The endpoint's name, where the actor has several.
    pub endpoint: Option<String>,
    /// The strand that connected.
    pub opener: Box<StrandName>,
    /// The how-manyeth connection of this opener to this endpoint, from 1.
    pub number: u32,
}

/// One sequential thread of control.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StrandName {
    /// Whose strand it is; `None` for the run's own strand, written `*`.
    pub actor: Option<ActorName>,
    /// Which life of the actor, from 1; more than 1 only after a restart.
    pub life: u32,
    /// What it is within the actor; empty for the script.
    pub tails: Vec<Tail>,
}

/// One part of a strand's name after its actor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Tail {
    /// The actor's `setup` steps.
    Setup,
    /// The actor's `finally` steps.
    Finally,
    /// The actor's `background` answers.
    Background,
    /// The session for one accepted connection.
    Session {
        /// The endpoint's name, where the actor has several.
        endpoint: Option<String>,
        /// The strand that connected.
        opener: Box<StrandName>,
        /// Its how-manyeth connection to this endpoint.
        number: u32,
    },
    /// Branch `branch` of the `parallel`-th `parallel` that the strand began, both from 1.
    Branch {
        /// Which `parallel` of the strand, from 1.
        parallel: u32,
        /// Which branch of it, from 1.
        branch: u32,
    },
    /// What reads one direction of a connection to its end after its strand closed it.
    Drain {
        /// The connection.
        connection: Box<ConnectionName>,
        /// The direction that is read.
        direction: Direction,
    },
}

impl Direction {
    /// The other direction of the same connection.
    pub const fn reverse(self) -> Self {
        match self {
            Self::FromOpener => Self::ToOpener,
            Self::ToOpener => Self::FromOpener,
        }
    }
}

impl ActorName {
    /// An actor without instances.
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            instance: None,
        }
    }
}

impl StrandName {
    /// The script of an actor, from which its other strands' names are made.
    pub const fn script(actor: ActorName) -> Self {
        Self {
            actor: Some(actor),
            life: 1,
            tails: Vec::new(),
        }
    }

    /// The run's own strand.
    pub const fn run() -> Self {
        Self {
            actor: None,
            life: 1,
            tails: Vec::new(),
        }
    }

    /// This name with one more tail.
    pub fn with(&self, tail: Tail) -> Self {
        let mut name = self.clone();
        name.tails.push(tail);
        name
    }

    /// Whether this is a tail strand, which the drawing leaves out.
    pub fn is_drain(&self) -> bool {
        matches!(self.tails.last(), Some(Tail::Drain { .. }))
    }

    /// The strand at the top of the chain of openers: `C[2]` for `S/(R/C[2]#1)#1`. A branch belongs to its strand's chain.
    pub fn root(&self) -> Self {
        match self.tails.first() {
            Some(Tail::Session { opener, .. }) => opener.root(),
            Some(Tail::Setup | Tail::Finally | Tail::Background) => Self {
                tails: self.tails[..1].to_vec(),
                ..self.clone()
            },
            _ => Self {
                tails: Vec::new(),
                ..self.clone()
            },
        }
    }

    /// A key whose lexicographic order is the strand order: the actor's place in the file, the instance, the life, then
    /// the tails from left to right (setup, script, finally, background, session, branch, tail).
    ///
    /// `place` gives an actor's place in the file; the run's own strand comes before all.
    pub fn key(&self, place: &dyn Fn(&str) -> u64) -> Vec<u64> {
        let mut key = Vec::with_capacity(8);
        self.push_key(place, &mut key);
        key
    }

    fn push_key(&self, place: &dyn Fn(&str) -> u64, key: &mut Vec<u64>) {
        match &self.actor {
            None => key.push(0),
            Some(actor) => actor.push_key(place, key),
        }
        key.push(self.life.into());
        for tail in &self.tails {
            match tail {
                Tail::Setup => key.push(1),
                // 2 ends a name: the script itself.
                Tail::Finally => key.push(3),
                Tail::Background => key.push(4),
                Tail::Session {
                    endpoint,
                    opener,
                    number,
                } => {
                    key.push(5);
                    push_text(endpoint.as_deref(), key);
                    opener.push_key(place, key);
                    key.push((*number).into());
                }
                Tail::Branch { parallel, branch } => key.extend([6, (*parallel).into(), (*branch).into()]),
                Tail::Drain { connection, direction } => {
                    key.push(7);
                    connection.push_key(place, key);
                    key.push(u64::from(*direction == Direction::ToOpener));
                }
            }
        }
        key.push(2);
    }
}

impl ActorName {
    fn push_key(&self, place: &dyn Fn(&str) -> u64, key: &mut Vec<u64>) {
        key.push(1 + place(&self.base));
        key.push(self.instance.unwrap_or(0).into());
    }
}

impl ConnectionName {
    /// A key whose lexicographic order is the order of connections: target, endpoint, opener, number.
    pub fn key(&self, place: &dyn Fn(&str) -> u64) -> Vec<u64> {
        let mut key = Vec::with_capacity(12);
        self.push_key(place, &mut key);
        key
    }

    fn push_key(&self, place: &dyn Fn(&str) -> u64, key: &mut Vec<u64>) {
        self.target.push_key(place, key);
        push_text(self.endpoint.as_deref(), key);
        self.opener.push_key(place, key);
        key.push(self.number.into());
    }

    /// The strand of the session that serves this connection.
    pub fn session(&self) -> StrandName {
        StrandName::script(self.target.clone()).with(Tail::Session {
            endpoint: self.endpoint.clone(),
            opener: self.opener.clone(),
            number: self.number,
        })
    }

    /// The actor at the end that sends in `direction`.
    pub fn sender(&self, direction: Direction) -> &ActorName {
        match direction {
            Direction::FromOpener => self.opener.actor.as_ref().expect("the run opens no connection"),
            Direction::ToOpener => &self.target,
        }
    }
}

/// Text as numbers that sort as the text does, absent before present.
fn push_text(text: Option<&str>, key: &mut Vec<u64>) {
    if let Some(text) = text {
        key.extend(text.chars().map(|c| u64::from(c) + 1));
    }
    key.push(0);
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FromOpener => ">",
            Self::ToOpener => "<",
        })
    }
}

impl fmt::Display for ActorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        match self.instance {
            Some(instance) => write!(f, "[{instance}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.target)?;
        write_opened(f, self.endpoint.as_deref(), &self.opener, self.number)
    }
}

impl fmt::Display for StrandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(actor) = &self.actor else {
            return f.write_str("*");
        };
        write!(f, "{actor}")?;
        if self.life > 1 {
            write!(f, "~{}", self.life)?;
        }
        for tail in &self.tails {
            match tail {
                Tail::Setup => f.write_str("/setup")?,
                Tail::Finally => f.write_str("/finally")?,
                Tail::Background => f.write_str("/background")?,
                Tail::Session {
                    endpoint,
                    opener,
                    number,
                } => write_opened(f, endpoint.as_deref(), opener, *number)?,
                Tail::Branch { parallel, branch } => write!(f, "({parallel}.{branch})")?,
                Tail::Drain { connection, direction } => write!(f, "/({connection}){direction}")?,
            }
        }
        Ok(())
    }
}

fn write_opened(f: &mut fmt::Formatter<'_>, endpoint: Option<&str>, opener: &StrandName, number: u32) -> fmt::Result {
    if let Some(endpoint) = endpoint {
        write!(f, ".{endpoint}")?;
    }
    if opener.tails.is_empty() {
        write!(f, "/{opener}#{number}")
    } else {
        write!(f, "/({opener})#{number}")
    }
}

/// A name that is not written as names are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no name of a {what}")]
pub struct NameError {
    name: String,
    what: &'static str,
}

/// Characters that a name's grammar uses, so that no actor or endpoint may have them in its name.
pub const RESERVED: &[char] = &['/', '[', ']', '(', ')', '#', '~', '<', '>', '.', '*', '"', '{', '}'];

impl std::str::FromStr for StrandName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut reader = Reader { rest: text };
        match reader.strand() {
            Some(name) if reader.rest.is_empty() => Ok(name),
            _ => Err(NameError {
                name: text.to_owned(),
                what: "strand",
            }),
        }
    }
}

impl std::str::FromStr for ConnectionName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut reader = Reader { rest: text };
        match reader.connection() {
            Some(name) if reader.rest.is_empty() => Ok(name),
            _ => Err(NameError {
                name: text.to_owned(),
                what: "connection",
            }),
        }
    }
}

impl std::str::FromStr for ActorName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut reader = Reader { rest: text };
        match reader.actor() {
            Some(name) if reader.rest.is_empty() => Ok(name),
            _ => Err(NameError {
                name: text.to_owned(),
                what: "actor",
            }),
        }
    }
}

/// Reads the grammar above by recursive descent; `None` where the text is none of it.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> Option<String> {
        let end = self.rest.find(RESERVED).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn number(&mut self) -> Option<u32> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().ok()
    }

    fn actor(&mut self) -> Option<ActorName> {
        let base = self.word()?;
        let instance = if self.eat("[") {
            let instance = self.number()?;
            if !self.eat("]") {
                return None;
            }
            Some(instance)
        } else {
            None
        };
        Some(ActorName { base, instance })
    }

    fn strand(&mut self) -> Option<StrandName> {
        if self.eat("*") {
            return Some(StrandName::run());
        }
        let actor = self.actor()?;
        let life = if self.eat("~") { self.number()? } else { 1 };
        let mut tails = Vec::new();
        while let Some(tail) = self.tail() {
            tails.push(tail);
        }
        Some(StrandName {
            actor: Some(actor),
            life,
            tails,
        })
    }

    /// The next tail, or `None` with nothing taken where the name ends here.
    fn tail(&mut self) -> Option<Tail> {
        let before = self.rest;
        let tail = self.try_tail();
        if tail.is_none() {
            self.rest = before;
        }
        tail
    }

    fn try_tail(&mut self) -> Option<Tail> {
        if self.rest.starts_with('(') {
            self.eat("(");
            let parallel = self.number()?;
            if !self.eat(".") {
                return None;
            }
            let branch = self.number()?;
            return self.eat(")").then_some(Tail::Branch { parallel, branch });
        }
        for (word, tail) in [
            ("/setup", Tail::Setup),
            ("/finally", Tail::Finally),
            ("/background", Tail::Background),
        ] {
            let ends = |rest: &str| !rest.starts_with(['#', '[', '~']) && !rest.starts_with(|c| !RESERVED.contains(&c));
            if self.rest.strip_prefix(word).is_some_and(ends) {
                self.eat(word);
                return Some(tail);
            }
        }
        if let Some(drain) = self.drain() {
            return Some(drain);
        }
        let endpoint = if self.eat(".") { Some(self.word()?) } else { None };
        let (opener, number) = self.opened()?;
        Some(Tail::Session {
            endpoint,
            opener,
            number,
        })
    }

    fn drain(&mut self) -> Option<Tail> {
        let before = self.rest;
        let drain = (|| {
            if !self.eat("/(") {
                return None;
            }
            let connection = Box::new(self.connection()?);
            if !self.eat(")") {
                return None;
            }
            let direction = if self.eat(">") {
                Direction::FromOpener
            } else if self.eat("<") {
                Direction::ToOpener
            } else {
                return None;
            };
            Some(Tail::Drain { connection, direction })
        })();
        if drain.is_none() {
            self.rest = before;
        }
        drain
    }

    fn opened(&mut self) -> Option<(Box<StrandName>, u32)> {
        if !self.eat("/") {
            return None;
        }
        let opener = if self.eat("(") {
            let opener = self.strand()?;
            if !self.eat(")") {
                return None;
            }
            opener
        } else {
            let actor = self.actor()?;
            let life = if self.eat("~") { self.number()? } else { 1 };
            StrandName {
                actor: Some(actor),
                life,
                tails: Vec::new(),
            }
        };
        if !self.eat("#") {
            return None;
        }
        Some((Box::new(opener), self.number()?))
    }

    fn connection(&mut self) -> Option<ConnectionName> {
        let target = self.actor()?;
        let endpoint = if self.eat(".") { Some(self.word()?) } else { None };
        let (opener, number) = self.opened()?;
        Some(ConnectionName {
            target,
            endpoint,
            opener,
            number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANDS: &[&str] = &[
        "*",
        "Client",
        "Client[3]",
        "Client~2",
        "Client/setup",
        "Client/finally",
        "Client/(Server/Client#1)<",
        "Client(1.2)",
        "Client(1.2)(2.1)",
        "Server/Client#1",
        "Server/Client#2",
        "Server/Client[2]#1",
        "Server/(Relay/Client#1)#1",
        "Server/(Client(1.2))#1",
        "Server.data/Client#1",
        "A/A#1",
        "S/setup#1",
        "Server/Client#1(1.1)",
        "Server/(Server.data/(Relay/Client#1)#3)>",
    ];

    #[test]
    fn a_name_reads_back_as_it_was_written() {
        for text in STRANDS {
            let name: StrandName = text.parse().unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(&name.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "/", "A/", "A[x]", "A#1", "A/B", "A(1)", "A/(B)#", "A/B#1>"] {
            assert!(text.parse::<StrandName>().is_err(), "{text}");
        }
    }

    #[test]
    fn strands_are_ordered_by_place_then_instance_then_tails() {
        let place = |name: &str| {
            ["Client", "Server"]
                .iter()
                .position(|n| *n == name)
                .map_or(9, |p| p as u64)
        };
        let sorted = [
            "*",
            "Client/setup",
            "Client",
            "Client/finally",
            "Client(1.1)",
            "Client(1.2)",
            "Client/(Server/Client#1)<",
            "Client[2]",
            "Client[10]",
            "Server/setup",
            "Server",
            "Server/Client#1",
            "Server/Client#2",
            "Server/Client#10",
            "Server/Client[2]#1",
            "Server.data/Client#1",
        ];
        let keys: Vec<_> = sorted
            .iter()
            .map(|s| s.parse::<StrandName>().unwrap().key(&place))
            .collect();
        assert!(keys.is_sorted(), "{keys:?}");
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), keys.len());
    }

    #[test]
    fn the_root_of_a_chain_of_openers_is_its_first_script() {
        let root = |text: &str| text.parse::<StrandName>().unwrap().root().to_string();
        assert_eq!(root("S/(R/C[2]#1)#1"), "C[2]");
        assert_eq!(root("C[2](1.1)"), "C[2]");
        assert_eq!(root("S/(C(1.1))#1"), "C");
        assert_eq!(root("C/finally"), "C/finally");
    }
}

//! Names as text: written, and read back.
//!
//! Owns the grammar that [`super`] shows. Does not own what a name means.

use std::fmt;
use std::str::FromStr;

use super::{ActorName, ConnectionName, Direction, StrandName, Tail};

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
                Tail::Background { connection, direction } => write!(f, "/background({connection}){direction}")?,
                Tail::Session {
                    endpoint,
                    opener,
                    number,
                } => write_opened(f, endpoint.as_deref(), opener, *number)?,
                Tail::Branch { parallel, branch } => write!(f, "({parallel}.{branch})")?,
                Tail::Peer { region, connection } => write!(f, "/peer({region}.{connection})")?,
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

impl FromStr for StrandName {
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

impl FromStr for ConnectionName {
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

impl FromStr for ActorName {
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
        for (word, tail) in [("/setup", Tail::Setup), ("/finally", Tail::Finally)] {
            let ends = |rest: &str| !rest.starts_with(['#', '[', '~']) && !rest.starts_with(|c| !RESERVED.contains(&c));
            if self.rest.strip_prefix(word).is_some_and(ends) {
                self.eat(word);
                return Some(tail);
            }
        }
        if let Some((connection, direction)) = self.directed("/background(") {
            return Some(Tail::Background { connection, direction });
        }
        if let Some(tail) = self.peer() {
            return Some(tail);
        }
        if let Some((connection, direction)) = self.directed("/(") {
            return Some(Tail::Drain { connection, direction });
        }
        let endpoint = if self.eat(".") { Some(self.word()?) } else { None };
        let (opener, number) = self.opened()?;
        Some(Tail::Session {
            endpoint,
            opener,
            number,
        })
    }

    /// A direction of a connection behind `begin`, or `None` with nothing taken where there is none.
    fn directed(&mut self, begin: &str) -> Option<(Box<ConnectionName>, Direction)> {
        let before = self.rest;
        let directed = (|| {
            if !self.eat(begin) {
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
            Some((connection, direction))
        })();
        if directed.is_none() {
            self.rest = before;
        }
        directed
    }

    /// What a peer causes, or `None` with nothing taken where that does not stand here.
    fn peer(&mut self) -> Option<Tail> {
        let before = self.rest;
        let peer = (|| {
            if !self.eat("/peer(") {
                return None;
            }
            let region = self.number()?;
            if !self.eat(".") {
                return None;
            }
            let connection = Box::new(self.connection()?);
            self.eat(")").then_some(Tail::Peer { region, connection })
        })();
        if peer.is_none() {
            self.rest = before;
        }
        peer
    }

    fn opened(&mut self) -> Option<(Box<StrandName>, u32)> {
        if !self.eat("/") {
            return None;
        }
        let opener = if self.eat("(") {
            let opener = self.strand()?;
            // The run itself opens none.
            if opener.actor.is_none() || !self.eat(")") {
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

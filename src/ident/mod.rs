//! Names: of actors, strands and connections, and the order of strands.
//!
//! Owns how a name is written, read back and compared. A name never depends on scheduling: it is made of the scenario's
//! own words and of counts that one strand keeps for itself. Does not own who gets which name; `net` and `actor` do that.
//!
//! ```text
//! strand     = actor [ "[" instance "]" ] [ "~" life ] tail* | "*"
//! tail       = "/setup" | "/finally" | "/background(" connection ")" direction | [ "." endpoint ] "/" opener "#" n | "(" k "." b ")" | "/peer(" k "." connection ")" | "/(" connection ")" direction
//! connection = actor-instance [ "." endpoint ] "/" opener "#" n
//! direction  = ">" (from the opener) | "<" (to the opener)
//! ```
//!
//! An opener that has tails of its own stands in parentheses: `S/(R/C#1)#1`. `*` is the run itself, which starts and
//! joins the phases.

mod address;
mod text;
pub mod word;

use serde::{Deserialize, Serialize};

pub use address::Address;
pub use text::{NameError, RESERVED};

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
    /// The actor's `background` answers to what comes on one direction of a connection.
    Background {
        /// The connection.
        connection: Box<ConnectionName>,
        /// The direction that brings what is answered.
        direction: Direction,
    },
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
    /// What one peer causes in the `region`-th region of a strand whose actor's order is per peer.
    Peer {
        /// Which region of the strand, from 1.
        region: u32,
        /// The connection to the peer.
        connection: Box<ConnectionName>,
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

/// Who connects to an endpoint without being of the scenario; no actor is called so.
pub const OUTSIDE: &str = "Outside";

impl ActorName {
    /// An actor without instances.
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            instance: None,
        }
    }

    /// Whether this is who connects without being of the scenario.
    pub fn is_outside(&self) -> bool {
        self.base == OUTSIDE
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

    /// Whether this is a strand of background answers, or a branch of one.
    pub fn is_background(&self) -> bool {
        matches!(self.tails.first(), Some(Tail::Background { .. }))
    }

    /// Whether this is a tail strand, which the drawing leaves out.
    pub fn is_drain(&self) -> bool {
        matches!(self.tails.last(), Some(Tail::Drain { .. }))
    }

    /// The strand a part of whose order this is, where it is what one of its peers causes.
    pub fn whole(&self) -> Option<Self> {
        let at = self.tails.iter().rposition(|tail| matches!(tail, Tail::Peer { .. }))?;
        (at + 1 == self.tails.len()).then(|| Self {
            tails: self.tails[..at].to_vec(),
            ..self.clone()
        })
    }

    /// Whether this is what one peer causes, or a branch of it.
    pub fn is_peer(&self) -> bool {
        self.tails.iter().any(|tail| matches!(tail, Tail::Peer { .. }))
    }

    /// The strand at the top of the chain of openers: `C[2]` for `S/(R/C[2]#1)#1`. A branch belongs to its strand's chain,
    /// background answers and what a peer causes to that of their connection.
    pub fn root(&self) -> Self {
        let peer = self.tails.iter().rev().find_map(|tail| match tail {
            Tail::Peer { connection, .. } => Some(connection),
            _ => None,
        });
        if let Some(connection) = peer {
            return connection.opener.root();
        }
        match self.tails.first() {
            Some(Tail::Session { opener, .. }) => opener.root(),
            Some(Tail::Background { connection, .. }) => connection.opener.root(),
            Some(Tail::Setup | Tail::Finally) => Self {
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
    /// the tails from left to right (setup, script, finally, background, session, branch, tail, peer).
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
                Tail::Background { connection, direction } => {
                    key.push(4);
                    connection.push_key(place, key);
                    key.push(u64::from(*direction == Direction::ToOpener));
                }
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
                Tail::Peer { region, connection } => {
                    key.extend([8, (*region).into()]);
                    connection.push_key(place, key);
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
    /// The connection that was accepted as so many-th from outside the scenario at an endpoint.
    pub fn from_outside(target: ActorName, endpoint: Option<String>, number: u32) -> Self {
        Self {
            target,
            endpoint,
            opener: Box::new(StrandName::script(ActorName::new(OUTSIDE))),
            number,
        }
    }

    /// Whether it was opened by nobody of the scenario.
    pub fn is_from_outside(&self) -> bool {
        self.opener.actor.as_ref().is_some_and(ActorName::is_outside)
    }

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        "Server/background(Server/Client#1)>",
        "A/background(A/A#1)>",
        "A/background(A/A#1)<(1.2)",
        "Client/background(S.data/(Relay/Client#1)#3)<",
        "S/(C/background(S/C#1)<)#2",
        "S/background#1",
        "Server/(Server.data/(Relay/Client#1)#3)>",
        "Server/peer(1.Server/Client#1)",
        "Server(1.2)/peer(2.Server.data/(Relay/peer(1.A/A#2))#3)(1.1)",
        "S/peer#1",
        "S/peer[1]#1",
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
        for text in [
            "",
            "/",
            "A/",
            "A[x]",
            "A#1",
            "A/B",
            "A(1)",
            "A/(B)#",
            "A/B#1>",
            "A/(*)#1",
            "A/background",
            "A/background(B)>",
            "A/background(B/C#1)",
            "A/background(B/C#1",
            "A/peer",
            "A/peer(B/C#1)",
            "A/peer(1.B)",
            "A/peer(1.B/C#1",
        ] {
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
            "Client/background(Server/Client#1)<",
            "Client/background(Server/Client#2)<",
            "Client(1.1)",
            "Client(1.2)",
            "Client/(Server/Client#1)<",
            "Client/peer(1.Server/Client#2)",
            "Client/peer(2.Server/Client#1)",
            "Client/peer(2.Server/Client#2)",
            "Client[2]",
            "Client[10]",
            "Server/setup",
            "Server",
            "Server/background(Server/Client#1)>",
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
        assert_eq!(root("C/background(S/(R/C[2]#1)#1)<"), "C[2]");
        assert_eq!(root("C/background(S/C#1)<(1.1)"), "C");
        assert_eq!(root("S/peer(1.S/(R/C[2]#1)#1)(1.1)"), "C[2]");
    }

    #[test]
    fn what_a_peer_causes_is_a_part_of_a_strand_and_a_branch_of_it_is_not() {
        let whole = |text: &str| text.parse::<StrandName>().unwrap().whole().map(|name| name.to_string());
        assert_eq!(whole("S(1.1)/peer(3.S/C#1)").as_deref(), Some("S(1.1)"));
        assert_eq!(whole("S/peer(3.S/C#1)(1.1)"), None);
        assert_eq!(whole("S/C#1"), None);
    }

    /// Strand names of any kind, nested a little.
    fn names() -> impl Strategy<Value = StrandName> {
        let actor = || {
            let instance = proptest::option::of(1..4u32);
            ("[AB]", instance).prop_map(|(base, instance)| ActorName { base, instance })
        };
        let script = (actor(), 1..3u32).prop_map(|(actor, life)| StrandName {
            life,
            ..StrandName::script(actor)
        });
        script.prop_recursive(3, 12, 3, move |inner| {
            let connection = (actor(), proptest::option::of("[xy]"), inner.clone(), 1..3u32).prop_map(
                |(target, endpoint, opener, number)| ConnectionName {
                    target,
                    endpoint,
                    opener: Box::new(opener),
                    number,
                },
            );
            let directed = (connection, any::<bool>()).prop_map(|(connection, from)| {
                let direction = if from {
                    Direction::FromOpener
                } else {
                    Direction::ToOpener
                };
                (Box::new(connection), direction)
            });
            let directed_again = directed.clone();
            let tail = prop_oneof![
                Just(Tail::Setup),
                Just(Tail::Finally),
                directed
                    .clone()
                    .prop_map(|(connection, direction)| Tail::Background { connection, direction }),
                directed
                    .clone()
                    .prop_map(|(connection, direction)| Tail::Drain { connection, direction }),
                directed.prop_map(|(connection, _)| connection.session().tails.remove(0)),
                (1..3u32, 1..3u32).prop_map(|(parallel, branch)| Tail::Branch { parallel, branch }),
                (1..3u32, directed_again).prop_map(|(region, (connection, _))| Tail::Peer { region, connection }),
            ];
            (inner, tail).prop_map(|(name, tail)| name.with(tail))
        })
    }

    proptest::proptest! {
        #[test]
        fn any_name_reads_back_and_has_a_place_of_its_own(one in names(), other in names()) {
            let text = one.to_string();
            let read: StrandName = text.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
            prop_assert_eq!(&read, &one);
            let key = |name: &StrandName| name.key(&|base| u64::from(base == "B"));
            prop_assert_eq!(key(&one) == key(&other), one == other, "{} {}", one, other);
        }
    }
}

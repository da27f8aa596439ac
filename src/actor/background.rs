//! Background answers: what an actor's `background` takes while one of its strands waits.
//!
//! Owns the strand that answers on one connection, and which rule takes a message. It runs inside the strand that waits,
//! in its seat, and is lent the connection meanwhile; between two messages only its counts are kept, with the connection.
//! Its variables are new for each message. Does not own waiting (`hear`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::chance::Chance;
use super::connection::{Connection, Link};
use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::strand::Strand;
use crate::ident::{Direction, StrandName, Tail};
use crate::net::inbox::Front;
use crate::plan::step::{Alternative, Guard, StepId};
use crate::trace::recorder::Log;
use crate::wire::matcher::{Captures, Want};
use crate::wire::message::Message;

/// The strand that answers on one connection, while it has nothing to do.
#[derive(Debug)]
pub(super) struct Answers {
    name: Arc<StrandName>,
    text: Arc<str>,
    log: Arc<Log>,
    chance: Arc<Chance>,
    begun: HashMap<StepId, u32>,
    awaited: BTreeMap<String, u32>,
    opened: BTreeMap<String, u32>,
    parallels: u32,
    steps: u64,
}

/// A message that is taken in the background.
#[derive(Debug)]
pub(super) struct Wanted {
    /// On which connection.
    at: usize,
    message: Message,
    size: usize,
    /// The rule that takes it, or why none could be asked.
    rule: Outcome<Rule>,
}

#[derive(Debug)]
struct Rule {
    place: usize,
    want: Want,
    captures: Captures,
}

impl Strand {
    /// Whether this strand answers in the background while it waits; one that is an answer itself does not.
    pub(super) fn answers(&self) -> bool {
        !self.rules().is_empty() && !self.name.is_background()
    }

    fn rules(&self) -> &[Alternative] {
        // Code that plays an actor answers for itself.
        if self.actor.stand_in.is_some() {
            return &[];
        }
        &self.actor.plan(&self.world.plan).background
    }

    /// Whether the message at the front of a connection is taken in the background. Each is asked about once.
    pub(super) fn wanted(&self, connections: &mut [Connection], at: usize) -> Option<Wanted> {
        let connection = &mut connections[at];
        let inbox = connection.inbox.as_mut()?;
        let offset = inbox.offset();
        if inbox.framing().is_raw() || connection.passed == Some(offset) {
            return None;
        }
        let Front::Message(message, size) = inbox.front() else {
            return None;
        };
        let strand = self.answering(connection.answers.take(), &connection.link);
        let rules = self.rules().iter().enumerate();
        let rule = rules
            .filter_map(|(place, rule)| strand.meets(place, rule, &message, connection).transpose())
            .next();
        connection.answers = Some(Box::new(strand.rest()));
        if rule.is_none() {
            connection.passed = Some(offset);
        }
        rule.map(|rule| Wanted {
            at,
            message,
            size,
            rule,
        })
    }

    fn meets(
        &self,
        place: usize,
        rule: &Alternative,
        message: &Message,
        connection: &Connection,
    ) -> Outcome<Option<Rule>> {
        let Some(want) = self.want(rule, connection) else {
            return Ok(None);
        };
        let want = want?;
        let Ok(captures) = want.test(message) else {
            return Ok(None);
        };
        let ear = ear(rule, want.clone());
        match self.holds_when(&ear, connection, message, &captures) {
            Ok(true) => Ok(Some(Rule { place, want, captures })),
            Ok(false) => Ok(None),
            Err(error) => Err(self.no_value(rule.id, &error)),
        }
    }

    fn want(&self, rule: &Alternative, connection: &Connection) -> Option<Outcome<Want>> {
        let Guard::Receive(matcher) = &rule.guard else {
            return None;
        };
        let shared = self.shared(rule.id, matcher.names());
        let view = self.view_at(shared, &[], Some(connection));
        Some(matcher.fill(&view).map_err(|error| self.no_value(rule.id, &error)))
    }

    /// Takes a message in the background, and does what its rule says. Where that fails, this strand ends too, as with a
    /// branch of its own.
    pub(super) async fn answer(&mut self, wanted: Wanted) -> Outcome {
        let world = Arc::clone(&self.world);
        let rules = &self.actor.plan(&world.plan).background;
        let connection = &mut self.connections[wanted.at];
        let (answers, link) = (connection.answers.take(), Arc::clone(&connection.link));
        let lent = Connection {
            name: connection.name.clone(),
            link: Arc::clone(&link),
            inbox: connection.inbox.take(),
            outbox: connection.back.clone(),
            back: None,
            taken: connection.taken,
            lent: true,
            gone: connection.gone,
            spent: false,
            occupied: None,
            answers: None,
            memory: connection.memory.take(),
            passed: None,
        };
        let mut strand = self.answering(answers, &link);
        strand.connections.push(lent);
        let outcome = match wanted.rule {
            Err(halt) => Err(halt),
            Ok(Rule { place, want, captures }) => {
                let rule = &rules[place];
                let heard = Heard::Message {
                    ear: 0,
                    at: 0,
                    message: want.read(wanted.message),
                    size: wanted.size,
                    captures,
                };
                match strand.turn(rule.id).await {
                    Ok(()) => {
                        strand
                            .meet(None, &rules[place..=place], &[ear(rule, want)], heard)
                            .await
                    }
                    halt => halt,
                }
            }
        };
        if let Err(Halt::Failed(finding)) = &outcome {
            strand.report(finding);
        }
        self.take_back(strand, wanted.at, &outcome);
        match outcome {
            Ok(()) => Ok(()),
            Err(Halt::Cut) => Err(Halt::Cut),
            Err(Halt::Failed(_) | Halt::Follows | Halt::Break) => Err(Halt::Follows),
        }
    }

    /// Takes back the connection that was lent, and closes what was opened besides.
    fn take_back(&mut self, mut strand: Self, at: usize, outcome: &Outcome) {
        for connection in std::mem::take(&mut strand.connections) {
            if connection.lent {
                let own = &mut self.connections[at];
                own.inbox = connection.inbox;
                own.memory = connection.memory;
                own.taken = own.taken.max(connection.taken);
                own.gone |= connection.gone;
            } else if !matches!(outcome, Err(Halt::Cut)) {
                if outcome.is_err() {
                    self.world.taint(&connection.link.text);
                }
                strand.hang_up(connection, None, outcome.is_ok());
            }
        }
        self.connections[at].answers = Some(Box::new(strand.rest()));
    }

    /// What the rules would take of what is left over on a connection, which ends here; their conditions are not asked.
    pub(super) fn forgiven(&self, connection: &mut Connection) -> Vec<Want> {
        let mut wants = Vec::new();
        if self.answers() && connection.inbox.is_some() {
            let strand = self.answering(connection.answers.take(), &connection.link);
            let rules = self.rules().iter();
            wants.extend(rules.filter_map(|rule| strand.want(rule, connection)?.ok()));
            connection.answers = Some(Box::new(strand.rest()));
        }
        self.retire(connection);
        wants
    }

    /// Nothing is answered on a connection any more.
    pub(super) fn retire(&self, connection: &Connection) {
        if let Some(answers) = &connection.answers
            && self.world.joins
            && answers.log.next_index() > 0
        {
            self.world.ended(&answers.text);
        }
    }

    /// The strand that answers on a connection.
    pub(super) fn answering(&self, answers: Option<Box<Answers>>, link: &Link) -> Self {
        let answers = answers.unwrap_or_else(|| Box::new(Answers::new(self, link)));
        let (world, actor, seat) = (&self.world, &self.actor, Arc::clone(&self.seat));
        let mut strand = Self::seated(
            world,
            actor,
            answers.name,
            answers.text,
            answers.log,
            answers.chance,
            seat,
        );
        strand.begun = answers.begun;
        strand.awaited = answers.awaited;
        strand.opened = answers.opened;
        strand.parallels = answers.parallels;
        strand.steps = answers.steps;
        strand.session.clone_from(&self.session);
        strand
    }

    /// What is kept of a strand that answers.
    pub(super) fn rest(self) -> Answers {
        Answers {
            name: self.name,
            text: self.text,
            log: self.log,
            chance: self.chance,
            begun: self.begun,
            awaited: self.awaited,
            opened: self.opened,
            parallels: self.parallels,
            steps: self.steps,
        }
    }
}

impl Answers {
    fn new(strand: &Strand, link: &Link) -> Self {
        let direction: Direction = link.side.sends().reverse();
        let name = StrandName {
            tails: Vec::new(),
            ..(*strand.name).clone()
        }
        .with(Tail::Background {
            connection: Box::new((*link.name).clone()),
            direction,
        });
        let text: Arc<str> = name.to_string().into();
        Self {
            log: Arc::new(Log::new(Arc::clone(&strand.world.recorder), &text)),
            chance: Arc::new(Chance::new(Arc::clone(&strand.world), Arc::clone(&text))),
            name: Arc::new(name),
            text,
            begun: HashMap::new(),
            awaited: BTreeMap::new(),
            opened: BTreeMap::new(),
            parallels: 0,
            steps: 0,
        }
    }
}

impl Connection {
    /// Whether what stands at its front, or comes next, may be taken in the background.
    pub(super) fn may_be_answered(&mut self) -> bool {
        let Some(inbox) = self.inbox.as_mut().filter(|inbox| !inbox.framing().is_raw()) else {
            return false;
        };
        match inbox.front() {
            Front::More => true,
            Front::Message(..) => self.passed != Some(inbox.offset()),
            Front::End(..) | Front::Malformed(_) => false,
        }
    }
}

fn ear(rule: &Alternative, want: Want) -> Ear<'_> {
    Ear {
        id: rule.id,
        hears: Hears::Message(want),
        on: vec![0],
        anybody: Vec::new(),
        when: rule.when.as_ref(),
    }
}

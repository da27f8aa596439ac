//! Sending: to one connection, to another session, to all sessions.
//!
//! Owns `send` and `broadcast`. A send is recorded before its bytes go out, and never fails for what the other side did.

use std::sync::Arc;

use super::cells::{CellState, Member, Touched, variables};
use super::excerpt::excerpt;
use super::failure::{Halt, Outcome};
use super::scope::Variables;
use super::strand::{CLIENT, Mark, Strand};
use crate::finding::FindingKind;
use crate::net::outbox::{Outbox, SendError};
use crate::plan::step::{Audience, Step, StepId};
use crate::runtime::{Alarm, Wait, Waiting, Woken};
use crate::trace::event::{Kind, Mode};
use crate::trace::recorder::{About, HeadOf, NOTHING, Traffic};
use crate::wire::message::{Control, Message};
use crate::wire::payload::Payload;
use crate::wire::template::Template;

impl Strand {
    pub(super) async fn send(
        &mut self,
        step: &Step,
        shared: Variables,
        payload: &Payload,
        to: Option<&Template>,
    ) -> Outcome {
        let label = self.label(step.id, step.label.as_ref(), shared.clone())?;
        let mark = Mark {
            label,
            ..self.mark(step)
        };
        let message = payload
            .fill(
                &self.view(shared.clone(), &[]),
                self.last.as_ref().map(|last| &last.message),
            )
            .map_err(|error| self.no_value(step.id, &error))?;
        if let Some(to) = to {
            let session = self.fill(step.id, to, shared)?;
            if let Some(outcome) = self.send_to_actor(step, &mark, &message, &session) {
                return outcome;
            }
            return self.send_to(step, &mark, &message, &session);
        }
        for at in self.on(step.id, &step.on, shared)? {
            let connection = &self.connections[at];
            if connection.gone {
                return Err(self.fail(step.id, FindingKind::Ended, "the connection was reset before"));
            }
            let Some(outbox) = connection.outbox.clone() else {
                return Err(self.fail(
                    step.id,
                    FindingKind::Ended,
                    "another strand sends on this connection now",
                ));
            };
            let (link, name) = (Arc::clone(&connection.link), connection.link.peer.clone());
            loop {
                match self.put(&mark, &outbox, &link.text, &message, None) {
                    Err(SendError::Full) => self.wait_for_room(step, &outbox, &name, self.deadline(step)).await?,
                    other => break other.map_err(|error| self.unsent(step.id, &error, &message))?,
                }
            }
            if let Some(memory) = &mut self.connections[at].memory {
                memory.send(&message);
            }
        }
        Ok(())
    }

    /// Sends one message, recorded before its bytes go out.
    pub(super) fn put(
        &self,
        mark: &Mark,
        outbox: &Arc<Outbox>,
        connection: &Arc<str>,
        message: &Message,
        broadcast: Option<u32>,
    ) -> Result<(), SendError> {
        outbox.send(message, |start, end, message| {
            let shown = self.world.shown(connection, message);
            let traffic = Traffic {
                sent: true,
                connection,
                direction: outbox.direction(),
                range: (start, end),
                bytes: message.bytes(),
                control: message.control().map(Control::name),
                head: head_of(message, self.show()),
                shown: shown.as_deref(),
                broadcast,
                watch: &[],
                captured: &NOTHING,
            };
            self.serially(traffic.connection);
            self.log().message(self.about(mark), &traffic);
        })
    }

    pub(super) async fn wait_for_room(
        &self,
        step: &Step,
        outbox: &Arc<Outbox>,
        peer: &str,
        deadline: Alarm,
    ) -> Outcome {
        let wait = Wait {
            waiting: Waiting::Step,
            flows: &[],
            alarms: &[deadline],
        };
        let (seat, most) = (self.seat.number(), outbox.limit());
        let woken = self.seat.wait(wait, |_| outbox.poll_room(seat, most)).await;
        outbox.forget(seat);
        match woken {
            Woken::Ready(()) => Ok(()),
            Woken::Cut => Err(Halt::Cut),
            Woken::Alarm(_) | Woken::Standstill | Woken::Quiet => {
                self.record(
                    &self.mark(step),
                    &Kind::Timeout {
                        of: "step".to_owned(),
                        watch: Vec::new(),
                    },
                );
                Err(self.fail(
                    step.id,
                    FindingKind::Timeout,
                    format!("{peer} does not read (`limits.unsent`)"),
                ))
            }
        }
    }

    pub(super) fn unsent(&self, step: StepId, error: &SendError, message: &Message) -> Halt {
        match error {
            SendError::Ended => self.fail(step, FindingKind::Ended, "this end has closed the connection before"),
            SendError::Full => self.fail(
                step,
                FindingKind::Limit,
                "the other side does not read (`limits.unsent`)",
            ),
            SendError::Unframable(why) => {
                let text = format!("{} would not come back as one message: {why}", excerpt(message));
                self.fail(step, FindingKind::Malformed, text)
            }
        }
    }

    /// Sends to another session of this actor, by its name.
    fn send_to(&self, step: &Step, mark: &Mark, message: &Message, session: &str) -> Outcome {
        let mut state = self.actor.cells.lock();
        let mut touched = Touched::default();
        touched.member(session);
        let cells = self.actor.cells.access(&mut state, &touched);
        self.record(&Mark::of(step.id), &Kind::Access { cells });
        let Some(member) = state.members.values().find(|member| *member.session == *session) else {
            let text = format!("there is no session called `{session}` now");
            return Err(self.fail(step.id, FindingKind::Ended, text));
        };
        self.put(mark, &member.outbox, &member.connection, message, None)
            .map_err(|error| self.unsent(step.id, &error, message))
    }

    /// One event with as many messages as there are members, in the order of their names; put into their outboxes under
    /// the lock under which the membership was read, so that two ordered broadcasts are in one order on every connection.
    pub(super) fn broadcast(&mut self, step: &Step, payload: &Payload, to: &Audience) -> Outcome {
        let mut state = self.actor.cells.lock();
        let needed = variables(step.names.iter().map(String::as_str), &state);
        let mut touched = Touched::default();
        needed.iter().for_each(|name| touched.read(name));
        let shared: Variables = state
            .variables
            .iter()
            .filter(|(name, _)| needed.contains(*name))
            .map(|(name, value)| (name.clone(), Arc::clone(value)))
            .collect();
        let names = self.audience(step, to, &shared)?;
        match &names {
            Some(names) => names.iter().for_each(|name| touched.member(name)),
            None => touched.members(),
        }
        let cells = self.actor.cells.access(&mut state, &touched);
        self.record(&Mark::of(step.id), &Kind::Access { cells });
        if let Some(when) = &step.when
            && !self.holds(step.id, when, shared.clone())?
        {
            return Ok(());
        }
        let label = self.label(step.id, step.label.as_ref(), shared.clone())?;
        let mark = Mark {
            label,
            ..self.mark(step)
        };
        let view = self.view(shared, &[]);
        let message = payload
            .fill(&view, self.last.as_ref().map(|last| &last.message))
            .map_err(|error| self.no_value(step.id, &error))?;
        let to_whom: Vec<Member> = state
            .members
            .values()
            .filter(|member| match (&names, to) {
                (Some(names), _) => names.iter().any(|name| **name == *member.session),
                (None, Audience::Others) => self.session.as_ref() != Some(&member.session),
                (None, _) => true,
            })
            .cloned()
            .collect();
        let first = self.log().next_index();
        for member in &to_whom {
            match self.put(&mark, &member.outbox, &member.connection, &message, Some(first)) {
                // One that has closed what it sends is no member of what goes on.
                Ok(()) | Err(SendError::Ended) => {}
                Err(SendError::Full) => {
                    let text = format!("{} does not read (`limits.unsent`)", member.session);
                    return Err(self.fail(step.id, FindingKind::Limit, text));
                }
                Err(error @ SendError::Unframable(_)) => return Err(self.unsent(step.id, &error, &message)),
            }
        }
        Ok(())
    }

    /// The sessions that a broadcast names; `None` where it goes to all or to the others.
    fn audience(&self, step: &Step, to: &Audience, shared: &Variables) -> Outcome<Option<Vec<String>>> {
        use serde_json::Value as Json;
        let Audience::Names(names) = to else { return Ok(None) };
        let view = self.view(shared.clone(), &[]);
        let names = match names.json(&view).map_err(|error| self.no_value(step.id, &error))? {
            Json::String(name) => Some(vec![name]),
            Json::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        let no_list = || {
            self.fail(
                step.id,
                FindingKind::Expression,
                "`to` is not a list of sessions' names",
            )
        };
        names.map(Some).ok_or_else(no_list)
    }

    /// Makes this session one that broadcasts reach.
    pub(super) fn join(&self) {
        if !self.actor.has_broadcasts {
            return;
        }
        let Some(session) = &self.session else { return };
        let Some(connection) = self.connections.iter().find(|connection| connection.name == CLIENT) else {
            return;
        };
        let Some(outbox) = &connection.outbox else { return };
        let member = Member {
            session: Arc::clone(session),
            connection: Arc::clone(&connection.link.text),
            outbox: Arc::clone(outbox),
        };
        let mut state = self.actor.cells.lock();
        state.members.insert(self.world.key(&self.name), member);
        self.membership(&mut state, session, Mode::Join);
    }

    /// Makes the session of this strand one that broadcasts leave out.
    pub(super) fn leave(&self) {
        let Some(session) = self.session.as_ref().filter(|_| self.actor.has_broadcasts) else {
            return;
        };
        let mut state = self.actor.cells.lock();
        let members = state.members.len();
        state.members.retain(|_, member| member.session != *session);
        if state.members.len() < members {
            self.membership(&mut state, session, Mode::Leave);
        }
    }

    fn membership(&self, state: &mut CellState, session: &str, mode: Mode) {
        let mut touched = Touched::default();
        touched.membership(session, mode);
        let cells = self.actor.cells.access(state, &touched);
        self.log().record(About::default(), &Kind::Access { cells });
    }
}

/// A message's head as the trace has it; `show` are the headers that the diagram shows.
pub(super) fn head_of<'a>(message: &'a Message, show: &'a [String]) -> Option<HeadOf<'a>> {
    message.head().map(|head| HeadOf {
        line: head.line.as_deref().unwrap_or_default(),
        headers: &head.headers,
        show,
    })
}

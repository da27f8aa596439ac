//! Connections: how they come about, and how they end.
//!
//! Owns `connect`, `accept`, `close`, `shutdown`, `reset`, `framing`, and the tail that reads what is left of a direction
//! after its strand closed it. Does not own opening (`dial`), nor what `request` uses (`pool`).

use std::sync::Arc;

use super::connection::{Connection, Link};
use super::dial::{Line, settings};
use super::drain::Drain;
use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::pool::Pool;
use super::scope::Variables;
use super::strand::{CLIENT, Mark, Strand};
use super::world::{Located, World};
use crate::finding::FindingKind;
use crate::ident::{StrandName, Tail};
use crate::net::inbox::Inbox;
use crate::net::outbox::Outbox;
use crate::net::registry::Arrived;
use crate::net::socket::{End, Side};
use crate::net::stream::Stream;
use crate::plan::step::{FramingChange, On, Step, StepId, Unexpected};
use crate::runtime::{self, Wait, Waiting, Woken};
use crate::trace::event::{Closing, Kind};
use crate::trace::recorder::About;
use crate::wire::template::Template;

impl Strand {
    pub(super) async fn connect(
        &mut self,
        step: &Step,
        shared: Variables,
        to: &Template,
        name: Option<&Template>,
        change: Option<&FramingChange>,
        reuse: bool,
    ) -> Outcome {
        let target = self.fill(step.id, to, shared.clone())?;
        let mark = self.marked(step, shared.clone())?;
        let name = match name {
            Some(name) => self.fill(step.id, name, shared)?,
            None => target.clone(),
        };
        let located = self.locate(step.id, &target)?;
        self.free(step.id, &name)?;
        let line = Line {
            target: &target,
            located: &located,
            change,
        };
        let pool = line.framings().are_http().then(|| Pool {
            name: name.clone(),
            target: target.clone(),
            located: Arc::clone(&located),
            change: change.cloned(),
            reuse,
        });
        if reuse {
            let deadline = self.deadline(step);
            self.dial(step, &mark, name, line, deadline).await?;
        } else if pool.is_none() {
            let text = format!("`reuse` is for HTTP, which `{target}` does not speak");
            return Err(self.fail(step.id, FindingKind::Expression, text));
        }
        self.pools.extend(pool);
        Ok(())
    }

    pub(super) async fn accept(&mut self, step: &Step, shared: Variables, endpoint: usize, name: &Template) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        let name = self.fill(step.id, name, shared)?;
        let ears = [Ear {
            id: step.id,
            hears: Hears::Accept(endpoint),
            on: Vec::new(),
            when: None,
        }];
        let deadline = self.deadline(step);
        match self.hear(&ears, &[], Waiting::Step, Some(deadline)).await? {
            Heard::Accepted { stream, arrived, .. } => {
                let entered = self.enter_peer(&arrived.name);
                let outcome = self.take_connection(&mark, endpoint, name, stream, arrived, Vec::new());
                if entered {
                    self.leave_peer();
                }
                outcome
            }
            other => Err(self.unheard(step, &ears, other)),
        }
    }

    /// Takes a connection that arrived at an endpoint of this actor.
    pub(super) fn take_connection(
        &mut self,
        mark: &Mark,
        endpoint: usize,
        name: String,
        stream: Stream,
        arrived: Arrived,
        watch: Vec<String>,
    ) -> Outcome {
        self.free(mark.step, &name)?;
        let located = Arc::clone(&self.actor.endpoints[endpoint].located);
        self.record(
            mark,
            &Kind::Accept {
                connection: arrived.name.to_string(),
                watch,
            },
        );
        let end = accepted_end(&self.world, &located, stream, &arrived)
            .map_err(|error| self.fail(mark.step, FindingKind::System, format!("cannot accept: {error}")))?;
        self.keep_connection(Connection::new(name, end));
        Ok(())
    }

    /// Makes a name free for a new connection: one that the other side has ended is closed; one that is open is a mistake.
    fn free(&mut self, step: StepId, name: &str) -> Outcome {
        let Some(at) = self.connections.iter().position(|connection| connection.name == name) else {
            self.forget_pool(name);
            return Ok(());
        };
        let over = self.connections[at].inbox.as_ref().is_some_and(Inbox::is_over);
        if !over && !self.connections[at].gone {
            let text = format!("the connection `{name}` is open already");
            return Err(self.fail(step, FindingKind::Expression, text));
        }
        let connection = self.connections.remove(at);
        self.hang_up(connection, Some(&Mark::of(step)), true);
        self.forget_pool(name);
        Ok(())
    }

    pub(super) fn close(&mut self, step: &Step, shared: Variables) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        if self.close_pool(step, shared.clone())? {
            return Ok(());
        }
        for at in self.on(step.id, &step.on, shared)?.into_iter().rev() {
            if self.connections[at]
                .outbox
                .as_ref()
                .is_none_or(|outbox| outbox.is_ended())
                && self.connections[at].gone
            {
                let text = "the connection was reset before";
                return Err(self.fail(step.id, FindingKind::Ended, text));
            }
            let connection = self.connections.remove(at);
            if connection.name == CLIENT {
                self.leave();
            }
            self.hang_up(connection, Some(&mark), true);
        }
        Ok(())
    }

    pub(super) fn shutdown(&mut self, step: &Step, shared: Variables) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        for at in self.on(step.id, &step.on, shared)? {
            let connection = &self.connections[at];
            let Some(outbox) = connection.outbox.as_ref().filter(|_| !connection.gone) else {
                return Err(self.fail(step.id, FindingKind::Ended, "the connection has ended"));
            };
            self.finish(&mark, &connection.link, outbox);
        }
        Ok(())
    }

    /// Ends what this end sends.
    pub(super) fn finish(&self, mark: &Mark, link: &Link, outbox: &Arc<Outbox>) {
        outbox.finish(|| {
            let kind = Kind::Closing {
                connection: link.text.to_string(),
                direction: link.side.sends(),
                how: Closing::Fin,
            };
            self.record(mark, &kind);
        });
    }

    pub(super) async fn reset(&mut self, step: &Step, shared: Variables) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        for at in self.on(step.id, &step.on, shared)?.into_iter().rev() {
            let Some(outbox) = self.connections[at]
                .outbox
                .clone()
                .filter(|_| !self.connections[at].gone)
            else {
                return Err(self.fail(step.id, FindingKind::Ended, "the connection has ended"));
            };
            // A reset drops what is not written yet, so what was sent goes first.
            let deadline = self.deadline(step);
            let wait = Wait {
                waiting: Waiting::Step,
                flows: &[],
                alarms: &[deadline],
            };
            let seat = self.seat.number();
            let woken = {
                let mut sent_out = std::pin::pin!(outbox.sent_out());
                let wait = self.seat.wait(wait, |cx| {
                    std::task::ready!(outbox.poll_room(seat, 0));
                    sent_out.as_mut().poll(cx)
                });
                wait.await
            };
            outbox.forget(seat);
            if matches!(woken, Woken::Cut) {
                return Err(Halt::Cut);
            }
            let mut connection = self.connections.remove(at);
            self.retire(&connection);
            self.forget_pool(&connection.name);
            connection.occupied = None;
            if connection.name == CLIENT {
                self.leave();
            }
            outbox.reset(|| {
                let kind = Kind::Closing {
                    connection: connection.link.text.to_string(),
                    direction: connection.link.side.sends(),
                    how: Closing::Reset,
                };
                self.record(&mark, &kind);
            });
        }
        Ok(())
    }

    pub(super) fn change_framing(&mut self, step: &Step, shared: Variables, change: &FramingChange) -> Outcome {
        for at in self.on(step.id, &step.on, shared)? {
            let connection = &mut self.connections[at];
            let (reads, writes) = match connection.link.side {
                Side::Opener => (&change.server, &change.client),
                Side::Acceptor => (&change.client, &change.server),
            };
            if let (Some(inbox), Some(framing)) = (&mut connection.inbox, reads) {
                inbox.set_framing(framing.clone());
                connection.passed = None;
            }
            if let (Some(outbox), Some(framing)) = (&connection.outbox, writes) {
                outbox.set_framing(framing.clone());
            }
            self.change_pool(step.id, at, change)?;
        }
        Ok(())
    }

    /// Closes a connection in order, and leaves what still comes to a tail of its own. Where this end's strand has not
    /// `passed`, what is left over follows from that and is no finding.
    pub(super) fn hang_up(&self, mut connection: Connection, mark: Option<&Mark>, passed: bool) {
        connection.occupied = None;
        let forgiven = self.forgiven(&mut connection);
        if let Some(outbox) = connection.outbox.as_ref().filter(|_| !connection.gone) {
            match mark {
                Some(mark) => self.finish(mark, &connection.link, outbox),
                None => {
                    outbox.finish(|| {
                        self.serially(&connection.link.text);
                        let kind = Kind::Closing {
                            connection: connection.link.text.to_string(),
                            direction: connection.link.side.sends(),
                            how: Closing::Fin,
                        };
                        self.log().record(About::default(), &kind);
                    });
                }
            }
        }
        let Connection {
            inbox: Some(inbox),
            link,
            gone,
            ..
        } = connection
        else {
            return;
        };
        if gone || inbox.is_over() {
            return;
        }
        let world = Arc::clone(&self.world);
        let name = StrandName {
            tails: Vec::new(),
            ..(*self.name).clone()
        }
        .with(Tail::Drain {
            connection: Box::new((*link.name).clone()),
            direction: inbox.direction(),
        });
        let is_dismissed = self.dismissed && link.outside;
        let asked =
            matches!(self.actor.plan(&self.world.plan).unexpected, Unexpected::Ignore) || !passed || is_dismissed;
        let closer = (Arc::clone(&self.text), mark.map(|mark| mark.step));
        let pass = world.drains().begin(link.outside);
        let watched = Arc::clone(&world);
        runtime::spawn(async move {
            let drain = Drain {
                world: &world,
                name,
                link: &link.text,
                peer: &link.peer,
                closer,
                forgiven,
            };
            let name = drain.name.to_string();
            watched.watch(&name, drain.read(inbox, asked, pass)).await;
        });
    }

    /// The connections that a step is about.
    pub(super) fn on(&self, step: StepId, on: &On, shared: Variables) -> Outcome<Vec<usize>> {
        match on {
            On::All => Ok((0..self.connections.len()).collect()),
            On::Met => Ok(vec![self.named(step, self.met.as_deref().unwrap_or_default())?]),
            On::Only => match self.connections.len() {
                1 => Ok(vec![0]),
                0 => Err(self.fail(step, FindingKind::Ended, "no connection is open")),
                _ => match self.connections.iter().position(|connection| connection.name == CLIENT) {
                    Some(at) => Ok(vec![at]),
                    None => Err(self.fail(
                        step,
                        FindingKind::Expression,
                        "several connections are open: say `on` which",
                    )),
                },
            },
            On::Names(names) => {
                let mut places = Vec::with_capacity(names.len());
                for name in names {
                    places.push(match name.fixed() {
                        Some(fixed) => self.named(step, fixed)?,
                        None => self.named(step, &self.fill(step, name, shared.clone())?)?,
                    });
                }
                places.sort_unstable();
                places.dedup();
                Ok(places)
            }
        }
    }

    fn named(&self, step: StepId, name: &str) -> Outcome<usize> {
        self.connections
            .iter()
            .position(|connection| connection.name == name)
            .ok_or_else(|| {
                self.fail(
                    step,
                    FindingKind::Ended,
                    format!("no connection called `{name}` is open"),
                )
            })
    }
}

/// This end of a connection that was accepted.
pub(super) fn accepted_end(
    world: &World,
    located: &Located,
    stream: Stream,
    arrived: &Arrived,
) -> std::io::Result<End> {
    let settings = settings(world, located.framings.clone());
    End::new(
        Arc::clone(&arrived.name),
        Side::Acceptor,
        stream,
        &arrived.flows,
        &settings,
    )
}

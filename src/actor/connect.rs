//! Connections: how they come about, and how they end.
//!
//! Owns `connect`, `accept`, `close`, `shutdown`, `reset`, `framing`, and the tail that reads what is left of a direction
//! after its strand closed it. Does not own opening (`dial`), nor what `request` uses (`pool`).

use std::sync::Arc;

use super::again::tail;
use super::connection::{Connection, Link};
use super::dial::{Line, accepted_end};
use super::drain::Drain;
use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::pool::Pool;
use super::scope::Variables;
use super::strand::{CLIENT, Mark, Strand};
use crate::finding::FindingKind;
use crate::ident::Address;
use crate::net::inbox::Inbox;
use crate::net::outbox::Outbox;
use crate::net::registry::Arrived;
use crate::net::socket::Side;
use crate::net::stream::Stream;
use crate::plan::step::{FramingChange, On, Parting, Step, StepId, Unexpected, Verb};
use crate::runtime::{self, Alarm, Wait, Waiting, Woken};
use crate::trace::event::{Closing, Kind};
use crate::trace::recorder::About;
use crate::wire::framing::websocket::Farewell;
use crate::wire::template::Template;

impl Strand {
    pub(super) async fn connect(&mut self, step: &Step, shared: Variables) -> Outcome {
        let Verb::Connect {
            to,
            name,
            framings: change,
            tls,
            reuse,
            asks,
        } = &step.verb
        else {
            unreachable!("this is done for a `connect` alone")
        };
        let (change, reuse) = (change.as_ref(), *reuse);
        let target = self.fill(step.id, to, shared.clone())?;
        let mark = self.marked(step, shared.clone())?;
        let name = match name {
            Some(name) => self.fill(step.id, name, shared.clone())?,
            None => target.clone(),
        };
        let located = self.locate(step.id, &target)?;
        self.free(step.id, &name)?;
        let line = Line {
            target: &target,
            located: &located,
            change,
            tls,
        };
        let pool = line.framings().are_http().then(|| Pool {
            name: name.clone(),
            target: target.clone(),
            located: Arc::clone(&located),
            change: change.cloned(),
            tls: tls.clone(),
            reuse,
        });
        if reuse {
            let deadline = self.deadline(step);
            let asked = self.asked(step, &shared, asks.as_deref(), &line)?;
            self.dial(step, &mark, name, line, asked, deadline).await?;
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
        let mut ears = [Ear {
            id: step.id,
            hears: Hears::Accept(endpoint),
            on: Vec::new(),
            anybody: Vec::new(),
            when: None,
        }];
        let deadline = self.deadline(step);
        loop {
            match self.hear(&mut ears, &[], Waiting::Step, Some(deadline)).await? {
                Heard::Accepted { stream, arrived, .. } => {
                    let entered = self.enter_peer(&arrived.name);
                    let how = (step.fails.is_some(), deadline);
                    let taking = self.take_connection(&mark, endpoint, name.clone(), stream, arrived, Vec::new(), how);
                    let outcome = taking.await;
                    if entered {
                        self.leave_peer();
                    }
                    // One that became nothing, as whoever connected had asked for, was none.
                    if outcome? {
                        return Ok(());
                    }
                }
                other => return Err(self.unheard(step, &ears, other)),
            }
        }
    }

    /// Takes a connection that arrived at an endpoint of this actor; says whether there is one.
    #[expect(
        clippy::too_many_arguments,
        reason = "all of them are of the one connection that is taken"
    )]
    pub(super) async fn take_connection(
        &mut self,
        mark: &Mark,
        endpoint: usize,
        name: String,
        stream: Stream,
        arrived: Arrived,
        watch: Vec<String>,
        (is_expected, deadline): (bool, Alarm),
    ) -> Outcome<bool> {
        self.free(mark.step, &name)?;
        let located = Arc::clone(&self.actor.endpoints[endpoint].located);
        self.record(
            mark,
            &Kind::Accept {
                connection: arrived.name.to_string(),
                datagrams: located.framings.are_datagrams(),
                watch,
            },
        );
        let end = accepted_end(&self.world, &located, stream, &arrived)
            .map_err(|error| self.fail(mark.step, FindingKind::System, format!("cannot accept: {error}")))?;
        let at = self.keep_connection(Connection::new(name, end));
        self.secure_accepted(mark, at, endpoint, is_expected, deadline).await?;
        if let Some(upgrade) = &located.upgrade {
            let mut connection = self.connections.remove(at);
            let accepted = self.accept_websocket(Some(mark.step), &mut connection, upgrade, deadline);
            let accepted = accepted.await;
            if !matches!(accepted, Ok(true)) {
                self.dispose(connection);
                return accepted;
            }
            self.keep_connection(connection);
        }
        Ok(true)
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

    pub(super) fn close(&mut self, step: &Step, shared: Variables, parting: Option<&Parting>) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        let farewell = self.parting(step, &shared, parting)?;
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
            if let (Some(farewell), Some(outbox)) = (&farewell, &connection.outbox) {
                if !outbox.says_farewell() {
                    let text = "a `code` is of WebSocket, which this connection does not speak";
                    return Err(self.fail(step.id, FindingKind::Expression, text));
                }
                self.finish(Some(&mark), &connection.link, outbox, Some(farewell.clone()));
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
            self.finish(Some(&mark), &connection.link, outbox, None);
        }
        Ok(())
    }

    /// Ends what this end sends, with a farewell where there is one and the framing has words for it.
    pub(super) fn finish(&self, mark: Option<&Mark>, link: &Link, outbox: &Arc<Outbox>, farewell: Option<Farewell>) {
        let farewell = farewell.filter(|_| outbox.says_farewell());
        outbox.finish(farewell.as_ref(), || {
            let kind = Kind::Closing {
                connection: link.text.to_string(),
                direction: link.side.sends(),
                how: Closing::Fin,
                code: farewell.as_ref().map(|farewell| farewell.code),
            };
            match mark {
                Some(mark) => self.record(mark, &kind),
                None => {
                    self.serially(&link.text);
                    self.log().record(About::default(), &kind)
                }
            };
        });
    }

    pub(super) async fn reset(&mut self, step: &Step, shared: Variables) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        for at in self.on(step.id, &step.on, shared)?.into_iter().rev() {
            if matches!(self.connections[at].link.local, Address::Unix(_) | Address::Abstract(_)) {
                let text = "a Unix socket cannot be reset";
                return Err(self.fail(step.id, FindingKind::Expression, text));
            }
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
                    code: None,
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
                inbox.set_framing(inbox.framing().replaced(framing.clone()));
                connection.passed = None;
            }
            if let (Some(outbox), Some(framing)) = (&connection.outbox, writes) {
                outbox.set_framing(outbox.framing().replaced(framing.clone()));
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
            self.finish(mark, &connection.link, outbox, Some(Farewell::normal()));
        }
        let Connection {
            inbox: Some(inbox),
            link,
            gone,
            memory,
            ..
        } = connection
        else {
            return;
        };
        if gone || inbox.is_over() {
            return;
        }
        let world = Arc::clone(&self.world);
        let name = tail(&self.name, &link, inbox.direction());
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
                memory,
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
                _ => match self.find(CLIENT) {
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
}

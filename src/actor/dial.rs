//! Opening a connection.
//!
//! Owns finding where an endpoint is, and connecting to it, with TLS and as a WebSocket where it has that: for a `connect`,
//! and for a `request` that has no connection it can use; and the end of one that was accepted. Does not own what the
//! connection is called, nor how it ends (`connect`).

use std::sync::Arc;

use super::connection::Connection;
use super::failure::{Halt, Outcome};
use super::strand::{Mark, Strand};
use super::upgrade::Asked;
use super::world::{Located, World};
use crate::finding::FindingKind;
use crate::ident::ConnectionName;
use crate::net::registry::{Arrived, ConnectError, Connected};
use crate::net::socket::{End, Settings, Side};
use crate::net::stream::Stream;
use crate::plan::step::{FramingChange, Framings, Retry, Step, StepId, TlsChoice};
use crate::runtime::{Alarm, Wait, Waiting, Woken};
use crate::trace::event::Kind;

/// Where a connection goes, and how its bytes become messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// The endpoint as the scenario calls it.
    pub(super) target: &'a str,
    /// Where that is.
    pub(super) located: &'a Arc<Located>,
    /// Another framing than the endpoint's.
    pub(super) change: Option<&'a FramingChange>,
    /// Another TLS than the endpoint's.
    pub(super) tls: &'a TlsChoice,
}

impl Line<'_> {
    /// How its bytes become messages.
    pub(super) fn framings(&self) -> Framings {
        self.located.framings.changed(self.change)
    }

    /// The same before anything was said: a WebSocket begins as HTTP.
    fn first_framings(&self) -> Framings {
        self.located.first_framings().unwrap_or_else(|| self.framings())
    }
}

impl Strand {
    /// Where an endpoint is.
    pub(super) fn locate(&self, step: StepId, target: &str) -> Outcome<Arc<Located>> {
        self.world.locate(target).cloned().ok_or_else(|| {
            let text = format!("there is no endpoint called `{target}`");
            self.fail(step, FindingKind::Expression, text)
        })
    }

    /// Opens a connection of this name, which is the strand's last then.
    pub(super) async fn dial(
        &mut self,
        step: &Step,
        mark: &Mark,
        name: String,
        line: Line<'_>,
        asked: Option<Asked>,
        deadline: Alarm,
    ) -> Outcome {
        let Line { target, located, .. } = line;
        let number = self.opened.get(target).copied().unwrap_or_default() + 1;
        let connection = Arc::new(ConnectionName {
            target: located.actor.clone(),
            endpoint: located.endpoint.clone(),
            opener: Box::new((*self.name).clone()),
            number,
        });
        let text = connection.to_string();
        if asked.is_some() {
            self.expect_refusal(step, &text);
        }
        let woken = {
            let record = || {
                self.record(
                    mark,
                    &Kind::Connect {
                        connection: text.clone(),
                        datagrams: located.framings.are_datagrams(),
                    },
                );
            };
            let mut attempt = std::pin::pin!(self.world.connect(located, Arc::clone(&connection), record));
            // Only time tells that somebody who is none of ours does not answer.
            let mut deadline = deadline;
            deadline.explicit |= located.outside;
            let wait = Wait {
                waiting: Waiting::Step,
                flows: &[],
                alarms: &[deadline],
            };
            self.seat.wait(wait, |cx| attempt.as_mut().poll(cx)).await
        };
        let Connected { stream, flows, reset } = match woken {
            Woken::Ready(Ok(connected)) => connected,
            Woken::Ready(Err(ConnectError::Refused)) => {
                // The attempts of a `retry` are drawn once: how often is a matter of time.
                let again = step.retry.as_ref().is_some_and(|retry: &Retry| !retry.show_count);
                if !again || self.refused.replace(step.id) != Some(step.id) {
                    self.record(
                        mark,
                        &Kind::Refused {
                            endpoint: target.to_owned(),
                            again,
                            status: None,
                        },
                    );
                }
                let text = format!("`{target}` refused the connection");
                let mut finding = self.finding(step.id, FindingKind::Refused, text);
                if located.outside {
                    finding.help = Some(format!("it was looked for at {}", located.address));
                }
                return Err(Halt::Failed(Box::new(finding)));
            }
            Woken::Ready(Err(ConnectError::System(error))) => {
                let mut finding = self.finding(
                    step.id,
                    FindingKind::System,
                    format!("cannot connect to `{target}`: {error}"),
                );
                finding.help = descriptors(&error);
                return Err(Halt::Failed(Box::new(finding)));
            }
            Woken::Cut => return Err(Halt::Cut),
            Woken::Alarm(_) | Woken::Standstill | Woken::Quiet => {
                self.record(
                    mark,
                    &Kind::Timeout {
                        of: "step".to_owned(),
                        watch: Vec::new(),
                    },
                );
                let text = format!("timed out connecting to `{target}`");
                return Err(self.fail(step.id, FindingKind::Timeout, text));
            }
        };
        self.opened.insert(target.to_owned(), number);
        let settings = settings(&self.world, line.first_framings());
        let end = End::new(connection, Side::Opener, stream, &flows, &settings)
            .map_err(|error| self.fail(step.id, FindingKind::System, format!("cannot connect: {error}")))?;
        if reset {
            end.note_reset();
        }
        // A WebSocket is there only when its server has said so; TLS is shaken hands for on what is there.
        if asked.is_none() {
            self.record(
                mark,
                &Kind::Connected {
                    connection: text.clone(),
                },
            );
        }
        let at = self.keep_connection(Connection::new(name, end));
        if let Some(tls) = located.tls_of(line.tls) {
            let theirs = located.tls.as_ref();
            self.secure_opened(step, &Mark::of(step.id), at, &tls, theirs, deadline)
                .await?;
        }
        if let Some(asked) = asked {
            let mut connection = self.connections.remove(at);
            let asking = self.ask_for_websocket(step, mark, &mut connection, &line, asked, deadline);
            if let Err(halt) = asking.await {
                self.dispose(connection);
                return Err(halt);
            }
            self.record(mark, &Kind::Connected { connection: text });
            self.keep_connection(connection);
        }
        Ok(())
    }
}

/// How an end of a connection is set up.
pub(super) fn settings(world: &World, framings: Framings) -> Settings {
    Settings {
        client: framings.client,
        server: framings.server,
        message: world.plan.limits.message,
        unsent: world.plan.limits.unsent,
    }
}

/// This end of a connection that was accepted.
pub(super) fn accepted_end(
    world: &World,
    located: &Located,
    stream: Stream,
    arrived: &Arrived,
) -> std::io::Result<End> {
    let framings = located.first_framings().unwrap_or_else(|| located.framings.clone());
    let settings = settings(world, framings);
    End::new(
        Arc::clone(&arrived.name),
        Side::Acceptor,
        stream,
        &arrived.flows,
        &settings,
    )
}

/// What the user can do where the machine has no descriptor or port left.
pub fn descriptors(error: &std::io::Error) -> Option<String> {
    const TOO_MANY_FILES: [i32; 2] = [23, 24];
    error
        .raw_os_error()
        .filter(|code| TOO_MANY_FILES.contains(code))
        .map(|_| "each connection needs two descriptors here: raise the limit with `ulimit -n`".to_owned())
}

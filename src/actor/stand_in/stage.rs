//! What such code has of the run: who it is, who comes, and whom it can go to.
//!
//! Owns `accept` and `connect`, and the strands that code begins for its connections. Does not own what is done on them
//! (`connection`).

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use serde_json::Value as Json;

use super::BoxError;
use super::company::Company;
use super::connection::Connection;
use super::error::{StageError, Stopped};
use super::inner::Inner;
use super::op::{How, On, Op};
use super::part::Part;
use super::voice::Voice;
use crate::actor::dial::accepted_end;
use crate::actor::dial::{descriptors, settings};
use crate::actor::secure::{Insecure, role, secured_event, words};
use crate::actor::world::Located;
use crate::finding::FindingKind;
use crate::ident::{ConnectionName, Tail};
use crate::net::registry::{Arrived, ConnectError};
use crate::net::socket::{End, Side};
use crate::net::stream::Stream;
use crate::net::tls::{Handshake, Role};
use crate::plan::step::TlsChoice;
use crate::runtime::Waiting;
use crate::trace::event::Kind;

/// What code that stands in for an actor has of the run. Clones are the same stage.
#[derive(Clone)]
pub struct Stage {
    company: Arc<Company>,
    voice: Arc<Voice>,
}

impl Stage {
    pub(super) fn new(company: Arc<Company>, voice: Arc<Voice>) -> Self {
        Self { company, voice }
    }

    /// The actor's name: `Client`, or `Client[2]` where it has a `count`.
    pub fn name(&self) -> String {
        self.company.actor.name.to_string()
    }

    /// Which instance it is, from 1, where the actor has a `count`.
    pub fn index(&self) -> Option<u32> {
        self.company.actor.name.instance
    }

    /// The instance's row, where the actor's `count` is one of rows.
    pub fn row(&self) -> Option<&Json> {
        self.company.actor.row.as_deref()
    }

    /// The next connection at any endpoint of the actor; none when nobody can come any more.
    pub async fn accept(&self) -> Result<Option<Connection>, StageError> {
        self.accepted(None).await
    }

    /// The next connection at one of several endpoints, by its name.
    pub async fn accept_at(&self, endpoint: &str) -> Result<Option<Connection>, StageError> {
        let mut doors = self.company.actor.endpoints.iter();
        let place = doors.position(|door| door.located.endpoint.as_deref() == Some(endpoint));
        let Some(place) = place else {
            let text = format!("`{}` has no endpoint called `{endpoint}`", self.name());
            return Err(StageError::new(FindingKind::Code, text));
        };
        self.accepted(Some(place)).await
    }

    /// Serves each connection that comes, in a strand of its own as a `session` is, until nobody can come any more.
    ///
    /// ```
    /// # use wiretale::actor::{Connection, Stage, StageError};
    /// # async fn play(stage: Stage) -> Result<(), StageError> {
    /// stage.serve(|connection: Connection| async move {
    ///     while let Some(message) = connection.receive().await? {
    ///         connection.send(&message).await?;
    ///     }
    ///     Ok::<_, StageError>(())
    /// }).await
    /// # }
    /// ```
    pub async fn serve<F, W, E>(&self, work: F) -> Result<(), StageError>
    where
        F: Fn(Connection) -> W + Send + Sync + 'static,
        W: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let work = Arc::new(work);
        while let Some(connection) = self.accept().await? {
            let work = Arc::clone(&work);
            self.session(connection, move |connection| work(connection));
        }
        Ok(())
    }

    /// Begins a strand of its own for a connection. Where the scenario's endpoint has a `session`, it is called as that
    /// is; else it is a branch of the actor's own strand.
    pub fn session<F, W, E>(&self, connection: Connection, work: F)
    where
        F: FnOnce(Connection) -> W + Send + 'static,
        W: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let home = connection.0.home();
        let voice = match home.is_session() && !is_playing(home) {
            true => Arc::clone(home),
            false => self.branch(),
        };
        let begun = async move { work(connection).await.map_err(Into::into) };
        drop(self.company.spawn(voice, begun));
    }

    /// A strand that the one of now begins.
    fn branch(&self) -> Arc<Voice> {
        let around = Part::current().map_or_else(|| Arc::clone(&self.voice), |part| Arc::clone(&part.voice));
        let name = around.name.with(Tail::Branch {
            parallel: around.branches(),
            branch: 1,
        });
        around.record(&Kind::Spawned {
            strand: name.to_string(),
        });
        Arc::new(Voice::new(&self.company.world, &self.company.actor, name, false))
    }

    /// Connects to an endpoint by its name: `Server`, `Ftp.data`, `Node[1]`.
    pub async fn connect(&self, target: &str) -> Result<Connection, StageError> {
        let world = &self.company.world;
        let located = self.locate(target)?;
        let what = format!("a connection to `{target}`");
        let Some(part) = Part::current() else {
            return Err(StageError::stopped(Stopped::Offstage, &what, "bring about"));
        };
        let voice = part.speaks(&part.voice);
        let name = Arc::new(ConnectionName {
            target: located.actor.clone(),
            endpoint: located.endpoint.clone(),
            opener: Box::new((*voice.name).clone()),
            number: voice.opened(target) + 1,
        });
        let text = name.to_string();
        let record = || {
            voice.record(&Kind::Connect {
                connection: text.clone(),
                datagrams: located.framings.are_datagrams(),
            });
        };
        speaks(&located)?;
        let dialled = {
            let mut attempt = std::pin::pin!(world.connect(&located, Arc::clone(&name), record));
            let mut op = Op::future();
            let how = || How {
                waiting: Waiting::Step,
                limit: Some((world.plan.limits.step, false)),
                on: On::Kernel,
            };
            poll_fn(|cx| part.poll(cx, &mut op, how, |cx| attempt.as_mut().poll(cx))).await
        };
        let connected = match dialled {
            Ok(Ok(connected)) => connected,
            Ok(Err(ConnectError::Refused)) => {
                voice.record(&Kind::Refused {
                    endpoint: target.to_owned(),
                    again: false,
                    status: None,
                });
                let text = format!("`{target}` refused the connection");
                return Err(StageError::new(FindingKind::Refused, text));
            }
            Ok(Err(ConnectError::System(error))) => return Err(system("connect", &error)),
            Err(stopped) => return Err(StageError::stopped(stopped, &what, "bring about")),
        };
        voice.count(target);
        voice.record(&Kind::Connected { connection: text });
        let settings = settings(world, located.framings.clone());
        let mut end = End::new(name, Side::Opener, connected.stream, &connected.flows, &settings)
            .map_err(|error| system("connect", &error))?;
        if connected.reset {
            end.note_reset();
        }
        let secured = match located.tls_of(&TlsChoice::AsEndpoint) {
            Some(tls) => {
                let owner = self.company.actor.name.to_string();
                let role = role(world, &owner, Side::Opener, &tls, located.tls.as_ref());
                secure(&voice, &mut end, role).await
            }
            None => Ok(()),
        };
        // Let go, it is closed in order.
        let connection = Connection(Arc::new(Inner::new(&voice, end, None)));
        secured?;
        self.company.has(&connection.0);
        Ok(connection)
    }

    /// Draws a note at the actor's lifeline.
    pub fn note(&self, text: impl Into<String>) {
        self.speaking().record(&Kind::Note {
            text: text.into(),
            over: Vec::new(),
        });
    }

    /// Says that something is wrong, which fails the run; the code goes on.
    pub fn fail(&self, text: impl Into<String>) {
        let voice = self.speaking();
        voice.report(voice.finding(FindingKind::Code, text));
    }

    fn speaking(&self) -> Arc<Voice> {
        match Part::current() {
            Some(part) => part.speaks(&self.voice),
            None => Arc::clone(&self.voice),
        }
    }

    fn locate(&self, target: &str) -> Result<Arc<Located>, StageError> {
        let directory = &self.company.world.directory;
        // The only endpoint of an actor may have a name too.
        let alone = || target.rsplit_once('.').and_then(|(actor, _)| directory.get(actor));
        directory.get(target).or_else(alone).cloned().ok_or_else(|| {
            let names: Vec<_> = directory.keys().map(|name| format!("`{name}`")).collect();
            let text = format!("there is no endpoint called `{target}`");
            StageError::new(FindingKind::Code, text).help(Some(format!("there are {}", names.join(", "))))
        })
    }

    async fn accepted(&self, place: Option<usize>) -> Result<Option<Connection>, StageError> {
        let mut op = Op::future();
        loop {
            let come = poll_fn(|cx| {
                let Some(part) = Part::current() else {
                    return Poll::Ready(Err(Stopped::Offstage));
                };
                let how = || How {
                    waiting: Waiting::Serve,
                    limit: None,
                    on: On::Door(place),
                };
                part.poll(cx, &mut op, how, |_| {
                    let mut doors = part.doors(place);
                    let come = doors.find_map(|(at, door)| Some((at, door.pop(part.seat.number())?)));
                    come.map_or(Poll::Pending, Poll::Ready)
                })
            });
            match come.await {
                Ok((at, (stream, arrived))) => {
                    if let Some(connection) = self.welcome(at, stream, &arrived).await? {
                        return Ok(Some(connection));
                    }
                }
                Err(Stopped::Quiet) => return Ok(None),
                Err(stopped) => return Err(StageError::stopped(stopped, "a connection", "bring about")),
            }
        }
    }

    /// Takes a connection; none where the endpoint has as many as it may have.
    async fn welcome(&self, at: usize, stream: Stream, arrived: &Arrived) -> Result<Option<Connection>, StageError> {
        let (world, actor) = (&self.company.world, &self.company.actor);
        let endpoint = &actor.plan(&world.plan).listen[at];
        let current = Part::current().map_or_else(|| Arc::clone(&self.voice), |part| part.speaks(&part.voice));
        let home = match endpoint.session {
            Some(_) => Arc::new(Voice::new(world, actor, arrived.name.session(), false)),
            None => current,
        };
        home.record(&Kind::Accept {
            connection: arrived.name.to_string(),
            datagrams: actor.endpoints[at].located.framings.are_datagrams(),
            watch: Vec::new(),
        });
        let door = &actor.endpoints[at];
        speaks(&door.located)?;
        let mut end = accepted_end(world, &door.located, stream, arrived).map_err(|error| system("accept", &error))?;
        let most = endpoint.max_connections.filter(|_| endpoint.session.is_some());
        let place = door.place(most);
        let is_refused = place.is_none();
        let secured = match &door.located.tls {
            Some(tls) if !is_refused => {
                let role = role(world, &actor.name.to_string(), Side::Acceptor, tls, None);
                secure(&home, &mut end, role).await
            }
            _ => Ok(()),
        };
        let connection = Connection(Arc::new(Inner::new(&home, end, place)));
        if is_refused {
            connection.0.refuse();
            return Ok(None);
        }
        secured?;
        self.company.has(&connection.0);
        Ok(Some(connection))
    }
}

/// Puts TLS on a connection that was just made.
async fn secure(voice: &Arc<Voice>, end: &mut End, role: Result<Role, String>) -> Result<(), StageError> {
    let (name, side) = (Arc::clone(&end.text), end.side);
    let peer = end.name.sender(side.sends().reverse()).to_string();
    let failed = |insecure: Insecure| {
        let (kind, text) = words(&insecure, &peer);
        Err(StageError::new(kind, text))
    };
    let what = format!("the TLS handshake with {peer}");
    let Some(part) = Part::current() else {
        return Err(StageError::stopped(Stopped::Offstage, &what, "bring about"));
    };
    let role = match role {
        Ok(role) => role,
        Err(why) => return failed(Insecure::System(why)),
    };
    let shaken = {
        let mut handshake = match Handshake::begin(&mut end.inbox, &end.outbox, role) {
            Ok(handshake) => handshake,
            Err(error) => return failed(Insecure::Failed(error)),
        };
        let flow = handshake.flow();
        let mut op = Op::future();
        let how = || How {
            waiting: Waiting::Step,
            limit: Some((voice.world.plan.limits.step, false)),
            on: On::Flow(flow),
        };
        poll_fn(|cx| part.poll(cx, &mut op, how, |cx| handshake.poll(cx))).await
    };
    match shaken {
        Ok(Ok(secured)) => {
            voice.record(&secured_event(&name, side, secured, false));
            Ok(())
        }
        Ok(Err(error)) => failed(Insecure::Failed(error)),
        Err(stopped) => Err(StageError::stopped(stopped, &what, "bring about")),
    }
}

/// Whether code runs in this strand already.
fn is_playing(voice: &Arc<Voice>) -> bool {
    Part::current().is_some_and(|part| Arc::ptr_eq(&part.voice, voice))
}

/// Code has frames of its own, or none: WebSocket is spoken by steps alone.
fn speaks(located: &Located) -> Result<(), StageError> {
    match &located.upgrade {
        None => Ok(()),
        Some(_) => {
            let text = "WebSocket is not spoken by code that plays an actor";
            Err(StageError::new(FindingKind::Code, text))
        }
    }
}

fn system(verb: &str, error: &std::io::Error) -> StageError {
    StageError::new(FindingKind::System, format!("cannot {verb}: {error}")).help(descriptors(error))
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stage").field(&self.name()).finish()
    }
}

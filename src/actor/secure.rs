//! TLS on a connection: the `tls` step, and what an endpoint has from the first byte on.
//!
//! Owns what each side asks for, once the run knows who is at the other end; waiting for the handshake, which is never
//! ended by a standstill, for nobody can say whether its bytes are on their way; and what is recorded of it. Does not own
//! certificates (`net::trust`), nor the handshake itself (`net::tls`).

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt as _};

use super::connection::{Connection, Link};
use super::failure::{Halt, Outcome};
use super::scope::Variables;
use super::strand::{DEADLINE, Mark, Strand};
use super::world::{Located, World, finding};
use crate::finding::{Finding, FindingKind};
use crate::net::inbox::Inbox;
use crate::net::outbox::Outbox;
use crate::net::socket::Side;
use crate::net::tls::{Handshake, HandshakeError, Role, Secured};
use crate::plan::step::{Step, StepId, Tls, TlsChoice};
use crate::runtime::{Alarm, Seat, Wait, Waiting, Woken};
use crate::trace::event::Kind;
use crate::wire::tls::{Accepting, Asked, Opening, ServerName};

/// The server's name that is asked for where nobody says another.
const LOCALHOST: &str = "localhost";

/// What kept a connection from being secure.
#[derive(Debug)]
pub(super) enum Insecure {
    /// The handshake came to nothing.
    Failed(HandshakeError),
    /// The machine could not do its part.
    System(String),
    /// It took too long.
    Late,
    /// The run was cut.
    Cut,
}

impl Located {
    /// The TLS that a connection to it begins with, as who connects has it.
    pub(super) fn tls_of(&self, choice: &TlsChoice) -> Option<Tls> {
        match choice {
            TlsChoice::AsEndpoint => self.tls.is_some().then(Tls::default),
            TlsChoice::Off => None,
            TlsChoice::On(tls) => Some((**tls).clone()),
        }
    }
}

/// What this end asks for: `tls` as it is said here, and for who connects what is left out as the endpoint has it.
pub(super) fn role(world: &World, owner: &str, side: Side, tls: &Tls, theirs: Option<&Tls>) -> Result<Role, String> {
    let trust = &world.trust;
    let common = &world.plan.tls;
    let trusted = || -> Result<Vec<_>, String> {
        match &tls.ca {
            Some(ca) => Ok(ca.clone()),
            None => {
                let mut all = vec![trust.certificate()?];
                all.extend(common.trusted.iter().cloned());
                Ok(all)
            }
        }
    };
    let alpn = tls.alpn.clone();
    match side {
        Side::Acceptor => {
            let names = if tls.sni.is_empty() { &common.names } else { &tls.sni };
            let identity = match &tls.identity {
                Some(identity) => identity.clone(),
                None => trust.identity(owner, names)?,
            };
            let client = tls.client.unwrap_or_default();
            let accepting = Accepting {
                identity,
                client,
                trusted: if client == Asked::No { Vec::new() } else { trusted()? },
                alpn: alpn.unwrap_or_default(),
            };
            Ok(Role::Acceptor(accepting.config()?))
        }
        Side::Opener => {
            let shows = tls
                .client
                .or_else(|| theirs.and_then(|theirs| theirs.client))
                .unwrap_or_default();
            let identity = match (&tls.identity, shows) {
                (Some(identity), _) => Some(identity.clone()),
                (None, Asked::No) => None,
                (None, Asked::Optional | Asked::Required) => Some(trust.identity(owner, &[])?),
            };
            let opening = Opening {
                identity,
                trusted: match tls.verify {
                    Some(false) => None,
                    _ => Some(trusted()?),
                },
                alpn: alpn
                    .or_else(|| theirs.and_then(|theirs| theirs.alpn.clone()))
                    .unwrap_or_default(),
            };
            let name = tls.sni.first().or_else(|| theirs.and_then(|theirs| theirs.sni.first()));
            let name = name.map_or(LOCALHOST, String::as_str).to_owned();
            let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
            Ok(Role::Opener(opening.config()?, name))
        }
    }
}

/// Puts TLS on a connection. What was sent before goes out before it.
pub(super) async fn shake_hands(
    seat: &Seat,
    inbox: &mut Inbox,
    outbox: &Arc<Outbox>,
    role: Role,
    deadline: Alarm,
) -> Result<Secured, Insecure> {
    let alarms = &[deadline];
    let number = seat.number();
    let wait = Wait {
        waiting: Waiting::Step,
        flows: &[],
        alarms,
    };
    let emptied = seat.wait(wait, |_| outbox.poll_room(number, 0)).await;
    outbox.forget(number);
    ended(emptied)?;
    let mut handshake = Handshake::begin(inbox, outbox, role).map_err(Insecure::Failed)?;
    let wait = Wait {
        waiting: Waiting::Step,
        flows: &[handshake.flow()],
        alarms,
    };
    ended(seat.wait(wait, |cx| handshake.poll(cx)).await)?.map_err(Insecure::Failed)
}

fn ended<T>(woken: Woken<T>) -> Result<T, Insecure> {
    match woken {
        Woken::Ready(value) => Ok(value),
        Woken::Cut => Err(Insecure::Cut),
        Woken::Alarm(_) | Woken::Standstill | Woken::Quiet => Err(Insecure::Late),
    }
}

/// What is recorded of a handshake; `upgrade` says that the connection began without TLS.
pub(super) fn secured_event(connection: &str, side: Side, secured: Secured, upgrade: bool) -> Kind {
    Kind::Secured {
        connection: connection.to_owned(),
        by_opener: side == Side::Opener,
        upgrade,
        version: secured.version.to_owned(),
        sni: secured.sni,
        alpn: secured.alpn,
        peer: secured.peer,
    }
}

/// What kind of finding it is, and its words.
pub(super) fn words(insecure: &Insecure, peer: &str) -> (FindingKind, String) {
    match insecure {
        Insecure::Failed(HandshakeError::Ended(why)) => (FindingKind::Ended, (*why).to_owned()),
        Insecure::Failed(error) => (FindingKind::Handshake, error.to_string()),
        Insecure::System(why) => (FindingKind::System, format!("cannot speak TLS: {why}")),
        Insecure::Late | Insecure::Cut => {
            let text = format!("timed out in the TLS handshake with {peer}");
            (FindingKind::Timeout, text)
        }
    }
}

/// Its futures are boxed: each is large, and none shall make the steps around it so.
impl Strand {
    /// The `tls` step.
    pub(super) fn tls<'a>(&'a mut self, step: &'a Step, shared: Variables, tls: &'a Tls) -> BoxFuture<'a, Outcome> {
        async move {
            let mark = self.marked(step, shared.clone())?;
            let deadline = self.deadline(step);
            for at in self.on(step.id, &step.on, shared)? {
                let link = Arc::clone(&self.connections[at].link);
                let theirs = self.endpoint_of(&link).and_then(|located| located.tls.clone());
                let secured = self
                    .secure(at, tls, theirs.as_ref(), (deadline, step.fails.is_some()))
                    .await;
                match secured {
                    Ok(secured) => {
                        self.record(&mark, &secured_event(&link.text, link.side, secured, true));
                    }
                    Err(insecure) => return Err(self.insecure(&mark, step, at, &insecure)),
                }
            }
            Ok(())
        }
        .boxed()
    }

    /// Where a connection leads.
    fn endpoint_of(&self, link: &Link) -> Option<Arc<Located>> {
        let target = match &link.name.endpoint {
            Some(endpoint) => format!("{}.{endpoint}", link.name.target),
            None => link.name.target.to_string(),
        };
        self.world.directory.get(&target).cloned()
    }

    /// Puts TLS on a connection, until a deadline, whether or not its failure is expected.
    async fn secure(
        &mut self,
        at: usize,
        tls: &Tls,
        theirs: Option<&Tls>,
        (deadline, is_expected): (Alarm, bool),
    ) -> Result<Secured, Insecure> {
        let owner = self.actor.name.to_string();
        let connection = &mut self.connections[at];
        let role = role(&self.world, &owner, connection.link.side, tls, theirs).map_err(Insecure::System)?;
        let (Some(inbox), Some(outbox)) = (&mut connection.inbox, &connection.outbox) else {
            let why = "another strand uses this connection now";
            return Err(Insecure::Failed(HandshakeError::Ended(why)));
        };
        connection.passed = None;
        if !is_expected {
            self.world.shakes_hands(&connection.link);
        }
        let secured = shake_hands(&self.seat, inbox, outbox, role, deadline).await;
        if secured.is_ok() {
            self.world.has_shaken_hands(&connection.link);
        }
        secured
    }

    /// A connection that is to be secure and is not: it is said to the other side that no more comes.
    fn insecure(&mut self, mark: &Mark, step: &Step, at: usize, insecure: &Insecure) -> Halt {
        if matches!(insecure, Insecure::Cut) {
            return Halt::Cut;
        }
        let halt = self.not_secured(Some(mark.step), at, insecure, step.fails.is_some());
        let connection = &self.connections[at];
        if let Some(outbox) = connection.outbox.as_ref().filter(|_| !connection.gone) {
            self.finish(
                Some(&Mark {
                    label: None,
                    ..mark.clone()
                }),
                &connection.link,
                outbox,
                None,
            );
        }
        halt
    }

    /// The failure of a handshake.
    fn not_secured(&self, step: Option<StepId>, at: usize, insecure: &Insecure, is_expected: bool) -> Halt {
        let link = &self.connections[at].link;
        if matches!(insecure, Insecure::Late) {
            let kind = Kind::Timeout {
                of: "step".to_owned(),
                watch: Vec::new(),
            };
            match step {
                Some(step) => self.record(&Mark::of(step), &kind),
                None => self.log().record(Default::default(), &kind),
            };
        }
        let (kind, text) = words(insecure, &link.peer);
        let mut finding = match step {
            Some(step) => self.finding(step, kind, text),
            None => finding(&self.world, &self.text, None, kind, text),
        };
        if kind == FindingKind::System {
            finding.verdict = crate::finding::Verdict::Error;
        }
        // Who refuses has a reason of its own, even if it is heard of the other side's failure first.
        let is_alerted = matches!(insecure, Insecure::Failed(HandshakeError::Alerted(_)));
        finding.follows = match insecure {
            Insecure::Failed(HandshakeError::Refused(_)) => false,
            Insecure::Failed(HandshakeError::Alerted(_)) => self.world.has_refused(link),
            _ => self.world.is_tainted(&link.text),
        };
        if !is_expected && !is_alerted {
            // The other side's handshake fails because of this one.
            self.world.taint(&link.text);
        }
        self.world.has_shaken_hands(link);
        Halt::Failed(Box::new(finding))
    }

    /// TLS of a connection that was just opened; without it there is no connection.
    pub(super) fn secure_opened<'a>(
        &'a mut self,
        step: &'a Step,
        mark: &'a Mark,
        at: usize,
        tls: &'a Tls,
        theirs: Option<&'a Tls>,
        deadline: Alarm,
    ) -> BoxFuture<'a, Outcome> {
        async move {
            match self.secure(at, tls, theirs, (deadline, step.fails.is_some())).await {
                Ok(secured) => {
                    let link = &self.connections[at].link;
                    let kind = secured_event(&link.text, link.side, secured, false);
                    self.record(mark, &kind);
                    Ok(())
                }
                Err(Insecure::Cut) => Err(Halt::Cut),
                Err(insecure) => {
                    let halt = self.not_secured(Some(mark.step), at, &insecure, step.fails.is_some());
                    let connection = self.connections.remove(at);
                    self.hang_up(connection, Some(&Mark::of(mark.step)), false);
                    Err(halt)
                }
            }
        }
        .boxed()
    }

    /// TLS of a connection that was just accepted by a step.
    pub(super) fn secure_accepted<'a>(
        &'a mut self,
        mark: &'a Mark,
        at: usize,
        endpoint: usize,
        expected: bool,
        deadline: Alarm,
    ) -> BoxFuture<'a, Outcome> {
        async move {
            let located = Arc::clone(&self.actor.endpoints[endpoint].located);
            let Some(tls) = &located.tls else { return Ok(()) };
            match self.secure(at, tls, None, (deadline, expected)).await {
                Ok(secured) => {
                    let link = &self.connections[at].link;
                    let kind = secured_event(&link.text, link.side, secured, false);
                    self.record(
                        &Mark {
                            label: None,
                            ..mark.clone()
                        },
                        &kind,
                    );
                    Ok(())
                }
                Err(Insecure::Cut) => Err(Halt::Cut),
                Err(insecure) => {
                    let halt = self.not_secured(Some(mark.step), at, &insecure, expected);
                    let connection = self.connections.remove(at);
                    self.hang_up(connection, Some(&Mark::of(mark.step)), false);
                    Err(halt)
                }
            }
        }
        .boxed()
    }

    /// TLS of the connection that a session is for, before its first step.
    pub(super) fn greet<'a>(&'a mut self, endpoint: usize) -> BoxFuture<'a, Outcome> {
        async move {
            let located = Arc::clone(&self.actor.endpoints[endpoint].located);
            let Some(tls) = &located.tls else { return Ok(()) };
            let limit = self.world.plan.limits.step;
            let deadline = self.world.pulse.now().after(limit, DEADLINE, false);
            match self.secure(0, tls, None, (deadline, false)).await {
                Ok(secured) => {
                    let link = &self.connections[0].link;
                    let kind = secured_event(&link.text, link.side, secured, false);
                    self.log().record(Default::default(), &kind);
                    Ok(())
                }
                Err(Insecure::Cut) => Err(Halt::Cut),
                Err(insecure) => {
                    let halt = self.not_secured(None, 0, &insecure, false);
                    Err(match halt {
                        Halt::Failed(finding) => Halt::Failed(Box::new(self.at_endpoint(*finding, endpoint))),
                        other => other,
                    })
                }
            }
        }
        .boxed()
    }

    /// A finding at the place where the endpoint stands in the file.
    fn at_endpoint(&self, finding: Finding, endpoint: usize) -> Finding {
        let plan = self.actor.plan(&self.world.plan);
        Finding {
            verb: Some("listen".to_owned()),
            place: plan.listen.get(endpoint).map(|endpoint| endpoint.place.clone()),
            ..finding
        }
    }
}

impl Connection {
    /// What TLS says of how the other side broke off, where it did.
    pub(super) fn said(&self) -> Option<String> {
        self.inbox.as_ref().and_then(Inbox::said)
    }
}

//! Which connections a strand may have open at a step.
//!
//! Owns an approximation from above: what one way through the steps leaves open may be open. Names that are templates
//! cannot be followed. Does not own what a step without `on` is about (`on`).

use std::collections::BTreeMap;

use super::step::{FramingChange, Framings};
use crate::scenario::written::Span;
use crate::wire::framing::Framing;

/// The connections that may be open.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    names: BTreeMap<String, Connection>,
    /// Names that were open, and where the last of them ended.
    ended: BTreeMap<String, Span>,
    /// Whether there may be others, whose names are templates.
    pub(super) unknown: bool,
    /// Whether no way leads here.
    nowhere: bool,
}

/// One that may be open, at least in one direction.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// Whether something may still come.
    pub(super) receives: bool,
    /// Whether something may still be sent.
    pub(super) sends: bool,
    /// Whether it is open on each way that leads here.
    pub(super) sure: bool,
    /// How many `parallel`s were around the step that opened it.
    pub(super) level: usize,
    /// How what comes is framed, where that is known.
    pub(super) incoming: Option<Framing>,
    /// How what is sent is framed, where that is known.
    pub(super) outgoing: Option<Framing>,
    /// Whether what comes is datagrams.
    pub(super) datagrams: bool,
    /// Whether it was this side that connected.
    pub(super) connected: bool,
    /// Whether HTTP requests can be sent under its name, also when the connection has ended: a new one is opened then.
    pub(super) requests: bool,
    /// Whether a connection serves more than one of them.
    pub(super) reuse: bool,
    /// Whether it speaks TLS, where that is known.
    pub(super) secure: Option<bool>,
    /// Whether it is known to be a Unix socket.
    pub(super) unix: bool,
}

/// What a step needs of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It takes from it, or awaits its end.
    Receive,
    /// It sends, or ends its sending.
    Send,
    /// It ends both directions, or changes both.
    Both,
    /// It sends an HTTP request and takes the response.
    Request,
    /// It only asks who is there.
    Mention,
}

impl Connection {
    pub(super) fn new(incoming: Option<Framing>, outgoing: Option<Framing>, level: usize) -> Self {
        Self {
            receives: true,
            sends: true,
            sure: true,
            level,
            datagrams: incoming.as_ref().is_some_and(Framing::is_datagram),
            incoming,
            outgoing,
            connected: false,
            requests: false,
            reuse: true,
            secure: None,
            unix: false,
        }
    }

    /// Whether a step that needs this can be meant.
    pub(super) fn allows(&self, need: Need) -> bool {
        match need {
            Need::Receive => self.receives,
            Need::Send => self.sends,
            Need::Request => self.requests,
            Need::Both | Need::Mention => true,
        }
    }

    fn union(&mut self, other: Self) {
        self.receives |= other.receives;
        self.sends |= other.sends;
        self.sure &= other.sure;
        self.datagrams &= other.datagrams;
        self.requests |= other.requests;
        self.unix &= other.unix;
        if self.secure != other.secure {
            self.secure = None;
        }
        self.level = self.level.min(other.level);
        if self.incoming != other.incoming {
            self.incoming = None;
        }
        if self.outgoing != other.outgoing {
            self.outgoing = None;
        }
    }
}

impl Open {
    /// Where no way leads to: the neutral element of [`Open::union`].
    pub(super) fn nowhere() -> Self {
        Self {
            nowhere: true,
            ..Self::default()
        }
    }

    /// Where whatever may be open, under any name.
    pub(super) fn anything() -> Self {
        Self {
            unknown: true,
            ..Self::default()
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &Connection)> {
        self.names.iter().map(|(name, connection)| (name.as_str(), connection))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Connection> {
        self.names.get(name)
    }

    pub(super) fn find_mut(&mut self, name: &str) -> Option<&mut Connection> {
        self.names.get_mut(name)
    }

    /// Where a name that was open has ended, wholly or in one direction.
    pub(super) fn ended(&self, name: &str) -> Option<Span> {
        self.ended.get(name).copied()
    }

    /// The only name that has ended.
    pub(super) fn only_ended(&self) -> Option<&str> {
        let mut ended = self.ended.keys();
        ended.next().filter(|_| ended.next().is_none()).map(String::as_str)
    }

    pub(super) fn open(&mut self, name: &str, connection: Connection) {
        self.ended.remove(name);
        self.names.insert(name.to_owned(), connection);
    }

    /// Ends what a step at `span` needed of a connection.
    pub(super) fn end(&mut self, name: &str, what: Need, span: Span) {
        let Some(connection) = self.names.get_mut(name) else {
            return;
        };
        self.ended.insert(name.to_owned(), span);
        connection.receives &= what == Need::Send;
        connection.sends &= what == Need::Receive;
        // Half a connection can be used, but its name is free.
        connection.sure &= connection.receives;
        let is_closed = what == Need::Both || !connection.requests;
        if !connection.receives && !connection.sends && is_closed {
            self.names.remove(name);
        }
    }

    /// The other side has ended what a step at `span` awaited; HTTP requests open a new connection then.
    pub(super) fn end_by_peer(&mut self, name: &str, what: Need, span: Span) {
        match self.names.get_mut(name).filter(|connection| connection.requests) {
            Some(connection) => {
                connection.receives = false;
                connection.sends &= what == Need::Receive;
                connection.sure = false;
                self.ended.insert(name.to_owned(), span);
            }
            None => self.end(name, what, span),
        }
    }

    /// Which directions of a connection a change of framing is about.
    pub(super) fn changed(&self, name: &str, change: &FramingChange) -> Need {
        let connected = self.find(name).map(|connection| connection.connected);
        match (connected, &change.client, &change.server) {
            (Some(true), Some(_), None) | (Some(false), None, Some(_)) => Need::Send,
            (Some(true), None, Some(_)) | (Some(false), Some(_), None) => Need::Receive,
            _ => Need::Both,
        }
    }

    /// The framing of a connection is another one from here on.
    pub(super) fn reframed(&mut self, name: &str, change: &FramingChange) {
        let Some(connection) = self.names.get_mut(name) else {
            return;
        };
        let known = |framing: &Option<Framing>| framing.clone().unwrap_or_else(Framing::raw);
        let before = Framings {
            client: known(&connection.outgoing),
            server: known(&connection.incoming),
        };
        let before = match connection.requests {
            true => before.changed(Some(&FramingChange::http())),
            false => before,
        };
        let (incoming, outgoing) = match connection.connected {
            true => (&change.server, &change.client),
            false => (&change.client, &change.server),
        };
        connection.requests = connection.connected && before.changed(Some(change)).are_http();
        for (own, changed) in [
            (&mut connection.incoming, incoming),
            (&mut connection.outgoing, outgoing),
        ] {
            if changed.is_some() {
                own.clone_from(changed);
            }
        }
    }

    /// The framing of a connection is another one from here on, and only the run can tell of which.
    pub(super) fn reframed_somewhere(&mut self) {
        for connection in self.names.values_mut() {
            connection.incoming = None;
            connection.outgoing = None;
        }
    }

    /// An HTTP request was sent: where the connection had ended, a new one is open, unless it was the last on that too.
    pub(super) fn requested(&mut self, name: &str) {
        if let Some(connection) = self.names.get_mut(name).filter(|connection| connection.reuse) {
            connection.receives = true;
            connection.sends = true;
            self.ended.remove(name);
        }
    }

    /// What may be open where either was left.
    #[must_use]
    pub(super) fn union(mut self, mut other: Self) -> Self {
        if self.nowhere || other.nowhere {
            return if self.nowhere { other } else { self };
        }
        self.unknown |= other.unknown;
        self.ended.append(&mut other.ended);
        for connection in self
            .names
            .iter_mut()
            .filter(|(name, _)| !other.names.contains_key(*name))
        {
            connection.1.sure = false;
        }
        for (name, mut connection) in other.names {
            match self.names.get_mut(&name) {
                Some(known) => known.union(connection),
                None => {
                    connection.sure = false;
                    self.names.insert(name, connection);
                }
            }
        }
        self
    }

    /// What is left of these behind branches that each began with them: what a branch opened is closed at its end.
    pub(super) fn after_branch(&mut self, branch: &Self, level: usize) {
        if branch.nowhere {
            return;
        }
        self.names.retain(|name, connection| {
            // Another connection of this name says nothing of ours.
            let Some(left) = branch.names.get(name).filter(|left| left.level < level) else {
                return false;
            };
            connection.receives &= left.receives;
            connection.sends &= left.sends;
            connection.sure &= left.sure;
            connection.requests &= left.requests;
            connection.receives || connection.sends || connection.requests
        });
        for (name, span) in &branch.ended {
            if !self.names.get(name).is_some_and(|c| c.receives && c.sends) {
                self.ended.insert(name.clone(), *span);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(names: &[&str]) -> Open {
        let mut open = Open::default();
        for name in names {
            open.open(name, Connection::new(None, None, 0));
        }
        open
    }

    fn names(open: &Open) -> Vec<&str> {
        open.names().map(|(name, _)| name).collect()
    }

    #[test]
    fn what_one_way_leaves_open_may_be_open() {
        let both = open(&["a", "b"]).union(open(&["b", "c"]));
        assert_eq!(names(&both), ["a", "b", "c"]);
        assert!(both.find("b").unwrap().sure);
        assert!(!both.find("a").unwrap().sure && !both.find("c").unwrap().sure);
        assert_eq!(names(&open(&["a"]).union(Open::nowhere())), ["a"]);
    }

    #[test]
    fn a_half_that_ended_leaves_the_other() {
        let mut state = open(&["a"]);
        state.end("a", Need::Receive, Span::default());
        assert!(state.find("a").unwrap().allows(Need::Send));
        assert!(!state.find("a").unwrap().allows(Need::Receive));
        state.end("a", Need::Send, Span::default());
        assert!(state.find("a").is_none() && state.ended("a").is_some());
    }

    #[test]
    fn behind_branches_nothing_is_open_that_one_of_them_closed_or_opened() {
        let mut before = open(&["a", "b"]);
        let mut branch = before.clone();
        branch.end("a", Need::Both, Span::default());
        branch.open("new", Connection::new(None, None, 1));
        before.after_branch(&branch, 1);
        assert_eq!(names(&before), ["b"]);
    }
}

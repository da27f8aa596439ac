//! Hashes of what a trace says, at four levels.
//!
//! Owns how a trace is hashed: which messages a connection carried, in which order it carried them, what each
//! strand did in which order (this is what a diagram shows), and all of that with the payloads' bytes. Times, addresses
//! and how the lines of different strands lay in the file are left out. Units come masked, so that masked values are equal or
//! not as in the diagram. Does not own the comparison (`baseline`).

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::hashes::{Digest, Hashes};
use super::unit::{Placed, Shape, Unit, Unpaired};
use super::words::{closed, closing, manner};
use crate::ident::{ConnectionName, Direction};
use crate::trace::event::{Access, Closed, Closing, Content, Event, Header, Kind};

/// Makes the hashes of the units that it is given, in canonical order.
#[derive(Debug)]
pub struct Hasher<'a> {
    header: &'a Header,
    links: BTreeMap<(String, Direction), LinkHash>,
    strands: BTreeMap<String, StrandHash>,
    cells: HashMap<String, CellTurn>,
}

#[derive(Debug, Default)]
struct LinkHash {
    /// The sum of all messages' hashes, modulo 2²⁵⁶: the same in any order.
    sum: [u64; 4],
    count: u64,
    running: Sha256,
}

#[derive(Debug, Default)]
struct StrandHash {
    labels: Sha256,
    payloads: Sha256,
}

/// Whose turn a cell is at: accesses that commute share one.
#[derive(Debug, Default)]
struct CellTurn {
    turn: u64,
    /// What the turn's accesses do; none before the first.
    manner: u8,
}

impl<'a> Hasher<'a> {
    /// Nothing yet of the trace with this header.
    pub fn new(header: &'a Header) -> Self {
        Self {
            header,
            links: BTreeMap::new(),
            strands: BTreeMap::new(),
            cells: HashMap::new(),
        }
    }

    /// Adds a unit. One that is kept out of diagrams tells no two traces apart: it may be there any number of times.
    pub fn add(&mut self, unit: &Unit) {
        if unit.shape.is_hidden() {
            return;
        }
        match &unit.shape {
            Shape::Message { send, receive, .. } => {
                self.sent(unit, send, "taken");
                self.did(send);
                self.did(receive);
            }
            Shape::Departs { send, .. } => {
                self.sent(unit, send, "taken");
                self.did(send);
            }
            Shape::Arrives { receive, .. } => self.did(receive),
            // What comes from outside is told where it was taken.
            Shape::Taken { receive, .. } => {
                if unit.unseen.is_some() {
                    self.sent(unit, receive, "taken");
                }
                self.did(receive);
            }
            Shape::Unpaired { send, why, .. } => {
                let fate = match why {
                    Unpaired::Fate(_) => "lost",
                    Unpaired::NotTaken if unit.unseen.is_some() => "taken",
                    Unpaired::NotTaken => "not taken",
                    Unpaired::Again => "again",
                    Unpaired::ReadWithLater => "taken",
                };
                self.sent(unit, send, fate);
                self.did(send);
            }
            Shape::Closes { closing } => {
                self.sent(unit, closing, "taken");
                self.did(closing);
            }
            Shape::Opens {
                connect,
                accept,
                connected,
            } => [Some(connect), accept.as_ref(), connected.as_ref()]
                .into_iter()
                .flatten()
                .for_each(|event| self.did(event)),
            Shape::Local { event } => self.did(event),
        }
    }

    /// The hashes of all that was added.
    pub fn finish(self) -> Hashes {
        let mut levels = [(); 4].map(|()| Sha256::new());
        let [set, connection, strand, payload] = &mut levels;
        for ((name, direction), link) in self.links {
            for hash in [&mut *set, &mut *connection] {
                part(hash, name.as_bytes());
                part(hash, direction.to_string().as_bytes());
                part(hash, &link.count.to_be_bytes());
            }
            for word in link.sum {
                set.update(word.to_be_bytes());
            }
            connection.update(link.running.finalize());
        }
        for (name, hashes) in self.strands {
            part(strand, name.as_bytes());
            strand.update(hashes.labels.finalize());
            part(payload, name.as_bytes());
            payload.update(hashes.payloads.finalize());
        }
        let [set, connection, strand, payload] = levels.map(|hash| Digest(hash.finalize().into()));
        // A level sees what the weaker ones see; a message's fate is not its strand's own.
        let with = |weaker: Digest, hash: Digest| {
            Digest(
                Sha256::new()
                    .chain_update(weaker.0)
                    .chain_update(hash.0)
                    .finalize()
                    .into(),
            )
        };
        let connection = with(set, connection);
        let strand = with(connection, strand);
        Hashes {
            set,
            connection,
            strand,
            payload: with(strand, payload),
        }
    }

    fn sent(&mut self, unit: &Unit, send: &Placed, fate: &str) {
        let (direction, ending) = match &send.event.event {
            Kind::Send { direction, .. } => (*direction, None),
            Kind::Receive { direction, .. } => (*direction, None),
            Kind::Closing {
                direction, how, code, ..
            } => (*direction, Some((closing(*how), *code))),
            Kind::Closed {
                direction, how, code, ..
            } => {
                let reset = *how == Closed::Reset;
                let how = closing(if reset { Closing::Reset } else { Closing::Fin });
                (*direction, Some((how, *code)))
            }
            _ => return,
        };
        let name = unit.connection.as_deref().map(ConnectionName::to_string);
        let link = self.links.entry((name.unwrap_or_default(), direction)).or_default();
        let mut hash = Sha256::new();
        part(&mut hash, fate.as_bytes());
        part(&mut hash, ending.map_or("message", |(how, _)| how).as_bytes());
        said(&mut hash, ending.and_then(|(_, code)| code));
        text(&mut hash, &send.event);
        let hash: [u8; 32] = hash.finalize().into();
        link.running.update(hash);
        link.count += 1;
        add(&mut link.sum, &hash);
    }

    fn did(&mut self, Placed { strand, event }: &Placed) {
        let mut hash = Sha256::new();
        let hash_of = &mut hash;
        match &event.event {
            Kind::Listening { endpoint, .. } => parts(hash_of, &["listening", endpoint]),
            Kind::Connect { connection, .. } => parts(hash_of, &["connect", connection]),
            Kind::Connected { connection } => parts(hash_of, &["connected", connection]),
            Kind::Refused {
                endpoint,
                again,
                status,
            } => {
                parts(hash_of, &["refused", endpoint, if *again { "again" } else { "once" }]);
                said(hash_of, *status);
            }
            Kind::Accept { connection, .. } => parts(hash_of, &["accept", connection]),
            Kind::Send {
                connection, direction, ..
            } => on(hash_of, "send", connection, *direction),
            Kind::Receive {
                connection, direction, ..
            } => on(hash_of, "receive", connection, *direction),
            Kind::Malformed {
                connection,
                direction,
                why,
                ..
            } => {
                on(hash_of, "malformed", connection, *direction);
                part(hash_of, why.as_bytes());
            }
            Kind::Closing {
                connection,
                direction,
                how,
                code,
            } => {
                on(hash_of, closing(*how), connection, *direction);
                said(hash_of, *code);
            }
            Kind::Closed {
                connection,
                direction,
                how,
                code,
                partial,
                ..
            } => {
                on(hash_of, closed(*how), connection, *direction);
                said(hash_of, *code);
                let partial = partial.map(|(had, of)| format!("{had}/{of:?}")).unwrap_or_default();
                part(hash_of, partial.as_bytes());
            }
            Kind::Timeout { of, .. } => parts(hash_of, &["timeout", of]),
            Kind::Silent { .. } => part(hash_of, b"silent"),
            Kind::Secured { .. } => {
                // All that it says, and nothing that it does not.
                let said = serde_json::to_vec(&event.event).unwrap_or_default();
                part(hash_of, &said);
            }
            Kind::Spawned { strand } => parts(hash_of, &["spawned", strand]),
            Kind::Joined { strand } => parts(hash_of, &["joined", strand]),
            Kind::Signalled { name, .. } => parts(hash_of, &["signalled", name]),
            Kind::Awaited { name, count, .. } => parts(hash_of, &["awaited", name, &count.to_string()]),
            Kind::Access { cells } => {
                part(hash_of, b"access");
                for access in cells {
                    if self.header.is_unordered(&access.cell) {
                        parts(hash_of, &[&access.cell, manner(access.mode).0]);
                    } else {
                        access_turn(&mut self.cells, hash_of, access);
                    }
                }
            }
            Kind::Started {} => part(hash_of, b"started"),
            Kind::Exited { status } => parts(hash_of, &["exited", status]),
            Kind::Note { text, over } => {
                parts(hash_of, &["note", text]);
                over.iter().for_each(|actor| part(hash_of, actor.as_bytes()));
            }
            Kind::Phase { text } => parts(hash_of, &["phase", text]),
            Kind::Finding(finding) => parts(hash_of, &["finding", &finding.strand, &finding.text]),
        }
        text(hash_of, event);
        let own = self.strands.entry(strand.to_string()).or_default();
        let hash = hash.finalize();
        own.labels.update(hash);
        own.payloads.update(hash);
        if let Some(content) = content(event) {
            let mut hash = Sha256::new();
            content_parts(&mut hash, content);
            own.payloads.update(hash.finalize());
        }
    }
}

/// What a diagram says of a message: its label, else its content.
fn text(hash: &mut Sha256, event: &Event) {
    match (&event.label, content(event)) {
        (Some(label), _) => parts(hash, &["label", label]),
        (None, Some(content)) => content_parts(hash, content),
        (None, None) => {}
    }
}

const fn content(event: &Event) -> Option<&Content> {
    match &event.event {
        Kind::Send { content, .. } | Kind::Receive { content, .. } | Kind::Malformed { content, .. } => Some(content),
        _ => None,
    }
}

/// The headers that nobody shows are left out: they hold addresses and lengths.
fn content_parts(hash: &mut Sha256, content: &Content) {
    if let Some(head) = &content.head {
        part(hash, head.line.as_bytes());
        for name in &head.show {
            let values = head.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
            values.for_each(|(name, value)| parts(hash, &[name, value]));
        }
    }
    if let Some(control) = &content.control {
        part(hash, control.as_bytes());
    }
    // What is shown instead says all that is known of the bytes.
    if let Some(shown) = &content.shown {
        return parts(hash, &["shown", shown]);
    }
    for text in [&content.text, &content.base64, &content.digest] {
        part(hash, &[u8::from(text.is_some())]);
        part(hash, text.as_deref().unwrap_or_default().as_bytes());
    }
    part(
        hash,
        content.size.map(|size| size.to_string()).unwrap_or_default().as_bytes(),
    );
}

/// Which turn of its cell an access has, whatever came first within the turn.
fn access_turn(cells: &mut HashMap<String, CellTurn>, hash: &mut Sha256, access: &Access) {
    let (mode, manner) = manner(access.mode);
    let turn = cells.entry(access.cell.clone()).or_default();
    if turn.manner != manner || manner == 3 {
        turn.turn += 1;
        turn.manner = manner;
    }
    parts(hash, &[&access.cell, mode, &turn.turn.to_string()]);
}

/// What was said with an end, where the protocol has words for it.
fn said(hash: &mut Sha256, code: Option<u16>) {
    if let Some(code) = code {
        part(hash, code.to_string().as_bytes());
    }
}

fn on(hash: &mut Sha256, what: &str, connection: &str, direction: Direction) {
    parts(
        hash,
        &[
            what,
            connection,
            if direction == Direction::FromOpener { ">" } else { "<" },
        ],
    );
}

fn parts(hash: &mut Sha256, texts: &[&str]) {
    texts.iter().for_each(|text| part(hash, text.as_bytes()));
}

/// Each part with its length, so that no two lists of parts look the same.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn add(sum: &mut [u64; 4], hash: &[u8; 32]) {
    let mut carry = false;
    for (word, bytes) in sum.iter_mut().zip(hash.as_chunks().0).rev() {
        let (added, over) = word.overflowing_add(u64::from_be_bytes(*bytes));
        let (added, over_again) = added.overflowing_add(u64::from(carry));
        *word = added;
        carry = over || over_again;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_carries_from_word_to_word() {
        let mut sum = [0, 0, u64::MAX, u64::MAX];
        let mut one = [0; 32];
        one[31] = 1;
        add(&mut sum, &one);
        assert_eq!(sum, [0, 1, 0, 0]);
    }

    #[test]
    fn lists_of_parts_are_told_apart() {
        let hash = |texts: &[&str]| {
            let mut hash = Sha256::new();
            parts(&mut hash, texts);
            hash.finalize()
        };
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    }
}

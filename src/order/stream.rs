//! Which receive takes which send, in one direction of one connection.
//!
//! Owns the pairing of byte ranges. They are worked off from the front as soon as they are known, so that in a file in
//! the order of time little is kept; in a shuffled one more is, with the same outcome. Does not own where the outcome is
//! kept (`index`).

use std::collections::{BTreeMap, VecDeque};

use super::strands::NONE;

/// A send or receive with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) event: u32,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// What was found out about a receive or a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The two are one message. `several` if the receive took bytes of other sends too, `part` if it took less than all.
    Pair {
        send: u32,
        receive: u32,
        several: bool,
        part: bool,
    },
    /// The send was read together with a later one, `with`, by this receive.
    WithLater { send: u32, receive: u32, with: u32 },
    /// The receive took a further part of this send.
    Further { send: u32, receive: u32 },
    /// The receive took bytes that nobody sent.
    Unsent(Range),
    /// The range cannot be: it overlaps another send.
    Overlap(Range),
}

/// One direction while the trace is read.
#[derive(Debug, Default)]
pub(super) struct Stream {
    sends: Tiles,
    receives: Tiles,
    /// The byte behind the last send that was worked off, and behind the last receive.
    sent: u64,
    taken: u64,
    /// Sends whose bytes are not all taken yet.
    open: VecDeque<Sent>,
    /// Receives whose sends are not all known yet.
    waiting: VecDeque<Range>,
    /// The `closing`s, and whether each is a reset.
    pub(super) closings: Vec<(u32, bool)>,
    /// The `closed`s that a strand took, and whether each met a reset.
    pub(super) closeds: Vec<(u32, bool)>,
    /// The first send that nobody took; [`NONE`] where there is none. Known when the stream is finished.
    pub(super) untaken: Option<Range>,
    /// The last send of background answers here.
    pub(super) answered: Option<u32>,
    /// The send with the last bytes.
    pub(super) last_send: Option<Range>,
    /// The receive with the last bytes.
    pub(super) last_receive: Option<Range>,
}

#[derive(Debug)]
struct Sent {
    range: Range,
    /// The first receive that took a byte of it.
    first: u32,
}

impl Stream {
    /// Adds a send.
    pub(super) fn send(&mut self, range: Range, found: &mut dyn FnMut(Found)) {
        keep_later(&mut self.last_send, range);
        if range.start > range.end {
            found(Found::Overlap(range));
        } else if range.start < range.end {
            self.sends.add(range);
            self.work(false, found);
        }
    }

    /// Adds a receive.
    pub(super) fn receive(&mut self, range: Range, found: &mut dyn FnMut(Found)) {
        keep_later(&mut self.last_receive, range);
        if range.start > range.end {
            found(Found::Overlap(range));
        } else if range.start < range.end {
            self.receives.add(range);
            self.work(false, found);
        }
    }

    /// Adds a send that is the whole of its message: who takes it is not in the trace.
    pub(super) fn sent_alone(&mut self, range: Range) {
        keep_later(&mut self.last_send, range);
    }

    /// Adds a receive that is the whole of its message: who sent it is not in the trace.
    pub(super) fn taken_alone(&mut self, range: Range) {
        keep_later(&mut self.last_receive, range);
    }

    /// Pairs what is left when the whole trace is read.
    pub(super) fn finish(&mut self, found: &mut dyn FnMut(Found)) {
        self.work(true, found);
        while let Some(sent) = self.open.pop_front() {
            self.leave(&sent);
        }
    }

    fn work(&mut self, finish: bool, found: &mut dyn FnMut(Found)) {
        while let Some(range) = self.sends.next(finish) {
            if range.start < self.sent {
                found(Found::Overlap(range));
                continue;
            }
            self.sent = range.end;
            self.open.push_back(Sent { range, first: NONE });
        }
        while let Some(range) = self.receives.next(finish) {
            self.waiting.push_back(range);
        }
        while let Some(range) = self.waiting.front().copied()
            && (finish || range.end <= self.sends.frontier)
        {
            self.waiting.pop_front();
            self.take(range, found);
        }
    }

    /// Pairs a receive: all sends that gave bytes to it are known.
    fn take(&mut self, mut range: Range, found: &mut dyn FnMut(Found)) {
        // What was malformed may have been looked at twice.
        range.start = range.start.max(self.taken);
        if range.start >= range.end {
            return;
        }
        self.taken = range.end;
        self.drop_before(range.start);
        let within = self.open.iter().take_while(|sent| sent.range.start < range.end).count();
        let mut covered = 0;
        for sent in self.open.iter_mut().take(within) {
            covered += sent.range.end.min(range.end) - sent.range.start.max(range.start);
            if sent.first == NONE {
                sent.first = range.event;
            }
        }
        if covered < range.end - range.start {
            found(Found::Unsent(range));
        }
        let receive = range.event;
        if let Some(last) = within.checked_sub(1).map(|last| &self.open[last]) {
            let with = last.range.event;
            for sent in self.open.iter().take(within - 1) {
                let send = sent.range.event;
                found(Found::WithLater { send, receive, with });
            }
            found(if last.first == receive {
                Found::Pair {
                    send: with,
                    receive,
                    several: within > 1,
                    part: (range.start, range.end) != (last.range.start, last.range.end),
                }
            } else {
                Found::Further { send: with, receive }
            });
        }
        self.drop_before(range.end);
    }

    fn drop_before(&mut self, end: u64) {
        while self.open.front().is_some_and(|sent| sent.range.end <= end)
            && let Some(sent) = self.open.pop_front()
        {
            self.leave(&sent);
        }
    }

    fn leave(&mut self, sent: &Sent) {
        if sent.first == NONE {
            self.untaken.get_or_insert(sent.range);
        }
    }
}

/// Ranges that come in any order and leave in theirs.
#[derive(Debug, Default)]
struct Tiles {
    /// Up to where ranges have left without a gap.
    frontier: u64,
    /// Those behind the frontier, by start and event.
    late: BTreeMap<(u64, u32), u64>,
}

impl Tiles {
    fn add(&mut self, range: Range) {
        self.late.insert((range.start, range.event), range.end);
    }

    /// The next one; where `gaps` is set, wherever it begins.
    fn next(&mut self, gaps: bool) -> Option<Range> {
        let entry = self.late.first_entry()?;
        let (start, event) = *entry.key();
        if !gaps && start > self.frontier {
            return None;
        }
        let end = entry.remove();
        self.frontier = self.frontier.max(end);
        Some(Range { event, start, end })
    }
}

fn keep_later(last: &mut Option<Range>, range: Range) {
    if last.is_none_or(|last| (last.end, last.event) < (range.end, range.event)) {
        *last = Some(range);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends 0, 1, … and receives 10, 11, … that end there; what is found, in the given order of coming.
    fn pair(sends: &[u64], receives: &[u64], order: &[usize]) -> Vec<Found> {
        let ranges = |ends: &[u64], first: u32| {
            let starts = std::iter::once(&0).chain(ends);
            let of = |((start, end), event): ((&u64, &u64), u32)| Range {
                event,
                start: *start,
                end: *end,
            };
            starts.zip(ends).zip(first..).map(of).collect::<Vec<_>>()
        };
        let all: Vec<_> = ranges(sends, 0).into_iter().chain(ranges(receives, 10)).collect();
        let mut stream = Stream::default();
        let mut found = Vec::new();
        for place in order {
            let range = all[*place];
            if range.event < 10 {
                stream.send(range, &mut |one| found.push(one));
            } else {
                stream.receive(range, &mut |one| found.push(one));
            }
        }
        stream.finish(&mut |one| found.push(one));
        found
    }

    const fn one(send: u32, receive: u32, several: bool, part: bool) -> Found {
        Found::Pair {
            send,
            receive,
            several,
            part,
        }
    }

    #[test]
    fn ranges_that_are_equal_are_one_message_in_whatever_order_they_come() {
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            assert_eq!(
                pair(&[3, 5], &[3, 5], &order),
                [one(0, 10, false, false), one(1, 11, false, false)]
            );
        }
    }

    #[test]
    fn the_last_send_of_a_receive_is_its_message_if_the_receive_is_its_first() {
        let with_later = Found::WithLater {
            send: 0,
            receive: 10,
            with: 1,
        };
        assert_eq!(pair(&[3, 5], &[5], &[0, 1, 2]), [with_later, one(1, 10, true, true)]);
        let further = Found::Further { send: 0, receive: 11 };
        assert_eq!(pair(&[5], &[2, 5], &[0, 1, 2]), [one(0, 10, false, true), further]);
    }

    #[test]
    fn bytes_that_nobody_sent_are_found() {
        let unsent = Range {
            event: 10,
            start: 0,
            end: 4,
        };
        assert!(pair(&[3], &[4], &[0, 1]).contains(&Found::Unsent(unsent)));
    }
}

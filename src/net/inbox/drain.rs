//! Reading a direction to its end, when its strand has closed.
//!
//! Owns what counts as left over, and how much is read at the most. Does not own what is said of it (`actor::drain`).

use super::{Front, Inbox, Over, SentAgain};
use crate::wire::framing::websocket::Farewell;
use crate::wire::message::Message;

/// How much of what nobody took is kept to be shown.
const SHOWN: usize = 4 << 10;

/// What was read of a direction after its strand had closed.
#[derive(Clone, Debug, Default)]
pub struct Drained {
    /// How many bytes nobody took.
    pub left: u64,
    /// The first message among them, or their beginning.
    pub first: Option<Message>,
    /// How it ended; `None` where there was more than the limit.
    pub end: Option<Over>,
    /// What was said with the end.
    pub farewell: Option<Farewell>,
}

impl Inbox {
    /// Reads to the end of the direction, at most `limit` bytes, and forgets what it reads. Messages that `forgives` says
    /// may be left over do not count, up to the first that may not; neither do datagrams that were sent `again`, which is told
    /// their offsets.
    pub async fn drain(
        mut self,
        limit: u64,
        forgives: &(dyn Fn(&Message) -> bool + Sync),
        again: &mut SentAgain<'_>,
    ) -> Drained {
        // What comes now causes nothing any more.
        self.flows.pulse().flow_over(self.flow());
        let mut drained = Drained::default();
        let mut forgiven = 0;
        loop {
            if self.framing.is_raw() {
                let untaken = self.untaken();
                if !untaken.is_empty() && drained.first.is_none() {
                    drained.first = Some(Message::new(&untaken[..untaken.len().min(SHOWN)]));
                }
            }
            while !self.framing.is_raw() && drained.first.is_none() {
                if self.take_again(again) {
                    continue;
                }
                match self.front() {
                    Front::Message(message, size) if forgives(&message) => {
                        forgiven += size as u64;
                        self.take(size);
                    }
                    Front::Message(message, _) => drained.first = Some(message),
                    Front::Malformed(_) | Front::End(_, Some(_)) => {
                        drained.left += std::mem::take(&mut self.absorbed);
                        drained.first = Some(Message::new(&self.seen()[..self.seen().len().min(SHOWN)]));
                    }
                    Front::More | Front::End(_, None) => break,
                }
            }
            if drained.first.is_some() || self.framing.is_raw() {
                let size = self.untaken().len();
                drained.left += size as u64;
                self.take(size);
            }
            if self.end.is_some() {
                // What is still there are empty lines behind the last message.
                drained.end = Some(self.ending());
                drained.farewell = self.farewell;
                return drained;
            }
            if forgiven + drained.left + self.untaken().len() as u64 > limit {
                drained.left += forgiven + self.untaken().len() as u64;
                return drained;
            }
            std::future::poll_fn(|cx| self.poll_more(cx)).await;
        }
    }
}

//! The tails that still read when all strands have ended, and how they are told to stop.
//!
//! Owns counting them. Does not own the reading (`drain`, `hop`), nor how long they are waited for (`run`).

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use futures::future::{Either, select};
use futures::task::AtomicWaker;

use crate::runtime::channel::{self, Receiver, Sender};

/// The tails that still read. Each holds a pass; they are told to stop by the end of the channel that it holds.
#[derive(Debug)]
pub struct Drains {
    stop: Mutex<Option<Sender<Never>>>,
    stopped: Receiver<Never>,
    count: Arc<DrainCount>,
}

/// Nothing of this type can be sent.
#[derive(Debug)]
enum Never {}

#[derive(Debug, Default)]
struct DrainCount {
    reading: AtomicU64,
    /// Those of them that read what comes from outside the scenario.
    outside: AtomicU64,
    ended: AtomicWaker,
}

/// What a tail holds while it reads.
#[derive(Debug)]
pub struct DrainPass {
    stopped: Receiver<Never>,
    count: Arc<DrainCount>,
    is_outside: bool,
}

impl Default for Drains {
    fn default() -> Self {
        let (stop, stopped) = channel::bounded(1);
        Self {
            stop: Mutex::new(Some(stop)),
            stopped,
            count: Arc::default(),
        }
    }
}

impl Drains {
    /// One more; `is_outside` says that it reads what comes from outside the scenario.
    pub fn begin(&self, is_outside: bool) -> DrainPass {
        self.count.outside.fetch_add(u64::from(is_outside), Ordering::SeqCst);
        self.count.reading.fetch_add(1, Ordering::SeqCst);
        DrainPass {
            stopped: self.stopped.clone(),
            count: Arc::clone(&self.count),
            is_outside,
        }
    }

    /// Until none is left but those that read what comes from outside.
    pub async fn own_ended(&self) {
        self.until(|count| count.reading.load(Ordering::SeqCst) <= count.outside.load(Ordering::SeqCst))
            .await;
    }

    /// Until none is left.
    pub async fn ended(&self) {
        self.until(|count| count.reading.load(Ordering::SeqCst) == 0).await;
    }

    async fn until(&self, holds: impl Fn(&DrainCount) -> bool) {
        poll_fn(|cx| {
            self.count.ended.register(cx.waker());
            if holds(&self.count) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Tells all to stop.
    pub fn stop(&self) {
        self.stop
            .lock()
            .expect("no thread panics while it stops the tails")
            .take();
    }
}

impl DrainPass {
    /// What `reading` comes to, or `None` where the tails are told to stop before.
    pub async fn until_stopped<T>(&self, reading: impl Future<Output = T>) -> Option<T> {
        match select(pin!(reading), pin!(self.stopped.recv())).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }
}

impl Drop for DrainPass {
    fn drop(&mut self) {
        self.count.reading.fetch_sub(1, Ordering::SeqCst);
        self.count
            .outside
            .fetch_sub(u64::from(self.is_outside), Ordering::SeqCst);
        self.count.ended.wake();
    }
}

//! The signals that end the program.
//!
//! Owns waiting for them, and what becomes of those that nobody heeds: once one of them was waited for, the system leaves
//! all that follow to the program. Does not own what is done by whoever heeds them.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_signal::{Signal, Signals};
use futures::StreamExt as _;

use super::process;

/// How many heed signals now.
static HEEDING: AtomicUsize = AtomicUsize::new(0);

/// How many signals were heeded so far.
static HEEDED: AtomicUsize = AtomicUsize::new(0);

/// How often it is looked whether a signal was heeded.
const LOOK: Duration = Duration::from_millis(5);

/// The code of a program that was left in a hurry, as a shell has it for `Ctrl-C`.
const LEFT: i32 = 130;

/// Whoever heeds signals, for as long as it lives.
#[derive(Debug)]
pub struct Heeding(());

impl Heeding {
    /// From now on.
    pub fn begin() -> Self {
        HEEDING.fetch_add(1, Ordering::SeqCst);
        Self(())
    }

    /// The next signal to end the program: `Ctrl-C`, `SIGTERM`, or never where the system gives no such signals.
    pub async fn next(&self) -> &'static str {
        let name = match signals() {
            Some(mut signals) => signals.next().await,
            None => None,
        };
        let Some(name) = name else {
            return std::future::pending().await;
        };
        HEEDED.fetch_add(1, Ordering::SeqCst);
        name
    }
}

impl Drop for Heeding {
    fn drop(&mut self) {
        HEEDING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Leaves wiretale at a signal that nobody heeds. Must be called when the runtime has been started.
pub fn leave_unheeded() {
    super::spawn(async {
        let Some(signals) = signals() else { return };
        let mut signals = pin!(signals);
        let mut heeded = HEEDED.load(Ordering::SeqCst);
        while signals.next().await.is_some() {
            // Whoever heeds it may not have been woken yet.
            while HEEDING.load(Ordering::SeqCst) > 0 && HEEDED.load(Ordering::SeqCst) == heeded {
                super::pause(LOOK).await;
            }
            let now = HEEDED.load(Ordering::SeqCst);
            if now == heeded {
                process::quit(LEFT);
            }
            heeded = now;
        }
    });
}

/// The signals as they come, by their names.
fn signals() -> Option<impl futures::Stream<Item = &'static str> + Send + Unpin> {
    let signals = Signals::new([Signal::Int, Signal::Term]).ok()?;
    Some(signals.filter_map(|signal| {
        std::future::ready(signal.ok().map(|signal| match signal {
            Signal::Int => "Ctrl-C",
            _ => "SIGTERM",
        }))
    }))
}

//! Disturbing when tasks run, so that what hangs on it shows.
//!
//! Owns putting off a task's turn: not at all, behind all others that are ready, or for a part of a millisecond. A task
//! that is put off is one that a loaded machine would run later, no more: nothing is lost and nothing comes twice. Does not
//! own what comes of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::draw;

static ON: AtomicBool = AtomicBool::new(false);
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// The longest that a turn is put off, in microseconds: several exchanges on loopback take as long.
const LONGEST: u64 = 500;

/// Puts off the turns of all tasks that are spawned from here on, by chance that is another one in each program.
pub fn disturb() {
    DRAWN.store(draw::fresh_seed(), Ordering::Relaxed);
    ON.store(true, Ordering::Relaxed);
}

/// A task whose turns are put off while [`disturb`] holds.
pub(super) struct Jittered<F> {
    work: Pin<Box<F>>,
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// The task, put off where that is asked for.
pub(super) async fn jittered<F: Future + Send>(work: F) -> F::Output {
    if ON.load(Ordering::Relaxed) {
        let work = Box::pin(work);
        return Jittered { work, pause: None }.await;
    }
    work.await
}

impl<F: Future> Future for Jittered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match &mut self.pause {
            Some(pause) => {
                if pause.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.pause = None;
            }
            None => match draw() {
                // A turn in eight waits, one in four lets others go first.
                (0, microseconds) => {
                    let mut pause = Box::pin(async_std::task::sleep(Duration::from_micros(microseconds)));
                    if pause.as_mut().poll(cx).is_pending() {
                        self.pause = Some(pause);
                        return Poll::Pending;
                    }
                }
                (1 | 2, _) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                _ => {}
            },
        }
        self.work.as_mut().poll(cx)
    }
}

/// A number below 8, and one up to [`LONGEST`] (SplitMix64, Steele, Lea and Flood 2014).
fn draw() -> (u64, u64) {
    let mut z = DRAWN.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z % 8, (z >> 3) % LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_is_put_off_gives_what_it_gives() {
        let work = async {
            let mut sum = 0;
            for n in 0..100 {
                async_std::task::yield_now().await;
                sum += n;
            }
            sum
        };
        let work = Jittered {
            work: Box::pin(work),
            pause: None,
        };
        assert_eq!(async_std::task::block_on(work), 4950);
    }

    #[test]
    fn every_kind_of_turn_is_drawn() {
        let drawn: std::collections::BTreeSet<u64> = (0..1000).map(|_| draw().0).collect();
        assert_eq!(drawn.len(), 8);
        assert!((0..1000).all(|_| draw().1 < LONGEST));
    }
}

//! Trying again: the `retry` of a step.
//!
//! Owns how often, the pauses between, and that a failed attempt leaves no connection open that it opened itself: the next
//! one opens it again. What a failed attempt received stays taken.

use std::sync::Arc;
use std::time::Duration;

use super::connection::Link;
use super::failure::{Halt, Outcome};
use super::hear::Heard;
use super::strand::Strand;
use crate::plan::step::{Retry, Step};
use crate::runtime::Waiting;
use crate::units::LONGEST;

impl Strand {
    pub(super) async fn attempts(&mut self, step: &Step, retry: &Retry) -> Outcome {
        let mut pause = retry.every;
        self.refused = None;
        for _ in 1..retry.times {
            let before: Vec<Arc<Link>> = self.connections.iter().map(|open| Arc::clone(&open.link)).collect();
            match self.attempt(step).await {
                Err(Halt::Failed(_)) => {
                    self.close_all_but(&before);
                    self.leave_spent(step.id);
                }
                other => return other,
            }
            let alarm = self.world.pulse.now().after(pause, 0, true);
            if matches!(self.hear(&mut [], &[], Waiting::Step, Some(alarm)).await?, Heard::Cut) {
                return Err(Halt::Cut);
            }
            pause = multiplied(pause, retry.factor);
        }
        self.attempt(step).await
    }

    fn close_all_but(&mut self, before: &[Arc<Link>]) {
        let kept = |link: &Arc<Link>| before.iter().any(|before| Arc::ptr_eq(before, link));
        let (kept, opened): (Vec<_>, Vec<_>) = std::mem::take(&mut self.connections)
            .into_iter()
            .partition(|open| kept(&open.link));
        self.connections = kept;
        for connection in opened {
            self.hang_up(connection, None, false);
        }
    }
}

/// The next pause; none is longer than what can be written.
fn multiplied(pause: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(pause.as_secs_f64() * factor).map_or(LONGEST, |pause| pause.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_by_its_factor_and_never_beyond_what_can_be_written() {
        let pause = Duration::from_millis(100);
        assert_eq!(multiplied(pause, 2.0), Duration::from_millis(200));
        assert_eq!(multiplied(pause, 0.0), Duration::ZERO);
        assert_eq!(multiplied(pause, 1e300), LONGEST);
        assert_eq!(multiplied(LONGEST, f64::MAX), LONGEST);
    }
}

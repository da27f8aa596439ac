//! How testing is watched while it goes on.
//!
//! Owns a line for each case that has come to its end, and on a terminal one line below for what still runs. Does not own
//! what is said when all is over (`report`).

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report;
use crate::report::tested::{Status, Tested};
use crate::suite::Progress;

/// How often the line for what runs is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// Tells a person how testing goes.
#[derive(Debug)]
pub(super) struct Watched {
    bar: ProgressBar,
    running: Mutex<BTreeMap<String, (Instant, u32)>>,
    quiet: bool,
    /// Whether standard output belongs to a report.
    aside: bool,
}

impl Watched {
    /// Of so many cases.
    pub(super) fn of(cases: usize, quiet: bool, aside: bool) -> Self {
        let shown = io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(cases as u64), target);
        let style = ProgressStyle::with_template("{spinner} {pos} of {len}  {wide_msg}");
        bar.set_style(style.expect("the template is sound"));
        if shown {
            bar.enable_steady_tick(TICK);
        }
        Self {
            bar,
            running: Mutex::default(),
            quiet,
            aside,
        }
    }

    /// Nothing runs any more.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// The cases that run, the longest first.
    fn show(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut longest: Vec<_> = running.iter().collect();
        longest.sort_by_key(|(_, (since, _))| *since);
        let told: Vec<String> = longest
            .into_iter()
            .map(|(name, (since, attempt))| {
                let seconds = since.elapsed().as_secs();
                let again = if *attempt > 1 {
                    format!(", attempt {attempt}")
                } else {
                    String::new()
                };
                if seconds == 0 {
                    format!("{name}{again}")
                } else {
                    format!("{name} ({seconds} s{again})")
                }
            })
            .collect();
        self.bar.set_message(told.join(", "));
    }

    /// Prints above the line for what runs.
    fn print(&self, line: &str) {
        self.bar.suspend(|| {
            // That nobody reads it any more is no reason to stop.
            let _ = if self.aside {
                anstream::stderr().write_all(line.as_bytes())
            } else {
                anstream::stdout().write_all(line.as_bytes())
            };
        });
    }
}

impl Progress for Watched {
    fn begins(&self, name: &str, attempt: u32) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), (Instant::now(), attempt));
        self.show();
    }

    fn ends(&self, tested: &Tested) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&tested.name);
        self.bar.inc(1);
        if !self.quiet || tested.status != Status::Passed {
            let word = report::painted(tested.status, &format!("{:>12}", tested.status.word()), true);
            let repeated = tested
                .repeated
                .as_ref()
                .map(|repeated| format!(" ({})", report::counted(repeated)));
            let repeated = repeated.unwrap_or_default();
            self.print(&format!(
                "{word} {:>7.2} s  {}{repeated}\n",
                tested.time.as_secs_f64(),
                tested.name
            ));
        }
        self.show();
    }
}

//! A census: how many diagrams a case has when it is played again and again.
//!
//! Owns playing it, counting its diagrams, and keeping one of each with its trace. Does not own what would settle which of
//! them it is (`report`).

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::case::Case;
use super::results::{about, write_whole};
use super::stop::Stop;
use super::test::{Progress, TestOptions, test};
use crate::baseline::{Baseline, compare};
use crate::report;
use crate::report::tested::{Repeated, RepeatedDiagram, Status, Tested};

/// The most different diagrams that are kept; of more it is said how many there were.
const MOST_KEPT: usize = 20;

/// Plays a case as often as is asked for, and tells what came of it all: the worst of its runs, and its diagrams.
pub(super) fn census(case: &Case, options: &TestOptions, progress: &dyn Progress, stop: &Stop) -> Tested {
    let mut seen = Seen::default();
    let mut worst: Option<Tested> = None;
    for run in 1..=options.repeat {
        if stop.is_set() && run > 1 {
            break;
        }
        progress.begins(case.called(), run);
        let mut tested = test(case, options, stop.is_listening());
        if matches!(tested.status, Status::NotRun | Status::Skipped) {
            worst.get_or_insert(tested);
            break;
        }
        if let Err(error) = seen.add(&options.results.last(case.called()), &tested) {
            tested.status = Status::Error;
            tested.reason = format!("cannot keep the diagram of run {run}: {error}");
        }
        let time = worst.as_ref().map_or(tested.time, |worst| worst.time + tested.time);
        let is_worse = worst.as_ref().is_none_or(|worst| tested.status > worst.status);
        let kept = match worst.take() {
            Some(worst) if !is_worse => worst,
            _ => tested,
        };
        let over = matches!(kept.status, Status::Wrong | Status::Error);
        worst = Some(Tested { time, ..kept });
        if over {
            break;
        }
    }
    let mut tested = worst.expect("a case is played once at least");
    tested.repeated = Some(seen.told(&tested));
    // Several diagrams of which none is approved are as much a failure as another one than the approved one.
    let several = tested
        .repeated
        .as_ref()
        .is_some_and(|repeated| repeated.diagrams.len() > 1);
    if several && tested.status == Status::New {
        tested.status = Status::Differs;
    }
    tested
}

/// The diagrams that were seen, in the order in which they were.
#[derive(Default)]
struct Seen {
    places: HashMap<String, usize>,
    kinds: Vec<Kind>,
    runs: u32,
    more: u32,
}

struct Kind {
    file: PathBuf,
    text: String,
    runs: u32,
    approved: bool,
}

impl Seen {
    /// Counts the diagram of the run that has left this folder.
    fn add(&mut self, last: &Path, tested: &Tested) -> io::Result<()> {
        self.runs += 1;
        let path = last.join("diagram.mmd");
        let text = fs::read_to_string(&path).map_err(|error| about(&path, error))?;
        if let Some(place) = self.places.get(&text) {
            self.kinds[*place].runs += 1;
            return Ok(());
        }
        if self.kinds.len() == MOST_KEPT {
            self.more += 1;
            return Ok(());
        }
        let number = self.kinds.len() + 1;
        if number == 1 {
            clear(last)?;
        }
        let file = last.join(format!("{number}.mmd"));
        write_whole(&file, &text)?;
        let trace = last.join(format!("{number}.jsonl"));
        fs::copy(last.join("trace.jsonl"), &trace).map_err(|error| about(&trace, error))?;
        self.places.insert(text.clone(), self.kinds.len());
        self.kinds.push(Kind {
            file,
            text,
            runs: 1,
            approved: matches!(tested.status, Status::Passed),
        });
        Ok(())
    }

    /// What was seen, and how each diagram differs from the first.
    fn told(self, tested: &Tested) -> Repeated {
        let first = self
            .kinds
            .first()
            .and_then(|kind| Baseline::read(kind.text.as_bytes()).ok());
        let mut text = String::new();
        for kind in self.kinds.iter().skip(1) {
            let other = Baseline::read(kind.text.as_bytes()).ok();
            if let (Some(first), Some(other)) = (&first, other)
                && let Some(difference) = compare(&first.diagram, &other.diagram)
            {
                let (from, to) = (self.kinds[0].file.display(), kind.file.display());
                // Writing to a string cannot fail.
                let _ = writeln!(text, "from {from} to {to}:");
                text.push_str(&report::difference(&difference, false));
                text.push_str(&report::advice(&difference, &tested.races));
            }
        }
        let kinds = self.kinds.into_iter().map(|kind| RepeatedDiagram {
            file: kind.file.display().to_string(),
            runs: kind.runs,
            approved: kind.approved,
        });
        Repeated {
            runs: self.runs,
            diagrams: kinds.collect(),
            more: self.more,
            text,
        }
    }
}

/// Takes away what an earlier census left.
fn clear(last: &Path) -> io::Result<()> {
    for number in 1..=MOST_KEPT {
        for ending in ["mmd", "jsonl"] {
            let path = last.join(format!("{number}.{ending}"));
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(about(&path, error)),
                _ => {}
            }
        }
    }
    Ok(())
}

//! Playing a scenario that is text, without leaving anything on the disk.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::case::CaseError;
use super::drawing::{self, Drawing};
use super::judging;
use crate::actor::StandIns;
use crate::diagram::Detail;
use crate::plan::{Overrides, Plan};
use crate::run::{self, Options, Outcome};
use crate::runtime;
use crate::scenario::{LoadError, load_text};
use crate::trace::judgement::Amended;
use crate::trace::reader::TraceSource;

/// A scenario that was played from its text.
#[derive(Debug)]
pub struct Told {
    /// How it went.
    pub outcome: Outcome,
    /// What it looks like.
    pub drawing: Drawing,
    /// Its trace, as it would stand in a file.
    pub trace: Vec<u8>,
}

/// Plays a scenario from its text, and waits for its end; of several cases the first. It can refer to no files. `name` is what errors and the
/// diagram call it.
///
/// Blocks the thread: it is not for use inside a task. What starts first sets the number of threads, here one.
pub fn play(name: &str, text: &str, detail: Detail) -> Result<Told, CaseError> {
    play_with(name, text, detail, StandIns::new())
}

/// As [`play`], with code that plays some of the actors.
pub fn play_with(name: &str, text: &str, detail: Detail, stand_ins: StandIns) -> Result<Told, CaseError> {
    let (scenario, sources) = load_text(name, text)?;
    let plan = match Plan::compile(name, &scenario, &sources, &Overrides::default()) {
        Ok(plan) => Arc::new(plan),
        Err(mistakes) => return Err(LoadError::Mistakes { mistakes, sources }.into()),
    };
    played(name, plan, detail, stand_ins)
}

/// Plays a plan in memory.
pub(super) fn played(name: &str, plan: Arc<Plan>, detail: Detail, stand_ins: StandIns) -> Result<Told, CaseError> {
    runtime::start(1);
    let written = Memory::default();
    let options = Options {
        trace: Box::new(written.clone()),
        flip: None,
        stand_ins,
        signals: false,
        outputs: None,
    };
    let mut outcome = runtime::block_on(run::run(Arc::clone(&plan), options))?;
    let mut trace = written.taken();
    let path = || PathBuf::from(name);
    let opened = |trace: &[u8]| {
        TraceSource::from_bytes(trace.to_owned()).map_err(|error| CaseError::Trace { path: path(), error })
    };
    let drawn = |error| CaseError::Draw { path: path(), error };
    let mut source = opened(&trace)?;
    if let Some(Amended { from, lines }) = judging::judge(&plan, &mut outcome, &source).map_err(drawn)? {
        trace.truncate(usize::try_from(from).unwrap_or(usize::MAX));
        trace.extend(lines);
        source = opened(&trace)?;
    }
    let drawing = drawing::draw(&source, detail).map_err(drawn)?;
    Ok(Told {
        outcome,
        drawing,
        trace,
    })
}

/// What was written, for whoever gave the other half away.
#[derive(Clone, Debug, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().expect("no thread panics while it writes"))
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no thread panics while it writes")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{FindingKind, Verdict};

    fn text(steps: &str) -> String {
        format!(
            r#"{{ "actors": {{
                "Client": {{ "script": [ {{ "connect": "Server" }}, {{ "connect": "Server", "as": "second" }} {steps} ] }},
                "Server": {{ "listen": "tcp", "script": [ {{ "accept": true }} ] }} }} }}"#
        )
    }

    #[test]
    fn a_connection_that_nobody_accepts_does_not_hold_up_the_run() {
        let told = play("twice.json", &text(""), Detail::Messages).unwrap();
        assert_eq!((told.outcome.verdict, told.outcome.cut), (Verdict::Pass, None));
        let waits = r#", { "receive": "hello", "on": "second" }"#;
        let told = play("twice.json", &text(waits), Detail::Messages).unwrap();
        assert_eq!(told.outcome.findings[0].kind, FindingKind::Standstill);
    }

    #[test]
    fn a_timeout_bounds_the_branches_of_a_parallel() {
        let text =
            r#"{ "actors": { "A": { "script": [ { "parallel": [ [ { "wait": "1m" } ] ], "timeout": "20ms" } ] } } }"#;
        let told = play("parallel.json", text, Detail::Messages).unwrap();
        assert_eq!(told.outcome.findings[0].kind, FindingKind::Timeout);
    }

    #[test]
    fn mistakes_in_the_text_are_told_with_their_places() {
        let error = play("wrong.json", r#"{ "actor": {} }"#, Detail::Messages).unwrap_err();
        assert!(error.to_string().starts_with("wrong.json:1:"), "{error}");
    }
}

//! `wiretale run`: plays scenarios and draws what happened.

use std::path::Path;

use super::args::{RunArgs, Seed};
use super::check::told;
use super::exit::Exit;
use super::output::{self, complain, say};
use crate::finding::Verdict;
use crate::run::RunError;
use crate::suite::{Case, CaseError, Played};
use crate::trace::reader::TraceSource;
use crate::{draw, report, runtime};

/// Plays all files, one after another, and gives the worst of their exit codes.
pub(super) fn run(args: &RunArgs) -> Exit {
    if let (Some(output), 2..) = (&args.output.output, args.files.len()) {
        let count = args.files.len();
        complain(&format!(
            "{} holds the diagram of one scenario, not of {count}",
            output.display()
        ));
        return Exit::Wrong;
    }
    if let Err(error) = output::format(&args.output) {
        complain(&error);
        return Exit::Wrong;
    }
    runtime::start(args.threads.into());
    let seed = args.seed.map(|seed| match seed {
        Seed::Number(seed) => seed,
        Seed::Random => {
            let seed = draw::fresh_seed();
            say(&format!("seed {seed}\n"));
            seed
        }
    });
    // All are checked before any is played.
    let mut cases = Vec::with_capacity(args.files.len());
    let mut exit = Exit::Passed;
    for file in &args.files {
        match Case::load(
            file,
            &args.scenario.load_options(),
            &args.scenario.overrides(seed, args.timeout),
        ) {
            Ok(case) => cases.push((file, case)),
            Err(error) => exit = exit.max(told(&error)),
        }
    }
    if exit != Exit::Passed {
        return exit;
    }
    for (file, case) in cases {
        exit = exit.max(match play(&case, args) {
            Ok(played) => tell(file, &case, &played, args),
            Err(error) => failed(file, &error),
        });
    }
    exit
}

fn play(case: &Case, args: &RunArgs) -> Result<Played, CaseError> {
    let detail = args.output.detail.into();
    let played = runtime::block_on(case.play(&args.results, detail, None, true))?;
    let Some(number) = args.flip else { return Ok(played) };
    let flip = Case::flip(&played, number)?;
    runtime::block_on(case.play(&args.results, detail, Some(flip), true))
}

/// Tells how a case went: the diagram on standard output, all else on standard error.
fn tell(file: &Path, case: &Case, played: &Played, args: &RunArgs) -> Exit {
    let verdict = played.outcome.verdict;
    let mut exit = Exit::from(verdict);
    if !args.quiet || args.output.output.is_some() {
        exit = exit.max(output::diagram(&played.drawing.diagram, &args.output));
    }
    say(&report::findings(&played.outcome.findings));
    if let Some(cut) = &played.outcome.cut {
        complain(&format!(
            "{}: the run was cut by {cut}; its diagram is not to be compared",
            file.display()
        ));
    }
    if !args.quiet {
        if let Ok(trace) = TraceSource::open(&played.trace) {
            say(&report::races(&played.drawing.races, trace.header()));
        }
        let word = match verdict {
            Verdict::None | Verdict::Pass => "passed",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Fail => "failed",
            Verdict::Error => "error",
        };
        say(&format!(
            "{}: {word}; its trace is {}\n",
            case.plan.name,
            played.trace.display()
        ));
    }
    exit
}

/// Tells why a case could not be played.
fn failed(file: &Path, error: &CaseError) -> Exit {
    match error {
        CaseError::Load(error) => return told(error),
        CaseError::Run(RunError::Listen { place, .. }) => {
            complain(&format!("{}:{}:{}: {error}", place.file, place.line, place.column));
            say("    help      port 0 takes a free one\n");
        }
        CaseError::Flip(_) => {
            complain(&format!("{}: {error}", file.display()));
            return Exit::Wrong;
        }
        CaseError::Results { .. } => {
            complain(&format!("{}: {error}", file.display()));
            say("    help      `--results DIR` names another folder\n");
        }
        _ => complain(&format!("{}: {error}", file.display())),
    }
    Exit::Other
}

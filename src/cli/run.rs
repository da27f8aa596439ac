//! `wiretale run`: plays scenarios and draws what happened.

use std::path::{Path, PathBuf};

use super::args::{RunArgs, Seed};
use super::check::told;
use super::exit::Exit;
use super::output::{self, complain, say};
use crate::run::RunError;
use crate::scenario::mistake::nearest;
use crate::suite::{Case, CaseError, Played};
use crate::trace::reader::TraceSource;
use crate::{report, runtime};

/// Plays all files, one after another, and gives the worst of their exit codes.
pub(super) fn run(args: &RunArgs) -> Exit {
    if let (Some(output), 2..) = (&args.output.output, args.files.len()) {
        return one_alone(output, "scenario", args.files.len());
    }
    if let Err(error) = output::format(&args.output) {
        complain(&error);
        return Exit::Wrong;
    }
    runtime::start(args.threads.into());
    runtime::leave_unheeded();
    let seed = args.seed.map(Seed::number);
    // All are checked before any is played.
    let mut cases = Vec::with_capacity(args.files.len());
    let mut exit = Exit::Passed;
    for file in &args.files {
        match Case::load(
            file,
            &args.scenario.load_options(),
            &args.scenario.overrides(seed, args.timeout),
        ) {
            Ok(all) => cases.extend(all.into_iter().map(|case| (file, case))),
            Err(error) => exit = exit.max(told(&error)),
        }
    }
    if exit != Exit::Passed {
        return exit;
    }
    if let Err(error) = choose(&mut cases, &args.cases) {
        complain(&error);
        return Exit::Wrong;
    }
    if let (Some(output), 2..) = (&args.output.output, cases.len()) {
        let exit = one_alone(output, "case", cases.len());
        say("    help      `--case NAME` plays one of them\n");
        return exit;
    }
    for (file, case) in cases {
        let (told, ends) = match play(&case, args) {
            Ok(played) => (tell(file, &case, &played, args), played.outcome.was_asked_to_end()),
            Err(error) => (failed(&called(file, &case), &error), false),
        };
        exit = exit.max(told);
        // Whoever ends one does not want the next.
        if ends {
            break;
        }
    }
    exit
}

/// Refuses to write several diagrams to one file.
fn one_alone(output: &Path, what: &str, count: usize) -> Exit {
    complain(&format!(
        "{} holds the diagram of one {what}, not of {count}",
        output.display()
    ));
    Exit::Wrong
}

/// Leaves the cases of these names; all where no name is given.
fn choose(cases: &mut Vec<(&PathBuf, Case)>, names: &[String]) -> Result<(), String> {
    if names.is_empty() {
        return Ok(());
    }
    let known: Vec<&str> = cases.iter().filter_map(|(_, case)| case.name()).collect();
    if known.is_empty() {
        return Err("`--case` needs a scenario with `data`, whose rows are its cases".to_owned());
    }
    for name in names {
        if !known.contains(&name.as_str()) {
            let near = nearest(name, known.iter().copied());
            let help = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(format!("no case is called `{name}`{help}"));
        }
    }
    cases.retain(|(_, case)| case.name().is_some_and(|own| names.iter().any(|name| name == own)));
    Ok(())
}

/// What messages call a case: the file as it was named, or `NAME.CASE`.
fn called(file: &Path, case: &Case) -> String {
    match case.name() {
        None => file.display().to_string(),
        Some(name) => format!("{}.{name}", stem(file)),
    }
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
    let judged = played.outcome.judged();
    let mut exit = Exit::from(judged);
    if !args.quiet || args.output.output.is_some() {
        exit = exit.max(output::diagram(&played.drawing.diagram, &args.output));
    }
    say(&report::findings(&played.outcome.findings));
    if let Some(cut) = &played.outcome.cut {
        complain(&format!(
            "{}: the run was cut by {cut}; its diagram is not to be compared",
            called(file, case)
        ));
    }
    let strict = args.strict_races && !played.drawing.races.races.is_empty();
    if (!args.quiet || strict)
        && let Ok(trace) = TraceSource::open(&played.trace)
    {
        say(&report::races(&played.drawing.races, trace.header()));
    }
    if strict {
        complain(&format!(
            "{}: it predicts a race, which `--strict-races` does not let pass",
            called(file, case)
        ));
        exit = exit.max(Exit::Failed);
    }
    // What was found is the same in several cases, so that it is said which of them it was.
    if !args.quiet || (case.name().is_some() && exit != Exit::Passed) {
        say(&format!(
            "{}: {}; its trace is {}\n",
            case.name().map_or_else(|| stem(file), |_| called(file, case)),
            judged.word(),
            played.trace.display()
        ));
    }
    exit
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Tells why a case could not be played.
fn failed(called: &str, error: &CaseError) -> Exit {
    match error {
        CaseError::Load(error) => return told(error),
        CaseError::Run(RunError::Listen { place, .. }) => {
            complain(&format!("{}:{}:{}: {error}", place.file, place.line, place.column));
            say("    help      port 0 takes a free one\n");
        }
        CaseError::Run(RunError::NotInstalled { place, .. }) => {
            complain(&format!("{}:{}:{}: {error}", place.file, place.line, place.column));
        }
        CaseError::Run(RunError::Program { place, help, .. }) => {
            complain(&format!("{}:{}:{}: {error}", place.file, place.line, place.column));
            if let Some(help) = help {
                say(&format!("    help      {help}\n"));
            }
        }
        CaseError::Flip(_) => {
            complain(&format!("{called}: {error}"));
            return Exit::Wrong;
        }
        CaseError::Results { .. } => {
            complain(&format!("{called}: {error}"));
            say("    help      `--results DIR` names another folder\n");
        }
        _ => complain(&format!("{called}: {error}")),
    }
    Exit::Other
}

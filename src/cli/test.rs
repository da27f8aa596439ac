//! `wiretale test`: plays scenarios and compares what they draw with what is approved.

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use super::args::Seed;
use super::args_test::TestArgs;
use super::exit::Exit;
use super::output::{complain, say};
use super::progress::Watched;
use super::watch;
use crate::report::tested::{Status, Summary};
use crate::suite::{FindError, Results, Stop, TestOptions, Tests, find};
use crate::{report, runtime};

/// How long another program is waited for that plays into the same results.
const PATIENCE: Duration = Duration::from_secs(600);

/// Tests everything that is asked for.
pub(super) fn test(args: &TestArgs) -> Exit {
    if let Err(error) = report::refuse_clashes(&args.reports) {
        complain(&error);
        return Exit::Wrong;
    }
    let select = match args.select() {
        Ok(select) => select,
        Err(error) => {
            complain(&error);
            return Exit::Wrong;
        }
    };
    let options = options(args);
    runtime::start(options.jobs);
    if args.jitter {
        runtime::disturb();
    }
    if args.watch {
        return watch::watch(args, &select, &options);
    }
    let found = match find(&args.paths) {
        Ok(found) => found,
        Err(error) => return nothing(&error),
    };
    let tests = match Tests::load(&found, select, &options) {
        Ok(tests) => tests,
        Err(error) => {
            complain(&format!("cannot read the results: {error}"));
            return Exit::Other;
        }
    };
    let (summary, told) = play(args, &tests, &options, &Stop::on_signal());
    let mut exit = told.max(Exit::of(&summary, args.ci));
    for error in report::write(&summary, &args.reports, args.ci)
        .err()
        .unwrap_or_default()
    {
        complain(&error.to_string());
        exit = exit.max(Exit::Other);
    }
    exit
}

/// Plays, shows how it goes, and tells what came of it; also whether that could be told.
pub(super) fn play(args: &TestArgs, tests: &Tests, options: &TestOptions, stop: &Stop) -> (Summary, Exit) {
    // A report on standard output is alone there.
    let aside = args.reports.iter().any(report::ReportTo::is_on_output);
    let patience = Instant::now() + PATIENCE;
    let waits = || say("another wiretale plays into this folder of results; waiting for its end\n");
    let alone = options
        .results
        .alone(waits, || stop.is_set() || Instant::now() > patience);
    // Where there can be no such file, each case says what it could not write.
    if let Ok(None) = alone {
        complain("another wiretale plays into this folder of results; `--results DIR` names another one");
        return (Summary::default(), Exit::Other);
    }
    let progress = Watched::of(tests.len(), args.quiet, aside);
    let summary = tests.run(options, &progress, stop);
    progress.end();
    let mut text = String::new();
    for tested in &summary.tested {
        let tells = !tested.status.is_success() && tested.status != Status::NotRun;
        let several = tested
            .repeated
            .as_ref()
            .is_some_and(|repeated| repeated.diagrams.len() > 1);
        if tells || several || tested.status == Status::Flaky || (!args.quiet && !tested.races.is_empty()) {
            text.push('\n');
            text.push_str(&report::told(tested));
        }
    }
    if !args.quiet || !text.is_empty() || summary.tested.iter().any(|tested| tested.status != Status::Passed) {
        text.push('\n');
        text.push_str(&report::summary(&summary, true));
    }
    let written = match aside {
        true => anstream::stderr().write_all(text.as_bytes()),
        false => anstream::stdout().write_all(text.as_bytes()),
    };
    let told = match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write what came of it: {error}"));
            Exit::Other
        }
        _ => Exit::Passed,
    };
    (summary, told)
}

/// Tells why there is nothing to test.
pub(super) fn nothing(error: &FindError) -> Exit {
    complain(&error.to_string());
    if matches!(error, FindError::Nothing(_) | FindError::Io(_)) {
        say("    help      `wiretale init` writes a first scenario; PATH names another folder or file\n");
    }
    Exit::Wrong
}

fn options(args: &TestArgs) -> TestOptions {
    let seed = args.seed.map(Seed::number);
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    TestOptions {
        results: Results::at(&args.results),
        load: args.scenario.load_options(),
        overrides: args.scenario.overrides(seed, args.timeout),
        jobs: args.jobs.map_or_else(cores, usize::from),
        repeat: args.repeat,
        flip: args.flip,
        retries: args.retries,
        fail_fast: args.fail_fast,
        strict_races: args.strict_races,
        no_skip: args.no_skip,
    }
}

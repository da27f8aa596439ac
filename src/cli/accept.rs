//! `wiretale accept`: approves diagrams.

use super::args_test::AcceptArgs;
use super::exit::Exit;
use super::output::{complain, print};
use crate::suite::{AcceptError, Accepted, Results, accept, given_name};

/// Approves all that are asked for, whatever is wrong with the first.
pub(super) fn run(args: &AcceptArgs) -> Exit {
    let results = Results::at(&args.results);
    let names = match names(&results, &args.names) {
        Ok(names) => names,
        Err(exit) => return exit,
    };
    if names.is_empty() {
        return print("nothing waits for approval\n");
    }
    let mut exit = Exit::Passed;
    for name in names {
        exit = exit.max(match accept(&results, &name, args.another) {
            Ok(accepted) => print(&told(&accepted)),
            Err(error) => refused(&error),
        });
    }
    exit
}

/// The names that are meant: those that are given, or all that wait.
pub(super) fn names(results: &Results, given: &[String]) -> Result<Vec<String>, Exit> {
    if !given.is_empty() {
        return Ok(given.iter().map(|given| given_name(results, given)).collect());
    }
    results.waiting().map_err(|error| {
        complain(&format!("cannot read the results: {error}"));
        Exit::Other
    })
}

pub(super) fn told(accepted: &Accepted) -> String {
    let word = if accepted.new {
        "is approved"
    } else {
        "is approved anew"
    };
    format!("{} {word}: {}\n", accepted.name, accepted.path.display())
}

pub(super) fn refused(error: &AcceptError) -> Exit {
    complain(&error.to_string());
    match error {
        AcceptError::Io { .. } => Exit::Other,
        _ => Exit::Wrong,
    }
}

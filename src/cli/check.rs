//! `wiretale check`: finds every mistake, opens no socket.

use super::args::CheckArgs;
use super::exit::Exit;
use super::output::{colour, complain, print, say};
use crate::scenario::LoadError;
use crate::scenario::render::render;
use crate::suite::Case;

/// Checks all files, whatever is wrong with the first.
pub(super) fn check(args: &CheckArgs) -> Exit {
    let mut exit = Exit::Passed;
    for file in &args.files {
        match Case::load(
            file,
            &args.scenario.load_options(),
            &args.scenario.overrides(None, None),
        ) {
            Ok(_) if args.quiet => {}
            Ok(cases) => {
                let plan = cases.first().map(Case::plan).expect("a scenario has a case");
                let (actors, steps) = (plan.actors.len(), plan.steps.len());
                let each = match cases.as_slice() {
                    [case] if case.name().is_none() => String::new(),
                    [_] => ", with 1 case".to_owned(),
                    several => format!(", with {} cases", several.len()),
                };
                exit = exit.max(print(&format!(
                    "{}: no mistakes in {actors} actors and {steps} steps{each}\n",
                    file.display()
                )));
            }
            Err(error) => exit = exit.max(told(&error)),
        }
    }
    exit
}

/// Tells what is wrong with a scenario, and gives the exit code for it.
pub(super) fn told(error: &LoadError) -> Exit {
    match error {
        LoadError::Mistakes { mistakes, sources } => say(&render(mistakes, sources, colour())),
        LoadError::Io { .. } => complain(&error.to_string()),
    }
    Exit::Wrong
}

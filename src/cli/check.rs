//! `wiretale check`: finds every mistake and warns of what cannot be meant, opens no socket.

use super::args::CheckArgs;
use super::exit::Exit;
use super::levels::Level;
use super::output::{colour, complain, print, say};
use crate::lint::explanation;
use crate::plan::{Overrides, Permissions};
use crate::scenario::LoadError;
use crate::scenario::render::{Title, render, render_titled};
use crate::suite::Checked;

/// Checks all files, whatever is wrong with the first.
pub(super) fn check(args: &CheckArgs) -> Exit {
    if let Some(code) = args.explain {
        return print(&explanation(code).write(code));
    }
    let mut exit = Exit::Passed;
    for file in &args.files {
        let options = args.scenario.load_options();
        // Nothing is played, so that nothing need be allowed.
        let overrides = Overrides {
            permissions: Permissions::unplayed(),
            ..args.scenario.overrides(None, None)
        };
        match Checked::load(file, &options, &overrides) {
            Ok(checked) => {
                let (count, found) = warned(&checked, args);
                exit = exit.max(found);
                if count > 0 || !args.quiet {
                    exit = exit.max(print(&format!("{}: {}\n", file.display(), summary(&checked, count))));
                }
            }
            Err(error) => exit = exit.max(told(&error)),
        }
    }
    exit
}

/// `no mistakes in 2 actors and 7 steps, with 3 cases, 1 warning`.
fn summary(checked: &Checked, warnings: usize) -> String {
    let plan = checked.cases.plan(0);
    let (actors, steps) = (plan.actors.len(), plan.steps.len());
    let cases = match (checked.cases.name(0), checked.cases.len()) {
        (None, _) => String::new(),
        (Some(_), 1) => ", with 1 case".to_owned(),
        (Some(_), several) => format!(", with {several} cases"),
    };
    let warnings = match warnings {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        several => format!(", {several} warnings"),
    };
    format!("no mistakes in {actors} actors and {steps} steps{cases}{warnings}")
}

/// Tells the warnings of a scenario: how many there are, and what they make of the exit code.
fn warned(checked: &Checked, args: &CheckArgs) -> (usize, Exit) {
    let (mut count, mut exit) = (0, Exit::Passed);
    for warning in &checked.warnings {
        let level = args.levels.level(warning.code);
        if level == Level::Allow {
            continue;
        }
        count += 1;
        let title = Title {
            is_error: level == Level::Deny,
            code: warning.code.name(),
        };
        say(&render_titled(
            title,
            &warning.as_mistake(),
            checked.cases.sources(),
            colour(),
        ));
        if title.is_error {
            exit = Exit::Failed;
        }
    }
    (count, exit)
}

/// Tells what is wrong with a scenario, and gives the exit code for it.
pub(super) fn told(error: &LoadError) -> Exit {
    match error {
        LoadError::Mistakes { mistakes, sources } => say(&render(mistakes, sources, colour())),
        LoadError::Io { .. } => complain(&error.to_string()),
    }
    Exit::Wrong
}

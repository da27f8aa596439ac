//! `wiretale diff`: compares two traces or diagrams.

use std::io;
use std::path::Path;

use super::args::Format;
use super::args_diff::DiffArgs;
use super::exit::Exit;
use super::output::{self, complain, print};
use crate::report;
use crate::suite::{Side, SideError, differ};

/// Compares, and shows the difference: in words, or in a form that is asked for as a diagram.
pub(super) fn diff(args: &DiffArgs) -> Exit {
    if is_input(&args.old) && is_input(&args.new) {
        complain("standard input can be one of the two sides");
        return Exit::Wrong;
    }
    if let Err(error) = output::format(&args.output) {
        complain(&error);
        return Exit::Wrong;
    }
    let sides = [&args.old, &args.new].map(|path| open(path));
    let [Ok(old), Ok(new)] = &sides else {
        let wrong = [&args.old, &args.new].into_iter().zip(&sides);
        for (path, error) in wrong.filter_map(|(path, side)| Some((path, side.as_ref().err()?))) {
            let name = called(path);
            match error {
                SideError::Diagram(error) => output::say(&format!("wiretale: {}", error.show(&name))),
                error => complain(&format!("{name}: {error}")),
            }
        }
        return Exit::Wrong;
    };
    let difference = match differ(old, new, args.output.detail.into()) {
        Ok(difference) => difference,
        Err((place, error)) => {
            let path = if place == 0 { &args.old } else { &args.new };
            complain(&format!("cannot draw {}: {error}", called(path)));
            return Exit::Wrong;
        }
    };
    let Some(difference) = difference else {
        return Exit::Passed;
    };
    let as_words = match (&args.output.format, &args.output.output) {
        (None, None) => true,
        (Some(Format::Text), _) => true,
        (None, Some(path)) => path.extension().is_some_and(|ending| ending == "txt"),
        _ => false,
    };
    let shown = match (as_words, &args.output.output) {
        (false, _) => output::diagram(&difference.diagram(), &args.output),
        (true, None) => print(&report::difference(&difference, output::colour_of_output())),
        (true, Some(path)) => match std::fs::write(path, report::difference(&difference, false)) {
            Ok(()) => Exit::Passed,
            Err(error) => {
                complain(&format!("cannot write {}: {error}", path.display()));
                Exit::Other
            }
        },
    };
    shown.max(Exit::Failed)
}

fn open(path: &Path) -> Result<Side, SideError> {
    if is_input(path) {
        return Side::read(io::stdin().lock());
    }
    Side::open(path)
}

fn is_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn called(path: &Path) -> String {
    match is_input(path) {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    }
}

//! Where output goes, and how it looks there.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::args::{Format, OutputArgs};
use super::exit::Exit;
use crate::diagram::{Diagram, json, mermaid, svg, text};
use crate::scenario::render::Colour;

/// Prints to standard output; that nobody reads it any more is no error.
pub(super) fn print(text: &str) -> Exit {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::Passed,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Passed,
        Err(error) => {
            complain(&format!("cannot write to standard output: {error}"));
            Exit::Other
        }
    }
}

/// Says on standard error what is wrong.
pub(super) fn complain(text: &str) {
    // Where even this cannot be said, the exit code says it.
    let _ = writeln!(anstream::stderr(), "wiretale: {}", text.trim_end());
}

/// Says something on standard error.
pub(super) fn say(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Whether errors are coloured: on a terminal, unless `NO_COLOR` says otherwise.
pub(super) fn colour() -> Colour {
    match anstream::AutoStream::choice(&io::stderr()) {
        anstream::ColorChoice::Never => Colour::Never,
        _ => Colour::Always,
    }
}

/// Writes a diagram where the arguments say, in the form they say.
pub(super) fn diagram(diagram: &Diagram, args: &OutputArgs) -> Exit {
    let terminal = args.output.is_none() && io::stdout().is_terminal();
    let drawn = match args.format.unwrap_or_else(|| usual(args.output.as_deref(), terminal)) {
        Format::Mermaid => Ok(mermaid::write(diagram)),
        Format::Json => Ok(json::write(diagram)),
        Format::Svg => svg::write(diagram),
        Format::Text => text::write(diagram, terminal.then(width).flatten()),
    };
    let mut drawn = match drawn {
        Ok(drawn) => drawn,
        Err(error) => {
            complain(&format!("cannot draw: {error}; `--format mermaid` always can"));
            return Exit::Other;
        }
    };
    if !drawn.ends_with('\n') {
        drawn.push('\n');
    }
    diagram.remarks.iter().for_each(|remark| complain(remark));
    match &args.output {
        None => print(&drawn),
        Some(path) => match std::fs::write(path, drawn) {
            Ok(()) => Exit::Passed,
            Err(error) => {
                complain(&format!("cannot write {}: {error}", path.display()));
                Exit::Other
            }
        },
    }
}

/// The form where none is asked for.
fn usual(output: Option<&Path>, terminal: bool) -> Format {
    match output.and_then(Path::extension).and_then(|ending| ending.to_str()) {
        Some("svg") => Format::Svg,
        Some("json") => Format::Json,
        Some("txt") => Format::Text,
        _ if terminal => Format::Text,
        _ => Format::Mermaid,
    }
}

fn width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

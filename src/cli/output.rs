//! Where output goes, and how it looks there.

use std::io::{self, IsTerminal, Write};

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

/// Whether what goes to standard output is coloured.
pub(super) fn colour_of_output() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Writes a diagram where the arguments say, in the form they say.
pub(super) fn diagram(diagram: &Diagram, args: &OutputArgs) -> Exit {
    let terminal = args.output.is_none() && io::stdout().is_terminal();
    let format = match format(args) {
        Ok(format) => format,
        Err(error) => {
            complain(&error);
            return Exit::Wrong;
        }
    };
    let drawn = match format {
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

/// The form that the arguments ask for; what is wrong with them is known before anything is played.
pub(super) fn format(args: &OutputArgs) -> Result<Format, String> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    let Some(path) = &args.output else {
        return Ok(if io::stdout().is_terminal() {
            Format::Text
        } else {
            Format::Mermaid
        });
    };
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("mmd" | "mermaid") | None => Ok(Format::Mermaid),
        Some("svg") => Ok(Format::Svg),
        Some("json") => Ok(Format::Json),
        Some("txt") => Ok(Format::Text),
        Some(other) => Err(format!(
            "no diagram is written as `.{other}`; `.mmd`, `.svg`, `.json` and `.txt` are, or say `--format`"
        )),
    }
}

fn width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

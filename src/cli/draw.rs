//! `wiretale draw`: draws a trace that a run left.

use super::args::DrawArgs;
use super::exit::Exit;
use super::output::{self, complain};
use crate::suite;
use crate::trace::reader::TraceSource;

/// Draws a trace; one that breaks off is drawn up to where it does.
pub(super) fn draw(args: &DrawArgs) -> Exit {
    let drawn = TraceSource::open(&args.trace)
        .map_err(suite::DrawError::from)
        .and_then(|trace| suite::draw(&trace, args.output.detail.into()));
    match drawn {
        Ok(drawing) => output::diagram(&drawing.diagram, &args.output),
        Err(error) => {
            complain(&format!("cannot draw {}: {error}", args.trace.display()));
            Exit::Wrong
        }
    }
}

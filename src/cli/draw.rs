//! `wiretale draw`: draws a trace that a run left, or what a capture holds.

use std::path::Path;

use super::args_draw::DrawArgs;
use super::exit::Exit;
use super::output::{self, complain};
use super::record::capture;
use crate::capture::cast::Names;
use crate::suite::{self, Telling};
use crate::trace::reader::TraceSource;

/// Draws a trace; one that breaks off is drawn up to where it does.
pub(super) fn draw(args: &DrawArgs) -> Exit {
    if let Some(file) = &args.pcap {
        return of_capture(file, args);
    }
    let Some(trace) = &args.trace else { return Exit::Wrong };
    let drawn = TraceSource::open(trace)
        .map_err(suite::DrawError::from)
        .and_then(|trace| suite::draw(&trace, args.output.detail.into()));
    match drawn {
        Ok(drawing) => output::diagram(&drawing.diagram, &args.output),
        Err(error) => {
            complain(&format!("cannot draw {}: {error}", trace.display()));
            Exit::Wrong
        }
    }
}

/// Draws what a capture holds.
fn of_capture(file: &Path, args: &DrawArgs) -> Exit {
    let conversation = match capture(file, &args.heard) {
        Ok(conversation) => conversation,
        Err(exit) => return exit,
    };
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or("capture");
    let names = Names {
        addresses: args.heard.names.clone(),
        ..Names::default()
    };
    let telling = Telling {
        name,
        title: None,
        framing: args.heard.framing.as_ref(),
        names: &names,
        side: None,
        command: None,
        detail: args.output.detail.into(),
    };
    match suite::tell(&conversation, &telling) {
        Ok(recording) => {
            conversation.notes.iter().for_each(|note| complain(note));
            output::diagram(&recording.drawing.diagram, &args.output)
        }
        Err(error) => {
            complain(&format!("cannot draw {}: {error}", file.display()));
            Exit::Wrong
        }
    }
}

//! `wiretale export`: writes a trace for other tools.

use std::fs::File;
use std::io::BufWriter;

use super::args_record::ExportArgs;
use super::exit::Exit;
use super::output::{complain, say};
use crate::capture::export;
use crate::trace::reader::TraceSource;

/// Writes a capture of a trace.
pub(super) fn export(args: &ExportArgs) -> Exit {
    let trace = match TraceSource::open(&args.pcapng) {
        Ok(trace) => trace,
        Err(error) => {
            complain(&format!("cannot export {}: {error}", args.pcapng.display()));
            return Exit::Wrong;
        }
    };
    let path = args
        .output
        .clone()
        .unwrap_or_else(|| args.pcapng.with_extension("pcapng"));
    let file = match File::create(&path) {
        Ok(file) => file,
        Err(error) => {
            complain(&format!("cannot write {}: {error}", path.display()));
            return Exit::Other;
        }
    };
    match export::write(&trace, &mut BufWriter::new(file)) {
        Ok(remarks) => {
            remarks.iter().for_each(|remark| complain(remark));
            say(&format!("wrote {}\n", path.display()));
            Exit::Passed
        }
        Err(export::ExportError::Trace(error)) => {
            complain(&format!("cannot export {}: {error}", args.pcapng.display()));
            Exit::Wrong
        }
        Err(export::ExportError::Write(error)) => {
            complain(&format!("cannot write {}: {error}", path.display()));
            Exit::Other
        }
    }
}

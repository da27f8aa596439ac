//! Bytes as a trace: it is read, put in order and drawn, or refused; it never panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretale::diagram::{Detail, mermaid};
use wiretale::suite;
use wiretale::trace::reader::TraceSource;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = TraceSource::from_bytes(bytes.to_vec()) else {
        return;
    };
    for detail in [Detail::Messages, Detail::Lifecycle] {
        if let Ok(drawing) = suite::draw(&source, detail) {
            assert!(mermaid::write(&drawing.diagram).starts_with("sequenceDiagram\n"));
        }
    }
});

//! The scenario: the JSON file as a user writes it.
//!
//! Owns the format as written, places in the file, loading, and errors that point into the file; it is the only reader of
//! scenario, data and payload files. Does not own what names and templates mean (`plan`).

mod data;
mod decode;
mod files;
mod flaw;
pub mod layout;
mod literals;
mod load;
pub mod mistake;
pub mod render;
pub mod source;
mod syntax;
pub mod written;

pub use load::{LoadError, LoadOptions, load, load_layouts, load_text, read_text, read_text_from};

/// The JSON Schema of the format, for editors.
pub const SCHEMA: &str = include_str!("schema.json");

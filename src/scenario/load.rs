//! A scenario from its file.
//!
//! Owns reading the file and handing out either a scenario or everything that is wrong with it. Does not own what names
//! and templates in it mean (`plan`).

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::decode::{decode, decode_layouts};
use super::files::{self, Files};
use super::mistake::{MOST, Mistake};
use super::render::{Colour, render};
use super::source::Sources;
use super::syntax::{self, Remarks};
use super::written::{Layout, Node, Scenario, Span};

/// What a scenario may do while it is loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Folders, besides the scenario's own, in which it may read files.
    pub allow_read: Vec<PathBuf>,
}

/// Why there is no scenario.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file itself cannot be read.
    #[error("cannot read {}: {}", path.display(), files::reason(source))]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It can be read, and is wrong.
    #[error("{}", render(mistakes, sources, Colour::Never).trim_end())]
    Mistakes {
        /// What is wrong, in the order of places; never empty.
        mistakes: Vec<Mistake>,
        /// What they point into.
        sources: Sources,
    },
}

/// Reads a scenario, and the files that it refers to.
pub fn load(path: &Path, options: &LoadOptions) -> Result<(Scenario, Sources), LoadError> {
    let text = read_text(path)?;
    let mut sources = Sources::default();
    sources.add(path.display().to_string(), text.as_str());
    parse(&text, Files::beside(path, &options.allow_read, sources))
}

/// Reads the layouts of binary messages that a scenario or a file for including has, and those that it includes.
pub fn load_layouts(path: &Path, options: &LoadOptions) -> Result<(Vec<Layout>, Sources), LoadError> {
    let text = read_text(path)?;
    let mut sources = Sources::default();
    sources.add(path.display().to_string(), text.as_str());
    parse_as(&text, Files::beside(path, &options.allow_read, sources), decode_layouts)
}

/// Reads what a file holds, whatever it means: UTF-8, and no more than a scenario may be.
pub fn read_text(path: &Path) -> Result<String, LoadError> {
    let bytes = read(path).map_err(|source| LoadError::Io {
        path: path.to_owned(),
        source,
    })?;
    text_of(&path.display().to_string(), bytes)
}

/// Reads what a stream of this name holds, as [`read_text`] does.
pub fn read_text_from(name: &str, stream: impl Read) -> Result<String, LoadError> {
    let mut bytes = Vec::new();
    match stream.take(files::LARGEST + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > files::LARGEST => Err(too_large(name)),
        Ok(_) => text_of(name, bytes),
        Err(source) => Err(LoadError::Io {
            path: name.into(),
            source,
        }),
    }
}

fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, LoadError> {
    String::from_utf8(bytes).map_err(|error| {
        let start = error.utf8_error().valid_up_to();
        let span = Span {
            file: 0,
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(start + '\u{fffd}'.len_utf8()).unwrap_or(u32::MAX),
        };
        let mut sources = Sources::default();
        sources.add(name, String::from_utf8_lossy(error.as_bytes()));
        LoadError::Mistakes {
            mistakes: vec![Mistake::new(
                span,
                "the file is not UTF-8: these bytes are no character",
            )],
            sources,
        }
    })
}

/// Reads a scenario that is no file; it cannot refer to files.
pub fn load_text(name: &str, text: &str) -> Result<(Scenario, Sources), LoadError> {
    if text.len() as u64 > files::LARGEST {
        return Err(too_large(name));
    }
    let mut sources = Sources::default();
    sources.add(name, text);
    parse(text, Files::none(sources))
}

fn too_large(name: &str) -> LoadError {
    LoadError::Io {
        path: name.into(),
        source: io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 16MiB"),
    }
}

fn parse(text: &str, files: Files) -> Result<(Scenario, Sources), LoadError> {
    parse_as(text, files, decode)
}

/// What a text holds, as `decode` reads it.
fn parse_as<T>(
    text: &str,
    mut files: Files,
    decode: impl FnOnce(&Node, &mut Files) -> Result<T, Vec<Mistake>>,
) -> Result<(T, Sources), LoadError> {
    let mut mistakes = match syntax::parse(text, 0, Remarks::Drop) {
        Err(mistake) => vec![mistake],
        Ok((node, mut mistakes)) => match decode(&node, &mut files) {
            Ok(scenario) if mistakes.is_empty() => return Ok((scenario, files.sources)),
            Ok(_) => mistakes,
            Err(more) => {
                mistakes.extend(more);
                mistakes
            }
        },
    };
    mistakes.sort_by_key(|mistake| (mistake.span.file, mistake.span.start));
    if mistakes.len() > MOST {
        mistakes.truncate(MOST - 1);
        let last = mistakes.last().map_or_else(Span::default, |mistake| mistake.span);
        mistakes.push(Mistake::new(last, "there are more mistakes than these"));
    }
    let mistakes = mistakes
        .into_iter()
        .map(|mistake| mistake.included(&files.sources))
        .collect();
    Err(LoadError::Mistakes {
        mistakes,
        sources: files.sources,
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    files::bounded(&file, about.len())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scenario::written::{Matcher, Payload, VarValue, Verb};

    fn mistakes(result: Result<(Scenario, Sources), LoadError>) -> Vec<String> {
        match result {
            Err(LoadError::Mistakes { mistakes, .. }) => mistakes.into_iter().map(|mistake| mistake.text).collect(),
            other => panic!("expected mistakes, found {other:?}"),
        }
    }

    #[test]
    fn a_scenario_is_read_with_its_places() {
        let text = r#"{ "actors": { "C": { "script": [ { "send": "hi", "on": "x" } ] } } }"#;
        let (scenario, sources) = load_text("s.json", text).unwrap();
        let step = &scenario.actors[0].script.as_ref().unwrap()[0];
        assert!(matches!(&step.verb, Verb::Send { payload, .. } if matches!(payload.value, Payload::Text(_))));
        assert_eq!(sources.place(step.verb_span).column, 36);
    }

    #[test]
    fn mistakes_of_syntax_and_of_shape_come_in_the_order_of_places() {
        let text = r#"{ "titel": 1, "actors": { "A": {}, "A": {}, "B": { "scirpt": [] } }, "seed": -1 }"#;
        assert_eq!(
            mistakes(load_text("s.json", text)),
            [
                "unknown key `titel` in a scenario",
                "duplicate key `A`",
                "unknown key `scirpt` in an actor",
                "expected a whole number from 0, found the number -1",
            ]
        );
    }

    #[test]
    fn data_files_are_read_by_their_endings() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        file("u.csv", "user\nAda\n");
        file("j.json", "{\"//\": [1]}");
        file("t.txt", "hello");
        file("b.bin", "bytes");
        file(
            "s.json",
            r#"{ "vars": { "u": { "file": "u.csv" }, "j": { "file": "j.json" }, "t": { "file": "t.txt" } },
                 "actors": { "C": { "script": [ { "receive": { "file": "b.bin" } } ] } } }"#,
        );
        let (scenario, _) = load(&folder.path().join("s.json"), &LoadOptions::default()).unwrap();
        let values: Vec<_> = scenario
            .vars
            .iter()
            .map(|var| match &var.value {
                VarValue::File(value) => value.value.clone(),
                VarValue::Json(node) => panic!("{node:?}"),
            })
            .collect();
        assert_eq!(
            serde_json::Value::from(values),
            serde_json::json!([[{"user": "Ada"}], {"//": [1]}, "hello"])
        );
        let step = &scenario.actors[0].script.as_ref().unwrap()[0];
        let Verb::Receive { matcher, .. } = &step.verb else {
            panic!("{step:?}")
        };
        assert!(matches!(&matcher.value, Matcher::Payload(Payload::File { bytes, .. }) if bytes == b"bytes"));
    }

    #[test]
    fn a_scenario_without_a_folder_reads_no_files() {
        let text = r#"{ "vars": { "u": { "file": "Cargo.toml" } }, "actors": { "A": {} } }"#;
        assert_eq!(
            mistakes(load_text("s.json", text)),
            ["a scenario without a folder of its own reads no files"]
        );
    }

    #[test]
    fn what_cannot_be_read_names_the_file() {
        let error = load(Path::new("no/such.json"), &LoadOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "cannot read no/such.json: there is no such file");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

        /// Whatever is done to a scenario, it is read or its mistakes are told and can be drawn.
        #[test]
        fn no_text_is_too_broken(at in 0..7000_usize, length in 0..40_usize, other in "\\PC{0,3}|[\\[\\]{}:,\"0-9 ]{0,4}|\\\\u[0-9a-f]{4}") {
            let text = include_str!("../../tests/scenarios/everything.json");
            let start = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
            let end = (start + length..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
            let changed = format!("{}{other}{}", &text[..start], &text[end..]);
            if let Err(error) = load_text("changed.json", &changed) {
                let told = error.to_string();
                proptest::prop_assert!(told.starts_with("changed.json:"), "{}", told);
            }
        }
    }
}

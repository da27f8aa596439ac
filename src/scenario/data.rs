//! What a file of `vars` holds, as a value.
//!
//! Owns reading CSV, JSON and text into values. Does not own which files may be read (`files`).

use std::path::Path;

use serde_json::{Map, Value};

use super::files::{self, Files};
use super::mistake::Mistake;
use super::syntax::{self, Remarks};
use super::written::{At, Json, Node, Span};

/// Reads a file by its ending: `.csv` as a list of rows, `.json` as its value, all else as text.
pub(super) fn read(files: &mut Files, name: &At<String>) -> Result<Value, Vec<Mistake>> {
    let text = text(files, name)?;
    match ending(&name.value).as_str() {
        "csv" => {
            let file = files.source(&name.value, &text);
            rows(&text, file).map_err(|mistake| vec![mistake.note(name.span, "the file is named here")])
        }
        "json" => tree(files, name, &text).map(|node| value(&node)),
        _ => Ok(Value::String(text)),
    }
}

/// What a file of JSON holds, with its places.
pub(super) fn json(files: &mut Files, name: &At<String>) -> Result<Node, Vec<Mistake>> {
    let text = text(files, name)?;
    tree(files, name, &text)
}

fn text(files: &mut Files, name: &At<String>) -> Result<String, Vec<Mistake>> {
    let bytes = files.read(name).map_err(|mistake| vec![mistake])?;
    String::from_utf8(bytes).map_err(|error| vec![files::not_utf8(name, error.utf8_error().valid_up_to())])
}

fn tree(files: &mut Files, name: &At<String>, text: &str) -> Result<Node, Vec<Mistake>> {
    let file = files.source(&name.value, text);
    match syntax::parse(text, file, Remarks::Keep) {
        Ok((node, mistakes)) if mistakes.is_empty() => Ok(node),
        Ok((_, mistakes)) => Err(mistakes),
        Err(mistake) => Err(vec![mistake.note(name.span, "the file is named here")]),
    }
}

/// The value of a tree, without its places.
pub(super) fn value(node: &Node) -> Value {
    match &node.value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.clone()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(elements) => elements.iter().map(value).collect(),
        Json::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, node)| (key.value.clone(), value(node)))
                .collect(),
        ),
    }
}

fn ending(name: &str) -> String {
    let ending = Path::new(name).extension().unwrap_or_default();
    ending.to_string_lossy().to_ascii_lowercase()
}

/// Each line as an object with text values, its keys from the first line.
fn rows(text: &str, file: u16) -> Result<Value, Mistake> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| broken(&error, text, file))?.clone();
    for (n, header) in headers.iter().enumerate() {
        let wrong = |what: String| Err(Mistake::new(line(text, 0, file), what));
        if header.is_empty() {
            return wrong(format!(
                "column {} has no name; the first line names the columns",
                n + 1
            ));
        }
        if headers.iter().take(n).any(|before| before == header) {
            return wrong(format!("two columns are called `{header}`"));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error, text, file))?;
        let row: Map<String, Value> = headers
            .iter()
            .zip(&record)
            .map(|(header, cell)| (header.to_owned(), Value::from(cell)))
            .collect();
        rows.push(Value::Object(row));
    }
    Ok(Value::Array(rows))
}

fn broken(error: &csv::Error, text: &str, file: u16) -> Mistake {
    let start = error.position().map_or(0, csv::Position::byte);
    let span = line(text, usize::try_from(start).unwrap_or(0), file);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => Mistake::new(
            span,
            format!("expected {expected_len} cells as in the first line, found {len}"),
        ),
        _ => Mistake::new(span, error.to_string()),
    }
}

/// The line at a byte; the reader's position may be that of the line feed before it.
fn line(text: &str, start: usize, file: u16) -> Span {
    let rest = text.get(start..).unwrap_or_default().trim_start_matches(['\r', '\n']);
    let start = text.len() - rest.len();
    let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
    Span {
        file,
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(start + length).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_becomes_rows_of_text() {
        let rows = rows("user,age\nAda,36\n\"Bob, jr.\",7\n", 0).unwrap();
        assert_eq!(
            rows,
            serde_json::json!([{"user": "Ada", "age": "36"}, {"user": "Bob, jr.", "age": "7"}])
        );
        assert_eq!(super::rows("user\n", 0).unwrap(), serde_json::json!([]));
    }

    #[test]
    fn a_line_with_too_few_cells_is_pointed_at() {
        let mistake = rows("user,age\nAda,36\nBob\n", 0).unwrap_err();
        assert_eq!(mistake.text, "expected 2 cells as in the first line, found 1");
        assert_eq!((mistake.span.start, mistake.span.end), (16, 19));
    }

    #[test]
    fn columns_have_names_of_their_own() {
        assert_eq!(rows("a,a\n1,2\n", 0).unwrap_err().text, "two columns are called `a`");
        assert!(rows("a,\n1,2\n", 0).unwrap_err().text.contains("has no name"));
    }
}

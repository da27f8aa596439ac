//! The report as JSON: all that is known, so that it can be read back and joined with others.
//!
//! Owns the version of it and its schema. Does not own the fields (`tested`).

use serde_json::{Map, Value as Json};

use super::tested::Summary;

/// The JSON Schema of reports.
pub const SCHEMA: &str = include_str!("schema.json");

/// The version of the format.
const VERSION: u64 = 1;

/// The member that says that this is a report, and of which version.
const VERSION_KEY: &str = "wiretale_report";

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(serde_json::Error),
    /// It is something else.
    #[error("it is no report of wiretale: it has no `wiretale_report`")]
    Other,
    /// It is of another version.
    #[error("it is a report of version {0}; this wiretale reads version {VERSION}")]
    Version(Json),
    /// It has not the fields of one.
    #[error("it is no whole report: {0}")]
    Fields(serde_json::Error),
}

/// A summary as JSON; `ci` says that what is new or orphaned fails.
pub(super) fn write(summary: &Summary, ci: bool) -> String {
    let mut report = Map::new();
    report.insert(VERSION_KEY.to_owned(), VERSION.into());
    if ci {
        report.insert("ci".to_owned(), true.into());
    }
    match serde_json::to_value(summary) {
        Ok(Json::Object(fields)) => report.extend(fields),
        other => unreachable!("a summary is an object: {other:?}"),
    }
    format!("{:#}\n", Json::Object(report))
}

/// Reads a report back: the summary, and whether what is new or orphaned fails.
pub fn read(text: &str) -> Result<(Summary, bool), ReadError> {
    // Some editors put a mark before the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report: Json = serde_json::from_str(text).map_err(ReadError::Json)?;
    let version = report.get(VERSION_KEY).ok_or(ReadError::Other)?;
    if version.as_u64() != Some(VERSION) {
        return Err(ReadError::Version(version.clone()));
    }
    let ci = report.get("ci").and_then(Json::as_bool).unwrap_or_default();
    if let Some(fields) = report.as_object_mut() {
        fields.shift_remove(VERSION_KEY);
        fields.shift_remove("ci");
    }
    let summary = serde_json::from_value(report).map_err(ReadError::Fields)?;
    Ok((summary, ci))
}

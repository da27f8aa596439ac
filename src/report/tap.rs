//! The report as TAP, the Test Anything Protocol, version 14.
//!
//! Owns its lines, and the YAML in them. Does not own what is said of a case.

use std::fmt::Write;

use super::findings::findings;
use super::plain::{line, plain};
use super::tested::{Status, Summary, Tested};
use super::told::headline;

/// A summary as TAP; `ci` says that what is new or orphaned fails.
pub(super) fn write(summary: &Summary, ci: bool) -> String {
    let mut text = "TAP version 14\n".to_owned();
    match summary.tested.len() {
        0 => text.push_str("1..0 # SKIP nothing was tested\n"),
        count => push(&mut text, format_args!("1..{count}\n")),
    }
    for (tested, number) in summary.tested.iter().zip(1..) {
        let word = if tested.status.is_success() && !tested.status.fails(ci) || tested.status == Status::NotRun {
            "ok"
        } else {
            "not ok"
        };
        let name = escaped(&tested.name);
        let directive = match tested.status {
            Status::Skipped | Status::NotRun => format!(" # SKIP {}", escaped(&headline(tested))),
            _ => String::new(),
        };
        push(&mut text, format_args!("{word} {number} - {name}{directive}\n"));
        text.push_str("  ---\n");
        diagnostics(tested, &mut Yaml { text: &mut text });
        text.push_str("  ...\n");
    }
    if let Some(reason) = &summary.interrupted {
        push(&mut text, format_args!("Bail out! {}\n", line(reason)));
    }
    text
}

/// A text in a test line: `#` begins a directive, and `\` makes characters plain.
fn escaped(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// What is said of a case: the members are the same for all, and those that have nothing to say are left out.
fn diagnostics(tested: &Tested, yaml: &mut Yaml<'_>) {
    yaml.text(0, "status", tested.status.word());
    if tested.status != Status::Passed {
        yaml.text(0, "message", &headline(tested));
    }
    yaml.number(0, "duration_ms", tested.time.as_millis());
    match tested.findings.iter().find_map(|finding| finding.place.as_ref()) {
        Some(place) => {
            yaml.key(0, "at");
            yaml.text(1, "file", &place.file);
            yaml.number(1, "line", place.line.into());
            yaml.number(1, "column", place.column.into());
        }
        None => {
            yaml.key(0, "at");
            yaml.text(1, "file", &tested.file);
        }
    }
    if !tested.before.is_empty() {
        yaml.key(0, "before");
        tested.before.iter().for_each(|status| yaml.item(0, status.word()));
    }
    if !tested.findings.is_empty() {
        yaml.text(0, "findings", findings(&tested.findings).trim_end());
    }
    if !tested.reason.is_empty() {
        yaml.text(0, "reason", &tested.reason);
    }
    if let Some(differs) = &tested.difference {
        yaml.key(0, "difference");
        yaml.text(1, "level", &differs.level);
        yaml.text(1, "changes", &differs.text);
        yaml.text(1, "new", &differs.new);
        yaml.text(1, "approved", &differs.approved);
    }
    if !tested.races.is_empty() {
        yaml.key(0, "races");
        tested.races.iter().for_each(|race| yaml.item(0, &race.text));
    }
}

/// The lines of a YAML document, as far in as TAP has them.
struct Yaml<'t> {
    text: &'t mut String,
}

impl Yaml<'_> {
    /// A member whose value follows.
    fn key(&mut self, depth: usize, key: &str) {
        let indent = Self::indent(depth);
        push(self.text, format_args!("{indent}{key}:\n"));
    }

    fn number(&mut self, depth: usize, key: &str, number: u128) {
        let indent = Self::indent(depth);
        push(self.text, format_args!("{indent}{key}: {number}\n"));
    }

    fn text(&mut self, depth: usize, key: &str, text: &str) {
        let indent = Self::indent(depth);
        let scalar = scalar(text, &indent);
        push(self.text, format_args!("{indent}{key}: {scalar}\n"));
    }

    fn item(&mut self, depth: usize, text: &str) {
        let indent = Self::indent(depth);
        let scalar = scalar(text, &format!("{indent}  "));
        push(self.text, format_args!("{indent}  - {scalar}\n"));
    }

    fn indent(depth: usize) -> String {
        "  ".repeat(depth + 1)
    }
}

/// A text as a scalar: in quotes, or, where it has several lines, as they are.
fn scalar(text: &str, indent: &str) -> String {
    let shown = plain(text);
    let body = shown.strip_suffix('\n').unwrap_or(&shown);
    // Readers disagree on blank lines at the edges of a block, so that such a text goes in quotes.
    let is_blank = |line: Option<&str>| line.is_none_or(|line| line.trim().is_empty());
    let lines = || body.split('\n');
    if !body.contains('\n') || is_blank(lines().next()) || is_blank(lines().next_back()) {
        // What JSON has for a text is one in YAML as well.
        return serde_json::Value::from(shown).to_string();
    }
    // How far in it is has to be said where the first line begins with blanks. Without a line end at its end, the block
    // has none either.
    let mut block = if body.len() == shown.len() { "|2-" } else { "|2" }.to_owned();
    for line in lines() {
        block.push('\n');
        if !line.is_empty() {
            push(&mut block, format_args!("{indent}  {line}"));
        }
    }
    block
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string does not fail");
}

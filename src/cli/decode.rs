//! `wiretale decode`: bytes against a layout.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::json;

use super::args_decode::{DecodeArgs, Input, Shown};
use super::check::told;
use super::exit::Exit;
use super::output::{colour, complain, print, say};
use crate::plan::layouts::layouts;
use crate::scenario::LoadOptions;
use crate::scenario::load_layouts;
use crate::scenario::mistake::nearest;
use crate::scenario::render::render;
use crate::wire::hex;
use crate::wire::layout::{Dissection, Layout, Layouts, Part};

/// The most bytes that are looked at, which is also what a message may have.
const MOST: u64 = 16 << 20;

/// How many bytes of a field stand in its line.
const IN_LINE: usize = 8;

/// Shows bytes field by field.
pub(super) fn decode(args: &DecodeArgs) -> Exit {
    let (file, name) = split(&args.layout);
    let options = LoadOptions {
        allow_read: args.allow_read.clone(),
    };
    let (written, sources) = match load_layouts(Path::new(file), &options) {
        Ok(read) => read,
        Err(error) => return told(&error),
    };
    let layouts = match layouts(&written, &sources) {
        Ok(layouts) => layouts,
        Err(mistakes) => {
            say(&render(&mistakes, &sources, colour()));
            return Exit::Wrong;
        }
    };
    let bytes = match bytes(args) {
        Ok(bytes) => bytes,
        Err(why) => {
            complain(&why);
            return Exit::Wrong;
        }
    };
    let (layout, dissection) = match found(&layouts, file, name, &bytes) {
        Ok(found) => found,
        Err(why) => {
            complain(&why);
            return Exit::Wrong;
        }
    };
    let shown = match args.format {
        Shown::Text => text(&layout, &dissection, &bytes),
        Shown::Json => as_json(&layout, &dissection, &bytes),
    };
    let fits = match &dissection.result {
        Ok(_) => Exit::Passed,
        Err(error) => {
            if args.format == Shown::Text {
                complain(&error.to_string());
            }
            Exit::Failed
        }
    };
    print(&shown).max(fits)
}

/// The file, and behind a colon the name; a file's own name may have a colon in it.
fn split(layout: &str) -> (&str, Option<&str>) {
    match layout.rsplit_once(':') {
        Some((file, name)) if !Path::new(layout).exists() => (file, Some(name)),
        _ => (layout, None),
    }
}

fn bytes(args: &DecodeArgs) -> Result<Vec<u8>, String> {
    let read = |name: &str, stream: &mut dyn Read| {
        let mut bytes = Vec::new();
        match stream.take(MOST + 1).read_to_end(&mut bytes) {
            Ok(size) if size as u64 > MOST => Err(format!("{name} holds more than 16MiB")),
            Ok(_) => Ok(bytes),
            Err(error) => Err(format!("cannot read {name}: {error}")),
        }
    };
    let held = match (&args.file, args.bytes.as_deref()) {
        (Some(path), _) => {
            let name = path.display().to_string();
            let mut file = File::open(path).map_err(|error| format!("cannot read {name}: {error}"))?;
            read(&name, &mut file)?
        }
        (None, Some("-")) => read("standard input", &mut io::stdin().lock())?,
        (None, text) => return in_hex(text.unwrap_or_default()),
    };
    let text = std::str::from_utf8(&held).ok();
    let is_hex = text.is_some_and(|text| !text.trim().is_empty() && in_hex(text).is_ok());
    match (args.input, text) {
        (Some(Input::Hex), Some(text)) => in_hex(text),
        (Some(Input::Hex), None) => Err("this is not hexadecimal".to_owned()),
        (None, Some(text)) if is_hex => in_hex(text),
        _ => Ok(held),
    }
}

fn in_hex(text: &str) -> Result<Vec<u8>, String> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").unwrap_or(text).replace(':', " ");
    hex::bytes(&digits).map_err(|why| format!("the bytes are not hexadecimal: {why}"))
}

/// The layout that is meant, and what it makes of the bytes.
fn found(layouts: &Layouts, file: &str, name: Option<&str>, bytes: &[u8]) -> Result<(Layout, Dissection), String> {
    if let Some(name) = name {
        let Some(layout) = layouts.find(name) else {
            let near = nearest(name, layouts.names());
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(format!("{file} has no message called `{name}`{near}"));
        };
        let dissection = layout.dissect(bytes);
        return Ok((layout, dissection));
    }
    let mut farthest: Option<(usize, Layout)> = None;
    for layout in layouts.iter() {
        match layout.decode(bytes) {
            Ok(_) => {
                let dissection = layout.dissect(bytes);
                return Ok((layout, dissection));
            }
            Err(error) if farthest.as_ref().is_none_or(|(at, _)| error.at > *at) => farthest = Some((error.at, layout)),
            Err(_) => {}
        }
    }
    let (_, layout) = farthest.ok_or_else(|| format!("{file} has no `messages`"))?;
    let dissection = layout.dissect(bytes);
    Ok((layout, dissection))
}

/// One field a line: its offset, its bytes, its name and value; then all bytes.
fn text(layout: &Layout, dissection: &Dissection, bytes: &[u8]) -> String {
    let mut lines = match &dissection.result {
        Ok(fields) => vec![fields.shown()],
        Err(_) => vec![layout.name().to_owned()],
    };
    lines.push(String::new());
    let width = dissection
        .parts
        .iter()
        .map(|part| part.path.chars().count())
        .max()
        .unwrap_or(0);
    for part in &dissection.parts {
        lines.push(format!(
            "{:08x}  {:<24}  {:<width$}  {}",
            part.bytes.start,
            in_line(part, bytes),
            part.path,
            part.value
        ));
    }
    if let Err(error) = &dissection.result {
        lines.push(format!("{:08x}  breaks off: {}", error.at, error.why));
    }
    lines.push(String::new());
    lines.push(hex::dump(bytes, 0));
    lines.join("\n") + "\n"
}

/// A field's bytes; its bits where it has no bytes of its own, others as dots.
fn in_line(part: &Part, bytes: &[u8]) -> String {
    let own = &bytes[part.bytes.clone()];
    if let Some((first, count)) = part.bits {
        let bits = own.iter().flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1));
        let shown = bits
            .zip(0..)
            .map(|(bit, place)| match (first..first + count).contains(&place) {
                true if bit == 1 => '1',
                true => '0',
                false => '.',
            });
        let shown: String = shown.collect();
        return match shown.len() {
            0..=24 => shown,
            _ => format!("{count} bits"),
        };
    }
    match own.len() {
        0..=IN_LINE => hex::show(own),
        size => format!("{}… {size} bytes", hex::show(&own[..3])),
    }
}

fn as_json(layout: &Layout, dissection: &Dissection, bytes: &[u8]) -> String {
    let parts = dissection.parts.iter().map(|part| {
        let mut told = json!({
            "field": part.path,
            "offset": part.bytes.start,
            "size": part.bytes.len(),
            "hex": data_encoding::HEXLOWER.encode(&bytes[part.bytes.clone()]),
            "value": part.value,
        });
        if let Some((first, count)) = part.bits {
            told["bits"] = json!({ "first": first, "count": count });
        }
        told
    });
    let mut told = json!({
        "message": layout.name(),
        "size": bytes.len(),
        "parts": parts.collect::<Vec<_>>(),
    });
    match &dissection.result {
        Ok(fields) => told["fields"] = (**fields.values()).clone(),
        Err(error) => told["error"] = json!({ "field": error.path, "offset": error.at, "why": error.why }),
    }
    let written = serde_json::to_string_pretty(&told).expect("a JSON value can be written");
    written + "\n"
}

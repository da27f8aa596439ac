//! `messages`: layouts of binary messages.
//!
//! Owns that what their fields name is there, that bits fill bytes, that something says where each field ends, and that no
//! message is inside itself for ever. Does not own single fields (`field`) and types (`types`).

mod field;
#[cfg(test)]
mod tests;
mod types;

use super::compile::Compiler;
use crate::scenario::mistake::Mistake;
use crate::scenario::source::Sources;
use crate::scenario::written::{At, Json, Layout, LayoutField, Node, Span};
use crate::wire::layout::{Definition, Field, Kind, Layouts, Sizes};
use crate::wire::payload::Payload;
use crate::wire::template::JsonTemplate;

use super::strand::Strand;

/// The layouts of a file for themselves.
pub fn layouts(written: &[Layout], sources: &Sources) -> Result<Layouts, Vec<Mistake>> {
    let mut compiler = Compiler::new(sources);
    compiler.compile_layouts(written);
    match compiler.mistakes.is_empty() {
        true => Ok(compiler.layouts),
        false => Err(compiler.mistakes),
    }
}

impl Compiler<'_> {
    /// All layouts. Of one that has mistakes, or has one inside, nothing more is said.
    pub(super) fn compile_layouts(&mut self, written: &[Layout]) {
        for layout in written {
            if types::is_type(&layout.name.value) {
                let text = format!("`{}` is a type; no message can be called so", layout.name.value);
                self.mistake(Mistake::new(layout.name.span, text));
            }
        }
        let mut sound = vec![true; written.len()];
        let mut definitions: Vec<Definition> = Vec::with_capacity(written.len());
        for (at, layout) in written.iter().enumerate() {
            let mistakes = self.mistakes.len();
            let fields = self.compile_fields(layout, written);
            sound[at] = self.mistakes.len() == mistakes;
            definitions.push(Definition {
                name: layout.name.value.clone(),
                fields: if sound[at] { fields } else { Vec::new() },
            });
        }
        self.refuse_endless(written, &definitions, &mut sound);
        let sizes = Sizes::of(&definitions);
        for (at, (layout, definition)) in written.iter().zip(&mut definitions).enumerate() {
            let mistakes = self.mistakes.len();
            self.find_ends(&layout.fields, &mut definition.fields, &sizes);
            sound[at] &= self.mistakes.len() == mistakes;
        }
        // What is inside is part of what is outside; each round finds one more, or it is the last.
        let leads_to = |at: usize, sound: &[bool]| definitions[at].fields.iter().any(|field| holds(&field.kind, sound));
        while let Some(at) = (0..definitions.len()).find(|at| sound[*at] && leads_to(*at, &sound)) {
            sound[at] = false;
        }
        let unsound = definitions.iter().zip(&sound).filter(|(_, sound)| !**sound);
        self.unsound = unsound.map(|(definition, _)| definition.name.clone()).collect();
        self.layouts = Layouts::new(definitions);
    }

    fn compile_fields(&mut self, layout: &Layout, written: &[Layout]) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::with_capacity(layout.fields.len());
        for (place, field) in layout.fields.iter().enumerate() {
            let before = &layout.fields[..place];
            if let Some(first) = before.iter().find(|first| first.name.value == field.name.value) {
                let text = format!("two fields are called `{}`", field.name.value);
                self.mistake(Mistake::new(field.name.span, text).note(first.name.span, "the other one is here"));
            }
            fields.extend(self.compile_field(layout, place, written));
        }
        if fields.len() == layout.fields.len() {
            self.check_bits(&layout.fields, &fields);
        }
        fields
    }

    /// Bits that follow each other have whole bytes together.
    fn check_bits(&mut self, written: &[LayoutField], fields: &[Field]) {
        let mut place = 0;
        while place < fields.len() {
            let run = fields[place..].iter().map_while(|field| field.kind.bits());
            let (count, bits) = run.fold((0, 0), |(count, bits), more| (count + 1, bits + more));
            if bits % 8 != 0 {
                let (first, last) = (&written[place], &written[place + count - 1]);
                let text = match count {
                    1 => format!("`{}` fills no whole number of bytes", first.name.value),
                    _ => format!(
                        "`{}` to `{}` have {bits} bits together, which fill no whole number of bytes",
                        first.name.value, last.name.value
                    ),
                };
                let more = 8 - bits % 8;
                let help = format!("a field of `b{more}` that is 0 would fill them");
                self.mistake(Mistake::new(first.span, text).help(help));
            }
            place += count.max(1);
        }
    }

    /// Where a field goes to the end, those behind it must have fixed sizes.
    fn find_ends(&mut self, written: &[LayoutField], fields: &mut [Field], sizes: &Sizes) {
        for place in 0..fields.len() {
            if !sizes.field_is_open(fields, place) {
                continue;
            }
            match sizes.fixed(&fields[place + 1..]) {
                Some(tail) => fields[place].tail = tail,
                None => {
                    let (name, next) = (&written[place].name.value, &written[place + 1].name.value);
                    let text = format!("nothing says where `{name}` ends, and what follows has no fixed size");
                    let help =
                        "`prefix`, `size`, `count`, `until`, or `size_of` and `count_of` in a field before it say so";
                    let mistake = Mistake::new(written[place].span, text);
                    let note = format!("`{next}` follows here");
                    self.mistake(mistake.note(written[place + 1].span, note).help(help));
                }
            }
        }
    }

    /// Says where a message is always inside itself. One that can be without itself may be: what ends it is what is sent.
    fn refuse_endless(&mut self, written: &[Layout], definitions: &[Definition], sound: &mut [bool]) {
        let mut ends = vec![false; definitions.len()];
        let kind_ends = |kind: &Kind, ends: &[bool]| match kind {
            Kind::Message(at, _) => ends.get(*at).copied().unwrap_or(true),
            _ => true,
        };
        let field_ends = |field: &Field, ends: &[bool]| match &field.kind {
            _ if field.when.is_some() => true,
            Kind::Switch { cases, other, .. } => {
                let mut kinds = cases.iter().map(|(_, kind)| kind).chain(other.as_deref());
                kinds.any(|kind| kind_ends(kind, ends))
            }
            kind => kind_ends(kind, ends),
        };
        // Each round finds one more that ends, or it is the last.
        while let Some(at) = (0..definitions.len())
            .find(|at| !ends[*at] && definitions[*at].fields.iter().all(|field| field_ends(field, &ends)))
        {
            ends[at] = true;
        }
        for (at, definition) in definitions.iter().enumerate().filter(|(at, _)| !ends[*at]) {
            let endless = definition.fields.iter().position(|field| !field_ends(field, &ends));
            let span = endless.map_or(written[at].name.span, |place| written[at].fields[place].span);
            let text = format!("a `{}` is always inside itself, and so without an end", definition.name);
            let help = "`when`, `switch` or a list lets it end";
            self.mistake(Mistake::new(span, text).help(help));
            sound[at] = false;
        }
    }

    /// The messages that an endpoint's frames are shown as.
    pub(super) fn messages_of(&mut self, names: &[At<String>]) -> Vec<crate::wire::layout::Layout> {
        names.iter().filter_map(|name| self.layout(name)).collect()
    }

    /// The layout of this name.
    pub(super) fn layout(&mut self, name: &At<String>) -> Option<crate::wire::layout::Layout> {
        let found = self.layouts.find(&name.value);
        if found.is_none() {
            let text = format!("no message is called `{}`", name.value);
            let known: Vec<String> = self.layouts.names().map(str::to_owned).collect();
            let mistake = Mistake::new(name.span, text);
            let mistake = mistake.did_you_mean(&name.value, known.iter().map(String::as_str));
            self.mistake(match known.is_empty() {
                true => mistake.help("`messages` at the top of the scenario declares them"),
                false => mistake,
            });
        }
        // Whoever uses one with mistakes is not to blame.
        found.filter(|layout| !self.unsound.iter().any(|name| name == layout.name()))
    }

    /// What in a message's fields cannot be right, each in its place; says whether anything was.
    pub(super) fn check_fields(&mut self, layout: &crate::wire::layout::Layout, with: &Node, matching: bool) -> bool {
        let misfits = layout.misfits(&with.value.plain(), matching);
        for misfit in &misfits {
            let place = match &misfit.name {
                Some((name, _)) => key_at(with, &misfit.pointer, name),
                None => super::matchers::at_pointer(with, &misfit.pointer),
            };
            let mistake = Mistake::new(place, misfit.why.clone());
            self.mistake(match &misfit.name {
                Some((name, fields)) => {
                    let mistake = mistake.did_you_mean(name, fields.iter().map(String::as_str));
                    match mistake.help {
                        Some(_) => mistake,
                        None => mistake.help(format!("it has `{}`", fields.join("`, `"))),
                    }
                }
                None => mistake,
            });
        }
        !misfits.is_empty()
    }
}

impl Strand<'_, '_> {
    /// A binary message that is sent.
    pub(super) fn message_payload(&mut self, name: &At<String>, with: Option<&Node>) -> Payload {
        let template = with.map_or_else(|| JsonTemplate::fixed(serde_json::json!({})), |with| self.json(with));
        let Some(layout) = self.all.layout(name) else {
            return unknown();
        };
        if with.is_some_and(|with| self.all.check_fields(&layout, with, false)) {
            return unknown();
        }
        // What has no templates can be tried.
        if let JsonTemplate::Fixed(json) = &template
            && let Err(error) = layout.encode(json)
        {
            let place = with.map_or(name.span, |with| super::matchers::at_pointer(with, &error.pointer));
            self.all.mistake(Mistake::new(place, error.to_string()));
        }
        Payload::message(layout, template)
    }
}

/// What stands for a message with a mistake: one that nothing more can be said about.
const fn unknown() -> Payload {
    Payload::Json(JsonTemplate::Array(Vec::new()))
}

/// Whether a type is, or has inside, a message that is not sound.
fn holds(kind: &Kind, sound: &[bool]) -> bool {
    match kind {
        Kind::Scalar(_) | Kind::Bytes(_) | Kind::Text(_) => false,
        Kind::Message(at, _) => !sound.get(*at).copied().unwrap_or(true),
        Kind::List(of, _) => holds(of, sound),
        Kind::Switch { cases, other, .. } => {
            let mut kinds = cases.iter().map(|(_, kind)| kind).chain(other.as_deref());
            kinds.any(|kind| holds(kind, sound))
        }
    }
}

/// The place of a key that a JSON pointer ends with.
fn key_at(node: &Node, pointer: &str, name: &str) -> Span {
    let around = pointer.rsplit_once('/').map_or("", |(around, _)| around);
    let object = super::matchers::node_at(node, around);
    let key = match &object.value {
        Json::Object(members) => members.iter().find(|(key, _)| key.value == name),
        _ => None,
    };
    key.map_or(object.span, |(key, _)| key.span)
}

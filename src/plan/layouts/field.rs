//! Single fields: where their values come from, and what of other fields they use.

use super::super::compile::Compiler;
use super::super::names;
use super::types;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, FieldKind, Json, Layout, LayoutField};
use crate::wire::layout::{Algorithm, Extent, Field, Formula, Kind, Number, Of, Role, Scalar};
use crate::wire::template::Expression;

impl Compiler<'_> {
    /// A field, or mistakes alone.
    pub(super) fn compile_field(&mut self, layout: &Layout, place: usize, written: &[Layout]) -> Option<Field> {
        let field = &layout.fields[place];
        let before = &layout.fields[..place];
        let kind = self.field_kind(field, before, written);
        let when = match &field.when {
            Some(when) => self.formula(when, before).map(Some),
            None => Some(None),
        };
        let role = self.role(layout, place);
        let (kind, role) = (kind?, role?);
        if kind.bits().is_some()
            && let Some(when) = &field.when
        {
            let text = format!(
                "`{}` has bits, which share bytes with others; `when` cannot leave it out",
                field.name.value
            );
            self.mistake(Mistake::new(when.span, text));
        }
        self.check_role(field, &kind, &role)?;
        let role = match role {
            Role::Fixed(value) => Role::Fixed(self.fixed_value(field, &kind, &value)?),
            role => role,
        };
        Some(Field {
            name: field.name.value.clone(),
            kind,
            when: when?,
            role,
            tail: 0,
        })
    }

    fn field_kind(&mut self, field: &LayoutField, before: &[LayoutField], written: &[Layout]) -> Option<Kind> {
        match &field.kind {
            FieldKind::One(one) => self.kind(one, before, written, true),
            FieldKind::Switch {
                on,
                cases,
                other,
                extents,
            } => {
                let on = self.formula(on, before);
                let mut compiled: Vec<(String, Kind)> = Vec::with_capacity(cases.len());
                let mut fine = true;
                for (value, kind) in cases {
                    let key =
                        types::literal(&value.value).map_or_else(|| value.value.clone(), |number| number.to_string());
                    if compiled.iter().any(|(known, _)| *known == key) {
                        let text = format!("two cases are for {key}");
                        self.mistake(Mistake::new(value.span, text));
                        fine = false;
                    }
                    match self.kind(kind, before, written, false) {
                        Some(kind) => compiled.push((key, kind)),
                        None => fine = false,
                    }
                }
                let other = match other {
                    Some(other) => Some(Box::new(self.kind(other, before, written, false)?)),
                    None => None,
                };
                let extent = self.extent(extents, before, &["prefix", "size"], "a `switch`")?;
                fine.then_some(())?;
                Some(Kind::Switch {
                    on: on?,
                    cases: compiled,
                    other,
                    extent: extent.unwrap_or(Extent::End),
                })
            }
        }
    }

    fn role(&mut self, layout: &Layout, place: usize) -> Option<Role> {
        let field = &layout.fields[place];
        if let Some(value) = &field.value {
            return Some(Role::Fixed(value.value.plain()));
        }
        if let Some(of) = &field.size_of {
            return Some(Role::SizeOf {
                of: self.of(layout, place, std::slice::from_ref(of))?,
                add: field.add.as_ref().map_or(0, |add| add.value),
            });
        }
        if let Some(of) = &field.count_of {
            let at = self.place_of(layout, place, of)?;
            let is_list = matches!(&layout.fields[at].kind, FieldKind::One(one) if one.name.value == "list");
            if !is_list {
                self.mistake(Mistake::new(of.span, format!("`{}` is no list", of.value)));
                return None;
            }
            return Some(Role::CountOf(at));
        }
        let Some(checksum) = &field.checksum else {
            return Some(Role::Plain);
        };
        let known = Algorithm::NAMES;
        let Some((_, algorithm)) = known.iter().find(|(name, _)| *name == checksum.value) else {
            let text = format!("no checksum is called `{}`", checksum.value);
            self.mistake(Mistake::new(checksum.span, text));
            return None;
        };
        if field.over.is_empty() {
            let text = "a checksum needs `of`: `rest`, `all`, or names of fields";
            self.mistake(Mistake::new(checksum.span, text));
            return None;
        }
        Some(Role::Checksum {
            algorithm: *algorithm,
            of: self.of(layout, place, &field.over)?,
        })
    }

    /// What a size or a checksum is of.
    fn of(&mut self, layout: &Layout, place: usize, of: &[At<String>]) -> Option<Of> {
        match of {
            [one] if one.value == "rest" => Some(Of::Rest),
            [one] if one.value == "all" => Some(Of::All),
            several => {
                let places: Vec<_> = several.iter().map(|of| self.place_of(layout, place, of)).collect();
                let places: Vec<usize> = places.into_iter().collect::<Option<_>>()?;
                for (of, at) in several.iter().zip(&places) {
                    if types::bits_of(&layout.fields[*at]).is_some() {
                        let text = format!("`{}` has bits, and no bytes of its own", of.value);
                        self.mistake(Mistake::new(of.span, text));
                        return None;
                    }
                }
                Some(Of::Fields(places))
            }
        }
    }

    /// The place of another field.
    fn place_of(&mut self, layout: &Layout, place: usize, name: &At<String>) -> Option<usize> {
        let found = layout.fields.iter().position(|field| field.name.value == name.value);
        match found {
            Some(found) if found == place && layout.fields[place].checksum.is_none() => {
                self.mistake(Mistake::new(
                    name.span,
                    format!("`{}` is this field itself", name.value),
                ));
                None
            }
            Some(found) => Some(found),
            None => {
                let text = format!("`{}` has no field called `{}`", layout.name.value, name.value);
                let known = layout.fields.iter().map(|field| field.name.value.as_str());
                self.mistake(Mistake::new(name.span, text).did_you_mean(&name.value, known));
                None
            }
        }
    }

    /// An expression over the fields before one.
    pub(super) fn formula(&mut self, text: &At<String>, before: &[LayoutField]) -> Option<Formula> {
        let expression = match Expression::compile(&text.value) {
            Ok(expression) => expression,
            Err(error) => {
                self.refuse_text(&error, &text.value, text.span);
                return None;
            }
        };
        self.refuse_generators(expression.generates(), "a layout", text.span);
        let mut fine = true;
        for name in expression.names() {
            let name = name.split('.').next().unwrap_or_default();
            if before.iter().any(|field| field.name.value == name) {
                continue;
            }
            fine = false;
            let place = names::place_in(self.sources, &text.value, text.span, name);
            let known = before.iter().map(|field| field.name.value.as_str());
            let mistake = Mistake::new(place, format!("no field before this one is called `{name}`"));
            let mistake = mistake.did_you_mean(name, known);
            self.mistake(match mistake.help {
                Some(_) => mistake,
                None => mistake.help("the expressions of a layout see the fields before them, and nothing else"),
            });
        }
        fine.then(|| Formula::new(expression))
    }

    /// A value from elsewhere needs a type that can hold it.
    fn check_role(&mut self, field: &LayoutField, kind: &Kind, role: &Role) -> Option<()> {
        let name = &field.name.value;
        let is_whole = matches!(kind, Kind::Scalar(Scalar::Number(_) | Scalar::Bits(_)));
        let (wrong, span) = match (role, &field.checksum) {
            (Role::SizeOf { .. } | Role::CountOf(_), _) if !is_whole => {
                let at = field.size_of.as_ref().or(field.count_of.as_ref());
                let text = format!("`{name}` is no whole number, so that it can be no size and no number of elements");
                (text, at.map_or(field.span, |at| at.span))
            }
            (Role::Checksum { algorithm, .. }, Some(checksum)) => {
                let width = algorithm.width();
                let fits = matches!(
                    kind,
                    Kind::Scalar(Scalar::Number(Number::Fixed { width: own, signed: false, .. })) if *own == width
                );
                if fits {
                    return Some(());
                }
                let text = format!(
                    "a checksum `{}` needs the type `u{1}` or `u{1}le`",
                    checksum.value,
                    8 * width
                );
                (text, checksum.span)
            }
            _ => return Some(()),
        };
        self.mistake(Mistake::new(span, wrong));
        None
    }

    /// What a field always is, as it is read from bytes.
    fn fixed_value(
        &mut self,
        field: &LayoutField,
        kind: &Kind,
        value: &serde_json::Value,
    ) -> Option<serde_json::Value> {
        let span = field.value.as_ref().map_or(field.span, |value| value.span);
        let is_template =
            matches!(field.value.as_ref().map(|value| &value.value), Some(Json::String(text)) if text.contains("{{"));
        let fixed = match is_template {
            true => Err("what a field always is, is no template".to_owned()),
            false => types::fixed_value(kind, value),
        };
        match fixed {
            Ok(value) => Some(value),
            Err(why) => {
                self.mistake(Mistake::new(span, format!("`{}`: {why}", field.name.value)));
                None
            }
        }
    }
}

//! JSON values whose strings are templates.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::{ExpressionError, Scope, Template, TemplateError, names};

/// A JSON value whose strings are templates.
#[derive(Clone, Debug)]
pub enum JsonTemplate {
    /// Nothing in it is a template.
    Fixed(Arc<Json>),
    /// One string.
    Text(Template),
    /// A list.
    Array(Vec<Self>),
    /// Members, in order; keys are no templates.
    Object(Vec<(String, Self)>),
}

/// A string within a JSON value that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct JsonTemplateError {
    /// Where the string is, as a JSON pointer.
    pub pointer: String,
    /// What is wrong with it.
    pub error: TemplateError,
}

impl JsonTemplate {
    /// Compiles a JSON value.
    pub fn compile(json: &Json) -> Result<Self, JsonTemplateError> {
        compile(json, "")
    }

    /// A value in which nothing is a template.
    pub fn fixed(json: Json) -> Self {
        Self::Fixed(Arc::new(json))
    }

    /// A string.
    pub fn text(template: Template) -> Self {
        match template.fixed() {
            Some(text) => Self::fixed(Json::String(text.to_owned())),
            None => Self::Text(template),
        }
    }

    /// A list; fixed where its elements are.
    pub fn array(elements: Vec<Self>) -> Self {
        let fixed: Option<Vec<Json>> = elements.iter().map(Self::as_fixed).collect();
        fixed.map_or(Self::Array(elements), |list| Self::fixed(Json::Array(list)))
    }

    /// Members in order; fixed where their values are.
    pub fn object(members: Vec<(String, Self)>) -> Self {
        let fixed = members
            .iter()
            .map(|(key, member)| Some((key.clone(), member.as_fixed()?)));
        let fixed: Option<Map<String, Json>> = fixed.collect();
        fixed.map_or(Self::Object(members), |map| Self::fixed(Json::Object(map)))
    }

    /// As [`Template::names`], of all its strings.
    pub fn names(&self) -> Vec<String> {
        let mut templates = Vec::new();
        self.templates(&mut templates);
        names::union(templates.into_iter().map(Template::names))
    }

    /// Whether it uses a generator.
    pub fn generates(&self) -> bool {
        let mut templates = Vec::new();
        self.templates(&mut templates);
        templates.into_iter().any(Template::generates)
    }

    /// Its value.
    pub fn json(&self, scope: &dyn Scope) -> Result<Json, ExpressionError> {
        match self {
            Self::Fixed(json) => Ok((**json).clone()),
            Self::Text(template) => template.json(scope),
            Self::Array(elements) => elements.iter().map(|element| element.json(scope)).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(key, member)| Ok((key.clone(), member.json(scope)?)))
                .collect(),
        }
    }

    fn as_fixed(&self) -> Option<Json> {
        match self {
            Self::Fixed(json) => Some((**json).clone()),
            _ => None,
        }
    }

    fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        match self {
            Self::Fixed(_) => {}
            Self::Text(template) => into.push(template),
            Self::Array(elements) => elements.iter().for_each(|element| element.templates(into)),
            Self::Object(members) => members.iter().for_each(|(_, member)| member.templates(into)),
        }
    }
}

impl From<Template> for JsonTemplate {
    fn from(template: Template) -> Self {
        Self::text(template)
    }
}

/// A key as it stands in a JSON pointer.
pub(in crate::wire) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn compile(json: &Json, pointer: &str) -> Result<JsonTemplate, JsonTemplateError> {
    Ok(match json {
        Json::String(text) => JsonTemplate::text(Template::compile(text).map_err(|error| JsonTemplateError {
            pointer: pointer.to_owned(),
            error,
        })?),
        Json::Array(list) => {
            let elements = list.iter().enumerate();
            let elements = elements.map(|(index, element)| compile(element, &format!("{pointer}/{index}")));
            JsonTemplate::array(elements.collect::<Result<_, _>>()?)
        }
        Json::Object(map) => {
            let members = map.iter().map(|(key, member)| {
                let member = compile(member, &format!("{pointer}/{}", escaped(key)))?;
                Ok((key.clone(), member))
            });
            JsonTemplate::object(members.collect::<Result<_, _>>()?)
        }
        other => JsonTemplate::fixed(other.clone()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::scope;
    use super::*;

    #[test]
    fn a_value_without_templates_is_fixed() {
        let compile = |json| JsonTemplate::compile(&json).unwrap();
        assert!(matches!(compile(json!({"a": [1, "x", null]})), JsonTemplate::Fixed(_)));
        assert!(matches!(compile(json!({"a": [1, "{{ x }}"]})), JsonTemplate::Object(_)));
    }

    #[test]
    fn strings_are_filled_in_and_order_is_kept() {
        let template = JsonTemplate::compile(&json!({"z": "{{ id }}", "a": ["{{ id }}!", 2], "{{ id }}": 0})).unwrap();
        assert_eq!(template.names(), ["id"]);
        let filled = template.json(&scope(json!({"id": 7}))).unwrap();
        assert_eq!(filled.to_string(), r#"{"z":7,"a":["7!",2],"{{ id }}":0}"#);
    }

    #[test]
    fn a_mistake_is_pointed_at() {
        let error = JsonTemplate::compile(&json!({"a/b": [0, "{{ 1 + }}"]})).unwrap_err();
        assert_eq!(error.pointer, "/a~1b/1");
    }
}

//! What is sent: a payload whose templates are filled in when its step begins.

use std::sync::Arc;

use data_encoding::BASE64;
use serde_json::Value as Json;

use super::head::Head;
use super::hex;
use super::layout::Layout;
use super::message::{Control, Message};
use super::template::{ExpressionError, JsonTemplate, Scope, Template};

/// The largest payload that is made from a size alone.
pub const LARGEST_MADE: u64 = 1 << 30;

/// A payload, compiled.
#[derive(Clone, Debug)]
pub enum Payload {
    /// The same bytes each time.
    Fixed(Arc<[u8]>),
    /// Text.
    Text(Template),
    /// Lines, joined by CRLF.
    Lines(Vec<Template>),
    /// JSON, written compactly.
    Json(JsonTemplate),
    /// Bytes in hexadecimal (blanks allowed between).
    Hex(Template),
    /// Bytes in base64.
    Base64(Template),
    /// So many random bytes.
    Random(u64),
    /// The last message received.
    Copy,
    /// Fields of a form: an object whose members are texts, or lists of texts for a field that comes more than once.
    Form(JsonTemplate),
    /// A message with a head.
    Headed(Box<Headed>),
    /// A binary message with these fields.
    Message(Layout, JsonTemplate),
    /// A ping or pong, with what it holds.
    Control(Control, Option<Box<Self>>),
    /// Bytes, where a framing tells text and bytes apart.
    Binary(Box<Self>),
}

/// A message with a head.
#[derive(Clone, Debug)]
pub struct Headed {
    /// The start line, where there is one.
    line: Option<Template>,
    /// The headers, in order.
    headers: Vec<(String, Template)>,
    /// The body, where there is one.
    body: Option<Payload>,
}

impl Payload {
    /// The same bytes each time.
    pub fn fixed(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Fixed(bytes.into())
    }

    /// Text.
    pub fn text(template: Template) -> Self {
        match template.fixed() {
            Some(text) => Self::fixed(text.as_bytes()),
            None => Self::Text(template),
        }
    }

    /// Lines, joined by CRLF.
    pub fn lines(lines: Vec<Template>) -> Self {
        let fixed: Option<Vec<&str>> = lines.iter().map(Template::fixed).collect();
        match fixed {
            Some(fixed) => Self::fixed(fixed.join("\r\n").into_bytes()),
            None => Self::Lines(lines),
        }
    }

    /// JSON, written compactly.
    pub fn json(json: JsonTemplate) -> Self {
        match json {
            JsonTemplate::Fixed(json) => Self::fixed(written(&json)),
            other => Self::Json(other),
        }
    }

    /// Bytes in hexadecimal; an error says what is wrong with a text without templates.
    pub fn hex(template: Template) -> Result<Self, String> {
        match template.fixed() {
            Some(text) => hex::bytes(text).map(Self::fixed),
            None => Ok(Self::Hex(template)),
        }
    }

    /// Bytes in base64; an error says what is wrong with a text without templates.
    pub fn base64(template: Template) -> Result<Self, String> {
        match template.fixed() {
            Some(text) => base64(text).map(Self::fixed),
            None => Ok(Self::Base64(template)),
        }
    }

    /// The same byte, so many times.
    pub fn repeated(byte: u8, size: u64) -> Result<Self, String> {
        Ok(Self::fixed(vec![byte; made(size)?]))
    }

    /// So many random bytes.
    pub fn random(size: u64) -> Result<Self, String> {
        made(size).map(|_| Self::Random(size))
    }

    /// Fields of a form.
    pub fn form(fields: JsonTemplate) -> Self {
        Self::Form(fields)
    }

    /// A message with a head.
    pub fn headed(line: Option<Template>, headers: Vec<(String, Template)>, body: Option<Self>) -> Self {
        Self::Headed(Box::new(Headed { line, headers, body }))
    }

    /// A binary message with these fields.
    pub const fn message(layout: Layout, with: JsonTemplate) -> Self {
        Self::Message(layout, with)
    }

    /// A ping or pong.
    pub fn control(control: Control, inner: Option<Self>) -> Self {
        Self::Control(control, inner.map(Box::new))
    }

    /// The same as bytes, where a framing tells text and bytes apart.
    #[must_use]
    pub fn into_binary(self) -> Self {
        Self::Binary(Box::new(self))
    }

    /// The names its templates use.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Fixed(_) | Self::Random(_) | Self::Copy | Self::Control(_, None) => Vec::new(),
            Self::Control(_, Some(inner)) | Self::Binary(inner) => inner.names(),
            Self::Text(template) | Self::Hex(template) | Self::Base64(template) => template.names().to_vec(),
            Self::Lines(lines) => {
                let mut names: Vec<String> = lines.iter().flat_map(Template::names).cloned().collect();
                names.sort();
                names.dedup();
                names
            }
            Self::Json(json) | Self::Form(json) | Self::Message(_, json) => json.names(),
            Self::Headed(headed) => {
                let mut names: Vec<String> = headed.templates().flat_map(Template::names).cloned().collect();
                names.extend(headed.body.iter().flat_map(Self::names));
                names.sort();
                names.dedup();
                names
            }
        }
    }

    /// Whether its bytes are drawn.
    pub fn generates(&self) -> bool {
        match self {
            Self::Fixed(_) | Self::Copy | Self::Control(_, None) => false,
            Self::Control(_, Some(inner)) | Self::Binary(inner) => inner.generates(),
            Self::Random(_) => true,
            Self::Text(template) | Self::Hex(template) | Self::Base64(template) => template.generates(),
            Self::Lines(lines) => lines.iter().any(Template::generates),
            Self::Json(json) | Self::Form(json) | Self::Message(_, json) => json.generates(),
            Self::Headed(headed) => {
                headed.templates().any(Template::generates) || headed.body.as_ref().is_some_and(Self::generates)
            }
        }
    }

    /// Its bytes. `last` is the last message received.
    pub fn fill(&self, scope: &dyn Scope, last: Option<&Message>) -> Result<Message, ExpressionError> {
        Ok(match self {
            Self::Fixed(bytes) => Message::new(bytes.clone()),
            Self::Text(template) => Message::new(template.text(scope)?.into_bytes()),
            Self::Lines(lines) => {
                let lines: Result<Vec<String>, _> = lines.iter().map(|line| line.text(scope)).collect();
                Message::new(lines?.join("\r\n").into_bytes())
            }
            Self::Json(json) => Message::new(written(&json.json(scope)?)),
            Self::Hex(template) => Message::new(
                hex::bytes(&template.text(scope)?).map_err(|why| ExpressionError::new(format!("hex: {why}")))?,
            ),
            Self::Base64(template) => Message::new(base64(&template.text(scope)?).map_err(ExpressionError::new)?),
            Self::Random(size) => {
                let size = made(*size).map_err(ExpressionError::new)?;
                Message::new(scope.world().draw("random").bytes(size))
            }
            Self::Copy => last
                .cloned()
                .ok_or_else(|| ExpressionError::new("no message was received that could be copied"))?,
            Self::Form(fields) => Message::new(form(&fields.json(scope)?)?.into_bytes()),
            Self::Headed(headed) => headed.fill(scope, last)?,
            Self::Message(layout, with) => {
                let made = layout.encode(&with.json(scope)?);
                let (bytes, fields) =
                    made.map_err(|error| ExpressionError::new(format!("{}: {error}", layout.name())))?;
                Message::new(bytes).with_fields(Arc::new(fields))
            }
            Self::Control(control, None) => Message::default().into_control(*control),
            Self::Control(control, Some(inner)) => {
                Message::new(inner.fill(scope, last)?.bytes()).into_control(*control)
            }
            Self::Binary(inner) => inner.fill(scope, last)?.into_binary(),
        })
    }
}

impl Headed {
    fn templates(&self) -> impl Iterator<Item = &Template> {
        self.line.iter().chain(self.headers.iter().map(|(_, value)| value))
    }

    fn fill(&self, scope: &dyn Scope, last: Option<&Message>) -> Result<Message, ExpressionError> {
        let headers = self.headers.iter();
        let head = Head {
            line: self.line.as_ref().map(|line| line.text(scope)).transpose()?,
            headers: headers
                .map(|(name, value)| Ok((name.clone(), value.text(scope)?)))
                .collect::<Result<_, ExpressionError>>()?,
        };
        let body = match &self.body {
            Some(body) => Arc::<[u8]>::from(body.fill(scope, last)?.bytes()),
            None => Arc::default(),
        };
        Ok(Message::with_head(head, body))
    }
}

/// An object as a form (`application/x-www-form-urlencoded`, as the URL Standard has it).
fn form(fields: &Json) -> Result<String, ExpressionError> {
    let Json::Object(members) = fields else {
        return Err(ExpressionError::new("a form is an object of fields"));
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in members {
        let values = match value {
            Json::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            form.append_pair(name, &super::template::write(value));
        }
    }
    Ok(form.finish())
}

fn written(json: &Json) -> Vec<u8> {
    json.to_string().into_bytes()
}

fn base64(text: &str) -> Result<Vec<u8>, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    BASE64
        .decode(digits.as_bytes())
        .map_err(|error| format!("base64: {error}"))
}

fn made(size: u64) -> Result<usize, String> {
    match usize::try_from(size) {
        Ok(count) if size <= LARGEST_MADE => Ok(count),
        _ => Err(format!("{size} bytes are more than 1GiB")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::template::tests::{scope, template};
    use super::*;

    fn fill(payload: &Payload) -> Result<Vec<u8>, ExpressionError> {
        let message = payload.fill(&scope(json!({"x": "00 ff", "n": 7})), Some(&Message::new(*b"last")))?;
        Ok(message.bytes().to_vec())
    }

    #[test]
    fn what_has_no_template_is_fixed() {
        let json = JsonTemplate::compile(&json!({"z": 1, "a": [true]})).unwrap();
        for (payload, expected) in [
            (Payload::text(template("Hello")), &b"Hello"[..]),
            (Payload::lines(vec![template("a"), template("")]), b"a\r\n"),
            (Payload::json(json), b"{\"z\":1,\"a\":[true]}"),
            (Payload::hex(template("00 Ff")).unwrap(), b"\x00\xff"),
            (Payload::base64(template("AP8=")).unwrap(), b"\x00\xff"),
            (Payload::repeated(7, 3).unwrap(), b"\x07\x07\x07"),
        ] {
            assert!(
                matches!(&payload, Payload::Fixed(bytes) if **bytes == *expected),
                "{payload:?}"
            );
            assert_eq!(fill(&payload).unwrap(), expected);
        }
    }

    #[test]
    fn templates_are_filled_in() {
        let json = JsonTemplate::compile(&json!({"id": "{{ n }}"})).unwrap();
        assert_eq!(fill(&Payload::text(template("n={{ n }}"))).unwrap(), b"n=7");
        assert_eq!(
            fill(&Payload::lines(vec![template("{{ n }}"), template("b")])).unwrap(),
            b"7\r\nb"
        );
        assert_eq!(fill(&Payload::json(json)).unwrap(), b"{\"id\":7}");
        assert_eq!(fill(&Payload::hex(template("{{ x }}")).unwrap()).unwrap(), b"\x00\xff");
        assert_eq!(fill(&Payload::Copy).unwrap(), b"last");
        assert_eq!(fill(&Payload::random(9).unwrap()).unwrap().len(), 9);
    }

    #[test]
    fn bad_bytes_are_found_when_they_are_known() {
        assert!(Payload::hex(template("0")).unwrap_err().contains("whole number"));
        assert!(Payload::base64(template("A")).unwrap_err().contains("base64"));
        assert!(Payload::random(u64::MAX).is_err());
        let late = Payload::hex(template("{{ n }}")).unwrap();
        assert!(fill(&late).unwrap_err().text.contains("whole number"));
        assert!(Payload::Copy.fill(&scope(json!({})), None).is_err());
    }

    #[test]
    fn names_are_those_of_all_templates() {
        let lines = Payload::lines(vec![template("{{ n }}"), template("{{ a.b }} {{ n }}")]);
        assert_eq!(lines.names(), ["a.b", "n"]);
        assert!(Payload::text(template("{{ uuid() }}")).generates());
    }
}

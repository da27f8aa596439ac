//! WebSocket: what `connect` and endpoints say of the handshake, pings and pongs, and endings with a code.

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use super::value::found;
use super::verb::ENDINGS;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Ending, Farewell, Headers, Json, Node, Upgrade};

const FAREWELL: Shape = Shape {
    what: "a `close` of a WebSocket",
    keys: &[
        ("code", "the code, such as 1000 or 1001"),
        ("reason", "a text for people, of 123 bytes at the most"),
    ],
    later: &[],
};

const CODE: Shape = Shape {
    what: "an end of a WebSocket",
    keys: &[("code", "the code that the other side closes with")],
    later: &[],
};

/// The codes of WebSocket that say how an end came about, and are never sent (RFC 6455, 7.4.1).
const NO_CODE: u16 = 1005;
const ABNORMAL: u16 = 1006;
const TLS_FAILED: u16 = 1015;

impl Decoder<'_> {
    /// `path` and `headers` beside `connect`, or of an endpoint.
    pub(super) fn upgrade(&mut self, fields: &Fields<'_>) -> Option<Upgrade> {
        let path = fields.get("path").map(|node| self.websocket_path(node));
        let headers = fields.member("headers").map(|(key, node)| {
            let headers: Headers = self.headers(node)?;
            Some(At {
                value: headers,
                span: key.span,
            })
        });
        Some(Upgrade {
            path: transpose(path)?,
            headers: transpose(headers)?,
        })
    }

    fn websocket_path(&mut self, node: &Node) -> Option<At<String>> {
        let path = self.words(node, "a path such as \"/prices\"")?;
        if !path.value.starts_with('/') && !Self::is_template(node) {
            let text = format!("`{}` is no path: it begins with `/`", path.value);
            self.wrong(Mistake::new(path.span, text));
            return None;
        }
        Some(path)
    }

    /// `true`, or the code and the reason that a WebSocket is closed with.
    pub(super) fn farewell(&mut self, node: &Node) -> Option<Option<Farewell>> {
        if !matches!(node.value, Json::Object(_)) {
            return match node.value {
                Json::Bool(true) => Some(None),
                _ => {
                    self.unlike(node, "`true`, or the `code` that a WebSocket is closed with");
                    None
                }
            };
        }
        let fields = self.object(node, &FAREWELL)?;
        let code = self.need(&fields, "code").and_then(|node| self.code(node, true));
        let reason = fields.get("reason").map(|node| self.text(node, "a string as reason"));
        Some(Some(Farewell {
            span: node.span,
            code: code?,
            reason: transpose(reason)?,
        }))
    }

    /// How the other side closes.
    pub(super) fn ending(&mut self, node: &Node) -> Option<Ending> {
        if !matches!(node.value, Json::Object(_)) {
            return self.word(node, ENDINGS, &[]);
        }
        let fields = self.object(node, &CODE)?;
        let code = self.need(&fields, "code").and_then(|node| self.code(node, false));
        code.map(Ending::Code)
    }

    /// A code of a close frame; `sent` where it is this side that sends it.
    fn code(&mut self, node: &Node, sent: bool) -> Option<u16> {
        let code = match &node.value {
            Json::Number(number) => number.as_u64().and_then(|code| u16::try_from(code).ok()),
            _ => None,
        };
        let Some(code) = code else {
            let text = format!("expected a code from 1000 to 4999, found {}", found(node));
            self.wrong(Mistake::new(node.span, text));
            return None;
        };
        let mistake = match (code, sent) {
            (1000..=1003 | 1007..=1014 | 3000..=4999, _) | (NO_CODE, false) => return Some(code),
            (NO_CODE, true) => Mistake::new(
                node.span,
                format!("{code} stands for a close frame without a code, and is never sent"),
            ),
            (ABNORMAL, true) => {
                let text = format!("{code} stands for an end without a close frame, and is never sent");
                Mistake::new(node.span, text).help("`\"shutdown\": true` ends without a close frame")
            }
            (ABNORMAL, false) => {
                let text = format!("{code} stands for an end without a close frame");
                Mistake::new(node.span, text).help("that is `\"closed\": \"eof\"`")
            }
            (TLS_FAILED, _) => Mistake::new(
                node.span,
                format!("{code} stands for a failure of TLS, and is never sent"),
            ),
            _ => Mistake::new(node.span, format!("{code} is no code of a close frame"))
                .help("1000 to 1003, 1007 to 1014, and your own from 3000 to 4999"),
        };
        self.wrong(mistake);
        None
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("farewell", &FAREWELL), ("endingCode", &CODE)];

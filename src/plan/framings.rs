//! Framings.

use super::compile::Compiler;
use super::step::FramingChange;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Span};
use crate::wire::framing::{Framing, resp};
use crate::wire::http;

impl Compiler<'_> {
    /// The framings of a connection as far as they are given.
    pub(super) fn framing_change(&mut self, framings: &At<written::Framings>) -> FramingChange {
        let mut compile = |framing: &written::Framing, side: Side| match framing {
            written::Framing::Http => side.of_http(),
            written::Framing::Resp => Framing::resp(side.of_resp()),
            framing => self.framing(framing, framings.span),
        };
        match &framings.value {
            written::Framings::Both(framing) => {
                let client = compile(framing, Side::Client);
                // What is wrong with it is told once.
                let server = match framing {
                    written::Framing::Http | written::Framing::Resp => compile(framing, Side::Server),
                    _ => client.clone(),
                };
                FramingChange {
                    client: Some(client),
                    server: Some(server),
                }
            }
            written::Framings::Each { client, server } => FramingChange {
                client: client.as_ref().map(|framing| compile(framing, Side::Client)),
                server: server.as_ref().map(|framing| compile(framing, Side::Server)),
            },
        }
    }

    fn framing(&mut self, framing: &written::Framing, whole: Span) -> Framing {
        let (compiled, span) = match framing {
            written::Framing::Raw => return Framing::raw(),
            written::Framing::Lines => return Framing::lines(),
            written::Framing::Crlf => return Framing::crlf(),
            written::Framing::UntilClose => return Framing::until_close(),
            written::Framing::Dot => return Framing::dot(),
            written::Framing::Netstring => return Framing::netstring(),
            written::Framing::Http => return Side::Client.of_http(),
            written::Framing::Resp => return Framing::resp(Side::Client.of_resp()),
            written::Framing::Delimiter(text) => (Framing::delimiter(text.value.as_bytes()), text.span),
            written::Framing::Regex(regex) => (Framing::regex(&regex.value), regex.span),
            written::Framing::Length {
                kind,
                at: None,
                add: None,
            } => (Framing::length(&kind.value), kind.span),
            written::Framing::Length {
                at: None,
                add: Some(add),
                ..
            } => (
                Err("`add` needs `at`: a length before the message is added and taken off".to_owned()),
                add.span,
            ),
            written::Framing::Length {
                kind,
                at: Some(at),
                add,
            } => {
                let add = add.as_ref().map(|add| add.value);
                (Framing::length_at(&kind.value, at.value, add), whole)
            }
            written::Framing::Headers(names) => {
                let spellings: Vec<String> = names.iter().map(|name| name.value.clone()).collect();
                (
                    Framing::headers(&spellings),
                    names.first().map_or(whole, |name| name.span),
                )
            }
            written::Framing::Fixed(size) => (Framing::fixed(size.value), size.span),
        };
        compiled.unwrap_or_else(|text| {
            self.mistake(Mistake::new(span, text));
            Framing::raw()
        })
    }
}

/// Whose framing it is.
#[derive(Clone, Copy)]
enum Side {
    Client,
    Server,
}

impl Side {
    /// Which side of Redis it is.
    const fn of_resp(self) -> resp::Side {
        match self {
            Self::Client => resp::Side::Client,
            Self::Server => resp::Side::Server,
        }
    }

    /// What this side sends of HTTP.
    fn of_http(self) -> Framing {
        Framing::http(match self {
            Self::Client => http::Kind::Requests,
            Self::Server => http::Kind::Responses { to_head: false },
        })
    }
}

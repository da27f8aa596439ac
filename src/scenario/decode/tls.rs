//! TLS of an endpoint, a `connect` or a `tls` step.

use super::Decoder;
use super::framing::transpose;
use super::shape::Shape;
use super::value::found;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, ClientCertificate, Json, Node, Tls, TlsChoice};

const TLS: Shape = Shape {
    what: "TLS",
    keys: &[
        (
            "cert",
            "a file in PEM: the certificate of this side, and those behind it",
        ),
        ("key", "a file in PEM: the key of the certificate"),
        ("ca", "a file in PEM: the certificates of whom this side trusts"),
        (
            "client",
            "whether the side that connected shows a certificate: `true`, `false`, \"optional\"",
        ),
        ("alpn", "the protocols that are spoken over it, the best first"),
        (
            "sni",
            "the server's name that is asked for; where it listens, names that its certificate is for",
        ),
        ("verify", "`false`: any certificate of the other side is taken"),
    ],
    later: &[],
};

/// Most protocols or names in a list: a handshake has no room for many.
const MOST: usize = 100;

impl Decoder<'_> {
    /// `true`, or what is said of TLS.
    pub(super) fn tls(&mut self, node: &Node) -> Option<Tls> {
        match &node.value {
            Json::Bool(true) => Some(Tls {
                span: node.span,
                ..Tls::default()
            }),
            Json::Object(_) => self.tls_of(node),
            _ => {
                self.unlike(node, "`true`, or an object such as { \"sni\": \"mx.example\" }");
                None
            }
        }
    }

    /// As [`Self::tls`], where it can be switched off.
    pub(super) fn tls_choice(&mut self, node: &Node) -> Option<TlsChoice> {
        match &node.value {
            Json::Bool(false) => Some(TlsChoice::Off(node.span)),
            _ => Some(TlsChoice::On(Box::new(self.tls(node)?))),
        }
    }

    fn tls_of(&mut self, node: &Node) -> Option<Tls> {
        let fields = self.object(node, &TLS)?;
        let [cert, key, ca] = ["cert", "key", "ca"].map(|name| fields.get(name).map(|node| self.pem(node)));
        for (one, other) in [("cert", "key"), ("key", "cert")] {
            if let (Some((name, _)), None) = (fields.member(one), fields.member(other)) {
                self.wrong(Mistake::new(name.span, format!("`{one}` needs `{other}` beside it")));
            }
        }
        let client = fields.get("client").map(|node| self.client_certificate(node));
        let alpn = fields.get("alpn").map(|node| self.names(node, "names of protocols"));
        let sni = fields.get("sni").map(|node| self.names(node, "names of servers"));
        let verify = fields.get("verify").map(|node| {
            let value = self.truth(node)?;
            Some(At { value, span: node.span })
        });
        Some(Tls {
            span: node.span,
            cert: transpose(cert)?,
            key: transpose(key)?,
            ca: transpose(ca)?,
            client: transpose(client)?,
            alpn: transpose(alpn)?,
            sni: transpose(sni)?.unwrap_or_default(),
            verify: transpose(verify)?,
        })
    }

    /// What a file holds.
    fn pem(&mut self, node: &Node) -> Option<At<Vec<u8>>> {
        let name = self.words(node, "the name of a file in PEM")?;
        match self.files.read(&name) {
            Ok(value) => Some(At { value, span: node.span }),
            Err(mistake) => {
                self.wrong(mistake);
                None
            }
        }
    }

    fn client_certificate(&mut self, node: &Node) -> Option<At<ClientCertificate>> {
        let value = match &node.value {
            Json::Bool(true) => ClientCertificate::Yes,
            Json::Bool(false) => ClientCertificate::No,
            Json::String(word) if word == "optional" => ClientCertificate::Optional,
            _ => {
                let text = format!("expected `true`, `false` or \"optional\", found {}", found(node));
                self.wrong(Mistake::new(node.span, text));
                return None;
            }
        };
        Some(At { value, span: node.span })
    }

    fn names(&mut self, node: &Node, what: &str) -> Option<Vec<At<String>>> {
        let names = self.text_or_texts(node, what)?;
        if names.len() > MOST {
            self.wrong(Mistake::new(node.span, format!("more than {MOST} {what}")));
            return None;
        }
        Some(names)
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("tls", &TLS)];

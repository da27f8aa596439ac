//! TLS: what an endpoint, a `connect` or a `tls` step asks for.
//!
//! Owns checking certificates, keys and names, and what the scenario as a whole trusts. Does not own the certificates that
//! are made when it runs, nor the handshake (`net`).

use super::compile::Compiler;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, ClientCertificate, Span};
use crate::wire::tls::{Asked, CertificateDer, Identity, Unusable, certificates, is_server_name};

/// What is asked for; what is left out is as the other one has it, or as is usual.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// This side's certificate; else one is made where one is needed.
    pub identity: Option<Identity>,
    /// Whom this side trusts; else the run's own authority, and all that the scenario is given.
    pub ca: Option<Vec<CertificateDer<'static>>>,
    /// Whether the side that connected shows a certificate.
    pub client: Option<Asked>,
    /// The protocols, the best first.
    pub alpn: Option<Vec<String>>,
    /// The server's name, or several.
    pub sni: Vec<String>,
    /// Whether the server's certificate is verified.
    pub verify: Option<bool>,
}

/// What a `connect` asks for.
#[derive(Clone, Debug, Default)]
pub enum TlsChoice {
    /// What the endpoint has.
    #[default]
    AsEndpoint,
    /// None.
    Off,
    /// This.
    On(Box<Tls>),
}

/// What all of a scenario's TLS has in common.
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// The certificates that it is given for whoever listens: they are trusted by whoever says nothing else.
    pub trusted: Vec<CertificateDer<'static>>,
    /// The servers' names that are asked for: the certificates that are made are for them, unless they say for which.
    pub names: Vec<String>,
}

/// Which side something is said for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// Whoever listens.
    Acceptor,
    /// Whoever connects.
    Opener,
    /// Only the run knows.
    Either,
}

/// The longest name of a protocol.
const LONGEST: usize = 255;

impl Compiler<'_> {
    pub(super) fn tls_choice(&mut self, choice: Option<&written::TlsChoice>) -> TlsChoice {
        match choice {
            None => TlsChoice::AsEndpoint,
            Some(written::TlsChoice::Off(_)) => TlsChoice::Off,
            Some(written::TlsChoice::On(tls)) => TlsChoice::On(Box::new(self.tls(tls, For::Opener))),
        }
    }

    pub(super) fn tls(&mut self, tls: &written::Tls, side: For) -> Tls {
        let identity = match (&tls.cert, &tls.key) {
            (Some(cert), Some(key)) => self.identity(cert, key),
            _ => None,
        };
        let ca = tls.ca.as_ref().and_then(|ca| match certificates(&ca.value) {
            Ok(certificates) => Some(certificates),
            Err(why) => {
                self.mistake(Mistake::new(ca.span, format!("this file is no certificate: {why}")));
                None
            }
        });
        if side != For::Opener {
            let given = identity
                .iter()
                .flat_map(Identity::certificates)
                .chain(ca.iter().flatten());
            let given: Vec<_> = given.filter(|one| !self.tls.trusted.contains(one)).cloned().collect();
            self.tls.trusted.extend(given);
        }
        for name in &tls.sni {
            self.server_name(name, side);
        }
        for name in tls.alpn.iter().flatten().filter(|name| name.value.len() > LONGEST) {
            let text = format!("the name of a protocol has {LONGEST} bytes at the most");
            self.mistake(Mistake::new(name.span, text));
        }
        self.check_tls(tls, side);
        let texts = |texts: &[At<String>]| texts.iter().map(|text| text.value.clone()).collect();
        Tls {
            identity,
            ca,
            client: tls.client.as_ref().map(|client| match client.value {
                ClientCertificate::No => Asked::No,
                ClientCertificate::Optional => Asked::Optional,
                ClientCertificate::Yes => Asked::Required,
            }),
            alpn: tls.alpn.as_deref().map(texts),
            sni: texts(&tls.sni),
            verify: tls.verify.as_ref().map(|verify| verify.value),
        }
    }

    fn identity(&mut self, cert: &At<Vec<u8>>, key: &At<Vec<u8>>) -> Option<Identity> {
        let mistake = match Identity::read(&cert.value, &key.value) {
            Ok(identity) => return Some(identity),
            Err(Unusable::Certificate(why)) => Mistake::new(cert.span, format!("this file is no certificate: {why}")),
            Err(Unusable::Key(why)) => Mistake::new(key.span, format!("this file is no key: {why}")),
            Err(Unusable::Mismatch) => Mistake::new(key.span, "this key is not that of the certificate")
                .note(cert.span, "the certificate is here"),
        };
        self.mistake(mistake);
        None
    }

    fn server_name(&mut self, name: &At<String>, side: For) {
        if !is_server_name(&name.value) {
            let text = format!("`{}` is no name of a server", name.value);
            let help = "a name of the DNS is, such as \"mx.example\"; an address has no place here";
            self.mistake(Mistake::new(name.span, text).help(help));
        } else if side != For::Acceptor && !self.tls.names.contains(&name.value) {
            self.tls.names.push(name.value.clone());
        }
    }

    /// What means nothing for the side that says it.
    fn check_tls(&mut self, tls: &written::Tls, side: For) {
        let wrong = |span: Span, text: &str, help: &str| Mistake::new(span, text).help(help);
        let is_required = |client: &At<ClientCertificate>| client.value != ClientCertificate::No;
        let mistake = match side {
            For::Acceptor => match (&tls.verify, &tls.ca, &tls.client) {
                (Some(verify), ..) => Some(wrong(
                    verify.span,
                    "`verify` is for whoever connects",
                    "whoever listens asks for certificates by `client`",
                )),
                (None, Some(ca), client) if !client.as_ref().is_some_and(is_required) => Some(wrong(
                    ca.span,
                    "`ca` needs `client` here",
                    "it says from whom the certificates of clients must be, which `\"client\": true` asks for",
                )),
                _ => None,
            },
            For::Opener => match (tls.sni.get(1), &tls.client, (&tls.verify, &tls.ca)) {
                (Some(second), ..) => Some(wrong(
                    second.span,
                    "whoever connects asks for one name",
                    "a list of names is for whoever listens",
                )),
                (None, Some(client), _) if client.value == ClientCertificate::Optional => Some(wrong(
                    client.span,
                    "\"optional\" is for whoever listens",
                    "whoever connects shows a certificate or does not: `true` or `false`",
                )),
                (None, _, (Some(At { value: false, .. }), Some(ca))) => Some(wrong(
                    ca.span,
                    "`ca` means nothing where any certificate is taken",
                    "`\"verify\": false` says so",
                )),
                _ => None,
            },
            For::Either => None,
        };
        if let Some(mistake) = mistake {
            self.mistake(mistake);
        }
    }
}

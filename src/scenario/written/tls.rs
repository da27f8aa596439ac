//! TLS as written.

use super::{At, Span};

/// What an endpoint, a `connect` or a `tls` step says of TLS; what is left out is as it is elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Where it stands.
    pub span: Span,
    /// A certificate, and those behind it, in PEM; the name of the file is what is placed.
    pub cert: Option<At<Vec<u8>>>,
    /// Its key, in PEM.
    pub key: Option<At<Vec<u8>>>,
    /// The certificates of whom is trusted, in PEM.
    pub ca: Option<At<Vec<u8>>>,
    /// Whether the side that connected shows a certificate.
    pub client: Option<At<ClientCertificate>>,
    /// The protocols that are spoken, the best first; the place is the key's.
    pub alpn: Option<Vec<At<String>>>,
    /// Names: those that a certificate is made for, or the one that is asked for.
    pub sni: Vec<At<String>>,
    /// Whether the other side's certificate is verified.
    pub verify: Option<At<bool>>,
}

/// Whether the side that connected shows a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// It does not.
    No,
    /// It may.
    Optional,
    /// It does.
    Yes,
}

/// What a `connect` says of TLS.
#[derive(Clone, Debug)]
pub enum TlsChoice {
    /// There is none, whatever the endpoint has.
    Off(Span),
    /// There is.
    On(Box<Tls>),
}

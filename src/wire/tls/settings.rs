//! What each side of a handshake asks for.
//!
//! Owns making rustls's settings of ours. No tickets are given out and no session is taken up again: a ticket that nobody
//! reads would turn a close into a reset, and what a handshake says must not hang on an earlier one.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme};

use super::identity::Identity;
use super::provider;

/// What the side that accepts asks for.
#[derive(Clone, Debug)]
pub struct Accepting {
    /// Its certificate.
    pub identity: Identity,
    /// Whether it asks for a certificate.
    pub client: Asked,
    /// Whom it trusts then.
    pub trusted: Vec<CertificateDer<'static>>,
    /// The protocols that it speaks, the best first.
    pub alpn: Vec<String>,
}

/// Whether a certificate is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// No.
    #[default]
    No,
    /// It may be left out.
    Optional,
    /// Nobody comes in without.
    Required,
}

/// What the side that connects asks for.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Its certificate, where it has one.
    pub identity: Option<Identity>,
    /// Whom it trusts; `None` where it takes any certificate.
    pub trusted: Option<Vec<CertificateDer<'static>>>,
    /// The protocols that it offers, the best first.
    pub alpn: Vec<String>,
}

/// Whether a certificate can be for this name: it is one of the DNS.
pub fn is_server_name(name: &str) -> bool {
    matches!(ServerName::try_from(name), Ok(ServerName::DnsName(_)))
}

impl Accepting {
    /// The same for rustls.
    pub fn config(&self) -> Result<Arc<ServerConfig>, String> {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match self.client {
            Asked::No => builder.with_no_client_auth(),
            Asked::Optional | Asked::Required => {
                let verifier = WebPkiClientVerifier::builder_with_provider(roots(&self.trusted)?, provider());
                let verifier = match self.client {
                    Asked::Required => verifier,
                    _ => verifier.allow_unauthenticated(),
                };
                builder.with_client_cert_verifier(verifier.build().map_err(|error| error.to_string())?)
            }
        };
        let mut config = builder.with_cert_resolver(Arc::new(resolver(&self.identity)));
        config.alpn_protocols = protocols(&self.alpn);
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Arc::new(config))
    }
}

impl Opening {
    /// The same for rustls.
    pub fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match &self.trusted {
            Some(trusted) => {
                let verifier = WebPkiServerVerifier::builder_with_provider(roots(trusted)?, provider());
                builder.with_webpki_verifier(verifier.build().map_err(|error| error.to_string())?)
            }
            None => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Anybody(provider()))),
        };
        let mut config = match &self.identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::new(resolver(identity))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = protocols(&self.alpn);
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}

fn resolver(identity: &Identity) -> SingleCertAndKey {
    SingleCertAndKey::from(identity.certified_key())
}

fn roots(trusted: &[CertificateDer<'static>]) -> Result<Arc<RootCertStore>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate.clone()).map_err(|error| error.to_string())?;
    }
    Ok(Arc::new(roots))
}

fn protocols(alpn: &[String]) -> Vec<Vec<u8>> {
    alpn.iter().map(|name| name.clone().into_bytes()).collect()
}

/// Takes any certificate whose key the other side has.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

//! A certificate with its key.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::provider;

/// A certificate, those that lead from it to an authority, and its key.
#[derive(Clone, Debug)]
pub struct Identity(Arc<CertifiedKey>);

/// Why a certificate and a key are no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The certificate is none.
    #[error("{0}")]
    Certificate(String),
    /// The key is none.
    #[error("{0}")]
    Key(String),
    /// The key is not that of the certificate.
    #[error("the key is not that of the certificate")]
    Mismatch,
}

impl Identity {
    /// A certificate and its key from two files in PEM.
    pub fn read(certificate: &[u8], key: &[u8]) -> Result<Self, Unusable> {
        let chain = certificates(certificate).map_err(Unusable::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| Unusable::Key("there is no private key in PEM in it".to_owned()))?;
        Self::new(chain, key)
    }

    pub(super) fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, Unusable> {
        match CertifiedKey::from_der(chain, key, &provider()) {
            Ok(identity) => Ok(Self(Arc::new(identity))),
            Err(rustls::Error::InconsistentKeys(_)) => Err(Unusable::Mismatch),
            Err(rustls::Error::InvalidCertificate(why)) => {
                Err(Unusable::Certificate(format!("it is unusable: {why:?}")))
            }
            Err(why) => Err(Unusable::Key(format!("the key is unusable: {why}"))),
        }
    }

    /// Its certificate, and those behind it.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0.cert
    }

    pub(super) fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0)
    }
}

/// The certificates in a file in PEM; at least one.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err("there is no certificate in PEM in it".to_owned()),
        Err(error) => Err(format!("it is no PEM: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Authority;
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_with_what_is_wrong() {
        assert_eq!(
            certificates(b"hello").unwrap_err(),
            "there is no certificate in PEM in it"
        );
        let authority = Authority::new().unwrap();
        let refused = Identity::read(authority.pem().as_bytes(), b"hello").unwrap_err();
        assert_eq!(refused.to_string(), "there is no private key in PEM in it");
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let one = rcgen::generate_simple_self_signed(vec!["one".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(vec!["other".to_owned()]).unwrap();
        let (pem, key) = (one.cert.pem(), one.signing_key.serialize_pem());
        assert!(Identity::read(pem.as_bytes(), key.as_bytes()).is_ok());
        let key = other.signing_key.serialize_pem();
        assert_eq!(
            Identity::read(pem.as_bytes(), key.as_bytes()).unwrap_err(),
            Unusable::Mismatch
        );
    }
}

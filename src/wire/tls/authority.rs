//! The authority of a run, which makes certificates for its actors.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ED25519, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use super::identity::Identity;
use super::settings::is_server_name;

/// An authority that nobody trusts but who is told to.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// Names that every certificate is for: where everybody is.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Authority {
    /// A new one; its key is its own, all else is the same each time, so that sizes on the wire are.
    pub fn new() -> Result<Self, String> {
        let mut params = params("wiretale", &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let issuer = CertifiedIssuer::self_signed(params, key()?).map_err(words)?;
        Ok(Self { issuer })
    }

    /// Its certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    /// Its certificate in PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for `owner`, for this machine's loopback, and for these names.
    pub fn issue(&self, owner: &str, names: &[String]) -> Result<Identity, String> {
        let own = is_server_name(owner).then(|| owner.to_owned());
        let mut all: Vec<String> = LOOPBACK.iter().map(|&name| name.to_owned()).chain(own).collect();
        for name in names {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        let mut params = params(owner, &all)?;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = key()?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(words)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(str::to_owned)?;
        Identity::new(vec![certificate.der().clone()], key).map_err(|error| error.to_string())
    }
}

/// A key whose signatures are all of one size.
fn key() -> Result<KeyPair, String> {
    KeyPair::generate_for(&PKCS_ED25519).map_err(words)
}

fn params(owner: &str, names: &[String]) -> Result<CertificateParams, String> {
    let mut params = CertificateParams::new(names).map_err(words)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, owner);
    params.serial_number = Some(serial(owner, names));
    Ok(params)
}

/// A serial number that is the same for the same certificate, and always as long.
fn serial(owner: &str, names: &[String]) -> SerialNumber {
    let mut digest = Sha256::new_with_prefix(owner);
    for name in names {
        digest.update([0]);
        digest.update(name);
    }
    let mut bytes = digest.finalize()[..8].to_vec();
    bytes[0] = bytes[0] & 0x3f | 0x40;
    SerialNumber::from(bytes)
}

fn words(error: rcgen::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::common_name;
    use super::*;

    #[test]
    fn certificates_of_two_runs_differ_in_no_size() {
        let issue = || {
            let authority = Authority::new().unwrap();
            let names = ["mx.example".to_owned(), "localhost".to_owned()];
            let identity = authority.issue("Mail Server", &names).unwrap();
            (authority.certificate(), identity.certificates()[0].clone())
        };
        let (one, two) = (issue(), issue());
        assert_ne!(one, two);
        assert_eq!((one.0.len(), one.1.len()), (two.0.len(), two.1.len()));
        assert_eq!(common_name(&one.0).as_deref(), Some("wiretale"));
        assert_eq!(common_name(&one.1).as_deref(), Some("Mail Server"));
    }
}

//! What TLS rests on: certificates, keys, and what each side of a handshake asks for.
//!
//! Owns reading certificates and keys, making them for a run, and the settings of a handshake as rustls has them. Does not
//! own the handshake itself, nor whatever runs over it (`net`).

mod authority;
mod identity;
mod settings;
mod subject;

use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, ring};

pub use authority::Authority;
pub use identity::{Identity, Unusable, certificates};
pub use rustls::pki_types::{CertificateDer, ServerName};
pub use rustls::{ClientConfig, ServerConfig};
pub use settings::{Accepting, Asked, Opening, is_server_name};
pub use subject::common_name;

/// The ciphers: named here, for the choice that rustls makes by itself panics where a program has two.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(ring::default_provider()));
    Arc::clone(&PROVIDER)
}

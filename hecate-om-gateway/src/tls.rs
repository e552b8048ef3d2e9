//! TLS of the listener.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Protocols of the listener, in the order of preference.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The error of a certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not the PEM that it should be.
    #[error("`{file}` has no {what} in PEM: {reason}")]
    File {
        /// The file.
        file: PathBuf,
        /// What it should have.
        what: &'static str,
        /// Why it has none.
        reason: String,
    },
    /// Certificate and key do not fit each other, or are of a kind that is not supported.
    #[error("certificate and key cannot be used: {0}")]
    Pair(String),
}

/// A certificate and its key.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Loads a chain of certificates, the listener's own first, and its key.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or has no PEM, or if the two do not fit each other.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let of = |file: &Path, what, reason: String| TlsError::File {
            file: file.to_owned(),
            what,
            reason,
        };
        let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|error| of(certificate, "certificate", error.to_string()))?;
        if chain.is_empty() {
            return Err(of(certificate, "certificate", "it has none".into()));
        }
        let private = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| of(key, "private key", error.to_string()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(chain, private)
            });
        let mut config = config.map_err(|error| TlsError::Pair(error.to_string()))?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(crate) const fn acceptor(&self) -> &TlsAcceptor {
        &self.0
    }
}

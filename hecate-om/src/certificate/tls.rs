//! TLS configuration of the health listener, with verification of client certificates.

use rustls::pki_types::UnixTime;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{CertificateError as Unverifiable, Error as TlsError, ServerConfig};

use super::verify::{provider, roots};
use super::{Certificate, CertificateError, CertificateFiles};

/// The only protocol of the listener. With ALPN, the handshake fails for a client of another
/// protocol.
const HTTP_1: &[u8] = b"http/1.1";

/// Policy for client certificates of the realm at the health listener
/// (`HECATE_HEALTH_CLIENT_CERT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientCert {
    /// Client certificates are not requested.
    Off,
    /// A client certificate is optional, but must be from the realm if presented.
    Optional,
    /// Connections without a client certificate are refused.
    Required,
}

impl ClientCert {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

impl Certificate {
    pub(crate) fn server_config(
        &self,
        client: ClientCert,
        files: &CertificateFiles,
    ) -> Result<ServerConfig, CertificateError> {
        let refused = |error: &dyn std::fmt::Display| CertificateError::Unverified {
            cert: files.cert(),
            realm_ca: files.realm_ca(),
            reason: error.to_string(),
            remedy: "request a certificate for TLS servers from the realm",
        };
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(&error))?;
        let builder = match client {
            ClientCert::Off => builder.with_no_client_auth(),
            ClientCert::Optional | ClientCert::Required => {
                let roots = roots(&self.realm_ca, &files.realm_ca())?;
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
                let verifier = match client {
                    ClientCert::Required => verifier,
                    _ => verifier.allow_unauthenticated(),
                };
                let verifier = verifier.build().map_err(|error| refused(&error))?;
                if client == ClientCert::Required && self.is_for_servers_only(&*verifier) {
                    return Err(CertificateError::ServersOnly { path: files.cert() });
                }
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder
            .with_single_cert(self.chain.clone(), self.key.clone_key())
            .map_err(|error| refused(&error))?;
        config.alpn_protocols = vec![HTTP_1.to_vec()];
        Ok(config)
    }

    /// Returns whether the certificate cannot be used as a client certificate.
    fn is_for_servers_only(&self, verifier: &dyn ClientCertVerifier) -> bool {
        let Some((leaf, intermediates)) = self.chain.split_first() else {
            return true;
        };
        let verified = verifier.verify_client_cert(leaf, intermediates, UnixTime::now());
        matches!(
            verified,
            Err(TlsError::InvalidCertificate(
                Unverifiable::InvalidPurpose | Unverifiable::InvalidPurposeContext { .. }
            ))
        )
    }
}

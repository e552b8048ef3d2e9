//! The service certificate: the identity of the service in its realm, for TLS.
//!
//! The four files of the certificate are in `HECATE_SECRETS_DIR`. They are verified at boot and
//! when they change.

mod error;
mod files;
mod name;
mod renewal;
mod tls;
mod verify;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use error::CertificateError;
pub(crate) use files::{CertificateFiles, FileContents};
pub(crate) use name::Principal;
pub(crate) use renewal::load_and_renew;
pub(crate) use tls::ClientCert;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;

use crate::health_status::Health;

/// Number of remaining days below which the service is degraded.
const DEGRADED_BELOW_DAYS: i64 = 14;
const DAY: i64 = 24 * 60 * 60;

/// Handle to the service certificate and its renewals, from
/// [`Boot::service_cert`](crate::Boot::service_cert). Cheap to clone.
///
/// The files are checked every few seconds. A valid new set of files replaces the current one
/// without a restart. An invalid set is logged, and the current one stays in use.
///
/// ```
/// use hecate_om::{Boot, Service, StartError};
///
/// struct Api;
///
/// impl Service for Api {
///     async fn start(boot: &mut Boot) -> Result<Self, StartError> {
///         if let Some(mut cert) = boot.service_cert() {
///             let first = cert.current();
///             tokio::spawn(async move {
///                 serve_with(first.chain_pem(), first.key_pem());
///                 while let Some(renewed) = cert.renewed().await {
///                     serve_with(renewed.chain_pem(), renewed.key_pem());
///                 }
///             });
///         }
///         Ok(Self)
///     }
/// }
///
/// fn serve_with(_chain: &[u8], _key: &[u8]) { /* configure a TLS library */ }
/// ```
#[derive(Clone)]
pub struct ServiceCert {
    loaded: watch::Receiver<LoadedCertificate>,
}

/// A certificate from a valid set of files.
#[derive(Clone)]
struct LoadedCertificate {
    certificate: Arc<Certificate>,
    server: Arc<ServerConfig>,
}

impl ServiceCert {
    /// Returns the certificate in use. Read chain and key from the same returned value, because a
    /// renewal may occur between two calls.
    #[must_use]
    pub fn current(&self) -> Arc<Certificate> {
        Arc::clone(&self.loaded.borrow().certificate)
    }

    /// Waits for the next renewal that this handle has not yet returned; `None` when the service
    /// stops.
    pub async fn renewed(&mut self) -> Option<Arc<Certificate>> {
        self.loaded.changed().await.ok()?;
        Some(Arc::clone(&self.loaded.borrow_and_update().certificate))
    }

    /// Returns the TLS configuration for new connections.
    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.loaded.borrow().server)
    }
}

impl fmt::Debug for ServiceCert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceCert").field(&self.current()).finish()
    }
}

/// A service certificate: the leaf, its chain to the CA of the realm, and the private key.
pub struct Certificate {
    path: PathBuf,
    name: String,
    subject: String,
    not_after: SystemTime,
    /// File of the CA that expires before the leaf, if there is one.
    expires_first: Option<PathBuf>,
    chain: Vec<CertificateDer<'static>>,
    chain_pem: Vec<u8>,
    key: PrivateKeyDer<'static>,
    key_pem: Vec<u8>,
    realm_ca: Vec<CertificateDer<'static>>,
    realm_ca_pem: Vec<u8>,
}

impl Certificate {
    /// Returns the DNS name of this service in the certificate, which clients verify.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the leaf's subject, such as `CN=hecate-rag, O=acme`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns the expiry of the leaf, or of an intermediate CA that expires earlier.
    #[must_use]
    pub const fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Returns the number of days until [`Certificate::not_after`], rounded down: 0 on the last
    /// day, negative after the expiry.
    #[must_use]
    pub fn days_left(&self) -> i64 {
        let seconds = |time: SystemTime| match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(_) => 0,
        };
        (seconds(self.not_after) - seconds(SystemTime::now())).div_euclid(DAY)
    }

    /// Returns the leaf and the intermediate CAs in PEM: `service-cert.pem`, then `org-ca.pem`.
    #[must_use]
    pub fn chain_pem(&self) -> &[u8] {
        &self.chain_pem
    }

    /// Returns the leaf and the intermediate CAs in DER, the leaf first.
    pub fn chain_der(&self) -> impl Iterator<Item = &[u8]> {
        self.chain.iter().map(AsRef::as_ref)
    }

    /// Returns the private key in PEM, as in `service-key.pem`. The key is a secret.
    #[must_use]
    pub fn key_pem(&self) -> &[u8] {
        &self.key_pem
    }

    /// Returns the private key in DER: PKCS#8, SEC1 or PKCS#1, as in the file. The key is a secret.
    #[must_use]
    pub fn key_der(&self) -> &[u8] {
        self.key.secret_der()
    }

    /// Returns the realm's CA in PEM, as in `realm-ca.pem`, to verify other services of the realm.
    #[must_use]
    pub fn realm_ca_pem(&self) -> &[u8] {
        &self.realm_ca_pem
    }

    /// Returns the realm's CA in DER.
    pub fn realm_ca_der(&self) -> impl Iterator<Item = &[u8]> {
        self.realm_ca.iter().map(AsRef::as_ref)
    }

    /// Returns the path of the leaf's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns [`Certificate::not_after`] in the format of RFC 3339.
    pub(crate) fn not_after_text(&self) -> String {
        rfc3339(self.not_after)
    }

    /// Returns whether the certificate has expired.
    pub(crate) fn is_expired(&self) -> bool {
        SystemTime::now() > self.not_after
    }

    /// Returns the effect of the certificate on the service's health.
    pub(crate) fn health(&self) -> Health {
        let (what, file) = match &self.expires_first {
            None => ("the service certificate", &self.path),
            Some(file) => ("a CA that the service certificate needs", file),
        };
        let renew = format_args!(
            "renew `{}`; the file is read again without a restart",
            file.display()
        );
        let not_after = self.not_after_text();
        match self.days_left() {
            _ if self.is_expired() => {
                Health::down(format!("{what} expired on {not_after}; {renew}"))
            }
            days if days < DEGRADED_BELOW_DAYS => Health::degraded(format!(
                "{what} expires on {not_after}, in {days} days; {renew}"
            )),
            _ => Health::Ok,
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("path", &self.path)
            .field("name", &self.name)
            .field("subject", &self.subject)
            .field("not_after", &self.not_after_text())
            .finish_non_exhaustive()
    }
}

/// Formats a time as in RFC 3339, limited to the years 1970 to 9999.
fn rfc3339(time: SystemTime) -> String {
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since.min(LAST)).to_string()
}

//! The service-principal certificate: who the service is in its realm, as TLS shows it.
//!
//! Its four files stand in `HECATE_SECRETS_DIR`. They are verified at boot, and again whenever one of them changes.

mod error;
mod files;
mod name;
mod renewal;
mod tls;
mod verify;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use error::CertificateError;
pub(crate) use files::Files;
pub(crate) use name::Principal;
pub(crate) use renewal::keep;
pub(crate) use tls::ClientCert;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;

use crate::health_status::Health;

/// Below so many days left the service is degraded.
const SHORT: i64 = 14;
const DAY: i64 = 24 * 60 * 60;

/// The service's certificate as it is now, and its renewals.
///
/// A service has it from [`Boot::service_cert`](crate::Boot::service_cert). It is cheap to clone. The files are looked
/// at every few seconds; a new set that is good takes the place of the old one without a restart, and one that is not
/// is refused in the log while the old one stays.
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
/// fn serve_with(_chain: &[u8], _key: &[u8]) { /* hand them to a TLS library */ }
/// ```
#[derive(Clone)]
pub struct ServiceCert {
    loaded: watch::Receiver<Loaded>,
}

/// A set of files that was found good.
#[derive(Clone)]
struct Loaded {
    certificate: Arc<Certificate>,
    server: Arc<ServerConfig>,
}

impl ServiceCert {
    /// The certificate in use. Chain and key of one such value belong together; two calls may straddle a renewal.
    #[must_use]
    pub fn current(&self) -> Arc<Certificate> {
        Arc::clone(&self.loaded.borrow().certificate)
    }

    /// Waits for the next renewal after the last that this handle was told of; `None` when the service ends.
    pub async fn renewed(&mut self) -> Option<Arc<Certificate>> {
        self.loaded.changed().await.ok()?;
        Some(Arc::clone(&self.loaded.borrow_and_update().certificate))
    }

    /// What a TLS listener presents to the next connection.
    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.loaded.borrow().server)
    }
}

impl fmt::Debug for ServiceCert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceCert").field(&self.current()).finish()
    }
}

/// A service-principal certificate: the leaf, the chain to the realm's CA, and the private key.
pub struct Certificate {
    path: PathBuf,
    name: String,
    subject: String,
    not_after: SystemTime,
    /// The file of the CA that ends before the leaf, where one does.
    ends_by: Option<PathBuf>,
    chain: Vec<CertificateDer<'static>>,
    chain_pem: Vec<u8>,
    key: PrivateKeyDer<'static>,
    key_pem: Vec<u8>,
    realm_ca: Vec<CertificateDer<'static>>,
    realm_ca_pem: Vec<u8>,
}

impl Certificate {
    /// The DNS name under which the certificate holds for this service: what a client verifies.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The leaf's subject, as in `CN=hecate-rag, O=acme`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Until when the certificate verifies: the leaf's end, or that of a CA between it and the realm's that ends
    /// before.
    #[must_use]
    pub const fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Whole days until [`Certificate::not_after`], rounded down: 0 on the last day, negative when it is past.
    #[must_use]
    pub fn days_left(&self) -> i64 {
        let seconds = |time: SystemTime| match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(_) => 0,
        };
        (seconds(self.not_after) - seconds(SystemTime::now())).div_euclid(DAY)
    }

    /// The leaf and the CAs between it and the realm's, in PEM: `service-cert.pem`, then `org-ca.pem`.
    #[must_use]
    pub fn chain_pem(&self) -> &[u8] {
        &self.chain_pem
    }

    /// The same in DER, the leaf first.
    pub fn chain_der(&self) -> impl Iterator<Item = &[u8]> {
        self.chain.iter().map(AsRef::as_ref)
    }

    /// The private key in PEM, as `service-key.pem` holds it. A secret.
    #[must_use]
    pub fn key_pem(&self) -> &[u8] {
        &self.key_pem
    }

    /// The private key in DER: PKCS#8, SEC1 or PKCS#1, whichever the file holds. A secret.
    #[must_use]
    pub fn key_der(&self) -> &[u8] {
        self.key.secret_der()
    }

    /// The realm's CA in PEM, as `realm-ca.pem` holds it: what to verify the realm's other services against.
    #[must_use]
    pub fn realm_ca_pem(&self) -> &[u8] {
        &self.realm_ca_pem
    }

    /// The same in DER.
    pub fn realm_ca_der(&self) -> impl Iterator<Item = &[u8]> {
        self.realm_ca.iter().map(AsRef::as_ref)
    }

    /// Where the leaf was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// [`Certificate::not_after`], as RFC 3339 writes it.
    pub(crate) fn ends(&self) -> String {
        rfc3339(self.not_after)
    }

    /// Whether it verifies no more.
    pub(crate) fn is_past(&self) -> bool {
        SystemTime::now() > self.not_after
    }

    /// What the certificate makes of the service's health.
    pub(crate) fn health(&self) -> Health {
        let (what, file) = match &self.ends_by {
            None => ("the service certificate", &self.path),
            Some(file) => ("a CA that the service certificate needs", file),
        };
        let renew = format_args!(
            "renew `{}`; it is read again without a restart",
            file.display()
        );
        let ends = self.ends();
        match self.days_left() {
            _ if self.is_past() => Health::down(format!("{what} ended on {ends}; {renew}")),
            days if days < SHORT => {
                Health::degraded(format!("{what} ends on {ends}, in {days} days; {renew}"))
            }
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
            .field("not_after", &self.ends())
            .finish_non_exhaustive()
    }
}

/// A moment as RFC 3339 writes it, within what it can: years before 1970 and after 9999 are not told apart.
fn rfc3339(time: SystemTime) -> String {
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since.min(LAST)).to_string()
}

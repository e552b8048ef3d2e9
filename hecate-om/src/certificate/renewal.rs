//! Loading of the service certificate at boot, and its renewal when the files change.
//!
//! The files are polled. Polling costs a few calls of `stat`, and detects changes that inotify does
//! not report: remounted secrets, changed links, and changes on network file systems.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::files::FileStamps;
use super::{
    Certificate, CertificateError, CertificateFiles, ClientCert, LoadedCertificate, Principal,
    ServiceCert,
};
use crate::backoff::jittered;

/// Interval of checking the files for changes.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Time without changes before the files are read, because the files of a set are rarely written at
/// once.
const SETTLE_TIME: Duration = Duration::from_millis(300);

/// Loads the service certificate, and renews it as long as a handle exists; `None` if there is no
/// certificate.
pub(crate) async fn load_and_renew(
    files: CertificateFiles,
    principal: Principal,
    client: ClientCert,
) -> Result<Option<ServiceCert>, CertificateError> {
    let source = Arc::new(Source {
        files,
        principal,
        client,
    });
    let blocking_source = Arc::clone(&source);
    let read = tokio::task::spawn_blocking(move || blocking_source.load_at_boot()).await;
    let Some((stamp, loaded)) =
        read.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?
    else {
        return Ok(None);
    };
    let (sender, loaded) = watch::channel(loaded);
    tokio::spawn(renew(source, stamp, sender));
    Ok(Some(ServiceCert { loaded }))
}

/// Files of the certificate, with the principal and client policy that it is verified for.
struct Source {
    files: CertificateFiles,
    principal: Principal,
    client: ClientCert,
}

impl Source {
    fn load_at_boot(&self) -> Result<Option<(FileStamps, LoadedCertificate)>, CertificateError> {
        if !self.files.has_cert() {
            if self.files.has_key() {
                tracing::warn!(
                    key = %self.files.key().display(),
                    certificate = %self.files.cert().display(),
                    "a private key has no certificate, so none is used; install the certificate and restart"
                );
            }
            return Ok(None);
        }
        let stamp = self.files.stamp();
        let loaded = self.load()?;
        let certificate = &loaded.certificate;
        tracing::info!(
            name = certificate.name(),
            subject = certificate.subject(),
            not_after = certificate.not_after_text(),
            days_left = certificate.days_left(),
            path = %certificate.path().display(),
            "service certificate loaded"
        );
        Ok(Some((stamp, loaded)))
    }

    fn load(&self) -> Result<LoadedCertificate, CertificateError> {
        let contents = self.files.read()?;
        let certificate =
            Certificate::verified(contents, &self.files, &self.principal, SystemTime::now())?;
        let server = certificate.server_config(self.client, &self.files)?;
        Ok(LoadedCertificate {
            certificate: Arc::new(certificate),
            server: Arc::new(server),
        })
    }

    /// Loads the files if they have changed since `used` and have settled. Returns their new stamp
    /// and the result.
    fn load_if_changed(
        &self,
        used: &FileStamps,
    ) -> Option<(FileStamps, Result<LoadedCertificate, CertificateError>)> {
        let mut stamp = self.files.stamp();
        if stamp == *used {
            return None;
        }
        loop {
            std::thread::sleep(SETTLE_TIME);
            let again = self.files.stamp();
            if again == stamp {
                break;
            }
            stamp = again;
        }
        let loaded = self.load();
        // A change during the read is detected by the next check.
        (self.files.stamp() == stamp).then_some((stamp, loaded))
    }
}

async fn renew(
    source: Arc<Source>,
    mut used: FileStamps,
    current: watch::Sender<LoadedCertificate>,
) {
    // Values that are logged when they change: the reason for refusing the new files, and the
    // health of the certificate in use.
    let mut refused = String::new();
    let mut status = "ok";
    loop {
        let certificate = Arc::clone(&current.borrow().certificate);
        let health = certificate.health();
        if health.status() != status {
            status = health.status();
            if let Some(reason) = health.reason() {
                tracing::warn!(status, "{reason}");
            }
        }
        tokio::select! {
            () = current.closed() => return,
            () = tokio::time::sleep(jittered(POLL_INTERVAL)) => {}
        }
        let (blocking_source, known) = (Arc::clone(&source), used.clone());
        let reloaded =
            tokio::task::spawn_blocking(move || blocking_source.load_if_changed(&known)).await;
        match reloaded {
            Ok(Some((stamp, Ok(loaded)))) => {
                used = stamp;
                refused.clear();
                let new = Arc::clone(&loaded.certificate);
                current.send_replace(loaded);
                tracing::info!(
                    name = new.name(),
                    not_after = new.not_after_text(),
                    days_left = new.days_left(),
                    "service certificate renewed"
                );
            }
            // The next check loads the files again even if they are unchanged, because the
            // certificate may become valid.
            Ok(Some((_, Err(error)))) => {
                let text = error.to_string();
                if text != refused {
                    tracing::error!(
                        not_after = certificate.not_after_text(),
                        error = text,
                        "the new service certificate is refused, and the old one stays in use"
                    );
                    refused = text;
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "checking the service certificate failed")
            }
        }
    }
}

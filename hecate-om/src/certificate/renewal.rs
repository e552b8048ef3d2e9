//! Reads the files at boot and whenever they change; what is found good takes the place of what was.
//!
//! They are looked at rather than watched: the few calls to `stat` cost nothing, and they also see what inotify does
//! not: a secret that is mounted anew, a link that leads elsewhere, a network file system.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::files::Stamp;
use super::{Certificate, CertificateError, ClientCert, Files, Loaded, Principal, ServiceCert};
use crate::backoff::jittered;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(5);
/// How long they must be left alone before they are read: a set is seldom written in one go.
const SETTLED: Duration = Duration::from_millis(300);

/// Reads the service's certificate, and keeps it renewed for as long as anyone holds it; `None` where there is none.
pub(crate) async fn keep(
    files: Files,
    principal: Principal,
    client: ClientCert,
) -> Result<Option<ServiceCert>, CertificateError> {
    let source = Arc::new(Source {
        files,
        principal,
        client,
    });
    let reading = Arc::clone(&source);
    let read = tokio::task::spawn_blocking(move || reading.first()).await;
    let Some((stamp, loaded)) =
        read.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?
    else {
        return Ok(None);
    };
    let (sender, loaded) = watch::channel(loaded);
    tokio::spawn(renew(source, stamp, sender));
    Ok(Some(ServiceCert { loaded }))
}

/// What a set is read from and held against.
struct Source {
    files: Files,
    principal: Principal,
    client: ClientCert,
}

impl Source {
    fn first(&self) -> Result<Option<(Stamp, Loaded)>, CertificateError> {
        if !self.files.has_cert() {
            if self.files.has_key() {
                tracing::warn!(
                    "`{}` waits for its certificate: none is used until `{}` is there, and the service starts again",
                    self.files.key().display(),
                    self.files.cert().display()
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
            not_after = certificate.ends(),
            days_left = certificate.days_left(),
            "service certificate `{}`",
            certificate.path().display()
        );
        Ok(Some((stamp, loaded)))
    }

    fn load(&self) -> Result<Loaded, CertificateError> {
        let contents = self.files.read()?;
        let certificate =
            Certificate::verified(contents, &self.files, &self.principal, SystemTime::now())?;
        let server = certificate.server_config(self.client, &self.files)?;
        Ok(Loaded {
            certificate: Arc::new(certificate),
            server: Arc::new(server),
        })
    }

    /// The files' state where it is another than `used`, once it has settled, and what they then hold.
    fn look(&self, used: &Stamp) -> Option<(Stamp, Result<Loaded, CertificateError>)> {
        let mut stamp = self.files.stamp();
        if stamp == *used {
            return None;
        }
        loop {
            std::thread::sleep(SETTLED);
            let again = self.files.stamp();
            if again == stamp {
                break;
            }
            stamp = again;
        }
        let loaded = self.load();
        // What changed while it was read is for the next look.
        (self.files.stamp() == stamp).then_some((stamp, loaded))
    }
}

async fn renew(source: Arc<Source>, mut used: Stamp, current: watch::Sender<Loaded>) {
    // Told once each: why the files as they are now are refused, and how the certificate in use fares.
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
            () = tokio::time::sleep(jittered(EVERY)) => {}
        }
        let (looking, known) = (Arc::clone(&source), used.clone());
        let looked = tokio::task::spawn_blocking(move || looking.look(&known)).await;
        match looked {
            Ok(Some((stamp, Ok(loaded)))) => {
                used = stamp;
                refused.clear();
                let new = Arc::clone(&loaded.certificate);
                current.send_replace(loaded);
                tracing::info!(
                    name = new.name(),
                    not_after = new.ends(),
                    days_left = new.days_left(),
                    "the service certificate was renewed"
                );
            }
            // Read again on the next look though nothing may change: what is not valid yet becomes so.
            Ok(Some((_, Err(error)))) => {
                let text = error.to_string();
                if text != refused {
                    tracing::error!(
                        not_after = certificate.ends(),
                        "the new service certificate is refused, and the old one stays in use: {text}"
                    );
                    refused = text;
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!("the service certificate could not be looked at: {error}")
            }
        }
    }
}

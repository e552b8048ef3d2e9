//! The service certificate of one service, and what can happen to it.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use hecate_om_test_support::{IssuedCertificate, TestPki, replace_file};

use crate::judge::CERTIFICATE_LIFE;
use crate::plan::FaultKind;

/// The DNS name: the name of the service in its manifest.
const NAME: &str = env!("CARGO_PKG_NAME");

/// Validity of a good certificate, in days.
const DAYS: i32 = 90;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The certificate in a service's folder.
#[derive(Debug)]
pub(super) struct Certificate {
    pki: TestPki,
    folder: PathBuf,
}

impl Certificate {
    /// Installs a good certificate in the folder.
    pub(super) fn install(folder: PathBuf) -> Self {
        let certificate = Self {
            pki: TestPki::new(),
            folder,
        };
        certificate.renew();
        certificate
    }

    /// Installs a new good certificate.
    pub(super) fn renew(&self) {
        self.pki.write_files(&self.folder, &self.good());
    }

    fn good(&self) -> IssuedCertificate {
        self.pki.issue(&[NAME], DAYS)
    }

    /// Starts a fault.
    pub(super) fn start(&self, kind: FaultKind) {
        match kind {
            FaultKind::CertHalf => {
                let whole = self.good().cert;
                replace_file(&self.folder, "service-cert.pem", &whole[..whole.len() / 2]);
            }
            FaultKind::CertExpired => {
                let now = SystemTime::now();
                let issued = self.pki.issue_within(
                    &[NAME],
                    now - DAY,
                    now + Duration::from_millis(CERTIFICATE_LIFE),
                );
                self.pki.write_files(&self.folder, &issued);
            }
            _ => self.renew(),
        }
    }
}

//! Errors of the service certificate's files.

use std::io;
use std::path::PathBuf;

use crate::boot_refusal::Reason;

/// Error in the service certificate's files. The files are not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error(
        "`{}` contains a service certificate, but {} missing: {}; add {}, or remove `service-cert.pem` to run \
         without a certificate",
        dir.display(),
        if files.len() == 1 { "a file is" } else { "files are" },
        list(files),
        if files.len() == 1 { "it" } else { "them" }
    )]
    Missing {
        dir: PathBuf,
        /// Name and purpose of each missing file.
        files: Vec<(&'static str, &'static str)>,
    },
    #[error("`{}` cannot be read: {source}; make it a file that the service's user can read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "other users can read the private key `{}` (mode {mode:04o}); `chmod 600` it, and consider requesting a new \
         certificate",
        path.display()
    )]
    OpenKey { path: PathBuf, mode: u32 },
    #[error("`{}` {problem}; {remedy}", path.display())]
    Malformed {
        path: PathBuf,
        problem: String,
        remedy: &'static str,
    },
    #[error(
        "the certificate `{}` is not valid before {from}, and the clock says {now}; correct the clock, or wait",
        path.display()
    )]
    NotYetValid {
        path: PathBuf,
        from: String,
        now: String,
    },
    #[error(
        "the certificate `{}` expired on {not_after}; renew it, or remove it to run without a certificate",
        path.display()
    )]
    Expired { path: PathBuf, not_after: String },
    #[error(
        "the certificate `{}` is not for this service: its subject alternative names are {found}, and none is the DNS \
         name `{service}`, `{service}.{org}` or one below that; request one for this service from the realm",
        path.display()
    )]
    OtherName {
        path: PathBuf,
        found: String,
        service: String,
        org: String,
    },
    #[error(
        "the private key `{}` is not the key of the certificate `{}`; install a key and a certificate that were issued \
         together",
        key.display(),
        cert.display()
    )]
    OtherKey { key: PathBuf, cert: PathBuf },
    #[error(
        "the certificate `{}` does not verify against the realm's CA `{}`: {reason}; {remedy}",
        cert.display(),
        realm_ca.display()
    )]
    Unverified {
        cert: PathBuf,
        realm_ca: PathBuf,
        reason: String,
        remedy: &'static str,
    },
    #[error(
        "HECATE_HEALTH_CLIENT_CERT=required accepts only certificates for TLS clients, but the service's own, `{}`, is for \
         servers only; request one with the extended key usage `clientAuth` from the realm, or set \
         HECATE_HEALTH_CLIENT_CERT=optional",
        path.display()
    )]
    ServersOnly { path: PathBuf },
}

impl CertificateError {
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::Missing { .. } | Self::ServersOnly { .. } => Reason::CERTIFICATE_INCOMPLETE,
            Self::Unreadable { .. } | Self::Malformed { .. } => Reason::CERTIFICATE_UNLOADABLE,
            Self::OpenKey { .. } => Reason::CERTIFICATE_KEY_OPEN,
            Self::NotYetValid { .. } | Self::Expired { .. } => Reason::CERTIFICATE_OUT_OF_TIME,
            Self::OtherName { .. } => Reason::CERTIFICATE_NAME_MISMATCH,
            Self::OtherKey { .. } => Reason::CERTIFICATE_KEY_MISMATCH,
            Self::Unverified { .. } => Reason::CERTIFICATE_UNVERIFIED,
        }
    }
}

fn list(files: &[(&str, &str)]) -> String {
    let each: Vec<String> = files
        .iter()
        .map(|(name, purpose)| format!("`{name}` ({purpose})"))
        .collect();
    each.join(", ")
}

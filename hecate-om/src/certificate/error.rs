//! Why a set of certificate files is refused.

use std::io;
use std::path::PathBuf;

use crate::boot_refusal::Reason;

/// Why the files are refused. Each is as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error(
        "`{}` holds a service certificate, yet beside it {} missing: {}; put {} there, or move `service-cert.pem` away \
         to run without a certificate",
        dir.display(),
        if files.len() == 1 { "a file is" } else { "files are" },
        list(files),
        if files.len() == 1 { "it" } else { "them" }
    )]
    Missing {
        dir: PathBuf,
        /// Each file's name, and what it is for.
        files: Vec<(&'static str, &'static str)>,
    },
    #[error("`{}` cannot be read: {source}; make it a file that the service's user may read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "the private key `{}` may be read by others (mode {mode:04o}); it was left as it is. `chmod 600` it, and think \
         of asking for a new one",
        path.display()
    )]
    OpenKey { path: PathBuf, mode: u32 },
    #[error("`{}` {problem}; {cure}", path.display())]
    Malformed {
        path: PathBuf,
        problem: String,
        cure: &'static str,
    },
    #[error(
        "the certificate `{}` holds from {from} only, and it is {now}: set the clock right, or wait",
        path.display()
    )]
    NotYet {
        path: PathBuf,
        from: String,
        now: String,
    },
    #[error(
        "the certificate `{}` ended on {ended}; renew it, or move it away to run without a certificate",
        path.display()
    )]
    Past { path: PathBuf, ended: String },
    #[error(
        "the certificate `{}` is not this service's: its subject alternative names are {found}, and none is the DNS \
         name `{service}`, `{service}.{org}` or one below that; ask the realm for this service's own",
        path.display()
    )]
    OtherName {
        path: PathBuf,
        found: String,
        service: String,
        org: String,
    },
    #[error(
        "the private key `{}` is not the key of the certificate `{}`; put both of one issue there",
        key.display(),
        cert.display()
    )]
    OtherKey { key: PathBuf, cert: PathBuf },
    #[error(
        "the certificate `{}` does not verify against the realm's CA `{}`: {reason}; {cure}",
        cert.display(),
        realm_ca.display()
    )]
    Unverified {
        cert: PathBuf,
        realm_ca: PathBuf,
        reason: String,
        cure: &'static str,
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
            Self::NotYet { .. } | Self::Past { .. } => Reason::CERTIFICATE_OUT_OF_TIME,
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

//! Verification of certificate files without a folder, for fuzz targets.

use std::path::Path;
use std::time::SystemTime;

use crate::certificate::{Certificate, CertificateFiles, ClientCert, FileContents, Principal};

/// Contents of the service certificate's files.
#[derive(Debug, Clone, Copy)]
pub struct CertificateContents<'a> {
    /// `service-cert.pem`.
    pub cert: &'a [u8],
    /// `service-key.pem`.
    pub key: &'a [u8],
    /// `org-ca.pem`.
    pub org_ca: Option<&'a [u8]>,
    /// `realm-ca.pem`.
    pub realm_ca: &'a [u8],
}

/// Verifies files for the service `hecate-echo` of the org `acme`, and configures TLS with them, in
/// the same way as boot.
///
/// # Errors
///
/// Why the files cannot be used.
pub fn verify_certificate(
    contents: CertificateContents<'_>,
    now: SystemTime,
) -> Result<Certificate, String> {
    let files = CertificateFiles::new(Path::new("secrets"));
    let principal = Principal {
        service: "hecate-echo".into(),
        org: "acme".into(),
    };
    let contents = FileContents {
        cert: contents.cert.to_vec(),
        key: contents.key.to_vec(),
        org_ca: contents.org_ca.map(<[u8]>::to_vec),
        realm_ca: contents.realm_ca.to_vec(),
    };
    let verified = Certificate::verified(contents, &files, &principal, now)
        .map_err(|error| error.to_string())?;
    for client in [ClientCert::Off, ClientCert::Optional, ClientCert::Required] {
        verified
            .server_config(client, &files)
            .map_err(|error| error.to_string())?;
    }
    Ok(verified)
}

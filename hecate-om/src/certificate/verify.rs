//! Verification of a service certificate: form, validity, name, key and chain.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError as Unverifiable, Error as TlsError, RootCertStore};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

use super::files::FileContents;
use super::{Certificate, CertificateError, CertificateFiles, Principal, rfc3339};
use crate::unprintable::escaped_text;

/// Maximum number of certificates in a chain. The chain is verified at each expiry of one of its
/// CAs, and each verification may try each CA, so the time grows with the square of this number.
const MAX_CHAIN: usize = 16;

/// Returns the crypto provider of macula-rust. It is chosen explicitly, because the binary may
/// contain several providers.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

impl Certificate {
    /// Verifies the contents of the certificate's files.
    pub(crate) fn verified(
        contents: FileContents,
        files: &CertificateFiles,
        principal: &Principal,
        now: SystemTime,
    ) -> Result<Self, CertificateError> {
        let leaf_file = certificates(&contents.cert, &files.cert())?;
        let realm_ca = certificates(&contents.realm_ca, &files.realm_ca())?;
        let key = private_key(&contents.key, &files.key())?;
        let leaf_file_count = leaf_file.len();
        let mut chain = leaf_file;
        let mut chain_pem = contents.cert;
        if let Some(pem) = &contents.org_ca {
            let org_ca = certificates(pem, &files.org_ca())?;
            let new: Vec<_> = org_ca.into_iter().filter(|c| !chain.contains(c)).collect();
            if !new.is_empty() {
                if !chain_pem.ends_with(b"\n") {
                    chain_pem.push(b'\n');
                }
                chain_pem.extend_from_slice(pem);
                chain.extend(new);
            }
        }
        if chain.len() > MAX_CHAIN {
            return Err(CertificateError::Malformed {
                path: if leaf_file_count > MAX_CHAIN {
                    files.cert()
                } else {
                    files.org_ca()
                },
                problem: format!(
                    "brings the chain to {} certificates, and {MAX_CHAIN} are allowed",
                    chain.len()
                ),
                remedy: "leave only the CAs between the certificate and the realm's CA",
            });
        }
        let (leaf, intermediates) = chain
            .split_first()
            .ok_or_else(|| no_certificate(&files.cert()))?;
        let parsed = parse(leaf).ok_or_else(|| damaged(&files.cert()))?;

        let not_after = system_time(parsed.validity().not_after);
        let not_before = system_time(parsed.validity().not_before);
        if now < not_before {
            return Err(CertificateError::NotYetValid {
                path: files.cert(),
                from: rfc3339(not_before),
                now: rfc3339(now),
            });
        }
        if now > not_after {
            return Err(CertificateError::Expired {
                path: files.cert(),
                not_after: rfc3339(not_after),
            });
        }
        let name =
            principal
                .matching_name(&parsed)
                .map_err(|found| CertificateError::OtherName {
                    path: files.cert(),
                    found,
                    service: principal.service.clone(),
                    org: principal.org.clone(),
                })?;
        match CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider()) {
            Ok(_) => {}
            Err(TlsError::InconsistentKeys(_)) => {
                return Err(CertificateError::OtherKey {
                    key: files.key(),
                    cert: files.cert(),
                });
            }
            Err(_) => {
                return Err(CertificateError::Malformed {
                    path: files.key(),
                    problem: "contains a private key of an unsupported type".into(),
                    remedy: "use one of ECDSA (P-256, P-384, P-521), Ed25519 or RSA of 2048 bits or more",
                });
            }
        }
        let unverified = |reason: String, remedy| CertificateError::Unverified {
            cert: files.cert(),
            realm_ca: files.realm_ca(),
            reason,
            remedy,
        };
        let server_name = ServerName::try_from(name.clone())
            .map_err(|e| unverified(e.to_string(), "request one with a DNS name from the realm"))?;
        let verifier = verifier(&realm_ca, &files.realm_ca())?;
        let verify = |at: SystemTime| {
            let since = at
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            let at = UnixTime::since_unix_epoch(since);
            verifier.verify_server_cert(leaf, intermediates, &server_name, &[], at)
        };
        verify(now).map_err(|error| {
            let (reason, remedy) = explain(&error, contents.org_ca.is_some());
            unverified(reason, remedy)
        })?;
        let (expires_first, not_after) =
            earliest_expiry(&chain, now, not_after, |at| verify(at).is_ok());
        let expires_first = match expires_first {
            0 => None,
            index if index < leaf_file_count => Some(files.cert()),
            _ => Some(files.org_ca()),
        };
        let subject = escaped_text(&parsed.subject().to_string());
        Ok(Self {
            path: files.cert(),
            name,
            subject,
            not_after,
            expires_first,
            chain,
            chain_pem,
            key,
            key_pem: contents.key,
            realm_ca,
            realm_ca_pem: contents.realm_ca,
        })
    }
}

/// Returns the time until which the chain verifies, and the index of the certificate that expires
/// at that time. The time is determined by verification, because the chain may contain CAs that it
/// does not need, such as replaced ones.
fn earliest_expiry(
    chain: &[CertificateDer<'_>],
    now: SystemTime,
    leaf_expiry: SystemTime,
    verifies: impl Fn(SystemTime) -> bool,
) -> (usize, SystemTime) {
    let expiry = |der| parse(der).map(|parsed| system_time(parsed.validity().not_after));
    let mut expiries: Vec<(usize, SystemTime)> = (0..)
        .zip(chain)
        .filter_map(|(index, der)| Some((index, expiry(der)?)))
        .filter(|(_, expiry)| (now..=leaf_expiry).contains(expiry))
        .collect();
    // Latest expiry first; of equal expiries, the leaf first.
    expiries.sort_by_key(|(index, expiry)| (std::cmp::Reverse(*expiry), *index));
    expiries
        .into_iter()
        .find(|(_, expiry)| verifies(*expiry))
        .unwrap_or((0, leaf_expiry))
}

/// Returns a verifier for certificates of the realm.
pub(super) fn verifier(
    realm_ca: &[CertificateDer<'static>],
    path: &Path,
) -> Result<Arc<WebPkiServerVerifier>, CertificateError> {
    let roots = roots(realm_ca, path)?;
    WebPkiServerVerifier::builder_with_provider(roots, provider())
        .build()
        .map_err(|_| no_certificate(path))
}

pub(super) fn roots(
    realm_ca: &[CertificateDer<'static>],
    path: &Path,
) -> Result<Arc<RootCertStore>, CertificateError> {
    let mut roots = RootCertStore::empty();
    for ca in realm_ca {
        roots.add(ca.clone()).map_err(|_| damaged(path))?;
    }
    Ok(Arc::new(roots))
}

pub(super) fn certificates(
    pem: &[u8],
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err(no_certificate(path)),
        Ok(all) => Ok(all),
        Err(_) => Err(damaged(path)),
    }
}

pub(super) fn private_key(
    pem: &[u8],
    path: &Path,
) -> Result<PrivateKeyDer<'static>, CertificateError> {
    // The error is omitted, because it may quote the file.
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| CertificateError::Malformed {
        path: path.to_owned(),
        problem: "contains no private key in PEM".into(),
        remedy: "replace it with an unencrypted key in PKCS#8, SEC1 or PKCS#1",
    })
}

pub(super) fn parse<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(der)
        .ok()
        .map(|(_, certificate)| certificate)
}

pub(super) fn system_time(time: ASN1Time) -> SystemTime {
    let since = u64::try_from(time.timestamp()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(since)
}

fn no_certificate(path: &Path) -> CertificateError {
    CertificateError::Malformed {
        path: path.to_owned(),
        problem: "contains no certificate in PEM".into(),
        remedy: "replace it with one between `BEGIN CERTIFICATE` and `END CERTIFICATE`",
    }
}

fn damaged(path: &Path) -> CertificateError {
    CertificateError::Malformed {
        path: path.to_owned(),
        problem: "contains a damaged certificate".into(),
        remedy: "replace it",
    }
}

fn explain(error: &TlsError, has_org_ca: bool) -> (String, &'static str) {
    match error {
        TlsError::InvalidCertificate(Unverifiable::UnknownIssuer) if !has_org_ca => (
            "there is no chain to it".into(),
            "add the org's CA as `org-ca.pem`, or the intermediate CAs after the certificate in its file",
        ),
        // `BadSignature` means that a CA has the right name but another key.
        TlsError::InvalidCertificate(Unverifiable::UnknownIssuer | Unverifiable::BadSignature) => (
            "there is no chain to it".into(),
            "`org-ca.pem` must be the CA that issued the certificate, and `realm-ca.pem` the one that issued that",
        ),
        TlsError::InvalidCertificate(
            Unverifiable::Expired | Unverifiable::ExpiredContext { .. },
        ) => (
            "an intermediate CA has expired".into(),
            "renew `org-ca.pem`",
        ),
        other => (
            other.to_string(),
            "request a certificate for TLS servers from the realm",
        ),
    }
}

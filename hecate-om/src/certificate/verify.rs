//! From the files' bytes to a certificate that holds: parsed, in time, the service's own, with its key, and of the realm.

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

use super::files::Contents;
use super::{Certificate, CertificateError, Files, Principal, rfc3339};

/// The arithmetic that macula-rust brings along, named because there may be another in the binary.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

impl Certificate {
    /// Checks everything about the files that can be known.
    pub(super) fn verified(
        contents: Contents,
        files: &Files,
        principal: &Principal,
        now: SystemTime,
    ) -> Result<Self, CertificateError> {
        let own = certificates(&contents.cert, &files.cert())?;
        let realm_ca = certificates(&contents.realm_ca, &files.realm_ca())?;
        let key = private_key(&contents.key, &files.key())?;
        let own_count = own.len();
        let mut chain = own;
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
        let (leaf, intermediates) = chain
            .split_first()
            .ok_or_else(|| no_certificate(&files.cert()))?;
        let parsed = parse(leaf).ok_or_else(|| damaged(&files.cert()))?;

        let not_after = moment(parsed.validity().not_after);
        let not_before = moment(parsed.validity().not_before);
        if now < not_before {
            return Err(CertificateError::NotYet {
                path: files.cert(),
                from: rfc3339(not_before),
                now: rfc3339(now),
            });
        }
        if now > not_after {
            return Err(CertificateError::Past {
                path: files.cert(),
                ended: rfc3339(not_after),
            });
        }
        let name = principal
            .find(&parsed)
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
                    problem: "holds a private key of a kind that TLS is not spoken with here"
                        .into(),
                    cure: "use one of ECDSA (P-256, P-384, P-521), Ed25519 or RSA of 2048 bits or more",
                });
            }
        }
        let unverified = |reason: String, cure| CertificateError::Unverified {
            cert: files.cert(),
            realm_ca: files.realm_ca(),
            reason,
            cure,
        };
        let server_name = ServerName::try_from(name.clone())
            .map_err(|e| unverified(e.to_string(), "ask the realm for one with a DNS name"))?;
        let verifier = verifier(&realm_ca, &files.realm_ca())?;
        let verify = |at: SystemTime| {
            let since = at
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            let at = UnixTime::since_unix_epoch(since);
            verifier.verify_server_cert(leaf, intermediates, &server_name, &[], at)
        };
        verify(now).map_err(|error| {
            let (reason, cure) = explain(&error, contents.org_ca.is_some());
            unverified(reason, cure)
        })?;
        let (place, not_after) = last_moment(&chain, now, not_after, |at| verify(at).is_ok());
        let ends_by = match place {
            0 => None,
            own if own < own_count => Some(files.cert()),
            _ => Some(files.org_ca()),
        };
        let subject = parsed.subject().to_string();
        Ok(Self {
            path: files.cert(),
            name,
            subject,
            not_after,
            ends_by,
            chain,
            chain_pem,
            key,
            key_pem: contents.key,
            realm_ca,
            realm_ca_pem: contents.realm_ca,
        })
    }
}

/// The last moment at which the chain verifies, and the place in it of what ends then. It is found by verifying, as a
/// chain may hold CAs that it does not need, one that was replaced for instance, whose end means nothing.
fn last_moment(
    chain: &[CertificateDer<'_>],
    now: SystemTime,
    leaf_ends: SystemTime,
    verifies: impl Fn(SystemTime) -> bool,
) -> (usize, SystemTime) {
    let end = |der| parse(der).map(|parsed| moment(parsed.validity().not_after));
    let mut ends: Vec<(usize, SystemTime)> = (0..)
        .zip(chain)
        .filter_map(|(place, der)| Some((place, end(der)?)))
        .filter(|(_, end)| (now..=leaf_ends).contains(end))
        .collect();
    // The latest first; of those that end together, the leaf.
    ends.sort_by_key(|(place, end)| (std::cmp::Reverse(*end), *place));
    ends.into_iter()
        .find(|(_, end)| verifies(*end))
        .unwrap_or((0, leaf_ends))
}

/// What verifies a certificate of the realm.
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
    // The error is not shown: it may quote the file.
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| CertificateError::Malformed {
        path: path.to_owned(),
        problem: "holds no private key in PEM".into(),
        cure: "put one there in PKCS#8, SEC1 or PKCS#1, not encrypted",
    })
}

pub(super) fn parse<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(der)
        .ok()
        .map(|(_, certificate)| certificate)
}

pub(super) fn moment(time: ASN1Time) -> SystemTime {
    let since = u64::try_from(time.timestamp()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(since)
}

fn no_certificate(path: &Path) -> CertificateError {
    CertificateError::Malformed {
        path: path.to_owned(),
        problem: "holds no certificate in PEM".into(),
        cure: "put one there, between `BEGIN CERTIFICATE` and `END CERTIFICATE`",
    }
}

fn damaged(path: &Path) -> CertificateError {
    CertificateError::Malformed {
        path: path.to_owned(),
        problem: "holds a damaged certificate".into(),
        cure: "put it there anew",
    }
}

fn explain(error: &TlsError, has_org_ca: bool) -> (String, &'static str) {
    match error {
        TlsError::InvalidCertificate(Unverifiable::UnknownIssuer) if !has_org_ca => (
            "no chain leads to it".into(),
            "put the org's CA into `org-ca.pem`, or the CAs between the two behind the certificate",
        ),
        // The latter where a CA has the right name and another key.
        TlsError::InvalidCertificate(Unverifiable::UnknownIssuer | Unverifiable::BadSignature) => (
            "no chain leads to it".into(),
            "`org-ca.pem` must be the CA that issued the certificate, and `realm-ca.pem` the one that issued that",
        ),
        TlsError::InvalidCertificate(
            Unverifiable::Expired | Unverifiable::ExpiredContext { .. },
        ) => (
            "a CA between the two is past its end".into(),
            "renew `org-ca.pem`",
        ),
        other => (
            other.to_string(),
            "ask the realm for one that may identify a TLS server",
        ),
    }
}

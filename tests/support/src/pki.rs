//! Certificates of a realm: its CA, the CA of one org, and the certificates that the org issues.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Common name of the certificates.
const COMMON_NAME: &str = "a service";

/// CAs of a realm and of one org in it.
pub struct TestPki {
    realm: CertifiedIssuer<'static, KeyPair>,
    org: CertifiedIssuer<'static, KeyPair>,
}

/// Certificate with its private key, in PEM.
#[derive(Debug, Clone)]
pub struct IssuedCertificate {
    /// The leaf certificate.
    pub cert: String,
    /// The private key, in PKCS#8.
    pub key: String,
}

impl Default for TestPki {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for TestPki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TestPki")
    }
}

impl TestPki {
    /// Creates the CAs of a new realm.
    ///
    /// # Panics
    ///
    /// If a certificate cannot be created.
    #[must_use]
    pub fn new() -> Self {
        Self::with_org(ca("the org"))
    }

    /// Creates the CAs of a new realm; the org's CA expires at `not_after`.
    ///
    /// # Panics
    ///
    /// If a certificate cannot be created.
    #[must_use]
    pub fn with_org_ca_until(not_after: SystemTime) -> Self {
        let mut org = ca("the org");
        org.not_after = not_after.into();
        Self::with_org(org)
    }

    fn with_org(org: CertificateParams) -> Self {
        let realm =
            CertifiedIssuer::self_signed(ca("the realm"), key()).expect("the realm's CA is valid");
        let org = CertifiedIssuer::signed_by(org, key(), &realm).expect("the org's CA is valid");
        Self { realm, org }
    }

    /// Issues a certificate with these names that expires `days` days and half an hour from now;
    /// for a negative number, it expired that long ago. A name with a colon is a URI, any other a
    /// DNS name.
    ///
    /// # Panics
    ///
    /// If the certificate cannot be created.
    #[must_use]
    pub fn issue(&self, names: &[&str], days: i32) -> IssuedCertificate {
        let now = SystemTime::now() + DAY / 48;
        let distance = DAY * days.unsigned_abs();
        let not_after = if days < 0 {
            now - distance
        } else {
            now + distance
        };
        self.issue_within(names, not_after - DAY * 365, not_after)
    }

    /// Issues a certificate like [`TestPki::issue`], valid from `from` to `to`.
    ///
    /// # Panics
    ///
    /// If the certificate cannot be created.
    #[must_use]
    pub fn issue_within(
        &self,
        names: &[&str],
        from: SystemTime,
        to: SystemTime,
    ) -> IssuedCertificate {
        self.issue_for(COMMON_NAME, names, from, to, &[])
    }

    /// Issues a certificate like [`TestPki::issue`], but for TLS servers only.
    ///
    /// # Panics
    ///
    /// If the certificate cannot be created.
    #[must_use]
    pub fn issue_for_servers(&self, names: &[&str], days: u32) -> IssuedCertificate {
        let now = SystemTime::now();
        let (from, to) = (now - DAY, now + DAY * days);
        let usages = [ExtendedKeyUsagePurpose::ServerAuth];
        self.issue_for(COMMON_NAME, names, from, to, &usages)
    }

    /// Issues a certificate like [`TestPki::issue`] for 90 days, to this common name.
    ///
    /// # Panics
    ///
    /// If the certificate cannot be created.
    #[must_use]
    pub fn issue_to(&self, common_name: &str, names: &[&str]) -> IssuedCertificate {
        let now = SystemTime::now();
        self.issue_for(common_name, names, now - DAY, now + DAY * 90, &[])
    }

    fn issue_for(
        &self,
        common_name: &str,
        names: &[&str],
        from: SystemTime,
        to: SystemTime,
        usages: &[ExtendedKeyUsagePurpose],
    ) -> IssuedCertificate {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.subject_alt_names = names
            .iter()
            .map(|name| {
                let text = (*name).try_into().expect("a name is ASCII");
                if name.contains(':') {
                    SanType::URI(text)
                } else {
                    SanType::DnsName(text)
                }
            })
            .collect();
        params.not_before = from.into();
        params.not_after = to.into();
        params.extended_key_usages = usages.to_vec();
        let key = key();
        let cert = params
            .signed_by(&key, &self.org)
            .expect("the leaf is valid");
        IssuedCertificate {
            cert: cert.pem(),
            key: key.serialize_pem(),
        }
    }

    /// Signs a certificate of any form with the org's CA. Returns it in PEM, or `None` if it cannot
    /// be encoded.
    #[must_use]
    pub fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Option<String> {
        let cert = params.signed_by(key, &self.org).ok()?;
        Some(cert.pem())
    }

    /// Returns the realm's CA, in PEM.
    #[must_use]
    pub fn realm_ca(&self) -> String {
        self.realm.pem()
    }

    /// Returns the org's CA, in PEM.
    #[must_use]
    pub fn org_ca(&self) -> String {
        self.org.pem()
    }

    /// Writes the four files of a service certificate into a folder, the leaf last.
    ///
    /// # Panics
    ///
    /// If a file cannot be written.
    pub fn write_files(&self, dir: &Path, issued: &IssuedCertificate) {
        std::fs::create_dir_all(dir).expect("the folder is created");
        replace_file(dir, "realm-ca.pem", &self.realm_ca());
        replace_file(dir, "org-ca.pem", &self.org_ca());
        replace_file(dir, "service-key.pem", &issued.key);
        replace_file(dir, "service-cert.pem", &issued.cert);
    }
}

/// Replaces a file atomically, readable for its owner only.
///
/// # Panics
///
/// If the file cannot be written.
pub fn replace_file(dir: &Path, name: &str, text: &str) {
    let new = dir.join(format!(".{name}.new"));
    std::fs::write(&new, text).expect("the file is written");
    std::fs::set_permissions(&new, Permissions::from_mode(0o600)).expect("its mode is set");
    std::fs::rename(new, dir.join(name)).expect("the file is replaced");
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("the key is generated")
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

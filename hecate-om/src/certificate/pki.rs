//! A realm's certificates, made for a test: the realm's CA, an org's under it, and what that issues.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A realm and one org in it.
pub struct Pki {
    realm: CertifiedIssuer<'static, KeyPair>,
    org: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The leaf.
    pub cert: String,
    /// Its private key, in PKCS#8.
    pub key: String,
}

impl Default for Pki {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pki")
    }
}

impl Pki {
    /// A realm that nobody knows yet.
    ///
    /// # Panics
    ///
    /// Where a certificate cannot be made.
    #[must_use]
    pub fn new() -> Self {
        Self::with_org(ca("the org"))
    }

    /// The same, with a CA of the org that ends then.
    ///
    /// # Panics
    ///
    /// Where a certificate cannot be made.
    #[must_use]
    pub fn of_org_until(ends: SystemTime) -> Self {
        let mut org = ca("the org");
        org.not_after = ends.into();
        Self::with_org(org)
    }

    fn with_org(org: CertificateParams) -> Self {
        let realm = CertifiedIssuer::self_signed(ca("the realm"), key()).expect("a root is made");
        let org = CertifiedIssuer::signed_by(org, key(), &realm).expect("a CA is made");
        Self { realm, org }
    }

    /// A certificate of the org with these DNS names, good from yesterday and for so many days and half an hour more.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    #[must_use]
    pub fn issue(&self, names: &[&str], days: i32) -> Issued {
        let now = SystemTime::now() + DAY / 48;
        let away = DAY * days.unsigned_abs();
        let ends = if days < 0 { now - away } else { now + away };
        self.issue_within(names, ends - DAY * 365, ends)
    }

    /// A certificate of the org with these DNS names (those with a colon are URIs), good from `from` to `to`.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    #[must_use]
    pub fn issue_within(&self, names: &[&str], from: SystemTime, to: SystemTime) -> Issued {
        self.issue_for(names, from, to, &[])
    }

    /// Issues a certificate like [`Pki::issue`], but for TLS servers only.
    ///
    /// # Panics
    ///
    /// If the certificate cannot be created.
    #[must_use]
    pub fn issue_for_servers(&self, names: &[&str], days: u32) -> Issued {
        let now = SystemTime::now();
        let (from, to) = (now - DAY, now + DAY * days);
        self.issue_for(names, from, to, &[ExtendedKeyUsagePurpose::ServerAuth])
    }

    fn issue_for(
        &self,
        names: &[&str],
        from: SystemTime,
        to: SystemTime,
        usages: &[ExtendedKeyUsagePurpose],
    ) -> Issued {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "a service");
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
        let cert = params.signed_by(&key, &self.org).expect("a leaf is made");
        Issued {
            cert: cert.pem(),
            key: key.serialize_pem(),
        }
    }

    /// The realm's CA, in PEM.
    #[must_use]
    pub fn realm_ca(&self) -> String {
        self.realm.pem()
    }

    /// The org's CA, in PEM.
    #[must_use]
    pub fn org_ca(&self) -> String {
        self.org.pem()
    }

    /// Puts all four files into a folder, the leaf last, as one that renews them would.
    ///
    /// # Panics
    ///
    /// Where they cannot be written.
    pub fn write(&self, dir: &Path, issued: &Issued) {
        std::fs::create_dir_all(dir).expect("the folder is made");
        put(dir, "realm-ca.pem", &self.realm_ca());
        put(dir, "org-ca.pem", &self.org_ca());
        put(dir, "service-key.pem", &issued.key);
        put(dir, "service-cert.pem", &issued.cert);
    }
}

/// Replaces a file in one step, for its owner only.
///
/// # Panics
///
/// Where it cannot be written.
pub fn put(dir: &Path, name: &str, text: &str) {
    let new = dir.join(format!(".{name}.new"));
    std::fs::write(&new, text).expect("the file is written");
    std::fs::set_permissions(&new, Permissions::from_mode(0o600)).expect("its mode is set");
    std::fs::rename(new, dir.join(name)).expect("the file is put in place");
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key is made")
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use hecate_om_test_support::{IssuedCertificate, TestPki, replace_file};
use tempfile::TempDir;

use super::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn rag() -> Principal {
    Principal {
        service: "hecate-rag".into(),
        org: "acme".into(),
    }
}

/// Returns a certificate that was loaded a month ago.
pub(crate) fn of_last_month(
    files: &CertificateFiles,
    principal: &Principal,
    client: ClientCert,
) -> ServiceCert {
    let then = SystemTime::now() - 30 * DAY;
    let contents = files.read().unwrap();
    let certificate = Certificate::verified(contents, files, principal, then).unwrap();
    let server = certificate.server_config(client, files).unwrap();
    let (_, loaded) = watch::channel(LoadedCertificate {
        certificate: Arc::new(certificate),
        server: Arc::new(server),
    });
    ServiceCert { loaded }
}

struct Folder {
    dir: TempDir,
    pki: TestPki,
}

impl Folder {
    /// Creates a folder with a valid set of files.
    fn new() -> Self {
        let pki = TestPki::new();
        let dir = tempfile::tempdir().unwrap();
        pki.write_files(dir.path(), &pki.issue(&["hecate-rag"], 90));
        Self { dir, pki }
    }

    fn with_names(names: &[&str], days: i32) -> Self {
        let folder = Self::new();
        folder.write(&folder.pki.issue(names, days));
        folder
    }

    fn write(&self, issued: &IssuedCertificate) {
        self.pki.write_files(self.dir.path(), issued);
    }

    fn put(&self, name: &str, text: &str) {
        replace_file(self.dir.path(), name, text);
    }

    fn remove(&self, names: &[&str]) {
        for name in names {
            std::fs::remove_file(self.dir.path().join(name)).unwrap();
        }
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap()
    }

    async fn load(&self) -> Result<Option<ServiceCert>, CertificateError> {
        load_and_renew(
            CertificateFiles::new(self.dir.path()),
            rag(),
            ClientCert::Required,
        )
        .await
    }

    async fn valid(&self) -> Arc<Certificate> {
        self.load().await.unwrap().unwrap().current()
    }

    async fn refused(&self, texts: &[&str]) {
        let error = self.load().await.unwrap_err().to_string();
        for text in texts {
            assert!(error.contains(text), "`{text}` is not in: {error}");
        }
        assert!(error.contains(self.dir.path().to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_valid_set_is_loaded_completely() {
    let folder = Folder::with_names(&["other", "hecate-rag.acme.io.macula"], 90);
    let certificate = folder.valid().await;
    assert_eq!(certificate.name(), "hecate-rag.acme.io.macula");
    assert_eq!(certificate.days_left(), 90);
    assert_eq!(certificate.health(), Health::Ok);
    assert!(certificate.subject().contains("CN=a service"));
    assert_eq!(certificate.chain_der().count(), 2);
    assert_eq!(certificate.realm_ca_der().count(), 1);
    let both = folder.text("service-cert.pem") + &folder.text("org-ca.pem");
    assert_eq!(certificate.chain_pem(), both.as_bytes());
    let shown = format!("{certificate:?}");
    assert!(!shown.contains("key"), "{shown}");
}

#[tokio::test]
async fn a_subject_does_not_control_a_terminal() {
    let folder = Folder::new();
    folder.write(
        &folder
            .pki
            .issue_to("a\u{1b}[31m\n\u{202e}service", &["hecate-rag"]),
    );
    let subject = folder.valid().await.subject().to_owned();
    assert_eq!(subject, r"CN=a\u{1b}[31m\n\u{202e}service");
}

#[tokio::test]
async fn without_a_certificate_the_other_files_are_ignored() {
    let folder = Folder::new();
    folder.remove(&["service-cert.pem"]);
    assert!(folder.load().await.unwrap().is_none());
    folder.remove(&["service-key.pem", "org-ca.pem", "realm-ca.pem"]);
    assert!(folder.load().await.unwrap().is_none());
}

#[tokio::test]
async fn all_missing_files_are_reported_together_with_their_purposes() {
    let folder = Folder::new();
    folder.remove(&["service-key.pem", "org-ca.pem", "realm-ca.pem"]);
    folder
        .refused(&[
            "files are missing",
            "`service-key.pem` (its private key)",
            "`realm-ca.pem` (the realm's CA",
            "`org-ca.pem` (the org's CA",
        ])
        .await;
    folder.write(&folder.pki.issue(&["hecate-rag"], 90));
    folder.remove(&["service-key.pem"]);
    folder
        .refused(&["a file is missing: `service-key.pem`"])
        .await;
}

#[tokio::test]
async fn the_chain_can_be_in_the_certificates_file() {
    let folder = Folder::new();
    let chain = folder.text("service-cert.pem") + &folder.pki.org_ca();
    folder.put("service-cert.pem", &chain);
    assert_eq!(
        folder.valid().await.chain_der().count(),
        2,
        "with the CA in both files"
    );
    folder.remove(&["org-ca.pem"]);
    assert_eq!(folder.valid().await.chain_der().count(), 2);
}

#[tokio::test]
async fn a_leaf_without_its_orgs_ca_does_not_verify() {
    let folder = Folder::new();
    folder.remove(&["org-ca.pem"]);
    folder
        .refused(&[
            "service-cert.pem",
            "there is no chain to it",
            "as `org-ca.pem`",
        ])
        .await;
}

#[tokio::test]
async fn a_certificate_of_another_realm_does_not_verify() {
    let folder = Folder::new();
    folder.put("realm-ca.pem", &TestPki::new().realm_ca());
    folder
        .refused(&[
            "realm-ca.pem",
            "there is no chain to it",
            "must be the CA that",
        ])
        .await;
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused() {
    let folder = Folder::new();
    let other = folder.pki.issue(&["hecate-rag"], 90);
    folder.put("service-key.pem", &other.key);
    folder
        .refused(&["service-key.pem", "is not the key of the certificate"])
        .await;
}

#[tokio::test]
async fn a_key_that_others_can_read_is_refused_and_not_changed() {
    let folder = Folder::new();
    let path = folder.dir.path().join("service-key.pem");
    let before = folder.text("service-key.pem");
    std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    folder
        .refused(&["service-key.pem", "mode 0640", "chmod 600"])
        .await;
    assert_eq!(folder.text("service-key.pem"), before);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}

#[tokio::test]
async fn a_file_that_does_not_parse_is_named() {
    for (name, text, problem) in [
        ("service-cert.pem", "", "contains no certificate in PEM"),
        ("org-ca.pem", "not PEM", "contains no certificate in PEM"),
        (
            "realm-ca.pem",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            "contains a damaged certificate",
        ),
        (
            "realm-ca.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "contains a damaged certificate",
        ),
        (
            "service-cert.pem",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "contains a damaged certificate",
        ),
        (
            "service-key.pem",
            "secret",
            "contains no private key in PEM",
        ),
        (
            "service-key.pem",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "a private key of an unsupported type",
        ),
    ] {
        let folder = Folder::new();
        folder.put(name, text);
        folder.refused(&[name, problem]).await;
    }
}

#[tokio::test]
async fn a_folder_and_a_file_that_is_too_large_are_named() {
    let folder = Folder::new();
    folder.remove(&["org-ca.pem"]);
    std::fs::create_dir(folder.dir.path().join("org-ca.pem")).unwrap();
    folder.refused(&["org-ca.pem", "not a regular file"]).await;
    let folder = Folder::new();
    folder.put("realm-ca.pem", &" ".repeat(1024 * 1024 + 1));
    folder.refused(&["realm-ca.pem", "more than 1 MiB"]).await;
}

#[tokio::test]
async fn a_certificate_of_another_service_is_refused_with_its_names() {
    let folder = Folder::with_names(&["hecate-llm", "*.acme", "mri:service:acme/hecate-rag"], 90);
    folder
        .refused(&[
            "not for this service",
            "DNS `hecate-llm`, DNS `*.acme`, URI `mri:service:acme/hecate-rag`",
            "`hecate-rag`, `hecate-rag.acme`",
        ])
        .await;
    Folder::with_names(&[], 90)
        .refused(&["names are none"])
        .await;
}

#[tokio::test]
async fn a_certificate_outside_its_validity_is_refused_with_the_date() {
    Folder::with_names(&["hecate-rag"], -2)
        .refused(&["service-cert.pem", "expired on 20", "renew it"])
        .await;
    let folder = Folder::new();
    let from = SystemTime::now() + DAY;
    folder.write(&folder.pki.issue_within(&["hecate-rag"], from, from + DAY));
    folder
        .refused(&[
            "service-cert.pem",
            "is not valid before 20",
            "correct the clock",
        ])
        .await;
}

#[tokio::test]
async fn below_fourteen_days_the_service_is_degraded_with_file_and_date() {
    let certificate = Folder::with_names(&["hecate-rag"], 14).valid().await;
    assert_eq!(
        (certificate.days_left(), certificate.health()),
        (14, Health::Ok)
    );
    let certificate = Folder::with_names(&["hecate-rag"], 13).valid().await;
    let health = certificate.health();
    assert_eq!((certificate.days_left(), health.status()), (13, "degraded"));
    let reason = health.reason().unwrap();
    assert!(reason.contains(&certificate.not_after_text()), "{reason}");
    assert!(reason.contains("service-cert.pem"), "{reason}");
}

#[tokio::test]
async fn an_intermediate_ca_that_expires_before_the_leaf_determines_the_expiry() {
    let soon = SystemTime::now() + DAY * 5 + DAY / 48;
    let mut folder = Folder::new();
    folder.pki = TestPki::with_org_ca_until(soon);
    folder.write(&folder.pki.issue(&["hecate-rag"], 90));
    let certificate = folder.valid().await;
    assert_eq!(certificate.days_left(), 5);
    let health = certificate.health();
    assert_eq!(health.status(), "degraded");
    let reason = health.reason().unwrap();
    assert!(reason.starts_with("a CA that the service"), "{reason}");
    assert!(reason.contains(&certificate.not_after_text()), "{reason}");
    assert!(reason.contains("org-ca.pem"), "{reason}");

    let chain = folder.text("service-cert.pem") + &folder.pki.org_ca();
    folder.put("service-cert.pem", &chain);
    folder.remove(&["org-ca.pem"]);
    let certificate = folder.valid().await;
    let health = certificate.health();
    assert_eq!(certificate.days_left(), 5);
    assert!(health.reason().unwrap().contains("service-cert.pem"));
}

#[tokio::test]
async fn a_ca_that_the_chain_does_not_need_can_expire() {
    let folder = Folder::new();
    let soon = TestPki::with_org_ca_until(SystemTime::now() + DAY);
    let past = TestPki::with_org_ca_until(SystemTime::now() - DAY);
    let all = folder.pki.org_ca() + &soon.org_ca() + &past.org_ca();
    folder.put("org-ca.pem", &all);
    let certificate = folder.valid().await;
    assert_eq!(certificate.chain_der().count(), 4);
    assert_eq!(certificate.days_left(), 90);
    assert_eq!(certificate.health(), Health::Ok);
}

#[tokio::test]
async fn a_chain_has_a_limited_length() {
    let folder = Folder::new();
    let others: String = (0..15).map(|_| TestPki::new().org_ca()).collect();
    folder.put("org-ca.pem", &(folder.pki.org_ca() + &others));
    folder.refused(&["org-ca.pem", "to 17 certificates"]).await;
}

#[tokio::test]
async fn required_client_certificates_refuse_a_certificate_for_servers_only() {
    let folder = Folder::new();
    folder.write(&folder.pki.issue_for_servers(&["hecate-rag"], 90));
    folder
        .refused(&[
            "service-cert.pem",
            "HECATE_HEALTH_CLIENT_CERT",
            "clientAuth",
        ])
        .await;
    for client in [ClientCert::Off, ClientCert::Optional] {
        let files = CertificateFiles::new(folder.dir.path());
        assert!(
            load_and_renew(files, rag(), client)
                .await
                .unwrap()
                .is_some()
        );
    }
}

#[tokio::test]
async fn an_expired_certificate_in_use_is_down() {
    let folder = Folder::with_names(&["hecate-rag"], -2);
    let files = CertificateFiles::new(folder.dir.path());
    let certificate = of_last_month(&files, &rag(), ClientCert::Off).current();
    assert_eq!(certificate.days_left(), -2);
    assert_eq!(certificate.health().status(), "down");
    assert!(certificate.is_expired());
}

#[tokio::test]
async fn a_valid_renewal_is_used_and_an_invalid_one_is_not() {
    let folder = Folder::new();
    let mut cert = folder.load().await.unwrap().unwrap();
    let first = cert.current();
    folder.write(&folder.pki.issue(&["hecate-rag"], -1));
    folder.put("realm-ca.pem", "gone");
    folder.write(&folder.pki.issue(&["hecate-rag"], 30));
    let renewed = cert.renewed().await.unwrap();
    assert_eq!((first.days_left(), renewed.days_left()), (90, 30));
    assert_ne!(first.key_der(), renewed.key_der());
    assert!(!Arc::ptr_eq(&first, &cert.current()));
}

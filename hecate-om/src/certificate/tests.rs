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

/// A certificate as it was read a month ago.
pub(crate) fn of_last_month(
    files: &Files,
    principal: &Principal,
    client: ClientCert,
) -> ServiceCert {
    let then = SystemTime::now() - 30 * DAY;
    let contents = files.read().unwrap();
    let certificate = Certificate::verified(contents, files, principal, then).unwrap();
    let server = certificate.server_config(client, files).unwrap();
    let (_, loaded) = watch::channel(Loaded {
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
    /// With a good set in it.
    fn new() -> Self {
        let pki = TestPki::new();
        let dir = tempfile::tempdir().unwrap();
        pki.write_files(dir.path(), &pki.issue(&["hecate-rag"], 90));
        Self { dir, pki }
    }

    fn of(names: &[&str], days: i32) -> Self {
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
        keep(Files::new(self.dir.path()), rag(), ClientCert::Required).await
    }

    async fn good(&self) -> Arc<Certificate> {
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
async fn a_good_set_is_read_whole() {
    let folder = Folder::of(&["other", "hecate-rag.acme.io.macula"], 90);
    let certificate = folder.good().await;
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
async fn no_certificate_is_all_well_whatever_else_is_there() {
    let folder = Folder::new();
    folder.remove(&["service-cert.pem"]);
    assert!(folder.load().await.unwrap().is_none());
    folder.remove(&["service-key.pem", "org-ca.pem", "realm-ca.pem"]);
    assert!(folder.load().await.unwrap().is_none());
}

#[tokio::test]
async fn all_that_is_missing_is_named_at_once_and_what_for() {
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
async fn the_chain_may_stand_in_the_certificate_s_own_file() {
    let folder = Folder::new();
    let chain = folder.text("service-cert.pem") + &folder.pki.org_ca();
    folder.put("service-cert.pem", &chain);
    assert_eq!(folder.good().await.chain_der().count(), 2, "with it twice");
    folder.remove(&["org-ca.pem"]);
    assert_eq!(folder.good().await.chain_der().count(), 2);
}

#[tokio::test]
async fn a_leaf_without_its_org_s_ca_does_not_verify() {
    let folder = Folder::new();
    folder.remove(&["org-ca.pem"]);
    folder
        .refused(&[
            "service-cert.pem",
            "no chain leads to it",
            "into `org-ca.pem`",
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
            "no chain leads to it",
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
async fn a_key_that_others_may_read_is_refused_and_left_as_it_is() {
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
async fn what_does_not_parse_is_named_by_file() {
    for (name, text, problem) in [
        ("service-cert.pem", "", "holds no certificate in PEM"),
        ("org-ca.pem", "not PEM", "holds no certificate in PEM"),
        (
            "realm-ca.pem",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            "holds a damaged certificate",
        ),
        (
            "realm-ca.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "holds a damaged certificate",
        ),
        (
            "service-cert.pem",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "holds a damaged certificate",
        ),
        ("service-key.pem", "secret", "holds no private key in PEM"),
        (
            "service-key.pem",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "of a kind that TLS is not spoken with",
        ),
    ] {
        let folder = Folder::new();
        folder.put(name, text);
        folder.refused(&[name, problem]).await;
    }
}

#[tokio::test]
async fn what_is_no_file_is_named() {
    let folder = Folder::new();
    folder.remove(&["org-ca.pem"]);
    std::fs::create_dir(folder.dir.path().join("org-ca.pem")).unwrap();
    folder.refused(&["org-ca.pem", "not a regular file"]).await;
    let folder = Folder::new();
    folder.put("realm-ca.pem", &" ".repeat(1024 * 1024 + 1));
    folder.refused(&["realm-ca.pem", "more than 1 MiB"]).await;
}

#[tokio::test]
async fn a_certificate_of_another_service_is_refused_with_the_names_it_has() {
    let folder = Folder::of(&["hecate-llm", "*.acme", "mri:service:acme/hecate-rag"], 90);
    folder
        .refused(&[
            "not this service's",
            "DNS `hecate-llm`, DNS `*.acme`, URI `mri:service:acme/hecate-rag`",
            "`hecate-rag`, `hecate-rag.acme`",
        ])
        .await;
    Folder::of(&[], 90).refused(&["names are none"]).await;
}

#[tokio::test]
async fn a_certificate_outside_its_time_is_refused_with_the_date() {
    Folder::of(&["hecate-rag"], -2)
        .refused(&["service-cert.pem", "ended on 20", "renew it"])
        .await;
    let folder = Folder::new();
    let from = SystemTime::now() + DAY;
    folder.write(&folder.pki.issue_within(&["hecate-rag"], from, from + DAY));
    folder
        .refused(&["service-cert.pem", "holds from 20", "set the clock right"])
        .await;
}

#[tokio::test]
async fn below_fourteen_days_it_is_degraded_and_names_file_and_date() {
    let certificate = Folder::of(&["hecate-rag"], 14).good().await;
    assert_eq!(
        (certificate.days_left(), certificate.health()),
        (14, Health::Ok)
    );
    let certificate = Folder::of(&["hecate-rag"], 13).good().await;
    let health = certificate.health();
    assert_eq!((certificate.days_left(), health.status()), (13, "degraded"));
    let reason = health.reason().unwrap();
    assert!(reason.contains(&certificate.ends()), "{reason}");
    assert!(reason.contains("service-cert.pem"), "{reason}");
}

#[tokio::test]
async fn a_ca_of_the_chain_that_ends_before_the_leaf_is_what_counts() {
    let soon = SystemTime::now() + DAY * 5 + DAY / 48;
    let mut folder = Folder::new();
    folder.pki = TestPki::with_org_ca_until(soon);
    folder.write(&folder.pki.issue(&["hecate-rag"], 90));
    let certificate = folder.good().await;
    assert_eq!(certificate.days_left(), 5);
    let health = certificate.health();
    assert_eq!(health.status(), "degraded");
    let reason = health.reason().unwrap();
    assert!(reason.starts_with("a CA that the service"), "{reason}");
    assert!(reason.contains(&certificate.ends()), "{reason}");
    assert!(reason.contains("org-ca.pem"), "{reason}");

    let chain = folder.text("service-cert.pem") + &folder.pki.org_ca();
    folder.put("service-cert.pem", &chain);
    folder.remove(&["org-ca.pem"]);
    let certificate = folder.good().await;
    let health = certificate.health();
    assert_eq!(certificate.days_left(), 5);
    assert!(health.reason().unwrap().contains("service-cert.pem"));
}

#[tokio::test]
async fn a_ca_that_the_chain_does_not_need_may_end() {
    let folder = Folder::new();
    let soon = TestPki::with_org_ca_until(SystemTime::now() + DAY);
    let past = TestPki::with_org_ca_until(SystemTime::now() - DAY);
    let all = folder.pki.org_ca() + &soon.org_ca() + &past.org_ca();
    folder.put("org-ca.pem", &all);
    let certificate = folder.good().await;
    assert_eq!(certificate.chain_der().count(), 4);
    assert_eq!(certificate.days_left(), 90);
    assert_eq!(certificate.health(), Health::Ok);
}

#[tokio::test]
async fn a_listener_that_requires_client_certificates_refuses_its_own_that_is_for_servers_only() {
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
        let files = Files::new(folder.dir.path());
        assert!(keep(files, rag(), client).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_past_one_that_is_in_use_is_down() {
    let folder = Folder::of(&["hecate-rag"], -2);
    let files = Files::new(folder.dir.path());
    let certificate = of_last_month(&files, &rag(), ClientCert::Off).current();
    assert_eq!(certificate.days_left(), -2);
    assert_eq!(certificate.health().status(), "down");
    assert!(certificate.is_past());
}

#[tokio::test]
async fn a_renewal_is_taken_and_a_bad_one_leaves_the_old_in_use() {
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

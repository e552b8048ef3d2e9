//! The service certificate of a running service: served by TLS, renewed on disk, refused.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use hecate_om_test_support::{IssuedCertificate, TestPki, replace_file};
use hecate_om_tests::{Answer, HttpsClient, HttpsResponse, Sandbox, Service, binary, until};

/// A sandbox with a certificate for `hecate-trial`.
struct Machine {
    sandbox: Sandbox,
    pki: TestPki,
}

impl Machine {
    fn with(names: &[&str], days: i32) -> Self {
        let machine = Self {
            sandbox: Sandbox::new(),
            pki: TestPki::new(),
        };
        machine.install(&machine.pki.issue(names, days));
        machine
    }

    fn secrets(&self) -> PathBuf {
        self.sandbox.path().join("secrets")
    }

    fn install(&self, issued: &IssuedCertificate) {
        self.pki.write_files(&self.secrets(), issued);
    }

    fn trial(&self, client_cert: &str) -> Command {
        let mut command = self.sandbox.service("hecate-trial");
        command
            .env("HECATE_MESH", "optional")
            .env("HECATE_SECRETS_DIR", self.secrets())
            .env("HECATE_STATE_DIR", self.sandbox.path().join("state"))
            .env("HECATE_HEALTH_CLIENT_CERT", client_cert);
        command
    }

    fn healthcheck(&self, service: &Service, client_cert: &str) -> i32 {
        self.probe(service, &mut self.trial(client_cert)).code
    }

    fn probe(&self, service: &Service, command: &mut Command) -> Answer {
        let (_, port) = service.health.rsplit_once(':').expect("an address");
        command.args(["healthcheck", "--health-port", port]);
        self.sandbox.run(command)
    }
}

/// Requests until the response is as expected.
fn until_response(
    client: &HttpsClient,
    service: &Service,
    path: &str,
    wanted: impl Fn(&HttpsResponse) -> bool,
) -> HttpsResponse {
    until("answered so", || {
        match client.get(&service.health, "hecate-trial", path) {
            Ok(answered) if wanted(&answered) => Ok(answered),
            other => Err(other),
        }
    })
}

#[test]
fn health_is_served_by_tls_and_the_certificate_renewed_without_a_restart() {
    let machine = Machine::with(&["hecate-trial"], 90);
    let mut service = Service::start(&mut machine.trial("off"));
    let client = HttpsClient::new(&machine.pki, None);
    let first = until_response(&client, &service, "/health", |a| a.status == 200);
    let body = first.json();
    assert_eq!(body["status"], "ok");
    assert_eq!(body["certificate"]["days_left"], 90);
    assert!(
        body["certificate"]["subject"]
            .as_str()
            .is_some_and(|s| s.contains("CN=a service"))
    );
    assert!(
        body["certificate"]["not_after"]
            .as_str()
            .is_some_and(|s| s.ends_with('Z'))
    );

    // A client of another realm, or one that expects another service, rejects the certificate.
    let stranger = HttpsClient::new(&TestPki::new(), None);
    assert!(
        stranger
            .get(&service.health, "hecate-trial", "/health")
            .is_err()
    );
    assert!(
        client
            .get(&service.health, "hecate-echo", "/health")
            .is_err()
    );
    let (status, hint) = hecate_om_tests::get(&service.health, "/health").expect("an answer");
    assert_eq!(status, 400);
    assert!(hint.contains("https://"), "{hint}");
    assert_eq!(machine.healthcheck(&service, "off"), 0);

    machine.install(&machine.pki.issue(&["hecate-trial"], 10));
    let second = until_response(&client, &service, "/health", |a| a.leaf != first.leaf);
    service.process.ensure_logged("service certificate renewed");
    assert_eq!(second.status, 503);
    assert_eq!(second.json()["status"], "degraded");
    let reason = second.json()["reason"]
        .as_str()
        .map(str::to_owned)
        .unwrap_or_default();
    assert!(
        reason.contains("service-cert.pem") && reason.contains("in 10 days"),
        "{reason}"
    );

    // An invalid set is refused by name, and the old one stays in use.
    machine.install(&machine.pki.issue(&["hecate-trial"], -2));
    let line = service
        .process
        .wait_for("the new service certificate is refused");
    assert!(
        line.contains("service-cert.pem") && line.contains("expired on"),
        "{line}"
    );
    let third = until_response(&client, &service, "/health", |_| true);
    assert_eq!(third.leaf, second.leaf);
    assert_eq!(
        machine.healthcheck(&service, "off"),
        0,
        "the probe is not for certificates"
    );

    machine.install(&machine.pki.issue(&["hecate-trial"], 60));
    let fourth = until_response(&client, &service, "/health", |a| a.leaf != second.leaf);
    assert_eq!(
        (fourth.status, &fourth.json()["certificate"]["days_left"]),
        (200, &60.into())
    );
}

#[test]
fn a_required_client_certificate_cannot_be_omitted() {
    let machine = Machine::with(&["hecate-trial"], 90);
    let service = Service::start(&mut machine.trial("required"));
    let monitor = machine.pki.issue(&["monitor"], 30);
    let ask = |client: HttpsClient| client.get(&service.health, "hecate-trial", "/health/live");
    let answered = ask(HttpsClient::new(&machine.pki, Some(&monitor))).expect("an answer");
    assert_eq!(answered.status, 200);
    assert!(
        ask(HttpsClient::new(&machine.pki, None)).is_err(),
        "without one"
    );
    let foreign = TestPki::new().issue(&["monitor"], 30);
    assert!(
        ask(HttpsClient::new(&machine.pki, Some(&foreign))).is_err(),
        "of another realm"
    );
    assert_eq!(machine.healthcheck(&service, "required"), 0);
}

#[test]
fn an_optional_client_certificate_must_be_of_the_realm() {
    let machine = Machine::with(&["hecate-trial.hecate-trial.hecate.dev"], 90);
    let service = Service::start(&mut machine.trial("optional"));
    let name = "hecate-trial.hecate-trial.hecate.dev";
    let ask = |client: HttpsClient| client.get(&service.health, name, "/health/live");
    let monitor = machine.pki.issue(&["monitor"], 30);
    for own in [None, Some(&monitor)] {
        let answered = ask(HttpsClient::new(&machine.pki, own)).expect("an answer");
        assert_eq!(answered.status, 200);
    }
    let foreign = TestPki::new().issue(&["monitor"], 30);
    assert!(ask(HttpsClient::new(&machine.pki, Some(&foreign))).is_err());
}

#[test]
fn wrong_certificate_files_refuse_boot_by_name() {
    let refused = |machine: &Machine, texts: &[&str]| {
        let answer = machine.sandbox.run(&mut machine.trial("off"));
        assert_eq!(answer.code, 1, "{answer:?}");
        for text in texts.iter().chain(&["boot refused at step `identity`"]) {
            assert!(
                answer.stderr.contains(text),
                "`{text}` is not in:\n{}",
                answer.stderr
            );
        }
    };
    let machine = Machine::with(&["hecate-echo"], 90);
    refused(
        &machine,
        &["is not for this service", "`hecate-echo`", "`hecate-trial`"],
    );
    machine.install(&machine.pki.issue(&["hecate-trial"], -2));
    refused(&machine, &["service-cert.pem", "expired on"]);
    replace_file(
        &machine.secrets(),
        "realm-ca.pem",
        &TestPki::new().realm_ca(),
    );
    replace_file(
        &machine.secrets(),
        "service-cert.pem",
        &machine.pki.issue(&["hecate-trial"], 9).cert,
    );
    refused(&machine, &["service-key.pem", "is not the key"]);
    for name in ["service-key.pem", "realm-ca.pem"] {
        std::fs::remove_file(machine.secrets().join(name)).expect("the file exists");
    }
    refused(
        &machine,
        &[
            "`service-key.pem` (its private key)",
            "`realm-ca.pem` (the realm's CA",
        ],
    );
}

#[test]
fn requesting_client_certificates_without_a_certificate_refuses_boot() {
    let machine = Machine::with(&["hecate-trial"], 90);
    std::fs::remove_file(machine.secrets().join("service-cert.pem")).expect("the file exists");
    let answer = machine.sandbox.run(&mut machine.trial("required"));
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stderr.contains("HECATE_HEALTH_CLIENT_CERT"),
        "{answer:?}"
    );
    assert!(answer.stderr.contains("service-cert.pem"), "{answer:?}");
}

#[test]
fn healthcheck_reads_no_certificate_files() {
    let machine = Machine::with(&["hecate-trial"], 90);
    for client_cert in ["off", "required"] {
        machine.install(&machine.pki.issue(&["hecate-trial"], 90));
        let service = Service::start(&mut machine.trial(client_cert));
        let alive = |what: &str| {
            let answer = machine.probe(&service, &mut machine.trial(client_cert));
            assert_eq!(answer.code, 0, "{what}: {answer:?}");
        };
        let renewed = machine.pki.issue(&["hecate-trial"], 90);
        replace_file(&machine.secrets(), "service-key.pem", &renewed.key);
        alive("a new key beside the old certificate");
        replace_file(&machine.secrets(), "realm-ca.pem", "-----BEGIN CERT");
        alive("a damaged CA of the realm");
        replace_file(
            &machine.secrets(),
            "realm-ca.pem",
            &TestPki::new().realm_ca(),
        );
        alive("another realm's CA");
        for name in ["service-cert.pem", "realm-ca.pem", "org-ca.pem"] {
            std::fs::remove_file(machine.secrets().join(name)).expect("the file exists");
        }
        alive("files that are gone");
    }
}

#[test]
fn healthcheck_succeeds_although_a_restart_would_be_refused() {
    let machine = Machine::with(&["hecate-trial"], 90);
    let service = Service::start(&mut machine.trial("off"));
    let file = machine.sandbox.path().join("service.env");
    std::fs::write(&file, "HECATE_ORGG=acme\nhalf a li").expect("the file is written");
    let cases = [
        ("HECATE_CONFIG", file.to_str().expect("a path is text")),
        ("HECATE_CONFIG", "/nowhere/service.env"),
        ("HECATE_ORG", "No Org"),
        ("HECATE_DRAIN_MAX", "long"),
    ];
    for (variable, value) in cases {
        let mut command = machine.trial("off");
        let answer = machine.probe(&service, command.env(variable, value));
        assert_eq!(answer.code, 0, "{variable}={value}: {answer:?}");
    }
    let mut command = machine.trial("off");
    let answer = machine.probe(&service, command.env("HECATE_HEALTH_ADDR", "here"));
    assert_eq!(answer.code, 1, "it cannot know where to ask: {answer:?}");
    assert!(answer.stderr.contains("HECATE_HEALTH_ADDR"), "{answer:?}");
}

#[test]
fn healthcheck_succeeds_after_the_orgs_ca_has_expired() {
    // Build first, because the build takes longer than the CA's lifetime.
    let _ = binary("hecate-trial");
    let services = ["off", "required"].map(|client_cert| {
        let machine = Machine {
            sandbox: Sandbox::new(),
            // Long enough for a busy machine to boot.
            pki: TestPki::with_org_ca_until(SystemTime::now() + Duration::from_secs(20)),
        };
        machine.install(&machine.pki.issue(&["hecate-trial"], 90));
        let service = Service::start(&mut machine.trial(client_cert));
        (machine, service, client_cert)
    });
    for (machine, mut service, client_cert) in services {
        service
            .process
            .ensure_logged("a CA that the service certificate needs expired on");
        assert_eq!(machine.healthcheck(&service, client_cert), 0);
    }
}

#[test]
fn a_server_only_certificate_refuses_boot_if_client_certificates_are_required() {
    let machine = Machine::with(&["hecate-trial"], 90);
    machine.install(&machine.pki.issue_for_servers(&["hecate-trial"], 90));
    let answer = machine.sandbox.run(&mut machine.trial("required"));
    assert_eq!(answer.code, 1, "{answer:?}");
    for text in ["certificate_incomplete", "for servers only", "clientAuth"] {
        assert!(answer.stderr.contains(text), "{answer:?}");
    }
    for client_cert in ["off", "optional"] {
        let service = Service::start(&mut machine.trial(client_cert));
        assert_eq!(machine.healthcheck(&service, client_cert), 0);
    }
}

#[test]
fn a_server_only_renewal_is_refused_if_client_certificates_are_required() {
    let machine = Machine::with(&["hecate-trial"], 90);
    let mut service = Service::start(&mut machine.trial("required"));
    machine.install(&machine.pki.issue_for_servers(&["hecate-trial"], 90));
    let refused = service
        .process
        .wait_for("the new service certificate is refused");
    assert!(refused.contains("for servers only"), "{refused}");
    assert_eq!(machine.healthcheck(&service, "required"), 0);
}

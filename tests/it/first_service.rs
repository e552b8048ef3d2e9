//! A service without any configuration: live, listed and called.

use hecate_om_tests::{Sandbox, get, json};

#[test]
fn a_service_without_configuration_is_live_and_called() {
    let machine = Sandbox::new();
    let echo = machine.start("hecate-echo");

    let (status, health) = json(&echo.health, "/health");
    assert_eq!(status, 200, "{health}");
    assert_eq!(health["name"], "hecate-echo");
    assert_eq!(health["status"], "ok");
    assert_eq!(health["claim"]["state"], "issued");
    for grant in health["provider_grants"].as_array().unwrap() {
        assert_eq!(grant["status"], "granted", "{grant}");
    }
    for probe in ["/health/live", "/health/ready", "/health/startup"] {
        assert_eq!(get(&echo.health, probe).unwrap().0, 200, "{probe}");
    }
    assert_eq!(get(&echo.health, "/nothing").unwrap().0, 404);

    let mesh: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(machine.mesh_file()).unwrap()).unwrap();
    assert_eq!(mesh["realm"]["name"], "hecate.dev");

    let answer = machine.cli(&["call", "hecate-echo/echo.say", r#""hello""#]);
    assert_eq!(
        (answer.code, answer.stdout.as_str()),
        (0, r#""hello""#),
        "{answer:?}"
    );
}

#[test]
fn the_mesh_lists_and_describes_its_services() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let _trial = machine.start("hecate-trial");

    let all = machine.cli(&["ls"]);
    assert_eq!(all.code, 0, "{all:?}");
    for text in [
        "hecate-echo",
        "hecate-echo/echo.say",
        "hecate-trial/trial.text_v2",
        "ok",
    ] {
        assert!(
            all.stdout.contains(text),
            "`{text}` is not in:\n{}",
            all.stdout
        );
    }
    assert!(
        !all.stdout.contains("_realm"),
        "the realm is no service:\n{}",
        all.stdout
    );

    let answer = machine.cli(&["ls", "hecate-echo", "--json"]).json();
    let services = answer["result"].as_array().unwrap();
    assert_eq!(services.len(), 1);
    assert_eq!(services[0]["name"], "hecate-echo");
    assert_eq!(services[0]["status"], "ok");
    let capabilities = services[0]["capabilities"].as_array().unwrap();
    assert!(
        capabilities.contains(&"hecate-echo/info".into()),
        "{capabilities:?}"
    );
    assert!(
        capabilities.contains(&"hecate-echo/hecate-echo.describe_capabilities".into()),
        "{capabilities:?}"
    );

    let described = machine.cli(&["describe", "hecate-trial/trial.small"]);
    assert_eq!(described.code, 0, "{described:?}");
    for text in [
        "hecate-trial/trial.small",
        "Accepts at most 64 bytes.",
        "String",
        "usize",
        "64",
    ] {
        assert!(
            described.stdout.contains(text),
            "`{text}` is not in:\n{}",
            described.stdout
        );
    }
    let unknown = machine.cli(&["describe", "hecate-trial/trial.none"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("does not offer"), "{unknown:?}");
}

#[test]
fn the_subcommands_of_the_binary_need_no_mesh() {
    let machine = Sandbox::new();
    let run_subcommand = |name: &str| machine.run(machine.service("hecate-trial").arg(name));

    assert_eq!(
        run_subcommand("version").stdout,
        format!("hecate-trial {}", env!("CARGO_PKG_VERSION"))
    );
    let manifest = run_subcommand("manifest").json();
    assert_eq!(manifest["name"], "hecate-trial");
    let config = run_subcommand("config");
    assert_eq!(config.code, 0);
    for (assignment, origin) in [
        ("HECATE_HEALTH_PORT=0 ", "  # environment"),
        ("HECATE_MESH=dev ", "  # default"),
        ("HECATE_ORG=hecate-trial ", "  # default"),
    ] {
        let mut lines = config.stdout.lines();
        let line = lines.find(|line| line.starts_with(assignment));
        assert!(line.is_some_and(|l| l.ends_with(origin)), "{config:?}");
    }
    assert!(
        run_subcommand("--help")
            .stdout
            .contains("--health-port VALUE")
    );
    let unknown = run_subcommand("serve");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("serve"), "{unknown:?}");
    assert!(
        !machine.path().join("state").exists(),
        "subcommands leave nothing behind"
    );
}

#[test]
fn healthcheck_requests_the_running_service() {
    let machine = Sandbox::new();
    let echo = machine.start("hecate-echo");
    let port = echo.health.rsplit(':').next().unwrap();
    let ask = |port: &str| {
        machine.run(
            machine
                .service("hecate-echo")
                .args(["healthcheck", "--health-port", port]),
        )
    };
    assert_eq!(ask(port).code, 0);
    drop(echo.process);
    let answer = ask(port);
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("/health/live"), "{answer:?}");
}

#[test]
fn a_degraded_service_reports_it_and_stays_live() {
    let machine = Sandbox::new();
    let state = machine.path().join("trial");
    std::fs::create_dir(&state).unwrap();
    std::fs::write(state.join("health"), "the disk is nearly full").unwrap();
    let trial = hecate_om_tests::Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_STATE_DIR", &state),
    );
    let (status, body) = json(&trial.health, "/health");
    assert_eq!(status, 503);
    assert_eq!(body["status"], "degraded");
    assert_eq!(body["reason"], "the disk is nearly full");
    assert!(
        body.get("name").is_none(),
        "as in hecate-om (Erlang), a healthy service reports its name"
    );
    assert_eq!(get(&trial.health, "/health/live").unwrap().0, 200);
    let info = machine.cli(&["call", "hecate-trial/info", "--json"]).json();
    assert_eq!(info["result"]["status"], "degraded");
}

#[test]
fn a_health_check_that_panics_counts_as_down() {
    let machine = Sandbox::new();
    let state = machine.path().join("trial");
    std::fs::create_dir(&state).unwrap();
    std::fs::write(state.join("health"), "panic").unwrap();
    let trial = hecate_om_tests::Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_STATE_DIR", &state),
    );
    let (status, body) = json(&trial.health, "/health");
    assert_eq!(
        (status, body["status"].as_str()),
        (503, Some("down")),
        "{body}"
    );
    assert!(
        body["reason"].as_str().unwrap().contains("panicked"),
        "{body}"
    );
}

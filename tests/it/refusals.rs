//! Refused boots, and their texts.

use std::path::Path;
use std::process::Command;

use hecate_om_tests::{Answer, Sandbox};

pub(crate) fn boot(machine: &Sandbox, environment: &[(&str, &str)]) -> Answer {
    machine.run(
        machine
            .service("hecate-trial")
            .envs(environment.iter().copied()),
    )
}

#[track_caller]
pub(crate) fn refused(answer: &Answer, texts: &[&str]) {
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("boot refused at step"), "{answer:?}");
    for text in texts {
        assert!(
            answer.stderr.contains(text),
            "`{text}` is not in:\n{}",
            answer.stderr
        );
    }
}

/// Returns the last line of a JSON log.
fn refusal(log: &str) -> serde_json::Value {
    let parse = |line: &str| -> serde_json::Value {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    };
    let mut lines: Vec<_> = log.lines().map(parse).collect();
    lines.pop().expect("something is logged")
}

#[test]
fn a_required_mesh_without_settings_names_all_missing_ones() {
    let machine = Sandbox::new();
    let answer = boot(&machine, &[("HECATE_MESH", "required")]);
    refused(
        &answer,
        &[
            "mesh_unconfigured: not set: HECATE_REALM, HECATE_REALM_KEY, MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS",
            "HECATE_MESH=optional",
        ],
    );
    assert!(
        !machine.path().join("state").exists(),
        "refused before a key is made"
    );
}

/// Returns the settings of a realm; each row of the table below changes one of them.
fn stations(machine: &Sandbox) -> Vec<(&'static str, String)> {
    let folder = |name: &str| machine.path().join(name).display().to_string();
    vec![
        ("HECATE_MESH", "required".into()),
        // The SHA-256 of `io.macula`.
        (
            "HECATE_REALM",
            "abb81b5a614b63551b400b810648c0c8a78efad845442630c94b46cc95d2fcd1".into(),
        ),
        ("HECATE_REALM_KEY", "00ff".into()),
        ("MACULA_STATION_SEEDS", "[::1]:4433".into()),
        ("MACULA_STATION_NODE_IDS", "11".repeat(32)),
        ("HECATE_SECRETS_DIR", folder("secrets")),
        ("HECATE_STATE_DIR", folder("state")),
    ]
}

#[test]
fn configuration_refusals_have_the_names_of_hecate_om_erlang_and_precede_the_key() {
    let two_ids = format!("{0},{0}", "11".repeat(32));
    // The changed variable, its value, and the refusals in their order.
    let rows: [(&str, &str, &str); 22] = [
        ("HECATE_ORG", "_", "org_not_configured"),
        ("HECATE_ORG", "Not An Org", "org_not_configured"),
        ("HECATE_MESH", "sometimes", "mesh_setting_unknown"),
        ("HECATE_MESH", "dev", "dev_mesh_refused"),
        ("HECATE_REALM", "", "mesh_unconfigured"),
        ("HECATE_REALM_KEY", "  ", "mesh_unconfigured"),
        ("MACULA_STATION_SEEDS", "${SEEDS}", "mesh_unconfigured"),
        ("MACULA_STATION_NODE_IDS", "", "mesh_unconfigured"),
        ("HECATE_REALM", "5e1f", "realm_malformed"),
        ("HECATE_REALM_KEY", "0g", "realm_key_not_hex"),
        ("HECATE_REALM_KEY", "00ff", "realm_key_malformed"),
        ("HECATE_REALM_NAME", "org.other", "realm_name_mismatch"),
        ("MACULA_STATION_SEEDS", "a,b", "seeds_without_node_ids"),
        (
            "MACULA_STATION_NODE_IDS",
            &two_ids,
            "node_ids_without_seeds",
        ),
        ("MACULA_STATION_SEEDS", "::1", "seed_malformed"),
        ("MACULA_STATION_NODE_IDS", "zz", "node_id_malformed"),
        ("HECATE_DRAIN_MAX", "soon", "setting_malformed"),
        ("HECATE_DRAIN_MAX", "30", "setting_malformed"),
        ("HECATE_CLAIM_RETRY", "5", "setting_malformed"),
        ("HECATE_CONFIG", "/nowhere", "config_file_unreadable"),
        ("HECATE_PROFILE", "rsa", "setting_malformed"),
        ("HECATE_HEALTH_PORT", "84700", "setting_malformed"),
    ];
    for (variable, value, name) in rows {
        let machine = Sandbox::new();
        let mut command = machine.service("hecate-trial");
        command.envs(stations(&machine)).env(variable, value);
        let answer = machine.run(command.env("HECATE_LOG_FORMAT", "json"));
        assert_eq!(answer.code, 1, "{variable}={value}: {answer:?}");
        let line = refusal(&answer.stderr);
        assert_eq!(line["refusal"], name, "{variable}={value}: {line}");
        assert_eq!(line["step"], "config", "{line}");
        let message = line["message"].as_str().unwrap();
        let begin = format!("boot refused at step `config`: {name}: ");
        assert!(message.starts_with(&begin), "{message}");
        let made: Vec<_> = std::fs::read_dir(machine.path()).unwrap().collect();
        assert!(made.is_empty(), "{variable}={value} made {made:?}");
    }
}

#[test]
fn a_station_without_a_realm_refuses_boot_even_if_the_mesh_is_optional() {
    let machine = Sandbox::new();
    let only = |seeds: (&'static str, &str)| {
        let environment = [("HECATE_MESH", "optional"), seeds];
        boot(&machine, &environment).stderr
    };
    let seeds = only(("MACULA_STATION_SEEDS", "a.example"));
    let names = "realm_unconfigured,realm_key_unconfigured,seeds_without_node_ids";
    assert!(seeds.contains(names), "{seeds}");
    let node_ids = only(("MACULA_STATION_NODE_IDS", &"11".repeat(32)));
    let names = "realm_unconfigured,realm_key_unconfigured,node_ids_without_seeds";
    assert!(node_ids.contains(names), "{node_ids}");
}

#[test]
fn all_mistakes_are_reported_at_once_by_name_and_without_secrets() {
    let machine = Sandbox::new();
    let mut command = machine.service("hecate-trial");
    command
        .envs(stations(&machine))
        .env("HECATE_REALM", "hunter2")
        .env("HECATE_HEALTH_PORT", "x")
        .env("HECATE_REALMKEY", "hunter3");
    let answer = machine.run(&mut command);
    refused(
        &answer,
        &[
            "2 problems",
            "\n  realm_malformed: HECATE_REALM (environment): a value of 7 characters",
            "\n  setting_malformed: HECATE_HEALTH_PORT (environment): ",
            "realm_malformed,setting_malformed",
            "unknown setting HECATE_REALMKEY; did you mean HECATE_REALM_KEY?",
        ],
    );
    let configured = machine.run(command.arg("config"));
    assert_eq!(configured.code, 1, "{configured:?}");
    assert!(
        configured
            .stdout
            .contains("HECATE_REALM=<7 characters, not shown>"),
        "{configured:?}"
    );
    for text in [&answer.stderr, &configured.stdout, &configured.stderr] {
        assert!(!text.contains("hunter"), "{text}");
    }
}

#[test]
fn the_configuration_is_printed_with_the_origin_of_each_value() {
    let machine = Sandbox::new();
    let file = machine.path().join("trial.env");
    std::fs::write(&file, "HECATE_BOX=box 1\n").unwrap();
    let mut command = machine.service("hecate-trial");
    command.args(["config", "--drain-max", "90s", "--config"]);
    let answer = machine.run(command.arg(&file));
    assert_eq!(answer.code, 0, "{answer:?}");
    let origin_of = |assignment: &str| {
        let mut lines = answer.stdout.lines();
        let line = lines.find(|line| line.starts_with(assignment));
        let line = line.unwrap_or_else(|| panic!("no `{assignment}`:\n{}", answer.stdout));
        line.split_once("  # ").expect("an origin").1.to_owned()
    };
    assert_eq!(origin_of("HECATE_MESH=dev "), "default");
    assert_eq!(origin_of("HECATE_ORG=hecate-trial "), "default");
    assert_eq!(
        origin_of("HECATE_BOX=box 1 "),
        format!("{}:1", file.display())
    );
    assert_eq!(origin_of("HECATE_HEALTH_PORT=0 "), "environment");
    assert_eq!(origin_of("HECATE_DRAIN_MAX=90s "), "flag");
    assert_eq!(origin_of("HECATE_REALM= "), "not set");
}

#[test]
fn a_malformed_seed_refuses_boot_by_name() {
    let machine = Sandbox::new();
    let answer = boot(
        &machine,
        &[
            ("HECATE_MESH", "required"),
            ("MACULA_STATION_SEEDS", "::1:4433"),
            ("MACULA_STATION_NODE_IDS", "abc"),
        ],
    );
    refused(
        &answer,
        &[
            "MACULA_STATION_SEEDS (environment)",
            "`::1:4433`",
            "in brackets",
            "MACULA_STATION_NODE_IDS",
            "HECATE_REALM",
        ],
    );
}

#[test]
fn a_health_port_in_use_refuses_boot_by_name() {
    let machine = Sandbox::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let answer = boot(&machine, &[("HECATE_HEALTH_PORT", &port)]);
    refused(
        &answer,
        &[
            "`health`: health_port_unavailable: ",
            &port,
            "HECATE_HEALTH_PORT",
        ],
    );
}

#[test]
fn a_second_process_with_the_same_identity_is_refused() {
    let machine = Sandbox::new();
    let _first = machine.start("hecate-trial");
    refused(
        &boot(&machine, &[]),
        &[
            "`identity`: identity_key_in_use: ",
            "in use by another process",
            "HECATE_SECRETS_DIR",
        ],
    );
}

#[test]
fn a_failed_start_refuses_boot_with_the_authors_text() {
    let machine = Sandbox::new();
    refused(
        &boot(&machine, &[("TRIAL_START_FAILS", "1")]),
        &[
            "`start`: start_failed: ",
            "failed as requested; unset TRIAL_START_FAILS",
        ],
    );
}

#[test]
fn missing_state_is_named_with_its_capability_and_boot_is_undone() {
    let machine = Sandbox::new();
    refused(
        &boot(&machine, &[("TRIAL_FORGETS", "1")]),
        &[
            "`start`: state_not_provided: ",
            "the handler of `trial.count` takes `&hecate_trial::Runs`",
            "boot.provide",
            "stopped after 0 sleeps",
        ],
    );
}

#[test]
fn a_blocking_stop_does_not_hold_up_a_refused_boot() {
    let machine = Sandbox::new();
    let blocks = [
        ("TOKIO_WORKER_THREADS", "1"),
        ("TRIAL_FORGETS", "1"),
        ("TRIAL_STOP_BLOCKS", "1"),
    ];
    refused(
        &boot(&machine, &blocks),
        &[
            "`stop` blocks its thread",
            "`stop` did not return in time timeout=10s",
            "`start`: state_not_provided: ",
        ],
    );
}

/// Creates a named pipe without a writer.
fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("`mkfifo` can be run").success());
}

#[test]
fn a_named_pipe_in_place_of_a_file_is_refused_at_once() {
    let machine = Sandbox::new();
    let config = machine.path().join("service.env");
    pipe(&config);
    let file = [("HECATE_CONFIG", config.to_str().unwrap())];
    let texts = [
        "config_file_unreadable: ",
        "service.env",
        "it is not a regular file",
    ];
    refused(&boot(&machine, &file), &texts);
    for subcommand in ["healthcheck", "config"] {
        let mut command = machine.service("hecate-trial");
        let answer = machine.run(command.args([subcommand, "--config"]).arg(&config));
        assert_eq!(answer.code, 1, "{answer:?}");
    }
    let secrets = machine.path().join("secrets");
    std::fs::create_dir(&secrets).unwrap();
    let folder = [("HECATE_SECRETS_DIR", secrets.to_str().unwrap())];
    pipe(&secrets.join("identity.key"));
    let texts = [
        "identity_key_unloadable: ",
        "identity.key",
        "it is not a regular file",
    ];
    refused(&boot(&machine, &folder), &texts);
    pipe(&secrets.join("service-cert.pem"));
    let texts = [
        "certificate_unloadable: ",
        "service-cert.pem",
        "it is not a regular file",
    ];
    refused(&boot(&machine, &folder), &texts);
}

#[test]
fn logs_are_json_without_a_terminal() {
    let machine = Sandbox::new();
    let answer = machine.run(
        machine
            .service("hecate-trial")
            .env_remove("HECATE_LOG_FORMAT")
            .env("HECATE_MESH", "required"),
    );
    let line = refusal(&answer.stderr);
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["step"], "config");
    assert_eq!(line["refusal"], "mesh_unconfigured");
}

#[test]
fn an_optional_mesh_without_stations_is_live_without_a_mesh() {
    let machine = Sandbox::new();
    let service = hecate_om_tests::Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_MESH", "optional")
            .env("HECATE_SECRETS_DIR", machine.path().join("secrets"))
            .env("HECATE_STATE_DIR", machine.path().join("var"))
            .env("HECATE_HEALTH_ADDR", "127.0.0.1"),
    );
    let (status, body) = hecate_om_tests::json(&service.health, "/health");
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["claim"]["state"], "no_mesh");
}

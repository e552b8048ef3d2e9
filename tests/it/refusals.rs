//! What refuses to boot, and what it says to do.

use std::os::unix::fs::PermissionsExt as _;

use hecate_om_tests::{Answer, Sandbox};

fn boot(machine: &Sandbox, environment: &[(&str, &str)]) -> Answer {
    machine.run(
        machine
            .service("hecate-trial")
            .envs(environment.iter().copied()),
    )
}

#[track_caller]
fn refused(answer: &Answer, texts: &[&str]) {
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

#[test]
fn a_required_mesh_with_nothing_set_names_all_that_is_missing() {
    let machine = Sandbox::new();
    let answer = boot(&machine, &[("HECATE_MESH", "required")]);
    refused(
        &answer,
        &[
            "HECATE_REALM, HECATE_REALM_KEY, MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS",
            "HECATE_MESH=optional",
        ],
    );
    assert!(
        !machine.path().join("state").exists(),
        "refused before a key is made"
    );
}

#[test]
fn a_malformed_seed_is_named() {
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
fn a_key_that_cannot_be_used_is_left_as_it_is() {
    let machine = Sandbox::new();
    let secrets = machine.path().join("secrets");
    std::fs::create_dir(&secrets).unwrap();
    let key = secrets.join("identity.key");
    std::fs::write(&key, "corrupt").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let dir = secrets.to_str().unwrap();
    let corrupt = boot(&machine, &[("HECATE_SECRETS_DIR", dir)]);
    refused(
        &corrupt,
        &["`identity`", "identity.key", "Restore it from a backup"],
    );
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "corrupt");

    std::fs::remove_file(&key).unwrap();
    std::fs::create_dir(&key).unwrap();
    let unreadable = boot(&machine, &[("HECATE_SECRETS_DIR", dir)]);
    refused(&unreadable, &["identity.key"]);
    assert!(key.is_dir());
}

#[test]
fn a_health_port_that_is_taken_is_named() {
    let machine = Sandbox::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let answer = boot(&machine, &[("HECATE_HEALTH_PORT", &port)]);
    refused(&answer, &["`health`", &port, "HECATE_HEALTH_PORT"]);
}

#[test]
fn the_same_identity_twice_is_refused() {
    let machine = Sandbox::new();
    let _first = machine.start("hecate-trial");
    refused(
        &boot(&machine, &[]),
        &[
            "`identity`",
            "in use by another process",
            "HECATE_SECRETS_DIR",
        ],
    );
}

#[test]
fn a_start_that_fails_says_so_in_the_authors_words() {
    let machine = Sandbox::new();
    refused(
        &boot(&machine, &[("TRIAL_START_FAILS", "1")]),
        &["`start`", "told to fail; unset TRIAL_START_FAILS"],
    );
}

#[test]
fn state_that_nobody_provided_is_named_with_its_capability_and_what_was_started_is_stopped() {
    let machine = Sandbox::new();
    refused(
        &boot(&machine, &[("TRIAL_FORGETS", "1")]),
        &[
            "`trial.count` takes `&hecate_trial::Runs`",
            "boot.provide",
            "stopped after 0 sleeps",
        ],
    );
}

#[test]
fn logs_are_json_where_no_terminal_is() {
    let machine = Sandbox::new();
    let answer = machine.run(
        machine
            .service("hecate-trial")
            .env_remove("HECATE_LOG_FORMAT")
            .env("HECATE_MESH", "required"),
    );
    let line: serde_json::Value = serde_json::from_str(&answer.stderr).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["step"], "config");
}

#[test]
fn optional_without_a_station_is_live_without_a_mesh() {
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

//! The station restarts while the services continue; no service hosts it, as in production.

use std::process::Command;
use std::time::Duration;

use hecate_om::call::CallError;
use hecate_om_tests::{Process, Sandbox, Service, WAIT_LIMIT, json, runtime};
use serde_json::{Value, json};

use crate::mesh_host::assert_served_again;

/// Starts the trial with the station and realm as settings, so that it never takes over the
/// station.
pub(crate) fn start_with_a_station(machine: &Sandbox) -> Service {
    Service::start(&mut with_a_station(machine))
}

/// Returns the command of that service.
pub(crate) fn with_a_station(machine: &Sandbox) -> Command {
    let file = machine.mesh_info();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let station = &file["station"];
    let seed = format!("{}:{}", text(&station["host"]), station["port"]);
    let folder = machine.path().join("trial");
    let mut command = machine.service("hecate-trial");
    command
        .env("HECATE_MESH", "required")
        .env("HECATE_PROFILE", text(&file["profile"]))
        .env("HECATE_REALM", text(&file["realm"]["id"]))
        .env("HECATE_REALM_NAME", text(&file["realm"]["name"]))
        .env("HECATE_REALM_KEY", text(&file["realm"]["key"]))
        .env("MACULA_STATION_SEEDS", seed)
        .env("MACULA_STATION_NODE_IDS", text(&station["node_id"]))
        .env("HECATE_SECRETS_DIR", &folder)
        .env("HECATE_STATE_DIR", &folder)
        .env("HECATE_HEALTH_ADDR", "127.0.0.1");
    command
}

#[test]
fn after_a_station_restart_the_same_process_serves_everything_again() {
    let machine = Sandbox::new();
    let station = machine.mesh();
    let mut trial = start_with_a_station(&machine);
    let answer = machine.cli(&["call", "hecate-trial/trial.count"]);
    assert_eq!(answer.stdout, "1", "{answer:?}");
    let before = machine.mesh_info();

    station.signal("KILL");
    drop(station);
    let _station = machine.mesh();
    assert_eq!(machine.mesh_info(), before, "the same station");

    assert_served_again(&machine, &mut trial);
    let answer = machine.cli(&["call", "hecate-trial/trial.count"]);
    assert_eq!(answer.stdout, "2", "the process is the same: {answer:?}");
    let (status, body) = json(&trial.health, "/health");
    assert_eq!(status, 200, "{body}");
}

#[test]
fn a_call_made_while_no_station_is_linked_waits_for_one() {
    let machine = Sandbox::new();
    let station = machine.mesh();
    runtime().block_on(async {
        let client = machine.client().await;
        let linked = client.mesh().advertised(WAIT_LIMIT).await;
        assert!(linked.is_ok(), "{linked:?}");
        station.signal("TERM");
        let (status, log) = station.end();
        assert_eq!(status.code(), Some(0), "{log}");

        // The station itself answers this call, so it succeeds as soon as there is a station.
        let claim = |timeout| {
            client
                .mesh()
                .procedure("hecate.dev/_realm/_realm/identity/request_provider_authorization_v1")
                .timeout(timeout)
        };
        let request = json!({"org": "acme", "service_name": "acme", "box": ""});
        let early = claim(Duration::from_millis(200))
            .call::<_, Value>(&request)
            .await;
        assert!(
            matches!(early, Err(CallError::NotConnected(_))),
            "{early:?}"
        );
        let call = claim(WAIT_LIMIT).call::<_, Value>(&request);
        tokio::pin!(call);
        // The call starts before there is a station, and the station that starts next answers it.
        tokio::select! {
            biased;
            early = &mut call => panic!("it does not wait: {early:?}"),
            () = tokio::task::yield_now() => {}
        }
        let _station = Process::start(&mut machine.dev());
        assert_eq!(call.await.unwrap()["status"], "issued");
    });
}

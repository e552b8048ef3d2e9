//! What the probes are told: of a service that is not well, and of a runtime that is stuck.

use hecate_om_tests::{Exposition, PATIENCE, Sandbox, Service, get, json, until};

use crate::calls::{client, runtime};
use crate::restart::start_with_a_station;

/// Asks until the path answers that status; the body that came with it.
fn answered(health: &str, path: &str, status: u16) -> String {
    until(&format!("{status} at {path}"), || {
        match get(health, path).expect("the health listener answers") {
            (now, body) if now == status => Ok(body),
            other => Err(other),
        }
    })
}

fn metrics(health: &str) -> Exposition {
    Exposition::parse(&get(health, "/metrics").expect("the listener answers").1)
}

#[test]
fn a_degraded_service_is_alive_and_ready() {
    let machine = Sandbox::new();
    let state = machine.path().join("trial");
    std::fs::create_dir(&state).unwrap();
    std::fs::write(state.join("health"), "the disk is nearly full").unwrap();
    let trial = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_STATE_DIR", &state),
    );
    let (status, body) = json(&trial.health, "/health");
    assert_eq!((status, body["status"].as_str()), (503, Some("degraded")));
    assert!(body["checked_ms_ago"].is_u64(), "{body}");
    assert!(body["heartbeat_ms_ago"].is_u64(), "{body}");
    for probe in ["/health/live", "/health/startup"] {
        assert_eq!(get(&trial.health, probe).unwrap().0, 200, "{probe}");
    }
    trial.ready();
    let page = metrics(&trial.health);
    assert_eq!(page.value("hecate_health", &[("status", "degraded")]), 1.0);
    assert_eq!(page.value("hecate_health", &[("status", "ok")]), 0.0);
    assert_eq!(page.value("hecate_ready", &[]), 1.0);
}

#[test]
fn a_runtime_whose_every_thread_is_blocked_is_not_alive_until_it_runs_again() {
    let machine = Sandbox::new();
    // The mesh in another process, so that it is not stuck, too.
    let _mesh = machine.mesh();
    let trial = Service::start(
        machine
            .service("hecate-trial")
            .env("TOKIO_WORKER_THREADS", "1"),
    );
    trial.ready();
    let release = machine.path().join("release");

    let runtime = runtime();
    let client = runtime.block_on(client(&machine));
    let (mesh, file) = (client.mesh().clone(), release.clone());
    // Whether it is answered depends on how long the link outlives a node that is stuck.
    let blocked = runtime.spawn(async move {
        let call = mesh.procedure("hecate-trial/trial.block").timeout(PATIENCE);
        call.call::<_, ()>(&file).await
    });

    let why = answered(&trial.health, "/health/live", 503);
    assert!(why.contains("handlers block its threads"), "{why}");
    let (status, body) = json(&trial.health, "/health");
    assert_eq!((status, body["status"].as_str()), (503, Some("down")));
    assert_eq!(get(&trial.health, "/health/ready").unwrap().0, 503);
    let page = metrics(&trial.health);
    assert!(page.value("hecate_heartbeat_age_seconds", &[]) >= 10.0);
    let running = [("rpc_method", "hecate-trial/trial.block")];
    assert_eq!(page.value("hecate_calls_in_flight", &running), 1.0);

    std::fs::write(&release, "").unwrap();
    answered(&trial.health, "/health/live", 200);
    trial.ready();
    blocked.abort();
}

#[test]
fn a_service_whose_only_station_went_away_without_a_word_is_not_ready_until_it_answers() {
    let machine = Sandbox::new();
    let station = machine.mesh();
    let mut trial = start_with_a_station(&machine);
    trial.ready();
    station.signal("STOP");
    let why = answered(&trial.health, "/health/ready", 503);
    assert!(why.contains("no station has acknowledged"), "{why}");
    trial.process.wait_for("station does not answer");
    // The probe noticed, well before QUIC's idle timeout ends the link.
    let log = trial.process.log();
    assert!(!log.contains("the link to the station ended"), "{log}");
    assert_eq!(get(&trial.health, "/health/live").unwrap().0, 200);
    station.signal("CONT");
    trial.process.wait_for("the station answers again");
    trial.ready();
}

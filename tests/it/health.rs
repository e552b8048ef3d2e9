//! Probes of a degraded service, and of a stuck runtime.

use hecate_om_tests::{Sandbox, Service, WAIT_LIMIT, get, json, runtime, until};

use crate::restart::start_with_a_station;

/// Requests until the path answers with the status; returns the body.
fn until_status(health: &str, path: &str, status: u16) -> String {
    until(&format!("{status} at {path}"), || {
        match get(health, path).expect("the health listener answers") {
            (now, body) if now == status => Ok(body),
            other => Err(other),
        }
    })
}

#[test]
fn healthcheck_ignores_mistakes_in_other_settings() {
    let machine = Sandbox::new();
    let echo = machine.start("hecate-echo");
    let (_, port) = echo.health.rsplit_once(':').expect("an address");
    for (variable, value) in [
        ("HECATE_MESH", "required"),
        ("HECATE_REALM", "zz"),
        ("HECATE_DRAIN_MAX", "30"),
    ] {
        let mut probe = machine.service("hecate-echo");
        probe.args(["healthcheck", "--health-port", port]);
        let answer = machine.run(probe.env(variable, value));
        assert_eq!(answer.code, 0, "{variable}={value}: {answer:?}");
    }
}

#[test]
fn a_degraded_service_is_live_and_ready() {
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
    let page = trial.metrics();
    assert_eq!(page.value("hecate_health", &[("status", "degraded")]), 1.0);
    assert_eq!(page.value("hecate_health", &[("status", "ok")]), 0.0);
    assert_eq!(page.value("hecate_ready", &[]), 1.0);
}

#[test]
fn a_runtime_with_all_threads_blocked_is_not_live() {
    let machine = Sandbox::new();
    // The mesh runs in another process, so that it is not stuck, too.
    let _mesh = machine.mesh();
    let mut trial = Service::start(
        machine
            .service("hecate-trial")
            .env("TOKIO_WORKER_THREADS", "1"),
    );
    trial.ready();
    let release = machine.path().join("release");

    let runtime = runtime();
    let client = runtime.block_on(machine.client());
    let (mesh, file) = (client.mesh().clone(), release.clone());
    // Whether the call is answered depends on how long the link of a stuck node survives.
    let blocked = runtime.spawn(async move {
        let call = mesh
            .procedure("hecate-trial/trial.block")
            .timeout(WAIT_LIMIT);
        call.call::<_, ()>(&file).await
    });

    let stalled = trial.process.wait_for("the runtime runs no tasks");
    let handler = "hecate-trial/trial.block";
    assert!(
        stalled.contains("WARN") && stalled.contains(handler),
        "{stalled}"
    );
    let why = until_status(&trial.health, "/health/live", 503);
    assert!(why.contains("handlers block its threads"), "{why}");
    let (status, body) = json(&trial.health, "/health");
    assert_eq!((status, body["status"].as_str()), (503, Some("down")));
    assert_eq!(get(&trial.health, "/health/ready").unwrap().0, 503);
    let page = trial.metrics();
    assert!(page.value("hecate_heartbeat_age_seconds", &[]) >= 10.0);
    let running = [("rpc_method", "hecate-trial/trial.block")];
    assert_eq!(page.value("hecate_calls_in_flight", &running), 1.0);

    std::fs::write(&release, "").unwrap();
    until_status(&trial.health, "/health/live", 200);
    trial.process.wait_for("the runtime is no longer stalled");
    trial.ready();
    blocked.abort();
}

#[test]
fn a_service_whose_only_station_is_silent_is_not_ready() {
    let machine = Sandbox::new();
    let station = machine.mesh();
    let mut trial = start_with_a_station(&machine);
    trial.ready();
    station.signal("STOP");
    let why = until_status(&trial.health, "/health/ready", 503);
    assert!(why.contains("no station has acknowledged"), "{why}");
    trial.process.wait_for("station does not answer");
    // The liveness probe detects the stopped station well before QUIC's idle timeout ends the link.
    let log = trial.process.log();
    assert!(!log.contains("no link to station"), "{log}");
    assert_eq!(get(&trial.health, "/health/live").unwrap().0, 200);
    station.signal("CONT");
    trial.process.wait_for("the station answers again");
    trial.ready();
}

//! Graceful shutdown while handlers or `stop` block their threads.

use std::time::{Duration, Instant};

use hecate_om_tests::{Process, Sandbox, Service, WAIT_LIMIT, json, runtime, until};

/// The code that blocks its thread forever.
#[derive(Debug, Clone, Copy)]
enum Blocking {
    Call,
    Fact,
    Run,
    Stop,
}

/// Time limit, far above the second after `HECATE_DRAIN_MAX` that a drain may take, even on a busy
/// machine.
const FAR_MORE: Duration = Duration::from_secs(10);

/// Stops a trial with `threads` threads, one of which is blocked; returns the line about abandoned
/// work.
fn stopped_while_blocked(blocking: Blocking, threads: &str) -> String {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let state = machine.path().join("trial");
    let mut command = machine.service("hecate-trial");
    command
        .env("TOKIO_WORKER_THREADS", threads)
        .env("HECATE_STATE_DIR", &state)
        .env("HECATE_DRAIN_MAX", "1s");
    if matches!(blocking, Blocking::Stop) {
        command.env("TRIAL_STOP_BLOCKS", "1");
    }
    let mut trial = Service::start(&mut command);
    trial.ready();
    runtime().block_on(block(&machine, &trial, blocking));
    if matches!(blocking, Blocking::Fact | Blocking::Run) {
        trial.process.wait_for("blocks its thread, as requested");
    }
    trial.process.signal("TERM");
    abandoned_line(trial.process, "1s")
}

/// Makes the trial block a thread.
async fn block(machine: &Sandbox, trial: &Service, blocking: Blocking) {
    let client = machine.client().await;
    let mesh = client.mesh().clone();
    match blocking {
        Blocking::Stop => {}
        Blocking::Run => {
            let tick = machine.path().join("trial/tick");
            std::fs::write(tick, "block").expect("the file can be written");
        }
        Blocking::Fact => {
            trial.wait_for_subscriptions(4);
            let fact = serde_json::json!({"number": 1, "then": "block"});
            let topic = mesh.topic("hecate-trial/trial/happened_v1");
            let published = topic.timeout(WAIT_LIMIT).publish(&fact).await;
            published.expect("the fact is published");
        }
        Blocking::Call => {
            let never = machine.path().join("never");
            tokio::spawn(async move {
                let call = mesh
                    .procedure("hecate-trial/trial.block")
                    .timeout(WAIT_LIMIT);
                call.call::<_, ()>(&never).await
            });
            let running = [("rpc_method", "hecate-trial/trial.block")];
            trial.wait_for_metric("hecate_calls_in_flight", &running, |value| value > 0.0);
        }
    }
    client.close().await;
}

/// Waits for the exit in time; returns the line about abandoned work, the only error.
fn abandoned_line(process: Process, drain_max: &str) -> String {
    let signalled = Instant::now();
    let (status, log) = process.end();
    let took = signalled.elapsed();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(took < FAR_MORE, "{took:?}:\n{log}");
    let limit = format!("limit={drain_max}");
    let lines: Vec<_> = log.lines().filter(|l| l.contains(" ERROR ")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    let reported = "unfinished work was abandoned after HECATE_DRAIN_MAX";
    assert!(lines[0].contains(reported), "{log}");
    assert!(lines[0].contains(&limit), "{log}");
    lines[0].to_owned()
}

#[test]
fn blocking_work_is_abandoned_and_named_in_one_line_and_the_process_exits_in_time() {
    for threads in ["1", "4"] {
        for (blocking, named) in [
            (Blocking::Call, "trial.block"),
            (Blocking::Fact, "trial/happened_v1 (1 being handled"),
            (Blocking::Run, "trial.tick"),
            (Blocking::Stop, r#"stop="running""#),
        ] {
            let line = stopped_while_blocked(blocking, threads);
            assert!(line.contains(named), "{blocking:?}, {threads}: {line}");
        }
    }
}

#[test]
fn a_stop_that_does_not_return_is_logged_with_its_limit() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let trial = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_DRAIN_MAX", "60s")
            .env("TRIAL_STOP_BLOCKS", "1"),
    );
    trial.ready();
    trial.process.signal("TERM");
    let (status, log) = trial.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    let lines: Vec<_> = log.lines().filter(|l| l.contains(" ERROR ")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(
        lines[0].contains("the service's `stop` did not return in time timeout=10s"),
        "{log}"
    );
}

#[test]
fn a_drain_starts_no_run_while_a_silent_station_holds_up_the_withdrawal() {
    let machine = Sandbox::new();
    let mesh = machine.mesh();
    let state = machine.path().join("trial");
    let trial = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_STATE_DIR", &state)
            .env("HECATE_DRAIN_MAX", "3s"),
    );
    trial.ready();
    mesh.signal("STOP");
    trial.process.signal("TERM");
    until("draining", || {
        let body = json(&trial.health, "/health").1;
        match body["stage"].as_str() {
            Some("draining") => Ok(()),
            _ => Err(body),
        }
    });
    std::fs::write(state.join("tick"), "block").expect("the file can be written");
    let (status, log) = trial.process.end();
    mesh.signal("CONT");
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("blocks its thread, as requested"), "{log}");
}

#[test]
fn a_handler_that_blocks_the_only_thread_during_a_drain_is_abandoned_and_named() {
    let machine = Sandbox::new();
    let state = machine.path().join("trial");
    let mut trial = Service::start(
        machine
            .service("hecate-trial")
            .env("TOKIO_WORKER_THREADS", "1")
            .env("HECATE_STATE_DIR", &state)
            .env("HECATE_DRAIN_MAX", "8s"),
    );
    let instruct =
        |what: &str| std::fs::write(state.join("tick"), what).expect("the file can be written");
    instruct("hold");
    trial.wait_for_metric(
        "hecate_schedule_running",
        &[("schedule", "trial.tick")],
        |value| value > 0.0,
    );
    trial.process.signal("TERM");
    trial.process.wait_for("draining");
    instruct("block");
    trial.process.wait_for("blocks its thread, as requested");
    let line = abandoned_line(trial.process, "8s");
    assert!(line.contains("trial.tick"), "{line}");
}

//! Signals take effect even if the author's code blocks threads.

use std::fs::File;
use std::time::Duration;

use hecate_om_tests::{Process, Sandbox, Service, WAIT_LIMIT, runtime, under};

use crate::drain::{HeldCall, drained};

/// Receives SIGHUP even if the tests themselves run under `nohup`.
pub(crate) const DEFAULT_SIGHUP: [&str; 2] = ["env", "--default-signal=HUP"];

fn blocking(machine: &Sandbox, variable: &str) -> Process {
    let mut command = machine.service("hecate-trial");
    Process::start(&mut under(&DEFAULT_SIGHUP, command.env(variable, "1")))
}

#[test]
fn a_signal_exits_within_the_limit_and_names_the_step_although_start_blocks_its_thread() {
    let signals = ["TERM", "INT"];
    let machines = signals.map(|_| Sandbox::new());
    let processes = machines.each_ref().map(|machine| {
        let mut process = blocking(machine, "TRIAL_START_BLOCKS");
        process.wait_for("`start` blocks its thread");
        process
    });
    for (process, signal) in processes.iter().zip(signals) {
        process.signal(signal);
    }
    for (process, signal) in processes.into_iter().zip(signals) {
        let (status, log) = process.end();
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(
            log.contains(&format!(r#"undoing its steps signal="SIG{signal}""#)),
            "{log}"
        );
        let line = log
            .lines()
            .find(|line| line.contains("boot step did not stop in time"));
        assert!(
            line.is_some_and(|line| line.contains(r#"step="start""#)),
            "{log}"
        );
    }
}

#[test]
fn a_second_signal_exits_at_once_although_start_blocks_its_thread() {
    let machine = Sandbox::new();
    let mut process = blocking(&machine, "TRIAL_START_BLOCKS");
    process.wait_for("`start` blocks its thread");
    process.signal("TERM");
    process.wait_for("boot interrupted");
    process.signal("INT");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(
        log.contains(r#"calls in flight are lost signal="SIGINT""#),
        "{log}"
    );
    assert!(
        !log.contains("did not stop in time"),
        "it took the limit: {log}"
    );
}

#[test]
fn a_second_signal_exits_at_once_although_stop_blocks_its_thread() {
    let machine = Sandbox::new();
    let mut process = blocking(&machine, "TRIAL_STOP_BLOCKS");
    process.wait_for("is live");
    process.signal("TERM");
    process.wait_for("`stop` blocks its thread");
    process.signal("TERM");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(
        log.contains(r#"calls in flight are lost signal="SIGTERM""#),
        "{log}"
    );
}

#[test]
fn signals_take_effect_while_a_handler_blocks_the_only_worker() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut command = machine.service("hecate-trial");
    let mut trial = Service::start(command.env("TOKIO_WORKER_THREADS", "1"));
    trial.ready();
    let never = machine.path().join("never");
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh().clone();
        let blocked = tokio::spawn(async move {
            let call = mesh
                .procedure("hecate-trial/trial.block")
                .timeout(WAIT_LIMIT);
            call.call::<_, ()>(&never).await
        });
        let running = [("rpc_method", "hecate-trial/trial.block")];
        trial.wait_for_metric("hecate_calls_in_flight", &running, |value| value == 1.0);
        trial.process.signal("TERM");
        trial
            .process
            .wait_for("draining; a second signal exits at once");
        trial.process.signal("TERM");
        let (status, log) = trial.process.end();
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(
            log.contains(r#"calls in flight are lost signal="SIGTERM""#),
            "{log}"
        );
        blocked.abort();
        client.close().await;
    });
}

/// Sends the signals to a service with a call in flight, and checks that it drains.
#[track_caller]
fn drains_on(signals: &[&str], line: &str) {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut trial = Service::start(&mut under(
        &DEFAULT_SIGHUP,
        &machine.service("hecate-trial"),
    ));
    trial.ready();
    runtime().block_on(async {
        let client = machine.client().await;
        let held = HeldCall::start(&machine, client.mesh()).await;
        signals
            .iter()
            .for_each(|signal| trial.process.signal(signal));
        trial.process.wait_for(line);
        held.answered().await;
        client.close().await;
    });
    drained(trial.process, 1);
}

#[test]
fn sighup_during_a_drain_is_ignored() {
    let line = r#"exits at once signal="SIGTERM""#;
    drains_on(&["TERM", "HUP", "HUP"], line);
}

#[test]
fn sighup_stays_ignored_under_nohup() {
    let machine = Sandbox::new();
    let mut mesh = Process::start(&mut under(&["nohup"], &machine.dev()));
    mesh.wait_for("Press Ctrl-C to stop");
    let service = machine.service("hecate-echo");
    let echo = Service::start(&mut under(&["nohup"], &service));
    echo.ready();
    for process in [echo.process, mesh] {
        process.signal("HUP");
        process.signal("TERM");
        let (status, log) = process.end();
        // After a hangup, the second signal would have ended it at once, with code 1.
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(!log.contains("SIGHUP"), "{log}");
    }
}

/// Locks the machine's development mesh, like a host that is still starting.
fn slow_host(machine: &Sandbox) -> File {
    let folder = machine.path().join("state/hecate/dev-mesh");
    std::fs::create_dir_all(&folder).expect("the folder is made");
    let lock = File::create(folder.join("lock")).expect("the lock is made");
    lock.lock().expect("the lock is free");
    lock
}

#[test]
fn a_blocking_stop_does_not_hold_up_a_boot_ended_by_a_signal() {
    let machine = Sandbox::new();
    let _lock = slow_host(&machine);
    let mut command = machine.service("hecate-trial");
    command
        .env("TOKIO_WORKER_THREADS", "1")
        .env("TRIAL_STOP_BLOCKS", "1")
        .env("HECATE_LOG", "info,hecate_om=debug");
    let mut process = Process::start(&mut command);
    process.wait_for(r#"step="mesh""#);
    process.signal("TERM");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("`stop` blocks its thread"), "{log}");
    assert!(
        log.contains("`stop` did not return in time timeout=10s"),
        "{log}"
    );
}

#[test]
fn a_signal_while_boot_waits_for_the_mesh_undoes_the_completed_steps() {
    let machine = Sandbox::new();
    let lock = slow_host(&machine);
    let socket = machine.path().join("health.sock");
    let mut command = machine.service("hecate-trial");
    command
        .env("HECATE_HEALTH_SOCKET", &socket)
        .env("HECATE_LOG", "debug");
    let mut process = Process::start(&mut command);
    process.wait_for(r#"step="mesh""#);
    assert!(socket.exists());
    process.signal("TERM");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("stopped after 0 sleeps"), "{log}");
    assert!(!log.contains("is live"), "{log}");
    assert!(!socket.exists(), "the listener's socket is left behind");
    drop(lock);
    // No partial state is left, so the next start succeeds.
    let next = machine.start("hecate-trial");
    next.process.signal("TERM");
    assert_eq!(next.process.end().0.code(), Some(0));
}

#[test]
fn signals_end_hecate_om_dev_while_it_waits_for_another_host() {
    let machine = Sandbox::new();
    let _lock = slow_host(&machine);
    for signal in ["TERM", "INT", "HUP"] {
        let process = Process::start(&mut under(&DEFAULT_SIGHUP, &machine.dev()));
        // The command prints nothing while it waits; a signal before it has a handler also ends it.
        std::thread::sleep(Duration::from_millis(500));
        process.signal(signal);
        let (status, log) = process.end();
        assert_ne!(status.code(), Some(1), "it was ended by the wait: {log}");
    }
}

//! Signals take effect even if the author's code blocks threads.

use std::fs::File;
use std::time::Duration;

use hecate_om_tests::{Exposition, PATIENCE, Process, Sandbox, Service, get, under, until};

use crate::calls::{client, runtime};
use crate::drain::{Held, drained};

/// Receives SIGHUP even if the tests themselves run under `nohup`.
const HEARING: [&str; 2] = ["env", "--default-signal=HUP"];

fn blocking(machine: &Sandbox, variable: &str) -> Process {
    let mut command = machine.service("hecate-trial");
    Process::start(&mut under(&HEARING, command.env(variable, "1")))
}

#[test]
fn a_signal_while_start_blocks_its_thread_ends_it_within_the_limit_and_names_the_step() {
    let signals = ["TERM", "INT", "HUP"];
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
        assert!(log.contains(&format!("SIG{signal} during boot")), "{log}");
        assert!(log.contains("boot step `start` did not end"), "{log}");
    }
}

#[test]
fn a_second_signal_while_start_blocks_its_thread_ends_it_at_once() {
    let machine = Sandbox::new();
    let mut process = blocking(&machine, "TRIAL_START_BLOCKS");
    process.wait_for("`start` blocks its thread");
    process.signal("TERM");
    process.wait_for("SIGTERM during boot");
    process.signal("INT");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("SIGINT again: ended at once"), "{log}");
    assert!(!log.contains("did not end"), "it took the limit: {log}");
}

#[test]
fn a_second_signal_while_stop_blocks_its_thread_ends_it_at_once() {
    let machine = Sandbox::new();
    let mut process = blocking(&machine, "TRIAL_STOP_BLOCKS");
    process.wait_for("is live");
    process.signal("TERM");
    process.wait_for("`stop` blocks its thread");
    process.signal("TERM");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("SIGTERM again: ended at once"), "{log}");
}

#[test]
fn signals_are_obeyed_while_a_handler_blocks_the_only_worker() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut command = machine.service("hecate-trial");
    let mut trial = Service::start(command.env("TOKIO_WORKER_THREADS", "1"));
    trial.ready();
    let never = machine.path().join("never");
    runtime().block_on(async {
        let client = client(&machine).await;
        let mesh = client.mesh().clone();
        let blocked = tokio::spawn(async move {
            let call = mesh.procedure("hecate-trial/trial.block").timeout(PATIENCE);
            call.call::<_, ()>(&never).await
        });
        let running = [("rpc_method", "hecate-trial/trial.block")];
        until("in its handler", || {
            let page = get(&trial.health, "/metrics")
                .expect("the listener answers")
                .1;
            match Exposition::parse(&page).value("hecate_calls_in_flight", &running) {
                1.0 => Ok(()),
                other => Err(other),
            }
        });
        trial.process.signal("TERM");
        trial.process.wait_for("SIGTERM: draining");
        trial.process.signal("TERM");
        let (status, log) = trial.process.end();
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains("SIGTERM again: ended at once"), "{log}");
        blocked.abort();
        client.close().await;
    });
}

/// Sends the signals to a service with a call in progress, and checks that it drains.
#[track_caller]
fn drains_on(signals: &[&str], line: &str) {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut trial = Service::start(&mut under(&HEARING, &machine.service("hecate-trial")));
    trial.ready();
    runtime().block_on(async {
        let client = client(&machine).await;
        let held = Held::begin(&machine, client.mesh()).await;
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
fn a_hangup_drains_as_the_other_signals_do() {
    drains_on(&["HUP"], "SIGHUP: draining");
}

#[test]
fn a_hangup_right_after_another_signal_is_no_second_one() {
    drains_on(&["TERM", "HUP"], "SIGTERM: draining");
}

#[test]
fn a_hangup_that_nohup_has_ignored_stays_ignored() {
    let machine = Sandbox::new();
    let mut mesh = Process::start(&mut under(&["nohup"], &machine.dev()));
    mesh.wait_for("Ctrl-C ends it");
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

/// Holds the lock of the machine's development mesh, as a host does that is still starting.
fn slow_host(machine: &Sandbox) -> File {
    let folder = machine.path().join("state/hecate/dev-mesh");
    std::fs::create_dir_all(&folder).expect("the folder is made");
    let lock = File::create(folder.join("lock")).expect("the lock is made");
    lock.lock().expect("the lock is free");
    lock
}

#[test]
fn a_stop_that_blocks_the_only_thread_does_not_keep_a_boot_that_a_signal_ended() {
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
    assert!(log.contains("`stop` did not return within 10s"), "{log}");
}

#[test]
fn a_signal_while_the_mesh_is_waited_for_undoes_each_step_before() {
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
fn the_development_mesh_on_its_own_obeys_a_signal_while_it_waits_for_another_host() {
    let machine = Sandbox::new();
    let _lock = slow_host(&machine);
    for signal in ["TERM", "INT", "HUP"] {
        let process = Process::start(&mut under(&HEARING, &machine.dev()));
        // The command prints nothing while it waits; a signal before it listens also ends it.
        std::thread::sleep(Duration::from_millis(500));
        process.signal(signal);
        let (status, log) = process.end();
        assert!(!log.contains("no host"), "{log}");
        assert_ne!(status.code(), Some(1), "it was ended by the wait: {log}");
    }
}

//! The host of the development mesh exits, and the other processes continue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hecate_om_tests::{Process, Sandbox, Service, WAIT_LIMIT, runtime, until};

/// Asserts that a new caller finds the mesh by its file, and the service by its new advertisement.
pub(crate) fn assert_served_again(machine: &Sandbox, trial: &mut Service) {
    trial.process.wait_for("linked to station");
    let call = [
        "call",
        "hecate-trial/trial.text",
        r#""again""#,
        "--timeout",
        "20s",
    ];
    // After the service has linked, its capabilities are advertised one after the other.
    until("answered again", || {
        assert!(trial.process.is_running(), "the trial has ended");
        match machine.cli(&call) {
            answer if answer.code == 0 => {
                assert_eq!(answer.stdout, r#""again""#, "{answer:?}");
                Ok(())
            }
            other => Err(other),
        }
    });
    // All other capabilities are served again, too.
    trial.ready();
}

#[test]
fn when_the_host_is_killed_another_takes_over_and_all_services_return() {
    let machine = Sandbox::new();
    let host = machine.start("hecate-echo");
    let mut trial = machine.start("hecate-trial");
    let before = machine.mesh_info();
    let answer = machine.cli(&["call", "hecate-trial/trial.text", r#""x""#]);
    assert_eq!(answer.code, 0, "{answer:?}");
    host.process.signal("KILL");
    drop(host);
    assert_served_again(&machine, &mut trial);
    assert_eq!(
        machine.mesh_info(),
        before,
        "the same station, realm and port"
    );
    // The first service rejoins the mesh that it started.
    let _echo = machine.start("hecate-echo");
    let answer = machine.cli(&["call", "hecate-echo/echo.say", r#""back""#]);
    assert_eq!(answer.stdout, r#""back""#, "{answer:?}");
}

#[test]
fn a_draining_host_hands_over_the_mesh() {
    let machine = Sandbox::new();
    let host = machine.start("hecate-echo");
    let mut trial = machine.start("hecate-trial");
    host.process.signal("TERM");
    assert_eq!(host.process.end().0.code(), Some(0));
    assert_served_again(&machine, &mut trial);
}

#[test]
fn a_mesh_whose_port_is_in_use_moves_to_another_port_and_logs_it() {
    let machine = Sandbox::new();
    let dev = machine.mesh();
    dev.signal("TERM");
    assert_eq!(dev.end().0.code(), Some(0));
    let station = machine.mesh_info()["station"].clone();
    let host = station["host"].as_str().unwrap();
    let port = station["port"].as_u64().unwrap();
    let _other_program = std::net::UdpSocket::bind(format!("{host}:{port}")).unwrap();
    let mut dev = Process::start(&mut machine.dev());
    dev.wait_for("it moves to another");
    dev.ensure_logged("Press Ctrl-C to stop");
    assert_ne!(machine.mesh_info()["station"]["port"], port);
}

#[test]
fn a_running_service_follows_a_mesh_that_moved() {
    let machine = Sandbox::new();
    let dev = machine.mesh();
    let mut trial = machine.start("hecate-trial");
    let station = machine.mesh_info()["station"].clone();
    let host = station["host"].as_str().unwrap();
    let port = station["port"].as_u64().unwrap();
    // Stop the trial, so that it does not take over the station before the port is in use.
    trial.process.signal("STOP");
    dev.signal("KILL");
    drop(dev);
    let _other_program = std::net::UdpSocket::bind(format!("{host}:{port}")).unwrap();
    let mut dev = Process::start(&mut machine.dev());
    dev.wait_for("it moves to another");
    dev.ensure_logged("Press Ctrl-C to stop");
    assert_ne!(machine.mesh_info()["station"]["port"], port);
    trial.process.signal("CONT");
    trial.process.wait_for("connecting to its new station");
    assert_served_again(&machine, &mut trial);
    trial.process.signal("TERM");
    let (status, log) = trial.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn calls_are_answered_while_another_process_takes_over_the_mesh() {
    let machine = Sandbox::new();
    let dev = machine.mesh();
    let mut echo = machine.start("hecate-echo");
    runtime().block_on(async {
        let client = machine.client().await;
        let moved = Arc::new(AtomicBool::new(false));
        let (answered, mut answers) = tokio::sync::mpsc::unbounded_channel();
        let callers = (0..4).map(|_| {
            let (mesh, moved) = (client.mesh().clone(), Arc::clone(&moved));
            let answered = answered.clone();
            tokio::spawn(async move {
                loop {
                    let is_last = moved.load(Ordering::SeqCst);
                    let say = mesh.procedure("hecate-echo/echo.say").timeout(WAIT_LIMIT);
                    let response = say.call::<_, String>("still here").await;
                    assert_eq!(response.as_deref(), Ok("still here"));
                    let _ = answered.send(());
                    if is_last {
                        return;
                    }
                }
            })
        });
        let callers: Vec<_> = callers.collect();
        answers.recv().await.expect("the callers do not panic");
        dev.signal("TERM");
        assert_eq!(dev.end().0.code(), Some(0));
        echo.process.wait_for("station now runs in this process");
        moved.store(true, Ordering::SeqCst);
        for caller in callers {
            caller.await.expect("each call is answered");
        }
        client.close().await;
    });
}

#[test]
fn a_command_that_starts_while_the_services_follow_the_mesh_is_answered() {
    let machine = Sandbox::new();
    let dev = machine.mesh();
    let mut echo = machine.start("hecate-echo");
    echo.ready();
    dev.signal("KILL");
    echo.process.wait_for("station now runs in this process");
    let answer = machine.cli(&["call", "hecate-echo/echo.say", "\"x\"", "--timeout", "60s"]);
    assert_eq!(answer.stdout, "\"x\"", "{answer:?}");
}

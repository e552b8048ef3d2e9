//! Graceful shutdown: accepted calls are answered, and the health port closes last.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hecate_om::{Mesh, call::CallError};
use hecate_om_tests::{Process, Sandbox, Service, WAIT_LIMIT, get, runtime, until};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

async fn sleep(mesh: &Mesh, milliseconds: u64) -> Result<u64, CallError> {
    mesh.procedure("hecate-trial/trial.sleep")
        .timeout(Duration::from_secs(30))
        .call(&milliseconds)
        .await
}

/// A call whose handler runs until it is released.
pub(crate) struct HeldCall {
    call: JoinHandle<Result<(), CallError>>,
    release: PathBuf,
}

impl HeldCall {
    /// Returns once the handler runs.
    pub(crate) async fn start(machine: &Sandbox, mesh: &Mesh) -> Self {
        let release = machine.path().join("release");
        let (caller, file) = (mesh.clone(), release.clone());
        let call = tokio::spawn(async move {
            let call = caller.procedure("hecate-trial/trial.hold");
            call.timeout(WAIT_LIMIT).call(&file).await
        });
        let running = async || {
            let running = mesh.procedure("hecate-trial/trial.running");
            let running = running.timeout(WAIT_LIMIT).call::<_, usize>(&0).await;
            running.expect("the gauge is answered")
        };
        let started = async { while running().await == 0 {} };
        let started = tokio::time::timeout(WAIT_LIMIT, started).await;
        assert!(started.is_ok(), "the call never reached the handler");
        Self { call, release }
    }

    /// Releases the handler and waits for the response.
    pub(crate) async fn answered(self) {
        std::fs::write(self.release, "").expect("the file is created");
        let answer = self.call.await.expect("the caller does not panic");
        assert_eq!(answer, Ok(()), "the running call was not finished");
    }

    /// Waits for the end of a call that is never released.
    async fn abandoned(self) {
        let answer = self.call.await.expect("the caller does not panic");
        assert!(answer.is_err(), "the call succeeded without a release");
    }
}

/// Callers that call one after the other until they are refused.
struct Load {
    callers: Vec<JoinHandle<(u64, Result<u64, CallError>)>>,
    answered: Arc<Semaphore>,
}

impl Load {
    const CALLERS: u32 = 32;

    /// Starts the callers, and returns when each has received two responses on average.
    async fn start(mesh: &Mesh) -> Self {
        let answered = Arc::new(Semaphore::new(0));
        let caller = || {
            let (mesh, signal) = (mesh.clone(), Arc::clone(&answered));
            tokio::spawn(async move {
                let mut answered = 0;
                loop {
                    match sleep(&mesh, 20).await {
                        Ok(20) => answered += 1,
                        other => return (answered, other),
                    }
                    signal.add_permits(1);
                }
            })
        };
        let callers = (0..Self::CALLERS).map(|_| caller()).collect();
        let enough = answered.acquire_many(2 * Self::CALLERS).await;
        enough.expect("the semaphore is never closed").forget();
        Self { callers, answered }
    }

    /// Returns the number of responses, and how each caller ended.
    async fn end(self) -> (u64, Vec<Result<u64, CallError>>) {
        let (mut sum, mut ends) = (0, Vec::new());
        for caller in self.callers {
            let (answered, end) = caller.await.expect("a caller does not panic");
            sum += answered;
            ends.push(end);
        }
        assert_eq!(
            self.answered.available_permits() as u64 + u64::from(2 * Self::CALLERS),
            sum
        );
        (sum, ends)
    }
}

/// Returns whether the wire refused the call before it ran, because the service has left.
fn is_gone_error(end: &Result<u64, CallError>) -> bool {
    match end {
        Err(CallError::NoProvider { .. }) => true,
        Err(CallError::Wire { code, .. }) => code == "unknown_next_peer",
        _ => false,
    }
}

/// Waits until the service is not ready; returns its response.
fn not_ready(health: &str) -> (u16, String) {
    until("unready", || {
        match get(health, "/health/ready").expect("the port is open") {
            (200, ready) => Err(ready),
            other => Ok(other),
        }
    })
}

/// Waits until the trial has drained, and checks that its handlers ran no more calls than were
/// `answered`.
pub(crate) fn drained(process: Process, answered: u64) {
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("drain finished"), "{log}");
    assert!(
        log.contains(&format!("stopped after {answered} sleeps")),
        "{answered} were answered:\n{log}"
    );
}

#[test]
fn sigterm_under_load_answers_every_accepted_call() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let trial = machine.start("hecate-trial");
    let (answered, ends) = runtime().block_on(async {
        let client = machine.client().await;
        let load = Load::start(client.mesh()).await;
        // A call that runs from the signal until everything else was checked.
        let long = HeldCall::start(&machine, client.mesh()).await;
        trial.process.signal("TERM");
        assert_eq!(not_ready(&trial.health), (503, "draining\n".to_owned()));
        long.answered().await;
        let (answered, ends) = load.end().await;
        client.close().await;
        (answered + 1, ends)
    });
    let lost: Vec<_> = ends.iter().filter(|end| !is_gone_error(end)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    drained(trial.process, answered);
    assert!(
        get(&trial.health, "/health").is_none(),
        "the port is closed"
    );
}

#[test]
fn sigterm_of_the_mesh_host_under_load_answers_its_calls_and_hands_over_the_mesh() {
    let machine = Sandbox::new();
    let mut trial = machine.start("hecate-trial");
    // The echo joins the mesh that the trial hosts, and takes it over.
    let _echo = machine.start("hecate-echo");
    runtime().block_on(async {
        let client = machine.client().await;
        let over = Arc::new(AtomicBool::new(false));
        let echoes: Vec<_> = (0..8)
            .map(|_| {
                let (mesh, over) = (client.mesh().clone(), Arc::clone(&over));
                tokio::spawn(async move {
                    loop {
                        let handed_over = over.load(Ordering::Relaxed);
                        let echoed: Result<String, _> = mesh
                            .procedure("hecate-echo/echo.say")
                            .timeout(WAIT_LIMIT)
                            .call("through the trial")
                            .await;
                        match echoed {
                            Ok(_) if handed_over => return,
                            Ok(_) => {}
                            // Only on a busy machine: a closing station gives calls in flight five
                            // seconds, and their callers learn that they may have run.
                            Err(CallError::Link(_)) => {}
                            Err(error) => panic!("a call was lost: {error:?}"),
                        }
                    }
                })
            })
            .collect();
        let load = Load::start(client.mesh()).await;
        let long = HeldCall::start(&machine, client.mesh()).await;
        trial.process.signal("TERM");
        trial.process.wait_for("draining");
        long.answered().await;
        let (answered, ends) = load.end().await;
        // The closing mesh, not the service, may refuse some calls, but none of those may have run.
        let kept = ends.iter().all(|end| match end {
            Ok(_) => false,
            Err(error) => error.retryable(),
        });
        assert!(kept, "{ends:?}");
        drained(trial.process, answered + 1);
        over.store(true, Ordering::Relaxed);
        let all = async {
            for echo in echoes {
                echo.await.unwrap();
            }
        };
        let handed_over = tokio::time::timeout(WAIT_LIMIT, all).await;
        assert!(handed_over.is_ok(), "the other service is not reached");
        client.close().await;
    });
}

#[test]
fn a_draining_service_is_live_but_not_ready_and_its_port_closes_last() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let long = HeldCall::start(&machine, client.mesh()).await;
        trial.process.signal("TERM");
        assert_eq!(not_ready(&trial.health), (503, "draining\n".to_owned()));
        assert_eq!(get(&trial.health, "/health/live").unwrap().0, 200);
        long.answered().await;
        client.close().await;
    });
    drained(trial.process, 1);
}

#[test]
fn a_call_that_outlives_the_drain_is_abandoned_and_named() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut command = machine.service("hecate-trial");
    let trial = Service::start(command.env("HECATE_DRAIN_MAX", "500ms"));
    runtime().block_on(async {
        let client = machine.client().await;
        let long = HeldCall::start(&machine, client.mesh()).await;
        trial.process.signal("TERM");
        let (status, log) = trial.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        let abandoned: Vec<&str> = log
            .lines()
            .filter(|l| l.contains("was abandoned"))
            .collect();
        assert_eq!(abandoned.len(), 1, "{log}");
        let caller = client.mesh().node_id().to_string();
        for text in ["trial.hold", "call_id=", &caller, "limit=500ms"] {
            assert!(abandoned[0].contains(text), "{}", abandoned[0]);
        }
        client.close().await;
        long.abandoned().await;
    });
}

#[test]
fn a_second_sigterm_exits_at_once() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let long = HeldCall::start(&machine, client.mesh()).await;
        trial.process.signal("TERM");
        trial.process.wait_for("draining");
        assert!(trial.process.is_running(), "it waits for the call");
        trial.process.signal("TERM");
        let (status, log) = trial.process.end();
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(
            log.contains("exiting at once; calls in flight are lost"),
            "{log}"
        );
        client.close().await;
        long.abandoned().await;
    });
}

#[test]
fn a_signal_at_the_first_log_line_ends_the_process_cleanly() {
    let machine = Sandbox::new();
    // The line precedes most of boot, so one attempt could succeed by chance.
    for _ in 0..8 {
        let mut command = machine.service("hecate-trial");
        let mut process = Process::start(command.env("HECATE_HEALTH_PROT", "0"));
        process.wait_for("HECATE_HEALTH_PROT");
        process.signal("TERM");
        let (status, log) = process.end();
        assert_eq!(status.code(), Some(0), "{log}");
    }
}

#[test]
fn a_signal_during_boot_ends_the_process_cleanly() {
    let machine = Sandbox::new();
    for signal in ["INT", "TERM"] {
        let mut command = machine.service("hecate-trial");
        let mut process = Process::start(command.env("TRIAL_START_HANGS", "1"));
        process.wait_for("`start` hangs");
        process.signal(signal);
        let (status, log) = process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(
            log.contains(&format!(r#"undoing its steps signal="SIG{signal}""#)),
            "{log}"
        );
        assert!(!log.contains("stopped after"), "nothing was started: {log}");
    }
}

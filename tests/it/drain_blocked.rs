//! SIGTERM while handlers or `stop` block their threads.

use hecate_om_tests::{Exposition, PATIENCE, Process, Sandbox, Service, get, json, until};

use crate::calls::{client, runtime};

/// Handlers that block their thread forever.
#[derive(Debug, Clone, Copy)]
enum Blocking {
    Fact,
    Run,
}

/// Stops a trial with `threads` threads in which a handler blocks its thread; returns the line
/// about abandoned work.
fn stopped_while_blocked(blocking: Blocking) -> String {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let state = machine.path().join("trial");
    let mut trial = Service::start(
        machine
            .service("hecate-trial")
            .env("TOKIO_WORKER_THREADS", "4")
            .env("HECATE_STATE_DIR", &state)
            .env("HECATE_DRAIN_MAX", "500ms"),
    );
    match blocking {
        Blocking::Run => std::fs::write(state.join("tick"), "block").expect("it can be written"),
        Blocking::Fact => runtime().block_on(async {
            let client = client(&machine).await;
            until_subscribed(&trial);
            let fact = serde_json::json!({"number": 1, "then": "block"});
            let topic = client.mesh().topic("hecate-trial/trial/happened_v1");
            let published = topic.timeout(PATIENCE).publish(&fact).await;
            published.expect("it is published");
            client.close().await;
        }),
    }
    trial.process.wait_for("blocks its thread, as told");
    trial.process.signal("TERM");
    given_up(trial.process, "500ms")
}

/// Waits for the exit; returns the line about abandoned work.
fn given_up(process: Process, drain_max: &str) -> String {
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    let given_up = format!("unfinished work is given up after HECATE_DRAIN_MAX ({drain_max})");
    let lines: Vec<_> = log.lines().filter(|l| l.contains(&given_up)).collect();
    assert_eq!(lines.len(), 1, "{log}");
    lines[0].to_owned()
}

fn until_subscribed(trial: &Service) {
    until("subscribed", || {
        let body = json(&trial.health, "/health").1;
        let all = body["subscriptions"].as_array().expect("a list");
        match all.iter().all(|one| one["status"] == "subscribed") {
            true => Ok(()),
            false => Err(body),
        }
    });
}

#[test]
fn a_handler_that_blocks_its_thread_is_given_up_by_name_and_the_process_ends() {
    let line = stopped_while_blocked(Blocking::Fact);
    assert!(
        line.contains("trial/happened_v1 (1 being handled"),
        "{line}"
    );
    let line = stopped_while_blocked(Blocking::Run);
    assert!(line.contains("trial.tick"), "{line}");
}

#[test]
fn handlers_that_block_every_thread_are_given_up_by_name_and_the_process_ends() {
    let machine = Sandbox::new();
    let state = machine.path().join("trial");
    let mut trial = Service::start(
        machine
            .service("hecate-trial")
            .env("TOKIO_WORKER_THREADS", "1")
            .env("HECATE_STATE_DIR", &state)
            .env("HECATE_DRAIN_MAX", "10s"),
    );
    let tell = |what: &str| std::fs::write(state.join("tick"), what).expect("it can be written");
    tell("hold");
    until("held", || {
        let page = get(&trial.health, "/metrics").expect("it is up").1;
        let labels = [("schedule", "trial.tick")];
        match Exposition::parse(&page).value("hecate_schedule_running", &labels) {
            n if n > 0.0 => Ok(()),
            n => Err(n),
        }
    });
    trial.process.signal("TERM");
    trial.process.wait_for("draining");
    tell("block");
    trial.process.wait_for("blocks its thread, as told");
    let line = given_up(trial.process, "10s");
    assert!(line.contains("trial.tick"), "{line}");
}

#[test]
fn a_stop_that_blocks_the_only_thread_is_given_up_by_name_and_the_process_ends() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut trial = Service::start(
        machine
            .service("hecate-trial")
            .env("TOKIO_WORKER_THREADS", "1")
            .env("TRIAL_STOP_BLOCKS", "1")
            .env("HECATE_DRAIN_MAX", "1s"),
    );
    trial.ready();
    trial.process.signal("TERM");
    trial.process.wait_for("`stop` blocks its thread, as told");
    let line = given_up(trial.process, "1s");
    assert!(line.contains(r#"stop="running""#), "{line}");
}

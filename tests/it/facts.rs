//! Facts between services: in order, with gaps, and without handlers that delay each other.

use std::path::PathBuf;

use hecate_om::{
    Client, Mesh,
    fact::{Delivery, PublishError, Subscriber},
};
use hecate_om_tests::{Sandbox, Service, WAIT_LIMIT, json, runtime, until};
use serde_json::{Value, json};

use crate::mesh_host::assert_served_again;
use crate::restart::{start_with_a_station, with_a_station};

const HAPPENED: &str = "hecate-trial/trial/happened_v1";
const SLOW: &str = "hecate-trial/trial/slow_v1";

fn metric(trial: &Service, name: &str, topic: &str, outcome: &str) -> f64 {
    let labels = [("messaging_destination_name", topic), ("outcome", outcome)];
    let labels = if outcome.is_empty() {
        &labels[..1]
    } else {
        &labels
    };
    trial.metrics().value(name, labels)
}

fn counted(trial: &Service, name: &str, topic: &str, outcome: &str, times: f64) {
    until(&format!("{times} {outcome} of {name}"), || {
        match metric(trial, name, topic, outcome) {
            n if n >= times => Ok(()),
            n => Err(n),
        }
    });
}

async fn publish(mesh: &Mesh, topic: &str, fact: &Value) {
    let publishing = mesh.topic(topic).timeout(WAIT_LIMIT).publish(fact);
    publishing.await.expect("the fact is published");
}

async fn received_by(mesh: &Mesh, org: &str) -> Vec<String> {
    let received = mesh.procedure(format!("{org}/trial.received"));
    let received = received.timeout(WAIT_LIMIT).call(&()).await;
    received.expect("the trial lists the received facts")
}

/// Polls until the facts that the trial has received are as expected.
async fn until_received(mesh: &Mesh, org: &str, look: impl Fn(&[String]) -> bool) -> Vec<String> {
    let received = async {
        loop {
            let received = received_by(mesh, org).await;
            if look(&received) {
                return received;
            }
            tokio::task::yield_now().await;
        }
    };
    let received = tokio::time::timeout(WAIT_LIMIT, received).await;
    match received {
        Ok(received) => received,
        Err(_) => panic!(
            "only these facts were received: {:?}",
            received_by(mesh, org).await
        ),
    }
}

async fn subscribe(client: &Client, topic: &str) -> Subscriber<Value> {
    let mut subscriber = client.mesh().subscribe(topic).expect("a valid topic");
    let subscribed = tokio::time::timeout(WAIT_LIMIT, subscriber.subscribed()).await;
    subscribed.expect("a station takes the subscription");
    subscriber
}

async fn fact(subscriber: &mut Subscriber<Value>) -> Value {
    let next = tokio::time::timeout(WAIT_LIMIT, subscriber.next()).await;
    match next.expect("something comes") {
        Some((Delivery::Fact(fact), _)) => fact,
        other => panic!("no fact: {other:?}"),
    }
}

#[test]
fn facts_arrive_in_order_with_their_publisher() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    let other = machine.path().join("other");
    let publisher = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_ORG", "other")
            .env("HECATE_SECRETS_DIR", &other)
            .env("HECATE_STATE_DIR", &other),
    );
    trial.wait_for_subscriptions(4);
    publisher.wait_for_subscriptions(4);
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let mut tool = subscribe(&client, HAPPENED).await;
        let publish = async |number: u64, wait: bool| {
            let publish = mesh.procedure("other/trial.publish").timeout(WAIT_LIMIT);
            let request = json!({"topic": HAPPENED, "fact": {"number": number}, "wait": wait});
            publish.call::<_, ()>(&request).await.unwrap();
        };
        for number in 0..20 {
            publish(number, number % 2 == 0).await;
        }
        let received = until_received(mesh, "hecate-trial", |received| received.len() == 20).await;
        let caller = mesh.procedure("other/info").timeout(WAIT_LIMIT);
        let info: Value = caller.call(&()).await.unwrap();
        let node_id = info["node_id"].as_str().unwrap();
        let expected: Vec<String> = (0..20).map(|n| format!("{n} by {node_id}")).collect();
        assert_eq!(received, expected);
        // The publisher subscribes to its own topic, too.
        assert_eq!(
            until_received(mesh, "other", |received| received.len() == 20).await,
            expected
        );
        for number in 0..20 {
            assert_eq!(fact(&mut tool).await, json!({"number": number}));
        }
        client.close().await;
    });
    counted(&trial, "hecate_facts_heard_total", HAPPENED, "ok", 20.0);
    counted(
        &publisher,
        "hecate_facts_published_total",
        HAPPENED,
        "ok",
        10.0,
    );
}

#[test]
fn a_failed_publish_is_an_error_counted_and_logged_with_its_location() {
    let machine = Sandbox::new();
    let mut trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let error = client.mesh().topic("Not/a topic").publish(&1).await;
        assert!(matches!(error, Err(PublishError::BadTopic(_))), "{error:?}");
        let publish = client.mesh().procedure("hecate-trial/trial.publish");
        let request = json!({"topic": "acme/shop/order", "fact": 1, "wait": true});
        let refused = publish.timeout(WAIT_LIMIT).call::<_, ()>(&request).await;
        assert!(
            refused
                .as_ref()
                .unwrap_err()
                .to_string()
                .contains("not_published"),
            "{refused:?}"
        );
        client.close().await;
    });
    counted(
        &trial,
        "hecate_facts_published_total",
        "_OTHER",
        "bad_topic",
        1.0,
    );
    assert_eq!(json(&trial.health, "/health").1["failed_publishes"], 0);
    let logged = trial.process.wait_for("fact not published");
    for text in [
        "WARN",
        "acme/shop/order",
        "_v1",
        "tests/trial/src/facts.rs:",
    ] {
        assert!(logged.contains(text), "{text}: {logged}");
    }
}

#[test]
fn after_a_station_restart_the_handler_receives_a_gap_and_further_facts() {
    let machine = Sandbox::new();
    let station = machine.mesh();
    let mut trial = start_with_a_station(&machine);
    trial.wait_for_subscriptions(4);
    station.signal("KILL");
    drop(station);
    let _station = machine.mesh();
    counted(
        &trial,
        "hecate_subscription_interruptions_total",
        HAPPENED,
        "",
        1.0,
    );
    trial.wait_for_subscriptions(4);
    assert_served_again(&machine, &mut trial);
    runtime().block_on(async {
        let client = machine.client().await;
        publish(client.mesh(), HAPPENED, &json!({"number": 1})).await;
        let received = until_received(client.mesh(), "hecate-trial", |received| {
            received.len() == 3
        })
        .await;
        assert_eq!(received[..2], ["interrupted", "gap"]);
        assert!(received[2].starts_with("1 by "), "{received:?}");
        client.close().await;
    });
}

#[test]
fn a_slow_handler_does_not_delay_another_and_shows_in_the_metrics() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    trial.wait_for_subscriptions(4);
    let release = machine.path().join("release");
    runtime().block_on(async {
        let client = machine.client().await;
        for _ in 0..3 {
            publish(client.mesh(), SLOW, &json!(release)).await;
        }
        publish(client.mesh(), HAPPENED, &json!({"number": 1})).await;
        until_received(client.mesh(), "hecate-trial", |received| {
            received.len() == 1
        })
        .await;
        counted(&trial, "hecate_facts_waiting", SLOW, "", 2.0);
        assert_eq!(metric(&trial, "hecate_facts_handling", SLOW, ""), 1.0);
        assert!(metric(&trial, "hecate_facts_lag_seconds", SLOW, "") > 0.0);
        std::fs::write(&release, "").unwrap();
        let received = until_received(client.mesh(), "hecate-trial", |received| {
            received.len() == 4
        })
        .await;
        assert_eq!(received[1..], ["slow", "slow", "slow"]);
        client.close().await;
    });
    counted(&trial, "hecate_facts_heard_total", SLOW, "ok", 3.0);
    assert_eq!(metric(&trial, "hecate_facts_waiting", SLOW, ""), 0.0);
}

#[test]
fn undecodable_facts_panics_and_errors_are_counted_and_the_next_fact_is_handled() {
    let machine = Sandbox::new();
    let mut trial = machine.start("hecate-trial");
    trial.wait_for_subscriptions(4);
    runtime().block_on(async {
        let client = machine.client().await;
        for fact in [
            json!("no such fact"),
            json!({"number": -1}),
            json!({"number": 1, "then": "panic"}),
            json!({"number": 2, "then": "fail"}),
            json!({"number": 3}),
        ] {
            publish(client.mesh(), HAPPENED, &fact).await;
        }
        let received = until_received(client.mesh(), "hecate-trial", |received| {
            !received.is_empty()
        })
        .await;
        assert!(
            received.len() == 1 && received[0].starts_with("3 by "),
            "{received:?}"
        );
        client.close().await;
    });
    for (outcome, times) in [("undecodable", 2.0), ("panicked", 1.0), ("failed", 1.0)] {
        let counted = metric(&trial, "hecate_facts_heard_total", HAPPENED, outcome);
        assert_eq!(counted, times, "{outcome}");
    }
    trial
        .process
        .ensure_logged("a fact did not decode and was skipped");
    trial
        .process
        .ensure_logged("the handler panicked panic=as requested");
    trial
        .process
        .ensure_logged("the handler failed error=as requested");
}

#[test]
fn only_the_subscription_with_a_changed_argument_restarts() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let mut followed = subscribe(&client, "hecate-trial/trial/followed_v1").await;
        let follow = async |wanted: Value| -> (usize, usize, usize) {
            let follow = mesh.procedure("hecate-trial/trial.follow");
            follow.timeout(WAIT_LIMIT).call(&wanted).await.unwrap()
        };
        let wanted = json!([["a/a/a_v1", "one"], ["a/a/b_v1", "two"]]);
        assert_eq!(follow(wanted.clone()).await, (2, 0, 0));
        assert_eq!(follow(wanted).await, (0, 0, 2));
        let wanted = json!([["a/a/a_v1", "one"], ["a/a/b_v1", "three"]]);
        assert_eq!(follow(wanted).await, (1, 1, 1));
        trial.wait_for_subscriptions(6);
        publish(mesh, "a/a/b_v1", &json!(1)).await;
        assert_eq!(fact(&mut followed).await, json!(["three", 1]));
        publish(mesh, "a/a/a_v1", &json!(2)).await;
        assert_eq!(fact(&mut followed).await, json!(["one", 2]));
        client.close().await;
    });
}

/// Starts a trial that handles a fact until the file exists.
fn start_while_handling_a_fact(machine: &Sandbox, drain_max: &str) -> (Service, PathBuf) {
    let trial = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_DRAIN_MAX", drain_max),
    );
    trial.wait_for_subscriptions(4);
    let release = machine.path().join("release");
    runtime().block_on(async {
        let client = machine.client().await;
        for _ in 0..2 {
            publish(client.mesh(), SLOW, &json!(release)).await;
        }
        counted(&trial, "hecate_facts_waiting", SLOW, "", 1.0);
        client.close().await;
    });
    (trial, release)
}

#[test]
fn a_drain_handles_received_facts_and_sends_published_ones() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let (mut trial, release) = start_while_handling_a_fact(&machine, "60s");
    runtime().block_on(async {
        let client = machine.client().await;
        let mut stopped = subscribe(&client, "hecate-trial/trial/stopped_v1").await;
        trial.process.signal("TERM");
        trial.process.wait_for("draining");
        std::fs::write(&release, "").unwrap();
        assert_eq!(
            fact(&mut stopped).await,
            json!(0),
            "the fact published by `stop` is received"
        );
        client.close().await;
    });
    let (status, log) = trial.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert_eq!(log.matches("handled slowly until").count(), 2, "{log}");
}

#[test]
fn a_drain_abandons_unhandled_facts_and_names_them() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let (trial, _) = start_while_handling_a_fact(&machine, "100ms");
    trial.process.signal("TERM");
    let (status, log) = trial.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    let reported = "unfinished work was abandoned after HECATE_DRAIN_MAX";
    let line = log.lines().find(|line| line.contains(reported));
    let line = line.unwrap_or_else(|| panic!("no work was abandoned:\n{log}"));
    let named = format!("{SLOW} (1 being handled, 1 waiting)");
    assert!(line.contains(&named), "{line}");
    assert!(line.contains("limit=100ms"), "{line}");
    assert!(!log.contains("handled slowly until"), "{log}");
}

#[test]
fn a_fact_that_a_station_takes_before_it_dies_is_reported() {
    let machine = Sandbox::new();
    let station = machine.mesh();
    let mut trial = Service::start(with_a_station(&machine).env("HECATE_DRAIN_MAX", "6s"));
    trial.wait_for_subscriptions(4);
    let page = trial.metrics();
    assert_eq!(page.value("hecate_facts_unconfirmed_total", &[]), 0.0);
    for kind in [
        "frame_type",
        "extension_ignored",
        "extension_refused",
        "value",
    ] {
        assert_eq!(
            page.value("hecate_wire_unknown_total", &[("kind", kind)]),
            0.0
        );
    }
    let refused = [("reason", "session_proof_invalid")];
    assert_eq!(page.value("hecate_handshakes_refused_total", &refused), 0.0);
    // Its socket takes what is sent, and nothing reads it. The trial publishes a fact in `stop`.
    station.signal("STOP");
    trial.process.signal("TERM");
    let reported = trial.process.wait_for("facts may be lost");
    assert!(reported.contains("facts=1"), "{reported}");
    station.signal("KILL");
}

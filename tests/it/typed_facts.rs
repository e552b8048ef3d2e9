//! Facts as types: ids, growth, and what a manifest, a description and a generated client say.

use hecate_om::{
    Mesh,
    fact::{Delivery, Fact as _, Subscriber},
};
use hecate_om_test_clients::trial::facts::PlacedV1;
use hecate_om_tests::{Sandbox, Service, WAIT_LIMIT, runtime, until};
use serde_json::{Value, json};

const PLACED: &str = PlacedV1::TOPIC;

async fn place(mesh: &Mesh, request: &Value) {
    let place = mesh.procedure("hecate-trial/trial.place");
    let placed = place.timeout(WAIT_LIMIT).call::<_, ()>(request).await;
    placed.expect("the fact is published");
}

/// Publishes a fact as another implementation would.
async fn publish(mesh: &Mesh, fact: Value) {
    let publishing = mesh.topic(PLACED).timeout(WAIT_LIMIT).publish(&fact);
    publishing.await.expect("the fact is published");
}

/// Waits until the trial has handled `count` facts, and returns what it recorded of them.
async fn received(mesh: &Mesh, count: usize) -> Vec<String> {
    let received = async {
        loop {
            let received = mesh.procedure("hecate-trial/trial.received");
            let received = received.timeout(WAIT_LIMIT).call(&()).await;
            let received: Vec<String> = received.expect("the trial lists the received facts");
            if received.len() >= count {
                return received;
            }
            tokio::task::yield_now().await;
        }
    };
    let received = tokio::time::timeout(WAIT_LIMIT, received).await;
    received.expect("the facts are handled")
}

fn counted(trial: &Service, name: &str, outcome: Option<&str>, times: f64) {
    let topic = ("messaging_destination_name", PLACED);
    let labels: Vec<_> = [topic]
        .into_iter()
        .chain(outcome.map(|o| ("outcome", o)))
        .collect();
    until(&format!("{times} {outcome:?} of {name}"), || {
        match trial.metrics().value(name, &labels) {
            n if n == times => Ok(()),
            n => Err(n),
        }
    });
}

#[test]
fn a_fact_is_handled_once_for_each_id_and_read_by_the_generated_type() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    trial.wait_for_subscriptions(4);
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let mut facts: Subscriber<PlacedV1> = mesh.subscribe(PLACED).unwrap();
        let subscribed = tokio::time::timeout(WAIT_LIMIT, facts.subscribed()).await;
        subscribed.expect("a station takes the subscription");
        let id = "0123456789abcdef".repeat(2);
        for order in [1, 1, 2] {
            let id = (order == 1).then_some(&id);
            place(mesh, &json!({"order": order, "id": id})).await;
        }
        let received = received(mesh, 2).await;
        assert_eq!(received[0], format!("order 1 express, id {id}"));
        let (second, made) = received[1].split_once(", id ").unwrap();
        assert_eq!((second, made.len()), ("order 2 express", 32));
        for (order, of) in [(1, &*id), (2, made)] {
            let next = tokio::time::timeout(WAIT_LIMIT, facts.next()).await;
            let (delivery, metadata) = next.unwrap().unwrap();
            let expected = PlacedV1 {
                order,
                express: true,
            };
            assert_eq!(delivery, Delivery::Fact(expected));
            assert_eq!(metadata.id().unwrap().to_string(), of);
        }
        client.close().await;
    });
    counted(&trial, "hecate_facts_repeated_total", None, 1.0);
    counted(&trial, "hecate_facts_heard_total", Some("ok"), 2.0);
}

#[test]
fn a_fact_of_another_schema_is_read_if_it_can_be_and_otherwise_counted_apart() {
    let machine = Sandbox::new();
    let mut trial = machine.start("hecate-trial");
    trial.wait_for_subscriptions(4);
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let stamped = |order: Value, id: &str| {
            json!({"$id": id.repeat(32), "$schema": "0123456789abcdef", "order": order, "colour": "red"})
        };
        // A later publisher, and an earlier one.
        publish(mesh, stamped(json!(1), "a")).await;
        publish(mesh, json!({"order": 2})).await;
        let expected = [format!("order 1, id {}", "a".repeat(32)), "order 2, id none".into()];
        assert_eq!(received(mesh, 2).await, expected);
        publish(mesh, stamped(json!("three"), "b")).await;
        publish(mesh, json!({"order": "four"})).await;
        client.close().await;
    });
    let heard = "hecate_facts_heard_total";
    counted(&trial, heard, Some("schema_mismatch"), 1.0);
    counted(&trial, heard, Some("undecodable"), 1.0);
    counted(&trial, heard, Some("ok"), 2.0);
    let logged = trial
        .process
        .wait_for("a fact of another schema did not decode");
    assert!(logged.contains("order"), "{logged}");
}

#[test]
fn a_handler_takes_the_fact_of_another_service_by_its_generated_type() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    let _rag = machine.start("hecate-rag");
    trial.wait_for_subscriptions(4);
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let ingest = mesh.procedure("hecate-rag/rag.ingest_document");
        let document = json!({"source": "otters.txt", "text": "Otters hold hands."});
        let ingested = ingest.timeout(WAIT_LIMIT).call::<_, Value>(&document).await;
        ingested.expect("the document is stored");
        assert_eq!(received(mesh, 1).await, ["otters.txt in 1 chunks"]);
        client.close().await;
    });
}

#[test]
fn published_facts_are_in_the_manifest_the_description_and_the_list() {
    let machine = Sandbox::new();
    let printed = machine.run(machine.service("hecate-trial").arg("manifest"));
    let complete: Value = serde_json::from_str(&printed.stdout).unwrap();
    let publications = complete["publications"].as_array().unwrap();
    assert_eq!(publications.len(), 1, "{publications:?}");
    assert_eq!(publications[0]["topic"], PLACED);
    assert_eq!(publications[0]["doc"], "An order was placed.");
    let schema = &publications[0]["fact_schema"];
    assert_eq!(schema["required"], json!(["order"]), "{schema}");

    let _trial = machine.start("hecate-trial");
    let describe = "hecate-trial/hecate-trial.describe_capabilities";
    let described = machine.cli(&["call", describe, "--json"]);
    let described = described.json()["result"].take();
    let described = &described["publications"][0];
    assert_eq!(described["topic"], PLACED);
    let described = described["fact_schema"].as_str().unwrap();
    assert_eq!(&described.parse::<Value>().unwrap(), schema);

    let listed = machine.cli(&["ls", "hecate-trial", "--facts"]);
    for line in [
        "  publishes hecate-trial/trial/placed_v1",
        "  subscribes to hecate-rag/rag/document_stored_v1",
    ] {
        assert!(listed.stdout.contains(line), "{}", listed.stdout);
    }
    let listed = machine.cli(&["ls", "hecate-trial", "--facts", "--json"]);
    let listed = listed.json()["result"][0]["facts"].take();
    let roles = listed.as_array().unwrap().iter();
    let roles: Vec<_> = roles
        .map(|fact| (fact["topic"].as_str(), fact["role"].as_str()))
        .collect();
    assert!(
        roles.contains(&(Some(PLACED), Some("published"))),
        "{roles:?}"
    );
    assert!(
        roles.contains(&(Some(PLACED), Some("subscribed"))),
        "{roles:?}"
    );
}

#[test]
fn a_diff_reports_a_fact_that_subscribers_can_no_longer_read() {
    let machine = Sandbox::new();
    let printed = machine.run(machine.service("hecate-trial").arg("manifest"));
    let before: Value = serde_json::from_str(&printed.stdout).unwrap();
    let changed = |name: &str, required: bool| {
        let mut after = before.clone();
        let schema = &mut after["publications"][0]["fact_schema"];
        schema["properties"]["colour"] = json!({"type": "string"});
        if required {
            schema["required"] = json!(["colour", "order"]);
        }
        std::fs::write(machine.path().join(name), after.to_string()).unwrap();
        machine.cli(&["manifest", "diff", "before.json", name])
    };
    std::fs::write(machine.path().join("before.json"), &printed.stdout).unwrap();
    let grown = changed("grown.json", false);
    assert_eq!(grown.code, 0, "{grown:?}");
    assert!(grown.stdout.contains("is new and optional"), "{grown:?}");
    let broken = changed("broken.json", true);
    assert_eq!(broken.code, 1, "{broken:?}");
    assert!(broken.stdout.contains("is new and required"), "{broken:?}");
    assert!(broken.stdout.contains("subscribers"), "{broken:?}");
}

//! Publishing and handling facts.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hecate_om::{
    JsonSchema, Mesh, Refusal, capability,
    fact::{Delivery, FactMetadata, Subscription, Subscriptions},
    subscribe,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The received facts, in order.
#[derive(Debug, Default)]
pub(crate) struct ReceivedFacts(Mutex<Vec<String>>);

impl ReceivedFacts {
    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
    }
}

/// An arbitrary fact.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Happened {
    number: u64,
    /// The handler's action: `panic`, `fail`, `block` its thread forever, or anything else.
    #[serde(default)]
    then: String,
}

/// Records the received facts with their publishers.
#[subscribe("hecate-trial/trial/happened_v1")]
async fn happened(
    received: &ReceivedFacts,
    delivery: Delivery<Happened>,
    metadata: &FactMetadata,
) -> Result<(), String> {
    match delivery {
        Delivery::Fact(fact) => match &*fact.then {
            "panic" => panic!("as requested"),
            "fail" => return Err("as requested".into()),
            "block" => crate::blocking::block_forever("a fact's handler"),
            _ => received.add(format!("{} by {}", fact.number, metadata.publisher())),
        },
        Delivery::Interrupted { .. } => received.add("interrupted".into()),
        Delivery::Gap { from, to, .. } if from <= to => received.add("gap".into()),
        Delivery::Gap { .. } => received.add("gap that ends before it starts".into()),
    }
    Ok(())
}

/// Handles a fact until a file with the given path exists.
#[subscribe("hecate-trial/trial/slow_v1", gaps = ignored)]
async fn slow(received: &ReceivedFacts, file: PathBuf) {
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    eprintln!("handled slowly until {}", file.display());
    received.add("slow".into());
}

/// Returns the received facts, in order.
#[capability("trial.received", version = 1, access = open)]
async fn received(received: &ReceivedFacts) -> Vec<String> {
    received
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// A fact to publish.
#[derive(Debug, Deserialize, JsonSchema)]
struct PublishRequest {
    topic: String,
    fact: Value,
    /// Whether the response waits until the fact was sent.
    wait: bool,
}

/// Publishes a fact.
#[capability("trial.publish", version = 1, access = open)]
async fn publish(mesh: &Mesh, request: PublishRequest) -> Result<(), Refusal> {
    let publishing = mesh.publish(request.topic, &request.fact);
    if request.wait {
        Ok(publishing.await?)
    } else {
        Ok(())
    }
}

/// Subscribes to exactly these topics, beside those of the attributes, and publishes what it
/// receives.
#[capability("trial.follow", version = 1, access = open)]
async fn follow(
    subscriptions: &Subscriptions,
    mesh: &Mesh,
    topics: Vec<(String, String)>,
) -> Result<(usize, usize, usize), Refusal> {
    async fn republish(
        argument: Arc<(String, ComparableMesh)>,
        delivery: Delivery<Value>,
        _: FactMetadata,
    ) {
        let (label, ComparableMesh(mesh)) = &*argument;
        if let Delivery::Fact(fact) = delivery {
            mesh.publish("hecate-trial/trial/followed_v1", &(label, fact));
        }
    }
    let subscribe =
        |(topic, label)| Subscription::new(topic, (label, ComparableMesh(mesh.clone())), republish);
    let changed = subscriptions
        .replace(topics.into_iter().map(subscribe))
        .map_err(|error| Refusal::new("bad_topic", error.to_string()))?;
    Ok((changed.started, changed.stopped, changed.kept))
}

/// A mesh that equals any other mesh of the same node.
#[derive(Debug)]
struct ComparableMesh(Mesh);

impl PartialEq for ComparableMesh {
    fn eq(&self, other: &Self) -> bool {
        self.0.node_id() == other.0.node_id()
    }
}

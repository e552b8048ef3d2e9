//! Publishing and handling facts.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hecate_om::{
    JsonSchema, Mesh, Refusal, capability, fact,
    fact::{Delivery, FactId, FactMetadata, Subscription, Subscriptions},
    subscribe,
};
use hecate_om_test_clients::rag::facts::DocumentStoredV1;
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

/// An order was placed.
#[fact("hecate-trial/trial/placed_v1")]
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Placed {
    order: u64,
    /// Added later, so that it has a default.
    #[serde(default)]
    express: bool,
}

/// Records the placed orders.
#[subscribe(gaps = ignored)]
async fn placed(received: &ReceivedFacts, placed: Placed, metadata: &FactMetadata) {
    let id = metadata
        .id()
        .map_or_else(|| "none".into(), |id| id.to_string());
    let express = if placed.express { " express" } else { "" };
    received.add(format!("order {}{express}, id {id}", placed.order));
}

/// Records the documents that the service `hecate-rag` stores. The type is generated from its
/// descriptor.
#[subscribe]
async fn stored(received: &ReceivedFacts, delivery: Delivery<DocumentStoredV1>) {
    if let Delivery::Fact(document) = delivery {
        let (source, chunks) = (document.source, document.chunks);
        received.add(format!("{source} in {chunks} chunks"));
    }
}

/// An order to place.
#[derive(Debug, Deserialize, JsonSchema)]
struct PlaceOrder {
    order: u64,
    /// Id of the fact; the default is a new one.
    id: Option<String>,
}

/// Publishes that an order was placed, and waits until a station's link has the fact.
#[capability("trial.place", version = 1, access = open)]
async fn place(mesh: &Mesh, request: PlaceOrder) -> Result<(), Refusal> {
    let placed = Placed {
        order: request.order,
        express: true,
    };
    let fact = mesh.fact(&placed);
    let fact = match request.id.map(|id| id.parse::<FactId>()) {
        None => fact,
        Some(Ok(id)) => fact.id(id),
        Some(Err(error)) => return Err(Refusal::new("bad_id", error.to_string())),
    };
    Ok(fact.publish().await?)
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
    let publishing = mesh.topic(request.topic).publish(&request.fact);
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
            mesh.topic("hecate-trial/trial/followed_v1")
                .publish(&(label, fact));
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

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
pub(crate) struct Log(Mutex<Vec<String>>);

impl Log {
    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
    }
}

/// A fact about nothing in particular.
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
    log: &Log,
    delivery: Delivery<Happened>,
    metadata: &FactMetadata,
) -> Result<(), String> {
    match delivery {
        Delivery::Fact(fact) => match &*fact.then {
            "panic" => panic!("as requested"),
            "fail" => return Err("as requested".into()),
            "block" => crate::wedge::block_forever("a fact's handler"),
            _ => log.add(format!("{} by {}", fact.number, metadata.publisher())),
        },
        Delivery::Interrupted { .. } => log.add("interrupted".into()),
        Delivery::Gap { from, to, .. } if from <= to => log.add("gap".into()),
        Delivery::Gap { .. } => log.add("gap the wrong way round".into()),
    }
    Ok(())
}

/// Handles a fact until a file with the given path exists.
#[subscribe("hecate-trial/trial/dawdled_v1", gaps = ignored)]
async fn dawdled(log: &Log, file: PathBuf) {
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    eprintln!("dawdled until {}", file.display());
    log.add("dawdled".into());
}

/// Returns the received facts, in order.
#[capability("trial.heard", version = 1, access = open)]
async fn heard(log: &Log) -> Vec<String> {
    log.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A fact to publish.
#[derive(Debug, Deserialize, JsonSchema)]
struct Tell {
    topic: String,
    fact: Value,
    /// Whether the response waits until the fact was sent.
    wait: bool,
}

/// Publishes a fact.
#[capability("trial.tell", version = 1, access = open)]
async fn tell(mesh: &Mesh, tell: Tell) -> Result<(), Refusal> {
    let telling = mesh.publish(tell.topic, &tell.fact);
    if tell.wait {
        Ok(telling.await?)
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
    wanted: Vec<(String, String)>,
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
        .replace(wanted.into_iter().map(subscribe))
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

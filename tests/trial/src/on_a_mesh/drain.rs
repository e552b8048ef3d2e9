//! Answers that a draining service sends over a path with a delay.

use std::time::Duration;

use hecate_om::testing::TestMesh;
use hecate_om::{CallError, Heard, Mesh, capability};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::PATIENCE;
use crate::Trial;

/// Sizes of the answers in MiB, each the last answer of its service. A single answer uses a path on
/// which little was sent before, so QUIC sends it slowly.
const SIZES: [usize; 3] = [1, 4, 12];
/// Topic of the 1 MiB fact.
const TOPIC: &str = "hecate-trial/trial/grew_v1";

/// Calls in the handler, and calls that may continue.
static BEGUN: Semaphore = Semaphore::const_new(0);
static MAY_END: Semaphore = Semaphore::const_new(0);

/// Answers with this many MiB; for zero it publishes a fact of 1 MiB.
#[capability("trial.grow", version = 1, access = open, timeout = "60s")]
async fn grow(mesh: &Mesh, mebibytes: usize) -> String {
    BEGUN.add_permits(1);
    let may_end = MAY_END.acquire().await;
    may_end.expect("it is never closed").forget();
    if mebibytes == 0 {
        mesh.topic(TOPIC)
            .timeout(PATIENCE)
            .publish(&"x".repeat(1 << 20));
    }
    "x".repeat(mebibytes << 20)
}

/// Returns whether a station still knows a provider, by a call with a payload of the wrong type.
async fn is_served(caller: &Mesh, procedure: &str) -> bool {
    let call = caller.procedure(procedure).timeout(Duration::from_secs(5));
    match call.call::<_, Value>("not a number").await {
        Err(CallError::NoProvider { .. }) => false,
        Err(CallError::Wire { code, .. }) => code != "unknown_next_peer",
        _ => true,
    }
}

/// Makes a service answer with this many MiB while it drains; returns how many arrive.
async fn answered_while_draining(mesh: &TestMesh, mebibytes: usize) -> Result<usize, CallError> {
    let trial = mesh.boot::<Trial>().await;
    let procedure = format!("{}/trial.grow", trial.org());
    trial.path().delay(Duration::from_millis(150));
    let caller = mesh.caller().clone();
    let called = procedure.clone();
    let answer = tokio::spawn(async move {
        let call = caller.procedure(called).timeout(PATIENCE);
        call.call::<_, String>(&mebibytes).await
    });
    let begun = BEGUN.acquire().await;
    begun.expect("it is never closed").forget();
    let ending = tokio::spawn(trial.stop());
    // Once it is withdrawn, the answer is the only pending data.
    while is_served(mesh.caller(), &procedure).await {}
    MAY_END.add_permits(1);
    let answer = answer.await.expect("a caller does not panic");
    ending.await.expect("a drain does not panic");
    answer.map(|text| text.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answers_and_facts_reach_their_receivers_though_the_service_ends() {
    let mesh = TestMesh::start().await;
    for mebibytes in SIZES {
        let answered = answered_while_draining(&mesh, mebibytes).await;
        assert_eq!(answered, Ok(mebibytes << 20));
    }
    let mut facts = mesh.caller().subscribe::<String>(TOPIC).unwrap();
    facts.subscribed().await;
    assert_eq!(answered_while_draining(&mesh, 0).await, Ok(0));
    match tokio::time::timeout(PATIENCE, facts.next()).await {
        Ok(Some((Heard::Fact(text), _))) => assert_eq!(text.len(), 1 << 20),
        other => panic!("the fact is not heard: {:?}", other.map(|_| ())),
    }
}

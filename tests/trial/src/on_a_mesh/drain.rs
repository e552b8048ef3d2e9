//! Responses that a draining service sends over a path with a delay.

use std::future::Future;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt as _};
use hecate_om::testing::TestMesh;
use hecate_om::{Mesh, call::CallError, capability, fact::Delivery};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::WAIT_LIMIT;
use crate::Trial;

/// Sizes of the responses in MiB, each the last response of its service. A single response uses a
/// path on which little was sent before, so QUIC sends it slowly.
const SIZES: [usize; 3] = [1, 4, 12];
/// Topic of the 1 MiB fact.
const TOPIC: &str = "hecate-trial/trial/grew_v1";

/// Number of 60 KiB items, each written to a QUIC stream of its caller's own.
const ITEMS: usize = 6;

/// Gate at which a test holds a handler until its service drains. Each test has its own gate,
/// because all run in one process.
struct Gate {
    started: Semaphore,
    may_end: Semaphore,
}

impl Gate {
    const fn new() -> Self {
        Self {
            started: Semaphore::const_new(0),
            may_end: Semaphore::const_new(0),
        }
    }

    /// Reports that the handler runs, and waits until it may end.
    async fn pass(&self) {
        self.started.add_permits(1);
        let may_end = self.may_end.acquire().await;
        may_end.expect("the semaphore is never closed").forget();
    }

    async fn started(&self) {
        let started = self.started.acquire().await;
        started.expect("the semaphore is never closed").forget();
    }
}

static GROW: Gate = Gate::new();
static GROW_BY_ITEMS: Gate = Gate::new();

/// Responds with this many MiB; for zero it publishes a fact of 1 MiB.
#[capability("trial.grow", version = 1, access = open, timeout = "60s")]
async fn grow(mesh: &Mesh, mebibytes: usize) -> String {
    GROW.pass().await;
    if mebibytes == 0 {
        mesh.topic(TOPIC)
            .timeout(WAIT_LIMIT)
            .publish(&"x".repeat(1 << 20));
    }
    "x".repeat(mebibytes << 20)
}

/// Responds with this many texts of 60 KiB.
#[capability("trial.grow_by_items", version = 1, access = open)]
async fn grow_by_items(items: usize) -> impl Stream<Item = String> {
    GROW_BY_ITEMS.pass().await;
    stream::iter(0..items).map(|_| "x".repeat(60 << 10))
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

/// Returns what `call` receives from a service that responds while it drains.
async fn answered_while_draining<T, F>(
    mesh: &TestMesh,
    gate: &Gate,
    name: &str,
    call: impl FnOnce(Mesh, String) -> F,
) -> Result<T, CallError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, CallError>> + Send + 'static,
{
    let trial = mesh.boot::<Trial>().await;
    let org = trial.org().to_owned();
    trial.path().delay(Duration::from_millis(100));
    let answer = tokio::spawn(call(mesh.caller().clone(), format!("{org}/trial.{name}")));
    gate.started().await;
    let ending = tokio::spawn(trial.stop());
    // After the withdrawal, the response is the only pending data.
    while is_served(mesh.caller(), &format!("{org}/trial.grow")).await {}
    gate.may_end.add_permits(1);
    let answer = answer.await.expect("a caller does not panic");
    ending.await.expect("a drain does not panic");
    answer
}

/// Returns the length of a response of this many MiB.
async fn grown(mesh: &TestMesh, mebibytes: usize) -> Result<usize, CallError> {
    let call = async move |mesh: Mesh, procedure: String| {
        let call = mesh.procedure(procedure).timeout(WAIT_LIMIT);
        call.call::<_, String>(&mebibytes).await
    };
    let answer = answered_while_draining(mesh, &GROW, "grow", call).await;
    answer.map(|text| text.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn large_responses_and_facts_arrive_although_the_service_exits() {
    let mesh = TestMesh::start().await;
    for mebibytes in SIZES {
        assert_eq!(grown(&mesh, mebibytes).await, Ok(mebibytes << 20));
    }
    let mut facts = mesh.caller().subscribe::<String>(TOPIC).unwrap();
    facts.subscribed().await;
    assert_eq!(grown(&mesh, 0).await, Ok(0));
    match tokio::time::timeout(WAIT_LIMIT, facts.next()).await {
        Ok(Some((Delivery::Fact(text), _))) => assert_eq!(text.len(), 1 << 20),
        other => panic!("the fact was not received: {:?}", other.map(|_| ())),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_items_and_the_end_of_a_stream_arrive_although_the_service_exits() {
    let mesh = TestMesh::start().await;
    let read = async |mesh: Mesh, procedure: String| {
        let opening = mesh.procedure(procedure).timeout(WAIT_LIMIT);
        let mut items = opening.server_streaming::<_, String>(&ITEMS).await?;
        let mut read = 0;
        while let Some(item) = items.next().await {
            item?;
            read += 1;
        }
        Ok(read)
    };
    let read = answered_while_draining(&mesh, &GROW_BY_ITEMS, "grow_by_items", read).await;
    assert_eq!(read, Ok(ITEMS));
}

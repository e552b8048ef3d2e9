//! What a service that ends still sends, over a path with a delay.

use std::time::Duration;

use hecate_om::testing::TestMesh;
use hecate_om::{Heard, Mesh, capability};
use tokio::sync::Semaphore;

use super::PATIENCE;
use crate::Trial;

/// The mebibytes of the answers.
const SIZES: [usize; 4] = [1, 4, 8, 12];
/// The mebibytes of a fact.
const LARGE_FACT: usize = 8;
/// Larger than any.
const TOPIC: &str = "hecate-trial/trial/grew_v1";

/// Calls that are in the handler, and those that may go on.
static BEGUN: Semaphore = Semaphore::const_new(0);
static MAY_END: Semaphore = Semaphore::const_new(0);

/// Answers so many mebibytes, and tells as many.
#[capability("trial.grow", version = 1, access = open, timeout = "60s")]
async fn grow(mesh: &Mesh, mebibytes: usize) -> String {
    BEGUN.add_permits(1);
    let may_end = MAY_END.acquire().await;
    may_end.expect("it is never closed").forget();
    let text = "x".repeat(mebibytes << 20);
    if mebibytes == LARGE_FACT {
        mesh.topic(TOPIC).timeout(PATIENCE).publish(&text);
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answers_and_facts_reach_their_receivers_though_the_service_ends() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let mut facts = mesh.caller().subscribe::<String>(TOPIC).unwrap();
    facts.subscribed().await;
    trial.path().delay(Duration::from_millis(100));
    let calls: Vec<_> = SIZES
        .into_iter()
        .map(|mebibytes| {
            let caller = mesh.caller().clone();
            let procedure = format!("{}/trial.grow", trial.org());
            tokio::spawn(async move {
                let call = caller.procedure(procedure).timeout(PATIENCE);
                let answer = call.call::<_, String>(&mebibytes).await;
                (mebibytes, answer.map(|text| text.len()))
            })
        })
        .collect();
    let begun = BEGUN.acquire_many(SIZES.len() as u32).await;
    begun.expect("it is never closed").forget();
    let ending = tokio::spawn(trial.stop());
    MAY_END.add_permits(SIZES.len());
    for call in calls {
        let (mebibytes, answer) = call.await.expect("a caller does not panic");
        assert_eq!(answer, Ok(mebibytes << 20));
    }
    match tokio::time::timeout(PATIENCE, facts.next()).await {
        Ok(Some((Heard::Fact(text), _))) => assert_eq!(text.len(), LARGE_FACT << 20),
        other => panic!("the fact is not heard: {:?}", other.map(|_| ())),
    }
    ending.await.expect("a drain does not panic");
}

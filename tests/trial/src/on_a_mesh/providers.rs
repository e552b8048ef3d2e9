//! The choice between two replicas.

use hecate_om::testing::{Booted, TestMesh};
use hecate_om::{Mesh, call::CallError};

use super::WAIT_LIMIT;
use crate::Trial;
use crate::run_counts::{Run, record_run};

/// Returns the number of calls that the replica has denied because of their rate.
fn denied(trial: &Booted<Trial>) -> u64 {
    let metrics = trial.metrics();
    let line = metrics.lines().find(|line| {
        line.starts_with("hecate_guard_denied_total")
            && line.contains("reason=\"rate\"")
            && line.contains("hecate-trial/trial.record_run\"")
    });
    let count = line.and_then(|line| line.rsplit(' ').next());
    count.map_or(0, |count| count.parse().expect("a count"))
}

async fn count(mesh: &Mesh, on: Option<&Booted<Trial>>) -> Result<u64, CallError> {
    let request = Run {
        key: "a".into(),
        held: false,
    };
    let call = mesh
        .call::<record_run>(&request)
        .org("hecate-trial")
        .timeout(WAIT_LIMIT);
    match on {
        Some(replica) => call.provider(replica.node_id()).await,
        None => call.await,
    }
}

#[tokio::test]
async fn a_call_that_a_full_replica_refuses_is_answered_by_another() {
    let mesh = TestMesh::start().await;
    let replica = |name: &str| mesh.service::<Trial>().replica(name);
    let strict =
        replica("strict").setting("HECATE_GUARD_LIMITS", "per_caller_max=1,window_ms=3600000");
    let (strict, other) = (strict.boot().await, replica("other").boot().await);
    let caller = mesh.another_caller().await;
    // If a new window starts now, the same holds in that one.
    while denied(&strict) == 0 {
        let answered = count(&caller, None).await;
        assert!(answered.is_ok(), "{answered:?}");
    }
    let pinned = count(&caller, Some(&strict))
        .await
        .expect_err("it may not go elsewhere");
    assert_eq!(pinned.code(), "rate_limited");
    other.stop().await;
    let nowhere = count(&caller, None)
        .await
        .expect_err("there is nowhere else");
    assert_eq!(nowhere.code(), "rate_limited");
}

//! Two replicas restarted one after the other under load: no call is lost or runs twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hecate_om::Mesh;
use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Realm, Sandbox, WAIT_LIMIT, runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

const CALLS: u64 = 10_000;
const CALLERS: usize = 16;
/// Number of calls answered before the first replica is stopped, and again before the second one.
const CALLS_BETWEEN_RESTARTS: u32 = 500;

/// Callers of `trial.note`; each call has its own number.
struct Load {
    callers: Vec<JoinHandle<()>>,
    next: Arc<AtomicU64>,
    answered: Arc<Semaphore>,
    over: Arc<AtomicBool>,
}

impl Load {
    fn start(mesh: &Mesh) -> Self {
        let next = Arc::new(AtomicU64::new(0));
        let answered = Arc::new(Semaphore::new(0));
        let over = Arc::new(AtomicBool::new(false));
        let caller = || {
            let (mesh, next) = (mesh.clone(), Arc::clone(&next));
            let (answered, over) = (Arc::clone(&answered), Arc::clone(&over));
            tokio::spawn(async move {
                // At least `CALLS`, and more while the replicas restart.
                while !over.load(Ordering::Relaxed) || next.load(Ordering::Relaxed) < CALLS {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let answer = mesh
                        .procedure("hecate-trial/trial.note")
                        .timeout(WAIT_LIMIT)
                        .call::<_, u64>(&number)
                        .await;
                    assert_eq!(answer, Ok(number), "call {number}");
                    answered.add_permits(1);
                }
            })
        };
        Self {
            callers: (0..CALLERS).map(|_| caller()).collect(),
            next,
            answered,
            over,
        }
    }

    async fn wait_for_answers(&self, count: u32) {
        let permits = self.answered.acquire_many(count);
        // A caller that got no response fails by itself; there may be nothing else to wait for.
        match tokio::time::timeout(WAIT_LIMIT, permits).await {
            Ok(permits) => permits.expect("the semaphore is never closed").forget(),
            Err(_) => panic!("callers no longer get responses"),
        }
    }

    /// Stops the callers; returns how many calls they made, all of them answered.
    async fn end(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.expect("every call is answered");
        }
        self.next.load(Ordering::Relaxed)
    }
}

#[test]
fn ten_thousand_calls_during_a_rolling_restart_are_answered_and_run_once() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let run = |name| {
            let replica = realm.run(&machine, "hecate-trial", name);
            // A live replica may not be admitted yet, and the other must not stop before that.
            replica.ready();
            replica
        };
        let mut replicas = BTreeMap::from(["a", "b"].map(|name| (name, run(name))));
        let client = realm.client().await;
        let load = Load::start(client.mesh());
        for name in ["a", "b", "a", "b"] {
            load.wait_for_answers(CALLS_BETWEEN_RESTARTS).await;
            let replica = replicas.remove(name).expect("the replica runs");
            replica.process.signal("TERM");
            let (status, log) = replica.process.end();
            assert_eq!(status.code(), Some(0), "{log}");
            assert!(log.contains("drain finished"), "{log}");
            replicas.insert(name, run(name));
        }
        load.wait_for_answers(CALLS_BETWEEN_RESTARTS).await;
        let made = load.end().await;
        client.close().await;

        let mut runs: BTreeMap<u64, u32> = BTreeMap::new();
        for name in ["a", "b"] {
            let notes = std::fs::read_to_string(machine.path().join(name).join("notes"));
            let notes = notes.expect("each replica has written down what it ran");
            assert!(!notes.is_empty(), "`{name}` ran nothing");
            for number in notes.lines() {
                *runs
                    .entry(number.parse().expect("a number a line"))
                    .or_default() += 1;
            }
        }
        let twice: Vec<_> = runs.iter().filter(|(_, runs)| **runs != 1).collect();
        assert!(twice.is_empty(), "run more than once: {twice:?}");
        assert!(made >= CALLS);
        assert!(
            runs.keys().copied().eq(0..made),
            "each number once and no other"
        );
        realm.close().await;
    });
}

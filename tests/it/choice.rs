//! Two replicas of a service: calls go to the faster one, and to the other when that changes.

use std::fs;
use std::time::Duration;

use hecate_om::Mesh;
use hecate_om::testing::NetworkPath;
use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Realm, Sandbox, Service, WAIT_LIMIT, runtime};
use tokio::task::JoinSet;

const TRIAL: &str = "hecate-trial";
const CALLERS: u64 = 8;
/// Delay far longer than a call takes, even on a busy machine.
const SLOW: Duration = Duration::from_millis(400);

/// The replicas, each behind its own path.
struct Replicas {
    machine: Sandbox,
    mesh: Mesh,
    next: u64,
}

impl Replicas {
    /// Makes `calls` calls from several callers; returns how many of them each replica ran.
    async fn run_calls(&mut self, calls: u64) -> (usize, usize) {
        let before = (self.ran("a"), self.ran("b"));
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let mesh = self.mesh.clone();
            let numbers = (self.next + caller..self.next + calls).step_by(CALLERS as usize);
            callers.spawn(async move {
                for number in numbers {
                    let call = mesh
                        .procedure("hecate-trial/trial.note")
                        .timeout(WAIT_LIMIT);
                    let answer = call.call::<_, u64>(&number).await;
                    assert_eq!(answer, Ok(number), "call {number}");
                }
            });
        }
        while let Some(caller) = callers.join_next().await {
            caller.expect("every call is answered");
        }
        self.next += calls;
        (self.ran("a") - before.0, self.ran("b") - before.1)
    }

    fn ran(&self, replica: &str) -> usize {
        let notes = fs::read_to_string(self.machine.path().join(replica).join("notes"));
        notes.map_or(0, |notes| notes.lines().count())
    }

    /// Makes calls until the distribution is as expected: old latencies fade over seconds.
    async fn until_distribution(&mut self, what: &str, holds: impl Fn((usize, usize)) -> bool) {
        let attempts = async { while !holds(self.run_calls(64).await) {} };
        let played = tokio::time::timeout(WAIT_LIMIT, attempts).await;
        assert!(played.is_ok(), "{what}");
    }
}

#[test]
fn calls_go_to_the_faster_replica_and_leave_it_when_it_slows_or_dies() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let paths = [
            NetworkPath::to(realm.addr()).await.expect("a free port"),
            NetworkPath::to(realm.addr()).await.expect("a free port"),
        ];
        let run = |name, path: &NetworkPath| {
            let mut command = realm.service(&machine, TRIAL, name);
            let replica = Service::start(command.envs(realm.environment(path.addr())));
            replica.ready();
            replica
        };
        let (a, b) = (run("a", &paths[0]), run("b", &paths[1]));
        let client = realm.client().await;
        let mut replicas = Replicas {
            machine,
            mesh: client.mesh().clone(),
            next: 0,
        };
        replicas
            .until_distribution("both are called", |(a, b)| a > 0 && b > 0)
            .await;

        paths[1].delay(SLOW);
        replicas
            .until_distribution("the faster is called more", |(a, b)| a > 3 * b)
            .await;
        paths[0].delay(SLOW);
        paths[1].heal();
        replicas
            .until_distribution("the one that has become faster is", |(a, b)| b > 3 * a)
            .await;

        // The replica shuts down like any service: calls in flight are answered, new ones go to the
        // other replica.
        paths[0].heal();
        b.process.signal("TERM");
        let (status, log) = b.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        assert_eq!(replicas.run_calls(64).await, (64, 0));
        client.close().await;
        drop(a);
        realm.close().await;
    });
}

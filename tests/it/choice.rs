//! Two instances of one service: calls go to the one that answers sooner, and on when that is no longer it.

use std::fs;
use std::time::Duration;

use hecate_om::Mesh;
use hecate_om::testing::Path;
use hecate_om_station::Admission;
use hecate_om_tests::{PATIENCE, Realm, Sandbox, Service};
use tokio::task::JoinSet;

use crate::calls::runtime;
use crate::rolling_restart::member;

const TRIAL: &str = "hecate-trial";
const CALLERS: u64 = 8;
/// Far more than a call takes, and the noise of a machine that does much else.
const SLOW: Duration = Duration::from_millis(400);

/// The instances, each behind a path of its own.
struct Scene {
    machine: Sandbox,
    mesh: Mesh,
    next: u64,
}

impl Scene {
    /// Makes so many calls by so many callers; how many `a` and `b` ran of them.
    async fn play(&mut self, calls: u64) -> (usize, usize) {
        let before = (self.ran("a"), self.ran("b"));
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let mesh = self.mesh.clone();
            let numbers = (self.next + caller..self.next + calls).step_by(CALLERS as usize);
            callers.spawn(async move {
                for number in numbers {
                    let call = mesh.procedure("hecate-trial/trial.note").timeout(PATIENCE);
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

    fn ran(&self, instance: &str) -> usize {
        let notes = fs::read_to_string(self.machine.path().join(instance).join("notes"));
        notes.map_or(0, |notes| notes.lines().count())
    }

    /// Plays until it comes out so: figures are forgotten over seconds.
    async fn plays_until(&mut self, what: &str, holds: impl Fn((usize, usize)) -> bool) {
        let play = async { while !holds(self.play(64).await) {} };
        let played = tokio::time::timeout(PATIENCE, play).await;
        assert!(played.is_ok(), "{what}");
    }
}

#[test]
fn calls_go_to_the_instance_that_answers_sooner_and_on_when_it_slows_or_dies() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, Admission::Grant).await;
        let paths = [
            Path::to(realm.addr()).await.expect("a free port"),
            Path::to(realm.addr()).await.expect("a free port"),
        ];
        let run = |name, path: &Path| {
            let mut command = realm.service(&machine, TRIAL, name);
            let instance = Service::start(command.envs(realm.environment(path.addr())));
            instance.ready();
            instance
        };
        let (a, b) = (run("a", &paths[0]), run("b", &paths[1]));
        let client = member(&realm).await;
        let mut scene = Scene {
            machine,
            mesh: client.mesh().clone(),
            next: 0,
        };
        scene
            .plays_until("both are called", |(a, b)| a > 0 && b > 0)
            .await;

        paths[1].delay(SLOW);
        scene
            .plays_until("the faster is called more", |(a, b)| a > 3 * b)
            .await;
        paths[0].delay(SLOW);
        paths[1].heal();
        scene
            .plays_until("the one that has become faster is", |(a, b)| b > 3 * a)
            .await;

        // It ends as services do: what is under way is answered, what comes goes to the other.
        paths[0].heal();
        b.process.signal("TERM");
        let (status, log) = b.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        assert_eq!(scene.play(64).await, (64, 0));
        client.close().await;
        drop(a);
        realm.close().await;
    });
}

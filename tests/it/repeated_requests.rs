//! Requests with keys, with processes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use hecate_om::Mesh;
use hecate_om::call::CallError;
use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Realm, Sandbox, Service, WAIT_LIMIT, runtime};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::restart::{start_with_a_station, with_a_station};

const TRIAL: &str = "hecate-trial";
const ONCE: &str = "hecate-trial/trial.record_once";
const ONCE_EVER: &str = "hecate-trial/trial.record_once_ever";

async fn record(mesh: &Mesh, procedure: &str, key: &str, run: &Value) -> Result<u64, CallError> {
    let call = mesh.procedure(procedure).timeout(WAIT_LIMIT).key(key);
    call.call(run).await
}

async fn release(mesh: &Mesh, run: &str) {
    let call = mesh
        .procedure("hecate-trial/trial.release")
        .timeout(WAIT_LIMIT);
    call.call::<_, ()>(run).await.expect("the run may end");
}

/// Returns how often each run was noted in a folder.
fn noted(folder: &Path) -> BTreeMap<String, usize> {
    let mut noted = BTreeMap::new();
    let notes = fs::read_to_string(folder.join("notes")).unwrap_or_default();
    for line in notes.lines() {
        *noted.entry(line.to_owned()).or_default() += 1;
    }
    noted
}

fn code<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    result.expect_err("it is refused").code().to_owned()
}

#[test]
fn fifty_calls_at_once_with_one_key_run_once_and_get_the_first_answer() {
    let machine = Sandbox::new();
    let _station = machine.mesh();
    let trial = start_with_a_station(&machine);
    runtime().block_on(async {
        let client = machine.client().await;
        let mut calls = JoinSet::new();
        for _ in 0..50 {
            let mesh = client.mesh().clone();
            calls.spawn(async move {
                let run = json!({"key": "held", "held": true});
                record(&mesh, ONCE, "order-7", &run).await
            });
        }
        let waited = |count: f64| count == 49.0;
        tokio::task::block_in_place(|| {
            trial.wait_for_metric("hecate_dedupe_waited_total", &[], waited);
        });
        release(client.mesh(), "held").await;
        while let Some(answer) = calls.join_next().await {
            assert_eq!(answer.expect("no call panics"), Ok(1));
        }
        let run = json!({"key": "held", "held": true});
        assert_eq!(record(client.mesh(), ONCE, "order-7", &run).await, Ok(1));

        let other = json!({"key": "other", "held": false});
        let refused = record(client.mesh(), ONCE, "order-7", &other).await;
        assert_eq!(code(refused), "key_reused");
        let plain = "hecate-trial/trial.record_run";
        let refused = record(client.mesh(), plain, "order-7", &other).await;
        assert_eq!(code(refused), "key_unsupported");
        let refused = record(client.mesh(), ONCE, "a\nb", &other).await;
        assert_eq!(code(refused), "bad_request");
        client.close().await;
    });
    let expected = BTreeMap::from([("held".to_owned(), 1)]);
    assert_eq!(noted(&machine.path().join("trial")), expected);

    let call = ["call", ONCE, r#"{"key": "line", "held": false}"#];
    let call = [&call[..], &["--identity", "node.key", "--key", "order-8"]].concat();
    for _ in 0..2 {
        let answer = machine.cli(&call);
        assert_eq!(answer.stdout, "1", "{answer:?}");
    }
}

#[test]
fn after_a_kill_answers_on_disk_are_repeated_and_a_call_that_ran_has_an_unknown_outcome() {
    let machine = Sandbox::new();
    let _station = machine.mesh();
    let trial = start_with_a_station(&machine);
    let folder = machine.path().join("trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let done = json!({"key": "done", "held": false});
        let held = json!({"key": "held", "held": true});
        assert_eq!(record(mesh, ONCE_EVER, "order-1", &done).await, Ok(1));
        assert_eq!(record(mesh, ONCE, "order-2", &done).await, Ok(2));
        let (of_held, run) = (mesh.clone(), held.clone());
        let killed =
            tokio::spawn(async move { record(&of_held, ONCE_EVER, "order-3", &run).await });
        tokio::task::block_in_place(|| {
            hecate_om_tests::until("the held run", || {
                let noted = noted(&folder);
                noted.get("held").copied().ok_or(noted)
            });
        });
        trial.process.signal("KILL");
        drop(trial);
        killed.abort();
        let trial = Service::start(&mut with_a_station(&machine));
        tokio::task::block_in_place(|| trial.ready());

        assert_eq!(record(mesh, ONCE_EVER, "order-1", &done).await, Ok(1));
        let repeated = record(mesh, ONCE_EVER, "order-3", &held).await;
        assert_eq!(code(repeated), "outcome_unknown");
        // In memory, the answer is gone, and the call runs again.
        assert_eq!(record(mesh, ONCE, "order-2", &done).await, Ok(1));
        client.close().await;
        drop(trial);
    });
    let expected = [("done".to_owned(), 3), ("held".to_owned(), 1)];
    assert_eq!(noted(&folder), BTreeMap::from(expected));
}

#[test]
fn a_drain_waits_for_a_repeat_that_waits_for_the_first_answer() {
    let machine = Sandbox::new();
    let _station = machine.mesh();
    let mut trial = start_with_a_station(&machine);
    let file = machine.path().join("release");
    runtime().block_on(async {
        let client = machine.client().await;
        let calls: Vec<_> = (0..2)
            .map(|_| {
                let (mesh, file) = (client.mesh().clone(), file.clone());
                let call = async move {
                    let call = mesh.procedure("hecate-trial/trial.hold");
                    let call = call.timeout(WAIT_LIMIT).key("order-7");
                    call.call::<_, ()>(&file).await
                };
                tokio::spawn(call)
            })
            .collect();
        tokio::task::block_in_place(|| {
            trial.wait_for_metric("hecate_dedupe_waited_total", &[], |count| count == 1.0);
            trial.process.signal("TERM");
            trial.process.wait_for("draining");
        });
        fs::write(&file, "").expect("the file is created");
        for call in calls {
            assert_eq!(call.await.expect("no call panics"), Ok(()));
        }
        let (status, log) = tokio::task::block_in_place(|| trial.process.end());
        assert_eq!(status.code(), Some(0), "{log}");
        client.close().await;
    });
}

#[test]
fn the_calls_with_a_key_go_to_one_instance_from_every_caller_and_to_another_if_it_is_gone() {
    const KEYS: usize = 30;
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let names = ["a", "b", "c"];
        let mut replicas = BTreeMap::new();
        for name in names {
            let mut command = realm.service(&machine, TRIAL, name);
            let replica = Service::start(command.envs(realm.environment(realm.addr())));
            replica.ready();
            replicas.insert(name, replica);
        }
        let callers = [realm.client().await, realm.client().await];
        for caller in &callers {
            for number in 0..KEYS {
                let key = format!("order-{number}");
                let run = json!({"key": key, "held": false});
                record(caller.mesh(), ONCE, &key, &run)
                    .await
                    .expect("it runs");
            }
        }
        let noted_by = |name: &str| noted(&machine.path().join(name));
        let of: BTreeMap<_, _> = names.map(|name| (name, noted_by(name))).into();
        let mut all = BTreeSet::new();
        for (name, noted) in &of {
            assert!(!noted.is_empty(), "no key went to {name}");
            for (key, runs) in noted {
                // The callers are two nodes, so each has keys of its own.
                assert_eq!(*runs, 2, "{key} ran on {name} for each caller once");
                assert!(all.insert(key.clone()), "{key} ran on two instances");
            }
        }
        assert_eq!(all.len(), KEYS);

        let gone = replicas.remove("b").expect("it was started");
        gone.process.signal("TERM");
        let (status, log) = gone.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        for number in 0..KEYS {
            let key = format!("order-{number}");
            let run = json!({"key": key, "held": false});
            let repeated = record(callers[0].mesh(), ONCE, &key, &run).await;
            repeated.expect("another instance answers");
        }
        for (name, before) in &of {
            let after = noted_by(name);
            for key in before.keys() {
                assert_eq!(after[key], 2, "{key} stays with {name}");
            }
        }
        for caller in callers {
            caller.close().await;
        }
        drop(replicas);
        realm.close().await;
    });
}

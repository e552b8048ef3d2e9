//! Ends of streams when a caller, a provider or a station fails.

use std::time::Duration;

use hecate_om::{Mesh, call::CallError};
use hecate_om_tests::{Process, Sandbox, Service, binary, runtime};

use super::{
    Number, Progress, WAIT_LIMIT, count, in_time, next, progress, release, sum, trial, until,
    with_trial,
};
use crate::mesh_host::assert_served_again;

#[test]
fn a_caller_that_drops_its_stream_ends_the_handler_and_its_tasks() {
    with_trial(async |mesh, _trial| {
        let opened = trial(&mesh, "watch")
            .server_streaming::<_, u64>("watched")
            .await;
        let mut items = opened.unwrap();
        assert_eq!(next(&mut items).await, Some(Ok(1)));
        assert_eq!(progress(&mesh, "watched").await.open, 1);
        drop(items);
        let gone = |progress: &Progress| progress.open == 0 && progress.cancelled == 1;
        until(&mesh, "watched", gone).await;

        let mut stream = sum(&mesh, "part").await;
        release(&mesh, "part").await;
        let number = Number {
            number: 1,
            padding: String::new(),
        };
        stream.send(&number).await.unwrap();
        until(&mesh, "part", |progress| progress.items == 1).await;
        drop(stream);
        until(&mesh, "part", |progress| progress.open == 0).await;
    });
}

#[test]
fn a_caller_that_is_killed_ends_the_handler() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let _trial = machine.start("hecate-trial");
    let mut follower = machine.service("hecate-trial");
    follower
        .env("HECATE_ORG", "follower")
        .env("HECATE_SECRETS_DIR", machine.path().join("follower"));
    let follower = Service::start(&mut follower);
    follower.ready();
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let follow = async {
            let follow = mesh
                .procedure("follower/trial.follow_stream")
                .timeout(WAIT_LIMIT);
            follow.call::<_, u64>("hecate-trial").await
        };
        let kill = async {
            until(mesh, "followed", |progress| progress.items == 1).await;
            killed(follower.process);
            let gone = |progress: &Progress| progress.open == 0 && progress.cancelled == 1;
            until(mesh, "followed", gone).await;
        };
        tokio::select! {
            answer = follow => panic!("it follows for good: {answer:?}"),
            () = kill => {}
        }
        client.close().await;
    });
}

#[test]
fn a_station_that_is_killed_ends_the_streams_through_it_on_both_sides() {
    let machine = Sandbox::new();
    let dev = machine.mesh();
    let mut trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let watch = super::trial(client.mesh(), "watch");
        let mut items = watch.server_streaming::<_, u64>("cut").await.unwrap();
        assert_eq!(next(&mut items).await, Some(Ok(1)));
        // The service takes over the mesh, so it can be called.
        killed(dev);
        let ended = next(&mut items).await.expect("the stream reports its end");
        assert!(matches!(ended, Err(CallError::Link(_))), "{ended:?}");
        assert!(next(&mut items).await.is_none(), "the stream has ended");
        assert_served_again(&machine, &mut trial);
        let again = machine.client().await;
        let gone = |progress: &Progress| progress.open == 0 && progress.cancelled == 1;
        until(again.mesh(), "cut", gone).await;
        again.close().await;
        client.close().await;
    });
}

#[test]
fn a_provider_that_is_killed_ends_its_callers_streams() {
    with_trial(async |mesh, trial| {
        let opened = super::trial(&mesh, "watch")
            .server_streaming::<_, u64>("killed")
            .await;
        let mut items = opened.unwrap();
        assert_eq!(next(&mut items).await, Some(Ok(1)));
        let _killed = killed(trial.process);
        let ended = next(&mut items).await.expect("the stream reports its end");
        assert!(matches!(ended, Err(CallError::Link(_))), "{ended:?}");
    });
}

#[test]
fn a_streams_opening_ends_with_its_own_timeout_instead_of_the_sdks() {
    let machine = Sandbox::new();
    let dev = machine.mesh();
    let _trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        // The caller must look up the provider at the station, which does not answer.
        dev.signal("STOP");
        let watch = trial(client.mesh(), "watch").timeout(Duration::from_millis(300));
        let opened = tokio::time::timeout(
            Duration::from_secs(4),
            watch.server_streaming::<_, u64>("x"),
        );
        let opened = opened.await.expect("the SDK's own time is 5 s");
        assert!(opened.is_err());

        let mesh = client.mesh().clone();
        let long = tokio::spawn(async move {
            let opened = trial(&mesh, "watch").server_streaming::<_, u64>("x");
            next(&mut opened.await?).await.transpose()
        });
        // Longer than the SDK's own timeout, and shorter than a link survives.
        tokio::time::sleep(Duration::from_secs(6)).await;
        dev.signal("CONT");
        let first = in_time(long).await.expect("the task does not panic");
        assert_eq!(first, Ok(Some(1)));
        client.close().await;
    });
}

#[test]
fn a_drain_does_not_wait_for_killed_callers_that_had_sent_everything() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut service = machine.service("hecate-trial");
    service.env("HECATE_LOG", "info,hecate_om::mesh=debug");
    let mut trial = Service::start(&mut service);
    trial.ready();
    std::fs::write(
        machine.path().join("items.jsonl"),
        "{\"number\": 2, \"padding\": \"\"}\n",
    )
    .expect("the sandbox can be written to");
    // The handlers wait for a release that never comes.
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let mut call = machine.command(binary("hecate-om"));
            let call = call.args([
                "call",
                "hecate-trial/trial.sum",
                "\"never\"",
                "--items",
                "items.jsonl",
                "--timeout",
                "10m",
            ]);
            Process::start(call)
        })
        .collect();
    for _ in &callers {
        trial
            .process
            .wait_for("caller has sent everything and waits");
    }
    callers.into_iter().map(killed).for_each(drop);
    trial.process.signal("TERM");
    let (status, log) = trial.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("abandoned"), "{log}");
}

fn killed(process: Process) -> String {
    process.signal("KILL");
    process.end().1
}

/// Waits until calls of the trial fail.
async fn withdrawn(mesh: &Mesh) {
    let called = async {
        while trial(mesh, "streamed")
            .call::<_, Progress>("x")
            .await
            .is_ok()
        {}
    };
    in_time(called).await;
}

#[test]
fn a_drain_lets_streams_end_and_aborts_the_others() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    for (limit, key) in [("10m", "ends"), ("1s", "hangs")] {
        let mut service = machine.service("hecate-trial");
        let trial = Service::start(service.env("HECATE_DRAIN_MAX", limit));
        trial.ready();
        runtime().block_on(async {
            let client = machine.client().await;
            let mesh = client.mesh();
            if key == "ends" {
                let mut items = count(mesh, key, 200, 32 * 1024).await;
                next(&mut items).await.unwrap().unwrap();
                trial.process.signal("TERM");
                withdrawn(mesh).await;
                for n in 1..200 {
                    assert_eq!(next(&mut items).await.unwrap().unwrap().number, n);
                }
                assert!(next(&mut items).await.is_none());
            } else {
                let watch = super::trial(mesh, "watch");
                let mut items = watch.server_streaming::<_, u64>(key).await.unwrap();
                assert_eq!(next(&mut items).await, Some(Ok(1)));
                trial.process.signal("TERM");
                let error = next(&mut items).await.unwrap().unwrap_err();
                assert_eq!(error.code(), "shutting_down");
            }
            client.close().await;
        });
        let (status, log) = trial.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
    }
}

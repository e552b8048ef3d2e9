//! Decisions of a station and its realms, and what they show of a service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hecate_om::testing::{Link, RegistrationKind, RegistrationRefusal, TestMesh};
use hecate_om::{call::CallError, identity::NodeId};

use super::all;
use crate::Trial;

/// Waits for this node's link to satisfy a condition, and returns it.
async fn link(mesh: &TestMesh, node: NodeId, is: impl Fn(&Link) -> bool) -> Link {
    let linked = async {
        loop {
            let links = mesh.links().into_iter();
            if let Some(link) = links.filter(|link| link.node == node).find(&is) {
                return link;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let linked = tokio::time::timeout(super::WAIT_LIMIT, linked).await;
    linked.unwrap_or_else(|_| panic!("the node is not linked so: {:#?}", mesh.links()))
}

fn serves(link: &Link) -> bool {
    link.procedures
        .iter()
        .any(|name| name == "hecate-trial/trial.text")
}

#[tokio::test]
async fn a_service_that_is_not_admitted_is_not_ready_and_serves_once_admitted() {
    let mesh = TestMesh::start().await;
    let admitted = Arc::new(AtomicBool::new(false));
    let (caller, decided) = (mesh.caller().node_id(), Arc::clone(&admitted));
    mesh.realm()
        .set_link_policy(move |node| node == caller || decided.load(Ordering::SeqCst));
    let trial = mesh.service::<Trial>().without_waiting().boot().await;
    let unserved = trial.procedure("trial.text").call::<_, String>("a").await;
    assert!(
        matches!(unserved, Err(CallError::NoProvider { .. })),
        "{unserved:?}"
    );
    let own = trial.node_id();
    assert!(mesh.links().iter().all(|link| link.node != own));
    admitted.store(true, Ordering::SeqCst);
    trial.ready().await.unwrap();
    let answer = trial.procedure("trial.text").call("a").await;
    assert_eq!(answer, Ok("a".to_owned()));
}

#[tokio::test]
async fn an_ended_link_is_restored_with_all_registrations() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let all = &link(&mesh, trial.node_id(), serves).await.procedures;
    // The two subscriptions of its attributes are made in the background.
    let whole = |link: &Link| link.procedures == *all && link.topics.len() >= 2;
    link(&mesh, trial.node_id(), whole).await;
    mesh.realm().set_link_policy(|_| false);
    assert!(mesh.end_link(trial.node_id()));
    let gone = async {
        while mesh.end_link(trial.node_id()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let gone = tokio::time::timeout(super::WAIT_LIMIT, gone).await;
    assert!(gone.is_ok(), "the link does not end");
    mesh.realm().set_link_policy(|_| true);
    link(&mesh, trial.node_id(), whole).await;
    trial.ready().await.unwrap();
    let answer = trial.procedure("trial.text").call("a").await;
    assert_eq!(answer, Ok("a".to_owned()));
}

#[tokio::test]
async fn a_refused_subscription_does_not_affect_the_capabilities() {
    let mesh = TestMesh::start().await;
    mesh.realm()
        .set_registration_policy(|asked| match asked.kind {
            RegistrationKind::Subscribe => Err(RegistrationRefusal::Refused),
            _ => Ok(()),
        });
    let trial = mesh.boot::<Trial>().await;
    assert!(all(&trial.health(), "provider_grants", "granted"));
    let linked = link(&mesh, trial.node_id(), serves).await;
    assert!(linked.topics.is_empty(), "{linked:?}");
}

#[tokio::test]
async fn realms_are_separate_and_so_are_their_orgs() {
    let mesh = TestMesh::builder().realm("partner.example").start().await;
    let _trial = mesh
        .service::<Trial>()
        .realm("partner.example")
        .boot()
        .await;
    let partner = mesh.caller_in("partner.example").await;
    let answer = partner.procedure("hecate-trial/trial.text").call("a").await;
    assert_eq!(answer, Ok("a".to_owned()));
    let ours = mesh.procedure("hecate-trial/trial.text");
    let unserved = ours.call::<_, String>("a").await;
    assert!(
        matches!(unserved, Err(CallError::NoProvider { .. })),
        "{unserved:?}"
    );
}

#[tokio::test]
async fn a_service_at_another_station_can_be_called_until_that_station_stops() {
    let mesh = TestMesh::start().await;
    let other = mesh.another_station().await;
    let trial = mesh.service::<Trial>().station(&other).boot().await;
    let there = other.links();
    assert!(
        there
            .iter()
            .any(|link| link.node == trial.node_id() && serves(link))
    );
    assert!(!mesh.links().iter().any(serves));
    let answer = trial.procedure("trial.text").call("a").await;
    assert_eq!(answer, Ok("a".to_owned()));
    other.stop().await;
    let gone = trial.procedure("trial.text").call::<_, String>("b").await;
    assert!(gone.is_err(), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_answered_while_the_station_restarts_again_and_again() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let restarted = Arc::new(AtomicBool::new(false));
    let callers = (0..4).map(|_| {
        let (caller, restarted) = (mesh.caller().clone(), Arc::clone(&restarted));
        tokio::spawn(async move {
            loop {
                let is_last = restarted.load(Ordering::SeqCst);
                let text = caller.procedure("hecate-trial/trial.text");
                let answer = text.timeout(super::WAIT_LIMIT).call("a").await;
                assert_eq!(answer, Ok("a".to_owned()));
                if is_last {
                    return;
                }
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    for _ in 0..3 {
        mesh.restart_station().await;
        trial.ready().await.unwrap();
    }
    restarted.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_and_a_stream_refused_by_a_closing_station_wait_for_its_successor() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let folder = tempfile::tempdir().unwrap();
    let release = folder.path().join("release");
    let hold = trial.procedure("trial.hold").timeout(super::WAIT_LIMIT);
    let held = hold.call::<_, ()>(&release);
    let restart = async {
        let running = || trial.procedure("trial.running").call(&0);
        while running().await != Ok(1) {}
        let restart = mesh.restart_station();
        tokio::pin!(restart);
        assert!(futures_util::poll!(&mut restart).is_pending(), "it closes");
        let called = trial.procedure("trial.text").timeout(super::WAIT_LIMIT);
        let called = called.call::<_, String>("a");
        let streamed = async {
            let watch = trial.procedure("trial.watch").timeout(super::WAIT_LIMIT);
            let mut items = watch.server_streaming::<_, u64>("moved").await?;
            std::fs::write(&release, "").unwrap();
            items.next().await.expect("an item")
        };
        tokio::join!(called, streamed, restart)
    };
    let (held, (called, streamed, ())) = tokio::join!(held, restart);
    assert_eq!(held, Ok(()));
    assert_eq!(called, Ok("a".to_owned()));
    assert_eq!(streamed, Ok(1));
}

#[tokio::test]
async fn an_unserved_procedure_fails_at_once_but_waits_after_a_link_was_restored() {
    let mesh = TestMesh::start().await;
    let call = |timeout| mesh.procedure("acme/nobody.serves").timeout(timeout);
    let error = call(2 * super::WAIT_LIMIT).call::<_, ()>(&());
    let error = tokio::time::timeout(super::WAIT_LIMIT, error).await;
    let error = error
        .expect("the call fails before its timeout")
        .unwrap_err();
    assert!(matches!(error, CallError::NoProvider { .. }), "{error:?}");
    mesh.restart_station().await;
    let (since, timeout) = (Instant::now(), Duration::from_secs(3));
    let error = call(timeout).call::<_, ()>(&()).await.unwrap_err();
    assert!(matches!(error, CallError::NoProvider { .. }), "{error:?}");
    assert!(since.elapsed() > timeout / 2, "it waits for a provider");
}

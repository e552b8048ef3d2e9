use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use hecate_om_station::Station;
use macula_rust::station_link::LinkError;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::Refusal;
use crate::capability::{Access, Capability, HandlerFuture, Invocation, Limits};
use crate::config::Profile;
use crate::mesh::call::providers::RECHECK_INTERVAL;
use crate::mesh::connection::{LinkOptions, connect};
use crate::mesh::nodes::{Node, configured, node, node_that_holds, station};
use crate::mesh::{Authority, Identity, Mesh};

/// Timeout that no call in these tests reaches, on a machine of any speed.
const LONG: Duration = Duration::from_secs(300);
/// Busy time reported by a provider: the longest that callers accept.
const BUSY: Duration = Duration::from_secs(60);

async fn close(station: Station, nodes: Vec<Node>) {
    for node in nodes {
        node.close().await;
    }
    station.close().await;
}

fn answers(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async { crate::capability::reply::<bool, Refusal>(Ok(true)) })
}

/// Limits above the number of calls in these tests.
const UNMETERED: Limits = Limits {
    per_caller_max: Some(100_000),
    global_max: Some(100_000),
    ..Limits::UNSET
};

static CALLS: AtomicU64 = AtomicU64::new(0);

fn busy(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async {
        CALLS.fetch_add(1, Ordering::Relaxed);
        Err(Refusal::new("busy", "full").with_retry_after(BUSY))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_tries_two_busy_providers_and_later_calls_respect_their_busy_times() {
    let station = station().await;
    let mut nodes = vec![node(&station, "other", false, Vec::new()).await];
    for _ in 0..5 {
        nodes.push(node(&station, "acme", false, vec![Capability::new("busy", busy)]).await);
    }
    let mesh = nodes[0].mesh.clone();
    let call = async || {
        let call = mesh.procedure("acme/busy").timeout(LONG);
        let before = CALLS.load(Ordering::Relaxed);
        let error = call.call::<_, ()>(&()).await.unwrap_err();
        let CallError::Refused(refusal) = &error else {
            panic!("{error:?}");
        };
        assert_eq!(refusal.code(), "busy");
        let wait = refusal.retry_after().expect("it has a busy time");
        assert!(!wait.is_zero() && wait <= BUSY, "{wait:?}");
        CALLS.load(Ordering::Relaxed) - before
    };
    let mut asked = Vec::new();
    for _ in 0..6 {
        asked.push(call().await);
    }
    assert!(asked.iter().all(|asked| *asked <= 2), "{asked:?}");
    assert_eq!(
        asked.iter().sum::<u64>(),
        5,
        "each is asked once: {asked:?}"
    );
    assert_eq!(asked[3..], [0, 0, 0], "then none is asked");
    close(station, nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_refuses_calls_without_a_token_is_not_preferred() {
    let station = station().await;
    let gated = Capability {
        access: Some(Access::RealmMember {
            permission: "acme/read",
        }),
        ..Capability::new("read", answers)
    };
    let nodes = vec![
        node(&station, "other", false, Vec::new()).await,
        node(&station, "acme", false, vec![gated]).await,
        node(
            &station,
            "acme",
            false,
            vec![Capability::new("read", answers)],
        )
        .await,
    ];
    for n in 0..50 {
        let call = nodes[0].mesh.procedure("acme/read").timeout(LONG);
        assert_eq!(call.call::<_, bool>(&()).await, Ok(true), "call {n}");
    }
    close(station, nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_admits_no_more_calls_counts_as_busy_and_another_answers() {
    let station = station().await;
    let capability = || Capability {
        limits: UNMETERED,
        ..Capability::new("read", answers)
    };
    // One caller may use half of the slots.
    let full = node_that_holds(&station, "acme", 8, vec![capability()]).await;
    let mut nodes = vec![node(&station, "other", false, Vec::new()).await, full];
    let mesh = nodes[0].mesh.clone();
    let call = async || {
        let call = mesh.procedure("acme/read").timeout(LONG);
        call.call::<_, bool>(&()).await
    };
    for n in 0..4 {
        assert_eq!(call().await, Ok(true), "call {n}");
    }
    let error = call().await.unwrap_err();
    assert_eq!(error.code(), "busy", "{error}");
    assert!(error.to_string().contains("caller_quota"), "{error}");
    assert!(error.retryable());

    nodes.push(node(&station, "acme", false, vec![capability()]).await);
    let answered = async { while call().await.is_err() {} };
    let answered = tokio::time::timeout(LONG, answered).await;
    assert!(answered.is_ok(), "the new provider is found");
    for n in 0..40 {
        assert_eq!(call().await, Ok(true), "call {n} beside a full provider");
    }
    close(station, nodes).await;
}

/// Operation whose tries fail with these errors, and then succeed.
struct Failing(Mutex<VecDeque<PoolError>>);

impl RpcOperation for Failing {
    type Answer = ();

    const MEASURES_PROVIDER: bool = true;

    async fn attempt(&self, _: &Router, attempt: Attempt) -> Result<((), super::Node), PoolError> {
        let error = self.0.lock().expect("no holder panics").pop_front();
        error.map_or(Ok(((), attempt.provider)), Err)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_links_settle_a_call_on_its_last_try_waits_for_its_provider() {
    let station = station().await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let own = caller.identity.node_id;
    assert!(station.end_link(own.as_bytes()));
    let settles = async {
        while !caller.mesh.connection().relinks().is_settling() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let settles = tokio::time::timeout(LONG, settles).await;
    assert!(settles.is_ok(), "the link is lost");
    let timed_out = || PoolError::Link(LinkError::CallTimeout);
    let no_provider = || PoolError::NoProvider(Vec::new());
    let errors = [timed_out(), timed_out(), no_provider(), no_provider()];
    let operation = Failing(Mutex::new(errors.into()));
    let options = CallOptions {
        timeout: LONG,
        provider: Some(own),
        idempotent: true,
        ..CallOptions::DEFAULT
    };
    let (answer, by) = execute(&caller.mesh.calls, "acme/read", &options, &operation).await;
    assert_eq!((answer, by), (Ok(()), Some(own)));
    close(station, vec![caller]).await;
}

fn never(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(std::future::pending())
}

static MESH: std::sync::OnceLock<Mesh> = std::sync::OnceLock::new();

/// Responds with the code of an unanswered call's error.
fn asks(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async {
        let mesh = MESH.get().expect("it is set before the call");
        let nested = mesh.procedure("acme/never").timeout(LONG);
        let error = nested.call::<_, ()>(&()).await;
        let error = error.expect_err("no handler answers");
        crate::capability::reply::<String, Refusal>(Ok(error.code().to_owned()))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_can_still_answer_when_the_call_it_made_has_timed_out() {
    let station = station().await;
    let asks = Capability {
        limits: Limits {
            timeout_ms: Some(500),
            ..Limits::UNSET
        },
        ..Capability::new("asks", asks)
    };
    let nodes = vec![
        node(&station, "other", false, Vec::new()).await,
        node(
            &station,
            "acme",
            false,
            vec![asks, Capability::new("never", never)],
        )
        .await,
    ];
    MESH.set(nodes[0].mesh.clone()).expect("it is set once");
    let answered = async || {
        let call = nodes[0].mesh.procedure("acme/asks").timeout(LONG);
        match call.call::<_, String>(&()).await {
            Ok(code) => {
                assert_eq!(code, "timeout");
                true
            }
            // A busy machine may take longer than the time reserved for the answer.
            Err(error) => {
                assert_eq!(error.code(), "timeout", "{error}");
                false
            }
        }
    };
    let mut tries = 0;
    while !answered().await {
        tries += 1;
        assert!(tries < 40, "the handler never has time to answer");
    }
    close(station, nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_while_the_mesh_moves_waits_for_the_new_links() {
    let station = station().await;
    let provider = node(
        &station,
        "acme",
        false,
        vec![Capability::new("read", answers)],
    )
    .await;
    let identity = Identity::ephemeral(Profile::PqPure).unwrap();
    let (mesh, setter) = Mesh::pending(&identity, Arc::new(Authority::none()));
    let (stations, going) = (configured(&[&station]), CancellationToken::new());
    let link = async || {
        let options = LinkOptions::unsealed(Profile::PqPure);
        let links = connect(&stations, &identity, options, &setter, &going);
        links.await.expect("it is not cancelled")
    };
    let call = || {
        let mesh = mesh.clone();
        let call = async move {
            mesh.procedure("acme/read")
                .timeout(LONG)
                .call::<_, bool>(&())
                .await
        };
        tokio::spawn(call)
    };
    let links = link().await;
    assert_eq!(call().await.unwrap(), Ok(true));

    setter.replacing();
    let in_flight = call();
    links.handle().close().await;
    let later = call();
    let links = link().await;
    assert_eq!(in_flight.await.unwrap(), Ok(true));
    assert_eq!(later.await.unwrap(), Ok(true));

    links.handle().close().await;
    close(station, vec![provider]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_lose_their_provider_share_one_lookup() {
    const CALLS: usize = 100;
    let station = station().await;
    let capability = || Capability {
        limits: UNMETERED,
        ..Capability::new("read", answers)
    };
    let caller = node(&station, "other", false, Vec::new()).await;
    let provider = node(&station, "acme", false, vec![capability()]).await;
    let call = || {
        let mesh = caller.mesh.clone();
        async move {
            mesh.procedure("acme/read")
                .timeout(LONG)
                .call::<_, bool>(&())
                .await
        }
    };
    for _ in 0..3 {
        assert_eq!(call().await, Ok(true));
    }
    let lookups = || caller.mesh.calls.providers.lookups("acme/read");
    let listed = async {
        while lookups() == 0 {
            tokio::task::yield_now().await
        }
    };
    assert!(tokio::time::timeout(LONG, listed).await.is_ok());

    provider.close().await;
    let before = lookups();
    let since = Instant::now();
    let lost = join_all((0..CALLS).map(|_| call())).await;
    for outcome in &lost {
        assert_eq!(outcome.as_ref().unwrap_err().code(), "no_provider");
    }
    let made = lookups() - before;
    // One lookup was in progress, one follows because the list is wrong, and then at most one per
    // interval.
    let intervals = since.elapsed().as_millis() / RECHECK_INTERVAL.as_millis();
    assert!(
        (1..=3 + intervals).contains(&u128::from(made)),
        "{made} lookups for {CALLS} calls in {intervals} intervals"
    );
    close(station, vec![caller]).await;
}

//! The first operations of a node at a station that it is not linked to, all at once.

use std::future::Future;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use futures_util::stream;
use hecate_om_station::Station;
use tokio::time::Instant;

use super::connection::Links;
use super::nodes::{Linked, beside, linked, node, station};
use super::{CallBuilder, CallError, Content, Mesh};
use crate::Refusal;
use crate::capability::{Capability, HandlerFuture, Invocation, Kind, NodeId, reply};

/// Timeout that no operation in these tests reaches, on a machine of any speed.
const LONG: Duration = Duration::from_secs(100);
/// Number of callers. Each has no link to the provider's station.
const CALLERS: usize = 3;
const BYTES: &[u8] = b"shared by the provider";

fn answers(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async { reply::<bool, Refusal>(Ok(true)) })
}

fn counts(invocation: Invocation) -> HandlerFuture {
    let encode = |n| reply::<u64, Refusal>(Ok(n));
    HandlerFuture::new(async move { invocation.answer(stream::iter([1, 2]), encode).await })
}

fn adds(invocation: Invocation) -> HandlerFuture {
    use futures_util::StreamExt as _;
    HandlerFuture::new(async move {
        let numbers = invocation.inbound::<u64>()?;
        let sum = numbers.fold(0, |sum, n| async move { sum + n }).await;
        reply::<u64, Refusal>(Ok(sum))
    })
}

fn echoes(invocation: Invocation) -> HandlerFuture {
    let encode = |n| reply::<u64, Refusal>(Ok(n));
    HandlerFuture::new(async move {
        let numbers = invocation.inbound::<u64>()?;
        invocation.answer(numbers, encode).await
    })
}

fn capabilities() -> Vec<Capability> {
    let streaming = |kind, name, invoke| Capability {
        kind,
        ..Capability::new(name, invoke)
    };
    vec![
        Capability::new("read", answers),
        Capability::new("write", answers),
        Capability::new("list", answers),
        Capability::new("find", answers),
        streaming(Kind::ServerStreaming, "counts", counts),
        streaming(Kind::ClientStreaming, "adds", adds),
        streaming(Kind::Bidirectional, "echoes", echoes),
    ]
}

/// Outcome of an operation: its name, and its error.
type Outcome = (&'static str, Result<(), String>);

/// Runs an operation, with its name.
fn operation<'a, E: std::fmt::Debug>(
    name: &'static str,
    run: impl Future<Output = Result<(), E>> + Send + 'a,
) -> BoxFuture<'a, Outcome> {
    async move { (name, run.await.map_err(|error| format!("{error:?}"))) }.boxed()
}

fn procedure<'a>(mesh: &'a Mesh, name: &str) -> CallBuilder<'a> {
    mesh.procedure(format!("acme/{name}")).timeout(LONG)
}

async fn reads_counts(mesh: &Mesh) -> Result<(), CallError> {
    let counts = procedure(mesh, "counts");
    let mut counts = counts.server_streaming::<_, u64>(&()).await?;
    assert_eq!(counts.next().await.transpose()?, Some(1));
    assert_eq!(counts.next().await.transpose()?, Some(2));
    assert_eq!(counts.next().await.transpose()?, None);
    Ok(())
}

async fn sends_numbers(mesh: &Mesh) -> Result<(), CallError> {
    let adds = procedure(mesh, "adds");
    let mut adds = adds.client_streaming::<_, u64, u64>(&()).await?;
    adds.send(&1).await?;
    adds.send(&2).await?;
    assert_eq!(adds.finish().await?, 3);
    Ok(())
}

async fn exchanges_numbers(mesh: &Mesh) -> Result<(), CallError> {
    let echoes = procedure(mesh, "echoes");
    let (mut numbers, mut echoed) = echoes.bidirectional::<_, u64, u64>(&()).await?;
    numbers.send(&1).await?;
    assert_eq!(echoed.next().await.transpose()?, Some(1));
    numbers.finish().await
}

/// Runs sixteen operations of all kinds at once, and returns those that failed.
async fn failed(mesh: &Mesh, provider: NodeId, content: Content) -> Vec<Outcome> {
    let mut operations = Vec::new();
    for name in ["read", "write", "list", "find"] {
        let any = async move { procedure(mesh, name).call::<_, bool>(&()).await };
        operations.push(operation("call", any.map(|answer| answer.map(drop))));
        let pinned = procedure(mesh, name).provider(provider);
        let pinned = async move { pinned.call::<_, bool>(&()).await };
        let pinned = pinned.map(|answer| answer.map(drop));
        operations.push(operation("pinned call", pinned));
    }
    for _ in 0..2 {
        operations.push(operation("server streaming", reads_counts(mesh)));
        operations.push(operation("client streaming", sends_numbers(mesh)));
        operations.push(operation("bidirectional", exchanges_numbers(mesh)));
        let fetched = async move { content.fetch(mesh).timeout(LONG).await };
        let fetched = fetched.map(|bytes| bytes.map(|bytes| assert_eq!(bytes, BYTES)));
        operations.push(operation("fetch", fetched));
    }
    let outcomes = join_all(operations).await.into_iter();
    outcomes.filter(|(_, outcome)| outcome.is_err()).collect()
}

/// Returns the number of the node's links to `station`, up or being dialed.
fn links_to(links: &Links, station: &Station) -> usize {
    let links = links.pool.status().into_iter();
    links
        .filter(|link| link.station == station.node_id())
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_operations_at_a_station_that_is_not_linked_share_one_link() {
    let first = station().await;
    let second = beside(&first).await;
    let provider = node(&first, "acme", false, capabilities()).await;
    let node_id = provider.identity.node_id;
    let shared = provider.mesh.share(BYTES).await.unwrap();
    for _ in 0..CALLERS {
        let Linked { mesh, links, .. } = linked(&[&second], false).await;
        assert_eq!(failed(&mesh, node_id, shared.content()).await, []);
        assert_eq!(links_to(&links, &first), 1);
        links.handle().close().await;
    }
    provider.close().await;
    second.close().await;
    first.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_on_a_link_that_has_just_ended_are_sent_on_the_next_link() {
    let first = station().await;
    let second = beside(&first).await;
    let provider = node(&first, "acme", false, capabilities()).await;
    let node_id = provider.identity.node_id;
    let shared = provider.mesh.share(BYTES).await.unwrap();
    let caller = linked(&[&second], false).await;
    let Linked { mesh, links, .. } = &caller;
    assert_eq!(failed(mesh, node_id, shared.content()).await, []);
    for _ in 0..3 {
        let deadline = Instant::now() + LONG;
        let link = links.router.link_to(first.node_id(), deadline);
        let link = link.await.expect("it is linked");
        assert!(first.end_link(caller.identity.node_id.as_bytes()));
        link.done().await;
        // The pool may not have noticed the end.
        assert_eq!(failed(mesh, node_id, shared.content()).await, []);
        assert_eq!(links_to(links, &first), 1);
    }
    caller.links.handle().close().await;
    provider.close().await;
    second.close().await;
    first.close().await;
}

//! Reopening of streams: at a second provider, and with a token.

use std::sync::LazyLock;
use std::time::Instant;

use futures_util::FutureExt as _;
use macula_rust::ucan::Options;
use tokio::sync::watch;

use super::*;
use crate::capability::{Access, with_deadline};
use crate::mesh::Mesh;
use crate::mesh::connection::claims::tests::{in_seconds, key, token};
use crate::mesh::nodes::Node;

fn busy(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async {
        let refusal = Refusal::new("busy", "full").with_retry_after(Duration::from_secs(5));
        Err(refusal)
    })
}

/// True once the busy provider of a test below may refuse.
static REFUSES: [LazyLock<watch::Sender<bool>>; 3] =
    [const { LazyLock::new(watch::Sender::default) }; 3];
/// Number of calls to the busy provider.
static CALLS: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

/// Refuses as busy once [`REFUSES`] is true, so that another provider can start after the stream
/// was opened at this provider.
fn busy_later<const TEST: usize>(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        CALLS[TEST].fetch_add(1, Ordering::Relaxed);
        let mut refuses = REFUSES[TEST].subscribe();
        let _ = refuses.wait_for(|refuses| *refuses).await;
        busy(invocation).into_future().await
    })
}

pub(super) fn all(
    invokes: [fn(Invocation) -> HandlerFuture; 3],
    access: Option<Access>,
) -> Vec<Capability> {
    let names = ["texts", "lengths", "echoes"];
    let kinds = [
        Kind::ServerStreaming,
        Kind::ClientStreaming,
        Kind::Bidirectional,
    ];
    let capabilities = kinds.into_iter().zip(names).zip(invokes);
    capabilities
        .map(|((kind, name), invoke)| Capability {
            access,
            ..capability(kind, name, invoke)
        })
        .collect()
}

/// Uses one stream of each kind.
pub(super) async fn each_kind(mesh: &Mesh) -> [Result<(), CallError>; 3] {
    let texts = async {
        let texts = mesh.procedure("acme/texts");
        let mut items = texts.server_streaming::<_, String>(&[1, 2]).await?;
        while let Some(item) = items.next().await {
            item?;
        }
        Ok(())
    };
    let lengths = async {
        let lengths = mesh.procedure("acme/lengths");
        let mut upload = lengths
            .client_streaming::<_, String, Vec<usize>>(&())
            .await?;
        for length in [1, 2, 40_000, 3] {
            upload.send(&"x".repeat(length)).await?;
        }
        assert_eq!(upload.finish().await?, [1, 2, 40_000, 3]);
        Ok(())
    };
    let echoes = async {
        let echoes = mesh.procedure("acme/echoes");
        let opened = echoes.bidirectional::<_, String, String>(&()).await?;
        let (mut texts, mut echoed) = opened;
        for text in ["a", "b", "c"] {
            texts.send(&text.to_owned()).await?;
            assert_eq!(echoed.next().await.transpose()?.as_deref(), Some(text));
        }
        texts.finish().await?;
        assert_eq!(echoed.next().await, None);
        Ok(())
    };
    [
        in_time(texts).await,
        in_time(lengths).await,
        in_time(echoes).await,
    ]
}

pub(super) async fn close(nodes: Vec<Node>) {
    for node in nodes {
        node.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_a_busy_provider_refuses_runs_at_a_second_one() {
    let station = station().await;
    let free = node(&station, "acme", false, all([texts, lengths, echoes], None)).await;
    // The SDK chooses the provider with the most recent advertisement.
    let full = node(&station, "acme", false, all([busy; 3], None)).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let used = each_kind(&caller.mesh).await;
    assert_eq!(used, [Ok(()), Ok(()), Ok(())]);
    close(vec![free]).await;
    for used in each_kind(&caller.mesh).await {
        let code = used.map_err(|error| error.code().to_owned());
        assert_eq!(code, Err("busy".into()), "with no other provider");
    }
    close(vec![full, caller]).await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_reopened_although_the_sends_that_wait_for_it_are_dropped() {
    let station = station().await;
    let full = node(&station, "acme", false, all([busy_later::<0>; 3], None)).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let mut upload = caller
        .mesh
        .procedure("acme/lengths")
        .timeout(Duration::from_secs(60))
        .client_streaming::<_, String, Vec<usize>>(&())
        .await
        .unwrap();
    let free = node(&station, "acme", false, all([texts, lengths, echoes], None)).await;
    REFUSES[0].send_replace(true);
    // Larger than the initial credit, so that each send waits for the provider.
    let text = "x".repeat(200_000);
    for n in 0..2 {
        let sent = async {
            while upload.send(&text).now_or_never().transpose()?.is_none() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok::<_, CallError>(())
        };
        assert_eq!(in_time(sent).await, Ok(()), "item {n}");
    }
    assert_eq!(in_time(upload.finish()).await, Ok(vec![200_000; 2]));
    assert_eq!(CALLS[0].load(Ordering::Relaxed), 1);
    close(vec![free, full, caller]).await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_opened_in_a_handler_is_not_reopened_after_the_handlers_deadline() {
    let station = station().await;
    let full = node(&station, "acme", false, all([busy_later::<1>; 3], None)).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let opened = async {
        loop {
            let deadline = Instant::now() + Duration::from_secs(2);
            let lengths = caller.mesh.procedure("acme/lengths");
            let upload = lengths.client_streaming::<_, String, Vec<usize>>(&());
            if let Ok(upload) = with_deadline(Some(deadline), upload).await {
                return (upload, deadline);
            }
        }
    };
    let (upload, deadline) = in_time(opened).await;
    let free = node(&station, "acme", false, all([texts, lengths, echoes], None)).await;
    tokio::time::sleep_until(deadline.into()).await;
    REFUSES[1].send_replace(true);
    let answer = in_time(upload.finish()).await;
    assert!(answer.is_err(), "{answer:?}");
    close(vec![free, full, caller]).await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_not_reopened_after_the_timeout_of_its_first_opening() {
    let station = station().await;
    let full = node(&station, "acme", false, all([busy_later::<2>; 3], None)).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let timeout = Duration::from_secs(2);
    let opened = async {
        loop {
            let lengths = caller.mesh.procedure("acme/lengths").timeout(timeout);
            let upload = lengths.client_streaming::<_, String, Vec<usize>>(&());
            if let Ok(upload) = upload.await {
                return (upload, Instant::now() + timeout);
            }
        }
    };
    let (upload, ended) = in_time(opened).await;
    let free = node(&station, "acme", false, all([texts, lengths, echoes], None)).await;
    tokio::time::sleep_until(ended.into()).await;
    REFUSES[2].send_replace(true);
    let error = in_time(upload.finish()).await.unwrap_err();
    assert_eq!(error.code(), "busy", "{error}");
    close(vec![free, full, caller]).await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_each_kind_presents_the_token_that_its_provider_requires() {
    let station = station().await;
    let root = key();
    let issuer: &'static str = hex::encode(root.node_id().unwrap()).leak();
    let gated = all([texts, lengths, echoes], Some(Access::Ucan { issuer }));
    let provider = node(&station, "acme", false, gated).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    for used in each_kind(&caller.mesh).await {
        let code = used.map_err(|error| error.code().to_owned());
        assert_eq!(code, Err("unauthorized".into()), "there is no token yet");
    }
    let until = Options {
        exp: in_seconds(600),
        ..Options::default()
    };
    let given = [("mri:org:hecate.dev/acme", "read")];
    let token = token(&root, *caller.identity.node_id.as_bytes(), &given, &until);
    let token = String::from_utf8(token).unwrap().parse().unwrap();
    caller.mesh.authority().hold_for_tests(token);
    let used = each_kind(&caller.mesh).await;
    assert_eq!(used, [Ok(()), Ok(()), Ok(())]);
    close(vec![provider, caller]).await;
    station.close().await;
}

//! Uploads that end before the caller has finished them.

use std::sync::LazyLock;

use tokio::sync::watch;

use super::*;
use crate::mesh::nodes::Node;
use crate::mesh::{ClientStream, ResponseStream, StreamSender};

/// Items and runs of the handlers below.
#[derive(Debug, Default)]
struct Progress {
    received: u64,
    /// Runs that received the end of the items.
    whole: u64,
    /// Runs that were dropped.
    dropped: u64,
}

static PROGRESS: LazyLock<watch::Sender<Progress>> = LazyLock::new(watch::Sender::default);

/// Counts a run as dropped, unless the run has received the end of the items.
struct Run;

impl Drop for Run {
    fn drop(&mut self) {
        PROGRESS.send_modify(|progress| progress.dropped += 1);
    }
}

fn receives(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let run = Run;
        let mut items = invocation.inbound::<String>()?;
        while items.next().await.is_some() {
            PROGRESS.send_modify(|progress| progress.received += 1);
        }
        std::mem::forget(run);
        PROGRESS.send_modify(|progress| progress.whole += 1);
        crate::capability::reply::<(), Refusal>(Ok(()))
    })
}

fn receives_and_echoes(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let run = Run;
        let items = invocation.inbound::<String>()?.inspect(|_| {
            PROGRESS.send_modify(|progress| progress.received += 1);
        });
        let encode = |text| crate::capability::reply::<String, Refusal>(Ok(text));
        let answer = invocation.answer(items, encode).await;
        std::mem::forget(run);
        PROGRESS.send_modify(|progress| progress.whole += 1);
        answer
    })
}

async fn until(reached: impl FnMut(&Progress) -> bool) {
    let mut progress = PROGRESS.subscribe();
    // The sender is static, so the wait cannot fail.
    let _ = in_time(progress.wait_for(reached)).await;
}

/// Opens an upload, whose handler has received one of the accepted items.
async fn upload(caller: &Node) -> ClientStream<String, ()> {
    let received = PROGRESS.borrow().received;
    let receives = caller.mesh.procedure("acme/receives");
    let opened = receives.client_streaming(&()).await;
    let mut upload = opened.expect("the station accepts the opening");
    for _ in 0..20 {
        let sent = upload.send(&"x".repeat(1_000)).await;
        sent.expect("the provider takes the item");
    }
    until(|progress| progress.received > received).await;
    upload
}

/// Opens a bidirectional stream, whose handler has echoed the item.
async fn exchange(caller: &Node) -> (StreamSender<String>, ResponseStream<String>) {
    let echoes = caller.mesh.procedure("acme/receives_and_echoes");
    let opened = echoes.bidirectional::<_, String, String>(&()).await;
    let (mut sender, mut items) = opened.expect("the station accepts the opening");
    let sent = sender.send(&"x".to_owned()).await;
    sent.expect("the provider takes the item");
    assert_eq!(in_time(items.next()).await, Some(Ok("x".to_owned())));
    (sender, items)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_handler_receives_the_end_of_an_upload_that_is_not_finished() {
    let station = station().await;
    let capabilities = vec![
        capability(Kind::ClientStreaming, "receives", receives),
        capability(
            Kind::Bidirectional,
            "receives_and_echoes",
            receives_and_echoes,
        ),
    ];
    let provider = node(&station, "acme", false, capabilities).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let leaving = node(&station, "other", false, Vec::new()).await;

    drop(upload(&caller).await);
    until(|progress| progress.dropped == 1).await;

    let (sender, _items) = exchange(&caller).await;
    drop(sender);
    until(|progress| progress.dropped == 2).await;

    let (_sender, items) = exchange(&caller).await;
    drop(items);
    until(|progress| progress.dropped == 3).await;

    let left = upload(&leaving).await;
    leaving.close().await;
    until(|progress| progress.dropped == 4).await;
    assert!(in_time(left.finish()).await.is_err());

    let cut = upload(&caller).await;
    station.close().await;
    until(|progress| progress.dropped == 5).await;
    assert!(in_time(cut.finish()).await.is_err());

    assert_eq!(PROGRESS.borrow().whole, 0);
    caller.close().await;
    provider.close().await;
}

//! Sends whose futures are dropped before completion.

use futures_util::FutureExt as _;
use tokio::sync::watch;

use super::*;

/// True once the handler below may read.
static READS: std::sync::LazyLock<watch::Sender<bool>> =
    std::sync::LazyLock::new(watch::Sender::default);

/// Responds with the received numbers: at once if opened with 0, otherwise once [`READS`] is true.
fn numbers(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        if invocation.payload::<u64>()? > 0 {
            let mut reads = READS.subscribe();
            let _ = reads.wait_for(|reads| *reads).await;
        }
        let mut numbers = invocation.inbound::<(u64, String)>()?;
        let mut all = Vec::new();
        while let Some((number, _)) = numbers.next().await {
            all.push(number);
        }
        crate::capability::reply::<Vec<u64>, Refusal>(Ok(all))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_send_sends_its_item_whole_and_in_order_or_not_at_all() {
    let station = station().await;
    let numbers = Capability {
        limits: Limits {
            per_caller_max: Some(100_000),
            global_max: Some(100_000),
            ..Limits::UNSET
        },
        ..capability(Kind::ClientStreaming, "numbers", numbers)
    };
    let provider = node(&station, "acme", false, vec![numbers]).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let open = async |reads: u64| {
        let numbers = caller.mesh.procedure("acme/numbers");
        let opened = numbers.client_streaming::<_, (u64, String), Vec<u64>>(&reads);
        opened.await.unwrap()
    };
    for round in 0..40 {
        let mut upload = open(0).await;
        upload.send(&(0, String::new())).await.unwrap();
        let mut expected = vec![0];
        for number in [1, 2] {
            if upload
                .send(&(number, String::new()))
                .now_or_never()
                .is_some()
            {
                expected.push(number);
            }
        }
        assert_eq!(in_time(upload.finish()).await, Ok(expected), "{round}");
    }

    // Sends until the window is full, which the dropped sends detect. Each dropped send is a
    // different item.
    let mut upload = open(1).await;
    let (mut number, mut accepted, mut dropped) = (0, Vec::new(), 0);
    while dropped < 100 {
        match upload.send(&(number, "x".repeat(50 * 1024))).now_or_never() {
            Some(sent) => {
                sent.unwrap();
                accepted.push(number);
            }
            None => {
                dropped += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        number += 1;
    }
    assert!(accepted.len() > 10, "the window is used: {accepted:?}");
    READS.send_replace(true);
    assert_eq!(in_time(upload.finish()).await, Ok(accepted));

    caller.close().await;
    provider.close().await;
    station.close().await;
}

//! Credit of streams whose handlers do not read.

use std::sync::Arc;

use tokio::sync::watch;

use super::*;

/// True once the handlers below may read.
static READS: std::sync::LazyLock<watch::Sender<bool>> =
    std::sync::LazyLock::new(watch::Sender::default);

fn held(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let mut reads = READS.subscribe();
        let _ = reads.wait_for(|reads| *reads).await;
        lengths(invocation).into_future().await
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn large_items_to_handlers_that_do_not_read_wait_for_credit_and_abort_no_stream() {
    // Together, these streams exceed the unread bytes allowed to one caller.
    const UPLOADS: usize = 6;
    const LENGTH: usize = 15 * 1024 * 1024;
    let station = station().await;
    let capabilities = vec![capability(Kind::ClientStreaming, "held", held)];
    let provider = node(&station, "acme", false, capabilities).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let accepted = Arc::new(AtomicU64::new(0));
    let uploads: Vec<_> = (0..UPLOADS)
        .map(|_| {
            let (mesh, accepted) = (caller.mesh.clone(), Arc::clone(&accepted));
            tokio::spawn(async move {
                let held = mesh.procedure("acme/held").timeout(Duration::from_secs(60));
                let mut upload = held.client_streaming::<_, String, Vec<usize>>(&()).await?;
                upload.send(&"x".repeat(LENGTH)).await?;
                accepted.fetch_add(1, Ordering::Relaxed);
                upload.finish().await
            })
        })
        .collect();
    let standstill = async {
        let mut before = 0;
        loop {
            tokio::time::sleep(Duration::from_secs(3)).await;
            let now = accepted.load(Ordering::Relaxed);
            if now > 0 && now == before {
                return now;
            }
            before = now;
        }
    };
    let sent = in_time(standstill).await;
    assert!(sent < UPLOADS as u64, "{sent} of {UPLOADS} are sent");
    READS.send_replace(true);
    for upload in uploads {
        assert_eq!(in_time(upload).await.unwrap(), Ok(vec![LENGTH]));
    }
    caller.close().await;
    provider.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_small_items_continues_beside_large_items_that_no_handler_reads() {
    // Together, these streams exceed the unread bytes allowed to all callers.
    const UPLOADS: usize = 8;
    const WORDS: usize = 400;
    let station = station().await;
    let capabilities = vec![
        capability(Kind::ClientStreaming, "never", |_| {
            HandlerFuture::new(std::future::pending())
        }),
        capability(Kind::Bidirectional, "echoes", echoes),
    ];
    let provider = node(&station, "acme", false, capabilities).await;
    let mut callers = Vec::new();
    for _ in 0..UPLOADS {
        callers.push(node(&station, "other", false, Vec::new()).await);
    }
    let (accepted, mut accepts) = tokio::sync::mpsc::unbounded_channel();
    let uploads: Vec<_> = callers
        .iter()
        .map(|caller| {
            let (mesh, accepted) = (caller.mesh.clone(), accepted.clone());
            tokio::spawn(async move {
                let never = mesh
                    .procedure("acme/never")
                    .timeout(Duration::from_secs(60));
                let mut upload = never.client_streaming::<_, String, ()>(&()).await?;
                upload.send(&"x".repeat(15 * 1024 * 1024)).await?;
                let _ = accepted.send(());
                upload.finish().await
            })
        })
        .collect();
    // As many streams as the node's budget of large items allows; the other streams wait.
    for _ in 0..5 {
        in_time(accepts.recv()).await.unwrap();
    }
    let caller = node(&station, "other", false, Vec::new()).await;
    let echoes = caller
        .mesh
        .procedure("acme/echoes")
        .timeout(Duration::from_secs(60));
    let opened = echoes.bidirectional::<_, String, String>(&()).await;
    let (mut words, mut echoed) = opened.unwrap();
    let word = "x".repeat(6 * 1024);
    let sends = async {
        for _ in 0..WORDS {
            words.send(&word).await.unwrap();
        }
        words.finish().await.unwrap();
    };
    let reads = async {
        let mut read = 0;
        while let Some(word) = echoed.next().await {
            assert_eq!(word.unwrap().len(), 6 * 1024);
            read += 1;
        }
        read
    };
    let ((), read) = in_time(futures_util::future::join(sends, reads)).await;
    assert_eq!(read, WORDS);
    assert!(uploads.iter().all(|upload| !upload.is_finished()));
    uploads.iter().for_each(tokio::task::JoinHandle::abort);
    for caller in callers {
        caller.close().await;
    }
    caller.close().await;
    provider.close().await;
    station.close().await;
}

//! Unread bytes of handlers that do not read.

use std::sync::Arc;

use tokio::sync::watch;

use super::*;

/// Set once the handlers below may read.
static READS: std::sync::LazyLock<watch::Sender<bool>> =
    std::sync::LazyLock::new(watch::Sender::default);

fn held(invocation: Invocation) -> Pending {
    Pending::new(async move {
        let mut reads = READS.subscribe();
        let _ = reads.wait_for(|reads| *reads).await;
        lengths(invocation).into_future().await
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn large_items_to_handlers_that_do_not_read_wait_for_room_and_break_no_stream() {
    // Together more than the unread bytes of one caller.
    const UPLOADS: usize = 6;
    const LENGTH: usize = 15 * 1024 * 1024;
    let station = station().await;
    let capabilities = vec![capability(Kind::ClientStream, "held", held)];
    let provider = node(&station, "acme", false, capabilities).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let accepted = Arc::new(AtomicU64::new(0));
    let uploads: Vec<_> = (0..UPLOADS)
        .map(|_| {
            let (mesh, accepted) = (caller.mesh.clone(), Arc::clone(&accepted));
            tokio::spawn(async move {
                let held = mesh.procedure("acme/held").timeout(Duration::from_secs(60));
                let mut upload = held.open_upload::<_, String, Vec<usize>>(&()).await?;
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

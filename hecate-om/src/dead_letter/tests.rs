//! The bounds of the store, and replays.

use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use super::*;
use crate::handler::{FailedRun, GiveUp};

fn letters(folder: &Path, bounds: Bounds) -> DeadLetters {
    let store = Store::new(&folder.join(FILE));
    DeadLetters::with(store, "0.1.0", HandlerTasks::default(), bounds)
}

const SMALL: Bounds = Bounds {
    letters: 10,
    bytes: 100_000,
};

fn topic() -> HandlerKey {
    HandlerKey::Topic("acme/shop/order_placed_v1".into())
}

fn letter(error: &str) -> DeadLetter {
    let now = SystemTime::now();
    Attempts::count(None, now).dead_letter(GivenUp {
        handler: topic(),
        at: "src/orders.rs:12",
        version: "0.1.0",
        publisher: None,
        published_at: now,
        reason: GiveUp::Exhausted,
        error,
        now,
    })
}

async fn numbers(letters: &DeadLetters) -> Vec<u64> {
    let page = letters.page(None).await.unwrap();
    page.into_iter().map(|(number, _)| number).collect()
}

#[tokio::test]
async fn beyond_a_bound_the_oldest_are_dropped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let all = letters(folder.path(), SMALL);
    for _ in 0..13 {
        all.write(letter("no"), vec![1; 100]).await;
    }
    assert_eq!(numbers(&all).await, Vec::from_iter(3..13));
    let stats = all.stats();
    assert_eq!((stats.letters, stats.dropped, stats.stored), (10, 3, 13));
    all.write(letter("no"), vec![1; 99_000]).await;
    assert_eq!(numbers(&all).await.last(), Some(&13));
    let stats = all.stats();
    assert!(
        stats.bytes <= SMALL.bytes && stats.letters < 10,
        "{stats:?}"
    );
    assert_eq!(stats.letters + stats.dropped, 14);

    // A lower bound applies to what is stored already.
    all.close().await;
    let lower = letters(
        folder.path(),
        Bounds {
            letters: 2,
            ..SMALL
        },
    );
    lower.load().await;
    assert_eq!(lower.stats().letters, stats.letters);
    lower.write(letter("no"), Vec::new()).await;
    assert_eq!(numbers(&lower).await, [13, 14]);
}

#[tokio::test]
async fn a_removed_letter_frees_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let all = letters(folder.path(), SMALL);
    all.write(letter("no"), vec![1; 100]).await;
    all.write(letter("no"), vec![2; 100]).await;
    assert_eq!(all.remove(0).await, Ok(true));
    assert_eq!(all.remove(0).await, Ok(false));
    assert_eq!(all.remove(1).await, Ok(true));
    assert_eq!((all.stats().letters, all.stats().bytes), (0, 0));
    // Numbers are not used again.
    all.write(letter("no"), Vec::new()).await;
    assert_eq!(numbers(&all).await, [2]);
}

#[tokio::test]
async fn an_error_is_stored_up_to_its_limit() {
    let long = letter(&"é".repeat(10_000));
    assert_eq!(long.error, "é".repeat(512));
    assert_eq!(letter("").error, "");
}

#[tokio::test]
async fn a_replay_keeps_the_letter_until_its_handler_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let all = letters(folder.path(), SMALL);
    all.write(letter("first"), vec![7]).await;
    assert_eq!(all.replay(0).await, Err(ReplayError::NoHandler));
    assert_eq!(all.replay(1).await, Err(ReplayError::NotFound));
    let works = Arc::new(AtomicBool::new(false));
    let handler_works = Arc::clone(&works);
    let replay = Replay::new(move |_, payload| {
        assert_eq!(payload, [7]);
        let works = handler_works.load(Ordering::Relaxed);
        Box::pin(async move {
            let failed = FailedRun {
                permanent: None,
                error: "second".into(),
            };
            works.then_some(()).ok_or(ReplayError::Failed(failed))
        })
    });
    all.set_handler(topic(), replay);
    assert_eq!(all.replay(0).await.unwrap_err().to_string(), "second");
    let (kept, payload) = all.get(0).await.unwrap().unwrap();
    assert_eq!(
        (kept.attempts, &*kept.error, payload),
        (2, "second", vec![7])
    );
    works.store(true, Ordering::Relaxed);
    assert_eq!(all.replay(0).await, Ok(()));
    assert_eq!(all.get(0).await, Ok(None));
    assert_eq!(all.stats().bytes, 0);
}

#[tokio::test]
async fn a_letter_is_replayed_once_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let all = letters(folder.path(), SMALL);
    all.write(letter("no"), Vec::new()).await;
    let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
    let end = Arc::new(tokio::sync::Notify::new());
    let ending = Arc::clone(&end);
    let replay = Replay::new(move |_, _| {
        started.send(()).unwrap();
        let end = Arc::clone(&ending);
        Box::pin(async move {
            end.notified().await;
            Ok(())
        })
    });
    all.set_handler(topic(), replay);
    let replaying = all.clone();
    let first = tokio::spawn(async move { replaying.replay(0).await });
    starts.recv().await.unwrap();
    assert_eq!(all.replay(0).await, Err(ReplayError::InProgress));
    end.notify_one();
    assert_eq!(first.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_counts_its_losses() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("state"), "a file").unwrap();
    let all = letters(&folder.path().join("state"), SMALL);
    all.write(letter("no"), Vec::new()).await;
    assert_eq!(all.stats().lost, 1);
    assert_eq!(all.stats().stored, 0);
}

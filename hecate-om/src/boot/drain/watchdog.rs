//! A thread that sees whether the runtime still runs: where handlers block all of its threads, no timer of it fires.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// How often it is looked once the drain's time is over.
const LOOK: Duration = Duration::from_secs(1);
/// How many looks the runtime may take to run a task: several, so that a process that was stopped for a while, or a
/// machine that does much else, is not taken for a stuck one.
const LOOKS: u32 = 5;

/// Watches the runtime from outside.
#[derive(Debug)]
pub(super) struct Overseer;

impl Overseer {
    /// Returns once the drain's time is over and the runtime runs no task for seconds; for ever waits where it does.
    pub(super) async fn watch(limit: Duration) {
        let runtime = Handle::current();
        let (stuck, is_stuck) = oneshot::channel();
        // Dropped with this future, which ends the thread.
        let (_watched, ended) = channel::<()>();
        let spawned = std::thread::Builder::new()
            .name("drain".into())
            .spawn(move || {
                let mut pause = limit;
                while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                    pause = LOOK;
                    if !runs(&runtime) {
                        // Nobody waits for it where the drain has ended meanwhile.
                        let _ = stuck.send(());
                        return;
                    }
                }
            });
        if let Err(error) = &spawned {
            tracing::error!("cannot start the thread that watches the drain: {error}");
        }
        if is_stuck.await.is_err() {
            std::future::pending().await
        }
    }
}

/// Whether the runtime runs a task and its timer.
fn runs(runtime: &Handle) -> bool {
    let (sign, seen) = channel();
    runtime.spawn(async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        // Nobody waits for it any more.
        let _ = sign.send(());
    });
    (0..LOOKS).any(|_| seen.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_whose_threads_are_all_blocked_is_seen_from_outside() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (release, held) = channel::<()>();
        runtime.spawn(async move { held.recv() });
        runtime.block_on(Overseer::watch(Duration::ZERO));
        drop(release);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_runtime_that_runs_is_left_alone() {
        let watching = Overseer::watch(Duration::ZERO);
        let watched = tokio::time::timeout(2 * LOOK, watching).await;
        assert!(watched.is_err());
    }
}

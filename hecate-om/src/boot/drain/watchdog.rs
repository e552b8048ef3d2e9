//! A watchdog thread for the drain: if handlers block all threads of the runtime, its timers do not
//! fire.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Poll interval once the drain's time is over.
const LOOK: Duration = Duration::from_secs(1);
/// Polls without progress after which the runtime counts as stuck. Several, so that a paused
/// process or a busy machine does not count as stuck.
const LOOKS: u32 = 5;

/// Watchdog that observes the runtime from outside.
#[derive(Debug)]
pub(super) struct DrainWatchdog;

impl DrainWatchdog {
    /// Returns once the drain's time is over and the runtime has run no task for seconds. Otherwise
    /// it never returns.
    pub(super) async fn watch(limit: Duration) {
        let runtime = Handle::current();
        let (stuck, is_stuck) = oneshot::channel();
        // Dropping this future drops the sender, which ends the thread.
        let (_watched, ended) = channel::<()>();
        let spawned = std::thread::Builder::new()
            .name("drain".into())
            .spawn(move || {
                let mut pause = limit;
                while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                    pause = LOOK;
                    if !runs(&runtime) {
                        // The receiver is gone if the drain has ended.
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

/// Returns whether the runtime still runs a task and a timer.
fn runs(runtime: &Handle) -> bool {
    let (sign, seen) = channel();
    runtime.spawn(async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        // The receiver may be gone.
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
        runtime.block_on(DrainWatchdog::watch(Duration::ZERO));
        drop(release);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_runtime_that_runs_is_left_alone() {
        let watching = DrainWatchdog::watch(Duration::ZERO);
        let watched = tokio::time::timeout(2 * LOOK, watching).await;
        assert!(watched.is_err());
    }
}

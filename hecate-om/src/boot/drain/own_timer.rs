//! A timer that does not depend on the runtime.

use std::time::Duration;

use tokio::sync::oneshot;

/// Waits for `limit`, also while handlers block every thread of the runtime, so that its own timers
/// do not fire.
pub(super) async fn own_timer(limit: Duration) {
    let (passed, has_passed) = oneshot::channel();
    let spawned = std::thread::Builder::new()
        .name("timer".into())
        .spawn(move || {
            std::thread::sleep(limit);
            // Nobody may wait any more.
            let _ = passed.send(());
        });
    match spawned {
        Ok(_) => _ = has_passed.await,
        Err(error) => {
            tracing::error!("cannot start the thread of a timer: {error}");
            tokio::time::sleep(limit).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_runtime_whose_threads_are_all_blocked_is_left_in_time() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (release, held) = channel::<()>();
        let (blocks, blocked) = channel();
        runtime.spawn(async move {
            blocks.send(()).unwrap();
            held.recv()
        });
        blocked.recv().unwrap();
        runtime.block_on(own_timer(Duration::from_millis(1)));
        drop(release);
    }
}

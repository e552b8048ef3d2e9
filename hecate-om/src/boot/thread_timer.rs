//! A timer that does not depend on the runtime.

use std::time::Duration;

use tokio::sync::oneshot;

/// Waits for `duration` on its own thread: if handlers block every thread of the runtime, the
/// runtime's timers do not fire.
pub(super) async fn thread_timer(duration: Duration) {
    let (sender, elapsed) = oneshot::channel();
    let spawned = std::thread::Builder::new()
        .name("timer".into())
        .spawn(move || {
            std::thread::sleep(duration);
            // The waiting future may have been dropped.
            let _ = sender.send(());
        });
    match spawned {
        Ok(_) => _ = elapsed.await,
        Err(error) => {
            tracing::error!(%error, "cannot start the thread of a timer");
            tokio::time::sleep(duration).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn the_timer_fires_while_every_thread_of_the_runtime_is_blocked() {
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
        runtime.block_on(thread_timer(Duration::from_millis(1)));
        drop(release);
    }
}

//! A thread for the health listener, so that it tells the truth when handlers block every thread of the runtime.

use std::io;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Runs `work` on a runtime and a thread of its own, and answers what it came to. What `work` spawned there (the
/// listener) runs on for the life of the process.
///
/// # Errors
///
/// Where the system has no thread to give.
pub(crate) async fn on_own_thread<F>(work: F) -> io::Result<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (sender, output) = oneshot::channel();
    std::thread::Builder::new()
        .name("health".into())
        .spawn(move || {
            runtime.block_on(async {
                // Nobody waits for it where boot was cancelled.
                let _ = sender.send(work.await);
                std::future::pending::<()>().await;
            });
        })?;
    output
        .await
        .map_err(|_| io::Error::other("the health listener's thread ended"))
}

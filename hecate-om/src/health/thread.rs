//! A thread for the health listener, which must respond even if handlers block all other threads.

use std::io;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Runs `work` on a separate runtime and thread, and returns the output. Tasks that `work` spawns
/// there, such as the listener, run until the process ends.
///
/// # Errors
///
/// If the thread or the runtime cannot be started.
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
                // The receiver is gone if boot was cancelled.
                let _ = sender.send(work.await);
                std::future::pending::<()>().await;
            });
        })?;
    output
        .await
        .map_err(|_| io::Error::other("the health listener's thread ended"))
}

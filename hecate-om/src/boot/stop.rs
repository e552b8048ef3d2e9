//! Running the service's own `stop`.

use std::sync::Arc;
use std::time::Duration;

use super::thread_timer::thread_timer;
use crate::panic::catch_async;
use crate::service::Contract;

/// Timeout of the service's own `stop`.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the service's own `stop` for at most `limit`, in a task, so that a blocking `stop` does not
/// block the caller's thread. Returns whether `stop` has ended.
pub(super) async fn stop<S: Contract>(service: &Arc<S>, limit: Duration) -> bool {
    let service = Arc::clone(service);
    let stopping = tokio::spawn(async move {
        let stop = S::lifecycle().stop;
        catch_async(stop(&service)).await
    });
    tokio::select! {
        stopped = stopping => {
            // Only a runtime that is shutting down cancels the task.
            if let Ok(Err(panic)) = stopped {
                tracing::error!(
                    %panic,
                    at = panic.location(),
                    backtrace = panic.backtrace(),
                    "the service's `stop` panicked"
                );
            }
            true
        }
        () = thread_timer(limit) => false,
    }
}

/// Logs that `stop` took longer than [`STOP_TIMEOUT`].
pub(super) fn log_timeout() {
    tracing::error!(timeout = ?STOP_TIMEOUT, "the service's `stop` did not return in time");
}

//! The tasks that run the handlers of facts and schedules.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks of subscriptions and schedules, which are stopped and awaited together. Clones share the
/// tasks.
#[derive(Debug, Clone, Default)]
pub(crate) struct HandlerTasks {
    stop: CancellationToken,
    cancellation: CancellationToken,
    tracker: TaskTracker,
}

impl HandlerTasks {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// Returns the token whose cancellation means that no further work may start.
    pub(crate) const fn stopped(&self) -> &CancellationToken {
        &self.stop
    }

    /// Returns the token whose cancellation cancels the work in progress.
    pub(crate) const fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tracker.is_empty()
    }

    /// Stops receiving facts and starting scheduled runs. Facts that were already received are
    /// still handled.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
    }

    /// Waits until all tasks have ended.
    pub(crate) async fn idle(&self) {
        self.tracker.wait().await;
    }

    /// Cancels the work in progress.
    pub(crate) fn cancel_all(&self) {
        self.cancellation.cancel();
    }
}

//! Running an operation of the SDK to its own end, whatever becomes of its caller.

use std::future::Future;

use tracing::Instrument as _;

/// Runs `future` in a task of its own and returns its output.
///
/// Dropping the returned future does not cancel `future`. The SDK's calls, dials and publications must not be dropped
/// halfway: a dropped dial keeps its slot of direct links, a dropped write leaves half a frame on the control stream,
/// and a dropped call stays in the link's table with its whole request. Each of them ends by a timeout of the SDK's
/// own, which bounds how long the task lives.
///
/// Task-locals of the caller are not seen by `future`; its span is.
///
/// # Panics
///
/// Where `future` panics.
pub(in crate::mesh) async fn shielded<F>(future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match tokio::spawn(future.in_current_span()).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that shuts down cancels the task, and with it the one that waits here.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod end_to_end;

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_shielded_future_completes_although_its_caller_stops_waiting() {
        let (proceed, waits) = oneshot::channel::<()>();
        let (done, completed) = oneshot::channel();
        let outer = shielded(async move {
            waits.await.unwrap();
            done.send(()).unwrap();
        });
        assert!(outer.now_or_never().is_none());
        proceed.send(()).unwrap();
        completed.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_reaches_the_caller() {
        let outcome = std::panic::AssertUnwindSafe(shielded(async { panic!("broken") }))
            .catch_unwind()
            .await;
        assert_eq!(
            *outcome.unwrap_err().downcast_ref::<&str>().unwrap(),
            "broken"
        );
    }
}

//! SDK operations that complete even if the caller is dropped.

use std::future::Future;

use tracing::Instrument as _;

/// Runs `future` in a separate task and returns its output.
///
/// Dropping the returned future does not cancel `future`. The SDK's calls, dials and publications
/// must not be cancelled: a cancelled dial leaks a slot of direct links, a cancelled write leaves
/// half a frame on the control stream, and a cancelled call leaks an entry with the whole request
/// in the link's table. A timeout of the SDK bounds the duration of each operation.
///
/// `future` runs in the caller's span, without the caller's task-locals.
///
/// # Panics
///
/// If `future` panics.
pub(in crate::mesh) async fn shielded<F>(future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match tokio::spawn(future.in_current_span()).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime cancels the task only at its shutdown, which also cancels the caller.
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
    async fn a_shielded_future_completes_although_its_caller_is_dropped() {
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

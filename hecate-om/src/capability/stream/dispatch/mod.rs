//! Dispatch of a stream: guard, handler, items and the end of the stream.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{Instrument, field};

use super::{StreamItems, StreamTransport};
use crate::capability::dispatch::{log_refusal, take_key, time_budget, with_deadline};
use crate::capability::outcome::outcome;
use crate::capability::{Call, Dispatcher, Invocation, Refusal};
use crate::codec::{self, Payload};
use crate::panic::catch_async;

/// Timeout of a stream whose capability sets no timeout: a year.
const UNLIMITED: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Reason that a stream ended.
#[derive(Debug)]
pub(crate) enum StreamEnd {
    /// The handler has finished. The response is null if the handler streamed its response.
    Done(Payload),
    /// The stream was refused, before or after its first item.
    Refused(Refusal),
    /// The caller left the stream.
    CallerLeft,
}

impl Dispatcher {
    /// Runs a stream that was opened with `payload`, and reports its end to the caller by `report`.
    ///
    /// The guard counts the opening as a call, and the stream holds its permit until it ends.
    /// `max_bytes` limits the opening and each item. The caller's deadline limits only the wait for
    /// the permit. After that, the stream may last as long as the capability's `timeout` allows, or
    /// without limit if no timeout is set. The stream counts as in flight until `report` has
    /// completed, so that a drain waits for the last items.
    pub(crate) async fn run_stream<T: Future>(
        &self,
        payload: Payload,
        call: Call,
        transport: Box<dyn StreamTransport>,
        report: impl FnOnce(StreamEnd) -> T,
    ) -> T::Output {
        let limit = self.capability.limits.timeout_ms.map(Duration::from_millis);
        let deadline = Instant::now() + limit.unwrap_or(UNLIMITED);
        let flight = self
            .in_flight
            .start(self.capability.name, call.caller, deadline);
        let span = tracing::info_span!(
            "stream",
            capability = self.capability.name,
            version = self.capability.version,
            kind = self.capability.kind.name(),
            caller = %call.caller,
            call_id = flight.id(),
            sealed = call.sealed,
            outcome = field::Empty,
            duration_ms = field::Empty,
        );
        let running = self.metrics.start(&span);
        async {
            let end = self.guarded_stream(payload, call, transport, limit).await;
            match &end {
                StreamEnd::Done(_) => {
                    running.end(outcome(&Ok(())));
                    tracing::debug!("stream ended");
                }
                StreamEnd::Refused(refusal) => {
                    running.end(outcome::<()>(&Err(refusal.clone())));
                    log_refusal(refusal);
                }
                // Dropping `running` counts the stream as cancelled.
                StreamEnd::CallerLeft => tracing::debug!("caller left the stream"),
            }
            report(end).await
        }
        .instrument(span)
        .await
    }

    async fn guarded_stream(
        &self,
        mut payload: Payload,
        mut call: Call,
        transport: Box<dyn StreamTransport>,
        limit: Option<Duration>,
    ) -> StreamEnd {
        let admitted = async {
            self.guard
                .admit(call.caller, codec::encoded_len(&payload))?;
            take_key(None, &mut payload)?;
            let budget = time_budget(call.remaining())?;
            self.guard
                .acquire(tokio::time::Instant::now(), budget)
                .await
        };
        let _permit = match admitted.await {
            Ok(permit) => permit,
            Err(refusal) => return StreamEnd::Refused(refusal),
        };
        let cancelled = self.in_flight.cancellation();
        call.cancellation = Some(cancelled.clone());
        // Cancels the call unless it ends successfully, even if this future is dropped.
        let cancel_on_drop = cancelled.clone().drop_guard();
        let items = Arc::new(StreamItems::new(
            transport,
            Arc::clone(&self.guard),
            Arc::clone(&self.items),
        ));
        let invocation = Invocation {
            payload,
            call,
            states: self.states.current(),
            items: Some(Arc::clone(&items)),
            values: Vec::new(),
        };
        let work = self.invoke(invocation).into_future();
        let work = with_deadline(limit.map(|limit| Instant::now() + limit), work);
        let work = catch_async(work);
        let timed = tokio::time::timeout(limit.unwrap_or(UNLIMITED), work);
        let outcome = tokio::select! {
            biased;
            outcome = timed => outcome,
            refusal = items.failed() => {
                return refusal.map_or(StreamEnd::CallerLeft, StreamEnd::Refused);
            }
            () = cancelled.cancelled() => {
                let text = "the service stopped before the stream ended";
                return StreamEnd::Refused(Refusal::new("shutting_down", text));
            }
        };
        match outcome {
            Ok(Ok(Ok(answer))) => {
                let _ = cancel_on_drop.disarm();
                StreamEnd::Done(answer)
            }
            Ok(Ok(Err(refusal))) => StreamEnd::Refused(refusal),
            Ok(Err(panic)) => StreamEnd::Refused(self.panicked(&panic)),
            Err(_) => StreamEnd::Refused(self.timed_out(limit.unwrap_or(UNLIMITED))),
        }
    }
}

#[cfg(test)]
mod tests;

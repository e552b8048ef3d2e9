//! From the opening of a stream to its end: guard, decode, handler, items; whatever the handler does.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{Instrument, field};

use super::{Items, Wire};
use crate::capability::dispatch::{logged, scoped, time_left};
use crate::capability::outcome::outcome;
use crate::capability::{Call, Dispatcher, Invocation, Refusal};
use crate::codec::{self, Payload};
use crate::panic::caught;

/// How long a stream without a limit of its own is taken to run, where a number is asked for: a year.
const UNLIMITED: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How the handler of a stream ended.
#[derive(Debug)]
pub(crate) enum StreamEnd {
    /// Well; with the answer, where it gives one.
    Done(Payload),
    /// It is refused, or its stream ended with a refusal.
    Refused(Refusal),
    /// Its caller is gone.
    Left,
}

impl Dispatcher {
    /// Runs a stream that was opened with `payload`.
    ///
    /// The guard counts the opening as it counts a call, and the stream holds its place until it ends; the largest size
    /// is that of the opening and of each item. The caller's deadline is that of the opening: it bounds the wait for a
    /// place. From then on the stream may take as long as the capability's `timeout`, where that is set, and else as
    /// long as it takes. `tell` tells the caller how it ended; until then it counts as in flight, so that a drain waits
    /// for the last items.
    pub(crate) async fn run_stream<T: Future>(
        &self,
        payload: Payload,
        call: Call,
        wire: Box<dyn Wire>,
        tell: impl FnOnce(StreamEnd) -> T,
    ) -> T::Output {
        let limit = self.capability.limits.timeout_ms.map(Duration::from_millis);
        let flight = self.in_flight.begin_for(
            self.capability.name,
            call.caller,
            limit.unwrap_or(UNLIMITED),
        );
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
        let running = self.tally.start(&span);
        async {
            let end = self.guarded_stream(payload, call, wire, limit).await;
            match &end {
                StreamEnd::Done(_) => {
                    running.end(outcome(&Ok(())));
                    tracing::debug!("the stream has ended");
                }
                StreamEnd::Refused(refusal) => {
                    running.end(outcome::<()>(&Err(refusal.clone())));
                    logged(refusal);
                }
                // Not ended, it counts as cancelled.
                StreamEnd::Left => tracing::debug!("the caller has left the stream"),
            }
            tell(end).await
        }
        .instrument(span)
        .await
    }

    async fn guarded_stream(
        &self,
        payload: Payload,
        mut call: Call,
        wire: Box<dyn Wire>,
        limit: Option<Duration>,
    ) -> StreamEnd {
        let admitted = async {
            self.guard
                .admit(call.caller, codec::encoded_len(&payload))?;
            self.guard.place(time_left(&call)?).await
        };
        let _place = match admitted.await {
            Ok(place) => place,
            Err(refusal) => return StreamEnd::Refused(refusal),
        };
        call.given_up = self.in_flight.given_up();
        // Fires however the work ends, this future being dropped included, but for a good end.
        let given_up = call.given_up.clone().drop_guard();
        let ended = call.given_up.clone();
        let items = Arc::new(Items::new(
            wire,
            Arc::clone(&self.guard),
            Arc::clone(&self.items),
        ));
        let invocation = Invocation {
            payload,
            call,
            states: Arc::clone(&self.states),
            items: Some(Arc::clone(&items)),
        };
        let work = (self.capability.invoke)(invocation).into_future();
        let work = scoped(limit.map(|limit| Instant::now() + limit), work);
        let work = caught(work);
        let timed = tokio::time::timeout(limit.unwrap_or(UNLIMITED), work);
        let outcome = tokio::select! {
            biased;
            outcome = timed => outcome,
            over = items.over() => return over.map_or(StreamEnd::Left, StreamEnd::Refused),
            () = ended.cancelled() => {
                let text = "the service ended before the stream did";
                return StreamEnd::Refused(Refusal::new("shutting_down", text));
            }
        };
        match outcome {
            Ok(Ok(Ok(answer))) => {
                let _ = given_up.disarm();
                StreamEnd::Done(answer)
            }
            Ok(Ok(Err(refusal))) => StreamEnd::Refused(refusal),
            Ok(Err(panic)) => StreamEnd::Refused(self.panicked(&panic)),
            Err(_) => StreamEnd::Refused(self.overran(limit.unwrap_or(UNLIMITED))),
        }
    }
}

#[cfg(test)]
mod tests;

//! From a request to an answer: guard, decode, handler, encode; whatever the handler does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracing::{Instrument, field};

use super::outcome::{OUTCOMES, outcome};
use super::{Call, Capability, Deprecated, Guard, InFlight, Invocation, Refusal, States};
use crate::codec::{self, Payload};
use crate::metrics::{CallMetrics, ItemCounts};
use crate::panic::{Panic, caught};

/// How long before the caller's deadline a handler is given up.
const DEADLINE_MARGIN: Duration = Duration::from_millis(100);
/// Margin by which a call made in a handler times out before the handler does.
const ANSWER_MARGIN: Duration = Duration::from_millis(50);

tokio::task_local! {
    /// When the call being answered ends, so that the calls made in it end by then, too.
    static DEADLINE: Instant;
}

/// Time left for a call made in a handler; `None` outside a handler. A part is reserved, so that
/// the handler can still answer after that call has timed out.
pub(crate) fn inherited_deadline() -> Option<Duration> {
    let left = deadline()?.saturating_duration_since(Instant::now());
    Some(left - (left / 10).min(ANSWER_MARGIN))
}

/// Returns when the call being answered ends, for work in another task that [`scoped`] runs;
/// `None` outside a handler.
pub(crate) fn deadline() -> Option<Instant> {
    DEADLINE.try_get().ok()
}

/// Runs `work`, whose calls end by `deadline`, if there is one.
pub(crate) async fn scoped<W: Future>(deadline: Option<Instant>, work: W) -> W::Output {
    match deadline {
        Some(deadline) => DEADLINE.scope(deadline, work).await,
        None => work.await,
    }
}

/// How long a call may still take.
pub(super) fn time_left(call: &Call) -> Result<Duration, Refusal> {
    let remaining = call.remaining();
    if remaining.is_zero() {
        return Err(Refusal::new("timeout", "the caller's deadline has passed"));
    }
    // The SDK gives up at the deadline itself, and says nothing of it: this is to come first.
    Ok(remaining - (remaining / 10).min(DEADLINE_MARGIN))
}

/// Logs that a call was refused. What a caller can bring about at will must not fill the log; what the service itself
/// does wrong, and what its author wants the operator to know, must be in it.
pub(super) fn logged(refusal: &Refusal) {
    let detail = refusal.logged();
    match refusal.code() {
        "payload_too_large" | "rate_limited" | "invalid_request" | "busy" => {
            tracing::debug!(code = refusal.code(), detail, "refused: {refusal}");
        }
        _ if detail.is_some() => {
            tracing::warn!(code = refusal.code(), detail, "refused: {refusal}");
        }
        _ => tracing::debug!(code = refusal.code(), "refused: {refusal}"),
    }
}

/// What runs one capability's calls.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) capability: Capability,
    pub(crate) guard: Arc<Guard>,
    pub(super) states: Arc<States>,
    pub(super) in_flight: InFlight,
    pub(crate) tally: Arc<CallMetrics>,
    /// Whether the operator knows that it goes away and is still called.
    told: AtomicBool,
    /// The items of its streams.
    pub(crate) items: Arc<ItemCounts>,
}

impl Dispatcher {
    pub(crate) fn new(capability: Capability, states: Arc<States>, in_flight: InFlight) -> Self {
        Self {
            guard: Arc::new(Guard::of(&capability)),
            capability,
            states,
            in_flight,
            tally: Arc::new(CallMetrics::new(&OUTCOMES)),
            told: AtomicBool::new(false),
            items: Arc::default(),
        }
    }

    /// Answers one call.
    pub(crate) async fn dispatch(&self, payload: Payload, call: Call) -> Result<Payload, Refusal> {
        let flight = self.in_flight.begin(self.capability.name, &call);
        let span = tracing::info_span!(
            "call",
            capability = self.capability.name,
            version = self.capability.version,
            caller = %call.caller,
            call_id = flight.id(),
            sealed = call.sealed,
            outcome = field::Empty,
            duration_ms = field::Empty,
        );
        let running = self.tally.start(&span);
        async {
            self.tell_deprecated();
            let result = self.guarded(payload, call).await;
            running.end(outcome(&result));
            match &result {
                Ok(answer) => {
                    flight.answered(codec::encoded_len(answer));
                    tracing::debug!("answered");
                }
                Err(refusal) => logged(refusal),
            }
            result
        }
        .instrument(span)
        .await
    }

    /// Says once a boot that a caller has not left what goes away; `/metrics` counts its calls.
    fn tell_deprecated(&self) {
        let Some(Deprecated { since, instead }) = self.capability.deprecated else {
            return;
        };
        if !self.told.swap(true, Ordering::Relaxed) {
            let instead = instead.unwrap_or("nothing");
            tracing::warn!(
                since,
                instead,
                "a deprecated capability is still called; said once"
            );
        }
    }

    async fn guarded(&self, payload: Payload, mut call: Call) -> Result<Payload, Refusal> {
        self.guard
            .admit(call.caller, codec::encoded_len(&payload))?;
        let _place = self.guard.place(time_left(&call)?).await?;
        let limit = self.guard.timeout.min(time_left(&call)?);
        call.given_up = self.in_flight.given_up();
        // Fires however the work ends, this future being dropped included, but for an answer.
        let given_up = call.given_up.clone().drop_guard();
        let ended = call.given_up.clone();
        let invocation = Invocation {
            payload,
            call,
            states: Arc::clone(&self.states),
            items: None,
        };
        let work = (self.capability.invoke)(invocation).into_future();
        let work = caught(DEADLINE.scope(Instant::now() + limit, work));
        let outcome = tokio::select! {
            biased;
            outcome = tokio::time::timeout(limit, work) => outcome,
            // Its caller is told, rather than left to wait for a service that is gone.
            () = ended.cancelled() => {
                return Err(Refusal::new("shutting_down", "the service ended before the call did"));
            }
        };
        match outcome {
            Ok(Ok(outcome)) => {
                let _ = given_up.disarm();
                outcome
            }
            Ok(Err(panic)) => Err(self.panicked(&panic)),
            Err(_) => Err(self.overran(limit)),
        }
    }

    pub(super) fn overran(&self, limit: Duration) -> Refusal {
        let text = format!("the handler did not finish within {limit:?}");
        let refusal = Refusal::new("timeout", text);
        // Its caller's own short deadline is no news to the operator.
        if limit < self.guard.timeout {
            refusal
        } else {
            refusal.log("the capability's own `timeout`")
        }
    }

    pub(super) fn panicked(&self, panic: &Panic) -> Refusal {
        tracing::error!(
            at = panic.at(self.capability.location),
            backtrace = panic.backtrace(),
            "the handler panicked: {panic}"
        );
        Refusal::new("panicked", "the service failed while answering")
    }
}

#[cfg(test)]
mod tests;

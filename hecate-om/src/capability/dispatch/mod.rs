//! Dispatch of a call: guard, decoding, handler and encoding.

mod keyed;

pub(super) use keyed::take_key;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracing::{Instrument, field};

use super::keyed::KeyedCalls;
use super::outcome::{OUTCOMES, outcome};
use super::{
    Call, Capability, Deprecated, Guard, HandlerFuture, InFlight, Invocation, Refusal, StateMap,
};
use crate::codec::{self, Payload};
use crate::metrics::{CallMetrics, ItemCounts};
use crate::panic::{Panic, catch_async};

/// Time by which a handler times out before its caller.
const DEADLINE_MARGIN: Duration = Duration::from_millis(100);
/// Time by which a call made by a handler times out before the handler.
const ANSWER_MARGIN: Duration = Duration::from_millis(50);

tokio::task_local! {
    /// Deadline of the current handler, which calls made by the handler inherit.
    static DEADLINE: Instant;
}

/// Returns the timeout of a call made by the current handler; `None` outside of a handler. The
/// timeout is shorter than the handler's own, so that the handler can still respond after the call
/// has timed out.
pub(crate) fn inherited_timeout() -> Option<Duration> {
    let remaining = deadline()?.saturating_duration_since(Instant::now());
    Some(remaining - (remaining / 10).min(ANSWER_MARGIN))
}

/// Returns the deadline of the current handler, to pass to [`with_deadline`] in another task;
/// `None` outside of a handler.
pub(crate) fn deadline() -> Option<Instant> {
    DEADLINE.try_get().ok()
}

/// Runs `work`. Calls made by `work` inherit `deadline`.
pub(crate) async fn with_deadline<W: Future>(deadline: Option<Instant>, work: W) -> W::Output {
    match deadline {
        Some(deadline) => DEADLINE.scope(deadline, work).await,
        None => work.await,
    }
}

/// Returns the part of a call's remaining time that its handler has.
pub(super) fn time_budget(remaining: Duration) -> Result<Duration, Refusal> {
    if remaining.is_zero() {
        return Err(Refusal::new("timeout", "the caller's deadline has passed"));
    }
    // At the deadline itself, macula-rust drops the call without an error, so the handler times out
    // earlier.
    Ok(remaining - (remaining / 10).min(DEADLINE_MARGIN))
}

/// Logs the refusal of a call. The level is `WARN` only if the refusal has a detail for the
/// operator and callers cannot cause it at will, so that callers cannot fill the log.
pub(super) fn log_refusal(refusal: &Refusal) {
    let (code, text, detail) = (refusal.code(), refusal.text(), refusal.log_detail());
    match code {
        "payload_too_large" | "rate_limited" | "invalid_request" | "busy" => {
            tracing::debug!(code, text, detail, "call refused");
        }
        _ if detail.is_some() => {
            tracing::warn!(code, text, detail, "call refused");
        }
        _ => tracing::debug!(code, text, "call refused"),
    }
}

/// Dispatcher of one capability's calls and streams.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) capability: Capability,
    pub(crate) guard: Arc<Guard>,
    pub(super) states: Arc<StateMap>,
    pub(super) in_flight: InFlight,
    pub(super) keyed: KeyedCalls,
    pub(crate) metrics: Arc<CallMetrics>,
    /// Whether a call of the deprecated capability has been logged.
    deprecation_logged: AtomicBool,
    /// Items of the capability's streams.
    pub(crate) items: Arc<ItemCounts>,
}

impl Dispatcher {
    pub(crate) fn new(
        capability: Capability,
        states: Arc<StateMap>,
        in_flight: InFlight,
        keyed: KeyedCalls,
    ) -> Self {
        Self {
            guard: Arc::new(Guard::new(&capability)),
            capability,
            states,
            in_flight,
            keyed,
            metrics: Arc::new(CallMetrics::new(&OUTCOMES)),
            deprecation_logged: AtomicBool::new(false),
            items: Arc::default(),
        }
    }

    /// Runs one call.
    pub(crate) async fn dispatch(
        self: &Arc<Self>,
        payload: Payload,
        call: Call,
    ) -> Result<Payload, Refusal> {
        // Read once and passed on, because each read of a clock takes a twentieth of the dispatch.
        let arrived = tokio::time::Instant::now();
        let deadline = arrived + call.remaining();
        let flight = self
            .in_flight
            .start(self.capability.name, call.caller, deadline.into_std());
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
        let running = self.metrics.start_at(&span, arrived.into_std());
        async {
            self.warn_deprecated();
            let (result, ended) = match self.answer(payload, call, arrived, deadline).await {
                Ok((result, ended)) => (result, ended),
                Err(refusal) => (Err(refusal), tokio::time::Instant::now()),
            };
            running.end_at(outcome(&result), ended.into_std());
            match &result {
                Ok(answer) => {
                    flight.answered(codec::encoded_len(answer));
                    tracing::debug!("answered");
                }
                Err(refusal) => log_refusal(refusal),
            }
            result
        }
        .instrument(span)
        .await
    }

    /// Logs the first call of a deprecated capability. `/metrics` counts all calls.
    fn warn_deprecated(&self) {
        let Some(Deprecated { since, instead }) = self.capability.deprecated else {
            return;
        };
        if !self.deprecation_logged.swap(true, Ordering::Relaxed) {
            let instead = instead.unwrap_or("nothing");
            tracing::warn!(
                since,
                instead,
                "a deprecated capability was called; logged once"
            );
        }
    }

    /// Returns the result of a call, and the time at which its handler ended.
    async fn answer(
        self: &Arc<Self>,
        mut payload: Payload,
        call: Call,
        arrived: tokio::time::Instant,
        deadline: tokio::time::Instant,
    ) -> Result<(Result<Payload, Refusal>, tokio::time::Instant), Refusal> {
        self.guard
            .admit(call.caller, codec::encoded_len(&payload))?;
        if let Some(key) = take_key(self.capability.dedupe, &mut payload)? {
            // Boxed, because calls without a key must not pay for its size.
            let answer = self.dispatch_keyed(key, payload, call, arrived, deadline);
            return Ok((Box::pin(answer).await, tokio::time::Instant::now()));
        }
        let budget = time_budget(deadline - arrived)?;
        let permit = self.guard.acquire(arrived, budget).await?;
        let ran = self.run(payload, call, permit.acquired(), deadline).await;
        Ok((ran.unwrap_or_else(Err), permit.end()))
    }

    /// Runs the handler of an admitted call from `now` until its timeout. Returns an error if the
    /// handler did not end.
    async fn run(
        &self,
        payload: Payload,
        mut call: Call,
        now: tokio::time::Instant,
        deadline: tokio::time::Instant,
    ) -> Result<Result<Payload, Refusal>, Refusal> {
        let limit = self.guard.timeout.min(time_budget(deadline - now)?);
        let end = now + limit;
        let cancelled = self.in_flight.cancellation();
        call.cancellation = Some(cancelled.clone());
        // Cancels the call unless the handler completes, even if this future is dropped.
        let cancel_on_drop = cancelled.clone().drop_guard();
        let invocation = Invocation {
            payload,
            call,
            states: self.states.current(),
            items: None,
            values: Vec::new(),
        };
        let work = self.invoke(invocation).into_future();
        let work = catch_async(DEADLINE.scope(end.into_std(), work));
        let outcome = tokio::select! {
            biased;
            outcome = tokio::time::timeout_at(end, work) => outcome,
            // The caller receives a refusal, and does not wait for a service that has stopped.
            () = cancelled.cancelled() => {
                return Err(Refusal::new("shutting_down", "the service stopped before the call finished"));
            }
        };
        match outcome {
            Ok(Ok(outcome)) => {
                let _ = cancel_on_drop.disarm();
                Ok(outcome)
            }
            Ok(Err(panic)) => Err(self.panicked(&panic)),
            Err(_) => Err(self.timed_out(limit)),
        }
    }

    /// Starts the handler, inside of its layers.
    pub(super) fn invoke(&self, invocation: Invocation) -> HandlerFuture {
        self.capability.run(invocation)
    }

    pub(super) fn timed_out(&self, limit: Duration) -> Refusal {
        let text = format!("the handler did not finish within {limit:?}");
        let refusal = Refusal::new("timeout", text);
        // A short deadline of the caller is of no concern to the operator.
        if limit < self.guard.timeout {
            refusal
        } else {
            refusal.log("the capability's own `timeout`")
        }
    }

    pub(super) fn panicked(&self, panic: &Panic) -> Refusal {
        tracing::error!(
            %panic,
            at = panic.at(self.capability.location),
            backtrace = panic.backtrace(),
            "the handler panicked"
        );
        Refusal::new("panicked", "the handler panicked")
    }
}

#[cfg(test)]
mod tests;

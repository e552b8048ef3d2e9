//! From a request to an answer: guard, decode, handler, encode; whatever the handler does.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tracing::{Instrument, field};

use super::outcome::{OUTCOMES, outcome};
use super::{
    Call, Capability, Deprecated, Guard, InFlight, Invocation, ItemCounts, Refusal, States,
};
use crate::health::Tally;
use crate::mesh::codec::{self, Payload};
use crate::telemetry::panic_text;

/// How long before the caller's deadline a handler is given up.
const DEADLINE_MARGIN: Duration = Duration::from_millis(100);

tokio::task_local! {
    /// When the call being answered ends, so that the calls made in it end by then, too.
    static DEADLINE: Instant;
}

/// How long until the call being answered ends; `None` outside of one.
pub(crate) fn inherited_deadline() -> Option<Duration> {
    DEADLINE
        .try_with(|deadline| deadline.saturating_duration_since(Instant::now()))
        .ok()
}

/// `work`, whose calls end by `deadline`, where there is one.
pub(super) async fn scoped<W: Future>(deadline: Option<Instant>, work: W) -> W::Output {
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
    pub(crate) tally: Arc<Tally>,
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
            tally: Arc::new(Tally::new(&OUTCOMES)),
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
        let running = self.tally.begin(&span);
        async {
            self.tell_deprecated();
            let result = self.guarded(payload, call).await;
            running.end(outcome(&result));
            match &result {
                Ok(_) => tracing::debug!("answered"),
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
        let work = AssertUnwindSafe(DEADLINE.scope(Instant::now() + limit, work)).catch_unwind();
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
            Ok(Err(panic)) => Err(self.panicked(panic.as_ref())),
            Err(_) => Err(self.overran(limit)),
        }
    }

    pub(super) fn overran(&self, limit: Duration) -> Refusal {
        let text = format!("the handler did not finish within {limit:?}");
        let refusal = Refusal::new("timeout", text);
        // Its caller's own short deadline is no news to the operator.
        match limit < self.guard.timeout {
            true => refusal,
            false => refusal.log("the capability's own `timeout`"),
        }
    }

    pub(super) fn panicked(&self, panic: &(dyn std::any::Any + Send)) -> Refusal {
        let text = panic_text(panic);
        tracing::error!(
            at = self.capability.location,
            "the handler panicked: {text}"
        );
        Refusal::new("panicked", "the service failed while answering")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{Limits, Pending, StateNeed};

    fn capability(invoke: fn(Invocation) -> Pending) -> Capability {
        Capability {
            needs: const { &[StateNeed::of::<()>()] },
            ..Capability::new("test.run", invoke)
        }
    }

    fn dispatcher(capability: Capability) -> Dispatcher {
        Dispatcher::new(capability, Arc::default(), InFlight::default())
    }

    async fn run(dispatcher: &Dispatcher, payload: Payload) -> Result<Payload, Refusal> {
        dispatcher
            .dispatch(payload, Call::for_tests(Duration::from_secs(60)))
            .await
    }

    fn ended(dispatcher: &Dispatcher, outcome: &str) -> u64 {
        let mut ended = dispatcher.tally.ended();
        ended.find(|(name, _)| *name == outcome).unwrap().1
    }

    fn echo(mut invocation: Invocation) -> Pending {
        Pending::new(async move {
            let text: String = invocation.payload()?;
            codec::encode(&text).map_err(|e| Refusal::new("invalid_response", e.to_string()))
        })
    }

    fn forever(_: Invocation) -> Pending {
        Pending::new(std::future::pending())
    }

    fn panics(_: Invocation) -> Pending {
        Pending::new(async { panic!("as told") })
    }

    #[tokio::test]
    async fn a_call_is_answered_and_counted() {
        let dispatcher = dispatcher(capability(echo));
        let hello = codec::encode("hello").unwrap();
        assert_eq!(run(&dispatcher, hello.clone()).await.unwrap(), hello);
        assert_eq!(ended(&dispatcher, "ok"), 1);
        assert_eq!(dispatcher.in_flight.len(), 0);
    }

    #[tokio::test]
    async fn a_payload_of_the_wrong_shape_is_refused_by_name_before_the_handler() {
        let dispatcher = dispatcher(capability(echo));
        let refusal = run(&dispatcher, codec::encode(&7).unwrap())
            .await
            .unwrap_err();
        assert_eq!(refusal.code(), "invalid_request");
        assert_eq!(
            refusal.text(),
            "invalid type: integer `7`, expected a string"
        );
    }

    #[tokio::test]
    async fn a_payload_over_the_limit_is_refused_with_the_ancestors_text() {
        let dispatcher = dispatcher(Capability {
            limits: Limits {
                max_bytes: Some(8),
                ..Limits::UNSET
            },
            ..capability(echo)
        });
        let fits = codec::encode("1234567").unwrap();
        assert!(run(&dispatcher, fits).await.is_ok());
        let refusal = run(&dispatcher, codec::encode("12345678").unwrap())
            .await
            .unwrap_err();
        assert_eq!(refusal.to_detail(), "payload_too_large");
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_refused_and_the_next_call_is_served() {
        let dispatcher = dispatcher(capability(panics));
        for _ in 0..2 {
            let refusal = run(&dispatcher, Payload::default()).await.unwrap_err();
            assert_eq!(refusal.code(), "panicked");
            assert!(
                !refusal.text().contains("as told"),
                "the panic's text is the log's"
            );
        }
        assert_eq!(ended(&dispatcher, "panicked"), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_outlives_its_timeout_is_dropped() {
        let dispatcher = dispatcher(Capability {
            limits: Limits {
                timeout_ms: Some(1500),
                ..Limits::UNSET
            },
            ..capability(forever)
        });
        let refusal = run(&dispatcher, Payload::default()).await.unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "timeout: the handler did not finish within 1.5s"
        );
    }

    #[tokio::test]
    async fn a_call_that_a_drain_gives_up_is_answered() {
        let dispatcher = Arc::new(dispatcher(capability(forever)));
        let running = Arc::clone(&dispatcher);
        let call = tokio::spawn(async move { run(&running, Payload::default()).await });
        while dispatcher.in_flight.len() == 0 {
            tokio::task::yield_now().await;
        }
        dispatcher.in_flight.give_up();
        assert_eq!(call.await.unwrap().unwrap_err().code(), "shutting_down");
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_outlives_its_callers_patience_is_dropped() {
        let dispatcher = dispatcher(capability(forever));
        let refusal = dispatcher
            .dispatch(Payload::default(), Call::for_tests(Duration::from_secs(2)))
            .await
            .unwrap_err();
        assert_eq!(refusal.code(), "timeout");
    }

    #[tokio::test]
    async fn a_call_past_the_concurrency_is_told_to_come_back() {
        let dispatcher = Arc::new(dispatcher(Capability {
            limits: Limits {
                concurrency: Some(1),
                queue: Some(0),
                ..Limits::UNSET
            },
            ..capability(forever)
        }));
        let first = Arc::clone(&dispatcher);
        let first = tokio::spawn(async move { run(&first, Payload::default()).await });
        while dispatcher.in_flight.len() == 0 {
            tokio::task::yield_now().await;
        }
        let refusal = run(&dispatcher, Payload::default()).await.unwrap_err();
        assert_eq!(
            refusal.to_detail(),
            "busy; retry_after_ms=200: 1 calls of it run and 0 wait"
        );
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        dispatcher.in_flight.idle().await;
    }

    #[tokio::test]
    async fn calls_made_while_answering_end_with_the_call_being_answered() {
        fn reports(_: Invocation) -> Pending {
            Pending::new(async {
                let left = inherited_deadline().map(|left| left <= Duration::from_secs(10));
                codec::encode(&left).map_err(|e| Refusal::new("x", e.to_string()))
            })
        }
        assert_eq!(inherited_deadline(), None);
        let dispatcher = dispatcher(capability(reports));
        let answer = dispatcher
            .dispatch(Payload::default(), Call::for_tests(Duration::from_secs(10)))
            .await
            .unwrap();
        assert_eq!(codec::decode::<Option<bool>>(answer).unwrap(), Some(true));
    }

    /// The call that the last handler below was given.
    static SEEN: std::sync::Mutex<Option<Call>> = std::sync::Mutex::new(None);

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_tells_the_work_that_it_spawned() {
        fn seen(then: fn(Invocation) -> Pending) -> impl Fn(Invocation) -> Pending {
            move |invocation| {
                *SEEN.lock().unwrap() = Some(invocation.call().clone());
                then(invocation)
            }
        }
        fn answers(i: Invocation) -> Pending {
            seen(echo)(i)
        }
        fn hangs(i: Invocation) -> Pending {
            seen(forever)(i)
        }
        fn fails(i: Invocation) -> Pending {
            seen(panics)(i)
        }
        let call = || SEEN.lock().unwrap().clone().expect("a handler ran");
        let hello = codec::encode("hello").unwrap();
        run(&dispatcher(capability(answers)), hello).await.unwrap();
        assert!(!call().is_cancelled(), "it was answered");

        run(&dispatcher(capability(hangs)), Payload::default())
            .await
            .unwrap_err();
        call().cancelled().await;

        run(&dispatcher(capability(fails)), Payload::default())
            .await
            .unwrap_err();
        assert!(call().is_cancelled(), "its handler panicked");

        let hanging = Arc::new(dispatcher(capability(hangs)));
        let start = || {
            let hanging = Arc::clone(&hanging);
            tokio::spawn(async move { run(&hanging, Payload::default()).await })
        };
        let dropped = start();
        tokio::task::yield_now().await;
        assert!(!call().is_cancelled());
        dropped.abort();
        call().cancelled().await;

        let drained = start();
        tokio::task::yield_now().await;
        hanging.in_flight.give_up();
        assert!(call().is_cancelled(), "the service ends");
        drained.abort();
    }
}

//! Calls with keys, through the dispatcher.

mod on_disk;

use std::sync::atomic::AtomicU32;

use tokio::task::JoinHandle;
use tokio::time::advance;

use super::entry::milliseconds;
use super::*;
use crate::capability::{
    Call, Capability, Dispatcher, HandlerFuture, InFlight, Invocation, Limits, StateMap,
    StateRequirement,
};
use crate::codec;

const WINDOW: Duration = Duration::from_secs(600);

/// Numbers of runs, and what they wait for.
#[derive(Debug)]
struct Runs {
    started: AtomicU32,
    open: Semaphore,
}

impl Runs {
    fn started(&self) -> u32 {
        self.started.load(Ordering::Relaxed)
    }
}

/// Runs by the request: waits until `open` has a permit, then returns the number of the run, or
/// fails as the request demands.
fn work(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let request: String = invocation.payload()?;
        let runs = invocation.state::<Runs>()?;
        let run = runs.started.fetch_add(1, Ordering::Relaxed) + 1;
        let permit = runs.open.acquire().await;
        permit.expect("it is never closed").forget();
        match request.as_str() {
            "panic" => panic!("as demanded"),
            "refuse" => Err(Refusal::new("sold_out", format!("run {run}"))),
            "retry" => {
                Err(Refusal::new("later", format!("run {run}")).with_retry_after(Duration::ZERO))
            }
            "large" => codec::encode(&"x".repeat(MAX_ANSWER as usize))
                .map_err(|e| Refusal::new("invalid_response", e.to_string())),
            _ => codec::encode(&run).map_err(|e| Refusal::new("invalid_response", e.to_string())),
        }
    })
}

struct Service {
    dispatcher: Arc<Dispatcher>,
    runs: Arc<Runs>,
    in_flight: InFlight,
    keyed: KeyedCalls,
}

fn service(keyed: KeyedCalls, store: DedupeStore) -> Service {
    with_limits(keyed, store, Limits::UNSET)
}

fn with_limits(keyed: KeyedCalls, store: DedupeStore, limits: Limits) -> Service {
    let runs = Arc::new(Runs {
        started: AtomicU32::new(0),
        open: Semaphore::new(0),
    });
    let capability = Capability {
        dedupe: Some(Dedupe {
            window_ms: milliseconds(WINDOW),
            store,
        }),
        limits,
        needs: const { &[StateRequirement::new::<Runs>()] },
        ..Capability::new("test.run", work)
    };
    let states = StateMap::default().with(Arc::clone(&runs));
    let in_flight = InFlight::default();
    let dispatcher = Dispatcher::new(
        capability,
        Arc::new(states),
        in_flight.clone(),
        keyed.clone(),
    );
    Service {
        dispatcher: Arc::new(dispatcher),
        runs,
        in_flight,
        keyed,
    }
}

fn memory() -> Service {
    service(KeyedCalls::default(), DedupeStore::Memory)
}

impl Service {
    fn start(&self, key: &str, request: &str) -> JoinHandle<Result<Payload, Refusal>> {
        self.start_within(key, request, Duration::from_secs(60))
    }

    fn start_within(
        &self,
        key: &str,
        request: &str,
        timeout: Duration,
    ) -> JoinHandle<Result<Payload, Refusal>> {
        let dispatcher = Arc::clone(&self.dispatcher);
        let request = codec::with_key(codec::encode(request).unwrap(), key).unwrap();
        tokio::spawn(async move { dispatcher.dispatch(request, Call::for_tests(timeout)).await })
    }

    /// Makes a call whose handler does not wait.
    async fn call(&self, key: &str, request: &str) -> Result<Payload, Refusal> {
        self.runs.open.add_permits(1);
        self.start(key, request).await.unwrap()
    }

    async fn until_started(&self, runs: u32) {
        while self.runs.started() < runs {
            tokio::task::yield_now().await;
        }
    }
}

fn number(answer: Result<Payload, Refusal>) -> u32 {
    codec::decode(answer.unwrap()).unwrap()
}

fn code(answer: Result<Payload, Refusal>) -> String {
    answer.unwrap_err().code().to_owned()
}

#[tokio::test(start_paused = true)]
async fn fifty_calls_at_once_with_one_key_run_once_and_get_the_first_answer() {
    let service = memory();
    let calls: Vec<_> = (0..50).map(|_| service.start("a", "x")).collect();
    service.until_started(1).await;
    while service.keyed.stats().waited < 49 {
        tokio::task::yield_now().await;
    }
    service.runs.open.add_permits(50);
    for call in calls {
        assert_eq!(number(call.await.unwrap()), 1);
    }
    assert_eq!(service.runs.started(), 1);
    let stats = service.keyed.stats();
    assert_eq!((stats.first, stats.waited, stats.repeated), (1, 49, 0));
}

#[tokio::test(start_paused = true)]
async fn a_key_gives_the_first_answer_until_its_window_has_passed_since_that_answer() {
    let service = memory();
    let first = service.start("a", "x");
    service.until_started(1).await;
    advance(Duration::from_secs(5)).await;
    service.runs.open.add_permits(1);
    assert_eq!(number(first.await.unwrap()), 1);
    advance(WINDOW - Duration::from_millis(1)).await;
    assert_eq!(number(service.call("a", "x").await), 1);
    assert_eq!(number(service.call("b", "x").await), 2);
    advance(Duration::from_millis(1)).await;
    assert_eq!(number(service.call("a", "x").await), 3);
}

#[tokio::test(start_paused = true)]
async fn another_request_with_the_key_is_refused_while_the_first_runs_and_afterwards() {
    let service = memory();
    let first = service.start("a", "x");
    service.until_started(1).await;
    assert_eq!(code(service.start("a", "y").await.unwrap()), "key_reused");
    service.runs.open.add_permits(1);
    first.await.unwrap().unwrap();
    assert_eq!(code(service.call("a", "y").await), "key_reused");
    assert_eq!(service.keyed.stats().mismatched, 2);
    assert_eq!(service.runs.started(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_key_of_another_caller_is_another_key() {
    let id = |caller, procedure, key| {
        CallId::new(
            crate::capability::NodeId::from_bytes([caller; 32]),
            procedure,
            key,
        )
    };
    let first = id(1, "org/pay", "a");
    assert_eq!(first, id(1, "org/pay", "a"));
    for other in [
        id(2, "org/pay", "a"),
        id(1, "org/pay_v2", "a"),
        id(1, "org/pay", "b"),
    ] {
        assert_ne!(first, other);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_handler_is_repeated_unless_it_says_that_a_retry_can_succeed() {
    let service = memory();
    for _ in 0..2 {
        let refusal = service.call("a", "refuse").await.unwrap_err();
        assert_eq!(refusal.to_string(), "sold_out: run 1");
    }
    let refusal = service.call("b", "retry").await.unwrap_err();
    assert_eq!(refusal.code(), "later");
    let runs = service.runs.started();
    service.call("b", "retry").await.unwrap_err();
    assert_eq!(service.runs.started(), runs + 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_decode_leaves_its_key_free() {
    let service = memory();
    for _ in 0..2 {
        let mut request = codec::with_key(codec::encode(&7).unwrap(), "a").unwrap();
        let call = Call::for_tests(Duration::from_secs(60));
        let refused = service
            .dispatcher
            .dispatch(std::mem::take(&mut request), call);
        assert_eq!(code(refused.await), "invalid_request");
    }
    assert_eq!(number(service.call("a", "x").await), 1);
    assert_eq!(service.keyed.stats().first, 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_found_no_permit_leaves_its_key_free_and_a_waiting_repeat_runs() {
    let limits = Limits {
        concurrency: Some(1),
        queue: Some(0),
        ..Limits::UNSET
    };
    let service = with_limits(KeyedCalls::default(), DedupeStore::Memory, limits);
    let running = service.start("a", "x");
    service.until_started(1).await;
    assert_eq!(code(service.start("b", "x").await.unwrap()), "busy");
    // A repeat that waits needs no permit.
    let repeat = service.start("a", "x");
    while service.keyed.stats().waited < 1 {
        tokio::task::yield_now().await;
    }
    service.runs.open.add_permits(1);
    assert_eq!(number(running.await.unwrap()), 1);
    assert_eq!(number(repeat.await.unwrap()), 1);
    assert_eq!(number(service.call("b", "x").await), 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_panic_or_a_timeout_the_outcome_is_unknown_and_the_handler_does_not_run_again() {
    let service = memory();
    let (first, repeat) = (service.start("a", "panic"), service.start("a", "panic"));
    service.runs.open.add_permits(1);
    assert_eq!(code(first.await.unwrap()), "panicked");
    assert_eq!(code(repeat.await.unwrap()), "outcome_unknown");
    assert_eq!(code(service.call("a", "panic").await), "outcome_unknown");
    service.runs.open.forget_permits(1);
    let timeout = service.dispatcher.guard.timeout;
    let late = service.start_within("b", "x", 10 * timeout);
    assert_eq!(code(late.await.unwrap()), "timeout");
    assert_eq!(
        code(service.start("b", "x").await.unwrap()),
        "outcome_unknown"
    );
    assert_eq!(service.runs.started(), 2);
    advance(WINDOW).await;
    assert_eq!(number(service.call("b", "x").await), 3);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_does_not_end_the_first_call() {
    let service = memory();
    let short = service.start_within("a", "x", Duration::from_millis(500));
    service.until_started(1).await;
    let twin = service.start_within("a", "x", Duration::from_millis(900));
    let dropped = service.start("a", "x");
    while service.keyed.stats().waited < 2 {
        tokio::task::yield_now().await;
    }
    dropped.abort();
    for call in [short, twin] {
        assert_eq!(code(call.await.unwrap()), "timeout");
    }
    service.runs.open.add_permits(1);
    assert_eq!(number(service.start("a", "x").await.unwrap()), 1);
    assert_eq!(service.runs.started(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_the_first_call_and_its_repeats() {
    let service = memory();
    let first = service.start("a", "x");
    service.until_started(1).await;
    let repeat = service.start("a", "x");
    while service.keyed.stats().waited < 1 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let mut idle = Box::pin(service.in_flight.idle());
    assert!(futures_util::poll!(&mut idle).is_pending());
    service.runs.open.add_permits(1);
    idle.await;
    assert_eq!(number(repeat.await.unwrap()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_cancels_the_first_call_answers_its_repeats() {
    let service = memory();
    let first = service.start("a", "x");
    service.until_started(1).await;
    let repeat = service.start("a", "x");
    while service.keyed.stats().waited < 1 {
        tokio::task::yield_now().await;
    }
    service.in_flight.cancel_all();
    assert_eq!(code(first.await.unwrap()), "shutting_down");
    assert_eq!(code(repeat.await.unwrap()), "outcome_unknown");
}

#[tokio::test(start_paused = true)]
async fn a_full_table_refuses_new_keys_until_a_window_has_passed_and_forgets_none() {
    let of_keys = KeyedBounds {
        keys: 2,
        ..KeyedBounds::DEFAULT
    };
    let of_bytes = KeyedBounds {
        bytes: OVERHEAD + MAX_ANSWER + 2 * (OVERHEAD + 1) - 1,
        ..KeyedBounds::DEFAULT
    };
    for bounds in [of_keys, of_bytes] {
        let service = service(KeyedCalls::with(bounds, None), DedupeStore::Memory);
        service.call("a", "x").await.unwrap();
        advance(WINDOW / 2).await;
        service.call("b", "x").await.unwrap();
        let full = service.call("c", "x").await.unwrap_err();
        assert_eq!((full.code(), full.retry_after()), ("busy", Some(MAX_RETRY)));
        for (key, run) in [("a", 1), ("b", 2)] {
            assert_eq!(number(service.call(key, "x").await), run);
        }
        advance(WINDOW / 2).await;
        assert_eq!(number(service.call("c", "x").await), 3);
        let stats = service.keyed.stats();
        assert_eq!((stats.keys, stats.full), (2, 1));
        assert_eq!(stats.bytes, 2 * (OVERHEAD + 1));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_large_to_keep_reaches_only_those_that_wait_for_it() {
    let service = memory();
    let calls = [(); 2].map(|()| service.start("a", "large"));
    service.runs.open.add_permits(1);
    for call in calls {
        let answer: String = codec::decode(call.await.unwrap().unwrap()).unwrap();
        assert_eq!(answer.len() as u64, MAX_ANSWER);
    }
    assert_eq!(code(service.call("a", "large").await), "answer_not_kept");
    assert_eq!(service.runs.started(), 1);
}

#[tokio::test]
async fn a_key_is_refused_where_it_does_not_hold() {
    let service = memory();
    let plain = Dispatcher::new(
        Capability {
            dedupe: None,
            ..service.dispatcher.capability
        },
        Arc::default(),
        InFlight::default(),
        KeyedCalls::default(),
    );
    let call = || Call::for_tests(Duration::from_secs(60));
    let request = codec::with_key(codec::encode("x").unwrap(), "a").unwrap();
    let refused = Arc::new(plain).dispatch(request, call()).await;
    assert_eq!(code(refused), "key_unsupported");
    let bad = codec::encode(&std::collections::BTreeMap::from([("$key", "")])).unwrap();
    let refused = service.dispatcher.dispatch(bad, call()).await;
    assert_eq!(code(refused), "invalid_key");
    assert_eq!(service.runs.started(), 0);
}

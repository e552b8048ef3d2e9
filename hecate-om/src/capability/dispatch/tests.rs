use super::*;
use crate::capability::{HandlerFuture, Limits, StateRequirement};

fn capability(invoke: fn(Invocation) -> HandlerFuture) -> Capability {
    Capability {
        needs: const { &[StateRequirement::new::<()>()] },
        ..Capability::new("test.run", invoke)
    }
}

fn dispatcher(capability: Capability) -> Arc<Dispatcher> {
    let keyed = KeyedCalls::default();
    Arc::new(Dispatcher::new(
        capability,
        Arc::default(),
        InFlight::default(),
        keyed,
    ))
}

async fn run(dispatcher: &Arc<Dispatcher>, payload: Payload) -> Result<Payload, Refusal> {
    dispatcher
        .dispatch(payload, Call::for_tests(Duration::from_secs(60)))
        .await
}

fn ended(dispatcher: &Dispatcher, outcome: &str) -> u64 {
    let mut ended = dispatcher.metrics.ended();
    ended.find(|(name, _)| *name == outcome).unwrap().1
}

fn echo(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let text: String = invocation.payload()?;
        codec::encode(&text).map_err(|e| Refusal::new("invalid_response", e.to_string()))
    })
}

fn forever(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(std::future::pending())
}

fn panics(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async { panic!("a secret") })
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
async fn a_payload_above_the_limit_is_refused_with_the_text_of_hecate_om_in_erlang() {
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
            !refusal.text().contains("a secret"),
            "the panic's message is only in the log"
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
async fn a_call_that_a_drain_cancels_is_refused() {
    let dispatcher = dispatcher(capability(forever));
    let running = Arc::clone(&dispatcher);
    let call = tokio::spawn(async move { run(&running, Payload::default()).await });
    while dispatcher.in_flight.len() == 0 {
        tokio::task::yield_now().await;
    }
    dispatcher.in_flight.cancel_all();
    assert_eq!(call.await.unwrap().unwrap_err().code(), "shutting_down");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_outlives_its_callers_deadline_is_dropped() {
    let dispatcher = dispatcher(capability(forever));
    let refusal = dispatcher
        .dispatch(Payload::default(), Call::for_tests(Duration::from_secs(2)))
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "timeout");
}

#[tokio::test]
async fn a_call_above_the_concurrency_is_refused_with_retry_after() {
    let dispatcher = dispatcher(Capability {
        limits: Limits {
            concurrency: Some(1),
            queue: Some(0),
            ..Limits::UNSET
        },
        ..capability(forever)
    });
    let first = Arc::clone(&dispatcher);
    let first = tokio::spawn(async move { run(&first, Payload::default()).await });
    while dispatcher.in_flight.len() == 0 {
        tokio::task::yield_now().await;
    }
    let refusal = run(&dispatcher, Payload::default()).await.unwrap_err();
    assert_eq!(
        refusal.to_detail(),
        "busy; retry_after_ms=200: 1 calls are running and 0 are waiting"
    );
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    dispatcher.in_flight.idle().await;
}

#[tokio::test]
async fn calls_made_by_a_handler_inherit_its_deadline() {
    fn reports(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(async {
            let within = inherited_timeout().map(|timeout| timeout <= Duration::from_secs(10));
            codec::encode(&within).map_err(|e| Refusal::new("x", e.to_string()))
        })
    }
    assert_eq!(inherited_timeout(), None);
    let dispatcher = dispatcher(capability(reports));
    let answer = dispatcher
        .dispatch(Payload::default(), Call::for_tests(Duration::from_secs(10)))
        .await
        .unwrap();
    assert_eq!(codec::decode::<Option<bool>>(answer).unwrap(), Some(true));
}

/// Context of the last call.
static SEEN: std::sync::Mutex<Option<Call>> = std::sync::Mutex::new(None);

#[tokio::test(start_paused = true)]
async fn work_that_a_handler_spawned_is_notified_when_the_call_is_cancelled() {
    fn seen(then: fn(Invocation) -> HandlerFuture) -> impl Fn(Invocation) -> HandlerFuture {
        move |invocation| {
            *SEEN.lock().unwrap() = Some(invocation.call().clone());
            then(invocation)
        }
    }
    fn answers(i: Invocation) -> HandlerFuture {
        seen(echo)(i)
    }
    fn hangs(i: Invocation) -> HandlerFuture {
        seen(forever)(i)
    }
    fn fails(i: Invocation) -> HandlerFuture {
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

    let hanging = dispatcher(capability(hangs));
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
    hanging.in_flight.cancel_all();
    assert!(call().is_cancelled(), "the service stops");
    drained.abort();
}

#[test]
fn only_the_capabilitys_own_timeout_concerns_the_operator() {
    let dispatcher = dispatcher(capability(forever));
    let timeout = dispatcher.guard.timeout;
    assert!(dispatcher.timed_out(timeout).log_detail().is_some());
    let earlier = timeout - Duration::from_millis(1);
    assert!(dispatcher.timed_out(earlier).log_detail().is_none());
}

#[test]
fn a_handler_has_nine_tenths_of_a_short_deadline() {
    let call = Call::for_tests(Duration::from_millis(500));
    let most = call.remaining();
    let budget = time_budget(call.remaining()).unwrap();
    let least = call.remaining();
    assert!((least - least / 10..=most - most / 10).contains(&budget));
    let none = time_budget(Duration::ZERO).unwrap_err();
    assert_eq!(none.code(), "timeout");
}

#[tokio::test]
async fn a_call_made_by_a_handler_has_nine_tenths_of_its_short_deadline() {
    assert_eq!(inherited_timeout(), None, "outside of a handler");
    let end = Instant::now() + Duration::from_millis(200);
    let remaining = || end.saturating_duration_since(Instant::now());
    let most = remaining();
    let inherited = with_deadline(Some(end), async { inherited_timeout() });
    let inherited = inherited.await.unwrap();
    let least = remaining();
    assert!((least - least / 10..=most - most / 10).contains(&inherited));
}

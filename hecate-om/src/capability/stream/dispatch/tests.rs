use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

use super::*;
use crate::capability::stream::StreamClosed;
use crate::capability::{Capability, HandlerFuture, InFlight, KeyedCalls, Kind, Limits};

/// A caller in the same process: the items that it streams, and the channel for the handler's
/// items.
#[derive(Debug)]
struct Caller {
    items: tokio::sync::Mutex<mpsc::UnboundedReceiver<Result<Option<Payload>, StreamClosed>>>,
    received: mpsc::Sender<Payload>,
}

type CallerItems = mpsc::UnboundedSender<Result<Option<Payload>, StreamClosed>>;

fn caller(
    window: usize,
) -> (
    CallerItems,
    Box<dyn StreamTransport>,
    mpsc::Receiver<Payload>,
) {
    let (items, sent) = mpsc::unbounded_channel();
    let (received, responses) = mpsc::channel(window);
    let caller = Caller {
        items: tokio::sync::Mutex::new(sent),
        received,
    };
    (items, Box::new(caller), responses)
}

impl StreamTransport for Caller {
    fn send(
        &self,
        item: Payload,
    ) -> Pin<Box<dyn Future<Output = Result<(), StreamClosed>> + Send + '_>> {
        Box::pin(async move {
            self.received
                .send(item)
                .await
                .map_err(|_| StreamClosed(None))
        })
    }

    fn next(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Payload>, StreamClosed>> + Send + '_>> {
        Box::pin(async move {
            self.items
                .lock()
                .await
                .recv()
                .await
                .unwrap_or(Err(StreamClosed(None)))
        })
    }
}

fn dispatcher(
    kind: Kind,
    limits: Limits,
    invoke: fn(Invocation) -> HandlerFuture,
) -> Arc<Dispatcher> {
    let capability = Capability {
        kind,
        limits,
        ..Capability::new("test.run", invoke)
    };
    Arc::new(Dispatcher::new(
        capability,
        Arc::default(),
        InFlight::default(),
        KeyedCalls::default(),
    ))
}

async fn run(dispatcher: &Dispatcher, transport: Box<dyn StreamTransport>) -> StreamEnd {
    let call = Call::for_tests(Duration::from_secs(60));
    let opening = codec::encode(&3_u64).unwrap();
    dispatcher
        .run_stream(opening, call, transport, async |end| end)
        .await
}

fn refused(end: &StreamEnd) -> &str {
    match end {
        StreamEnd::Refused(refusal) => refusal.code(),
        other => panic!("not refused: {other:?}"),
    }
}

fn ended(dispatcher: &Dispatcher, outcome: &str) -> u64 {
    let mut ended = dispatcher.metrics.ended();
    ended.find(|(name, _)| *name == outcome).unwrap().1
}

fn reply(item: u64) -> Result<Payload, Refusal> {
    crate::capability::reply::<u64, Refusal>(Ok(item))
}

/// Streams all numbers below the request.
fn counts(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let to = invocation.payload::<u64>()?;
        invocation.answer(stream::iter(0..to), reply).await
    })
}

fn adds(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let mut numbers = invocation.inbound::<u64>()?;
        let mut sum = 0;
        while let Some(number) = numbers.next().await {
            sum += number;
        }
        assert_eq!(numbers.next().await, None, "the end is final");
        reply(sum)
    })
}

fn hangs(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let silence = stream::once(async { 1 }).chain(stream::pending());
        invocation.answer(silence, reply).await
    })
}

fn panics(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let items = stream::iter(0..2).map(|n| if n == 1 { panic!("on purpose") } else { n });
        invocation.answer(items, reply).await
    })
}

#[tokio::test]
async fn a_stream_sends_its_items_ends_and_is_counted() {
    let dispatcher = dispatcher(Kind::ServerStreaming, Limits::UNSET, counts);
    let (_items, transport, mut responses) = caller(8);
    assert!(matches!(
        run(&dispatcher, transport).await,
        StreamEnd::Done(_)
    ));
    for n in 0..3_u64 {
        assert_eq!(responses.recv().await, Some(codec::encode(&n).unwrap()));
    }
    assert_eq!(responses.recv().await, None);
    let sent = &dispatcher.items.sent;
    assert_eq!((sent.items(), sent.bytes()), (3, 3));
    assert_eq!(ended(&dispatcher, "ok"), 1);
    assert_eq!(dispatcher.in_flight.len(), 0);
}

#[tokio::test]
async fn a_client_stream_is_answered_once_the_caller_has_finished_it() {
    let dispatcher = dispatcher(Kind::ClientStreaming, Limits::UNSET, adds);
    let (items, transport, _responses) = caller(8);
    for n in 1..=4_u64 {
        items.send(Ok(Some(codec::encode(&n).unwrap()))).unwrap();
    }
    for _ in 0..2 {
        items.send(Ok(None)).unwrap();
    }
    match run(&dispatcher, transport).await {
        StreamEnd::Done(answer) => assert_eq!(codec::decode::<u64>(answer).unwrap(), 10),
        other => panic!("{other:?}"),
    }
    assert_eq!(dispatcher.items.received.items(), 4);
}

#[tokio::test]
async fn an_item_of_another_type_or_too_large_refuses_the_stream() {
    let limits = Limits {
        max_bytes: Some(8),
        ..Limits::UNSET
    };
    let dispatcher = dispatcher(Kind::ClientStreaming, limits, adds);
    for (item, code) in [
        (codec::encode("text").unwrap(), "invalid_request"),
        (codec::encode("far too long").unwrap(), "payload_too_large"),
    ] {
        let (items, transport, _responses) = caller(8);
        items.send(Ok(Some(item))).unwrap();
        items.send(Ok(None)).unwrap();
        let end = run(&dispatcher, transport).await;
        assert_eq!(refused(&end), code);
        assert_eq!(ended(&dispatcher, code), 1);
    }
    assert_eq!(dispatcher.guard.counts().denied_size, 1);
}

#[tokio::test]
async fn the_handler_is_dropped_if_its_caller_disconnects() {
    let dispatcher = dispatcher(Kind::ClientStreaming, Limits::UNSET, adds);
    let (items, transport, _responses) = caller(8);
    items
        .send(Ok(Some(codec::encode(&1_u64).unwrap())))
        .unwrap();
    items.send(Err(StreamClosed(None))).unwrap();
    assert!(matches!(
        run(&dispatcher, transport).await,
        StreamEnd::CallerLeft
    ));
    let (_items, transport, responses) = caller(8);
    drop(responses);
    let dispatcher = self::dispatcher(Kind::ServerStreaming, Limits::UNSET, counts);
    assert!(matches!(
        run(&dispatcher, transport).await,
        StreamEnd::CallerLeft
    ));
    assert_eq!(ended(&dispatcher, "cancelled"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_limited_by_its_timeout_only_if_one_is_set() {
    let limits = Limits {
        timeout_ms: Some(1_500),
        ..Limits::UNSET
    };
    let (_items, transport, _responses) = caller(8);
    let end = run(&dispatcher(Kind::ServerStreaming, limits, hangs), transport).await;
    assert_eq!(refused(&end), "timeout");

    let unlimited = dispatcher(Kind::ServerStreaming, Limits::UNSET, hangs);
    let (_items, transport, _responses) = caller(8);
    let running = run(&unlimited, transport);
    let month = Duration::from_secs(30 * 24 * 60 * 60);
    assert!(tokio::time::timeout(month, running).await.is_err());
}

#[tokio::test]
async fn a_panic_in_the_stream_is_a_refusal() {
    let dispatcher = dispatcher(Kind::ServerStreaming, Limits::UNSET, panics);
    let (_items, transport, mut responses) = caller(8);
    assert_eq!(refused(&run(&dispatcher, transport).await), "panicked");
    assert!(responses.recv().await.is_some());
}

#[tokio::test]
async fn a_stream_keeps_its_permit_and_a_drain_refuses_it() {
    let limits = Limits {
        concurrency: Some(1),
        queue: Some(0),
        ..Limits::UNSET
    };
    let dispatcher = dispatcher(Kind::ServerStreaming, limits, hangs);
    let (_items, transport, mut responses) = caller(8);
    let first = Arc::clone(&dispatcher);
    let first = tokio::spawn(async move { run(&first, transport).await });
    assert!(responses.recv().await.is_some());
    let (_items, transport, _responses) = caller(8);
    assert_eq!(refused(&run(&dispatcher, transport).await), "busy");
    assert!(dispatcher.in_flight.progress().awaited);
    dispatcher.in_flight.cancel_all();
    assert_eq!(refused(&first.await.unwrap()), "shutting_down");
}

#[tokio::test]
async fn a_stream_is_in_flight_until_its_end_is_reported() {
    let dispatcher = dispatcher(Kind::ServerStreaming, Limits::UNSET, counts);
    let (_items, transport, _responses) = caller(8);
    let (report, reported) = tokio::sync::oneshot::channel::<()>();
    let call = Call::for_tests(Duration::from_secs(60));
    let opening = codec::encode(&3_u64).unwrap();
    let running = dispatcher.run_stream(opening, call, transport, async |end| {
        reported.await.unwrap();
        end
    });
    tokio::pin!(running);
    while futures_util::poll!(&mut running).is_pending() && dispatcher.metrics.running() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(dispatcher.in_flight.len(), 1);
    report.send(()).unwrap();
    assert!(matches!(running.await, StreamEnd::Done(_)));
    assert_eq!(dispatcher.in_flight.len(), 0);
}

/// Context of the last call.
static SEEN: Mutex<Option<Call>> = Mutex::new(None);

#[tokio::test]
async fn work_that_a_handler_spawned_is_notified_only_if_the_stream_is_dropped() {
    fn seen(invocation: Invocation) -> HandlerFuture {
        *SEEN.lock().unwrap() = Some(invocation.call().clone());
        counts(invocation)
    }
    let call = || SEEN.lock().unwrap().clone().expect("a handler ran");
    let dispatcher = dispatcher(Kind::ServerStreaming, Limits::UNSET, seen);
    let (_items, transport, _responses) = caller(8);
    run(&dispatcher, transport).await;
    assert!(!call().is_cancelled(), "it ended well");

    let (_items, transport, mut responses) = caller(1);
    let running = Arc::clone(&dispatcher);
    let running = tokio::spawn(async move { run(&running, transport).await });
    assert!(responses.recv().await.is_some());
    assert!(!call().is_cancelled());
    running.abort();
    call().cancelled().await;
}

/// Refusals and sizes of the replies that the layer has seen; `None` for a response.
static REPLIES: Mutex<Vec<(Option<String>, u64)>> = Mutex::new(Vec::new());

async fn watches(call: &Call, next: crate::capability::Next<'_>) -> crate::capability::Reply {
    let reply = next.run(call).await;
    let seen = match &reply {
        Ok(response) => (None, response.bytes()),
        Err(refusal) => (Some(refusal.code().to_owned()), 0),
    };
    REPLIES.lock().unwrap().push(seen);
    reply
}

fn refuses_later(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let to = invocation.payload::<u64>()?;
        let numbers = stream::iter(0..to);
        let refused = |_| Err(Refusal::new("tired", ""));
        invocation.answer(numbers, refused).await
    })
}

#[tokio::test]
async fn a_layer_sees_a_stream_of_each_kind_from_its_opening_to_its_end() {
    let layered = |kind, invoke| {
        let capability = Capability {
            kind,
            layers: const {
                &[crate::capability::Layer {
                    name: "watches",
                    function: &crate::capability::LayerFunction::new(watches),
                }]
            },
            ..Capability::new("test.run", invoke)
        };
        Dispatcher::new(
            capability,
            Arc::default(),
            InFlight::default(),
            KeyedCalls::default(),
        )
    };
    let empty = codec::encoded_len(&Payload::default());
    let (items, transport, mut received) = caller(8);
    let end = run(&layered(Kind::ServerStreaming, counts), transport).await;
    assert!(matches!(end, StreamEnd::Done(_)), "{end:?}");
    assert_eq!(received.recv().await, Some(reply(0).unwrap()));
    drop(items);

    let (items, transport, _received) = caller(8);
    for item in [Some(reply(3).unwrap()), Some(reply(4).unwrap()), None] {
        items.send(Ok(item)).unwrap();
    }
    let end = run(&layered(Kind::ClientStreaming, adds), transport).await;
    assert!(matches!(end, StreamEnd::Done(sum) if sum == reply(7).unwrap()));

    let (_items, transport, _received) = caller(8);
    let end = run(&layered(Kind::Bidirectional, refuses_later), transport).await;
    assert_eq!(refused(&end), "tired");
    let seen = std::mem::take(&mut *REPLIES.lock().unwrap());
    let sum = codec::encoded_len(&reply(7).unwrap());
    assert_eq!(
        seen,
        [(None, empty), (None, sum), (Some("tired".into()), 0)]
    );

    let (items, transport, _received) = caller(8);
    items.send(Err(StreamClosed(None))).unwrap();
    let end = run(&layered(Kind::ClientStreaming, adds), transport).await;
    assert!(matches!(end, StreamEnd::CallerLeft), "{end:?}");
    assert!(REPLIES.lock().unwrap().is_empty(), "the layer was dropped");
}

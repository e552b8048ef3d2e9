use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

use super::*;
use crate::capability::stream::Ended;
use crate::capability::{Capability, HandlerFuture, InFlight, Kind, Limits};

/// A caller in the same process: what it sends, and what it is sent.
#[derive(Debug)]
struct Caller {
    sends: tokio::sync::Mutex<mpsc::UnboundedReceiver<Result<Option<Payload>, Ended>>>,
    sent: mpsc::Sender<Payload>,
}

type Sends = mpsc::UnboundedSender<Result<Option<Payload>, Ended>>;

fn caller(room: usize) -> (Sends, Box<dyn Wire>, mpsc::Receiver<Payload>) {
    let (sends, sending) = mpsc::unbounded_channel();
    let (sent, reads) = mpsc::channel(room);
    let caller = Caller {
        sends: tokio::sync::Mutex::new(sending),
        sent,
    };
    (sends, Box::new(caller), reads)
}

impl Wire for Caller {
    fn send(&self, item: Payload) -> Pin<Box<dyn Future<Output = Result<(), Ended>> + Send + '_>> {
        Box::pin(async move { self.sent.send(item).await.map_err(|_| Ended(None)) })
    }

    fn next(&self) -> Pin<Box<dyn Future<Output = Result<Option<Payload>, Ended>> + Send + '_>> {
        Box::pin(async move {
            self.sends
                .lock()
                .await
                .recv()
                .await
                .unwrap_or(Err(Ended(None)))
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
    ))
}

async fn run(dispatcher: &Dispatcher, wire: Box<dyn Wire>) -> StreamEnd {
    let call = Call::for_tests(Duration::from_secs(60));
    let opening = codec::encode(&3_u64).unwrap();
    dispatcher
        .run_stream(opening, call, wire, async |end| end)
        .await
}

fn refused(end: &StreamEnd) -> &str {
    match end {
        StreamEnd::Refused(refusal) => refusal.code(),
        other => panic!("not refused: {other:?}"),
    }
}

fn ended(dispatcher: &Dispatcher, outcome: &str) -> u64 {
    let mut ended = dispatcher.tally.ended();
    ended.find(|(name, _)| *name == outcome).unwrap().1
}

fn reply(item: u64) -> Result<Payload, Refusal> {
    crate::capability::reply::<u64, Refusal>(Ok(item))
}

/// Counts to the number it was opened with, and then as it is told.
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
        assert_eq!(numbers.next().await, None, "an end stays one");
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
        let items = stream::iter(0..2).map(|n| if n == 1 { panic!("as told") } else { n });
        invocation.answer(items, reply).await
    })
}

#[tokio::test]
async fn a_stream_brings_its_items_and_ends_and_is_counted() {
    let dispatcher = dispatcher(Kind::ServerStreaming, Limits::UNSET, counts);
    let (_sends, wire, mut reads) = caller(8);
    assert!(matches!(run(&dispatcher, wire).await, StreamEnd::Done(_)));
    for n in 0..3_u64 {
        assert_eq!(reads.recv().await, Some(codec::encode(&n).unwrap()));
    }
    assert_eq!(reads.recv().await, None);
    let sent = &dispatcher.items.sent;
    assert_eq!((sent.items(), sent.bytes()), (3, 3));
    assert_eq!(ended(&dispatcher, "ok"), 1);
    assert_eq!(dispatcher.in_flight.len(), 0);
}

#[tokio::test]
async fn what_a_caller_sends_is_answered_once_it_says_that_it_has_sent_all() {
    let dispatcher = dispatcher(Kind::ClientStreaming, Limits::UNSET, adds);
    let (sends, wire, _reads) = caller(8);
    for n in 1..=4_u64 {
        sends.send(Ok(Some(codec::encode(&n).unwrap()))).unwrap();
    }
    for _ in 0..2 {
        sends.send(Ok(None)).unwrap();
    }
    match run(&dispatcher, wire).await {
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
        let (sends, wire, _reads) = caller(8);
        sends.send(Ok(Some(item))).unwrap();
        sends.send(Ok(None)).unwrap();
        let end = run(&dispatcher, wire).await;
        assert_eq!(refused(&end), code);
        assert_eq!(ended(&dispatcher, code), 1);
    }
    assert_eq!(dispatcher.guard.counts().denied_size, 1);
}

#[tokio::test]
async fn a_caller_that_leaves_in_the_middle_has_the_handler_dropped() {
    let dispatcher = dispatcher(Kind::ClientStreaming, Limits::UNSET, adds);
    let (sends, wire, _reads) = caller(8);
    sends
        .send(Ok(Some(codec::encode(&1_u64).unwrap())))
        .unwrap();
    sends.send(Err(Ended(None))).unwrap();
    assert!(matches!(run(&dispatcher, wire).await, StreamEnd::Left));
    let (_sends, wire, reads) = caller(8);
    drop(reads);
    let dispatcher = self::dispatcher(Kind::ServerStreaming, Limits::UNSET, counts);
    assert!(matches!(run(&dispatcher, wire).await, StreamEnd::Left));
    assert_eq!(ended(&dispatcher, "cancelled"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_lasts_as_long_as_its_timeout_says_and_else_as_long_as_it_takes() {
    let limits = Limits {
        timeout_ms: Some(1_500),
        ..Limits::UNSET
    };
    let (_sends, wire, _reads) = caller(8);
    let end = run(&dispatcher(Kind::ServerStreaming, limits, hangs), wire).await;
    assert_eq!(refused(&end), "timeout");

    let unlimited = dispatcher(Kind::ServerStreaming, Limits::UNSET, hangs);
    let (_sends, wire, _reads) = caller(8);
    let running = run(&unlimited, wire);
    let month = Duration::from_secs(30 * 24 * 60 * 60);
    assert!(tokio::time::timeout(month, running).await.is_err());
}

#[tokio::test]
async fn a_panic_in_the_stream_is_a_refusal() {
    let dispatcher = dispatcher(Kind::ServerStreaming, Limits::UNSET, panics);
    let (_sends, wire, mut reads) = caller(8);
    assert_eq!(refused(&run(&dispatcher, wire).await), "panicked");
    assert!(reads.recv().await.is_some());
}

#[tokio::test]
async fn a_stream_holds_its_place_and_a_drain_tells_it() {
    let limits = Limits {
        concurrency: Some(1),
        queue: Some(0),
        ..Limits::UNSET
    };
    let dispatcher = dispatcher(Kind::ServerStreaming, limits, hangs);
    let (_sends, wire, mut reads) = caller(8);
    let first = Arc::clone(&dispatcher);
    let first = tokio::spawn(async move { run(&first, wire).await });
    assert!(reads.recv().await.is_some());
    let (_sends, wire, _reads) = caller(8);
    assert_eq!(refused(&run(&dispatcher, wire).await), "busy");
    assert!(dispatcher.in_flight.progress().awaited);
    dispatcher.in_flight.give_up();
    assert_eq!(refused(&first.await.unwrap()), "shutting_down");
}

#[tokio::test]
async fn a_stream_is_in_flight_until_its_caller_is_told_how_it_ended() {
    let dispatcher = dispatcher(Kind::ServerStreaming, Limits::UNSET, counts);
    let (_sends, wire, _reads) = caller(8);
    let (told, tells) = tokio::sync::oneshot::channel::<()>();
    let call = Call::for_tests(Duration::from_secs(60));
    let opening = codec::encode(&3_u64).unwrap();
    let running = dispatcher.run_stream(opening, call, wire, async |end| {
        tells.await.unwrap();
        end
    });
    tokio::pin!(running);
    while futures_util::poll!(&mut running).is_pending() && dispatcher.tally.running() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(dispatcher.in_flight.len(), 1);
    told.send(()).unwrap();
    assert!(matches!(running.await, StreamEnd::Done(_)));
    assert_eq!(dispatcher.in_flight.len(), 0);
}

/// The call that the handler below was given.
static SEEN: Mutex<Option<Call>> = Mutex::new(None);

#[tokio::test]
async fn what_a_handler_spawned_is_told_when_the_stream_is_dropped_and_not_when_it_ends_well() {
    fn seen(invocation: Invocation) -> HandlerFuture {
        *SEEN.lock().unwrap() = Some(invocation.call().clone());
        counts(invocation)
    }
    let call = || SEEN.lock().unwrap().clone().expect("a handler ran");
    let dispatcher = dispatcher(Kind::ServerStreaming, Limits::UNSET, seen);
    let (_sends, wire, _reads) = caller(8);
    run(&dispatcher, wire).await;
    assert!(!call().is_cancelled(), "it ended well");

    let (_sends, wire, mut reads) = caller(1);
    let running = Arc::clone(&dispatcher);
    let running = tokio::spawn(async move { run(&running, wire).await });
    assert!(reads.recv().await.is_some());
    assert!(!call().is_cancelled());
    running.abort();
    call().cancelled().await;
}

//! Streams over a station, between two nodes in one process.

mod budget;
mod dropped_sends;
mod link_limit;
mod new_key;
mod other_implementations;
mod partial_uploads;
mod reopening;
mod sizes;

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::Refusal;
use crate::capability::{
    Callable, Capability, Confidential, HandlerFuture, Invocation, Kind, Limits, Schemas, kind,
};
use crate::mesh::CallError;
use crate::mesh::nodes::{node, station};

/// Returns the output of the future, or fails the test if the future hangs.
async fn in_time<T>(of: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(Duration::from_secs(180), of).await;
    done.expect("it does not hang")
}

fn capability(
    kind: Kind,
    name: &'static str,
    invoke: fn(Invocation) -> HandlerFuture,
) -> Capability {
    Capability {
        kind,
        limits: Limits {
            max_bytes: Some(16 * 1024 * 1024),
            ..Limits::UNSET
        },
        ..Capability::new(name, invoke)
    }
}

/// Responds with a text of each requested length.
fn texts(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let lengths = invocation.payload::<Vec<usize>>()?;
        let texts = stream::iter(lengths).map(|length| "x".repeat(length));
        let encode = |text| crate::capability::reply::<String, Refusal>(Ok(text));
        invocation.answer(texts, encode).await
    })
}

/// Responds with the lengths of the received texts.
fn lengths(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let mut texts = invocation.inbound::<String>()?;
        let mut lengths = Vec::new();
        while let Some(text) = texts.next().await {
            lengths.push(text.len());
        }
        crate::capability::reply::<Vec<usize>, Refusal>(Ok(lengths))
    })
}

/// Echoes each text.
fn echoes(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let texts = invocation.inbound::<String>()?;
        let encode = |text| crate::capability::reply::<String, Refusal>(Ok(text));
        invocation.answer(texts, encode).await
    })
}

/// Number of items that the handler below has produced.
static PRODUCED: AtomicU64 = AtomicU64::new(0);

fn counts(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let to = invocation.payload::<u64>()?;
        let sealed = invocation.call().sealed();
        let items = stream::iter(0..to).map(|n| {
            PRODUCED.fetch_add(1, Ordering::Relaxed);
            (n, "x".repeat(64 * 1024))
        });
        if !sealed {
            return Err(Refusal::new("in_the_clear", ""));
        }
        let encode = |item| crate::capability::reply::<(u64, String), Refusal>(Ok(item));
        invocation.answer(items, encode).await
    })
}

fn adds(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let mut numbers = invocation.inbound::<u64>()?;
        let mut sum = 0;
        while let Some(number) = numbers.next().await {
            sum += number;
        }
        crate::capability::reply::<u64, Refusal>(Ok(sum))
    })
}

fn doubles(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let numbers = invocation.inbound::<u64>()?;
        let encode = |item| crate::capability::reply::<u64, Refusal>(Ok(item));
        invocation.answer(numbers.map(|n| 2 * n), encode).await
    })
}

/// Defines the type of a capability, as the attribute macro does.
macro_rules! callable {
    ($type:ident, $name:literal, $kind:ident, $confidential:literal, $request:ty, $inbound:ty, $response:ty) => {
        #[derive(Debug)]
        enum $type {}

        impl Callable for $type {
            const NAME: &'static str = $name;
            const VERSION: u32 = 1;
            const ORG: Option<&'static str> = Some("acme");
            const GATED: bool = false;
            const CONFIDENTIAL: bool = $confidential;
            const IDEMPOTENT: bool = false;
            const SCHEMAS: Schemas = Schemas::NONE;
            type Kind = kind::$kind;
            type Request = $request;
            type Inbound = $inbound;
            type Response = $response;
        }
    };
}

callable!(
    Counts,
    "counts",
    ServerStreaming,
    true,
    u64,
    kind::NoItems,
    (u64, String)
);
callable!(Adds, "adds", ClientStreaming, false, (), u64, u64);
callable!(Doubles, "doubles", Bidirectional, false, (), u64, u64);

#[tokio::test(flavor = "multi_thread")]
async fn streams_opened_by_type_are_sealed_if_required_and_slow_readers_hold_the_provider_back() {
    let station = station().await;
    let capabilities = vec![
        Capability {
            kind: Kind::ServerStreaming,
            confidential: Some(Confidential::Required),
            ..Capability::new("counts", counts)
        },
        Capability {
            kind: Kind::ClientStreaming,
            ..Capability::new("adds", adds)
        },
        Capability {
            kind: Kind::Bidirectional,
            ..Capability::new("doubles", doubles)
        },
    ];
    let provider = node(&station, "acme", true, capabilities).await;
    let caller = node(&station, "other", true, Vec::new()).await;

    let mut items = caller.mesh.open::<Counts>(&200).await.unwrap();
    let (first, _) = items.next().await.unwrap().unwrap();
    assert_eq!(first, 0);
    for expected in 1..200 {
        let (n, _) = items.next().await.unwrap().unwrap();
        assert_eq!(n, expected);
        let produced = PRODUCED.load(Ordering::Relaxed);
        assert!(
            produced <= expected + 63,
            "{produced} items of 68 KiB each are produced when {expected} are read; 60 of them fit the window"
        );
    }
    assert_eq!(items.next().await, None);

    let mut upload = caller.mesh.open::<Adds>(&()).await.unwrap();
    for number in 0..100 {
        upload.send(&number).await.unwrap();
    }
    assert_eq!(upload.finish().await, Ok(4_950));

    let (mut numbers, mut doubled) = caller.mesh.open::<Doubles>(&()).await.unwrap();
    for number in 0..10 {
        numbers.send(&number).await.unwrap();
        assert_eq!(doubled.next().await, Some(Ok(2 * number)));
    }
    numbers.finish().await.unwrap();
    assert_eq!(doubled.next().await, None);

    let open = caller.mesh.open::<Doubles>(&()).org("nobody").await;
    assert!(matches!(open, Err(CallError::NoProvider { .. })));

    caller.close().await;
    provider.close().await;
    station.close().await;
}

//! Capabilities with streams, and the progress of each stream.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hecate_om::{
    Call, JsonSchema, Mesh, Refusal, capability,
    stream::{Inbound, Stream},
};
use serde::{Deserialize, Serialize};

use crate::run_counts::RunCounts;

/// The progress of the streams, by the key in the request.
#[derive(Debug, Default)]
pub(crate) struct Streams(Mutex<BTreeMap<String, Progress>>);

/// The progress of the streams with one key.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
struct Progress {
    /// Items that the handler has produced or received.
    items: u64,
    /// Streams whose handler is running.
    open: u64,
    /// Streams whose spawned tasks were notified of the cancellation.
    cancelled: u64,
}

impl Streams {
    fn with_progress<T>(&self, key: &str, change: impl FnOnce(&mut Progress) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(key.to_owned()).or_default())
    }

    fn start(&self, key: String) -> OpenStream<'_> {
        self.with_progress(&key, |progress| progress.open += 1);
        OpenStream { streams: self, key }
    }
}

/// A stream whose handler is running.
struct OpenStream<'a> {
    streams: &'a Streams,
    key: String,
}

impl OpenStream<'_> {
    fn count_item(&self) {
        self.streams
            .with_progress(&self.key, |progress| progress.items += 1);
    }
}

impl Drop for OpenStream<'_> {
    fn drop(&mut self) {
        self.streams
            .with_progress(&self.key, |progress| progress.open -= 1);
    }
}

/// Returns the progress of the streams with the key.
#[capability("trial.streamed", version = 1, access = open)]
async fn streamed(streams: &Streams, key: String) -> Progress {
    streams.with_progress(&key, |progress| progress.clone())
}

/// The range and the size of the items to count.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Count {
    key: String,
    to: u64,
    /// The number of additional bytes in each item.
    #[serde(default)]
    padding: usize,
}

/// A counted number.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Counted {
    number: u64,
    padding: String,
}

/// Counts from 0 up to a number, exclusively, as fast as the items are read.
#[capability("trial.count_to", version = 1, access = open)]
async fn count_to(streams: &Streams, count: Count) -> impl Stream<Item = Counted> {
    let open = streams.start(count.key);
    stream::iter(0..count.to).map(move |number| {
        open.count_item();
        Counted {
            number,
            padding: "x".repeat(count.padding),
        }
    })
}

/// Counts from 0 up to a number, exclusively, for sealed requests only.
#[capability("trial.count_sealed", version = 1, access = open)]
async fn count_sealed(call: &Call, to: u64) -> Result<impl Stream<Item = u64>, Refusal> {
    if call.sealed() {
        Ok(stream::iter(0..to))
    } else {
        Err(Refusal::new("not_sealed", "the request is not sealed"))
    }
}

/// Counts from 0 up to a number, exclusively, for members only.
#[capability("trial.count_for_members", version = 1, access = realm_member("trial/count"))]
async fn count_for_members(
    call: &Call,
    to: u64,
) -> impl Stream<Item = (String, u64)> + Send + use<> {
    let caller = call.caller().to_string();
    stream::iter(0..to).map(move |number| (caller.clone(), number))
}

/// End of a count.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
enum End {
    /// Refused before the first item.
    Refused,
    /// Refused after three items.
    RefusedLate,
    /// With a panic after three items.
    Panics,
    /// Not at all, after three items.
    Hangs,
}

/// Counts to three, and ends as requested.
#[capability("trial.count_and_fail", version = 1, access = open, timeout = "2s")]
async fn count_and_fail(end: End) -> Result<impl Stream<Item = Result<u64, Refusal>>, Refusal> {
    if matches!(end, End::Refused) {
        return Err(Refusal::new("not_counting", "refused as requested")
            .with_retry_after(Duration::from_millis(1_500)));
    }
    let first = stream::iter(0..3).map(Ok);
    Ok(first.chain(stream::once(async move {
        match end {
            End::Panics => panic!("as requested"),
            End::Hangs => std::future::pending().await,
            _ => Err(Refusal::new("counted_out", "counted to three")),
        }
    })))
}

/// A number to add.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Number {
    number: u64,
    padding: String,
}

/// Returns the sum of the received numbers, once its key is released.
#[capability("trial.sum", version = 1, access = open, max_bytes = "8 KiB")]
async fn sum(
    streams: &Streams,
    run_counts: &RunCounts,
    key: String,
    mut numbers: Inbound<Number>,
) -> u64 {
    let open = streams.start(key.clone());
    run_counts.released(&key).await;
    let mut sum = 0;
    while let Some(Number { number, .. }) = numbers.next().await {
        open.count_item();
        sum += number;
    }
    sum
}

/// Echoes each word in capitals, up to `stop`.
#[capability("trial.shout", version = 1, access = open)]
async fn shout(
    streams: &Streams,
    key: String,
    words: Inbound<String>,
) -> impl Stream<Item = String> {
    let open = streams.start(key);
    words
        .take_while(|word| std::future::ready(word != "stop"))
        .map(move |word| {
            open.count_item();
            word.to_uppercase()
        })
}

/// Sends one item and then nothing, and counts the cancellation of its spawned task.
#[capability("trial.watch", version = 1, access = open)]
async fn watch(streams: &Arc<Streams>, call: &Call, key: String) -> impl Stream<Item = u64> {
    let (shared, call) = (Arc::clone(streams), call.clone());
    let open = streams.start(key.clone());
    tokio::spawn(async move {
        call.cancelled().await;
        shared.with_progress(&key, |progress| progress.cancelled += 1);
    });
    open.count_item();
    // The closure keeps the stream open.
    stream::iter([1])
        .chain(stream::pending())
        .map(move |number| {
            let _ = &open;
            number
        })
}

/// Opens `trial.watch` at another service, and reads it to its end.
#[capability("trial.follow_stream", version = 1, access = open)]
async fn follow(mesh: &Mesh, org: String) -> Result<u64, Refusal> {
    let watch = mesh.procedure(format!("{org}/trial.watch"));
    let mut items = watch.server_streaming::<_, u64>("followed").await?;
    let mut last = 0;
    while let Some(item) = items.next().await {
        last = item?;
    }
    Ok(last)
}

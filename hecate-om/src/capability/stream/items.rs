//! The items of one stream, between the handler and the transport.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};

use futures_util::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;

use crate::capability::{Guard, Invocation, Refusal};
use crate::codec::{self, Payload};
use crate::metrics::{CallMetrics, ItemCounts};

/// Future that a [`StreamTransport`] returns.
type TransportFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Error of a stream that ended early: the refusal, or `None` if the caller left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamClosed(pub(crate) Option<Refusal>);

/// Transport of the items of one served stream.
pub(crate) trait StreamTransport: Send + Sync + fmt::Debug {
    /// Sends an item, once flow control allows it.
    fn send(&self, item: Payload) -> TransportFuture<'_, Result<(), StreamClosed>>;

    /// Receives the caller's next item; `None` after the last item. Must not be called
    /// concurrently.
    fn next(&self) -> TransportFuture<'_, Result<Option<Payload>, StreamClosed>>;
}

/// Metrics of the streams of one procedure.
#[derive(Debug)]
pub(crate) struct StreamMetrics {
    pub(crate) procedure: String,
    pub(crate) calls: Arc<CallMetrics>,
    pub(crate) items: Arc<ItemCounts>,
}

/// Items of one stream.
#[derive(Debug)]
pub(crate) struct StreamItems {
    transport: Box<dyn StreamTransport>,
    guard: Arc<Guard>,
    counts: Arc<ItemCounts>,
    /// Cancelled when the stream has failed, so that the stream's handler is dropped.
    failed: CancellationToken,
    /// Reason that the stream failed; not set if the caller left.
    refusal: OnceLock<Refusal>,
}

impl StreamItems {
    pub(super) fn new(
        transport: Box<dyn StreamTransport>,
        guard: Arc<Guard>,
        counts: Arc<ItemCounts>,
    ) -> Self {
        Self {
            transport,
            guard,
            counts,
            failed: CancellationToken::new(),
            refusal: OnceLock::new(),
        }
    }

    /// Waits until the stream has failed. Returns the refusal caused by an item, or `None` if the
    /// caller left.
    pub(super) async fn failed(&self) -> Option<Refusal> {
        self.failed.cancelled().await;
        self.refusal.get().cloned()
    }

    /// Returns the caller's next item; `None` after the last item. If the stream fails, the future
    /// never completes and the handler is dropped, because the handler must not see a partial
    /// stream as complete.
    pub(super) async fn next<T>(
        &self,
        decode: impl FnOnce(Payload) -> Result<T, Refusal>,
    ) -> Option<T> {
        let refusal = match self.transport.next().await {
            Ok(None) => return None,
            Ok(Some(item)) => {
                let bytes = codec::encoded_len(&item);
                self.counts.received.add(bytes);
                match self.guard.check_size(bytes).and_then(|()| decode(item)) {
                    Ok(item) => return Some(item),
                    Err(refusal) => Some(refusal),
                }
            }
            Err(StreamClosed(refusal)) => refusal,
        };
        self.fail(refusal).await
    }

    async fn send(&self, item: Payload) {
        let bytes = codec::encoded_len(&item);
        match self.transport.send(item).await {
            Ok(()) => self.counts.sent.add(bytes),
            Err(StreamClosed(refusal)) => self.fail(refusal).await,
        }
    }

    async fn fail<T>(&self, refusal: Option<Refusal>) -> T {
        if let Some(refusal) = refusal {
            // Only the first refusal is reported.
            let _ = self.refusal.set(refusal);
        }
        self.failed.cancel();
        std::future::pending().await
    }
}

impl Invocation {
    /// Sends each item of `stream`, at the speed that flow control allows.
    ///
    /// # Errors
    ///
    /// The first refusal of `encode`, which ends the stream.
    pub async fn answer<S: Stream>(
        &self,
        stream: S,
        encode: impl Fn(S::Item) -> Result<Payload, Refusal>,
    ) -> Result<Payload, Refusal> {
        let items = self.items()?;
        let mut stream = pin!(stream);
        while let Some(item) = stream.next().await {
            items.send(encode(item)?).await;
        }
        Ok(Payload::default())
    }

    pub(super) fn items(&self) -> Result<&Arc<StreamItems>, Refusal> {
        self.items.as_ref().ok_or_else(|| {
            Refusal::new(
                "mode_mismatch",
                "the capability streams, and this is a call",
            )
        })
    }
}

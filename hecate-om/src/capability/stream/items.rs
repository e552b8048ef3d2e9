//! The items of one stream, between a handler and the wire.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};

use futures_util::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;

use crate::capability::{Guard, Invocation, Refusal};
use crate::codec::{self, Payload};
use crate::metrics::{CallMetrics, ItemCounts};

/// A future of [`Wire`].
type Moving<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The end of a stream: the caller left, or this side refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended(pub(crate) Option<Refusal>);

/// What carries the items of one stream that is served.
pub(crate) trait Wire: Send + Sync + fmt::Debug {
    /// Sends an item, once the caller has room for it.
    fn send(&self, item: Payload) -> Moving<'_, Result<(), Ended>>;

    /// The caller's next item; `None` once it has said that there are no more. One is waited for at a time.
    fn next(&self) -> Moving<'_, Result<Option<Payload>, Ended>>;
}

/// Metrics of the streams of one procedure.
#[derive(Debug)]
pub(crate) struct StreamMetrics {
    pub(crate) procedure: String,
    pub(crate) tally: Arc<CallMetrics>,
    pub(crate) items: Arc<ItemCounts>,
}

/// The items of one stream.
#[derive(Debug)]
pub(crate) struct Items {
    wire: Box<dyn Wire>,
    guard: Arc<Guard>,
    counts: Arc<ItemCounts>,
    /// Fires when the stream can go no further, whatever its handler does.
    over: CancellationToken,
    /// Why, where that is the caller's fault; else the caller is gone.
    refused: OnceLock<Refusal>,
}

impl Items {
    pub(super) fn new(wire: Box<dyn Wire>, guard: Arc<Guard>, counts: Arc<ItemCounts>) -> Self {
        Self {
            wire,
            guard,
            counts,
            over: CancellationToken::new(),
            refused: OnceLock::new(),
        }
    }

    /// Returns once the stream can go no further: with the refusal of an item, or `None` where the caller is gone.
    pub(super) async fn over(&self) -> Option<Refusal> {
        self.over.cancelled().await;
        self.refused.get().cloned()
    }

    /// The caller's next item; `None` once it has said that there are no more. It never returns where the stream can
    /// go no further: what was cut off must not look whole, and the handler is dropped.
    pub(super) async fn next<T>(
        &self,
        decode: impl FnOnce(Payload) -> Result<T, Refusal>,
    ) -> Option<T> {
        let refusal = match self.wire.next().await {
            Ok(None) => return None,
            Ok(Some(item)) => {
                let bytes = codec::encoded_len(&item);
                self.counts.received.add(bytes);
                match self.guard.fits(bytes).and_then(|()| decode(item)) {
                    Ok(item) => return Some(item),
                    Err(refusal) => Some(refusal),
                }
            }
            Err(Ended(refusal)) => refusal,
        };
        self.end(refusal).await
    }

    async fn send(&self, item: Payload) {
        let bytes = codec::encoded_len(&item);
        match self.wire.send(item).await {
            Ok(()) => self.counts.sent.add(bytes),
            Err(Ended(refusal)) => self.end(refusal).await,
        }
    }

    async fn end<T>(&self, refusal: Option<Refusal>) -> T {
        if let Some(refusal) = refusal {
            // Of several, the first is told.
            let _ = self.refused.set(refusal);
        }
        self.over.cancel();
        std::future::pending().await
    }
}

impl Invocation {
    /// Answers with each item of `stream`, as fast as the caller takes them.
    ///
    /// # Errors
    ///
    /// The refusal that an item is, or that its encoding ends in; the stream ends there.
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

    pub(super) fn items(&self) -> Result<&Arc<Items>, Refusal> {
        self.items.as_ref().ok_or_else(|| {
            Refusal::new(
                "mode_mismatch",
                "the capability streams, and this is a call",
            )
        })
    }
}

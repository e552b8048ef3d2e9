//! Items that a caller streams to a handler.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt, stream};

use super::StreamItems;
use crate::capability::RequestPayload;
use crate::capability::{Invocation, Refusal};
use crate::codec;

/// Items that a caller streams to a handler while the handler runs.
///
/// A handler takes an `Inbound` by value, in addition to its other arguments; the request that
/// opened the stream is a separate argument. The items end only when the caller has finished the
/// stream. If an item is too large or does not decode as a `T`, the stream is refused. If the
/// caller leaves, the stream is cancelled. In both cases the handler is dropped, so it never sees a
/// partial stream as complete. Flow control pauses the caller while the handler does not read.
///
/// ```
/// use hecate_om::{capability, stream::Inbound};
///
/// # #[allow(dead_code)]
/// /// Returns the sum of the numbers.
/// #[capability("numbers.sum")]
/// async fn sum(mut numbers: Inbound<u64>) -> u64 {
///     let mut sum = 0;
///     while let Some(number) = numbers.next().await {
///         sum += number;
///     }
///     sum
/// }
/// ```
pub struct Inbound<T> {
    items: Pin<Box<dyn Stream<Item = T> + Send>>,
}

impl<T> Inbound<T> {
    /// Receives the next item; `None` after the last item.
    ///
    /// Cancel-safe: dropping the future loses no item.
    pub async fn next(&mut self) -> Option<T> {
        StreamExt::next(self).await
    }
}

impl<T: RequestPayload> Inbound<T> {
    fn new(items: Arc<StreamItems>) -> Self {
        let items = stream::unfold(items, |items| async {
            let decoded = |item| {
                codec::decode_described(item)
                    .map_err(|error| Refusal::new("invalid_request", error.to_string()))
            };
            let item = items.next(decoded).await?;
            Some((item, items))
        });
        Self {
            // `None` stays `None` when polled again.
            items: Box::pin(items.fuse()),
        }
    }
}

impl<T> Stream for Inbound<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.items.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Inbound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbound")
    }
}

impl Invocation {
    /// Returns the items that the caller streams.
    ///
    /// # Errors
    ///
    /// `mode_mismatch` if the invocation is a call without a stream, which the wire rules out.
    pub fn inbound<T: RequestPayload>(&self) -> Result<Inbound<T>, Refusal> {
        Ok(Inbound::new(Arc::clone(self.items()?)))
    }
}

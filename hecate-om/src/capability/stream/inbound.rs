//! What a handler reads its caller's items from.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt, stream};

use super::Items;
use crate::capability::RequestPayload;
use crate::capability::{Invocation, Refusal};
use crate::codec;

/// The items that a caller sends while the handler runs.
///
/// A handler takes it by value beside its other arguments; what the caller sent at the opening is an argument of its
/// own. It ends when the caller has said that there are no more items. In all other cases it does not end: an item
/// that is too large or not a `T` refuses the stream, a caller that leaves gives it up, and the handler is dropped, so
/// that a part is never taken for the whole. The caller is held back while the handler does not read.
///
/// ```
/// use hecate_om::{capability, stream::Inbound};
///
/// # #[allow(dead_code)]
/// /// Adds up what it is sent.
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
    /// The next item; `None` once the caller has said that there are no more.
    ///
    /// Cancel-safe: an item is taken only by the future that returns it.
    pub async fn next(&mut self) -> Option<T> {
        StreamExt::next(self).await
    }
}

impl<T: RequestPayload> Inbound<T> {
    fn new(items: Arc<Items>) -> Self {
        let items = stream::unfold(items, |items| async {
            let decoded = |item| {
                codec::decode_described(item)
                    .map_err(|error| Refusal::new("invalid_request", error.to_string()))
            };
            let item = items.next(decoded).await?;
            Some((item, items))
        });
        Self {
            // An end stays one, however often it is asked for.
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
    /// The caller's items.
    ///
    /// # Errors
    ///
    /// `mode_mismatch` where this is a call, which the wire rules out.
    pub fn inbound<T: RequestPayload>(&self) -> Result<Inbound<T>, Refusal> {
        Ok(Inbound::new(Arc::clone(self.items()?)))
    }
}

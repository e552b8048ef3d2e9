//! Caller's end of a stream of response items.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt, stream};
use macula_rust::frame::{StreamMode, StreamRole};
use macula_rust::station_link::{LinkError, StreamEvent};
use serde::de::DeserializeOwned;

use super::caller::CallerStream;
use crate::cause::Cause;
use crate::codec::{self, Payload};
use crate::mesh::call::CallError;

/// Stream of the items that a provider responds with.
///
/// A slow reader slows down the provider: at most 4 MiB of items is in flight, or one larger item
/// and up to 1 MiB before it. A provider of another implementation may have up to 16 MiB in
/// flight; beyond that, the stream is aborted.
///
/// Dropping the `ResponseStream` before the end cancels the stream, and the provider drops the
/// handler.
///
/// ```
/// use hecate_om::{Mesh, call::CallError};
///
/// # #[allow(dead_code)]
/// async fn follow(mesh: &Mesh) -> Result<u64, CallError> {
///     let mut ticks = mesh.procedure("hecate-clock/clock.ticks").server_streaming::<_, u64>(&10).await?;
///     let mut last = 0;
///     while let Some(tick) = ticks.next().await {
///         last = tick?;
///     }
///     Ok(last)
/// }
/// ```
pub struct ResponseStream<T> {
    items: Pin<Box<dyn Stream<Item = Result<T, CallError>> + Send>>,
}

impl<T> ResponseStream<T> {
    /// Returns the next item, or `None` after the last item.
    ///
    /// Cancel-safe: dropping the future loses no item.
    ///
    /// # Errors
    ///
    /// Returns a [`CallError`] if the provider refused or aborted the stream, an item is not a `T`,
    /// or the link failed. After an error, the next call returns `None`.
    pub async fn next(&mut self) -> Option<Result<T, CallError>> {
        StreamExt::next(self).await
    }
}

impl<T: DeserializeOwned + Send + 'static> ResponseStream<T> {
    pub(super) fn new(stream: Arc<CallerStream>) -> Self {
        let reader = StreamReader {
            stream,
            provider_receives: false,
        };
        let items = stream::unfold(Some(reader), |reader| async {
            let mut reader = reader?;
            match reader.next().await {
                Ok(Some(item)) => Some((Ok(item), Some(reader))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        Self {
            // Returns `None` forever after the end.
            items: Box::pin(items.fuse()),
        }
    }
}

impl<T> Stream for ResponseStream<T> {
    type Item = Result<T, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for ResponseStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseStream")
    }
}

/// Reader of a stream that reports consumed items to the provider.
struct StreamReader {
    stream: Arc<CallerStream>,
    /// Whether the provider still receives items, after it has sent its last.
    provider_receives: bool,
}

impl StreamReader {
    async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, CallError> {
        let mut session = self.stream.session();
        loop {
            match session.stream.recv().await {
                // Another implementation may end a bidirectional stream with a last value.
                Ok(StreamEvent::Data { body, .. } | StreamEvent::Reply { payload: body }) => {
                    let item = Payload(body);
                    session.record_consumed(&item);
                    return match codec::decode(item) {
                        Ok(item) => Ok(Some(item)),
                        Err(error) => {
                            let error = CallError::BadResponse(Cause::new(error));
                            Err(self.stream.diagnose(&session, error).await)
                        }
                    };
                }
                // The sender ends the stream. A provider of this library ends both directions.
                Ok(StreamEvent::End {
                    role: StreamRole::Send,
                }) if session.stream.request().mode == Some(StreamMode::Bidi) => {
                    self.provider_receives = true;
                    return Ok(None);
                }
                Ok(StreamEvent::End { .. }) | Err(LinkError::EndOfStream) => {
                    session.end();
                    return Ok(None);
                }
                Err(_) => session = self.stream.next_session(&session).await?,
            }
        }
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        if !self.provider_receives {
            // Also ends the sending half of a bidirectional stream.
            self.stream.cancel();
        }
    }
}

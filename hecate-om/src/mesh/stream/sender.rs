//! The caller's end of a stream of request items.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use macula_rust::station_link::{LinkError, StreamEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::CallerStream;
use super::flow::{CreditRequest, INITIAL_CREDIT, SendLimit};
use super::session::StreamSession;
use super::writer::{ItemWriter, WriterStopped};
use super::{WINDOW, cost};
use crate::codec::{self, Payload};
use crate::mesh::CallError;

/// Sends the items of a bidirectional stream to its provider.
///
/// Dropping it before [`StreamSender::finish`] cancels the stream, so that the handler never takes
/// the items for complete.
pub struct StreamSender<T> {
    stream: Arc<CallerStream>,
    writer: ItemWriter<CallError>,
    sent: u64,
    finished: bool,
    item: PhantomData<fn(&T)>,
}

impl<T: Serialize> StreamSender<T> {
    pub(super) fn new(stream: Arc<CallerStream>) -> Self {
        Self {
            writer: ItemWriter::start(Arc::clone(&stream)),
            stream,
            sent: 0,
            finished: false,
            item: PhantomData,
        }
    }

    /// Sends an item, once the provider has room for it: at most 1 MiB is in flight, or one larger
    /// item.
    ///
    /// Returns once the item is accepted. Accepted items are sent whole and in order. If that
    /// fails, the next call returns the error.
    ///
    /// Cancel-safe: if the future is dropped before it completes, nothing is sent.
    ///
    /// # Errors
    ///
    /// - [`CallError::BadRequest`] for an item that does not fit the wire. It is not sent, and the
    ///   stream goes on.
    /// - [`CallError::StreamEnded`] if the provider ended the stream.
    /// - Any other [`CallError`] if the provider refused or aborted the stream, or the link failed.
    pub async fn send(&mut self, item: &T) -> Result<(), CallError> {
        let item = codec::encode(item).map_err(|error| CallError::BadRequest(error.to_string()))?;
        let cost = cost(&item);
        let permit = self.writer.reserve(cost).await.map_err(stopped)?;
        self.wait_for_credit(cost).await?;
        // No await from here on, so that a dropped future sends nothing.
        self.writer.push(item, permit).map_err(stopped)?;
        self.sent += cost;
        Ok(())
    }

    /// Ends the items, after all accepted items are sent.
    ///
    /// # Errors
    ///
    /// The [`CallError`] that ended the stream before that.
    pub async fn finish(mut self) -> Result<(), CallError> {
        self.close().await
    }

    async fn close(&mut self) -> Result<(), CallError> {
        let closed = self.writer.close().await;
        self.finished = true;
        closed.map_err(stopped)
    }

    /// Waits until an item of `cost` may be sent.
    async fn wait_for_credit(&self, cost: u64) -> Result<(), CallError> {
        let needed = self.sent + cost;
        let mut session = self.stream.session();
        loop {
            let mut limits = session.send_limit();
            let limit = *limits.borrow_and_update();
            // An item larger than the window is sent alone, so credit ahead never exceeds the
            // window.
            if cost <= WINDOW {
                self.request_ahead(&session, needed, limit);
            }
            match limit {
                SendLimit::Bytes(limit) if needed > limit => {}
                _ => return Ok(()),
            }
            let until_consumed = if cost > WINDOW {
                self.sent
            } else {
                needed.saturating_sub(WINDOW)
            };
            session.request_credit(CreditRequest {
                until_consumed,
                limit: needed,
            });
            let next = tokio::select! {
                // The session holds the sender, so this does not fail.
                _ = limits.changed() => None,
                next = self.stream.next_session(&session) => Some(next?),
            };
            session = next.unwrap_or(session);
        }
    }

    /// Requests the next half of the window before this one is full. A short stream requests
    /// nothing.
    fn request_ahead(&self, session: &StreamSession, needed: u64, limit: SendLimit) {
        let ahead = needed + WINDOW / 2;
        let is_granted = matches!(limit, SendLimit::Bytes(limit) if ahead <= limit);
        if needed > INITIAL_CREDIT / 2 && !is_granted {
            session.request_credit(CreditRequest {
                until_consumed: needed.saturating_sub(WINDOW / 2).min(self.sent),
                limit: ahead,
            });
        }
    }
}

fn stopped(WriterStopped(cause): WriterStopped<CallError>) -> CallError {
    cause.unwrap_or(CallError::StreamEnded)
}

impl<T> Drop for StreamSender<T> {
    fn drop(&mut self) {
        if !self.finished {
            self.stream.cancel();
        }
    }
}

impl<T> fmt::Debug for StreamSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSender")
            .field("stream", &self.stream)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

/// Sends a stream of items to a provider, which answers once.
///
/// Dropping it before [`ClientStream::finish`] cancels the stream, so that the handler never takes
/// the items for complete.
///
/// ```
/// use hecate_om::{Mesh, call::CallError};
///
/// # #[allow(dead_code)]
/// async fn sum(mesh: &Mesh, numbers: &[u64]) -> Result<u64, CallError> {
///     let mut upload = mesh.procedure("hecate-maths/numbers.sum").client_streaming::<_, u64, u64>(&()).await?;
///     for number in numbers {
///         upload.send(number).await?;
///     }
///     upload.finish().await
/// }
/// ```
pub struct ClientStream<T, R> {
    sender: StreamSender<T>,
    response: PhantomData<fn() -> R>,
}

impl<T: Serialize, R: DeserializeOwned> ClientStream<T, R> {
    pub(super) fn new(stream: Arc<CallerStream>) -> Self {
        Self {
            sender: StreamSender::new(stream),
            response: PhantomData,
        }
    }

    /// Sends an item, once the provider has room for it.
    ///
    /// # Errors
    ///
    /// As [`StreamSender::send`]. After [`CallError::StreamEnded`] the provider has answered
    /// without waiting for all items, and [`ClientStream::finish`] returns its answer.
    pub async fn send(&mut self, item: &T) -> Result<(), CallError> {
        self.sender.send(item).await
    }

    /// Ends the items, and waits for the answer.
    ///
    /// # Errors
    ///
    /// A [`CallError`], if the provider refused or aborted the stream, the answer is not an `R`, or
    /// the link failed.
    pub async fn finish(mut self) -> Result<R, CallError> {
        match self.sender.close().await {
            // The provider has answered before it had all items.
            Ok(()) | Err(CallError::StreamEnded) => {}
            Err(error) => return Err(error),
        }
        let stream = &self.sender.stream;
        let mut session = stream.session();
        let answer = loop {
            match session.stream.recv().await {
                Ok(StreamEvent::Reply { payload }) => break payload,
                Ok(StreamEvent::Data { .. } | StreamEvent::End { .. })
                | Err(LinkError::EndOfStream) => {
                    let text = "the stream ended without an answer";
                    return Err(CallError::BadResponse(text.into()));
                }
                Err(_) => session = stream.next_session(&session).await?,
            }
        };
        session.end();
        match codec::decode(Payload(answer)) {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let error = CallError::BadResponse(error.to_string());
                Err(stream.diagnose(&session, error).await)
            }
        }
    }
}

impl<T, R> fmt::Debug for ClientStream<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientStream").field(&self.sender).finish()
    }
}

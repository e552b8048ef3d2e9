//! Caller's end of a stream of request items.

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
use crate::cause::Cause;
use crate::codec::{self, Payload};
use crate::mesh::call::CallError;

/// Sender of the items of a bidirectional stream.
///
/// Dropping the sender before [`StreamSender::finish`] cancels the stream, so that the handler
/// never treats a partial stream as complete.
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

    /// Sends an item. Waits until the provider can accept it: at most 1 MiB is in flight, or one
    /// larger item.
    ///
    /// Returns once the item is accepted. Accepted items are sent whole and in order. If sending
    /// fails later, the next call returns the error.
    ///
    /// Cancel-safe: if the future is dropped before completion, nothing is sent.
    ///
    /// # Errors
    ///
    /// - [`CallError::BadRequest`] if the item cannot be encoded for the wire. The item is not
    ///   sent, and the stream continues.
    /// - [`CallError::StreamEnded`] if the provider ended the stream.
    /// - Any other [`CallError`] if the provider refused or aborted the stream, or the link failed.
    pub async fn send(&mut self, item: &T) -> Result<(), CallError> {
        let item = codec::encode(item).map_err(|error| CallError::BadRequest(Cause::new(error)))?;
        let cost = cost(&item);
        let permit = self.writer.reserve(cost).await.map_err(stopped)?;
        self.wait_for_credit(cost).await?;
        // There is no await from here on, so that a dropped future sends nothing.
        self.writer.push(item, permit).map_err(stopped)?;
        self.sent += cost;
        Ok(())
    }

    /// Finishes sending, after all accepted items are sent.
    ///
    /// # Errors
    ///
    /// Returns the [`CallError`] that ended the stream before all items were sent.
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
            // An item larger than the window is sent alone, so that the credit ahead never exceeds
            // the window.
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
                // The session owns the sender, so the wait cannot fail.
                _ = limits.changed() => None,
                next = self.stream.next_session(&session) => Some(next?),
            };
            session = next.unwrap_or(session);
        }
    }

    /// Requests the next half of the window before the current window is full. A short stream sends
    /// no request.
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

/// Sender of the items of a client stream. The provider responds once.
///
/// Dropping the stream before [`ClientStream::finish`] cancels it, so that the handler never treats
/// a partial stream as complete.
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

    /// Sends an item. Waits until the provider can accept it.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`StreamSender::send`]. After [`CallError::StreamEnded`], the provider
    /// has responded without waiting for all items, and [`ClientStream::finish`] returns the
    /// response.
    pub async fn send(&mut self, item: &T) -> Result<(), CallError> {
        self.sender.send(item).await
    }

    /// Finishes sending, and waits for the response.
    ///
    /// # Errors
    ///
    /// Returns a [`CallError`] if the provider refused or aborted the stream, the response is not
    /// an `R`, or the link failed.
    pub async fn finish(mut self) -> Result<R, CallError> {
        match self.sender.close().await {
            // The provider has responded before it received all items.
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
                    return Err(CallError::BadResponse(Cause::new(text)));
                }
                Err(_) => session = stream.next_session(&session).await?,
            }
        };
        session.end();
        match codec::decode(Payload(answer)) {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let error = CallError::BadResponse(Cause::new(error));
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
